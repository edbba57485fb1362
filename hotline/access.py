"""Access: who works here, what they may do, and the only door to personal data."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hotline.tickets import NewId, Reporter, Ticket

if TYPE_CHECKING:
    from hotline.ports import Store, Transaction

Role = Literal["administrator", "operator", "editor", "reviewer", "analyst"]
ROLE_NAMES: dict[str, str] = {
    "administrator": "管理员", "operator": "坐席与派单", "editor": "知识编辑", "reviewer": "知识审核", "analyst": "分析",
}  # fmt: skip

# What each role may do. A page or an action names one of these words and nothing else.
MAY: dict[str, frozenset[str]] = {
    "administrator": frozenset({"tickets", "conversations", "knowledge", "edit", "approve", "rates", "sample", "reveal", "staff"}),
    "operator": frozenset({"tickets", "conversations", "knowledge", "rates", "reveal"}),
    "editor": frozenset({"knowledge", "edit"}),
    "reviewer": frozenset({"knowledge", "edit", "approve"}),
    "analyst": frozenset({"rates", "sample", "knowledge"}),
}

SESSION = timedelta(hours=12)
MIN_PASSWORD = 10
RESERVED = frozenset({"citizen", "system", "bot", "市民", "系统", "命令行"})
"""Who acts in a ticket's history without being a member. No member may be called so."""


class Refused(ValueError):
    """Not allowed, or not right. `str(error)` is a Chinese sentence for the person who tried."""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Someone who signs in. `password_hash` is scrypt with its salt, never the password.

    Nobody is ever deleted, because what they did names them; who has left is not `active`.
    """

    name: str
    role: Role
    password_hash: str
    created_at: datetime
    active: bool = True

    def may(self, what: str) -> bool:
        return what in MAY[self.role]


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A signed-in browser. Only the hash of its token is stored."""

    token_hash: str
    name: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StaffEvent:
    """A line of the audit trail of those who work here: what `by` did to whose account. Append-only."""

    id: UUID
    name: str
    by: str
    what: str
    """A Chinese sentence."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Reveal:
    """Who looked at whose personal data, and why."""

    id: UUID
    ticket_id: UUID
    by: str
    reason: str
    at: datetime


def add_member(tx: Transaction, name: str, password_hash: str, role: Role, *, by: str, now: datetime, new_id: NewId) -> StaffMember:
    """Create someone who may sign in. `by`: who does; themselves, if empty. Raises Refused."""
    name = name.strip()
    if not 2 <= len(name) <= 40:
        raise Refused("姓名应为2到40个字。")
    if name.casefold() in RESERVED:
        raise Refused(f"“{name}”是系统保留的名字，请用真实姓名。")
    if tx.staff.get(name):
        raise Refused(f"已有名为“{name}”的账号，请换一个名字。")
    member = StaffMember(name, role, password_hash, now)
    tx.staff.add(member)
    tx.staff.add_event(StaffEvent(new_id(), name, by or name, f"添加为{ROLE_NAMES[role]}", now))
    return member


def change_member(
    tx: Transaction, name: str, *, role: Role | None = None, password_hash: str | None = None, active: bool | None = None, by: str, now: datetime, new_id: NewId
) -> StaffMember:
    """Give a member another role or password, or take away or give back the right to sign in. Ends the member's sessions.

    Raises Refused when nobody would be left who could undo it.
    """
    member = tx.staff.get(name)
    if member is None:
        raise Refused(f"没有名为“{name}”的账号。")
    changed = replace(
        member, role=role or member.role, password_hash=password_hash or member.password_hash, active=member.active if active is None else active
    )
    others = [m for m in tx.staff.all() if m.name != name and m.active and m.may("staff")]
    if not others and not (changed.active and changed.may("staff")):
        raise Refused("这是最后一位管理员，请先添加另一位管理员。")
    tx.staff.update(changed)
    tx.staff.end_sessions_of(name)
    if what := _changes(member, changed):
        tx.staff.add_event(StaffEvent(new_id(), name, by, what, now))
    return changed


def _changes(before: StaffMember, after: StaffMember) -> str:
    """What is different, as a Chinese sentence. Never what a password is."""
    found = [
        f"角色由{ROLE_NAMES[before.role]}改为{ROLE_NAMES[after.role]}" if before.role != after.role else "",
        "换了密码" if before.password_hash != after.password_hash else "",
        ("恢复登录" if after.active else "停用") if before.active != after.active else "",
    ]
    return "，".join(filter(None, found))


def sign_in(store: Store, name: str, password: str, *, now: datetime) -> str:
    """A new session token for the right password. Raises Refused, which never tells which of the two was wrong.

    Takes a tenth of a second, on purpose, and holds no transaction meanwhile.
    """
    with store.reading() as tx:
        member = tx.staff.get(name.strip())
    # An unknown name costs as long as a wrong password, so that names can't be found out by the clock.
    right = _matches(password, member.password_hash if member else _NOBODY)
    if member is None or not right or not member.active:
        raise Refused("姓名或密码不对，请重试。")
    with store.transaction() as tx:
        if tx.staff.get(member.name) != member:  # changed by an administrator meanwhile
            raise Refused("姓名或密码不对，请重试。")
        return begin_session(tx, member, now=now)


def begin_session(tx: Transaction, member: StaffMember, *, now: datetime) -> str:
    """A new session token for a member who has shown who they are."""
    token = secrets.token_urlsafe(32)
    tx.staff.add_session(StaffSession(token_hash(token), member.name, now + SESSION))
    return token


def member_of(tx: Transaction, token: str | None, *, now: datetime) -> StaffMember | None:
    """Whose session this is; None if it is nobody's or has run out."""
    session = tx.staff.session(token_hash(token), now=now) if token else None
    return tx.staff.get(session.name) if session else None


def reveal(tx: Transaction, ticket: Ticket, *, by: StaffMember, reason: str, now: datetime, new_id: NewId) -> Reporter:
    """The reporter's name and phone, for someone who may see them and says why. Recorded. Raises Refused."""
    if not by.may("reveal"):
        raise Refused("您没有查看联系方式的权限。")
    if not reason.strip():
        raise Refused("请先写明查看联系方式的理由。")
    tx.staff.add_reveal(Reveal(new_id(), ticket.id, by.name, reason.strip(), now))
    return tx.tickets.reporter(ticket.id)


def token_hash(token: str) -> str:
    """Tokens are stored as this, so that who reads the database can't use them."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """What is stored of a password. Takes a tenth of a second, on purpose. Raises Refused when it is too short."""
    if len(password) < MIN_PASSWORD:
        raise Refused(f"密码至少{MIN_PASSWORD}位。")
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(password, salt).hex()}"


def _matches(password: str, stored: str) -> bool:
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(password: str, salt: bytes) -> bytes:
    # OWASP's second recommended set of parameters: N=2^16, r=8, p=2 (64 MiB).
    return hashlib.scrypt(password.encode(), salt=salt, n=2**16, r=8, p=2, maxmem=2**27 + 2**20)


_NOBODY = f"{'00' * 16}${'00' * 64}"
