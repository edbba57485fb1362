"""Fit the calibration that comes with the project (knowledge_base/calibration.json) to the sample knowledge.

    .venv/bin/python -m bench.calibrate

It learns from the articles' ways of asking, from the bot's training sentences and from `bench/data/knowledge_dev.csv`: questions
that were written to tune on, apart from the ways of asking; and from `city/unanswered.csv`. Run it after larger changes of the sample knowledge, then `bench.knowledge`.
"""

from __future__ import annotations

from bench.knowledge import ROOT, TODAY, questions
from hotline.city import City
from knowledge_base.calibration import DEFAULT, fit
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.examples import asking_and_other
from knowledge_base.importer import read_folder
from knowledge_base.index import Index


def main() -> None:
    city = City.load(ROOT / "city")
    index = Index(list(read_folder(ROOT / "knowledge_base" / "articles")), SentenceEmbedder(), unanswered=city.unanswered)
    _, other = asking_and_other(ROOT / "bot" / "data" / "nlu", city)
    known = [(question, article or None) for question, article in questions("knowledge_dev.csv")]
    fit(index, other=other, known=known, today=TODAY).write(DEFAULT)


if __name__ == "__main__":
    main()
