"""What people ask a hotline about, as words: those that stand most often in a knowledge base's ways of asking, and in few of its articles each.

No dictionary of words is needed. A piece of text is a word if its characters hold together more than by chance, and if many different ones
stand before and behind it; 怎么办 is none that tells what it is about, because it stands in too many articles.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

LENGTHS = (2, 3, 4)
SEEN = 4
"""Times a word must stand in ways of asking, at least …"""
IN_ARTICLES = 0.08
"""… and the share of the articles in which it may stand at most."""
HOLDS_TOGETHER = 20.0
"""How much more often than by chance its parts stand together."""
FREE = 1.2
"""Nats of surprise about what stands beside it."""


def asked_words(articles: Iterable[Sequence[str]], count: int) -> tuple[str, ...]:
    """The commonest words of the ways of asking, for each article a sequence; the commonest first, none part of another."""
    seen: Counter[str] = Counter()
    within: dict[str, set[int]] = defaultdict(set)
    beside: dict[str, tuple[Counter[str], Counter[str]]] = defaultdict(lambda: (Counter(), Counter()))
    number = characters = 0
    for number, asked in enumerate(articles, 1):
        for run in (run for text in asked for run in re.findall("[\u4e00-\u9fff]+", text)):
            characters += len(run)
            for length in (1, *LENGTHS):
                for at in range(len(run) - length + 1):
                    piece = run[at : at + length]
                    seen[piece] += 1
                    within[piece].add(number)
                    beside[piece][0][run[at - 1 : at] or "^"] += 1
                    beside[piece][1][run[at + length : at + length + 1] or "$"] += 1
    words: list[str] = []
    for piece, times in seen.most_common():
        if len(words) == count or times < SEEN:
            break
        if len(piece) == 1 or len(within[piece]) > max(2, number * IN_ARTICLES):
            continue
        chance = max(seen[piece[:at]] * seen[piece[at:]] for at in range(1, len(piece))) / characters
        if times > HOLDS_TOGETHER * chance and min(map(_surprise, beside[piece])) > FREE and not any(piece in word or word in piece for word in words):
            words.append(piece)
    return tuple(words)


def _surprise(neighbours: Counter[str]) -> float:
    total = neighbours.total()
    return -sum(times / total * math.log(times / total) for times in neighbours.values())
