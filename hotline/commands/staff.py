"""People who sign in to the staff pages."""

from __future__ import annotations

import os
from typing import Annotated, cast

import typer

from hotline import access
from hotline.commands.base import fail, wiring_of_settings
from hotline.store.database import upgrade
from hotline.wiring import clock, new_id

COMMAND = "命令行"
"""Who acts in the audit trail when a command does."""
app = typer.Typer(help="People who sign in to the staff pages.", no_args_is_help=True)


@app.command("add")
def staff_add(name: str, role: Annotated[str, typer.Option(help="administrator, operator, editor, reviewer or analyst")] = "operator") -> None:
    """Add someone; the password is asked for."""
    if role not in access.MAY:
        fail(f"There is no role “{role}”. Choose one of: {', '.join(access.MAY)}.")
    password = os.environ.get("JIESU_NEW_PASSWORD") or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    wiring = wiring_of_settings()
    upgrade(wiring.store.engine)
    try:
        hashed = access.hash_password(password)
        with wiring.store.transaction() as tx:
            access.add_member(tx, name, hashed, cast(access.Role, role), by=COMMAND, now=clock(), new_id=new_id)
    except access.Refused as refused:
        fail(str(refused))
    print(f"{name} may sign in at {wiring.settings.staff_url}/")
