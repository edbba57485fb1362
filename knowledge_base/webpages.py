"""FAQ pages saved as HTML, however they are built, and of all parts if one page is built in several ways.

A question is what the page says is one: schema.org's FAQPage, <dt>, <summary>, a class called question, the first cell of a row; or a
heading, a line between others, or a bold or numbered paragraph that asks. Its answer is what follows, until something else begins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement, PreformattedString

from knowledge_base.documents import Line, Pair, linked, numbered, pairs, table_drafts
from knowledge_base.importer import Draft, question_key
from knowledge_base.normalise import is_question

_GONE = ("script", "style", "nav", "aside", "noscript", "template", "iframe", "select", "input", "textarea", "svg")
_BLOCKS = re.compile(
    r"^(?:address|article|blockquote|body|button|caption|center|dd|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|header|hr|li|main|ol|p|pre"
    r"|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)$"
)
_PARAGRAPHS = frozenset(("p", "li", "td", "th", "dd", "dt", "blockquote", "pre", "caption"))
"""In these a sentence may ask without being a question of the page, unless it is bold or numbered."""
_HEADING = re.compile(r"h[1-6]")
_QUESTION = re.compile(r"(^|[-_])(question|ask|faq-q|wen)([-_]|$)", re.IGNORECASE)
_ANSWER = re.compile(r"(^|[-_])(answer|reply|faq-a|da)([-_]|$)", re.IGNORECASE)
_SIGN = re.compile(r"\s*(?:(问|Q)|(答|A))\d*\s*[：:.]?\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:第?[一二三四五六七八九十百]+[、.．]|[（(]?\d{1,3}[）)、.．]|(?:问题?|Q)\s*\d*\s*[：:、.．])", re.IGNORECASE)
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)", re.IGNORECASE)
_LONGEST = 80
"""Characters of a line that is a question by its form alone."""
_BLANK_AT_LINK = re.compile(r" (?=[，。；：、？！）])|(?<=[^\x00-\x7f]) (?=\[[^\]]+\]\(http)|(?<=\)) (?=[^\x00-\x7f])")


@dataclass
class _Marks:
    """What the page says of its elements, by their ids: Beautiful Soup takes two elements that read the same for one."""

    asks: set[int] = field(default_factory=set)
    terms: set[int] = field(default_factory=set)
    lists: set[int] = field(default_factory=set)
    """What lists explain that don't ask, and these lists: entries of their own, or a part of an answer."""
    ends: set[int] = field(default_factory=set)
    """After these an answer is over; within them nothing asks that isn't marked."""
    above: set[int] = field(default_factory=set)
    """The elements around them."""
    loose: bool = False
    """Whether whatever ends in a question mark asks, because nothing else on this page does."""

    def question(self, element: Tag) -> None:
        self.asks.add(id(element))
        self.above.update(id(parent) for parent in element.parents)

    def end(self, element: Tag) -> None:
        self.ends.add(id(element))
        self.above.update(id(parent) for parent in element.parents)

    def is_block(self, element: Tag) -> bool:
        """Whether it stands by itself, and is no part of a line."""
        return bool(_BLOCKS.match(element.name) or id(element) in self.asks | self.ends | self.above or element.find("br") or element.find(_BLOCKS))


def html(content: bytes) -> list[Draft]:
    soup = BeautifulSoup(content, "html.parser")
    home = _home(soup)
    _keep_links(soup, home)
    found = _structured(soup, home)
    _tidy(soup)
    body = soup.body or soup
    drafts: list[Draft] = []
    for number, table in enumerate(body.find_all("table"), 1):
        if rows := table_drafts(_grid(table), f"表 {number} "):
            table.decompose()
            drafts += rows
    found += pairs(_lines(body, _marked(body, loose=False)))
    if not found and not drafts:
        found = pairs(_lines(body, _marked(body, loose=True)))
    return drafts + numbered(_once(found))


def _grid(table: Tag) -> list[list[str]]:
    """The cells of a table, row by row. One that spans rows or columns stands in each of its rows, and keeps its columns free."""
    grid: list[list[str]] = []
    above: dict[int, tuple[str, int]] = {}
    for row in table.find_all("tr"):
        cells: list[str] = []
        waiting = iter(row.find_all(["th", "td"]))
        while True:
            text, left = above.pop(len(cells), ("", 0))
            wide = 1
            if not left:
                if (cell := next(waiting, None)) is None:
                    break
                text, left, wide = _text(cell), _span(cell, "rowspan"), _span(cell, "colspan")
            for at in range(len(cells), len(cells) + wide):
                if left > 1:
                    above[at] = (text, left - 1)
                cells.append(text if at == len(cells) else "")
        grid.append(cells)
    return grid


def _span(cell: Tag, name: str) -> int:
    said = str(cell.get(name, "1"))
    return min(max(int(said), 1), 1000) if said.isdecimal() else 1


def _once(found: Iterable[Pair]) -> list[Pair]:
    """Without what only repeats: a page that names its questions at the top, or has everything twice, for phones too."""
    kept: dict[tuple[str, str], Pair] = {}
    for pair in found:
        kept.setdefault((question_key(pair.question), question_key("".join(pair.lines))), pair)
    answered = {question for question, answer in kept if answer}
    return [pair for (question, answer), pair in kept.items() if answer or question not in answered]


def _tidy(soup: BeautifulSoup) -> None:
    for element in soup.find_all(_GONE):
        element.decompose()
    for element in soup.find_all(["header", "footer"]):
        if not element.find_parent(["article", "section", "main", "details", "li"]):  # else it heads an article, not the page
            element.decompose()
    for element in soup.find_all(["i", "em", "b", "strong", "span", "div"]):
        if match := _SIGN.fullmatch(element.get_text()):  # 问 in a circle before the question
            element.replace_with("问：" if match[1] else "答：")


def _marked(body: Tag, *, loose: bool) -> _Marks:
    marks = _Marks(loose=loose)

    def sound_like_it(elements: Sequence[Tag]) -> bool:
        return loose or 2 * sum(is_question(_text(element)) for element in elements) >= len(elements)

    def ask(elements: Sequence[Tag], end: Callable[[Tag], Tag | None]) -> None:
        for element in elements:
            marks.question(element)
            if last := end(element):
                marks.end(last)

    for terms in body.find_all("dl"):
        own = [term for term in terms.find_all("dt") if term.find_parent("dl") is terms]
        # One that surely asks is enough: all terms of a list are of one kind.
        if sound_like_it(own) or any(_text(term).endswith(("？", "?")) for term in own):
            ask(own, lambda term: term.find_parent("dl"))
        else:
            marks.terms.update(id(term) for term in own)
            marks.lists.add(id(terms))
    summaries = [summary for summary in body.find_all("summary") if not (summary.parent and summary.parent.find("details"))]
    if sound_like_it(summaries):
        ask(summaries, lambda summary: summary.find_parent("details"))
    for table in body.find_all("table"):
        if not table.find("table"):
            ask(list(filter(None, map(_asking_cell, table.find_all("tr")))), lambda cell: cell.find_parent("tr"))  # each sounds like one
    for question in body.find_all(class_=_QUESTION):
        answer = question.find_next(class_=_ANSWER)
        if isinstance(answer, Tag) and question not in answer.parents and not question.find(class_=_QUESTION):
            marks.question(question)
            marks.end(answer)
    return marks


def _asking_cell(row: Tag) -> Tag | None:
    """The cell of a row that asks, with its answer beside it: the first that is no number."""
    cells = [cell for cell in row.find_all(["td", "th"]) if not re.fullmatch(r"[\d.、\s]*", cell.get_text())]
    return cells[0] if len(cells) > 1 and cells[0].name == "td" and is_question(_text(cells[0])) else None


def _lines(element: Tag, marks: _Marks, *, answering: bool = False) -> Iterator[Line]:
    """All that an element says, a line for each paragraph, item or row. `answering`: it belongs to the answer of a question that is marked."""
    run: list[PageElement] = []
    sign = ""
    for child in [*element.children, None]:
        block = isinstance(child, Tag) and marks.is_block(child)
        if child is not None and not block and not (isinstance(child, Tag) and child.name == "br"):
            if not isinstance(child, PreformattedString):  # a comment, for example
                run.append(child)
            continue
        lines = [_line(run, element, marks, answering)]
        run = []
        if block and isinstance(child, Tag):
            lines += _block(child, marks, answering)
        for line in lines:
            if line.text in ("问：", "答："):
                sign = line.text
            elif line.text or line.ends:
                yield replace(line, text=sign + line.text)
                sign = ""


def _line(run: Sequence[PageElement], within: Tag, marks: _Marks, answering: bool) -> Line:
    text = _words(run)
    asks = text.endswith(("？", "?")) and len(text) <= _LONGEST and not answering
    if asks and within.name in _PARAGRAPHS and not marks.loose:
        asks = bool(_NUMBERED.match(text)) or _is_bold(run)
    return Line(text, asks=asks)


def _block(element: Tag, marks: _Marks, answering: bool) -> Iterator[Line]:
    answering = answering or id(element) in marks.ends
    if id(element) in marks.asks:
        yield Line(_text(element), asks=True)
    elif id(element) in marks.terms:
        yield Line(_text(element), term=True)
    elif _HEADING.fullmatch(element.name):
        yield Line(_text(element), int(element.name[1]))
    elif element.name == "tr" and _is_data(element, marks):
        yield Line(" | ".join(_text(cell) for cell in element.find_all(["td", "th"])))
    elif element.name == "li":
        lines = list(_lines(element, marks, answering=answering))
        if lines and not lines[0].level and not lines[0].asks and not lines[0].text.startswith("- "):
            lines[0] = replace(lines[0], text=f"- {lines[0].text}")
        yield from lines
    else:
        yield from _lines(element, marks, answering=answering)
    if id(element) in marks.ends or id(element) in marks.lists:
        yield Line("", ends=True, term=id(element) in marks.lists)


def _is_data(row: Tag, marks: _Marks) -> bool:
    """Whether its cells belong in one line. Else the table only puts things in their places, as old pages do."""
    cells = row.find_all(["td", "th"])
    return len(cells) > 1 and id(row) not in marks.above and not row.find(["table", "dl", "details", *(f"h{n}" for n in range(1, 7))])


def _is_bold(run: Sequence[PageElement]) -> bool:
    """Whether all words of a line are bold."""
    said = [part for part in run if part.get_text().strip()]
    return bool(said) and all(
        isinstance(part, Tag) and bool(part.name in ("b", "strong") or _BOLD.search(str(part.get("style"))) or part.find(["b", "strong"]))
        for part in said
    )


def _structured(soup: BeautifulSoup, home: str) -> list[Pair]:
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
                    lines = [line.text for line in _lines(answer, _Marks(), answering=True)]
                    found += pairs([Line(str(each.get("name", "")), asks=True), *map(Line, lines)])
    return found


def _home(soup: BeautifulSoup) -> str:
    """The address of the page, as far as it says it: relative addresses begin there."""
    said = soup.find("base", href=True) or soup.find("link", rel="canonical", href=True) or soup.find("meta", property="og:url")
    return str(said.get("href") or said.get("content") or "") if isinstance(said, Tag) else ""


def _keep_links(soup: BeautifulSoup, home: str) -> None:
    """Write the address of each link beside its words, or it would be lost with its element."""
    for link in soup.find_all("a", href=True):
        href, words = str(link["href"]).strip(), " ".join(link.get_text().split())
        if not href.startswith("#") and not link.find(_BLOCKS):  # which stays on the page, or holds more than words
            link.string = linked(words, urljoin(home, href))


def _text(element: Tag) -> str:
    return _words([element])


def _words(run: Sequence[PageElement]) -> str:
    if not any(isinstance(part, Tag) and (part.name == "a" or part.find("a")) for part in run):
        return " ".join("".join(part.get_text() for part in run).split())
    # Links that stand side by side are words of their own; one within a Chinese sentence needs no blanks.
    said = (part.get_text(" ") if isinstance(part, Tag) else str(part) for part in run)
    return _BLANK_AT_LINK.sub("", " ".join(" ".join(said).split()))
