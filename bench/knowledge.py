"""How well questions find their article: sentences that were written apart from the articles' ways of asking.

    .venv/bin/python -m bench.knowledge
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from knowledge_base.calibration import Calibration
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.importer import read_folder
from knowledge_base.index import Index, query
from knowledge_base.search import decide

ROOT = Path(__file__).parent.parent
TODAY = date(2026, 11, 21)


def main() -> None:
    embedder, calibration = SentenceEmbedder(), Calibration.read()
    index = Index(list(read_folder(ROOT / "knowledge_base" / "articles")), embedder)
    with (ROOT / "bench" / "data" / "knowledge_questions.csv").open(encoding="utf-8") as file:
        rows = [(row["question"], row["article"]) for row in csv.DictReader(file)]
    outcomes = {"in scope": [0, 0, 0, 0], "out of scope": [0, 0, 0, 0]}
    first = third = 0
    scores: list[tuple[float, bool]] = []
    for question, wanted in rows:
        asked = query(question, embedder)
        hits = index.search_query(asked, 5, today=TODAY) if asked else []
        probability = calibration.probability(question, asked.vectors[0], hits) if asked else 0.0
        found = decide(hits, probability)
        ids = [hit.article.id for hit in hits]
        scores.append((probability, bool(wanted)))
        if wanted:
            first += ids[:1] == [wanted]
            third += wanted in ids[:3]
        outcome = outcomes["in scope" if wanted else "out of scope"]
        if found.answer:
            outcome[0 if found.answer.id == wanted else 1] += 1
        else:
            outcome[2 if found.maybe else 3] += 1
    count = sum(bool(wanted) for _, wanted in rows)
    print(f"{len(index)} articles, {count} questions in scope: R@1 {first / count:.3f}, R@3 {third / count:.3f}; in scope or not, AUROC {auroc(scores):.3f}\n")
    print("| messages | answered right | answered wrong | did you mean | not known |\n|---|---|---|---|---|")
    for name, numbers in outcomes.items():
        print(f"| {name} | {' | '.join(map(str, numbers))} |")


def auroc(scores: list[tuple[float, bool]]) -> float:
    """The chance that a question in scope scores higher than a message that is not."""
    inside = [score for score, wanted in scores if wanted]
    outside = [score for score, wanted in scores if not wanted]
    wins = sum((a > b) + 0.5 * (a == b) for a in inside for b in outside)
    return wins / (len(inside) * len(outside))


if __name__ == "__main__":
    main()
