"""`jiesu dispatch train` and `jiesu dispatch evaluate`: learn categories or units from history, and measure what was learnt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hotline.city import City
from hotline.settings import Settings
from hotline.wiring import Wiring
from knowledge_base import history
from knowledge_base.history import HistoryRefused, Model, ModelUnusable, Row

__all__ = ["HistoryRefused", "ModelUnusable", "evaluate", "train"]


def model_path(settings: Settings, kind: str) -> Path:
    """Where the model of `category` or `unit` is kept."""
    return settings.data / "dispatch" / f"{kind}.npz"


def train(wiring: Wiring, file: Path | None, say: Callable[[str], None], *, decisions: bool = False, replace: bool = False) -> None:
    """Learn from a CSV file (with `decisions`, beside what the system's own dispatchers decided), or from that alone; print a cross-validated
    report. The actions and the staff pages use the new model of categories from the next request on. What was learnt from more is not given
    up for what was decided here, unless `replace`. Raises HistoryRefused."""
    learnt = {}
    if file:
        kind, rows = history.read_rows(file, wiring.city)
        learnt[kind] = [*rows, *_decided(wiring)[kind]] if decisions else rows
    else:
        learnt = _decided(wiring)
        if not learnt["unit"]:
            raise HistoryRefused("No ticket was dispatched yet. Give a file: jiesu dispatch train tickets.csv")
        for kind, rows in learnt.items():
            if (before := history.rows_of(model_path(wiring.settings, kind))) > len(rows) and not replace:
                raise HistoryRefused(
                    f"The {kind} model in use has learnt from {before} rows; dispatchers decided about {len(rows)} tickets here. "
                    "Learn from both: jiesu dispatch train tickets.csv --with-decisions. Or give up what it has learnt: --replace."
                )
    for kind, rows in learnt.items():
        model, report = history.train(rows, wiring.embedder, say)
        model.save(model_path(wiring.settings, kind))
        say(f"\n## {kind}, cross-validated\n")
        for line in report.lines(lambda label, kind=kind: name(wiring.city, kind, label)):  # type: ignore[misc]
            say(line)
        known = sum(is_known(wiring.city, kind, label) for label in model.labels)
        used = known and kind == "category"  # where a ticket goes is the catalogue's, not a habit's
        say(f"\nStored. {known} of {len(model.labels)} labels are {'categories' if kind == 'category' else 'units'} of the city folder"
            + (" and are used from now on." if used else ": the model is for measuring only."))  # fmt: skip


def _decided(wiring: Wiring) -> dict[str, list[Row]]:
    """What the system's own dispatchers decided."""
    with wiring.store.reading() as tx:
        decided = list(tx.tickets.dispatched_texts())
    return {"category": [Row(text, code) for text, code, _ in decided if code], "unit": [Row(text, unit) for text, _, unit in decided]}


def evaluate(wiring: Wiring, file: Path, say: Callable[[str], None]) -> None:
    """Measure the stored model on the rows of a CSV file. Raises HistoryRefused, ModelUnusable."""
    kind, rows = history.read_rows(file, wiring.city)
    path = model_path(wiring.settings, kind)
    if not path.exists():
        raise ModelUnusable("Nothing was learnt yet. Begin with: jiesu dispatch train tickets.csv")
    report = history.evaluate(Model.load(path, wiring.embedder), rows, wiring.embedder, say)
    for line in report.lines(lambda label: name(wiring.city, kind, label)):
        say(line)


def name(city: City, kind: str, label: str) -> str:
    """A label as people read it."""
    if kind == "unit":
        return city.units[label].name if label in city.units else label
    below = next((c for c in city.categories.values() if label.isdecimal() and c.code.startswith(label)), None)
    return f"{label} {(below.level1, below.level2, below.level3)[len(label) // 2 - 1]}" if below and len(label) in (2, 4, 6) else label


def is_known(city: City, kind: str, label: str) -> bool:
    """Whether the label is the city's own."""
    return label in city.units if kind == "unit" else label.isdecimal() and any(code.startswith(label) for code in city.categories)
