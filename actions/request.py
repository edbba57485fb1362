"""A request while it is being taken: what the slots of the intake form hold, and how it is read back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from actions.turn import Turn
from hotline.city import City
from hotline.intake import Item
from hotline.messages import Location
from hotline.tickets import Place

ITEMS: tuple[Item, ...] = ("problem", "place", "happened", "contact")
# Praise and suggestions need no place, time or telephone: the channel already tells where the thanks go.
ITEMS_OF_KIND: dict[str, tuple[Item, ...]] = {"suggestion": ("problem",), "praise": ("problem",), "consultation": ("problem", "contact")}


def summary(city: City, turn: Turn, attachments: int) -> str:
    """All that was understood, for the citizen to check, a line an item."""
    kind = turn.slot("kind")
    values = {
        "problem": turn.slot("problem"),
        "place": plain_text(turn.slot("place")) or city.say("intake.unknown_place"),
        "happened": turn.slot("happened") or city.say("intake.unknown_time"),
        "contact": plain_text(turn.slot("contact")) or city.say("intake.no_contact"),
    }
    asked = ITEMS_OF_KIND.get(kind, ITEMS)
    lines = [city.say(f"intake.line_{item}", value=values[item]) for item in ITEMS if item in asked or turn.slot(item)]
    if attachments:
        lines.append(city.say("intake.line_attachments", value=attachments))
    return "\n".join(lines)


def place_slot(place: Place, *, enough: bool = False) -> dict[str, Any]:
    return {**asdict(place), "enough": enough}


def place_in(slot: dict[str, Any] | None) -> Place | None:
    if slot is None:
        return None
    location = Location(**slot["location"]) if slot["location"] else None
    return Place(slot["text"], slot["district_code"], slot["street_code"], location)


def plain_text(slot: Any) -> str:
    """A slot's value as the citizen would read it."""
    if isinstance(slot, dict):
        return str(slot["text"]) if "text" in slot else "，".join(str(v) for v in (slot.get("name"), slot.get("phone")) if v)
    return str(slot or "")
