"""Commands to try the running system: in the terminal, by phone, with whole journeys, with months made up."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import httpx
import typer

from hotline.commands.base import fail, wiring_of_settings
from hotline.settings import ROOT
from hotline.store.database import upgrade
from hotline.wiring import Wiring, clock, new_id

BETWEEN_DAYS = 0.15
"""Seconds between two simulated days in which a running system gets to write: without, SQLite let it wait until calls and turns failed."""


def talk(url: Annotated[str, typer.Option(help="Another gateway than the one of the settings.")] = "") -> None:
    """Talk to the bot in the terminal."""
    from hotline.terminal import converse

    asyncio.run(converse(url or wiring_of_settings().settings.gateway_url))


def phone(
    files: Annotated[list[Path], typer.Argument(help="WAV files, said one after the other; each waits for the answer to the one before.")],
    number: Annotated[str, typer.Option(help="The caller's number, as the exchange would tell it.")] = "",
) -> None:
    """Call the running system with sound files as the caller, and print what was heard, what was said and how fast."""
    from hotline.phone_demo import call_with

    if not asyncio.run(call_with(wiring_of_settings(), files, number, print)):
        raise typer.Exit(1)


def call(number: str, survey: Annotated[str, typer.Option(help="Number of the ticket whose survey is asked.")]) -> None:
    """Ring a citizen for a ticket's survey now, as its next attempt, and say how the call ended. Due surveys are rung without being told to."""
    wiring = wiring_of_settings()
    with wiring.store.reading() as tx:
        ticket = tx.tickets.by_number(survey)
        asked = tx.surveys.of_ticket(ticket.id) if ticket else []
    if not ticket or not asked:
        fail(f"There is no survey of a ticket {survey}: it begins when the ticket has been handled.")
    if not wiring.settings.dial:
        fail("Say how numbers are dialled in JIESU_DIAL, such as sip:{number}@gateway.example.")
    newest = max(asked, key=lambda one: one.handling)
    body = {"number": number, "survey": str(newest.id)}
    try:
        answer = httpx.post(f"{wiring.settings.voice_url}/call", json=body, timeout=1900, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        refused = error.response.status_code == 409
        fail(error.response.json()["detail"] if refused else "The number must be digits, with a + before the country.")
    except httpx.HTTPError:
        fail("The voice process does not answer. `./jiesu status` tells what is missing.")
    print(answer.json()["outcome"])


def demo(
    journeys: Annotated[list[str] | None, typer.Argument(help="Names of journeys (none: all), or `month`.")] = None,
    months: Annotated[int, typer.Option(min=1, max=24, help="month: how many to simulate, the last one until now.")] = 6,
    tickets: Annotated[int, typer.Option(min=1, help="month: tickets a month.")] = 900,
    seed: Annotated[int, typer.Option(help="month: another seed, another city life.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="month: take away what was simulated.")] = False,
) -> None:
    """Play the journeys of tests/journeys/ against the running system and print them; or, with `month`, simulate months of a city for the figures."""
    from hotline.journeys import play_all

    wiring = wiring_of_settings()
    if journeys == ["month"]:
        _simulate(wiring, months, tickets, seed, remove=remove)
    elif not asyncio.run(play_all(ROOT / "tests" / "journeys", wiring, journeys or [], print)):
        raise typer.Exit(1)


def _simulate(wiring: Wiring, months: int, tickets: int, seed: int, *, remove: bool) -> None:
    from hotline import simulation

    upgrade(wiring.store.engine)
    now = clock()
    if remove:
        print(f"{simulation.remove(wiring.store)} simulated tickets are taken away.")
        return
    life = simulation.Simulation(wiring.store, wiring.city, seed, now - timedelta(days=30.4 * months), now, tickets / 30.4, new_id)

    def told(day: datetime) -> None:
        print(f"\r  {day:%Y-%m-%d}", end="", flush=True)
        time.sleep(BETWEEN_DAYS)

    try:
        made = life.run(told)
    except ValueError as error:
        fail(f"{error} `./jiesu demo month --remove` does.")
    print(f"\r{made} tickets of {months} months are simulated, each marked 模拟. See the staff pages, 数据. `./jiesu demo month --remove` takes them away.")
