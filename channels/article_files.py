"""Files that go with an answer, such as a form to fill in: for everybody, as the answer itself is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from hotline.articles import ArticleFile
from hotline.ports import Files, Store

SHOWN = frozenset({"image/jpeg", "image/png", "application/pdf"})
"""What a browser shows by itself. Anything else is saved."""


def router(store: Store, files: Files, *, today: Callable[[], date]) -> APIRouter:
    """`GET /files/{article}/{file}`, where answers point (`hotline.articles.file_link`)."""
    routes = APIRouter()

    def find(article_id: str, file_id: UUID) -> tuple[ArticleFile, bytes] | None:
        with store.reading() as tx:
            article = tx.articles.get(article_id)
        if article is None or not article.is_valid(today()):
            return None
        file = next((file for file in article.files if file.id == file_id), None)
        try:
            return (file, files.get(file.id)) if file else None
        except KeyError:
            return None

    @routes.get("/files/{article_id}/{file_id}")
    async def send(article_id: str, file_id: UUID) -> Response:
        found = await asyncio.to_thread(find, article_id, file_id)
        if found is None:
            return PlainTextResponse("这个文件已经不在了，请再问一次，看最新的答复。", 404)
        file, content = found
        headers = {
            "Content-Disposition": f"{'inline' if file.media_type in SHOWN else 'attachment'}; filename*=UTF-8''{quote(file.name, safe='')}",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "public, max-age=300",
        }
        return Response(content, media_type=file.media_type, headers=headers)

    return routes
