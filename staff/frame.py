"""The frame around every page: navigation, title, sign-out, and what happens when an action can't be done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from fastapi import Request
from fastapi.responses import Response
from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from hotline.access import ROLE_NAMES, Refused
from hotline.catalogue import CatalogueError
from hotline.conversations import NotYours
from hotline.messages import MessageRefused
from hotline.tickets import WrongState
from staff import guard, plain
from staff.guard import NotFound, SignedOut, Visit
from staff.office import Office, Shared
from staff.parts import Tag

NEWS_SECONDS = 3.0
SESSION_LOOK_SECONDS = 30.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Place:
    """An entry of the navigation."""

    path: str
    name: str
    right: str | None
    icon: str
    beneath: tuple[str, ...] = ()
    """Other paths whose pages belong here."""


@dataclass(frozen=True, slots=True)
class Queue:
    """Who waits for a person: how many, and those of them who are in danger, longest first."""

    waiting: int = 0
    danger: tuple[UUID, ...] = ()


PLACES = (
    Place("/", "今天", None, "today"),
    Place("/tickets", "工单", "tickets", "assignment", beneath=("/catalogue",)),
    Place("/conversations", "会话", "conversations", "forum"),
    Place("/knowledge", "知识", "knowledge", "menu_book"),
    Place("/rates", "数据", "rates", "insights"),
    Place("/staff", "人员", "staff", "group"),
)


class Frame:
    """Puts pages into the frame."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.waiting = Shared(office, timedelta(seconds=2), self._look_who_waits)

    def page(self, path: str, title: str, right: str | None) -> Callable[[Callable[[Visit], Awaitable[None]]], None]:
        """Register a page of the members with a right. Whoever has no session is sent to the door first."""

        def register(content: Callable[[Visit], Awaitable[None]]) -> None:
            @ui.page(path, title=f"{title} · 接诉", response_timeout=20)
            async def show(request: Request) -> Response | None:
                visit = await guard.admit(self.office, request, right)
                if isinstance(visit, Response):
                    return visit
                visit.title = title
                try:
                    with await self._around(visit):
                        await content(visit)
                        if sentence := self.office.sentences.pop(visit.token, ""):
                            done(sentence)
                except NotFound as missing:
                    return plain.not_found(self.office, str(missing))
                except Elsewhere as elsewhere:
                    return elsewhere.response
                except Exception as error:
                    log.error("page failed", path=path, error=type(error).__name__)
                    return plain.message(self.office, "出了点问题", "系统暂时出了问题，请稍后再试。", status=500, back=visit.here, back_text="再试一次")
                return None

        return register

    async def _around(self, visit: Visit) -> AbstractContextManager[None]:
        queue = await self.waiting.get() if visit.member.may("conversations") else Queue()
        return self._drawn(visit, queue)

    @contextmanager
    def _drawn(self, visit: Visit, queue: Queue) -> Iterator[None]:
        # NiceGUI puts everything into a <main>; ours, without the navigation, is the one that screen readers should know.
        page = ui.context.client.content.parent_slot
        if page:
            page.parent.props["role"] = "none"
        Tag("a", "跳到正文", "skip", href="#main")
        with Tag("div", classes="frame"):
            with Tag("header", classes="side"):
                _brand(self.office)
                badge = _navigation(visit, queue.waiting)
                _member(visit)
            with Tag("main", id="main", tabindex="-1"):
                alarm = Alarm()
                yield
        alarm.show(queue)
        ui.page_title(_title(visit.title, queue))
        self._keep_fresh(visit, badge, alarm, queue)

    def _keep_fresh(self, visit: Visit, badge: Badge | None, alarm: Alarm, shown: Queue) -> None:
        """Count who waits, in the navigation and in the title, call when somebody is in danger, and leave when the session has ended."""

        def seen(event: GenericEventArguments) -> None:
            visit.visible = bool(event.args)

        ui.on("seen", seen)

        async def look() -> None:
            await visit.read(None, lambda tx, member: None)

        ui.timer(SESSION_LOOK_SECONDS, told(look), immediate=False)
        if badge is None:
            return

        async def count() -> None:
            nonlocal shown
            queue = await self.waiting.get()
            if queue == shown:
                return
            if set(queue.danger) - set(shown.danger):
                ui.run_javascript("callSomebody()")
            shown = queue
            badge.show(queue.waiting)
            alarm.show(queue)
            ui.page_title(_title(visit.title, queue))

        ui.timer(NEWS_SECONDS, told(count), immediate=False)

    async def _look_who_waits(self) -> Queue:
        conversations = await self.office.read(lambda tx: tx.conversations.waiting())
        waiting = [c for c in conversations if c.status == "waiting"]
        return Queue(len(waiting), tuple(c.id for c in waiting if c.urgent))


class Badge:
    """How many wait, read out when it changes. A phone has room for the number only; the words are there for the ear."""

    def __init__(self, count: int) -> None:
        with Tag("span", classes="badge", role="status"):
            self.number, self.words = Tag("span"), Tag("span", classes="long")
        self.show(count)

    def show(self, count: int) -> None:
        self.count = count
        self.number.set_text(str(count) if count else "")
        self.words.set_text(" 人等候" if count else "")


class Alarm:
    """On every page of who may help: somebody in danger waits for a person. It is read out, and stays until one is there."""

    def __init__(self) -> None:
        self.bar = Tag("div", classes="alarm", role="alert")

    def show(self, queue: Queue) -> None:
        self.bar.clear()
        if not queue.danger:
            return
        with self.bar:
            ui.icon("warning")
            Tag("b", "有市民报告险情，正在等人工" if len(queue.danger) == 1 else f"有 {len(queue.danger)} 位市民报告险情，正在等人工")
            Tag("a", "去接入", href=f"/conversations/{queue.danger[0]}")


class Elsewhere(Exception):
    """The page answers with another response, such as a redirect."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def told(work: Callable[..., Awaitable[Any]], *, then: Callable[[], Awaitable[Any]] | None = None) -> Callable[..., Awaitable[None]]:
    """`work` as a handler that tells the member in a sentence when it can't be done. `then` refreshes the page afterwards."""

    @wraps(work)  # NiceGUI hands the event only to a handler whose signature asks for it, as that of an upload does
    async def handle(*args: Any) -> None:
        # The button that was pressed may be drawn anew meanwhile, and nothing can be drawn from one that is gone; the page stays.
        client = ui.context.client
        succeeded = False
        try:
            with client:
                await work(*args)
            succeeded = True
        except SignedOut:
            with client:
                _leave()
            return
        except (Refused, WrongState, CatalogueError, NotYours, MessageRefused, NotFound) as refused:
            with client:
                _notify(str(refused), "warn", "error_outline")
        except Exception as error:  # never a page that silently does nothing
            log.error("action failed", error=type(error).__name__)
            with client:
                _notify("系统暂时出了问题，没有保存，请稍后再试。", "bad", "report")
        if then is None or client.is_deleted:
            return

        async def show() -> None:
            with client:
                await told(then)()

        if succeeded:
            await show()
        else:  # whoever was refused may press again while the page is drawn anew
            background_tasks.create(show(), name="refresh after a refusal")

    return handle


def every(visit: Visit, seconds: float, work: Callable[[], Awaitable[Any]]) -> ui.timer:
    """Do `work` again and again while the page is in view. A failure is not shown: the next time may do."""

    async def look() -> None:
        if not visit.visible:
            return
        try:
            await work()
        except (SignedOut, Refused):
            _leave()
        except NotFound:
            pass
        except Exception as error:
            log.warning("refresh failed", error=type(error).__name__)

    return ui.timer(seconds, look, immediate=False)


def done(sentence: str) -> None:
    """Say that something was done."""
    _notify(sentence, "good", "check_circle")


def done_then(visit: Visit, sentence: str, path: str) -> None:
    """Go to another page, and say there that something was done: what is said here would be gone with this page."""
    visit.office.sentences[visit.token] = sentence
    # What was written is saved: the browser has nothing to warn of.
    ui.run_javascript("window.onbeforeunload = null")
    ui.navigate.to(path)


def _notify(sentence: str, tone: str, icon: str) -> None:
    good = tone == "good"
    # At the bottom: the head of a page says what just changed.
    ui.notify(
        sentence, position="bottom", timeout=4000 if good else 8000, close_button=False if good else "知道了", icon=icon, classes=f"told {tone}"
    )


def _leave() -> None:
    """To the door, and back here after signing in."""
    ui.run_javascript("location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search))")


def _brand(office: Office) -> None:
    with Tag("a", classes="brand", href="/"):
        Tag("img", src=plain.asset("icon.svg"), alt="", width="26", height="26")
        Tag("b", "接诉")
        Tag("span", f"{office.city.name} {office.city.settings['hotline']}")


def _navigation(visit: Visit, waiting: int) -> Badge | None:
    badge: Badge | None = None
    with Tag("nav", classes="places", aria_label="主导航"):
        for place in PLACES:
            if place.right is not None and not visit.member.may(place.right):
                continue
            here = _is_here(place, visit.request.url.path)
            with Tag("a", classes="place" + (" here" if here else ""), href=place.path) as entry:
                if here:
                    entry.props["aria-current"] = "page"
                ui.icon(place.icon)
                Tag("span", place.name)
                if place.right == "conversations":
                    badge = Badge(waiting)
    return badge


def _is_here(place: Place, path: str) -> bool:
    if place.path == "/":
        return path == "/"
    return any(path == root or path.startswith(root + "/") for root in (place.path, *place.beneath))


def _member(visit: Visit) -> None:
    with Tag("div", classes="member"):
        with Tag("div", classes="member-name"):
            Tag("b", visit.member.name)
            Tag("span", ROLE_NAMES[visit.member.role])
        with Tag("form", method="post", action="/logout"):
            Tag("input", type="hidden", name="csrf", value=visit.office.sign("sign out", visit.token))
            Tag("button", "退出", "quiet", type="submit")


def _title(title: str, queue: Queue) -> str:
    first = "(险情) " if queue.danger else f"({queue.waiting}人等候) " if queue.waiting else ""
    return f"{first}{title} · 接诉"
