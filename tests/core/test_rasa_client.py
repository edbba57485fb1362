"""Dialogue over HTTP: no text of a citizen is a command, and whatever Rasa does is an answer or DialogueUnavailable."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotline.conversations import DialogueUnavailable
from hotline.messages import Choice, Reply
from hotline.rasa_client import RasaDialogue, merged, neutralise, read_reply, simplified

CONVERSATION = UUID(int=1)
TEXT = st.text(max_size=20) | st.builds("".join, st.tuples(st.text(alphabet=" \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2003\u2028\u2029\u202f\u205f\u3000"),
                                                           st.sampled_from(["/", "//", "/restart", '/affirm{"a": "b"}']), st.text(max_size=5)))  # fmt: skip


# --- No command


@given(TEXT)
@example(" \u3000\n/restart")
@example("//restart")
@example("/")
def test_no_text_begins_with_a_slash_after_blanks(text: str) -> None:
    assert not neutralise(text).strip().startswith("/")


@given(TEXT)
def test_nothing_but_the_slash_is_changed(text: str) -> None:
    harmless = neutralise(text)
    assert harmless in (text, text.lstrip().replace("/", "／", 1))
    if not text.lstrip().startswith("/"):
        assert harmless == text
    assert neutralise(harmless) == harmless


def test_what_a_citizen_meant_can_still_be_read() -> None:
    assert neutralise("/restart") == "／restart"
    assert neutralise("3/5号楼") == "3/5号楼"


# --- Replies


REPLY = st.builds(
    Reply, st.text(min_size=1, max_size=5), st.none() | st.just("念"), st.sampled_from([(), (Choice("是", "affirm"),), (Choice("是"), Choice("否"))])
)


@given(st.lists(REPLY, max_size=6))
def test_merging_loses_no_word_and_no_choice_and_keeps_their_order(replies: list[Reply]) -> None:
    joined = merged(replies)
    assert "\n\n".join(r.text for r in joined) == "\n\n".join(r.text for r in replies)
    assert [c for r in joined for c in r.choices] == [c for r in replies for c in r.choices]
    assert "\n\n".join(r.spoken_text or r.text for r in joined) == "\n\n".join(r.spoken_text or r.text for r in replies)


@given(st.lists(REPLY, max_size=6))
def test_choices_stay_below_the_words_that_offer_them(replies: list[Reply]) -> None:
    for reply in merged(replies):
        if reply.choices:
            offering = next(r for r in replies if r.choices == reply.choices and reply.text.endswith(r.text))
            assert offering


def test_what_is_said_in_one_breath_is_one_message_up_to_what_can_be_tapped() -> None:
    yes = Choice("是", "affirm")
    assert merged([Reply("一"), Reply("二", choices=(yes,)), Reply("三"), Reply("四")]) == [Reply("一\n\n二", choices=(yes,)), Reply("三\n\n四")]
    assert merged([Reply("一"), Reply("二", "二，念出来"), Reply("三")]) == [Reply("一\n\n二\n\n三", "一\n\n二，念出来\n\n三")]
    assert merged([]) == []


def test_a_reply_of_an_action_has_words_for_the_ear_and_choices() -> None:
    said = {"custom": {"text": "请核对", "spoken_text": "请您核对", "choices": [{"label": "是", "intent": "affirm", "entities": {"a": "b"}, "group": "reply"}]}}
    assert read_reply(said) == Reply("请核对", "请您核对", (Choice("是", "affirm", {"a": "b"}),))
    assert read_reply({"text": "您好"}) == Reply("您好")


# --- Over HTTP


class FakeRasa:
    """An HTTP server on loopback that answers what it is told and keeps what it is asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, json.dumps({"replies": [{"text": "您好"}]}).encode()
        self.asked: list[tuple[str, str | None, dict[str, Any]]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                fake.asked.append((self.path, self.headers["Authorization"], asked))
                self.answer()

            def do_GET(self) -> None:
                self.answer()

            def answer(self) -> None:
                self.send_response(fake.status)
                self.send_header("Content-Length", str(len(fake.body)))
                self.end_headers()
                self.wfile.write(fake.body)

            def log_message(self, *given: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def replies(self, *replies: Any) -> None:
        self.body = json.dumps({"replies": replies}).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    fake = FakeRasa()
    yield fake
    fake.close()


async def say(url: str, text: str = "您好", *, retry: bool = False) -> list[Reply]:
    dialogue = RasaDialogue(url, "token")
    try:
        return await dialogue.say(CONVERSATION, text, message_id="m1", retry=retry)
    finally:
        await dialogue.close()


@pytest.mark.anyio
async def test_what_is_said_reaches_rasa_as_words_with_who_said_it_and_whether_it_was_said_before(rasa: FakeRasa) -> None:
    assert await say(rasa.url, " /restart", retry=True) == [Reply("您好")]
    assert rasa.asked == [
        ("/webhooks/jiesu/webhook", "Bearer token", {"sender": str(CONVERSATION), "message_id": "m1", "text": "／restart", "retry": True})
    ]


@pytest.mark.anyio
@pytest.mark.parametrize(("entities", "text"), [({}, "/signal_survey"), ({"survey": "第/7"}, '/signal_survey{"survey": "第/7"}')])
async def test_only_a_signal_is_a_command(rasa: FakeRasa, entities: dict[str, str], text: str) -> None:
    dialogue = RasaDialogue(rasa.url, "token")
    await dialogue.signal(CONVERSATION, "signal_survey", entities, message_id="m1:2", retry=False)
    await dialogue.close()
    assert [(asked["text"], asked["message_id"]) for _, _, asked in rasa.asked] == [(text, "m1:2")]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": "boom"}),
        (401, {"error": "Wrong token"}),
        (200, "not JSON"),
        (200, {}),
        (200, []),
        (200, {"replies": None}),
        (200, {"replies": [{"image": "x.png"}]}),
        (200, {"replies": ["您好"]}),
        (200, {"replies": [{"custom": {"choices": []}}]}),
        (200, {"replies": [{"custom": {"text": "您好", "choices": [{"label": "是", "from": "another version"}]}}]}),
    ],
    ids=["failed", "wrong token", "no JSON", "no replies", "a list", "null", "a reply without words", "a bare string",
         "an action without words", "a choice that nobody knows"],
)  # fmt: skip
async def test_whatever_is_no_answer_counts_as_unavailable_so_the_message_is_tried_again(rasa: FakeRasa, status: int, body: Any) -> None:
    assert await say(rasa.url) == [Reply("您好")]
    rasa.status, rasa.body = status, body.encode() if isinstance(body, str) else json.dumps(body).encode()
    with pytest.raises(DialogueUnavailable) as error:
        await say(rasa.url)
    assert "您好" not in str(error.value)


@pytest.mark.anyio
async def test_a_rasa_that_does_not_run_is_unavailable() -> None:
    with socket.socket() as taken:  # a port on which nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(DialogueUnavailable):
            await say(f"http://127.0.0.1:{taken.getsockname()[1]}")


@pytest.mark.anyio
async def test_rasa_is_ready_when_it_says_so_and_not_when_it_is_loading_or_gone(rasa: FakeRasa) -> None:
    dialogue = RasaDialogue(rasa.url, "token")
    assert await dialogue.is_ready()
    rasa.status = 503
    assert not await dialogue.is_ready()
    await dialogue.close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = RasaDialogue(f"http://127.0.0.1:{taken.getsockname()[1]}", "token")
        assert not await gone.is_ready()
        await gone.close()


def test_traditional_characters_are_understood_as_simplified_ones() -> None:
    assert simplified("樓上漏水，地址是德勝門外大街甲5號院") == "楼上漏水，地址是德胜门外大街甲5号院"
    assert simplified("劲松五区301楼") == "劲松五区301楼"
