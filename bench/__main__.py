"""`make bench`: start the system with data of its own, measure it, print tables.

Turn latency is taken where a citizen waits: from sending the request until the page is told the answer, over the stream that the page holds open.
"""

from __future__ import annotations

import asyncio
import os
import platform
import statistics
import tempfile
import time
from pathlib import Path

from hotline.processes import NAMES
from hotline.webclient import ChatClient
from tests.system.running import System, start, stop

RATES = (1, 5, 10, 20, 40)
"""Messages a second that arrive, whatever happens to the earlier ones."""
SECONDS = 12
CITIZENS = 90
QUESTIONS = ("居住证怎么办", "暖气不热怎么办", "公积金怎么提取", "养犬登记在哪办", "公交卡丢了怎么办", "老年卡怎么领", "夜间施工扰民怎么办")
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    print(f"# {machine()}\n")
    with tempfile.TemporaryDirectory(prefix="jiesu-bench-") as folder:
        began = time.monotonic()
        system = start(Path(folder))
        started = time.monotonic() - began
        try:
            table("Start", ["what", "seconds"], [["from nothing running to everything ready", f"{started:.1f}"]])
            table("Memory, idle", ["process", "MiB"], [[name, f"{memory(system, name):.0f}"] for name in NAMES])
            asyncio.run(latencies(system))
            table("Memory, after the load", ["process", "MiB"], [[name, f"{memory(system, name):.0f}"] for name in NAMES])
        finally:
            stop(system)


async def latencies(system: System) -> None:
    url = system.wiring.settings.gateway_url
    await one_by_one(url, [[question(i) for i in range(10)]])  # warm
    questions = [[question(i) for i in range(15)] for _ in range(4)]  # more at a time than one browser may send would be refused
    rows = [
        ["a question, answered", *spread(await one_by_one(url, questions))],
        ["a turn of the intake form", *spread(await one_by_one(url, [form_turns()] * 8))],
    ]
    table("One citizen, one message after the other: seconds to the answer", ["turn", "p50", "p95", "max"], rows)
    rows = []
    citizens = [Page(url) for _ in range(CITIZENS)]
    for citizen in citizens:
        await citizen.open()
    for rate in RATES:
        before, began, own = cpu(system), time.monotonic(), -sum(os.times()[:2])
        times, lost = await under_load(citizens, rate)
        elapsed = time.monotonic() - began
        own += sum(os.times()[:2])
        used = {name: (after - before[name]) / TICKS / elapsed for name, after in cpu(system).items()}
        rows.append([str(rate), *spread(times), str(lost), *(f"{used[name]:.0%}" for name in NAMES), f"{own / elapsed:.0%}"])
    for citizen in citizens:
        await citizen.close()
    table(f"Questions arriving at a steady rate for {SECONDS} s, from 90 citizens in turn: seconds to the answer, and cores used",
          ["per second", "p50", "p95", "max", "unanswered", *NAMES, "these citizens"], rows)  # fmt: skip


class Page:
    """A citizen's page: sends, and hears over its stream what was answered."""

    def __init__(self, url: str) -> None:
        self._chat = ChatClient(url)
        self._answered = 0
        self._news = asyncio.Condition()

    async def open(self) -> None:
        await self._chat.__aenter__()
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        self._listening.cancel()
        await self._chat.__aexit__()

    async def turn(self, text: str) -> float:
        """Seconds from sending to hearing the answer. Raises TimeoutError after half a minute."""
        began = time.monotonic()
        async with asyncio.timeout(30):
            position = await self._chat.send(text=text)
            async with self._news:
                await self._news.wait_for(lambda: self._answered > position)
        return time.monotonic() - began

    async def _listen(self) -> None:
        async for message in self._chat.replies():
            async with self._news:
                self._answered = message["position"]
                self._news.notify_all()


async def one_by_one(url: str, conversations: list[list[str]]) -> list[float]:
    times = []
    for texts in conversations:
        page = Page(url)
        await page.open()
        times += [await page.turn(text) for text in texts]
        await page.close()
    return times


async def under_load(citizens: list[Page], rate: int) -> tuple[list[float], int]:
    """Open-loop arrivals: a slow answer does not hold back the next question. Bounded in count and time."""
    times: list[float] = []

    async def ask(number: int) -> None:
        times.append(await citizens[number % len(citizens)].turn(question(number)))

    asked = []
    began = time.monotonic()
    for number in range(rate * SECONDS):
        await asyncio.sleep(max(0.0, began + number / rate - time.monotonic()))
        asked.append(asyncio.create_task(ask(number)))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    return times, sum(isinstance(outcome, BaseException) for outcome in outcomes)


def question(number: int) -> str:
    return QUESTIONS[number % len(QUESTIONS)]


def form_turns() -> list[str]:
    return ["我要投诉楼下饭店油烟太大", "朝阳区望京花家地南里3号楼", "昨天晚上", "李女士，13800000000", "时间改成前天晚上", "算了不投诉了"]


def memory(system: System, name: str) -> float:
    """Resident MiB of a process and its children."""
    total = 0.0
    for pid in system.pids(name):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) / 1024
    return total


def cpu(system: System) -> dict[str, int]:
    """Clock ticks that each process has used."""
    used = {}
    for name in NAMES:
        stats = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in system.pids(name)]
        used[name] = sum(int(stat[11]) + int(stat[12]) for stat in stats)
    return used


def spread(times: list[float]) -> list[str]:
    if not times:
        return ["—"] * 3
    ordered = sorted(times)
    return [f"{statistics.median(ordered):.3f}", f"{ordered[int(len(ordered) * 0.95) - 1]:.3f}", f"{ordered[-1]:.3f}"]


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    """Print a Markdown table."""
    print(f"## {title}\n\n| {' | '.join(head)} |\n|{'---|' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def machine() -> str:
    cpus = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return f"{cpus[0] if cpus else platform.processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
