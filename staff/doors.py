"""The doors: setting up the first administrator, signing in and signing out. Plain HTML that works without scripts."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from html import escape
from pathlib import Path
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from hotline import access
from hotline.ports import Transaction
from staff import plain
from staff.guard import COOKIE, SignedOut, require, safe_path
from staff.office import Office
from staff.tries import Tries

DOOR_COOKIE = "jiesu_door"
"""Ties a form to the browser that was given it: another site can neither read nor set it."""
MAX_FORM = 16 * 1024
TOO_MANY = "输错次数太多，请一分钟后再试。"
STALE = "这个页面放得太久，已经失效，请重新填写。"


class Doors:
    """The routes, and what they remember."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.tries = Tries(office.clock)
        self.router = APIRouter()
        self.router.add_api_route("/login", self.show_sign_in, methods=["GET"])
        self.router.add_api_route("/login", self.sign_in, methods=["POST"])
        self.router.add_api_route("/logout", self.sign_out, methods=["POST"])
        self.router.add_api_route("/setup", self.show_setup, methods=["GET"])
        self.router.add_api_route("/setup", self.set_up, methods=["POST"])
        # A password costs 64 MB of memory to check, on purpose. Two at a time, or a flood of them takes all memory.
        self._checking = asyncio.Semaphore(2)

    async def show_sign_in(self, request: Request) -> Response:
        wanted = safe_path(request.query_params.get("next", ""))
        token = request.cookies.get(COOKIE)
        try:
            await self.office.read(lambda tx: require(self.office, tx, token, None))
        except SignedOut:
            return self._sign_in_form(request, wanted)
        return RedirectResponse(wanted, 303)

    async def sign_in(self, request: Request) -> Response:
        form = await _form(request)
        wanted, name, address = safe_path(form.get("next", "")), form.get("name", ""), request.client.host if request.client else ""
        if not self._is_ours(request, form):
            return self._sign_in_form(request, wanted, STALE, status=403, name=name)
        if not self.tries.begin(name, address):
            return self._sign_in_form(request, wanted, TOO_MANY, status=429, name=name)
        try:
            async with self._checking:
                token = await asyncio.to_thread(access.sign_in, self.office.store, name, form.get("password", ""), now=self.office.clock())
        except access.Refused as refused:
            return self._sign_in_form(request, wanted, str(refused), status=401, name=name)
        self.tries.was_right(name, address)
        return self._let_in(token, wanted)

    async def sign_out(self, request: Request) -> Response:
        token = request.cookies.get(COOKIE, "")
        form = await _form(request)
        if not token or not self.office.is_signed("sign out", token, form.get("csrf", "")):
            return plain.message(self.office, "没有退出", "这个请求不是从本系统的页面发出的，您仍在登录状态。", status=403)
        await self.office.run(lambda tx: tx.staff.end_session(access.token_hash(token)))
        response = RedirectResponse("/login", 303)
        response.delete_cookie(COOKIE, path="/", secure=self.office.secure, httponly=True, samesite="strict")
        return response

    async def show_setup(self, request: Request) -> Response:
        if not await self._may_set_up(request.query_params.get("token", "")):
            return self._no_setup()
        return self._setup_form(request, request.query_params["token"])

    async def set_up(self, request: Request) -> Response:
        form = await _form(request)
        token, name, password = form.get("token", ""), form.get("name", ""), form.get("password", "")
        if not await self._may_set_up(token):
            return self._no_setup()
        if not self._is_ours(request, form):
            return self._setup_form(request, token, STALE, status=403, name=name)
        if password != form.get("again", ""):
            return self._setup_form(request, token, "两次输入的密码不一样，请重新输入。", status=400, name=name)

        def create(tx: Transaction) -> str:
            if tx.staff.all():  # someone was quicker; asked here again, where nobody can come between
                raise access.Refused("已经有管理员了，请登录。")
            now = self.office.clock()
            return access.begin_session(tx, access.add_member(tx, name, hashed, "administrator", by="", now=now, new_id=self.office.new_id), now=now)

        try:
            async with self._checking:
                hashed = await asyncio.to_thread(access.hash_password, password)
            session = await self.office.run(create)
        except access.Refused as refused:
            return self._setup_form(request, token, str(refused), status=400, name=name)
        await asyncio.to_thread(self._setup_file.unlink, True)
        return self._let_in(session, "/")

    # --- forms

    def _sign_in_form(self, request: Request, wanted: str, error: str = "", *, status: int = 200, name: str = "") -> Response:
        fields = (
            _hidden("next", wanted)
            + _field("name", "姓名", "text", "username", name, autofocus=not name)
            + _field("password", "密码", "password", "current-password", autofocus=bool(name))
            + '<button type="submit" class="main">登录</button>'
        )
        response = self._form_page(request, "登录", "", error, "/login", fields, status)
        if status == 429:
            response.headers["Retry-After"] = "60"
        return response

    def _setup_form(self, request: Request, token: str, error: str = "", *, status: int = 200, name: str = "") -> Response:
        fields = (
            _hidden("token", token)
            + _field("name", "姓名", "text", "username", name, hint="2到40个字，登录时用", autofocus=not name)
            + _field("password", "密码", "password", "new-password", hint=f"至少{access.MIN_PASSWORD}位", autofocus=bool(name))
            + _field("again", "再输一次密码", "password", "new-password")
            + '<button type="submit" class="main">创建并登录</button>'
        )
        intro = "<p>管理员可以添加其他工作人员。这个页面只能用一次。</p>"
        return self._form_page(request, "设置第一位管理员", intro, error, "/setup", fields, status)

    def _form_page(self, request: Request, title: str, intro: str, error: str, action: str, fields: str, status: int) -> Response:
        nonce = request.cookies.get(DOOR_COOKIE) or secrets.token_urlsafe(24)
        alert = f'<p class="error" role="alert">{escape(error)}</p>' if error else ""
        csrf = _hidden("csrf", self.office.sign("door", nonce))
        body = f'<h1>{title}</h1>{intro}{alert}<form method="post" action="{action}">{csrf}{fields}</form>'
        response = plain.page(self.office, title, body, status=status)
        self._set_cookie(response, DOOR_COOKIE, nonce, None)
        return response

    def _is_ours(self, request: Request, form: dict[str, str]) -> bool:
        nonce = request.cookies.get(DOOR_COOKIE)
        return bool(nonce) and self.office.is_signed("door", nonce or "", form.get("csrf", ""))

    def _let_in(self, token: str, wanted: str) -> Response:
        response = RedirectResponse(wanted, 303)
        self._set_cookie(response, COOKIE, token, int(access.SESSION.total_seconds()))
        return response

    def _set_cookie(self, response: Response, name: str, value: str, max_age: int | None) -> None:
        response.set_cookie(name, value, max_age=max_age, path="/", secure=self.office.secure, httponly=True, samesite="strict")

    # --- what may happen

    @property
    def _setup_file(self) -> Path:
        return self.office.data / "setup.token"

    async def _may_set_up(self, token: str) -> bool:
        """Only with the token that `jiesu run` printed, and only as long as nobody can sign in."""

        def read() -> bool:
            try:
                expected = self._setup_file.read_text().strip()
            except OSError:
                return False
            return bool(expected) and hmac.compare_digest(expected.encode(), token.encode())

        return await asyncio.to_thread(read) and not await self.office.read(lambda tx: tx.staff.all())

    def _no_setup(self) -> Response:
        return plain.not_found(self.office, "没有这个页面，或者它已经用过了。请直接登录；需要账号的话，请联系管理员。")


async def _form(request: Request) -> dict[str, str]:
    """The fields of a posted form; none of one that is far too long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'


def _field(name: str, label: str, kind: str, autocomplete: str, value: str = "", *, hint: str = "", autofocus: bool = False) -> str:
    described = f' aria-describedby="{name}-hint"' if hint else ""
    return (
        f'<label for="{name}">{label}</label>'
        + (f'<small id="{name}-hint">{hint}</small>' if hint else "")
        + f'<input id="{name}" name="{name}" type="{kind}" autocomplete="{autocomplete}" value="{escape(value)}" required maxlength="200"{described}'
        + (" autofocus>" if autofocus else ">")
    )
