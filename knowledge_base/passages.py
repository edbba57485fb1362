"""Which part of an answer speaks to a question: of a page about residence permits, the line that says how long it takes.

Who asks on (要带啥, 多久能拿到) after an answer has it before their eyes, or in their ear, and did not find this in it. The line is shown word for
word, as approved; where none is near enough, it is said that the answer has nothing nearer.
"""

from __future__ import annotations

import re

import numpy as np

from hotline.ports import Embedder
from knowledge_base.grams import Statistics, lacking
from knowledge_base.normalise import plain, simplify

NEAR = 0.5
"""From this score on a line speaks to the question: chosen, with what counts, in docs/benchmarks.md."""
TELLING = 1.5
"""How much the words that tell what is wanted weigh beside meaning and characters: chosen with NEAR."""
_ITEM = re.compile(r"^\s*(?:[-*+•·]|\d{1,2}[.、)])\s+")
_SENTENCE = re.compile(r"[^。；！？!?]+[。；！？!?]?")
_ASKED_FOR = [
    (re.compile(asked), answered.split("|"))
    for asked, answered in (
        ("多少钱|要钱|花钱|什么价|几块|费", "收费|费用|工本费|免费|元"),
        ("多久|多长时间|几天|几个工作日|什么时候能", "日内|工作日|天内|个月"),
        ("带[啥什哪]|材料|证件|手续|准备", "身份证|户口簿|材料|准备|证明|带"),
        ("去哪|在哪|哪[里儿]|上哪|找谁|哪个部门|窗口", "窗口|街道|派出所|部门|申请"),
        ("网上|手机|线上", "网上|小程序|App|平台"),
        ("代办|别人办|替.{0,3}办", "代办|代领"),
        ("孩子|小孩|娃", "未满|监护|孩子"),
        ("外地|外省|非京", "外地|非京籍|户籍|外埠"),
        ("周末|几点|上班|星期", "周末|时间|时至"),
    )
]
"""What people ask on for, and the words that tell it: they are seldom the same. Found by reading, not by a city's articles."""


def nearest(question: str, title: str, answer: str, embedder: Embedder, statistics: Statistics) -> str | None:
    """The line of an answer, a list with what introduces it counting as one too, that speaks to the question best. None if none is near.
    `title`: what the whole is about, of which every line speaks."""
    lines = _lines(answer)
    sentences = [(at, sentence) for at, line in enumerate(lines) for sentence in _parts(line)]
    if not sentences or not plain(question):
        return None
    vectors = embedder.encode([simplify(question), *(simplify(sentence) for _, sentence in sentences)])
    asked, known = plain(question), plain(title)
    # A line that only repeats what was asked (材料不齐的…, of 要带什么材料) tells nothing by that.
    wanted = [word for pattern, words in _ASKED_FOR if pattern.search(simplify(question)) for word in words if word not in question]
    left = max(lacking(asked, known, statistics), 1e-9)
    scores = vectors[1:] @ vectors[0] + np.array([1 - lacking(asked, known + plain(text), statistics) / left + TELLING * _tells(text, wanted) for _, text in sentences])
    best = int(scores.argmax())
    return lines[sentences[best][0]] if scores[best] >= NEAR else None


def _tells(sentence: str, wanted: list[str]) -> float:
    """The share of the words that tell what is wanted."""
    return sum(word in sentence for word in wanted) / max(len(wanted), 1)


def _lines(answer: str) -> list[str]:
    """Paragraphs and items, without marks; what introduces a list stands with all of it, too."""
    lines: list[str] = []
    introduced = -1
    for raw in answer.splitlines():
        line = _ITEM.sub("", raw).replace("**", "").strip()
        if not line:
            continue
        if _ITEM.match(raw):
            if introduced >= 0:
                lines[introduced] += f"\n- {line}"
            lines.append(line)
        else:
            lines.append(line)
            introduced = len(lines) - 1 if line.endswith(("：", ":")) else -1
    return lines


def _parts(line: str) -> list[str]:
    """What of a line is compared: its sentences, or a list as a whole."""
    return [line] if "\n" in line else [part for part in map(str.strip, _SENTENCE.findall(line)) if plain(part)]
