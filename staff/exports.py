"""Downloads of the knowledge base: all articles as a file, and the files that go with an article."""

from __future__ import annotations

import asyncio
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hotline.access import StaffMember
from hotline.articles import ArticleFile
from hotline.ports import Transaction
from staff import guard, plain
from staff.office import Office


def router(office: Office) -> APIRouter:
    made = APIRouter()

    @made.get("/knowledge/export/{kind}")
    async def export(request: Request, kind: str) -> Response:
        from knowledge_base import exporter

        visit = await guard.admit(office, request, "knowledge")
        if isinstance(visit, Response):
            return visit
        if kind not in exporter.MEDIA_TYPES:
            return plain.not_found(office)
        articles = await visit.read("knowledge", lambda tx, member: tx.articles.all())
        content = await asyncio.to_thread(exporter.export, articles, kind)
        return _download(content, f"知识-{office.local(office.clock()):%Y%m%d}.{kind}", exporter.MEDIA_TYPES[kind])

    @made.get("/knowledge/articles/{id}/files/{file_id}")
    async def file(request: Request, id: str, file_id: str) -> Response:
        def find(tx: Transaction, member: StaffMember) -> ArticleFile | None:
            # Of any version: an older one keeps its files.
            return next((f for v in tx.articles.versions(id) for f in v.article.files if str(f.id) == file_id), None)

        visit = await guard.admit(office, request, "knowledge")
        if isinstance(visit, Response):
            return visit
        found = await visit.read("knowledge", find)
        if found is None:
            return plain.not_found(office, "没有这个附件。")
        try:
            content = await asyncio.to_thread(office.files.get, UUID(file_id))
        except KeyError:
            return plain.not_found(office, "没有这个附件。")
        return _download(content, found.name, found.media_type)

    return made


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", "Cache-Control": "private, no-store"}
    return Response(content, media_type=media_type, headers=headers)
