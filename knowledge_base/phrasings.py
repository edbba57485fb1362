"""Proposals for ways of asking: what citizens really wrote near this article, and everyday turns of its own phrasings.

They are proposals: a person accepts them one by one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hotline.articles import Article
from hotline.ports import Embedder
from hotline.privacy import mask_text

NEAR = 0.55
"""Similarity to the nearest phrasing from which a citizen's question is proposed."""
SAME = 0.97
# Turns that keep the meaning: written ↔ spoken, full ↔ short.
_TURNS = (
    ("怎么办理", "咋办"), ("如何办理", "怎么办"), ("怎么申请", "咋申请"), ("怎么", "如何"), ("如何", "怎么"), ("怎么", "咋"), ("为什么", "为啥"), ("什么", "啥"),
    ("多少钱", "要花多少钱"), ("哪里", "哪儿"), ("在哪儿", "去哪儿"), ("在哪里", "去哪儿"), ("需要", "要"), ("可以", "能"), ("能不能", "可不可以"), ("是否", "是不是"), ("办理", "办"),
    ("没有", "没"), ("丢了", "弄丢了"), ("孩子", "小孩"), ("老年人", "老人"), ("身份证件", "身份证"), ("多长时间", "多久"), ("几天", "多久"),
)  # fmt: skip
_POLITE = re.compile(r"^(?:请问|你好|您好|我想问一下|我想咨询一下|问一下)[，,、 ]*")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A way of asking, and where it comes from."""

    text: str
    origin: Literal["citizens", "pattern"]
    similarity: float
    """To the nearest phrasing the article has, 0 to 1."""


def propose(article: Article, asked: Sequence[str], embedder: Embedder, count: int = 12) -> list[Proposal]:
    """Proposals, those of citizens first. `asked`: questions of citizens from which to choose, masked or not."""
    have = [text for text in (article.question, *article.asked) if text.strip()]
    if not have:
        return []
    known = {_key(text) for text in have}
    real = _new((_POLITE.sub("", text).strip() for text in asked if mask_text(text) == text and 4 <= len(text) <= 60), known)
    turned = _new((text for phrasing in have for text in _turned(phrasing)), known)
    if not real and not turned:
        return []
    near = (embedder.encode([*real, *turned]) @ embedder.encode(have).T).max(axis=1)
    found = [Proposal(text, "citizens", float(s)) for text, s in zip(real, near, strict=False) if NEAR <= s < SAME]
    # What differs most from what is there adds most, as long as it means the same.
    made = [Proposal(text, "pattern", float(s)) for text, s in zip(turned, near[len(real) :], strict=True) if s >= 0.7]
    return [*sorted(found, key=lambda p: -p.similarity)[:count], *sorted(made, key=lambda p: p.similarity)[: max(count // 2, count - len(found))]][:count]


def _turned(text: str) -> Iterator[str]:
    text = text.rstrip("？?。！!")
    for old, new in _TURNS:
        if old in text and new not in text:
            yield text.replace(old, new, 1)


def _new(texts: Iterator[str], known: set[str]) -> list[str]:
    found = []
    for text in texts:
        if (key := _key(text)) and key not in known:
            known.add(key)
            found.append(text)
    return found


def _key(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


