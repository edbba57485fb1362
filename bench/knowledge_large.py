"""A knowledge base of 100,000 articles: time to build, memory, search, and a change. Real service items, each for many streets.

    .venv/bin/python -m bench.knowledge_large [articles]
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from hotline.articles import Article
from knowledge_base.embedders import SentenceEmbedder
from knowledge_base.index import Index

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data"))
TODAY = date(2026, 11, 21)


def main(count: int) -> None:
    source = DATA / "service_items_guangdong.jsonl.gz"
    if not source.exists():
        print(f"{source} is absent. Set JIESU_BENCH_DATA to the folder of the measuring data.")
        return
    embedder = SentenceEmbedder()
    before = _resident()
    articles = _articles(source, count)
    print(f"{len(articles)} articles, {_resident() - before:.0f} MiB as objects", flush=True)
    start = time.perf_counter()
    index = Index(articles, embedder)
    print(f"built in {time.perf_counter() - start:.0f} s; the process has {_resident():.0f} MiB", flush=True)
    chance = random.Random(1)
    times, computing, embedding, found = [], [], [], 0
    asked = chance.sample(articles, 400)
    for article in asked:
        start = time.perf_counter()
        question = index.query(article.question.replace("如何办理", "怎么弄"))
        middle = time.perf_counter()
        assert question
        worked = time.process_time()
        hits = index.search_query(question, 5, today=TODAY)
        times.append(time.perf_counter() - middle)
        computing.append(time.process_time() - worked)
        embedding.append(middle - start)
        found += article.question in [hit.article.question for hit in hits]
    for name, values in (("embedding the question", embedding), ("search", times), ("search, processor time alone", computing)):
        print(f"{name}: p50 {1e3 * np.quantile(values, 0.5):.1f} ms, p95 {1e3 * np.quantile(values, 0.95):.1f} ms")
    print(f"found among the first five: {found / len(asked):.3f}")
    start = time.perf_counter()
    index = index.updated([*articles, replace(articles[0], id="new", question="热气球节的入场券在哪儿领？", asked=())])
    print(f"one article more: {time.perf_counter() - start:.2f} s; found: {index.search('热气球节的券去哪里领', 1, today=TODAY)[0].article.id == 'new'}")


def _articles(source: Path, count: int) -> list[Article]:
    with gzip.open(source, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    with (ROOT / "city" / "streets.csv").open(encoding="utf-8") as file:
        streets = [row["name"] for row in csv.DictReader(file)]
    pairs = [(item, street) for street in streets for item in items][:count]
    return [
        Article(f"a{at}", 1, f"在{street}{item['TASK_NAME']}如何办理", (), f"{street}。{str(item.get('accept_standard') or '')[:200]}", "见文字答复", item["DEPT_NAME"],
                "", "", TODAY)
        for at, (item, street) in enumerate(pairs)
    ]  # fmt: skip


def _resident() -> float:
    with Path("/proc/self/statm").open() as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
