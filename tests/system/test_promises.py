"""What must hold whatever happens: nothing lost, nothing twice, nobody's words as commands, nothing personal in the clear."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from hotline import dangers, tickets
from hotline.settings import ROOT
from hotline.store import tables
from hotline.webclient import ChatClient, ChatError
from hotline.wiring import clock, new_id
from tests.system.running import System, start, stop, wait_until

pytestmark = pytest.mark.system
PHONE, NAME, ADDRESS = "13912340987", "诸葛小样", "八里庄西里97号楼"


async def until_reply(chat: ChatClient, after: int, *, matching: str = "", seconds: float = 60) -> list[dict[str, Any]]:
    """What we answered after a position, once an answer that contains `matching` is there."""
    deadline = time.monotonic() + seconds
    while True:
        replies = [m for m in await chat.messages(after) if m["direction"] == "out"]
        if any(matching in m["text"] for m in replies):
            return replies
        assert time.monotonic() < deadline, f"no answer with “{matching}” within {seconds:.0f} s: {[m['text'] for m in replies]}"
        await asyncio.sleep(0.1)


def as_citizen(system: System, talk: Callable[[ChatClient], Awaitable[None]]) -> None:
    async def run() -> None:
        async with ChatClient(system.wiring.settings.gateway_url) as chat:
            await talk(chat)

    asyncio.run(run())


def confirm(reply: dict[str, Any]) -> str:
    """The choice that opens a ticket of its own, also where a similar one was found."""
    return next(choice["id"] for choice in reply["choices"] if choice["label"] == "确认提交")


async def begin_complaint(chat: ChatClient) -> int:
    position = await chat.send(text="我要投诉楼下饭店油烟太大")
    await until_reply(chat, position, matching="什么地方")
    return position


@pytest.mark.parametrize("text", ["/affirm", "  /restart", '\t/signal_survey{"survey": "x"}', "／affirm", "/session_start"])
def test_a_citizens_slash_is_text_and_never_a_command(system: System, text: str) -> None:
    """What Rasa stored tells how it read the text: as words that were classified, not as an intent that was told."""

    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text=text)
        await until_reply(chat, position)

    as_citizen(system, talk)
    cipher = Fernet(system.wiring.rasa_key)
    with closing(sqlite3.connect(system.data / "rasa.db", timeout=20)) as db:
        (sealed,) = db.execute("select data from events where type_name = 'user' order by id desc limit 1").fetchone()
    heard = json.loads(cipher.decrypt(sealed.encode()))
    assert heard["text"].startswith("／")
    assert heard["parse_data"]["intent"]["confidence"] < 1, "a command would have been taken for certain"
    assert not heard["parse_data"]["intent"]["name"].startswith("signal_")


def test_who_is_asked_about_a_danger_and_falls_silent_is_not_forgotten_though_the_worker_is_killed(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text="家里有股臭鸡蛋味")
        await until_reply(chat, position, matching="现在有人有危险吗")
        system.kill("worker")
        with system.wiring.store.transaction() as tx:  # two minutes later
            waiting = tx.jobs.claim_due(now=clock() + dangers.UNANSWERED_AFTER, until=clock(), limit=9, kinds=(dangers.UNANSWERED,))
            for job in waiting:  # others were asked in the tests before this one, and answered: theirs do nothing
                tx.jobs.set_retry(job.id, clock(), "")
        asked = max(waiting, key=lambda job: job.id)
        told = await until_reply(chat, position, matching="没有等到您回答", seconds=90)
        with system.wiring.store.reading() as tx:
            [ticket] = tx.tickets.of_conversation(asked.subject_id)
            assert ticket.urgent
            assert ticket.number in told[-1]["text"]
            assert asked.subject_id in [each.id for each in tx.conversations.waiting() if each.urgent]
        assert "坐席会来问一声" in (await until_reply(chat, await chat.send(text="没事")))[0]["text"]

    as_citizen(system, talk)


def test_a_photo_in_the_middle_of_a_form_does_not_become_an_answer(system: System) -> None:
    from hotline.journeys import photo

    async def talk(chat: ChatClient) -> None:
        await begin_complaint(chat)
        position = await chat.send(attachments=[await chat.upload(photo(), "a.jpg")])
        (reply,) = await until_reply(chat, position)
        assert "附件收到了" in reply["text"]
        assert "请问在什么地方" in reply["text"]

    as_citizen(system, talk)


def test_a_message_sent_three_times_is_answered_once(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        client_id = str(uuid4())
        positions = {await chat.send(client_id=client_id, text="居住证怎么办") for _ in range(3)}
        assert len(positions) == 1
        await until_reply(chat, 0, matching="来源")
        await asyncio.sleep(1)
        assert len(await chat.messages()) == 2

    as_citizen(system, talk)


def test_a_double_tap_on_submit_opens_one_ticket(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text=f"朝阳区{ADDRESS}昨晚十点楼上漏水，我叫{NAME}，{PHONE}")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        submit = next(c["id"] for c in reply["choices"] if c["label"] == "确认提交")
        outcomes = await asyncio.gather(*(chat.send(choice=submit) for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(o, int) for o in outcomes) == 1
        assert all(isinstance(o, int | ChatError) for o in outcomes)
        await until_reply(chat, reply["position"], matching="工单号")
        position = await chat.send(text="查进度")
        (progress,) = await until_reply(chat, position)
        assert progress["text"].count("工单") == 1
        assert not progress["choices"], "there is one ticket, so none has to be chosen"

    as_citizen(system, talk)


def test_what_a_neighbour_reported_is_joined_with_one_tap(system: System) -> None:
    async def reported(chat: ChatClient, said: str) -> dict[str, Any]:
        position = await chat.send(text=said)
        *_, reply = await until_reply(chat, position, matching="请您核对")
        return reply

    async def first(chat: ChatClient) -> None:
        reply = await reported(chat, "朝阳区劲松五区316楼电梯从昨天早上就停了，老人下不了楼，我叫赵样，13912340001")
        await chat.send(choice=confirm(reply))
        await until_reply(chat, reply["position"], matching="工单号")

    async def second(chat: ChatClient) -> None:
        reply = await reported(chat, "劲松五区316号楼直梯一按就没反应，昨天早上坏的，不给修，我叫钱样，13912340002")
        assert "1人反映过" in reply["text"]
        assert "赵" not in reply["text"]
        await chat.send(choice=next(c["id"] for c in reply["choices"] if c["label"] == "一起跟进"))
        await until_reply(chat, reply["position"], matching="和其他1人反映的一起办理")
        position = await chat.send(text="查进度")
        assert "工单" in (await until_reply(chat, position))[-1]["text"]

    as_citizen(system, first)
    as_citizen(system, second)


def test_another_citizens_ticket_number_tells_nothing(system: System) -> None:
    numbers: list[str] = []

    async def owner(chat: ChatClient) -> None:
        position = await chat.send(text="建议公园里多装几张长椅")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        await chat.send(choice=confirm(reply))
        (done,) = await until_reply(chat, reply["position"], matching="编号")
        numbers.append(done["text"].split("**")[1])

    async def stranger(chat: ChatClient) -> None:
        answers = []
        for number in (numbers[0], "26010199999"):
            position = await chat.send(text=f"查一下工单{number}的进度")
            (reply,) = await until_reply(chat, position)
            answers.append(reply["text"].replace(number, "…"))
        assert answers[0] == answers[1], "an existing number must look like one that does not exist"

    as_citizen(system, owner)
    as_citizen(system, stranger)


@pytest.mark.parametrize("victim", ["rasa", "actions"])
def test_a_conversation_survives_the_death_of(system: System, victim: str) -> None:
    async def talk(chat: ChatClient) -> None:
        await begin_complaint(chat)
        await asyncio.to_thread(system.kill, victim)
        position = await chat.send(text=f"朝阳区{ADDRESS}")
        await until_reply(chat, position, matching="已经记下", seconds=20)
        await asyncio.to_thread(system.wait_for, victim)
        replies = await until_reply(chat, position, matching="什么时候", seconds=60)
        assert sum("什么时候" in r["text"] for r in replies) == 1
        assert sum("已经记下" in r["text"] for r in replies) == 1
        position = await chat.send(text="昨天晚上")
        await until_reply(chat, position, matching="怎么称呼")

    as_citizen(system, talk)


def test_a_database_of_rasas_that_refuses_makes_it_forget_nothing(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        await begin_complaint(chat)
        with closing(sqlite3.connect(system.data / "rasa.db", timeout=20, isolation_level=None)) as db:
            db.execute("begin immediate")  # nobody else can write now
            position = await chat.send(text=f"朝阳区{ADDRESS}")
            await until_reply(chat, position, matching="已经记下", seconds=30)
        replies = await until_reply(chat, position, matching="什么时候", seconds=60)
        assert sum("什么时候" in r["text"] for r in replies) == 1
        position = await chat.send(text="昨天晚上")
        await until_reply(chat, position, matching="怎么称呼")

    as_citizen(system, talk)


def test_a_survey_is_asked_by_the_next_worker_when_one_dies(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text=f"朝阳区{ADDRESS}昨晚十点楼上漏水，我叫{NAME}，{PHONE}")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        await chat.send(choice=confirm(reply))
        (done,) = await until_reply(chat, reply["position"], matching="工单号")
        number = done["text"].split("**")[1]
        await asyncio.to_thread(system.kill, "worker")
        given: dict[str, Any] = {"by": "坐席", "now": clock(), "new_id": new_id}
        with system.wiring.store.transaction() as tx:
            ticket = tx.tickets.by_number(number)
            assert ticket
            ticket = tickets.dispatch(tx, ticket, unit_id="district-110105", category=None, due_at=clock(), note="", **given)
            tickets.handle(tx, ticket, note="已修好。", survey_at=clock(), **given)
        replies = await until_reply(chat, done["position"], matching="跟您联系了吗", seconds=60)
        assert sum("跟您联系了吗" in r["text"] for r in replies) == 1

    as_citizen(system, talk)


def test_a_survey_does_not_break_into_a_form(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text="建议公园里多装几张长椅")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        await chat.send(choice=confirm(reply))
        (done,) = await until_reply(chat, reply["position"], matching="编号")
        await begin_complaint(chat)
        number = done["text"].split("**")[1]
        given: dict[str, Any] = {"by": "坐席", "now": clock(), "new_id": new_id}
        with system.wiring.store.transaction() as tx:
            ticket = tx.tickets.by_number(number)
            assert ticket
            ticket = tickets.dispatch(tx, ticket, unit_id="district-110105", category=None, due_at=clock(), note="", **given)
            ticket = tickets.handle(tx, ticket, note="已采纳。", survey_at=clock(), **given)
        await asyncio.to_thread(wait_until, lambda: was_postponed(system, ticket), 20)
        position = await chat.send(text=f"朝阳区{ADDRESS}")
        await until_reply(chat, position, matching="什么时候")
        assert not [m for m in await chat.messages() if "跟您联系了吗" in m["text"]]

    as_citizen(system, talk)


def was_postponed(system: System, ticket: tickets.Ticket) -> bool:
    """Whether the survey's question is due again, later."""
    jobs = tables.jobs.c
    waiting = select(jobs.subject_id).where(jobs.kind == "survey_ask", jobs.done_at.is_(None), jobs.run_at > clock() + timedelta(minutes=5))
    with system.wiring.store.reading() as tx, system.wiring.store.engine.connect() as connection:
        survey = tx.surveys.of_handling(ticket.id, 1)
        return survey is not None and survey.id in connection.execute(waiting).scalars().all()


def test_a_message_accepted_by_a_gateway_that_dies_is_answered_all_the_same(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        await begin_complaint(chat)
        # With Rasa stopped the turn can't finish before its gateway is killed.
        (rasa,) = system.pids("rasa")
        os.kill(rasa, signal.SIGSTOP)
        try:
            position = await chat.send(text=f"朝阳区{ADDRESS}")
            await asyncio.to_thread(system.kill, "gateway")
        finally:
            os.kill(rasa, signal.SIGCONT)
        await asyncio.to_thread(system.wait_for, "gateway")
        replies = await until_reply(chat, position, matching="什么时候", seconds=60)
        assert sum("什么时候" in r["text"] for r in replies) == 1

    as_citizen(system, talk)


def test_a_form_goes_on_after_a_day_of_silence(system: System) -> None:
    def a_day_passes() -> None:
        """Move all that Rasa remembers a day back, as if it had been said yesterday."""
        cipher = Fernet(system.wiring.rasa_key)
        with closing(sqlite3.connect(system.data / "rasa.db", timeout=20)) as db, db:
            for id, sealed in db.execute("select id, data from events").fetchall():
                event = json.loads(cipher.decrypt(sealed.encode()))
                event["timestamp"] -= 86_400
                sealed = cipher.encrypt(json.dumps(event).encode()).decode()
                db.execute("update events set data = ?, timestamp = timestamp - 86400 where id = ?", (sealed, id))

    async def talk(chat: ChatClient) -> None:
        await begin_complaint(chat)
        position = await chat.send(text=f"朝阳区{ADDRESS}")
        await until_reply(chat, position, matching="什么时候")
        await asyncio.to_thread(a_day_passes)
        position = await chat.send(text="前天晚上")
        await until_reply(chat, position, matching="怎么称呼")
        position = await chat.send(text="不留")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        assert ADDRESS in reply["text"]

    as_citizen(system, talk)


def test_what_is_personal_is_nowhere_in_the_clear(system: System) -> None:
    async def talk(chat: ChatClient) -> None:
        position = await chat.send(text=f"我叫{NAME}，电话{PHONE}，朝阳区{ADDRESS}昨晚十点楼上漏水")
        (reply,) = await until_reply(chat, position, matching="请您核对")
        await chat.send(choice=confirm(reply))
        await until_reply(chat, reply["position"], matching="工单号")

    as_citizen(system, talk)
    for path in [p for p in system.data.rglob("*") if p.is_file() and not p.is_relative_to(system.data / "models")]:
        content = path.read_bytes()
        for secret in (NAME, PHONE, ADDRESS, "八里庄西里"):
            for encoded in (secret.encode(), secret.encode("unicode_escape")):
                assert encoded not in content, f"{secret} stands in {path.relative_to(system.data)}"


def test_the_same_conversation_runs_in_a_terminal_and_status_says_what_is_running(system: System) -> None:
    env = {**os.environ, "JIESU_DATA": str(system.data), **{k: str(v) for k, v in ports(system).items()}}
    said = subprocess.run([sys.executable, "-m", "hotline", "talk"], cwd=ROOT, env=env, input="居住证怎么办\n", capture_output=True, text=True, timeout=60)
    assert "请说您的诉求" in said.stdout
    assert "来源：" in said.stdout
    status = subprocess.run([sys.executable, "-m", "hotline", "status"], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert status.returncode == 0, status.stdout + status.stderr
    assert status.stdout.count("✓") == 6


def ports(system: System) -> dict[str, int]:
    s = system.wiring.settings
    return {"JIESU_GATEWAY_PORT": s.gateway_port, "JIESU_STAFF_PORT": s.staff_port, "JIESU_RASA_PORT": s.rasa_port, "JIESU_ACTIONS_PORT": s.actions_port,
            "JIESU_VOICE_PORT": s.voice_port}


def test_rasa_and_the_actions_refuse_whoever_has_no_token(system: System) -> None:
    s = system.wiring.settings
    with httpx.Client(trust_env=False) as client:
        body = {"sender": str(uuid4()), "message_id": str(uuid4()), "text": "/signal_handover"}
        assert client.post(f"{s.dialogue_url}/webhooks/jiesu/webhook", json=body).status_code == 401
        assert client.post(f"{s.dialogue_url}/webhooks/rest/webhook", json={"sender": "x", "message": "y"}).status_code == 404
        assert client.get(f"{s.dialogue_url}/conversations/x/tracker").status_code == 404
        assert client.post(f"{s.actions_url}/webhook", json={"next_action": "action_progress"}).status_code == 401


def test_an_article_that_is_published_is_answered_seconds_later(system: System, tmp_path: Path) -> None:
    article = ROOT / "knowledge_base" / "articles" / "residence_permit" / "residence-permit-apply.md"
    text = article.read_text(encoding="utf-8")
    new = text.replace("id: residence-permit-apply", "id: snow-boots").replace("居住证怎么办？", "冰雪大世界的企鹅靴在哪领？")
    (tmp_path / "snow-boots.md").write_text(new, encoding="utf-8")
    env = {**os.environ, "JIESU_DATA": str(system.data)}
    subprocess.run([sys.executable, "-m", "hotline", "knowledge", "import", str(tmp_path)], cwd=ROOT, env=env, check=True, capture_output=True)

    async def talk(chat: ChatClient) -> None:
        for _ in range(10):
            position = await chat.send(text="冰雪大世界的企鹅靴在哪领")
            (reply,) = await until_reply(chat, position)
            if "来源" in reply["text"]:
                return
            await asyncio.sleep(0.5)
        raise AssertionError("not answered within five seconds")

    as_citizen(system, talk)


def test_ctrl_c_leaves_nothing_behind_and_a_second_start_goes_on(tmp_path: Path) -> None:
    first = start(tmp_path)
    cookie = httpx.Cookies()
    try:
        with httpx.Client(base_url=first.wiring.settings.gateway_url, headers={"X-Requested-With": "jiesu"}, trust_env=False) as client:
            client.post("/chat/session", json={})
            client.post("/chat/messages", json={"client_id": str(uuid4()), "text": "我要投诉楼下饭店油烟太大"})
            wait_until(lambda: len(client.get("/chat/messages").json()["messages"]) == 2, 20)
            cookie = client.cookies
    finally:
        stop(first)
    wait_until(lambda: not first.pids(), 10)
    second = start(tmp_path)
    try:
        with httpx.Client(base_url=second.wiring.settings.gateway_url, headers={"X-Requested-With": "jiesu"}, trust_env=False) as client:
            client.cookies.set("jiesu_chat", next(c.value for c in cookie.jar if c.value), path="/chat")
            client.post("/chat/messages", json={"client_id": str(uuid4()), "text": f"朝阳区{ADDRESS}"})
            wait_until(lambda: len(client.get("/chat/messages").json()["messages"]) == 4, 20)
            assert "什么时候" in client.get("/chat/messages").json()["messages"][-1]["text"], "the form goes on where it was"
    finally:
        stop(second)
