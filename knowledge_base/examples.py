"""Sentences that citizens say, from the project's own data: what the calibration learns to tell questions from requests with."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from hotline.city import City
from hotline.danger_words import DANGERS, sounds_like

QUESTIONS = frozenset({"consultation"})
NO_QUESTIONS = frozenset({
    "complaint", "report", "help_request", "suggestion", "praise", "greet", "thanks", "goodbye", "nonsense", "bot_challenge", "abuse", "affirm", "deny",
})  # fmt: skip
"""The other intents are facts and commands, which may stand in a question as well."""
CALM = frozenset({
    "consultation", "suggestion", "praise", "greet", "thanks", "goodbye", "nonsense", "bot_challenge", "abuse", "affirm", "deny", "cancel", "skip",
    "handover", "progress", "supplement", "withdraw", "inform", "correct", "rate", "complaint", "report", "help_request",
})  # fmt: skip
"""Intents whose examples tell of no danger, or are examples of it in the city folder too."""
_MARKED = re.compile(r"\[([^\]]*)\](?:\([^)]*\)|\{[^}]*\})")


def said(nlu: Path) -> dict[str, list[str]]:
    """The training sentences of a folder of Rasa NLU files by intent, without the marks of their entities."""
    found: dict[str, list[str]] = {}
    for path in sorted(nlu.glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in block:
                lines = (line.strip().removeprefix("- ") for line in block["examples"].splitlines())
                found.setdefault(block["intent"], []).extend(_MARKED.sub(r"\1", line) for line in lines if line)
    return found


def calm(nlu: Path, city: City) -> list[str]:
    """Sentences of every day that tell of no danger: short answers, and what people say in surveys, among them; but not of bad
    manners, which may be threats."""
    everyday = [text for intent, texts in said(nlu).items() if intent in CALM for text in texts]
    return [*everyday, *(text for _, means, text in city.calm_answers if means != "poor")]


def answers(city: City) -> list[str]:
    """How surveys are answered, bad manners and all (脸拉得老长), but for what has a word of a danger, which may be one (煤气味还有)."""
    return [text for _, _, text in city.survey_examples if not any(sounds_like(danger, text) for danger in DANGERS)]


def asking_and_other(nlu: Path, city: City) -> tuple[list[str], list[str]]:
    """Questions, and sentences that ask for no information: requests, small talk, and the city's examples of complaints."""
    by_intent = said(nlu)
    asking = [text for intent in QUESTIONS for text in by_intent.get(intent, ())]
    other = [text for intent, texts in by_intent.items() if intent in NO_QUESTIONS for text in texts]
    other += [example for category in city.categories.values() for example in category.examples]
    return list(dict.fromkeys(asking)), list(dict.fromkeys(other))
