"""The actions of the intake."""

from __future__ import annotations

from actions.intake_end import Kept, SubmitIntake
from actions.intake_form import IntakeForm
from actions.intake_questions import AskItem
from actions.request import ITEMS
from actions.turn import BotAction, Desk


def actions(desk: Desk) -> list[BotAction]:
    asks = [AskItem(f"action_ask_intake_form_{item}", desk, item) for item in (*ITEMS, "confirmed")]
    return [IntakeForm("validate_intake_form", desk), *asks, SubmitIntake("action_submit_intake", desk), Kept("action_kept", desk)]
