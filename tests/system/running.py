"""A system of its own for tests and measurements: Rasa, actions, gateway, staff pages and worker, on free ports, with own data."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hotline import processes
from hotline.settings import ROOT, Settings
from hotline.wiring import Wiring

START_WITHIN = 600
BELOW_OUTGOING = (10_000, 16_000)  # Linux gives 32768 and above, gVisor 16000 and above


@dataclass
class System:
    """A running system."""

    wiring: Wiring
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def data(self) -> Path:
        return self.wiring.settings.data

    def pids(self, name: str = "") -> list[int]:
        """The process ids of one of our processes, or of everything that was started with this system's data."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                ours = f"JIESU_DATA={self.data}".encode() in (entry / "environ").read_bytes().split(b"\0")
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, ValueError):
                continue
            wanted = {"": "", "rasa": "rasa run"}.get(name, f"hotline serve {name}")
            if ours and entry.name.isdigit() and int(entry.name) != self.process.pid and line and wanted in line:
                found.append(int(entry.name))
        return found

    def kill(self, name: str) -> None:
        """Kill one process as hard as there is, and wait until it is gone."""
        pids = self.pids(name)
        assert pids, f"{name} does not run"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not set(pids) & set(self.pids(name)), 10)

    def wait_for(self, name: str) -> None:
        """Wait until a process answers again."""
        wait_until(lambda: asyncio.run(processes.is_healthy(name, self.wiring)), 90)


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    """Poll for what another process will do. Fails with the condition's name."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"did not happen within {seconds:.0f} s: {condition}")
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """Even ports that nobody uses, neither by TCP nor by UDP, and with nobody on the port after, which a SIP server takes for TLS. They lie below
    those that the machine gives to outgoing connections: between this look and the moment when a server listens, such a connection has taken one
    before."""
    free: list[int] = []
    while len(free) < count:
        port = random.SystemRandom().randrange(*BELOW_OUTGOING, 2)
        if port not in free and all(_is_free(one, kind) for one in (port, port + 1) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM)):
            free.append(port)
    return free


def _is_free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def start(data: Path, **settings_: str) -> System:
    """Start a system over a data folder, with more settings if given, and wait until it says that it is ready."""
    models = ROOT / "var" / "models"
    models.mkdir(parents=True, exist_ok=True)
    if not (data / "models").exists():
        (data / "models").symlink_to(models)  # trained once for all tests and for `make run`
    names = ("GATEWAY_PORT", "STAFF_PORT", "RASA_PORT", "ACTIONS_PORT", "VOICE_PORT", "AUDIOSOCKET_PORT", "SIP_PORT")
    ports = dict(zip(names, free_ports(7), strict=True))
    env = {**os.environ, "JIESU_DATA": str(data), **{f"JIESU_{name}": str(port) for name, port in ports.items()}, **settings_}
    output = data / "run.log"
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "hotline", "run"], cwd=ROOT, env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    settings = Settings(_env_file=None, data=data, **{name.lower(): port for name, port in ports.items()})  # type: ignore[arg-type]
    system = System(Wiring(settings), process, output)

    def is_ready() -> bool:
        assert process.poll() is None, f"the system ended:\n{output.read_text()}"
        return "Ready." in output.read_text()

    wait_until(is_ready, START_WITHIN)
    return system


def stop(system: System) -> None:
    """What Ctrl-C does."""
    if system.process.poll() is None:
        os.kill(system.process.pid, signal.SIGINT)
        system.process.wait(20)
    system.wiring.store.close()
