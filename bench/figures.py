"""Figures: the rates against another computation, one million tickets, and early warning. `.venv/bin/python -m bench.figures [tickets]`.

The million is made inside PostgreSQL (`JIESU_TEST_POSTGRES`, or the local server's database `test`), in a database of its own that is
dropped at the end: a year with the shape of a day and of a week, two surveys for three tickets. Pages are asked for as a browser does.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from bench.warning import measure
from hotline import access
from hotline.city import City
from hotline.figures import counting, windows
from hotline.figures.measures import Measures
from hotline.figures.windows import Window
from hotline.files import LocalFiles
from hotline.rates import Counts, Weights, rates
from hotline.settings import ROOT
from hotline.store import Cipher, SqlStore, open_store
from hotline.wiring import new_id

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
KEY = "amllc3UgdGVzdHMgb25seSwgbm90IGEgc2VjcmV0ISE="
PAGES = (
    "/rates?window=month", "/rates?window=last_month&kind=street", "/rates?window=range&from=2025-12-01&to=2026-11-18&kind=category",
    "/rates?window=range&from=2025-12-01&to=2026-11-18", "/rates/running?window=last_month", "/rates/running?window=range&from=2025-12-01&to=2026-11-18",
    "/rates/hot?window=last_month", "/rates/hot?window=last_month&category=04", "/rates/topics?window=last_month", "/rates/reports",
    "/rates/tickets?what=unsolved&since=2026-10-19T00:00&until=2026-11-19T00:00&by=district&key=110105",
    "/rates/tickets?what=opened&since=2025-12-01T00:00&until=2026-11-19T00:00&by=category&key=040101",
)  # fmt: skip

FILL = """
create temp table s as select row_number() over () - 1 as n, code, district from unnest(cast(:streets as text[]), cast(:districts as text[])) as x(code, district);
create temp table c as select row_number() over () - 1 as n, code from unnest(cast(:categories as text[])) as x(code);
create temp table g as select i, md5('c' || i)::uuid as conversation, md5('t' || i)::uuid as id,
  timestamptz '2025-11-20 02:00Z' + (i * interval '365 days' / :count) as at,
  (hashint4(i) & 2147483647) % (select count(*) from s) as street,
  (floor(power((hashint4(i + 7) & 1048575) / 1048576.0, 2) * (select count(*) from c)))::int as category,
  ((hashint4(i + 3) & 1048575) % 1000) / 1000.0 as luck from generate_series(1, :count) as i;
insert into conversations (id, channel, "user", status, opened_at, seen_at, last_position)
  select conversation, (array['phone','wechat','web','telegram'])[1 + i % 4], 'bench' || i, 'bot', at, at, 0 from g;
insert into tickets ({columns}) select {values} from g join s on s.n = g.street join c on c.n = g.category;
insert into ticket_events (id, ticket_id, kind, from_status, to_status, "by", note_sealed, at)
  select md5(k || i)::uuid, id, k, null, 'dispatched', 'bench', '', at + d from g,
  (values ('open', interval '0'), ('dispatch', interval '20 min'), ('accept', interval '1 h'), ('handle', interval '30 h')) as e(k, d);
insert into surveys ({survey_columns}) select {survey_values} from g join tickets t on t.id = g.id where luck < 0.67;
analyze;
"""


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
    """A year of tickets, made by the database."""
    streets = list(city.streets.values())
    given: dict[str, str] = {
        "id": "id", "number": "'B' || i", "request_key": "'bench' || i", "conversation_id": "conversation", "kind": "'complaint'", "said_sealed": ":sealed",
        "district_code": "s.district", "street_code": "s.code", "category": "c.code", "status": "case when at < now_ - interval '30 h' then 'closed' else 'accepted' end",
        "unit_id": "'street-' || s.code", "opened_at": "at", "due_at": "at + interval '40 h'", "handled_at": "case when at < now_ - interval '30 h' then at + interval '30 h' end",
        "handlings": "1", "version": "1",
    }  # fmt: skip
    asked = {
        "id": "md5('s' || g.i)::uuid", "ticket_id": "g.id", "handling": "1", "unit_id": "t.unit_id", "channel": "'web'",
        "status": "case when luck < 0.5 then 'completed' else 'unreachable' end", "asked_at": "g.at + interval '31 h'", "contacted": "luck < 0.45",
        "solved": "case when luck < 0.35 then 'yes' else 'no' end", "satisfaction": "(array['satisfied','basically','dissatisfied'])[1 + g.i % 3]",
        "comment_sealed": ":sealed", "completed_at": "g.at + interval '32 h'",
    }  # fmt: skip
    with store.engine.begin() as db:
        cipher = Cipher(KEY)
        values = {
            "streets": [s.code for s in streets], "districts": [s.district_code for s in streets], "categories": list(city.categories), "count": count,
            "sealed": cipher.seal_json({"problem": "测量用", "happened": ""}),
        }  # fmt: skip
        needed = "select column_name, data_type from information_schema.columns where table_name = :t and is_nullable = 'NO'"
        for table, known in (("tickets", given), ("surveys", asked)):
            for name, kind in db.execute(text(needed), {"t": table}):
                known.setdefault(name, {"boolean": "false", "json": "'[]'", "integer": "0"}.get(kind, "''"))
        sql = FILL.format(
            columns=", ".join(given), values=", ".join(given.values()).replace("now_", "timestamptz '2026-11-20 02:00Z'"),
            survey_columns=", ".join(asked), survey_values=", ".join(asked.values()),
        )  # fmt: skip
        for statement in sql.split(";"):
            if statement.strip():
                used = {name: value for name, value in values.items() if f":{name}" in statement}
                db.execute(text(statement), used)
        place = cipher.seal_json({"name": None, "phone": None, "place": "测量用", "location": None})
        db.execute(text("insert into personal_data (ticket_id, content_sealed) select id, :place from tickets"), {"place": place})


def pages(store: SqlStore, city: City, times: int = 5) -> dict[str, float]:
    """Seconds of each page, the 95th percentile of `times` visits, in this process."""
    from staff.server import build

    with store.transaction() as tx:
        tx.staff.add(access.StaffMember("measurer", "administrator", "", NOW))
        tx.staff.add_session(access.StaffSession(access.token_hash("token"), "measurer", NOW + timedelta(hours=12)))
    folder = Path(tempfile.mkdtemp())
    app = build(store, city, LocalFiles(folder, Cipher(KEY)), secret="bench", data=folder, survey_delay_minutes=0, secure=False, clock=lambda: NOW, new_id=new_id)

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


def main(count: int) -> None:
    print("| what | figure |\n|---|---|")
    print(f"| rates against exact fractions, 100,000 random tickets | {'equal' if random_tickets() else 'DIFFERENT'} |", flush=True)
    server = make_url(os.environ.get("JIESU_TEST_POSTGRES") or "postgresql://root@127.0.0.1:5432/test")
    engine = create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    name = f"jiesu_bench_{uuid4().hex[:8]}"
    with engine.connect() as db:
        db.execute(text(f"create database {name}"))
    city = City.load(ROOT / "city")
    store = open_store(server.set(database=name).render_as_string(hide_password=False), Cipher(KEY), migrate=True)
    try:
        fill(store, city, count)
        begun = time.perf_counter()
        counting.recount(store, city, Window(NOW - counting.NIGHTLY, NOW), now=NOW)
        print(f"| the nightly job (45 days counted anew), {count:,} tickets on PostgreSQL | {time.perf_counter() - begun:.0f} s |", flush=True)
        begun = time.perf_counter()
        slots = counting.recount(store, city, Window(NOW - timedelta(days=365), NOW - counting.NIGHTLY), now=NOW)
        print(f"| the rest of the year ({slots} slots), once | {time.perf_counter() - begun:.0f} s |", flush=True)
        with store.reading() as tx:
            total = sum(tx.figures.totals("city", windows.between(city, NOW.date() - timedelta(days=364), NOW.date())).values(), Measures())
        print(f"| tickets in the prepared counts | {total.opened:,} |")
        for page, seconds in pages(store, city).items():
            print(f"| {page} | {seconds:.2f} s |", flush=True)
    finally:
        store.close()
        with engine.connect() as db:
            db.execute(text(f"drop database {name} with (force)"))
    for calm in (False, True):
        print(f"| early warning, {'nothing planted' if calm else 'one rise planted a day'} | {measure(1, quiet=calm)} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
