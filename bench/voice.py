"""`make bench-voice`: calls over SIP against a system of its own: how long callers wait, how fast the bot falls silent, how many fit.

    python -m bench.voice [echo] [waits] [barge] [places] [complaints] [--from N] [--callers N] [--fresh]

Without a name it measures everything, one after the other. `--from`, `--callers` and `--fresh` choose among the callers with complaints.

The caller is this process, by the same SIP stack as the bot's, in another process; for the echo by bare sockets (`bench/rtp.py`). Its sentences are recordings from the benchmark's data
folder (`../shared/data/speech`, or below JIESU_BENCH_DATA); without them it says so. Times are taken here, where a caller would hear them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.__main__ import machine, table
from bench.callers import Located, Result, all_complain, all_locate, callers
from bench.rtp import echoed_calls
from bench.sip import Lines, Speaker
from channels.phone.caller import read_wav
from channels.phone.legs.sip import SipLeg, SipSettings, SipStack
from hotline.settings import ROOT
from tests.system.running import free_ports, start, stop

DATA = Path(os.environ.get("JIESU_BENCH_DATA", ROOT.parent / "shared" / "data")) / "speech"
TURNS = 4
"""Sentences a caller says, each after the answer to the one before."""
ROUNDS = {1: 2, 4: 1}
"""How often so many calls at once are made."""
PARTS = ("echo", "waits", "barge", "places", "complaints")
UNTIL = ("it is certain that the turn is over", "recognised", "answered by the dialogue", "first frame sent")
TRANSCRIPTS = ROOT / "var" / "bench" / "calls.txt"
"""What was said in the calls with complaints, for whoever wants to know why one went wrong."""
ECHO_CALLS = (50, 100, 200)
ECHO_SECONDS = 10
AT_ONCE = 8
"""Callers with complaints, and callers who say where they are, at a time: together they take less than half of two cores."""
PLACES = 40
"""Callers who say where they are."""
RAMP = 0.05
"""Seconds between two calls that begin: twenty a second."""


def main() -> None:
    if "--echo" in sys.argv:
        asyncio.run(_echo_bot(int(sys.argv[-1])))
        return
    options = argparse.ArgumentParser()
    options.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    options.add_argument("--from", type=int, default=0, dest="first")
    options.add_argument("--callers", type=int, default=30)
    options.add_argument("--fresh", action="store_true")
    given = options.parse_args()
    if unknown := set(given.parts) - set(PARTS):
        options.error(f"no such part: {', '.join(unknown)}")
    print(f"# {machine()}\n")
    asyncio.run(_measure(set(given.parts or PARTS), callers(fresh=given.fresh)[given.first :][: given.callers]))


async def _measure(parts: set[str], complaining: list[dict[str, Any]]) -> None:
    caller, echo = free_ports(2)
    stack = Lines(caller)
    await stack.start()
    try:
        if "echo" in parts:
            await _echo(echo)
        if parts == {"echo"}:
            return
        sounds = [read_wav(path) for path in sorted(DATA.rglob("*.wav"))[: TURNS * 4]]
        if not sounds:
            print(f"There are no recordings in {DATA}: waiting and barge-in are not measured. Set JIESU_BENCH_DATA.")
            return
        with tempfile.TemporaryDirectory(prefix="jiesu-bench-") as folder:
            system = await asyncio.to_thread(lambda: start(Path(folder), JIESU_VOICE="demo"))
            try:
                bot = f"12345@127.0.0.1:{system.wiring.settings.sip_port}"
                await _warm(stack, bot, sounds)
                if "waits" in parts:
                    await _waits(stack, bot, sounds, system.data / "log" / "voice.log")
                if "barge" in parts:
                    silences = sorted([await _barge_in(stack, bot, sounds[i]) for i in range(8)])
                    table("Seconds from the caller's first sound to the bot's silence, over SIP", ["calls", "p50", "p95", "max"],
                          [["8", *(f"{value:.3f}" for value in _spread(silences))]])  # fmt: skip
                if "places" in parts:
                    _places(await all_locate(stack, bot, system.wiring, count=PLACES, at_once=AT_ONCE))
                if "complaints" in parts:
                    _complaints(await all_complain(stack, bot, system.wiring, complaining, at_once=AT_ONCE, show=TRANSCRIPTS))
            finally:
                await asyncio.to_thread(stop, system)
    finally:
        await stack.close()


async def _waits(stack: Lines, bot: str, sounds: list[bytes], log: Path) -> None:
    """As the caller hears it, and where the time goes as the bot sees it."""
    rows, parts = [], []
    for calls in (1, 4):
        seen = await asyncio.to_thread(lambda: log.stat().st_size)
        heard = []
        for _ in range(ROUNDS[calls]):
            heard += [wait for one in await asyncio.gather(*(_conversation(stack, bot, sounds[i:]) for i in range(calls))) for wait in one]
        rows.append([str(calls), str(len(heard)), *(f"{value:.2f}" for value in _spread(sorted(heard)))])
        await asyncio.sleep(2)  # the bot writes down what it saw
        own = _as_the_bot_saw(log, seen)
        parts += [[str(calls), name, *(f"{value:.2f}" for value in _spread(list(values)))] for name, values in zip(UNTIL, zip(*own, strict=True), strict=False)]
    table("Seconds from the caller's last sound to the bot's first, over SIP", ["calls at once", "turns", "p50", "p95", "max"], rows)
    table("The same as the bot saw it, each from the caller's last sound", ["calls at once", "until", "p50", "p95", "max"], parts)


def _as_the_bot_saw(log: Path, after: int) -> list[list[float]]:
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(after)
        found = re.findall(r"waits[\"']?[=:]\s*(\[.*?\][\])]|\[\])", file.read())
    return [list(map(float, re.findall(r"[0-9.]+", turn))) for one in found for turn in re.findall(r"[(\[]([0-9., ]+)[)\]]", one)]


def _places(found: list[Located]) -> None:
    rows = []
    for kind in (*sorted({one.spot.kind for one in found}), "all"):
        of_kind = [one for one in found if kind in ("all", one.spot.kind)]
        first = sum(one.spot.name in one.first for one in of_kind) / len(of_kind)
        then = sum(one.spot.name in one.read_back for one in of_kind) / len(of_kind)
        rows.append([kind, str(len(of_kind)), f"{first:.2f}", str(sum(bool(one.asked) for one in of_kind)), f"{then:.2f}", "0.90" if kind == "all" else ""])
    table("Streets and communities right, callers with the demonstration voice, over SIP", ["what", "callers", "at first", "asked once", "read back right", "wanted"], rows)
    for one in found:
        if one.spot.name not in one.read_back or one.asked:
            print(f"    {one.spot.sentence} → {one.first} {one.asked} → {one.read_back}{'' if one.spot.name in one.read_back else ' ✗'}")


def _complaints(results: list[Result]) -> None:
    count = len(results)
    right = {item: sum(item not in r.wrong and "ticket" not in r.wrong for r in results) for item in ("problem", "place", "happened")}
    every = sum(not r.wrong for r in results)
    table("Whole complaints by phone: callers with the demonstration voice, over SIP", ["what", "measured", "wanted"], [
        [f"every slot right, {count} callers", f"{every / count:.2f}", "0.80"],
        *([f"{item} right", f"{number / count:.2f}", ""] for item, number in right.items()),
        ["no ticket", str(sum("ticket" in r.wrong for r in results)), ""],
        ["sentences of a caller, median; corrections at the reading back, all", f"{statistics.median(r.sentences for r in results):g}; {sum(r.corrections for r in results)}", ""],
    ])  # fmt: skip


async def _warm(stack: Lines, bot: str, sounds: list[bytes]) -> None:
    """The first call loads the models."""
    speaker = Speaker(await stack.dial(bot))
    await speaker.answered()
    await speaker.say(sounds[0])
    await speaker.answered()
    await speaker.hang_up()


async def _conversation(stack: Lines, bot: str, sounds: list[bytes]) -> list[float]:
    speaker = Speaker(await stack.dial(bot))
    await speaker.answered()
    waits = []
    for sound in sounds[:TURNS]:
        await speaker.say(sound)
        await speaker.answered()
        if speaker.first:
            waits.append(speaker.first - speaker.said_last)
    await speaker.hang_up()
    return waits


async def _barge_in(stack: Lines, bot: str, sound: bytes) -> float:
    """Interrupts the greeting."""
    speaker = Speaker(await stack.dial(bot))
    while not speaker.first:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.6)
    speaker.interrupt(sound)
    await asyncio.sleep(1.2)
    silent = speaker.last - speaker.said_first
    await speaker.hang_up()
    return max(0.0, silent)


# --- Media only


async def _echo(port: int) -> None:
    bot = await asyncio.create_subprocess_exec(sys.executable, "-m", "bench.voice", "--echo", str(port), cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert bot.stdout
        await bot.stdout.readline()  # it listens
        rows = []
        for calls in ECHO_CALLS:
            used, began = _ticks(bot.pid), time.monotonic()
            outcomes = await asyncio.to_thread(echoed_calls, "127.0.0.1", port, calls, ECHO_SECONDS, RAMP)
            cores = (_ticks(bot.pid) - used) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)
            up = [call for call in outcomes if call.answer]
            lost = 1 - sum(call.heard for call in up) / max(1, sum(call.sent for call in up))
            rows.append([str(calls), str(calls - len(up)), f"{lost:.1%}", f"{cores:.0%}"])
        table(f"Media only: calls that are echoed for {ECHO_SECONDS} s", ["calls at once", "failed", "sound lost", "cores of the bot"], rows)
    finally:
        bot.terminate()
        await bot.wait()


async def _echo_bot(port: int) -> None:
    async def echo(leg: SipLeg) -> None:
        while (heard := await leg.next()) is not None:
            leg.send(heard.pcm)

    stack = SipStack(SipSettings("127.0.0.1", port, "12345", calls_at_once=500), echo)
    await stack.start()
    print("ready", flush=True)
    await asyncio.Event().wait()


def _ticks(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(stat[11]) + int(stat[12])


def _spread(values: list[float]) -> tuple[float, float, float]:
    if len(values) < 2:
        return (values[0],) * 3 if values else (float("nan"),) * 3
    return statistics.median(values), statistics.quantiles(values, n=20, method="inclusive")[-1], max(values)


if __name__ == "__main__":
    main()
