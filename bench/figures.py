"""Figures: the rates against another computation, one million tickets, and early warning. `.venv/bin/python -m bench.figures [tickets]`.

The tickets are a year of one city, with conversations, histories and surveys, in SQLite and, where `JIESU_TEST_POSTGRES` names a server,
in PostgreSQL; each time in a database of its own that is dropped at the end. Pages are asked for as a browser does.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import Table, create_engine, insert, text
from sqlalchemy.engine import make_url

from bench.__main__ import machine
from bench.warning import measure
from hotline import access
from hotline.city import City
from hotline.figures import counting, reports, warning, windows
from hotline.figures.windows import Window
from hotline.files import LocalFiles
from hotline.rates import Counts, Weights, rates
from hotline.settings import ROOT
from hotline.simulation import OF_DAY
from hotline.store import Cipher, SqlStore, open_store
from hotline.store import tables as t
from hotline.wiring import new_id

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KEY = "amllc3UgdGVzdHMgb25seSwgbm90IGEgc2VjcmV0ISE="
PAGES = (
    "/rates?window=month", "/rates?window=last_month&kind=street", "/rates?window=range&from=2025-12-01&to=2026-11-18&kind=category",
    "/rates?window=range&from=2025-12-01&to=2026-11-18", "/rates/running?window=last_month", "/rates/running?window=range&from=2025-12-01&to=2026-11-18",
    "/rates/hot?window=last_month", "/rates/hot?window=last_month&category=04", "/rates/topics?window=last_month", "/rates/reports",
    "/rates/surveys", "/rates/samples",
    "/rates/tickets?what=unsolved&since=2026-10-19T00:00&until=2026-11-19T00:00&by=district&key=110105",
    "/rates/tickets?what=unsolved&since=2026-10-19T00:00&until=2026-11-19T00:00&by=unit&key=street-110105026",
    "/rates/tickets?what=handled&since=2026-10-19T00:00&until=2026-11-19T00:00&by=city&key=",
    "/rates/tickets?what=slow&since=2026-10-19T00:00&until=2026-11-19T00:00&by=city&key=",
    "/rates/tickets?what=slow&since=2026-10-19T00:00&until=2026-11-19T00:00&by=district&key=110105",
    "/rates/tickets?what=opened&since=2025-12-01T00:00&until=2026-11-19T00:00&by=category&key=040101",
)  # fmt: skip

CHUNK = 5000
FILLED = (t.conversations, t.tickets, t.personal_data, t.ticket_events, t.messages, t.surveys)
PERSON = {"name": None, "phone": None, "email": None, "callback": None, "place": "测量用", "location": None}


def random_tickets(count: int = 100_000, seed: int = 1) -> bool:
    """Counts and rates of random callbacks by unit, against exact fractions computed ticket by ticket."""
    chance = random.Random(seed)
    weights = Weights()
    by_unit: dict[int, Counts] = {}
    exact: dict[int, list[tuple[bool, bool, str]]] = {}
    for _ in range(count):
        unit, answered = chance.randrange(300), chance.random() < 0.7
        contacted, solved, grade = chance.random() < 0.9, chance.random() < 0.7, chance.choice(["satisfied", "basically", "dissatisfied"])
        one = Counts(1, answered, answered and contacted, answered and solved, answered and grade == "satisfied", answered and grade == "basically")
        by_unit[unit] = by_unit.get(unit, Counts()) + one
        if answered:
            exact.setdefault(unit, []).append((contacted, solved, grade))
    for unit, counts in by_unit.items():
        found, answers = rates(counts, weights), exact[unit]
        worth = {"satisfied": Fraction(1), "basically": Fraction(9, 10), "dissatisfied": Fraction(0)}
        score = sum((Fraction(c, 10) + Fraction(s, 2) + Fraction(4, 10) * worth[g] for c, s, g in answers), Fraction()) / len(answers)
        if found is None or abs(found.score - float(score)) > 1e-12:
            return False
    return True


def fill(store: SqlStore, city: City, count: int) -> None:
    """A year of tickets with their conversations, histories and surveys, written as rows: the core's own functions would take hours."""
    chance, cipher = random.Random(3), Cipher(KEY)
    said, person, empty = cipher.seal_json({"problem": "测量用", "happened": ""}), cipher.seal_json(PERSON), cipher.seal_json("")
    streets, categories = list(city.streets.values()), list(city.categories)
    common = [1 / (rank + 3) for rank in range(len(categories))]
    begun = NOW - timedelta(days=365)
    for first in range(0, count, CHUNK):
        rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in FILLED}
        numbers = range(first, min(first + CHUNK, count))
        for number, street, category in zip(numbers, chance.choices(streets, k=CHUNK), chance.choices(categories, common, k=CHUNK), strict=False):
            day = begun + timedelta(days=number * 365 // count)
            at = day + timedelta(hours=chance.choices(range(24), OF_DAY)[0], seconds=chance.randrange(3600))
            _ticket(rows, chance, number, at, street.district_code, street.code, category, said, empty)
            rows[t.personal_data].append({"ticket_id": rows[t.tickets][-1]["id"], "content_sealed": person})
        with store.engine.begin() as db:
            for table, made in rows.items():
                if made:
                    db.execute(insert(table), made)
    with store.engine.begin() as db:
        db.exec_driver_sql("analyze")


def _ticket(rows: dict[Table, list[dict[str, Any]]], chance: random.Random, number: int, at: datetime, district: str, street: str, category: str, said: str, empty: str) -> None:
    talk, id, done = UUID(int=chance.getrandbits(128)), UUID(int=chance.getrandbits(128)), at + timedelta(hours=chance.lognormvariate(3, 1))
    unit, handled = f"street-{street}", done < NOW
    rows[t.conversations].append({"id": talk, "channel": chance.choice(("phone", "wechat", "web")), "user": f"bench{number}", "status": "bot", "urgent": False,
                                  "opened_at": at, "seen_at": at, "last_position": 3})  # fmt: skip
    rows[t.tickets].append({
        "id": id, "number": f"B{number:09}", "request_key": f"bench{number}", "conversation_id": talk, "kind": "complaint", "said_sealed": said,
        "district_code": district, "street_code": street, "category": category, "status": "closed" if handled else "accepted", "suggested": [],
        "unit_id": unit, "cell": f"{7970 + chance.randrange(60)}_{23260 + chance.randrange(60)}", "assists": [], "opened_at": at,
        "due_at": at + timedelta(hours=40), "extended": False, "supervised": False, "returns": 0, "handled_at": done if handled else None,
        "closed_at": done if handled else None, "handlings": int(handled), "version": 1,
    })  # fmt: skip
    moments = {"open": at, "dispatch": at + timedelta(minutes=20), "accept": at + timedelta(hours=chance.lognormvariate(0, 1)), "handle": done}
    rows[t.ticket_events] += [
        {"id": UUID(int=chance.getrandbits(128)), "ticket_id": id, "kind": kind, "from_status": None, "to_status": "dispatched", "by": "bench", "note_sealed": empty, "at": when}
        for kind, when in moments.items() if when < NOW
    ]  # fmt: skip
    rows[t.messages] += [
        {"id": UUID(int=chance.getrandbits(128)), "conversation_id": talk, "position": place, "direction": way, "author": author, "via": "typed",
         "content_sealed": empty, "attachments": [], "chosen": {}, "created_at": at - timedelta(minutes=3 - place), "state": "done" if way == "in" else "sent", "attempts": 0}
        for place, way, author in ((1, "in", "citizen"), (2, "out", "bot"), (3, "in", "citizen"))
    ]  # fmt: skip
    if handled and chance.random() < 0.9:
        answered = chance.random() < 0.7 and done + timedelta(hours=5) < NOW
        solved = chance.choices(("yes", "partly", "no"), (75, 8, 17))[0] if answered else None
        rows[t.surveys].append({
            "id": UUID(int=chance.getrandbits(128)), "ticket_id": id, "handling": 1, "unit_id": unit, "channel": "web", "status": "completed" if answered else "unreachable",
            "asked_at": done, "contacted": chance.random() < 0.9 if answered else None, "solved": solved, "very": False, "attitude": None, "comment_sealed": empty,
            "satisfaction": chance.choices(("satisfied", "basically", "dissatisfied"), (70, 15, 15))[0] if answered else None,
            "completed_at": done + timedelta(hours=5), "attempts": 1, "next_at": None,
        })  # fmt: skip


def pages(store: SqlStore, city: City, times: int = 5) -> dict[str, float]:
    """Seconds of each page, the 95th percentile of `times` visits, in this process."""
    from staff.server import build

    with store.transaction() as tx:
        tx.staff.add(access.StaffMember("measurer", "administrator", "", NOW))
        tx.staff.add_session(access.StaffSession(access.token_hash("token"), "measurer", NOW + timedelta(hours=12)))
    folder = Path(tempfile.mkdtemp())

    def none_needed() -> Any:
        raise AssertionError("pages of figures need no models")

    app = build(store, city, LocalFiles(folder, Cipher(KEY)), secret="bench", data=folder, survey_delay_minutes=0, secure=False, clock=lambda: NOW, new_id=new_id,
                open_knowledge=none_needed, open_categories=none_needed)  # fmt: skip

    async def visit() -> dict[str, float]:
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://b", timeout=60) as web:
            web.cookies.set("jiesu_staff", "token")
            await web.get("/rates")
            found = {}
            for page in PAGES:
                taken = []
                for _ in range(times):
                    begun = time.perf_counter()
                    answer = await web.get(page)
                    taken.append(time.perf_counter() - begun)
                    assert answer.status_code == 200, page
                found[page] = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
            return found

    return asyncio.run(visit())


@contextmanager
def database(server: str) -> Iterator[SqlStore]:
    """An empty database: in a temporary folder, or on the server at this URL."""
    if not server:
        with tempfile.TemporaryDirectory(prefix="jiesu-bench-") as folder:
            store = open_store(f"sqlite:///{folder}/jiesu.db", Cipher(KEY), migrate=True)
            yield store
            store.close()
        return
    url, name = make_url(server), f"jiesu_bench_{uuid4().hex[:8]}"
    admin = create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with admin.connect() as db:
        db.execute(text(f"create database {name}"))
    store = open_store(url.set(database=name).render_as_string(hide_password=False), Cipher(KEY), migrate=True)
    try:
        yield store
    finally:
        store.close()
        with admin.connect() as db:
            db.execute(text(f"drop database {name} with (force)"))


def large(server: str, city: City, count: int) -> None:
    """The nightly job, the reports and the pages at `count` tickets, in a database of their own: see `database`."""
    with database(server) as store:
        _large(store, city, count)


def _large(store: SqlStore, city: City, count: int) -> None:

    def timed(what: str, work: Any) -> Any:
        begun = time.perf_counter()
        made = work()
        print(f"| {what} | {time.perf_counter() - begun:.1f} s |", flush=True)
        return made

    timed("(making the tickets)", lambda: fill(store, city, count))
    timed("the nightly job: 45 days counted anew", lambda: counting.recount(store, city, Window(NOW - counting.NIGHTLY, NOW), now=NOW))
    timed("the rest of the year, once", lambda: counting.recount(store, city, Window(NOW - timedelta(days=365), NOW - counting.NIGHTLY), now=NOW))
    timed("counting what changed in 15 minutes", lambda: _refresh(store, city))
    for kind, window in (("day", windows.day), ("month", windows.month)):
        last = windows.before(city, window(city, NOW), kind)
        with store.reading() as tx:
            timed(f"making a {kind}'s report", lambda: reports.build(tx, city, kind, last, now=NOW))  # noqa: B023
    with store.transaction() as tx:
        timed("looking for rises, once", lambda: warning.watch(tx, city, now=NOW, new_id=new_id))
    for page, seconds in pages(store, city).items():
        print(f"| {page} | {seconds:.2f} s |", flush=True)


def _refresh(store: SqlStore, city: City) -> None:
    with store.transaction() as tx:
        tx.figures.claim(now=NOW, until=NOW)
        tx.figures.set_seen(NOW)
    counting.refresh(store, city, now=NOW)


def main(count: int) -> None:
    city = City.load(ROOT / "city")
    print(f"# {machine()}\n\nRates against exact fractions, 100,000 random tickets: {'equal' if random_tickets() else 'DIFFERENT'}", flush=True)
    for name, server in (("SQLite", ""), ("PostgreSQL", os.environ.get("JIESU_TEST_POSTGRES", ""))):
        if name == "PostgreSQL" and not server:
            print("\nPostgreSQL: not measured, JIESU_TEST_POSTGRES names no server.")
            continue
        print(f"\n## {count:,} tickets, {name}\n\n| what | figure |\n|---|---|", flush=True)
        # In a process of its own: NiceGUI's application is one to a process, and has begun to serve when its first pages were asked for.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
            alone.submit(large, server, city, count).result()
    print("\n| early warning, one month | found, false alarms |\n|---|---|")
    for calm in (False, True):
        print(f"| {'nothing planted' if calm else 'one rise planted a day'} | {measure(1, quiet=calm)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
