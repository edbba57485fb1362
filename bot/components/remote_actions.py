"""How Rasa calls our actions, where it must differ from Rasa's own way. Imported by the channel, so it holds for every turn."""

from __future__ import annotations

import itertools
from typing import Any, Dict, List, Optional, Text

import rasa
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

RECENT = 60
"""Events that an action is told of: some ten messages, in which it looks for the question before."""


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


def _call_format(self: RemoteAction, tracker: DialogueStateTracker, domain: Domain) -> Dict[Text, Any]:
    """What an action is told. Rasa would send the whole domain and every event so far each time, which cost more than the action."""
    state = tracker.current_state(EventVerbosity.NONE)
    recent = itertools.islice(reversed(tracker.events), RECENT)
    state["events"] = [told for event in reversed(list(recent)) if (told := _told(event))]
    return {"next_action": self.name(), "sender_id": tracker.sender_id, "tracker": state, "domain": {}, "version": rasa.__version__}


def _told(event: Event) -> Optional[Dict[Text, Any]]:
    if isinstance(event, UserUttered):
        return {"event": "user", "text": event.text}
    return {"event": "action", "name": event.action_name} if isinstance(event, ActionExecuted) else None


def _validate(self: RemoteAction, result: Dict[Text, Any]) -> bool:
    """Whether an answer has the form of one. Rasa builds a schema for it anew each time, which took two thirds of its time."""
    if not all(isinstance(each, dict) for key in ("events", "responses") for each in result.get(key, ())):
        raise ValueError("the actions answered what is no list of events and responses")
    return True


RemoteAction.run = _run_or_break_off  # type: ignore[method-assign]
RemoteAction._action_call_format = _call_format  # type: ignore[method-assign]
RemoteAction._validate_action_result = _validate  # type: ignore[method-assign]
