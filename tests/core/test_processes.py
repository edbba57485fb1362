"""What every process of Jiesu is started with."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize("surroundings", [{}, {"PYTHONDONTWRITEBYTECODE": "1"}])
def test_compiled_modules_are_kept_wherever_a_process_runs(surroundings: dict[str, str]) -> None:
    ask = "import hotline, os, sys; print(sys.dont_write_bytecode, 'PYTHONDONTWRITEBYTECODE' in os.environ)"
    plain = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    told = subprocess.run([sys.executable, "-c", ask], env={**plain, **surroundings}, capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["False", "False"]
