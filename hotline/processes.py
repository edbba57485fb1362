"""The processes of Jiesu on one machine: what each is started with, and the supervisor that keeps them running."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from hotline.settings import ROOT, Settings
from hotline.wiring import Wiring

RASA_PYTHON = ROOT / ".venv-rasa" / "bin" / "python"
NAMES = ("actions", "rasa", "gateway", "staff", "worker", "voice")
RESTART_SECONDS = (0.2, 1, 3, 10, 30)
LOG_SIZE = 20 * 1024 * 1024
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3", "SQLALCHEMY_SILENCE_UBER_WARNING": "1", "PYTHONWARNINGS": "ignore",
    "CUDA_VISIBLE_DEVICES": "-1",
}  # fmt: skip


def model_path(settings: Settings) -> Path:
    """Where the trained model of today's config.yml and bot/ belongs: another content, another name."""
    digest = hashlib.sha256()
    for path in [ROOT / "config.yml", *sorted((ROOT / "bot").rglob("*"))]:
        if path.is_file() and path.suffix in (".yml", ".py") and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return settings.data / "models" / f"{digest.hexdigest()[:16]}.tar.gz"


def train_command(model: Path) -> list[str]:
    return [
        str(RASA_PYTHON), "-m", "rasa", "train", "--config", "config.yml", "--domain", "bot/domain", "--data", "bot/data",
        "--out", str(model.parent), "--fixed-model-name", model.name.removesuffix(".tar.gz"),
    ]  # fmt: skip


def environment(wiring: Wiring) -> dict[str, str]:
    """What Rasa's configuration files refer to, beside the environment that we have."""
    settings = wiring.settings
    redis = urlsplit(settings.redis)
    return {
        **os.environ, **QUIET, "TF_INTRA_OP_PARALLELISM_THREADS": "1", "TF_INTER_OP_PARALLELISM_THREADS": "1",
        "JIESU_LOCK_STORE": "redis" if settings.redis else "in_memory", "JIESU_REDIS_HOST": redis.hostname or "",
        "JIESU_REDIS_PORT": str(redis.port or 6379), "JIESU_REDIS_DB": redis.path.strip("/") or "0",
        "JIESU_RASA_TOKEN": wiring.rasa_token, "JIESU_RASA_KEY": wiring.rasa_key, "JIESU_RASA_DATABASE": settings.rasa_database_url,
        "JIESU_ACTIONS_URL": settings.actions_url, "JIESU_ACTIONS_TOKEN": wiring.actions_token,
    }  # fmt: skip


def command(name: str, settings: Settings) -> list[str]:
    """How a process is started, in the project's folder."""
    if name != "rasa":
        return [sys.executable, "-m", "hotline", "serve", name]
    return [
        str(RASA_PYTHON), "-m", "rasa", "run", "--model", str(model_path(settings)), "--endpoints", "bot/endpoints.yml",
        "--credentials", "bot/credentials.yml", "--interface", "127.0.0.1", "--port", str(settings.rasa_port),
    ]  # fmt: skip


@dataclass
class Child:
    """A process under supervision."""

    name: str
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    started_at: float = 0.0


@dataclass
class Supervisor:
    """Starts all processes, starts those again that end, and stops them all."""

    wiring: Wiring
    say: Callable[[str], None]
    names: tuple[str, ...] = NAMES
    children: list[Child] = field(default_factory=list)
    stopping: bool = False

    async def run(self, ready: Callable[[], None]) -> None:
        """Run until cancelled. Calls `ready` once everything answers."""
        self.children = [Child(name) for name in self.names]
        (self.wiring.settings.data / "worker.beat").unlink(missing_ok=True)  # of an earlier run
        keepers = [asyncio.create_task(self._keep(child)) for child in self.children]
        try:
            await self.until_healthy()
            ready()
            await asyncio.gather(*keepers)
        finally:
            self.stopping = True
            for keeper in keepers:
                keeper.cancel()
            await asyncio.shield(self._stop())

    async def until_healthy(self, timeout: float = 300) -> None:
        """Wait for all. Raises TimeoutError with the names of those that do not answer and where their log is."""
        deadline = time.monotonic() + timeout
        missing = list(self.names)
        while missing:
            answers = await asyncio.gather(*(is_healthy(name, self.wiring) for name in missing))
            for name, healthy in zip(list(missing), answers, strict=True):
                if healthy:
                    missing.remove(name)
                    self.say(f"  {name} is up")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{', '.join(missing)} did not come up in {timeout:.0f} s. See {self.wiring.settings.data / 'log'}.")
            await asyncio.sleep(0.5)

    async def _keep(self, child: Child) -> None:
        while not self.stopping:
            child.started_at = time.monotonic()
            log = self._log(child.name)
            with log.open("ab") as output:
                child.process = await asyncio.create_subprocess_exec(
                    *command(child.name, self.wiring.settings), cwd=ROOT, env=environment(self.wiring), stdout=output, stderr=output,
                    stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            code = await child.process.wait()
            if self.stopping:
                return
            if time.monotonic() - child.started_at > 60:
                child.starts = 0
            wait = RESTART_SECONDS[min(child.starts, len(RESTART_SECONDS) - 1)]
            child.starts += 1
            self.say(f"  {child.name} ended with {code}; starting it again in {wait} s (its log: {log})")
            await asyncio.sleep(wait)

    async def _stop(self) -> None:
        running = [c.process for c in self.children if c.process and c.process.returncode is None]
        for process in running:
            _signal(process, signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(p.wait() for p in running)), 8)
        for process in running:
            _signal(process, signal.SIGKILL)  # whatever is left of its group

    def _log(self, name: str) -> Path:
        folder = self.wiring.settings.data / "log"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_SIZE:
            path.replace(path.with_suffix(".old.log"))
        return path


async def is_healthy(name: str, wiring: Wiring) -> bool:
    """Whether a process answers. The worker has no port: it is healthy when its heartbeat is fresh."""
    settings = wiring.settings
    if name == "worker":
        beat = settings.data / "worker.beat"
        return beat.exists() and time.time() - beat.stat().st_mtime < 5
    urls = {
        "actions": f"{settings.actions_url}/health", "rasa": f"{settings.dialogue_url}/webhooks/jiesu/", "gateway": f"{settings.gateway_url}/healthz",
        "staff": f"{settings.staff_url}/healthz", "voice": f"{settings.voice_url}/healthz",
    }  # fmt: skip
    # Our own processes speak plain HTTP: reading the certificates of the world each time would cost as much as all the rest.
    async with httpx.AsyncClient(trust_env=False, timeout=2, verify=False) as client:
        try:
            response = await client.get(urls[name])
        except httpx.HTTPError:
            return False
        # The gateway says 503 while Rasa is not up: it is up itself.
        return response.status_code == 200 or (name == "gateway" and response.status_code == 503)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
