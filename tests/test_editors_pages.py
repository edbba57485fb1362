"""The editors' tool, page by page: from a draft to what the bot says, from a gap to its answer, and back to an older version."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from uuid import UUID

import httpx
import nicegui
import pytest
from fakes import VISITOR, write
from nicegui.elements.upload_files import SmallFileUpload
from nicegui.helpers import expects_arguments
from nicegui.testing import User
from staffed import Current, member, signed_in, visit

from hotline import articles, conversations, gaps
from hotline.access import Refused, Role
from hotline.articles import Article, AskedQuestion, Wanted
from hotline.gaps import Check, CheckRun, GapCount
from knowledge_base import contradictions
from knowledge_base.contradictions import Contradiction
from knowledge_base.gaps import Grouping, Overtaken
from knowledge_base.grams import SHORT, Grams
from knowledge_base.importer import Checked, Defaults, Draft, check
from knowledge_base.normalise import plain
from knowledge_base.phrasings import propose
from knowledge_base.search import Found, Knowledge
from knowledge_base.siblings import name_different_things, other_matters
from staff.answers import _INLINE, as_in_chat
from staff.frame import told
from staff.imports import Running
from staff.library import Library, Opened
from staff.office import Office
from staff.pages.knowledge import importing, proposing
from staff.pages.knowledge.rehearsing import Outcome, Rehearsal, keep
from staff.parts import Records, Tag

pytestmark = pytest.mark.anyio
pytest_plugins = ["staff_fixtures"]
PERMIT = Article(
    "permit", 1, "居住证怎么办", ("办居住证要啥材料",), "带身份证到派出所，15日内发放。", "带上身份证，到派出所办，十五天内发放。", "公安机关", "居住证", "居住证条例", date(2016, 1, 1)
)  # fmt: skip
BUS = replace(PERMIT, id="bus", question="老人坐公交免费吗", asked=(), answer="65周岁以上免费。", spoken_answer="六十五周岁以上免费。", category="公交")


async def test_an_upload_hands_its_file_to_the_handler_behind_the_sentences(seat: User, current: Current) -> None:
    got = []

    async def add(event: str) -> None:
        got.append(event)

    assert expects_arguments(told(add))  # by this NiceGUI decides whether to hand the event over
    await open_page(seat, member(current, "editor"), "/knowledge")
    with seat:
        await told(add)("a file")
    assert got == ["a file"]


@pytest.fixture
def shelf(current: Current) -> Current:
    """Two published articles."""
    with current.transaction() as tx:
        for article in (PERMIT, BUS):
            tx.articles.put(replace(article, approved_by="某人"), now=current.clock())
    return current


async def open_page(seat: User, token: str, path: str) -> None:
    signed_in(seat.http_client, token)
    await seat.open(path)


async def until(condition: Callable[[], bool]) -> None:
    """The handlers of a page run beside the test."""
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not happen.")


def press(seat: User, label: str, *, last: bool = False) -> None:
    """Press a button; with `last` the newest of that name, which is the dialog's."""
    buttons = sorted((b for b in seat.find(kind=nicegui.ui.button).elements if b.text == label), key=lambda b: b.id)
    chosen = seat.find(kind=nicegui.ui.button)
    chosen.elements = {buttons[-1] if last else buttons[0]}
    chosen.click()


def press_the_dialogs(seat: User, label: str) -> None:
    """Where a list beneath has buttons of that name too, which say in more words what they are for."""
    chosen = seat.find(kind=nicegui.ui.button)
    chosen.elements = {b for b in chosen.elements if b.text == label and "aria-label" not in b.props}
    chosen.click()


def fill(seat: User, label: str, text: str) -> None:
    """What stands in the field whose label begins like this."""
    fields = [e for e in seat.client.elements.values() if str(e.props.get("label", "")).startswith(label)]  # type: ignore[union-attr]
    fields[0].set_value(text)  # type: ignore[attr-defined]


def labels(seat: User) -> set[str]:
    return {button.text for button in seat.find(kind=nicegui.ui.button).elements}


def newest(current: Current, id: str) -> Article:
    with current.transaction() as tx:
        found = tx.articles.newest(id)
    assert found
    return found


def ask(current: Current, text: str, *, days: float = 0, **given: object) -> UUID:
    now = current.clock()
    with current.transaction() as tx:
        conversation = tx.conversations.at(VISITOR) or tx.conversations.open(VISITOR, now=now, new_id=current.new_id)
        question = AskedQuestion(current.new_id(), conversation.id, text, None, 0.3, now - timedelta(days=days))
        tx.articles.add_question(replace(question, **given))  # type: ignore[arg-type]
    return question.id


def gather(current: Current) -> None:
    knowledge, embedder = current.open_knowledge()
    Grouping(current.store, knowledge, embedder, current.clock, current.new_id).gather()


@pytest.mark.parametrize(("page", "empty"), [("?care=unused", "没有久未用到的知识。"), ("?status=review", "没有待审核的知识。"), ("?care=unused&q=飞碟", "没有找到。换个说法，或清除筛选再试。")])
async def test_an_empty_list_says_what_there_is_none_of(page: str, empty: str, seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), f"/knowledge{page}")
    [records] = seat.find(Records).elements
    assert records.props["empty"] == empty


async def test_one_person_writes_another_publishes_and_then_the_bot_says_it(seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit/edit")
    fill(seat, "文字答复", "带身份证到派出所，20日内发放。")
    press(seat, "保存草稿")
    await until(lambda: newest(shelf, "permit").version == 2)
    kept = newest(shelf, "permit")
    assert (kept.status, kept.edited_by, kept.answer) == ("draft", "某editor", "带身份证到派出所，20日内发放。")
    with shelf.transaction() as tx:
        assert tx.articles.get("permit") == replace(PERMIT, approved_by="某人"), "citizens still get the published one"
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit")
    press(seat, "提交审核")
    await seat.should_see("待审核：由另一位有审核权限的人看过后发布。", retries=100)

    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit")
    press(seat, "发布")
    await seat.should_see("还没有回归问题", retries=100)
    press(seat, "发布", last=True)
    await until(lambda: newest(shelf, "permit").status == "published")
    assert newest(shelf, "permit").approved_by == "某reviewer"
    knowledge, _ = shelf.open_knowledge()
    knowledge.refresh()
    found = knowledge.find("居住证怎么办").answer
    assert found
    assert found.answer == "带身份证到派出所，20日内发放。"
    with shelf.transaction() as tx:
        assert [(e.kind, e.by) for e in reversed(tx.articles.events(article_id="permit", limit=9))] == [
            ("edit", "某editor"), ("submit", "某editor"), ("publish", "某reviewer"),
        ]  # fmt: skip


async def test_who_wrote_it_is_not_offered_to_publish_it_and_could_not(seat: User, shelf: Current) -> None:
    now, new_id = shelf.clock(), shelf.new_id
    with shelf.transaction() as tx:
        kept = articles.save(tx, PERMIT, based_on=1, by="某reviewer", now=now, new_id=new_id)
        articles.submit(tx, "permit", kept.version, by="某reviewer", now=now, new_id=new_id)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit")
    await seat.should_see("要由另一位审核员或管理员发布", retries=100)
    assert "发布" not in labels(seat)
    with pytest.raises(Refused, match="双人审核"), shelf.transaction() as tx:
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=True, now=now, new_id=new_id)
    with shelf.transaction() as tx:
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=False, now=now, new_id=new_id)


async def test_the_regression_questions_tell_what_a_publish_would_make_worse(seat: User, shelf: Current) -> None:
    now = shelf.clock()
    with shelf.transaction() as tx:
        tx.gaps.add_check(Check(shelf.new_id(), "居住证怎么办", "permit", "某editor", now))
        tx.gaps.add_check(Check(shelf.new_id(), "老人坐公交免费吗", "bus", "某editor", now))
        kept = articles.save(tx, replace(PERMIT, question="暂住登记", asked=()), based_on=1, by="某editor", now=now, new_id=shelf.new_id)
        articles.submit(tx, "permit", kept.version, by="某editor", now=now, new_id=shelf.new_id)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit")
    press(seat, "发布")
    await seat.should_see("2 个回归问题，现在：答对 2 个；发布后：答对 1 个，答错 1 个。", retries=100)
    await seat.should_see("会变差（1）", retries=100)
    await seat.should_see("会答不上")
    assert newest(shelf, "permit").status == "review", "nothing was published for it"
    with shelf.transaction() as tx:
        assert tx.gaps.runs(9) == [], "what is not published is no part of the history"
    press(seat, "发布", last=True)
    await until(lambda: newest(shelf, "permit").status == "published")

    def runs() -> list[tuple[int, int, str]]:
        with shelf.transaction() as tx:
            return [(run.questions, run.right, run.why) for run in tx.gaps.runs(9)]

    await until(lambda: bool(runs()))
    assert runs() == [(2, 1, "发布“暂住登记”之前")]


async def test_a_trial_run_that_nobody_waits_for_goes_into_the_history_at_its_end(office: Office, shelf: Current) -> None:
    visitor = visit(office, member(shelf, "reviewer"))
    written = []

    async def write() -> CheckRun:
        written.append("kept")
        return CheckRun(shelf.new_id(), shelf.clock(), "某reviewer", "", 1, 1, 1)

    rehearsal = Rehearsal(visitor)
    await rehearsal.published()
    assert written == []
    await rehearsal._ended(write)
    await rehearsal.published()
    assert written == ["kept"]


async def test_a_question_that_is_asked_back_counts_apart_from_those_that_go_wrong(seat: User, shelf: Current, office: Office) -> None:
    now = shelf.clock()
    checks = [Check(shelf.new_id(), text, "permit", "某editor", now) for text in ("居住证怎么办", "居住证的事", "飞碟")]
    with shelf.transaction() as tx:
        for check in checks:
            tx.gaps.add_check(check)
    visitor = visit(office, member(shelf, "editor"))
    await keep(visitor, checks, [Outcome(True, True), Outcome(False, True), Outcome(False, False)], "手动")
    await open_page(seat, member(shelf, "editor"), "/knowledge/trial")
    await seat.should_see("上次 3 个问题：答对 1 个，列在选项里 1 个，答错 1 个（手动，某editor）。")
    [table] = seat.find(Records).elements
    assert {row["question"]: row["last"]["text"] for row in table.props["rows"]} == {"居住证怎么办": "答对", "居住证的事": "列在选项里", "飞碟": "答错"}


def test_a_question_that_would_only_be_asked_back_got_worse_and_one_that_would_be_at_least_that_better() -> None:
    right, listed, wrong = Outcome(True, True), Outcome(False, True), Outcome(False, False)
    assert wrong < listed < right


async def test_what_citizens_asked_is_seen_before_it_is_sorted_into_gaps(seat: User, shelf: Current, monkeypatch: pytest.MonkeyPatch) -> None:
    async def opening(library: Library) -> None:
        await asyncio.sleep(0.5)  # as long as the first search of a process takes
        gather(shelf)

    monkeypatch.setattr(Library, "gather", opening)
    for text in ("共享单车乱停谁管", "共享单车乱停谁管", "居住证能网上续吗"):
        ask(shelf, text)
    await open_page(seat, member(shelf, "editor"), "/knowledge/gaps")
    [table] = seat.find(Records).elements
    assert [(row["question"], row["all"]["text"], row["why"], row["who"]) for row in table.props["rows"]] == [
        ("居住证能网上续吗", "1", "没答上 1 次", "正在归类"), ("共享单车乱停谁管", "2", "没答上 2 次", "正在归类"),
    ]  # fmt: skip
    await until(lambda: all(row["href"] for row in table.props["rows"]))
    assert [(row["question"], row["all"]["text"]) for row in table.props["rows"]] == [("共享单车乱停谁管", "2"), ("居住证能网上续吗", "1")]


async def test_the_search_begins_to_open_with_the_list_of_gaps_which_does_not_wait_for_it(
    seat: User, shelf: Current, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Library] = []
    monkeypatch.setattr(Library, "prepare", lambda library: begun.append(library))
    ask(shelf, "共享单车乱停谁管")
    gather(shelf)
    await open_page(seat, member(shelf, "editor"), "/knowledge/gaps")
    [table] = seat.find(Records).elements
    assert [row["question"] for row in table.props["rows"]] == ["共享单车乱停谁管"]
    await until(lambda: bool(begun))


@pytest.mark.parametrize(("page", "says"), [("/knowledge/new", "这个文件不能作附件"), ("/knowledge/import", "旧的 .xls、.doc 请先另存为 .xlsx、.docx。")])
async def test_a_file_of_another_kind_is_refused_aloud(page: str, says: str, seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), page)
    upload = next(iter(seat.find(kind=nicegui.ui.upload).elements))
    [refused] = [listener for listener in upload._event_listeners.values() if listener.type == "rejected"]
    with seat:
        upload._handle_event({"listener_id": refused.id, "args": {}})
    await until(lambda: any(says in message for message in seat.notify.messages))


async def test_a_department_that_is_typed_is_kept_without_being_picked(seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), "/knowledge/new")
    fields = {str(e.props.get("label")): e for e in seat.find(kind=nicegui.ui.input).elements}
    assert {"部门", "类别"} <= set(fields), "a field that keeps what is typed into it, where a list would drop it"
    options = [e.props["value"] for e in seat.find(kind=Tag).elements if e.tag == "option"]
    assert {"公安机关", "居住证", "公交"} <= set(options)


async def test_a_gap_is_mended_by_another_way_of_asking_in_one_step(seat: User, shelf: Current) -> None:
    for days, text in ((1, "暂住证咋弄"), (2, "暂住证咋弄呀"), (9, "暂住证咋弄呢")):
        ask(shelf, text, days=days)
    gather(shelf)
    await open_page(seat, member(shelf, "editor"), "/knowledge/gaps")
    await seat.should_see("知识缺口", retries=100)
    with shelf.transaction() as tx:
        (found,) = tx.gaps.find("open", now=shelf.clock(), limit=9)
    assert (found.total, found.this_week, found.last_week, found.unanswered) == (3, 2, 1, 3)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await seat.should_see("加为问法", retries=100)
    buttons = [b for b in seat.find(kind=nicegui.ui.button).elements if "居住证怎么办" in str(b.props.get("aria-label"))]
    chosen = seat.find(kind=nicegui.ui.button)
    chosen.elements = {buttons[0]}
    chosen.click()
    await seat.should_see("所以立即生效", retries=100)
    press_the_dialogs(seat, "加为问法")
    await until(lambda: {"暂住证咋弄", "暂住证咋弄呀", "暂住证咋弄呢"} < {*newest(shelf, "permit").asked})
    live = newest(shelf, "permit")
    assert (live.status, live.approved_by, live.answer) == ("published", "某人", PERMIT.answer), "the approved answer is the same"
    with shelf.transaction() as tx:
        assert tx.gaps.find("open", now=shelf.clock(), limit=9) == []
        assert tx.gaps.find("mended", now=shelf.clock(), limit=9)[0].gap.closed_by == "某editor"


async def test_a_gap_that_an_article_published_since_answers_is_shown_so_and_closed_in_one_step(seat: User, shelf: Current) -> None:
    for text in ("共享单车乱停谁管", "共享单车乱停谁管呀", "飞碟能不能停楼顶"):
        ask(shelf, text)
    ask(shelf, "居住证怎么办", article_id="permit", helpful=False)
    gather(shelf)
    bikes = next(count.gap.id for count in _open_gaps(shelf) if "单车" in count.example)
    with shelf.transaction() as tx:
        tx.articles.put(
            replace(PERMIT, id="bikes", question="共享单车乱停谁管", asked=("共享单车乱停谁管呀",), approved_by="某人"), now=shelf.clock()
        )
    await open_page(seat, member(shelf, "editor"), "/knowledge/gaps")
    [table] = seat.find(Records).elements
    await until(lambda: any(isinstance(row["why"], dict) for row in table.props["rows"]))
    assert {row["question"]: row["why"] for row in table.props["rows"]} == {
        "共享单车乱停谁管": {"text": "没答上 2 次", "sub": "现在已能回答", "subTone": "good"}, "飞碟能不能停楼顶": "没答上 1 次", "居住证怎么办": "没帮助 1 次",
    }  # fmt: skip
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{bikes}")
    await seat.should_see("现在再这样问，机器人就答这一篇", retries=100)
    press(seat, "算补上")
    await until(lambda: bikes not in {count.gap.id for count in _open_gaps(shelf)})
    with shelf.transaction() as tx:
        (mended,) = tx.gaps.find("mended", now=shelf.clock(), limit=9)
    assert (mended.gap.article_id, mended.gap.closed_by) == ("bikes", "某editor")


def test_what_is_asked_alike_of_different_things_makes_a_gap_each(shelf: Current) -> None:
    with shelf.transaction() as tx:
        for number, thing in enumerate(("路灯", "井盖", "噪音", "占道", "垃圾", "污水")):
            article = replace(PERMIT, id=f"who-{number}", question=f"{thing}归哪个部门管", asked=(f"{thing}找哪个部门管", f"谁管{thing}", f"请问{thing}归谁管"))
            tx.articles.put(article, now=shelf.clock())
    for text in ("信鸽归哪个部门管", "请问信鸽归哪个部门管", "蜂箱归哪个部门管", "蜂箱找哪个部门管"):
        ask(shelf, text)
    gather(shelf)
    with shelf.transaction() as tx:
        found = [{question.text for question in tx.gaps.questions(count.gap.id, 9)} for count in tx.gaps.find("open", now=shelf.clock(), limit=9)]
    assert {"信鸽归哪个部门管", "请问信鸽归哪个部门管"} in found
    assert {"蜂箱归哪个部门管", "蜂箱找哪个部门管"} in found


def test_other_words_for_the_same_are_no_different_things() -> None:
    asked = [f"{thing}{asks}" for thing in ("居住证", "护照", "户口", "驾照") for asks in ("怎么办", "咋办", "去哪里办", "到哪儿办", "要多久")]
    statistics = Grams([plain(text) for text in asked], SHORT).statistics
    assert name_different_things("信鸽怎么办", "蜂箱怎么办", statistics)
    assert not name_different_things("信鸽怎么办", "信鸽咋办", statistics)
    assert not name_different_things("信鸽去哪里办", "信鸽到哪儿办", statistics)
    assert not name_different_things("信鸽怎么办", "信歌怎么办", statistics), "a slip of the same sound"


def test_a_gap_is_answered_by_now_only_if_each_of_its_questions_is_and_is_looked_up_again_when_the_knowledge_changed(shelf: Current) -> None:
    ask(shelf, "共享单车乱停谁管")
    ask(shelf, "共享单车乱停谁管呢")
    gather(shelf)
    (count,) = _open_gaps(shelf)
    said: dict[str, Article] = {"共享单车乱停谁管": BUS}
    looked_up: list[str] = []

    def find(question: str) -> Found:
        looked_up.append(question)
        return Found(said.get(question), (), (), 1.0)

    knowledge = SimpleNamespace(as_of=1, find=find)
    overtaken = Overtaken(shelf.store, cast(Knowledge, knowledge))
    assert overtaken.among([count]) == {}
    said["共享单车乱停谁管呢"] = BUS
    assert (overtaken.among([count]), len(looked_up)) == ({}, 2), "nothing was published: nothing is looked up again"
    knowledge.as_of = 2
    assert overtaken.among([count]) == {count.gap.id: BUS}
    assert overtaken.among([replace(count, unhelpful=1)]) == {}, "it was answered when citizens said that this was no help"


async def test_the_regression_questions_run_before_an_attachment_and_before_a_way_back_too(seat: User, shelf: Current) -> None:
    now = shelf.clock()
    with shelf.transaction() as tx:
        kept = articles.save(tx, replace(PERMIT, question="暂住登记", asked=()), based_on=1, by="某editor", now=now, new_id=shelf.new_id)
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=True, now=now, new_id=shelf.new_id)
        tx.gaps.add_check(Check(shelf.new_id(), "暂住登记", "permit", "某editor", now))
    ask(shelf, "老人坐公交免不免费用掏钱么")
    gather(shelf)
    (found,) = _open_gaps(shelf)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await until(lambda: "加为“老人坐公交免费吗”的问法" in attachable(seat))
    press(seat, "加为问法")
    await seat.should_see("1 个回归问题，现在：答对 1 个；发布后：答对 1 个。", retries=100)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit/compare")
    press(seat, "恢复这一版")
    await seat.should_see("1 个回归问题，现在：答对 1 个；发布后：答对 0 个，答错 1 个。", retries=100)


async def test_a_gap_can_be_attached_to_any_article_that_the_bot_says(seat: User, shelf: Current) -> None:
    others = [replace(PERMIT, id=f"other-{number}", question=f"第{number}种水费怎么交？", asked=(), category="水费") for number in range(12)]
    with shelf.transaction() as tx:
        for article in (*others, replace(PERMIT, id="draft", question="第99种水费怎么交？", asked=(), category="水费", status="draft")):
            tx.articles.put(article, now=shelf.clock())
    ask(shelf, "暂住证咋弄", days=1)
    gather(shelf)
    with shelf.transaction() as tx:
        (found,) = tx.gaps.find("open", now=shelf.clock(), limit=9)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await seat.should_see("加为问法", retries=100)
    seat.find("找别的知识：问题、问法、答案或编号").type("水费 第7")
    await until(lambda: attachable(seat) == ["加为“第7种水费怎么交？”的问法"])
    seat.find("找别的知识：问题、问法、答案或编号").clear().type("第99")
    await seat.should_see("没有找到，换个词再试。")
    seat.find("找别的知识：问题、问法、答案或编号").clear().type("第7种")
    await until(lambda: attachable(seat) == ["加为“第7种水费怎么交？”的问法"])
    press(seat, "加为问法")
    await seat.should_see("“暂住证咋弄”和“第7种水费怎么交？”看起来不是一回事", retries=100)
    instead = [str(b.props.get("aria-label")) for b in seat.find(kind=nicegui.ui.button).elements if b.text == "改加到这篇"]
    assert "改加到“居住证怎么办”" in instead
    press(seat, "仍然加为问法")
    await until(lambda: newest(shelf, "other-7").asked == ("暂住证咋弄",))


async def test_who_is_warned_attaches_it_to_a_nearer_article_instead(seat: User, shelf: Current) -> None:
    others = [replace(PERMIT, id=f"other-{number}", question=f"第{number}种水费怎么交？", asked=(), category="水费") for number in range(3)]
    with shelf.transaction() as tx:
        for article in others:
            tx.articles.put(article, now=shelf.clock())
    ask(shelf, "暂住证咋弄")
    gather(shelf)
    (found,) = _open_gaps(shelf)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await seat.should_see("加为问法", retries=100)
    seat.find("找别的知识：问题、问法、答案或编号").type("第2种水费")
    await until(lambda: attachable(seat) == ["加为“第2种水费怎么交？”的问法"])
    press(seat, "加为问法")
    await seat.should_see("看起来不是一回事", retries=100)
    chosen = seat.find(kind=nicegui.ui.button)
    chosen.elements = {b for b in chosen.elements if b.props.get("aria-label") == "改加到“居住证怎么办”"}
    chosen.click()
    await seat.should_see("以后这样问，就答“居住证怎么办”。", retries=100)
    press_the_dialogs(seat, "加为问法")
    await until(lambda: "暂住证咋弄" in newest(shelf, "permit").asked)
    assert newest(shelf, "other-2").version == 1


async def test_a_gap_that_is_answered_by_now_counts_as_mended(seat: User, shelf: Current) -> None:
    ask(shelf, "办居住证要啥材料？")
    gather(shelf)
    (found,) = _open_gaps(shelf)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await until(lambda: "加为“居住证怎么办”的问法" in attachable(seat))
    press(seat, "加为问法")
    await seat.should_see("已经有这些问法", retries=100)
    press(seat, "算补上")
    await until(lambda: not _open_gaps(shelf))
    assert newest(shelf, "permit").version == 1


def attachable(seat: User) -> list[str]:
    labels = (str(b.props.get("aria-label")) for b in seat.find(kind=nicegui.ui.button).elements if b.text == "加为问法")
    return [label for label in labels if label != "None"]


async def test_a_gap_points_to_the_draft_that_was_kept_of_a_persons_answer(seat: User, shelf: Current) -> None:
    ask(shelf, "共享单车乱停谁管")
    gather(shelf)
    (found,) = _open_gaps(shelf)
    draft = replace(PERMIT, id="kept", version=0, question="共享单车乱停谁管", asked=(), status="draft")
    with shelf.transaction() as tx:
        articles.save(tx, draft, based_on=0, by="某operator", now=shelf.clock(), new_id=shelf.new_id)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{found.gap.id}")
    await seat.should_see("这个问题已经有草稿：")
    links = [str(e.props["href"]) for e in seat.find(kind=Tag).elements if e.tag == "a" and e.text == "接着写"]
    assert links == [f"/knowledge/articles/kept/edit?gap={found.gap.id}"]


async def test_a_gap_becomes_an_article_and_is_mended_when_that_is_published(seat: User, shelf: Current) -> None:
    ask(shelf, "共享单车乱停谁管")
    ask(shelf, "共享单车乱停谁来管")
    gather(shelf)
    with shelf.transaction() as tx:
        gap = tx.gaps.find("open", now=shelf.clock(), limit=9)[0].gap
    await open_page(seat, member(shelf, "editor"), f"/knowledge/new?gap={gap.id}")
    for label, text in (("文字答复", "由城市管理部门督促企业清理。"), ("电话", "由城市管理部门督促企业清理。"), ("来源", "示例来源")):
        fill(seat, label, text)
    for label, value in (("部门", "公安机关"), ("类别", "公交")):
        fill(seat, label, value)
    press(seat, "保存并提交审核")
    await until(lambda: _mending(shelf, gap.id) is not None)
    id = _mending(shelf, gap.id)
    assert id
    await until(lambda: newest(shelf, id).status == "review")
    assert newest(shelf, id).question == "共享单车乱停谁管"
    assert newest(shelf, id).asked == ("共享单车乱停谁来管",)
    with shelf.transaction() as tx:
        assert tx.gaps.get(gap.id).status == "open"  # type: ignore[union-attr]
        articles.publish(tx, id, 1, by="某reviewer", two_person=True, now=shelf.clock(), new_id=shelf.new_id)
        assert tx.gaps.get(gap.id).status == "mended"  # type: ignore[union-attr]


async def test_an_answer_that_was_no_help_is_rewritten_from_its_gap_by_whoever_begins(seat: User, shelf: Current) -> None:
    ask(shelf, "居住证怎么办", article_id="permit", helpful=False)
    gather(shelf)
    with shelf.transaction() as tx:
        gap = tx.gaps.find("open", now=shelf.clock(), limit=9)[0].gap
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{gap.id}")
    await seat.should_see("改这篇答复", retries=100)
    await open_page(seat, member(shelf, "editor"), f"/knowledge/articles/permit/edit?gap={gap.id}")
    fill(seat, "文字答复", "带身份证和照片到派出所，15日内发放。")
    press(seat, "保存并提交审核")
    await until(lambda: newest(shelf, "permit").status == "review")
    with shelf.transaction() as tx:
        assert tx.gaps.get(gap.id).assigned_to == "某editor"  # type: ignore[union-attr]
        articles.publish(tx, "permit", 2, by="某reviewer", two_person=True, now=shelf.clock(), new_id=shelf.new_id)
        assert tx.gaps.get(gap.id).status == "mended"  # type: ignore[union-attr]


async def test_two_gaps_that_mean_the_same_are_taken_for_one(seat: User, shelf: Current) -> None:
    ask(shelf, "阳台养鸡违法吗")
    ask(shelf, "阳台能养鸡吗", days=1)
    gather(shelf)
    with shelf.transaction() as tx:
        first, second = (count.gap for count in tx.gaps.find("open", now=shelf.clock(), limit=9))
        gaps.assign(tx, second.id, "某editor")
    await open_page(seat, member(shelf, "editor"), f"/knowledge/gaps/{first.id}")
    await seat.should_see("并到这里", retries=100)
    press(seat, "并到这里")
    await until(lambda: len(_open_gaps(shelf)) == 1)
    (found,) = _open_gaps(shelf)
    assert (found.gap.id, found.total, found.gap.assigned_to) == (first.id, 2, "某editor")


def _open_gaps(current: Current) -> list[GapCount]:
    with current.transaction() as tx:
        return tx.gaps.find("open", now=current.clock(), limit=9)


async def test_what_was_sent_back_says_why_and_today_says_what_waits(seat: User, shelf: Current) -> None:
    ask(shelf, "阳台养鸡违法吗")
    gather(shelf)
    with shelf.transaction() as tx:
        gaps.assign(tx, tx.gaps.find("open", now=shelf.clock(), limit=9)[0].gap.id, "某editor")
        articles.save(tx, replace(PERMIT, answer="到派出所。"), based_on=1, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.submit(tx, "permit", 2, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.send_back(tx, "permit", 2, by="某reviewer", note="写上期限", now=shelf.clock.forward(timedelta(minutes=1)), new_id=shelf.new_id)
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit")
    await seat.should_see("某reviewer 退回修改：写上期限", retries=100)
    await open_page(seat, member(shelf, "editor"), "/knowledge/gaps?status=mine")
    [records] = seat.find(Records).elements
    assert [row["question"] for row in records.props["rows"]] == ["阳台养鸡违法吗"]
    await open_page(seat, member(shelf, "editor"), "/")
    await seat.should_see("交给我补的缺口", retries=100)
    ask(shelf, "平衡车能上路吗")
    shelf.clock.forward(timedelta(seconds=6))
    await open_page(seat, member(shelf, "editor"), "/")
    await seat.should_see("新的问题，还没归类", retries=100)


async def test_an_article_outside_its_dates_says_that_the_bot_does_not_say_it(seat: User, shelf: Current) -> None:
    yesterday = (shelf.clock() - timedelta(days=1)).date()
    with shelf.transaction() as tx:
        tx.articles.put(replace(PERMIT, valid_until=yesterday), now=shelf.clock())
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit")
    await seat.should_see(f"已发布，但已经过了有效期（到 {yesterday}），机器人今天不这样回答。", retries=100)
    await seat.should_not_see("已发布：机器人就这样回答。")
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/bus/edit")
    fill(seat, "有效期到", str(yesterday))
    await seat.should_see("已经过了有效期", retries=100)


async def test_what_expires_soon_is_on_the_list_of_who_wrote_it(seat: User, shelf: Current) -> None:
    day = shelf.clock().date()
    dates = {"early": (day + timedelta(days=2), None), "soon": (None, day + timedelta(days=7)), "over": (None, day - timedelta(days=1))}
    with shelf.transaction() as tx:
        for id, (begins, ends) in dates.items():
            tx.articles.put(replace(PERMIT, id=id, question=f"{id}怎么办", valid_from=begins, valid_until=ends, edited_by="某editor"), now=shelf.clock())
        tx.articles.put(replace(BUS, valid_until=day, edited_by="别人"), now=shelf.clock())
    shelf.clock.forward(timedelta(seconds=6))
    await open_page(seat, member(shelf, "editor"), "/")
    await seat.should_see("我写的，快到期或已过期", retries=100)
    [mine] = [e for e in seat.find(kind=Tag).elements if e.tag == "a" and "by=" in str(e.props.get("href"))]
    await open_page(seat, member(shelf, "editor"), str(mine.props["href"]))
    [records] = seat.find(Records).elements
    assert [(row["key"], row["state"]["text"]) for row in records.props["rows"]] == [("over", "已过期"), ("soon", "已发布")]
    [form] = [html.content for html in seat.find(kind=nicegui.ui.html).elements if "<form" in html.content]
    assert '<input type="hidden" name="care" value="expiring">' in form, "who looks through the list stays in it"
    assert '<option value="某editor" selected>我写的</option>' in form
    await open_page(seat, member(shelf, "editor"), "/knowledge?q=early")
    [records] = seat.find(Records).elements
    assert (records.props["rows"][0]["state"]["text"], records.props["rows"][0]["state"]["sub"]) == ("还没生效", f"{dates['early'][0]} 起")


async def test_what_was_long_not_used_is_retired_from_the_list(seat: User, shelf: Current) -> None:
    shelf.clock.forward(timedelta(days=200))
    ask(shelf, "居住证怎么办", article_id="permit")
    await open_page(seat, member(shelf, "reviewer"), "/knowledge?care=unused")
    [records] = seat.find(Records).elements
    assert [row["key"] for row in records.props["rows"]] == ["bus"]
    seat.find(Records).trigger("press", "bus")
    await seat.should_see("停用的原因", retries=100)
    press(seat, "停用", last=True)
    await until(lambda: newest(shelf, "bus").status == "retired")
    await until(lambda: records.props["rows"] == [])


def _mending(current: Current, gap_id: UUID) -> str | None:
    with current.transaction() as tx:
        gap = tx.gaps.get(gap_id)
    assert gap
    return gap.article_id


async def test_an_older_version_is_compared_and_brought_back_by_who_may_publish(seat: User, shelf: Current) -> None:
    with shelf.transaction() as tx:
        kept = articles.save(tx, replace(PERMIT, answer="30日内发放。"), based_on=1, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=True, now=shelf.clock(), new_id=shelf.new_id)
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit/compare")
    await seat.should_see("没有变化：问题、电话答复", retries=100)
    await seat.should_not_see(kind=nicegui.ui.button)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit/compare")
    press(seat, "恢复这一版")
    await seat.should_see("恢复后立即生效", retries=100)
    press(seat, "恢复")
    await until(lambda: newest(shelf, "permit").version == 3)
    with shelf.transaction() as tx:
        live = tx.articles.get("permit")
        statuses = [(v.article.version, v.article.status) for v in tx.articles.versions("permit")]
    assert live
    assert (live.version, live.answer) == (3, PERMIT.answer)
    assert statuses == [(3, "published"), (2, "retired"), (1, "retired")]


@pytest.mark.parametrize(("role", "begins"), [("editor", True), ("operator", False)])
async def test_the_search_begins_to_open_when_an_editor_comes_and_for_nobody_else(
    role: Role, begins: bool, seat: User, shelf: Current, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Library] = []
    monkeypatch.setattr(Library, "prepare", lambda library: begun.append(library))
    await open_page(seat, member(shelf, role), "/")
    assert bool(begun) is begins


async def test_a_question_that_was_tried_is_kept_as_a_regression_question_and_run(seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), "/knowledge/trial?q=居住证怎么办")
    await seat.should_see("直接回答", retries=100)
    press(seat, "应该答这个")
    await until(lambda: "已存为回归问题，以后每次发布前都会试。" in seat.notify.messages)
    press(seat, "全部试一遍")
    await seat.should_see("上次 1 个问题：答对 1 个", retries=100)


def test_questions_of_one_meaning_go_to_one_gap_and_to_none_that_was_mended(shelf: Current) -> None:
    ask(shelf, "共享单车乱停谁管")
    ask(shelf, "居住证能网上续吗", offered=("permit",))
    gather(shelf)
    ask(shelf, "共享单车乱停谁管？")
    ask(shelf, "老人坐公交免费吗", article_id="bus", helpful=False)
    ask(shelf, "老人坐公交要钱吗", article_id="bus", helpful=True)
    gather(shelf)
    with shelf.transaction() as tx:
        found = {count.example: count for count in tx.gaps.find("open", now=shelf.clock(), limit=9)}
    assert {text: (c.total, c.unanswered, c.maybe, c.unhelpful) for text, c in found.items()} == {
        "共享单车乱停谁管": (2, 2, 0, 0), "居住证能网上续吗": (1, 0, 1, 0), "老人坐公交免费吗": (1, 0, 0, 1),
    }  # fmt: skip


def test_what_was_asked_before_a_gap_was_mended_goes_to_it_and_only_what_is_asked_after_makes_a_new_one(shelf: Current) -> None:
    day = 24 * 60 * 60
    ask(shelf, "共享单车乱停谁管", days=3)
    gather(shelf)
    gap = _open_gaps(shelf)[0].gap
    with shelf.transaction() as tx:
        gaps.close(tx, gap.id, "mended", article_id="bus", by="某editor", now=shelf.clock() - timedelta(days=1))
    ask(shelf, "共享单车乱停谁管？", days=2)
    ask(shelf, "共享单车乱停谁管呀", days=1 - 2 / day)
    gather(shelf)
    assert _open_gaps(shelf) == [], "asked before the bot knew of it"
    ask(shelf, "共享单车乱停谁管啊")
    gather(shelf)
    assert [(count.example, count.total) for count in _open_gaps(shelf)] == [("共享单车乱停谁管啊", 1)]
    with shelf.transaction() as tx:
        assert [count.total for count in tx.gaps.find("mended", now=shelf.clock(), limit=9)] == [3]


def test_an_editor_who_saves_over_someone_elses_version_is_told(shelf: Current) -> None:
    given = {"now": shelf.clock(), "new_id": shelf.new_id}
    with shelf.transaction() as tx:
        articles.save(tx, replace(PERMIT, answer="甲"), based_on=1, by="甲", **given)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="被别人改过"), shelf.transaction() as tx:
        articles.save(tx, replace(PERMIT, answer="乙"), based_on=1, by="乙", **given)  # type: ignore[arg-type]


async def test_what_a_person_answered_becomes_a_draft_in_one_click_without_personal_data(seat: User, shelf: Current) -> None:
    now, new_id = shelf.clock(), shelf.new_id
    with shelf.transaction() as tx:
        vain = write(tx, "食堂多会儿开", now=now, new_id=new_id, sender=VISITOR)
        tx.articles.add_question(AskedQuestion(vain.id, vain.conversation_id, "食堂多会儿开", None, 0.1, now))
        said = write(tx, "我电话13812345678，社区食堂几点开门", now=now, new_id=new_id, sender=VISITOR)
        conversations.change_status(tx, said.conversation_id, "waiting", now=now)
    token = member(shelf, "operator")
    with shelf.transaction() as tx:
        conversations.take_over(tx, said.conversation_id, "某operator", greeting="您好", now=now, new_id=new_id)
        conversations.answer_as_operator(tx, said.conversation_id, "某operator", "您好，每天十一点开门。", now=now, new_id=new_id)
    await open_page(seat, token, f"/conversations/{said.conversation_id}")
    press(seat, "存为知识草稿")
    await until(lambda: "已存为知识草稿，编辑会在“知识”里补全并提交审核。" in seat.notify.messages)
    with shelf.transaction() as tx:
        (listed,), _ = tx.articles.find(Wanted(status="draft"), limit=9, offset=0)
    kept = listed.article
    assert (kept.question, kept.asked, kept.answer) == ("社区食堂几点开门", ("食堂多会儿开",), "每天十一点开门。")
    assert (kept.edited_by, kept.source_date) == ("某operator", (now + timedelta(hours=8)).date())
    press(seat, "存为知识草稿")
    await until(lambda: "这段答复已经存为知识草稿。" in seat.notify.messages)


async def test_an_import_waits_for_review_and_is_published_by_another_all_at_once(office: Office, shelf: Current) -> None:
    drafts = [Draft(f"第 {n} 行", {"question": f"第{n}号窗口办什么", "answer": f"办第{n}类事项。"}) for n in range(2, 252)]
    defaults = Defaults("政务服务中心", "窗口", "示例来源", date(2025, 1, 1))
    checked = check([*drafts, Draft("第 9999 行", {"question": "没有答案的"})], {}, defaults)
    assert [r.place for r in checked.rejected] == ["第 9999 行"]
    running = Running(office)
    running.start_import("窗口.csv", checked.articles, "review", by="某editor")
    with pytest.raises(Refused, match="请等它完成"):
        running.start_import("别的.csv", checked.articles, "review", by="某editor")
    assert running.current
    await until(lambda: running.current is not None and running.current.is_over)
    assert running.current.sentence == "导入“窗口.csv”完成，共 250 条。"
    with shelf.transaction() as tx:
        waiting, total = tx.articles.find(Wanted(status="review"), limit=2000, offset=0)
        before = tx.articles.revision()
    assert total == 250
    again = check(drafts, {listed.article.id: listed.article for listed in waiting}, defaults)
    assert (again.unchanged, again.articles) == (250, ()), "the same file again imports nothing"

    for by, live in (("某editor", 0), ("某reviewer", 250)):
        running.forget()
        running.start_publishing([listed.article.id for listed in waiting], by=by, two_person=True)
        await until(lambda: running.current is not None and running.current.is_over)
        with shelf.transaction() as tx:
            assert tx.articles.find(Wanted(status="published"), limit=0, offset=0)[1] == 2 + live
    with shelf.transaction() as tx:
        assert tx.articles.revision() > before


async def test_the_list_is_read_again_when_all_that_waited_is_published(seat: User, shelf: Current) -> None:
    with shelf.transaction() as tx:
        for number in range(3):
            tx.articles.put(replace(PERMIT, id=f"waits-{number}", question=f"第{number}号窗口办什么", status="review", edited_by="某editor"), now=shelf.clock())
    await open_page(seat, member(shelf, "reviewer"), "/knowledge?status=review")
    press(seat, "全部发布（3）")
    await seat.should_see("还没有回归问题", retries=100)
    press(seat, "全部发布")
    await until(lambda: "发布完成，共 3 条。" in seat.notify.messages)
    await seat.should_not_see("全部发布（3）", retries=100)


async def test_the_audit_trail_is_looked_through_by_who_and_what(seat: User, shelf: Current) -> None:
    with shelf.transaction() as tx:
        kept = articles.save(tx, PERMIT, based_on=1, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.submit(tx, "permit", kept.version, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=True, now=shelf.clock(), new_id=shelf.new_id)
    for query, kinds in (("by=某editor", {"修改", "提交审核"}), ("kind=publish", {"发布"}), ("kind=publish&by=某editor", set())):
        await open_page(seat, member(shelf, "editor"), f"/knowledge/changes?{query}")
        [records] = seat.find(Records).elements
        assert {row["what"].split("（")[0] for row in records.props["rows"]} == kinds


async def test_the_import_page_and_the_downloads_are_for_those_who_may(web: httpx.AsyncClient, shelf: Current) -> None:
    shown = (await signed_in(web, member(shelf, "editor")).get("/knowledge/import")).text
    assert "选一个文件" in shown
    assert "选一个文件" not in (await signed_in(web, member(shelf, "analyst")).get("/knowledge/import")).text
    answer = await web.get("/knowledge/export/csv")
    assert "居住证怎么办" in answer.content.decode("utf-8-sig")
    assert (await web.get("/knowledge/export/exe")).status_code == 404
    web.cookies.clear()
    assert (await web.get("/knowledge/export/csv")).status_code == 303


async def test_what_was_done_is_said_on_the_page_one_is_taken_to(seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), "/knowledge/articles/permit/edit")
    fill(seat, "文字答复", "带身份证到派出所，20日内发放。")
    press(seat, "保存并提交审核")
    # NiceGUI's user opens the page that is gone to.
    await until(lambda: "已提交审核。" in seat.notify.messages)
    await seat.should_see("待审核：由另一位有审核权限的人看过后发布。", retries=100)
    assert seat.notify.messages == ["已提交审核。"], "once, and not that it is a draft, which it is no more"


async def test_the_reviewer_is_told_where_the_two_answers_differ(seat: User, shelf: Current) -> None:
    with shelf.transaction() as tx:
        kept = articles.save(tx, replace(PERMIT, answer="15日内发放。", spoken_answer="三十日内发放。"), based_on=1, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
        articles.submit(tx, "permit", kept.version, by="某editor", now=shelf.clock(), new_id=shelf.new_id)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/permit")
    await seat.should_see("两种答复说得不一样", retries=100)
    await open_page(seat, member(shelf, "reviewer"), "/knowledge/articles/bus")
    await seat.should_see("已发布：机器人就这样回答。", retries=100)
    await seat.should_not_see("两种答复说得不一样")


def test_what_is_said_of_another_place_does_not_contradict_what_is_written_of_this_one() -> None:
    assert other_matters("西城区图书馆什么时候关门", ["西城区图书馆几点关门", "东城区图书馆几点关门"]) == [False, True]
    assert other_matters("海淀区图书馆几点关门", ["西城区图书馆几点关门", "东城区图书馆几点关门"]) == [False, False], "of neither: nobody knows"
    assert other_matters("羽毛球场价格", ["羽毛球场怎么收费", "羽毛球场怎么预约"]) == [False, False]


async def test_who_writes_of_one_library_is_told_that_its_article_says_another_number_and_not_that_another_library_s_does(seat: User, shelf: Current) -> None:
    with shelf.transaction() as tx:
        for district, hour in (("西城区", 18), ("东城区", 21)):
            article = replace(PERMIT, id=district, question=f"{district}图书馆几点关门", asked=(), answer=f"{hour}点关门。", spoken_answer=f"{hour}点关门。")
            tx.articles.put(article, now=shelf.clock())
    await open_page(seat, member(shelf, "editor"), "/knowledge/new")
    fill(seat, "问题", "西城区图书馆几点关门呀")
    fill(seat, "文字答复", "20点关门。")
    await seat.should_see("这里：20点；那篇：18点", retries=100)
    await seat.should_see("说的像是另一处或另一件事")
    await seat.should_not_see("这里：20点；那篇：21点")


def test_what_another_article_answers_is_not_proposed_as_a_way_of_asking(shelf: Current) -> None:
    _, embedder = shelf.open_knowledge()
    said = {"办居住证要什么材料": PERMIT, "办居住证要什么证": BUS}
    knowledge = SimpleNamespace(find=lambda question: Found(said.get(question), (), (), 1.0))
    opened = cast(Opened, SimpleNamespace(knowledge=knowledge, embedder=embedder))
    asked = ["办居住证要什么材料", "办居住证要什么证", "办居住证要啥材料呢"]
    found = [proposal.text for proposal in proposing._for_it(opened, PERMIT, asked) if proposal.origin == "citizens"]
    assert sorted(found) == ["办居住证要什么材料", "办居住证要啥材料呢"]


async def test_a_version_that_a_later_one_took_the_place_of_does_not_look_retired(web: httpx.AsyncClient, shelf: Current) -> None:
    now, new_id = shelf.clock(), shelf.new_id
    with shelf.transaction() as tx:
        kept = articles.save(tx, PERMIT, based_on=1, by="某editor", now=now, new_id=new_id)
        articles.publish(tx, "permit", kept.version, by="某reviewer", two_person=True, now=now, new_id=new_id)
    page = (await signed_in(web, member(shelf, "editor")).get("/knowledge/articles/permit/compare")).text
    assert "第 1 版 曾发布" in page
    with shelf.transaction() as tx:
        articles.retire(tx, "permit", by="某reviewer", note="错了", now=now, new_id=new_id)
    page = (await web.get("/knowledge/articles/permit/compare")).text
    assert "第 2 版 已停用" in page


async def test_nobody_waits_while_the_search_takes_up_thousands_that_were_published(shelf: Current) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def refresh() -> None:
        begun.set()
        go_on.wait(10)

    _, embedder = shelf.open_knowledge()
    knowledge = cast(Knowledge, SimpleNamespace(refresh=refresh))
    library = Library(shelf, lambda: (knowledge, embedder), shelf.clock, shelf.new_id)
    await library.renew()
    assert not begun.is_set(), "the search is not in use: publishing doesn't open it"
    renewing = asyncio.create_task(library.open())
    await until(begun.is_set)
    assert (await asyncio.wait_for(library.open(), 2)).knowledge is knowledge
    go_on.set()
    await renewing


def test_our_own_number_beside_another_office_s_is_no_contradiction() -> None:
    ours, theirs, other = (replace(PERMIT, answer=f"可拨打{number}咨询。") for number in (12345, 12320, 12321))
    assert contradictions.between(theirs, ours, hotline="12345") == contradictions.between(ours, theirs, hotline="12345") == []
    assert contradictions.between(theirs, other, hotline="12345") == [Contradiction("电话", ("12320",), ("12321",))]


def test_an_article_is_not_retired_without_a_reason(shelf: Current) -> None:
    with shelf.transaction() as tx, pytest.raises(Refused, match="原因"):
        articles.retire(tx, "permit", by="某reviewer", note=" ", now=shelf.clock(), new_id=shelf.new_id)


def test_a_fee_contradicts_what_is_free() -> None:
    fee, free, both = (replace(PERMIT, answer=answer) for answer in ("工本费20元。", "首次申领不收工本费。", "首次免费，补领20元。"))
    assert contradictions.between(fee, free) == [Contradiction("金额", ("20元",), ("免费",))]
    assert contradictions.between(fee, both) == contradictions.between(both, free) == []


async def test_the_preview_of_an_import_follows_what_is_said_of_all_its_rows(seat: User, shelf: Current) -> None:
    await open_page(seat, member(shelf, "editor"), "/knowledge/import")
    upload = next(iter(seat.find(kind=nicegui.ui.upload).elements))
    await upload.handle_uploads([SmallFileUpload("问答.md", "text/markdown", "# 社区书屋怎么借书？\n\n带身份证登记。\n".encode())])
    await seat.should_see("文件里没有写部门、类别或来源的", retries=100)
    await seat.should_see("没有要导入的。")
    for label, value in (("没有写部门", "公安机关"), ("没有写类别", "居住证"), ("没有写来源的", "社区公告")):
        fill(seat, label, value)
    await seat.should_see("导入为待审核", retries=100)
    await seat.should_not_see("文件里没有写部门、类别或来源的")


async def test_the_preview_of_an_import_is_of_the_last_field_filled_in_however_long_the_looks_before_it_take(
    seat: User, shelf: Current, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, began = importing._check, threading.Event()

    def look(name: str, content: bytes, stored: list[Article], defaults: Defaults) -> Checked:
        if not defaults.source:
            began.set()
            time.sleep(0.5)
        return looked(name, content, stored, defaults)

    await open_page(seat, member(shelf, "editor"), "/knowledge/import")
    upload = next(iter(seat.find(kind=nicegui.ui.upload).elements))
    await upload.handle_uploads([SmallFileUpload("问答.md", "text/markdown", "# 社区书屋怎么借书？\n\n带身份证登记。\n".encode())])
    await seat.should_see("没有要导入的。", retries=100)
    monkeypatch.setattr(importing, "_check", look)
    fill(seat, "没有写部门", "公安机关")
    fill(seat, "没有写类别", "居住证")
    await until(began.is_set)
    fill(seat, "没有写来源的", "社区公告")
    await seat.should_see("导入为待审核", retries=100)
    await asyncio.sleep(1)
    await seat.should_see("导入为待审核")


async def test_an_answer_can_be_kept_as_a_draft_as_soon_as_it_is_given(seat: User, shelf: Current) -> None:
    now, new_id = shelf.clock(), shelf.new_id
    token = member(shelf, "operator")
    with shelf.transaction() as tx:
        said = write(tx, "社区食堂几点开门", now=now, new_id=new_id, sender=VISITOR)
        conversations.change_status(tx, said.conversation_id, "waiting", now=now)
        conversations.take_over(tx, said.conversation_id, "某operator", greeting="您好", now=now, new_id=new_id)
    await open_page(seat, token, f"/conversations/{said.conversation_id}")
    await seat.should_see("交还智能客服", retries=100)
    assert "存为知识草稿" not in labels(seat)
    field = next(e for e in seat.find(kind=nicegui.ui.textarea).elements if "回复市民" in str(e.props.get("aria-label")))
    field.set_value("每天十一点开门。")
    press(seat, "发送")
    await until(lambda: "存为知识草稿" in labels(seat))


def test_the_preview_draws_what_the_chat_draws_and_no_more() -> None:
    html = as_in_chat("到**文化馆**领：\n- 带证\n- 登记\n2. 领票\n\n见[公告](https://a.gov.cn/x)\n第二行\n| 区 | <b> |\n# 标题")
    assert html == (
        '<p>到<strong>文化馆</strong>领：</p><ul><li>带证</li><li>登记</li></ul><ol start="2"><li>领票</li></ol>'
        '<p>见<a href="https://a.gov.cn/x" target="_blank" rel="noopener noreferrer">公告</a><br>第二行<br>| 区 | &lt;b&gt; |<br># 标题</p>'
    )
    assert as_in_chat("[点这里](javascript:alert(1))") == "<p>[点这里](javascript:alert(1))</p>"
    chat = (Path(__file__).parent.parent / "channels" / "web" / "static" / "chat.js").read_text(encoding="utf-8")
    assert _INLINE.pattern.replace("/", r"\/") in chat, "the chat has learned or forgotten something: the preview must too"


def test_other_ways_of_asking_are_proposed_as_one_would_say_them(shelf: Current) -> None:
    _, embedder = shelf.open_knowledge()
    found = [proposal.text for proposal in propose(replace(PERMIT, question="热气球票在哪儿拿", asked=()), [], embedder)]
    assert "热气球票去哪儿拿" in found
    assert not any("儿儿" in text for text in found)
