"""How well questions find their article, in the table of docs/benchmarks.md: `make bench-knowledge`.

    .venv/bin/python -m bench.knowledge

Sample knowledge: sentences that were written apart from the articles' ways of asking (`bench/data`). Other people's letters and
question bases are read from ../shared/data (or JIESU_BENCH_DATA) and are not part of the project; where they are absent it says so.
"""

from __future__ import annotations

import asyncio
import csv
import gzip
import json
import os
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pypinyin import lazy_pinyin

from bench.speech import telephone
from channels.phone.asked_words import asked_words
from channels.phone.say import for_the_ear
from channels.phone.speech.base import SpeechUnavailable, Transcriber
from channels.phone.speech.choose import SpeechChoice
from channels.phone.speech.demo import DemoSynthesizer
from channels.phone.speech.sound import resample
from channels.phone.spoken import Ear
from hotline.articles import Article
from hotline.city import City
from hotline.settings import load
from knowledge_base.calibration import Calibration
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.importer import read_folder
from knowledge_base.index import FINALISTS, Index
from knowledge_base.search import decide, unless_guessed

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data"))
TODAY = date(2026, 11, 21)
COURTESY = "您好打扰一下，想问问"
DRAWS = 10
"""How often homophones are drawn for each question: in one draw of 202 questions chance decides two points of R@1."""
SPOKEN = 60
"""How many questions are said and recognised: each takes a second or two."""
Asked = Sequence[tuple[str, str]]
"""Questions with the id of their article, empty if there is none."""


def main() -> None:
    embedder = SentenceEmbedder()
    index = Index(list(read_folder(ROOT / "knowledge_base" / "articles")), embedder, unanswered=City.load(ROOT / "city").unanswered)
    asked = questions("knowledge_questions.csv")
    near, near_scope = outcomes_and_scope(index, questions("knowledge_near.csv"))
    inside = [(question, wanted) for question, wanted in asked if wanted]
    first, third = recall(index, inside, 1, 3)
    outcomes, scope = outcomes_and_scope(index, asked)
    same = sounding_alike(index)
    polite = [(COURTESY + question, wanted) for question, wanted in asked]
    politely, _ = recall(index, [(question, wanted) for question, wanted in polite if wanted], 1, 3)
    mistyped, _ = recall(index, [(homophones(question, same, draw), wanted) for draw in range(DRAWS) for question, wanted in inside], 1, 3)
    print("| what | measured | wanted |\n|---|---|---|")
    print(f"| {len(inside)} questions to {len(index)} sample articles, R@1 (R@3) | {first:.3f} ({third:.3f}) | 0.90 |")
    print(f"| in scope or not, {len(asked)} messages, AUROC | {scope:.3f} | 0.98 |")
    print(f"| both after “{COURTESY}”: R@1, AUROC | {politely:.3f}, {outcomes_and_scope(index, polite)[1]:.3f} | as without |")
    print(f"| the same with every sixth character a homophone, {DRAWS} times by chance: R@1, loss | {mistyped:.3f}, {first - mistyped:.3f} | loss < 0.05 |", flush=True)
    print(spoken(index, inside), flush=True)
    print(letters(embedder), flush=True)
    print(question_base("bq_dev", embedder, "0.25 / 0.50"), flush=True)
    print(question_base("lcqmc_dev", embedder, ""), flush=True)
    print("\n| messages | answered right | answered wrong | did you mean | not known |\n|---|---|---|---|---|")
    for name, numbers in [*outcomes.items(), *((f"{name}, near misses and their like (AUROC {near_scope:.3f})", numbers) for name, numbers in near.items())]:
        print(f"| {name} | {' | '.join(map(str, numbers))} |")


def questions(name: str) -> list[tuple[str, str]]:
    """A table of `bench/data`."""
    with (ROOT / "bench" / "data" / name).open(encoding="utf-8") as file:
        return [(row["question"], row["article"]) for row in csv.DictReader(file)]


def recall(index: Index, asked: Asked, few: int, more: int, *, heard: bool = False) -> tuple[float, float]:
    """The shares of the questions whose article is among the first `few`, and among the first `more`."""
    queries = [index.query(question, heard=heard) for question, _ in asked]
    found = [[hit.article.id for hit in index.search_query(query, more, today=TODAY)] if query else [] for query in queries]
    shares = [sum(wanted in ids[:count] for ids, (_, wanted) in zip(found, asked, strict=True)) / len(asked) for count in (few, more)]
    return shares[0], shares[1]


def outcomes_and_scope(index: Index, asked: Asked) -> tuple[dict[str, list[int]], float]:
    """What citizens get to see, and how well the probability tells in scope from out of scope (AUROC)."""
    calibration = Calibration.read()
    outcomes = {"in scope": [0, 0, 0, 0], "out of scope": [0, 0, 0, 0]}
    inside, outside = [], []
    for question, wanted in asked:
        read = index.query(question)
        hits = index.search_query(read, FINALISTS, today=TODAY) if read else []
        found = decide(hits[:5], unless_guessed(calibration.probability(question, hits), question, hits))
        (inside if wanted else outside).append(found.score)
        outcome = outcomes["in scope" if wanted else "out of scope"]
        if found.answer:
            outcome[0 if found.answer.id == wanted else 1] += 1
        else:
            outcome[2 if found.maybe else 3] += 1
    wins = sum((a > b) + 0.5 * (a == b) for a in inside for b in outside)
    return outcomes, wins / (len(inside) * len(outside))


def sounding_alike(index: Index) -> dict[str, set[str]]:
    """The characters of all answers by their sound: none of them is rare."""
    same: dict[str, set[str]] = {}
    for character in sorted({character for article in index.articles() for character in article.answer if "一" <= character <= "龥"}):
        same.setdefault(lazy_pinyin(character)[0], set()).add(character)
    return same


def homophones(question: str, same: dict[str, set[str]], draw: int) -> str:
    """A question as a hasty phone keyboard writes it: every sixth character is another one that sounds the same."""
    chance = random.Random(f"{draw}{question}")
    characters = list(question)
    others = [sorted(same.get(lazy_pinyin(c)[0], set()) - {c}) for c in characters]
    changeable = [at for at, found in enumerate(others) if found]
    for at in chance.sample(changeable, min(max(len(characters) // 6, 1), len(changeable))):
        characters[at] = chance.choice(others[at])
    return "".join(characters)


def spoken(index: Index, inside: Asked) -> str:
    """Some of the questions said by the demonstration voice over a telephone line, and heard as a call hears them."""
    try:
        transcriber = SpeechChoice(load().data / "models", "whisper").transcriber()
    except SpeechUnavailable as unavailable:
        return f"| the same, said and recognised | not measured: {unavailable} | loss < 0.05 |"
    chosen = random.Random(1).sample(list(inside), SPOKEN)
    heard = asyncio.run(_heard(index, chosen, transcriber))
    before, _ = recall(index, chosen, 1, 3)
    after, _ = recall(index, heard, 1, 3, heard=True)
    return f"| {SPOKEN} of them said by the demonstration voice, 8 kHz µ-law, and recognised: R@1, loss | {after:.3f}, {before - after:.3f} | loss < 0.05 |"


async def _heard(index: Index, asked: Asked, transcriber: Transcriber) -> list[tuple[str, str]]:
    words = asked_words(((article.question, *article.asked) for article in index.articles()), 20)
    voice, ear, heard = DemoSynthesizer(), Ear(City.load(ROOT / "city"), words), []
    for question, wanted in asked:
        pcm = resample(await voice.render(for_the_ear(question)), voice.sample_rate, 16000)
        said = await transcriber.transcribe(telephone(pcm), ear.hints(None))
        heard.append((ear.hear(said).text, wanted))
    return heard


def letters(embedder: SentenceEmbedder) -> str:
    """Letters to a city and the official replies: which reply is it?"""
    path = DATA / "citizen_messages" / "fujian4_share.jsonl.gz"
    if not path.exists():
        return f"| letters to official replies | not measured: {path} is absent | |"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    index = Index([_article(str(at), "", row["reply"]) for at, row in enumerate(rows)], embedder)
    by_title, _ = recall(index, [(row["title"], str(at)) for at, row in enumerate(rows)], 1, 5)
    by_text, _ = recall(index, [(row["text"], str(at)) for at, row in enumerate(rows)], 1, 5)
    return f"| {len(rows)} letters, title / text to official reply, R@1 | {by_title:.3f} / {by_text:.3f} | 0.70 / 0.75 |"


def question_base(name: str, embedder: SentenceEmbedder, wanted: str) -> str:
    """Other people's question bases: one way of asking for each article, and paraphrases."""
    folder = DATA / "faq_retrieval"
    if not folder.exists():
        return f"| {name} | not measured: {folder} is absent | |"
    articles = [_article(str(row["faq_id"]), row["standard_question"], "") for row in _rows(folder / f"{name}_kb.jsonl")]
    asked = [(row["query"], str(row["faq_id"])) for row in _rows(folder / f"{name}_queries.jsonl")]
    first, fifth = recall(Index(articles, embedder), asked, 1, 5)
    return f"| {name}: {len(asked)} paraphrases of {len(articles)} questions, R@1 / R@5 | {first:.3f} / {fifth:.3f} | {wanted} |"


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _article(id: str, question: str, answer: str) -> Article:
    return Article(id, 1, question, (), answer, "", "", "", "", TODAY)


if __name__ == "__main__":
    main()
