"""SIP without a network: what a stack in another thread may do to us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("baresip", reason="baresip-python is an extra")

from baresip import Call, Event
from baresip.call import CallState
from baresip.events import StackEvent

from channels.phone.legs.base import CallFailed
from channels.phone.legs.sip import SipSettings, SipStack

pytestmark = pytest.mark.anyio
HANDLE = 7


class Stack:
    """The binding's runtime and user agent in one, for a far end that has answered before `dial` comes back."""

    def __init__(self, *events: StackEvent) -> None:
        self._events = events
        self._listeners: list[Callable[[StackEvent], None]] = []

    def subscribe(self, listener: Callable[[StackEvent], None]) -> None:
        self._listeners.append(listener)

    def unsubscribe(self, listener: Callable[[StackEvent], None]) -> None:
        self._listeners.remove(listener)

    async def dial(self, uri: str) -> Call:
        for event in self._events:
            for listener in list(self._listeners):
                listener(event)
        return Call(self, handle=HANDLE, ua_handle=1, state=CallState.OUTGOING, peer=uri)


def stack(*events: StackEvent) -> SipStack:
    async def answer(leg: Any) -> None:
        raise AssertionError("nobody calls")

    sip = SipStack(SipSettings("127.0.0.1", 5060, "12345", dial="sip:{number}@127.0.0.1"), answer)
    sip._runtime = sip._agent = Stack(*events)
    return sip


async def test_a_refusal_that_is_quicker_than_our_loop_is_not_lost() -> None:
    busy = StackEvent(Event.CALL_CLOSED, call=HANDLE, text="486 Busy Here")
    of_another_call = StackEvent(Event.CALL_CLOSED, call=HANDLE + 1, text="404 Not Found")
    async with asyncio.timeout(5):
        with pytest.raises(CallFailed) as failed:
            await stack(of_another_call, busy).dial("13900000000", ringing=60)
    assert failed.value.outcome == "busy"


async def test_an_answer_that_is_quicker_than_our_loop_is_not_lost() -> None:
    async with asyncio.timeout(5):
        leg = await stack(StackEvent(Event.CALL_ESTABLISHED, call=HANDLE)).dial("13900000000", ringing=60)
    assert leg.caller == "13900000000"
