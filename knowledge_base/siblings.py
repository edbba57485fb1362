"""Articles that differ from each other in a word: 西城区图书馆几点关门, 东城区图书馆几点关门, 西城区图书馆怎么预约.

The question that lacks in such a family (海淀区图书馆几点关门) is near to all of them and asked of none, and the nearest one would be answered:
with a wrong district's opening hours. So where a sibling has another word, the question must have the article's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from difflib import SequenceMatcher

from knowledge_base.grams import Statistics, grams_of, pair
from knowledge_base.index import Hit
from knowledge_base.normalise import plain
from knowledge_base.sounds import sounds

ALIKE, AKIN = 0.75, 0.6
"""The share of two ways of asking that is the same, from which on they are siblings; and if the question has the other one's word. Chosen in docs/benchmarks.md."""
RARE = 0.8
"""From this rarity on the knowledge hardly has a word. Chosen with questions about 30 things, each asked in 12 matters in several ways: grouped by
meaning alone, 0.04 of the pairs in a group belong together; with this, 0.37, and all of those that do are still in one."""
_NAME = 2
"""Characters that one of two names has at least: in single ones, questions mostly differ by particles and slips."""
_PART = 0.5
"""The share of a word's pairs of sounds that counts as the word."""


def is_guess(question: str, hits: Sequence[Hit]) -> bool:
    """Whether the first of the hits is one of several siblings, and the question has another one's word in the place of its own, or no
    word of theirs at all. Compared by sound, so that homophones count."""
    if not hits or not hits[0].phrasing:
        return False
    asked, first = sounds(plain(question)), sounds(plain(hits[0].phrasing))
    return any(_is_as_much(asked, first, sounds(plain(hit.phrasing))) for hit in hits[1:])


def other_matters(question: str, phrasings: Sequence[str]) -> list[bool]:
    """Of ways of asking, each of another article, which are about another matter than the question: those that have another word in the place
    of a sibling's, where the question has the sibling's. Beside 西城区图书馆几点关门, 东城区图书馆几点关门 is another matter for whoever writes of
    西城区图书馆. Where it has neither word, it may be about either."""
    asked = sounds(plain(question))
    written = [sounds(plain(phrasing)) for phrasing in phrasings]
    return [any(_has_the_others(asked, one, other) for other in written) for one in written]


def name_different_things(question: str, other: str, statistics: Statistics) -> bool:
    """Whether two questions have words in each other's place that the knowledge hardly has, as 信鸽归谁管 and 蜂箱归谁管. Words that it often
    has (怎么, 咋) are other ways of saying the same, and so are those that sound the same. `statistics`: of the ways of asking."""
    first, second = plain(question), plain(other)
    for kind, begin, end, other_begin, other_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        words = first[begin:end], second[other_begin:other_end]
        if kind != "replace" or max(map(len, words)) < _NAME or sounds(words[0]) == sounds(words[1]):
            continue
        if all(_rarity(word, statistics) >= RARE for word in words):
            return True
    return False


def _rarity(word: str, statistics: Statistics) -> float:
    """Of a word's pairs of characters, or its one character: 1 for what stands in one text."""
    grams = grams_of(word)
    pairs = grams[grams >= pair(1, 0)]
    return float(statistics.rarity(pairs if len(pairs) else grams).mean()) / math.log(statistics.texts + 2)


def _has_the_others(asked: str, one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if one == other or matcher.quick_ratio() < ALIKE or matcher.ratio() < ALIKE:
        return False
    return any(
        kind == "replace" and _has(asked, other[other_begin:other_end]) and not _has(asked, one[begin:end])
        for kind, begin, end, other_begin, other_end in matcher.get_opcodes()
    )


def _is_as_much(asked: str, first: str, other: str) -> bool:
    """Whether a question is as much one way of asking as the other, which is like it: what stands in each other's place tells."""
    matcher = SequenceMatcher(None, first, other, autojunk=False)
    if first == other or matcher.quick_ratio() < AKIN or (alike := matcher.ratio()) < AKIN:
        return False
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        if kind == "replace" and not _has(asked, first[begin:end]) and (alike >= ALIKE or _has(asked, other[other_begin:other_end])):
            return True
    return False


def _has(text: str, word: str) -> bool:
    """Whether a text has a word, or half of a longer one: 海淀 of 海淀区."""
    if len(word) == 1:
        return word in text
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    return sum(pair in text for pair in pairs) >= _PART * len(pairs)
