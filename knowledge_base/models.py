"""Trained models on disk: which one is in use. Each training has a folder of its own; a file names the one in use."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hotline.ports import Embedder


def use(folder: Path, name: str) -> None:
    """Take the training `name` into use, in one step: whoever looks sees the old one or the new one."""
    new = folder / "in-use.new"
    new.write_text(name, encoding="utf-8")
    os.replace(new, folder / "in-use")


def in_use(folder: Path, base: Embedder) -> Path | None:
    """The folder of the training in use. None when there is none, or when it was made with another base model."""
    try:
        path = folder / (folder / "in-use").read_text(encoding="utf-8").strip()
        report = json.loads((path / "report.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return path if report["base"] == base.name else None
