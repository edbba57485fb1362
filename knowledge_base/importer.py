"""Articles from Markdown files with front matter. See knowledge_base/articles/ for examples."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from hotline.articles import Article


class ArticleRefused(ValueError):
    """A file is not an article. `str(error)` names the file and what to mend."""


def read_folder(folder: Path, *, sample: bool = False) -> Iterator[Article]:
    """All articles below a folder. Raises ArticleRefused at the first that is none."""
    for path in sorted(folder.rglob("*.md")):
        if path.name != "README.md":
            yield read_file(path, sample=sample)


def read_file(path: Path, *, sample: bool = False) -> Article:
    """One article. Raises ArticleRefused."""
    try:
        _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
        front = yaml.safe_load(head)
        return Article(
            id=_text(front, "id"),
            version=1,
            question=_text(front, "question"),
            asked=tuple(str(text).strip() for text in front["asked"]),
            answer=body.strip(),
            spoken_answer=_text(front, "spoken"),
            department=_text(front, "department"),
            category=_text(front, "category"),
            source=_text(front, "source"),
            source_date=_date(front["source_date"]),
            related=tuple(front.get("related") or ()),
            sample=sample,
            valid_from=_date(front["valid_from"]) if front.get("valid_from") else None,
            valid_until=_date(front["valid_until"]) if front.get("valid_until") else None,
        )
    except (KeyError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise ArticleRefused(f"{path} is not an article: {error!r}. See the README beside the sample articles for its fields.") from error


def _text(front: dict[str, Any], key: str) -> str:
    value = str(front[key]).strip()
    if not value:
        raise ValueError(f"{key} is empty")
    return value


def _date(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
