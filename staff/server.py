"""The staff pages' server: NiceGUI on FastAPI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import nicegui
import structlog
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from nicegui import ui
from starlette.staticfiles import StaticFiles

from hotline.city import City
from hotline.ports import Categories, Files, Store
from staff import attachments, exports, plain, reports
from staff.doors import Doors
from staff.frame import Frame
from staff.headers import SecurityHeaders
from staff.library import Library, Make
from staff.office import Office
from staff.pages import catalogue, conversations, figures, knowledge, members, ticket, tickets, today

log = structlog.get_logger()


def serve(
    store: Store, city: City, files: Files, *, host: str, port: int, secret: str, data: Path, survey_delay_minutes: float,
    secure: bool, clock: Callable[[], datetime], new_id: Callable[[], UUID], open_knowledge: Make,
    open_categories: Callable[[], Categories],
) -> None:  # fmt: skip
    """Serve the staff pages until stopped."""
    app = build(
        store, city, files, secret=secret, data=data, survey_delay_minutes=survey_delay_minutes, secure=secure, clock=clock, new_id=new_id,
        open_knowledge=open_knowledge, open_categories=open_categories,
    )  # fmt: skip
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False, server_header=False, log_config=None, timeout_graceful_shutdown=3)


def build(
    store: Store, city: City, files: Files, *, secret: str, data: Path, survey_delay_minutes: float, secure: bool,
    clock: Callable[[], datetime], new_id: Callable[[], UUID], open_knowledge: Make,
    open_categories: Callable[[], Categories],
) -> FastAPI:  # fmt: skip
    """The application. NiceGUI is one per process, so this is called once in a process.

    `open_knowledge` makes the search and its embedder; it is called when an editors' page first needs them;
    `open_categories` makes what guesses categories, when the catalogue is tried.
    """
    library = Library(store, open_knowledge, clock, new_id)
    office = Office(store, city, files, secret, data, timedelta(minutes=survey_delay_minutes), secure, clock, new_id, library, open_categories)
    app = FastAPI(title="Jiesu staff", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)

    @app.get("/healthz")
    async def health() -> Response:
        return JSONResponse({"staff": True})

    app.include_router(Doors(office).router)
    app.include_router(attachments.router(office))
    app.include_router(exports.router(office))
    app.include_router(reports.router(office))
    app.mount("/static", StaticFiles(directory=plain.STATIC), name="staff-static")
    frame = Frame(office)
    for page in (today, tickets, ticket, catalogue, conversations, knowledge, figures, members):
        page.add(frame)
    _run_nicegui(app, office)
    return app


def _run_nicegui(app: FastAPI, office: Office) -> None:
    async def missing(request: Request, error: Exception) -> Response:
        return plain.not_found(office)

    async def failed(request: Request, error: Exception) -> Response:
        log.error("request failed", path=request.url.path, error=type(error).__name__)
        return plain.message(office, "出了点问题", "系统暂时出了问题，请稍后再试。", status=500)

    nicegui.app.add_exception_handler(404, missing)
    nicegui.app.add_exception_handler(Exception, failed)
    ui.add_head_html(
        f'<link rel="stylesheet" href="{plain.asset("staff.css")}"><link rel="stylesheet" href="{plain.asset("knowledge.css")}"><script defer src="{plain.asset("staff.js")}"></script>', shared=True
    )
    # Quasar paints with this colour; ours otherwise come from the style sheet.
    nicegui.app.colors(primary="#1d5b9e")
    ui.run_with(
        app,
        title="接诉",
        favicon=plain.STATIC / "icon.svg",
        language="zh-CN",
        dark=None,
        tailwind=False,
        binding_refresh_interval=None,
        reconnect_timeout=10,
        show_welcome_message=False,
    )
