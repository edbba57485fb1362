"""What the intake asks and says, from the first sentence to the ticket. All people here are invented."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from fakes import Clock
from without_rasa import Talk

from actions.turn import Desk
from hotline.city import City
from hotline.places import Gazetteer
from hotline.settings import ROOT
from hotline.store import SqlStore
from knowledge_base.categories import CategoryGuesser
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.examples import calm
from knowledge_base.search import Knowledge
from knowledge_base.survey_answers import SurveyReader
from knowledge_base.triage import Triage


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture(scope="module")
def learnt(city: City, embedder: SentenceEmbedder) -> tuple[CategoryGuesser, Triage]:
    return CategoryGuesser(city, embedder), Triage(city, embedder, calm(ROOT / "bot" / "data" / "nlu", city))


@pytest.fixture
def talk(city: City, store: SqlStore, clock: Clock, new_id: Callable[[], UUID], embedder: SentenceEmbedder, learnt: tuple[CategoryGuesser, Triage]) -> Talk:
    knowledge = Knowledge(store, embedder, timezone=city.timezone, clock=clock)
    return Talk(Desk(city, store, knowledge, learnt[0], Gazetteer(city), SurveyReader(city.survey_examples, embedder), learnt[1], embedder, clock, new_id), clock, new_id)


def texts(talk: Talk, text: str, intent: str) -> str:
    return "\n".join(message["text"] for message in asyncio.run(talk.say(text, intent)))


def tickets(talk: Talk) -> list[tuple[str, str, str]]:
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        return [(t.kind, t.status, t.problem) for t in tx.tickets.of_conversation(talk.conversation)]


def test_a_danger_comes_before_anything_else_and_its_place_is_added(talk: Talk) -> None:
    said = texts(talk, "我家厨房烧起来了", "complaint")
    assert said.startswith("请马上离开")
    assert "119" in said
    assert "在什么位置" in said
    assert tickets(talk) == [("help_request", "received", "【着火】我家厨房烧起来了")]
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        assert tx.conversations.get(talk.conversation).urgent
        assert [c.id for c in tx.conversations.waiting()] == [talk.conversation]
    assert "位置已补进" in texts(talk, "朝阳区劲松五区301楼", "inform")
    with talk.desk.store.reading() as tx:
        assert tx.tickets.of_conversation(talk.conversation)[0].place.district_code == "110105"


def test_a_wish_to_die_is_met_with_care_and_a_person(talk: Talk) -> None:
    said = texts(talk, "我不想活了，没有人在乎我", "abuse")
    assert said.startswith("您愿意说出来很重要")
    assert "人工坐席" in said


def test_what_only_sounds_like_a_danger_is_taken_as_it_is(talk: Talk) -> None:
    assert "在什么地方" in texts(talk, "小区消防通道被车堵了没人管", "complaint")
    assert tickets(talk) == []


def test_a_danger_in_the_middle_of_a_form_leaves_the_form_where_it_was(talk: Talk) -> None:
    texts(talk, "楼下烧烤店油烟太大", "complaint")
    assert "119" in texts(talk, "着火了着火了，饭店着火了", "complaint")
    assert talk.slots["problem"] == "楼下烧烤店油烟太大"
    assert talk.slots["requested_slot"] == "place"


def test_a_matter_of_the_courts_is_refused_kindly_and_recorded(talk: Talk) -> None:
    said = texts(talk, "我要投诉法院判决不公平，一审判我输了", "complaint")
    assert "人民法院" in said
    assert "已经记录" in said
    assert [(kind, status) for kind, status, _ in tickets(talk)] == [("complaint", "closed")]
    assert talk.slots["draft"] is None


def test_an_upset_citizen_gets_a_sentence_of_understanding(talk: Talk) -> None:
    assert texts(talk, "气死我了，楼上天天半夜拖椅子，没人管", "complaint").startswith("这事换谁都着急")


def test_everything_in_one_breath_is_confirmed_at_once_with_the_calendar(talk: Talk) -> None:
    said = texts(talk, "朝阳区望京花家地南里3号楼昨晚十一点楼下饭店还在装修，吵得孩子睡不着，我姓王，13812345678", "complaint")
    assert "请您核对" in said
    assert "花家地南里3号楼" in said
    assert "11月20日" in said
    assert "13812345678" in said
    assert "已经提交" in texts(talk, "对，提交吧", "affirm")


def test_what_handlers_need_is_asked_beside_another_question_and_kept(talk: Talk) -> None:
    texts(talk, "我家暖气不热，从15号开始的", "complaint")
    assert "多少度" in texts(talk, "石景山区鲁谷街道七星园南区12号楼", "inform")
    said = texts(talk, "刘女士 13800003333，屋里才十五度", "inform")
    assert "十五度" in said
    assert "请您核对" in said
    texts(talk, "对", "affirm")
    assert "十五度" in tickets(talk)[0][2]


def test_what_the_last_ticket_told_is_not_asked_again(talk: Talk) -> None:
    texts(talk, "朝阳区望京花家地南里3号楼昨晚垃圾没人清，我姓王，13812345678", "complaint")
    texts(talk, "对", "affirm")
    said = texts(talk, "我要投诉小区路灯不亮，跟上次一样的地方，从昨天开始", "complaint")
    assert "请您核对" in said
    assert "花家地南里3号楼" in said
    assert "13812345678" in said


def test_a_name_that_two_districts_have_leads_to_one_question_with_choices(talk: Talk) -> None:
    asyncio.run(talk.say("八里庄那边路面坑坑洼洼，从昨天开始", "complaint"))
    assert talk.slots["place"]["which"] == ["朝阳区八里庄街道", "海淀区八里庄街道"]
    texts(talk, "朝阳区八里庄街道", "inform")
    assert (talk.slots["place"]["district_code"], talk.slots["place"]["which"]) == ("110105", [])


def test_which_of_two_is_asked_once_and_then_a_person_decides(talk: Talk) -> None:
    texts(talk, "八里庄那边路面坑坑洼洼，从昨天开始", "complaint")
    said = texts(talk, "赵女士 13800002222", "inform")
    assert "请您核对" in said
    assert "八里庄" in said
    assert "13800002222" in said


def test_patterns_alone_decide_nothing(city: City, learnt: tuple[CategoryGuesser, Triage]) -> None:
    triage = learnt[1]
    assert triage.danger("煤气费怎么交") is None
    assert triage.danger("去年着火的事怎么赔") is None
    assert triage.danger("我爸躺在地上没动静了")
    assert triage.refusal("举报饭店卫生差") is None




def confidential(talk: Talk) -> list[bool]:
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        return [t.confidential for t in tx.tickets.of_conversation(talk.conversation)]


def test_who_reports_wrongdoing_is_told_of_confidence_and_gets_it(talk: Talk) -> None:
    assert "保密" in texts(talk, "朝阳区望京花家地南里3号楼地下室有人造假酒，每天夜里", "report")
    assert "不向办理单位透露" in texts(talk, "匿名", "inform")
    texts(talk, "对，提交", "affirm")
    assert confidential(talk) == [True]


def test_who_fears_revenge_is_promised_confidence_and_others_are_not_asked(talk: Talk) -> None:
    said = texts(talk, "朝阳区望京花架地南里3号楼楼下饭店昨晚十一点还在装修", "complaint")
    assert "保密" not in said
    assert "会替您保密" in texts(talk, "我姓王，13800000000，别让他们知道是我说的，怕报复", "inform")
    texts(talk, "对，提交", "affirm")
    assert confidential(talk) == [True]


def test_a_place_typed_by_its_sound_is_read_back_as_it_is_written(talk: Talk) -> None:
    texts(talk, "我要投诉楼下饭店昨晚十一点还在装修", "complaint")
    said = texts(talk, "望京花架地南里3号楼", "inform") + texts(talk, "姓王，13800000000", "inform")
    assert "花家地南里3号楼" in said


def test_a_wrong_number_is_asked_for_again_and_nothing_else_is_said(talk: Talk) -> None:
    texts(talk, "丰台方庄芳古园一区12号楼路灯不亮，三天了", "complaint")
    said = texts(talk, "姓陈 1380000111", "inform")
    assert "11位" in said
    assert "核对" not in said
    assert "陈，13800001111" in texts(talk, "13800001111", "inform")


def test_a_district_chooses_among_streets_of_one_name(talk: Talk) -> None:
    assert "八里庄" in texts(talk, "八里庄垃圾没人收，昨天开始", "complaint")
    texts(talk, "朝阳", "inform")
    assert talk.slots["place"]["street_code"] == "110105015"


def test_a_correction_is_no_detail_of_the_matter(talk: Talk) -> None:
    texts(talk, "海淀区上地三街9号门口共享单车堆成山，今天早上", "complaint")
    texts(talk, "不是9号是7号", "correct")
    assert "不是9号" not in texts(talk, "不留", "skip")


def test_what_is_put_right_at_the_reading_back_is_neither_a_detail_nor_more_of_the_matter(talk: Talk) -> None:
    texts(talk, "工地半夜施工噪音很大，昨天夜里，13800003333", "complaint")
    assert "几点" in texts(talk, "昌平区回龙观街道龙棚二区门口", "inform"), "something is asked beside the reading back"
    said = texts(talk, "不对，地点是昌平区回龙观街道龙腾苑二区门口", "correct")
    assert "龙腾苑二区" in said
    assert "补充" not in said
    texts(talk, "时间是今天中午十二点半", "inform")
    texts(talk, "对", "affirm")
    ((_, _, problem),) = tickets(talk)
    assert "龙腾苑" not in problem
    assert "中午" not in problem


def test_what_is_said_late_makes_a_vague_place_certain(talk: Talk) -> None:
    texts(talk, "路上井盖没了差点摔着，刚刚", "complaint")
    texts(talk, "就是超市旁边那条路", "inform")
    texts(talk, "就是超市旁边那条路", "inform")
    texts(talk, "海淀区的", "inform")
    assert talk.slots["place"]["district_code"] == "110108"
