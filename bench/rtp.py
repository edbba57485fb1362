"""Callers who cost next to nothing: a hundred SIP calls and their sound from one thread, so that what is measured is the bot and not the callers.

Just enough SIP and RTP for an echo on loopback: INVITE, ACK, BYE; PCMA, a packet every 20 ms, sent when it is due.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import time
from dataclasses import dataclass

TICK = 0.02
TONE = bytes(0x2A ^ (0x80 if (n // 8) % 2 else 0) for n in range(160))
"""20 ms of a loud square wave of 500 Hz, A-law."""
QUIET = frozenset({0xD5, 0x55})
"""A-law's zero, from either side."""
ANSWER_WITHIN = 10.0


@dataclass
class EchoedCall:
    """One call. `sent` and `heard` count packets; of those that came back only those with sound in them."""

    number: int
    sip: socket.socket
    rtp: socket.socket
    sent: int = 0
    heard: int = 0
    answer: str = ""
    to: tuple[str, int] = ("", 0)

    @property
    def id(self) -> str:
        return f"echo-{self.number}"


def echoed_calls(host: str, port: int, calls: int, seconds: float, ramp: float) -> list[EchoedCall]:
    """Call the echo on that port so many times, a call every `ramp` seconds; each speaks for `seconds` from when all are up. Failed ones have no `answer`."""
    all_calls = [_line(number, host) for number in range(calls)]
    for call in all_calls:
        _establish(call, host, port)
        time.sleep(ramp)
    up = [call for call in all_calls if call.answer]
    _speak(up, seconds)
    for call in up:
        call.sip.sendto(_request("BYE", call, host, port, 2), (host, port))
    time.sleep(1.0)  # until the last sound has come: the ports are given to others
    for call in all_calls:
        call.sip.close()
        call.rtp.close()
    return all_calls


def _line(number: int, host: str) -> EchoedCall:
    sip, rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    for s in (sip, rtp):
        s.bind((host, 0))
    return EchoedCall(number, sip, rtp)


def _establish(call: EchoedCall, host: str, port: int) -> None:
    call.sip.settimeout(0.5)
    call.sip.sendto(_request("INVITE", call, host, port, 1), (host, port))
    until = time.monotonic() + ANSWER_WITHIN
    while time.monotonic() < until:
        try:
            answer = call.sip.recv(4096).decode(errors="replace")
        except TimeoutError:
            call.sip.sendto(_request("INVITE", call, host, port, 1), (host, port))
            continue
        if answer.startswith("SIP/2.0 200"):
            media = re.search(r"m=audio (\d+)", answer)
            assert media
            call.answer, call.to = answer, (host, int(media[1]))
            call.sip.sendto(_request("ACK", call, host, port, 1), (host, port))
            return
        if re.match(r"SIP/2.0 [3-6]", answer):
            return


def _request(method: str, call: EchoedCall, host: str, port: int, sequence: int) -> bytes:
    ours = call.sip.getsockname()[1]
    to = re.search(r"(?im)^To: *(.*?)\r", call.answer)
    sdp = ""
    if method == "INVITE":
        sdp = (
            f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {call.rtp.getsockname()[1]} RTP/AVP 8\r\n"
            "a=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"
        )
    contact = re.search(r"(?im)^Contact: *<(.*?)>", call.answer)
    target = contact[1] if contact else f"sip:12345@{host}:{port}"
    return (
        f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{ours};branch=z9hG4bK-{call.id}-{method}-{sequence};rport\r\nMax-Forwards: 70\r\n"
        f"From: <sip:1380000{call.number:04d}@{host}:{ours}>;tag={call.id}\r\nTo: {to[1] if to else f'<sip:12345@{host}:{port}>'}\r\nCall-ID: {call.id}-{ours}\r\n"
        f"CSeq: {sequence} {method}\r\nContact: <sip:{call.number}@{host}:{ours}>\r\nContent-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}"
    ).encode()


def _speak(calls: list[EchoedCall], seconds: float) -> None:
    """Send and count. A packet counts as heard until half a second after the last was sent."""
    poll = select.epoll()
    by_number = {}
    for call in calls:
        call.rtp.setblocking(False)
        poll.register(call.rtp.fileno(), select.EPOLLIN)
        by_number[call.rtp.fileno()] = call
    began = time.monotonic()
    packets = round(seconds / TICK)
    # Telephones do not beat together: each call has its own moment in the 20 ms.
    due = sorted((tick * TICK + index * TICK / len(calls), tick, call.rtp.fileno()) for tick in range(packets) for index, call in enumerate(calls))
    at = 0
    while at < len(due) or time.monotonic() - began < seconds + 0.5:
        now = time.monotonic() - began
        while at < len(due) and due[at][0] <= now:
            _, tick, fileno = due[at]
            call = by_number[fileno]
            call.rtp.sendto(struct.pack(">BBHII", 0x80, 8, tick & 0xFFFF, tick * 160, call.number + 1) + TONE, call.to)
            call.sent += 1
            at += 1
        wait = due[at][0] - (time.monotonic() - began) if at < len(due) else TICK
        for fileno, _ in poll.poll(max(0.0, wait)):
            _listen(by_number[fileno])
    poll.close()


def _listen(call: EchoedCall) -> None:
    while True:
        try:
            packet = call.rtp.recv(2048)
        except BlockingIOError:
            return
        if len(packet) > 12 and not QUIET.issuperset(packet[12::8]):
            call.heard += 1
