"""Who may do what, and who looked at whose personal data."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, get_args
from uuid import uuid4

import pytest
from fakes import CITIZEN, draft

from hotline import access, tickets
from hotline.access import MAY, SESSION, Refused, Role
from hotline.tickets import Reporter, Ticket

PASSWORD = "correct horse"
BY: dict[str, Any] = {"by": "管理员甲", "new_id": uuid4}


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real hash with a cost of almost nothing: what is tested here is who gets in, not how long it takes."""
    scrypt = hashlib.scrypt

    def quick(password: bytes, *, salt: bytes, **cost: int) -> bytes:
        return scrypt(password, salt=salt, n=2, r=1, p=1)

    monkeypatch.setattr(hashlib, "scrypt", quick)


@pytest.fixture
def staff(store, clock) -> Any:
    """A database in which 张三 is an operator."""
    with store.transaction() as tx:
        access.add_member(tx, "张三", access.hash_password(PASSWORD), "operator", now=clock(), **BY)
    return store


@pytest.fixture
def ticket(staff, clock, new_id) -> Ticket:
    with staff.transaction() as tx:
        conversation = tx.conversations.open(CITIZEN, now=clock(), new_id=new_id).id
        return tickets.open_ticket(tx, draft(conversation), day="251121", now=clock(), new_id=new_id)


def test_the_right_password_opens_a_session_that_says_whose_it_is(staff, clock) -> None:
    token = access.sign_in(staff, " 张三 ", PASSWORD, now=clock())
    with staff.transaction() as tx:
        member = access.member_of(tx, token, now=clock())
    assert member is not None
    assert (member.name, member.role) == ("张三", "operator")


@pytest.mark.parametrize(("name", "password"), [("张三", "wrong horse!"), ("李四", PASSWORD), ("", PASSWORD), ("张三", ""), ("张三", PASSWORD + " ")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(staff, clock, name: str, password: str) -> None:
    with pytest.raises(Refused) as refused:
        access.sign_in(staff, name, password, now=clock())
    assert str(refused.value) == "姓名或密码不对，请重试。"


def test_a_session_ends_after_its_time_and_not_before(staff, clock) -> None:
    token = access.sign_in(staff, "张三", PASSWORD, now=clock())
    clock.forward(SESSION)
    clock.forward(seconds=-1)
    with staff.transaction() as tx:
        assert access.member_of(tx, token, now=clock()) is not None
        assert access.member_of(tx, token, now=clock.forward(seconds=1)) is None


@pytest.mark.parametrize("token", [None, "", "made-up"])
def test_no_token_and_a_made_up_one_are_nobodys(staff, clock, token: str | None) -> None:
    access.sign_in(staff, "张三", PASSWORD, now=clock())
    with staff.transaction() as tx:
        assert access.member_of(tx, token, now=clock()) is None


def test_signing_out_ends_one_session_and_being_signed_out_ends_all(staff, clock) -> None:
    desk, phone, tablet = (access.sign_in(staff, "张三", PASSWORD, now=clock()) for _ in range(3))
    with staff.transaction() as tx:
        assert len({desk, phone, tablet}) == 3
        tx.staff.end_session(access.token_hash(desk))
        assert [access.member_of(tx, token, now=clock()) is not None for token in (desk, phone, tablet)] == [False, True, True]
        tx.staff.end_sessions_of("张三")
        assert [access.member_of(tx, token, now=clock()) is not None for token in (desk, phone, tablet)] == [False, False, False]


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [("张三", PASSWORD, "已有"), (" 张三 ", PASSWORD, "已有"), ("李", PASSWORD, "2到40"), ("  ", PASSWORD, "2到40"), ("李" * 41, PASSWORD, "2到40"), ("李四", "short", "至少10位")],
    ids=["name taken", "name taken but for blanks", "short name", "no name", "long name", "short password"],
)  # fmt: skip
def test_an_account_that_can_not_be_is_refused_with_the_reason(staff, clock, name: str, password: str, why: str) -> None:
    with pytest.raises(Refused, match=why), staff.transaction() as tx:
        access.add_member(tx, name, access.hash_password(password), "editor", now=clock(), **BY)
    with staff.transaction() as tx:
        assert [member.name for member in tx.staff.all()] == ["张三"]
        access.add_member(tx, "李四", access.hash_password(PASSWORD), "editor", now=clock(), **BY)
        assert sorted(member.name for member in tx.staff.all()) == ["张三", "李四"]


def test_a_new_role_or_password_holds_at_once_and_ends_the_open_sessions(staff, clock) -> None:
    token = access.sign_in(staff, "张三", PASSWORD, now=clock())
    with staff.transaction() as tx:
        access.add_member(tx, "管理员甲", access.hash_password(PASSWORD), "administrator", now=clock(), **BY)
        access.change_member(tx, "张三", role="editor", password_hash=access.hash_password("another good one"), now=clock(), **BY)
        assert access.member_of(tx, token, now=clock()) is None
    with pytest.raises(Refused):
        access.sign_in(staff, "张三", PASSWORD, now=clock())
    token = access.sign_in(staff, "张三", "another good one", now=clock())
    with staff.transaction() as tx:
        assert access.member_of(tx, token, now=clock()).role == "editor"


def test_who_has_left_is_kept_by_name_and_can_not_sign_in_until_they_are_back(staff, clock) -> None:
    token = access.sign_in(staff, "张三", PASSWORD, now=clock())
    with staff.transaction() as tx:
        access.add_member(tx, "管理员甲", access.hash_password(PASSWORD), "administrator", now=clock(), **BY)
        access.change_member(tx, "张三", active=False, now=clock(), **BY)
        assert access.member_of(tx, token, now=clock()) is None
        assert "张三" in {member.name for member in tx.staff.all()}
    with pytest.raises(Refused, match="姓名或密码不对"):
        access.sign_in(staff, "张三", PASSWORD, now=clock())
    with staff.transaction() as tx:
        access.change_member(tx, "张三", active=True, now=clock(), **BY)
    assert access.sign_in(staff, "张三", PASSWORD, now=clock())


def test_who_changed_whose_account_and_how_is_kept_without_the_password(staff, clock) -> None:
    with staff.transaction() as tx:
        access.add_member(tx, "管理员甲", access.hash_password(PASSWORD), "administrator", by="", now=clock(), new_id=uuid4)
        clock.forward(timedelta(minutes=1))
        access.change_member(tx, "张三", role="reviewer", password_hash=access.hash_password("another good one"), now=clock(), **BY)
        clock.forward(timedelta(minutes=1))
        access.change_member(tx, "张三", active=False, now=clock(), **BY)
        access.change_member(tx, "张三", active=False, now=clock(), **BY)
        found = [(event.name, event.by, event.what) for event in tx.staff.events(9)]
    assert sorted(found[2:]) == [("张三", "管理员甲", "添加为坐席与派单"), ("管理员甲", "管理员甲", "添加为管理员")]
    assert found[:2] == [("张三", "管理员甲", "停用"), ("张三", "管理员甲", "角色由坐席与派单改为知识审核，换了密码")]


@pytest.mark.parametrize("change", [{"active": False}, {"role": "operator"}])
def test_the_last_administrator_stays_one(staff, clock, change: dict[str, Any]) -> None:
    with staff.transaction() as tx:
        for name in ("管理员甲", "管理员乙"):
            access.add_member(tx, name, access.hash_password(PASSWORD), "administrator", now=clock(), **BY)
        access.change_member(tx, "管理员甲", **change, now=clock(), **BY)
        with pytest.raises(Refused, match="最后一位管理员"):
            access.change_member(tx, "管理员乙", **change, now=clock(), **BY)
        assert tx.staff.get("管理员乙").may("staff")


def test_two_people_with_one_password_have_different_hashes_and_neither_is_the_password(staff, clock) -> None:
    with staff.transaction() as tx:
        access.add_member(tx, "李四", access.hash_password(PASSWORD), "editor", now=clock(), **BY)
        hashes = {member.password_hash for member in tx.staff.all()}
    assert len(hashes) == 2
    assert not any(PASSWORD in h for h in hashes)


def test_each_role_may_do_its_work_and_no_more() -> None:
    assert set(MAY) == set(get_args(Role)) == set(access.ROLE_NAMES)
    assert set(MAY["administrator"]) == {what for rights in MAY.values() for what in rights}
    assert {role for role in MAY if "reveal" in MAY[role]} == {"administrator", "operator"}
    assert {role for role in MAY if "staff" in MAY[role]} == {"administrator"}
    assert {role for role in MAY if "tickets" in MAY[role]} == {"administrator", "operator"}
    assert {role for role in MAY if "conversations" in MAY[role]} == {"administrator", "operator"}


def test_whoever_may_look_and_says_why_sees_the_reporter_and_is_written_down(staff, clock, new_id, ticket) -> None:
    with staff.transaction() as tx:
        operator = tx.staff.get("张三")
        shown = access.reveal(tx, ticket, by=operator, reason=" 回电核实地址 ", now=clock(), new_id=new_id)
    assert shown == Reporter("王小明", "13812345678")
    with staff.transaction() as tx:
        assert [(r.by, r.reason, r.at, r.ticket_id) for r in tx.staff.reveals(ticket.id)] == [("张三", "回电核实地址", clock(), ticket.id)]


@pytest.mark.parametrize(("role", "reason", "why"), [("operator", "", "理由"), ("operator", "  \n", "理由"), ("editor", "想看看", "权限"), ("analyst", "想看看", "权限")])
def test_without_a_reason_or_the_right_nothing_is_shown(staff, clock, new_id, ticket, role: Role, reason: str, why: str) -> None:
    with staff.transaction() as tx:
        member = access.add_member(tx, "李四", access.hash_password(PASSWORD), role, now=clock(), **BY)
    with pytest.raises(Refused, match=why), staff.transaction() as tx:
        access.reveal(tx, ticket, by=member, reason=reason, now=clock(), new_id=new_id)
    with staff.transaction() as tx:
        assert tx.staff.reveals(ticket.id) == []


def test_every_look_is_written_down_even_by_the_same_person(staff, clock, new_id, ticket) -> None:
    with staff.transaction() as tx:
        operator = tx.staff.get("张三")
        for reason in ("第一次", "第二次"):
            access.reveal(tx, ticket, by=operator, reason=reason, now=clock.forward(minutes=1), new_id=new_id)
        assert [r.reason for r in tx.staff.reveals(ticket.id)] == ["第一次", "第二次"]


def test_the_real_hash_costs_what_owasp_asks_for(monkeypatch: pytest.MonkeyPatch, staff, clock) -> None:
    """And an unknown name costs the same, so that names can't be found out by the clock."""
    costs = []

    def note(password: bytes, *, salt: bytes, n: int, r: int, p: int, maxmem: int) -> bytes:
        costs.append((n, r, p))
        return b"0" * 64

    monkeypatch.setattr(hashlib, "scrypt", note)
    for name in ("张三", "谁也不是"):
        with pytest.raises(Refused):
            access.sign_in(staff, name, "wrong horse!", now=clock())
    assert costs == [(2**16, 8, 2)] * 2
