"""Which category and unit a request belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.base import fail, line, wiring_of_settings

app = typer.Typer(help="Which category and unit a request belongs to.", no_args_is_help=True)


@app.command("train")
def dispatch_train(
    tickets: Annotated[Path | None, typer.Argument(help="CSV: text, title, category or unit. None: what the system's dispatchers decided.")] = None,
    with_decisions: Annotated[bool, typer.Option("--with-decisions", help="Learn from the file and from what the system's dispatchers decided.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Without a file: even if the model in use has learnt from more.")] = False,
) -> None:
    """Learn categories or units from history, with a cross-validated report. Used from the next request on."""
    from hotline import learning

    try:
        learning.train(wiring_of_settings(), tickets, line, decisions=with_decisions, replace=replace)
    except learning.HistoryRefused as refused:
        fail(str(refused))


@app.command("evaluate")
def dispatch_evaluate(tickets: Annotated[Path, typer.Argument(help="CSV: text, title, category or unit.")]) -> None:
    """Measure what was learnt on labelled tickets."""
    from hotline import learning

    try:
        learning.evaluate(wiring_of_settings(), tickets, line)
    except (learning.HistoryRefused, learning.ModelUnusable) as refused:
        fail(str(refused))
