"""Two articles that answer nearly the same question must not name different numbers, sums, dates or telephone numbers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hotline.articles import Article

_KINDS: dict[str, re.Pattern[str]] = {
    # a date first, for its parts are no time limits
    "日期": re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}日|\d{4}年(?:\d{1,2}月)?|\d{4}-\d{2}-\d{2}"),
    "金额": re.compile(r"\d+(?:\.\d+)?\s*万?(?:元|块)"),
    "期限": re.compile(r"\d+\s*(?:个?工作日|个?自然日|天|日内|日(?!期)|个?月|年(?!\d|月)|个?小时|分钟)"),
    "比例": re.compile(r"\d+(?:\.\d+)?\s*(?:%|％|个百分点)"),
    "年龄": re.compile(r"\d+\s*(?:周岁|岁)"),
    "时间": re.compile(r"\d{1,2}[:：]\d{2}|\d{1,2}点(?:半|\d{1,2}分)?"),
    "电话": re.compile(r"(?<!\d)(?:0\d{2,3}-?\d{7,8}|1[3-9]\d{9}|[1-9]\d{4,6})(?!\d|年|元|-)"),
}
_FREE = re.compile(r"免费|免收|不(?:再)?(?:需要?)?(?:收取?|交|缴纳?|花|要)(?:任何)?(?:一分)?(?:钱|[^，,。；;、\s]{0,5}费)")
_DIGITS = str.maketrans("一二两三四五六七八九", "1223456789")
_TENS = re.compile(r"([1-9])?十([1-9])?(?=[个天日月年周元块岁小点分工自])")
_ONE = re.compile(r"[一二两三四五六七八九](?=(?:十|个?月|天|日|年|周|元|块|岁|小时|个?工作日))")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Of one kind of number, what this article says and what the other says."""

    kind: str
    here: tuple[str, ...]
    there: tuple[str, ...]


def numbers(text: str) -> dict[str, set[str]]:
    """The numbers of a text by kind, written one way: 十五天 and 15 天 are the same."""
    text = _ONE.sub(lambda m: m[0].translate(_DIGITS), text.translate(str.maketrans("０１２３４５６７８９", "0123456789")))
    text = _TENS.sub(lambda m: f"{m[1] or '1'}{m[2] or '0'}", text)
    found: dict[str, set[str]] = {}
    for kind, pattern in _KINDS.items():
        found[kind] = {re.sub(r"\s|个", "", match[0]).replace("块", "元").replace("％", "%").replace("周岁", "岁").removesuffix("内").replace("天", "日") for match in pattern.finditer(text)}
        text = pattern.sub(" ", text)
    if _FREE.search(text):
        found["金额"].add("0元")
    return found


def between(here: Article, there: Article, *, hotline: str = "") -> list[Contradiction]:
    """Where both articles name numbers of one kind and unit, without one in common: one of them is likely out of date. `hotline`: our own
    number, which any answer may name beside the one that it is about."""
    mine, theirs = numbers(here.answer), numbers(there.answer)
    for found in (mine, theirs):
        found["电话"].discard(hotline)
    return _differing(mine, theirs, lambda one, other: not one & other)


def inside(article: Article) -> list[Contradiction]:
    """Where the answer for the phone names a number of a kind and unit that the answer for chat has otherwise."""
    return _differing(numbers(article.answer), numbers(article.spoken_answer), lambda chat, phone: bool(phone - chat))


def _differing(here: dict[str, set[str]], there: dict[str, set[str]], differ: Callable[[set[str], set[str]], bool]) -> list[Contradiction]:
    found = []
    for kind in _KINDS:
        mine, theirs = _by_unit(here[kind]), _by_unit(there[kind])
        for unit in sorted(mine.keys() & theirs.keys()):
            if differ(mine[unit], theirs[unit]):
                found.append(Contradiction(kind, _said(mine[unit]), _said(theirs[unit])))
    return found


def _said(values: set[str]) -> tuple[str, ...]:
    return tuple("免费" if value == "0元" else value for value in sorted(values))


def _by_unit(values: set[str]) -> dict[str, set[str]]:
    """15日 and 3月 are no contradiction; 15日 and 20日 may be one."""
    units: dict[str, set[str]] = {}
    for value in values:
        units.setdefault(re.sub(r"[\d.:：-]+", "", value), set()).add(value)
    return units
