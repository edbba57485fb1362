"""The same matter reported before: offered with the summary, joined with one tap.

Others are never described: the citizen hears a place and a kind of problem in general words, how many there are and who is at it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass

from actions.request import place_in
from actions.turn import Desk, Turn
from hotline import duplicates, merging, tickets
from hotline.messages import Choice
from hotline.ports import Transaction
from hotline.tickets import Draft, Place, Ticket, WrongState
from knowledge_base.likeness import likeness

KINDS = ("complaint", "help_request", "report")
"""Suggestions, praise and questions are everyone's own."""
_PERHAPS = 0.1
"""From this probability on a request may well be of a category."""
_AGREES = re.compile(r"一起跟进|一起办|同一件|是一件事|一样的事|并到|并入|合并|加入|跟进|补充到")


@dataclass(frozen=True, slots=True)
class Offer:
    """What is said to a citizen about an earlier ticket, and the tap that joins it."""

    number: str
    text: str
    choice: Choice


async def offer(desk: Desk, turn: Turn) -> Offer | None:
    """The open ticket that is likely about the same as the request of this form, if there is one."""
    problem, place = turn.slot("problem"), place_in(turn.slot("place")) or Place("")
    if turn.slot("kind") not in KINDS or not problem:
        return None
    guessed = await asyncio.to_thread(desk.categories.suggest, problem, 3)
    category = guessed[0][0] if guessed else None
    perhaps = [code for code, probability in guessed[1:] if probability >= _PERHAPS]

    def find(tx: Transaction) -> tuple[Ticket, int] | None:
        found = duplicates.find(tx, problem, place, category, turn.conversation_id, now=turn.now, meaning=likeness(desk.embedder), perhaps=perhaps)
        if not found or found[0].likelihood < duplicates.LIKELY:
            return None
        return found[0].ticket, merging.people(tx, found[0].ticket)

    same = await desk.db(find)
    return _said(desk, turn, *same) if same else None


def agrees(turn: Turn) -> bool:
    """Whether the citizen says in words that it is the same."""
    return bool(turn.slot("duplicate") and _AGREES.search(turn.text))


async def join(desk: Desk, turn: Turn, draft: Draft, opening: Callable[[Transaction], Ticket]) -> bool:
    """Open the request as a part of the ticket that was offered, or add it to the citizen's own. False when that has ended meanwhile:
    then it is a request of its own."""
    number = turn.slot("duplicate")

    def work(tx: Transaction) -> tuple[str, str, int] | None:
        main = tx.tickets.by_number(number)
        if main is None:
            return None
        if main.conversation_id == draft.conversation_id:
            if not any(event.kind == "supplement" and event.note == draft.problem for event in tx.tickets.events(main.id)):
                tickets.supplement(tx, main, by="citizen", note=draft.problem, now=turn.now, new_id=desk.new_id)
            return "added", main.number, 0
        ticket = opening(tx)
        if ticket.status != "merged":
            merging.merge(tx, ticket, main, by="citizen", now=turn.now, new_id=desk.new_id)
        return "joined", ticket.number, merging.people(tx, main) - 1

    try:
        done = await desk.db(work)
    except WrongState:
        return False
    if done is None:
        return False
    turn.prompt(f"duplicates.{done[0]}", number=done[1], others=done[2])
    return True


def _said(desk: Desk, turn: Turn, ticket: Ticket, people: int) -> Offer:
    city = desk.city
    unit = city.units.get(ticket.unit_id or "")
    state = city.say("duplicates.handled_by", unit=unit.name) if unit else city.say("duplicates.waiting")
    if ticket.conversation_id == turn.conversation_id:
        text, label = city.say("duplicates.offer_own", number=ticket.number, state=state), "duplicates.add"
    else:
        category = city.categories.get(ticket.category or "")
        street, district = city.streets.get(ticket.place.street_code or ""), city.districts.get(ticket.place.district_code or "")
        area = street.name if street else district.name if district else city.name
        what = category.level3 if category else city.say("duplicates.what_unknown")
        text, label = city.say("duplicates.offer", area=area, people=people, what=what, state=state), "duplicates.join"
    return Offer(ticket.number, text, Choice(city.say(label), "signal_join", {"ticket": ticket.number}))
