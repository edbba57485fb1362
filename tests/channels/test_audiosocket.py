"""Asterisk's AudioSocket: the bytes on the wire, and a client that behaves as Asterisk does."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone.legs import audiosocket
from channels.phone.legs.audiosocket import (
    DTMF,
    ERROR,
    HANG_UP,
    IDENTIFY,
    RATES,
    SLIN,
    AudioSocketLeg,
    AudioSocketServer,
    Frames,
    Mint,
    Minted,
    frame,
)
from channels.phone.legs.base import FRAME, Pace
from tests.channels.virtual_call import virtually

pytestmark = pytest.mark.anyio
CALL = UUID("40325ec2-5efd-4bd3-805f-53576e581d13")
PATIENCE = 60.0
"""Seconds after which a test gives up, however slow the machine is."""


def test_a_frame_is_kind_length_and_payload() -> None:
    assert frame(SLIN, b"\x01\x02") == bytes([0x10, 0x00, 0x02, 0x01, 0x02])
    assert frame(HANG_UP) == bytes([0x00, 0x00, 0x00])
    assert frame(SLIN, bytes(320))[:3] == bytes([0x10, 0x01, 0x40])


@given(st.lists(st.tuples(st.sampled_from([HANG_UP, IDENTIFY, DTMF, SLIN, ERROR, *RATES]), st.binary(max_size=700)), max_size=6), st.data())
def test_frames_are_read_however_they_are_split(sent: list[tuple[int, bytes]], data: st.DataObject) -> None:
    stream = b"".join(frame(kind, payload) for kind, payload in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    frames, came = Frames(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        came += frames.feed(stream[begin:end])
    assert came == sent


class Asterisk:
    """The client's side: UUID first, then sound every 20 ms, and whatever a test wants to send."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.frames = Frames()

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.writer.write(frame(kind, payload))

    async def came(self, count: int) -> list[tuple[int, bytes]]:
        """So many frames from us, or all until we end the connection."""
        came: list[tuple[int, bytes]] = []
        async with asyncio.timeout(PATIENCE):
            while len(came) < count and (data := await self.reader.read(4096)):
                came += self.frames.feed(data)
        return came

    async def ended(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while await self.reader.read(4096):
                    pass
                return True
        return False


@contextlib.asynccontextmanager
async def connected(
    lead: Callable[[AudioSocketLeg], Awaitable[None]], *, minted: Minted | None = None, id: UUID = CALL
) -> AsyncIterator[Asterisk]:
    """A server whose calls `lead` leads, and a client that has identified itself."""
    mint = Mint(lambda: CALL)
    if minted:
        mint.mint(minted, at=0)
    server = AudioSocketServer(mint, lead)
    port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = Asterisk(reader, writer)
    client.send(IDENTIFY, id.bytes)
    try:
        yield client
    finally:
        writer.close()
        await server.close()


async def hear(leg: AudioSocketLeg, heard: list[bytes], keys: list[str]) -> None:
    while (one := await leg.next()) is not None:
        heard.append(one.pcm)
        keys += one.keys


async def test_the_caller_is_known_by_the_uuid_that_was_minted_for_the_call() -> None:
    callers: list[str] = []

    async def lead(leg: AudioSocketLeg) -> None:
        callers.append(leg.caller)

    async with connected(lead, minted=Minted("+8613800000000")) as client:
        assert await client.ended()
    async with connected(lead, minted=Minted("+8613800000000"), id=uuid4()) as client:
        assert await client.ended()
    assert callers == ["+8613800000000", ""], "a UUID that is not ours is an unknown caller"


async def test_sound_of_every_rate_and_keys_arrive() -> None:
    heard: list[bytes] = []
    keys: list[str] = []
    async with connected(lambda leg: hear(leg, heard, keys)) as client:
        for kind, rate in RATES.items():
            client.send(kind, struct.pack("<h", 1000) * (rate // 50))
        client.send(DTMF, b"5")
        client.send(DTMF, b"#")
        client.send(DTMF, b"?")  # no key
        async with asyncio.timeout(PATIENCE):
            while len(keys) < 2:  # noqa: ASYNC110  (the leg beats, nothing else tells)
                await asyncio.sleep(0.01)
        client.send(HANG_UP)
        assert await client.ended()
    assert keys == ["5", "#"]
    sound = b"".join(piece for piece in heard if any(piece))
    assert abs(len(sound) - FRAME * len(RATES)) <= FRAME, "20 ms of each, at 8 kHz"


async def test_a_frame_in_single_bytes_is_heard() -> None:
    heard: list[bytes] = []
    async with connected(lambda leg: hear(leg, heard, [])) as client:
        for byte in frame(SLIN, b"\x07\x00" * 160):
            client.writer.write(bytes([byte]))
            await client.writer.drain()
        client.send(HANG_UP)
        assert await client.ended()
    assert b"\x07\x00" * 160 in b"".join(heard)


@pytest.mark.parametrize("last", [frame(HANG_UP), frame(ERROR, b"\x01"), b""])
async def test_the_call_is_over_when_asterisk_says_so(last: bytes) -> None:
    over = asyncio.Event()

    async def lead(leg: AudioSocketLeg) -> None:
        await hear(leg, [], [])
        over.set()

    async with connected(lead) as client:
        client.writer.write(last)
        if not last:
            client.writer.close()
        async with asyncio.timeout(PATIENCE):
            await over.wait()


@pytest.mark.parametrize("first", [frame(SLIN, bytes(320)), frame(IDENTIFY, b"short"), b"GET / HTTP/1.1\r\n\r\n" + bytes(30000)])
async def test_what_is_no_call_is_closed(first: bytes) -> None:
    async def lead(leg: AudioSocketLeg) -> None:
        raise AssertionError("this is no call")

    server = AudioSocketServer(Mint(uuid4), lead)
    port = await server.start("127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(first)
    async with asyncio.timeout(PATIENCE):
        assert await reader.read() == b""
    writer.close()
    await server.close()


async def test_an_unknown_kind_ends_the_call() -> None:
    async with connected(lambda leg: hear(leg, [], [])) as client:
        client.send(0x42, b"?")
        assert await client.ended()


async def test_we_send_sound_and_nothing_else() -> None:
    async def lead(leg: AudioSocketLeg) -> None:
        while await leg.next() is not None:
            leg.send(b"\x09\x00" * 160)

    async with connected(lead) as client:
        came = await client.came(20)
    assert {(kind, len(payload)) for kind, payload in came} == {(SLIN, FRAME)}


def test_the_beat_makes_up_for_small_delays_and_forgets_large_ones() -> None:
    async def beats() -> list[float]:
        pace, loop, at = Pace(), asyncio.get_running_loop(), []
        for busy in (0, 0, 0.05, 0, 0, 0, 0.5, 0, 0):
            await pace.tick()
            at.append(round(loop.time(), 2))
            await asyncio.sleep(busy)
        return at

    assert virtually(beats()) == [0, 0.02, 0.04, 0.09, 0.09, 0.1, 0.12, 0.62, 0.64]


async def test_silence_is_sent_while_there_is_nothing_to_say() -> None:
    async with connected(lambda leg: hear(leg, [], [])) as client:
        came = await client.came(5)
    assert len(came) >= 5
    assert not any(any(payload) for _, payload in came)


async def test_after_a_flush_nothing_of_before_is_sent() -> None:
    async def lead(leg: AudioSocketLeg) -> None:
        for _ in range(5):
            await leg.next()
            leg.send(b"\x09\x00" * 160)
        leg.flush()
        await hear(leg, [], [])

    async with connected(lead) as client:
        came = await client.came(15)
    loud = [any(payload) for _, payload in came]
    assert sum(loud) == 4
    assert not any(loud[loud.index(True) + 4 :])


async def test_hanging_up_and_handing_over_end_the_connection() -> None:
    legs: list[AudioSocketLeg] = []

    async def lead(leg: AudioSocketLeg) -> None:
        legs.append(leg)
        await leg.next()
        assert await leg.transfer("people")

    async with connected(lead) as client:
        came = await client.came(10)
        assert came[-1] == (HANG_UP, b"")
    assert legs[0].transfer_to == "people", "where the dialplan goes on"


async def test_a_minted_uuid_is_good_once_and_for_a_while() -> None:
    mint = Mint(uuid4)
    first = mint.mint(Minted("+8613800000000"), at=0)
    assert mint.take(first) == Minted("+8613800000000")
    assert mint.take(first) is None
    old = mint.mint(Minted("+8613900000000"), at=0)
    mint.mint(Minted(""), at=audiosocket.Mint.LASTS + 1)
    assert mint.take(old) is None
