"""Tables of articles: CSV and XLSX, read and written. The first row names the columns."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from hotline.articles import Article
from knowledge_base.importer import FIELDS, ArticleRefused, Draft, decoded, field_of

HEADINGS = {key: names[0] for key, names in FIELDS.items()}
WIDTHS = {"question": 40, "asked": 40, "answer": 80, "spoken": 60, "source": 30, "id": 24}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LOOK_FOR_HEADINGS = 10
NO_HEADINGS = "表格里没有“问题”和“答案”这两列。请在第一行写上列名；可以先导出一份作样子。"


def csv_rows(content: bytes) -> list[Draft]:
    text = decoded(content)
    try:
        dialect: Any = csv.Sniffer().sniff(text[:4096], delimiters=",;\t")
    except csv.Error:
        dialect = csv.excel
    csv.field_size_limit(1024 * 1024)
    return list(table_rows(csv.reader(io.StringIO(text), delimiter=dialect.delimiter), ""))


def xlsx_rows(content: bytes) -> list[Draft]:
    # Reading cell after cell, which is quicker, does not tell which cells are merged.
    merged = _has_merged_cells(content)
    book = load_workbook(io.BytesIO(content), read_only=not merged, data_only=True)
    if merged:
        for sheet in book.worksheets:
            _fill_merged(sheet)
    several = len(book.sheetnames) > 1
    found: list[Draft] = []
    without: list[Draft] = []
    for sheet in book.worksheets:
        try:
            found += table_rows(sheet.iter_rows(values_only=True), f"“{sheet.title}”" if several else "")
        except ArticleRefused as refused:
            if not several:
                raise
            if any(_text(cell) for row in sheet.iter_rows(values_only=True) for cell in row):
                without.append(Draft(f"工作表“{sheet.title}”", {}, f"整张没有导入：{refused}"))
    if not found and without:
        raise ArticleRefused(NO_HEADINGS)
    return found + without


def _has_merged_cells(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(b"<mergeCell " in archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/"))


def _fill_merged(sheet: Any) -> None:
    """A cell that spans rows is meant for each of them: the department of ten questions, written once."""
    for area in list(sheet.merged_cells.ranges):
        value = sheet.cell(area.min_row, area.min_col).value
        sheet.unmerge_cells(area.coord)
        for row in range(area.min_row + 1, area.max_row + 1):
            sheet.cell(row, area.min_col).value = value


def table_rows(rows: Iterable[Sequence[object]], sheet: str) -> Iterator[Draft]:
    """The rows below the first that names a question and an answer column. Raises ArticleRefused when none does."""
    columns: dict[int, str] = {}
    first: Sequence[object] = ()
    for number, row in enumerate(rows, 1):
        if not columns:
            first = first or [text for cell in row if (text := _text(cell))]
            named = {at: key for at, cell in enumerate(row) if (key := field_of(cell))}
            if {"question", "answer"} <= set(named.values()):
                columns = named
            elif number >= LOOK_FOR_HEADINGS:
                break
            continue
        fields = {key: text for at, key in columns.items() if at < len(row) and (text := _text(row[at]))}
        if fields:
            yield Draft(f"{sheet}第 {number} 行", fields)
    if not columns:
        said = f"现在的第一行是：{'、'.join(str(cell)[:12] for cell in first[:8])}。" if first else ""
        raise ArticleRefused(NO_HEADINGS + said)


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m-%d}"
    text = "" if cell is None else str(cell).strip()
    return text[1:] if text.startswith("'") and text[1:2] in FORMULA else text


def _values(article: Article) -> list[str]:
    """In the order of FIELDS."""
    a = article
    dates = [str(day) if day else "" for day in (a.valid_from, a.valid_until)]
    return [a.id, a.question, "\n".join(a.asked), a.answer, a.spoken_answer, a.department, a.category, a.source, str(a.source_date), "\n".join(a.related), *dates]


def write_csv(articles: Iterable[Article]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEADINGS.values())
    # A cell that begins like a formula would be run by whoever opens the file.
    writer.writerows([f"'{text}" if text.startswith(FORMULA) else text for text in _values(article)] for article in articles)
    return out.getvalue().encode("utf-8-sig")  # with the mark by which Excel knows UTF-8


def write_xlsx(articles: Iterable[Article]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("知识")
    for at, key in enumerate(FIELDS):
        sheet.column_dimensions["ABCDEFGHIJKL"[at]].width = WIDTHS.get(key, 14)
    sheet.freeze_panes = "A2"
    head = [WriteOnlyCell(sheet, name) for name in HEADINGS.values()]
    for cell in head:
        cell.font = Font(bold=True)
    sheet.append(head)
    wrap = Alignment(wrap_text=True, vertical="top")
    for article in articles:
        cells = []
        for text in _values(article):
            cell = WriteOnlyCell(sheet, text)
            cell.data_type = "s"  # text, never a formula
            cell.alignment = wrap
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_rejected(rejected: Iterable[tuple[str, str, str]]) -> bytes:
    """The report of rows that were not imported: where, which question, why."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("位置", "问题", "原因"))
    writer.writerows([f"'{text}" if text.startswith(FORMULA) else text for text in row] for row in rejected)
    return out.getvalue().encode("utf-8-sig")
