"""What can be done with a ticket: the buttons its state allows, and the steps behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from hotline import access, tickets
from hotline.access import StaffMember
from hotline.merging import split
from hotline.ports import Transaction
from hotline.tickets import Reporter, Ticket, WrongState
from staff.frame import done, told
from staff.guard import Visit
from staff.pages.ticket_dialogs import NOTE_LENGTH, Dispatching, asking, assisting, closing, extending, handing_over, merging
from staff.parts import Tag, button

Given = dict[str, Any]
"""Who does it, when, and where ids come from: what every change of a ticket is told."""

# What stands on the page for each state: the likeliest step first, and what stays behind “更多”. All of it is in tickets.CHANGES.
BUTTONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "incomplete": (("dispatch", "merge", "supplement"), ()),
    "received": (("dispatch", "merge", "supplement"), ()),
    "dispatched": (("accept", "handle", "return", "dispatch"), ("assist", "hand_over", "extend", "supervise", "merge", "supplement")),
    "accepted": (("handle", "return", "supplement"), ("assist", "hand_over", "extend", "supervise", "merge")),
    "returned": (("dispatch", "uphold"), ("supervise", "merge", "supplement")),
    "merged": (("split", "supplement"), ()),
}


@dataclass
class Actions:
    """The actions on a ticket as its page shows it. If it is not like that any more, nothing is done and that is said."""

    visit: Visit
    ticket: Ticket
    refresh: Callable[[], Awaitable[None]]
    revealed: Callable[[Reporter], None]

    def buttons(self) -> None:
        """What this state allows: the next step and what goes with it as buttons, the rest behind “更多”."""
        first, rest = BUTTONS.get(self.ticket.status, ((), ()))
        if not first:
            return
        kinds: dict[str, tuple[str, Callable[..., object]]] = {
            "dispatch": ("改派" if self.ticket.unit_id else "派单", told(lambda: Dispatching(self).open())),
            "uphold": ("维持原派", lambda: self._ask_note("维持原派", "理由", "承办单位会看到：为什么仍应由其办理。期限不变。", self._noted("uphold", "已维持原派。"))),
            "accept": ("接单", told(self._accept, then=self.refresh)),
            "handle": ("办结", lambda: self._ask_note("办结", "办理结果", "市民会看到这段话，请写明怎么办的、结果如何。", self._handle)),
            "return": ("退回", lambda: self._ask_note("退回", "退回理由", "请写明为什么不属于本单位职责，应由谁办理。", self._noted("send_back", "已退回，等待派单员审核。"))),
            "supplement": ("补充", lambda: self._ask_note("补充", "补充内容", "", self._noted("supplement", "已补充。"))),
            "supervise": ("督办", lambda: self._ask_note("督办", "督办要求", "工单会标上“督办”，直到办结。", self._noted("supervise", "已督办。"))),
            "assist": ("协办单位", lambda: assisting(self)),
            "hand_over": ("移交", lambda: handing_over(self)),
            "extend": ("延期", lambda: extending(self)),
            "merge": ("并单", told(lambda: merging(self))),
            "split": ("拆单", lambda: self._ask_note("拆单", "拆单理由", "拆出后单独派单，市民会收到通知。", self._split)),
        }  # fmt: skip
        rest = tuple(kind for kind in rest if not (kind == "extend" and self.ticket.extended))
        with Tag("div", classes="presses").style("margin-top: 12px"):
            for kind in first:
                button(kinds[kind][0], kinds[kind][1], main=kind == first[0])
            if rest:
                with button("更多", lambda: None).props("icon-right=expand_more aria-haspopup=menu"), ui.menu().props("auto-close"):
                    for kind in rest:
                        ui.menu_item(kinds[kind][0], kinds[kind][1]).props("role=menuitem")

    async def do(self, change: Callable[[Transaction, Ticket, Given], object], sentence: str) -> None:
        """Make a change to the ticket as the member saw it, and say that it was made."""
        office = self.visit.office

        def work(tx: Transaction, member: StaffMember) -> None:
            change(tx, self._unchanged(tx), {"by": member.name, "now": office.clock(), "new_id": office.new_id})

        await self.visit.do("tickets", work)
        done(sentence)

    async def _accept(self) -> None:
        await self.do(lambda tx, ticket, given: tickets.accept(tx, ticket, **given), "已接单。")

    async def _handle(self, note: str) -> None:
        delay = self.visit.office.survey_delay
        await self.do(lambda tx, ticket, given: tickets.handle(tx, ticket, note=note, survey_at=given["now"] + delay, **given), "已办结，将回访市民。")

    async def _split(self, note: str) -> None:
        await self.do(lambda tx, ticket, given: split(tx, ticket, note=note, **given), "已拆出，等待派单。")

    def _noted(self, step: str, sentence: str) -> Callable[[str], Awaitable[None]]:
        """A step of tickets.py that needs nothing but words."""

        async def act(note: str) -> None:
            await self.do(lambda tx, ticket, given: getattr(tickets, step)(tx, ticket, note=note, **given), sentence)

        return act

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
