"""Dispatch: which units must act on a ticket, and by when. The responsibility catalogue (职责目录) decides, not a person's habit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from hotline import catalogue
from hotline.catalogue import Rule, is_grassroots
from hotline.city import City, Unit
from hotline.tickets import Place, Ticket, WrongState
from hotline.worktime import Limit

if TYPE_CHECKING:
    from hotline.ports import Transaction


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Where a ticket would go, by when, and why. `lead` is None when the rule needs a place that is not known."""

    lead: Unit | None
    assists: tuple[Unit, ...]
    limit: Limit
    reason: str
    rule: Rule
    number: int
    """Which rule of the catalogue decided, counted from 1."""

    @property
    def is_double(self) -> bool:
        """双派: more than one unit is told at once."""
        return bool(self.assists)


def suggest(
    city: City, rules: Sequence[Rule], category: str | None, place: Place, *, at: datetime, kind: str = "complaint", said: str = "",
    urgent: bool = False,
) -> Suggestion:  # fmt: skip
    """The first rule that fits category, place, time and person.

    Without a category only rules for every category fit; the last one gives unclear matters to the district. `urgent`: it tells of a danger.
    """
    codes = [code for code in (place.district_code, place.street_code) if code]
    local, who = at.astimezone(city.timezone), asking(city, kind, said)
    number, rule = next((n, r) for n, r in enumerate(rules, 1) if r.fits(category or "", codes, local, who))
    known = city.categories.get(category or "")
    limit = city.limits["emergency" if urgent else rule.limit or (known.urgency if known else city.default_limit)]
    lead = _unit(city, rule.lead, place)
    reason = rule.reason
    if lead is None and rule.lead in catalogue.BY_PLACE:
        reason += "（地点不清，请先核实所在区和街道）"
    assists = (_unit(city, who, place) for who in rule.assists)
    # Where a street is not known its district finds it, and may be the lead already.
    others = tuple(dict.fromkeys(unit for unit in assists if unit and unit != lead))
    return Suggestion(lead, others, limit, reason, rule, number)


def suggest_for(tx: Transaction, city: City, ticket: Ticket, *, category: str | None = None) -> Suggestion:
    """Where a ticket would go by the catalogue in force on the day it was opened; `category` in place of the ticket's own."""
    opened = ticket.opened_at.astimezone(city.timezone)
    rules = catalogue.in_force(tx, city, opened.date()).rules
    return suggest(city, rules, category or ticket.category, ticket.place, at=opened, kind=ticket.kind, said=ticket.problem, urgent=ticket.urgent)


def asking(city: City, kind: str, said: str) -> Collection[str]:
    """Who asks, in the catalogue's words: the kind of request, and person or enterprise."""
    return {kind, "enterprise" if any(word in said for word in city.enterprise_words) else "person"}


def require_duty(city: City, category: str | None, units: Sequence[str]) -> None:
    """Raises WrongState when a departmental duty would go to the grassroots, whoever chose it."""
    for unit in units:
        if category and city.is_departmental(category) and is_grassroots(city, unit):
            known = city.categories[category]
            raise WrongState(
                f"“{known.level1}”是部门职责，不能派给{city.units[unit].name}（国办函〔2025〕66号）。请改派主管部门，或先核对分类。"
            )


def _unit(city: City, who: str, place: Place) -> Unit | None:
    if who == "street" and place.street_code and (found := city.units.get(f"street-{place.street_code}")):
        return found
    if who in catalogue.BY_PLACE:  # a street that is not known, or is no unit: its district finds it
        return city.units.get(f"district-{place.district_code}")
    return city.units.get(who)
