"""Models that understand speech."""

from __future__ import annotations

import typer

from hotline.commands.base import fail, wiring_of_settings

app = typer.Typer(help="Models that understand speech.", no_args_is_help=True)


@app.command("list")
def models_list() -> None:
    """Say which speech models can be fetched."""
    from channels.phone.speech.models import DOWNLOADS

    for model in DOWNLOADS.values():
        print(f"  {model.name:15} {model.about}")


@app.command("fetch")
def models_fetch(name: str) -> None:
    """Download a speech model, check it and put it into the data folder."""
    from channels.phone.speech.models import DOWNLOADS, FetchFailed, fetch

    if name not in DOWNLOADS:
        fail(f"There is no model “{name}”. Choose one of: {', '.join(DOWNLOADS)}.")
    try:
        fetch(DOWNLOADS[name], wiring_of_settings().settings.data / "models", tell=print)
    except FetchFailed as failed:
        fail(str(failed))
