"""The guard: who is here and what they may do. Asked when a page opens, and again at every action of an open page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from hotline import access
from hotline.access import StaffMember
from hotline.ports import Transaction
from staff import plain
from staff.office import Office

COOKIE = "jiesu_staff"
HOME = "/"
T = TypeVar("T")


class SignedOut(Exception):
    """The session has ended: by signing out, by an administrator or by its twelve hours."""


class NotAllowed(access.Refused):
    """The member has no right to this."""

    def __init__(self, member: StaffMember) -> None:
        super().__init__(f"您的角色是“{access.ROLE_NAMES[member.role]}”，没有使用这项功能的权限。需要的话，请联系管理员。")


class NotFound(LookupError):
    """What was asked for does not exist. `str(error)` is a Chinese sentence."""


@dataclass
class Visit:
    """A signed-in member with a page open."""

    office: Office
    token: str
    member: StaffMember
    request: Request
    title: str = ""
    """What the page is called; the browser's title adds who waits."""
    visible: bool = True
    """Whether the browser shows the page now. A hidden page does not ask for news."""
    here: str = field(init=False)
    """The page's own address, to come back to after signing in again."""

    def __post_init__(self) -> None:
        query = self.request.url.query
        self.here = self.request.url.path + (f"?{query}" if query else "")

    async def do(self, right: str | None, work: Callable[[Transaction, StaffMember], T]) -> T:
        """Do `work` if the session still holds and has the right. Check and work are one transaction, so nothing slips between.

        Raises SignedOut, NotAllowed, and whatever `work` raises.
        """

        return await self.office.run(lambda tx: work(tx, require(self.office, tx, self.token, right)))

    async def read(self, right: str | None, work: Callable[[Transaction, StaffMember], T]) -> T:
        """The same for what only reads, which nobody's writing holds up. What it writes is dropped."""
        return await self.office.read(lambda tx: work(tx, require(self.office, tx, self.token, right)))

    def asked(self, name: str) -> str:
        """A query parameter, empty when absent. Never trusted to be anything else than text."""
        return self.request.query_params.get(name, "").strip()[:200]


def require(office: Office, tx: Transaction, token: str | None, right: str | None) -> StaffMember:
    """Whose session this is, if it holds and has the right. Raises SignedOut, NotAllowed."""
    member = access.member_of(tx, token, now=office.clock())
    if member is None:
        raise SignedOut
    if right is not None and not member.may(right):
        raise NotAllowed(member)
    return member


async def admit(office: Office, request: Request, right: str | None) -> Visit | Response:
    """The visit of whoever opens a page, or what they get instead: the door, or a kind refusal."""
    token = request.cookies.get(COOKIE)
    try:
        member = await office.read(lambda tx: require(office, tx, token, right))
    except SignedOut:
        return RedirectResponse(door(request), 303)
    except NotAllowed as refused:
        return plain.message(office, "没有权限", str(refused), status=403)
    assert token is not None
    return Visit(office, token, member, request)


def door(request: Request) -> str:
    """The sign-in page that leads back to what was asked for."""
    query = request.url.query
    return sign_in_path(request.url.path + (f"?{query}" if query else ""))


def sign_in_path(wanted: str) -> str:
    return "/login" if wanted == HOME else f"/login?next={quote(wanted, safe='')}"


def safe_path(wanted: str) -> str:
    """The path to go on to after signing in: one of our own, or the first page. Nobody is sent to another site."""
    # Browsers read "\" as "/", and "//host" as another site; control characters are dropped before the rest is read.
    if not wanted.startswith("/") or wanted.startswith("//") or "\\" in wanted or not wanted.isprintable():
        return HOME
    parts = urlsplit(wanted)
    if parts.scheme or parts.netloc or parts.path in ("/login", "/logout", "/setup"):
        return HOME
    return wanted
