"""Articles from files of all kinds and back again, and what can't be imported told with its place and its reason."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date

import pytest
from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.parts.document import DocumentPart
from fakes import ROOT
from openpyxl import Workbook

from hotline.articles import Article
from knowledge_base import exporter
from knowledge_base.importer import ArticleRefused, Checked, Defaults, Draft, check, read, read_folder
from knowledge_base.speech_text import spoken

DEFAULTS = Defaults("民政部门", "婚姻", "示例来源", date(2025, 1, 2))
ARTICLE = Article(
    "permit", 1, "居住证怎么办？", ("办居住证要啥", "暂住证咋弄"), "到派出所办。\n\n要带：\n- 身份证；\n- 照片。", "到派出所办，带身份证和照片。", "公安机关", "居住证",
    "《居住证暂行条例》", date(2016, 1, 1), valid_until=date(2030, 1, 1),
)  # fmt: skip
OTHER = replace(ARTICLE, id="bus", question="老人坐公交免费吗？", asked=(), answer="65周岁以上免费。", spoken_answer="六十五周岁以上免费。", valid_until=None)


def looked_at(name: str, content: bytes, stored: tuple[Article, ...] = (), defaults: Defaults = DEFAULTS) -> Checked:
    return check(read(name, content), {a.id: a for a in stored}, defaults)


@pytest.mark.parametrize("kind", list(exporter.MEDIA_TYPES))
def test_what_is_exported_can_be_imported_again_and_is_the_same(kind: str) -> None:
    content = exporter.export([ARTICLE, OTHER], kind)
    again = looked_at(f"x.{kind}", content)
    assert [replace(a, answer=_plain(a.answer)) for a in again.articles] == [replace(a, answer=_plain(a.answer)) for a in (ARTICLE, OTHER)]
    assert (again.new, again.rejected) == (2, ())


def _plain(text: str) -> str:
    """A document does not keep empty lines apart."""
    return "\n".join(line for line in text.split("\n") if line)


@pytest.mark.parametrize("kind", exporter.MEDIA_TYPES)
def test_the_same_file_twice_changes_nothing(kind: str) -> None:
    again = looked_at(f"x.{kind}", exporter.export([ARTICLE, OTHER], kind), stored=(replace(ARTICLE, version=3, status="review"), OTHER))
    assert (again.new, again.changed, again.unchanged, again.articles) == (0, 0, 2, ())


@pytest.mark.parametrize("kind", exporter.MEDIA_TYPES)
def test_the_sample_knowledge_goes_out_and_comes_back(kind: str) -> None:
    samples = list(read_folder(ROOT / "knowledge_base" / "articles", sample=True))
    again = looked_at(f"x.{kind}", exporter.export(samples, kind), stored=tuple(samples))
    assert again.rejected == ()
    assert again.unchanged == len(samples)


def test_a_table_in_gb18030_with_other_headings_is_read_and_bad_rows_are_told() -> None:
    table = "标题,内容,问法,发布日期\n结婚证怎么办,带户口本,领证要啥；登记去哪,2024年5月1日\n,没有问题的,,\n离婚怎么办,,,\n结婚证 怎么办？,重复,,\n生育登记,到社区,,五月\n"
    found = looked_at("x.csv", table.encode("gb18030"))
    assert [(a.question, a.asked, a.source_date, a.department) for a in found.articles] == [("结婚证怎么办", ("领证要啥", "登记去哪"), date(2024, 5, 1), "民政部门")]
    assert [(r.place, r.reason) for r in found.rejected] == [
        ("第 3 行", "没有问题。"), ("第 4 行", "没有答案。"), ("第 5 行", "和第 2 行重复。"), ("第 6 行", "来源日期“五月”不是日期，要写成 2026-01-31 这样。"),
    ]  # fmt: skip


def test_a_row_with_the_question_of_a_stored_article_changes_that_one() -> None:
    found = looked_at("x.csv", "问题,答案\n居住证怎么办,网上办。\n".encode(), stored=(ARTICLE,))
    (changed,) = found.articles
    assert (found.changed, changed.id, changed.answer, changed.department, changed.asked) == (1, "permit", "网上办。", "公安机关", ARTICLE.asked)


def test_what_is_looked_over_tells_which_of_its_articles_change_a_stored_one() -> None:
    sheet = "编号,问题,答案\npermit,居住证怎么办？,改到街道办。\n,公厕在哪里？,看地图。\n".encode()
    found = looked_at("x.csv", sheet, stored=(ARTICLE,))
    assert (found.new, found.changed, found.changes) == (1, 1, {"permit"})


def test_numbers_and_dates_of_a_sheet_are_read_as_they_look() -> None:
    book = Workbook()
    book.active.append(["某单位常见问题"])
    book.active.append(["问题", "答案", "来源日期"])
    book.active.append(["几点开门", 9, date(2025, 3, 4)])
    out = io.BytesIO()
    book.save(out)
    (article,) = looked_at("x.xlsx", out.getvalue()).articles
    assert (article.answer, article.source_date) == ("9", date(2025, 3, 4))


def test_a_sheet_without_headings_is_reported_and_an_empty_one_is_not() -> None:
    book = Workbook()
    book.active.append(["问题", "答案"])
    book.active.append(["几点开门", "九点。"])
    book.create_sheet("说明").append(["请填另一张表"])
    book.create_sheet("空表")
    out = io.BytesIO()
    book.save(out)
    found = looked_at("x.xlsx", out.getvalue())
    assert [article.question for article in found.articles] == ["几点开门"]
    assert [(each.place, "“问题”" in each.reason) for each in found.rejected] == [("工作表“说明”", True)]


def test_a_document_with_headings_and_one_with_questions_and_answers_are_understood() -> None:
    for made in (_headed, _asked):
        document = Document()
        made(document)
        out = io.BytesIO()
        document.save(out)
        found = looked_at("x.docx", out.getvalue())
        assert [(a.question, a.answer) for a in found.articles] == [("结婚证怎么办？", "双方一起去。\n带户口本。"), ("离婚证怎么办？", "先申请。")], made
        assert found.articles[1].department == "某部门"


def _headed(document: object) -> None:
    document.add_heading("常见问题", 1)  # type: ignore[attr-defined]
    for heading, lines in (("一、结婚证怎么办？", ("双方一起去。", "带户口本。")), ("二、离婚证怎么办？", ("先申请。", "部门：某部门"))):
        document.add_heading(heading, 2)  # type: ignore[attr-defined]
        for line in lines:
            document.add_paragraph(line)  # type: ignore[attr-defined]


def _asked(document: object) -> None:
    for line in ("问：结婚证怎么办？", "答：双方一起去。", "带户口本。", "问：离婚证怎么办？", "答：先申请。", "部门：某部门"):
        document.add_paragraph(line)  # type: ignore[attr-defined]


def test_nothing_is_lost_of_a_document_that_mixes_both_ways() -> None:
    text = "# 便民问答\n\n## 结婚证怎么办？\n\n双方一起去。\n\n问：离婚证怎么办？\n\n答：先申请。\n"
    found = looked_at("x.md", text.encode())
    assert [(a.question, a.answer) for a in found.articles] == [("结婚证怎么办？", "双方一起去。"), ("离婚证怎么办？", "先申请。")]


BOLD = {
    "in a line of its own": [[("1. 结婚证怎么办？", True)], [("双方一起去。", None)], [("带上身份证。", None)], [("2. 离婚证怎么办？", True)], [("先申请。", None)]],
    "that does not ask": [[("一、结婚证", True)], [("双方一起去。", None)], [("带上身份证。", None)], [("二、离婚证", True)], [("先申请。", None)]],
    "above its answer in one paragraph": [[("结婚证怎么办？", True), ("\n双方一起去。\n带上身份证。", None)], [("离婚证怎么办？", True), ("\n先申请。", None)]],
    "right before its answer": [[("结婚证怎么办？", True), ("双方一起去。\n带上身份证。", None)], [("离婚证怎么办？", True), ("先申请。", None)]],
}  # fmt: skip


@pytest.mark.parametrize("paragraphs", BOLD.values(), ids=BOLD)
def test_questions_in_bold_are_read_where_a_document_has_no_headings_but_its_title(paragraphs: list[list[tuple[str, bool | None]]]) -> None:
    document = Document()
    document.add_heading("常见问题", 0)
    for runs in paragraphs:
        paragraph = document.add_paragraph()
        for text, bold in runs:
            paragraph.add_run(text).bold = bold
    out = io.BytesIO()
    document.save(out)
    found = [(a.question.rstrip("？").removesuffix("怎么办"), a.answer) for a in looked_at("x.docx", out.getvalue()).articles]
    assert found == [("结婚证", "双方一起去。\n带上身份证。"), ("离婚证", "先申请。")]


def test_a_bold_line_within_an_answer_stays_there_when_headings_ask() -> None:
    document = Document()
    document.add_heading("结婚证怎么办？", 2)
    document.add_paragraph().add_run("所需材料").bold = True
    document.add_paragraph("身份证。")
    out = io.BytesIO()
    document.save(out)
    assert [(a.question, a.answer) for a in looked_at("x.docx", out.getvalue()).articles] == [("结婚证怎么办？", "所需材料\n身份证。")]


def test_questions_in_bold_are_read_in_markdown_too() -> None:
    found = looked_at("x.md", "**结婚证怎么办？**\n\n双方一起去。\n\n**离婚证怎么办？**\n先申请。".encode())
    assert [(a.question, a.answer) for a in found.articles] == [("结婚证怎么办？", "双方一起去。"), ("离婚证怎么办？", "先申请。")]


def test_a_field_below_an_answer_counts_with_blank_lines_after_it() -> None:
    found = looked_at("x.md", "## 结婚证怎么办？\n双方一起去。\n\n部门：某局\n\n## 离婚证怎么办？\n先申请。\n".encode())
    assert [(a.answer, a.department) for a in found.articles] == [("双方一起去。", "某局"), ("先申请。", "民政部门")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "gb18030"])
def test_text_files_are_read_in_the_encodings_that_programs_write(encoding: str) -> None:
    sheet = looked_at("x.csv", "标准问\t标准答案\n结婚证怎么办\t双方一起去。\n".encode(encoding))
    text = looked_at("x.md", "## 结婚证怎么办？\n双方一起去。\n".encode(encoding))
    assert [a.answer for found in (sheet, text) for a in found.articles] == ["双方一起去。"] * 2


def test_a_text_file_in_no_known_encoding_is_refused_with_what_to_do() -> None:
    with pytest.raises(ArticleRefused, match="UTF-8"):
        read("x.md", b"\xff\xff\xff")


def test_a_merged_cell_counts_for_each_of_its_rows() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet
    for row in (["部门", "类别", "问题", "答案"], ["某局", "婚姻", "结婚证怎么办", "双方一起去。"], [None, None, "离婚证怎么办", "先申请。"], ["别局", "户籍", "户口怎么迁", "去派出所。"]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("B2:B3")
    out = io.BytesIO()
    book.save(out)
    found = looked_at("x.xlsx", out.getvalue(), defaults=replace(DEFAULTS, department="默认局", category="默认"))
    assert [(a.department, a.category) for a in found.articles] == [("某局", "婚姻"), ("某局", "婚姻"), ("别局", "户籍")]
    page = looked_at(
        "x.html", "<table><tr><th>部门</th><th>问题</th><th>答案</th></tr><tr><td rowspan=2>某局</td><td>结婚证怎么办</td><td>双方一起去。</td></tr>"
        "<tr><td>离婚证怎么办</td><td>先申请。</td></tr></table>".encode(),
    )  # fmt: skip
    assert [(a.question, a.answer, a.department) for a in page.articles] == [("结婚证怎么办", "双方一起去。", "某局"), ("离婚证怎么办", "先申请。", "某局")]


def test_a_table_without_the_two_columns_is_refused_with_what_its_first_row_says() -> None:
    with pytest.raises(ArticleRefused, match="现在的第一行是：部门、说明"):
        read("x.csv", "部门,说明\na,b\n".encode())


LISTS = {
    "below a chapter": ("<h2>婚姻登记</h2><dl><dt>结婚证</dt><dd>双方一起去。</dd><dt>离婚证</dt><dd>先申请。</dd></dl><h2>户籍</h2><h3>怎么迁户口？</h3><p>去派出所。</p>",
                        [("结婚证", "双方一起去。"), ("离婚证", "先申请。"), ("怎么迁户口？", "去派出所。")]),
    "where one term asks": ("<h2>怎么迁户口？</h2><p>去派出所。</p><dl><dt>结婚证</dt><dd>双方一起去。</dd><dt>离婚证怎么办？</dt><dd>先申请。</dd><dt>补证</dt><dd>去原处。</dd></dl>",
                            [("怎么迁户口？", "去派出所。"), ("结婚证", "双方一起去。"), ("离婚证怎么办？", "先申请。"), ("补证", "去原处。")]),
    "in an answer": ("<h2>怎么迁户口？</h2><p>去派出所。</p><dl><dt>时间</dt><dd>工作日</dd></dl><p>请带证件。</p>", [("怎么迁户口？", "去派出所。\n时间\n工作日\n请带证件。")]),
}  # fmt: skip


@pytest.mark.parametrize(("page", "found"), LISTS.values(), ids=LISTS)
def test_a_list_of_terms_beside_headings_loses_nothing(page: str, found: list[tuple[str, str]]) -> None:
    assert [(a.question, a.answer) for a in looked_at("x.html", page.encode()).articles] == found


def test_lists_and_tables_are_drafted_as_one_would_say_them() -> None:
    answer = "带这些：\n- 身份证\n- 户口本\n1. 先预约\n2. 再办理\n\n| 区 | 地点 |\n|---|---|\n| 甲区 | 一楼 |"
    assert spoken(answer) == "带这些：第一，身份证。第二，户口本。第一，先预约。第二，再办理。区，地点。甲区，一楼。"


@pytest.mark.parametrize(
    "page",
    [
        "<dl><dt>1. 结婚证怎么办？</dt><dd><p>双方一起去。</p></dd><dt>2. 离婚证怎么办？</dt><dd>先申请。</dd></dl>",
        "<details><summary>结婚证怎么办？</summary><p>双方一起去。</p></details><details><summary>离婚证怎么办？</summary>先申请。</details>",
        "<div class='faq-item'><div class='question'>结婚证怎么办？</div><div class='answer'>双方一起去。</div></div><div class='faq-item'><div class='question'>离婚证怎么办？</div><div class='answer'>先申请。</div></div>",
        "<nav><h3>导航？</h3></nav><h1>常见问题</h1><h3>结婚证怎么办？</h3><p>双方一起去。</p><h3>离婚证怎么办？</h3><p>先申请。</p><footer>联系我们</footer>",
        "<p>问：结婚证怎么办？</p><p>答：双方一起去。</p><p>问：离婚证怎么办？</p><p>答：先申请。</p>",
        "<table><tr><th>问题</th><th>答案</th></tr><tr><td>结婚证怎么办？</td><td>双方一起去。</td></tr><tr><td>离婚证怎么办？</td><td>先申请。</td></tr></table>",
        """<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [
           {"@type": "Question", "name": "结婚证怎么办？", "acceptedAnswer": {"text": "<p>双方一起去。</p>"}},
           {"@type": "Question", "name": "离婚证怎么办？", "acceptedAnswer": {"text": "先申请。"}}]}</script>""",
        "<h3>结婚证怎么办？</h3><p>双方一起去。</p><dl><dt>离婚证怎么办？</dt><dd>先申请。</dd></dl>",
        "<h2>婚姻登记</h2><dl><dt>结婚证怎么办？</dt><dd>双方一起去。</dd></dl><p>以下为热点问题。</p><details><summary>离婚证怎么办？</summary>先申请。</details>",
        "<h1>热点</h1><table><tr><td>序号</td><td>热点</td><td>解答</td></tr><tr><td>1</td><td>结婚证怎么办？</td><td><p>双方一起去。</p></td></tr>"
        "<tr><td>2</td><td>离婚证怎么办？</td><td>先申请。</td></tr></table><p>最后更新：上周</p>",
        "<table><tr><th>问题</th><th>答案</th></tr><tr><td>结婚证怎么办？</td><td>双方一起去。</td></tr></table><h3>离婚证怎么办？</h3><p>先申请。</p>",
        "<div class='list'><div class='item'><div class='hd'><a href='#'>结婚证怎么办？</a><i class='arrow'></i></div><div class='bd'>双方一起去。</div></div>"
        "<div class='item'><div class='hd'><a href='#'>离婚证怎么办？</a></div><div class='bd'><span>先申请。</span></div></div></div>",
        "<form id='form1'><div><button type='button'>结婚证怎么办？</button><div>双方一起去。</div></div><div><button>离婚证怎么办？</button><div>先申请。</div></div></form>",
        "<ul><li><a href='#1'>结婚证怎么办？</a></li><li><a href='#2'>离婚证怎么办？</a></li></ul>"
        "<p><strong>1. 结婚证怎么办？</strong></p><p>双方一起去。</p><p><strong>2. 离婚证怎么办？</strong></p><p>先申请。</p>",
        "<div><p>一、结婚证怎么办？<br>双方一起去。<br/>二、离婚证怎么办？<br>先申请。</p></div>",
        "<ul><li><span class='ico'>问</span><div class='t'>结婚证怎么办？</div><div><span>答</span>双方一起去。</div></li>"
        "<li><span>问</span><div class='t'>离婚证怎么办？</div><div><span>答</span>先申请。</div></li></ul>",
        "<p>结婚证怎么办？</p><p>双方一起去。</p><p>离婚证怎么办？</p><p>先申请。</p>",
        "<p>问：结婚证怎么办？答：双方一起去。</p><p>问：离婚证怎么办？答：先申请。</p>",
        """<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [
           {"@type": "Question", "name": "结婚证怎么办？", "acceptedAnswer": {"text": "双方一起去。"}}]}</script>
           <h3>结婚证怎么办？</h3><p>双方一起去。</p><h3>离婚证怎么办？</h3><p>先申请。</p>""",
    ],
)
def test_a_saved_faq_page_is_understood_however_it_is_built(page: str) -> None:
    found = looked_at("faq.html", f"<html><head><meta charset='utf-8'></head><body>{page}</body></html>".encode())
    assert [(a.question, a.answer) for a in found.articles] == [("结婚证怎么办？", "双方一起去。"), ("离婚证怎么办？", "先申请。")]


def test_what_a_saved_page_tells_below_a_question_stays_its_answer() -> None:
    page = (
        "<h2>结婚证怎么办？</h2><p>您是否已经预约？</p><table><tr><td>区</td><td>地点</td></tr><tr><td>甲区</td><td>一楼</td></tr></table>"
        "<dl><dt>时间</dt><dd>周一至周五</dd></dl><details><summary>展开全文</summary><ul><li>身份证</li><li><p>户口本</p></li></ul></details>"
        "<h2>离婚证怎么办？</h2>"
    )
    found = looked_at("faq.html", f"<meta charset='utf-8'>{page}".encode())
    assert [a.answer for a in found.articles] == ["您是否已经预约？\n区 | 地点\n甲区 | 一楼\n时间\n周一至周五\n展开全文\n- 身份证\n- 户口本"]
    assert [(r.question, r.reason) for r in found.rejected] == [("离婚证怎么办？", "没有答案。")]


def test_a_document_with_a_table_of_questions_and_headings_loses_neither() -> None:
    document = Document()
    table = document.add_table(2, 2)
    for cell, text in zip([*table.rows[0].cells, *table.rows[1].cells], ("问题", "答案", "结婚证怎么办？", "双方一起去。"), strict=True):
        cell.text = text
    _headed(document)
    out = io.BytesIO()
    document.save(out)
    assert [(r.place, r.reason) for r in looked_at("x.docx", out.getvalue()).rejected] == [("第 1 题", "和表 1 第 2 行重复。")]


@pytest.mark.parametrize(
    "page",
    [
        "<h3><a href='#a1'>结婚证怎么办？</a></h3><p>先看<a href='/guide/1.html'>办事指南</a>，再到<a href='http://old.example.cn/b'>老网站</a>预约。</p>",
        "<dl><dt><a href='https://zw.example.cn/q1'>结婚证怎么办？</a></dt>"
        "<dd>先看<a href='https://zw.example.cn/guide/1.html'>办事指南</a>，再到<a href='http://old.example.cn/b'>老网站</a>预约。<a href='javascript:void(0)'></a></dd></dl>",
        """<script type="application/ld+json">{"@type": "FAQPage", "mainEntity": [{"@type": "Question", "name": "结婚证怎么办？", "acceptedAnswer": {"text":
           "<p>先看<a href='/guide/1.html'>办事指南</a>，再到<a href='http://old.example.cn/b'>老网站</a>预约。</p>"}}]}</script>""",
    ],
)
def test_the_links_of_a_saved_page_keep_their_addresses(page: str) -> None:
    head = "<meta charset='utf-8'><link rel='canonical' href='https://zw.example.cn/faq/'>"
    [found] = looked_at("faq.html", f"<html><head>{head}</head><body>{page}</body></html>".encode()).articles
    assert found.question == "结婚证怎么办？"
    assert found.answer == "先看[办事指南](https://zw.example.cn/guide/1.html)，再到 老网站（http://old.example.cn/b） 预约。"
    assert found.spoken_answer.replace(" ", "") == "先看办事指南，再到老网站预约。"


@pytest.mark.parametrize("lookup", ["get_style", "get_style_id"])
def test_a_document_looks_up_each_style_once_however_many_articles_it_holds(lookup: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look-up goes through all styles: 1,000 articles took 84 seconds to read and 24 to write."""
    calls = []
    found = getattr(DocumentPart, lookup)
    monkeypatch.setattr(DocumentPart, lookup, lambda part, *given: calls.append(given) or found(part, *given))
    several = [replace(ARTICLE, id=f"permit-{number}", question=f"第{number}种居住证怎么办？") for number in range(30)]
    again = looked_at("x.docx", exporter.export(several, "docx"))
    assert (again.new, again.rejected) == (30, ())
    assert len(calls) < 30


def test_the_links_of_a_document_keep_their_addresses() -> None:
    document = Document()
    document.add_heading("结婚证怎么办？", 2)
    line = document.add_paragraph("先看")
    link, run, text = OxmlElement("w:hyperlink"), OxmlElement("w:r"), OxmlElement("w:t")
    link.set(qn("r:id"), document.part.relate_to("https://zw.example.cn/guide", RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    text.text = "办事指南"
    run.append(text)
    link.append(run)
    line._p.append(link)
    line.add_run("。")
    out = io.BytesIO()
    document.save(out)
    assert looked_at("x.docx", out.getvalue()).articles[0].answer == "先看[办事指南](https://zw.example.cn/guide)。"


def test_markdown_with_headings_and_a_zip_of_several_files_are_read() -> None:
    text = "# 常见问题\n\n## 结婚证怎么办？\n\n双方**一起**去。\n\n- 户口本\n\n## 离婚证怎么办？\n\n先申请。\n"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a/faq.md", text)
        archive.writestr("permit.md", exporter.markdown(ARTICLE))
    found = looked_at("x.zip", out.getvalue())
    assert [a.question for a in found.articles] == ["结婚证怎么办？", "离婚证怎么办？", "居住证怎么办？"]
    assert found.articles[0].answer == "双方**一起**去。\n\n- 户口本"
    assert found.articles[0].spoken_answer == "双方一起去。第一，户口本。"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [("x.pdf", b"", "不认识"), ("x.xlsx", b"no zip", "打不开"), ("x.csv", b"a,b\n1,2\n", "没有“问题”和“答案”"), ("x.docx", b"", "打不开"), ("x.html", b"<p>hello</p>", "没有找到")],
)
def test_a_file_that_can_not_be_read_is_refused_with_what_to_do(name: str, content: bytes, says: str) -> None:
    with pytest.raises(ArticleRefused, match=says):
        read(name, content)


def test_an_export_runs_no_formula_in_whoever_opens_it() -> None:
    evil = replace(ARTICLE, answer="=cmd|' /C calc'!A0")
    assert b'"\'=cmd' in exporter.export([evil], "csv") or b",'=cmd" in exporter.export([evil], "csv")
    assert looked_at("x.csv", exporter.export([evil], "csv")).articles[0].answer == evil.answer
    assert looked_at("x.xlsx", exporter.export([evil], "xlsx")).articles[0].answer == evil.answer


def test_what_an_article_lacks_is_said_of_its_row() -> None:
    found = check([Draft("第 2 行", {"question": "甲", "answer": "乙"})], {}, Defaults())
    assert [(r.place, r.reason) for r in found.rejected] == [("第 2 行", "没有来源日期。")]
    found = check([Draft("第 2 行", {"question": "甲", "answer": "乙", "source_date": "2025-01-01"})], {}, Defaults())
    assert found.rejected[0].reason == "缺少部门。缺少类别。缺少来源。"


def test_thousands_of_rows_are_looked_over_and_bad_ones_told() -> None:
    rows = "".join(f"问题{n}怎么办,{'' if n % 100 == 0 else f'答案{n}'}\n" for n in range(5000))
    found = looked_at("x.csv", f"问题,答案\n{rows}".encode())
    assert (len(found.articles), len(found.rejected)) == (4950, 50)
