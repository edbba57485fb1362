"""Files that go with an answer: the answer names them, everybody may fetch them, and only while the answer is given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import FakeFiles
from fastapi import FastAPI
from fastapi.testclient import TestClient

from actions.consultation import answer_text, spoken_answer
from channels import article_files
from channels.telegram.channel import plain
from hotline.articles import Article, ArticleFile, file_link

TODAY = date(2025, 11, 21)
FORM = ArticleFile(UUID(int=7), "申请[样]表.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 4)
MAP = ArticleFile(UUID(int=8), "路线图.png", "image/png", 3)
ARTICLE = Article("permit", 1, "居住证怎么办？", (), "到派出所办。", "去派出所办。", "公安", "户政", "办法", TODAY, files=(FORM, MAP))
FORM_AT = f"/files/permit/{FORM.id}"


class Side:
    def __init__(self, store: Any, clock: Any) -> None:
        self.store, self.clock, self.files = store, clock, FakeFiles()
        self.files.put(FORM.id, b"form")
        self.files.put(MAP.id, b"map")
        app = FastAPI()
        app.include_router(article_files.router(store, self.files, today=lambda: TODAY))
        self.browser = TestClient(app)

    def keep(self, article: Article) -> None:
        with self.store.transaction() as tx:
            tx.articles.put(article, now=self.clock())


@pytest.fixture
def side(store, clock) -> Side:
    return Side(store, clock)


def test_an_answer_names_its_files_and_a_telephone_does_not(city) -> None:
    assert f"附件：[申请[样）表.docx]({FORM_AT})，[路线图.png](/files/permit/{MAP.id})" in answer_text(city, ARTICLE)
    assert answer_text(city, replace(ARTICLE, files=())).count("\n\n") == 1
    assert spoken_answer(ARTICLE) == "去派出所办。"
    assert spoken_answer(replace(ARTICLE, spoken_answer="")) == "到派出所办。"


def test_a_form_is_saved_under_its_name_and_a_picture_is_shown(side: Side) -> None:
    side.keep(ARTICLE)
    form, picture = side.browser.get(FORM_AT), side.browser.get(f"/files/permit/{MAP.id}")
    assert (form.status_code, form.content) == (200, b"form")
    assert form.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E7%94%B3")
    assert (picture.content, picture.headers["Content-Type"]) == (b"map", "image/png")
    assert picture.headers["Content-Disposition"].startswith("inline")
    assert "sandbox" in picture.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "changed",
    [{"status": "draft"}, {"status": "retired"}, {"valid_until": TODAY - timedelta(days=1)}, {"valid_from": TODAY + timedelta(days=1)}, {"files": (MAP,)}],
    ids=["a draft", "a retired one", "an expired one", "one of tomorrow", "one that has it no more"],
)
def test_a_file_of_what_is_no_answer_is_not_there(side: Side, changed: dict[str, Any]) -> None:
    side.keep(replace(ARTICLE, **changed))
    assert side.browser.get(FORM_AT).status_code == 404


def test_nobody_reaches_other_files_this_way(side: Side) -> None:
    side.keep(ARTICLE)
    side.files.put(UUID(int=9), b"a citizen's photo")
    assert side.browser.get(f"/files/permit/{UUID(int=9)}").status_code == 404
    assert side.browser.get(f"/files/other/{FORM.id}").status_code == 404


def test_a_chat_without_links_gets_the_whole_address_or_else_the_name() -> None:
    link = file_link(ARTICLE, MAP)
    assert plain(link, "https://hotline.example.cn") == f"路线图.png https://hotline.example.cn/files/permit/{MAP.id}"
    assert plain(link) == "路线图.png"
