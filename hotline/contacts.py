"""Names and telephone numbers in what citizens say: 免贵姓李，幺三八零零零零零零零零.

A number is taken for the citizen's telephone only when it can be one: never a ticket's, an identity card's, a parcel's or someone else's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from hotline.privacy import mask_name
from hotline.tickets import Reporter

_MARKS = " \t，,。.、！!；;：:~…"


@dataclass(frozen=True, slots=True)
class Contact:
    """`rest` is the text without the name and the number."""

    rest: str
    reporter: Reporter | None = None
    bad_phone: bool = False
    refused: bool = False


def read_contact(text: str, *, asked: bool, known: str = "", is_place: Callable[[str], bool] = lambda name: False) -> Contact:
    """Who asks, as the text tells. `asked`: it answers “who?”. `known` is a number that was given before and is to be replaced.

    `is_place` tells a place from a name: 方庄 is a street, 方正 may be a person.
    """
    span, phone, bad = _phone(text, asked, known)
    # What is taken out leaves a mark, beside which a name may stand.
    rest = text[: span[0]] + _GONE + text[span[1] :] if span else text
    rest, name = _name(rest, asked, is_place)
    refused = not phone and not bad and bool(_REFUSES.search(text) or (asked and (_REFUSES_WHEN_ASKED.search(text) or _NO_CALL.search(text))))
    if refused and not asked:
        rest = _REFUSAL_SAID.sub(_GONE, rest)
    if name:
        rest = re.sub(rf"(?<![^，,。\s{_GONE}])[^，,。\s{_GONE}]{{1,5}}的{name[0]}(?![^，,。\s{_GONE}])", _GONE, rest)  # 我姓谭，谭嗣同的谭
        rest = _SEX.sub(_GONE, rest)  # 姓何，女的
    rest = _AROUND_GONE.sub(lambda match: "，" if _GONE in match[0] else match[0], rest).strip(_MARKS)
    return Contact(rest, Reporter(name, phone) if name or phone else None, bad, refused)


def mask_names(text: str, *known: str | None) -> str:
    """Text that may be handed on: the names that are known, and those that it tells of who asks or of others, are masked: 老板张伟 → 老板张*."""
    told = read_contact(text, asked=False).reporter
    for name in (*known, told.name if told else None):
        text = text.replace(name, mask_name(name)) if name and len(name) > 1 else text
    for pattern in (_BY_ROLE, _BY_TITLE):
        text = pattern.sub(lambda match: match["family"] + "*" * len(match["given"]), text)
    return text


# --- Telephone numbers

_SPOKEN = str.maketrans("零〇洞幺一二两三四五六七拐八九勾", "0001122345677899")
_DIGIT = "[0-9零〇洞幺一二两三四五六七拐八九勾]"
_RUN = re.compile(rf"\+?{_DIGIT}+(?:[ \-—·，,、]{{1,2}}{_DIGIT}+)*")
_GROUP = re.compile("[0-9]+|[零〇洞幺一二两三四五六七拐八九勾]+")  # 张三138… is no 3138…
_MOBILE = re.compile(r"(?:0086|86)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"0(?:10|2\d)\d{8}|0[3-9]\d\d\d{7,8}")
_LOCAL = re.compile(r"(?!20[12]\d[01]\d)[2-8]\d{7}")  # 20251121 is a date
_MOST_GROUPS = 20
_CUE = re.compile(r"(?:我的|我|联系)?(?:电话|手机|号码|联系方式|座机)(?:号码?)?(?:[^，,。；;\s]{1,6}的)?(?:就?是|为|打)?[：:，, ]*$")
_OTHER_NUMBER = re.compile(r"(?:订单|运单|工单|单号|快递|编号|卡号|证号|身份证|证件|账号|户号|表号|车牌|案号|合同|学号|发票|尾号|金额)[^，,。；;]{0,6}$")
_SOMEONE_ELSES = re.compile(r"(?:对方|商家|老板|店家|骗子|他们?|她|物业|公司|饭店|房东|中介|陌生|诈骗|骚扰|卖家|司机|客服|店里)(?:的|那个)?(?:电话|手机|号码|座机)?(?:号码?)?(?:是|为)?[：: ]*$|(?:被|接到|收到|的是)$")
_OF_SOMEBODY_NAMED = re.compile(r"(?:对方|商家|老板|店家|骗子|包工头|房东|中介|司机|负责人|经理|卖家)(?:姓|叫)[^，,。；;\s]{1,5}[，,\s]*(?:电话|手机)?(?:号码?)?(?:是|为)?[：: ]*$")
"""老板叫刘大强 电话139… is not the citizen's, even where that was asked."""
_CALLS_ME = re.compile(r"(?:的|这个|那个|这|那)?(?:号码?|电话|手机号?)?[^，,。；;]{0,4}(?:给我(?!打|回)|给我(?:打|发)了?|打来|打给我|骚扰|诈骗)")


def _phone(text: str, asked: bool, known: str) -> tuple[tuple[int, int] | None, str | None, bool]:
    """Where a number stands, the number, and whether it was meant as one but can't be."""
    bad: tuple[int, int] | None = None
    for run in _RUN.finditer(text):
        before, after = text[max(0, run.start() - 14) : run.start()], text[run.end() : run.end() + 12]
        groups = [(g.start(), g.end(), g[0].translate(_SPOKEN)) for g in _GROUP.finditer(text, *run.span())]
        if len(groups) > _MOST_GROUPS or _OTHER_NUMBER.search(before) or after.startswith(("X", "x")):
            continue
        if _OF_SOMEBODY_NAMED.search(before) or (not asked and (_SOMEONE_ELSES.search(before) or _CALLS_ME.match(after))):
            continue
        cue = _CUE.search(before)
        begin = run.start() - len(cue[0]) if cue else run.start()
        # 301，138 1234 5678: some groups that follow each other are the number.
        for i, first in enumerate(groups):
            for j in range(i, len(groups)):
                number = _number("".join(g[2] for g in groups[i : j + 1]), sure=asked or cue is not None)
                if number and number != known:
                    return (begin if i == 0 else first[0], groups[j][1]), number, False
        digits = "".join(g[2] for g in groups)
        alone = before[-1:] in ("", *_MARKS) and after[:1] in ("", *_MARKS)
        if digits != known and _meant_as_mobile(digits, asked=asked, sure=asked or alone or cue is not None):
            bad = bad or (begin, run.end())
    return bad, None, bad is not None


def is_mobile(phone: str) -> bool:
    """Whether a number, as it is kept or dialled, is a mobile one, which takes messages."""
    return _MOBILE.fullmatch(phone.removeprefix("+")) is not None


def _number(digits: str, *, sure: bool) -> str | None:
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1]
    return digits if _LANDLINE.fullmatch(digits) or (sure and _LOCAL.fullmatch(digits)) else None


def _meant_as_mobile(digits: str, *, asked: bool, sure: bool) -> bool:
    """Begins like a mobile number and is about as long."""
    return digits[:1] == "1" and ((asked and 7 <= len(digits) <= 13) or (sure and digits[1:2] in tuple("3456789") and 9 <= len(digits) <= 13))


# --- Names

_COMPOUND = "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|长孙|宇文|司徒|端木|呼延"
_SURNAME = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛范彭郎鲁韦昌马苗凤方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐于傅卞齐康伍余顾孟平黄穆萧尹姚邵汪祁毛"
    "狄米贝明臧成戴宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫房裘缪解应丁邓郁单杭洪包左石崔吉龚程邢裴陆荣翁曲封储靳段焦巴谷车侯全班仇栾甘厉武刘景詹龙"
    "叶黎白蒲赖卓蔺屠乔阴苍闻党翟谭姬申冉桑桂牛边燕尚温庄晏柴瞿阎连习艾鱼向古易廖耿匡文寇东沙丰关查游权闫付肖岳涂仝覃皮佟冀聂楚辛冷巩晁阚鄢苟邸郗宁束幸麦洛鹿门敖盖宫符苗卓简"
)
FAMILY = rf"(?:{_COMPOUND}|[{_SURNAME}])"
_HAN = "[\u4e00-\u9fff]"
_TITLE = "(?:先生|女士|小姐|同志|师傅|老师|大爷|大妈|大姐|大哥|阿姨|叔叔|奶奶|爷爷)"
ALIAS = rf"(?:[老小大]{FAMILY}|{FAMILY}{_HAN}{{0,2}}?(?:{_TITLE}|[姐哥嫂叔姨婶工总])|(?:孩子|娃儿?|宝宝)(?:他|她|的)?(?:妈妈?|爸爸?|奶奶|爷爷|姥姥|姥爷|家长))"
"""How people want to be called: 老郝, 陈姐, 何工, 孩子妈妈."""
_GONE = "\0"
_SOMEBODY = rf"(?P<family>{FAMILY})(?P<given>[\u4e00-\u9fff]{{1,2}}"
# Rather a letter too much is hidden than a name told.
_BY_ROLE = re.compile("(?<=老板|经理|主任|书记|房东|邻居|医生|大夫|司机|店主|法人|业主|保安|民警|姓名|责人|系人|[院局所站队校店]长)" + _SOMEBODY + ")")
_BY_TITLE = re.compile(_SOMEBODY + rf"?)(?={_TITLE})")
_WORDS = re.compile(rf"[，,。\s{_GONE}]+")
_SEX = re.compile(rf"(?<![^，,。\s{_GONE}])(?:我?是)?(?:女|男)(?:的|士|同志)?(?![^，,。\s{_GONE}])")
_AROUND_GONE = re.compile(rf"[，,、\s{_GONE}]+")
_EDGE = rf"(?=$|[，,。.、！!；;\s{_GONE}0-9]|电话|手机|联系|住|是|就|吧|家住|思想)"
_BEGIN = rf"(?:^|(?<=[，,。.；;：:、\s{_GONE}]))"
# 弓长张: the surname spelt out
SPELT = re.compile(r"(?:弓长|木子|立早|耳东|三横|草头|双木|古月|口天|言午|双口|走肖|文刀|人可|关耳|三点水)([\u4e00-\u9fff])(?![\u4e00-\u9fff])")
_SURNAME_SAID = re.compile(rf"(?:免贵姓?|姓氏是?|(?<!不是)(?:我|本人|俺|咱)姓|{_BEGIN}姓)(?P<name>(?:{FAMILY}|{_HAN}{_EDGE}){_TITLE}?)")
_NAME_SAID = [
    re.compile(rf"(?:(?<!不)[我俺咱]叫|本人叫|名字叫|姓名[是：: ]*|联系人[是：: ]*|{_BEGIN}叫)(?P<name>{FAMILY}{_HAN}{{1,2}}?{_TITLE}?){_EDGE}"),
    re.compile(rf"(?:叫我|{_BEGIN}我是|{_BEGIN})(?P<name>{FAMILY}{_HAN}{{0,2}}?{_TITLE}){_EDGE}"),
    re.compile(rf"(?:(?<![不工师傅长员生人友板机警士])叫我?|{_BEGIN}我是(?:业主|居民|住户|租户|村民|家长|市民|乘客|顾客)?|(?:名字|姓名|{_BEGIN})就?[写填记]|{_BEGIN}(?=[孩娃宝]))(?P<name>{ALIAS})(?:就(?:行|好|成|可以)|吧)?{_EDGE}"),
    # beside the number: 张三13812345678
    re.compile(rf"{_BEGIN}(?P<name>{FAMILY}{_HAN}{{1,2}})(?=[，,。：:\s]{{0,3}}{_GONE})"),
    re.compile(rf"(?<={_GONE})[，,。：:\s]{{0,3}}(?P<name>{FAMILY}{_HAN}{{1,2}})(?=$|[，,。])"),
    # 卢，13510006000; 樊大爷15910005000; 我石先生; 找蔡先生
    re.compile(rf"{_BEGIN}(?P<name>{FAMILY})(?=[，,：:\s]{{0,2}}{_GONE})"),
    re.compile(rf"(?:{_BEGIN}(?:我|找|联系人?)|找)(?P<name>{FAMILY}{_HAN}{{0,2}}?{_TITLE}){_EDGE}"),
    re.compile(rf"(?P<name>{FAMILY}{_TITLE})(?=[，,：:\s]{{0,2}}{_GONE})"),
    re.compile(rf"{_BEGIN}我(?P<name>{FAMILY})(?=[，,])"),
]
# Only in an answer: 联系我儿子，他叫王小明; 张三
_NAME_ANSWERED = re.compile(rf"[他她](?:叫|姓)(?P<name>{FAMILY}{_HAN}{{0,2}}?{_TITLE}?){_EDGE}")
_ANY_NAME_ANSWERED = re.compile(rf"{_BEGIN}(?:我|俺|咱|本人)叫(?P<name>{_HAN}{{2,3}})(?=$|[，,。.！!；;\s{_GONE}])")
"""农丰, whose surname no list has, said to who asks for it."""
_ANSWER = re.compile(rf"(?:[我他她]?(?:叫|是)|联系人|您?就?写)?(?P<name>{ALIAS}|[老小大]{FAMILY}{_TITLE}?|{FAMILY}{_HAN}{{0,2}}{_TITLE}?|[A-Z][a-z]{{2,}}(?: [A-Z][a-z]+)?)吧?")
_CALLED = re.compile(rf"(?<!不)叫我?{ALIAS}(?:就(?:行|好|成|可以)|吧)?{_EDGE}")
"""Beside a name that was told: 我姓郝，叫老郝就行."""
_NO_NAME = re.compile(
    "[\u4e00-\u9fff]*[的了是在有不我你他她吗呢啊呀吧没什么哪谁怎为就都也还要给打留话号码楼][\u4e00-\u9fff]*|"
    "查(?:进度|结果|询|工单|单子|看|一查)|简单|简直|方便|安全|谢谢|马上|明天|时间|高兴|何必|单位|关机|万一|平时|白天|毛病|解决|金额|项目|顾客|程序|常用|安排|方案|方式|包括|高速|温馨|全部|全家|应该|应当|连续|毕竟|明白|成年|石家庄|安徽|江苏|江西|云南|丰台|东城|房山|"
    "平谷|石景山|路口|商家|严重|强烈|马路|房东|房子|车位|车库|车主|白领|易燃|安静|尤其|于是|许多|任何|管道|包工头|党员|文明|游客|司机|司法|车站"
)

_KEEPS_BACK = (
    r"(?:不(?:想|愿意?|用|必|要)?|别)(?:[留写填]|提)我?的?(?:电话|姓名|姓氏|名字|联系方式|手机|号码)|不(?:想|愿意?|方便)(?:说|讲|透露|告诉)(?!学校|幼儿园|单位|公司|店|老板|孩子|小区)[^，,。；;！!\s]{0,4}(?:我是谁|姓名|名字|身份)"
    r"|(?:电话|姓名|姓氏|名字|联系方式|手机号?)(?:就|我|俺)?(?:不(?:用|必|要|想|愿意?)?[留写给]|不(?:太)?方便(?:留|说|给|透露)?(?=$|[，,。；;！!了啊吧\s])|别[留写登记提]|不(?:太)?方便接(?:听)?电话|不会背|背不|记不[住清得])"
)
_CLAUSE_BEGINS, _CLAUSE_ENDS = r"(?:^|(?<=[，,。；;！!\s]))", r"(?=$|[，,。；;！!\s])"
_NO_CALLS = rf"{_CLAUSE_BEGINS}[你您]?们?(?:别|甭|不用|不要|不必)(?:再)?(?:给我)?(?:打|回)(?:个)?电话(?:给我)?(?:了|啊|哈|吧)?{_CLAUSE_ENDS}"
"""Who wants no call says so at once, too. 我说了别给我打电话，他们还打 tells of others."""
_REFUSES = re.compile(rf"匿名(?![信电])|{_KEEPS_BACK}|{_NO_CALLS}")
_REFUSES_WHEN_ASKED = re.compile(r"^(?:就|还是|我|先)?(?:不(?:留|想留|方便|用(?!.{0,3}人工)|愿意|想说|想|告诉|需要|要|提供|给|了$)|没有?(?:电话|手机|$)|不会用手机|(?:不知道|不记得|忘了?)[^，,。]{0,4}(?:电话|手机|号码?)|算了|跳过|免了|先空着|保密$|无$)")


_NO_CALL = re.compile("(?:不用|不要|不必|别|甭)(?:再)?(?:给我|跟我)?(?:联系|回电话?|打电话|回复|通知)(?:我|了)?(?=$|[，,。；;！!\\s])")
_REFUSAL_SAID = re.compile(rf"{_CLAUSE_BEGINS}(?:我|就|先)?(?:{_KEEPS_BACK}|匿名(?:举报|投诉|反映)?[吧啊]?)了?{_CLAUSE_ENDS}|{_NO_CALLS}")


def _name(text: str, asked: bool, is_place: Callable[[str], bool]) -> tuple[str, str | None]:
    """The text without the citizen's name, and the name."""
    spelt = SPELT.search(text)
    if spelt:
        text = _cut(text, spelt)
    if surname := _SURNAME_SAID.search(text):
        return _CALLED.sub(_GONE, _cut(text, surname)), surname["name"]
    for pattern in [*_NAME_SAID, *([_NAME_ANSWERED, _ANY_NAME_ANSWERED] if asked else [])]:
        for match in pattern.finditer(text):
            if _is_name(match["name"], is_place):
                return _cut(text, match), match["name"]
    if spelt:
        return text, spelt[1]
    # 潘翠花 四川的 138…: beside a number the first words may be the name
    said = [text.strip(_MARKS + _GONE), *([text.split(_GONE)[0].strip(_MARKS), _WORDS.split(text)[0]] if _GONE in text else [])]
    answer = next((a for each in said if (a := _ANSWER.fullmatch(each)) and _is_name(a["name"], is_place)), None) if asked else None
    return (text.replace(answer[0], _GONE, 1), answer["name"]) if answer else (text, None)


def _cut(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + _GONE + text[match.end() :]


def _is_name(name: str, is_place: Callable[[str], bool]) -> bool:
    return not _NO_NAME.fullmatch(re.sub(f"{_TITLE}$", "", name)) and not is_place(name)
