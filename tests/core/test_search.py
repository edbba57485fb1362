"""What the knowledge says to a question: views, probability, follow-ups."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fakes import KEY, ROOT

from hotline.city import City
from hotline.store import Cipher, SqlStore, open_store
from hotline.store.database import upgrade
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.grams import LONG, SHORT, Grams, cosines, grams_of
from knowledge_base.importer import read_folder
from knowledge_base.normalise import pieces, plain, simplify
from knowledge_base.search import Knowledge
from knowledge_base.sounds import sounds

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
CITY = City.load(ROOT / "city")
ARTICLES = {article.id: article for article in read_folder(ROOT / "knowledge_base" / "articles", sample=True)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> SqlStore:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('knowledge') / 'jiesu.db'}", Cipher(KEY))
    upgrade(store.engine)
    with store.transaction() as tx:
        for article in ARTICLES.values():
            tx.articles.put(article, now=NOW)
    return store


@pytest.fixture(scope="module")
def knowledge(store: SqlStore) -> Knowledge:
    return Knowledge(store, SentenceEmbedder(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW, unanswered=CITY.unanswered)


# --- Text


def test_scripts_and_widths_are_one() -> None:
    assert simplify("居住證怎麼辦？ＡＢ１２") == "居住证怎么办?ab12"
    assert plain("居住证，怎么办？！") == "居住证怎么办"


def test_of_a_long_message_the_question_is_searched_by_itself() -> None:
    assert pieces("居住证怎么办") == ["居住证怎么办"]
    whole = "我去年从老家过来的一直住在朋友家里。今年自己租了房子也找到工作了。请问居住证怎么办？谢谢你们了"
    assert pieces(whole)[0] == whole.removesuffix("？谢谢你们了")
    assert "居住证怎么办" in pieces(whole)[1:]


@pytest.mark.parametrize(
    ("said", "matter"),
    [
        ("您好打扰一下，想问问居住证怎么办", "居住证怎么办"), ("喂你好 我想咨询一下关于公租房，谢谢您了", "公租房"), ("不好意思打扰了，想打听个事，老人坐公交免费吗", "老人坐公交免费吗"),
        ("喂养流浪猫会罚款吗", "喂养流浪猫会罚款吗"), ("打扰了邻居怎么办", "打扰了邻居怎么办"), ("客服电话是多少", "客服电话是多少"), ("问题楼盘找谁", "问题楼盘找谁"),
        ("我要办居住证", "怎么办居住证"), ("你好我想给孩子报户口", "怎么报户口"), ("我要转人工", "我要转人工"), ("我想查进度", "我想查进度"),
        ("我问过派出所了", "我问过派出所了"), ("您好 请问", "您好 请问"),
    ],
)  # fmt: skip
def test_courtesies_around_a_matter_are_not_searched(said: str, matter: str) -> None:
    assert pieces(said)[0] == matter


def test_homophones_and_near_sounds_are_one() -> None:
    assert sounds("失业金") == sounds("事业斤")
    assert sounds("张能") == sounds("脏棱")
    assert sounds("中") == sounds("宗")
    assert sounds("1") == sounds("一")
    assert sounds("水") != sounds("电")


# --- Grams


def test_a_text_is_most_like_itself_and_rare_grams_count_more() -> None:
    grams = Grams(["居住证怎么办", "身份证怎么办", "公园几点开门"], SHORT)
    scores = grams.scores("居住证怎么办")
    assert scores[0] == pytest.approx(1)
    assert scores[0] > scores[1] > scores[2] == 0
    assert grams.scores("").tolist() == [0, 0, 0]
    assert Grams([], SHORT).scores("居住证").tolist() == []


def test_of_a_body_it_counts_how_much_of_the_question_it_contains() -> None:
    bodies = Grams(["本市居民申领居住证到派出所办理，携带身份证。" * 3, "公园每天六点开门。"], LONG)
    scores = bodies.scores("居住证在哪儿办理")
    assert scores[0] > scores[1] == 0


def test_a_text_has_its_own_grams_only() -> None:
    grams = Grams(["居住证怎么办", "公园几点开门"], LONG)
    assert grams.has(0, grams_of("居民证")).tolist() == [gram in grams_of("居住证怎么办") for gram in grams_of("居民证")]
    assert not Grams([""], LONG).has(0, grams_of("居民证")).any()


def test_what_was_heard_is_compared_by_its_sound(knowledge: Knowledge) -> None:
    """On a telephone 养老院 and 样老院 are the same; in writing a strange character is strange."""
    said = "家里老认失能了平古找谁"
    heard, typed = knowledge.find(said, heard=True), knowledge.find(said)
    assert heard.answer
    assert heard.answer.id == "elderly-ability-assessment"
    assert heard.score > typed.score


def test_cosines_agree_with_the_index() -> None:
    texts = ["居住证怎么办", "身份证怎么办", "公园几点开门"]
    grams = Grams(texts, SHORT)
    alike = cosines([grams.vectors(texts[:1]), grams.rows(np.array([0, 1, 2]))])
    assert alike[0, 1:].tolist() == pytest.approx(grams.scores(texts[0]).tolist(), abs=1e-6)


# --- Answers


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("居住证怎么办", "residence-permit-apply"),
        ("居住證怎麼辦？", "residence-permit-apply"),
        ("居主正怎么版", "residence-permit-apply"),
        ("您好打扰一下，想问问居住证怎么办，谢谢", "residence-permit-apply"),
        ("加装电梯要多少户同意", "property-add-elevator"),
        ("电梯坏了没人管找谁", "property-elevator"),
        ("我是去年过来的一直住在朋友那儿，今年自己租了房子。想问一下居住证怎么办？我平时上班也没时间", "residence-permit-apply"),
    ],
)  # fmt: skip
def test_a_question_is_answered_however_it_is_written(knowledge: Knowledge, question: str, article: str) -> None:
    found = knowledge.find(question)
    assert found.answer
    assert found.answer.id == article


def test_a_courtesy_changes_neither_the_ranking_nor_how_sure_it_is(knowledge: Knowledge) -> None:
    plainly = knowledge.explain("没有停车位乱停车归谁管", 5)
    politely = knowledge.explain("您好，打扰一下，我想咨询下没有停车位乱停车归谁管", 5)
    assert [(e.article.id, e.probability) for e in politely] == [(e.article.id, e.probability) for e in plainly]


def test_money_back_for_a_flat_nobody_lives_in_is_not_answered_from_the_temperature(knowledge: Knowledge) -> None:
    found = knowledge.find("不住能退暖气费吗")
    assert (found.answer or found.maybe[0]).id == "heating-stop"


@pytest.mark.parametrize("text", ["asdfgh", "哈哈哈哈哈", "。。。", "今天天气真好啊", "我要投诉这家公司，三天没来收垃圾了，你们给记一下"])
def test_what_asks_nothing_is_not_answered(knowledge: Knowledge, text: str) -> None:
    assert knowledge.find(text).answer is None


@pytest.mark.parametrize(
    ("told", "question", "article"),
    [
        ("household-id-card-lost", "那户口本丢了呢", "household-book-lost"),
        ("household-id-card-apply", "那外地户口呢？", "household-id-card-remote"),
        ("residence-permit-apply", "丢了怎么补", "residence-permit-replace"),
        ("residence-permit-apply", "多少天能拿到", "residence-permit-apply"),
        ("social-insurance-injury", "要什么材料", "social-insurance-injury"),
    ],
)
def test_a_short_question_goes_on_from_the_answer_before_it(knowledge: Knowledge, told: str, question: str, article: str) -> None:
    found = knowledge.find(question, told)
    assert found.answer
    assert found.answer.id == article
    assert found.again == (told == article)


@pytest.mark.parametrize(
    ("told", "question"),
    [("residence-permit-renew", "网上能办吗"), ("housing-fund-rent", "一年能取几次"), ("documents-passport", "周末上班吗"), ("documents-marriage", "我是外地的")],
)
def test_a_question_without_a_matter_of_its_own_is_of_what_was_told_just_now(knowledge: Knowledge, told: str, question: str) -> None:
    found = knowledge.find(question, told)
    assert found.answer
    assert (found.answer.id, found.again, found.leans) == (told, True, True)
    assert all(article.category == found.answer.category or article.id in found.answer.related for article in found.related)


def test_the_same_question_again_is_of_the_answer_before(knowledge: Knowledge) -> None:
    found = knowledge.find("居住证怎么办", "residence-permit-apply")
    assert found.again
    assert not found.leans


@pytest.mark.parametrize("named", ["公积金", "社保", "居住证"])
def test_who_only_names_a_matter_is_offered_what_is_known_of_it(knowledge: Knowledge, named: str) -> None:
    found = knowledge.find(named)
    assert found.answer is None
    assert len(found.maybe) == 3
    assert all(named in article.question for article in found.maybe)


@pytest.mark.parametrize(
    ("article", "question", "says"),
    [
        ("residence-permit-apply", "要带啥", "一般要准备"),
        ("residence-permit-apply", "要带什么材料", "一般要准备"),
        ("documents-passport", "那小孩呢", "未满十六周岁"),
        ("social-insurance-unemployment", "能领几个月", "领取期限"),
        ("vehicle-license-renew", "要体检吗", "先到公布的体检机构"),
        ("residence-permit-renew", "网上能办吗", "是否可以网上签注"),
    ],
)
def test_the_line_of_an_answer_that_speaks_to_a_question_is_found(knowledge: Knowledge, article: str, question: str, says: str) -> None:
    asked_of = knowledge.get(article)
    assert asked_of
    line = knowledge.passage(question, asked_of)
    assert line
    assert line.startswith(says)


@pytest.mark.parametrize(("article", "question"), [("documents-passport", "周末上班吗"), ("gas-bill", "能微信交吗"), ("vehicle-license-renew", "多少钱啊")])
def test_of_what_an_answer_does_not_say_no_line_is_shown(knowledge: Knowledge, article: str, question: str) -> None:
    asked_of = knowledge.get(article)
    assert asked_of
    assert knowledge.passage(question, asked_of) is None


@pytest.mark.parametrize("question", ["公积金怎么提取", "那暖气不热怎么办呢", "地铁能带酒吗", "今天天气怎么样", "怎么炒股"])
def test_a_new_question_is_not_harmed_by_the_one_before(knowledge: Knowledge, question: str) -> None:
    assert knowledge.find(question, "residence-permit-apply") == knowledge.find(question)


def test_an_answer_that_is_no_longer_there_is_gone_on_from_by_nothing(knowledge: Knowledge) -> None:
    assert knowledge.find("多少天能拿到", "retired-long-ago") == knowledge.find("多少天能拿到")


def test_a_ranking_is_explained(knowledge: Knowledge) -> None:
    explained = knowledge.explain("居住证怎么办", 3)
    assert len(explained) == 3
    first = explained[0]
    assert first.article.id == "residence-permit-apply"
    assert first.phrasing == "居住证怎么办？"
    assert first.probability > explained[1].probability
    assert first.score > explained[1].score
    assert set(first.views) == {"语义", "字面", "读音", "正文", "综合问法"}
    assert first.views["语义"] > 0.95
    assert "居住证怎么办" in first.why
    assert knowledge.explain("。。。", 3) == []


def test_what_is_published_is_answered_and_what_is_outside_its_dates_is_not(store: SqlStore) -> None:
    clock = [NOW]
    knowledge = Knowledge(store, SentenceEmbedder(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: clock[0])
    assert not knowledge.refresh()
    article = replace(
        ARTICLES["residence-permit-apply"], id="balloons", question="热气球节的入场券在哪儿领？", asked=("去看热气球要不要入场券", "热气球节的券怎么拿"), valid_until=NOW.date()
    )
    with store.transaction() as tx:
        tx.articles.put(article, now=NOW)
    assert knowledge.find("热气球节的券去哪里领").answer is None
    assert knowledge.refresh()
    found = knowledge.find("热气球节的券去哪里领")
    assert found.answer
    assert found.answer.id == "balloons"
    clock[0] = NOW + timedelta(days=1)
    assert knowledge.find("热气球节的券去哪里领").answer is None
    clock[0] = NOW
    with store.transaction() as tx:
        tx.articles.put(replace(article, status="retired"), now=NOW)
    assert knowledge.refresh()
    assert knowledge.find("热气球节的券去哪里领").answer is None


@pytest.mark.parametrize("question", ["去台湾的通行证咋办", "医保卡里的钱能取现金不", "新车在哪上牌照"])
def test_what_is_liker_to_a_question_without_an_article_is_not_answered_from_one_that_is_near(knowledge: Knowledge, question: str) -> None:
    assert knowledge.find(question).answer is None


def test_an_article_that_asks_a_question_that_had_none_answers_it(store: SqlStore) -> None:
    knowledge = Knowledge(store, SentenceEmbedder(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW, unanswered=CITY.unanswered)
    article = replace(ARTICLES["documents-passport"], id="taiwan", question="台湾通行证怎么办？", asked=("想去台湾玩，通行证去哪办", "往来台湾通行证办理"))
    with store.transaction() as tx:
        tx.articles.put(article, now=NOW)
    assert knowledge.refresh()
    found = knowledge.find("去台湾的通行证咋办")
    with store.transaction() as tx:
        tx.articles.put(replace(article, status="retired"), now=NOW)
    assert found.answer
    assert found.answer.id == "taiwan"


@pytest.fixture(scope="module")
def of_districts(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    """Articles of several districts and places, as a city has them; 海淀区图书馆几点开门 is missing."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('districts') / 'jiesu.db'}", Cipher(KEY))
    upgrade(store.engine)
    asked = [f"{district}{place}{what}" for district in ("东城区", "西城区", "朝阳区", "海淀区", "石景山区") for place in ("图书馆", "文化馆") for what in ("几点开门", "怎么预约")]
    with store.transaction() as tx:
        for at, question in enumerate(asked):
            if question != "海淀区图书馆几点开门":
                tx.articles.put(replace(next(iter(ARTICLES.values())), id=f"d{at}", question=question, asked=(), answer=f"答复：{question}"), now=NOW)
    return Knowledge(store, SentenceEmbedder(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW)


@pytest.mark.parametrize("question", ["海淀区图书馆几点开门", "海淀图书馆几点开门", "图书馆几点开门", "东城区图书馆能借几本书", "丰台区图书馆几点开门"])
def test_a_question_that_lacks_among_its_siblings_is_offered_and_never_answered_by_one(of_districts: Knowledge, question: str) -> None:
    assert of_districts.find(question).answer is None


@pytest.mark.parametrize(
    ("question", "article"),
    [("西城区图书馆几点开门", "西城区图书馆几点开门"), ("西城图书馆几点开门", "西城区图书馆几点开门"), ("石景山区文化馆咋预约", "石景山区文化馆怎么预约")],
)
def test_a_question_that_is_there_is_answered_among_its_siblings(of_districts: Knowledge, question: str, article: str) -> None:
    found = of_districts.find(question)
    assert found.answer is not None
    assert found.answer.question == article


def test_after_an_answer_another_districts_is_not_given_for_the_one_that_lacks(of_districts: Knowledge) -> None:
    told = of_districts.find("西城区图书馆几点开门").answer
    assert told is not None
    assert of_districts.find("海淀区图书馆几点开门", told.id).answer is None
