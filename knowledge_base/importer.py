"""Articles from files: Markdown with front matter, CSV, XLSX, DOCX, and a FAQ page saved as HTML.

Whatever the format, it is read into drafts: what was found, field by field, with where. `check` makes articles of them and
says of each that can't be one why not.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path, PurePath
from typing import Any

import yaml

from hotline.articles import Article, problems
from knowledge_base.speech_text import spoken

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same in C where there is one: a ZIP of thousands of articles takes a second and not ten."""
MAX_ROWS = 100_000
FORMATS = (".csv", ".xlsx", ".docx", ".md", ".html", ".htm", ".zip")

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("编号", "id", "知识编号"), "question": ("问题", "标题", "question", "标准问题", "标准问", "咨询问题", "事项名称"), "asked": ("问法", "相似问法", "asked", "相似问", "其他问法"),
    "answer": ("答案", "答复", "文字答复", "answer", "内容", "回答", "标准答案", "标准答复", "答复内容", "解答"), "spoken": ("电话答复", "语音答复", "spoken"),
    "department": ("部门", "责任部门", "department", "单位", "责任单位", "承办单位", "主管部门"),
    "category": ("类别", "分类", "category", "业务分类", "问题分类"), "source": ("来源", "出处", "依据", "source", "政策依据"), "source_date": ("来源日期", "source_date", "发布日期"),
    "related": ("相关", "related", "相关知识"), "valid_from": ("有效期从", "valid_from", "生效日期"), "valid_until": ("有效期到", "valid_until", "失效日期"),
}  # fmt: skip
"""The fields of an article and the headings under which they are found."""
_BY_NAME = {name: key for key, names in FIELDS.items() for name in names}
_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


class ArticleRefused(ValueError):
    """A file is not an article, or can't be read at all. `str(error)` names the file and what to mend."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was found of one article. `place` says where, for the one who must mend it: 第 3 行. `refused`: why nothing can be read there."""

    place: str
    fields: Mapping[str, str]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    place: str
    question: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What would be imported. `articles` are new or differ from what is stored; `changes`: the ids of the latter."""

    articles: tuple[Article, ...]
    changes: frozenset[str]
    unchanged: int
    rejected: tuple[Rejected, ...]

    @property
    def changed(self) -> int:
        return len(self.changes)

    @property
    def new(self) -> int:
        return len(self.articles) - self.changed


@dataclass(frozen=True, slots=True)
class Defaults:
    """What rows are given that don't say it themselves, because the whole file has it."""

    department: str = ""
    category: str = ""
    source: str = ""
    source_date: date | None = None


def read(name: str, content: bytes) -> list[Draft]:
    """All that a file holds. Raises ArticleRefused with a Chinese sentence when it can't be read."""
    from knowledge_base import documents, sheets, webpages

    kind = PurePath(name).suffix.lower()
    readers = {
        ".csv": sheets.csv_rows, ".xlsx": sheets.xlsx_rows, ".docx": documents.docx, ".md": documents.markdown, ".html": webpages.html, ".htm": webpages.html,
        ".zip": _zip,
    }  # fmt: skip
    if kind not in readers:
        raise ArticleRefused(f"不认识“{kind or name}”文件。可以导入 CSV、XLSX、DOCX、Markdown（或它们的 ZIP）和保存为 HTML 的问答网页。")
    try:
        found = readers[kind](content)
    except ArticleRefused:
        raise
    except Exception as error:  # a broken file breaks its library in many ways
        raise ArticleRefused(f"“{name}”打不开，文件可能损坏，或者扩展名和内容不符。请在原来的软件里打开，另存一份再试。") from error
    if not found:
        raise ArticleRefused(f"“{name}”里没有找到问题和答案。表格的第一行要有“问题”“答案”两列；文档里每个问题要用标题样式，或者以“问：”“答：”开头。")
    if len(found) > MAX_ROWS:
        raise ArticleRefused(f"一次最多导入 {MAX_ROWS} 条，这个文件有 {len(found)} 条，请分成几个。")
    return found


def decoded(content: bytes) -> str:
    """A text file in UTF-8, as Excel writes “Unicode text” (UTF-16), or as programs in China save it, GB 18030. Raises ArticleRefused."""
    try:
        if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return content.decode("utf-16")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise ArticleRefused("认不出这个文件的文字编码，请另存为 UTF-8 再导入。") from error


def check(drafts: Iterable[Draft], stored: Mapping[str, Article], defaults: Defaults, *, sample: bool = False) -> Checked:
    """Make articles of drafts. `stored`: the newest versions by id. A row without an id is the article that has its question."""
    by_question = {question_key(article.question): article for article in stored.values()}
    articles: list[Article] = []
    rejected: list[Rejected] = []
    seen: dict[str, str] = {}
    changes: set[str] = set()
    unchanged = 0
    for draft in drafts:
        if draft.refused:
            rejected.append(Rejected(draft.place, "", draft.refused))
            continue
        given = {key: value.strip() for key, value in draft.fields.items()}
        question = " ".join(given.get("question", "").split())
        try:
            known = stored.get(given.get("id", "")) or (by_question.get(question_key(question)) if not given.get("id") else None)
            article = _article(given, question, known, defaults, sample=sample)
        except ValueError as error:
            rejected.append(Rejected(draft.place, question, str(error)))
            continue
        for key in (article.id, question_key(article.question)):
            if key in seen:
                rejected.append(Rejected(draft.place, question, f"和{seen[key]}重复。"))
                break
        else:
            seen[article.id] = seen[question_key(article.question)] = draft.place
            if known and _same(known, article):
                unchanged += 1
                continue
            if known:
                changes.add(article.id)
            articles.append(article)
    return Checked(tuple(articles), frozenset(changes), unchanged, tuple(rejected))


def read_folder(folder: Path, *, sample: bool = False) -> Iterator[Article]:
    """All articles (Markdown with front matter) below a folder. Raises ArticleRefused at the first that is none."""
    for path in sorted(folder.rglob("*.md")):
        if path.name != "README.md":
            yield read_file(path, sample=sample)


def read_file(path: Path, *, sample: bool = False) -> Article:
    """One article. Raises ArticleRefused."""
    try:
        front, body = front_matter(path.read_text(encoding="utf-8"))
        given = {**front, "answer": body}
        missing = [key for key in ("id", "question", "asked", "spoken", "department", "category", "source", "source_date") if not given.get(key)]
        if missing:
            raise ValueError(f"{', '.join(missing)} missing")
        return _article(given, given["question"], None, Defaults(), sample=sample)
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise ArticleRefused(f"{path} is not an article: {error}. See the sample articles for its fields.") from error


def front_matter(text: str) -> tuple[dict[str, str], str]:
    """The fields at the head of a Markdown article, lists as lines, and what follows. Raises ValueError, yaml.YAMLError."""
    parts = text.removeprefix("\ufeff").replace("\r\n", "\n").split("---\n", 2)
    if len(parts) != 3 or parts[0].strip():
        raise ValueError("it has no front matter between two lines of ---")
    front = yaml.load(parts[1], LOADER)
    if not isinstance(front, dict):
        raise ValueError("its front matter has no fields")
    return {_BY_NAME.get(str(key), str(key)): _line(value) for key, value in front.items() if value is not None}, parts[2].strip()


def _article(given: Mapping[str, str], question: str, known: Article | None, defaults: Defaults, *, sample: bool) -> Article:
    """Raises ValueError with a sentence."""
    answer = given.get("answer", "").strip()
    if not question:
        raise ValueError("没有问题。")
    if not answer:
        raise ValueError("没有答案。")
    given_date = _date(given.get("source_date", ""), "来源日期") or (known.source_date if known else None) or defaults.source_date
    if given_date is None:
        raise ValueError("没有来源日期。")
    # Without an id of its own, a row has one that follows from its question: the same file twice makes nothing twice.
    id = given.get("id") or (known.id if known else f"q-{hashlib.sha256(question_key(question).encode()).hexdigest()[:12]}")
    if not re.fullmatch(r"[\w.-]{1,80}", id):
        raise ValueError(f"编号“{id[:40]}”只能用字母、数字、横线和下划线，最多80个字。")
    article = Article(
        id=id, version=1, question=question, asked=_asked(given.get("asked", ""), question) or (known.asked if known else ()), answer=answer,
        spoken_answer=given.get("spoken") or (known.spoken_answer if known and known.answer == answer else spoken(answer)),
        department=given.get("department") or (known.department if known else "") or defaults.department,
        category=given.get("category") or (known.category if known else "") or defaults.category,
        source=given.get("source") or (known.source if known else "") or defaults.source, source_date=given_date,
        related=tuple(_split(given.get("related", ""))) or (known.related if known else ()), sample=sample,
        valid_from=_date(given.get("valid_from", ""), "有效期从") or (known.valid_from if known else None),
        valid_until=_date(given.get("valid_until", ""), "有效期到") or (known.valid_until if known else None), files=known.files if known else (),
    )  # fmt: skip
    if found := problems(article):
        raise ValueError("".join(found))
    return article


def _same(known: Article, article: Article) -> bool:
    """Whether an article says what is stored already. A web page has no blank lines, only paragraphs."""
    answer = known.answer if _paragraphs(article.answer) == _paragraphs(known.answer) else article.answer
    kept = replace(
        article, version=known.version, status=known.status, edited_by=known.edited_by, approved_by=known.approved_by, sample=known.sample, answer=answer
    )  # fmt: skip
    return kept == known


def _paragraphs(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _asked(text: str, question: str) -> tuple[str, ...]:
    return tuple(each for each in dict.fromkeys(_split(text)) if each != question)


def _split(text: str) -> list[str]:
    return [" ".join(part.split()) for part in re.split(r"[\n;；|]+", text) if part.strip()]


def _date(text: str, name: str) -> date | None:
    if not text:
        return None
    match = _DATE.fullmatch(text.partition(" ")[0] if "-" in text else text)
    try:
        return date(*map(int, match.groups())) if match else _no_date(text, name)
    except ValueError:
        return _no_date(text, name)


def _no_date(text: str, name: str) -> date:
    raise ValueError(f"{name}“{text[:20]}”不是日期，要写成 2026-01-31 这样。")


def _line(value: Any) -> str:
    return "\n".join(str(each) for each in value) if isinstance(value, list) else str(value)


def question_key(question: str) -> str:
    """What two questions have in common that are the same but for punctuation and case."""
    return re.sub(r"[\W_]+", "", question.lower())


def _zip(content: bytes) -> list[Draft]:
    found: list[Draft] = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(info.file_size for info in archive.infolist()) > 200 * 1024 * 1024:
            raise ArticleRefused("压缩包解开后太大（超过 200 MB），请分成几个。")
        for info in archive.infolist():
            name = PurePath(info.filename).name
            if not info.is_dir() and PurePath(name).suffix.lower() in FORMATS[:-1] and name != "README.md" and not name.startswith("."):
                found += [replace(draft, place=f"{name} {draft.place}".strip()) for draft in read(name, archive.read(info))]
    return found


def field_of(heading: object) -> str | None:
    """Which field a heading or a label names."""
    return _BY_NAME.get(re.sub(r"[\s*：:（(].*$", "", str(heading or "").strip().lower()))
