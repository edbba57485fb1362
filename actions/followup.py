"""What a citizen does with tickets that are open: asks how far they are, adds to them, withdraws them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet

from actions.forms import Ask, Form, asks_something
from actions.intake_words import UPSET
from actions.turn import BotAction, Desk, Event, Interruption, Turn, shorten
from hotline import tickets
from hotline.city import City
from hotline.contacts import is_mobile, read_contact
from hotline.intake import asks_to_begin
from hotline.messages import Choice
from hotline.ports import Transaction
from hotline.tickets import KIND_NAMES, OPEN, STATUS_NAMES, Ticket, TicketEvent, WrongState
from knowledge_base.normalise import ASKS


def actions(desk: Desk) -> list[BotAction]:
    return [
        Progress("action_progress", desk), Withdraw("action_withdraw", desk), SupplementForm("validate_supplement_form", desk),
        AskNote("action_ask_supplement_form_note", desk), SubmitSupplement("action_submit_supplement", desk),
    ]  # fmt: skip


class Progress(Interruption):
    """How far a ticket is. Only the citizen's own, whoever's number is asked for."""

    async def perform(self, turn: Turn) -> list[Event]:
        own = await self.desk.db(lambda tx: tx.tickets.of_conversation(turn.conversation_id))
        number = turn.entities.get("ticket") or ticket_number(turn.text)
        if turn.form == "intake_form" and not own and not number and not _OF_A_TICKET.search(turn.text):
            return [FollowupAction("action_answer")]  # 怎么看我现在在几档, of the meter
        if not number and turn.form is None and _AGAIN.search(turn.text) and not ASKS.search(turn.text):
            return [FollowupAction("intake_form")]  # 还是上次那个路灯的事，又坏了
        if not number and turn.form is None and (who := read_contact(turn.text, asked=False).reporter) and who.phone:
            return [FollowupAction("intake_form")]  # who leaves a number beside it tells a matter, and asks after none
        if turn.text and not own and turn.form is None:
            refused = await asyncio.to_thread(self.desk.triage.refusal, turn.text)
            if refused or asks_to_begin(turn.text):
                return [FollowupAction("intake_form")]  # 查一下我邻居的电话 asks for something else
            if not number and _HANGS.search(turn.text) and not _OF_OURS.search(turn.text):
                return [FollowupAction("intake_form")]  # 残疾证办了三个月没下来
            if not number and not _OF_A_TICKET.search(_ONCE.sub("", turn.text)):
                return [FollowupAction("action_answer")]  # who has no ticket and speaks of none asks something else
        if number:
            ticket = next((t for t in own if t.number == number), None)
            if ticket is None:
                turn.prompt("tickets.not_found", number=number, choices=[_person(self.desk.city)])
                return []
        elif not own and turn.form == "intake_form":
            turn.prompt("tickets.none_yet_called" if _BE_CALLED.search(turn.text) else "tickets.none_yet")
            return []
        elif not own and _THANKS.search(turn.text) and not ASKS.search(turn.text):
            turn.prompt("talk.thanks")
            return []
        elif not own:
            if UPSET.search(turn.text):
                turn.prompt("intake.upset")
            anew = Choice(self.desk.city.say("answer.record"), "signal_record", {"kind": "complaint"})
            turn.prompt("tickets.none", choices=[anew, _person(self.desk.city)])
            return []
        elif len(own) == 1:
            ticket = own[0]
        else:
            choices = [Choice(_title(t), "signal_progress", {"ticket": t.number}) for t in own[:5]]
            turn.prompt("tickets.which", choices=choices)
            return []
        await self._tell(turn, ticket)
        if _URGES.search(turn.text) and ticket.status in OPEN:
            await self.desk.db(lambda tx: tickets.supplement(tx, tx.tickets.get(ticket.id), by="citizen", note=f"催办：{turn.text}", now=turn.now, new_id=self.desk.new_id))
            turn.prompt("tickets.urged", number=ticket.number)
        return []

    async def _tell(self, turn: Turn, ticket: Ticket) -> None:
        city = self.desk.city

        def look(tx: Transaction) -> tuple[Ticket, list[TicketEvent]]:
            # A merged ticket is as far as the one it goes with; that one's number is its own citizen's.
            goes_with = tx.tickets.get(ticket.merged_into) if ticket.status == "merged" and ticket.merged_into else ticket
            return goes_with, tx.tickets.events(goes_with.id)

        main, events = await self.desk.db(look)
        lines = [
            city.say(
                "tickets.progress", number=ticket.number, kind=KIND_NAMES[ticket.kind], problem=shorten(ticket.problem),
                status=STATUS_NAMES[main.status], opened=_local(city, ticket.opened_at),
            )
        ]  # fmt: skip
        if unit := city.units.get(main.unit_id or ""):
            lines.append(city.say("tickets.unit", unit=unit.name))
        if main.due_at and main.status in OPEN:
            lines.append(city.say("tickets.due", due=_local(city, main.due_at)))
        if ticket.status == "merged":
            lines.append(city.say("tickets.together"))
        if handled := [e.note for e in events if e.kind == "handle"]:
            lines.append(city.say("tickets.handled_note", note=handled[-1]))
        turn.say("\n".join(lines))


class Withdraw(Interruption):
    """The citizen no longer wants a ticket: asked once, then done."""

    async def perform(self, turn: Turn) -> list[Event]:
        own = await self.desk.db(lambda tx: tx.tickets.of_conversation(turn.conversation_id))
        number = turn.entities.get("ticket") or ticket_number(turn.text)
        if number and not any(t.number == number for t in own):
            turn.prompt("tickets.not_found", number=number, choices=[_person(self.desk.city)])
            return []
        if turn.form is None and not turn.is_signal and asks_to_begin(turn.text):
            return [FollowupAction("intake_form")]  # 那就帮我投诉吧
        candidates = [t for t in own if t.number == number] if number else [t for t in own if t.status in OPEN]
        if turn.intent == "signal_withdraw" and candidates and turn.entities.get("item") == "confirmed":
            await self._withdraw(turn, candidates[0])
        elif not candidates:
            turn.prompt("tickets.withdraw_none")
        elif len(candidates) == 1:
            self._confirm(turn, candidates[0])
        else:
            turn.prompt("tickets.which", choices=[Choice(_title(t), "signal_withdraw", {"ticket": t.number}) for t in candidates[:5]])
        return []

    def _confirm(self, turn: Turn, ticket: Ticket) -> None:
        if ticket.status not in OPEN:
            turn.prompt("tickets.not_now", number=ticket.number, status=STATUS_NAMES[ticket.status])
            return
        city = self.desk.city
        yes = Choice(city.say("tickets.withdraw_yes"), "signal_withdraw", {"ticket": ticket.number, "item": "confirmed"})
        turn.prompt(
            "tickets.withdraw_confirm", number=ticket.number, problem=shorten(ticket.problem),
            choices=[yes, Choice(city.say("tickets.withdraw_no"), "deny")],
        )  # fmt: skip

    async def _withdraw(self, turn: Turn, ticket: Ticket) -> None:
        try:
            await self.desk.db(lambda tx: tickets.withdraw(tx, ticket, by="citizen", note="", now=turn.now, new_id=self.desk.new_id))
        except WrongState:
            turn.prompt("tickets.not_now", number=ticket.number, status=STATUS_NAMES[ticket.status])
        else:
            turn.prompt("tickets.withdrawn", number=ticket.number)


class SupplementForm(Form):
    """What the citizen adds to an open ticket: in the same sentence, or when asked."""

    slots = ("ticket", "note")

    def next_slot(self, slots: dict[str, Any]) -> str | None:
        return "note" if slots["note"] is None else None

    async def hear(self, turn: Turn) -> list[Event] | None:
        if turn.slot("ticket") is None:
            if _NEW_MATTER.search(turn.text):
                return [SlotSet("ticket", ""), SlotSet("note", "")]
            own = await self.desk.db(lambda tx: tx.tickets.of_conversation(turn.conversation_id))
            number = ticket_number(turn.text)
            open_ = [t for t in own if t.status in OPEN and (number is None or t.number == number)]
            if not open_:
                return [SlotSet("ticket", ""), SlotSet("note", "")]
            said = _SUPPLEMENT_WORDS.sub("", turn.text).strip(" ，,。：:")
            return [SlotSet("ticket", open_[0].number), SlotSet("note", said if len(said) >= 4 else None)]
        if turn.intent == "signal_attachment":
            return [SlotSet("note", "（附件）")]
        if turn.is_signal or turn.intent in ("handover", "progress", "withdraw") or await asks_something(self.desk, turn):
            return None
        if turn.intent == "cancel":
            return [SlotSet("ticket", ""), SlotSet("note", "")]
        return [SlotSet("note", turn.text)]


class AskNote(Ask):
    async def perform(self, turn: Turn) -> list[Event]:
        turn.prompt("tickets.ask_note")
        return []


class SubmitSupplement(BotAction):
    """Writes the addition into the ticket."""

    async def perform(self, turn: Turn) -> list[Event]:
        number, note = turn.slot("ticket"), turn.slot("note")
        if not number and turn.intent == "supplement" and len(_SUPPLEMENT_WORDS.sub("", turn.text)) >= 8:
            return [*SupplementForm.emptied(), SlotSet("heard", None), FollowupAction("intake_form")]  # nothing to add it to, or a matter of its own: it is heard anew
        if not number or not note:
            turn.prompt("tickets.no_open" if turn.intent != "cancel" else "talk.skip")
            return SupplementForm.emptied()

        def add(tx: Transaction) -> None:
            ticket = tx.tickets.by_number(number)
            if ticket and not any(e.kind == "supplement" and e.note == note for e in tx.tickets.events(ticket.id)):
                tickets.supplement(tx, ticket, by="citizen", note=note, now=turn.now, new_id=self.desk.new_id)

        try:
            await self.desk.db(add)
        except WrongState:
            turn.prompt("tickets.no_open")
        else:
            turn.prompt("tickets.supplemented", number=number)
        return SupplementForm.emptied()


_SUPPLEMENT_WORDS = re.compile(r"^(?:我|我要|我想|想|要|再|还|给|帮我|对|之前|刚才|上次|那个|的|工单|投诉|诉求|\d{11})*(?:补充|追加|添加|加)(?:一下|一点|一些|几句|点|个)?(?:情况|内容|信息|材料|说明)?")
_OF_A_TICKET = re.compile("进[度展]|处理|受理|办[得好了到完理结]|结果|[回答]复|[回音]信|回音|信儿|动静|下文|工单|单[子号]|上[次回]|之前|前天|昨天|(?<!被)催|投诉|反映|诉求|报修|转[给到]|派[给到下谁]|到哪|联系我|找我|回电")
_AGAIN = re.compile("又(?!没(?:人|有人|消息|动静|下文|信|回)|来?(?:催|打|问|说|报|找|查))[^，,。又]{1,6}了?(?:$|[，,。！!])")
"""What was a matter once is one again."""
_HANGS = re.compile("(?:证|卡|户口|补[贴助]|低保|房本|退休|养老金|审批|材料|申请)[^，,。；;]{0,14}(?:没|不)(?:有)?(?:给)?(?:批|办|发|审)?(?:下来|出来|办好|办下|消息|结果|动静|信儿)")
_OF_OURS = re.compile("工单|单[子号]|投诉|反映|诉求|报修|12345|上[次回]|你们")
_ONCE = re.compile("(?:之前|前天|昨天|上[次回])(?![^，,。；;]{0,6}(?:[报打说问找登提交催派]|反[映应]|投诉|那[个件]))")
"""Of who has no ticket, that something was before is no ticket: 之前我家煤气泄漏过一次."""
_BE_CALLED = re.compile("(?:给我)?[打回]个?电话|联系我|通知我|告诉我结果")
_THANKS = re.compile("好了.*谢|谢.*好了")
_URGES = re.compile("催|加急|快[点些]|赶紧|抓紧")
_NEW_MATTER = re.compile("(?:还有|另外|再有|又有)(?:个|件|一个|一件|个别的|别的)?(?:事|问题|情况)|(?:再|还要|还想)(?:反映|投诉|举报)")
_TICKET_NUMBER = re.compile(r"(?<!\d)(\d{11})(?!\d)")


def ticket_number(text: str) -> str | None:
    """The number of a ticket that a text has; a mobile number, which is as long, is none."""
    numbers = (match[1] for match in _TICKET_NUMBER.finditer(text.replace(" ", "")))
    return next((number for number in numbers if not is_mobile(number)), None)


def _title(ticket: Ticket) -> str:
    return f"{ticket.number} {shorten(ticket.problem)}"


def _local(city: City, at: Any) -> str:
    return f"{at.astimezone(city.timezone):%Y-%m-%d %H:%M}"


def _person(city: City) -> Choice:
    return Choice(city.say("answer.person"), "signal_handover")
