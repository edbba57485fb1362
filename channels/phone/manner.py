"""How calls are led: what they hear and speak with, and the sentences of the city folder they use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from channels.phone.activity import Models
from channels.phone.line import Saying
from channels.phone.mouth import Say
from channels.phone.say import sentences
from channels.phone.spoken import Ear
from channels.phone.turns import ANSWERS_BY_KEYS
from channels.phone.utterance import Recogniser


@dataclass(frozen=True)
class Speech:
    """What calls hear and speak with; all calls share it."""

    models: Models
    recogniser: Recogniser
    ear: Ear
    say: Say


@dataclass(frozen=True)
class Manner:
    """How a call is led. `prompt` gives a sentence of the city folder."""

    prompt: Callable[..., str]
    transfer_to: str = ""
    opening: Callable[[], AsyncIterator[Saying]] | None = None
    """Begins the conversation instead of the greeting when we are the one who calls, as soon as a person has answered."""
    greeting: str = ""

    def keys(self, asked: Saying, *, briefly: bool = False) -> str:
        """您可以直接说，也可以按键：解决了请按1，没解决请按2. `briefly`: only the keys, for who has heard that there are some."""
        labels = (f"{label.replace('，', '、')}，" if "，" in label else label for _, label in asked.choices[:9])  # one answer, though of several parts
        named = (self.prompt("phone.key", label=label, number=number) for number, label in enumerate(labels, 1))
        return self.prompt("phone.keys_again" if briefly else "phone.unclear_choices", keys="，".join(named))

    def silence(self, asked: Saying) -> str:
        """What to say to somebody who says nothing: what they were asked, once more, if it was a question."""
        last = (sentences(asked.text) or [""])[-1]
        return self.prompt("phone.silence_asked", question=last) if last.endswith(("？", "?")) else self.prompt("phone.silence")

    def unclear(self, asked: Saying, times: int) -> str:
        """What to say to somebody who was not understood: the first time to say it again, then by which keys it can be told."""
        if times > 1 and asked.expects in ANSWERS_BY_KEYS:
            return self.prompt("phone.unclear_number")
        if times > 1 and asked.choices:
            return self.keys(asked)
        return self.prompt("phone.unclear" if times == 1 else "phone.unclear_keys")
