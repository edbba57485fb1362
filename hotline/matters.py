"""Several matters in one message: 一个是路灯坏了，一个是楼道里堆满了电动车.

They are told apart by the words with which people count them. Whether two parts are really two matters, and not two sides of one, their
categories say (actions/further.py): 楼上漏水，另外物业也不管 is one.
"""

from __future__ import annotations

import re

_COUNTS = re.compile(
    r"(?:^|(?<=[，,。；;！!：:\s]))(?:一个是|一是|二是|三是|四是|[再另]一个(?:是|就是)?|还有一个(?:是|就是)?|第[一二三四五](?:件|个)?(?:是|事)?|首先|其次|再次|最后|[1-5][、.．)）](?!\d)|[①②③④⑤]|"
    r"另外(?:还有|还想|一个|一件事?|就是)?(?:反映|投诉)?(?:一下)?|还有(?:一件事|个事儿?|一个事儿?|就是)?|再有(?:就是)?|再就是|除此之外|此外|顺便(?:再?说|再?反映|再?投诉|问)?(?:一下)?|同时(?:还想|也想)?(?:反映|投诉)?)(?:的是|是)?[，,：:、\s]*"
)
_ORDINALS = re.compile("第[一二三四五][个件](?:事|问题)?(?:就)?是")
_SHORTEST = 4
_NO_MATTER = re.compile(
    r"希望|请(?:尽快|你们|有关|相关)|麻烦|谢谢|电话|手机|联系|我(?:姓|叫)|地址|时间|态度|没人管|不管|问题|(?:两|三|几|多)[件个]事|尽快|以上|而且|因为|所以|已经|找过|打过|投诉过|反映过|附上|照片"
)
_SAYS_COUNT = re.compile(r"[两三四几2-4](?:件|个)(?:事|问题|情况|诉求)|一个是|一是")
NEW_MATTER = re.compile(
    r"(?:还有|另外|再有|又有)(?:个|件|一个|一件|个别的|别的)?(?:事|问题|情况)|(?:我|再|还要?|还想|另外)(?:再|还|另外|也)?(?:要|想)?(?:再|另外|也)?(?:反映|投诉|举报)(?:一个|一件|个|一下|别的|另)|我?(?:还|另外)(?:要|想)(?:反映|投诉|举报)"
)
"""Words with which a matter of its own begins while another is being taken."""
ANOTHER = re.compile("还|另|再|别的|又")
"""Without one of these, who only asks us to take it down (嗯，帮我反映一下) means what is being taken."""

_BEGINS_NEW = re.compile(r"^(?:对了|哦|那个|那|另外|还有|再有|[，,\s])*(?:我|俺)?(?:还|另外|再)(?:有|要|想|得)?(?:再|另外|也)?(?:要|想)?(?:反映|投诉|举报|说)?(?:一?[个件]|一下)?(?:别的|其他)?(?:事儿?|问题|情况)?[，,：:\s]*")


def without_beginning(text: str) -> str:
    """A matter without the words that say it is another one: 我还要投诉一个事，水管漏水了."""
    return _BEGINS_NEW.sub("", text, count=1) or text


def uncounted(text: str) -> str:
    """A text without the words with which matters are counted."""
    return _COUNTS.sub("，", text)


def counted(text: str) -> bool:
    """Whether the citizen says that there are several matters, and not only adds to one."""
    return _SAYS_COUNT.search(text) is not None


def several(text: str) -> list[str]:
    """The parts of a message that may be matters of their own, in the citizen's words; one part when nothing is counted."""
    if len(set(_ORDINALS.findall(text))) > 1:
        text = _ORDINALS.sub(lambda match: f"，{match[0]}", text).lstrip("，")  # spoken without a pause
    marks = list(_COUNTS.finditer(text))
    if not marks:
        return [text]
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    parts = [text[: marks[0].start()], *(text[mark.end() : end] for mark, end in zip(marks, ends, strict=True))]
    found = [part.strip(" ，,。；;：:、！!\n") for part in parts]
    shortest = _SHORTEST - 1 if counted(text) else _SHORTEST  # 二是井盖响
    kept = [part for part in found if len(part) >= shortest and not (_NO_MATTER.search(part) and len(part) <= 14)]
    return kept if len(kept) > 1 else [text]
