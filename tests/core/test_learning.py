"""Learning from history: from a file, from what dispatchers decided here, and from both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from fakes import VISITOR, Clock, LetterEmbedder, draft

from hotline import learning, tickets
from hotline.city import City
from hotline.tickets import SIMULATED
from hotline.wiring import Wiring
from knowledge_base.history import HistoryRefused, rows_of

KINDS = (("楼下垃圾没人清运", "010101", "street-110105026"), ("路灯不亮", "010402", "dept-urban-management"))


class Town:
    """A system whose dispatchers have decided about tickets, and what it was told while learning."""

    def __init__(self, store: Any, clock: Clock, new_id: Callable[[], UUID], city: City, folder: Path) -> None:
        self.store, self.clock, self.new_id = store, clock, new_id
        self.folder = folder
        self.wiring = cast(Wiring, SimpleNamespace(store=store, city=city, embedder=LetterEmbedder(), settings=SimpleNamespace(data=folder)))
        self.said: list[str] = []

    def decide(self, each: int, key: str = "") -> None:
        now = self.clock()
        with self.store.transaction() as tx:
            talk = tx.conversations.at(VISITOR) or tx.conversations.open(VISITOR, now=now, new_id=self.new_id)
            for number in range(each):
                for text, category, unit in KINDS:
                    wanted = draft(talk.id, request_key=f"{key}{self.new_id()}", problem=f"{text}第{number}天", category=category)
                    opened = tickets.open_ticket(tx, wanted, day="251121", now=now, new_id=self.new_id)
                    tickets.dispatch(tx, opened, unit_id=unit, category=category, due_at=now, by="某人", note="", now=now, new_id=self.new_id)

    def file(self, each: int) -> Path:
        path = self.folder / "tickets.csv"
        rows = [f"{text}已经{number}天,{category}" for number in range(each) for text, category, _ in KINDS]
        path.write_text("text,category\n" + "\n".join(rows), encoding="utf-8")
        return path

    def train(self, file: Path | None = None, **given: bool) -> int:
        learning.train(self.wiring, file, self.said.append, **given)
        return rows_of(learning.model_path(self.wiring.settings, "category"))


@pytest.fixture
def town(store: Any, clock: Clock, new_id: Callable[[], UUID], city: City, tmp_path: Path) -> Town:
    return Town(store, clock, new_id, city, tmp_path)


def test_decisions_are_learnt_from_and_what_was_made_up_is_not(town: Town) -> None:
    town.decide(30, SIMULATED)
    with pytest.raises(HistoryRefused, match="No ticket was dispatched yet"):
        town.train()
    town.decide(6)
    assert town.train() == 12
    assert any("2 of 2 labels are categories of the city folder and are used" in line for line in town.said)
    assert any("2 of 2 labels are units of the city folder: the model is for measuring only" in line for line in town.said)


def test_a_few_decisions_do_not_take_the_place_of_a_long_history(town: Town) -> None:
    town.decide(6)
    assert town.train(town.file(20)) == 40
    with pytest.raises(HistoryRefused, match="has learnt from 40 rows; dispatchers decided about 12 tickets"):
        town.train()
    assert town.train(town.file(20), decisions=True) == 52
    assert town.train(replace=True) == 12
