"""Articles to files, in the formats that can be imported again: CSV, XLSX, DOCX, Markdown (zipped) and an HTML page."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator
from html import escape
from typing import Any

import yaml
from docx import Document
from docx.oxml import OxmlElement

from hotline.articles import Article
from knowledge_base import sheets
from knowledge_base.importer import FIELDS

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "zip": "application/zip", "html": "text/html; charset=utf-8",
}  # fmt: skip
_NOT_A_NAME = re.compile(r"[^\w.-]")
_LINE = {key: names[0] for key, names in FIELDS.items()}


def export(articles: Iterable[Article], kind: str) -> bytes:
    """The content of a file of this kind, one of MEDIA_TYPES. Raises KeyError for another."""
    writers: dict[str, Callable[[Iterable[Article]], bytes]] = {
        "csv": sheets.write_csv, "xlsx": sheets.write_xlsx, "docx": _docx, "zip": _markdown, "html": _html,
    }  # fmt: skip
    return writers[kind](articles)


def markdown(article: Article) -> str:
    """One article as Markdown with front matter, as in the sample knowledge."""
    a = article
    front = {
        "id": a.id, "question": a.question, "asked": list(a.asked), "spoken": a.spoken_answer, "department": a.department, "category": a.category,
        "source": a.source, "source_date": a.source_date, "related": list(a.related), "valid_from": a.valid_from, "valid_until": a.valid_until,
    }  # fmt: skip
    head = yaml.safe_dump({key: value for key, value in front.items() if value not in (None, [])}, allow_unicode=True, sort_keys=False, width=1000)
    return f"---\n{head}---\n{a.answer}\n"


def _markdown(articles: Iterable[Article]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for article in articles:
            archive.writestr(f"{_NOT_A_NAME.sub('_', article.category)}/{article.id}.md", markdown(article))
    return out.getvalue()


def _labels(article: Article) -> Iterator[tuple[str, str]]:
    """The fields that a document says in lines below the answer."""
    a = article
    values = {
        "id": a.id, "asked": "；".join(a.asked), "spoken": a.spoken_answer.replace("\n", " "), "department": a.department, "category": a.category,
        "source": a.source, "source_date": str(a.source_date), "related": "；".join(a.related),
        "valid_from": str(a.valid_from or ""), "valid_until": str(a.valid_until or ""),
    }  # fmt: skip
    return ((_LINE[key], value) for key, value in values.items() if value)


def _docx(articles: Iterable[Article]) -> bytes:
    document = Document()
    end: Any = document.element.body.sectPr
    heading, bullet = (document.styles[name].style_id for name in ("Heading 2", "List Bullet"))

    def add(text: str, style: str | None = None) -> None:
        # The document's own method looks for its end and for the style again at each paragraph: minutes for thousands of articles.
        paragraph: Any = OxmlElement("w:p")
        if style:
            paragraph.style = style
        paragraph.add_r().text = text
        end.addprevious(paragraph)

    for article in articles:
        add(article.question, heading)
        for line in article.answer.split("\n"):
            item = line.startswith("- ")
            add(line[2:] if item else line, bullet if item else None)
        for name, value in _labels(article):
            add(f"{name}：{value}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _html(articles: Iterable[Article]) -> bytes:
    parts = ['<!doctype html>\n<html lang="zh-CN">\n<head><meta charset="utf-8"><title>常见问题</title></head>\n<body>\n']
    for article in articles:
        parts.append(f"<h2>{escape(article.question)}</h2>\n")
        listed = False
        for line in article.answer.split("\n"):
            item = line.startswith("- ")
            if item != listed:
                parts.append("<ul>\n" if item else "</ul>\n")
                listed = item
            if line.strip():
                parts.append(f"<li>{escape(line[2:])}</li>\n" if item else f"<p>{escape(line)}</p>\n")
        parts.append("</ul>\n" if listed else "")
        parts += [f"<p>{escape(name)}：{escape(value)}</p>\n" for name, value in _labels(article)]
    return "".join([*parts, "</body>\n</html>\n"]).encode()
