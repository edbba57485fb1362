"""Intake: what a citizen's sentence tells about a request. Everything said is heard, whatever was asked for.

Pure functions from text to what it says. The form in actions/intake_form.py decides what to do with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hotline import times
from hotline.contacts import FAMILY, SPELT, read_contact
from hotline.place_parts import parts
from hotline.place_words import CROSSING, FACILITY_END, NUMBER, TAIL
from hotline.places import Gazetteer, is_door, with_door
from hotline.tickets import Place, Reporter

Item = Literal["problem", "place", "happened", "contact"]


@dataclass(frozen=True, slots=True)
class Heard:
    """What one message says. `clear` names items the citizen called wrong without saying what is right."""

    problem: str | None = None
    place: Place | None = None
    happened: str | None = None
    until: str | None = None
    """The hour until which it went on: 十一点, of 昨晚蹦到十一点."""
    part_of_day: str | None = None
    """An hour without a day: heard, but not yet an answer to “when?”."""
    reporter: Reporter | None = None
    no_contact: bool = False
    bad_phone: bool = False
    corrects: bool = False
    clear: tuple[Item, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.problem or self.place or self.happened or self.reporter or self.no_contact or self.bad_phone or self.clear)


_DOTTED_DAY = re.compile(r"(?<![\d.])(1[0-2]|[1-9])[./]([12]\d|3[01]|0?[1-9])(?=[号日])")
"""11.3号."""


_HOUSE = "(?:养老院|敬老院|护理院|幼儿园|小学|中学|学校|医院|诊所|药店|饭店|饭馆|餐厅|酒店|宾馆|公寓|超市|商场|市场|公司|工厂|驾校|健身房|健身中心|培训班|美容院|理发店|网吧)"
_OF_THAT_NAME = re.compile(
    rf"(?:的|里|那儿?|那边)?有?(?:一[家个所]|家)[，,、 ]?(?:名字)?叫(?:做|作)?(?:(?P<name>[\u4e00-\u9fffA-Za-z0-9]{{2,8}}?)的(?P<house>{_HOUSE})|(?=[\u4e00-\u9fffA-Za-z0-9]{{2,8}}?{_HOUSE}))"
)
"""马家堡的一家，叫康乐养老院 and 马家堡一家叫康乐的养老院 are 马家堡康乐养老院."""


def _is_place(name: str, gazetteer: Gazetteer) -> bool:
    return gazetteer.find(name) is not None or TAIL.fullmatch(name) is not None  # 东门 is a surname too


def by_name(text: str) -> str:
    """A message with houses called by their names alone."""
    return _OF_THAT_NAME.sub(lambda found: f"{found['name'] or ''}{found['house'] or ''}", text)


def hear(text: str, gazetteer: Gazetteer, *, wanted: Item | None) -> Heard:
    """What the message says, given the item that was asked for (None: nothing yet, the citizen speaks freely)."""
    contact = read_contact(_half_width(text), asked=wanted == "contact", is_place=lambda name: _is_place(name, gazetteer))
    if wanted not in (None, "contact") and (who := read_contact(_half_width(text), asked=True)).reporter and who.reporter.phone and not who.rest:
        contact = who  # 刘淑珍 68801234, and nothing else
    said = _DOTTED_DAY.sub(r"\1月\2", contact.rest)
    when = times.find_when(_REPORTED.sub("，", said))
    without_time = _without(said, when.text) if when else said
    place = gazetteer.read_answer(times.without_times(without_time)) if wanted == "place" else gazetteer.find(without_time)
    if place is None and wanted is None and (home := _LIVES.fullmatch(without_time)):
        place = gazetteer.read_answer(home[1])  # 我住天桥: with these words it is the place of that name
    happened = when.text if when and when.has_day else None
    until = times.until(said, when) if when and happened else None
    if wanted == "happened" and place is None:
        happened = times.read_answer(said)
    problem = None
    if wanted in (None, "problem"):
        problem = _LEAD_IN.sub("", without_wishes(said)).strip(_MARKS)
        # What was asked for one by one may already be filled: then its words stay in the problem.
        problem = _without_opening(_without_facts(problem, place, happened), place, happened, gazetteer) if wanted is None else problem
        problem = None if len(problem) < (2 if wanted or names_only(problem) else 3) or _NO_PROBLEM.fullmatch(problem) or _only_facts(problem, place, happened) or only_wishes(problem) else problem
    if wanted is None and problem is None and happened and (lasts := _LASTS.search(happened)):
        problem = lasts[0]  # 从早上六点停水到现在
    return Heard(
        problem=problem, place=place, happened=happened, until=until, part_of_day=when.text if when and not when.has_day else None,
        reporter=contact.reporter, no_contact=contact.refused, bad_phone=contact.bad_phone,
    )  # fmt: skip


def hear_correction(text: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """What a message puts right in what was said before; None if it corrects nothing.

    不是3号楼是5号楼 changes whatever holds 3号楼; 时间改成前天 sets the time; 电话错了 clears the telephone.
    """
    said = _SPELT_OUT.sub("", _half_width(text).strip(_MARKS))
    said = _BY_THE_WAY.sub("", said)
    said = _SLIPPED.sub("", said) if any(pattern.search(_SLIPPED.sub("", said)) for pattern in _SWAPS) else said
    if len(said) > _LONGEST_CORRECTION or not _CORRECTS.search(said) or _NOTHING_WRONG.search(said):
        return None
    if another := _ANOTHER.match(said):
        return Heard(problem=another["problem"].strip(_MARKS), corrects=True)
    heard = (
        _contact_corrected(said, gazetteer, draft.get("contact", ""))
        or _swapped(said, gazetteer, draft)
        or _named_item_corrected(said, gazetteer, draft)
        or _value_corrected(said, gazetteer, draft)
    )
    return replace(heard, corrects=True) if heard else None


# --- What is said of the request, and not of the matter

_MARKED_OFF = re.compile(r"[^，,。；;！!？?\s]+[，,。；;！!？?\s]*")
_ALOUD = re.compile(
    r"(?:等等|等一下|稍等|等会儿?|等下)(?:啊|哈)?|(?:具体)?(?:是)?(?:几[点号楼层栋]楼?|哪[天年号月]|(?:[\u4e00-\u9fff]{2,4})?哪(?:[个栋]?楼|个小区|条路|个口)|[啥什]么?时候|叫[啥什]么?|多少[钱号])(?:啊|呀|呢|来着|我?(?:得|再)?想想?)+|(?:我|让我|容我)?(?:再)?(?:想|看|瞅|算)(?:一?[想看瞅算])(?:啊|呀|哈)?"
)


_SAID_AGAIN = re.compile(
    r"(?:[你您]?(?:问|说)的?是?|是)?(?:在|是)?(?:哪(?:一?[个条家栋座]|儿|里|块儿?)?[^，,。；;！!？?\s能可办]{0,4}|(?:什么|啥)(?:地方|时候|时间|小区|路|位置|名字?)|贵姓|怎么称呼|(?:我的)?(?:电话|手机|地址|位置|时间|姓名|名字)(?:号码?)?)(?:啊|呀|呢|是吧|吗)*[?？]?"
)
"""Our question, said again before it is answered: 哪个路口？就是…"""
_TAKEN_BACK = re.compile(r"(?<![^，,。；;！!？?\s])[^，,。；;！!？?\s]{2,12}[，,。\s]+(?:[哦噢啊哎嗯唉][，,\s]*)?(?:不对|不是|错了|说错了|记错了)(?:[，,。\s啊]+(?:应该)?是?|(?:应该)?是)(?=\S{2})")


def without_thinking(text: str) -> str:
    """A message without what was only thought aloud, our question said again, or taken back in the same breath: 几号楼我想想，12号楼; 今天中午，不对，
    是昨天中午. As it is where it says nothing else."""
    text = _TAKEN_BACK.sub("", _DOTTED_DAY.sub(r"\1月\2", text))
    rest = "".join(c for c in _MARKED_OFF.findall(text) if not (_ALOUD.fullmatch(c.strip(_MARKS + "？? ")) or (c.strip(_MARKS)[-1:] in tuple("?？啊呀呢吧") and _SAID_AGAIN.fullmatch(c.strip(_MARKS))))).strip(_MARKS)
    return rest or text


_LIVES = re.compile("我们?家?住在?([^，,。]{2,8}?)(?:那边|这边|那儿|附近)?")
_LASTS = re.compile("[停断没][水电气暖网]|漏水|漏电|堵车")
_REPORTED = re.compile(r"[^，,。；;！!\s]*(?:邻居|别人|有人|大家)[^，,。；;！!\s]*(?:(?:打|去)过?[^，,。；;！!\s]{0,4}(?:电话|热线|12345)|(?:报|反映|反应|投诉|举报|找|问|去|说)过)[^，,。；;！!\s]*")
"""When others told it is no time of the matter: 我邻居昨天打过电话."""


_SECRET = re.compile(
    r"不(?:想|愿意?)(?:说|讲)我是谁|(?:[别不]|不要|不能|千万别).{0,6}(?:告诉[^，,。；;！!]{0,8}(?:知道|是谁|我)|让[^，,。；;！!]{0,8}(?:知道|是谁|认出|找[到着]我))|(?:[别不]|不要|不能).{0,4}(?:透露|泄露|漏出去|说出去|说是我)|(?:别|不要|不能|不想|不愿意?|(?:信息|姓名|名字|身份|电话|我的?)[^，,。]{0,2}不)(?:对外)?公开|[别不]要?提(?:我|名字)|^(?:就|先|还是)?不(?:用|要)?(?:对外)?公开|会不?会?(?:告诉|通知|透露给?)[^，,。；;！!]{1,8}(?:吗|$)|(?:会不会|能不能|会|能)(?:被)?(?:他们?|物业|村里|公司|人)?(?:查[到出]|知道|暴露|泄露|找到|认出)(?:来)?(?:是)?我|匿名|保密|怕.{0,6}(?:报复|打击|穿小鞋|找(?:我|上)|找(?:我|我们)麻烦|记恨|知道是我)|怕(?![你您]).{0,6}(?<!不)知道(?!了?[吗么])|打击报复|(?:[别不]要?|千万别)告诉(?:我们|他们)?(?:单位|公司|老板|领导|物业|邻居|学校|老师|房东|他们?|她)"
)
_NO_SECRET = re.compile("(?:不用|不需要|不必|无需|不要).{0,2}(?:保密|匿名)|实名|不怕.{0,4}(?:报复|知道)")
_PUBLIC = re.compile("(?<!不)公开(?:没问题|也?可以|也?行|吧)|(?<!不)(?<!不能)(?<!不要)(?<!别)(?:可以|同意|愿意|能)(?:你们)?公开")
_ASKING = "能不能|可不可以|可以|能|请|麻烦|拜托|希望|我?不想|千万|一定|要求|要|你们|您|我|给我|替我|帮我|也|都|这个|内容"
_WISH = re.compile(
    rf"(?:^|(?<=[，,。；;！!]))(?:{_ASKING})*(?:(?:别|不要|不能)?(?:告诉|让)[^，,。；;]{{1,8}}(?:知道|是谁)(?:是?我)?(?:[说报反举][^，,。；;]{{0,3}})?|(?:别|不要|不能|千万别)[^，,。；;]{{0,3}}(?:(?:泄露|透露|漏|说)(?:给|出去)[^，,。；;]{{0,6}}|说是我)|(?:匿名|保密)(?:处理|一下)?|我?怕(?:(?:被|遭)?(?:打击)?报复|[^，,。；;]{{0,6}}(?:知道|认出来?|穿小鞋|找我麻烦))|(?:同意|愿意|别|不要|不能)?(?:对外)?公开(?:发表|出去|我?的?(?:名字|姓名|信息|身份|电话))?)[的了吗吧啊哦]*(?:[，,。；;！!]+|$)"
)


def wants_confidence(text: str) -> bool | None:
    """Whether a message wishes that those concerned do not learn who it was, or does not mind; None when it says nothing of it."""
    return False if _NO_SECRET.search(text) else True if _SECRET.search(text) else None


def may_publish(text: str) -> bool:
    """Whether the citizen says that it may be published."""
    return _PUBLIC.search(text) is not None


def without_wishes(text: str) -> str:
    """A text without the clauses that only wish for confidence or allow to publish, if anything else is left."""
    rest = _WISH.sub("", text).strip(_MARKS)
    return rest if rest != text and len(rest) >= 3 else text


def plain_problem(text: str) -> str:
    """What a sentence tells of the matter, without its lead-in: 我再补充一下，旁边没有警示牌."""
    return _LEAD_IN.sub("", without_wishes(text)).strip(_MARKS) or text


def only_wishes(text: str) -> bool:
    """Whether a text says nothing but such wishes: 能保密吗."""
    return not _WISH.sub("", text).strip(_MARKS)


def named_kinds(text: str) -> tuple[str, ...]:
    """The kinds of request that the citizen's own first verb allows: 我想反映… is no praise. Empty where none was named."""
    if _PROPOSES.match(text):
        return ("suggestion",)
    verb = _NAMES_KIND.match(text)
    return () if verb is None or (verb[1] not in ("建议", "提议") and "建议" in text) else _KINDS_OF_VERB[verb[1]]


_TO_BE_DONE = ("complaint", "help_request", "report")
_KINDS_OF_VERB = {
    **dict.fromkeys(("投诉", "反映", "反应", "求助", "报修"), _TO_BE_DONE), "举报": ("report", "complaint"), "检举": ("report", "complaint"),
    "表扬": ("praise",), "建议": ("suggestion",), "提议": ("suggestion",),
}  # fmt: skip
_NAMES_KIND = re.compile(rf"^[^，,。]{{0,5}}?(?:我们?|俺)?(?:要|想要?|来)(?:跟你们|向你们)?({'|'.join(_KINDS_OF_VERB)})")
_PROPOSES = re.compile("(?:我们?|俺|本人)?(?:个人|还|再|也|强烈|在此)*(?:建议|提议)(?![信书函])")


def sounds_like(kind: str, text: str) -> bool:
    """Whether a text has a word of a suggestion or of praise; other kinds have none of their own."""
    return kind not in _SOUNDS or _SOUNDS[kind].search(text) is not None


_SOUNDS = {
    "suggestion": re.compile("建议|提议|希望|应该|最好|能不能|能否|可否|可不可以|是不是(?:可以|能)|不如|不妨|要是|如果|呼吁|期待|加装|增加|增设|设置|延长|推广|主意|意见"),
    "praise": re.compile("表扬|感谢|谢谢|夸|点(?:个)?赞|好人|热心|辛苦|敬业|锦旗|耐心|周到|暖心|优秀|不错|真好|太好|很好|(?<!不)满意|好样|给力|贴心|佩服|感动|榜样|细心|态度好|感恩|拾金不昧|特别好|挺好|人好|好心|多亏|救了|送(?:我|药|到)|帮(?:了我|忙)|还给|捡到|及时|认真|负责(?!任?吗|的单位)|扶我"),
}


def names_only(problem: str) -> bool:
    """Whether a problem names a thing and not what is wrong with it: 我们村的路, 充电桩."""
    return _THING.fullmatch(problem) is not None


def names_person_only(problem: str) -> bool:
    """Whether praise names somebody and not what they did: 一位公交司机."""
    return _PERSON.fullmatch(problem) is not None


def is_wish(problem: str) -> bool:
    """Whether a problem wishes for something that is not there yet, which is at no time: 给楼道装个扶手, 给我爸申请养老助餐."""
    return _WISHES.search(problem) is not None and _HAPPENED.search(problem) is None


_WISHES = re.compile(
    "(?:想|要|能不能|能否|可不可以|能|帮忙?|给|请|希望|需要)[^，,。；;！!]{0,10}?(?:申请(?!了|过)|预约(?!了|不)|(?:加|安|添|增|配)?(?:装|安|建|设|添|配)(?:[一几两]?[个台部盏条根座把排]|上|点儿?|些|扶手|电梯|坡道|路灯|红绿灯|减速带|监控|护栏))"
    "|^(?:我?(?:想|要))?(?:加装|增设|安装|申请)(?!了|过|的)|(?:想|要)(?:给[^，,。]{1,6})?(?:做|办)[^，,。；;]{0,8}(?:认证|证|卡|手续|登记|评估)(?!了|过|的|没|被|要|还)"
)
_HAPPENED = re.compile("没[有人给批装办]|[坏漏停断]了|[了过](?:好|很|[0-9一二两三四五六七八九十半几])|一直|不给|不让|不批|拖|欠|收费|乱|投诉|骗")


def takes_down(text: str) -> bool:
    """Whether a message says that it makes a request: 那我投诉."""
    return _TAKES_DOWN.search(text) is not None


def asks_to_begin(text: str) -> bool:
    """Whether a message says that there is a request, and not yet which: 我有个事想反映, 帮我登记一下."""
    return takes_down(text) and _NO_PROBLEM.fullmatch(text.strip(_MARKS)) is not None


_TAKES_DOWN = re.compile("(?:重新|再)报(?=$|[吧啊了，,。])|投诉|举报|反映|反应|登记|记录|上报|报修|报一?[下个]")
_THING = re.compile(
    "(?:就是)?(?:[我你他咱俺]们?|这|那)?(?:家|村|小区|楼|单位|单元|学校|公司|院)?(?:门口|里|旁边|附近|楼下)?(?:里|边)?的?(?:那|这)?(?:条|个|家)?"
    "(?:路|马路|路灯|电梯|暖气|物业|自来水|水|电|燃气|网|垃圾|垃圾桶|停车|车位|邻居|楼上|楼下|房子|房东|老板|公司|单位|学校|幼儿园|医院|饭店|公交车?|地铁|出租车|工地|快递|外卖|退休金|社保|医保|工资|低保|厕所|公园|黑车|井盖|油烟|垃圾站|孩子|老人|[^\\W停乱占收堆坏丢漏吵不没涨欠退拖加缴要罚扣骗缺偷办领补查报修换]{1,3}(?:费|桩|柜|灯|桥|店|厂|站|证|金|卡))"
    "(?:家?的)?(?:[狗猫车]|问题|事儿?|情况)?"
)

_PERSON = re.compile(
    "(?:[你我]们)?(?:[这那]|一?)?[位名个]?(?:(?:[0-9一二三四五六七八九十]+路)?公交车?|出租车?|地铁|[\u4e00-\u9fff]{0,8}(?:社区|街道|派出所|医院|学校|小区|大厅)|物业|热线|12345|快递|外卖|环卫)?的?(?:急诊科?的?)?"
    "(?:司机|师傅|医生|大夫|护士|老师|民警|警察|交警|工作人员|书记|主任|工作者|工人|志愿者|保安|接线员|小哥|同志|小伙子|姑娘)们?"
    rf"(?:[老小][\u4e00-\u9fff]|{FAMILY}(?!到$|全$)[\u4e00-\u9fff]{{1,2}})?"
)


# --- Corrections

_LONGEST_CORRECTION = 60
_CORRECTS = re.compile(r"^不[，,]\s*(?:应该)?是|不是|不[叫姓]|错|不对|有误|改|换|更正|纠正|应该是|应为|重说|重新说|口误|说的是|[最以]?后[面\d一两二三四五六七八个]*位|末[位尾]|尾号|别[写留]|不[写留]了|偏了|不要电话|联系人[写填用留]")
_NOTHING_WRONG = re.compile("没有?[说写填记打]?错|没什么不对")
_PLACE_WORDS = "地址|地点|位置|门牌号?|楼号|单元号?|楼层|房号|小区名字?"
_ITEM_WORDS: dict[Item, str] = {
    "place": _PLACE_WORDS,
    "happened": "时间|日期",
    "contact": "电话|手机号?|号码|联系方式|联系人|姓名?|名字|称呼",
    "problem": "内容|问题描述|描述|事情|事儿",
}
_WRONG = "[说写填记打搞弄听报]?错了?|不对|有误|改(?=[成为改一下]|$)|换(?=[成个一]|$)|偏了|应该是|应该在|应为"
_NAMED = {
    item: re.compile(rf"(?:{words})(?:这?[栏项]|我想|那里|号码)?[^，,。]{{0,2}}?(?:{_WRONG})|(?:改|换|更正|修改|重说|重新说)(?:一下|一遍|个|下|[：:，,])?(?:我的|刚才的|那个)?(?:{words})啊?|^(?:不对|不是的?|错了|有误)[，,。\s]*(?:{words})(?:应该)?是")
    for item, words in _ITEM_WORDS.items()
}
_SWAPS = [
    re.compile(r"(?<!是)(?:不是|并非)(?P<old>[^，,。；;]{1,30}?)[，,、\s]*(?:而是|应该是|是)(?P<new>[^，,。；;]{1,40})$"),
    re.compile(r"(?:^|[，,。；;\s])(?:我?(?:刚才|刚刚)?说的是|应该是|是)?(?P<new>[^，,。；;]{1,30}?)[，,、\s]*(?<!是)不是(?P<old>[^，,。；;]{1,30})$"),
    re.compile(r"^(?:不对[，,])?不是(?P<old>[^，,。；;]{1,12})[，,、\s]+(?P<new>[^，,。；;我你他她不没有]{1,12})$"),
    re.compile(r"^把?(?P<old>[^，,。；;]{1,30}?)(?:改成|改为|换成)(?P<new>[^，,。；;]{1,40})$"),
]
_VALUE_LEAD = re.compile(r"^(?:[，,：:。\s]|应该|应为|应|是|改成|改为|改到|换成|改|换|成|为|写|啊|了|一下|下|不对)+")
_ERROR_FIRST = re.compile(r"^(?:不[，,]\s*(?=是|应该)|(?:哎|啊|嗯|哦|噢|唉|等等|我|你们?|刚才|刚刚|[，,\s])*(?:(?:小区|街道|楼|路|地方)(?:名字?)?也?(?:[说写填记]?错了|不对)|[说写填记打搞弄听报]错了?|口误|不对|更正一下|更正|纠正一下|纠正|应该是|改成|改为|换成|[更修]?改(?:一?下|个)|手滑打错了)+)[，,：:。\s]*")
_LAST_DIGITS = re.compile(r"(?:最?后面?(?:[1-8一二两三四五六七八]?[位个](?:数字?|号)?|面)?|末位|末尾|尾号)[^\d]{0,6}?(?:是|改成)(\d{1,8})$|(?P<end>\d{1,8})(?:结尾|收尾)(?:的)?$")
_BY_THE_WAY = re.compile(r"^(?:对了|哦|噢|那个|嗯|哎呀?|啊)[，,\s]+(?=\S)")
_SLIPPED = re.compile(r"[，,。；;\s]+(?:我|刚才?|刚刚|手滑|不好意思|对不起|抱歉|是|[，,\s])*(?:[打写说填输记按弄点]错)(?:字|行)?[了啦啊哈呀]*$")
"""不是602是702 打错了: whose fault it was is no part of the door."""
_END = "的了吧啊呢"
_EXIT = re.compile("[A-Za-z][0-9]?口")
_SIDE = re.compile("[东南西北]{1,2}[门口侧边]")
_NUMBERED_BY = "[0-9一二三四五六七八九十百]{1,4}"
_NUMBERED = re.compile(rf"{_NUMBERED_BY}(街|路|条|区|里|期|园|村|队|组|巷)")


_SPELT_OUT = re.compile(r"(?<=(?P<c>[\u4e00-\u9fff]))[，,\s]+[^，,。\s]{0,3}(?P=c)[^，,。\s]{0,2}的(?P=c)字?$")
"""不是小谢是小解，解放的解."""
_SHORTEST_NAME = 3
_NAMED_ALIKE = re.compile("[\u4e00-\u9fff]{1,6}[园苑里区村庄院城楼路街巷桥店厦场]")
_DOOR_BEHIND = re.compile(rf"[，,\s]*(?:(?:{NUMBER}(?:号楼|号院|栋|幢|座|单元|层|室|号))+)$")
_ANOTHER = re.compile("^(?:算了|那)?[，,]?(?:我|先)?不(?:说|投诉|报|反映)(?!不)[^，,。\\s]{0,8}了[，,。\\s]*(?:我)?(?:要|想)?(?:说|投诉|反映)(?:的|一下)?(?:是)?[，,：:\\s]*(?P<problem>.{5,})$")
"""算了不说装修了，我要说的是车位被人锁了 takes one matter back and tells another."""


def _contact_corrected(said: str, gazetteer: Gazetteer, written: str) -> Heard | None:
    if not written:
        return None
    known = re.search(r"1\d{10}", written)
    if known and (digits := _LAST_DIGITS.search(said)):
        last = digits[1] or digits["end"]
        return Heard(reporter=Reporter(phone=known[0][: -len(last)] + last))
    if re.search(r"匿名$|不要电话|(?:电话|名字|姓名)(?:就)?(?:别|不)(?:写|留)了?", said):
        return Heard(no_contact=True)
    named = _NAMED["contact"].search(said) or re.match("联系人(?:就|还是)?[写填用留]", said)
    about_it = named or re.search(rf"不[叫姓]|不是(?:\d{{3}}|[姓叫]|{SPELT.pattern})", said)
    value = _VALUE_LEAD.sub("", said[named.end() :]) if named else said
    contact = read_contact(value, asked=True, known=known[0] if known else "", is_place=lambda name: _is_place(name, gazetteer))
    nothing_else = contact.reporter and contact.reporter.phone and len(contact.rest) <= 5
    if (about_it or nothing_else) and (contact.reporter or contact.bad_phone):
        return Heard(reporter=contact.reporter, bad_phone=contact.bad_phone)
    return Heard(clear=("contact",)) if named and len(said) <= 20 else None


def _swapped(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """不是A是B, 是B不是A, A改成B: wherever A was written, B is."""
    for pattern in _SWAPS:
        if match := pattern.search(said):
            old, new = match["old"].strip(_MARKS + "把" + _END), match["new"].strip(_MARKS + _END)
            area, _, below = new.partition("的")
            new = area if below and below in draft.get("place", "") else new  # 不是霍营，是回龙观的流星花园
            written = {item for item, text in draft.items() if old and new and old in text}
            if "contact" in written and (reporter := read_contact(new, asked=True).reporter):
                return Heard(reporter=reporter)
            changed: dict[Item, str] = {item: _replaced(draft[item], old, new) for item in written if item != "contact"}
            if changed:
                return _corrected(changed, gazetteer)
            if value := _typed(new.removeprefix("是"), gazetteer, draft):
                return value
    return None


def _replaced(text: str, old: str, new: str) -> str:
    """海淀 of 海淀区学院路 made 朝阳区, 15 of 15号楼 made 16号楼: what stands there is not said twice, and 15号楼 made 16 is 16号楼."""
    ends = (new[at:] for at in range(1, len(new)))
    twice = next((end for end in ends if not old.endswith(end) and old + end in text), "")
    unit = re.sub(r"^\d+", "", old) if new.isdecimal() and old[0].isdecimal() else ""
    return text.replace(old + twice, new + unit)


def _named_item_corrected(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """时间改成前天, 单元号不对，是二单元; 地址错了 says only what is wrong."""
    for item, pattern in _NAMED.items():
        if draft.get(item) and (match := pattern.search(said)):
            value = _VALUE_LEAD.sub("", said[match.end() :]).strip(_MARKS + _END)
            if len(value) < 2:
                return Heard(clear=(item,))
            if item == "problem":
                return Heard(problem=value)
            if item == "happened" and (happened := times.read_answer(value)):
                return Heard(happened=_on_its_day(happened, draft))
            if item == "place" and (place := gazetteer.read_answer(with_door(draft["place"], value) if is_door(value) else value)):
                return Heard(place=place)
    return None


def _value_corrected(said: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """口误，是上周三: what it is about shows from the value."""
    error = _ERROR_FIRST.match(said)
    return _typed(_VALUE_LEAD.sub("", said[error.end() :]).strip(_MARKS + _END), gazetteer, draft) if error else None


def _typed(value: str, gazetteer: Gazetteer, draft: dict[Item, str]) -> Heard | None:
    """A value that is nothing but a time, a door or a place."""
    when = times.find_when(value)
    if when and len(value) - len(when.text) <= 2:
        return Heard(happened=_on_its_day(when.text, draft))
    if _EXIT.fullmatch(value) and (way := _EXIT.search(draft.get("place", ""))):
        return _corrected({"place": draft["place"].replace(way[0], value)}, gazetteer)  # C口, and is D口
    if is_door(value) and draft.get("place"):
        return _corrected({"place": with_door(draft["place"], value)}, gazetteer)
    if (numbered := _NUMBERED.fullmatch(value)) and (old := re.search(rf"{_NUMBERED_BY}{numbered[1]}", draft.get("place", ""))):
        return _corrected({"place": draft["place"].replace(old[0], value)}, gazetteer)  # 上地三街, and 是十街
    if _SIDE.fullmatch(value) and (side := _SIDE.search(draft.get("place", ""))):
        return _corrected({"place": draft["place"].replace(side[0], value)}, gazetteer)  # 公园东门, and 是北门
    place = gazetteer.find(value)
    if place is None and draft.get("place") and _NAMED_ALIKE.fullmatch(value) and value[-1] == FACILITY_END.sub("", draft["place"]).strip(_MARKS)[-1:]:
        place = Place(value)  # 清欣园, of 旧宫清逸园
    if place and len(value) - len(place.text) <= 2:
        return Heard(place=_with_door_known(place, gazetteer, draft))
    return None


def _with_door_known(place: Place, gazetteer: Gazetteer, draft: dict[Item, str]) -> Place:
    """A place that puts right the name of another, with the door that was told: 翠林三里, of 翠林小区二里9号楼."""
    known = draft.get("place", "")
    slip = len(place.text) >= _SHORTEST_NAME and place.text[:2] in known and not CROSSING.search(place.text)  # a crossing has no door
    door = _DOOR_BEHIND.search(known) if slip and not gazetteer.has_building(place.text) else None
    return replace(place, text=place.text + door[0].strip(_MARKS)) if door else place


def _on_its_day(said: str, draft: dict[Item, str]) -> str:
    """A time that corrects another: an hour alone is one of the day that was said before."""
    when, known = times.find_when(said), draft.get("happened", "")
    return times.with_hour(known, when.text) if when and not when.has_day and known else said


def _corrected(changed: Mapping[Item, str], gazetteer: Gazetteer) -> Heard:
    place = changed.get("place")
    return Heard(
        problem=changed.get("problem"), happened=changed.get("happened"),
        place=(gazetteer.read_answer(place) or Place(place)) if place else None,
    )  # fmt: skip


# --- What a problem is without its lead-in

_MARKS = " \t，,。.、！!；;：:~…"
_HALF_WIDTH = {code: code - 0xFEE0 for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B), 0xFF0B, 0xFF0D)}
_ASKS = "问问|打听|投诉|举报|检举|反映|反应|求助|建议|表扬|夸(?=[^，,。]{3})|报修|报(?=一?[下个])|登记|咨询|反馈|提(?!交|前|供|醒)|说"
_LEAD_IN = re.compile(
    r"^(?:(?:我)?有一?[个点条](?:小)?(?:建议|意见|想法)(?:想?(?:说|提|反映)一?下)?(?=[，,：:\s])|(?:我)?再?(?:补充|加|说)(?:一[下点句个]|句)(?=[，,：:\s])|我?(?:要|想|刚才|刚)?(?:说|讲|反映)的(?:事儿?)?(?:就)?是|(?:我|那)?再?(?:补充|说)一[下点句](?=[，,：:\s])|[你您]?(?:说|讲|答)[得的]?都?不对(?=[，,])|不用了[，,]|不转了[，,]|喂|谢谢[你您]?们?(?=[，,。\s])|还有一?[个件]事儿?|(?:还有|等一?[下等])[，,]|我?说的不是(?:这|那)个[，,。\s]*|对了(?=[，,]|[^，,。！!]{2})|对[，,]?(?=我)|你们?好|您好|那个啥?|嗯+|啊|哎呀?|哦|我(?:这个?人)?不(?:太|大)?会(?:打字|说话?)[，,。\s]+(?:就是)?|请问|(?:我|俺|咱)?(?:寻思|合计|琢磨)(?:着)?(?=问|打听|反映|说)|同志|师傅|闺女|大姐|领导|是?(?:12345|一二三四五|幺二三四五)(?:热线)?(?:吗|(?=[你您]好|[，,]))|在吗|有人吗|是这样的?|是这么回事|我?跟你们?说(?:一?[个件]?事儿?)?[啊吧呀]*|算了(?=[，,你]|那?我)|(?:那?我?)(?:还是|就)(?=投诉|反映|举报|报修|登记|建议)|那?我?(?:就|再)?重新(?:报|登记|说)(?:一下|一[个遍]|吧)*[，,]|那(?=我们?(?:要|想|投诉|反映|举报))|我(?:是)?说的?是|这?不是(?:来)?投诉[，,]|(?:表扬|感谢|建议)信[：:，,]|你(?:给我|帮我)?记一下[，,]?|麻烦(?:你们?|您)?|(?:请|那|就|那就)?(?:[你您]们?)?(?:给|帮|替)我(?!们?[家妈爸爷奶姥楼院村小单这那])|[，,。.！!：:\s])*"
    rf"(?:(?:我们?|俺)?(?:还|再|也)?(?:要|想要?|得|需要|来)?(?:[跟给向]你们?)?(?:匿名|实名)?(?:{_ASKS})+(?!了|过|电话|热线|人|好?几|[两三四五六]|多次|没|不)(?:一下|一?个|下|一?件)?(?:事儿?|情况|问题|诉求|意见|建议)?[吧啊呀]?(?:就是说?)?[：:，,。！!\s]*)?"
)
_NO_PROBLEM = re.compile(r"(?:还没有?|先|直接|赶紧|行|能不能|可不可以|可以|能|请|麻烦|帮[我忙]?|查|看看?|问问?|登记|记录?|上报|报(?=$|[吧啊])|办|处理|解决|[吧吗呢]|有|就|一?个|一?件|点|些|事儿?|问题|情况|人|东西|你们|得|跟|要|想|我|说|反映|反应|投诉|举报|建议|意见|提|给|表扬|一下|谢谢|好的?|嗯|啊|不知道|不晓得|管不管|那|重新|了|归不归|归谁|该不该|是不是|找|不?管|到底|打了?|[0-9一二两三四五六七八九十百好几]+[遍次回趟]|电话|[，,。！!\s])*")
_LIVING_AT = r"(?:(?:我们?家?|俺们?家?|家)?住在?|我们?家?在|我是|我们小区(?:是|在)?|位于|地[址点]是?[：:]?)?"
_BEHIND_A_PLACE = r"(?:[那这](?:边|里|儿|块儿?)|一带|的(?:住户|居民|业主|村民|租户|租客))?的?"
# What may not begin a sentence whose place or time was taken away.
_MARKED_CLAUSE = re.compile(r"[^，,。；;！!\s]+[，,。；;！!\s]*")
_ONE_CHARACTER = re.compile("[^，,。；;！!\\s][，,。；;！!\\s]")
"""堵, of 天天堵，接送孩子的车乱停."""
_LONG_AGO = re.compile("(?:[前去]|几|多|[0-9一二两三四五六七八九十])年")
_OF_SOMETHING = re.compile("[这那]个(?!时)")
_DANGLING = ("看见的", "看到的", "发现的", "出来", *"号的了没不就都还也才又到和与里内外上门口以之起来多至等是那这前后底旁对", *(f"下{rest}" for rest in ("面", "边", "头", "方", "的", "有")), "开始", "左右")


def _only_facts(problem: str, place: Place | None, happened: str | None) -> bool:
    """Whether a sentence tells where or when it is and nothing else: 我在安宁里小区."""
    facts = "|".join(re.escape(fact) for fact in (place and place.text, happened) if fact)
    return bool(facts) and re.fullmatch(rf"(?:{_LIVING_AT}(?:{facts}){_BEHIND_A_PLACE}[，,、\s啊呀吧了]*)+", problem) is not None


def _without_facts(problem: str, place: Place | None, happened: str | None) -> str:
    """The problem without the clauses that are nothing but its place or its time, where something is left."""
    facts = [fact for fact in (place and place.text, happened) if fact]
    clauses = _MARKED_CLAUSE.findall(problem)
    kept = [c for c in clauses if not any(re.fullmatch(rf"(?:就?在|{_LIVING_AT}){re.escape(fact)}[，,。；;！!\s]*", c) for fact in facts)]
    rest = "".join(kept).strip(_MARKS)
    return rest if len(rest) >= 4 or names_only(rest) else problem


def _without_opening(problem: str, place: Place | None, happened: str | None, gazetteer: Gazetteer) -> str:
    """The problem without the place and the time it opens with, where a whole sentence is left. Whose fault it is stays: 家乐福超市卖过期酸奶."""
    left = problem
    where = place and FACILITY_END.sub("", place.text.removesuffix(parts(place.text, gazetteer).landmark))
    long_ago = happened is not None and _LONG_AGO.search(happened) is not None  # 前几年我们村有人跳河 is no danger now
    for phrase in (where, None if long_ago else happened, where):
        behind = _BEHIND_A_PLACE if phrase == where else ""
        if phrase and (match := re.match(rf"{_LIVING_AT}{re.escape(phrase)}{behind}[，,：:\s]*", left)):
            left = left[match.end() :]
            if len(left) >= 4 and not _ONE_CHARACTER.match(left) and (_OF_SOMETHING.match(left) or not left.startswith(_DANGLING)):
                problem = left
    return problem


def _without(text: str, phrase: str) -> str:
    before, _, after = text.partition(phrase)
    return f"{before}，{after.lstrip('的了就都')}"


def _half_width(text: str) -> str:
    """Digits and letters as everyone types them; the length stays."""
    return text.translate(_HALF_WIDTH)
