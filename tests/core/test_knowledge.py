"""The sample knowledge, its import, and search with the packaged embedding model and with any other one."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from fakes import ROOT
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Split

from hotline.articles import Article
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.importer import ArticleRefused, read_file, read_folder
from knowledge_base.index import Index
from knowledge_base.search import decide

ARTICLES = list(read_folder(ROOT / "knowledge_base" / "articles", sample=True))
TODAY = date(2026, 11, 21)
# Numbers that are the same in the whole country. Any other one in an article would have to be checked by somebody.
NUMBERS = {"12345", "110", "119", "120", "122", "12333", "12315", "12329", "12366", "95598", "12348", "12367", "12393", "12305", "12321", "96110"}


@pytest.fixture(scope="module")
def embedder() -> SentenceEmbedder:
    return SentenceEmbedder()


@pytest.fixture(scope="module")
def index(embedder: SentenceEmbedder) -> Index:
    return Index(ARTICLES, embedder)


def test_there_are_enough_articles_with_enough_ways_of_asking_and_all_are_samples() -> None:
    assert len(ARTICLES) >= 120
    assert all(len(article.asked) >= 6 and article.spoken_answer and article.sample for article in ARTICLES)


def test_ids_and_ways_of_asking_are_used_once_and_related_articles_exist() -> None:
    ids = {article.id for article in ARTICLES}
    assert len(ids) == len(ARTICLES)
    assert [text for text, count in Counter(text for a in ARTICLES for text in (a.question, *a.asked)).items() if count > 1] == []
    assert {id for article in ARTICLES for id in article.related} <= ids


@pytest.mark.parametrize("article", ARTICLES, ids=lambda article: article.id)
def test_an_article_names_no_telephone_number_that_nobody_checked(article: Article) -> None:
    text = article.answer + article.spoken_answer
    called = set(re.findall(r"(?:拨打|致电|电话|热线|拨)\s*(\d[\d-]{2,})", text)) | set(re.findall(r"(?<!\d)(?:1[02]\d{3}|9\d{4})(?!\d|号|年|元)", text))
    assert called - NUMBERS <= {"12123"}, "12123 is the name of an app"


def test_an_article_that_lacks_something_is_refused_with_its_file_and_what(tmp_path: Path) -> None:
    whole = (ROOT / "knowledge_base/articles/residence_permit/residence-permit-apply.md").read_text(encoding="utf-8")
    path = tmp_path / "article.md"
    path.write_text(whole, encoding="utf-8")
    assert read_file(path).question == "居住证怎么办？"
    path.write_text(whole.replace("source: ", "sauce: "), encoding="utf-8")
    with pytest.raises(ArticleRefused, match=r"article\.md.*source"):
        read_file(path)


@pytest.mark.parametrize("question", ["居住证怎么办", "居住证怎么办？？", "居住證怎麼辦", "我刚来北京想办个居住证咋整"])
def test_a_question_finds_its_article_however_it_is_written(index: Index, question: str) -> None:
    assert index.search(question, today=TODAY)[0].article.id == "residence-permit-apply"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("事业金怎么领", "失业金怎么领"),
        ("租房怎么提取工积金", "租房怎么提取公积金"),
        ("居住证怎么办", "居住证怎么办"),
        ("热气球节的票在哪领", "热气球节的票在哪领"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_character_that_does_not_fit_is_searched_as_one_of_the_same_sound_that_does(index: Index, written: str, meant: str) -> None:
    asked = index.query(written)
    assert asked is None if not written else asked is not None and asked.plain[-1] == meant
    assert asked is None or asked.plain[0] == written, "what was written is searched first"


@pytest.mark.parametrize("nothing", ["", "？？？", "。"])
def test_what_says_nothing_finds_nothing(index: Index, nothing: str) -> None:
    assert index.search(nothing, today=TODAY) == []
    assert decide([], 0.0).answer is None


def test_an_article_outside_its_dates_is_never_an_answer(embedder: SentenceEmbedder) -> None:
    article = next(a for a in ARTICLES if a.id == "residence-permit-apply")
    for changes in ({"valid_from": date(2026, 11, 22)}, {"valid_until": date(2026, 11, 20)}, {"status": "draft"}, {"status": "retired"}):
        assert Index([replace(article, **changes)], embedder).search("居住证怎么办", today=TODAY) == []
    assert len(Index([replace(article, valid_from=TODAY, valid_until=TODAY)], embedder).search("居住证怎么办", today=TODAY)) == 1


def test_an_empty_knowledge_base_answers_nothing(embedder: SentenceEmbedder) -> None:
    assert Index([], embedder).search("居住证怎么办", today=TODAY) == []


def test_any_sentence_transformers_model_in_a_folder_can_be_used(tmp_path: Path) -> None:
    characters = sorted({c for a in ARTICLES for text in (a.question, *a.asked) for c in text})
    tokenizer = Tokenizer(WordLevel({c: at for at, c in enumerate(["[UNK]", *characters])}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Split("", "isolated")
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=64)], device="cpu").save(str(tmp_path))
    embedder = SentenceEmbedder(str(tmp_path))
    assert embedder.dimension == 64
    assert Index(ARTICLES[:20], embedder).search(ARTICLES[3].question, today=TODAY)[0].article == ARTICLES[3]


def test_a_model_that_can_not_be_had_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JIESU_EMBEDDER"):
        SentenceEmbedder(str(tmp_path / "nowhere"))
