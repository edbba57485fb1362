"""What is said to a survey instead of an answer, and what only sounds like it; and the grammar of change in answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hotline.answers import kinds_in, read_solved
from hotline.asides import at_hand, read_aside
from hotline.later import read_later

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

ASIDES = {
    "later": ["等我接完孩子再给我打", "过半个小时再打给我", "我上着班呢 下班以后你再打过来", "正炒菜呢 待会儿打", "我现在开会呢晚点再说", "送货呢 晚点", "我这会儿有事", "我在外面呢", "在地铁上 听不清"],
    "wrong_person": ["打错了", "我没打过12345", "这号我刚换的", "不是我打的热线", "你打错了", "你找老张吧", "这事儿你得问我老伴儿", "您打给李师傅吧"],
    "declined": ["不想评价", "行了挂了啊", "别问了", "别问了，没有什么好说的"],
    "stop": ["别再给我打电话了", "你这是骚扰电话吧"],
}  # fmt: skip
ANSWERS = [
    "冻得我穿羽绒服睡觉", "吵得没法睡觉", "影响我休息", "正修着呢", "说过两天再联系我 没联系", "让我等几天再打", "说排着队呢 排仨月了", "我抱着孩子爬十二楼", "那天我正吃饭呢他们就打来了", "今儿早上打的",
    "酒吧嗨到三点", "能解决一点是一点", "唠了两句就挂了", "啪把电话挂了", "别问了 不满意", "懒得说你们", "骚扰电话没了", "骚扰电话照打", "让我别再打了", "给我留了个手机号让我有事找他",
    "证办下来了，名字打错一个字", "我打错三回他都没恼", "他们找错门了", "中午来的，我正吃饭呢，站门口聊了五分钟", "线头露在外面", "垃圾堆在路上没人清", "车停在外面挡着门",
    "你找物业问去", "从打我报上去到今天，风平浪静", "自打报了到明天整俩月", "大概上上个礼拜三吧", "他们找老张谈的", "你问我满意吗", "昨天傍晚来的电话，我正做饭呢", "上礼拜来的，我正忙着呢", "别问了，没人管",
]  # fmt: skip


@pytest.mark.parametrize(("text", "aside"), [(text, aside) for aside, texts in ASIDES.items() for text in texts])
def test_who_does_not_want_to_answer_now_or_at_all_is_heard(text: str, aside: str) -> None:
    assert read_aside(text, NOW) == aside


@pytest.mark.parametrize("text", ANSWERS)
def test_an_answer_that_speaks_of_time_or_calls_is_still_an_answer(text: str) -> None:
    assert read_aside(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "solved"),
    [
        ("我没催第二遍就给弄好了", "yes"), ("健身卡的钱退我了", "yes"), ("钱打我卡上了 一分没少", "yes"), ("路灯又灭了", "no"), ("没催两遍就又坏了", "no"),
    ],
)  # fmt: skip
def test_the_grammar_of_change_tells_what_is_solved(text: str, solved: str) -> None:
    assert read_solved(text) == solved


def test_the_kinds_of_the_words_are_the_same_whatever_the_answer_is_about() -> None:
    assert kinds_in("厨房不漏了", "solved") == kinds_in("楼上不吵了", "solved") == ["rest", "not", "bad", "了", ","]
    assert kinds_in("没狗叫了", "solved") == kinds_in("没油烟了", "solved") != kinds_in("没热水了", "solved")
    assert kinds_in("厨房还在漏", "solved") != kinds_in("厨房不漏了", "solved")


@pytest.mark.parametrize("text", ["不是我打的投诉", "不是我打的投诉 是我老伴打的 你问他吧", "不是我提的", "这不是我报的单子"])
def test_who_never_asked_for_anything_is_the_wrong_person(text: str) -> None:
    assert read_aside(text, NOW) == "wrong_person"


BUSY = ["我在开车", "高速上开车呢", "我在高速上", "我在洗澡", "正在接孩子", "我在带孩子", "我在倒车", "在医院陪床", "我在坐飞机", "等红灯呢", "不好意思 我在开会"]
FREE = ["现在说吧", "我开完会了 现在说吧", "好了 停好车了", "孩子睡了 可以说了", "我下班了 你问吧", "我有空了 说吧", "算了现在说吧"]
NEITHER = ["修好了", "弄好了", "办完了", "好了", "停了", "我在楼顶上", "我在桥上", "我在高速上车着火了", "我被困在电梯里", "我在家想死", "吃完饭肚子疼", "联系了", "你说我满意吗", "停水了"]


@pytest.mark.parametrize(("text", "when"), [*((text, "busy") for text in BUSY), *((text, "free") for text in FREE), *((text, None) for text in NEITHER)])
def test_who_tells_only_what_they_do_or_that_they_have_time_tells_nothing_else(text: str, when: str | None) -> None:
    assert at_hand(text) == when
    if when == "busy":
        assert read_aside(text, NOW) == "later"


@pytest.mark.parametrize(("at", "day", "hour"), [(10, 23, 18), (17, 23, 18), (21, 24, 18)])
def test_six_without_a_part_of_the_day_is_the_evening_s_however_late_it_is(at: int, day: int, hour: int) -> None:
    asked = read_later("现在不方便，六点再打", NOW.replace(hour=at))
    assert asked is not None
    assert (asked.day, asked.hour) == (day, hour)
