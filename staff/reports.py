"""Reports as files to hand on: PDF and XLSX, drawn from the kept document."""

from __future__ import annotations

import io
from dataclasses import replace
from functools import cache
from xml.sax.saxutils import escape

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from hotline.figures.documents import Cell, Document, Section
from staff import guard
from staff.cff_font import chinese_font
from staff.guard import COOKIE, NotAllowed, NotFound, SignedOut
from staff.office import Office
from staff.pages.figures.reports import read_document, simulated_note

TYPES = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
INK, SOFT, LINE = colors.HexColor("#17202b"), colors.HexColor("#536071"), colors.HexColor("#c3ccd6")
MARGIN = 6
"""Of what flows over a page, which is ReportLab's own: tables begin where the text does."""
SHORT = 60
"""Points up to which a column is short."""
LONG = ("单位", "问题", "街道乡镇", "最多的街道乡镇", "指标", "理由", "内容", "承办单位")


def router(office: Office) -> APIRouter:
    made = APIRouter()

    @made.get("/rates/reports/{id}.{ending}")
    async def download(request: Request, id: str, ending: str) -> Response:
        token = request.cookies.get(COOKIE)
        try:
            document = await office.read(lambda tx: (guard.require(office, tx, token, "rates"), read_document(tx, id))[1])
        except SignedOut:
            return RedirectResponse(guard.door(request), 303)
        except NotAllowed as refused:
            return Response(str(refused), 403, media_type="text/plain; charset=utf-8")
        except NotFound as missing:
            return Response(str(missing), 404, media_type="text/plain; charset=utf-8")
        if ending not in TYPES:
            return Response("只有 PDF 和 Excel 两种文件。", 404, media_type="text/plain; charset=utf-8")
        content = pdf(document) if ending == "pdf" else xlsx(document)
        name = f"report-{document.kind}-{id[:8]}.{ending}"
        return Response(content, media_type=TYPES[ending], headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"})

    return made


@cache
def _font() -> str:
    """Noto Sans CJK, where it is installed, goes into the file; otherwise the reader brings the Chinese font that Adobe named so."""
    font = chinese_font("NotoSansCJKsc") or UnicodeCIDFont("STSong-Light")
    pdfmetrics.registerFont(font)
    return str(font.fontName)


def _style(size: float, **changes: object) -> ParagraphStyle:
    given = {"fontName": _font(), "fontSize": size, "leading": size * 1.5, "textColor": INK, "wordWrap": "CJK", **changes}
    return ParagraphStyle("text", **given)


def pdf(document: Document) -> bytes:
    """A4, with page numbers."""
    title, heading, text, note = _style(17, spaceAfter=4), _style(12, spaceBefore=10, spaceAfter=3), _style(10.5, spaceAfter=3), _style(8.5, textColor=SOFT, spaceAfter=4)
    flow = [Paragraph(escape(document.title), title), Paragraph(escape(f"{document.period}。{document.made} 生成。"), note)]
    if document.simulated:
        flow.append(Paragraph(escape(simulated_note(document)), _style(10, textColor=colors.HexColor("#855300"), spaceAfter=4)))
    flow += [Paragraph(escape(sentence), text) for sentence in document.lead]
    for section in document.sections:
        top = [Paragraph(escape(section.title), heading)] + ([Paragraph(escape(section.note), note)] if section.note else [])
        table = _table(section)
        # A heading alone at the foot of a page helps nobody; a short table stays with it.
        flow += [KeepTogether([*top, table])] if len(section.rows) <= 12 else [*top, table]
        flow.append(Spacer(1, 4))
    out = io.BytesIO()

    def foot(canvas: Canvas, made: SimpleDocTemplate) -> None:
        canvas.setFont(_font(), 8)
        canvas.setFillColor(SOFT)
        canvas.drawString(18 * mm + MARGIN, 11 * mm, document.title + ("　模拟数据" if document.simulated else ""))
        canvas.drawRightString(A4[0] - 18 * mm - MARGIN, 11 * mm, str(made.page))

    page = SimpleDocTemplate(
        out, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=16 * mm, bottomMargin=20 * mm, title=document.title, lang="zh-CN"
    )
    page.build(flow, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _table(section: Section) -> Table:
    small, right, header = _style(8.5), _style(8.5, alignment=TA_RIGHT), _style(8.5, textColor=SOFT)
    left = [name in LONG or index == 0 for index, name in enumerate(section.columns)]
    weights = [min(max(_wide(text) for text in (name, *(text for row in section.rows for text in (row[i].text, row[i].sub)))) + 1, 22) for i, name in enumerate(section.columns)]
    width = A4[0] - 36 * mm - 2 * MARGIN
    # Shared by what stands in them, but no short heading is broken in two for a long neighbour's sake.
    needed = [max(_wide(name), *(_wide(row[i].text) for row in section.rows)) * 8.5 + 7 for i, name in enumerate(section.columns)]
    kept = {i: need for i, need in enumerate(needed) if need > width * weights[i] / sum(weights) and need < SHORT}
    rest, shared = width - sum(kept.values()), sum(weight for i, weight in enumerate(weights) if i not in kept) or 1
    widths = [kept.get(i, rest * weight / shared) for i, weight in enumerate(weights)]
    cells = [[Paragraph(escape(name), header if left[i] else _style(8.5, textColor=SOFT, alignment=TA_RIGHT)) for i, name in enumerate(section.columns)]]
    cells += [[Paragraph(_told(cell), small if left[i] else right) for i, cell in enumerate(row)] for row in section.rows]
    table = Table(cells, colWidths=widths, repeatRows=1)
    table.setStyle(TableStyle([
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, SOFT), ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 2.5), ("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("LEFTPADDING", (0, 0), (0, -1), 0), ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
    ]))  # fmt: skip
    return table


def _told(cell: Cell) -> str:
    return escape(cell.text) + (f'<br/><font size="7" color="{SOFT.hexval().replace("0x", "#")}">{escape(cell.sub)}</font>' if cell.sub else "")


def _wide(text: str) -> float:
    """How wide a text is, in Chinese characters."""
    return sum(1 if ord(letter) > 255 else 0.62 for letter in text)  # digits are wider than small letters; a number is not to be broken


def xlsx(document: Document) -> bytes:
    """A sheet for the summary and one for each table, numbers as numbers, with what stands in small letters in columns of its own. A sheet that is
    copied or printed by itself says too if it is made up."""
    mark = "（模拟）" if document.simulated else ""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = f"摘要{mark}"
    lines = [document.title, f"{document.period}。{document.made} 生成。", *([simulated_note(document)] if document.simulated else []), "", *document.lead]
    for line in lines:
        sheet.append([line])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 110
    for cell in sheet["A"]:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    for section in document.sections:
        sheet = book.create_sheet("".join(c for c in section.title if c not in r"[]:*?/\：")[: 31 - len(mark)] + mark)
        section = _flat(section)
        sheet.append(list(section.columns))
        for cell in sheet[1]:
            cell.font = Font(bold=True)
        for row in section.rows:
            sheet.append([cell.text if cell.number is None or not _is_number(cell.text) else cell.number for cell in row])
            for index, cell in enumerate(row, 1):
                written = sheet.cell(sheet.max_row, index)
                if isinstance(written.value, str):
                    written.data_type = "s"  # what citizens wrote is text, though it begins with =
                elif cell.text.endswith("%"):
                    written.number_format = "+0%;-0%;0%" if cell.text[0] in "+-" else "0.0%"
                elif isinstance(written.value, float):
                    written.number_format = "0.0"  # as on the page: 81.1, not 81.139240506
        for index, name in enumerate(section.columns, 1):
            longest = max([len(name), *(len(row[index - 1].text) for row in section.rows)])
            sheet.column_dimensions[get_column_letter(index)].width = min(max(longest * 1.9, 8), 60)
        sheet.freeze_panes = "A2"
        for line in filter(None, (section.note, simulated_note(document) if document.simulated else "")):
            sheet.append([])
            sheet.append([line])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _flat(section: Section) -> Section:
    """The same table with each column of small letters after its own."""
    small = [next((row[i].sub for row in section.rows if row[i].sub), "") for i in range(len(section.columns))]
    columns: list[str] = []
    for name, sub in zip(section.columns, small, strict=True):
        columns += [name] + ([f"{name}：{'95% 区间' if '–' in sub else '说明'}"] if sub else [])
    rows = tuple(tuple(one for cell, sub in zip(row, small, strict=True) for one in ((cell, Cell(cell.sub)) if sub else (cell,))) for row in section.rows)
    return replace(section, columns=tuple(columns), rows=rows)


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(",", "").replace(".", "").rstrip("%").isdecimal()
