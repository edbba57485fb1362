"""The other end of an outgoing call, as a few lines of SIP over UDP: it answers however slow the machine is, and always the same."""

from __future__ import annotations

import re
import socket
import threading


class FarEnd:
    """A line that refuses every call with `status`, such as "486 Busy Here", after it has let the first `lost` INVITEs fall.

    Its port is bound before anybody can call it. Use as a context manager.
    """

    def __init__(self, status: str, *, lost: int = 0) -> None:
        self._status, self._lost = status, lost
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.invited = 0
        """How many INVITEs came, those that were sent again among them."""
        self._thread = threading.Thread(target=self._answer, daemon=True)

    def __enter__(self) -> FarEnd:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mine:
            mine.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(10)
        self._socket.close()

    def _answer(self) -> None:
        while True:
            request, sender = self._socket.recvfrom(65536)
            if not request:
                return
            if request.startswith(b"INVITE "):
                self.invited += 1
                if self.invited > self._lost:
                    self._socket.sendto(response(request.decode(), self._status), sender)


def response(request: str, status: str) -> bytes:
    """The final answer to a request (RFC 3261, 8.2.6): its own headers again, and a tag of ours."""
    kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq):.*$", request, re.MULTILINE | re.IGNORECASE)
    headers = [line.strip() + (";tag=farend" if line.lower().startswith("to:") else "") for line in kept]
    return "\r\n".join([f"SIP/2.0 {status}", *headers, "Content-Length: 0", "", ""]).encode()
