"""Photos and recordings that citizens sent: decrypted for those who may see them, and for nobody else."""

from __future__ import annotations

import asyncio
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hotline.access import StaffMember
from hotline.messages import Attachment
from hotline.ports import Transaction
from staff import guard, plain
from staff.office import Office

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "audio/ogg", "audio/mpeg", "audio/webm", "audio/amr", "audio/mp4", "audio/wav"})
"""What a browser shows in place. Anything else is only ever saved, because it might be a page with scripts."""


def of_ticket(number: str, attachment: Attachment) -> str:
    """Where a ticket's attachment is."""
    return f"/tickets/{number}/files/{attachment.id}"


def of_conversation(conversation_id: UUID, attachment: Attachment) -> str:
    return f"/conversations/{conversation_id}/files/{attachment.id}"


def is_image(attachment: Attachment) -> bool:
    return attachment.media_type.startswith("image/")


def router(office: Office) -> APIRouter:
    """The two routes. Each looks whether the file really belongs to what its address says."""
    made = APIRouter()

    @made.get("/tickets/{number}/files/{id}")
    async def ticket_file(request: Request, number: str, id: str) -> Response:
        def find(tx: Transaction, member: StaffMember) -> Attachment | None:
            ticket = tx.tickets.by_number(number)
            return next((a for a in tx.attachments.of_ticket(ticket.id) if str(a.id) == id), None) if ticket else None

        visit = await guard.admit(office, request, "tickets")
        return visit if isinstance(visit, Response) else await _send(office, await visit.read("tickets", find))

    @made.get("/conversations/{conversation_id}/files/{id}")
    async def conversation_file(request: Request, conversation_id: str, id: str) -> Response:
        def find(tx: Transaction, member: StaffMember) -> Attachment | None:
            try:
                attachment, owner = tx.attachments.get(UUID(id))
            except (KeyError, ValueError):
                return None
            return attachment if str(owner) == conversation_id else None

        visit = await guard.admit(office, request, "conversations")
        return visit if isinstance(visit, Response) else await _send(office, await visit.read("conversations", find))

    return made


async def _send(office: Office, attachment: Attachment | None) -> Response:
    missing = plain.not_found(office, "没有这个附件，可能已经按期限删除。")
    if attachment is None:
        return missing
    try:
        content = await asyncio.to_thread(office.files.get, attachment.id)
    except KeyError:
        return missing
    shown = attachment.media_type in SHOWN
    headers = {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(attachment.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'none'; sandbox",
        # Not kept by the browser: the next person at this desk may not be allowed to see it.
        "Cache-Control": "private, no-store",
    }
    return Response(content, media_type=attachment.media_type if shown else "application/octet-stream", headers=headers)
