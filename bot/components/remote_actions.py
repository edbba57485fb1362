"""How Rasa calls our actions, where it must differ from Rasa's own way. Imported by the channel, so it holds for every turn."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.events import Event


class TurnBrokenOff(BaseException):
    """An action failed or its server is away. No `Exception`, because Rasa catches those, goes on without the action and saves."""


_run = RemoteAction.run


async def _run_or_break_off(self: RemoteAction, *args: Any, **kwargs: Any) -> List[Event]:
    try:
        return await _run(self, *args, **kwargs)
    except ActionExecutionRejection:
        raise  # how a form says that a message was not for it
    except Exception as error:  # whatever it was, the turn must not be saved without the action
        raise TurnBrokenOff(f"{self.name()}: {type(error).__name__}") from None


# Rasa checks the schema itself anew at each answer of an action, which took two thirds of its time. Ours is built once.
_schema = RemoteAction.action_response_format_spec()
_validator = validator_for(_schema)(_schema)


def _validate(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    _validator.validate(result)
    return True


RemoteAction.run = _run_or_break_off  # type: ignore[method-assign]
RemoteAction._validate_action_result = _validate  # type: ignore[method-assign]
