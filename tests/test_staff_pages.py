"""The staff pages: who gets in, who may see and do what, and that nothing personal shows by accident. No browser is needed."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import httpx
import nicegui
import pytest
from fakes import VISITOR, Clock, FakeFiles, draft, write
from fastapi import FastAPI
from nicegui import ui
from nicegui.testing import User
from staffed import PASSWORD, Current, member, signed_in, visit

from hotline import access, attempts, conversations, merging, surveys, tickets
from hotline.access import Role
from hotline.catalogue import Rule, publish
from hotline.city import City
from hotline.figures import counting, windows
from hotline.figures.links import behind
from hotline.figures.places import Cluster
from hotline.messages import Address, Attachment
from hotline.ports import Transaction
from hotline.simulation import Simulation
from hotline.tickets import Ticket
from staff import frame, overdue, words
from staff.doors import Doors
from staff.guard import COOKIE, NotAllowed, SignedOut, safe_path
from staff.office import Office
from staff.tries import PER_ADDRESS, PER_NAME, Tries

pytestmark = pytest.mark.anyio
pytest_plugins = ["staff_fixtures"]
ROOT = Path(__file__).resolve().parent.parent
PHONE = "13812345678"
PAGES: dict[str, str | None] = {
    "/": None, "/tickets": "tickets", "/conversations": "conversations", "/knowledge": "knowledge", "/knowledge/gaps": "knowledge",
    "/rates": "rates", "/rates/running": "rates", "/rates/hot": "rates", "/rates/topics": "rates", "/rates/reports": "rates",
    "/rates/surveys": "rates", "/rates/samples": "rates", "/staff": "staff", "/catalogue": "tickets",
}  # fmt: skip
ROLES: tuple[Role, ...] = ("administrator", "operator", "editor", "reviewer", "analyst")


@pytest.fixture
def door(office: Office) -> httpx.AsyncClient:
    """The doors alone, with a limit on wrong passwords and a setup token of their own."""
    app = FastAPI()
    app.include_router(Doors(office).router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def ticket(current: Current, **changes: Any) -> Ticket:
    """A ticket in a conversation, with one photo."""
    now, new_id = current.clock(), current.new_id
    with current.transaction() as tx:
        conversation = tx.conversations.at(VISITOR) or tx.conversations.open(VISITOR, now=now, new_id=new_id)
        photo(current, tx, conversation.id)
        hung_up = changes.pop("incomplete", False)
        wanted = draft(conversation.id, **{"request_key": str(new_id()), "problem": f"路灯不亮，打我电话{PHONE}", **changes})
        return tickets.open_ticket(tx, wanted, day="251121", now=now, new_id=new_id, incomplete=hung_up)


def photo(current: Current, tx: Transaction, conversation_id: UUID, media_type: str = "image/jpeg") -> None:
    kept = Attachment(current.new_id(), media_type, 5, "0" * 64, "photo.jpg")
    current.files.put(kept.id, b"bytes")
    tx.attachments.add(kept, conversation_id, now=current.clock())
    tx.attachments.unsent(conversation_id, kept.id)


def dispatched(current: Current, opened: Ticket, unit_id: str = "district-110105") -> Ticket:
    now = current.clock()
    with current.transaction() as tx:
        return tickets.dispatch(
            tx, opened, unit_id=unit_id, category=opened.category, due_at=now + timedelta(hours=24), by="某operator", note="", now=now, new_id=current.new_id
        )


def stored(current: Current, wanted: Ticket) -> Ticket:
    with current.transaction() as tx:
        return tx.tickets.get(wanted.id)


async def csrf(web: httpx.AsyncClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf" value="(\w+)"', (await web.get(path)).text)
    assert found
    return found[1]


async def sign_in(web: httpx.AsyncClient, name: str, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return await web.post("/login", data={"csrf": await csrf(web), "name": name, "password": password, **fields})


# --- signing in


async def test_whoever_is_not_signed_in_is_sent_to_the_door_which_leads_back(web: httpx.AsyncClient) -> None:
    for path in PAGES:
        assert (await web.get(path)).headers["location"] == ("/login" if path == "/" else "/login?next=" + path.replace("/", "%2F"))
    assert (await web.get("/tickets?status=received&page=2")).headers["location"] == "/login?next=%2Ftickets%3Fstatus%3Dreceived%26page%3D2"
    web.cookies.set(COOKIE, "an invented token")
    assert (await web.get("/tickets/25112100001")).status_code == 303


async def test_the_right_password_opens_the_door_and_leads_to_what_was_wanted(door: httpx.AsyncClient, current: Current) -> None:
    member(current)
    answer = await sign_in(door, " 某operator ", next="/tickets?status=received")
    assert (answer.status_code, answer.headers["location"]) == (303, "/tickets?status=received")
    cookie = answer.headers["set-cookie"].lower()
    assert set(cookie.split("; ")[1:]) == {"httponly", "samesite=strict", "path=/", f"max-age={12 * 3600}"}
    with current.transaction() as tx:
        found = access.member_of(tx, door.cookies[COOKIE], now=current.clock())
    assert found is not None
    assert found.name == "某operator"


async def test_behind_https_the_cookie_travels_on_https_only(office: Office, current: Current) -> None:
    member(current)
    app = FastAPI()
    app.include_router(Doors(replace(office, secure=True)).router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://test") as web:
        assert "; secure" in (await sign_in(web, "某operator")).headers["set-cookie"].lower()


@pytest.mark.parametrize(("name", "password"), [("某operator", "wrong password"), ("nobody", PASSWORD), ("", "")])
async def test_a_wrong_name_or_password_is_refused_without_telling_which(door: httpx.AsyncClient, current: Current, name: str, password: str) -> None:
    member(current)
    answer = await sign_in(door, name, password)
    assert answer.status_code == 401
    assert "姓名或密码不对" in answer.text
    assert COOKIE not in door.cookies


async def test_a_form_that_we_did_not_make_signs_nobody_in(door: httpx.AsyncClient, current: Current) -> None:
    member(current)
    form = {"name": "某operator", "password": PASSWORD}
    assert (await door.post("/login", data=form)).status_code == 403
    token = await csrf(door)
    door.cookies.clear()  # a form of another browser
    assert (await door.post("/login", data={**form, "csrf": token})).status_code == 403
    await csrf(door)
    assert (await door.post("/login", data={**form, "csrf": "0" * 64})).status_code == 403
    assert COOKIE not in door.cookies


async def test_after_five_wrong_passwords_in_a_minute_even_the_right_one_has_to_wait(door: httpx.AsyncClient, current: Current) -> None:
    member(current)
    for _ in range(PER_NAME):
        assert (await sign_in(door, "某operator", "wrong password")).status_code == 401
    refused = await sign_in(door, "某operator")
    assert refused.status_code == 429
    assert "请一分钟后再试" in refused.text
    current.clock.forward(seconds=61)
    assert (await sign_in(door, "某operator")).status_code == 303


def test_wrong_passwords_are_counted_by_address_too_and_right_ones_not_at_all() -> None:
    clock = Clock()
    tries = Tries(clock)
    for _ in range(50):
        assert tries.begin("某人", "10.0.0.1")
        tries.was_right("某人", "10.0.0.1")
    assert all(tries.begin(f"guess {n}", "10.0.0.1") for n in range(PER_ADDRESS))
    assert not tries.begin("one more", "10.0.0.1")
    assert tries.begin("one more", "10.0.0.2")
    clock.forward(seconds=60)
    assert tries.begin("one more", "10.0.0.1")


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "javascript:alert(1)", "tickets", "", "/login", "/logout"]
)
async def test_nobody_is_sent_to_another_site_after_signing_in(door: httpx.AsyncClient, current: Current, wanted: str) -> None:
    member(current)
    assert (await sign_in(door, "某operator", next=wanted)).headers["location"] == "/"
    assert safe_path(wanted) == "/"


def test_our_own_paths_are_kept_with_what_they_ask_for() -> None:
    assert safe_path("/tickets?status=received&unit=朝阳区") == "/tickets?status=received&unit=朝阳区"


async def test_signing_out_ends_the_session_and_needs_our_own_form(web: httpx.AsyncClient, current: Current) -> None:
    token = member(current)
    signed_in(web, token)
    assert (await web.get("/logout")).status_code == 404  # a link or a picture on another site must not do it
    assert (await web.post("/logout")).status_code == 403
    assert (await web.get("/tickets")).status_code == 200
    found = re.search(r'"name":"csrf","value":"(\w+)"', (await web.get("/tickets")).text)
    assert found
    assert (await web.post("/logout", data={"csrf": found[1]})).headers["location"] == "/login"
    web.cookies.set(COOKIE, token)  # even if someone kept it
    assert (await web.get("/tickets")).status_code == 303


async def test_who_is_signed_in_already_need_not_do_it_again(door: httpx.AsyncClient, current: Current) -> None:
    signed_in(door, member(current))
    assert (await door.get("/login?next=/rates")).headers["location"] == "/rates"


async def test_a_session_ends_by_itself(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current))
    current.clock.forward(access.SESSION)
    assert (await web.get("/")).status_code == 303


# --- the first administrator


@pytest.fixture
def setup_token(office: Office) -> str:
    (office.data / "setup.token").write_text("the token\n")
    return "the token"


async def test_with_the_token_the_first_administrator_is_made_once(door: httpx.AsyncClient, office: Office, current: Current, setup_token: str) -> None:
    token = await csrf(door, f"/setup?token={setup_token}")
    form = {"csrf": token, "token": setup_token, "name": "王主任", "password": PASSWORD, "again": PASSWORD}
    answer = await door.post("/setup", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    with current.transaction() as tx:
        assert [(m.name, m.role) for m in tx.staff.all()] == [("王主任", "administrator")]
        assert access.member_of(tx, door.cookies[COOKIE], now=current.clock())
    assert not (office.data / "setup.token").exists()
    (office.data / "setup.token").write_text(setup_token)  # someone who got the token later has nothing of it
    assert (await door.post("/setup", data={**form, "name": "另一个"})).status_code == 404
    assert (await door.get(f"/setup?token={setup_token}")).status_code == 404


async def test_without_the_right_token_there_is_no_setup_page(door: httpx.AsyncClient, office: Office, setup_token: str) -> None:
    for path in ("/setup", "/setup?token=", "/setup?token=wrong"):
        answer = await door.get(path)
        assert answer.status_code == 404
        assert "没有这个页面" in answer.text
    (office.data / "setup.token").write_text("")
    assert (await door.get("/setup?token=")).status_code == 404
    (office.data / "setup.token").unlink()
    assert (await door.get(f"/setup?token={setup_token}")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status"), [({"again": "something else"}, 400), ({"password": "short", "again": "short"}, 400), ({"name": "王"}, 400), ({"csrf": "0"}, 403), ({"token": "x"}, 404)]
)
async def test_a_setup_form_that_is_not_right_creates_nobody(
    door: httpx.AsyncClient, office: Office, current: Current, setup_token: str, changes: dict[str, str], status: int
) -> None:
    token = await csrf(door, f"/setup?token={setup_token}")
    form = {"csrf": token, "token": setup_token, "name": "王主任", "password": PASSWORD, "again": PASSWORD, **changes}
    assert (await door.post("/setup", data=form)).status_code == status
    with current.transaction() as tx:
        assert tx.staff.all() == []
    assert (office.data / "setup.token").exists()


# --- who may open what


@pytest.mark.parametrize("role", ROLES)
async def test_every_page_opens_for_the_roles_that_may_and_refuses_the_others_kindly(web: httpx.AsyncClient, current: Current, role: Role) -> None:
    opened = ticket(current)
    signed_in(web, member(current, role))
    pages = {**PAGES, f"/tickets/{opened.number}": "tickets", f"/conversations/{opened.conversation_id}": "conversations"}
    for path, right in pages.items():
        answer = await web.get(path)
        if right is None or right in access.MAY[role]:
            assert answer.status_code == 200, path
        else:
            assert answer.status_code == 403, path
            assert "没有使用这项功能的权限" in answer.text


async def test_every_page_opens_while_somebody_writes(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current, "administrator"))
    with current.transaction() as tx:
        tx.next_number("held")  # an import, say: whoever writes holds the database until it is done
        for path in PAGES:
            assert (await web.get(path)).status_code == 200, path


async def test_the_first_page_shows_a_role_only_what_it_may_see(web: httpx.AsyncClient, current: Current) -> None:
    ticket(current)
    shown = {role: (await signed_in(web, member(current, role)).get("/")).text for role in ROLES}
    parts = {"待派单", "等候人工", "今日三率", "今天的咨询", "交给我补的缺口", '"href":"/staff"'}
    seen = {role: {part for part in parts if part in shown[role]} for role in ROLES}
    assert seen["administrator"] == parts
    assert seen["operator"] == parts - {'"href":"/staff"', "交给我补的缺口"}
    assert seen["analyst"] == {"今日三率", "今天的咨询"}
    assert seen["editor"] == {"今天的咨询", "交给我补的缺口"}


async def test_an_action_asks_again_for_the_session_and_the_right(office: Office, current: Current) -> None:
    here = visit(office, member(current, "analyst"))
    assert await here.do("rates", lambda tx, me: me.name) == "某analyst"
    with pytest.raises(NotAllowed):
        await here.do("reveal", lambda tx, me: pytest.fail("was done"))
    with current.transaction() as tx:
        tx.staff.end_sessions_of("某analyst")
    with pytest.raises(SignedOut):
        await here.do("rates", lambda tx, me: pytest.fail("was done"))


async def test_every_answer_carries_the_security_headers(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current))
    for path in ("/", "/login", "/tickets", "/nowhere", "/healthz", "/static/staff.css"):
        headers = (await web.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"], path
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), path


async def test_health_is_told_without_signing_in(web: httpx.AsyncClient) -> None:
    assert (await web.get("/healthz")).status_code == 200


async def test_what_does_not_exist_is_said_in_a_sentence(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current))
    for path in ("/tickets/1", "/conversations/nonsense", f"/conversations/{UUID(int=1)}", "/knowledge/articles/nothing", "/nowhere"):
        answer = await web.get(path)
        assert answer.status_code == 404, path
        assert "没有" in answer.text
    assert "没有编号为“1”的工单" in (await web.get("/tickets?number=1")).text


# --- what shows


async def test_lists_and_pages_mask_phones_doors_and_names_until_they_are_revealed(web: httpx.AsyncClient, current: Current) -> None:
    opened = ticket(current)
    signed_in(web, member(current))
    for path in ("/", "/tickets", f"/tickets/{opened.number}"):
        shown = (await web.get(path)).text
        assert [secret for secret in (PHONE, "王小明", "3号楼", "39.99") if secret in shown] == [], path
    assert "138****5678" in shown


async def test_what_a_citizen_writes_is_text_and_never_a_part_of_the_page(web: httpx.AsyncClient, current: Current) -> None:
    nasty = "<img src=x onerror=alert(1)></script>{{ 7*7 }}"
    opened = ticket(current, problem=nasty, happened=nasty)
    with current.transaction() as tx:
        write(tx, nasty, now=current.clock(), new_id=current.new_id, sender=VISITOR)
        conversations.change_status(tx, opened.conversation_id, "waiting", now=current.clock())
    signed_in(web, member(current))
    for path in ("/tickets", f"/tickets/{opened.number}", f"/conversations/{opened.conversation_id}"):
        shown = (await web.get(path)).text
        assert "onerror=alert(1)" in shown
        assert "<img src=x" not in shown, path
        assert "</script>{{" not in shown, path


async def test_a_ticket_is_found_by_its_number(web: httpx.AsyncClient, current: Current) -> None:
    opened = ticket(current)
    answer = await signed_in(web, member(current)).get(f"/tickets?number={opened.number}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/tickets/{opened.number}")


async def test_the_list_shows_fifty_of_a_status_or_a_unit_and_leads_on(web: httpx.AsyncClient, current: Current) -> None:
    for _ in range(51):
        last = ticket(current)
        current.clock.forward(seconds=1)
    dispatched(current, last)
    signed_in(web, member(current))
    shown = (await web.get("/tickets")).text
    assert shown.count('"href":"/tickets/2511210') == 50
    assert "/tickets?page=2" in shown
    assert (await web.get("/tickets?page=2")).text.count('"href":"/tickets/2511210') == 1
    assert (await web.get("/tickets?status=received")).text.count('"href":"/tickets/2511210') == 50
    of_unit = (await web.get("/tickets?unit=朝阳区人民政府")).text
    assert of_unit.count('"href":"/tickets/2511210') == 1
    assert last.number in of_unit
    assert "没有叫“火星”的单位" in (await web.get("/tickets?unit=火星")).text
    assert (await web.get("/tickets?page=-1&status=nonsense")).status_code == 200


async def test_the_list_shows_one_category_of_the_second_level_in_whatever_state_and_leads_on_within_it(web: httpx.AsyncClient, current: Current) -> None:
    rubbish, station, noise = (ticket(current, category=code) for code in ("010101", "010102", "020101"))
    for _ in range(50):
        ticket(current, category="010101")
    dispatched(current, rubbish)
    signed_in(web, member(current))

    async def listed(address: str) -> list[bool]:
        shown = (await web.get(address)).text
        return [each.number in shown for each in (rubbish, station, noise)]

    assert await listed("/tickets?category=0101&page=2") == [True, True, False]
    assert await listed("/tickets?category=0101&status=dispatched") == [True, False, False]
    assert await listed("/tickets?category=0101&status=soon") == [True, False, False]
    assert await listed("/tickets?category=0201&status=soon") == [False, False, False]
    assert await listed("/tickets?category=0101&unit=朝阳区人民政府") == [True, False, False]
    assert await listed("/tickets?category=0201") == [False, False, True]
    assert "/tickets?category=0101&page=2" in html.unescape((await web.get("/tickets?category=0101")).text).replace("\\u0026", "&")
    assert "没有代码是“9x”的二级分类" in (await web.get("/tickets?category=9x")).text


async def test_choosing_a_category_or_a_unit_shows_its_tickets_at_once_and_clearing_it_shows_all(seat: User, current: Current) -> None:
    from staff.parts import Pick

    went: list[str] = []
    await open_page(seat, member(current), "/tickets?status=received")
    ui.navigate.to = went.append  # type: ignore[method-assign,assignment]
    picks = {pick.props["label"]: pick for pick in seat.find(kind=Pick).elements}
    assert picks["分类"].options["0101"] == "市容环卫 / 生活垃圾"
    picks["分类"].set_value("0101")
    picks["承办单位"].set_value("朝阳区人民政府")
    assert went == ["/tickets?status=received&category=0101", "/tickets?status=received&unit=%E6%9C%9D%E9%98%B3%E5%8C%BA%E4%BA%BA%E6%B0%91%E6%94%BF%E5%BA%9C"]
    await open_page(seat, seat.http_client.cookies[COOKIE], "/tickets?status=received&category=0101")
    ui.navigate.to = went.append  # type: ignore[method-assign,assignment]
    [pick] = [pick for pick in seat.find(kind=Pick).elements if pick.props["label"] == "分类"]
    pick.set_value(None)
    assert went[-1] == "/tickets?status=received"


async def test_lists_show_how_many_people_wait_for_a_ticket_since_others_were_merged_into_it(web: httpx.AsyncClient, office: Office, current: Current) -> None:
    main = dispatched(current, ticket(current))
    with current.transaction() as tx:
        for number in range(2):
            neighbour = tx.conversations.open(Address("web", f"n{number}"), now=current.clock(), new_id=current.new_id)
            wanted = draft(neighbour.id, request_key=f"again {number}")
            again = tickets.open_ticket(tx, wanted, day="251121", now=current.clock(), new_id=current.new_id)
            merging.merge(tx, again, tx.tickets.get(main.id), by="某operator", now=current.clock(), new_id=current.new_id)
    signed_in(web, member(current))
    assert (await web.get("/tickets")).text.count("等3人") == 1
    assert "等3人" in (await web.get("/tickets?status=soon")).text
    assert "等3人" not in (await web.get("/tickets?status=merged")).text
    assert (await overdue.look(office, keep=9)).people == {main.id: 3}, "as the first page shows it"


async def test_a_ticket_past_its_limit_is_marked_in_words_and_listed(web: httpx.AsyncClient, current: Current) -> None:
    late, in_time = dispatched(current, ticket(current)), ticket(current)
    current.clock.forward(hours=26)
    signed_in(web, member(current, name="夜班坐席"))
    assert "超期 2 小时" in (await web.get("/tickets")).text
    overdue = (await web.get("/tickets?status=overdue")).text
    assert [t.number in overdue for t in (late, in_time)] == [True, False]


async def test_what_is_due_by_this_time_of_the_next_working_day_is_listed_as_due_soon(web: httpx.AsyncClient, current: Current, city: City) -> None:
    friday = current.clock()  # 2025-11-21, half past nine
    signed_in(web, member(current))
    late, monday, tuesday = (dispatched(current, ticket(current)) for _ in range(3))
    with current.transaction() as tx:
        for each, due in ((late, friday - timedelta(hours=1)), (monday, friday + timedelta(days=3)), (tuesday, friday + timedelta(days=4))):
            assert tx.tickets.update(replace(each, due_at=due - timedelta(minutes=1)), only_from="dispatched")
    listed = (await web.get("/tickets?status=soon")).text
    assert [each.number in listed for each in (late, monday, tuesday)] == [False, True, False]
    assert city.working_time.soon(friday + timedelta(days=1)) > friday + timedelta(days=3, hours=12)  # on a Saturday all of Monday's


def test_time_left_time_over_and_the_marks_are_said_in_words(current: Current, city: City) -> None:
    now = current.clock()  # a Friday morning
    waiting = replace(dispatched(current, ticket(current)), due_at=now + timedelta(days=4))
    assert words.due(city, waiting, now) == ("剩 4 天", "")
    assert words.due(city, waiting, now + timedelta(days=3, hours=1)) == ("黄牌 剩 23 小时", "warn")  # Monday: one working day before
    assert words.due(city, waiting, now + timedelta(days=4, minutes=5)) == ("黄牌 超期 5 分", "bad")
    assert words.due(city, waiting, now + timedelta(days=5)) == ("红牌 超期 1 天", "bad")  # Wednesday: the first working day after
    assert words.due(city, replace(waiting, status="closed"), now + timedelta(days=9)) == ("", "")


# --- attachments


@dataclass
class Filed:
    path: str
    other: str
    talk: str


def filed(current: Current) -> Filed:
    first, second = ticket(current), ticket(current)
    with current.transaction() as tx:
        id = tx.attachments.of_ticket(first.id)[0].id
    return Filed(f"/tickets/{first.number}/files/{id}", f"/tickets/{second.number}/files/{id}", f"/conversations/{first.conversation_id}/files/{id}")


async def test_a_photo_shows_to_those_who_may_see_its_ticket_and_is_not_kept_by_the_browser(web: httpx.AsyncClient, current: Current) -> None:
    where = filed(current)
    signed_in(web, member(current))
    for path in (where.path, where.talk):
        answer = await web.get(path)
        assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"bytes", "image/jpeg")
        assert answer.headers["cache-control"] == "private, no-store"
        assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_photo_shows_to_nobody_else(web: httpx.AsyncClient, current: Current) -> None:
    where = filed(current)
    assert (await web.get(where.path)).status_code == 303
    assert (await web.get(where.talk)).status_code == 303
    for role in ("editor", "analyst"):
        signed_in(web, member(current, cast(Role, role)))
        assert (await web.get(where.path)).status_code == 403
        assert (await web.get(where.talk)).status_code == 403


async def test_a_photo_is_found_under_its_own_ticket_or_conversation_only(web: httpx.AsyncClient, current: Current) -> None:
    where = filed(current)
    signed_in(web, member(current))
    assert (await web.get(where.other)).status_code == 404
    assert (await web.get(where.talk.replace(where.talk.split("/")[2], str(UUID(int=1))))).status_code == 404
    assert (await web.get(where.path.rsplit("/", 1)[0] + "/nonsense")).status_code == 404
    current.files = FakeFiles()  # purged
    assert (await web.get(where.path)).status_code == 404


async def test_a_file_that_might_be_a_page_is_only_ever_saved(web: httpx.AsyncClient, current: Current) -> None:
    opened = ticket(current)
    with current.transaction() as tx:
        photo(current, tx, opened.conversation_id, "text/html")
        tx.attachments.claim(opened.conversation_id, opened.id)
        id = tx.attachments.of_ticket(opened.id)[1].id
    answer = await signed_in(web, member(current)).get(f"/tickets/{opened.number}/files/{id}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")


# --- what is done at an open page


async def open_page(seat: User, token: str, path: str) -> None:
    signed_in(seat.http_client, token)
    await seat.open(path)


def seat_sees(seat: User, text: str) -> bool:
    try:
        return bool(seat.find(text).elements)
    except AssertionError:
        return False


async def until(condition: Callable[[], bool]) -> None:
    """The handlers of a page run beside the test."""
    for _ in range(400):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not happen.")


async def test_a_reveal_shows_the_reporter_and_is_written_down_with_its_reason(seat: User, current: Current) -> None:
    opened = ticket(current)
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    await seat.should_not_see(PHONE)
    press(seat, "查看联系方式")
    seat.find("查看理由").type("联系市民核实地点")
    press(seat, "查看联系方式", last=True)
    await seat.should_see("王小明")
    await seat.should_see(PHONE)
    await seat.should_see("39.99000, 116.47000")
    with current.transaction() as tx:
        assert [(r.by, r.reason) for r in tx.staff.reveals(opened.id)] == [("某operator", "联系市民核实地点")]
    await seat.should_see("联系市民核实地点")


async def test_without_a_reason_nothing_is_revealed(seat: User, current: Current) -> None:
    opened = ticket(current)
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "查看联系方式")
    seat.find("查看理由").type("  ")
    press(seat, "查看联系方式", last=True)
    await until(lambda: "请先写明查看理由。" in seat.notify.messages)
    await seat.should_not_see("王小明")
    with current.transaction() as tx:
        assert tx.staff.reveals(opened.id) == []


def press(seat: User, label: str, *, last: bool = False) -> None:
    """Press a button; with `last` the newest of that name, which is the dialog's."""
    buttons = sorted((b for b in seat.find(kind=nicegui.ui.button).elements if b.text == label), key=lambda b: b.id)
    chosen = seat.find(kind=nicegui.ui.button)
    chosen.elements = {buttons[-1] if last else buttons[0]}
    chosen.click()


async def test_dispatching_proposes_the_unit_of_the_catalogue_and_keeps_its_limit(seat: User, current: Current, city: City) -> None:
    from staff.parts import Tag

    opened = ticket(current)
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "派单")
    await seat.should_see(kind=ui.dialog)
    assert [tag.text for tag in seat.find(kind=Tag).elements if "about" in tag.classes] == ["路灯不亮，打我电话138****5678"], "the dialog lies over the page"
    await seat.should_see("办理期限 7 天，到 2025-11-28 18:00")
    press(seat, "派单", last=True)
    await until(lambda: stored(current, opened).status == "dispatched")
    sent = stored(current, opened)
    assert sent.unit_id == "street-110105026"
    assert sent.due_at == datetime(2025, 11, 28, 10, tzinfo=UTC)  # at the close of business
    await seat.should_see("已派单")


async def test_whoever_adds_a_unit_that_helps_reads_that_two_are_sent_and_whoever_takes_it_away_that_one_is(seat: User, current: Current) -> None:
    from staff.parts import Pick

    opened = ticket(current)
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "派单")
    await seat.should_see("直派，办理期限 7 天")
    [assists] = [pick for pick in seat.find(kind=Pick).elements if pick.props["label"] == "协办单位"]
    assists.set_value(["district-110105"])
    await seat.should_see("双派，办理期限 7 天")
    assists.set_value([])
    await seat.should_see("直派，办理期限 7 天")


async def test_a_ticket_of_a_caller_who_hung_up_is_shown_and_counted_as_one_to_call_back(seat: User, web: httpx.AsyncClient, current: Current) -> None:
    opened = ticket(current, incomplete=True)
    current.clock.forward(timedelta(minutes=7))  # counts are read anew
    await open_page(seat, member(current), "/")
    await seat.should_see("没说完就挂断了")
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    await seat.should_see("待回电")
    assert opened.number in (await web.get("/tickets?status=incomplete")).text


async def test_pressing_twice_means_it_once(seat: User, current: Current) -> None:
    opened = dispatched(current, ticket(current))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "接单")
    press(seat, "接单")
    await until(lambda: stored(current, opened).status == "accepted")
    await until(lambda: not any(button.text == "接单" for button in seat.find(kind=nicegui.ui.button).elements))
    press(seat, "办结")
    seat.find("办理结果").type("灯已修好")
    press(seat, "办结", last=True)
    press(seat, "办结", last=True)
    await until(lambda: stored(current, opened).status == "handled")
    await asyncio.sleep(0.2)
    assert not any("刚刚被别人处理过" in message for message in seat.notify.messages)


async def test_sending_a_ticket_once_more_to_whom_has_it_gives_no_new_time(seat: User, current: Current) -> None:
    opened = dispatched(current, ticket(current), "street-110105026")
    current.clock.forward(timedelta(days=3))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "改派")
    await seat.should_see("到 2025-11-28 18:00（已在该单位，从当初派单起算）")
    seat.find("附言（可不填）").type("市民又来催")
    press(seat, "改派", last=True)
    await until(lambda: stored(current, opened).version > opened.version)
    assert stored(current, opened).due_at == datetime(2025, 11, 28, 10, tzinfo=UTC)
    await seat.should_see("期限 2025-11-28 18:00")


async def test_staff_are_told_when_the_holidays_of_the_next_deadlines_are_not_known(seat: User, current: Current) -> None:
    await open_page(seat, member(current), "/")
    await seat.should_not_see("节假日还没有录入")
    opened = ticket(current)
    current.clock.forward(timedelta(days=390))
    await open_page(seat, member(current), "/")
    await seat.should_see("2027年的节假日还没有录入")
    current.clock.forward(timedelta(days=16))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "派单")
    await seat.should_see("2027年的节假日还没有录入，期限只按周末推算，过节要另看。")


async def test_a_catalogue_is_tried_for_another_time_and_by_pressing_enter(seat: User, current: Current, city: City) -> None:
    today = current.clock().date()
    with current.transaction() as tx:
        nights = [Rule("0101", "district", reason="夜里由区里处置", periods=("22:00..06:00",)), *city.rules]
        publish(tx, city, nights, valid_from=today, by="某administrator", note="夜间", today=today, now=current.clock(), based_on=0)
    await open_page(seat, member(current), "/catalogue")
    seat.find("诉求，比如：楼下饭店油烟太大").type("楼下垃圾堆着")
    seat.find("提交时间（空为现在）").type("2025-11-24T23:00")
    seat.find("提交时间（空为现在）").trigger("keydown.enter")
    await seat.should_see("夜里由区里处置")
    await seat.should_see("直派")


async def test_who_is_refused_a_new_version_keeps_what_they_changed_and_publishes_that(seat: User, current: Current, city: City) -> None:
    await open_page(seat, member(current, "administrator"), "/catalogue")
    press(seat, "新增规则")
    seat.find("时段（空为全年全天），如 11-15..03-15；22:00..06:00").type("22:00..06:00")
    seat.find("依据").type("夜里先由区里接")
    press(seat, "先记下")
    await seat.should_see("发布（1 处改动）")
    press(seat, "发布（1 处改动）")
    seat.find("生效日期").clear()
    press(seat, "发布")
    await until(lambda: "请写明从哪天起生效。" in seat.notify.messages)
    seat.find("生效日期").type(f"{current.clock():%Y-%m-%d}")
    press(seat, "发布")
    await until(lambda: "请写明改了什么、为什么。" in seat.notify.messages)
    await asyncio.sleep(0.2)
    seat.find("改了什么，为什么").type("试行")
    press(seat, "发布")
    await until(lambda: any("第 1 版已发布" in message for message in seat.notify.messages))
    with current.transaction() as tx:
        published = tx.catalogues.newest()
    assert published
    assert [rule.reason for rule in published.rules if rule not in city.rules] == ["夜里先由区里接"]


async def test_a_catalogue_of_the_future_is_tried_beside_the_one_in_force_and_alone_from_its_day_on(seat: User, current: Current, city: City) -> None:
    async def tried() -> list[str]:
        await open_page(seat, member(current, "administrator"), "/catalogue")
        seat.find("诉求，比如：楼下饭店油烟太大").type("楼下的路灯不亮")
        seat.find("地点，比如：朝阳区望京街10号").type("朝阳区望京街道花家地南里")
        press(seat, "看派给谁")
        await until(lambda: seat_sees(seat, "（60%）"))
        return [each for each in ("今天，第 0 版", "从 2025-12-01 起，第 1 版", "试行一个月") if seat_sees(seat, each)]

    today = current.clock().date()
    with current.transaction() as tx:
        tomorrow = [Rule("0101", "district", reason="试行一个月", places=("110105026",)), *city.rules]
        publish(tx, city, tomorrow, valid_from=date(2025, 12, 1), by="某administrator", note="下月试行", today=today, now=current.clock(), based_on=0)
    assert await tried() == ["今天，第 0 版", "从 2025-12-01 起，第 1 版", "试行一个月"]
    current.clock.forward(timedelta(days=10))
    await open_page(seat, member(current, "administrator"), "/catalogue")
    await seat.should_see("现行：第 1 版，2025-12-01 起")
    assert await tried() == ["试行一个月"]


async def test_a_unit_that_returned_a_ticket_is_not_proposed_again(seat: User, current: Current) -> None:
    from staff.parts import Tag

    opened = dispatched(current, ticket(current), "street-110105026")
    for unit, reason in (("district-110105", "不归本街道"), ("", "也不归本区")):
        with current.transaction() as tx:
            tickets.send_back(tx, tx.tickets.get(opened.id), by="某operator", note=reason, now=current.clock(), new_id=current.new_id)
        current.clock.forward(timedelta(minutes=1))
        if unit:
            dispatched(current, stored(current, opened), unit)
            current.clock.forward(timedelta(minutes=1))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    await seat.should_see("退回：也不归本区")
    assert [tag.text for tag in seat.find(kind=Tag).elements if tag.text == "朝阳区望京街道办事处"], "the history says who returned it first"
    press(seat, "改派")
    await seat.should_see("（已退回过这件工单，请改选，或维持原派）")  # the street, which sent it back first
    press(seat, "改派", last=True)
    await until(lambda: "请选择主办单位。" in seat.notify.messages)
    assert stored(current, opened).status == "returned"


async def test_handling_needs_a_note_and_plans_the_survey(seat: User, current: Current) -> None:
    opened = dispatched(current, ticket(current))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "办结")
    press(seat, "办结", last=True)
    await until(lambda: "请先写明办理结果。" in seat.notify.messages)
    seat.find("办理结果").type("灯已修好")
    press(seat, "办结", last=True)
    await until(lambda: stored(current, opened).status == "handled")
    with current.transaction() as tx:
        due = tx.jobs.claim_due(now=current.clock() + timedelta(minutes=30), until=current.clock() + timedelta(hours=1), limit=9)
        assert [job.run_at - current.clock() for job in due if job.kind == "survey"] == [timedelta(minutes=30)]


async def test_who_acts_on_a_ticket_that_somebody_changed_meanwhile_is_told_and_changes_nothing(seat: User, current: Current) -> None:
    opened = ticket(current)
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    press(seat, "派单")
    await seat.should_see("建议：朝阳区望京街道办事处")
    dispatched(current, opened, "district-110108")
    press(seat, "派单", last=True)
    await until(lambda: any("刚刚被别人处理过" in message for message in seat.notify.messages))
    assert stored(current, opened).unit_id == "district-110108"
    await seat.should_see("海淀区人民政府")


async def test_a_page_whose_session_has_ended_can_do_nothing_and_leads_to_the_door(seat: User, current: Current) -> None:
    opened = dispatched(current, ticket(current))
    await open_page(seat, member(current), f"/tickets/{opened.number}")
    sent: list[str] = []
    assert seat.client
    seat.client.run_javascript = lambda code, **_: sent.append(code)  # type: ignore[method-assign,assignment,return-value]
    with current.transaction() as tx:
        tx.staff.end_sessions_of("某operator")
    press(seat, "接单")
    await until(lambda: any("/login?next=" in code for code in sent))
    assert stored(current, opened).status == "dispatched"


async def test_an_operator_takes_over_answers_and_hands_back(seat: User, current: Current) -> None:
    with current.transaction() as tx:
        asked = write(tx, f"找人工，电话{PHONE}", now=current.clock(), new_id=current.new_id, sender=VISITOR)
        conversations.change_status(tx, asked.conversation_id, "waiting", now=current.clock())
    await open_page(seat, member(current), f"/conversations/{asked.conversation_id}")
    assert said(seat)[0] == "找人工，电话138****5678"
    press(seat, "接入")
    await seat.should_see("由您接待")
    assert said(seat)[:2] == [f"找人工，电话{PHONE}", "您好，人工坐席已接入。"]
    seat.find(kind=nicegui.ui.textarea).type("您好，请讲")
    press(seat, "发送")
    await until(lambda: said(seat)[-1] == "您好，请讲")
    press(seat, "交还智能客服")
    await seat.should_see("智能客服应答中")
    with current.transaction() as tx:
        assert tx.conversations.get(asked.conversation_id).status == "bot"


async def test_danger_is_told_on_every_page_of_who_may_help_until_a_person_is_there(
    seat: User, current: Current, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "NEWS_SECONDS", 0.02)
    await open_page(seat, member(current), "/knowledge")
    await seat.should_not_see("有市民报告险情")
    with current.transaction() as tx:
        asked = write(tx, "煤气味特别大", now=current.clock(), new_id=current.new_id, sender=VISITOR)
        conversations.raise_alarm(tx, asked.conversation_id, now=current.clock())
    current.clock.forward(timedelta(seconds=5))  # what all pages share is read again
    await until(lambda: seat_sees(seat, "有市民报告险情，正在等人工"))
    await seat.should_see("去接入")
    with current.transaction() as tx:
        conversations.take_over(tx, asked.conversation_id, "李坐席", greeting="您好", now=current.clock(), new_id=current.new_id)
    current.clock.forward(timedelta(seconds=5))
    await until(lambda: not seat_sees(seat, "有市民报告险情"))
    await open_page(seat, member(current, "editor"), "/knowledge")
    await seat.should_not_see("有市民报告险情")


async def test_a_ticket_is_merged_into_one_near_it_that_is_shown_with_what_it_is_about(seat: User, current: Current) -> None:
    main, other = dispatched(current, ticket(current, problem="路灯不亮")), ticket(current, problem="花坛没人管")
    await open_page(seat, member(current), f"/tickets/{other.number}")
    press(seat, "并单")
    await seat.should_see("附近还在办的工单")
    await seat.should_see("门牌相同")
    seat.find("并入哪件工单（工单号）").type(main.number)
    await seat.should_see("并入：已派单 · ")
    press(seat, "并单", last=True)
    await until(lambda: stored(current, other).status == "merged")
    await seat.should_see("朝阳区人民政府")  # whose the main one is
    assert stored(current, other).merged_into == main.id


async def test_two_operators_can_t_both_have_a_conversation(seat: User, current: Current) -> None:
    with current.transaction() as tx:
        asked = write(tx, "找人工", now=current.clock(), new_id=current.new_id, sender=VISITOR)
        conversations.change_status(tx, asked.conversation_id, "waiting", now=current.clock())
    await open_page(seat, member(current), f"/conversations/{asked.conversation_id}")
    with current.transaction() as tx:
        conversations.take_over(tx, asked.conversation_id, "李坐席", greeting="您好", now=current.clock(), new_id=current.new_id)
    press(seat, "接入")
    await until(lambda: "李坐席 正在接待这位市民。" in seat.notify.messages)


def said(seat: User) -> list[str]:
    from staff.parts import Transcript

    return [line["text"] for line in next(iter(seat.find(kind=Transcript).elements)).props["lines"]]


async def test_an_administrator_adds_somebody_who_can_then_sign_in(seat: User, current: Current) -> None:
    await open_page(seat, member(current, "administrator"), "/staff")
    press(seat, "添加人员")
    seat.find("姓名").type("周坐席")
    seat.find("初始密码").type(PASSWORD)
    press(seat, "添加")
    await until(lambda: "已添加 周坐席。" in seat.notify.messages)
    assert access.sign_in(current.store, "周坐席", PASSWORD, now=current.clock())


async def test_stopping_somebody_signs_them_out_everywhere_and_they_can_not_come_back(seat: User, current: Current) -> None:
    from nicegui import ui

    from staff.parts import Records

    token = member(current)
    await open_page(seat, member(current, "administrator"), "/staff")
    seat.find(kind=Records).trigger("press", "某operator")
    await seat.should_see("保存后，某operator 在所有设备上的登录都会结束，需要重新登录。")
    seat.find(kind=ui.checkbox).click()
    press(seat, "保存")
    await until(lambda: "某operator 的账号已更改，登录已全部结束。" in seat.notify.messages)
    await seat.should_see("停用 · 某administrator", retries=100)
    with current.transaction() as tx:
        assert access.member_of(tx, token, now=current.clock()) is None
    with pytest.raises(access.Refused):
        access.sign_in(current.store, "某operator", PASSWORD, now=current.clock())


# --- rates and questions


def survey(current: Current, *, answered: bool) -> None:
    opened = dispatched(current, ticket(current))
    now, new_id = current.clock(), current.new_id
    with current.transaction() as tx:
        handled = tickets.handle(tx, opened, by="某operator", note="修好了", survey_at=now, now=now, new_id=new_id)
        begun = attempts.start(tx, handled, channel="web", now=now, new_id=new_id)
        assert begun
        if answered:
            surveys.complete(
                tx, begun, contacted=True, solved="yes", satisfaction="basically", comment="", reopen_due=now, now=now, new_id=new_id
            )
    counting.refresh(current.store, City.load(ROOT / "city"), now=now)


async def test_a_survey_just_completed_counts_today_and_without_any_there_is_a_dash(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current, "analyst"))
    assert "这段时间没有发起过回访" in (await web.get("/rates")).text
    survey(current, answered=False)
    assert "—" in (await web.get("/rates")).text
    survey(current, answered=True)
    shown = (await web.get("/rates?kind=district")).text
    # 0.1 × 1 + 0.5 × 1 + 0.4 × 0.9; one of two was reached
    assert [figure for figure in ("96.00", "50.0%", "朝阳区人民政府") if figure not in shown] == []
    assert "朝阳区人民政府" not in (await web.get("/rates?kind=utility")).text


async def test_the_rates_open_on_the_month_and_today_leads_to_the_day(web: httpx.AsyncClient, current: Current) -> None:
    survey(current, answered=True)
    current.clock.forward(days=2)
    signed_in(web, member(current, "analyst"))
    counting.refresh(current.store, City.load(ROOT / "city"), now=current.clock())
    assert "96.00" in (await web.get("/rates")).text
    assert "/rates?window=day" in (await web.get("/")).text
    assert "96.00" not in (await web.get("/rates?window=day")).text


async def test_a_list_says_how_often_and_of_how_many_tickets_and_units_have_their_own_shares(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current, "analyst"))
    one = dispatched(current, ticket(current))
    given: dict[str, Any] = {"now": current.clock(), "new_id": current.new_id}
    with current.transaction() as tx:
        for _ in range(2):
            one = tickets.handle(tx, one, by="某operator", note="修好了", survey_at=current.clock(), **given)
            one = tickets.reopen(tx, one, due_at=current.clock(), by="市民", note="没好", **given)
    counting.refresh(current.store, City.load(ROOT / "city"), now=current.clock())
    address = "/rates/tickets?what=handled&since=2025-11-20T12:00&until=2025-11-21T12:00&by=city&key="
    assert "办理：2 次，涉及工单 1 件" in (await web.get(address)).text
    running = (await web.get("/rates/running?window=day")).text
    assert "各单位" in running
    assert "2 / 2，34–100" in running


async def test_a_unit_with_few_answers_has_its_rates_but_no_place_among_the_others_over_a_day_or_a_month(seat: User, current: Current) -> None:
    from staff.parts import Records

    survey(current, answered=True)
    scores = {}
    for window in ("today", "month"):
        await open_page(seat, member(current, "analyst") if not scores else seat.http_client.cookies["jiesu_staff"], f"/rates?window={window}")
        scores[window] = [row["score"] for row in next(iter(seat.find(kind=Records).elements)).props["rows"]]
    (total, unit), (_, of_today) = scores["month"], scores["today"]
    assert unit["text"] == of_today["text"] == "96.00"
    assert (total["value"], unit["value"], of_today["value"]) == (pytest.approx(0.96), None, None)


async def test_a_window_that_still_runs_says_so_and_is_compared_with_as_much_of_the_one_before(web: httpx.AsyncClient, current: Current) -> None:
    for moment in (datetime(2025, 11, 20, 2, tzinfo=UTC), datetime(2025, 11, 21, 6, tzinfo=UTC), datetime(2025, 12, 20, 6, tzinfo=UTC)):
        current.clock.now = moment
        ticket(current)
    counting.refresh(current.store, City.load(ROOT / "city"), now=current.clock())
    signed_in(web, member(current, "analyst"))
    shown = (await web.get("/rates/running?window=month")).text
    assert "还没结束，数据到 12-20 14:00" in shown
    assert "上期 1，持平" in shown  # a month begins on the 19th: what was opened on the 21st of November is compared with from the 21st of December on
    assert "还没结束" not in (await web.get("/rates/running?window=last_month")).text


async def test_a_day_in_the_curve_runs_from_noon_to_noon_as_the_window_does_and_is_whole(seat: User, current: Current) -> None:
    for moment in (datetime(2025, 12, day, hour, tzinfo=UTC) for day, hour in ((18, 3), (18, 5), (19, 3), (19, 5))):
        current.clock.now = moment
        ticket(current)
    counting.refresh(current.store, City.load(ROOT / "city"), now=current.clock())
    await open_page(seat, member(current, "analyst"), "/rates/running?window=week")
    curve = next(iter(seat.find(kind=ui.echart).elements)).options
    assert dict(zip(curve["xAxis"]["data"], curve["series"][0]["data"], strict=True)) == {"12-18": 1, "12-19": 2}


async def test_each_day_of_the_curve_and_each_hour_of_the_week_leads_to_exactly_its_tickets(seat: User, web: httpx.AsyncClient, current: Current) -> None:
    from staff.parts import Records, Tag

    for moment in (datetime(2025, 12, day, hour, tzinfo=UTC) for day, hour in ((11, 3), (18, 3), (18, 5), (19, 3), (19, 5))):  # twice at 11 on a Thursday
        current.clock.now = moment
        ticket(current)
    counting.refresh(current.store, City.load(ROOT / "city"), now=current.clock())
    token = member(current, "analyst")
    signed_in(web, token)
    await open_page(seat, token, "/rates/running?window=week")
    days = {row["day"]: row["opened"] for records in seat.find(kind=Records).elements if records.props["caption"] == "逐日数据" for row in records.props["rows"]}
    assert {day: cell["text"] for day, cell in days.items() if "href" in cell} == {"12-11": "1", "12-18": "1", "12-19": "2"}
    await open_page(seat, token, "/rates/hot?window=range&from=2025-12-01&to=2025-12-31")
    hours = {tag.props["title"]: tag.props["href"] for tag in seat.find(kind=Tag).elements if "hour=" in str(tag.props.get("href"))}
    assert sorted(hours) == ["周五 11 时：1 件", "周五 13 时：1 件", "周四 11 时：2 件", "周四 13 时：1 件"]
    for count, address in [*((cell["text"], cell["href"]) for cell in days.values() if "href" in cell), *((title[-3], address) for title, address in hours.items())]:
        assert f"受理：{count} 件" in (await web.get(address)).text


async def test_each_bar_of_the_scores_leads_to_the_answers_behind_it(seat: User, current: Current) -> None:
    from staff.pages.figures import rates as page
    from staff.parts import Tag

    await open_page(seat, member(current, "analyst"), "/rates")
    asked = SimpleNamespace(window=windows.month(City.load(ROOT / "city"), current.clock()))
    with seat:
        page._chart(cast(Any, asked), "unit", {"district-110105": ("朝阳区人民政府", 0.9), "district-110106": ("丰台区人民政府", 0.8)})
    bars = [tag.props["href"] for tag in seat.find(kind=Tag).elements if str(tag.props.get("title")).startswith(("朝阳", "丰台"))]
    assert [("what=valid" in href, "key=district-11010" in href) for href in bars] == [(True, True)] * 2


def test_each_dot_of_the_map_leads_to_its_tickets() -> None:
    from staff.pages.figures import hot

    city = City.load(ROOT / "city")
    asked = SimpleNamespace(window=windows.month(city, datetime(2025, 12, 19, tzinfo=UTC)))
    drawn = hot._map(city, cast(Any, asked), [Cluster(39.9, 116.4, 300, 5, ("1_2", "1_3")), Cluster(39.8, 116.3, 200, 3, ("7_7",))], "")
    assert re.findall(r'<a href="([^"]+)"', drawn) == [html.escape(behind("opened", asked.window, "cell", key, "")) for key in ("1_2,1_3", "7_7")]


@pytest.mark.parametrize("path", ["/rates?window=day", "/rates/running?window=day", "/rates/hot?window=day", "/rates/topics", "/rates/reports", "/rates/surveys", "/rates/samples"])
async def test_where_there_are_simulated_tickets_every_page_of_figures_says_so_though_none_falls_into_its_window(web: httpx.AsyncClient, current: Current, path: str) -> None:
    signed_in(web, member(current, "analyst"))
    assert "模拟" not in (await web.get(path)).text
    current.clock.now = datetime(2025, 9, 1, tzinfo=UTC)
    Simulation(current.store, City.load(ROOT / "city"), 1, current.clock() - timedelta(days=2), current.clock(), 5, current.new_id).run()
    current.clock.now = datetime(2026, 1, 10, tzinfo=UTC)
    signed_in(web, member(current, "analyst"))
    assert "含模拟数据" in (await web.get(path)).text


async def test_a_number_of_a_place_and_a_category_leads_to_these_tickets_alone(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current, "analyst"))
    mine = dispatched(current, ticket(current))
    window = "what=opened&since=2025-01-01T00:00&until=2027-01-01T00:00"
    assert mine.category
    assert mine.place.district_code
    for category, count in ((mine.category, 1), (mine.category[:2], 1), ("99", 0)):
        shown = (await web.get(f"/rates/tickets?{window}&by=district&key={mine.place.district_code}&category={category}")).text
        assert f"受理：{count} 件" in shown


async def test_dates_that_are_no_range_are_refused_in_a_sentence(web: httpx.AsyncClient, current: Current) -> None:
    signed_in(web, member(current, "analyst"))
    for asked in ("from=2025-11-21&to=2025-11-01", "from=x&to=y", "from=2025-11-01", "from=0001-01-01&to=9999-12-31"):
        assert "日期不对" in (await web.get(f"/rates?window=range&{asked}")).text
    assert "2025-11-01 至 2025-11-21" in (await web.get("/rates?window=range&from=2025-11-01&to=2025-11-21")).text


def test_today_runs_from_noon_to_noon_and_contains_now(city: City) -> None:
    for hour, begins in ((1, 20), (5, 21)):  # half past nine in the morning, half past one in the afternoon in Beijing
        now = datetime(2025, 11, 21, hour, 30, tzinfo=UTC)
        window = windows.day(city, now)
        assert (window.since.day, window.since.hour, window.until - window.since) == (begins, 12, timedelta(days=1))
        assert window.since <= now < window.until
    assert windows.last_days(city, now).since == window.since - timedelta(days=6)


@pytest.mark.parametrize(
    ("now", "first", "last"), [((2025, 11, 21), (11, 19), (12, 18)), ((2025, 11, 18), (10, 19), (11, 18)), ((2026, 1, 5), (12, 19), (1, 18))]
)
def test_the_assessment_month_runs_from_the_19th_to_the_18th(city: City, now: tuple[int, int, int], first: tuple[int, int], last: tuple[int, int]) -> None:
    window = windows.month(city, datetime(*now, 4, tzinfo=UTC))
    ends = window.until.date() - timedelta(days=1)
    assert ((window.since.month, window.since.day), (ends.month, ends.day)) == (first, last)


def test_chosen_dates_include_both_days(city: City) -> None:
    window = windows.between(city, date(2025, 11, 1), date(2025, 11, 2))
    assert window.until - window.since == timedelta(days=2)
    assert str(window) == "2025-11-01 至 2025-11-02"
