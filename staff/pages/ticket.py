"""/tickets/{number}: everything about one ticket, and what can be done with it now."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui

from hotline.access import Reveal, StaffMember
from hotline.messages import Attachment
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.surveys import ATTITUDE_NAMES, SOLVED_NAMES, Survey, grade_name
from hotline.tickets import KIND_NAMES, Reporter, Ticket, TicketEvent
from staff import attachments, words
from staff.frame import Frame, every
from staff.guard import NotFound, Visit
from staff.pages.ticket_actions import Actions
from staff.parts import Tag, button, facts, link, mark, time

REFRESH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Case:
    """A ticket with all that belongs to it, as it was read."""

    ticket: Ticket
    events: tuple[TicketEvent, ...]
    surveys: tuple[Survey, ...]
    attachments: tuple[Attachment, ...]
    reveals: tuple[Reveal, ...]
    main: Ticket | None = None
    """The ticket it was merged into."""
    joined: tuple[Ticket, ...] = ()
    """Those merged into it."""


def add(frame: Frame) -> None:
    @frame.page("/tickets/{number}", "工单", "tickets")
    async def show(visit: Visit) -> None:
        page = TicketPage(visit, visit.request.path_params["number"])
        await page.open()


class TicketPage:
    """One ticket, open before one member. What was revealed is shown here only, until the page is left."""

    def __init__(self, visit: Visit, number: str) -> None:
        self.visit = visit
        self.office = visit.office
        self.number = number
        self.revealed: Reporter | None = None
        self.case: Case

    async def open(self) -> None:
        self.case = await self._read()
        self.visit.title = f"{self.number} · 工单"
        self.body = ui.element("div")
        self._draw()
        every(self.visit, REFRESH_SECONDS, self.refresh)

    async def refresh(self) -> None:
        """Show what has changed meanwhile, whoever changed it."""
        case = await self._read()
        if case != self.case:
            self.case = case
            self._draw()

    async def _read(self) -> Case:
        def read(tx: Transaction, member: StaffMember) -> Case | None:
            ticket = tx.tickets.by_number(self.number)
            if ticket is None:
                return None
            return Case(
                ticket, tuple(tx.tickets.events(ticket.id)), tuple(tx.surveys.of_ticket(ticket.id)),
                tuple(tx.attachments.of_ticket(ticket.id)), tuple(tx.staff.reveals(ticket.id)),
                tx.tickets.get(ticket.merged_into) if ticket.merged_into else None, tuple(tx.tickets.joined(ticket.id)),
            )  # fmt: skip

        case = await self.visit.read("tickets", read)
        if case is None:
            raise NotFound(f"没有编号为“{self.number}”的工单，请核对。")
        return case

    def _shown(self, text: str) -> str:
        return text if self.revealed else mask_text(text)

    # --- drawing

    def _draw(self) -> None:
        self.body.clear()
        with self.body:
            link("‹ 工单列表", "/tickets", "back")
            self._head()
            self._why_returned()
            actions = Actions(self.visit, self.case.ticket, refresh=self.refresh, revealed=self._show_revealed)
            with Tag("div", classes="two"):
                with Tag("div", classes="column"):
                    self._problem()
                    self._history()
                with Tag("div", classes="column"):
                    self._work(actions)
                    self._reporter(actions)
                    self._surveys()

    def _head(self) -> None:
        ticket = self.case.ticket
        with Tag("div", classes="head"):
            Tag("h1", f"{KIND_NAMES[ticket.kind]} {ticket.number}", tabindex="-1").style("margin-right: 0")
            mark(words.STATUS[ticket.status], words.STATUS_TONE.get(ticket.status, ""))
            if ticket.urgent:
                mark("加急", "bad")
            due, tone = words.due(self.office.city, ticket, self.office.clock())
            if due:
                mark(due, tone)
            if ticket.supervised:
                mark("督办", "bad")
            if ticket.confidential:
                mark("保密", "warn")
            if ticket.may_publish:
                mark("同意公开")
            if ticket.returns > 1:
                mark(f"退回过 {ticket.returns} 次", "warn")

    def _why_returned(self) -> None:
        if self.case.ticket.status != "returned":
            return
        event = next((e for e in reversed(self.case.events) if e.kind == "return"), None)
        if event:
            Tag("p", f"{words.unit_name(self.office.city, self.case.ticket.unit_id)} 退回：{self._shown(event.note)}", "say")

    def _problem(self) -> None:
        ticket, city = self.case.ticket, self.office.city
        with Tag("section", classes="paper first", aria_label="诉求"):
            Tag("p", self._shown(ticket.problem), "problem")
            facts([
                ("地点", f"{words.area(city, ticket.place)} · {ticket.place.text}" if self.revealed else words.masked_place(city, ticket.place)),
                ("坐标", str(ticket.place.location) if self.revealed and ticket.place.location else "市民发了位置，查看联系方式后可见" if ticket.place.location else ""),
                ("时间", self._shown(ticket.happened)),
                ("分类", words.category_name(city, ticket.category, whole=True) or "未定"),
                ("提交", words.exact(ticket.opened_at, city.timezone)),
            ])  # fmt: skip
            self._photos()

    def _photos(self) -> None:
        if not self.case.attachments:
            return
        with Tag("div", classes="photos"):
            for attachment in self.case.attachments:
                href = attachments.of_ticket(self.number, attachment)
                label = f"{attachment.name}，{words.size(attachment.size)}"
                if attachments.is_image(attachment):
                    with Tag("a", href=href, target="_blank", rel="noopener", title=label):
                        Tag("img", src=href, alt=f"照片 {label}", loading="lazy")
                elif attachment.media_type.startswith("audio/"):
                    Tag("audio", src=href, controls=True, preload="none", aria_label=f"录音 {label}")
                else:
                    link(label, href)

    def _history(self) -> None:
        zone = self.office.city.timezone
        with Tag("section", classes="paper last", aria_labelledby="history"):
            Tag("h2", "办理经过", id="history")
            with Tag("ol", classes="history"):
                for event in reversed(self.case.events):
                    with Tag("li"):
                        with Tag("p", classes="what"):
                            Tag("b", words.EVENTS.get(event.kind, event.kind))
                            if event.units:
                                Tag("span", "→ " + "、".join(words.unit_name(self.office.city, unit) for unit in event.units))
                            elif event.kind == "return":
                                Tag("span", words.unit_name(self.office.city, event.unit_id))
                            Tag("span", words.who(event.by))
                            Tag("time", words.exact(event.at, zone)[:16], datetime=event.at.isoformat(), title=words.exact(event.at, zone))
                        if event.due_at and event.kind in ("dispatch", "extend", "reopen"):
                            Tag("p", f"期限 {words.exact(event.due_at, zone)[:16]}", "note soft")
                        if event.note:
                            Tag("p", self._shown(self._categories(event.note) if event.kind == "categorise" else event.note), "note")

    def _categories(self, note: str) -> str:
        return " → ".join(words.category_name(self.office.city, code, whole=True) for code in note.split(" → "))

    def _work(self, actions: Actions) -> None:
        city = self.office.city
        # A merged ticket goes the way of its main one, so that one's unit and limit count.
        ticket = self.case.main if self.case.main and self.case.ticket.status == "merged" else self.case.ticket
        with Tag("section", classes="paper", aria_label="办理"):
            facts([
                ("承办", words.unit_name(city, ticket.unit_id) or "还没有派单"),
                ("协办", "、".join(words.unit_name(city, unit) for unit in ticket.assists)),
                ("期限", (words.exact(ticket.due_at, city.timezone)[:16] + ("（已延期）" if ticket.extended else "")) if ticket.due_at else ""),
                ("办结", words.exact(ticket.handled_at, city.timezone)[:16] if ticket.handled_at else ""),
                ("次数", f"办理过 {ticket.handlings} 次" if ticket.handlings > 1 else ""),
            ])  # fmt: skip
            actions.buttons()
            self._merged()

    def _merged(self) -> None:
        """The tickets that go one way with this one."""
        main, joined = self.case.main, self.case.joined
        if main is None and not joined:
            return
        Tag("h2", "并入" if main else f"并单 {len(joined)} 件").style("margin-top: 14px")
        with Tag("ul", classes="reveals"):
            for ticket in (main,) if main else joined:
                with Tag("li"):
                    link(ticket.number, f"/tickets/{ticket.number}")
                    Tag("span", f" {words.STATUS[ticket.status]} · {words.short(mask_text(ticket.problem), 40)}")

    def _reporter(self, actions: Actions) -> None:
        with Tag("section", classes="paper", aria_labelledby="reporter"):
            Tag("h2", "反映人", id="reporter")
            if self.revealed:
                facts([("姓名", self.revealed.name or "没有留"), ("电话", self.revealed.phone or "没有留")])
            else:
                Tag("p", "姓名、电话和详细地址已隐藏。", "soft")
            if self.case.ticket.confidential:
                Tag("p", "反映人要求保密：不要向办理单位透露是谁反映的，答复由热线转达。", "say")
            with Tag("div", classes="presses"):
                if not self.revealed and self.visit.member.may("reveal"):
                    button("查看联系方式", actions.ask_reveal)
                if self.visit.member.may("conversations"):
                    link("看会话", f"/conversations/{self.case.ticket.conversation_id}", "quiet")
            self._reveals()

    def _reveals(self) -> None:
        if not self.case.reveals:
            return
        Tag("h2", "查看记录").style("margin-top: 14px")
        with Tag("ul", classes="reveals"):
            for reveal in reversed(self.case.reveals):
                with Tag("li"):
                    time(self.office, reveal.at)
                    Tag("span", f" {reveal.by}：{reveal.reason}")

    def _surveys(self) -> None:
        for survey in reversed(self.case.surveys):
            with Tag("section", classes="paper"):
                Tag("h2", f"第 {survey.handling} 次办理的回访" if self.case.ticket.handlings > 1 else "回访")
                answered = survey.status == "completed"
                facts([
                    ("情况", f"{words.SURVEY_STATUS[survey.status]}（{words.channel(survey.channel)}）"),
                    ("联系", ("有联系" if survey.contacted else "没有联系") if answered else ""),
                    ("解决", SOLVED_NAMES[survey.solved] if answered and survey.solved else ""),
                    ("满意", grade_name(survey.satisfaction, very=survey.very) if answered and survey.satisfaction else ""),
                    ("市民说", self._shown(survey.comment)),
                    ("态度", ATTITUDE_NAMES[survey.attitude] if answered and survey.attitude else ""),
                    ("时间", words.exact(survey.completed_at or survey.asked_at, self.office.city.timezone)[:16]),
                ])  # fmt: skip
                if self.visit.member.may("rates"):
                    link("联系经过和备注", f"/rates/surveys/{survey.id}")

    def _show_revealed(self, reporter: Reporter) -> None:
        self.revealed = reporter
        self._draw()
