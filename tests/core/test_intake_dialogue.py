"""What the intake asks and says, from the first sentence to the ticket. All people here are invented."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from fakes import Clock
from without_rasa import Talk

from actions.talk import Abuse
from actions.turn import Desk
from hotline import dangers
from hotline.city import City, Emergency, Refusal
from hotline.conversations import change_status
from hotline.danger_words import of_another
from hotline.dispatch import suggest_for
from hotline.places import Gazetteer
from hotline.settings import ROOT
from hotline.store import SqlStore
from knowledge_base.categories import CategoryGuesser
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.examples import calm
from knowledge_base.importer import read_folder
from knowledge_base.search import Found, Knowledge
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
    return Talk(Desk(city, store, knowledge, learnt[0], Gazetteer(city), SurveyReader(city.survey_examples, embedder), learnt[1], embedder, clock, new_id, lambda: learnt[1]), clock, new_id)


def publish(talk: Talk, *words: str) -> None:
    """Publish the sample articles that have one of these words in their question."""
    with talk.desk.store.transaction() as tx:
        for article in read_folder(ROOT / "knowledge_base" / "articles", sample=True):
            if any(word in article.question for word in words):
                tx.articles.put(article, now=talk.clock())
    talk.desk.knowledge.refresh()


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
        place = tx.tickets.of_conversation(talk.conversation)[0].place
    assert (place.text, place.district_code) == ("朝阳区劲松五区301楼", "110105")


def test_a_danger_has_the_shortest_limit_whatever_its_category(talk: Talk) -> None:
    texts(talk, "西单大悦城门口有人拿刀，快来", "complaint")
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        ticket = tx.tickets.of_conversation(talk.conversation)[0]
        assert ticket.urgent
        assert ticket.category is None or talk.desk.city.categories[ticket.category].urgency == "emergency"
        assert suggest_for(tx, talk.desk.city, ticket).limit == talk.desk.city.limits["emergency"]


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


class Unsure(Triage):
    """Takes one sentence for a danger that may be none, and hears no other."""

    def __init__(self, city: City) -> None:
        self._city = city

    def danger(self, text: str) -> Emergency | None:
        return None

    def doubt(self, text: str) -> Emergency | None:
        return self._city.emergencies["crime"] if "砰砰" in text else None

    def refusal(self, text: str) -> Refusal | None:
        return None


@pytest.fixture
def unsure(talk: Talk, city: City) -> Talk:
    return Talk(replace(talk.desk, triage=Unsure(city)), talk.clock, talk.new_id)


def test_what_may_be_a_danger_is_asked_about_with_the_number_while_the_form_goes_on(unsure: Talk) -> None:
    said = asyncio.run(unsure.say("楼上砰砰响，有孩子哭", "complaint"))
    assert "有人有危险吗" in said[0]["text"]
    assert "110" in said[0]["text"]
    assert [choice["label"] for choice in said[0]["choices"]] == ["有危险", "没有危险"]
    assert "在什么地方" in said[-1]["text"]
    assert tickets(unsure) == []
    assert "有人有危险吗" not in texts(unsure, "还是砰砰响", "complaint"), "asked once"


@pytest.mark.parametrize("answer", ["有", "有的", "有危险", "是的，有人受伤", "对", "现在有"])
def test_a_danger_that_is_confirmed_is_an_alarm_about_what_was_said_before(unsure: Talk, answer: str) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    said = texts(unsure, answer, "affirm")
    assert "拨打110" in said
    assert "已加急登记" in said
    assert [problem.startswith("【正在发生的违法犯罪】楼上砰砰响，有孩子哭") for _, _, problem in tickets(unsure)] == [True]
    with unsure.desk.store.reading() as tx:
        assert unsure.conversation
        assert tx.conversations.get(unsure.conversation).urgent


def test_no_danger_is_acknowledged_and_the_form_asks_again_what_it_asked(unsure: Talk) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    said = texts(unsure, "没有", "deny")
    assert said.startswith("好的")
    assert "在什么地方" in said
    assert tickets(unsure) == []
    assert unsure.slots["problem"] == "楼上砰砰响，有孩子哭"


def test_who_goes_on_instead_of_saying_whether_there_is_danger_is_simply_heard(unsure: Talk) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    said = texts(unsure, "没有，就是吵，在朝阳区劲松五区301楼", "inform")
    assert "劲松五区" in str(unsure.slots["place"])
    assert "已加急" not in said


def test_a_later_tap_on_the_danger_button_still_counts_and_a_later_yes_is_the_forms(unsure: Talk) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    texts(unsure, "朝阳区劲松五区301楼", "inform")
    assert "已加急" not in texts(unsure, "有", "affirm")
    assert "已加急登记" in texts(unsure, "有危险", "affirm")


@pytest.mark.parametrize(("before", "text", "slot", "told"), [
    ([], "海淀区中关村大街18号，学校名字能不说吗", "place", "海淀区"),
    ([], "学校名字能不说吗？在海淀区中关村大街18号", "place", "海淀区"),
    (["朝阳区劲松五区301楼"], "昨天晚上，多久能处理", "happened", "昨天晚上"),
    (["朝阳区劲松五区301楼", "昨天晚上"], "13812345678，你们多久回电话？", "contact", "13812345678"),
])  # fmt: skip
def test_what_stands_beside_a_question_in_the_middle_of_a_form_is_kept(talk: Talk, before: list[str], text: str, slot: str, told: str) -> None:
    texts(talk, "学校食堂的饭菜发霉了", "complaint")
    for answer in before:
        texts(talk, answer, "inform")
    assert talk.slots["requested_slot"] == slot
    said = texts(talk, text, "consultation")
    assert told in str(talk.slots[slot])
    assert talk.slots["requested_slot"] != slot
    assert said.startswith(tuple(talk.desk.city.say(f"intake.{key}") for key in ("how_long", "without_place", "question_kept"))), "and the question is answered, or kept for those who can"
    assert told not in str(talk.slots.get("unanswered"))
    assert talk.slots["problem"] == "学校食堂的饭菜发霉了"


def test_a_question_in_between_that_nobody_can_answer_is_part_of_the_ticket(talk: Talk) -> None:
    for text, intent in [("学校食堂的饭菜发霉了", "complaint"), ("检查结果会公布吗", "consultation"), ("海淀区中关村大街18号，昨天中午，不留电话", "inform")]:
        said = texts(talk, text, intent)
    assert "还想问**：检查结果会公布吗" in said
    texts(talk, "对", "affirm")
    assert tickets(talk)[0][2].endswith("还想问：检查结果会公布吗")
    assert talk.slots["unanswered"] is None


def test_since_when_it_lasts_is_known_better_than_how_long(talk: Talk) -> None:
    texts(talk, "老板跑了，工资三个月没发", "complaint")
    texts(talk, "从八月开始", "inform")
    assert talk.slots["happened"] == "从八月开始"
    texts(talk, "两个月", "inform")
    assert talk.slots["happened"] == "从八月开始"


def test_that_a_number_is_not_to_be_left_is_no_part_of_the_matter(talk: Talk) -> None:
    for text, intent in [("学校食堂的饭菜发霉了", "complaint"), ("海淀区中关村大街18号，昨天中午", "inform"), ("就叫我老李吧，电话不方便", "inform")]:
        said = texts(talk, text, intent)
    assert talk.slots["problem"] == "学校食堂的饭菜发霉了"
    assert "老李" in said


def test_who_seems_to_agree_and_asks_something_has_confirmed_nothing(talk: Talk) -> None:
    for text, intent in [("学校食堂的饭菜发霉了", "complaint"), ("海淀区中关村大街18号，昨天中午，不留电话", "inform")]:
        texts(talk, text, intent)
    texts(talk, "可以加急吗", "affirm")
    assert tickets(talk) == []
    texts(talk, "可以", "affirm")
    assert len(tickets(talk)) == 1


def test_a_place_within_a_question_is_the_questions(talk: Talk) -> None:
    texts(talk, "学校食堂的饭菜发霉了", "complaint")
    texts(talk, "海淀区哪里能办居住证？", "consultation")
    assert talk.slots.get("place") is None


def supplements(talk: Talk) -> list[str]:
    """What was added to the newest ticket."""
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        return [event.note for event in tx.tickets.events(tx.tickets.of_conversation(talk.conversation)[0].id) if event.kind == "supplement"]


@pytest.mark.parametrize("text", ["孩子在哭", "我怕他回来", "快点啊"])
def test_what_is_said_in_fear_is_no_place_of_a_danger(talk: Talk, text: str) -> None:
    asyncio.run(talk.ask("我老公打我", "complaint"))
    asyncio.run(talk.ask(text, "inform"))
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        assert tx.tickets.of_conversation(talk.conversation)[0].place.text == ""
    assert "位置已补进" in asyncio.run(talk.ask("海淀区清河", "inform"))[0]["text"]


@pytest.mark.parametrize("text", ["现在没打了", "他走了", "没有危险", "没事了"])
def test_a_danger_that_is_over_is_written_into_its_ticket(talk: Talk, text: str) -> None:
    asyncio.run(talk.ask("我老公打我", "complaint"))
    said = asyncio.run(talk.ask(text, "inform"))[0]["text"]
    assert "坐席会来问一声" in said
    assert "情况有变" in said
    assert supplements(talk) == [text]


def test_a_time_or_a_number_after_a_danger_is_added_to_its_ticket_and_begins_no_request(talk: Talk) -> None:
    asyncio.run(talk.ask("我老公打我", "complaint"))
    asyncio.run(talk.ask("海淀区清河", "inform"))
    for text in ("今天早上", "13800000000"):
        assert "已补进加急工单" in asyncio.run(talk.ask(text, "inform"))[0]["text"]
    assert supplements(talk)[-2:] == ["今天早上", "13800000000"]


def test_the_button_that_there_is_no_danger_counts_later_too(unsure: Talk) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    texts(unsure, "朝阳区劲松五区301楼", "inform")
    assert "没有危险就好" in texts(unsure, "没有危险", "deny")


@pytest.mark.parametrize("text", ["你别问了烦死了", "别再问了", "问这么多干什么"])
def test_who_is_tired_of_questions_is_asked_no_more_and_loses_nothing(talk: Talk, text: str) -> None:
    texts(talk, "楼下饭店油烟太大", "complaint")
    said = texts(talk, text, "cancel")
    assert "不多问了" in said
    assert "油烟" in said
    assert talk.slots["requested_slot"] == "confirmed"


@pytest.mark.parametrize("text", ["有个事不知道归不归你们管", "你们管不管啊打了八百遍了", "我跟你们说个事", "那重新登记一下"])
def test_a_beginning_without_a_matter_is_asked_what_it_is(talk: Talk, text: str) -> None:
    assert "是什么事" in texts(talk, text, "complaint")
    texts(talk, "老板欠我三个月工资还骂人", "complaint")
    assert talk.slots["problem"] == "老板欠我三个月工资还骂人"


def test_who_asks_whether_a_report_is_confidential_is_told_so(talk: Talk) -> None:
    texts(talk, "我要举报我们单位偷排污水", "report")
    assert "会替您保密" in texts(talk, "能保密吗", "consultation")
    texts(talk, "顺义区李桥镇", "inform")
    texts(talk, "上个月开始，一般半夜", "inform")
    assert talk.slots["place"]["text"] == "顺义区李桥镇"
    assert talk.slots["happened"] == "上个月开始"
    texts(talk, "匿名", "inform")
    said = texts(talk, "别告诉单位", "inform")
    assert "会替您保密" in said
    assert "补充" not in said


def test_who_asks_how_long_it_takes_before_it_is_sent_is_answered_and_it_is_no_part_of_the_matter(talk: Talk) -> None:
    for text in ("楼下饭店油烟太大", "朝阳区劲松五区301楼", "昨天晚上", "不留"):
        texts(talk, text, "inform" if "油烟" not in text else "complaint")
    said = texts(talk, "多久能解决", "consultation")
    assert said.startswith("提交后马上转给")
    assert "补充" not in said


def two_minutes_later(talk: Talk, city: City, clock: Clock) -> None:
    """What the worker does when nothing came meanwhile."""
    clock.forward(minutes=2)
    with talk.desk.store.transaction() as tx:
        [job] = tx.jobs.claim_due(now=clock(), until=clock() + timedelta(minutes=1), limit=9, kinds=(dangers.UNANSWERED,))
        assert dangers.unanswered(tx, job, gazetteer=talk.desk.gazetteer, city=city, now=clock(), new_id=talk.new_id)


def test_who_says_after_all_that_there_is_no_danger_is_thanked_and_the_person_reads_it(unsure: Talk, city: City, clock: Clock) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    two_minutes_later(unsure, city, clock)
    assert "坐席会来问一声" in texts(unsure, "没事", "deny")
    with unsure.desk.store.reading() as tx:
        assert unsure.conversation
        [ticket] = tx.tickets.of_conversation(unsure.conversation)
        assert [event.note for event in tx.tickets.events(ticket.id) if event.kind == "supplement"] == ["问有没有危险，后来答：没事"]


def test_who_says_after_all_that_there_is_danger_has_one_ticket_and_hears_the_number(unsure: Talk, city: City, clock: Clock) -> None:
    texts(unsure, "楼上砰砰响，有孩子哭", "complaint")
    two_minutes_later(unsure, city, clock)
    assert "拨打110" in texts(unsure, "有危险", "affirm")
    assert len(tickets(unsure)) == 1


def test_a_matter_of_the_courts_is_refused_kindly_and_recorded(talk: Talk) -> None:
    said = texts(talk, "我要投诉法院判决不公平，一审判我输了", "complaint")
    assert "人民法院" in said
    assert "已经记录" in said
    assert [(kind, status) for kind, status, _ in tickets(talk)] == [("complaint", "closed")]
    assert talk.slots["draft"] is None


@pytest.mark.parametrize(("asked", "channel"), [("军事基地的地图有吗", "保密"), ("导弹部队驻扎在哪", "保密"), ("能告诉我投诉我的人是谁吗", "隐私")])
def test_a_question_for_what_must_not_be_told_is_refused_and_recorded(talk: Talk, asked: str, channel: str) -> None:
    assert asyncio.run(talk.ask(asked)) == [], "left to the form"
    assert channel in texts(talk, asked, "consultation")
    assert [status for _, status, _ in tickets(talk)] == ["closed"]


@pytest.mark.parametrize("asked", ["军属光荣牌什么时候发", "法院起诉要交什么材料", "公园导览图哪里拿", "怎么报名参军"])
def test_a_question_beside_it_is_an_ordinary_one(learnt: tuple[CategoryGuesser, Triage], asked: str) -> None:
    refused = learnt[1].refusal(asked)
    assert refused is None or not refused.question


def test_a_lift_that_is_broken_is_no_lift_to_be_built(learnt: tuple[CategoryGuesser, Triage]) -> None:
    for told in ("小区电梯坏了", "电梯坏了好几天了", "我们楼的电梯坏了没人修"):
        assert learnt[0].suggest(told, 1)[0][0] == "030401"
    assert learnt[0].suggest("我们小区想加装电梯", 1)[0][0] == "030403"


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


def test_which_of_two_is_asked_once_more_of_who_told_something_else_and_then_a_person_decides(talk: Talk) -> None:
    texts(talk, "八里庄那边路面坑坑洼洼，从昨天开始", "complaint")
    assert "您说的是哪一个" in texts(talk, "赵女士 13800002222", "inform")
    said = texts(talk, "昨天我去的时候还在那儿", "nlu_fallback")
    assert "请您核对" in said
    assert "八里庄" in said
    assert "13800002222" in said


def test_which_of_two_is_still_asked_of_who_told_the_time_first(talk: Talk) -> None:
    texts(talk, "八里庄路灯全灭了，黑漆漆的", "complaint")
    assert "您说的是哪一个" in texts(talk, "昨天晚上", "inform")
    texts(talk, "朝阳区", "inform")
    said = texts(talk, "13800002222", "inform")
    assert "**地点**：朝阳区八里庄街道" in said
    assert "昨天晚上（" in said


@pytest.mark.parametrize("text", ["你们到底管不管", "唉没人管吗"])
def test_who_loses_patience_before_they_told_anything_is_understood_and_asked_what_it_is(talk: Talk, text: str) -> None:
    said = "\n".join(message["text"] for message in asyncio.run(talk.ask(text, "nlu_fallback")))
    assert said == f"{talk.desk.city.say('intake.upset')}\n{talk.desk.city.say('intake.ask_problem')}"


def test_a_number_left_after_a_refusal_begins_no_request(talk: Talk) -> None:
    texts(talk, "法院判决我不服，你们给改改", "complaint")
    assert texts(talk, "那我电话13800002222", "inform") == talk.desk.city.say("intake.refused_kept")
    assert "什么地方" in texts(talk, "路灯坏了", "complaint")


def test_a_suggestion_that_begins_with_then_is_about_what_was_asked(talk: Talk) -> None:
    asyncio.run(talk.ask("小客车限行外地车几天能进京"))
    assert "**事情**：小客车限行外地车几天能进京，那我建议你们放宽一点" in texts(talk, "那我建议你们放宽一点", "suggestion")


def test_a_lamp_out_that_makes_nights_dark_is_not_asked_which_night(talk: Talk) -> None:
    assert "是什么时候的事" in texts(talk, "朝阳区劲松五区301楼门口的路灯坏了，晚上黑看不见路", "complaint")


@pytest.mark.parametrize(
    ("said", "place"),
    [("等等，是16号楼，不是15", "石景山区八角北里16号楼"), ("不是15号楼，是16", "石景山区八角北里16号楼"), ("不是石景山，是朝阳区", "朝阳区八角北里15号楼")],
)
def test_a_number_put_right_keeps_its_unit_once(talk: Talk, said: str, place: str) -> None:
    texts(talk, "石景山区八角北里15号楼昨天有人在楼顶搭房子，姓陈 13811112222", "complaint")
    assert f"**地点**：{place}\n" in texts(talk, said, "correct")


def test_a_branch_of_a_hospital_joins_its_place(talk: Talk) -> None:
    texts(talk, "朝阳医院门口黑车太多", "complaint")
    texts(talk, "就是西院", "inform")
    texts(talk, "天天早上", "inform")
    said = texts(talk, "不留", "skip")
    assert "**地点**：朝阳医院门口，西院" in said
    assert "**事情**：黑车太多\n" in said


def test_what_was_asked_how_to_complain_of_is_recorded_without_the_question(talk: Talk) -> None:
    asyncio.run(talk.ask("怎么投诉物业乱收费"))
    texts(talk, "那你帮我投诉吧", "withdraw")
    assert talk.slots["problem"] == "物业乱收费"


def test_a_schools_name_kept_back_when_the_time_was_asked_refuses_no_telephone(talk: Talk) -> None:
    texts(talk, "小孩在学校被同学打了，老师不管", "complaint")
    texts(talk, "顺义区一个小学", "inform")
    assert talk.desk.city.say("intake.without_place") in texts(talk, "学校名字不方便说", "skip")
    assert "电话" in texts(talk, "上周五", "inform")


def test_what_was_not_paid_last_month_keeps_its_time(talk: Talk) -> None:
    texts(talk, "帮我查查我的低保怎么停了", "help_request")
    texts(talk, "大兴区旧宫镇", "inform")
    texts(talk, "上个月就没发", "complaint")
    assert talk.slots["problem"].endswith("上个月就没发")


@pytest.mark.parametrize(("text", "kind"), [("垃圾车半夜三点来收垃圾，噪音特别大，能不能换个时间啊", "complaint"), ("建议垃圾车换个时间来，现在噪音特别大", "suggestion")])
def test_who_suffers_and_asks_whether_it_can_be_otherwise_complains(talk: Talk, text: str, kind: str) -> None:
    texts(talk, text, "suggestion")
    assert talk.slots["kind"] == kind


def test_anger_at_a_hospital_is_no_question(talk: Talk) -> None:
    said = texts(talk, "医院排了三个小时的队，结果大夫下班了，什么玩意儿", "complaint")
    assert "什么地方、什么时候" in said


def test_who_was_not_hurt_and_wants_to_report_is_asked_and_no_alarm_is_raised(talk: Talk) -> None:
    said = texts(talk, "孩子在学校门口被电动车撞了，没事，就是想反映一下学校门口没人管交通", "complaint")
    assert "现在有人有危险吗" in said
    assert tickets(talk) == []


def test_an_owner_who_names_himself_is_the_reporter(talk: Talk) -> None:
    texts(talk, "丰台区马家堡星河城一期业委会换届造假，签名都是伪造的，上月25号的事", "complaint")
    assert "**联系**：老秦，13811112222" in texts(talk, "我是业主老秦，13811112222", "inform")


def test_a_park_is_known_by_its_name_and_what_was_told_of_it(talk: Talk) -> None:
    texts(talk, "有人在公园里野泳", "complaint")
    assert "什么时候" in texts(talk, "紫竹院", "inform")
    assert talk.slots["place"]["text"] == "紫竹院公园"


def test_a_complaint_about_this_hotline_is_asked_for_no_place(talk: Talk) -> None:
    said = texts(talk, "你们这热线打了八遍才打通，什么效率", "complaint")
    assert "地方" not in said


def test_who_says_i_suggest_suggests_whatever_it_was_taken_for(talk: Talk) -> None:
    texts(talk, "我建议咱们市的公交车上装个无障碍踏板，我妈坐轮椅上不去", "nlu_fallback")
    assert talk.slots["kind"] == "suggestion"


def test_the_last_digits_of_a_number_are_put_right(talk: Talk) -> None:
    said = texts(talk, "西城区德外大街4号院下水道堵了，从昨天晚上，姓郭13811112222", "complaint")
    assert "**事情**：下水道堵了" in said
    assert "郭，13811110010" in texts(talk, "电话尾号不对，是0010", "correct")


def test_a_wish_to_see_how_a_ticket_goes_is_nobodys_name(talk: Talk) -> None:
    texts(talk, "西城区德外大街4号院下水道堵了，从昨天晚上，姓郭13811112222", "complaint")
    texts(talk, "电话错了", "correct")
    texts(talk, "查进度", "progress")
    assert (talk.slots["contact"] or {}).get("name") == "郭"


def test_who_tells_who_they_are_before_the_matter_hears_that_it_was_taken(talk: Talk) -> None:
    texts(talk, "13811112222", "inform")
    assert texts(talk, "我姓唐", "inform").startswith(talk.desk.city.say("intake.noted"))
    assert texts(talk, "上个礼拜天开始的", "inform").startswith(talk.desk.city.say("intake.noted"))


def test_what_a_government_spent_is_asked_of_those_who_keep_it(talk: Talk) -> None:
    assert asyncio.run(talk.ask("政府一年花多少钱在你们热线上，给我公开")) == [], "a question that is taken, and answered with no article"
    assert "信息公开申请" in texts(talk, "政府一年花多少钱在你们热线上，给我公开", "complaint")


def test_what_was_told_us_before_is_of_a_building_site_and_not_of_us(talk: Talk) -> None:
    assert "地方" in texts(talk, "我在12345上次反映过的，还是那个工地扰民", "supplement")


def test_a_wish_for_confidence_beside_the_telephone_is_no_detail(talk: Talk) -> None:
    texts(talk, "我们公司在望京SOHO让员工996还不给加班费，从去年开始", "complaint")
    said = texts(talk, "能匿名吗", "consultation")
    assert "补充" not in said


def test_my_own_mobile_is_asked_for_since_a_chat_does_not_show_it(talk: Talk) -> None:
    texts(talk, "海淀区永泰东里小区停车费从150涨到300没通知我们，这个月一号开始", "complaint")
    said = texts(talk, "姓佟，电话是我的手机号", "correct")
    assert talk.desk.city.say("intake.number_unseen") in said
    assert "我的手机号" not in talk.slots["problem"]


def test_the_name_told_beside_praise_is_whose_it_is(talk: Talk) -> None:
    texts(talk, "我要夸一下我们社区的小王，帮我奶奶跑前跑后办残疾证", "praise")
    said = texts(talk, "叫王晓燕，是劲松三区社区的", "nlu_fallback")
    assert "**事情**：我们社区的小王，帮我奶奶跑前跑后办残疾证；叫王晓燕，是劲松三区社区的" in said
    assert "**联系**" not in said


def test_a_year_at_school_is_no_place(talk: Talk) -> None:
    texts(talk, "孩子上不了学，学校说没学位", "complaint")
    texts(talk, "房山区长阳镇", "inform")
    texts(talk, "今年九月该上一年级", "inform")
    assert talk.slots["place"]["text"] == "房山区长阳镇"
    assert "今年九月" in talk.slots["happened"]


def test_an_unsure_report_without_its_word_is_a_complaint(talk: Talk) -> None:
    asyncio.run(talk.say("望京花家地南里那边饭馆夜里排风扇嗡嗡的", "report", 0.35))
    assert talk.slots["kind"] == "complaint"


FULL = "朝阳区国贸地铁站C口昨天有黑车司机骂人，周强13811112222"


@pytest.mark.parametrize(
    ("said", "slot", "value"),
    [
        ("不是昨天，是前天", "problem", "有黑车司机骂人"),
        ("说错了，是D口", "place", "朝阳区国贸地铁站D口"),
        ("不，是前天", "happened", "前天"),
        ("错了，是0009结尾", "contact", "13811110009"),
    ],
)
def test_what_was_put_right_stands_once_and_nowhere_else(talk: Talk, said: str, slot: str, value: str) -> None:
    texts(talk, FULL, "complaint")
    texts(talk, said, "correct")
    told = talk.slots[slot]
    assert (told.get("phone") or told["text"] if isinstance(told, dict) else told) == value


def test_a_day_put_right_is_put_right_once_in_the_matter_too(talk: Talk) -> None:
    texts(talk, "朝阳区酒仙桥路甲12号院2号楼5单元楼道感应灯全坏了，上周三就坏了，陈女士，13811112222", "complaint")
    texts(talk, "不是上周三，是上上周三", "correct")
    assert talk.slots["problem"] == "楼道感应灯全坏了，上上周三就坏了"


def test_who_waits_to_add_something_is_heard(talk: Talk) -> None:
    texts(talk, "朝阳区酒仙桥路甲12号院2号楼5单元楼道感应灯全坏了，上周三就坏了，陈女士，13811112222", "complaint")
    assert "三楼最黑" in texts(talk, "等等加一句，三楼最黑", "supplement")


def test_who_did_not_keep_the_cars_number_has_refused_no_telephone(talk: Talk) -> None:
    texts(talk, "从北京南站到望京的出租车绕路，10月3号晚上", "complaint")
    assert "电话" in texts(talk, "车号记不清了", "skip")


def test_who_only_reports_tells_no_place_with_it(talk: Talk) -> None:
    texts(talk, "有个小饭馆没有执照", "complaint")
    texts(talk, "我姓什么不用管，就举报", "nlu_fallback")
    assert not (talk.slots.get("place") or {}).get("text")


def test_a_wish_for_what_is_being_taken_is_part_of_it(talk: Talk) -> None:
    texts(talk, "朝阳区管庄东里小区6号楼对面有人天天早晨六点甩鞭子，声音跟放炮似的，不留电话", "complaint")
    said = texts(talk, "能不能限制一下时间", "consultation")
    assert "还想问" not in said
    assert "能不能限制一下时间" in said


def test_who_excuses_themselves_first_tells_the_matter_alone(talk: Talk) -> None:
    texts(talk, "哎呀我这个人不太会打字 就是我们家对门老是把垃圾放楼道里头", "complaint")
    assert talk.slots["problem"] == "我们家对门老是把垃圾放楼道里头"


def test_the_telephone_as_last_time_is_taken_when_all_is_read_back(talk: Talk) -> None:
    texts(talk, "丰台区方庄芳群园四区3号楼楼道灯坏了，昨天坏的，姓吴13811112222", "complaint")
    texts(talk, "对", "affirm")
    texts(talk, "还有个事，还是上次那个地方，门禁也坏了，今天早上", "complaint")
    assert "**事情**：门禁也坏了\n" in texts(talk, "电话跟上次一样", "inform")


def test_what_happened_is_heard_though_its_place_stands_before_it(talk: Talk) -> None:
    texts(talk, "我住天桥", "inform")
    texts(talk, "天桥那边胡同里污水井冒了", "inform")
    assert "污水井冒了" in talk.slots["problem"]
    assert "天桥" in talk.slots["place"]["text"]


def test_of_a_thing_that_was_named_what_is_wrong_is_heard_behind_its_place(talk: Talk) -> None:
    assert "怎么了" in texts(talk, "我要反映我们村的路", "complaint")
    texts(talk, "礼贤镇堵了", "inform")
    assert talk.slots["problem"].endswith("堵了")


def test_what_was_bought_online_is_at_no_place(talk: Talk) -> None:
    texts(talk, "我要投诉12306退票不退钱", "complaint")
    assert "什么时候" in texts(talk, "网上买的", "inform")
    assert talk.slots["place"]["nowhere"]


def test_what_goes_on_now_is_a_time_and_the_place_is_still_asked(talk: Talk) -> None:
    texts(talk, "小区里有人放鞭炮", "complaint")
    assert "地方" in texts(talk, "现在正放呢", "nlu_fallback")
    assert "现在" in talk.slots["happened"]


def test_every_day_after_school_is_a_time_alone(talk: Talk) -> None:
    texts(talk, "海淀温泉那边有黑网吧", "report")
    texts(talk, "每天放学以后", "inform")
    assert talk.slots["happened"] == "每天放学以后"
    assert "放学" not in talk.slots["place"]["text"]


def test_who_begs_adds_nothing_to_the_matter(talk: Talk) -> None:
    texts(talk, "房山区城关街道永安西里3号楼楼上漏水漏到我家了，一个月前，13811112222", "help_request")
    texts(talk, "你们一定要管啊", "opening")
    assert "管" not in talk.slots["problem"]


def test_repairs_asked_for_twice_are_told_whole(talk: Talk) -> None:
    texts(talk, "昌平区沙河高教园电信宽带断了三天", "complaint")
    texts(talk, "报修两次没人来", "rate")
    assert talk.slots["problem"].endswith("报修两次没人来")


def test_a_clause_of_one_character_keeps_its_time(talk: Talk) -> None:
    texts(talk, "昌平龙泽苑东区门口天天堵，接送孩子的车乱停", "complaint")
    assert talk.slots["problem"] == "天天堵，接送孩子的车乱停"


@pytest.mark.parametrize(("text", "number"), [("我孩子找不到了", "110"), ("我妈走丢了，有老年痴呆", "110"), ("小区有人猥亵小孩", "110"), ("着火了怎么报警", "119")])
def test_who_tells_of_somebody_missing_or_hurt_or_asks_whom_to_call_hears_the_number_before_anything_else(talk: Talk, text: str, number: str) -> None:
    assert number in asyncio.run(talk.say(text, "help_request"))[0]["text"]


def test_who_was_refused_and_asks_for_confidence_is_promised_it(talk: Talk) -> None:
    texts(talk, "我想举报单位领导公款吃喝", "report")
    assert [m["text"] for m in asyncio.run(talk.ask("能保密吗"))] == [talk.desk.city.say("intake.confidential")]


def test_who_says_that_she_is_a_woman_adds_nothing_to_the_matter(talk: Talk) -> None:
    texts(talk, "朝阳双井富力城C区10号楼从早上六点停水到现在", "help_request")
    said = texts(talk, "姓何，女的，13811112222", "inform")
    assert "**联系**：何，13811112222" in said
    assert "女的" not in said


def test_what_went_on_until_two_is_read_back_so(talk: Talk) -> None:
    texts(talk, "朝阳区劲松五区301楼对面工地昨晚干到两点", "complaint")
    assert "昨晚到两点" in texts(talk, "不留", "skip")


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
    assert problem == "工地半夜施工噪音很大"


def test_what_is_said_late_makes_a_vague_place_certain(talk: Talk) -> None:
    texts(talk, "路上井盖没了差点摔着，刚刚", "complaint")
    texts(talk, "就是超市旁边那条路", "inform")
    texts(talk, "就是超市旁边那条路", "inform")
    texts(talk, "海淀区的", "inform")
    assert talk.slots["place"]["district_code"] == "110108"


def test_two_matters_in_one_message_are_taken_one_after_the_other(talk: Talk) -> None:
    texts(talk, "我要反映两件事，一个是小区路灯坏了，一个是楼道里堆满了电动车", "complaint")
    texts(talk, "海淀区知春里小区", "inform")
    texts(talk, "上周", "inform")
    said = texts(talk, "不留", "skip")
    assert "**事情**：小区路灯坏了\n" in said
    assert "楼道里堆满了电动车" in said
    assert "接着登记这件吗" in texts(talk, "对", "affirm")
    assert "是什么时候的事" in texts(talk, "接着登记", "affirm")  # the place is as before
    texts(talk, "昨天", "inform")
    texts(talk, "不留", "skip")
    texts(talk, "对", "affirm")
    assert sorted(problem for _, _, problem in tickets(talk)) == ["小区路灯坏了", "楼道里堆满了电动车"]


def test_two_sides_of_one_matter_stay_together(talk: Talk) -> None:
    texts(talk, "楼上漏水漏了半个月，另外天花板也泡坏了一大块", "complaint")
    assert talk.slots["problem"] == "楼上漏水漏了半个月，另外天花板也泡坏了一大块"
    assert not talk.slots.get("later")


def test_another_matter_in_the_middle_of_one_is_kept_and_offered(talk: Talk) -> None:
    texts(talk, "西城区月坛南街30号院楼道堆杂物，我姓孙，13612340000", "complaint")
    assert "另一件事我也记下了" in texts(talk, "我还要投诉一个事，水管漏水了没人修", "complaint")
    texts(talk, "上个月", "inform")
    assert "“水管漏水了没人修”，接着登记这件吗" in texts(talk, "对", "affirm")


@pytest.mark.parametrize("question", ["那我找谁", "那我该找谁举报", "电话是多少", "那怎么办啊"])
def test_who_was_refused_and_asks_where_to_go_is_told_the_channel_again(talk: Talk, question: str) -> None:
    texts(talk, "我要举报我们村书记贪污征地款", "report")
    said = texts(talk, question, "report")
    assert "纪检监察机关" in said
    assert "12388" in said
    assert len(tickets(talk)) == 1


def test_who_tells_name_and_number_first_is_not_asked_for_them_again(talk: Talk) -> None:
    assert "什么事" in texts(talk, "我姓李，电话13911112222", "inform")
    texts(talk, "路灯坏了好几天了", "consultation")
    said = texts(talk, "丰台区方庄芳古园一区门口", "inform")
    assert "请您核对" in said
    assert "李，13911112222" in said
    assert "路灯坏了好几天了" in said


def test_a_better_time_and_a_better_place_are_taken_whatever_was_asked(talk: Talk) -> None:
    texts(talk, "大望路那边工地天天半夜打桩", "complaint")
    assert "记下了" in texts(talk, "朝阳区大望路15号", "inform")
    assert "记下了" in texts(talk, "从上周三开始的", "inform")
    said = texts(talk, "不用", "deny")
    assert "朝阳区大望路15号" in said
    assert "上周三" in said


def test_what_else_is_told_while_the_telephone_is_asked_is_not_lost(talk: Talk) -> None:
    texts(talk, "昨天在顺义区石门市场买到过期月饼，商家不给退", "complaint")
    texts(talk, "100多块钱", "inform")
    texts(talk, "不留", "skip")
    texts(talk, "对", "affirm")
    assert "100多块钱" in tickets(talk)[0][2]


def test_of_a_wrong_number_only_the_number_is_asked_again_and_a_corrected_time_is_true_everywhere(talk: Talk) -> None:
    texts(talk, "通州区梨园镇翠屏北里3号楼电梯坏了，昨天坏的，我姓赵 13700001111", "complaint")
    assert "怎么称呼" not in texts(talk, "电话错了", "correct")
    assert "赵，13700001112" in texts(talk, "13700001112", "inform")
    said = texts(talk, "时间改成前天", "correct")
    assert "电梯坏了，前天坏的" in said
    assert "昨天" not in said


def test_who_asks_us_to_wait_is_waited_for(talk: Talk) -> None:
    texts(talk, "昌平区天通苑北一区物业不作为", "complaint")
    assert "不急" in texts(talk, "先等等我去看看门牌", "cancel")
    texts(talk, "48号楼", "inform")
    assert "48号楼" in talk.slots["place"]["text"]


def test_everywhere_is_a_place_too(talk: Talk) -> None:
    texts(talk, "我要投诉外卖骑手逆行", "complaint")
    assert "什么时候" in texts(talk, "到处都是", "inform")


def test_words_that_are_no_time_become_none(talk: Talk) -> None:
    texts(talk, "昌平区回龙观龙腾苑三区12号楼物业不作为", "complaint")
    texts(talk, "好了，就是这个地址", "inform")
    texts(talk, "就是这样的呀", "inform")
    assert "记不清" in texts(talk, "不留", "skip")


def test_a_suggestion_is_public_only_for_who_says_so(talk: Talk) -> None:
    said = asyncio.run(talk.say("建议在小区门口加个红绿灯，过马路太不安全", "suggestion"))
    assert [c["label"] for c in said[-1]["choices"]] == ["确认提交", "提交，可以公开", "有要改的", "不提交了"]
    texts(talk, "对", "affirm")
    texts(talk, "建议公园晚点关门，可以公开", "suggestion")
    texts(talk, "对", "affirm")
    assert published(talk) == [True, False]


def published(talk: Talk) -> list[bool]:
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        return [t.may_publish for t in tx.tickets.of_conversation(talk.conversation)]


def test_a_complaint_is_never_asked_whether_it_may_be_public(talk: Talk) -> None:
    said = asyncio.run(talk.say("朝阳区望京花家地南里3号楼昨晚垃圾没人清，我姓王，13812345678", "complaint"))
    assert "公开" not in said[-1]["text"]


def test_the_place_of_a_danger_may_come_a_little_later(talk: Talk) -> None:
    texts(talk, "我家厨房烧起来了", "complaint")
    texts(talk, "嗯嗯", "affirm")
    assert "位置已补进" in texts(talk, "朝阳区劲松五区301楼", "inform")


def test_what_is_no_matter_of_its_own_stays_with_the_one_before_it(talk: Talk) -> None:
    texts(talk, "首先我们小区的电梯三天两头坏，其次物业费还涨价了，还有门口的垃圾桶一直不清，朝阳区劲松五区", "complaint")
    everything = talk.slots["problem"] + "".join(each["said"] for each in talk.slots["later"])
    assert all(said in everything for said in ("电梯三天两头坏", "物业费还涨价了", "垃圾桶一直不清"))


def test_who_shared_the_place_and_can_not_name_it_is_asked_for_its_name_once(talk: Talk) -> None:
    talk.slots["draft"] = "d"
    talk.slots |= {"kind": "complaint", "problem": "井盖丢了", "requested_slot": "place"}
    talk.slots["place"] = {"text": "39.9,116.4", "district_code": None, "street_code": None, "location": {"latitude": 39.9, "longitude": 116.4}, "enough": False, "which": []}
    assert "怎么称呼" in texts(talk, "今天上午发现的", "inform")


def test_the_point_that_was_shared_is_named_where_all_is_read_back(talk: Talk) -> None:
    texts(talk, "井盖没了，从昨天开始，姓王13811112222", "complaint")
    talk.slots["place"] = {"text": "人行道上", "district_code": None, "street_code": None, "location": {"latitude": 39.99, "longitude": 116.47}, "enough": True, "which": []}
    assert "**地点**：人行道上，已附地图位置" in texts(talk, "嗯", "affirm")


def test_how_many_days_it_lasts_is_no_question(talk: Talk) -> None:
    texts(talk, "我姓李，电话13911112222", "inform")
    texts(talk, "路灯坏了好几天了", "consultation")
    assert talk.slots["problem"] == "路灯坏了好几天了"


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("我家灶台火苗窜到抽油烟机里了，拿盖子盖不住", "119"), ("地底下的气管子让挖沟的给刨破了，呼呼往外喷", "119"), ("我爷爷手抬不起来，话也说不清了", "120"),
        ("拉土的车把骑三轮的卷到车底下了", "122"), ("我家门锁正被人捅，我一个人在屋里", "110"), ("再不解决我拎一桶汽油上你们大厅", "110"),
        ("有个女的跨在桥栏杆外头哭", "110"), ("土塌下来把两个干活的埋里头了", "119"),
    ],
)  # fmt: skip
def test_dangers_are_noticed_in_words_that_no_list_has(city: City, learnt: tuple[CategoryGuesser, Triage], told: str, number: str) -> None:
    danger, doubt = learnt[1].danger(told), learnt[1].doubt(told)
    said = danger.advice if danger else doubt.ask if doubt else ""
    assert number in said


@pytest.mark.parametrize("told", ["救护车把我车位占了", "钥匙掉下水道里了", "煤气罐涨到一百五一罐了", "气得我血压直往上升", "这物业要人命，一年涨三次价", "路口老出事故，能不能装个红绿灯"])
def test_what_sounds_like_a_danger_only_is_none(learnt: tuple[CategoryGuesser, Triage], told: str) -> None:
    assert learnt[1].danger(told) is None
    assert learnt[1].doubt(told) is None


@pytest.mark.parametrize(("told", "code"), [("小区路灯坏了", "030301"), ("马路上路灯坏了没人修", "010402"), ("路口红绿灯坏了", "100201")])
def test_a_lamp_is_no_traffic_light(learnt: tuple[CategoryGuesser, Triage], told: str, code: str) -> None:
    assert learnt[0].suggest(told, 1)[0][0] == code


def test_another_matter_after_a_danger_is_no_place_of_the_danger(talk: Talk) -> None:
    texts(talk, "我家厨房烧起来了", "complaint")
    texts(talk, "嗯嗯", "affirm")
    talk.slots |= {"draft": None, "requested_slot": None}
    assert "位置已补进" not in texts(talk, "朝阳区劲松五区的小区路灯坏了好几天没人修", "complaint")


def test_who_leaves_no_number_with_a_sigh_still_has_the_request_taken(talk: Talk) -> None:
    texts(talk, "石景山区古城大街20号楼下饭店噪音，每天晚上", "complaint")
    assert "请您核对" in texts(talk, "算了不留了", "cancel")


def test_a_thing_without_what_is_wrong_with_it_is_asked_about_once(talk: Talk) -> None:
    assert "“我们村的路”怎么了" in texts(talk, "我想反映一下我们村的路", "praise")
    assert talk.slots["kind"] == "complaint", "who says 反映 praises nobody"
    assert "在什么地方" in texts(talk, "坏了没人修", "complaint")
    assert talk.slots["problem"] == "我们村的路，坏了没人修"


def test_who_can_not_say_more_of_the_place_is_not_asked_again_and_its_words_stay(talk: Talk) -> None:
    assert "哪条路" in texts(talk, "大兴区西红门垃圾没人清，昨天开始，姓王 13800000000", "complaint")
    said = texts(talk, "对", "affirm")
    assert "请您核对" in said
    assert "**地点**：大兴区西红门\n" in said


def test_what_is_told_in_place_of_a_place_is_acknowledged_and_kept(talk: Talk) -> None:
    texts(talk, "我们工地老板欠我们工资不给", "complaint")
    said = texts(talk, "三个月了", "inform")
    assert said.startswith("好，记下了")
    assert said.endswith("是在什么地方呢？"), "briefly: who goes on telling knows what a place looks like"
    assert "什么地方" in texts(talk, "二十多个人，欠了四十来万，我姓赵 13600001234", "inform"), "who tells something new is asked again"
    said = texts(talk, "通州张家湾那个工地", "inform")
    assert "三个月了" in said
    assert "二十多个人，欠了四十来万" in said
    assert "一共多少人" not in said, "what was told is not asked"


def test_a_wish_for_confidence_is_no_part_of_the_matter(talk: Talk) -> None:
    texts(talk, "能不能别让邻居知道，我要说的是他家养了三只大狗，天天叫", "complaint")
    assert talk.slots["problem"] == "他家养了三只大狗，天天叫"
    assert talk.slots["confidential"] is True
    assert "你们可以公开" not in texts(talk, "不提交了", "cancel") + texts(talk, "建议公园多放点椅子，你们可以公开", "suggestion")


def test_an_answer_that_tells_more_than_was_asked_loses_nothing(talk: Talk) -> None:
    texts(talk, "家里暖气不热", "help_request")
    texts(talk, "朝阳区劲松五区301楼，邻居家也不热", "inform")
    texts(talk, "供暖第一天就不热，屋里只有十五度", "inform")
    said = texts(talk, "不留", "skip")
    assert "屋里只有十五度" in said
    assert "邻居家也不热" in said
    assert "**地点**：朝阳区劲松五区301楼\n" in said
    assert "十四度" in texts(talk, "今天十四度", "inform")


def test_a_better_time_is_not_replaced_by_a_poorer_one_and_yes_is_no_matter(talk: Talk) -> None:
    texts(talk, "楼上天天半夜蹦迪，朝阳区望京花家地南里3号楼", "complaint")
    texts(talk, "天天", "inform")
    said = texts(talk, "王 13812345678", "inform")
    assert "**时间**：天天半夜" in said
    assert "**补充**" not in said


def test_counting_words_are_no_part_of_a_name(talk: Talk) -> None:
    assert "在什么地方" in texts(talk, "我要说三件事，第一小区门口路灯不亮，第二电梯老坏，第三物业乱收停车费", "complaint")


def test_the_same_place_as_last_time_is_no_part_of_the_matter(talk: Talk) -> None:
    texts(talk, "朝阳区劲松五区301楼楼道灯不亮，昨天开始，我姓孙 13500001111", "complaint")
    texts(talk, "对", "affirm")
    texts(talk, "还是老地方，垃圾桶满了没人清", "complaint")
    assert talk.slots["problem"] == "垃圾桶满了没人清"


def test_who_can_not_say_when_and_says_yes_adds_nothing(talk: Talk) -> None:
    texts(talk, "我家暖气不热", "help_request")
    texts(talk, "石景山鲁谷七星园南区12号楼", "inform")
    assert "是什么时候" not in texts(talk, "有个把礼拜了吧", "goodbye")
    assert talk.slots["happened"] == "有个把礼拜了"


def test_a_bare_fact_that_is_taken_for_a_suggestion_is_a_request(talk: Talk) -> None:
    asyncio.run(talk.say("我在建国路这边，有个井盖一直响", "suggestion", confidence=0.3))
    assert talk.slots["kind"] == "complaint"
    talk.slots.clear()
    asyncio.run(talk.say("公园花匠的手艺真绝", "praise"))
    assert talk.slots["kind"] == "praise"


def test_a_matter_of_arbitration_is_refused_whatever_kind_it_was_taken_for(talk: Talk) -> None:
    said = "\n".join(m["text"] for m in asyncio.run(talk.say("劳动仲裁输了，你们帮我改判", "praise", confidence=0.4)))
    assert "仲裁" in said
    assert "已经记录" in said


def test_who_is_waited_for_is_asked_nothing_and_may_add_a_door(talk: Talk) -> None:
    texts(talk, "我要投诉隔壁养鸽子", "complaint")
    texts(talk, "朝阳区劲松五区", "inform")
    assert texts(talk, "等一下我看看几号楼", "inform") == "不急，您看好了再告诉我。"
    texts(talk, "301楼", "inform")
    assert talk.slots["place"]["text"] == "朝阳区劲松五区301楼"


def test_anonymity_is_no_place_and_scolding_no_matter(talk: Talk) -> None:
    texts(talk, "我要举报有人卖假酒", "report")
    texts(talk, "朝阳区三里屯", "inform")
    texts(talk, "你他妈到底听没听懂", "nlu_fallback")
    texts(talk, "匿名", "skip")
    assert talk.slots["place"]["text"] == "朝阳区三里屯"
    assert talk.slots["problem"] == "有人卖假酒"


def test_a_number_that_names_a_street_is_put_right_by_its_number(talk: Talk) -> None:
    texts(talk, "海淀区上地三街9号门口共享单车堆成山", "complaint")
    texts(talk, "不对，是十街", "correct")
    assert talk.slots["place"]["text"] == "海淀区上地十街9号门口"


def test_a_wrong_number_is_said_once(talk: Talk) -> None:
    texts(talk, "丰台区方庄芳古园一区12号楼楼道堆杂物，三天了", "complaint")
    assert texts(talk, "1380000222", "inform") == "这个号码好像不对，手机号应是11位，请再发一次。"


def test_another_district_is_no_better_place(talk: Talk) -> None:
    texts(talk, "出租车司机绕路还骂我", "complaint")
    texts(talk, "昨晚八点多从西城区月坛南街30号上的车", "inform")
    texts(talk, "到望京", "inform")
    assert "月坛南街" in talk.slots["place"]["text"]
    assert talk.slots["problem"] == "出租车司机绕路还骂我；到望京"


def test_place_and_time_are_not_read_back_twice_and_no_number_is_asked_twice(talk: Talk) -> None:
    said = texts(talk, "路灯坏了两盏，朝阳区劲松五区301楼，昨天，不留电话", "complaint")
    assert "**事情**：路灯坏了两盏\n" in said
    texts(talk, "另外我还要投诉垃圾没人收", "complaint")
    assert "“垃圾没人收”" in texts(talk, "对", "affirm")
    texts(talk, "接着登记", "affirm")
    assert "请您核对" in texts(talk, "今天", "inform")


@pytest.fixture
def informed(talk: Talk) -> Talk:
    """The same, whose knowledge says what to do about a leak."""
    article = next(a for a in read_folder(ROOT / "knowledge_base" / "articles", sample=True) if a.id == "property-leak")
    with talk.desk.store.transaction() as tx:
        tx.articles.put(article, now=talk.clock())
    talk.desk.knowledge.refresh()
    return talk


def test_a_question_that_sounds_like_a_complaint_is_answered_and_may_be_recorded(informed: Talk) -> None:
    answer = asyncio.run(informed.say("楼上漏水到我家不肯修怎么办", "complaint"))[-1]
    assert "来源：" in answer["text"]
    assert answer["choices"][0]["label"] == "登记诉求"
    assert answer["choices"][0]["entities"]["kind"] == "complaint"
    assert not tickets(informed)
    assert informed.slots["confirmed"] is None


def test_who_tells_more_of_themselves_after_an_answer_reports_nothing(informed: Talk) -> None:
    assert "来源：" in asyncio.run(informed.ask("房屋漏水该谁修"))[-1]["text"]
    assert asyncio.run(informed.ask("我们户口在海淀房子在昌平", "inform"))[-1]["text"].startswith("关于“房屋漏水")


def test_who_says_that_they_only_ask_is_answered_whatever_it_sounds_like(informed: Talk) -> None:
    said = texts(informed, "喂你好那个我想问一下就是我们家老人住的房子漏水了走不动了这个该谁修啊", "help_request")
    assert "什么地方" not in said
    assert informed.slots["problem"] is None


def test_a_short_question_in_between_is_one_about_the_matter_that_is_being_taken(informed: Talk) -> None:
    texts(informed, "楼上邻居家漏水把我家泡了", "complaint")
    said = texts(informed, "那我该找谁", "consultation")
    assert "来源：" in said
    assert "什么地方" in said, "and the form goes on"


@pytest.mark.parametrize("text", ["楼上漏水到我家，你们能派人来看看怎么办吗", "劲松五区301楼楼上漏水不肯修怎么办", "凭什么楼上漏水没人管，怎么办"])
def test_who_wants_somebody_to_come_or_says_where_is_not_sent_to_read(informed: Talk, text: str) -> None:
    assert "来源：" not in texts(informed, text, "complaint")
    assert informed.slots["problem"]


def test_a_cry_that_holds_a_word_of_a_question_is_a_complaint(informed: Talk) -> None:
    assert "来源：" not in texts(informed, "楼上漏水打了多少次电话了 你们到底管不管", "complaint")
    assert informed.slots["problem"]


def test_a_matter_told_beside_a_question_is_offered_next(informed: Talk) -> None:
    said = asyncio.run(informed.say("我们小区的路灯不亮了，另外楼上漏水不肯修怎么办", "complaint"))
    assert "来源：" in said[0]["text"]
    assert "路灯" in said[-1]["text"]
    assert [each["said"] for each in informed.slots["later"]] == ["我们小区的路灯不亮了"]


def test_a_wish_to_die_in_the_middle_of_a_complaint_is_asked_about_and_may_be_anger(talk: Talk) -> None:
    said = texts(talk, "楼上天天晚上吵，我真的快疯了，不想活了", "complaint")
    assert "12356" in said
    assert "在什么地方" in said
    assert texts(talk, "没事，我就是气话", "deny").startswith("好的")
    assert tickets(talk) == []


def test_who_takes_back_a_wish_to_die_is_answered_kindly_and_a_person_still_looks(talk: Talk) -> None:
    texts(talk, "我真的不想活了", "complaint")
    said = texts(talk, "没事，我就是气话", "deny")
    assert "坐席会来问一声" in said
    assert tickets(talk)[0][1] == "received"


def test_the_address_of_a_danger_is_added_though_not_told_at_once_and_a_time_is_no_address(talk: Talk) -> None:
    texts(talk, "我在家里不想活了", "complaint")
    texts(talk, "没事，我就是气话", "deny")
    assert "位置已补进" in texts(talk, "朝阳区双井街道九龙花园2号楼1203，就是楼上1303", "inform")
    talk.user = "w2"
    talk.slots.clear()
    texts(talk, "我在家里不想活了", "complaint")
    texts(talk, "你快点啊", "abuse")
    assert "位置已补进" not in texts(talk, "每天晚上十二点以后", "inform")


def test_of_what_happened_at_no_place_nobody_is_asked_where(talk: Talk) -> None:
    said = texts(talk, "我要投诉12345的接线员，态度特别差，昨天下午三点多打的", "complaint")
    assert "什么地方" not in said
    assert "怎么称呼您" in said
    assert "**地点**" not in texts(talk, "不留", "skip")


def test_two_matters_with_another_one_are_two(talk: Talk) -> None:
    texts(talk, "我要反映两个事，一个是小区门口垃圾没人清，另一个是健身器材坏了", "complaint")
    assert talk.slots["problem"] == "小区门口垃圾没人清"
    assert [each["said"] for each in talk.slots["later"]] == ["健身器材坏了"]


@pytest.mark.parametrize("text", ["My landlord refuses to return my deposit", "hello, can you speak English?", "¿Puede ayudarme con el agua, por favor?"])
def test_a_sentence_in_another_language_is_told_so_in_english_and_offered_a_person(talk: Talk, text: str) -> None:
    said = asyncio.run(talk.ask(text, "nlu_fallback"))[-1]
    assert "I only understand Chinese" in said["text"]
    assert [choice["label"] for choice in said["choices"]] == ["转人工"]


def test_an_answer_that_stands_just_above_is_not_said_a_second_time(informed: Talk) -> None:
    assert "来源：" in asyncio.run(informed.ask("楼上漏水不肯修怎么办"))[-1]["text"]
    for _ in range(2):
        again = asyncio.run(informed.ask("谁来修"))[-1]
        assert "能查到的都在上面那条答复里" in again["text"]
        assert "来源：" not in again["text"]
        assert [choice["label"] for choice in again["choices"]] == ["登记诉求", "转人工"]
    asyncio.run(informed.ask("谢谢你啊", "thanks"))  # something else was said since
    assert "来源：" in asyncio.run(informed.ask("谁来修"))[-1]["text"]


def test_who_asks_on_is_shown_the_line_that_says_it(informed: Talk) -> None:
    asyncio.run(informed.ask("楼上漏水不肯修怎么办"))
    again = asyncio.run(informed.ask("公共管道漏的呢"))[-1]
    assert "答复里最接近您问的是这一条" in again["text"]
    assert "公共" in again["text"].split("\n\n")[1]
    assert "来源：" not in again["text"]


def test_praise_that_names_only_a_person_is_asked_what_they_did(talk: Talk) -> None:
    assert "做了什么" in texts(talk, "我要表扬一位公交司机", "praise")
    said = texts(talk, "昨天坐特8路，老人摔倒了他停车扶起来还送医院", "praise")
    assert "**事情**：一位公交司机，" in said
    texts(talk, "没了", "deny")
    assert tickets(talk)[0][0] == "praise"


def test_a_time_told_at_the_reading_back_does_not_become_the_matter(talk: Talk) -> None:
    texts(talk, "石景山区八角北里3号楼昨天晚上有人乱敲门，不留电话", "complaint")
    assert "请您核对" in texts(talk, "昨天晚上十一点", "inform")
    assert talk.slots["happened"] == "昨天晚上十一点"
    assert "十一点" not in talk.slots["problem"]


def test_what_is_taken_for_a_question_and_is_none_is_told_of_the_matter(talk: Talk) -> None:
    texts(talk, "顺义后沙峪祥云小镇的房子逾期交房一年多了", "complaint")
    said = texts(talk, "去年九月就该交房了", "consultation")
    assert "没有准确的答案" not in said
    assert "好，记下了" in said


def test_confidentiality_is_promised_once(talk: Talk) -> None:
    texts(talk, "昨天下午孩子被同学打了老师不管", "complaint")
    assert texts(talk, "海淀区知春里小区5号楼，能保密吗", "inform").count("保密") == 1
    assert "能保密吗" not in texts(talk, "13700003333", "inform")


def test_a_vague_place_is_asked_about_in_words_that_make_sense(talk: Talk) -> None:
    texts(talk, "树倒了压着车了", "help_request")
    assert "“我家楼下”在哪个区" in texts(talk, "就在我家楼下", "inform")


def test_who_asks_to_have_it_recorded_means_what_they_asked_before(informed: Talk) -> None:
    asyncio.run(informed.ask("养老金这个月少发了三百块怎么回事"))
    texts(informed, "帮我登记一下吧", "help_request")
    assert informed.slots["problem"] == "养老金这个月少发了三百块怎么回事"


def test_who_says_where_they_live_and_asks_where_to_go_reports_nothing(informed: Talk) -> None:
    asyncio.run(informed.ask("楼上漏水不肯修怎么办"))
    assert informed.slots["told"] == "property-leak"
    texts(informed, "我住在朝阳区，找谁问", "inform")
    assert informed.slots["problem"] is None


def heard(talk: Talk, text: str, unsure: str) -> list[dict[str, Any]]:
    """What the bot says to something spoken whose place was not surely understood."""
    return asyncio.run(talk.say(text, "inform", unsure=unsure))


def test_of_spoken_names_that_sound_alike_one_question_tells_which(talk: Talk) -> None:
    texts(talk, "楼道灯坏了，从昨天开始", "complaint")
    asked = heard(talk, "海淀区二里沟5号楼", "二里沟|二里庄|二里营")[-1]
    assert asked["text"] == "您说的是二里沟、二里庄，还是二里营？"
    assert [choice["label"] for choice in asked["choices"]] == ["二里沟", "二里庄", "二里营", "都不是"]
    said = texts(talk, "二里庄", "inform")
    assert talk.slots["place"]["text"] == "海淀区二里庄5号楼"
    assert "怎么称呼" in said


def test_who_means_none_of_the_names_is_not_asked_again_and_goes_on_with_what_was_heard(talk: Talk) -> None:
    texts(talk, "楼道灯坏了，从昨天开始", "complaint")
    heard(talk, "海淀区二里沟5号楼", "二里沟|二里庄")
    assert "怎么称呼" in texts(talk, "都不是", "deny")
    assert talk.slots["place"]["text"] == "海淀区二里沟5号楼"
    assert "请您核对" in "".join(m["text"] for m in heard(talk, "姓王 13812345678", ""))


def test_a_spoken_village_without_its_district_is_asked_for_it_once(talk: Talk) -> None:
    texts(talk, "路灯坏了，从昨天开始", "complaint")
    assert heard(talk, "跟庄村3号楼", "")[-1]["text"] == "是哪个区、哪个街道或者乡镇？"
    assert "怎么称呼" in "".join(m["text"] for m in heard(talk, "房山区长沟镇坟庄村3号楼", ""))
    assert talk.slots["place"]["text"] == "房山区长沟镇坟庄村3号楼"
    assert talk.slots["place"]["street_code"]


def test_who_cannot_tell_the_street_is_not_asked_for_it_again(talk: Talk) -> None:
    texts(talk, "路灯坏了，从昨天开始", "complaint")
    assert heard(talk, "海淀区后现代城3号楼", "")[-1]["text"] == "是海淀区的哪个街道或者乡镇？"
    assert "怎么称呼" in texts(talk, "不知道", "inform")
    assert talk.slots["place"]["text"] == "海淀区后现代城3号楼"
    heard(talk, "不对，地点是海淀区现代城3号楼", "")
    assert talk.slots["requested_slot"] == "contact"


def test_a_spoken_road_is_enough_without_its_street_and_a_place_that_was_typed_is_never_asked_apart(talk: Talk) -> None:
    texts(talk, "路灯坏了，从昨天开始", "complaint")
    assert "怎么称呼" in heard(talk, "朝阳区建国路93号", "")[-1]["text"]
    talk.slots["place"], talk.slots["requested_slot"] = None, "place"
    assert "怎么称呼" in texts(talk, "朝阳区后现代城3号楼", "inform")


@pytest.mark.parametrize(("unsure", "heard"), [("", True), (None, False)], ids=["spoken", "typed"])
def test_what_was_said_is_looked_up_by_its_sound_before_a_form_and_in_the_middle_of_one(
    unsure: str | None, heard: bool, informed: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    looked_up: list[tuple[str, bool]] = []
    find = informed.desk.knowledge.find

    def watched(question: str, told: str | None = None, *, heard: bool = False) -> Found:
        looked_up.append((question, heard))
        return find(question, told, heard=heard)

    monkeypatch.setattr(informed.desk.knowledge, "find", watched)
    answered = asyncio.run(informed.say("娄上漏税不休怎么办", "complaint", unsure=unsure))
    assert "来源：" in answered[-1]["text"]
    informed.slots.clear()
    asyncio.run(informed.say("我们小区的路灯坏了", "complaint", unsure=unsure))
    asyncio.run(informed.say("娄上漏税不休怎么办", "complaint", unsure=unsure))
    assert looked_up
    assert set(looked_up) == {("娄上漏税不休怎么办", heard)}
    assert len(looked_up) >= 3


def test_an_amount_that_is_told_when_the_place_was_asked_is_more_of_the_matter(talk: Talk) -> None:
    said = texts(talk, "老板欠我三个月工资了，工地在大兴黄村，一共八个人", "complaint")
    assert "哪条路" in said
    said = texts(talk, "大概十五万吧", "inform")
    assert talk.slots["place"]["text"] == "大兴黄村"
    assert "十五万" in talk.slots["problem"]
    texts(talk, "工地在黄村兴丰大街", "inform")
    said = texts(talk, "从八月份开始没发", "inform")
    assert "怎么称呼您" in said
    assert "多少人" not in said
    assert "多少钱" not in said, "both were told"


def test_only_what_was_not_told_is_asked_for_the_handlers(talk: Talk) -> None:
    texts(talk, "健身房跑路了，办的年卡三千六退不了", "complaint")
    texts(talk, "三千六百块", "inform")
    texts(talk, "海淀区中关村大街", "inform")
    said = texts(talk, "上个月底关的门", "inform")
    assert "商家叫什么名字" in said
    assert "多少钱" not in said


def test_what_nobody_noticed_is_no_place(talk: Talk) -> None:
    texts(talk, "公交车司机开车打电话，太危险了", "complaint")
    said = texts(talk, "公交车牌号没看清", "inform")
    assert not talk.slots.get("place")
    assert "在什么地方" in said


def test_a_station_where_somebody_got_on_is_the_place(talk: Talk) -> None:
    texts(talk, "我要投诉公交车司机，今天早上八点在西直门坐的快线，没等我坐稳就开车", "complaint")
    assert talk.slots["place"]["text"] == "西直门"
    assert talk.slots["requested_slot"] == "contact"


def test_an_hour_that_is_told_later_is_of_the_day_that_was_told(talk: Talk) -> None:
    texts(talk, "昨天晚上打车，司机骂我，从国贸到望京", "complaint")
    said = texts(talk, "十点半左右", "inform")
    assert talk.slots["happened"] == "昨天晚上十点半左右"
    assert "电话是多少" in said, "what was asked is asked again"
    texts(talk, "不留", "deny")
    said = texts(talk, "时间是十一点半", "inform")
    assert talk.slots["happened"] == "昨天晚上十一点半"
    assert "23:30" in said


def test_who_did_not_see_the_plate_has_not_refused_a_telephone_number(talk: Talk) -> None:
    texts(talk, "公交司机今天早上八点在西直门没等我坐稳就开车，差点摔倒", "complaint")
    said = texts(talk, "车牌号没看清", "skip")
    assert talk.slots.get("contact") is None
    assert "号码" in said or "手机号" in said or "电话" in said
    texts(talk, "不用回电话", "deny")
    assert "不用回电话" not in str(talk.slots.get("details"))


def test_a_place_after_an_answered_question_that_told_of_something_begins_a_request(talk: Talk) -> None:
    asyncio.run(talk.ask("小区停电了，什么时候来电啊"))
    texts(talk, "望京西园三区", "inform")
    assert talk.slots["problem"] == "小区停电了，什么时候来电啊"
    assert talk.slots["place"]["text"] == "望京西园三区"


def test_after_an_alarm_what_is_told_goes_into_the_urgent_ticket(talk: Talk) -> None:
    said = texts(talk, "外卖小哥逆行撞了我，头破了流了好多血", "complaint")
    assert "12" in said
    assert "坐席" in texts(talk, "朝阳区大望路", "inform")
    assert "已补进加急工单" in texts(talk, "腿也动不了", "inform")
    assert "已补进加急工单" in texts(talk, "我叫小明，电话13800001111", "inform")
    assert talk.slots.get("draft") is None, "no request of its own begins"
    assert len(tickets(talk)) == 1


def test_no_danger_after_an_alarm_is_no_other_danger(talk: Talk) -> None:
    texts(talk, "救命，我老公拿刀砍我", "complaint")
    said = texts(talk, "没有危险了，他现在出去了", "inform")
    assert "还留着" in said
    assert "立即拨打" not in said
    assert len(tickets(talk)) == 1


def test_what_is_not_yet_submitted_is_left_by_words_of_withdrawing_too(talk: Talk) -> None:
    texts(talk, "望京西园三区停电了", "complaint")
    assert "没有登记" in texts(talk, "算了不用管了，他们自己修好了", "withdraw")
    assert tickets(talk) == []


def test_an_answer_that_sounds_like_leaving_or_like_a_greeting_is_an_answer(talk: Talk) -> None:
    texts(talk, "望京西园三区停电了", "complaint")
    texts(talk, "刚才停的", "cancel")
    assert talk.slots["happened"] == "刚才"
    assert talk.slots.get("confirmed") is None
    texts(talk, "算了不报了", "cancel")
    assert talk.slots.get("confirmed") != "yes"
    assert tickets(talk) == []
    talk.slots.clear()
    texts(talk, "延庆区康庄镇的水一直是黄的", "complaint")
    texts(talk, "好几年了", "greet")
    assert talk.slots["happened"] == "好几年了"


def test_a_day_told_after_the_hour_keeps_the_hour(talk: Talk) -> None:
    texts(talk, "楼下商户半夜卸货，跟他们说也不听，海淀区苏州街", "complaint")
    texts(talk, "凌晨两三点", "inform")
    texts(talk, "天天", "inform")
    assert talk.slots["happened"] == "天天凌晨两三点"
    texts(talk, "免贵姓冯，就微信联系吧", "inform")
    assert "微信" not in talk.slots["problem"]


def test_what_an_office_said_is_no_place_and_a_right_of_seven_days_no_time(talk: Talk) -> None:
    texts(talk, "我家对面盖楼挡光", "complaint")
    texts(talk, "规划局说合法", "inform")
    assert not talk.slots.get("place")
    texts(talk, "丰台区花乡", "inform")
    texts(talk, "说不清", "skip")
    texts(talk, "七天无理由也不让", "inform")
    assert talk.slots["place"]["text"] == "丰台区花乡"
    assert not talk.slots.get("happened")


def test_the_place_of_an_urgent_ticket_grows_more_precise(talk: Talk) -> None:
    texts(talk, "我家厨房烧起来了", "complaint")
    texts(talk, "石景山区八角街道", "inform")
    texts(talk, "八角北里3号楼", "inform")
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        assert tx.tickets.of_conversation(talk.conversation)[0].place.text == "石景山区八角街道八角北里3号楼"


def test_a_place_alone_begins_a_request_and_is_not_its_matter(talk: Talk) -> None:
    said = texts(talk, "我在海淀区清河街道安宁里小区", "complaint")
    assert "什么事" in said
    texts(talk, "5号楼3单元电梯坏了", "inform")
    assert talk.slots["problem"] == "5号楼3单元电梯坏了"
    assert talk.slots["place"]["text"] == "海淀区清河街道安宁里小区5号楼3单元"


def test_what_is_told_before_it_is_asked_is_kept_and_not_asked(talk: Talk) -> None:
    texts(talk, "海淀区西三旗建材城工地欠我们工资", "complaint")
    texts(talk, "12个人，一共26万", "inform")
    said = texts(talk, "从七月份开始没发", "inform")
    assert "12个人，一共26万" in talk.slots["problem"]
    assert "多少人" not in said


def test_what_is_added_to_the_request_being_taken_goes_there(talk: Talk) -> None:
    texts(talk, "大兴区黄村镇清源路上有个大坑，从上个月底就有了", "complaint")
    texts(talk, "我再补充一下，坑旁边还没有警示牌", "supplement")
    assert talk.slots["problem"].endswith("；坑旁边还没有警示牌")


def test_a_crossing_told_later_keeps_its_district(talk: Talk) -> None:
    texts(talk, "大兴区黄村镇清源路上有个大坑，好几辆车都颠了", "complaint")
    texts(talk, "就在清源路和兴丰大街路口往东一点", "inform")
    place = talk.slots["place"]
    assert (place["text"], place["street_code"]) == ("大兴区清源路和兴丰大街路口往东一点", "110115005")


def test_submit_is_no_place(talk: Talk) -> None:
    texts(talk, "楼下饭店油烟太大", "complaint")
    texts(talk, "提交", "affirm")
    assert not (talk.slots.get("place") or {}).get("text")


def test_who_leaves_no_name_but_a_number_is_called_there(talk: Talk) -> None:
    texts(talk, "天坛公园东门外面有人卖假药，这个月天天来", "complaint")
    said = texts(talk, "不用留我名字，电话13466667777", "skip")
    assert "13466667777" in said


def test_a_refused_number_counts_when_something_else_was_asked(talk: Talk) -> None:
    texts(talk, "八里庄街道菜市场污水往路上流", "complaint")
    texts(talk, "朝阳的", "inform")
    texts(talk, "最近一直这样", "inform")
    texts(talk, "不想留电话", "skip")
    assert talk.slots["contact"] == {}
    assert talk.slots["happened"] == "最近"
    assert "一直这样" not in talk.slots["problem"] + talk.slots["place"]["text"]


def test_a_number_is_no_ticket_while_a_request_is_taken(talk: Talk) -> None:
    texts(talk, "楼下饭店油烟太大", "complaint")
    texts(talk, "周，13522223333", "progress")
    assert talk.slots["contact"]["phone"] == "13522223333"


@pytest.mark.parametrize(("text", "wanted"), [("为什么要我电话", "留电话只是"), ("要我地址干嘛", "交给管这一片"), ("问时间有什么用", "好去查")])
def test_who_asks_why_something_is_asked_is_told(talk: Talk, text: str, wanted: str) -> None:
    texts(talk, "石景山区金顶街三区自来水发黄，今天早上开始", "complaint")
    said = texts(talk, text, "consultation")
    assert said.startswith(wanted) or wanted in said.split("\n")[0]
    assert "怎么称呼您" in said  # and it is asked as if for the first time


def test_secrecy_wished_for_at_the_telephone_is_said_to_be_kept(talk: Talk) -> None:
    texts(talk, "平谷区平谷镇府前西街有家饭店用地沟油，每天后半夜来送油", "report")
    assert "替您保密" in texts(talk, "别让人知道是我举报的", "report")


def test_who_waits_for_a_person_is_asked_nothing_and_loses_nothing(talk: Talk) -> None:
    texts(talk, "朝阳区十八里店乡横街子村的路坑坑洼洼", "complaint")
    with talk.desk.store.transaction() as tx:
        assert talk.conversation
        change_status(tx, talk.conversation, "waiting", now=talk.clock())
    said = texts(talk, "从去年就这样", "inform")
    assert "坐席来了能看到" in said
    assert "怎么称呼" not in said
    assert talk.slots["happened"] == "从去年就这样"
    said = texts(talk, "不等了，接着登记", "cancel")
    assert "怎么称呼" in said
    with talk.desk.store.reading() as tx:
        assert tx.conversations.get(talk.conversation).status == "bot"


def test_a_fact_about_the_same_danger_goes_into_its_ticket_with_a_short_word(talk: Talk) -> None:
    texts(talk, "我家厨房里味道很重像煤气，我头有点晕", "complaint")
    texts(talk, "朝阳区垡头翠城馨园", "inform")
    assert texts(talk, "孩子在哭", "inform").startswith("已补进加急工单")
    assert "120" in texts(talk, "孩子晕过去了叫不醒", "inform")  # another number is told


@pytest.mark.parametrize("text", ["求你们了", "那怎么办"])
def test_who_pleads_after_an_alarm_hears_once_more_what_to_do(talk: Talk, text: str) -> None:
    texts(talk, "有人在砸我家门，手里拿着刀", "complaint")
    said = texts(talk, text, "thanks" if text == "求你们了" else "consultation")
    assert "110" in said
    assert "在什么位置" in said


def test_a_hiding_place_is_kept_and_where_it_is_is_asked_further(talk: Talk) -> None:
    texts(talk, "他又打我了，拿着刀", "complaint")
    assert "哪个区" in texts(talk, "现在躲在厕所里", "inform")
    assert "位置已补进" in texts(talk, "石景山区八角北里3号楼", "inform")
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        assert tx.tickets.of_conversation(talk.conversation)[0].place.text == "石景山区八角北里3号楼"


def test_who_called_for_help_says_that_there_was_need(talk: Talk) -> None:
    texts(talk, "路边的变压器箱门开着，线都露在外面", "complaint")
    talk.slots["alarm"] = {"message": "", "raised": False, "doubted": {"danger": "fire", "text": "冒烟", "just_asked": False, "at": talk.clock().isoformat(), "message": "x"}}
    assert "加急登记" in texts(talk, "好的我已经打了119", "inform")


@pytest.mark.parametrize("text", ["就是烦", "唉", "没人懂", "心里堵得慌", "真的好累啊"])
def test_a_sigh_is_met_with_a_warm_sentence(talk: Talk, text: str) -> None:
    assert texts(talk, text, "nlu_fallback").startswith("听得出您心里不好受")


def test_a_matter_that_waits_goes_on_where_only_its_place_is_told(talk: Talk) -> None:
    talk.slots["later"] = [{"said": "楼上装修太早，六点就开工", "kind": "complaint"}]
    texts(talk, "西城区汽南社区5号楼", "inform")
    assert talk.slots["problem"] == "楼上装修太早，六点就开工"
    assert not talk.slots["later"]
    assert "怎么称呼您" in texts(talk, "就这周", "inform")  # nobody was asked before


def test_who_asks_whether_they_may_stay_unnamed_may(talk: Talk) -> None:
    texts(talk, "天坛医院挂号处排队排了四个小时，昨天上午", "complaint")
    said = texts(talk, "投诉可以不留名吗", "consultation")
    assert said.startswith("可以，不留也一样登记")
    assert "天坛医院（丰台区）" in said  # which has moved out of 天坛


def test_a_contact_is_put_right_by_naming_another_person(talk: Talk) -> None:
    texts(talk, "顺义区后沙峪镇江山赋小区门口占道停车，天天晚上，我姓王，13811110001", "complaint")
    texts(talk, "联系人写我老公吧，他姓李，13811110002", "inform")
    assert (talk.slots["contact"]["name"], talk.slots["contact"]["phone"]) == ("李", "13811110002")
    assert talk.slots["problem"] == "占道停车"


def test_two_items_are_put_right_one_after_the_other(talk: Talk) -> None:
    texts(talk, "丰台区草桥欣园三区物业半夜放音响，上周六", "complaint")
    texts(talk, "不对，是上周日", "correct")
    texts(talk, "小区也错了，是草桥欣园四区", "correct")
    assert (talk.slots["place"]["text"], talk.slots["happened"]) == ("丰台区草桥欣园四区", "上周日")


def test_a_building_told_first_or_later_stays_with_its_estate(talk: Talk) -> None:
    texts(talk, "3号院2号楼一单元水管爆了，刚才", "complaint")
    texts(talk, "在西城区三里河南横街", "inform")
    assert talk.slots["place"]["text"] == "西城区三里河南横街3号院2号楼一单元"
    talk.slots["place"] = {**talk.slots["place"], "text": "朝阳区管庄西里", "district_code": "110105", "street_code": None}
    texts(talk, "61号楼东边那个", "inform")
    assert talk.slots["place"]["text"] == "朝阳区管庄西里61号楼东边"


def test_a_name_told_behind_its_number_is_no_problem(talk: Talk) -> None:
    texts(talk, "我要反映情况", "complaint")
    texts(talk, "13512345678", "inform")
    texts(talk, "王建军", "inform")
    assert not talk.slots.get("problem")
    assert talk.slots["contact"]["name"] == "王建军"


def test_a_question_after_an_alarm_that_nothing_answers_is_for_the_person(talk: Talk) -> None:
    texts(talk, "电梯停在六楼不动了，我和我妈困在里面", "help_request")
    texts(talk, "昌平区北七家镇望都家园", "inform")
    assert "已补进加急工单" in texts(talk, "能打通物业吗没人接", "consultation")


def test_a_question_after_a_choice_that_was_not_made_goes_on_from_it(talk: Talk) -> None:
    publish(talk, "公积金")
    first = asyncio.run(talk.ask("公积金怎么提取"))[-1]
    assert first["text"].startswith("您想问的是不是")
    again = asyncio.run(talk.ask("要带啥"))[-1]
    assert again["text"].startswith("您先看看是哪一个")
    assert {choice["label"] for choice in again["choices"]} == {choice["label"] for choice in first["choices"]}


def test_a_short_question_after_a_choice_is_answered_from_the_one_it_names(talk: Talk) -> None:
    publish(talk, "公积金")
    for question, answered in (("租房的要带啥", "租房怎么提取公积金？"), ("退休了的", "退休后公积金怎么取？")):
        first = asyncio.run(talk.ask("公积金怎么提取"))[-1]
        assert first["text"].startswith("您想问的是不是"), question
        article = next(a for a in read_folder(ROOT / "knowledge_base" / "articles", sample=True) if a.question == answered)
        assert asyncio.run(talk.ask(question))[-1]["text"].startswith(article.answer), question


def test_a_short_question_that_names_none_of_several_choices_is_answered_on_condition(talk: Talk) -> None:
    publish(talk, "公积金")
    first = asyncio.run(talk.ask("公积金怎么提取"))[-1]
    said = asyncio.run(talk.ask("多久到账"))[-1]
    assert said["text"].startswith(f"您问的要是“{said['choices'][0]['label']}”")
    assert {c["label"] for c in said["choices"]} == {c["label"] for c in first["choices"]}
    assert asyncio.run(talk.ask("在哪办"))[-1]["text"].startswith("您先看看是哪一个")


def test_all_short_questions_after_a_choice_are_about_what_was_asked_first(talk: Talk) -> None:
    publish(talk, "离婚", "结婚", "护照", "港澳")
    offered = asyncio.run(talk.ask("离婚去哪个区办"))[-1]["choices"][0]
    for question in ("要预约吗", "要带什么", "能代办吗"):
        assert asyncio.run(talk.ask(question))[-1]["choices"][0]["label"] == offered["label"], question


def test_who_takes_a_request_back_and_only_asks_is_answered(talk: Talk) -> None:
    publish(talk, "社保")
    texts(talk, "我要举报我们公司不给交社保", "report")
    left, offered = asyncio.run(talk.say("不用举报了 我就问问有没有什么规定", "consultation"))
    assert left["text"] == talk.desk.city.say("intake.cancelled")
    assert "单位不给交社保怎么办？" in (offered["text"], *(choice["label"] for choice in offered["choices"])) or "来源：" in offered["text"]
    assert not talk.open
    assert talk.slots["problem"] is None


def test_what_is_told_after_a_question_without_an_answer_is_one_matter_with_it(talk: Talk) -> None:
    publish(talk, "社保")
    asyncio.run(talk.ask("我家的无人机被邻居打下来了找谁"))
    said = asyncio.run(talk.ask("他不赔", "nlu_fallback"))[-1]
    assert said["text"] == talk.desk.city.say("answer.may_record")
    question = UUID(said["choices"][0]["entities"]["question"])
    with talk.desk.store.reading() as tx:
        assert tx.articles.question(question).text == "我家的无人机被邻居打下来了找谁，他不赔"


def test_what_we_are_asked_to_do_is_no_question_to_the_knowledge(talk: Talk) -> None:
    assert asyncio.run(talk.ask("法院判下来他不还钱，你们能不能让他还")) == []  # the form takes it, and refuses it with the right channel


def test_how_long_it_lasts_stays_true_when_it_is_told_since_when(talk: Talk) -> None:
    texts(talk, "西单地铁站扶梯停了好几天，老人爬不动，我姓方，13512121212", "complaint")
    texts(talk, "上周四开始", "inform")
    assert (talk.slots["happened"], talk.slots["problem"]) == ("上周四开始", "西单地铁站扶梯停了好几天，老人爬不动")


def test_a_street_put_right_with_its_estate_keeps_the_door(talk: Talk) -> None:
    texts(talk, "昌平区霍营街道流星花园三区暖气不热", "complaint")
    texts(talk, "不是霍营，是回龙观的流星花园", "correct")
    assert talk.slots["place"]["text"] == "昌平区回龙观街道流星花园三区"


def test_what_is_told_instead_of_the_place_is_kept_and_the_place_asked_again(talk: Talk) -> None:
    texts(talk, "我们小区暖气不热", "complaint")
    texts(talk, "屋里才14度，从昨天晚上开始的", "inform")
    assert talk.slots["requested_slot"] == "place"
    said = texts(talk, "望京花家地南里3号楼", "inform")
    assert "多少度" not in said
    assert (talk.slots["problem"], talk.slots["happened"]) == ("我们小区暖气不热；屋里才14度", "从昨天晚上开始")
    texts(talk, "姓李，13900001111", "inform")
    assert not talk.slots["details"]["said"]


def test_how_many_and_how_much_are_no_place(talk: Talk) -> None:
    texts(talk, "俺是给人干活的 老板不给钱", "complaint")
    texts(talk, "十二个人 一人一万多", "inform")
    assert talk.slots["requested_slot"] == "place"
    said = texts(talk, "通州张家湾那个工地", "inform") + texts(talk, "去年干完的", "inform")
    assert "多少人" not in said
    assert "十二个人 一人一万多" in talk.slots["problem"]


def test_the_number_of_somebody_named_is_not_the_citizens(talk: Talk) -> None:
    texts(talk, "昨天朝阳区望京西园三区的老板不给钱", "complaint")
    texts(talk, "老板叫刘大强 电话13911112222", "inform")
    assert not talk.slots.get("contact")
    assert "13911112222" in talk.slots["details"]["said"]
    texts(talk, "我叫陈二牛 电话13511113333", "inform")
    assert talk.slots["contact"] == {"name": "陈二牛", "phone": "13511113333"}


def test_a_name_beside_a_better_place_and_a_short_fact_are_kept(talk: Talk) -> None:
    texts(talk, "我家楼下烧烤摊天天弄到半夜", "complaint")
    texts(talk, "朝阳区三间房", "inform")
    texts(talk, "双桥路附近 叫老王烧烤", "inform")
    assert (talk.slots["place"]["text"], talk.slots["problem"]) == ("朝阳区三间房双桥路附近", "我家楼下烧烤摊天天弄到半夜；叫老王烧烤")
    texts(talk, "五年级", "inform")
    assert talk.slots["problem"].endswith("；五年级")


def test_what_is_not_known_beside_the_place_is_no_question_and_no_part_of_it(talk: Talk) -> None:
    texts(talk, "我要举报一家黑诊所", "report")
    texts(talk, "在大兴旧宫镇那边", "inform")
    said = texts(talk, "具体叫啥不知道 就在集贤地区办事处对面那排平房里", "consultation")
    assert "您想问的是不是" not in said
    assert talk.slots["place"]["text"].startswith("集贤地区办事处对面那排平房里")
    texts(talk, "门牌不清楚，就在胡同口", "inform")
    assert "胡同口" in talk.slots["place"]["text"]


def test_a_station_is_one_place_and_its_exit_belongs_to_it(talk: Talk) -> None:
    said = texts(talk, "地铁5号线天通苑站那个扶梯又坏了", "complaint")
    assert "哪一个" not in said
    texts(talk, "B口", "abuse")
    assert talk.slots["place"]["text"] == "地铁5号线天通苑站B口"


def test_a_time_after_a_shrug_is_the_time(talk: Talk) -> None:
    texts(talk, "丰台方庄芳古园一区停车位被人装了地锁", "complaint")
    texts(talk, "记不清了 上个月吧", "skip")
    assert talk.slots["happened"] == "上个月"


def test_who_does_not_say_who_they_are_is_asked_for_no_number_and_a_name_given_before_stays(talk: Talk) -> None:
    texts(talk, "昨天望京西园三区烧烤摊弄到半夜", "complaint")
    texts(talk, "我不想说我是谁", "nlu_fallback")
    assert talk.slots["contact"] == {}
    assert talk.slots["confidential"]
    assert "我是谁" not in talk.slots["problem"]
    talk.slots.clear()
    texts(talk, "今天早上公交车司机在国贸桥把门关了就走", "complaint")
    texts(talk, "我姓赵", "inform")
    texts(talk, "号码就用这个不用留", "skip")
    assert talk.slots["contact"] == {"name": "赵"}
    assert "号码" not in talk.slots["problem"]


def test_a_wish_after_a_no_is_no_leaving_and_what_happens_is_no_place(talk: Talk) -> None:
    texts(talk, "昨天小区门口的大坑把我媳妇摔了", "complaint")
    texts(talk, "电瓶车也推上来充电", "complaint")
    texts(talk, "单号SF1234567890123", "inform")
    assert talk.slots["requested_slot"] == "place"
    texts(talk, "海淀清河毛纺厂北小区", "inform")
    texts(talk, "不用 我就想赶紧把坑填了", "cancel")
    assert talk.slots.get("confirmed") is None
    assert talk.slots["problem"]


def test_a_call_for_action_proposes_nothing_and_is_asked_where(talk: Talk) -> None:
    assert "什么地方" in texts(talk, "你们能不能管管共享单车", "suggestion")


def test_when_it_was_is_no_question_for_progress(talk: Talk) -> None:
    texts(talk, "朝阳区十八里店快递丢了", "complaint")
    texts(talk, "上周三就显示签收了 我没收到", "progress")
    assert talk.slots["happened"] == "上周三"


def test_a_question_that_nobody_answers_is_no_request_however_sure_its_category(talk: Talk) -> None:
    said = asyncio.run(talk.ask("冰雪大世界的企鹅靴在哪领"))
    assert [message["text"] for message in said] == [talk.desk.city.say("answer.unknown")]


def test_on_the_telephone_this_number_is_the_one_that_calls(talk: Talk) -> None:
    talk.user, talk.channel = "+8613800000000", "phone"
    texts(talk, "今天早上公交车司机在国贸桥把门关了就走", "complaint")
    texts(talk, "我姓赵，号码就用这个", "inform")
    assert talk.slots["contact"]["phone"] == "13800000000"
    texts(talk, "号码就用这个", "inform")
    assert talk.slots["contact"]["phone"] == "13800000000"
    assert "号码" not in talk.slots["problem"]


def test_a_place_told_piece_by_piece_is_one_place(talk: Talk) -> None:
    texts(talk, "楼上半夜拖桌子，都好几个月了", "complaint")
    texts(talk, "丰台区方庄芳古园一区那边", "inform")
    texts(talk, "几号楼我想想 12号楼 二单元", "correct")
    assert talk.slots["place"]["text"] == "丰台区方庄芳古园一区那边12号楼二单元"
    texts(talk, "旁边有个物美", "inform")
    assert talk.slots["place"]["text"].endswith("，旁边有个物美")
    assert talk.slots["problem"] == "楼上半夜拖桌子"
    assert not (talk.slots["details"] or {}).get("said")


def test_which_day_it_was_is_asked_once(talk: Talk) -> None:
    assert "是哪天早上六点多的事" in texts(talk, "从早上六点多就没有水了，在海淀区安宁里小区", "complaint")
    said = texts(talk, "5号楼", "inform")
    assert "时间" not in said
    assert talk.slots["happened"] == "从早上六点多"


def test_a_danger_in_the_middle_has_the_place_that_was_told(talk: Talk) -> None:
    texts(talk, "楼下烧烤摊天天油烟呛死了", "complaint")
    texts(talk, "石景山区古城南路那个", "inform")
    said = texts(talk, "等一下 他们煤气罐在漏 味儿特别大", "report")
    assert "位置按您刚才说的：石景山区古城南路）" in said
    assert "什么位置" not in texts(talk, "已经打了119了", "inform")
    texts(talk, "在古城南路12号院门口", "inform")
    with talk.desk.store.reading() as tx:
        assert talk.conversation
        (ticket,) = tx.tickets.of_conversation(talk.conversation)
        assert (ticket.place.text, ticket.place.district_code) == ("石景山区古城南路12号院门口", "110107")
        assert any("119" in event.note for event in tx.tickets.events(ticket.id))


def test_who_looks_for_somebody_hears_what_helps_to_find_them(talk: Talk) -> None:
    said = texts(talk, "我爸走丢了 他有老年痴呆 早上七点出去买菜到现在没回来", "help_request")
    assert "110" in said
    assert "不用等24小时" in said
    assert "穿着" in said


def test_who_was_refused_and_goes_on_about_the_courts_hears_the_channel(talk: Talk) -> None:
    texts(talk, "法院判了我赢了但是执行局一直不给我执行", "complaint")
    assert "12368" in texts(talk, "那我投诉执行局的法官行不行", "progress")


def test_a_matter_told_in_anger_is_taken_without_the_anger(talk: Talk) -> None:
    texts(talk, "你们12345有个屁用 打了三次了 垃圾还是堆在那儿", "abuse")
    assert talk.slots["problem"] == "打了三次了，垃圾还是堆在那儿"


@pytest.mark.parametrize(("text", "tells"), [("你们12345有个屁用 打了三次了 垃圾还是堆在那儿", True), ("你们都是废物 滚", False), ("什么破热线 一点用没有", False)])
def test_anger_that_tells_a_matter_is_told_from_anger_alone(talk: Talk, text: str, tells: bool) -> None:
    assert Abuse("action_abuse", talk.desk).tells_a_matter(text) is tells


@pytest.mark.parametrize(("pieces", "begun"), [(["路灯"], "路灯"), (["我老伴的事", "我老伴的事，她腿脚不好"], "我老伴的事，她腿脚不好")])
def test_what_only_begins_a_sentence_is_kept_for_the_next_message(talk: Talk, pieces: list[str], begun: str) -> None:
    for piece in pieces:
        assert asyncio.run(talk.ask(piece, "inform"))[-1]["text"] == "嗯，您接着说，是什么事？"
    assert talk.slots["begun"]["text"] == begun


def test_a_question_or_a_story_that_is_not_understood_is_no_beginning(talk: Talk) -> None:
    for text in ("这玩意儿咋回事", "我昨天跟他说了，他说不行，我又去找了，还是不行，就这么拖着"):
        asyncio.run(talk.ask(text, "inform"))
        assert talk.slots.get("begun") is None


def test_a_beginning_that_the_next_message_has_in_its_words_is_not_told_twice(talk: Talk) -> None:
    asyncio.run(talk.ask("我老伴的事", "inform"))
    texts(talk, "我老伴的事，没法去医院", "help_request")
    assert talk.slots["problem"] == "我老伴的事，没法去医院"


def test_a_thing_that_is_named_alone_is_asked_about(talk: Talk) -> None:
    assert "什么事" in texts(talk, "反映一下", "complaint")
    assert "“充电桩”怎么了" in texts(talk, "充电桩", "complaint")
    asyncio.run(talk.say("充不上", "deny", confidence=0.32))
    assert talk.slots["problem"] == "充电桩，充不上"


def test_who_opens_with_a_request_for_a_request_is_asked_what_it_is(talk: Talk) -> None:
    asyncio.run(talk.ask("我投诉", "inform"))
    assert "“物业”怎么了" in texts(talk, "投诉物业", "complaint")


@pytest.mark.parametrize("answer", ["京B12345", "车牌京B12345"])
def test_a_number_plate_is_no_place(talk: Talk, answer: str) -> None:
    texts(talk, "打车司机绕路还骂人", "complaint")
    texts(talk, answer, "inform")
    assert talk.slots.get("place") is None
    assert "京B12345" in talk.slots["problem"]


def test_a_question_that_is_taken_for_a_refusal_names_no_place(talk: Talk) -> None:
    texts(talk, "学校门口太堵了", "complaint")
    texts(talk, "我们是外地的", "inform")
    texts(talk, "能不能在这上", "skip")
    assert "能不能在这上" not in ((talk.slots["place"] or {}).get("text") or "")


def test_a_road_beside_an_alley_makes_it_no_other_place(talk: Talk) -> None:
    texts(talk, "胡同口的大树要倒了，在东城区演乐胡同", "complaint")
    texts(talk, "挨着东四南大街", "inform")
    assert talk.slots["place"]["text"] == "东城区演乐胡同，挨着东四南大街"


def test_what_no_list_knows_behind_an_area_belongs_to_the_place(talk: Talk) -> None:
    texts(talk, "物业不给修水管", "complaint")
    texts(talk, "都漏到楼下了", "inform")
    texts(talk, "昌平 沙河 于辛庄", "inform")
    assert talk.slots["place"]["text"] == "昌平 沙河 于辛庄"
    assert talk.slots["problem"] == "物业不给修水管；都漏到楼下了"


def test_that_one_is_the_one_of_what_was_told(talk: Talk) -> None:
    texts(talk, "大悦城停车场乱收费", "complaint")
    texts(talk, "西单那个", "inform")
    assert talk.slots["place"]["text"] == "西单大悦城"
    assert talk.slots["problem"] == "大悦城停车场乱收费"


def test_a_landmark_is_told_from_its_namesakes_by_the_district_before_it(talk: Talk) -> None:
    texts(talk, "朝阳", "inform")
    texts(talk, "大悦城附近路面塌了个坑，电动车都摔好几个了", "complaint")
    assert (talk.slots["place"]["text"], talk.slots["requested_slot"]) == ("朝阳大悦城附近", "happened")


@pytest.mark.parametrize("who", ["保安老张", "市人民医院的护士", "急诊护士李娜"])
def test_who_praises_somebody_by_name_is_asked_what_they_did(who: str, talk: Talk) -> None:
    texts(talk, f"我要表扬{who}", "praise")
    assert talk.slots["requested_slot"] == "problem"
    texts(talk, "大半夜帮我推轮椅", "inform")
    assert talk.slots["problem"] == f"{who}，大半夜帮我推轮椅"


@pytest.mark.parametrize("praise", ["表扬护士态度好", "表扬司机师傅周到", "表扬民警李强帮我找到孩子"])
def test_praise_that_tells_what_they_did_asks_nothing_of_it(praise: str, talk: Talk) -> None:
    texts(talk, praise, "praise")
    assert talk.slots["requested_slot"] == "confirmed"


def test_a_time_put_right_replaces_the_time_and_is_no_part_of_the_matter(talk: Talk) -> None:
    texts(talk, "昨天有人在楼道烧纸", "complaint")
    texts(talk, "等下，是前天下午", "correct")
    assert (talk.slots["happened"], talk.slots["problem"]) == ("前天下午", "有人在楼道烧纸")


def test_a_house_told_by_its_name_is_where_it_is_and_no_part_of_the_matter(talk: Talk) -> None:
    texts(talk, "我爸住养老院，昨天去看他，身上有淤青", "complaint")
    texts(talk, "丰台区马家堡的一家，叫康乐养老院", "inform")
    assert (talk.slots["place"]["text"], talk.slots["problem"]) == ("丰台区马家堡康乐养老院", "我爸住养老院，昨天去看他，身上有淤青")


@pytest.mark.parametrize(("road", "more"), [("德胜门外大街", "德胜门桥往北二百米"), ("海淀区学清路", "汇智大厦楼下"), ("海淀区中关村大街", "海淀黄庄地铁站B口")])
def test_a_landmark_told_after_the_road_stands_beside_it(road: str, more: str, talk: Talk) -> None:
    texts(talk, f"{road}路灯不亮", "complaint")
    texts(talk, more, "inform")
    assert talk.slots["place"]["text"] == f"{road}，{more}"


def test_who_leaves_a_number_and_no_name_tells_nothing_more_of_the_matter(talk: Talk) -> None:
    for text, intent in (("海淀区学清路路灯不亮", "complaint"), ("昨天", "inform"), ("不用留名字了，电话13800001234", "inform")):
        texts(talk, text, intent)
    assert (talk.slots["problem"], talk.slots["contact"]["phone"]) == ("路灯不亮", "13800001234")


def test_a_gate_told_where_a_name_was_asked_is_part_of_the_place(talk: Talk) -> None:
    for text in ("小区门口快递车天天堵着", "朝阳区望京西园三区", "东门"):
        texts(talk, text, "complaint" if "堵" in text else "inform")
    assert (talk.slots["place"]["text"], talk.slots.get("contact")) == ("朝阳区望京西园三区，东门", None)


def test_who_names_the_district_and_keeps_the_school_back_is_not_asked_for_its_road(talk: Talk) -> None:
    texts(talk, "孩子学校食堂饭是凉的，反映了校长不理", "complaint")
    texts(talk, "海淀区，学校名字不想说", "inform")
    assert talk.slots["requested_slot"] == "happened"
    texts(talk, "这学期一直这样", "inform")
    texts(talk, "不留电话，怕学校知道", "inform")
    assert (talk.slots["problem"], talk.slots["confidential"]) == ("孩子学校食堂饭是凉的，反映了校长不理", True)


def test_the_day_something_was_bought_is_when_it_happened(talk: Talk) -> None:
    texts(talk, "我在网上买的手机是翻新机，商家不退", "complaint")
    texts(talk, "12号买的", "inform")
    assert (talk.slots["happened"], talk.slots["problem"]) == ("12号", "我在网上买的手机是翻新机，商家不退")


def test_where_somebody_got_on_is_the_place(talk: Talk) -> None:
    texts(talk, "前天晚上十点多坐夜班车，司机把我骂了一顿，夜30路", "complaint")
    texts(talk, "在西单上的车", "inform")
    assert talk.slots["place"]["text"] == "西单"


@pytest.mark.parametrize("intent", ["suggestion", "consultation"])
def test_a_suggestion_that_counts_is_no_question(intent: str, talk: Talk) -> None:
    said = texts(talk, "建议地铁13号线早高峰多加几趟车", intent)
    assert talk.slots["requested_slot"] == "confirmed"
    assert "来源" not in said


def test_who_wants_an_award_changed_is_told_where_that_belongs(talk: Talk) -> None:
    assert "12348" in texts(talk, "对劳动仲裁结果不服你们给我改过来", "complaint")


def test_who_complains_of_this_hotline_is_not_asked_where(talk: Talk) -> None:
    assert "地点" not in "".join(texts(talk, "你们接电话的态度太差了，我要投诉12345", "complaint"))
    assert talk.slots["requested_slot"] == "happened"


def test_an_exclamation_is_no_place(talk: Talk) -> None:
    texts(talk, "小区电动车飞线", "complaint")
    assert "地点" in texts(talk, "这多危险啊", "skip")


def test_who_wants_no_call_is_asked_on(talk: Talk) -> None:
    texts(talk, "公交站牌倒了半个月没人管，在海淀区安宁里小区门口", "complaint")
    assert "核对" in texts(talk, "不用给我回电话", "handover")


def test_a_name_beside_this_number_is_kept(talk: Talk) -> None:
    texts(talk, "暖气不热三天了，在海淀区安宁里小区", "complaint")
    texts(talk, "李建国，就打我现在这个电话", "inform")
    assert talk.slots["contact"]["name"] == "李建国"


def test_a_name_alone_is_asked_about_no_danger(talk: Talk) -> None:
    texts(talk, "学校食堂吃出虫子来了，昨天中午，在朝阳区呼家楼中心小学", "complaint")
    assert "危险" not in texts(talk, "我是孩子妈妈", "inform")


def test_what_was_asked_is_taken_down_where_it_is(talk: Talk) -> None:
    asyncio.run(talk.ask("路灯坏了归谁管", "help_request"))
    texts(talk, "那你帮我报一下吧 西城区广安门内大街报国寺门口那几盏", "help_request")
    assert "路灯坏了归谁管" in talk.slots["problem"]


def test_part_of_the_place_may_be_kept_back(talk: Talk) -> None:
    texts(talk, "幼儿园老师打孩子", "complaint")
    texts(talk, "顺义 马坡", "inform")
    assert "可以" in texts(talk, "名字先不说行吗", "inform")
    assert talk.slots["requested_slot"] == "happened"


def test_thanks_for_an_answer_make_no_praise_of_what_follows(talk: Talk) -> None:
    texts(talk, "谢谢 还有个事 我妈住的小区门口斑马线都磨没了 老太太过马路害怕", "praise")
    assert talk.slots["kind"] != "praise"
    assert talk.slots["problem"] == "我妈住的小区门口斑马线都磨没了 老太太过马路害怕"


def test_a_question_for_no_name_is_a_refusal(talk: Talk) -> None:
    texts(talk, "家里停电了三天了，在海淀区安宁里小区", "complaint")
    assert "核对" in texts(talk, "不用问我是谁 快修", "progress")
    assert talk.slots["contact"] == {}


def test_a_place_told_beside_a_suggestion_is_its_place(talk: Talk) -> None:
    texts(talk, "建议早市别取消 老人买菜方便", "suggestion")
    texts(talk, "海淀区 五棵松 那个早市", "inform")
    assert talk.slots["place"]["text"].startswith("海淀区，五棵松")
    assert talk.slots["problem"] == "早市别取消 老人买菜方便"


@pytest.mark.parametrize(("piece", "intent"), [("堵了", "nlu_fallback"), ("不来", "deny")])
def test_a_piece_of_two_characters_is_told_and_no_refusal(talk: Talk, piece: str, intent: str) -> None:
    texts(talk, "我们这儿的公交车，等了四十分钟", "complaint")
    asyncio.run(talk.say(piece, intent, confidence=0.4))
    assert talk.slots["problem"].endswith(f"；{piece}")
    assert talk.slots["requested_slot"] == "place"


def test_who_says_their_name_and_this_number_in_one_breath_gives_both(talk: Talk) -> None:
    phone = Talk(talk.desk, talk.clock, talk.new_id, user="13800138001", channel="phone")
    texts(phone, "楼下饭馆油烟大，每天中午，通州区梨园镇云景里小区", "complaint")
    texts(phone, "刘女士，电话就这个", "inform")
    assert phone.slots["contact"] == {"name": "刘女士", "phone": "13800138001"}
    assert "电话" not in phone.slots["problem"]


def test_a_wish_for_confidence_told_instead_of_a_place_is_no_place(talk: Talk) -> None:
    texts(talk, "孩子学校食堂有虫", "complaint")
    texts(talk, "别的家长也看到了", "inform")
    texts(talk, "我不敢说名字怕老师给孩子穿小鞋", "praise")
    assert "穿小鞋" not in ((talk.slots.get("place") or {}).get("text") or "")
    assert talk.slots["confidential"] is True


def test_who_asks_where_it_is_done_names_no_place(talk: Talk) -> None:
    texts(talk, "医保卡磁条坏了没人给换", "complaint")
    texts(talk, "能在哪换", "skip")
    assert "在哪换" not in ((talk.slots.get("place") or {}).get("text") or "")


# --- What is said in the middle, and is no interruption


@pytest.mark.parametrize(("said", "intent"), [
    ("这要是着火了咋办", "consultation"), ("怎么又停电了", "consultation"), ("凭什么别人家不罚", "consultation"),  # exclaims
    ("催了五次", "progress"), ("找过物业好几次", "progress"),  # has urged
    ("能让他们快点退吗", "progress"),  # what others should do
])  # fmt: skip
def test_what_has_the_form_of_a_question_and_tells_how_bad_it_is_is_kept_and_the_form_goes_on(talk: Talk, said: str, intent: str) -> None:
    texts(talk, "楼道里堆满了电动车", "complaint")
    answer = texts(talk, said, intent)
    assert "没有准确" not in answer
    assert talk.slots["problem"].endswith(said)
    assert talk.slots["requested_slot"] == "place"


@pytest.mark.parametrize(("text", "confidence"), [("是个酒吧", 0.46), ("就垃圾那个事", 0.54)])
def test_a_word_that_scolding_has_too_is_no_abuse(talk: Talk, text: str, confidence: float) -> None:
    texts(talk, "楼下吵到后半夜", "complaint")
    said = "\n".join(m["text"] for m in asyncio.run(talk.say(text, "abuse", confidence)))
    assert talk.desk.city.say("talk.abuse") not in said
    assert talk.slots["problem"].endswith(text)


def test_a_question_that_nothing_answers_goes_to_who_handles_the_request(talk: Talk) -> None:
    texts(talk, "楼上漏水把我家墙泡了", "complaint")
    said = texts(talk, "这个损失谁来赔啊", "consultation")
    assert said.startswith(talk.desk.city.say("intake.question_kept"))
    assert talk.slots["unanswered"] == ["这个损失谁来赔啊"]


def test_our_question_said_again_is_no_part_of_the_matter(talk: Talk) -> None:
    texts(talk, "路口红绿灯坏了", "complaint")
    texts(talk, "哪个路口？就是石景山路和古城大街路口", "inform")
    assert talk.slots["place"]["text"] == "石景山路和古城大街路口"
    assert talk.slots["problem"] == "路口红绿灯坏了"


def test_who_puts_right_something_else_is_not_told_how_to_answer(talk: Talk) -> None:
    texts(talk, "平谷区渔阳路3号楼漏水，楼上不管", "complaint")
    assert talk.desk.city.say("intake.ask_happened_briefly") in texts(talk, "不是3号楼是5号楼", "correct")


def test_a_place_that_is_put_right_stays_in_no_problem(talk: Talk) -> None:
    texts(talk, "朝阳区望京东园小区门口乱停车", "complaint")
    texts(talk, "说错了，是望京西园", "correct")
    assert "东园" not in talk.slots["problem"] + talk.slots["place"]["text"]


def test_who_says_the_name_first_is_asked_only_for_the_number(talk: Talk) -> None:
    texts(talk, "海淀区花园路甲13号路灯坏了", "complaint")
    texts(talk, "我姓康", "inform")
    said = texts(talk, "昨天晚上", "inform")
    assert "康，" in said
    assert "称呼" not in said
    texts(talk, "不留", "skip")
    assert talk.slots["contact"] == {"name": "康"}


def test_a_number_that_a_chat_does_not_show_is_asked_for_once(talk: Talk) -> None:
    texts(talk, "昨天朝阳区劲松五区301楼垃圾没人收", "complaint")
    assert talk.desk.city.say("intake.number_unseen") in texts(talk, "你打我这个电话就行", "inform")
    assert "核对" in texts(talk, "就打这个电话", "inform")


def test_who_answers_something_else_after_a_wrong_number_is_asked_for_it_again(talk: Talk) -> None:
    texts(talk, "昨天朝阳区劲松五区301楼垃圾没人收", "complaint")
    texts(talk, "免贵姓何，电话138001234567", "inform")
    assert talk.desk.city.say("intake.ask_contact_again") in texts(talk, "可以", "affirm")


def test_who_has_no_telephone_says_so_at_once_and_is_not_asked(talk: Talk) -> None:
    said = texts(talk, "我不会用手机，别给我打电话，昨天朝阳区劲松五区301楼暖气不热", "help_request")
    assert "核对" in said
    assert talk.slots["contact"] == {}


def test_until_which_hour_it_went_on_is_kept(talk: Talk) -> None:
    texts(talk, "楼上昨晚蹦到十一点", "complaint")
    assert talk.slots["happened"] == "昨晚到十一点"


def test_where_and_when_are_asked_together_and_either_is_an_answer(talk: Talk) -> None:
    texts(talk, "房东不让我进门", "complaint")
    texts(talk, "就现在", "goodbye")
    assert talk.slots["happened"] == "就现在"


def test_anger_about_our_questions_is_no_detail_of_the_matter(talk: Talk) -> None:
    texts(talk, "昨天起暖气不热，海淀区安宁里小区", "complaint")
    texts(talk, "你他妈问这么多干嘛", "abuse")
    assert not (talk.slots.get("details") or {}).get("said")


# --- Whose danger it is


@pytest.mark.parametrize("text", ["我朋友说她不想活了，电话也不接", "楼顶有人要跳楼", "我同学发信息，说不想活了", "楼顶上站着个女的，要跳楼"])
def test_who_tells_of_another_hears_what_to_do_for_them(talk: Talk, text: str) -> None:
    said = texts(talk, text, "report")
    assert said.startswith(talk.desk.city.emergencies["suicide"].advice_for_another)
    assert "您愿意说" not in texts(talk, "她好多了", "inform")


@pytest.mark.parametrize("text", ["我老公天天打我，我不想活了", "他们逼得我要跳楼", "活着没意思，不想活了", "照顾好我的孩子，我走了，不想活了"])
def test_who_speaks_of_themselves_is_spoken_to(talk: Talk, text: str) -> None:
    assert not of_another("suicide", text)


@pytest.mark.parametrize("text", [
    "我在前门大街开小吃店的，门口井盖一过车就哐当响，客人都坐不住", "对不起打扰了我就问个小事", "往河里倒渣土", "不会用手机 别打电话",
    "挂号挂不上，窗口那人还吼我妈，我妈都八十二了", "我妈今年七十九了，腿脚不好", "这要是着火了咋办", "在燕郊那边上车", "都生绣了", "轮椅通道被车占了，我爸下不来",
])  # fmt: skip
def test_what_only_sounds_like_a_danger_is_not_asked_about(talk: Talk, text: str) -> None:
    assert talk.desk.triage.danger(text) is None
    assert talk.desk.triage.doubt(text) is None


@pytest.mark.parametrize("text", ["楼道里有股怪味，像臭鸡蛋似的", "孙子跟丢了，在欢乐谷，才五岁", "房东带人来撬我的门要赶我走"])
def test_a_danger_half_said_is_noticed(talk: Talk, text: str) -> None:
    assert talk.desk.triage.danger(text) or talk.desk.triage.doubt(text)


@pytest.mark.parametrize(("text", "category"), [
    ("井盖一过车就响", "010402"), ("轮椅通道被车占了", "090501"), ("楼道声控灯坏了", "030301"), ("楼上昨晚蹦到十一点", "020203"),
])  # fmt: skip
def test_what_broke_belongs_where_its_handlers_look_for_it(talk: Talk, text: str, category: str) -> None:
    assert talk.desk.categories.suggest(text, 1)[0][0] == category


def test_who_tells_name_and_number_when_asked_where_is_not_asked_for_them(talk: Talk) -> None:
    texts(talk, "昨天起公租房补贴停发", "complaint")
    texts(talk, "刘淑珍 68801234", "inform")
    assert talk.slots["contact"] == {"name": "刘淑珍", "phone": "68801234"}


def test_what_is_so_at_a_time_is_no_other_time_of_the_matter(talk: Talk) -> None:
    texts(talk, "通州区马驹桥兴贸三街窗户漏风，报修一个多月没人来", "complaint")
    when = talk.slots["happened"]
    texts(talk, "周六日也没人", "inform")
    assert talk.slots["happened"] == when
    assert talk.slots["problem"].endswith("周六日也没人")


def test_who_does_not_know_the_place_says_nothing_of_the_time(talk: Talk) -> None:
    texts(talk, "村里野狗咬鸡", "help_request")
    texts(talk, "密云区溪翁庄镇", "inform")
    texts(talk, "不清楚", "skip")
    texts(talk, "去年冬天开始", "inform")
    assert talk.slots["happened"] == "去年冬天开始"


def test_a_matter_told_after_a_question_is_the_matter(talk: Talk) -> None:
    asyncio.run(talk.ask("你们会把我电话告诉物业吗"))
    texts(talk, "楼下把公共绿地圈起来种菜", "complaint")
    assert talk.slots["problem"] == "楼下把公共绿地圈起来种菜"


def test_who_loses_patience_hears_one_sentence_of_understanding(talk: Talk) -> None:
    texts(talk, "垃圾房修在我家窗户底下", "complaint")
    said = texts(talk, "你们到底管不管", "bot_challenge")
    assert said.startswith(talk.desk.city.say("intake.upset"))
    assert talk.slots["problem"] == "垃圾房修在我家窗户底下"


def test_the_side_of_a_place_is_put_right(talk: Talk) -> None:
    texts(talk, "西城区陶然亭公园东门广场舞太吵", "complaint")
    texts(talk, "不对，是北门", "correct")
    assert talk.slots["place"]["text"] == "西城区陶然亭公园北门"


def test_a_complaint_that_ends_in_anger_is_taken_at_once(talk: Talk) -> None:
    texts(talk, "小区停车费从150涨到300，凭啥啊", "complaint")
    assert talk.slots["problem"].startswith("小区停车费从150涨到300")


def test_who_asks_whether_anybody_cares_wants_no_person_of_ours(talk: Talk) -> None:
    texts(talk, "修地铁震得墙都裂了", "complaint")
    texts(talk, "有没有人管", "handover")
    assert talk.slots["requested_slot"] == "place"


def test_who_says_that_somebody_has_left_takes_no_leave(talk: Talk) -> None:
    texts(talk, "有人在小区里放炮，顺义区建新北区", "report")
    said = texts(talk, "已经走了", "goodbye")
    assert talk.desk.city.say("talk.goodbye") not in said


def test_who_wants_a_complaint_of_what_was_asked_need_not_say_it_again(talk: Talk) -> None:
    asyncio.run(talk.ask("单位不给交社保，能补吗"))
    texts(talk, "那我要投诉单位", "complaint")
    assert talk.slots["problem"] == "单位不给交社保，能补吗"


# --- Heard from strangers, and mended since


def filled(talk: Talk, *said: tuple[str, str]) -> str:
    """Play messages with what Rasa takes them for; returns the last words of the bot."""
    return [texts(talk, text, intent) for text, intent in said][-1]


def test_a_number_that_is_told_needs_no_being_seen(talk: Talk) -> None:
    filled(talk, ("东城和平里七区垃圾桶昨天起没人收", "complaint"))
    assert "看不到" not in texts(talk, "我姓郝电话就是我这个手机号13522334455", "inform")
    assert talk.slots["contact"] == {"name": "郝", "phone": "13522334455"}


def test_a_wish_is_not_asked_when(talk: Talk) -> None:
    assert "什么时候" not in texts(talk, "帮我给我家楼道装个扶手吧，我妈腿脚不好", "help_request")
    assert "怎么称呼您" in texts(talk, "丰台区角门东里西小区3号楼4单元", "inform")
    assert "时间" not in texts(talk, "不留", "skip")


def test_what_is_bought_online_is_asked_no_place(talk: Talk) -> None:
    assert "什么地方" not in texts(talk, "我在网上买了个洗衣机，商家不给退货", "complaint")
    assert "怎么称呼您" in texts(talk, "上个月买的", "inform")


def test_who_was_defrauded_is_pointed_to_the_police_and_asked_no_place(talk: Talk) -> None:
    said = filled(talk, ("网上刷单被骗了三万八", "complaint"), ("昨天", "inform"))
    assert "什么地方" not in said
    assert "110" in said


@pytest.mark.parametrize(("text", "intent"), [("行人都没法过，你们快点", "progress"), ("工作人员说系统问题", "handover"), ("就是那个奥森", "opening")])
def test_what_is_mistaken_for_another_wish_is_still_for_the_form(talk: Talk, text: str, intent: str) -> None:
    texts(talk, "路口红绿灯坏了", "complaint")
    texts(talk, text, intent)
    assert talk.slots["heard"], "the form took it"
    assert text[-4:].removeprefix("那个") in f"{talk.slots['problem']}{talk.slots.get('place')}"


def test_something_that_stopped_is_no_withdrawal(talk: Talk) -> None:
    texts(talk, "我妈的低保出问题了", "complaint")
    assert "不提交" not in texts(talk, "停了", "cancel")
    assert talk.slots["draft"]


def test_never_mind_my_number_is_no_withdrawal(talk: Talk) -> None:
    texts(talk, "朝阳区劲松五区物业一直不修电梯，从上周开始", "complaint")
    said = texts(talk, "算了电话不留了", "cancel")
    assert "不提交" not in said
    assert "请您核对" in said


def test_who_would_rather_not_say_which_community_is_not_asked_again(talk: Talk) -> None:
    texts(talk, "幼儿园门口天天乱停车", "complaint")
    texts(talk, "朝阳区", "inform")
    said = texts(talk, "具体哪个小区不方便说", "consultation")
    assert "一样登记" in said
    assert "哪个小区" not in said
    assert "没有准确的答案" not in said


def test_who_is_being_cheated_hears_what_may_still_stop_the_money(talk: Talk) -> None:
    said = texts(talk, "我妈被骗子盯上了，正要给骗子转账", "complaint")
    assert "110" in said
    assert "别再转钱" in said
    assert "避开" not in said


def test_a_short_answer_to_a_question_of_the_form_tells_of_no_danger(talk: Talk) -> None:
    texts(talk, "幼儿园门口天天乱停车", "complaint")
    assert "有危险" not in texts(talk, "一直开着", "inform")


def test_nothing_when_everything_was_read_back_means_nothing_to_change(talk: Talk) -> None:
    texts(talk, "朝阳区劲松五区3号楼楼上每天早上六点剁馅，我姓孙，13800007890", "complaint")
    assert "已经提交" in texts(talk, "没有", "deny")


def test_how_long_this_will_take_is_told_whatever_this_is_called(talk: Talk) -> None:
    texts(talk, "朝阳区劲松五区垃圾桶满了没人清，前天开始", "complaint")
    said = texts(talk, "这个要多久能处理", "consultation")
    assert "您想问的是不是" not in said
    assert "怎么称呼您" in said or "贵姓" in said


def test_what_only_names_a_thing_beside_its_place_is_asked_about(talk: Talk) -> None:
    said = texts(talk, "我要投诉快递，顺义后沙峪榆阳路", "complaint")
    assert talk.slots["place"]["text"] == "顺义后沙峪榆阳路"
    assert "快递" in said
    assert "榆阳路" not in (talk.slots["problem"] or "")


@pytest.mark.parametrize("told", [
    "海淀区清河中街68号着火了", "在西单大悦城附近，我孩子丢了，五岁穿红衣服", "你好，朝阳公园里面有人落水了", "楼上在冒黑烟，朝阳区望京花家地南里", "老人走失了，和平里这边",
    "电梯里困了人，方庄芳城园", "有工人被电到了，在延庆区",
])  # fmt: skip
def test_a_danger_is_noticed_wherever_it_is(told: str, talk: Talk) -> None:
    said = texts(talk, told, "complaint")
    assert "119" in said or "120" in said or "110" in said


@pytest.mark.parametrize("told", [
    "海淀区清河中街68号楼下烧烤店油烟太大", "平谷区金海湖门票太贵", "世纪城电梯广告太吵", "朝阳大悦城扶梯老停没人修", "延庆区这边停电两小时了",
])  # fmt: skip
def test_what_is_none_is_no_danger_wherever_it_is(told: str, talk: Talk) -> None:
    said = texts(talk, told, "complaint")
    assert "有危险" not in said
    assert "加急" not in said


def test_until_when_it_goes_on_each_night_is_kept_and_put_right(talk: Talk) -> None:
    texts(talk, "楼下麻将馆每天吵到半夜两三点，朝阳区劲松五区，我姓李13800005566", "complaint")
    assert talk.slots["happened"] == "每天到半夜两三点"


def test_our_question_thought_aloud_asks_nothing(talk: Talk) -> None:
    texts(talk, "这个工地半夜施工太吵了", "complaint")
    texts(talk, "石景山鲁谷", "inform")
    said = texts(talk, "鲁谷哪个小区我想想，六合园", "consultation")
    assert "噪声" not in said
    assert "六合园" in talk.slots["place"]["text"]


def test_may_i_report_it_is_of_what_was_asked_just_before(talk: Talk) -> None:
    asyncio.run(talk.ask("学校收补课费算违规吗"))
    said = asyncio.run(talk.ask("能举报吗"))
    assert said[0]["text"] == talk.desk.city.say("answer.may_record")
    texts(talk, "顺义区牛栏山一中", "inform")
    assert talk.slots["problem"] == "学校收补课费算违规吗"
    assert "牛栏山一中" in talk.slots["place"]["text"]


def test_never_mind_my_name_is_no_withdrawal(talk: Talk) -> None:
    filled(talk, ("海淀区田村路有人往河里倒垃圾，上周六晚上", "report"))
    assert "不提交" not in texts(talk, "算了匿名", "cancel")
    assert talk.slots["contact"] == {}


def test_a_better_time_keeps_its_hour(talk: Talk) -> None:
    filled(talk, ("北京西站北广场黑车拉客", "report"), ("晚上", "inform"), ("每天晚上九点以后特别多", "inform"))
    assert talk.slots["happened"] == "每天晚上九点以后"


def test_a_yes_with_thanks_submits(talk: Talk) -> None:
    filled(talk, ("石景山区鲁谷路昨天路灯坏了", "complaint"), ("不留", "skip"))
    assert "已经提交" in texts(talk, "好的提交，谢谢", "thanks")


def test_a_house_told_as_this_one_of_ours_is_part_of_the_estate(talk: Talk) -> None:
    filled(talk, ("小区停电了", "complaint"), ("昌平天通苑东三区", "inform"), ("就我们这一栋 5号楼", "inform"))
    assert talk.slots["place"]["text"] == "昌平天通苑东三区5号楼"


def test_who_wants_to_be_asked_no_more_is_not(talk: Talk) -> None:
    texts(talk, "楼下饭店半夜还唱歌", "complaint")
    assert "请您核对" in texts(talk, "你们能不能别问了，赶紧来人", "help_request")


def test_how_soon_and_where_to_send_pictures_are_answered_at_any_time(talk: Talk) -> None:
    texts(talk, "井盖一压就响", "complaint")
    assert "要多久看是什么事" in texts(talk, "您能快点吗", "consultation")
    assert "直接发在这里" in texts(talk, "照片怎么发你们", "consultation")
    assert talk.slots["problem"] == "井盖一压就响"


def test_a_retort_tells_nothing_more(talk: Talk) -> None:
    filled(talk, ("惠新西街南口站早高峰有人拉二胡要钱，天天这样", "complaint"), ("都说了早高峰", "inform"))
    assert "都说了" not in talk.slots["problem"]


def test_who_does_not_want_it_public_is_not_asked_again(talk: Talk) -> None:
    texts(talk, "我要表扬包子铺的师傅，捡到我手机还给我了", "praise")
    said = asyncio.run(talk.say("不公开", "deny"))
    assert "公开" not in "".join(choice["label"] for message in said for choice in message["choices"])


def test_where_it_is_raises_no_doubt(talk: Talk) -> None:
    filled(talk, ("我孩子在学校让人打了，老师不管", "complaint"), ("东城区", "inform"))
    assert "危险" not in texts(talk, "学校在和平里那边", "inform")


def test_a_partial_judge_is_praised_by_nobody(talk: Talk) -> None:
    said = asyncio.run(talk.say("我跟我老公离婚官司，法官偏袒他", "praise", 0.56))
    assert "12368" in said[0]["text"]


def test_a_correction_is_no_supplement(talk: Talk) -> None:
    filled(talk, ("我家对面工地夜里打桩，震得窗户响", "complaint"), ("大兴区瀛海镇南海家园六里", "inform"), ("昨晚到今天凌晨三点", "inform"), ("改一下时间，是前晚到昨天凌晨", "correct"))
    assert "补充" not in texts(talk, "姓车，13344445555", "inform")
    assert talk.slots["happened"] == "前晚到昨天凌晨"


def test_what_goes_on_is_told_and_not_asked(talk: Talk) -> None:
    assert "感谢您提供线索" in texts(talk, "今儿早上我遛弯儿看见永定河边上有人电鱼呢", "report")


def test_a_name_on_no_list_is_one_where_it_was_asked(talk: Talk) -> None:
    filled(talk, ("石景山区鲁谷路昨天路灯坏了", "complaint"), ("我叫农丰 13712300003", "inform"))
    assert talk.slots["contact"] == {"name": "农丰", "phone": "13712300003"}


def test_a_school_may_stay_unnamed_at_any_time(talk: Talk) -> None:
    filled(talk, ("学校不让孩子请假", "complaint"), ("房山区良乡第四小学", "inform"))
    assert "知道多少说多少" in texts(talk, "不说学校行吗", "consultation")


def test_sarcasm_is_no_praise(talk: Talk) -> None:
    said = asyncio.run(talk.say("真服了这公交，等了四十分钟", "praise", 0.89))
    assert "认可" not in said[0]["text"]


def test_a_question_to_the_summary_is_kept_as_one(talk: Talk) -> None:
    filled(talk, ("石景山区鲁谷路昨天老师打孩子手板", "complaint"), ("不留", "skip"))
    assert "还想问" in texts(talk, "孩子的名字要说吗", "inform")
    assert talk.slots["problem"].endswith("打孩子手板")


def test_an_estate_that_no_list_knows_is_put_right_by_its_name(talk: Talk) -> None:
    filled(talk, ("小区的充电桩昨天坏了", "complaint"), ("大兴旧宫清逸园", "inform"), ("我说错了是清欣园", "correct"))
    assert talk.slots["place"]["text"].endswith("清欣园")


def test_someone_floating_in_a_lake_is_an_alarm(talk: Talk) -> None:
    assert "已加急登记" in texts(talk, "红领巾公园湖里漂着一个人", "inform")


def test_a_wish_to_die_in_passing_is_heard(talk: Talk) -> None:
    assert "危险" in texts(talk, "我儿子天天打游戏不上学，我管不了了，想死", "help_request")


def test_whose_fault_a_slip_was_is_no_part_of_the_door(talk: Talk) -> None:
    filled(talk, ("昨天起暖气不热，屋里才14度", "complaint"), ("丰台区方庄芳古园一区15号楼3单元602", "inform"))
    texts(talk, "不是602是702 打错了", "correct")
    assert talk.slots["place"]["text"] == "丰台区方庄芳古园一区15号楼3单元702"


def test_who_asks_to_have_it_taken_down_means_what_is_being_taken(talk: Talk) -> None:
    filled(talk, ("小区停车费昨天涨了一倍", "complaint"), ("密云区果园街道上河湾小区", "inform"))
    assert "另一件事" not in texts(talk, "嗯 帮我反映一下吧", "help_request")
    texts(talk, "那你们先帮我登记吧", "nlu_fallback")
    assert talk.slots["problem"] == "小区停车费昨天涨了一倍"
    assert not (talk.slots["details"] or {}).get("said")


def test_who_thinks_that_we_have_the_number_is_told_that_we_do_not_see_it(talk: Talk) -> None:
    filled(talk, ("昨天井盖坏了，一踩就响", "complaint"), ("门头沟区新桥大街12号", "inform"))
    assert "看不到您的号码" in texts(talk, "我电话你们不是有吗", "bot_challenge")


def test_anger_in_the_middle_is_met_with_understanding_and_is_no_part_of_the_matter(talk: Talk) -> None:
    filled(talk, ("公交改线了也不通知，昨天白等一小时", "complaint"), ("朝阳区望京街10号", "inform"))
    assert "着急" in texts(talk, "气死我了", "abuse")
    assert "气死" not in talk.slots["problem"]


def test_haste_is_answered_at_any_time(talk: Talk) -> None:
    filled(talk, ("昨天井盖坏了，一踩就响", "complaint"), ("门头沟区新桥大街12号", "inform"), ("不留", "skip"))
    assert "马上转给负责的单位" in texts(talk, "快点行不行", "progress")


def test_an_hour_that_is_told_beside_something_else_is_heard(talk: Talk) -> None:
    filled(talk, ("有人遛狗不拴绳，昨天差点咬到孩子", "complaint"), ("大兴区黄村镇金惠园三里", "inform"), ("就傍晚六七点 在小区花园", "inform"))
    assert "傍晚六七点" in talk.slots["happened"]


def test_what_is_told_instead_of_a_place_is_kept(talk: Talk) -> None:
    filled(talk, ("我家电梯又坏了", "complaint"), ("这个月第三回了 80多岁老太太在12楼下不来", "inform"))
    assert talk.slots.get("place") is None
    assert "老太太在12楼下不来" in talk.slots["problem"]


def test_how_long_it_lasts_stays_where_another_time_was_known(talk: Talk) -> None:
    filled(talk, ("昨天发现物业多扣我钱", "complaint"), ("扣了半年了 打电话就说以后退", "inform"))
    assert "半年" in talk.slots["problem"] + talk.slots["happened"]


def test_a_bill_of_the_telephone_is_at_no_place(talk: Talk) -> None:
    assert "什么地方" not in texts(talk, "移动给我开了个视频彩铃，每个月扣15块", "complaint")


def test_what_is_complained_of_after_an_alarm_is_where_that_was(talk: Talk) -> None:
    filled(talk, ("电梯里有人被困了，快来人啊", "complaint"))
    talk.open = False
    texts(talk, "西城区广安门外荣丰2008 1号楼", "inform")
    said = texts(talk, "我要投诉物业，电梯老坏", "complaint")
    assert "什么地方" not in said
    assert "荣丰2008" in talk.slots["place"]["text"]


def test_who_asks_for_another_number_after_an_alarm_is_answered_honestly(talk: Talk) -> None:
    texts(talk, "楼道里一股煤气味 头有点晕", "complaint")
    talk.open = False
    texts(talk, "石景山区古城北路特钢小区", "inform")
    talk.open = False
    assert "不能乱说" in texts(talk, "燃气公司电话多少", "consultation")


def test_who_took_it_back_is_not_told_the_same_again(talk: Talk) -> None:
    texts(talk, "我真的不想活了", "complaint")
    talk.open = False
    assert "好，您愿意说就好" in texts(talk, "我就是说气话 没事", "inform")
    talk.open = False
    assert "马上拨打" not in texts(talk, "让物业赶紧给我通电", "help_request")


def test_the_name_of_a_company_is_no_part_of_its_address(talk: Talk) -> None:
    filled(talk, ("老板欠我工资不给", "complaint"), ("公司叫鸿达装饰 在梨园云景东路那边", "inform"))
    assert talk.slots["place"]["text"] == "梨园云景东路那边"
    assert "鸿达装饰" in talk.slots["problem"]


def test_a_name_beside_a_wish_for_confidence_is_heard(talk: Talk) -> None:
    filled(talk, ("我家孩子在学校让同学打了，老师不管", "complaint"), ("通州区张家湾镇", "inform"))
    texts(talk, "我姓何 别让学校知道是我", "inform")
    assert talk.slots["contact"]["name"] == "何"
    assert talk.slots["confidential"]


def test_who_keeps_back_the_name_of_a_school_still_leaves_a_number(talk: Talk) -> None:
    filled(talk, ("我家孩子在学校让同学打了，老师不管", "complaint"))
    assert "知道多少说多少" in texts(talk, "不想说学校名字行吗", "consultation")
    assert talk.slots.get("contact") is None


def test_what_is_added_to_the_summary_is_not_only_said_to_be_added(talk: Talk) -> None:
    filled(talk, ("一直这样，路口红绿灯时间太短，老人过不去", "complaint"), ("门头沟区新桥大街12号", "inform"), ("每天", "inform"), ("不留", "skip"))
    texts(talk, "再加一句 早晚高峰更不行", "supplement")
    assert talk.slots["problem"].endswith("；早晚高峰更不行")


def test_an_order_or_many_lorries_are_no_place(talk: Talk) -> None:
    filled(talk, ("打车多扣了我钱，客服不理", "complaint"), ("订单显示32 扣了57", "inform"))
    assert talk.slots.get("place") is None
    assert "订单显示32" in talk.slots["problem"]


def test_a_phase_is_put_right_in_the_middle_of_a_breath(talk: Talk) -> None:
    filled(talk, ("天然气到现在没通，昨天又去问了", "complaint"), ("大兴区旧宫镇德茂佳苑", "inform"), ("不留", "skip"))
    texts(talk, "对了 是三期 不是二期", "correct")
    assert "三期" in talk.slots["place"]["text"]
    assert "二期" not in talk.slots["problem"]


@pytest.mark.parametrize("said", ["没有补充了", "就这个 谢谢", "没别的要补充了"])
def test_who_has_no_more_to_add_agrees(talk: Talk, said: str) -> None:
    texts(talk, "公交站能不能装个座椅，老人等车站不住", "suggestion")
    assert "已经记录" in texts(talk, said, "inform")


def test_how_often_something_goes_on_is_no_danger(talk: Talk) -> None:
    filled(talk, ("晚上广场舞声音太大了，孩子要中考", "complaint"), ("房山区长阳镇碧桂园小区东门", "inform"))
    assert "危险" not in texts(talk, "每天都跳", "inform")


def test_who_cannot_get_through_to_the_channel_is_not_taken_for_a_complaint(talk: Talk) -> None:
    texts(talk, "法院的执行法官把案子拖了两年不执行", "complaint")
    talk.open = False
    said = texts(talk, "那12368打不通啊", "complaint")
    assert "转人工" in said
    assert "什么时候的事" not in said


def test_who_fears_to_be_found_out_is_told_that_it_stays_confidential(talk: Talk) -> None:
    filled(talk, ("有人夜里往水库边倒渣土", "report"), ("密云区溪翁庄镇密关路12号", "inform"), ("每天", "inform"), ("不留", "skip"))
    assert "保密" in texts(talk, "会不会查到是我", "consultation")


def test_what_is_told_beside_a_known_time_is_kept(talk: Talk) -> None:
    filled(talk, ("宽带断了，打电话没用", "complaint"), ("东城区东直门胡家园小区21号楼", "inform"), ("11月25号断的", "inform"))
    texts(talk, "我要求退这几天的费用", "inform")
    assert "退这几天的费用" in str(talk.slots["problem"]) + str(talk.slots["details"])


def test_months_of_a_pregnancy_and_how_seldom_somebody_comes_are_no_time(talk: Talk) -> None:
    filled(talk, ("单位不让休产假，说休了就辞退", "complaint"), ("门头沟区石龙路12号", "inform"), ("我怀孕六个月了", "inform"))
    assert talk.slots.get("happened") is None
    other = Talk(talk.desk, talk.clock, talk.new_id, user="w2")
    texts(other, "物业费收那么高 保洁一个礼拜不来一回", "complaint")
    assert other.slots.get("happened") is None


def test_a_village_behind_a_blank_is_part_of_the_place(talk: Talk) -> None:
    texts(talk, "延庆张山营 上柳塘营村 村里路灯不亮", "complaint")
    assert talk.slots["place"]["text"] == "延庆张山营 上柳塘营村"


def test_who_is_in_another_city_raises_no_doubt(talk: Talk) -> None:
    filled(talk, ("网上买的桃烂了一半，商家不赔", "complaint"))
    assert "危险" not in texts(talk, "我在上海", "inform")


def test_who_knows_no_building_of_somebody_in_danger_is_heard(talk: Talk) -> None:
    texts(talk, "我朋友说他不想活了 把我微信拉黑了", "complaint")
    talk.open = False
    texts(talk, "他住昌平天通苑西三区", "inform")
    talk.open = False
    assert "已补进" in texts(talk, "具体几号楼我不知道 他叫李超", "skip")


def test_the_district_of_a_place_does_not_take_its_place_in_the_words(talk: Talk) -> None:
    texts(talk, "在奥森公园南门多放几个厕所，周末排队排死了", "suggestion")
    texts(talk, "朝阳的", "inform")
    assert "奥森公园南门" in talk.slots["problem"]


def test_a_shop_that_was_named_with_the_place_is_not_asked_for(talk: Talk) -> None:
    filled(talk, ("健身卡不给退", "complaint"))
    assert "叫什么名字" not in texts(talk, "在石景山万达那个威尔士健身 前天办的 4800", "inform")


def test_who_says_that_it_was_always_so_is_heard(talk: Talk) -> None:
    filled(talk, ("楼道全是小广告，天天没人扫", "complaint"), ("海淀区采石路7号院", "inform"))
    assert "记下了" in texts(talk, "一直都这样", "inform")


def test_who_mends_something_is_not_who_praises(talk: Talk) -> None:
    texts(talk, "给你们点个赞，上次我家漏水第二天就来人修了", "praise")
    texts(talk, "修理工叫老郭", "inform")
    assert talk.slots.get("contact") is None
    texts(talk, "公开没问题", "inform")
    assert talk.slots["may_publish"]


def test_a_sum_is_no_place(talk: Talk) -> None:
    filled(talk, ("暖气费交了两次，供热公司不退", "complaint"), ("丰台长辛店", "inform"), ("一共2380 11月5号扣的", "inform"))
    assert "2380" not in (talk.slots.get("place") or {"text": ""})["text"]


def test_what_still_hangs_after_an_alarm_says_no_goodbye(talk: Talk) -> None:
    texts(talk, "路边树枝断了 挂在半空 要掉下来砸着人了 下面有人", "complaint")
    talk.open = False
    texts(talk, "朝阳区望京南湖南路", "inform")
    talk.open = False
    assert "已补进" in texts(talk, "现在就挂着呢", "goodbye")


def test_who_has_not_called_yet_after_an_alarm_is_told_the_number_again(talk: Talk) -> None:
    texts(talk, "我家厨房烧起来了", "complaint")
    talk.open = False
    texts(talk, "东城区北新桥街道", "inform")
    talk.open = False
    assert "119" in texts(talk, "还没打呢 先问问你们", "progress")


def test_who_leaves_no_number_when_asked_for_the_time_is_not_asked_for_it(talk: Talk) -> None:
    filled(talk, ("邻居在楼道放鞋柜，还堆纸壳子", "complaint"), ("亦庄鹿海园五里9号楼", "inform"), ("我姓尚", "inform"))
    assert "电话" not in texts(talk, "不留电话了", "skip")


def test_who_tells_other_things_is_asked_for_the_time_twice_at_most(talk: Talk) -> None:
    filled(talk, ("我要投诉学校乱收费", "complaint"), ("海淀区中关村第一小学", "inform"))
    assert "什么时候" in texts(talk, "收了校服费和课后费，加起来一千多", "inform")
    assert "称呼" in texts(talk, "三年级的", "inform")
    assert "三年级" in talk.slots["problem"]


def test_who_goes_on_telling_is_not_asked_in_the_same_words(talk: Talk) -> None:
    filled(talk, ("小区垃圾没人清", "complaint"), ("丰台区方庄芳群园一区5号楼", "inform"), ("一周了", "inform"))
    first, second = texts(talk, "味道特别大", "inform"), texts(talk, "还有好多老鼠", "inform")
    assert "您贵姓" in first
    assert "您贵姓" not in second
    assert "不留" in second


@pytest.mark.parametrize("said", ["没了就这些", "行了就这样吧", "对，没别的了，提交吧"])
def test_several_words_that_close_are_a_yes(talk: Talk, said: str) -> None:
    filled(talk, ("楼下半夜施工", "complaint"), ("丰台区方庄芳群园一区5号楼", "inform"), ("昨晚", "inform"), ("不留", "skip"))
    assert "已经提交" in texts(talk, said, "inform")


def test_a_shop_is_no_citizen(talk: Talk) -> None:
    filled(talk, ("楼下烧烤店天天吵到半夜", "complaint"), ("丰台区方庄芳群园一区5号楼", "inform"))
    assert talk.slots["requested_slot"] == "contact"
    texts(talk, "叫老王烧烤", "inform")
    assert not talk.slots.get("contact")
    assert "老王烧烤" in f"{talk.slots['problem']}{talk.slots['details']}"


@pytest.mark.parametrize("said", ["算了，刚看到师傅来修了", "不用了，已经来电了，谢谢"])
def test_what_has_solved_itself_is_taken_back(talk: Talk, said: str) -> None:
    filled(talk, ("小区门口的路灯不亮了", "complaint"), ("丰台区方庄芳群园", "inform"))
    assert "不提交" in texts(talk, said, "inform")


def test_this_number_is_no_part_of_the_matter(talk: Talk) -> None:
    filled(talk, ("家里暖气不热，才14度", "help_request"), ("丰台区方庄芳群园一区5号楼", "inform"), ("从15号供暖开始就不热", "inform"))
    assert talk.slots["happened"] == "从15号供暖开始"
    texts(talk, "就用这个号码，免贵姓李，13800004321", "inform")
    assert "号码" not in f"{talk.slots['problem']}{talk.slots['details']}"


def test_a_crossing_that_puts_a_door_right_has_none(talk: Talk) -> None:
    filled(talk, ("井盖坏了，在解放路36号", "complaint"))
    texts(talk, "不对，改成解放路和中山路路口", "correct")
    assert talk.slots["place"]["text"] == "解放路和中山路路口"


@pytest.mark.parametrize(("said", "place"), [("幸福里小区整个都停了", "幸福里小区"), ("丰台区方庄芳群园都停了", "丰台区方庄芳群园")])
def test_how_much_of_an_estate_it_is_is_no_part_of_its_name(talk: Talk, said: str, place: str) -> None:
    filled(talk, ("我们这停水了", "help_request"), (said, "inform"))
    assert talk.slots["place"]["text"] == place


def test_a_storey_that_one_must_climb_is_no_place(talk: Talk) -> None:
    filled(talk, ("电梯又坏了，这个月第三次了", "complaint"), ("丰台区方庄芳群园一区5号楼", "inform"), ("有孕妇有老人，天天爬18楼", "inform"))
    assert "18" not in talk.slots["place"]["text"]


def test_what_others_do_all_the_time_is_no_time_of_the_matter(talk: Talk) -> None:
    filled(talk, ("我医保卡停保了，药店刷不了", "complaint"), ("单位一直交着的", "inform"))
    assert talk.slots.get("happened") is None


@pytest.mark.parametrize("said", ["能快点吗家里有老人", "家里有老人，你们能不能快点"])
def test_who_asks_for_haste_beside_a_fact_is_answered_and_heard(talk: Talk, said: str) -> None:
    filled(talk, ("暖气不热", "help_request"), ("丰台区方庄芳群园一区5号楼", "inform"))
    answer = texts(talk, said, "consultation")
    assert "马上转给" in answer
    assert "家里有老人" in talk.slots["problem"]


def test_the_hour_until_which_it_goes_on_is_kept_beside_the_hour_it_begins(talk: Talk) -> None:
    filled(talk, ("邻居打麻将吵死了", "complaint"), ("丰台区方庄芳群园一区5号楼", "inform"), ("每天一两点吵到半夜两三点", "inform"))
    assert talk.slots["happened"] == "每天一两点到半夜两三点"


@pytest.mark.parametrize("intent", ["affirm", "handover", "withdraw", "skip"])
def test_what_we_are_to_tell_others_is_noted(talk: Talk, intent: str) -> None:
    filled(talk, ("楼下KTV天天唱到半夜", "complaint"), ("海淀区学院路30号", "inform"))
    assert "记下了" in texts(talk, "你们给派出所说一声吧", intent)


def test_what_may_not_be_accepted_is_refused_in_the_middle_and_the_form_goes_on(talk: Talk) -> None:
    filled(talk, ("我们村路灯不亮", "complaint"), ("昌平区沙河镇于辛庄", "inform"))
    said = texts(talk, "我要举报村书记收钱", "report")
    assert "已经记录" in said
    assert "什么时候" in said
    assert "书记" not in talk.slots["problem"]
    with talk.desk.store.transaction() as tx:
        assert talk.conversation
        assert [t.status for t in tx.tickets.of_conversation(talk.conversation)] == ["closed"]


def test_what_is_told_after_an_answer_belongs_to_what_was_asked(talk: Talk) -> None:
    publish(talk, "预付卡")
    asyncio.run(talk.ask("健身房关门跑路了我办的年卡怎么退"))
    texts(talk, "叫飞跃健身，在海淀区人民路88号", "complaint")
    assert "关门跑路" in talk.slots["problem"]


def test_what_was_bought_online_is_in_no_street(talk: Talk) -> None:
    assert "哪条路" not in texts(talk, "我在淘宝上朝阳区一家店买的手机是假货", "complaint")


def test_who_is_not_satisfied_and_tells_what_is_still_so_is_taken_down(talk: Talk) -> None:
    assert not asyncio.run(talk.ask("不满意上次的处理，路灯还是没修", "rate")), "the form takes it"


def test_who_answers_what_was_asked_beside_the_number_hears_that_it_was_taken(talk: Talk) -> None:
    assert "方便的话也说一下" in filled(talk, ("暖气不热", "help_request"), ("丰台区方庄芳群园一区5号楼", "inform"), ("三天了", "inform"))
    assert "记下了" in texts(talk, "屋里才十五度", "inform")


@pytest.mark.parametrize(("said", "intent"), [("我们不同意", "deny"), ("没留小票", "skip"), ("修的人一直没来", "deny"), ("就是希望少留点", "skip")])
def test_what_only_sounds_like_a_refusal_is_told_and_the_number_is_still_asked(talk: Talk, said: str, intent: str) -> None:
    filled(talk, ("物业要涨物业费，也没跟我们商量", "complaint"), ("丰台区方庄芳群园三区", "inform"), ("上周贴的通知", "inform"))
    assert "不留" in texts(talk, said, intent)
    assert said in f"{talk.slots['problem']}{talk.slots['details']}"
    assert talk.slots.get("contact") is None


def test_who_only_wishes_that_somebody_comes_gets_no_article(talk: Talk) -> None:
    publish(talk, "流浪")
    filled(talk, ("小区里流浪狗太多了，追着人咬", "complaint"), ("昌平区回龙观流星花园", "inform"), ("一直都有", "inform"))
    assert "来源" not in texts(talk, "能不能先派人来抓", "consultation")


def test_an_estate_that_is_called_something_is_read_by_its_name(talk: Talk) -> None:
    filled(talk, ("充电桩收费太贵了，一度电两块多", "complaint"), ("大兴区黄村镇", "inform"), ("小区叫清澄名苑", "inform"))
    assert talk.slots["place"]["text"] == "大兴区黄村镇清澄名苑"
    texts(talk, "从换了公司就涨了", "inform")
    assert talk.slots["happened"] == "从换了公司就涨了"
    assert "委屈" in texts(talk, "唉没人管吗", "complaint")


def test_who_would_rather_not_name_the_school_is_not_asked_for_its_road(talk: Talk) -> None:
    filled(talk, ("孩子作业太多，天天写到很晚", "complaint"), ("海淀的学校", "inform"))
    assert "哪条路" not in texts(talk, "学校名字不方便说", "inform")
