"""Documents with questions and answers: DOCX and Markdown, and what web pages (`webpages`) have in common with them.

Four ways of writing are understood, in each format: a heading that is a question with its answer below, a line in bold in the place of
one, paragraphs that begin with 问： and 答：, and a table with the columns of a sheet. One document may use several. Lines such as
“部门：民政部门” at the end of an answer are fields of the article.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import yaml
from docx import Document
from docx.table import Table
from docx.text.hyperlink import Hyperlink
from docx.text.paragraph import Paragraph

from knowledge_base.importer import ArticleRefused, Draft, decoded, field_of, front_matter
from knowledge_base.sheets import table_rows

_ASKS = re.compile(r"^(?:问题?|[Qq])\s*\d*\s*[：:、.．]\s*(?=\S)")
_ANSWERS = re.compile(r"^(?:答复?|答案|[Aa])\s*\d*\s*[：:、.．]\s*")
_NUMBER = re.compile(r"^(?:第?[一二三四五六七八九十百]+[、.．]|[（(]?\d{1,3}[）)、.．]\s*)")
_LABEL = re.compile(r"^\**([^：:*\s]{2,6})\**\s*[：:]\**\s*(.+)$")
_LINK = re.compile(r"\[([^\]]+)\]\(https?://[^)]+\)|（https?://[^）]+）")
_AS_QUESTION = re.compile(r"[？?]\s*$")
_BOTH = re.compile(r"(.+?[？?])\s*答复?[：:]\s*(.+)$")
_IN_BOLD = re.compile(r"\s*\*\*([^*]+)\*\*\s*")
_NO_TITLE = re.compile(r"[。；;，,：:]\s*$")
"""How a line ends that goes on below, or is a sentence: it stands above nothing."""
_TITLE = 1
_BOLD = 7
"""Below all headings: a line in bold that stands in the place of one."""
_NONE = 9
"""A level that no heading has."""
LONGEST = 80
"""Characters of a line that is a question, or a heading, by its form alone."""


@dataclass
class Line:
    """A paragraph; `level` is that of a heading, 0 for text. `asks`: a question by its form; `ends`: here the answer before is over;
    `bold`: all of it is; `term`: what a list explains, which is a question where it belongs to no other one's answer."""

    text: str
    level: int = 0
    asks: bool = False
    ends: bool = False
    bold: bool = False
    term: bool = False


@dataclass
class Pair:
    question: str
    lines: list[str] = field(default_factory=list)

    def draft(self, number: int) -> Draft:
        fields: dict[str, str] = {}
        lines = "\n".join(self.lines).rstrip().split("\n")
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
    return found + numbered(pairs(_with_titles(list(_docx_lines(document)))))


def markdown(content: bytes) -> list[Draft]:
    text = decoded(content).replace("\r\n", "\n")
    if text.startswith("---\n"):
        try:
            front, body = front_matter(text)
        except (ValueError, yaml.YAMLError) as error:
            raise ArticleRefused(f"文件开头两行 --- 之间的内容读不懂：{error}") from error
        return [Draft("", {**front, "answer": body})]
    return numbered(pairs(_with_titles([_markdown_line(line) for line in text.split("\n")])))


def _markdown_line(line: str) -> Line:
    if heading := re.match(r"(#{1,6})\s+(.*?)\s*#*$", line):
        return Line(heading[2], len(heading[1]))
    bold = _IN_BOLD.fullmatch(line)
    return Line(bold[1].strip(), bold=True) if bold else Line(line)


def _with_titles(lines: Sequence[Line]) -> list[Line]:
    """Lines in bold for what they are: questions where they ask, and headings in a document that has no others."""
    headed = any(line.level > _TITLE for line in lines)
    return [_as_title(line, headed) if line.bold else line for line in lines]


def _as_title(line: Line, headed: bool) -> Line:
    short = len(line.text) <= LONGEST and not _ANSWERS.match(line.text)
    if short and _AS_QUESTION.search(line.text):
        return replace(line, asks=True)
    if short and not headed and not _NO_TITLE.search(line.text):
        return replace(line, level=_BOLD)
    return line


def pairs(lines: Iterable[Line]) -> list[Pair]:
    """Questions and what follows each. Headings are questions when one looks like one, and otherwise 问： and 答： are looked for."""
    read = list(lines)
    level = _level(read)
    marked = any(_ASKS.match(line.text) for line in read) and any(_ANSWERS.match(line.text) or _BOTH.match(line.text) for line in read)
    found: list[Pair] = []
    current: Pair | None = None
    explained = False  # whether the current one is a term of a list
    for line in read:
        asks = _ASKS.match(line.text) if marked else None
        looks = line.level and _AS_QUESTION.search(line.text)
        # A document may be written in several ways: a heading that asks is a question beside 问： and 答： too.
        is_term = line.term and (current is None or explained)
        if line.asks or asks or is_term or (looks and (marked or line.level <= level)) or (line.level and not marked and line.level == level):
            question, answer = _parted(line.text[asks.end() :] if asks else line.text)
            current = Pair(clean(question), [answer] if answer else [])
            found.append(current)
            explained = line.term and not line.asks
        elif (line.ends and (explained or not line.term)) or (line.level and (marked or line.level < level)):
            current = None  # a chapter begins, or what follows belongs to no question
        elif current and not line.ends:
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
    styles: dict[object, tuple[str, bool]] = {}
    for block in document.iter_inner_content():
        if isinstance(block, Paragraph):
            key = block._element.style  # to find a style takes longer than all the rest of a paragraph
            if key not in styles:
                styles[key] = (block.style.name or "", bool(block.style.font.bold)) if block.style else ("", False)
            style, heavy = styles[key]
            match = re.match(r"(?:Heading|标题)\s*(\d)", style)
            item = "- " if style.startswith(("List", "列表")) else ""
            level = int(match[1]) if match else _TITLE if style in ("Title", "标题") else 0
            lines = [line for line in _parts(block, heavy) if line.text] or [Line("")]
            if level:
                yield Line(" ".join(line.text for line in lines), level)
                continue
            lines[0] = replace(lines[0], text=f"{item}{lines[0].text}" if lines[0].text else "")
            yield from lines
        elif isinstance(block, Table):
            yield from (Line(" | ".join(cell.text.strip() for cell in row.cells)) for row in block.rows)


def _parts(paragraph: Paragraph, style: bool) -> Iterator[Line]:
    """The lines of a paragraph, whose `style` may be bold. Its answer may stand below a question in bold, or right behind it."""
    text, bold = "", True
    for part in paragraph.iter_inner_content():
        words = linked(part.text, part.url) if isinstance(part, Hyperlink) else part.text
        own = None if isinstance(part, Hyperlink) else part.bold
        heavy = style if own is None else own
        if not heavy and bold and words.strip() and _AS_QUESTION.search(text):
            yield Line(text.strip(), bold=True)
            text = ""
        for number, line in enumerate(words.split("\n")):
            if number:
                yield Line(text.strip(), bold=bold and bool(text.strip()))
                text, bold = "", True
            text += line
            bold = bold and (heavy or not line.strip())
    yield Line(text.strip(), bold=bold and bool(text.strip()))


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
