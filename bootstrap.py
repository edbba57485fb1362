"""Prepare a fresh machine: two virtual environments and the trained model. Standard library only; any Python from 3.8 on.

    python3 bootstrap.py [--dev | --lock]

With --dev the tools of the tests and checks too; with --lock it writes the requirements anew instead. Does nothing that is done already, so it is the first step of every make target.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
STARTED = time.time()


def main() -> None:
    main_python = find_python((3, 11), "everything but Rasa")
    rasa_python = find_python((3, 10), "Rasa 3.6")
    if "--lock" in sys.argv:
        lock(main_python, ["requirements.in", "requirements-dev.in"])
        lock(rasa_python, ["bot/requirements.in"])
        return
    requirements = ["requirements-torch.txt", "requirements.txt"] + (["requirements-dev.txt", "requirements-demo-voice.txt"] if "--dev" in sys.argv else [])
    jobs = [
        Environment(ROOT / ".venv", main_python, requirements, "Jiesu"),
        Environment(ROOT / ".venv-rasa", rasa_python, ["bot/requirements.txt"], "Rasa"),
    ]
    todo = [job for job in jobs if not job.is_done()]
    if todo:
        say("Installing (once; about three minutes).")
    threads = [threading.Thread(target=job.install) for job in todo]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [job for job in todo if job.error]
    if failed:
        sys.exit("\n".join(job.error for job in failed))


def find_python(version, purpose):
    """A Python of this version: the one that runs this, one on the PATH, one of pyenv or one of uv. Exits with a sentence if there is none."""
    name = "python%d.%d" % version
    candidates = [sys.executable, shutil.which(name), shutil.which("python3"), shutil.which("python")]
    for home in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if home and (Path(home) / "versions").is_dir():
            candidates += sorted((Path(home) / "versions").glob("%d.%d.*/bin/%s" % (*version, name)))
    if shutil.which("uv"):
        found = subprocess.run(["uv", "python", "find", "%d.%d" % version], capture_output=True, text=True, check=False)
        candidates.append(found.stdout.strip() if found.returncode == 0 else None)
    for candidate in candidates:
        if candidate and has_version(str(candidate), version):
            return str(candidate)
    sys.exit(
        "Python %d.%d is needed for %s and was not found. Install it, for example with `pyenv install %d.%d` or `uv python install %d.%d`, and try again."
        % (*version, purpose, *version, *version)
    )


def has_version(python, version):
    # A pyenv shim can be on the PATH and still refuse to run: only the answer counts.
    check = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (%d, %d))" % version
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


class Environment:
    """A virtual environment that holds exactly the packages of its requirements files."""

    def __init__(self, folder, python, requirements, title):
        self.folder, self.python, self.title = folder, python, title
        self.requirements = [ROOT / name for name in requirements]
        self.error = None
        digest = hashlib.sha256()
        for path in self.requirements:
            digest.update(path.read_bytes())
        self.stamp = digest.hexdigest()

    def is_done(self):
        done = self._stamps()
        return self.stamp in done

    def install(self):
        try:
            # Installed over what is there; made anew when its Python is gone, for example after an upgrade of the machine.
            if not has_version(str(self.folder / "bin" / "python"), self._version()):
                shutil.rmtree(self.folder, ignore_errors=True)
                self._run([self.python, "-m", "venv", str(self.folder)])
            for path in self.requirements:
                say("  %s: %s" % (self.title, path.name))
                self._pip(path)
            (self.folder / "stamps").write_text("\n".join([*self._stamps(), self.stamp]))
            say("  %s is installed" % self.title)
        except subprocess.CalledProcessError as error:
            self.error = "Installing %s failed:\n%s\nCheck the network and the package index, then try again." % (self.title, error.stdout[-2000:])

    def _stamps(self):
        path = self.folder / "stamps"
        # A development environment has all that a plain one needs: any stamp written for this content counts.
        return path.read_text().split() if path.exists() else []

    def _version(self):
        out = subprocess.run([self.python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in out.split())

    def _pip(self, path):
        # Everything is listed with its hash, so nothing has to be resolved: --no-deps is quicker and says so. torch is
        # apart, see its file: it brings what it needs.
        locked = [] if path.name == "requirements-torch.txt" else ["--no-deps", "--require-hashes"]
        pip = [str(self.folder / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-compile"]
        self._run([*pip, *locked, "-r", str(path)])

    def _run(self, command):
        subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, cwd=ROOT)


def lock(python, names):
    """Write the hashed requirements of some .in files with pip-tools, in an environment that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        tools = os.path.join(folder, "bin")
        subprocess.run([os.path.join(tools, "pip"), "install", "-q", "pip-tools"], check=True)
        for name in names:
            say("Locking %s" % name)
            command = ["pip-compile", "-q", "--strip-extras", "--generate-hashes", "--unsafe-package", "torch", "--no-emit-index-url", "--no-emit-find-links"]
            env = dict(os.environ, CUSTOM_COMPILE_COMMAND="make lock")
            subprocess.run([os.path.join(tools, command[0]), *command[1:], "-o", str(Path(name).with_suffix(".txt")), name], cwd=ROOT, env=env, check=True)


def say(text):
    print("[%3.0f s] %s" % (time.time() - STARTED, text), flush=True)


if __name__ == "__main__":
    main()
