"""The responsibility catalogue (职责目录): rules in order that say who leads, who assists and how long they have.

It is kept in versions, each with the day from which it is in force. The city folder's is the first; later ones are made on the
staff pages, stored in the database and never changed again, so that every dispatch can be explained years later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hotline.city import City
    from hotline.ports import Transaction

BY_PLACE = ("street", "district")
"""Words that stand for the street and the district of the ticket's place."""
WHO = {
    "person": "个人", "enterprise": "企业",
    "consultation": "咨询", "help_request": "求助", "complaint": "投诉", "report": "举报", "suggestion": "建议", "praise": "表扬",
}  # fmt: skip
"""Whom a rule may be for: who asks, and what kind of request it is."""
_PERIOD = re.compile(r"(?P<from>\d\d-\d\d|\d\d:\d\d)\.\.(?P<to>\d\d-\d\d|\d\d:\d\d)")


class CatalogueError(ValueError):
    """A catalogue can't be used. `str(error)` is a Chinese sentence for whoever edits it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of the catalogue: for what, where, when and whom (empty: for all), who leads, who assists, how long, and why.

    `category_prefix`: digits with which the category's code begins. `places`: codes of districts or streets. `periods`: parts of the
    year (`11-15..03-15`) or of the day (`22:00..06:00`), both ends included. `who`: words of WHO. `lead` and `assists`: ids of units,
    or `street` and `district` for those of the place. `limit`: a key of limits.toml; empty: that of the category.
    """

    category_prefix: str
    lead: str
    assists: tuple[str, ...] = ()
    reason: str = ""
    places: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    limit: str = ""

    @property
    def is_conditional(self) -> bool:
        """Whether it leaves some of its categories to the rules below."""
        return bool(self.places or self.periods or self.who)

    @property
    def matters(self) -> tuple[object, ...]:
        """What it decides about."""
        return self.category_prefix, self.places, self.periods, self.who

    def fits(self, category: str, place_codes: Sequence[str], at: datetime, who: Collection[str]) -> bool:
        """Whether it decides about a matter. `at` is local time."""
        return (
            category.startswith(self.category_prefix)
            and (not self.places or any(code.startswith(place) for code in place_codes for place in self.places))
            and (not self.periods or any(in_period(period, at) for period in self.periods))
            and (not self.who or any(word in who for word in self.who))
        )


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the catalogue. Number 0 is the city folder's."""

    number: int
    valid_from: date
    rules: tuple[Rule, ...]
    by: str
    note: str
    made_at: datetime


def in_period(period: str, at: datetime) -> bool:
    """Whether a local time lies in a period, which may reach over midnight or the new year."""
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise CatalogueError(f"时段“{period}”看不懂。")
    start, end = match["from"], match["to"]
    here = f"{at:%H:%M}" if ":" in start else f"{at:%m-%d}"
    return start <= here <= end if start <= end else here >= start or here <= end


def check_period(period: str) -> None:
    """Raises CatalogueError when it is no period: both ends are days of the year, or both are times of the day, and there are such."""
    if match := _PERIOD.fullmatch(period):
        form = "%Y %H:%M" if ":" in match["from"] else "%Y %m-%d"
        with suppress(ValueError):
            for end in (match["from"], match["to"]):
                datetime.strptime(f"2024 {end}", form)  # noqa: DTZ007  # a leap year, only to see whether it can be read
            return
    raise CatalogueError(f"时段“{period}”看不懂：请写成 11-15..03-15（月-日）或 22:00..06:00（时:分）。")


def read_rule(row: Mapping[str, str]) -> Rule:
    """A rule from a row of text, several values in a cell separated by “；”. Raises CatalogueError, KeyError."""

    def several(name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in row[name].replace(";", "；").split("；") if part.strip())

    return Rule(
        row["category_prefix"].strip(), row["lead"].strip(), several("assists"), row["reason"].strip(), several("places"),
        several("periods"), several("who"), row["limit"].strip(),
    )  # fmt: skip


def write_rule(rule: Rule) -> dict[str, Any]:
    """A rule as plain values."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(rule).items()}


def check(city: City, rules: Sequence[Rule]) -> None:
    """Raises CatalogueError at the first rule that can't stand: unknown words, nobody for unclear matters, a rule that is never
    reached, or a departmental duty that goes to the grassroots."""
    if not rules or rules[-1].category_prefix or rules[-1].is_conditional:
        raise CatalogueError("最后一条必须不带任何条件，接住没有规则的诉求（职责不清的派区）。")
    for number, rule in enumerate(rules, 1):
        try:
            _check_words(city, rule)
            _check_duty(city, rules[: number - 1], rule)
        except CatalogueError as error:
            raise CatalogueError(f"第{number}条：{error}") from None
        above = next((n for n, r in enumerate(rules[: number - 1], 1) if not r.is_conditional and rule.category_prefix.startswith(r.category_prefix)), None)
        if above:
            raise CatalogueError(f"第{number}条永远轮不到：第{above}条在前面已经管了同样的分类。请把它移到前面，或删去。")


def _check_words(city: City, rule: Rule) -> None:
    for unit in (rule.lead, *rule.assists):
        if unit not in BY_PLACE and unit not in city.units:
            raise CatalogueError(f"没有代号为“{unit}”的单位。请从单位列表中选择，或写 street、district。")
    if rule.lead in rule.assists or len(set(rule.assists)) < len(rule.assists):
        raise CatalogueError("主办单位和协办单位不能重复。")
    if rule.category_prefix and not any(code.startswith(rule.category_prefix) for code in city.categories):
        raise CatalogueError(f"没有以“{rule.category_prefix}”开头的分类。")
    for place in rule.places:
        if place not in city.districts and place not in city.streets:
            raise CatalogueError(f"没有代码为“{place}”的区或街道乡镇。")
    for word in rule.who:
        if word not in WHO:
            raise CatalogueError(f"对象“{word}”看不懂，可用：{'、'.join(WHO)}。")
    if rule.limit and rule.limit not in city.limits:
        raise CatalogueError(f"没有叫“{rule.limit}”的时限，可用：{'、'.join(city.limits)}。")
    for period in rule.periods:
        check_period(period)
    if not rule.reason:
        raise CatalogueError("请写明依据。")


def _check_duty(city: City, above: Sequence[Rule], rule: Rule) -> None:
    """A departmental duty is never dispatched to the grassroots (国办函〔2025〕66号)."""
    grassroots = [u for u in (rule.lead, *rule.assists) if is_grassroots(city, u)]
    if not grassroots:
        return
    for code, category in city.categories.items():
        taken = any(not r.is_conditional and code.startswith(r.category_prefix) for r in above)
        if code.startswith(rule.category_prefix) and not taken and city.is_departmental(code):
            raise CatalogueError(f"“{category.level1}”是部门职责，不能派给街道、乡镇（国办函〔2025〕66号）。请改由主管部门主办。")


def is_grassroots(city: City, unit: str) -> bool:
    """Whether a unit (or the word for one) is a street, town or township."""
    return unit == "street" or (unit in city.units and city.units[unit].kind == "street")


def in_force(tx: Transaction, city: City, day: date) -> Version:
    """The version that holds on a day: the newest that was valid by then, or the city folder's."""
    return tx.catalogues.in_force(day) or original(city)


def original(city: City) -> Version:
    """The catalogue of the city folder."""
    return Version(0, city.catalogue_from, tuple(city.rules), "system", "城市目录", datetime.combine(city.catalogue_from, city.working_time.begins, city.timezone))


def publish(
    tx: Transaction, city: City, rules: Sequence[Rule], *, valid_from: date, by: str, note: str, today: date, now: datetime,
    based_on: int,
) -> Version:  # fmt: skip
    """Store a new version. Raises CatalogueError when it can't stand, reaches into the past, or someone else was quicker."""
    if not note.strip():
        raise CatalogueError("请写明改了什么、为什么。")
    if valid_from < today:
        raise CatalogueError("生效日期不能早于今天：已经派出的工单按当时的目录解释。")
    newest = tx.catalogues.newest()
    if (newest.number if newest else 0) != based_on:
        raise CatalogueError(f"目录刚刚被{newest.by if newest else '别人'}改过，请刷新页面，在新版本上再改。")
    check(city, rules)
    if tuple(rules) == (newest.rules if newest else tuple(city.rules)):
        raise CatalogueError("和上一版相比没有改动，不用发布。")
    version = Version(based_on + 1, valid_from, tuple(rules), by, note.strip(), now)
    tx.catalogues.add(version)
    return version


def differences(before: Sequence[Rule], after: Sequence[Rule], say: Callable[[Rule], str]) -> list[str]:
    """What changed from one version to the next, a line each: removed, changed, added, moved."""
    gone, new = [rule for rule in before if rule not in after], [rule for rule in after if rule not in before]
    changed: dict[Rule, Rule] = {}
    for old in list(gone):  # for the same matters as one that is new: one change, though a rule has no name by which to know it again
        if again := next((rule for rule in new if rule.matters == old.matters), None):
            changed[again] = old
            gone.remove(old)
            new.remove(again)
    moved = ["顺序有变动"] if [r for r in before if r not in gone] != [changed.get(r, r) for r in after if r not in new] else []
    told = [f"修改：{say(old)} → {say(again)}" for again, old in changed.items()]
    return [*(f"删去：{say(rule)}" for rule in gone), *told, *(f"增加：{say(rule)}" for rule in new), *moved]
