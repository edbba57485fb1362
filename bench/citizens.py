"""Scripted citizens: how many messages a citizen sends until the ticket is complete.

Each knows what bench/data/citizens.jsonl says, and answers what the bot asks. The form's own actions are asked; that the opening is
taken for a request is given (see the kinds for how often it is).
"""

from __future__ import annotations

import asyncio
import json
import re
import statistics
import tempfile
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from actions.turn import Desk
from hotline.city import City
from hotline.places import Gazetteer
from hotline.settings import ROOT
from hotline.store import Cipher, open_store
from knowledge_base.categories import CategoryGuesser
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.examples import calm
from knowledge_base.search import Knowledge
from knowledge_base.survey_answers import SurveyReader
from knowledge_base.triage import Triage
from tests.fakes import KEY
from tests.without_rasa import Talk

MOST = 12
"""Messages after which a citizen gives up."""


def turns(city: City, path: Path, *, show: bool) -> list[int]:
    """Messages of each citizen until the ticket stands, confirmation included; MOST for one who gave up."""
    numbers = count(1)
    embedder = SentenceEmbedder()
    triage, categories = Triage(city, embedder, calm(ROOT / "bot" / "data" / "nlu", city)), CategoryGuesser(city, embedder)
    needed = []
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/bench.db", Cipher(KEY), migrate=True)

        def clock() -> datetime:
            return datetime(2026, 11, 22, 2, tzinfo=UTC)

        def new_id() -> UUID:
            return UUID(int=0x7 << 76 | 0b10 << 62 | next(numbers))

        knowledge, reader = Knowledge(store, embedder, timezone=city.timezone, clock=clock), SurveyReader(city.survey_examples, embedder)
        desk = Desk(city, store, knowledge, categories, Gazetteer(city), reader, triage, embedder, clock, new_id, lambda: triage)
        for at, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
            needed.append(asyncio.run(_talk(Talk(desk, clock, new_id, f"w{at}"), json.loads(line), show=show)))
    return needed


async def _talk(talk: Talk, citizen: dict[str, Any], *, show: bool) -> int:
    text, intent = citizen["opening"], "complaint"
    for sent in range(1, MOST + 1):
        said = await talk.say(text, intent)
        if show:
            print(f"市民：{text}\n热线：{' / '.join(m['text'] for m in said)}\n")
        wanted = talk.slots.get("requested_slot")
        if wanted is None:
            return sent
        text, intent = _answer(citizen, wanted, " ".join(m["text"] for m in said))
    return MOST


def _answer(citizen: dict[str, Any], wanted: str, asked: str) -> tuple[str, str]:
    told = "，".join(answer for words, answer in citizen.get("questions", {}).items() if re.search(words, asked))
    match wanted:
        case "confirmed":
            return "对，提交吧", "affirm"
        case "problem":
            return citizen.get("problem", citizen["opening"]), "inform"
        case "place" if "有几个" in asked:
            return citizen.get("choice", citizen["place"]), "inform"
        case "place":
            return citizen["place"] + (f"，{citizen['when']}" if "什么时候" in asked else ""), "inform"
        case "happened":
            return citizen["when"], "inform"
    return citizen["contact"] + (f"，{told}" if told else ""), "inform"


def summary(needed: list[int]) -> list[str]:
    return [str(len(needed)), f"{statistics.median(needed):g}", f"{statistics.mean(needed):.1f}", str(max(needed)), str(sum(n >= MOST for n in needed))]
