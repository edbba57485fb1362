"""Asterisk's REST interface as far as outgoing calls need it: real HTTP, a real WebSocket, and the dialplan's AudioSocket call at the end.

It does what Asterisk does: an application is known only while its WebSocket is open, a channel's events go to that application, StasisStart comes with
the answer and not before, a channel that is gone answers 404, and who brings no password 401.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import socket
from typing import Any
from uuid import UUID

import uvicorn
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, Response

from channels.phone.legs.audiosocket import IDENTIFY, SLIN, frame

USER, PASSWORD = "jiesu", "secret"


class FakeAsterisk:
    """`answers`: whether the far end takes the call; if not, it ends with `cause` (Q.850) after it rang, or at once when `rings` is false."""

    def __init__(self, sound_port: int) -> None:
        self.sound_port = sound_port
        self.answers, self.rings, self.cause = True, True, 0
        self.connects = True
        """Whether the dialplan brings the sound of an answered call."""
        self.channels: dict[str, dict[str, Any]] = {}
        self.dialled: list[tuple[str, str]] = []
        """Endpoint and time limit of every call."""
        self.deleted: list[str] = []
        self.port = 0
        self._apps: dict[str, WebSocket] = {}
        self._ids = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.port}/ari"

    async def start(self) -> None:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.port = listening.getsockname()[1]
        self._server = uvicorn.Server(uvicorn.Config(self._app(), log_config=None, ws="websockets-sansio"))
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._server.should_exit = True
        await self._serving

    def _app(self) -> FastAPI:
        app = FastAPI()

        @app.websocket("/ari/events")
        async def events(socket: WebSocket, app: str, api_key: str) -> None:
            if api_key != f"{USER}:{PASSWORD}":
                await socket.close(1008)
                return
            await socket.accept()
            self._apps[app] = socket
            try:
                while True:
                    await socket.receive_text()
            except WebSocketDisconnect:
                self._apps.pop(app, None)

        @app.post("/ari/channels")
        async def originate(request: Request, endpoint: str, app: str, timeout: str) -> Response:
            if not self._allowed(request):
                return JSONResponse({"message": "Authentication required"}, 401)
            id = f"1764000000.{next(self._ids)}"
            variables = json.loads(await request.body() or b"{}").get("variables", {})
            self.channels[id] = {"id": id, "state": "Down", "variables": variables, "app": app}
            self.dialled.append((endpoint, timeout))
            self._later(self._ring(id))
            return JSONResponse(self._seen(id))

        @app.post("/ari/channels/{id}/continue")
        async def go_on(request: Request, id: str, context: str) -> Response:
            if id not in self.channels:
                return JSONResponse({"message": "Channel not found"}, 404)
            assert context == "jiesu-outgoing"
            await self._tell(id, "StasisEnd")
            if self.connects:
                self._later(self._connect(id))
            return Response(status_code=204)

        @app.delete("/ari/channels/{id}")
        async def delete(request: Request, id: str) -> Response:
            if id not in self.channels:
                return JSONResponse({"message": "Channel not found"}, 404)
            self.deleted.append(id)
            del self.channels[id]
            return Response(status_code=204)

        return app

    def _allowed(self, request: Request) -> bool:
        return request.headers.get("Authorization") == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    def _later(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _seen(self, id: str) -> dict[str, Any]:
        return {name: value for name, value in self.channels[id].items() if name in ("id", "state")}

    async def _tell(self, id: str, kind: str, **more: Any) -> None:
        if socket := self._apps.get(self.channels[id]["app"]):
            await socket.send_text(json.dumps({"type": kind, "channel": self._seen(id), **more}))

    async def _ring(self, id: str) -> None:
        await self._tell(id, "ChannelCreated")
        if self.rings:
            self.channels[id]["state"] = "Ringing"
            await self._tell(id, "ChannelStateChange")
        if self.answers:
            self.channels[id]["state"] = "Up"
            await self._tell(id, "StasisStart", args=[])
        elif self.cause >= 0:
            await self._tell(id, "ChannelDestroyed", cause=self.cause, cause_txt="")
            del self.channels[id]

    async def _connect(self, id: str) -> None:
        """The dialplan: Dial(AudioSocket/…/${JIESU_UUID}). The far end says nothing, and hangs up when we do."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.sound_port)
        writer.write(frame(IDENTIFY, UUID(self.channels[id]["variables"]["JIESU_UUID"]).bytes))
        try:
            while await reader.read(4096):
                writer.write(frame(SLIN, bytes(320)))
        finally:
            writer.close()
            self.channels.pop(id, None)

