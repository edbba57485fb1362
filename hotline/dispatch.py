"""Dispatch: which unit must act on a ticket, and by when. The responsibility catalogue (职责目录) decides, not a person's habit."""

from __future__ import annotations

from dataclasses import dataclass

from hotline.city import City, Unit
from hotline.tickets import Place


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a ticket would go and why. `lead` is None when the rule needs a place that is not known."""

    lead: Unit | None
    assist: Unit | None
    mode: str
    hours: float
    reason: str


def suggest(city: City, category: str | None, place: Place) -> Suggestion:
    """The first rule of the catalogue that fits the category, applied to the place.

    Without a category the catalogue's last rule, for unclear matters, applies: the district.
    """
    rule = next(rule for rule in city.rules if (category or "").startswith(rule.category_prefix))
    known = city.categories.get(category or "")
    urgency = known.urgency if known else "general"
    lead = _unit(city, rule.lead, place)
    reason = rule.reason
    if lead is None and rule.lead in ("street", "district"):
        reason += "（地点不清，请先核实所在区和街道）"
    return Suggestion(lead, _unit(city, rule.assist, place) if rule.assist else None, rule.mode, city.limits[urgency], reason)


def _unit(city: City, who: str, place: Place) -> Unit | None:
    if who == "street" and place.street_code:
        return city.units.get(f"street-{place.street_code}")
    if who in ("street", "district"):  # a street that is not known: its district finds it
        return city.units.get(f"district-{place.district_code}")
    return city.units.get(who)
