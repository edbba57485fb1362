"""The dialogs of a ticket that ask for more than a few words: dispatch, assisting units, hand over, extend, merge."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from nicegui import ui

from hotline import catalogue, duplicates, tickets
from hotline import merging as merges
from hotline.access import StaffMember
from hotline.city import City
from hotline.dispatch import Suggestion, require_duty, suggest
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.tickets import Ticket, WrongState
from hotline.worktime import Limit
from staff import words
from staff.frame import told
from staff.parts import Pick, Tag, button, mark

if TYPE_CHECKING:
    from staff.pages.ticket_actions import Actions

NOTE_LENGTH = 1000
EXTENSIONS = (3, 5, 7, 15)
"""Working days by which a limit may be extended."""


class Dispatching:
    """The dialog of 派单: what the classifier thinks, and the catalogue's suggestion filled in, with its reason."""

    def __init__(self, actions: Actions) -> None:
        self.actions = actions
        self.ticket = actions.ticket
        self.city = actions.visit.office.city

    async def open(self) -> None:
        client = ui.context.client
        opened = self.ticket.opened_at.astimezone(self.city.timezone).date()
        self.version, events = await self.actions.visit.read(
            "tickets", lambda tx, member: (catalogue.in_force(tx, self.city, opened), tx.tickets.events(self.ticket.id))
        )
        self.returned_by, self.began = tickets.returned_by(events), tickets.clock_began(events)
        self.suggestion = self._suggest(self.ticket.category)
        title = "改派" if self.ticket.unit_id else "派单"
        with client, asking(title) as dialog:
            # The dialog lies over the page: what is decided about stays in sight.
            Tag("p", words.short(mask_text(self.ticket.problem), 120), "about")
            self._categories()
            self.why = Tag("div", classes="why")
            units = _units(self.actions)
            self.unit = Pick(units, "主办单位", self._proposed(), clearable=True)
            # Where the first decision is: the unit follows from the category.
            (self.unit if self.category.value else self.category).props("autofocus")
            self.assists = _several(units, [unit.id for unit in self.suggestion.assists])
            for field in (self.unit, self.assists):
                field.on_value_change(self._explain)
            self.note = ui.textarea("附言（可不填）").props(f"outlined autogrow maxlength={NOTE_LENGTH}")
            self._explain()

            async def go() -> None:
                await self._dispatch()
                dialog.close()

            closing(dialog, title, told(go, then=self.actions.refresh))

    def _categories(self) -> None:
        categories = {c.code: c.path for c in self.city.categories.values()}
        value = self.ticket.category if self.ticket.category in categories else None
        self.category = Pick(categories, "分类", value, clearable=True)
        self.category.on_value_change(self._category_changed)
        guesses = [(code, p) for code, p in self.ticket.suggested if code in categories]
        if guesses:
            with Tag("div", classes="guesses", role="group", aria_label="智能推荐的分类"):
                Tag("span", "推荐", "soft")
                for code, probability in guesses:
                    choose = button(f"{self.city.categories[code].level3} {words.likely(probability)}", lambda code=code: self.category.set_value(code))
                    choose.props(f'title="{self.city.categories[code].path}"')

    def _category_changed(self) -> None:
        """Another category may mean another unit; one that the dispatcher chose by hand stays."""
        was_proposed = self.unit.value in (None, self._proposed())
        self.suggestion = self._suggest(self.category.value)
        if was_proposed:
            self.unit.set_value(self._proposed())
            self.assists.set_value([unit.id for unit in self.suggestion.assists])
        self._explain()

    def _suggest(self, category: str | None) -> Suggestion:
        ticket = self.ticket
        return suggest(self.city, self.version.rules, category, ticket.place, at=ticket.opened_at, kind=ticket.kind, said=ticket.problem, urgent=ticket.urgent)

    def _proposed(self) -> str | None:
        lead = self.suggestion.lead
        return lead.id if lead and lead.id not in self.returned_by else None

    def _explain(self) -> None:
        s = self.suggestion
        self.why.clear()
        with self.why:
            with Tag("div"):
                Tag("b", f"建议：{s.lead.name}" if s.lead else "目录里找不到对应的单位")
                if s.lead and s.lead.id in self.returned_by:
                    Tag("span", "（已退回过这件工单，请改选，或维持原派）", "wait")
            Tag("div", f"依据：{s.reason}（目录第 {s.number} 条）")
            due = self._due(self.unit.value, self.actions.visit.office.clock())
            same = "（已在该单位，从当初派单起算）" if self._running(self.unit.value) else ""
            Tag("div", f"{'双派' if self._assists() else '直派'}，办理期限 {s.limit}，到 {words.exact(due, self.city.timezone)[:16]}{same}")
            holidays_unknown(self.city, due)

    def _assists(self) -> tuple[str, ...]:
        return tuple(unit for unit in self.assists.value if unit != self.unit.value)

    def _running(self, unit: str | None) -> tuple[datetime, datetime] | None:
        """When the time of the unit began and when it ends, if it has the ticket already."""
        began, due = self.began, self.ticket.due_at
        return (began, due) if began and due and unit == self.ticket.unit_id else None

    def _due(self, unit: str | None, now: datetime) -> datetime:
        """Until when. Whoever has it already gets no new time by being sent it once more, and keeps an extension."""
        running = self._running(unit)
        due = self.city.working_time.due(running[0] if running else now, self.suggestion.limit)
        return max(due, running[1]) if running and self.ticket.extended else due

    async def _dispatch(self) -> None:
        unit, category = self.unit.value, self.category.value
        if not unit:
            raise WrongState("请选择主办单位。")
        assists = self._assists()
        require_duty(self.city, category, (unit, *assists))
        await self.actions.do(
            lambda tx, ticket, given: tickets.dispatch(
                tx, ticket, unit_id=unit, assists=assists, category=category, due_at=self._due(unit, given["now"]),
                note=self.note.value.strip(), **given,
            ),
            f"已派给{words.unit_name(self.city, unit)}。",
        )  # fmt: skip


def assisting(actions: Actions) -> None:
    """Say who helps the lead unit."""
    with asking("协办单位") as dialog:
        assists = _several(_units(actions), list(actions.ticket.assists))
        note = ui.textarea("要求（可不填）").props(f"outlined autogrow maxlength={NOTE_LENGTH}")
        Tag("p", "主办单位不变，负责到底。", "soft").style("margin: 0")

        async def go() -> None:
            chosen = tuple(assists.value)
            require_duty(actions.visit.office.city, actions.ticket.category, chosen)
            await actions.do(lambda tx, ticket, given: tickets.assist(tx, ticket, assists=chosen, note=note.value.strip(), **given), "协办单位已更新。")
            dialog.close()

        closing(dialog, "确定", told(go, then=actions.refresh))


def handing_over(actions: Actions) -> None:
    """Pass the ticket from the unit in charge to another."""
    with asking("移交") as dialog:
        unit = Pick(_units(actions), "移交给", clearable=True).props("autofocus")
        note = ui.textarea("移交理由").props(f"outlined autogrow maxlength={NOTE_LENGTH}")
        Tag("p", "两个单位已商定时使用。办理期限不变，市民会收到通知。", "soft").style("margin: 0")

        async def go() -> None:
            chosen = unit.value
            if not chosen:
                raise WrongState("请选择要移交给的单位。")
            require_duty(actions.visit.office.city, actions.ticket.category, (chosen,))
            await actions.do(
                lambda tx, ticket, given: tickets.hand_over(tx, ticket, unit_id=chosen, note=note.value, **given),
                f"已移交给{words.unit_name(actions.visit.office.city, chosen)}。",
            )
            dialog.close()

        closing(dialog, "移交", told(go, then=actions.refresh))


def extending(actions: Actions) -> None:
    """Give the unit more time, once."""
    city, due = actions.visit.office.city, actions.ticket.due_at
    assert due is not None
    later = {days: city.working_time.due(due, Limit("", days, "working_days")) for days in EXTENSIONS}
    with asking("延期") as dialog:
        options = {days: f"{days} 个工作日，到 {words.exact(at, city.timezone)[:16]}" for days, at in later.items()}
        days = ui.radio(options, value=EXTENSIONS[0]).props('aria-label="延长多久"')
        note = ui.textarea("延期理由").props(f"outlined autogrow maxlength={NOTE_LENGTH}")
        Tag("p", "每个承办单位只能延期一次，市民会收到新的期限。", "soft").style("margin: 0")
        holidays_unknown(city, max(later.values()))

        async def go() -> None:
            await actions.do(lambda tx, ticket, given: tickets.extend(tx, ticket, due_at=later[days.value], note=note.value, **given), "已延期。")
            dialog.close()

        closing(dialog, "延期", told(go, then=actions.refresh))


async def merging(actions: Actions) -> None:
    """Choose the ticket into which this one is merged: one near it, the likeliest first, or one whose number is known."""
    office, client = actions.visit.office, ui.context.client

    def look(tx: Transaction, member: StaffMember) -> Sequence[duplicates.Match]:
        return duplicates.alike(tx, actions.ticket, now=office.clock())

    near = await actions.visit.read("tickets", look)
    with client, asking("并单") as dialog:
        number = ui.input("并入哪件工单（工单号）").props("outlined autofocus maxlength=20 debounce=300")
        # Which one a number is: one digit wrong, and two strangers would share a ticket.
        meant = Tag("p", role="status").style("margin: 0")
        if near:
            with Tag("div", classes="alike", role="group", aria_label="附近还在办的工单"):
                Tag("span", "附近还在办的工单，像的在前", "soft")
                for match in near:
                    with Tag("button", type="button") as choice:
                        Tag("b", match.ticket.number)
                        Tag("span", f" {_summary(actions, match.ticket)}")
                        if match.likelihood >= duplicates.LIKELY:
                            mark("很像", "warn")
                        # Numbers of doors are masked; whether they are the same is what it depends on.
                        if (same := duplicates.same_doors(actions.ticket.place.text, match.ticket.place.text)) is not None:
                            mark("门牌相同" if same else "门牌不同", "warn" if same else "")
                    choice.on("click", lambda n=match.ticket.number: number.set_value(n))
        else:
            Tag("p", "附近没有找到像的在办工单，知道工单号可以直接填。", "soft").style("margin: 0")
        Tag("p", "本单随主单办理，市民会收到通知，办结后同样回访。", "soft").style("margin: 0")

        async def say_which() -> None:
            typed = (number.value or "").strip()
            found = await actions.visit.read("tickets", lambda tx, member: tx.tickets.by_number(typed)) if typed else None
            meant.set_text(f"并入：{_summary(actions, found)}" if found else "没有这个编号的工单。" if len(typed) >= len(actions.ticket.number) else "")

        number.on_value_change(told(say_which))

        async def go() -> None:
            def join(tx: Transaction, ticket: Ticket, given: dict[str, object]) -> None:
                into = tx.tickets.by_number((number.value or "").strip())
                if into is None:
                    raise WrongState("没有这个编号的工单，请核对。")
                tickets.tell(tx, merges.merge(tx, ticket, into, **given), "merged", now=office.clock(), new_id=office.new_id)  # type: ignore[arg-type]

            await actions.do(join, "已并单。")
            dialog.close()

        closing(dialog, "并单", told(go, then=actions.refresh))


def holidays_unknown(city: City, until: datetime) -> None:
    """Say that a deadline was counted without the holidays of a year that nobody has entered yet."""
    if year := city.working_time.year_unknown(until):
        Tag("p", f"{year}年的节假日还没有录入，期限只按周末推算，过节要另看。", "wait").style("margin: 0")


def _summary(actions: Actions, ticket: Ticket) -> str:
    office = actions.visit.office
    place, when = words.masked_place(office.city, ticket.place), words.moment(ticket.opened_at, office.clock(), office.city.timezone)
    return " · ".join(filter(None, (words.STATUS[ticket.status], when, place, words.short(mask_text(ticket.problem), 60))))


def _units(actions: Actions) -> dict[str, str]:
    return {unit.id: unit.name for unit in actions.visit.office.city.units.values()}


def _several(units: dict[str, str], chosen: list[str]) -> Pick:
    return Pick(units, "协办单位", chosen, multiple=True)


@contextmanager
def asking(title: str) -> Iterator[ui.dialog]:
    """A dialog that is gone when it closes."""
    # Not among the parts that are drawn anew when news arrives: nobody's half-written answer may vanish.
    with ui.context.client.content, ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = title
        Tag("h2", title).style("margin: 0")
        yield dialog
    # The button that opened it may be gone, redrawn by what was done: whoever works by keyboard goes on at the page's head.
    dialog.on("hide", dialog.delete, js_handler="() => { emit(); setTimeout(window.focusHead); }")
    dialog.open()


def closing(dialog: ui.dialog, name: str, act: Callable[[], Awaitable[None]]) -> None:
    """The two buttons at the end of a dialog."""

    async def still_open() -> None:
        if dialog.value:  # the second press of a double click comes while it fades away
            await act()

    with Tag("div", classes="presses"):
        button("取消", dialog.close)
        button(name, still_open, main=True)
