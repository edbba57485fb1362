"""Documents with questions and answers: DOCX, Markdown, and FAQ pages saved as HTML.

Three ways of writing are understood, in each format: a heading that is a question with its answer below, paragraphs that begin with
问： and 答：, and a table with the columns of a sheet. HTML knows more: <dl>, <details> and schema.org's FAQPage. Lines such as
“部门：民政部门” at the end of an answer are fields of the article.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup, Tag
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
_BLANK_AT_LINK = re.compile(r" (?=[，。；：、？！）])|(?<=[^\x00-\x7f]) (?=\[[^\]]+\]\(http)|(?<=\)) (?=[^\x00-\x7f])")
_AS_QUESTION = re.compile(r"[？?]\s*$")


@dataclass
class Line:
    """A paragraph; `level` is that of a heading, 0 for text."""

    text: str
    level: int = 0


@dataclass
class Pair:
    question: str
    number: int
    lines: list[str] = field(default_factory=list)

    def draft(self) -> Draft:
        fields: dict[str, str] = {}
        lines = list(self.lines)
        while lines and (match := _LABEL.match(lines[-1])) and (key := field_of(match[1])) not in (None, "question", "answer"):
            fields[str(key)] = match[2].strip()
            lines.pop()
            while lines and not lines[-1].strip():
                lines.pop()
        return Draft(f"第 {self.number} 题", {**fields, "question": self.question, "answer": "\n".join(lines).strip()})


def docx(content: bytes) -> list[Draft]:
    document = Document(io.BytesIO(content))
    found: list[Draft] = []
    for number, table in enumerate(document.tables, 1):
        found += _table([[cell.text for cell in row.cells] for row in table.rows], f"表 {number} ")
    return found or _pairs(_docx_lines(document))


def markdown(content: bytes) -> list[Draft]:
    text = content.decode("utf-8-sig").replace("\r\n", "\n")
    if text.startswith("---\n"):
        try:
            front, body = front_matter(text)
        except (ValueError, yaml.YAMLError) as error:
            raise ArticleRefused(f"文件开头两行 --- 之间的内容读不懂：{error}") from error
        return [Draft("", {**front, "answer": body})]
    lines = (re.match(r"(#{1,6})\s+(.*?)\s*#*$", line) for line in text.split("\n"))
    return _pairs(Line(match[2], len(match[1])) if match else Line(line) for match, line in zip(lines, text.split("\n"), strict=True))


def html(content: bytes) -> list[Draft]:
    soup = BeautifulSoup(content, "html.parser")
    home = _home(soup)
    _keep_links(soup, home)
    if found := _structured(soup, home):
        return _numbered(found)
    for name in ("script", "style", "nav", "header", "footer", "aside", "form", "noscript", "template", "iframe"):
        for element in soup.find_all(name):
            element.decompose()
    ways = [_numbered(found(soup)) for found in (_definitions, _details, _classes)]
    for number, table in enumerate(soup.find_all("table"), 1):
        ways.append(_table([[_text(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")], f"表 {number} "))
    ways.append(_pairs(_html_lines(soup.body or soup)))
    # Whichever finds most understands the page best.
    return max(ways, key=len)


def _numbered(pairs: Iterable[tuple[str, str]]) -> list[Draft]:
    return [Pair(_clean(question), number, answer.split("\n")).draft() for number, (question, answer) in enumerate(pairs, 1)]


def _pairs(lines: Iterable[Line]) -> list[Draft]:
    """Questions and what follows each. Headings are questions when one looks like one, and otherwise 问： and 答： are looked for."""
    read = list(lines)
    levels = [line.level for line in read if line.level and _AS_QUESTION.search(line.text)] or [line.level for line in read if line.level]
    level = max(set(levels), key=levels.count) if levels else 0
    marked = any(_ASKS.match(line.text) for line in read) and any(_ANSWERS.match(line.text) for line in read)
    found: list[Pair] = []
    for line in read:
        asks = _ASKS.match(line.text) if marked else None
        # A document may be written in both ways: a heading that asks is a question there too.
        if asks or (line.level and (_AS_QUESTION.search(line.text) if marked else line.level == level)):
            found.append(Pair(_clean(line.text[asks.end() :] if asks else line.text), len(found) + 1))
        elif line.level and (marked or line.level < level):
            continue  # a chapter
        elif found:
            found[-1].lines.append(_ANSWERS.sub("", line.text) if marked else line.text if not line.level else f"**{line.text}**")
    return [pair.draft() for pair in found if pair.question]


def _table(rows: list[list[str]], place: str) -> list[Draft]:
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
            text = "".join(_linked(part.text, part.url) if isinstance(part, Hyperlink) else part.text for part in block.iter_inner_content()).strip()
            yield Line(f"{item}{text}" if text else "", int(match[1]) if match else 1 if style in ("Title", "标题") else 0)
        elif isinstance(block, Table):
            yield from (Line(" | ".join(cell.text.strip() for cell in row.cells)) for row in block.rows)


def _structured(soup: BeautifulSoup, home: str) -> list[tuple[str, str]]:
    """schema.org's FAQPage, which many sites carry for search engines."""
    found = []
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            data = json.loads(script.string or "")
        except ValueError:
            continue
        for page in data if isinstance(data, list) else [data, *(data.get("@graph") or [])] if isinstance(data, dict) else []:
            if isinstance(page, dict) and page.get("@type") == "FAQPage":
                for each in page.get("mainEntity") or []:
                    answer = BeautifulSoup((each.get("acceptedAnswer") or {}).get("text", ""), "html.parser")
                    _keep_links(answer, home)
                    found.append((each.get("name", ""), _markdown(answer)))
    return found


def _definitions(soup: BeautifulSoup) -> list[tuple[str, str]]:
    found = []
    for term in soup.find_all("dt"):
        answers = []
        for following in term.find_next_siblings():
            if following.name != "dd":
                break
            answers.append(_markdown(following))
        if answers:
            found.append((_text(term), "\n\n".join(answers)))
    return found


def _details(soup: BeautifulSoup) -> list[tuple[str, str]]:
    found = []
    for details in soup.find_all("details"):
        if summary := details.find("summary"):
            # What follows the question; the page itself stays as it is, for the other ways to read it.
            answer = copy(details)
            if first := answer.find("summary"):
                first.extract()
            found.append((_text(summary), _markdown(answer)))
    return found


def _classes(soup: BeautifulSoup) -> list[tuple[str, str]]:
    """Elements that are called question and answer, whatever they are."""
    questions = soup.find_all(class_=re.compile(r"(^|[-_])(question|ask|faq-q|wen)([-_]|$)", re.IGNORECASE))
    found = []
    for question in questions:
        answer = question.find_next(class_=re.compile(r"(^|[-_])(answer|reply|faq-a|da)([-_]|$)", re.IGNORECASE))
        if isinstance(answer, Tag) and question not in answer.parents:
            found.append((_text(question), _markdown(answer)))
    return found


def _html_lines(body: Tag) -> Iterator[Line]:
    for element in body.find_all(["h1", "h2", "h3", "h4", "h5", "h6", "p", "li", "tr", "dt", "dd", "div"]):
        if element.name == "div" and element.find(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table"]):
            continue
        if (element.name not in ("p", "div") and element.find_parent(["p", "li", "tr"])) or (element.name == "p" and element.find_parent("li")):
            continue
        text = _text(element) if element.name != "tr" else " | ".join(_text(cell) for cell in element.find_all(["td", "th"]))
        if text:
            yield Line(f"- {text}" if element.name == "li" else text, int(element.name[1]) if re.fullmatch(r"h\d", element.name) else 0)


def _home(soup: BeautifulSoup) -> str:
    """The address of the page, as far as it says it: relative addresses begin there."""
    said = soup.find("base", href=True) or soup.find("link", rel="canonical", href=True) or soup.find("meta", property="og:url")
    return str(said.get("href") or said.get("content") or "") if isinstance(said, Tag) else ""


def _keep_links(soup: BeautifulSoup, home: str) -> None:
    """Write the address of each link beside its words, or it would be lost with its element."""
    for link in soup.find_all("a", href=True):
        href, words = str(link["href"]).strip(), " ".join(link.get_text().split())
        if not href.startswith("#"):  # which stays on the page
            link.string = _linked(words, urljoin(home, href))


def _linked(words: str, address: str) -> str:
    """A link to a web page as Markdown where the chat makes a link of it (https), else as text; any other link as its words."""
    parts = urlsplit(address)
    if not words or parts.scheme not in ("http", "https") or not parts.netloc or re.search(r"[\s()]", address):
        return words
    shown = re.sub(r"[\[\]]", "", words)
    return address if words == address else f"[{shown}]({address})" if parts.scheme == "https" else f"{words}（{address}）"


def _markdown(element: Tag) -> str:
    """The text of an element, with its lists, tables and paragraphs."""
    lines = [line.text for line in _html_lines(element)]
    inline = _text(element)
    # Text that stands in no paragraph of its own would be lost.
    return "\n".join(lines) if lines and len("".join(lines)) >= 0.8 * len(inline) else inline


def _text(element: Tag) -> str:
    if not element.find("a"):
        return " ".join(element.get_text("").split())
    # Links that stand side by side are words of their own; one within a Chinese sentence needs no blanks.
    return _BLANK_AT_LINK.sub("", " ".join(element.get_text(" ").split()))


def _clean(question: str) -> str:
    plain = _LINK.sub(lambda match: match[1] or "", " ".join(question.split()))
    return _NUMBER.sub("", _ASKS.sub("", plain)).strip()
