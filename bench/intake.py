"""`make bench-intake`: how well the intake understands, on test sets that were frozen before it was tuned.

    .venv/bin/python -m bench.intake [slots|emergencies|addresses|citizens] [-v]

Times are relative to Sunday 2026-11-22, ten in the morning in Beijing. Kinds are measured inside Rasa's environment: bench/intents.py.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import statistics
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.__main__ import machine, table
from hotline.city import City
from hotline.intake import hear
from hotline.moments import understand
from hotline.place_parts import parts
from hotline.places import Gazetteer

ROOT = Path(__file__).parent.parent
DATA = ROOT / "bench" / "data"
SHARED = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data"))
SLOTS = ("district", "street", "community", "road", "number", "building", "landmark", "when", "name", "phone", "problem")
_TITLE = re.compile("(?:先生|女士|小姐|师傅|老师|大爷|大妈|阿姨)$")


def main() -> None:
    wanted = set(sys.argv[1:]) or {"slots", "emergencies", "addresses", "citizens"}
    print(f"# {machine()}\n")
    city = City.load(ROOT / "city")
    gazetteer = Gazetteer(city)
    if "slots" in wanted:
        slots(city, gazetteer, show="-v" in wanted)
    if "emergencies" in wanted:
        emergencies(city, show="-v" in wanted)
    if "addresses" in wanted:
        addresses(gazetteer)
    if "citizens" in wanted:
        from bench.citizens import summary, turns

        needed = turns(city, DATA / "citizens.jsonl", show="-v" in wanted)
        table("Messages until the ticket is complete", ["citizens", "median", "mean", "most", "gave up"], [summary(needed)])


def slots(city: City, gazetteer: Gazetteer, *, show: bool) -> None:
    """Micro-averaged over slots: a wrong value is both a miss and a false one. A slot the text does not tell must stay empty."""
    now = datetime(2026, 11, 22, 10, tzinfo=city.timezone)
    counts = {slot: Counter[str]() for slot in SLOTS}
    whole = 0
    rows = [json.loads(line) for line in (DATA / "intake_openings.jsonl").read_text(encoding="utf-8").splitlines()]
    for row in rows:
        said, gold = heard(row["text"], gazetteer, now), row["slots"]
        right = True
        for slot in SLOTS:
            outcome = compare(slot, gold.get(slot), said.get(slot), gold, said)
            counts[slot][outcome] += 1
            if outcome in ("wrong", "missed", "extra"):
                right = False
                if show:
                    print(f"{slot}: {outcome}: {gold.get(slot)} / {said.get(slot)} in {row['text']}")
        whole += right
    lines = []
    for name, count in [*counts.items(), ("**all**", sum(counts.values(), Counter()))]:
        right, wrong = count["right"], count["wrong"]
        precision, recall = right / max(right + wrong + count["extra"], 1), right / max(right + wrong + count["missed"], 1)
        lines.append([name, str(right + wrong + count["missed"]), f"{precision:.3f}", f"{recall:.3f}", f"{2 * precision * recall / max(precision + recall, 1e-9):.3f}"])
    table(f"Slots of {len(rows)} openings; all of an opening right: {whole / len(rows):.3f}", ["slot", "told", "precision", "recall", "F1"], lines)


def heard(text: str, gazetteer: Gazetteer, now: datetime) -> dict[str, Any]:
    """What the intake understands from the first message."""
    found = hear(text, gazetteer, wanted=None)
    place, when = found.place, found.happened or found.part_of_day
    said: dict[str, Any] = {"problem": found.problem, "when": understand(when, now) if when else None}
    if place:
        below = parts(place.text, gazetteer)
        said |= {"district": place.district_code, "street": place.street_code, **{slot: getattr(below, slot) for slot in SLOTS[2:7]}}
    if found.reporter:
        said |= {"name": found.reporter.name and _TITLE.sub("", found.reporter.name), "phone": found.reporter.phone}
    return said


def compare(slot: str, gold: Any, said: Any, all_gold: dict[str, Any], all_said: dict[str, Any]) -> str:
    """right, wrong, missed, extra or nothing."""
    if slot == "problem":
        return "nothing" if gold is None else "right" if said and gold in said else "missed"
    if slot in ("district", "street") and gold is None:
        # Derived from a community's or a street's name: no mistake, for the sets name only what is said or certain.
        return "nothing"
    if slot in ("community", "building") and gold and joined(all_gold) == joined(all_said):
        return "right"  # where 忠实里东区4号楼 is cut in two does not matter
    if slot == "when":
        return compare_when(gold, said)
    if not said:
        return "missed" if gold else "nothing"
    return "extra" if not gold else "right" if said == gold or (slot == "name" and said == _TITLE.sub("", gold)) else "wrong"


def joined(slots: dict[str, Any]) -> str:
    return f"{slots.get('community') or ''}{slots.get('building') or ''}"


def compare_when(gold: dict[str, Any] | None, said: Any) -> str:
    if gold is None:
        return "extra" if said else "nothing"
    if gold["kind"] == "unscored":
        return "nothing"
    if said is None:
        return "missed"
    if gold["kind"] == "vague":  # no date can be told: any that is near is as good as none
        return "right" if said.kind in ("vague", "since", "point") else "wrong"
    day = (said.day or "") == (gold.get("date") or "") or bool(said.day and len(said.day) == 7 and gold.get("date") == f"{said.day}-01")
    kind = said.kind == gold["kind"]
    clock = not gold.get("time") or said.clock == gold["time"]
    part = not gold.get("part") or said.part == gold["part"]
    return "right" if kind and day and clock and part and said.every == gold.get("every") and said.until == gold.get("until") else "wrong"


def emergencies(city: City, *, show: bool) -> None:
    """A danger is recalled when the alarm is rung at once, or after the one in danger has said yes to the question that names the number. A false alarm is one rung at once
    for an ordinary message; how many ordinary messages are asked stands beside. `emergencies_fresh.csv` holds harmless messages that are near to dangers only."""
    from knowledge_base.embedders import SentenceEmbedder
    from knowledge_base.examples import calm
    from knowledge_base.triage import Triage

    began = time.perf_counter()
    embedder = SentenceEmbedder()
    loaded = time.perf_counter()
    triage = Triage(city, embedder, calm(ROOT / "bot" / "data" / "nlu", city))
    learnt = time.perf_counter()
    sets = {name: _rows(DATA / f"{name}.csv") for name in ("emergencies", "emergencies_fresh", "emergencies_plain")}
    sets["intake_openings"] = [(json.loads(line)["text"], "") for line in (DATA / "intake_openings.jsonl").read_text(encoding="utf-8").splitlines()]
    messages = SHARED / "citizen_messages"
    if messages.exists():
        sets["titles of real messages"] = [(title, "") for path in sorted(messages.glob("*.jsonl.gz")) for title in _titles(path)]
    times, lines = [], []
    for name, rows in sets.items():
        told, counts = Counter(bool(gold) for _, gold in rows), Counter[tuple[bool, str]]()
        right = 0
        for text, gold in rows:
            started = time.perf_counter()
            danger, doubt = triage.danger(text), triage.doubt(text)
            times.append(time.perf_counter() - started)
            outcome = "alarm" if danger else "asked" if doubt else "none"
            counts[bool(gold), outcome] += 1
            if found := danger or doubt:
                right += bool(gold) and found.number == _NUMBER_OF.get(gold, found.number)
            if show and (outcome != "alarm" if gold else outcome == "alarm"):
                print(f"{outcome}: {gold or 'ordinary'}: {text}")
        found_at_once, asked_too = counts[True, "alarm"], counts[True, "asked"]
        recalls = [f"{found_at_once / told[True]:.3f}", f"{(found_at_once + asked_too) / told[True]:.3f}", f"{right / max(found_at_once + asked_too, 1):.3f}"] if told[True] else ["", "", ""]
        lines.append([name, f"{told[True]}, {told[False]}", *recalls, *(f"{1000 * counts[False, outcome] / told[False]:.1f}" for outcome in ("alarm", "asked"))])
    table(
        f"Emergencies; {1000 * statistics.median(times):.1f} ms a message (p50), learning at start {learnt - loaded:.1f} s, embedder {loaded - began:.1f} s",
        ["set", "dangers, ordinary", "recall: alarm at once", "or asked", "right number of those", "false alarms per 1,000", "asked per 1,000"], lines,
    )  # fmt: skip


def _rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [(first, second) for first, second, *_ in list(csv.reader(file))[1:]]


def _titles(path: Path) -> list[str]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [title for line in file if (title := json.loads(line).get("title"))]


_NUMBER_OF = {"fire": "119", "gas": "119", "medical": "120", "traffic": "122", "crime": "110", "suicide": "110"}


def addresses(gazetteer: Gazetteer) -> None:
    """Annotated addresses of another province, read by how Chinese addresses are built: its districts are in no folder of ours."""
    path = SHARED / "addresses" / "dev.jsonl"
    if not path.exists():
        print("addresses: the measuring data is not here (set JIESU_BENCH_DATA)\n")
        return
    counts: dict[str, list[int]] = {"road": [0, 0], "number": [0, 0], "all that are present": [0, 0]}
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        gold = dict(reversed(row["slots"]))
        said = parts(row["text"], gazetteer)
        outcome = []
        for name, label in (("road", "road"), ("number", "roadno")):
            if label in gold:
                outcome.append(getattr(said, name) == gold[label])
                counts[name][0] += outcome[-1]
                counts[name][1] += 1
        if outcome:
            counts["all that are present"][0] += all(outcome)
            counts["all that are present"][1] += 1
    table("addresses/dev: exact match", ["part", "addresses with it", "exact"], [[name, str(n), f"{right / max(n, 1):.3f}"] for name, (right, n) in counts.items()])


if __name__ == "__main__":
    main()
