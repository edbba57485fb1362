"""Encryption at rest, for what is personal: names, phones, exact addresses, message texts and files."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Cipher:
    """Fernet (AES-128-CBC with HMAC-SHA256). Several keys may be given: the first encrypts, all decrypt, so keys can be changed."""

    def __init__(self, keys: str) -> None:
        """`keys`: one or more Fernet keys with commas between. Raises ValueError, a sentence."""
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
            self._oldest = keys.rsplit(",", 1)[-1].strip().encode()
        except ValueError as error:
            raise ValueError("JIESU_ENCRYPTION_KEY must be one or more Fernet keys (32 bytes, URL-safe base64) with commas between.") from error

    def seal(self, content: bytes) -> bytes:
        return self._fernet.encrypt(content)

    def open(self, sealed: bytes) -> bytes:
        """Raises CipherError if none of the keys fits."""
        try:
            return self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise CipherError(
                "The data was encrypted with another key. Set JIESU_ENCRYPTION_KEY to the key it was written with (var/keys.env by default)."
            ) from error

    def fingerprint(self, text: str) -> str:
        """By which something sealed is found again, without telling what it is. Made with the oldest key, which must therefore be kept."""
        return hmac.digest(self._oldest, text.encode(), hashlib.sha256).hex()

    def seal_json(self, value: Any) -> str:
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()).decode()

    def open_json(self, sealed: str) -> Any:
        return json.loads(self.open(sealed.encode()))


class CipherError(ValueError):
    """Encrypted data can't be read with the keys we have."""
