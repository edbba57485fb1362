"""What is said around the matter itself."""

from __future__ import annotations

import re

import pytest

from actions.talk import says_goodbye
from hotline.settings import ROOT

TAUGHT = re.findall(r"^    - (.+)$", (ROOT / "bot" / "data" / "nlu" / "goodbye.yml").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_goodbye_that_the_classifier_is_taught_takes_leave() -> None:
    assert len(TAUGHT) > 20
    assert [text for text in TAUGHT if not says_goodbye(text)] == []


@pytest.mark.parametrize("text", ["井盖不见了", "楼下的垃圾桶没了", "电动车丢了", "公园的长椅坏了", "路灯没有亮", "有个把礼拜了吧"])
def test_a_matter_never_ends_the_call(text: str) -> None:
    assert not says_goodbye(text)
