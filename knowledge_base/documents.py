"""Documents with questions and answers: DOCX and Markdown, and what web pages (`webpages`) have in common with them.

Three ways of writing are understood, in each format: a heading that is a question with its answer below, paragraphs that begin with
问： and 答：, and a table with the columns of a sheet. One document may use several. Lines such as “部门：民政部门” at the end of an
answer are fields of the article.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import yaml
from docx import Document
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph

from knowledge_base.importer import ArticleRefused, Draft, field_of, front_matter
from knowledge_base.sheets import table_rows

_ASKS = re.compile(r"^(?:问题?|[Qq])\s*\d*\s*[：:、.．]\s*(?=\S)")
_ANSWERS = re.compile(r"^(?:答复?|答案|[Aa])\s*\d*\s*[：:、.．]\s*")
_NUMBER = re.compile(r"^(?:第?[一二三四五六七八九十百]+[、.．]|[（(]?\d{1,3}[）)、.．]\s*)")
_LABEL = re.compile(r"^\**([^：:*\s]{2,6})\**\s*[：:]\**\s*(.+)$")
_LINK = re.compile(r"\[([^\]]+)\]\(https?://[^)]+\)|（https?://[^）]+）")
_AS_QUESTION = re.compile(r"[？?]\s*$")
_BOTH = re.compile(r"(.+?[？?])\s*答复?[：:]\s*(.+)$")
_NONE = 9
"""A level that no heading has."""


@dataclass
class Line:
    """A paragraph; `level` is that of a heading, 0 for text. `asks`: a question by its form; `ends`: here the answer before is over."""

    text: str
    level: int = 0
    asks: bool = False
    ends: bool = False


@dataclass
class Pair:
    question: str
    lines: list[str] = field(default_factory=list)

    def draft(self, number: int) -> Draft:
        fields: dict[str, str] = {}
        lines = list(self.lines)
        while lines and (match := _LABEL.match(lines[-1])) and (key := field_of(match[1])) not in (None, "question", "answer"):
            fields[str(key)] = match[2].strip()
            lines.pop()
            while lines and not lines[-1].strip():
                lines.pop()
        return Draft(f"第 {number} 题", {**fields, "question": self.question, "answer": "\n".join(lines).strip()})


def docx(content: bytes) -> list[Draft]:
    document = Document(io.BytesIO(content))
    found: list[Draft] = []
    for number, table in enumerate(document.tables, 1):
        rows = table_drafts([[cell.text for cell in row.cells] for row in table.rows], f"表 {number} ")
        if rows:
            table._element.getparent().remove(table._element)
        found += rows
    return found + numbered(pairs(_docx_lines(document)))


def markdown(content: bytes) -> list[Draft]:
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    if text.startswith("---\n"):
        try:
            front, body = front_matter(text)
        except (ValueError, yaml.YAMLError) as error:
            raise ArticleRefused(f"文件开头两行 --- 之间的内容读不懂：{error}") from error
        return [Draft("", {**front, "answer": body})]
    lines = (re.match(r"(#{1,6})\s+(.*?)\s*#*$", line) for line in text.split("\n"))
    return numbered(pairs(Line(match[2], len(match[1])) if match else Line(line) for match, line in zip(lines, text.split("\n"), strict=True)))


def pairs(lines: Iterable[Line]) -> list[Pair]:
    """Questions and what follows each. Headings are questions when one looks like one, and otherwise 问： and 答： are looked for."""
    read = list(lines)
    level = _level(read)
    marked = any(_ASKS.match(line.text) for line in read) and any(_ANSWERS.match(line.text) or _BOTH.match(line.text) for line in read)
    found: list[Pair] = []
    current: Pair | None = None
    for line in read:
        asks = _ASKS.match(line.text) if marked else None
        looks = line.level and _AS_QUESTION.search(line.text)
        # A document may be written in several ways: a heading that asks is a question beside 问： and 答： too.
        if line.asks or asks or (looks and (marked or line.level <= level)) or (line.level and not marked and line.level == level):
            question, answer = _parted(line.text[asks.end() :] if asks else line.text)
            current = Pair(clean(question), [answer] if answer else [])
            found.append(current)
        elif line.ends or (line.level and (marked or line.level < level)):
            current = None  # a chapter begins, or what follows belongs to no question
        elif current:
            current.lines.append(_ANSWERS.sub("", line.text) if marked else line.text if not line.level else f"**{line.text}**")
    return [pair for pair in found if pair.question]


def _level(lines: Sequence[Line]) -> int:
    """The level of the headings that are questions; above all others when none is, so that they are chapters."""
    asking = [line.level for line in lines if line.level and _AS_QUESTION.search(line.text)]
    levels = asking or [line.level for line in lines if line.level]
    if not asking and any(line.asks for line in lines):
        # Beside questions of another form, headings are questions only if something is said right below them, and more than once.
        said = [line for line in lines if line.text]
        levels = [line.level for line, below in pairwise(said) if line.level and not (below.level or below.asks)]
        levels = [level for level in levels if levels.count(level) > 1]
    return max(set(levels), key=levels.count) if levels else _NONE


def _parted(text: str) -> tuple[str, str]:
    """A question whose answer stands in the same line."""
    match = _BOTH.match(text)
    return (match[1], match[2]) if match else (text, "")


def numbered(found: Iterable[Pair]) -> list[Draft]:
    return [pair.draft(number) for number, pair in enumerate(found, 1)]


def table_drafts(rows: list[list[str]], place: str) -> list[Draft]:
    try:
        return list(table_rows(rows, place))
    except ArticleRefused:
        return []


def _docx_lines(document: Any) -> Iterator[Line]:
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            style = block.style.name if block.style and block.style.name else ""
            match = re.match(r"(?:Heading|标题)\s*(\d)", style)
            item = "- " if style.startswith(("List", "列表")) else ""
            text = "".join(linked(part.text, part.url) if isinstance(part, Hyperlink) else part.text for part in block.iter_inner_content()).strip()
            yield Line(f"{item}{text}" if text else "", int(match[1]) if match else 1 if style in ("Title", "标题") else 0)
        elif isinstance(block, Table):
            yield from (Line(" | ".join(cell.text.strip() for cell in row.cells)) for row in block.rows)


def linked(words: str, address: str) -> str:
    """A link to a web page as Markdown where the chat makes a link of it (https), else as text; any other link as its words."""
    parts = urlsplit(address)
    if not words or parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"[\s()]", address):
        return words
    shown = re.sub(r"[\[\]]", "", words)
    return address if words == address else f"[{shown}]({address})" if parts.scheme == "https" else f"{words}（{address}）"


def clean(question: str) -> str:
    plain = _LINK.sub(lambda match: match[1] or "", " ".join(question.split()))
    return _NUMBER.sub("", _ASKS.sub("", plain)).strip()
