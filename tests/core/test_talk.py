"""What is said around the matter itself."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from actions.followup import ticket_number
from actions.forms import says_yes
from actions.talk import SmallTalk, StartSession, says_goodbye
from actions.turn import Desk, Turn
from hotline.settings import ROOT

TAUGHT = re.findall(r"^    - (.+)$", (ROOT / "bot" / "data" / "nlu" / "goodbye.yml").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_goodbye_that_the_classifier_is_taught_takes_leave() -> None:
    assert len(TAUGHT) > 20
    assert [text for text in TAUGHT if not says_goodbye(text)] == []


@pytest.mark.parametrize("text", ["井盖不见了", "楼下的垃圾桶没了", "电动车丢了", "公园的长椅坏了", "路灯没有亮", "有个把礼拜了吧"])
def test_a_matter_never_ends_the_call(text: str) -> None:
    assert not says_goodbye(text)


@pytest.mark.parametrize("text", ["没有", "没", "没有解决", "没有人来"])
def test_no_is_never_yes(text: str) -> None:
    assert not says_yes(cast(Turn, SimpleNamespace(intent="deny", confidence=0.9, text=text)))


@pytest.mark.parametrize("text", ["没有了", "没什么要补充的", "没别的了", "没有补充了"])
def test_nothing_more_ends_what_is_taken(text: str) -> None:
    turn = cast(Turn, SimpleNamespace(intent="inform", confidence=0.9, text=text))
    assert says_yes(turn)


@pytest.mark.parametrize("form", ["intake_form", None])
def test_who_comes_back_a_day_later_goes_on_where_they_were(form: str | None) -> None:
    told = {"problem": "路灯不亮", "place": {"text": "望京街"}, "happened": None, "requested_slot": "happened", "abused": 2}
    turn = cast(Turn, SimpleNamespace(form=form, tracker=SimpleNamespace(slots=told)))
    events: list[dict[str, Any]] = asyncio.run(StartSession("action_session_start", cast(Desk, None)).perform(turn))
    assert events[0]["event"] == "session_started"
    assert {event["name"]: event["value"] for event in events if event["event"] == "slot"} == {
        "problem": "路灯不亮", "place": {"text": "望京街"}, "requested_slot": "happened",
    }  # fmt: skip
    assert [event["name"] for event in events if event["event"] == "active_loop"] == ([form] if form else [])
    assert events[-1]["name"] == "action_listen"


def test_a_mobile_number_is_no_ticket_though_it_is_as_long() -> None:
    assert ticket_number("电动车进电梯没人管，我姓罗 13822200001") is None
    assert ticket_number("查一下 26112800017，电话13822200001") == "26112800017"


def test_who_was_refused_and_wants_it_recorded_hears_that_it_is() -> None:
    prompted: list[str] = []
    turn = SimpleNamespace(is_foreign=False, intent="affirm", confidence=0.9, text="记一下吧", form=None, is_signal=False, slot={"refused": "litigation"}.get, prompt=prompted.append)
    assert asyncio.run(SmallTalk("action_small_talk", cast(Desk, None)).perform(cast(Turn, turn))) == []
    assert prompted == ["intake.refused_kept"]


def test_a_complaint_about_the_hotline_is_taken_and_no_question_who_we_are() -> None:
    turn = SimpleNamespace(is_foreign=False, intent="bot_challenge", confidence=0.5, text="你们这热线打了八遍才打通，什么效率", form=None, is_signal=False, slot=lambda name: None)
    events = asyncio.run(SmallTalk("action_small_talk", cast(Desk, None)).perform(cast(Turn, turn)))
    assert [event["name"] for event in events] == ["intake_form"]


def test_who_loses_patience_with_us_is_not_told_who_we_are() -> None:
    turn = SimpleNamespace(is_foreign=False, intent="bot_challenge", confidence=0.9, text="你们到底管不管", form=None, is_signal=False)
    events = asyncio.run(SmallTalk("action_small_talk", cast(Desk, None)).perform(cast(Turn, turn)))
    assert [event["name"] for event in events] == ["action_answer"]
