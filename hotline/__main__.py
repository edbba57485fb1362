"""The `jiesu` command."""

from __future__ import annotations

import sys

import typer
from sqlalchemy.exc import DBAPIError

from hotline.city import CityError
from hotline.commands import dispatch, knowledge, models, staff, system, trying
from hotline.settings import SettingsError
from hotline.store import lacks_tables

app = typer.Typer(help="Jiesu (接诉): an intake bot for a city hotline.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
for command in (system.run, system.serve, system.migrate, system.train, system.status, trying.talk, trying.phone, trying.call, trying.demo):
    app.command()(command)
app.command(hidden=True)(system.learn)
for group in (models, staff, knowledge, dispatch):
    app.add_typer(group.app, name=group.__name__.rpartition(".")[2])


def main() -> None:
    try:
        app()
    except (SettingsError, CityError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except DBAPIError as error:
        if not lacks_tables(error):
            raise
        print("The database has no tables yet, or those of an older version. Begin with: jiesu migrate (jiesu run does it too).", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
