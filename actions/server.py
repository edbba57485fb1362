"""The action server: rasa-sdk on loopback, with a token, and the knowledge base kept fresh beside it."""

from __future__ import annotations

import asyncio
import hmac
import logging
from typing import Any

import structlog
from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions import calls, consultation, followup, intake, survey, talk
from actions.alarm import Watched
from actions.turn import Desk

REFRESH_SECONDS = 1.0
log = structlog.get_logger()


def all_actions(desk: Desk) -> list[Any]:
    """Every action of bot/domain/actions.yml."""
    modules = (consultation, intake, followup, survey, calls, talk)
    return [action for module in modules for action in module.actions(desk)]


def build(desk: Desk, token: str) -> Sanic:
    """The server as a Sanic application. `token` must come as the query parameter `token`, as Rasa sends it."""
    executor = ActionExecutor()
    for action in all_actions(desk):
        executor.register_action(Watched(action, desk))
    app: Sanic = create_app(executor, cors_origins=[])

    @app.on_request  # type: ignore[untyped-decorator]
    async def only_rasa(request: Request) -> HTTPResponse | None:
        if request.path == "/webhook" and not hmac.compare_digest(request.args.get("token", ""), token):
            return json({"error": "Wrong token."}, 401)
        return None

    @app.after_server_start
    async def keep_fresh(app: Sanic) -> None:
        app.add_task(_refresh(desk))
        app.add_task(asyncio.to_thread(_warm, desk))

    return app


def serve(desk: Desk, *, port: int, token: str) -> None:
    """Serve until stopped."""
    # The SDK logs whole requests when an action fails, and warns that Rasa is older than itself. Actions log for themselves.
    for name in ("rasa_sdk", "sanic.root", "sanic.access", "sanic.error"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    build(desk, token).run(host="127.0.0.1", port=port, single_process=True, access_log=False, motd=False)


def _warm(desk: Desk) -> None:
    """What would keep the first citizens waiting."""
    _ = desk.place_names
    desk.survey_reader.train()
    _ = desk.survey_triage


async def _refresh(desk: Desk) -> None:
    while True:
        try:
            if await asyncio.to_thread(desk.knowledge.refresh):
                log.info("knowledge index renewed", articles=len(desk.knowledge))
        except Exception as error:  # the old index goes on serving, whatever keeps the new one from being built
            log.error("knowledge index not renewed", error=type(error).__name__)
        await asyncio.sleep(REFRESH_SECONDS)
