"""Signed links: whoever holds one may do one thing, about one survey, until it expires. Nobody can make one up."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

Purpose = Literal["survey", "sample"]
VALID = timedelta(days=7)
PATHS: dict[Purpose, str] = {"survey": "s", "sample": "c"}
"""Where on the gateway a link leads to; c as in 抽样 (chōuyàng)."""
_SIGNATURE = 16


class LinkRefused(ValueError):
    """The link was not made by us or has expired. `str(error)` is a Chinese sentence."""


def sign(secret: str, purpose: Purpose, id: UUID, expires_at: datetime) -> str:
    """A token for a link: the id, when it expires, and a signature (HMAC-SHA256, 128 bits), short enough for a text message."""
    content = id.bytes + int(expires_at.timestamp()).to_bytes(5, "big")
    return base64.urlsafe_b64encode(content + _signature(secret, purpose, content)).decode().rstrip("=")


def read(secret: str, purpose: Purpose, token: str, *, now: datetime) -> UUID:
    """The id in a token. Raises LinkRefused."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        raw = b""
    content, signature = raw[:-_SIGNATURE], raw[-_SIGNATURE:]
    if len(content) != 21 or not hmac.compare_digest(signature, _signature(secret, purpose, content)):
        raise LinkRefused("这个链接不完整，请从短信或邮件里重新打开。")
    if datetime.fromtimestamp(int.from_bytes(content[16:], "big"), UTC) <= now:
        raise LinkRefused("这个链接已经过期，谢谢您。有事请再联系我们。")
    return UUID(bytes=content[:16])


def _signature(secret: str, purpose: Purpose, content: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode() + content, hashlib.sha256)[:_SIGNATURE]
