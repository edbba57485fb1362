"""The recogniser and the voice that the settings ask for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from channels.phone.speech.base import SpeechUnavailable, Synthesizer, Transcriber
from channels.phone.speech.models import fetched_vosk, packaged_whisper


@dataclass(frozen=True)
class SpeechChoice:
    """What the settings say; docs/settings.md explains them. `folder`: for models, below the data folder."""

    folder: Path
    recogniser: str = "auto"
    vosk_model: str = ""
    whisper_model: str = ""
    voice: str = "espeak"
    recorded_prompts: str = ""
    voice_service: str = ""
    voice_key: str = ""
    voice_request: str = ""

    @property
    def has_vosk(self) -> bool:
        return bool(self.vosk_model) or fetched_vosk(self.folder) is not None

    def transcriber(self) -> Transcriber:
        """`auto`: Vosk with a second pass by Whisper where a Vosk model is there, else Whisper alone. Raises SpeechUnavailable."""
        from channels.phone.speech.together import Fallback, SecondPass
        from channels.phone.speech.vosk import VoskTranscriber
        from channels.phone.speech.whisper import WhisperTranscriber

        if self.recogniser == "off":
            raise SpeechUnavailable("No recogniser: JIESU_RECOGNISER is off.")
        folder = Path(self.vosk_model) if self.vosk_model else fetched_vosk(self.folder)
        if self.recogniser == "vosk" or (self.recogniser == "auto" and folder):
            if folder is None:
                raise SpeechUnavailable("No Vosk model is there. Fetch one with `jiesu models fetch vosk-small-cn`, or name its folder in JIESU_VOSK_MODEL.")
            vosk = VoskTranscriber(folder)
            if self.recogniser == "vosk":
                return Fallback(vosk, self._whisper())
            return SecondPass(vosk, self._whisper())
        return WhisperTranscriber(self._whisper_folder())

    def _whisper(self) -> Transcriber:
        from channels.phone.speech.whisper import WhisperTranscriber

        return WhisperTranscriber(self._whisper_folder())

    def _whisper_folder(self) -> Path:
        return Path(self.whisper_model) if self.whisper_model else packaged_whisper(self.folder)

    def synthesizer(self) -> Synthesizer:
        from channels.phone.speech.demo import DemoSynthesizer
        from channels.phone.speech.espeak import EspeakSynthesizer
        from channels.phone.speech.voices import HttpSynthesizer, RecordedPrompts

        if self.voice == "http":
            voice: Synthesizer = HttpSynthesizer(self.voice_service, key=self.voice_key, request=self.voice_request)
        else:
            voice = DemoSynthesizer() if self.voice == "demo" else EspeakSynthesizer()
        return RecordedPrompts(Path(self.recorded_prompts), voice) if self.recorded_prompts else voice
