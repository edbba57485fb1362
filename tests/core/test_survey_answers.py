"""What a citizen's answer to a survey means, in the words that people really use.

A wrong guess costs: an answer taken for “no” reopens a ticket, one taken for “yes” closes it. So what is unclear is None
and is asked again.
"""

from __future__ import annotations

from typing import cast

import pytest

from hotline.answers import read_contacted, read_satisfaction, read_solved
from hotline.ports import Embedder
from knowledge_base.survey_answers import SurveyReader, all_well

CONTACTED = {
    True: [
        "联系了", "联系过", "联系我了", "有", "有的", "有有有", "是", "是的", "对", "嗯", "嗯嗯", "有联系", "打过电话", "打电话了", "给我打了个电话", "昨天来电话了",
        "来过了", "有人上门看过", "街道的人上门了", "物业来人找过我", "接到电话了", "加我微信了", "他们跟我沟通过", "有，昨天打电话了", "联系过两次", "回访过一次",
        "对，打了好几个电话", "联系了，没解决", "联系上了", "他们来看了", "没过两天就来电话了", "没几天就联系我了",
    ],
    False: [
        "没有", "没", "没。", "没有啊", "还没有呢", "没联系", "没联系过", "没人联系我", "根本没人联系", "一直没人跟我联系", "压根没人理", "没接到", "没接到电话", "没来过", "不，没有",
        "从来没有联系过我", "谁都没联系我", "一个电话都没有", "一个电话也没打", "他们没打过电话", "一直没给我打电话", "未联系", "无", "否", "不是，没人联系", "对方没联系我",
        "不曾联系过我", "未曾联系过", "无人联系", "一直没人上门", "没上门", "从头到尾没沟通过", "物业没加我微信", "没回访过", "根本没人", "没人", "没人来", "也没人问过我",
        "是没联系过", "有什么有，没人联系", "联系什么呀，没有的事", "鬼都没来一个", "哪有人联系", "没通知我",
    ],
    None: [
        "", "你说谁", "哪个单位？", "不知道", "不清楚", "不记得了", "不好意思，没听清", "没听清", "没听懂", "没明白你的意思", "对不起，您说什么", "是谁？", "是哪个单位", "对方是谁",
        "有什么用", "有没有联系我不知道", "什么意思", "等一下", "转人工", "你们有完没完", "今天天气不错",
    ],
}  # fmt: skip

SOLVED = {
    "yes": [
        "解决了", "已经解决了", "都解决了", "解决了，谢谢", "问题解决", "弄好了", "修好了", "好了", "都好了", "搞定了", "办好了", "处理好了", "处理完了", "已经处理了", "可以了", "行了",
        "恢复了", "恢复正常了", "完事了", "来水了", "来电了", "暖气热了", "热乎了", "是", "是的", "对", "嗯", "嗯解决了", "有，解决了", "彻底解决了", "全部解决了", "没问题了",
        "早就修好了", "解决了，没什么问题了", "办完了", "垃圾清走了", "修上了", "不漏了", "没几天就解决了", "没想到这么快就解决了", "没用多久就修好了",
    ],
    "partly": [
        "部分解决", "解决了一部分", "解决了一半", "解决了一些", "好一点了", "好点了", "稍微好了一些", "差不多解决了", "基本解决了", "基本上好了", "没完全解决", "没彻底解决", "解决得不彻底", "还差一点",
        "暂时好了", "有的解决了有的没解决", "算是解决了吧", "没全解决", "还没完全弄好", "好些了",
    ],
    "no": [
        "没解决", "没有解决", "没有", "没有啊", "没", "没。", "还没", "还没呢", "还没有", "未解决", "没修好", "没弄好", "没办", "没处理", "没人管", "根本没人管", "老样子", "还是那样", "还是老样子", "还是不行",
        "依然漏水", "白跑一趟", "白搭", "糊弄人", "敷衍了事", "又坏了", "修好了又坏了", "好了两天又不行了", "现在又不行了", "不但没解决还更严重了", "解决不了", "不解决", "不行", "没变化", "没动静", "一点没好", "一点都没有解决",
        "没给我解决", "没人解决", "没人来解决", "没有人解决", "还没有人来解决", "没真正解决", "没有真正解决问题", "没得到解决", "并没有得到解决", "还没恢复", "没恢复", "还没完事", "说是解决了，其实没有", "说解决了，可还是漏水",
        "说修好了，其实没修", "没用", "啥也没干", "什么都没做", "是的，没解决", "对，没弄好", "否", "从来没解决过", "还在漏水", "还那样", "没动", "没有任何变化",
    ],
    None: [
        "", "不知道", "不清楚", "不清楚，我还没去看", "还没看", "不好说", "不好意思没听清", "没听清", "对不起，没听清", "是吗", "是哪件事", "是什么事", "有吗", "有什么用", "哪件事", "什么意思", "等我回家看看", "转人工", "怎么查进度",
    ],
}  # fmt: skip

SATISFACTION = {
    "satisfied": [
        "满意", "很满意", "非常满意", "挺满意的", "满意满意", "太满意了", "特别满意", "十分满意", "很好", "挺好的", "非常好", "特别好", "太好了", "不错", "真不错", "好", "好的", "行", "可以", "谢谢", "感谢你们", "给力", "好评", "给五分",
        "点赞", "满意，谢谢", "没什么不满意的", "没有不满意", "没啥不满意的", "没有什么不满意的", "嗯", "是的", "对，满意", "不是不满意，是很满意", "是满意的", "蛮好的", "好得很", "没想到这么好，满意",
    ],
    "basically": [
        "基本满意", "基本上满意", "比较满意", "还行", "还可以", "还好", "还成", "还凑合", "一般", "一般般", "一般吧", "凑合", "马马虎虎", "勉强", "勉强满意", "将就吧", "过得去", "说得过去", "就那样", "差不多吧", "还算满意", "中等", "不好不坏", "差不多满意",
    ],
    "dissatisfied": [
        "不满意", "很不满意", "非常不满意", "不太满意", "不怎么满意", "不是很满意", "不是特别满意", "不大满意", "不够满意", "一点都不满意", "对结果不满意", "我不咋满意", "不算满意", "谈不上满意", "不能说满意", "没让我满意", "不可能满意", "没法满意",
        "没有满意", "并不满意", "很差", "太差了", "差", "差劲", "特别失望", "失望", "糟透了", "气人", "太垃圾了", "不行", "不好", "很不好", "服务态度不太好", "不怎么样", "零分", "糊弄人", "敷衍", "踢皮球", "我要投诉你们", "不", "满意，才怪", "满意才怪",
        "满意个头", "满意个屁", "怎么可能满意", "哪里满意了", "我能满意吗", "呵呵", "没法说", "别提了", "不满意，还要我说几遍", "不是很好", "基本不满意", "满意不了", "不可以",
    ],
    None: [
        "", "不知道", "不清楚", "不好说", "不好意思没听清", "没听清", "对不起，你说什么", "对了，还有一件事", "是谁", "是谁啊", "是不是搞错了", "是什么事", "好像搞错了", "你好", "哪件事", "什么意思", "等一下", "可以等一下吗", "转人工", "怎么查进度",
    ],
}  # fmt: skip

IRONY = [
    "解决个屁", "解决什么呀", "解决了才怪", "能解决就怪了", "哪解决了", "哪里解决了", "解决了？我怎么没看出来", "要是解决了我还找你们", "解决得真好，又漏了", "谢谢啊，还是那样", "好什么好", "修好？做梦吧",
]  # fmt: skip


def table(answers: dict) -> list:
    return [pytest.param(text, meaning, id=f"{meaning}-{text or 'nothing'}") for meaning, texts in answers.items() for text in texts]


@pytest.mark.parametrize(("text", "meaning"), table(CONTACTED))
def test_whether_the_unit_made_contact(text: str, meaning: bool | None) -> None:
    assert read_contacted(text) is meaning


@pytest.mark.parametrize(("text", "meaning"), table(SOLVED))
def test_whether_it_is_solved(text: str, meaning: str | None) -> None:
    assert read_solved(text) == meaning


@pytest.mark.parametrize("text", IRONY)
def test_irony_is_never_taken_for_solved(text: str) -> None:
    assert read_solved(text) in ("no", None)


@pytest.mark.parametrize(("text", "meaning"), table(SATISFACTION))
def test_how_satisfied_the_citizen_is(text: str, meaning: str | None) -> None:
    assert read_satisfaction(text) == meaning


@pytest.mark.parametrize("ending", ["", "。", "！", "～", " ", "吧", "了"])
@pytest.mark.parametrize(("text", "meaning"), [("满意", "satisfied"), ("基本满意", "basically"), ("不满意", "dissatisfied")])
def test_what_stands_behind_an_answer_does_not_change_it(text: str, meaning: str, ending: str) -> None:
    assert read_satisfaction(f" {text}{ending}") == meaning


def test_the_buttons_of_the_survey_are_understood_when_they_are_typed(city) -> None:
    def label(name: str) -> str:
        return city.say(f"survey.{name}")

    assert [read_contacted(label(f"contacted_{kind}")) for kind in ("yes", "no")] == [True, False]
    assert [read_solved(label(f"solved_{kind}")) for kind in ("yes", "partly", "no")] == ["yes", "partly", "no"]
    assert [read_satisfaction(label(kind)) for kind in ("satisfied", "basically", "dissatisfied")] == ["satisfied", "basically", "dissatisfied"]


@pytest.mark.parametrize(("text", "meant"), [("都挺好都挺好谢谢你们", True), ("全都满意，没问题，谢谢啊", True), ("嗯，都挺好的", True), ("都没来", False), ("都好，就是电话没来", False), ("都", False)])
def test_who_says_that_all_is_well_answers_every_question_that_is_still_open(text: str, meant: bool) -> None:
    assert all_well(text) == meant
    if meant:
        reader = SurveyReader([], cast(Embedder, None))  # nothing had to be learnt for it
        assert reader.read(text, "contacted").values == {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied", "attitude": "good"}
        assert reader.read(text, "satisfaction").values == {"satisfaction": "satisfied", "attitude": "good"}
