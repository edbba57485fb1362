"""Training on the knowledge itself, kept vectors, and an index that is brought up to date."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fakes import KEY

from hotline.articles import Article
from hotline.city import City
from hotline.store import Cipher, open_store
from hotline.store.database import upgrade
from knowledge_base import index as indexing
from knowledge_base import models
from knowledge_base.examples import answers
from knowledge_base.index import Index
from knowledge_base.kept import KeptVectors, fingerprint, kept
from knowledge_base.search import Knowledge
from knowledge_base.survey_answers import SurveyReader
from knowledge_base.train import NothingToLearn, hold_out, train
from knowledge_base.triage import Triage

NOW = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
THINGS = ["居住证", "公积金", "暖气片", "垃圾桶", "停车费", "燃气表", "驾驶证", "养老金", "图书馆", "健身卡"]


def article(at: int, thing: str) -> Article:
    asked = (f"我想办{thing}", f"{thing}在哪里办", f"请问{thing}找谁", f"{thing}要什么材料")
    return Article(f"a{at}", 1, f"{thing}怎么办", asked, f"{thing}到窗口办。", f"{thing}到窗口办。", "部门", "类别", "来源", TODAY)


ARTICLES = [article(at, thing) for at, thing in enumerate(THINGS)]


class Letters:
    """An embedder that knows letters only. Counts what it was given."""

    name = "letters"
    dimension = base_dimension = 64

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> Any:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), 64), dtype=np.float32)
        for row, text in enumerate(texts):
            for letter in text:
                vectors[row, ord(letter) % 64] += 1
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def test_vectors_are_kept_and_only_new_texts_are_embedded(tmp_path: Path) -> None:
    letters = Letters()
    kept = KeptVectors(letters, tmp_path / "vectors.db")
    first = kept.encode(["居住证", "公积金"])
    again = KeptVectors(letters, tmp_path / "vectors.db").encode(["公积金", "暖气", "居住证"])
    assert letters.encoded == 3
    assert np.allclose(again[[2, 0]], first, atol=1e-3)


def test_an_updated_index_shares_what_did_not_change_and_finds_what_did(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "WHOLE", 5)
    monkeypatch.setattr(indexing, "STALE", 0.5)
    letters = Letters()
    before = Index(ARTICLES, letters)
    letters.encoded = 0
    changed = replace(ARTICLES[0], question="灯会怎么看", asked=(), answer="灯会在公园。", version=2)
    after = before.updated([changed, *ARTICLES[2:], article(99, "热气球")])
    assert letters.encoded == 6
    assert after.search("热气球怎么办", today=TODAY)[0].article.id == "a99"
    assert after.search("灯会怎么看", today=TODAY)[0].article.version == 2
    assert {hit.article.id for hit in after.search("公积金怎么办", 20, today=TODAY)}.isdisjoint({"a1"})
    assert {a.id for a in after.articles()} == {"a0", "a99", *(a.id for a in ARTICLES[2:])}
    assert len(after) == 10
    assert before.search("公积金怎么办", today=TODAY)[0].article.id == "a1", "who still reads the old one is not disturbed"


def test_much_that_changed_is_found_at_once_and_tidied_up_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "WHOLE", 5)
    monkeypatch.setattr(indexing, "STALE", 0.1)
    store = open_store(f"sqlite:///{tmp_path / 'jiesu.db'}", Cipher(KEY))
    upgrade(store.engine)

    def put(*articles: Article) -> None:
        with store.transaction() as tx:
            for each in articles:
                tx.articles.put(each, now=NOW)

    put(*ARTICLES)
    knowledge = Knowledge(store, Letters(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW)
    whole, may_end = Index.rebuilt, threading.Event()

    def slowly(index: Index) -> Index:
        built = whole(index)
        assert may_end.wait(10)
        return built

    monkeypatch.setattr(Index, "rebuilt", slowly)
    put(article(98, "滑冰场"), article(99, "热气球"))
    assert knowledge.refresh()
    assert knowledge.explain("热气球怎么办", 1)[0].article.id == "a99", "before the rebuilding has ended"
    put(article(97, "赏花路线"))
    assert knowledge.refresh()
    may_end.set()
    assert knowledge._rebuilding
    knowledge._rebuilding.join(10)
    assert knowledge.explain("赏花路线怎么办", 1)[0].article.id == "a97", "what came meanwhile is not lost"
    assert len(knowledge) == len(ARTICLES) + 3
    assert not knowledge._state.index.is_stale


def test_one_way_of_asking_of_each_article_is_held_out() -> None:
    learnt, questions = hold_out(ARTICLES)
    assert len(questions) == len(ARTICLES)
    by_id = {a.id: a for a in learnt}
    assert all(q.article_id and q.question not in by_id[q.article_id].asked for q in questions)


def test_a_training_is_taken_into_use_without_a_restart_only_if_it_is_no_worse(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'jiesu.db'}", Cipher(KEY))
    upgrade(store.engine)
    with store.transaction() as tx:
        for each in ARTICLES:
            tx.articles.put(each, now=NOW)
    letters, folder = Letters(), tmp_path / "knowledge"
    knowledge = Knowledge(store, letters, timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW, folder=folder)
    told: list[str] = []
    trained = train(
        ARTICLES, knowledge.embedder, letters, folder, saved=[], asking=["地铁几点停"] * 8, other=["你好", "我要投诉", "路灯坏了", "谢谢", "来人修"], unanswered=[],
        now=NOW, today=TODAY, progress=lambda what, share: told.append(what),
    )  # fmt: skip
    assert trained.questions == len(ARTICLES)
    assert trained.kept == (trained.after >= trained.before)
    assert "learning from ways of asking" in told
    models.use(folder, f"{NOW:%Y%m%d-%H%M%S}")
    assert knowledge.refresh()
    assert knowledge.embedder.dimension > letters.dimension
    assert not knowledge.refresh()
    assert knowledge.explain("公积金怎么办", 1)[0].article.id == "a1"


def test_a_training_with_another_base_model_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "t1").mkdir()
    (tmp_path / "t1" / "report.json").write_text('{"base": "other"}')
    models.use(tmp_path, "t1")
    assert models.in_use(tmp_path, Letters()) is None
    (tmp_path / "t1" / "report.json").write_text('{"base": "letters"}')
    assert models.in_use(tmp_path, Letters()) == tmp_path / "t1"


def test_too_little_to_learn_from_is_told(tmp_path: Path) -> None:
    with pytest.raises(NothingToLearn, match="8 articles"):
        train(ARTICLES[:3], Letters(), Letters(), tmp_path, saved=[], asking=[], other=[], unanswered=[], now=NOW, today=TODAY, progress=lambda what, share: None)


def test_what_is_learnt_is_the_same_from_fresh_and_from_kept_vectors(tmp_path: Path) -> None:
    kept = KeptVectors(Letters(), tmp_path / "vectors.db")
    assert np.array_equal(kept.encode(["居住证怎么办"]), kept.encode(["居住证怎么办"]))


def test_what_was_imported_or_tried_before_a_publish_is_not_embedded_again_by_it(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'jiesu.db'}", Cipher(KEY))
    upgrade(store.engine)
    letters, new = Letters(), article(99, "热气球")
    knowledge = Knowledge(store, letters, timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW, folder=tmp_path / "knowledge")
    knowledge.embed([new])
    assert letters.encoded == 5
    told: list[float] = []
    rehearsal = knowledge.rehearsal([new], told.append)
    assert (letters.encoded, told) == (5, [1.0])
    assert rehearsal.explain("热气球怎么办", 1)[0].article.id == new.id
    with store.transaction() as tx:
        tx.articles.put(new, now=NOW)
    letters.encoded = 0
    assert knowledge.refresh()
    assert letters.encoded == 0


def test_what_was_learnt_is_read_again_until_it_would_be_learnt_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "learnt"
    made: list[str] = []

    def learn(what: str) -> list[str]:
        def make() -> list[str]:
            made.append(what)
            return [what]

        return kept(file, fingerprint(what), make)

    assert [learn("一"), learn("一"), learn("二"), learn("二")] == [["一"], ["一"], ["二"], ["二"]]
    assert made == ["一", "二"]
    file.write_bytes(file.read_bytes()[:-4])  # the machine went down while it was written
    assert learn("二") == ["二"]
    assert made == ["一", "二", "二"]
    assert [path.name for path in file.parent.iterdir()] == ["learnt"]


def test_a_survey_reader_and_a_triage_that_are_kept_judge_as_those_that_learn(tmp_path: Path, city: City) -> None:
    embedder = Letters()
    some = [*city.survey_examples[::40]]
    readers = [SurveyReader(some, embedder, keep_in=tmp_path / "reader") for _ in range(2)]
    first, second = (reader.probabilities("来是来了，没弄好", "solved") for reader in readers)
    assert first == second
    triages = [Triage(city, embedder, ["公交车太挤了"], keep_in=tmp_path / "triage") for _ in range(2)]
    assert triages[0].danger("我家着火了") == triages[1].danger("我家着火了")
    assert {path.name for path in tmp_path.iterdir()} == {"reader", "triage"}


def test_answers_are_calm_sentences_but_for_those_with_a_word_of_a_danger(city: City) -> None:
    said = (("solved", "no", "煤气味还有"), ("attitude", "poor", "脸拉得老长"), ("solved", "yes", "灯亮了"))
    assert answers(replace(city, survey_examples=said)) == ["脸拉得老长", "灯亮了"]
