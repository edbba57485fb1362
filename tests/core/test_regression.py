"""Regression questions against a knowledge base."""

from __future__ import annotations

from dataclasses import replace

from fakes import ROOT

from hotline.articles import Article
from knowledge_base.importer import read_file
from knowledge_base.regression import Expected, run
from knowledge_base.search import Found

PERMIT: Article = read_file(ROOT / "knowledge_base/articles/residence_permit/residence-permit-apply.md")
OTHER = replace(PERMIT, id="other")


class Says:
    """Knows what it is told."""

    def __init__(self, found: Found) -> None:
        self.found = found

    def find(self, question: str) -> Found:
        return self.found


def test_a_question_is_right_when_its_article_is_the_answer() -> None:
    answers, offers = Says(Found(PERMIT, (), (), 0.9)), Says(Found(None, (OTHER, PERMIT), (), 0.4))
    asked = [Expected("居住证怎么办", PERMIT.id)]
    assert [(r.right, r.offered, r.outcome) for r in run(answers, asked).results] == [(True, True, "answer")]
    assert [(r.right, r.offered, r.outcome) for r in run(offers, asked).results] == [(False, True, "maybe")]
    assert run(Says(Found(OTHER, (), (), 0.9)), asked).share == 0


def test_a_question_out_of_scope_is_right_when_nothing_is_answered() -> None:
    asked = [Expected("讲个笑话", None)]
    assert run(Says(Found(None, (), (), 0.1)), asked).share == 1
    assert run(Says(Found(PERMIT, (), (), 0.7)), asked).share == 0


def test_what_got_worse_is_named() -> None:
    asked = [Expected("居住证怎么办", PERMIT.id), Expected("讲个笑话", None)]
    before, after = run(Says(Found(PERMIT, (), (), 0.9)), asked), run(Says(Found(None, (), (), 0.1)), asked)
    assert [result.expected.question for result in after.worse_than(before)] == ["居住证怎么办"]
    assert before.worse_than(before) == []
