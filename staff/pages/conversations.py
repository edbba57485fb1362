"""/conversations: who waits for a person, longest first, and the desk at which one conversation is led."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from nicegui import ui
from nicegui.events import GenericEventArguments

from hotline import articles
from hotline import conversations as core
from hotline.access import StaffMember
from hotline.conversations import Conversation
from hotline.messages import MAX_TEXT, Message
from hotline.ports import Transaction
from hotline.privacy import mask_text
from hotline.tickets import KIND_NAMES, Ticket
from staff import attachments, words
from staff.frame import Frame, done, every, told
from staff.guard import NotFound, Visit
from staff.office import Shared
from staff.parts import Records, Row, Tag, Transcript, button, column, link, mark

QUEUE_SECONDS = 2.0
TRANSCRIPT_SECONDS = 1.0
RECENT = 200
AUTHORS = {"citizen": "市民", "bot": "智能客服", "operator": "坐席", "system": "系统"}
STATES = {"queued": "发送中", "failed": "没有送达"}
COLUMNS = [column("who", "市民", "number"), column("state", "情况", "tight"), column("last", "最后说的", "wide")]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation in the queue, with the citizen's last words."""

    conversation: Conversation
    last: str


def add(frame: Frame) -> None:
    queue = Shared(frame.office, timedelta(seconds=1.5), lambda: frame.office.read(_waiting))

    @frame.page("/conversations", "会话", "conversations")
    async def show_queue(visit: Visit) -> None:
        await Page(frame, queue, visit, None).open()

    @frame.page("/conversations/{id}", "会话", "conversations")
    async def show_one(visit: Visit) -> None:
        try:
            id = UUID(visit.request.path_params["id"])
        except ValueError:
            raise NotFound("没有这个会话，可能是地址有误。") from None
        await Page(frame, queue, visit, id).open()


class Page:
    """The queue, and beside it the desk with the conversation that is open."""

    def __init__(self, frame: Frame, queue: Shared[list[Waiting]], visit: Visit, open_id: UUID | None) -> None:
        self.frame = frame
        self.queue = queue
        self.visit = visit
        self.open_id = open_id

    async def open(self) -> None:
        desk = Desk(self, self.open_id) if self.open_id else None
        if desk:
            await desk.read()
        with Tag("div", classes="head"):
            Tag("h1", "会话")
            Tag("span", "险情在前，其余等候最久的在前", "soft")
        with Tag("div", classes="talk one" if desk else "talk"):
            with Tag("div", classes="queue"):
                self.list = Records("等候或接待中的会话", COLUMNS, self._rows(await self.queue.get()), empty="现在没有人等候。")
            if desk:
                desk.draw()
            else:
                Tag("div", "从列表中选一个会话。", "paper empty alone")
        every(self.visit, QUEUE_SECONDS, self._refresh)

    async def changed(self) -> None:
        """Somebody was taken over or handed back here: show it now, not in two seconds."""
        self.queue.forget()
        self.frame.waiting.forget()
        await self._refresh()

    async def _refresh(self) -> None:
        await self.visit.read("conversations", lambda tx, member: None)
        self.list.show(self._rows(await self.queue.get()))

    def _rows(self, waiting: list[Waiting]) -> list[Row]:
        now = self.visit.office.clock()
        return [_row(entry, now - (entry.conversation.status_since or now), self.open_id, self.visit.member.name) for entry in waiting]


class Desk:
    """One conversation. Whoever leads it reads everything; others see it masked."""

    def __init__(self, page: Page, id: UUID) -> None:
        self.page = page
        self.visit = page.visit
        self.office = page.visit.office
        self.id = id
        self.conversation: Conversation
        self.messages: list[Message] = []
        self.tickets: list[Ticket] = []

    @property
    def is_mine(self) -> bool:
        return self.conversation.status == "operator" and self.conversation.operator == self.visit.member.name

    @property
    def _is_answered(self) -> bool:
        return any(m.author == "operator" for m in self.messages)

    async def read(self) -> None:
        def read(tx: Transaction, member: StaffMember) -> tuple[Conversation, list[Message], list[Ticket]]:
            try:
                conversation = tx.conversations.get(self.id)
            except KeyError:
                raise NotFound("没有这个会话，可能是地址有误。") from None
            messages = self.messages
            # Read again only when something was said since, or something shown as on its way may have arrived.
            if not messages or messages[-1].position != conversation.last_position or any(m.state == "queued" for m in messages[-20:]):
                messages = tx.messages.of(self.id, limit=RECENT)
            return conversation, messages, tx.tickets.of_conversation(self.id) if member.may("tickets") else []

        self.conversation, self.messages, self.tickets = await self.visit.read("conversations", read)

    def draw(self) -> None:
        with Tag("section", classes="paper desk", aria_label="会话"):
            self.head = Tag("div", classes="desk-head")
            self.transcript = Transcript([])
            self.writing = Tag("div")
        self._draw_state()
        self._draw_lines()
        every(self.visit, TRANSCRIPT_SECONDS, self.refresh)

    async def refresh(self) -> None:
        before = self._headed()
        await self.read()
        if before != self._headed():
            self._draw_state()
        self._draw_lines()

    def _headed(self) -> tuple[object, ...]:
        """What the head shows; drawn anew only when it differs, for with it goes the focus."""
        return self.conversation.status, self.conversation.operator, [(t.number, t.status) for t in self.tickets], self._is_answered

    # --- what can be done

    async def take_over(self) -> None:
        office, greeting = self.office, self.office.city.say("person.joined")
        await self.visit.do(
            "conversations",
            lambda tx, member: core.take_over(tx, self.id, member.name, greeting=greeting, now=office.clock(), new_id=office.new_id),
        )
        await self.page.changed()

    async def answer(self, text: str) -> None:
        office = self.office
        await self.visit.do(
            "conversations", lambda tx, member: core.answer_as_operator(tx, self.id, member.name, text, now=office.clock(), new_id=office.new_id)
        )

    async def hand_back(self) -> None:
        office = self.office
        await self.visit.do("conversations", lambda tx, member: core.hand_back(tx, self.id, member.name, now=office.clock(), new_id=office.new_id))
        done("已交还智能客服。")
        await self.page.changed()

    async def keep_as_draft(self) -> None:
        office = self.office
        now = office.clock()
        await self.visit.do(
            "conversations", lambda tx, member: articles.draft_from_conversation(tx, self.id, by=member.name, today=office.local(now).date(), now=now, new_id=office.new_id)
        )
        done("已存为知识草稿，编辑会在“知识”里补全并提交审核。")

    # --- drawing

    def _draw_state(self) -> None:
        self.head.clear()
        with self.head:
            link("‹ 全部会话", "/conversations", "soft")
            Tag("h2", words.citizen(self.conversation.address.user))
            Tag("span", words.channel(self.conversation.address.channel), "soft")
            mark(*_state(self.conversation, self.visit.member.name))
            for ticket in self.tickets[:3]:
                link(f"{KIND_NAMES[ticket.kind]} {ticket.number}（{words.STATUS[ticket.status]}）", f"/tickets/{ticket.number}")
            with Tag("div", classes="presses"):
                if self._is_answered:
                    button("存为知识草稿", told(self.keep_as_draft))
                if self.is_mine:
                    button("交还智能客服", told(self.hand_back, then=self.refresh))
                elif self.conversation.status != "operator":
                    button("接入", told(self.take_over, then=self.refresh), main=True)
        self.writing.clear()
        with self.writing:
            if self.is_mine:
                self._draw_writing()

    def _draw_writing(self) -> None:
        with Tag("div", classes="write"):
            field = ui.textarea(placeholder="回复市民（回车发送，Shift+回车换行）").props(f"outlined dense autogrow autofocus maxlength={MAX_TEXT}")
            field.props["aria-label"] = "回复市民"

            async def send(text: str) -> None:
                if not text.strip():
                    return
                await self.answer(text)
                field.set_value("")  # only when it was stored: a refused answer stays to be mended

            async def pressed(event: GenericEventArguments) -> None:
                await told(send, then=self.refresh)(str(event.args))

            # Enter also ends the choice of a Chinese word; such an Enter does not send. Whoever holds it down sends once.
            field.on(
                "keydown",
                pressed,
                js_handler="(e) => { if (e.key === 'Enter' && !e.shiftKey && !e.isComposing && e.keyCode !== 229) { e.preventDefault(); if (!e.repeat) emit(e.target.value); } }",
            )

            async def clicked() -> None:
                await send(field.value or "")

            button("发送", told(clicked, then=self.refresh), main=True)

    def _draw_lines(self) -> None:
        self.transcript.show([self._line(m) for m in self.messages if m.text or m.attachments or m.location])

    def _line(self, message: Message) -> dict[str, Any]:
        shown = (lambda text: text) if self.is_mine else mask_text
        text = shown(message.text.replace("**", ""))
        if message.location:
            place = str(message.location) if self.is_mine else "接入后可见"
            text = f"{text}\n［位置：{place}］".strip()
        return {
            "key": str(message.id),
            "author": message.author,
            "who": AUTHORS[message.author],
            "text": text,
            "time": words.moment(message.created_at, self.office.clock(), self.office.city.timezone),
            "at": message.created_at.isoformat(),
            "exact": words.exact(message.created_at, self.office.city.timezone),
            "note": STATES.get(message.state, "") if message.direction == "out" else _how(message),
            "choices": [{"label": shown(c.label), "chosen": c.chosen} for c in message.choices],
            "files": [
                {"href": attachments.of_conversation(self.id, a), "name": a.name, "image": attachments.is_image(a)} for a in message.attachments
            ],
        }


def _how(message: Message) -> str:
    """By what a citizen said it, where that is not by typing; of speech how sure the recogniser was."""
    if message.confidence is not None:
        return f"语音识别，把握{message.confidence:.0%}"
    return "按键" if message.via == "keypad" else ""


def _waiting(tx: Transaction) -> list[Waiting]:
    # Whoever waits comes before whoever is being looked after; each of the two longest first, as the store has them.
    found = sorted(tx.conversations.waiting(), key=lambda conversation: conversation.status != "waiting")
    return [Waiting(conversation, _last_words(tx, conversation)) for conversation in found]


def _last_words(tx: Transaction, conversation: Conversation) -> str:
    recent = tx.messages.of(conversation.id, after=max(conversation.last_position - 10, 0), limit=10)
    said = next((m for m in reversed(recent) if m.author == "citizen"), None)
    if said is None:
        return ""
    return words.short(mask_text(said.text), 60) or ("［附件］" if said.attachments else "［位置］")


def _row(entry: Waiting, since: timedelta, open_id: UUID | None, me: str) -> Row:
    conversation = entry.conversation
    if conversation.status == "waiting":
        text, tone = f"已等 {_about(since)}", "bad" if since > timedelta(minutes=3) else "warn"
    else:
        text, tone = _state(conversation, me)
    if conversation.urgent:
        text, tone = f"险情 · {text}", "bad"
    return {
        "key": str(conversation.id),
        "href": f"/conversations/{conversation.id}",
        "tone": "here" if conversation.id == open_id else "",
        "who": {"text": words.citizen(conversation.address.user), "sub": words.channel(conversation.address.channel)},
        "state": {"text": text, "tone": tone},
        "last": entry.last,
    }


def _about(since: timedelta) -> str:
    """In steps of five seconds at first: a clock that ticks every second only makes people nervous."""
    seconds = since.total_seconds()
    return words.span(timedelta(seconds=seconds // 5 * 5)) if seconds < 60 else words.span(since)


def _state(conversation: Conversation, me: str) -> tuple[str, str]:
    if conversation.status == "operator":
        return ("由您接待", "good") if conversation.operator == me else (f"{conversation.operator} 接待中", "info")
    return ("等候人工", "warn") if conversation.status == "waiting" else ("智能客服应答中", "")
