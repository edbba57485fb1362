"""Real SIP calls between Debian's baresip and the voice process, on loopback."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import KEY

from hotline.store import Cipher
from tests.system.running import free_ports
from tests.telephony.conftest import Bot
from tests.telephony.far_end import FarEnd
from tests.telephony.softphone import Softphone, loud

pytestmark = pytest.mark.telephony

Bots = Callable[..., Any]
Phones = Callable[..., Softphone]


def loud_after_speech(phone: Softphone) -> int:
    """Steps of 20 ms in which the bot was heard after the caller's last word; 0 before they have said any."""
    heard, said = loud(phone.heard()), loud(phone.said())
    return int(heard[len(said) - int(np.argmax(said[::-1])) :].sum()) if said.any() else 0


def test_a_caller_hears_the_greeting_is_understood_and_answered(bot: Bots, phone: Phones) -> None:
    with bot(["路灯不亮"]) as b:
        p = phone("我家门口的路灯坏了三天了")
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        b.wait_until(lambda: [m.text for m in b.messages() if m.direction == "out"][-1:] == ["收到：路灯不亮。"])
        b.wait_until(lambda: loud_after_speech(p) > 0)
        p.hang_up()
        p.wait_for("CALL_CLOSED")
        heard, said = loud(p.heard()), loud(p.said())
        assert np.argmax(heard) < np.argmax(said), "the greeting comes before the caller has said anything"
        assert b.heard() == ["路灯不亮"]
        message = next(m for m in b.messages() if m.direction == "in")
        assert (message.via, message.confidence) == ("speech", 0.9)


def test_speech_silences_the_bot(bot: Bots, phone: Phones) -> None:
    # How soon is measured (bench/voice.py) and held on the virtual clock (tests/channels/test_call_loop.py); here it is that it happens at all.
    with bot(["等一下"], answers={"等一下": ""}, slowly=20.0) as b:
        p = phone("等一下我说的不是这个事情", before=2.0)
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        b.wait_until(lambda: b.heard() == ["等一下"])
        p.hang_up()
        p.wait_for("CALL_CLOSED")
        heard, said = loud(p.heard()), loud(p.said())
        began = int(np.argmax(said))
        assert heard[:began].any(), "the bot spoke"
        assert heard.sum() < 10 * 50, "and not even half of the greeting of twenty seconds, because the caller began"


def test_keys_are_understood_while_the_bot_speaks(bot: Bots, phone: Phones) -> None:
    with bot([""]) as b:
        p = phone()
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        b.wait_until(lambda: bool(loud(p.heard()).any()))
        p.press("45")
        b.wait_until(lambda: b.heard() == ["45"])
        p.hang_up()
        assert next(m for m in b.messages() if m.direction == "in").via == "keypad"


def test_what_was_said_before_a_sudden_hang_up_is_kept_and_the_dialogue_is_told(bot: Bots, phone: Phones) -> None:
    with bot(["楼下施工"]) as b:
        p = phone("我要投诉楼下的饭店油烟太大了天天熏得受不了", before=0.5)
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        b.wait_until(lambda: loud(p.said()).sum() > 75)
        p.hang_up()
        b.wait_until(lambda: b.heard() == ["楼下施工"])
        b.wait_until(lambda: any(m.intent == "signal_hang_up" for m in b.messages()))
        b.wait_until(lambda: b.health()["calls"] == 0)


def test_who_hangs_up_after_the_question_about_a_danger_has_not_answered(bot: Bots, phone: Phones) -> None:
    with bot(["楼上砰砰响"]) as b:
        p = phone("楼上砰砰响还有孩子一直在哭", before=0.5)
        p.dial(b.uri)
        b.wait_until(lambda: b.heard() == ["楼上砰砰响"])
        b.ask_of_danger()
        assert not b.danger_is_due()
        p.hang_up()
        b.wait_until(b.danger_is_due, 20)


def test_a_caller_who_wants_a_person_is_transferred(bot: Bots, phone: Phones) -> None:
    person = phone(answers=True, name="person", number="person")
    with bot([""], transfer_to=f"sip:person@127.0.0.1:{person.port}") as b:
        p = phone()
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        p.press("0")
        person.wait_for("CALL_ESTABLISHED", 20)
        b.wait_until(lambda: b.health()["calls"] == 0)


def test_when_nobody_takes_the_transfer_a_ticket_asks_to_call_back(bot: Bots, phone: Phones) -> None:
    [nobody] = free_ports(1)
    with bot([""], transfer_to=f"sip:person@127.0.0.1:{nobody}") as b:
        p = phone()
        p.dial(b.uri)
        p.wait_for("CALL_ESTABLISHED")
        p.press("0")
        b.wait_until(lambda: "工作人员会打这个电话回给您" in "".join(m.text for m in b.messages()), 60)
        p.hang_up()


def test_a_number_at_rest_is_unreadable(bot: Bots, phone: Phones) -> None:
    with bot(["路灯不亮"]) as b:
        p = phone("路灯坏了三天了", before=0.5)
        p.dial(b.uri)
        b.wait_until(lambda: b.heard() == ["路灯不亮"])
        p.hang_up()
        for path in b.folder.rglob("*"):
            if path.is_file():
                assert b"13800000000" not in path.read_bytes(), f"the caller's number stands in {path.name}"


def test_a_recorded_call_says_so_and_is_kept_encrypted(bot: Bots, phone: Phones) -> None:
    with bot(["路灯不亮"], record=True) as b:
        p = phone("路灯坏了三天了", before=1)
        p.dial(b.uri)
        b.wait_until(lambda: b.heard() == ["路灯不亮"])
        p.hang_up()
        b.wait_until(lambda: b.health()["calls"] == 0)
        assert "录音" in b.messages()[0].text

        def files() -> list[Path]:
            return [path for path in (b.folder / "files").rglob("*") if path.is_file()]

        b.wait_until(lambda: bool(files()))
        assert not files()[0].read_bytes().startswith(b"RIFF")
        assert Cipher(KEY).open(files()[0].read_bytes()).startswith(b"RIFF")


# --- Calls that we make


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("486 Busy Here", "busy"), ("603 Decline", "declined"), ("404 Not Found", "unreachable"), ("480 Temporarily Unavailable", "no_answer"),
     ("503 Service Unavailable", "failed")],
)  # fmt: skip
def test_a_call_that_is_refused_has_a_typed_outcome(bot: Bots, status: str, outcome: str) -> None:
    with FarEnd(status) as far, bot([""], dial=f"sip:{{number}}@127.0.0.1:{far.port}") as b:
        assert b.call("13900000000") == outcome
        assert b.health()["calls"] == 0


def test_jiesu_call_rings_for_a_survey_notes_the_attempt_and_prints_how_it_ended(bot: Bots) -> None:
    with FarEnd("486 Busy Here") as far, bot([""], dial=f"sip:{{number}}@127.0.0.1:{far.port}") as b:
        dial = {"JIESU_DIAL": "sip:{number}@127.0.0.1"}
        ticket = b.open_survey()
        called = b.jiesu("call", "+8613900000000", "--survey", ticket, **dial)
        assert (called.stdout, called.returncode) == ("busy\n", 0), called.stderr
        assert b.attempts(ticket) == [("phone", "busy")], "the call is one of the survey's attempts"
        unknown = b.jiesu("call", "+8613900000000", "--survey", "26112299999", **dial)
        assert unknown.returncode == 1
        assert "There is no survey of a ticket 26112299999" in unknown.stdout + unknown.stderr
        assert far.invited == 1, "nobody is rung for nothing"


def test_a_lost_first_invite_is_sent_again(bot: Bots) -> None:
    with FarEnd("486 Busy Here", lost=1) as far, bot([""], dial=f"sip:{{number}}@127.0.0.1:{far.port}") as b:
        assert b.call("13900000000") == "busy"
        assert far.invited >= 2


def test_a_phone_that_rings_and_rings_is_no_answer(bot: Bots, phone: Phones) -> None:
    p = phone(number="13900000000")
    with bot([""], dial=f"sip:{{number}}@127.0.0.1:{p.port}") as b:
        assert b.call("13900000000", ringing=3) == "no_answer"
        assert b.health()["calls"] == 0


def test_a_person_who_answers_is_asked(bot: Bots, phone: Phones) -> None:
    p = phone("喂", before=0.5, answers=True, number="13900000000")
    with bot(["喂"], dial=f"sip:{{number}}@127.0.0.1:{p.port}", answers={"signal_survey": "想听听您的评价，问题解决了吗？"}) as b:
        outcome: list[str] = []
        thread = threading.Thread(target=lambda: outcome.append(b.call("13900000000")))
        thread.start()
        p.wait_for("CALL_ESTABLISHED")
        b.wait_until(lambda: any("问题解决了吗" in m.text for m in b.messages("+8613900000000")))
        p.hang_up()
        thread.join(60)
        assert outcome == ["answered"]


def test_voicemail_is_not_taken_for_a_person(bot: Bots, phone: Phones) -> None:
    p = phone("您好您拨打的用户暂时无法接听请在提示音后留言谢谢再见您可以一直说到挂机为止", before=0.3, answers=True, number="13900000000")
    heard = "您拨打的用户暂时无法接听请在提示音后留言"
    with bot([heard], dial=f"sip:{{number}}@127.0.0.1:{p.port}", answers={"signal_survey": "想听听您的评价。"}) as b:
        assert b.call("13900000000") == "machine"
        assert b.heard("+8613900000000") == []


# --- Many at once


def test_fifty_calls_at_once_and_none_fails(bot: Bots, tmp_path: Path) -> None:
    with bot(["路灯不亮"]) as b:
        statistics = many(b, tmp_path, calls=50, seconds=8)
        assert statistics == {"successful": 50, "failed": 0}
        b.wait_until(lambda: b.health()["calls"] == 0)


CALLER = """<?xml version="1.0" encoding="ISO-8859-1" ?><scenario name="caller">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:138000[call_number]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv response="100" optional="true" />
<recv response="180" optional="true" />
<recv response="200" rtd="true" rrs="true" />
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:138000[call_number]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv request="INVITE" timeout="30000" ontimeout="1" />
<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:caller@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user1 1 2 IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv request="ACK" />
<label id="1" />
<pause milliseconds="{milliseconds}" />
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:138000[call_number]@[local_ip]:[local_port]>;tag=[pid]t[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70
Content-Length: 0

]]></send>
<recv response="200" />
</scenario>"""


def many(b: Bot, folder: Path, *, calls: int, seconds: int) -> dict[str, int]:
    """Make calls at once with SIPp. Returns how many succeeded and how many did not."""
    (folder / "caller.xml").write_text(CALLER.replace("{milliseconds}", str(seconds * 1000)))
    [port] = free_ports(1)
    subprocess.run(
        ["sipp", f"127.0.0.1:{b.sip}", "-sf", "caller.xml", "-s", "12345", "-i", "127.0.0.1", "-p", str(port), "-m", str(calls), "-l", str(calls),
         "-r", "25", "-nostdin", "-trace_stat", "-stf", "stat.csv", "-timeout", "110", "-timeout_error"],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=False, timeout=120,
    )  # fmt: skip
    header, *rows = (folder / "stat.csv").read_text().splitlines()
    last = dict(zip(header.split(";"), rows[-1].split(";"), strict=False))
    return {"successful": int(last["SuccessfulCall(C)"]), "failed": int(last["FailedCall(C)"])}


