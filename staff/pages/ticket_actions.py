"""What can be done with a ticket: the buttons its state allows, and the dialogs behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from hotline import access, tickets
from hotline.access import StaffMember
from hotline.dispatch import Suggestion, suggest
from hotline.ports import Transaction
from hotline.tickets import CHANGES, Reporter, Ticket, WrongState
from staff import words
from staff.frame import done, told
from staff.guard import Visit
from staff.parts import Tag, button

NOTE_LENGTH = 1000


@dataclass
class Actions:
    """The actions on a ticket as its page shows it. If it is not like that any more, nothing is done and that is said."""

    visit: Visit
    ticket: Ticket
    refresh: Callable[[], Awaitable[None]]
    revealed: Callable[[Reporter], None]

    def buttons(self) -> None:
        """The buttons that this state allows."""
        allowed = [kind for kind in ("dispatch", "accept", "handle", "return", "supplement") if self.ticket.status in CHANGES[kind]]
        if not allowed:
            return
        again = self.ticket.status == "dispatched"
        kinds: dict[str, tuple[str, Callable[[], object]]] = {
            "dispatch": ("改派" if again else "派单", lambda: Dispatching(self).open()),
            "accept": ("接单", told(self.accept, then=self.refresh)),
            "handle": ("办结", lambda: self._ask_note("办结", "办理结果", "市民会看到这段话，请写明怎么办的、结果如何。", self.handle)),
            "return": ("退回", lambda: self._ask_note("退回", "退回理由", "请写明为什么不属于本单位职责，应由谁办理。", self.send_back)),
            "supplement": ("补充", lambda: self._ask_note("补充", "补充内容", "", self.supplement)),
        }
        main = {"received": "dispatch", "returned": "dispatch", "dispatched": "accept", "accepted": "handle"}.get(self.ticket.status)
        with Tag("div", classes="presses").style("margin-top: 12px"):
            for kind in allowed:
                button(kinds[kind][0], kinds[kind][1], main=kind == main)

    async def dispatch(self, unit_id: str, category: str | None, hours: float, note: str) -> None:
        def change(tx: Transaction, member: StaffMember) -> Ticket:
            now = self.visit.office.clock()
            return tickets.dispatch(
                tx, self._unchanged(tx), unit_id=unit_id, category=category, due_at=tickets.due(now, hours), by=member.name, note=note.strip(),
                now=now, new_id=self.visit.office.new_id,
            )  # fmt: skip

        await self.visit.do("tickets", change)
        done(f"已派给{words.unit_name(self.visit.office.city, unit_id)}。")

    async def accept(self) -> None:
        office = self.visit.office
        await self.visit.do("tickets", lambda tx, member: tickets.accept(tx, self._unchanged(tx), by=member.name, now=office.clock(), new_id=office.new_id))
        done("已接单。")

    async def send_back(self, note: str) -> None:
        office = self.visit.office
        await self.visit.do(
            "tickets",
            lambda tx, member: tickets.send_back(tx, self._unchanged(tx), by=member.name, note=note, now=office.clock(), new_id=office.new_id),
        )
        done("已退回，等待重新派单。")

    async def handle(self, note: str) -> None:
        office = self.visit.office

        def change(tx: Transaction, member: StaffMember) -> Ticket:
            now = office.clock()
            return tickets.handle(tx, self._unchanged(tx), by=member.name, note=note, survey_at=now + office.survey_delay, now=now, new_id=office.new_id)

        await self.visit.do("tickets", change)
        done("已办结，将回访市民。")

    async def supplement(self, note: str) -> None:
        office = self.visit.office
        await self.visit.do(
            "tickets",
            lambda tx, member: tickets.supplement(tx, self._unchanged(tx), by=member.name, note=note, now=office.clock(), new_id=office.new_id),
        )
        done("已补充。")

    def ask_reveal(self) -> None:
        """Ask why, then show the reporter. Every look is written down, with the reason."""

        async def look(reason: str) -> None:
            office = self.visit.office
            reporter = await self.visit.do(
                "reveal",
                lambda tx, member: access.reveal(tx, tx.tickets.get(self.ticket.id), by=member, reason=reason, now=office.clock(), new_id=office.new_id),
            )
            self.revealed(reporter)

        self._ask_note("查看联系方式", "查看理由", "会记录您的姓名、时间和理由，所有能看这件工单的人都看得到。", look)

    def _ask_note(self, title: str, label: str, hint: str, act: Callable[[str], Awaitable[None]]) -> None:
        with asking(title) as dialog:
            note = ui.textarea(label).props(f"outlined autogrow autofocus maxlength={NOTE_LENGTH}")
            if hint:
                Tag("p", hint, "soft").style("margin: 0")

            async def go() -> None:
                if not note.value.strip():
                    raise WrongState(f"请先写明{label}。")
                await act(note.value)
                dialog.close()

            closing(dialog, title, told(go, then=self.refresh))

    def _unchanged(self, tx: Transaction) -> Ticket:
        """The ticket, if it still is as the member saw it. Two people at one ticket must not undo each other's work."""
        ticket = tx.tickets.get(self.ticket.id)
        if ticket != self.ticket:
            self.ticket = ticket  # now the member knows: what they wrote stays in the dialog, and pressing again counts
            raise WrongState(f"工单 {ticket.number} 刚刚被别人处理过，页面已更新，请看过再操作。")
        return ticket


class Dispatching:
    """The dialog of 派单: the catalogue's suggestion is filled in, and says why."""

    def __init__(self, actions: Actions) -> None:
        self.actions = actions
        self.city = actions.visit.office.city
        self.suggestion = suggest(self.city, actions.ticket.category, actions.ticket.place)

    def open(self) -> None:
        ticket, city = self.actions.ticket, self.city
        title = "改派" if ticket.status == "dispatched" else "派单"
        with asking(title) as dialog:
            categories = {c.code: c.path for c in city.categories.values()}
            self.category = ui.select(categories, label="分类", with_input=True, clearable=True, value=_known(ticket.category, categories))
            self.category.props("outlined").on_value_change(self._category_changed)
            self.why = Tag("div", classes="why")
            units = {u.id: u.name for u in city.units.values()}
            self.unit = ui.select(units, label="承办单位", with_input=True, clearable=True, value=self._proposed()).props("outlined autofocus")
            self.note = ui.textarea("附言（可不填）").props(f"outlined autogrow maxlength={NOTE_LENGTH}")
            self._explain()

            async def go() -> None:
                if not self.unit.value:
                    raise WrongState("请选择承办单位。")
                await self.actions.dispatch(self.unit.value, self.category.value, self.suggestion.hours, self.note.value)
                dialog.close()

            closing(dialog, title, told(go, then=self.actions.refresh))

    def _category_changed(self) -> None:
        """Another category may mean another unit; one that the dispatcher chose by hand stays."""
        was_proposed = self.unit.value in (None, self._proposed())
        self.suggestion = suggest(self.city, self.category.value, self.actions.ticket.place)
        if was_proposed:
            self.unit.set_value(self._proposed())
        self._explain()

    def _proposed(self) -> str | None:
        lead = self.suggestion.lead
        return lead.id if lead and lead.id not in self._returned_by() else None

    def _returned_by(self) -> list[str]:
        ticket = self.actions.ticket
        return [ticket.unit_id] if ticket.status == "returned" and ticket.unit_id else []

    def _explain(self) -> None:
        s: Suggestion = self.suggestion
        self.why.clear()
        with self.why:
            with Tag("div"):
                Tag("b", f"建议：{s.lead.name}" if s.lead else "目录里找不到对应的单位")
                if s.lead and s.lead.id in self._returned_by():
                    Tag("span", "（刚退回过，请改选）", "wait")
            Tag("div", f"依据：{s.reason}")
            if s.assist:
                Tag("div", f"{words.DISPATCH_MODES.get(s.mode, s.mode)}，协办：{s.assist.name}")
            Tag("div", f"办理期限：{words.limit(s.hours)}")


@contextmanager
def asking(title: str) -> Iterator[ui.dialog]:
    """A dialog that is gone when it closes."""
    # Not among the parts that are drawn anew when news arrives: nobody's half-written answer may vanish.
    with ui.context.client.content, ui.dialog() as dialog, ui.card().classes("ask"):
        dialog.props["aria-label"] = title
        Tag("h2", title).style("margin: 0")
        yield dialog
    dialog.on("hide", dialog.delete)
    dialog.open()


def closing(dialog: ui.dialog, name: str, act: Callable[[], Awaitable[None]]) -> None:
    """The two buttons at the end of a dialog."""
    with Tag("div", classes="presses"):
        button("取消", dialog.close)
        button(name, act, main=True)


def _known(code: str | None, categories: dict[str, str]) -> str | None:
    return code if code in categories else None
