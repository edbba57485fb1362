"""Rules of the dialogue that can be read off its files, without starting Rasa."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from actions.forms import INTERRUPTING
from hotline.settings import ROOT

BOT = ROOT / "bot"


def domain() -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for path in sorted((BOT / "domain").glob("*.yml")):
        merged |= yaml.safe_load(path.read_text(encoding="utf-8"))
    return merged


def examples() -> Iterator[tuple[str, str]]:
    for path in sorted((BOT / "data" / "nlu").glob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block["examples"].splitlines():
                yield block["intent"], line.removeprefix("- ").strip()


SIGNALS = {intent for intent in domain()["intents"] if intent.startswith("signal_")}


def test_no_slot_filled_from_text_takes_a_signal_for_an_answer() -> None:
    for name, slot in domain()["slots"].items():
        for mapping in slot["mappings"]:
            if mapping["type"] == "from_text":
                assert set(mapping.get("not_intent", ())) >= SIGNALS, f"slot {name} would swallow a photo or a tap"


def test_signals_are_never_learnt_from_text() -> None:
    assert not {intent for intent, _ in examples()} & SIGNALS


def test_every_intent_that_can_be_said_has_examples_and_none_is_unknown() -> None:
    assert {intent for intent, _ in examples()} == set(domain()["intents"]) - SIGNALS


def test_no_example_stands_twice_or_looks_like_a_command() -> None:
    texts = [text for _, text in examples()]
    assert len(texts) == len(set(texts))
    assert not [text for text in texts if text.startswith("/")]


def test_every_intent_leads_somewhere() -> None:
    handled = set()
    for rule in yaml.safe_load((BOT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]:
        for step in rule["steps"]:
            handled |= {alternative["intent"] for alternative in step.get("or", [step]) if "intent" in alternative}
    assert handled - {"nlu_fallback"} == set(domain()["intents"])


def test_interruptions_are_intents_of_the_domain() -> None:
    assert set(domain()["intents"]) >= INTERRUPTING


def test_the_action_server_offers_exactly_the_actions_of_the_domain() -> None:
    from unittest.mock import Mock

    from actions.server import all_actions

    assert sorted(action.name() for action in all_actions(Mock())) == sorted(domain()["actions"])
