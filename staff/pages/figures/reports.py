"""/rates/reports: the reports that were made, each as a page, a PDF and a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from hotline.access import StaffMember
from hotline.figures.documents import Cell, Document, Section
from hotline.figures.reports import KINDS
from hotline.figures.windows import Window
from hotline.ports import Transaction
from staff.frame import Frame
from staff.guard import NotFound, Visit
from staff.pages.figures.asked import head, made_up
from staff.parts import Records, Row, Tag, column, link

FIRST_NARROW = ("名次", "工单")
WORDS = ("单位", "承办单位", "街道乡镇", "最多的街道乡镇", "问题", "内容", "理由", "结论")


def add(frame: Frame) -> None:
    @frame.page("/rates/reports", "报告", "rates")
    async def show(visit: Visit) -> None:
        def read(tx: Transaction, member: StaffMember) -> tuple[list[tuple[UUID, str, Window]], int | None]:
            return [(id, kind, window) for id, kind, window, _ in tx.figures.reports()], made_up(tx)

        kept, simulated = await visit.read("rates", read)
        head(visit, None, simulated=simulated)
        Tag("p", "日通报每天中午、周汇总每周一、月分析每月 19 日生成，生成后不再改动。", "soft")
        zone = visit.office.city.timezone
        rows: list[Row] = [
            {"key": str(id), "href": f"/rates/reports/{id}", "kind": {"text": KINDS[kind], "href": f"/rates/reports/{id}"},
             "window": str(Window(w.since.astimezone(zone), w.until.astimezone(zone)))}
            for id, kind, w in kept
        ]  # fmt: skip
        Records("报告，新的在前", [column("kind", "报告", "tight"), column("window", "时段", "wide")], rows, empty="还没有报告：一天、一周或一个月结束后自动生成。")

    @frame.page("/rates/reports/{id}", "报告", "rates")
    async def one(visit: Visit) -> None:
        id = visit.request.path_params["id"]
        document = await visit.read("rates", lambda tx, member: read_document(tx, id))
        visit.title = document.title
        link("‹ 报告", "/rates/reports", "back")
        with Tag("div", classes="head"):
            Tag("h1", document.title)
            with Tag("span", classes="presses"):
                link("PDF", f"/rates/reports/{id}.pdf", "quiet")
                link("Excel", f"/rates/reports/{id}.xlsx", "quiet")
        if document.simulated:
            Tag("p", simulated_note(document), "say", role="note")
        Tag("p", f"{document.period}。{document.made} 生成。", "soft")
        with Tag("div", classes="paper gist"):
            for sentence in document.lead:
                Tag("p", sentence)
        for section in document.sections:
            draw_section(section)


def read_document(tx: Transaction, id: str) -> Document:
    """A kept report. Raises NotFound."""
    try:
        found = tx.figures.report(UUID(id))
    except ValueError:
        found = None
    if found is None:
        raise NotFound("没有这份报告，请从报告清单进入。")
    return Document.from_json(found)


def simulated_note(document: Document) -> str:
    return f"模拟数据：其中 {document.simulated:,} 件是模拟工单，不是真实诉求。"


def draw_section(section: Section, *, empty: str = "") -> None:
    with Tag("h2", f"{section.title} ", classes="section"):
        Tag("span", section.note, "soft")
    columns = [
        column(str(i), name, "tight" if name in FIRST_NARROW else "wide" if i == 0 or name in WORDS else "count named")
        for i, name in enumerate(section.columns)
    ]
    rows: list[Row] = [{"key": str(n), **{str(i): _cell(cell) for i, cell in enumerate(row)}} for n, row in enumerate(section.rows)]
    Records(section.title, columns, rows, empty=empty)


def _cell(cell: Cell) -> dict[str, object]:
    return {"text": cell.text, **({"href": cell.href} if cell.href else {}), **({"sub": cell.sub} if cell.sub else {})}
