"""Further matters: told in the same breath as another, or while that is being taken. One is taken, the others are kept and offered next."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa_sdk.events import SlotSet

from actions.turn import Desk, Event, Turn, shorten
from hotline.intake import hear
from hotline.matters import counted, several
from hotline.messages import Choice

SURE = 0.25
"""How likely the categories of two parts must be to tell them apart."""


async def apart(desk: Desk, text: str) -> list[str]:
    """The matters of a message, the first one first; one when its parts belong together."""
    parts = several(text)
    if len(parts) < 2:
        return [text]
    told = [hear(part, desk.gazetteer, wanted=None).problem or part for part in parts]
    guessed = [(await asyncio.to_thread(desk.categories.suggest, each, 1) or [("", 0.0)])[0] for each in told]
    matters, seen = [parts[0]], {guessed[0][0][:4]}
    for part, (code, likely) in zip(parts[1:], guessed[1:], strict=True):
        if code[:4] not in seen and (counted(text) or min(likely, guessed[0][1]) >= SURE):
            matters.append(part)
            seen.add(code[:4])
        else:
            matters[-1] += f"；{part}"  # a side of what was said before it
    return matters if len(matters) > 1 else [text]


def kept(turn: Turn) -> list[dict[str, Any]]:
    """What was told and waits: the words and the kind of each."""
    return list(turn.slot("later") or [])


def keep(turn: Turn, matters: list[str], kind: str) -> list[Event]:
    """Remember further matters, once each."""
    waiting = kept(turn)
    new = [{"said": said, "kind": kind} for said in matters if said not in [each["said"] for each in waiting]]
    return [SlotSet("later", [*waiting, *new])] if new else []


def offer(desk: Desk, turn: Turn, waiting: list[dict[str, Any]] | None = None) -> None:
    """Offer the next one, if any waits. `waiting`: those there are now, if this turn has added to them."""
    if waiting := waiting or kept(turn):
        choices = [Choice(desk.city.say("intake.next_yes"), "affirm"), Choice(desk.city.say("intake.next_no"), "deny")]
        turn.prompt("intake.next", problem=shorten(waiting[0]["said"]), choices=choices)
