"""Calls that we make: who answers, what is asked, and a process that is killed in between."""

from __future__ import annotations

import pytest

from channels.phone.line import Saying
from channels.phone.machines import is_machine
from hotline.city import City
from tests.channels.virtual_call import FakeLeg, VirtualCall

QUESTION = "想听听您的评价：问题解决了吗？"


@pytest.fixture
def call(city: City) -> VirtualCall:
    call = VirtualCall(city, outgoing=True)
    call.line.answers["signal_survey"] = [Saying(QUESTION, choices=(("m:0", "解决了"), ("m:1", "没解决")))]
    return call


def test_a_person_who_says_hello_is_asked_and_told_the_keys(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.quiet(0.5)
        await leg.say("喂", 0.4)
        await leg.until_said(QUESTION)
        await leg.until_said("解决了请按1，没解决请按2")
        leg.press("1")
        await leg.until_said("收到：m:0")

    call.lead(script)
    assert call.leg.heard[0].text == QUESTION
    assert call.line.heard == [("m:0", "keypad")], "the hello is no message"


def test_who_says_nothing_is_asked_after_a_moment(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        said = await leg.until_said(QUESTION)
        assert 1.0 < said.began < 2.5

    call.lead(script)


def test_the_second_question_names_its_keys_without_saying_once_more_that_there_are_some(call: VirtualCall) -> None:
    then = "对这次办理满意吗？"
    call.line.answers["m:0"] = [Saying(then, choices=(("n:0", "满意"), ("n:1", "都好，谢谢")))]

    async def script(leg: FakeLeg) -> None:
        await leg.say("喂", 0.4)
        await leg.until_said("解决了请按1，没解决请按2")
        leg.press("1")
        await leg.until_said("都好、谢谢，请按2")

    call.lead(script)
    told = call.leg.texts_heard
    assert sum("也可以按键" in text for text in told) == 1
    assert told.index(then) > next(at for at, text in enumerate(told) if "也可以按键" in text)


def test_who_falls_silent_is_asked_the_same_once_more_and_not_for_a_request(call: VirtualCall, city: City) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.say("喂", 0.4)
        await leg.until_said("解决了请按1，没解决请按2")
        await leg.until_said("还在听吗？")
        await leg.until_said(QUESTION)

    call.lead(script)
    told = "".join(call.leg.texts_heard)
    assert "还在听吗？" + QUESTION in told
    assert "请说您的诉求" not in told


def test_a_machine_is_known_by_its_words_and_told_nothing(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.say("您拨打的用户暂时无法接听，请在提示音后留言", 4)
        await leg.quiet(10)

    assert call.lead(script) == "machine"
    assert call.leg.heard == []


def test_who_speaks_on_and_on_is_a_machine_too(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.say("欢迎光临本店", 12)
        await leg.quiet(10)

    assert call.lead(script) == "machine"
    assert call.leg.heard == []


def test_a_machine_that_began_like_a_person_is_noticed_later(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.say("喂", 0.4)
        await leg.quiet(2)
        await leg.say("请在嘀声后留言", 2)
        await leg.quiet(10)

    assert call.lead(script) == "machine"


@pytest.mark.parametrize("text", ["您好，您拨打的电话已关机", "请在提示音后留言", "您呼叫的用户不在服务区"])
def test_what_machines_say(text: str) -> None:
    assert is_machine(text)


@pytest.mark.parametrize("text", ["喂，你好", "喂，哪位", "你打错了吧", "我在开会"])
def test_what_people_say(text: str) -> None:
    assert not is_machine(text)
