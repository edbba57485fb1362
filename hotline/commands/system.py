"""Commands that start, prepare and watch the processes."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import urllib.parse
from dataclasses import replace
from typing import Literal

import httpx
import uvicorn

from hotline import processes
from hotline.commands.base import fail, say, wiring_of_settings
from hotline.settings import ROOT, Settings
from hotline.store.database import upgrade
from hotline.wiring import Wiring, clock, configure_logging, new_id

Process = Literal["actions", "rasa", "gateway", "staff", "worker", "voice"]


def run() -> None:
    """Start everything, keep it running, and stop it with Ctrl-C."""
    wiring = _prepared()
    supervisor = processes.Supervisor(wiring, say)

    def ready() -> None:
        s = wiring.settings
        say("Ready.")
        print(f"\n  市民对话   {s.gateway_url}/chat/\n  工作人员   {s.staff_url}/")
        if link := _setup_link(wiring):
            print(f"  首次使用   {link}\n             (open it once to choose the first administrator's name and password)")
        print("\n  In another terminal: ./jiesu talk · ./jiesu demo · ./jiesu status      Ctrl-C stops everything.\n", flush=True)

    async def supervise() -> None:
        task = asyncio.current_task()
        assert task
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await supervisor.run(ready)

    say("Starting.")
    try:
        asyncio.run(supervise())
    except (asyncio.CancelledError, KeyboardInterrupt):
        say("Stopped.")
    except TimeoutError as error:
        fail(str(error))


def serve(name: Process) -> None:
    """Run one process in the foreground. `jiesu run` starts them all; in production a service manager does."""
    wiring = wiring_of_settings()
    configure_logging(wiring.settings.log_level)
    s = wiring.settings
    if name == "rasa":
        command = processes.command("rasa", s)
        os.chdir(ROOT)
        os.execve(command[0], command, processes.environment(wiring))
    elif name == "actions":
        from actions.server import serve as serve_actions

        serve_actions(wiring.desk(), port=s.actions_port, token=wiring.actions_token)
    elif name == "gateway":
        uvicorn.run(wiring.gateway(), host=s.host, port=s.gateway_port, log_level="warning", access_log=False, server_header=False, log_config=None, timeout_graceful_shutdown=3)
    elif name == "staff":
        from staff.server import serve as serve_staff

        serve_staff(wiring.store, wiring.city, wiring.files, host=s.host, port=s.staff_port, secret=s.derived("staff pages"),
                    data=s.data, survey_delay_minutes=s.survey_delay_minutes, secure=s.public_url.startswith("https://"), clock=clock, new_id=new_id,
                    open_knowledge=lambda: (wiring.knowledge, wiring.embedder), open_categories=lambda: wiring.categories)  # fmt: skip
    elif name == "voice":
        asyncio.run(_answer_calls(wiring))
    else:
        asyncio.run(_work(wiring))


def migrate() -> None:
    """Bring the database's tables up to date. `jiesu run` does it too."""
    upgrade(wiring_of_settings().store.engine)
    print("The tables are up to date.")


def train() -> None:
    """Train the dialogue model, if today's config.yml and bot/ have none yet."""
    _train(wiring_of_settings().settings)


def learn() -> None:
    """Learn what dangers and answers to surveys sound like, if nobody has. `jiesu train` and the actions do it too."""
    wiring = wiring_of_settings()
    _ = wiring.triage
    wiring.survey_reader.train()
    wiring.survey_triage()


def status() -> None:
    """Say what is running and healthy."""
    wiring = wiring_of_settings()

    async def check() -> list[bool]:
        return await asyncio.gather(*(processes.is_healthy(name, wiring) for name in processes.NAMES))

    healthy = asyncio.run(check())
    for name, is_up in zip(processes.NAMES, healthy, strict=True):
        print(f"  {'✓' if is_up else '✗'} {name}")
    with wiring.store.reading() as tx:
        print(f"  tickets {sum(tx.tickets.count_by_status().values())}, articles {len(tx.articles.all())}, open jobs {tx.jobs.open_count()}, "
              f"waiting for a person {len(tx.conversations.waiting())}")  # fmt: skip
    _print_doors(wiring)
    if not all(healthy):
        fail("Something is not running. Start everything with `make run`; the logs are in " + str(wiring.settings.data / "log") + ".")


def _print_doors(wiring: Wiring) -> None:
    """Where the telephone listens, and the key for an Asterisk on another machine."""
    s = wiring.settings
    try:
        health = httpx.get(f"{s.voice_url}/healthz", timeout=2, trust_env=False).json()
    except httpx.HTTPError:
        return
    print(f"  telephone: {'; '.join(health['doors'])}; calls {health['calls']}{'' if health['ready'] else '; models are being loaded'}")
    if s.phone_host != "127.0.0.1":
        print(f"  JIESU_KEY for Asterisk: {s.derived('voice control')}")


def _prepared() -> Wiring:
    """Everything that must be there before processes start: tables, sample knowledge, model."""
    from knowledge_base.importer import read_folder

    wiring = wiring_of_settings()
    _ = wiring.city  # a wrong city folder is told before anything starts
    upgrade(wiring.store.engine)
    with wiring.store.transaction() as tx:
        if not tx.articles.all():
            for article in read_folder(ROOT / "knowledge_base" / "articles", sample=True):
                tx.articles.put(replace(article, approved_by="示例"), now=clock())
            say("The sample knowledge base is loaded.")
    _train(wiring.settings)
    return wiring


def _train(s: Settings) -> None:
    model = processes.model_path(s)
    if model.exists():
        return
    if not processes.RASA_PYTHON.exists():
        fail("Rasa's environment .venv-rasa is missing. Run `python3 bootstrap.py`.")
    say("Training the dialogue model, and learning what dangers and answers to surveys sound like (once after every change of bot/ or config.yml; about two minutes).")
    model.parent.mkdir(parents=True, exist_ok=True)
    log = s.data / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    # The learning goes on beside it, on a second core. Should it fail, the actions do it at their start.
    with log.open("wb") as output, subprocess.Popen([sys.executable, "-m", "hotline", "learn"], cwd=ROOT, stdout=output, stderr=output):
        done = subprocess.run(processes.train_command(model), cwd=ROOT, env={**os.environ, **processes.QUIET}, stdout=output, stderr=output, check=False)
    if done.returncode or not model.exists():
        fail(f"Training failed; see {log}.")
    say("  trained")


async def _answer_calls(wiring: Wiring) -> None:
    """The voice process: its doors, and the control port that says it is up."""
    from channels.phone.control import build

    voice = wiring.voice()
    try:
        await voice.start()
    except OSError as error:
        fail(f"The telephone can't listen: {error}. Another program may hold the port; see JIESU_AUDIOSOCKET_PORT and JIESU_PHONE_HOST.")
    s = wiring.settings
    config = uvicorn.Config(build(voice, s.derived("voice control")), host=s.phone_host, port=s.voice_port, log_level="warning", access_log=False,
                            server_header=False, log_config=None, timeout_graceful_shutdown=2)  # fmt: skip
    try:
        await uvicorn.Server(config).serve()
    finally:
        await voice.close()
        await wiring.reception.close()


async def _work(wiring: Wiring) -> None:
    beat = wiring.settings.data / "worker.beat"

    async def heart() -> None:
        while True:
            await asyncio.to_thread(beat.touch)
            await asyncio.sleep(1)

    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await asyncio.gather(heart(), wiring.worker().run())
    except asyncio.CancelledError:
        await wiring.reception.close()


def _setup_link(wiring: Wiring) -> str | None:
    """The link under which the first administrator is made. None once there is one."""
    with wiring.store.transaction() as tx:
        if tx.staff.all():
            return None
    path = wiring.settings.data / "setup.token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return f"{wiring.settings.staff_url}/setup?{urllib.parse.urlencode({'token': path.read_text()})}"
