"""Attaching what was asked in vain to an article: a warning where the two have nothing to do with each other."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline.store import SqlStore
from knowledge_base.attaching import nearer
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.importer import read_folder
from knowledge_base.search import Knowledge

ARTICLES = {article.id: article for article in read_folder(Path(__file__).parents[2] / "knowledge_base" / "articles")}
NOW = datetime(2026, 11, 21, 4, tzinfo=UTC)


@pytest.fixture
def knowledge(store: SqlStore) -> Knowledge:
    with store.transaction() as tx:
        tx.articles.put_all(list(ARTICLES.values()), now=NOW)
    return Knowledge(store, SentenceEmbedder(), timezone=ZoneInfo("Asia/Shanghai"), clock=lambda: NOW)


@pytest.mark.parametrize(
    ("asked", "article", "best"),
    [("共享单车乱停谁来管", "household-id-card-lost", ""), ("暂住证咋弄", "water-meter", "residence-permit-apply"), ("狗证在哪办", "property-elevator", "pets-dog-registration")],
)
def test_what_has_nothing_to_do_with_an_article_is_pointed_out_with_nearer_ones(knowledge: Knowledge, asked: str, article: str, best: str) -> None:
    found = nearer(knowledge, SentenceEmbedder(), [asked], ARTICLES[article])
    assert found
    assert not best or found[0].article.id == best


@pytest.mark.parametrize(
    ("asked", "article"), [("暂住证咋弄", "residence-permit-apply"), ("屋里冷得要命咋整", "heating-not-hot"), ("老太太坐车还掏钱不", "transit-senior-free-ride")]
)
def test_what_an_article_answers_is_attached_to_it_without_a_word(knowledge: Knowledge, asked: str, article: str) -> None:
    assert nearer(knowledge, SentenceEmbedder(), [asked], ARTICLES[article]) == []
