"""The call loop on a virtual clock: who speaks when, what counts as said, and how a call ends."""

from __future__ import annotations

import asyncio

import pytest

from channels.phone.line import Saying
from hotline.city import City
from tests.channels.virtual_call import FakeLeg, VirtualCall

GREETING = "您好，这里是12345，请说您的诉求。"
LONG = "这是一个很长很长的回答，一直说下去，说到后面还有很多话要说。"


@pytest.fixture
def call(city: City) -> VirtualCall:
    return VirtualCall(city)


def test_the_greeting_comes_at_once(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_said(GREETING)

    call.lead(script)
    assert call.leg.heard[0].began < 0.2


def test_what_the_caller_says_is_answered_aloud(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("路灯不亮")
        await leg.until_said("收到：路灯不亮")

    assert call.lead(script) == "hung_up"
    assert call.line.heard == [("路灯不亮", "speech")]


def test_the_answer_begins_within_a_second_of_the_last_word(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("路灯不亮")
        await leg.until_said("收到")

    call.lead(script)
    assert call.call
    assert max(wait.sounded for wait in call.call.waits) < 1.0


def test_a_short_answer_counts(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("是", 0.16)
        await leg.until_said("收到：是")

    call.lead(script)


def test_speech_silences_the_bot_within_150_milliseconds(call: VirtualCall) -> None:
    call.line.answers["问"] = [Saying(LONG)]
    began = 0.0

    async def script(leg: FakeLeg) -> None:
        nonlocal began
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(1)
        began = asyncio.get_running_loop().time()
        await leg.say("我要改一下", 1.5)
        await leg.until_said("收到：我要改一下")

    call.lead(script)
    interrupted = next(said for said in call.leg.heard if said.text == LONG)
    assert interrupted.ended - began <= 0.15
    assert call.leg.texts_heard.count(LONG) == 1, "what was interrupted is not taken up again"


@pytest.mark.parametrize("word", ["嗯", "对", "好的", "嗯嗯"])
def test_a_back_channel_does_not_interrupt(call: VirtualCall, word: str) -> None:
    call.line.answers["问"] = [Saying(LONG)]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(1)
        await leg.say(word, 0.3)
        await leg.until_quiet()

    call.lead(script)
    assert call.line.texts == ["问"]
    pieces = [said for said in call.leg.heard if said.text == LONG]
    assert sum(said.seconds for said in pieces) >= len(LONG) * 0.2, "the answer was said to its end"


def test_a_murmur_that_is_not_understood_does_not_cost_the_rest_of_what_is_said(call: VirtualCall, city: City) -> None:
    call.line.answers["问"] = [Saying(LONG)]
    call.transcriber.unsure.add("喂")

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(1)
        await leg.say("喂", 0.4)
        await leg.until_quiet()

    call.lead(script)
    assert city.say("phone.unclear") not in call.leg.texts_heard
    pieces = [said for said in call.leg.heard if said.text == LONG]
    assert sum(said.seconds for said in pieces) >= len(LONG) * 0.2, "the answer was said to its end"


def test_after_a_cough_the_bot_goes_on(call: VirtualCall) -> None:
    call.line.answers["问"] = [Saying(LONG)]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(1)
        await leg.say("（咳嗽）", 0.4)
        await leg.until_quiet()

    call.lead(script)
    assert call.line.texts == ["问"]
    assert sum(said.seconds for said in call.leg.heard if said.text == LONG) >= len(LONG) * 0.2


def test_a_click_of_one_frame_is_hardly_heard_as_a_gap(call: VirtualCall) -> None:
    call.line.answers["问"] = [Saying(LONG)]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(1)
        await leg.say("（咳嗽）", 0.04)
        await leg.until_quiet()

    call.lead(script)
    pieces = [said for said in call.leg.heard if said.text == LONG]
    assert len(pieces) == 2
    assert pieces[1].began - pieces[0].ended < 0.3


def test_yes_to_a_question_that_is_nearly_asked_is_an_answer(call: VirtualCall) -> None:
    question = "都对的话我就提交，可以吗？"
    call.line.answers["问"] = [Saying(question, "yes_no")]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(question)
        await leg.quiet(2)
        await leg.say("对", 0.3)
        await leg.until_said("收到：对")

    call.lead(script)


def test_a_pause_in_mid_sentence_is_not_the_end(call: VirtualCall) -> None:
    call.models.finished = lambda utterance: False

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("楼下饭店", 1)
        await leg.quiet(0.6)
        await leg.say("楼下饭店", 1)
        await leg.until_said("收到")

    call.lead(script)
    assert call.line.texts == ["楼下饭店"]


def test_a_yes_is_enough_to_a_question_that_asks_for_one_however_it_sounds(call: VirtualCall) -> None:
    call.models.finished = lambda utterance: False
    call.line.answers["问"] = [Saying("可以提交吗？", "yes_no")]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said("可以提交吗")
        await leg.until_quiet()
        await leg.say("对", 0.3)
        await leg.until_said("收到：对")

    call.lead(script)
    assert call.call.waits[-1].turn_over < 0.6, "neither Smart-Turn's verdict nor a second of silence is waited for"


def test_a_number_may_be_dictated_in_groups(call: VirtualCall) -> None:
    call.line.answers["问"] = [Saying("电话是多少？", "phone")]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said("电话是多少")
        await leg.until_quiet()
        for _ in range(3):
            await leg.say("幺三八零零零零幺二三四", 0.8)
            await leg.quiet(1.2)
        await leg.until_said("收到")

    call.lead(script)
    assert len(call.line.texts) == 2
    assert call.transcriber.hints[-1].expecting == "phone"


def test_a_place_that_may_be_one_of_two_is_told_to_the_dialogue_and_its_answer_is_heard_as_one_of_them(call: VirtualCall) -> None:
    which = Saying("您说的是二里庄，还是罗庄？", "place", (("1", "二里庄"), ("2", "罗庄"), ("3", "都不是")))
    call.line.answers |= {"问": [Saying("在什么地方？", "place")], "海淀区二里庄3号楼": [which]}

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said("什么地方")
        await leg.until_quiet()
        await leg.say("海淀区李庄三号楼")
        await leg.until_said("还是罗庄")
        await leg.until_quiet()
        await leg.say("罗装")
        await leg.until_said("收到：海淀区罗庄3号楼")

    call.lead(script)
    assert call.line.unsure == [None, ("二里庄", "罗庄"), None]
    assert call.transcriber.hints[-1].words == ("二里庄", "罗庄", "都不是")


def test_a_village_is_told_apart_by_the_street_that_is_said_after_it(call: VirtualCall) -> None:
    call.line.answers |= {"问": [Saying("在什么地方？", "place")], "坟庄村3号楼": [Saying("是哪个区、哪个街道或者乡镇？", "place")]}

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said("什么地方")
        await leg.until_quiet()
        await leg.say("坟装村三号楼")
        await leg.until_said("哪个街道")
        await leg.until_quiet()
        await leg.say("方山区长沟镇")
        await leg.until_said("收到：房山区长沟镇坟庄村3号楼")

    call.lead(script)
    assert call.line.unsure == [None, (), None]


def test_a_caller_who_never_stops_is_answered(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("说个不停", 40)
        await leg.quiet(1)

    call.lead(script)
    answer = next(said for said in call.leg.heard if "收到" in said.text)
    assert answer.began < 35, "while the caller still speaks"
    assert answer.seconds >= 1.4, "and to its end"


def test_silence_is_asked_about_twice_and_then_the_call_ends(call: VirtualCall, city: City) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.quiet(120)

    assert call.lead(script) == "goodbye"
    assert call.leg.texts_heard == [GREETING, city.say("phone.silence"), city.say("phone.silence_again"), city.say("phone.silence_goodbye")]
    assert call.line.no_answers == 1, "who was asked whether there is danger has not answered"


def test_the_last_word_of_a_conversation_ends_the_call(call: VirtualCall) -> None:
    call.line.answers["再见"] = [Saying("好的，再见。", ends=True)]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("再见")
        await leg.quiet(60)

    assert call.lead(script) == "goodbye"
    assert call.leg.heard[-1].text == "好的，再见。"


def test_unclear_is_asked_again_differently_then_by_keys_then_a_person(call: VirtualCall, city: City) -> None:
    call.transcriber.unsure.add("含糊")

    async def script(leg: FakeLeg) -> None:
        for _ in range(3):
            await leg.until_quiet()
            await leg.quiet(0.5)
            await leg.say("含糊")
            await leg.quiet(1)
        await leg.until_quiet()

    call.lead(script)
    assert call.line.texts == [], "what is unclear is never handed on"
    assert city.say("phone.unclear") in call.leg.texts_heard
    assert city.say("phone.unclear_keys") in call.leg.texts_heard
    assert call.line.call_backs == 1


def test_a_phone_number_that_is_unclear_twice_is_asked_for_by_keys(call: VirtualCall, city: City) -> None:
    call.line.answers["问"] = [Saying("电话是多少？", "phone")]
    call.transcriber.unsure.add("含糊")

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        for reply in ("phone.unclear", "phone.unclear_number"):
            await leg.quiet(2)
            await leg.say("含糊")
            await leg.until_said(city.say(reply))
        for key in "13800000000":
            leg.press(key)
            await leg.quiet(0.2)
        await leg.until_said("收到：13800000000")

    call.lead(script)
    assert call.line.heard[-1] == ("13800000000", "keypad")


def test_a_key_silences_the_bot_and_is_the_choice_it_names(call: VirtualCall) -> None:
    call.line.answers["问"] = [Saying(LONG, choices=(("m:0", "解决了"), ("m:1", "没解决")))]

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("问")
        await leg.until_said(LONG)
        await leg.quiet(0.5)
        leg.press("2")
        await leg.until_said("收到：m:1")

    call.lead(script)
    assert call.line.heard[-1] == ("m:1", "keypad")
    assert next(said for said in call.leg.heard if said.text == LONG).seconds < 0.7


def test_zero_brings_a_person_at_any_moment(city: City) -> None:
    call = VirtualCall(city, transfer_to="sip:people@127.0.0.1")

    async def script(leg: FakeLeg) -> None:
        await leg.quiet(0.5)
        leg.press("0")
        await leg.quiet(30)

    assert call.lead(script) == "transferred"
    assert call.leg.transfers == ["sip:people@127.0.0.1"]
    assert call.leg.heard[-1].text == city.say("phone.transferring")


def test_when_nobody_takes_the_transfer_a_ticket_asks_to_call_back(city: City) -> None:
    call = VirtualCall(city, transfer_to="sip:people@127.0.0.1")
    call.leg.takes_transfer = False

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("转人工")
        await leg.until_said(city.say("phone.call_back", number="25112100001"))

    assert call.lead(script) == "hung_up"
    assert call.line.call_backs == 1


def test_hanging_up_in_mid_sentence_loses_nothing(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("楼下施工", 1.5)

    assert call.lead(script) == "hung_up"
    assert call.line.texts == ["楼下施工"]


def test_a_slow_answer_is_announced(call: VirtualCall, city: City) -> None:
    call.line.slow = 5.0

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("路灯不亮")
        await leg.until_said("收到")

    call.lead(script)
    assert city.say("phone.moment") in call.leg.texts_heard


def test_when_the_recogniser_fails_the_caller_is_told_and_keys_still_work(call: VirtualCall, city: City) -> None:
    call.transcriber.broken = True

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("路灯不亮")
        await leg.until_said(city.say("phone.no_recogniser"))
        leg.press("0")
        await leg.until_said(city.say("phone.call_back", number="25112100001"))

    call.lead(script)


def test_what_an_operator_writes_is_said(call: VirtualCall) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        call.line.late.append(Saying("您好，我是坐席。"))
        await leg.until_said("您好，我是坐席。")

    call.lead(script)


def test_two_runs_of_the_same_call_are_the_same(city: City) -> None:
    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("路灯不亮")
        await leg.until_quiet()
        await leg.say("在望京街", 0.7)
        await leg.until_quiet()

    runs = []
    for _ in range(2):
        call = VirtualCall(city)
        call.lead(script)
        runs.append(call.leg.heard)
    assert runs[0] == runs[1]


def test_the_line_is_free_at_once_though_the_last_words_are_still_being_heard(call: VirtualCall, monkeypatch: pytest.MonkeyPatch) -> None:
    heard_by_then: list[list[str]] = []

    async def hang_up() -> None:
        assert call.call
        heard_by_then.append(call.line.texts.copy())
        assert call.call.over

    monkeypatch.setattr(call.leg, "hang_up", hang_up)

    async def script(leg: FakeLeg) -> None:
        await leg.until_quiet()
        await leg.say("楼道灯坏了", 1.0)

    assert call.lead(script) == "hung_up"
    assert heard_by_then[0] == []
    assert call.line.texts == ["楼道灯坏了"]
