"""Writing for the ear."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.phone.say import LONGEST_SENTENCE, cardinal, for_the_ear, sentences
from hotline.city import City

CASES = {
    "这里是12345": "这里是幺二三四五",
    "请立即拨打110或者120": "请立即拨打幺幺零或者幺二零",
    "交了110元": "交了一百一十元",
    "工单号 **26112200001**。": "工单号 二六幺幺，二二零零，零零幺。",
    "电话13800001234": "电话幺三八，零零零零，幺二三四",
    "电话138 0000 1234": "电话幺三八，零零零零，幺二三四",
    "电话+86 138-0000-1234": "电话幺三八，零零零零，幺二三四",
    "138****1234": "尾号幺二三四",
    "010-12345678": "零幺零，幺二三四，五六七八",
    "拨打96196": "拨打九六幺九六",
    "拨打12333咨询": "拨打幺二三三三咨询",
    "400-810-1234": "四零零，八幺零，幺二三四",
    "2026年3月5日": "二零二六年三月五日",
    "2026-03-05": "二零二六年三月五日",
    "12月12日": "十二月十二日",
    "2年内": "两年内",
    "2000年": "二零零零年",
    "20年": "二十年",
    "9:00-17:30": "九点到十七点三十分",
    "14:05": "十四点零五分",
    "2:00": "两点",
    "23:59:08": "二十三点五十九分八秒",
    "3-5天": "三到五天",
    "3~5个工作日": "三到五个工作日",
    "2个工作日": "两个工作日",
    "第2次": "第二次",
    "2号楼2单元2层": "二号楼二单元二层",
    "501室": "五零幺室",
    "238号": "二百三十八号",
    "10号": "十号",
    "300路公交": "三零零路公交",
    "85.5%": "百分之八十五点五",
    "10%-15%": "百分之十到百分之十五",
    "5‰": "千分之五",
    "¥35.50": "三十五点五元",
    "100.00元": "一百元",
    "12,000元": "一万两千元",
    "1.2万元": "一点二万元",
    "20000人": "两万人",
    "105元": "一百零五元",
    "1050元": "一千零五十元",
    "10005元": "一万零五元",
    "2元/吨": "两元每吨",
    "9.5元/m³": "九点五元每立方米",
    "50㎡": "五十平方米",
    "60km/h": "六十公里每小时",
    "-5℃到3℃": "零下五摄氏度到三摄氏度",
    "65dB": "六十五分贝",
    "35μg/m³": "三十五微克每立方米",
    "1/2": "二分之一",
    "0.5小时": "零点五小时",
    "京A12345": "京A 幺 二 三 四 五",
    "[官网](https://a.example/c)": "官网",
    "网址：https://a.example/c。": "",
    "- **事情**：漏水\n- **地点**：望京": "事情：漏水\n地点：望京",
    "1. 身份证\n2. 户口本": "第一，身份证\n第二，户口本",
    "来源：某局（2026-01-01）\n好的。": "好的。",
    "“进度”": "进度",
    "身份证（原件）": "身份证，原件",
    "小区/路名": "小区或路名",
    "😀好的": "好的",
    "": "",
}


@pytest.mark.parametrize(("text", "said"), CASES.items())
def test_it_is_said_as_people_say_it(text: str, said: str) -> None:
    assert for_the_ear(text) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [("0", "零"), ("2", "二"), ("10", "十"), ("12", "十二"), ("20", "二十"), ("101", "一百零一"), ("110", "一百一十"), ("200", "二百"), ("1001", "一千零一"),
     ("2000", "两千"), ("2200", "两千二百"), ("10000", "一万"), ("10010", "一万零一十"), ("20300", "两万零三百"), ("100000", "十万"), ("120000000", "一亿两千万"),
     ("3.14", "三点一四"), ("1,234", "一千二百三十四")],
)  # fmt: skip
def test_amounts(number: str, said: str) -> None:
    assert cardinal(number) == said


def test_every_sentence_of_the_city_can_be_said(city: City) -> None:
    for section in city.prompts.values():
        for text in section.values():
            for sentence in [text] if isinstance(text, str) else text:
                said = for_the_ear(str(sentence))
                assert not re.search(r"[0-9*#\[\]<>]|https?:", said), said


@given(st.text("0123456789.-:/年月日号楼元%￥*~，。 \n一二点路室第A", max_size=40))
def test_whatever_comes_no_digit_is_left_and_nothing_breaks(text: str) -> None:
    said = for_the_ear(text)
    assert not re.search("[0-9]", said)
    assert "".join(sentences(said)).count("百") == said.count("百")


def test_a_long_text_is_said_in_sentences_and_the_first_comes_early() -> None:
    text = "请您带好身份证、户口本和居住证明，" * 6 + "到街道办理。办好以后会有短信。"
    parts = sentences(text)
    assert all(len(part) <= LONGEST_SENTENCE for part in parts)
    assert "".join(parts) == text
    assert parts[-1] == "办好以后会有短信。"


def test_marks_alone_are_no_sentence() -> None:
    assert sentences("。。！") == []
    assert sentences("好。\n\n再见！") == ["好。", "再见！"]
