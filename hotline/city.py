"""The city: districts, categories, units, rules and sentences, read once from the folder `city/`.

Another city replaces the folder; nothing here names one.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from hotline import catalogue
from hotline.calling import CallingHours, parse_spans
from hotline.catalogue import Rule
from hotline.rates import Weights
from hotline.worktime import Limit, LimitUnit, WorkingTime

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class District:
    code: str
    name: str
    short: str


@dataclass(frozen=True, slots=True)
class Street:
    """A street (街道), town (镇) or township (乡): the lowest level of government that acts on tickets."""

    code: str
    name: str
    kind: str
    district_code: str


@dataclass(frozen=True, slots=True)
class Category:
    """A third-level category. `code` has two digits a level, so a prefix of it names a level above."""

    code: str
    level1: str
    level2: str
    level3: str
    description: str
    examples: tuple[str, ...]
    urgency: str

    @property
    def path(self) -> str:
        return f"{self.level1} / {self.level2} / {self.level3}"


@dataclass(frozen=True, slots=True)
class Unit:
    """Whoever must act: a street, a district, a department or a utility."""

    id: str
    name: str
    kind: str
    district_code: str
    street_code: str


@dataclass(frozen=True, slots=True)
class Emergency:
    """A danger that another number answers at once. `ordinary` sounds like it and is none; `ask` names the number and asks whether it is one.
    `advice_for_another`: what is said to who tells it of somebody else, where that differs from `advice`."""

    id: str
    number: str
    name: str
    examples: tuple[str, ...]
    ordinary: tuple[str, ...]
    advice: str
    ask: str
    advice_for_another: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of matter that the hotline may not accept, and the sentence that names the right channel. `question`: a question about it is none to be answered either."""

    id: str
    name: str
    words: re.Pattern[str]
    examples: tuple[str, ...]
    question: bool
    channel: str


@dataclass(frozen=True, slots=True)
class Question:
    """What handlers of the categories under a prefix need to know. `known` finds in a text that it was told."""

    prefix: str
    ask: str
    known: re.Pattern[str]


@dataclass(frozen=True)
class City:
    """All that differs from one city to the next."""

    settings: Mapping[str, Any]
    prompts: Mapping[str, Any]
    districts: Mapping[str, District]
    streets: Mapping[str, Street]
    categories: Mapping[str, Category]
    units: Mapping[str, Unit]
    rules: Sequence[Rule]
    limits: Mapping[str, Limit]
    """How long a unit has, by urgency."""
    holidays: Mapping[date, str]
    survey_examples: Sequence[tuple[str, str, str]]
    """How people answer the callback survey: question, meaning, sentence."""
    calm_answers: Sequence[tuple[str, str, str]]
    """Those of them that tell of no danger."""
    emergencies: Mapping[str, Emergency]
    refusals: Mapping[str, Refusal]
    ordinary: Sequence[str]
    """Everyday messages, from which dangers are told apart."""
    questions: Sequence[Question]
    nowhere: tuple[str, ...]
    """Prefixes of categories whose matters happen at no place."""
    communities: Mapping[str, str]
    """Names of residential communities and villages by code; the code begins with its street's."""
    unanswered: Sequence[str]
    """Questions that the knowledge does not answer, most of them near to one that it does."""
    landmarks: Mapping[str, str]
    """Stations, parks, hospitals, malls …, and the district in which each is; empty where it lies in several or has branches."""

    @classmethod
    def load(cls, folder: Path) -> City:
        """Read the folder. Raises CityError, a sentence that names the file and what is wrong in it."""
        settings = _toml(folder, "city.toml")
        limits = _toml(folder, "limits.toml")
        with _naming(folder, "city.toml"):
            ZoneInfo(settings["timezone"])
            _ = settings["name"], settings["hotline"], settings["surveys"]["weekends"]
            parse_spans(settings["surveys"]["calling_hours"])
            if settings["surveys"]["grades"] not in (3, 5):
                raise ValueError("grades must be 3 or 5")
        with _naming(folder, "limits.toml"):
            allowed = {key: _limit(limit) for key, limit in limits["limits"].items()}
        districts = _table(folder, "districts.csv", lambda r: District(**r), "code")
        streets = _table(folder, "streets.csv", lambda r: Street(**_known(r, "district_code", districts)), "code")
        categories = _table(folder, "categories.csv", lambda r: _category(_known(r, "urgency", allowed)), "code")
        units = _table(folder, "units.csv", lambda r: Unit(**r), "id")
        rules = _table(folder, "responsibility.csv", catalogue.read_rule, "order")
        holidays = _table(folder, "holidays.csv", lambda r: (date.fromisoformat(r["date"]), r["kind"]), "date")
        answers, facts = (
            tuple(_table(folder, name, lambda r: (r["asked"], r["means"], r["text"]), "asked", "text").values())
            for name in ("survey_examples.csv", "survey_facts.csv")
        )
        with _naming(folder, "responsibility.csv"):
            ordered = [rules[order] for order in sorted(rules, key=int)]
        emergencies = _table(folder, "emergencies.csv", lambda r: Emergency(r["id"], r["number"], r["name"], _phrases(r["examples"]), _phrases(r["ordinary"]), r["advice"], r["ask"], r["advice_for_another"] or r["advice"]), "id")
        refusals = _table(folder, "not_accepted.csv", lambda r: Refusal(r["id"], r["name"], re.compile(r["words"]), _phrases(r["examples"]), r["question"] == "yes", r["channel"]), "id")
        ordinary = _table(folder, "ordinary.csv", lambda r: r["text"], "text")
        city = cls(
            settings, _toml(folder, "prompts.toml"), districts, streets, categories, units, ordered, allowed, dict(holidays.values()),
            (*answers, *facts), answers,
            emergencies, refusals, tuple(ordinary), *_questions(_toml(folder, "questions.toml")),
            _table(folder, "communities.csv", lambda r: (_known({"street": r["code"][:9]}, "street", streets), r["name"])[1], "code"),
            tuple(_table(folder, "unanswered.csv", lambda r: r["text"], "text")),
            _landmarks(_table(folder, "landmarks.csv", lambda r: _known(r, "code", {"": None, **districts}), "kind", "name").values()),
        )  # fmt: skip
        with _naming(folder, "responsibility.csv"):
            catalogue.check(city, ordered)
        with _naming(folder, "city.toml"):
            _ = city.ordinary_names, city.idioms, [streets[code] for code in city.short_names.values()], city.working_time, city.catalogue_from, city.enterprise_words, city.limits[city.default_limit], city.is_departmental("")
        return city

    @cached_property
    def timezone(self) -> ZoneInfo:
        return ZoneInfo(self.settings["timezone"])

    @cached_property
    def weights(self) -> Weights:
        """Of the three rates."""
        given = self.settings["rates"]
        return Weights(given["response"], given["resolution"], given["satisfied"], given["basically"])

    @cached_property
    def calling_hours(self) -> CallingHours:
        """When citizens may be rung."""
        return CallingHours(self.timezone, parse_spans(self.settings["surveys"]["calling_hours"]), self._is_day_off)

    @property
    def grades(self) -> int:
        """In how many grades citizens say how satisfied they are: 3 or 5."""
        return int(self.settings["surveys"]["grades"])

    @property
    def about_handling(self) -> tuple[str, ...]:
        """Prefixes of categories that tell of how a request was handled, and so of no matter of their own to whoever is surveyed."""
        return tuple(self.settings["surveys"]["about_handling"])

    def _is_day_off(self, day: date) -> bool:
        kind = self.holidays.get(day)
        return kind == "holiday" or (kind is None and day.weekday() >= 5 and not self.settings["surveys"]["weekends"])

    def questions_about(self, category: str, told: str) -> list[str]:
        """What is still to be asked of a request of this category, of which `told` is what the citizen said. Two at most."""
        fitting = [q for q in self.questions if category.startswith(q.prefix)]
        longest = max((len(q.prefix) for q in fitting), default=0)
        return [q.ask for q in fitting if len(q.prefix) == longest and not q.known.search(told)][:2]

    @cached_property
    def ordinary_names(self) -> frozenset[str]:
        """Names of streets and villages that are words of their own."""
        return frozenset(self.settings["places"]["ordinary"].split())

    @cached_property
    def stations(self) -> Mapping[str, str]:
        """Stations by their bare names, with the district of each or nothing."""
        return {name.removesuffix("地铁站"): code for name, code in self.landmarks.items() if name.endswith("地铁站")}

    @cached_property
    def idioms(self) -> re.Pattern[str]:
        """Sayings in which the name of an area is none."""
        return re.compile(self.settings["places"]["idioms"])

    @property
    def short_names(self) -> Mapping[str, str]:
        """What people call a street for short, and its code."""
        names: Mapping[str, str] = self.settings["places"]["short_names"]
        return names

    @cached_property
    def working_time(self) -> WorkingTime:
        """Which days and hours offices are open."""
        given = self.settings["working_time"]
        return WorkingTime(self.timezone, time.fromisoformat(given["begins"]), time.fromisoformat(given["ends"]), self.holidays)

    @cached_property
    def catalogue_from(self) -> date:
        """The day from which responsibility.csv is in force."""
        given = self.settings["dispatch"]["catalogue_from"]
        return given if isinstance(given, date) else date.fromisoformat(given)

    @property
    def enterprise_words(self) -> Sequence[str]:
        """Words by which a business is known to ask, and not a person."""
        return tuple(self.settings["dispatch"]["enterprise_words"])

    @property
    def default_limit(self) -> str:
        """The limit of what has no category yet."""
        return str(self.settings["dispatch"]["default_limit"])

    def is_departmental(self, category: str) -> bool:
        """Whether a category is the duty of a department, which the grassroots may not be given."""
        return category.startswith(tuple(self.settings["dispatch"]["departmental"]))

    @property
    def name(self) -> str:
        return str(self.settings["name"])

    def say(self, key: str, **values: object) -> str:
        """The sentence `key` of prompts.toml (`section.name`) with its placeholders filled."""
        return self._sentence(key, "eye", values)

    def say_aloud(self, key: str, **values: object) -> str:
        """The same as it is said on the phone: [[也可以发位置]] is left out, and of [[请发|请说]] it is what stands behind the bar."""
        return self._sentence(key, "ear", values)

    def fixed_sentences(self, *sections: str) -> list[str]:
        """What is said aloud in always the same words: the sentences of these sections that leave nothing to be filled in but the hotline and the city."""
        filled = re.compile(r"\{(?!hotline\}|city\})")
        keys = (f"{section}.{name}" for section in sections for name, text in self.prompts[section].items() if isinstance(text, str) and not filled.search(text))
        return [said for key in keys if (said := self.say_aloud(key))]

    def _sentence(self, key: str, sense: str, values: Mapping[str, object]) -> str:
        section, _, name = key.partition(".")
        sentence = _BY_EYE_OR_EAR.sub(lambda m: m[sense] or "", str(self.prompts[section][name]))
        return sentence.format(hotline=self.settings["hotline"], city=self.name, **values).strip()


_BY_EYE_OR_EAR = re.compile(r"\[\[(?P<eye>[^|\]]*)(?:\|(?P<ear>[^\]]*))?\]\]")


class CityError(ValueError):
    """The city folder is incomplete or wrong."""


@contextmanager
def _naming(folder: Path, name: str) -> Iterator[None]:
    """Whatever is wrong in here is told as an error of that file."""
    try:
        yield
    except (OSError, KeyError, TypeError, ValueError, re.error) as error:
        raise CityError(f"{folder / name} can't be used: {error!r}. The README of the city folder explains every file and column.") from error


def _toml(folder: Path, name: str) -> dict[str, Any]:
    with _naming(folder, name), (folder / name).open("rb") as file:
        return tomllib.load(file)


def _table(folder: Path, name: str, read: Callable[[dict[str, str]], T], *key: str) -> dict[str, T]:
    """A CSV file as a mapping from its key, the columns of that name, to what `read` makes of a row."""
    found: dict[str, T] = {}
    # "utf-8-sig": spreadsheets put a mark before the first column's name.
    with _naming(folder, name), (folder / name).open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, restkey="?"), 2):
            if "?" in row or None in row.values():
                raise ValueError(f"line {number} has another number of columns than the first")
            stripped = {column: value.strip() for column, value in row.items()}
            known = " ".join(stripped[column] for column in key)
            if known in found:
                raise ValueError(f"line {number}: {' '.join(key)} {known} stands twice")
            found[known] = read(stripped)
    return found


def _known(row: dict[str, str], column: str, known: Mapping[str, object]) -> dict[str, str]:
    if row[column] not in known:
        raise ValueError(f"{column} {row[column]} is not known")
    return row


def _limit(row: dict[str, Any]) -> Limit:
    units: tuple[LimitUnit, ...] = ("hours", "days", "working_days")
    given = [unit for unit in units if unit in row]
    if len(given) != 1:
        raise ValueError(f"a limit needs one of hours, days and working_days, this one has {given or 'none'}")
    return Limit(str(row["name"]), float(row[given[0]]), given[0])


def _category(row: dict[str, str]) -> Category:
    return Category(row["code"], row["level1"], row["level2"], row["level3"], row["description"], _phrases(row["examples"]), row["urgency"])


def _questions(found: dict[str, Any]) -> tuple[list[Question], tuple[str, ...]]:
    return [Question(q["prefix"], q["ask"], re.compile(q["known"])) for q in found["questions"]], tuple(found["nowhere"])


def _landmarks(rows: Iterable[dict[str, str]]) -> dict[str, str]:
    """A station is said in two ways, neither of which is its bare name: that is an area's, or a word's."""
    ways = ((name, r["code"]) for r in rows for name in ([r["name"]] if r["kind"] == "place" else [r["name"].removesuffix("站") + end for end in ("地铁站", "站")]))
    return dict(ways)


def _phrases(cell: str) -> tuple[str, ...]:
    return tuple(phrase for phrase in cell.split("；") if phrase)
