"""Who answers when we call: a person, who says 喂 and waits, or a machine, which goes on and on. Known by its words, else by its length."""

from __future__ import annotations

import re

_MACHINE = re.compile(
    r"留言|语音信箱|留口信|嘀的?一?声|滴的?一?声|哔的?一?声|提示音后|无法接听|暂时无人接听|不在服务区|已关机|已停机|是空号|请稍后再拨|来电提醒|"
    r"您(?:所)?拨打的|您呼叫的|智能(?:助理|秘书|接听)|语音助手代|通信助理|正在通话中"
)
MONOLOGUE = 6.0
"""Seconds that somebody speaks without a pause right after the call was answered: no person does."""
HELLO = 1.3
"""Seconds of speech up to which it is a person's hello."""
HELLO_WITHIN = 2.0
"""Seconds of silence after which we begin ourselves."""


def is_machine(text: str) -> bool:
    """Whether a machine has answered, by what it says."""
    return bool(_MACHINE.search(text))
