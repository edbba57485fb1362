"""How well categories are learnt, and duplicates found, on real messages that nobody of this project wrote.

    .venv/bin/python -m bench.dispatch [categories] [tree] [corrections] [buildings] [duplicates]

The messages are not part of this repository: they are read from `../shared/data` or the folder named in JIESU_BENCH_DATA, and measured with
only. `tree` and `buildings` need none: the one leaves each example of the city folder out in turn, the other reads pairs of ours.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np

from hotline.city import City
from hotline.duplicates import LIKELY, judge
from hotline.intake import hear
from hotline.places import Gazetteer
from hotline.tickets import Place, Ticket
from knowledge_base import history
from knowledge_base.categories import CategoryGuesser, Correction
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.history import Row
from knowledge_base.likeness import likeness

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data")) / "citizen_messages"
OTHERS = 40


def main() -> None:
    wanted = sys.argv[1:] or ["tree", "corrections", "buildings", "duplicates", "categories"]
    embedder = SentenceEmbedder()
    if "tree" in wanted:
        tree(embedder)
    if "corrections" in wanted:
        corrections(embedder)
    if "buildings" in wanted:
        buildings(embedder)
    if not DATA.exists():
        print(f"The messages for measuring are not at {DATA}; set JIESU_BENCH_DATA to the folder that holds citizen_messages/.")
        return
    if "duplicates" in wanted:
        duplicates(embedder)
    if "categories" in wanted:
        categories(embedder)


def messages(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def categories(embedder: SentenceEmbedder) -> None:
    """Seven first-level classes; five-fold cross-validation, so that every row is judged by a model that has not seen it. Three drawings of the
    folds, because chance decides 0.004 in one."""
    rows = [Row(f"{m['title'] or ''}\n{m['text']}".strip(), m["label"]) for m in messages("fujian2_recovered_rest.jsonl.gz")]
    reports = []
    for drawing in range(3):
        _, report = history.train(rows, embedder, lambda text: print(text, file=sys.stderr, flush=True))
        reports.append(report)
        random.Random(drawing).shuffle(rows)
    print("\n## Categories from history\n")
    print(f"Macro-F1 by drawing of the folds: {', '.join(f'{r.macro_f1:.4f}' for r in reports)}; of the first:\n")
    for line in reports[0].lines(str):
        print(line)


def tree(embedder: SentenceEmbedder) -> None:
    """Without history: each example of the city folder is guessed from all others."""
    guesser = CategoryGuesser(City.load(ROOT / "city"), embedder)
    true, probabilities = guesser.left_out()
    order = np.argsort(-probabilities, axis=1)
    level2 = np.array([code[:4] for code in guesser.codes])
    print("\n## Categories without history\n\n| examples | first right | among three | second level right |\n|---|---|---|---|")
    first, third = (order[:, 0] == true).mean(), (order[:, :3] == true[:, None]).any(1).mean()
    print(f"| {len(true)} | {first:.3f} | {third:.3f} | {(level2[order[:, 0]] == level2[true]).mean():.3f} |")


def corrections(embedder: SentenceEmbedder) -> None:
    """Groups of five requests in words that the tree hardly knows (bench/data/corrections.csv). Dispatchers put the first ones of each group right: are the rest
    found then, and do other requests stay where they were?"""
    city = City.load(ROOT / "city")
    with (ROOT / "bench" / "data" / "corrections.csv").open(encoding="utf-8") as file:
        rows = [(row["category"], row["text"]) for row in csv.DictReader(file)]
    openings = [json.loads(line)["text"] for line in (ROOT / "bench" / "data" / "intake_openings.jsonl").read_text(encoding="utf-8").splitlines()]
    gazetteer = Gazetteer(city)
    others = [hear(text, gazetteer, wanted=None).problem or text for text in openings]
    done: list[Correction] = []
    guesser = CategoryGuesser(city, embedder, corrections=lambda since: done)
    before = [guesser.suggest(text, 1)[0][0] for text in others]
    print("\n## What dispatchers put right\n\n| corrections in each group | of the rest first right | among three | of 310 openings moved |\n|---|---|---|---|")
    for count in range(5):
        done[:] = [(UUID(int=at), text, code, datetime(2026, 11, 22, tzinfo=UTC)) for at, (code, text) in enumerate(rows) if at % 5 < count]
        said = [(code, [each for each, _ in guesser.suggest(text, 3)]) for at, (code, text) in enumerate(rows) if at % 5 >= count]
        moved = sum(guesser.suggest(text, 1)[0][0] != code for text, code in zip(others, before, strict=True))
        first, three = sum(code == found[0] for code, found in said), sum(code in found for code, found in said)
        print(f"| {count} | {first / len(said):.3f} | {three / len(said):.3f} | {moved} |")


def duplicates(embedder: SentenceEmbedder) -> None:
    """Pairs of messages that someone read and called the same matter or not (bench/data/duplicate_pairs.csv: ids only).

    They were drawn in layers of likeness from all pairs that are among the five nearest of each other, in words or in meaning, and at
    most 60 days apart; `stands_for` says how many pairs of that layer each stands for. Doubtful ones were left out. A pair is judged
    as the hotline does: the earlier message is an open ticket among others.
    """
    texts = {m["id"]: f"{m['title']}。{re.sub(chr(92) + 's+', '', m['text'])}"[:200] for m in messages("fujian3_hot_issue_messages.jsonl.gz")}
    with (ROOT / "bench" / "data" / "duplicate_pairs.csv").open(encoding="utf-8") as file:
        pairs = [(int(r["a"]), int(r["b"]), float(r["stands_for"]), r["same"] == "1") for r in csv.DictReader(file)]
    chance, ids = random.Random(0), list(texts)

    found = []
    for a, b, stands_for, same in pairs:
        tickets = [_ticket(each, texts[each]) for each in (a, *chance.sample(ids, OTHERS)) if each != b]
        match = next((m for m in judge(texts[b], Place(""), None, tickets, likeness(embedder)) if m.ticket.number == str(a)), None)
        found.append((match.likelihood if match else 0.0, stands_for, same))
    print("\n## Duplicates\n\n| likelihood from | precision | recall | precision of the pairs read | recall of the pairs read |\n|---|---|---|---|---|")
    for floor in sorted({0.3, 0.4, LIKELY, 0.45, 0.55, 0.6, 0.7, 0.8, 0.9}):
        weighed, plain = ([(w if weigh else 1.0, s, p >= floor) for p, w, s in found] for weigh in (True, False))
        print(f"| {floor} | " + " | ".join(f"{value:.3f}" for value in (*_quality(weighed), *_quality(plain))) + " |")


def buildings(embedder: SentenceEmbedder) -> None:
    """Pairs of complaints about one building in other words, or about another matter or building (bench/data/duplicate_buildings.csv)."""
    city = City.load(ROOT / "city")
    guesser, judged = CategoryGuesser(city, embedder), []
    with (ROOT / "bench" / "data" / "duplicate_buildings.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            (first, _), (second, _) = (guesser.suggest(row[each], 1)[0] for each in ("a", "b"))
            ticket = replace(_ticket(1, row["a"]), place=Place(row["place_a"]), category=first)
            match = judge(row["b"], Place(row["place_b"]), second, [ticket], likeness(embedder))[0]
            judged.append((1.0, row["same"] == "1", match.likelihood >= LIKELY))
    precision, recall = _quality(judged)
    print(f"\n## Duplicates in one building\n\n{len(judged)} pairs: precision {precision:.3f}, recall {recall:.3f}")


def _quality(judged: list[tuple[float, bool, bool]]) -> tuple[float, float]:
    right = sum(w for w, same, said in judged if same and said)
    return right / max(sum(w for w, _, said in judged if said), 1e-9), right / max(sum(w for w, same, _ in judged if same), 1e-9)


def _ticket(id: int, text: str) -> Ticket:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return Ticket(UUID(int=id), str(id), str(id), UUID(int=0), "complaint", text, "", Place(""), None, "received", at)


if __name__ == "__main__":
    main()
