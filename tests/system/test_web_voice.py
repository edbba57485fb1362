"""A voice message in the web chat, from a browser's microphone to what was understood."""

from __future__ import annotations

import asyncio
import os
import wave
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from channels.phone.say import for_the_ear
from channels.phone.speech.demo import DemoSynthesizer
from channels.phone.speech.sound import resample
from tests.system.running import System

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.speech,
    pytest.mark.skipif(
        not CHROMIUM.exists() and not os.environ.get("CI"), reason="Chromium is not installed: `apt-get install chromium fonts-noto-cjk`."
    ),
]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream",
)  # fmt: skip


def microphone(path: Path, text: str) -> Path:
    """What Chromium takes for its microphone: it plays the file again and again."""
    voice = DemoSynthesizer()
    said = resample(asyncio.run(voice.render(for_the_ear(text))), voice.sample_rate, 48000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48000)
        file.writeframes(said + bytes(48000))
    return path


def test_what_is_spoken_into_the_web_chat_is_understood_and_shown_back(system: System, tmp_path: Path) -> None:
    sound = microphone(tmp_path / "microphone.wav", "居住证怎么办")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, f"--use-file-for-fake-audio-capture={sound}"])
        page = browser.new_page(locale="zh-CN", permissions=["microphone"])
        page.goto(f"{system.wiring.settings.gateway_url}/")
        talk = page.get_by_role("button", name="语音")
        talk.press("Enter")
        expect(talk).to_have_attribute("aria-pressed", "true", timeout=30_000)
        page.wait_for_timeout(5000)  # it is said at least once meanwhile, however the browser began
        talk.press("Enter")
        expect(page.get_by_role("log")).to_contain_text("听到：", timeout=90_000)  # the first one loads the recogniser
        browser.close()
