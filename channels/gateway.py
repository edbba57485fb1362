"""The gateway: one FastAPI application with the web chat, the webhooks of all channels and a health page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as ASGIMessage

from channels import article_files, survey_page
from channels.base import Reception
from channels.telegram.channel import TelegramChannel
from channels.web.channel import WebChat

# Where the framework would answer in English.
SENTENCES = {"Not Found": "没有这个页面。", "Method Not Allowed": "不能这样访问。"}
log = structlog.get_logger()


def build(reception: Reception, *, public_url: str, secret: str, survey_secret: str, is_ready: Callable[[], Awaitable[bool]]) -> FastAPI:
    """The application. `secret` signs the web chat's cookies, `survey_secret` the links to surveys; `is_ready` tells whether the dialogue manager answers."""
    web = WebChat(reception, secret=secret, secure_cookie=public_url.startswith("https://"))
    telegram = reception.channels.get("telegram")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(web.poll())]
        if isinstance(telegram, TelegramChannel):
            tasks.append(asyncio.create_task(telegram.start(reception, public_url)))
        yield
        for task in tasks:
            task.cancel()
        await reception.close()
        if isinstance(telegram, TelegramChannel):
            await telegram.close()

    app = FastAPI(title="Jiesu gateway", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(web.router)
    app.include_router(article_files.router(reception.store, reception.files, today=lambda: reception.clock().astimezone(reception.city.timezone).date()))
    app.include_router(survey_page.router(reception.store, reception.city, secret=survey_secret, clock=reception.clock, new_id=reception.new_id))
    if isinstance(telegram, TelegramChannel):
        app.include_router(telegram.router(reception))

    @app.get("/")
    async def home() -> Response:
        return RedirectResponse("/chat/")

    @app.get("/chat")
    async def chat() -> Response:
        return RedirectResponse("/chat/")

    @app.get("/healthz")
    async def health() -> Response:
        ready = await is_ready()
        return JSONResponse({"gateway": True, "dialogue": ready}, 200 if ready else 503)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return JSONResponse({"error": SENTENCES.get(str(error.detail), error.detail)}, error.status_code, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return JSONResponse({"error": "请求格式不对，请刷新页面后重试。"}, 400)

    app.add_middleware(Guard)
    return app


class Guard:
    """Around every request: an unforeseen error becomes a sentence, and browsers are told to be careful."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def careful(message: ASGIMessage) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                MutableHeaders(scope=message).update({"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"})
            await send(message)

        try:
            await self._app(scope, receive, careful)
        except Exception as error:
            # Here and not in a handler, after which the server would log the whole error: it may quote the citizen.
            log.error("request failed", path=scope.get("path"), error=type(error).__name__)
            if not begun:
                await JSONResponse({"error": "系统暂时出了问题，请稍后再试。"}, 500)(scope, receive, careful)
