"""The staff pages of surveys and samples: everything that happened is shown, nothing of it can be changed, notes are signed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from fakes import VISITOR, draft
from nicegui import ui
from nicegui.testing import User
from staffed import Current, member, signed_in

from hotline import attempts, sampling, surveys, tickets
from hotline.figures.windows import Window
from hotline.surveys import Answers, Survey
from hotline.tickets import Reporter

pytestmark = pytest.mark.anyio
pytest_plugins = ["staff_fixtures"]
ROOT = Path(__file__).resolve().parent.parent
PHONE = "13812345678"


def survey(current: Current, *, answered: bool = True, comment: str = f"又坏了，打我电话{PHONE}", **answers: Any) -> Survey:
    """A survey of a handled ticket after one attempt."""
    given: dict[str, Any] = {"now": current.clock(), "new_id": current.new_id}
    with current.transaction() as tx:
        conversation = tx.conversations.open(VISITOR, **given)
        wanted = draft(conversation.id, request_key=str(current.new_id()), reporter=Reporter(phone=PHONE))
        opened = tickets.open_ticket(tx, wanted, day="251121", **given)
        sent = tickets.dispatch(tx, opened, unit_id="street-110105026", category="010101", due_at=current.clock(), by="某人", note="", **given)
        begun = attempts.start(tx, tickets.handle(tx, sent, by="某人", note="修好了", survey_at=current.clock(), **given), channel="web", **given)
        assert begun
        tx.surveys.add_attempt(surveys.Attempt(begun.id, 1, "phone", current.clock()))
        tx.surveys.end_attempt(begun.id, "busy", now=current.clock())
        if answered:
            told: dict[str, Any] = {"contacted": False, "solved": "no", "satisfaction": "dissatisfied", **answers}
            surveys.complete(tx, begun, **told, comment=comment, very=True, reopen_due=current.clock(), **given)
        return tx.surveys.get(begun.id)


async def test_a_survey_shows_its_answers_masked_its_attempts_and_outcomes(web: httpx.AsyncClient, current: Current) -> None:
    found = survey(current)
    signed_in(web, member(current, "operator"))
    listed, shown = (await web.get("/rates/surveys")).text, (await web.get(f"/rates/surveys/{found.id}")).text
    assert "没有联系，没解决，非常不满意" in listed
    for text in ("没有联系", "没解决", "非常不满意", "又坏了", "占线", "第 1 次", "已答复"):
        assert text in shown
    assert PHONE not in shown


async def test_who_may_not_see_tickets_sees_figures_and_no_words(web: httpx.AsyncClient, current: Current) -> None:
    found = survey(current)
    signed_in(web, member(current, "analyst"))
    shown = (await web.get(f"/rates/surveys/{found.id}")).text
    assert "没解决" in shown
    assert "又坏了" not in shown


async def test_lists_can_be_narrowed_and_what_does_not_exist_is_said_so(web: httpx.AsyncClient, current: Current) -> None:
    survey(current, answered=False)
    signed_in(web, member(current, "analyst"))
    assert "没有这样的回访" in (await web.get("/rates/surveys?status=completed")).text
    assert "等市民答复" in (await web.get("/rates/surveys?status=asking")).text
    for unknown in ("x", UUID(int=1)):
        assert (await web.get(f"/rates/surveys/{unknown}")).status_code == 404
        assert (await web.get(f"/rates/samples/{unknown}")).status_code == 404


async def test_a_note_is_signed_and_changes_no_answer(seat: User, current: Current) -> None:
    found = survey(current)
    signed_in(seat.http_client, member(current, "operator"))
    await seat.open(f"/rates/surveys/{found.id}")
    seat.find("加备注").click()
    seat.find("备注内容").type("已电话核实，确实没修")
    seat.find("保存").click()
    await seat.should_see("某operator：已电话核实，确实没修")
    with current.transaction() as tx:
        [note] = tx.surveys.annotations_of(found.id)
        assert (note.by, note.note, note.at) == ("某operator", "已电话核实，确实没修", current.clock())
        assert tx.surveys.get(found.id) == found


async def test_a_sample_stands_beside_the_regular_rates_and_leads_to_its_tickets(web: httpx.AsyncClient, current: Current) -> None:
    survey(current, solved="yes", satisfaction="satisfied", contacted=True, comment="")
    with current.transaction() as tx:
        window = Window(current.clock() - timedelta(days=1), current.clock() + timedelta(days=1))
        sample = sampling.draw(tx, window, seed=9, per_group=3, by="某analyst", now=current.clock(), new_id=current.new_id)
        [one] = tx.samples.drawn(sample.id)
        tx.samples.set_answered(one.id, Answers(contacted=True, solved="no", satisfaction="dissatisfied"), now=current.clock())
        number = tx.tickets.get(one.ticket_id).number
    signed_in(web, member(current, "operator"))
    listed, shown = (await web.get("/rates/samples")).text, (await web.get(f"/rates/samples/{sample.id}")).text
    assert "抽取样本" not in listed  # an operator sees samples and draws none
    for text in ("100.00", "10.00", "-90.0", "0 / 1", "种子 9"):
        assert text in shown
    behind = (await web.get(f"/rates/samples/{sample.id}?unit=street-110105026")).text
    for text in (number, "已解决", "没解决"):
        assert text in behind


async def test_who_may_draws_a_sample_and_the_links_are_on_their_way(seat: User, current: Current) -> None:
    survey(current)
    signed_in(seat.http_client, member(current, "analyst"))
    await seat.open("/rates/samples")
    seat.find("抽取样本").click()
    for label in ("回访发起于", "至"):
        field = seat.find(kind=ui.input, content=label)
        field.clear()
        field.type(f"{current.clock():%Y-%m-%d}")
    seat.find("抽取并发出链接").click()
    for _ in range(3000):
        if seat.notify.messages:
            break
        await asyncio.sleep(0.01)
    assert seat.notify.messages == ["样本已抽取，链接正在发出。"]
    with current.transaction() as tx:
        [(sample, drawn, asked, answered)] = tx.samples.newest()
        assert (drawn, asked, answered, sample.per_group) == (1, 0, 0, 3)
        assert [job.kind for job in tx.jobs.claim_due(now=current.clock(), until=current.clock(), limit=99) if job.kind == "sample_ask"] == ["sample_ask"]
