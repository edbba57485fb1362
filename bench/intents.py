"""How well intents are recognised: the trained model on sentences that were written apart from its training data.

Runs inside Rasa's environment:  .venv-rasa/bin/python bench/intents.py [MODEL]
"""

import asyncio
import collections
import csv
import logging
import os
import sys
import warnings
from pathlib import Path

import structlog

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", RASA_TELEMETRY_ENABLED="false", SQLALCHEMY_SILENCE_UBER_WARNING="1")
warnings.simplefilter("ignore")
structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
sys.path.insert(0, str(Path(__file__).parent.parent))

from rasa.core.agent import Agent  # noqa: E402

KINDS = ("complaint", "help_request", "suggestion", "praise", "report", "consultation")


DATA = Path("bench/data")


def newest_model() -> str:
    return max(Path("var/models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime).as_posix()


def rows_of(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


async def main(model: str) -> None:
    agent = Agent.load(model)
    await measure(agent, "460 sentences of every intent", rows_of("intents.csv"))
    kinds = [{"text": row["text"], "intent": row["kind"].replace("help", "help_request")} for row in rows_of("kinds.csv")]
    await measure(agent, "624 requests, a sixth of each kind", kinds)


async def measure(agent: Agent, title: str, rows: list[dict[str, str]]) -> None:
    print(f"\n## {title}\n")
    heard = []
    for row in rows:
        parsed = await agent.parse_message(row["text"])
        ranking = [i["name"] for i in parsed["intent_ranking"] if i["name"] != "nlu_fallback"]
        confidence = next(i["confidence"] for i in parsed["intent_ranking"] if i["name"] == ranking[0])
        heard.append((row["intent"], parsed["intent"]["name"], ranking[0], row["text"], confidence))
    print("| intent | right | recall | unsure | taken for |\n|---|---|---|---|---|")
    f1 = {}
    for intent in sorted({row["intent"] for row in rows}):
        of_intent = [h for h in heard if h[0] == intent]
        right = sum(h[2] == intent for h in of_intent)
        claimed = sum(h[2] == intent for h in heard)
        precision, recall = right / claimed if claimed else 0.0, right / len(of_intent)
        f1[intent] = 2 * precision * recall / (precision + recall) if right else 0.0
        unsure = sum(h[1] == "nlu_fallback" for h in of_intent)
        wrong = collections.Counter(h[2] for h in of_intent if h[2] != intent).most_common(3)
        print(f"| {intent} | {right}/{len(of_intent)} | {recall:.2f} | {unsure} | {', '.join(f'{name} {count}' for name, count in wrong)} |")
    for threshold in (0.1, 0.15, 0.2, 0.25, 0.3, 0.4):
        sure = [h for h in heard if h[4] >= threshold]
        print(f"\nSure from {threshold}: {len(sure)} of {len(heard)}, of them right {sum(h[0] == h[2] for h in sure) / len(sure):.3f}", end="")
    accuracy = sum(h[0] == h[2] for h in heard) / len(heard)
    print(f"\n\nAccuracy {accuracy:.3f}, macro-F1 {sum(f1.values()) / len(f1):.3f}; macro-F1 of the kinds of request {sum(f1[k] for k in KINDS) / len(KINDS):.3f}")


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else newest_model()))
