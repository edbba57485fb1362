"""The survey behind a link: opening it changes nothing, the form answers once, and nobody can make a link up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import CITIZEN, draft
from fastapi import FastAPI
from fastapi.testclient import TestClient

from channels import survey_page
from hotline import attempts, links, sampling, tickets
from hotline.figures.windows import Window
from hotline.surveys import Survey

SECRET = "a secret of the tests"


class Page:
    """A handled ticket with its survey, and a browser with the link."""

    def __init__(self, store: Any, clock: Any, new_id: Any, city: Any) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        given = {"now": clock(), "new_id": new_id}
        with store.transaction() as tx:
            conversation = tx.conversations.open(CITIZEN, **given).id
            opened = tickets.open_ticket(tx, draft(conversation, problem="楼下垃圾没人清，联系13812345678"), day="251121", **given)
            sent = tickets.dispatch(tx, opened, unit_id="street-110105026", category="010101", due_at=clock(), by="张三", note="", **given)
            handled = tickets.handle(tx, sent, by="张三", note="已清运", survey_at=clock(), **given)
            begun = attempts.start(tx, handled, channel="sms", **given)
            assert begun
        self.id, self.ticket_id = begun.id, handled.id
        app = FastAPI()
        app.include_router(survey_page.router(store, city, secret=SECRET, clock=clock, new_id=new_id))
        self.browser = TestClient(app)
        self.url = f"/s/{links.sign(SECRET, 'survey', begun.id, clock() + links.VALID)}"

    def answer(self, **given: str) -> Any:
        return self.browser.post(self.url, data=given)

    def read(self) -> tuple[Survey, str]:
        with self.store.transaction() as tx:
            return tx.surveys.get(self.id), tx.tickets.get(self.ticket_id).status


@pytest.fixture
def page(store, clock, new_id, city) -> Page:
    return Page(store, clock, new_id, city)


def test_opening_the_page_as_previewers_do_changes_nothing(page: Page) -> None:
    for method in ("GET", "HEAD", "GET"):
        page.browser.request(method, page.url)
    assert (page.read()[0].status, page.read()[1]) == ("asking", "handled")


def test_the_page_is_small_needs_no_script_and_tells_nobody_who_complained(page: Page) -> None:
    shown = page.browser.get(page.url)
    assert shown.status_code == 200
    assert len(shown.content) < 20_000
    assert "<script" not in shown.text
    assert "13812345678" not in shown.text
    assert "王小明" not in shown.text
    assert "noindex" in shown.headers["X-Robots-Tag"]
    assert shown.headers["Cache-Control"] == "no-store"


def test_one_tap_answers_all(page: Page) -> None:
    assert "已办结" in page.answer(all="good").text
    survey, status = page.read()
    assert (survey.status, survey.contacted, survey.solved, survey.satisfaction, survey.attitude, status) == (
        "completed", True, "yes", "satisfied", "good", "closed",
    )  # fmt: skip


def test_the_link_counts_once(page: Page) -> None:
    page.answer(all="good")
    assert page.answer(contacted="no", solved="no", satisfaction="dissatisfied").status_code == 410
    assert page.browser.get(page.url).status_code == 410
    assert page.read()[0].solved == "yes"


def test_not_solved_reopens_with_the_reason(page: Page) -> None:
    assert "重新办理" in page.answer(contacted="yes", solved="no", satisfaction="dissatisfied", attitude="poor", comment="垃圾还在").text
    survey, status = page.read()
    assert (survey.comment, status) == ("垃圾还在", "dispatched")


def test_what_is_missing_is_asked_for_with_what_was_given_kept(page: Page) -> None:
    again = page.answer(contacted="yes", comment='<b>"原话"')
    assert again.status_code == 422
    assert 'value="yes" checked' in again.text
    assert "&lt;b&gt;&quot;原话&quot;" in again.text
    assert page.read()[0].status == "asking"


def test_answers_that_were_not_offered_are_no_answers(page: Page) -> None:
    assert page.answer(contacted="yes", solved="yes", satisfaction="wonderful").status_code == 422


def test_a_link_expires(page: Page) -> None:
    page.clock.forward(links.VALID)
    assert page.browser.get(page.url).status_code == page.answer(all="good").status_code == 410
    assert page.read()[0].status == "asking"


def test_a_link_that_was_made_up_or_changed_or_is_for_something_else_is_refused(page: Page) -> None:
    later = page.clock() + timedelta(days=1)
    forged = [
        links.sign("another secret", "survey", page.id, later), links.sign(SECRET, "sample", page.id, later), page.url[3:-2] + "AA", "x", "é" * 9,
        links.sign(SECRET, "survey", UUID(int=1), later)[:20],
    ]  # fmt: skip
    for token in forged:
        assert page.browser.post(f"/s/{token}", data={"all": "good"}).status_code == 410
    assert page.read()[0].status == "asking"


def test_not_solved_a_second_time_says_that_it_is_supervised(page: Page) -> None:
    page.answer(contacted="yes", solved="no", satisfaction="dissatisfied")
    with page.store.transaction() as tx:
        given = {"now": page.clock(), "new_id": page.new_id}
        handled = tickets.handle(tx, tx.tickets.get(page.ticket_id), by="张三", note="又去过", survey_at=page.clock(), **given)
        again = attempts.start(tx, handled, channel="sms", **given)
        assert again
    page.url = f"/s/{links.sign(SECRET, 'survey', again.id, page.clock() + links.VALID)}"
    assert "督办" in page.answer(contacted="yes", solved="no", satisfaction="dissatisfied").text


# --- third-party samples


def drawn(page: Page) -> tuple[str, UUID]:
    """The finished survey is drawn into a sample: the address of its page, and its id."""
    page.answer(all="good")
    with page.store.transaction() as tx:
        window = Window(page.clock() - timedelta(days=1), page.clock() + timedelta(days=1))
        sample = sampling.draw(tx, window, seed=1, per_group=1, by="某analyst", now=page.clock(), new_id=page.new_id)
        [one] = tx.samples.drawn(sample.id)
    return f"/c/{links.sign(SECRET, 'sample', one.id, page.clock() + links.VALID)}", one.id


def test_a_sample_has_a_link_of_its_own_that_counts_once_and_leaves_the_survey_alone(page: Page) -> None:
    address, id = drawn(page)
    shown = page.browser.get(address)
    assert "核对回访是否属实" in shown.text
    assert "不转给办理单位" in shown.text
    assert "13812345678" not in shown.text
    assert '" checked' not in shown.text  # what was said the first time is not held against the second
    page.browser.post(address, data={"contacted": "no", "solved": "partly", "satisfaction": "dissatisfied", "comment": "没来过"})
    assert page.browser.post(address, data={"all": "good"}).status_code == page.browser.get(address).status_code == 410
    with page.store.transaction() as tx:
        found = tx.samples.get(id)
    assert (found.contacted, found.solved, found.satisfaction, found.comment) == (False, "partly", "dissatisfied", "没来过")
    assert (page.read()[0].solved, page.read()[1]) == ("yes", "closed")


def test_a_link_for_one_thing_opens_nothing_else(page: Page) -> None:
    address, _ = drawn(page)
    assert page.browser.post(address.replace("/c/", "/s/"), data={"all": "good"}).status_code == 410
    assert page.browser.post(page.url.replace("/s/", "/c/"), data={"all": "good"}).status_code == 410
    page.clock.forward(links.VALID)
    assert page.browser.get(address).status_code == 410


def test_a_flood_is_refused(page: Page) -> None:
    assert page.answer(comment="长" * 9000).status_code == 413
