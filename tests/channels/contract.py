"""The contract of every channel: two tables of cases, and a runner that checks more than their author thinks of.

A channel's test class takes the parts that fit, gives the tables, and a fixture `side`: the vendor's side of the channel.
For each case the runner adds: a request that is repeated, later or at the same moment, stores and answers once; a stranger's
request stores nothing; what was delivered is not delivered again. The fixtures in conftest.py add, to these and to all other
tests here: no secret and nothing that a citizen wrote is in any log line; nobody beyond this machine is called; what a
fake vendor was told to answer was asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

import httpx
import pytest
from gateway import Gateway, snapshot

from hotline.messages import Address, Choice, Location, Message, Reply, Via


class Call(NamedTuple):
    """What we asked of a vendor."""

    method: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Stored:
    """An inbound message as the store has it. `files`: the media type and the name of each attachment."""

    text: str = ""
    via: Via = "typed"
    intent: str | None = None
    entities: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None
    files: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Incoming:
    """A vendor's request and the message that is stored for it; None: none, and the dialogue does not hear of it.

    `request` is made from our message that offered `choices` where a case offers any. `calls` are what the vendor is asked
    while we take it, the reply apart; `calls_again` when it is repeated.
    """

    name: str
    request: Mapping[str, Any] | Callable[[Message], Mapping[str, Any]]
    stored: Stored | None
    status: int = 200
    choices: Sequence[Choice] = ()
    calls: Sequence[Call] = ()
    calls_again: Sequence[Call] | None = None


@dataclass(frozen=True)
class Outgoing:
    """A reply, the vendor's requests that deliver it, and what becomes of it. `answers`: what the vendor says to these."""

    name: str
    reply: Reply
    calls: Callable[[Message], Sequence[Call]]
    state: Literal["sent", "queued", "failed"] = "sent"
    answers: Sequence[tuple[str, Any]] = ()


@dataclass(frozen=True)
class Unknown:
    """A request of a kind that we have no use for."""

    name: str
    request: Mapping[str, Any]


class Side(Protocol):
    """The vendor's side of a channel."""

    gateway: Gateway
    citizen: Address
    reply_calls: Callable[[Message], Sequence[Call]]
    """What delivers a plain reply."""

    @property
    def calls(self) -> list[Call]:
        """What the vendor was asked so far."""

    async def request(self, body: Mapping[str, Any]) -> httpx.Response:
        """Hand the gateway a genuine request."""

    async def forged(self, body: Mapping[str, Any]) -> list[httpx.Response]:
        """Hand it the same without the secret, or with a wrong one."""

    def will_answer(self, method: str, answer: Any) -> None:
        """Let the vendor give this answer to the next request of a method."""


class _Tables:
    INCOMING: Sequence[Incoming] = ()
    OUTGOING: Sequence[Outgoing] = ()
    UNKNOWN: Sequence[Unknown] = ()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        stored = [case for case in self.INCOMING if case.stored]
        for name, cases in (("incoming", self.INCOMING), ("stored", stored), ("outgoing", self.OUTGOING), ("unknown", self.UNKNOWN)):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, cases, ids=lambda case: case.name)


class ReceivesMessages(_Tables):
    """For channels that are sent requests."""

    async def test_a_request_is_stored_and_answered_once_however_often_it_comes(self, side: Side, incoming: Incoming) -> None:
        body = await _prepare(side, incoming)
        response = await side.request(body)
        assert response.status_code == incoming.status, response.text
        await _check(side, incoming, incoming.calls)

        side.calls.clear()
        response = await side.request(body)
        assert response.status_code == incoming.status, response.text
        again = incoming.calls if incoming.calls_again is None else incoming.calls_again
        await _check(side, incoming, again, answered=False)

    async def test_a_request_that_comes_twice_at_the_same_moment_is_stored_and_answered_once(self, side: Side, stored: Incoming) -> None:
        body = await _prepare(side, stored)
        responses = await asyncio.gather(side.request(body), side.request(body))
        assert [r.status_code for r in responses] == [stored.status] * 2
        await _check(side, stored, None)

    async def test_a_forged_request_is_refused_and_stores_nothing(self, side: Side) -> None:
        bodies = [await _prepare(side, case) for case in self.INCOMING]
        before = snapshot(side.gateway.store)
        for body in bodies:
            responses = await side.forged(body)
            assert responses
            assert all(r.status_code in (401, 403) for r in responses)
        await side.gateway.settled()
        assert snapshot(side.gateway.store) == before
        assert side.calls == []

    async def test_a_message_is_kept_and_apologised_for_while_the_dialogue_is_away(self, side: Side) -> None:
        incoming = next(case for case in self.INCOMING if case.stored)
        side.gateway.dialogue.away = True
        response = await side.request(await _prepare(side, incoming))
        assert response.status_code == incoming.status
        await side.gateway.settled()
        received, apology = side.gateway.messages(side.citizen)
        assert (received.state, apology.text) == ("pending", side.gateway.city.say("talk.apology"))


class PassesOverTheUnknown(_Tables):
    """For vendors that may send more kinds of requests tomorrow than they do today."""

    async def test_an_unknown_kind_is_passed_over_with_200(self, side: Side, unknown: Unknown) -> None:
        before = snapshot(side.gateway.store)
        response = await side.request(unknown.request)
        assert response.status_code == 200, response.text
        await side.gateway.settled()
        assert snapshot(side.gateway.store) == before
        assert side.calls == []


class DeliversMessages(_Tables):
    """For channels that we deliver to."""

    async def test_a_reply_is_delivered_once(self, side: Side, outgoing: Outgoing) -> None:
        message = side.gateway.say(side.citizen, outgoing.reply)
        for method, answer in outgoing.answers:
            side.will_answer(method, answer)
        await side.gateway.reception.deliver([message])
        assert side.calls == list(outgoing.calls(message))
        assert side.gateway.message(message.id).state == outgoing.state

        side.calls.clear()
        await side.gateway.reception.deliver([side.gateway.message(message.id)])
        assert side.calls == []  # sent, given up, or waiting for its next try


async def _prepare(side: Side, case: Incoming) -> Mapping[str, Any]:
    """Offer the case's choices and return its request."""
    if not callable(case.request):
        return case.request
    offer = side.gateway.say(side.citizen, Reply("请选择", choices=tuple(case.choices)), delivered=True)
    return case.request(offer)


async def _check(side: Side, case: Incoming, calls: Sequence[Call] | None, *, answered: bool = True) -> None:
    """What was stored is what the case says, and the vendor was asked for `calls` and, the first time, to deliver the reply."""
    await side.gateway.settled()
    messages = [m for m in side.gateway.messages(side.citizen) if m.text != "请选择"]
    received = [m for m in messages if m.direction == "in"]
    replies = [m for m in messages if m.direction == "out"]
    assert [_as_stored(m) for m in received] == ([case.stored] if case.stored else [])
    assert len(side.gateway.dialogue.turns) == len(replies) == len(received)
    assert all(m.state == "done" for m in received)
    assert all(m.state == "sent" for m in replies)
    if calls is not None:
        expected = [*calls, *(call for m in replies if answered for call in side.reply_calls(m))]
        assert sorted(side.calls, key=repr) == sorted(expected, key=repr)


def _as_stored(message: Message) -> Stored:
    files = tuple((a.media_type, a.name) for a in message.attachments)
    return Stored(message.text, message.via, message.intent, dict(message.entities), message.location, files)
