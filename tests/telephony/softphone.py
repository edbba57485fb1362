"""Debian's baresip as the telephone of a citizen: no sound card, a WAV file for a microphone, recordings of both directions, driven over TCP."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

CONFIG = """poll_method epoll
sip_listen 127.0.0.1:{port}
net_interface 127.0.0.1
call_max_calls 10
audio_player aubridge,nil{port}
audio_source aufile,{microphone}
audio_alert aubridge,alert{port}
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
audio_buffer 20-60
audio_txmode thread
rtp_ports 41000-44000
jitter_buffer_delay 1-5
module_path /usr/lib/baresip/modules
module g711.so
module sndfile.so
module aufile.so
module aubridge.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
snd_path {folder}
"""


class Softphone:
    """One phone. `microphone` is what it says in every call, from the moment the call is up."""

    def __init__(self, folder: Path, port: int, control: int, microphone: Path, *, answers: bool = False, number: str = "13800000000") -> None:
        self.folder, self.port = folder, port
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config").write_text(CONFIG.format(port=port, control=control, microphone=microphone, folder=folder))
        mode = "auto" if answers else "manual"
        account = f"<sip:{number}@127.0.0.1:{port}>;regint=0;answermode={mode};audio_codecs=pcma,pcmu;ptime=20;catchall=yes\n"
        (folder / "accounts").write_text(account)
        (folder / "contacts").write_text("")
        program = shutil.which("baresip")
        assert program
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen([program, "-4", "-f", str(folder)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._socket = self._connected(control)
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def command(self, command: str, params: str = "") -> None:
        body = json.dumps({"command": command, "params": params, "token": "t"}).encode()
        self._socket.sendall(b"%d:%s," % (len(body), body))

    def dial(self, uri: str) -> None:
        self.command("dial", uri)

    def press(self, keys: str) -> None:
        for key in keys:
            self.command("sndcode", key)
            time.sleep(0.25)

    def hang_up(self) -> None:
        self.command("hangup")

    def wait_for(self, kind: str, seconds: float = 60) -> dict[str, Any]:
        """The next event of a kind, such as CALL_ESTABLISHED. Those before it are used up."""
        return self._until(lambda event: event.get("type") == kind, seconds, kind)

    def close(self) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(10)

    def heard(self) -> np.ndarray:
        """What the far end has said in the last call so far, as samples at 8 kHz, from when the call was up."""
        return self._recorded("dec")

    def said(self) -> np.ndarray:
        return self._recorded("enc")

    def _recorded(self, direction: str) -> np.ndarray:
        files = sorted(self.folder.glob(f"dump-*-{direction}.wav"), key=lambda path: path.stat().st_mtime)
        raw = files[-1].read_bytes()[44:] if files else b""  # the header, of 8 kHz and 16 bits, is only right once the phone has closed the file
        return np.frombuffer(raw[: len(raw) // 2 * 2], "<i2")

    def _until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float, what: str) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            while self.events:
                event = self.events.pop(0)
                if wanted(event):
                    return event
            self._read(deadline - time.monotonic())
        raise AssertionError(f"the phone saw no {what}; its log: {(self.folder / 'log').read_text(errors='replace')[-2000:]}")

    def _read(self, seconds: float) -> None:
        self._socket.settimeout(max(0.01, seconds))
        try:
            self._rest += self._socket.recv(65536)
        except TimeoutError:
            return
        while b":" in self._rest:
            length, _, rest = self._rest.partition(b":")
            if len(rest) < int(length) + 1:
                return
            self.events.append(json.loads(rest[: int(length)]))
            self._rest = rest[int(length) + 1 :]

    def _connected(self, control: int) -> socket.socket:
        for _ in range(600):
            try:
                return socket.create_connection(("127.0.0.1", control), 1)
            except OSError:
                assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")
                time.sleep(0.05)
        raise AssertionError("baresip did not start")


def loud(samples: np.ndarray, above: float = 500) -> np.ndarray:
    """For each 20 ms, whether there was sound."""
    whole = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(float)
    return np.abs(whole).mean(axis=1) > above


def speech(path: Path, text: str, *, before: float = 0.0, after: float = 60.0) -> Path:
    """A WAV of somebody who speaks, by espeak-ng, with silence around it."""
    raw = path.with_suffix(".raw.wav")
    subprocess.run(["espeak-ng", "-v", "cmn", "-s", "150", "-w", str(raw), text], check=True, capture_output=True)
    subprocess.run(["sox", str(raw), "-r", "8000", "-c", "1", "-b", "16", str(path), "pad", str(before), str(after)], check=True, capture_output=True)
    return path
