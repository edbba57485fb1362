"""Duplicates: which open tickets tell of the same matter as a new request, across all channels.

Near in place, time and category comes from the database; alike in words, and in meaning where an embedder is at hand, is measured
here. Figures and how they were measured: docs/benchmarks.md.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from hotline.place_words import ANYWHERE, NOT_KNOWN
from hotline.tickets import Place, Ticket

if TYPE_CHECKING:
    from hotline.ports import Transaction

WINDOW = timedelta(days=60)
"""Older tickets that are still open tell of something else, or of something a person should look at."""
LOOKED_AT = 300
READ = 30
"""Of them, those alike in words are compared in meaning."""
USUAL = 0.6
"""How alike in meaning two texts of one street are, where no embedder tells."""
LIKELY = 0.5
"""From this likelihood on a citizen is asked whether it is the same. Chosen on messages with known duplicates (bench/dispatch.py)."""
POSSIBLE = 0.02
"""From this on a dispatcher, who judges, is shown the ticket: the same place in other words, or the same category, is enough."""
SHOWN = 6

Meaning = Callable[[str, Sequence[str]], Sequence[float]]
"""How alike in meaning a text is to each of several, between 0 and 1."""


@dataclass(frozen=True, slots=True)
class Match:
    """An open ticket that may be about the same matter. `likelihood` is between 0 and 1."""

    ticket: Ticket
    likelihood: float


def alike(tx: Transaction, ticket: Ticket, *, now: datetime) -> list[Match]:
    """Open tickets that may be about the same as this one, the likeliest first, for a dispatcher to judge."""
    found = find(tx, ticket.problem, ticket.place, ticket.category, ticket.conversation_id, now=now, simulated=ticket.simulated)
    return [match for match in found if match.ticket.id != ticket.id and match.likelihood >= POSSIBLE][:SHOWN]


def find(
    tx: Transaction, problem: str, place: Place, category: str | None, conversation_id: UUID, *, now: datetime, meaning: Meaning | None = None, perhaps: Sequence[str] = (),
    simulated: bool = False,
) -> list[Match]:  # fmt: skip
    """Open tickets that may be about the same as a request, the likeliest first: of its street or district, the citizen's own, and where one of the
    two tells no district, those of its category that name the same place. `perhaps`: other categories that it may well be of. What was made up is
    no neighbour of what was not (`simulated`)."""
    since, district = now - WINDOW, place.district_code
    own = [t for t in tx.tickets.of_conversation(conversation_id) if t.status in ("received", "dispatched", "accepted", "returned") and t.opened_at >= since]
    near = tx.tickets.nearby(district_code=district, street_code=place.street_code, since=since, limit=LOOKED_AT) if district else []
    categories = sorted({code for code in (category, *perhaps) if code})
    anywhere = tx.tickets.of_categories(categories, in_no_district=district is not None, since=since, limit=LOOKED_AT)
    named = [ticket for ticket in anywhere if one_name(place.text, ticket.place.text)]
    tickets = list({ticket.id: ticket for ticket in (*own, *near, *named) if ticket.simulated == simulated}.values())
    return judge(problem, place, category, tickets, meaning, perhaps)


def judge(problem: str, place: Place, category: str | None, tickets: Sequence[Ticket], meaning: Meaning | None = None, perhaps: Sequence[str] = ()) -> list[Match]:
    """How likely each ticket is about the same matter, the likeliest first. What is in another street is another matter, whatever the words.
    In one building, what may well be of the same category is taken as of it (`perhaps`): 路灯不亮 might be on the stairs."""
    tickets = [ticket for ticket in tickets if not _elsewhere(place, ticket.place)]
    if not tickets:
        return []
    theirs = [ticket.problem for ticket in tickets]
    nearest = sorted(zip(in_words(problem, theirs), range(len(tickets)), strict=True), reverse=True)[:READ]
    means = meaning(problem, [theirs[at] for _, at in nearest]) if meaning else [USUAL] * len(nearest)
    matches = []
    for (words, at), mean in zip(nearest, means, strict=True):
        other = tickets[at]
        one_matter = other.category is not None and other.category in (category, *perhaps) and one_building(place.text, other.place.text)
        same_category = True if one_matter else _same(category, other.category)
        matches.append(Match(other, likelihood(words, mean, same_category=same_category, same_place=one_place(place.text, other.place.text), one_matter=one_matter)))
    return sorted(matches, key=lambda match: -match.likelihood)


def _elsewhere(one: Place, other: Place) -> bool:
    return None not in (one.street_code, other.street_code) and one.street_code != other.street_code


def likelihood(words: float, meaning: float, *, same_category: bool | None, same_place: bool | None = None, one_matter: bool = False) -> float:
    """A logistic model. The weights of words and meaning were fitted on pairs that a person had judged (bench/dispatch.py); category and
    place, which those pairs lack, shift it. `one_matter`: the same category to its third level in the same building, which is enough whatever the words."""
    score = 8.8 * words + 10.6 * meaning - 8.5
    score += {True: 0.8, False: -2.0, None: 0.0}[same_category] + {True: 0.8, False: -2.5, None: 0.0}[same_place] + (3.6 if one_matter else 0.0)
    return 1 / (1 + math.exp(-score))


def in_words(text: str, others: Sequence[str]) -> list[float]:
    """How alike a text is to others in its pairs and triples of characters, rare ones counting more: the cosine of TF-IDF vectors.

    What is rare is learnt from the others themselves, so a street's name means little among tickets of that street.
    """
    counts = [grams(each) for each in (text, *others)]
    seen: Counter[str] = Counter(gram for each in counts for gram in each)
    rare = {gram: math.log((len(counts) + 1) / (n + 1)) + 1 for gram, n in seen.items()}
    first, *rest = ({gram: (1 + math.log(n)) * rare[gram] for gram, n in each.items()} for each in counts)
    return [_cosine(first, each) for each in rest]


def grams(text: str) -> Counter[str]:
    """Pairs and triples of characters, without punctuation and blanks."""
    plain = re.sub(r"[\W_]+", "", text)
    return Counter(plain[at : at + size] for size in (2, 3) for at in range(len(plain) - size + 1))


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    product = sum(weight * b[gram] for gram, weight in a.items() if gram in b)
    length = math.sqrt(sum(w * w for w in a.values()) * sum(w * w for w in b.values()))
    return product / length if length else 0.0


def _same(one: str | None, other: str | None) -> bool | None:
    """Whether two categories agree in their second level; None when one is not known."""
    return one[:4] == other[:4] if one and other else None


_DOOR = re.compile(r"(\d+)(?:号?(楼|院)|号(?!线))")


def one_place(one: str, other: str) -> bool | None:
    """Whether two descriptions of a place mostly say the same, the shorter one counting, and name no different doors; None when one says too little."""
    mine, theirs = set(grams(one)), set(grams(other))
    if min(len(mine), len(theirs)) < 5:
        return None
    doors, others = _doors(one), _doors(other)
    return len(mine & theirs) >= 0.4 * min(len(mine), len(theirs)) and all(doors[kind] == others[kind] for kind in doors.keys() & others.keys())


_AREA = re.compile("[省市区县镇乡]$|街道$")


def one_name(one: str, other: str) -> bool:
    """Whether two descriptions name the same road, estate or building, one of them perhaps behind its district, and no different doors:
    五道口华清嘉园3号楼 and 海淀区五道口华清嘉园3号楼. 我们小区 names none."""
    mine, theirs = (re.split(r"[\d，,]", text, maxsplit=1)[0].strip() for text in (one, other))
    shorter, longer = sorted((mine, theirs), key=len)
    end = next((mine[-size:] for size in range(len(shorter), 3, -1) if theirs.endswith(mine[-size:])), "")  # 华清嘉园 of 五道口华清嘉园 and 中关村街道华清嘉园
    name = shorter if shorter in longer else end
    named = len(name) >= 3 and not (ANYWHERE.fullmatch(name) or NOT_KNOWN.search(name) or _AREA.search(name))
    return named and same_doors(one, other) is not False


def one_building(one: str, other: str) -> bool:
    """Whether two descriptions name the same place and the same doors in it: 劲松五区301楼 and 朝阳区劲松五区301号楼. In an estate 3号 is 3号楼."""
    doors, others = _doors(one), _doors(other)
    bare = {*doors, *others} == {"号", "楼"} and len(doors) == len(others) == 1
    same = list(doors.values()) == list(others.values()) if bare else doors == others
    return bool(doors) and same and one_place(one, other) is True


def same_doors(one: str, other: str) -> bool | None:
    """Whether two descriptions name the same doors; None where they name none of one kind."""
    doors, others = _doors(one), _doors(other)
    both = doors.keys() & others.keys()
    return all(doors[kind] == others[kind] for kind in both) if both else None


def _doors(place: str) -> dict[str, str]:
    """The numbers of its building (楼), its yard (院) and its door on the road, as far as it names them; behind 5号楼, 3楼 is a storey."""
    return {kind or "号": number for number, kind in reversed(_DOOR.findall(place))}
