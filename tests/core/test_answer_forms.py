"""Sentences made after forms, from which the reader of answers learns how one thing is turned against another."""

from __future__ import annotations

import re
from collections import Counter

from hotline.answer_forms import formed
from knowledge_base.survey_answers import QUESTIONS


def test_every_answer_of_every_question_has_sentences_and_they_are_always_the_same() -> None:
    made = formed()
    assert made == formed()
    assert {(question, answer) for question, answer, _ in made} == {(question, answer) for question, answers in QUESTIONS.items() for answer in answers}


def test_no_gap_of_a_form_is_left_unfilled() -> None:
    assert [text for _, _, text in formed() if re.search(r"[(){}|/-]|[a-z]", text)] == []


def test_no_sentence_gives_two_answers_to_one_question() -> None:
    answers = Counter((question, text) for question, _, text in formed())
    assert [said for said, count in answers.items() if count > 1] == []


def test_what_is_turned_against_itself_is_filled_with_one_thing_and_its_opposite() -> None:
    turned = {text for question, answer, text in formed() if (question, answer) == ("solved", "no") and text.startswith("表面上灯亮了")}
    assert turned
    assert all("灯还是不亮" in text for text in turned)
