"""/rates/surveys: every survey with its attempts and outcomes. Answers are the citizen's: staff may note something, and change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from nicegui import ui

from hotline import surveys
from hotline.access import StaffMember
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.surveys import ATTITUDE_NAMES, SOLVED_NAMES, Annotation, Attempt, Survey
from hotline.tickets import Ticket
from staff import words
from staff.frame import Frame, done, told
from staff.guard import NotFound, Visit
from staff.pages.figures.asked import head, made_up, tabs
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Records, Row, Tag, button, column, facts, link, mark

PAGE = 50
NOTE_LENGTH = 1000
TONES = {"completed": "good", "asking": "info"}
COLUMNS = [
    column("ticket", "工单", "number"), column("unit", "承办单位", "unit"), column("status", "情况", "tight"), column("answer", "答复", "wide"),
    column("attempts", "联系", "count named"), column("asked", "发起", "when named"),
]  # fmt: skip


def add(frame: Frame) -> None:
    @frame.page("/rates/surveys", "回访", "rates")
    async def show(visit: Visit) -> None:
        status = visit.asked("status") if visit.asked("status") in words.SURVEY_STATUS else ""
        page = max(int(visit.asked("page")), 1) if visit.asked("page").isdecimal() and len(visit.asked("page")) < 6 else 1

        def read(tx: Transaction, member: StaffMember) -> tuple[list[tuple[Survey, Ticket]], int | None]:
            found = tx.surveys.newest(status=status or None, limit=PAGE + 1, offset=(page - 1) * PAGE)
            return [(survey, tx.tickets.get(survey.ticket_id)) for survey in found], made_up(tx)

        found, simulated = await visit.read("rates", read)
        head(visit, None, simulated=simulated)
        with Tag("div", classes="bar"):
            tabs("情况", [(name, _address(key, 1), key == status) for key, name in {"": "全部", **words.SURVEY_STATUS}.items()])
        Tag("p", "市民的答复谁也不能改；可以在每次回访里加备注，备注留名留时间，不能删。", "soft")
        Records("回访，新的在前", COLUMNS, [_row(visit, survey, ticket) for survey, ticket in found[:PAGE]], empty="没有这样的回访。")
        with Tag("nav", classes="pager", aria_label="翻页"):
            if page > 1:
                link("‹ 上一页", _address(status, page - 1), rel="prev")
            if len(found) > PAGE:
                link("下一页 ›", _address(status, page + 1), rel="next")

    @frame.page("/rates/surveys/{id}", "回访", "rates")
    async def one(visit: Visit) -> None:
        await SurveyPage(visit, visit.request.path_params["id"]).open()


def _address(status: str, page: int) -> str:
    asked = urlencode({name: value for name, value in (("status", status), ("page", str(page) if page > 1 else "")) if value})
    return "/rates/surveys" + (f"?{asked}" if asked else "")


def _row(visit: Visit, survey: Survey, ticket: Ticket) -> Row:
    city = visit.office.city
    notes = [f"第 {survey.handling} 次办理"] if survey.handling > 1 else []
    notes += ["模拟"] if ticket.simulated else []
    return {
        "key": str(survey.id), "href": f"/rates/surveys/{survey.id}", "ticket": {"text": ticket.number, "sub": "，".join(notes)},
        "unit": words.unit_name(city, survey.unit_id), "status": {"text": words.SURVEY_STATUS[survey.status], "tone": TONES.get(survey.status, "plain")},
        "answer": "，".join(value for _, value in _answers(survey)), "attempts": "" if ticket.simulated else f"{survey.attempts} 次",
        "asked": words.moment(survey.asked_at, visit.office.clock(), city.timezone),
    }  # fmt: skip


def _answers(survey: Survey) -> list[tuple[str, str]]:
    """What has been answered so far, by question."""
    return [
        (name, value) for name, value in (
            ("联系", "" if survey.contacted is None else "有联系" if survey.contacted else "没有联系"),
            ("解决", SOLVED_NAMES[survey.solved] if survey.solved else ""),
            ("满意", surveys.grade_name(survey.satisfaction, very=survey.very) if survey.satisfaction else ""),
            ("态度", ATTITUDE_NAMES[survey.attitude] if survey.attitude else ""),
        ) if value
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    survey: Survey
    ticket: Ticket
    attempts: list[Attempt]
    annotations: list[Annotation]
    stopped: bool


class SurveyPage:
    """One survey before one member."""

    def __init__(self, visit: Visit, id: str) -> None:
        self.visit = visit
        self.id = id

    async def open(self) -> None:
        self.read = await self.visit.read("rates", self._read)
        self.visit.title = f"{self.read.ticket.number} · 回访"
        self.body = ui.element("div")
        self._draw()

    def _read(self, tx: Transaction, member: StaffMember) -> Read:
        try:
            survey = tx.surveys.get(UUID(self.id))
        except (ValueError, KeyError):
            raise NotFound("没有这次回访，请从回访清单进入。") from None
        phone = tx.tickets.reporter(survey.ticket_id).phone
        return Read(
            survey, tx.tickets.get(survey.ticket_id), tx.surveys.attempts_of(survey.id), tx.surveys.annotations_of(survey.id),
            phone is not None and tx.surveys.is_stopped(phone),
        )  # fmt: skip

    def _draw(self) -> None:
        survey, ticket = self.read.survey, self.read.ticket
        self.body.clear()
        with self.body:
            link("‹ 回访", "/rates/surveys", "back")
            with Tag("div", classes="head"):
                Tag("h1", f"工单 {ticket.number} 第 {survey.handling} 次办理的回访").style("margin-right: 0")
                mark(words.SURVEY_STATUS[survey.status], TONES.get(survey.status, ""))
                if ticket.simulated:
                    mark("模拟", "warn")
                if self.read.stopped:
                    mark("对方要求不再打扰", "warn")
            with Tag("div", classes="two"):
                with Tag("div", classes="column"):
                    self._told()
                    self._attempts()
                with Tag("div", classes="column"):
                    self._notes()

    def _told(self) -> None:
        survey, ticket, member = self.read.survey, self.read.ticket, self.visit.member
        local = self.visit.office.local
        with Tag("section", classes="paper first", aria_label="市民的答复"):
            Tag("h2", "市民的答复")
            words_of = mask_text(survey.comment) if member.may("tickets") else "（无查看权限）" if survey.comment else ""
            facts([
                *_answers(survey), ("市民说", words_of), ("答复时间", f"{local(survey.completed_at):%Y-%m-%d %H:%M}" if survey.completed_at else ""),
                ("发起", f"{local(survey.asked_at):%Y-%m-%d %H:%M}"), ("承办单位", words.unit_name(self.visit.office.city, survey.unit_id)),
                ("下次联系", f"{local(survey.next_at):%Y-%m-%d %H:%M}" if survey.next_at and survey.status == "asking" else ""),
            ])  # fmt: skip
            if member.may("tickets"):
                with Tag("div", classes="presses"):
                    link("看工单", f"/tickets/{ticket.number}", "quiet")

    def _attempts(self) -> None:
        local = self.visit.office.local
        columns = [column("number", "次", "tight"), column("channel", "渠道", "tight"), column("begun", "时间", "when"), column("outcome", "结果", "wide")]
        rows: list[Row] = [
            {"key": str(one.number), "number": f"第 {one.number} 次", "channel": words.channel(one.channel), "begun": f"{local(one.begun_at):%Y-%m-%d %H:%M}",
             "outcome": words.OUTCOMES.get(one.outcome or "", "还没有结果")}
            for one in self.read.attempts
        ]  # fmt: skip
        Tag("h2", "联系经过", "section")
        Records("联系经过", columns, rows, empty="模拟的回访，没有联系过谁。" if self.read.ticket.simulated else "还没有联系过。")

    def _notes(self) -> None:
        with Tag("section", classes="paper"):
            Tag("h2", "备注")
            Tag("p", "备注只加不改，答复不会因此改变。", "soft")
            with Tag("ul", classes="reveals"):
                for note in self.read.annotations:
                    with Tag("li"):
                        Tag("span", f"{self.visit.office.local(note.at):%m-%d %H:%M} {note.by}：{note.note}")
            with Tag("div", classes="presses"):
                button("加备注", self._ask_note)

    def _ask_note(self) -> None:
        with asking("给这次回访加备注") as dialog:
            note = ui.textarea("备注内容").props(f"outlined autogrow autofocus maxlength={NOTE_LENGTH}")

            async def go() -> None:
                await self._annotate(note.value or "")
                dialog.close()

            closing(dialog, "保存", told(go))

    async def _annotate(self, text: str) -> None:
        office = self.visit.office

        def write(tx: Transaction, member: StaffMember) -> Read:
            surveys.annotate(tx, self.read.survey, by=member.name, note=text, now=office.clock(), new_id=office.new_id)
            return self._read(tx, member)

        self.read = await self.visit.do("rates", write)
        self._draw()
        done("备注已记下。")
