"""Times as citizens say them: 昨晚十一点多, 上周五开始, 每天早上六点, 最近半个月.

A sentence is read word by word: a day (昨天), how often (每天), how long (三天了), a part of the day (晚上), an hour (十一点多).
Words that follow each other make one phrase. No date is computed: whoever reads the ticket reads the citizen's own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class When:
    """A time in the citizen's words. `has_day` is False when only the hour or part of the day was said."""

    text: str
    has_day: bool


def find_when(text: str) -> When | None:
    """The first time with a day that a sentence tells; without one the first hour or part of the day; else None."""
    phrases = list(_phrases(text))
    days = [p for p in phrases if p.has_day]
    if len(days) > 1 and _LOOSE.fullmatch(days[0].text):
        # 天天摆摊，…每天晚上六点以后: what says more counts.
        return next((p for p in days[1:] if not _LOOSE.fullmatch(p.text)), days[0])
    return days[0] if days else phrases[0] if phrases else None


def as_told(text: str, when: When) -> str:
    """A time that a sentence tells, so that it can be read alone: with a beginning said to be one (从供暖, of 从供暖就没热过), and with the hour
    until which it went on (昨晚蹦到十一点 is 昨晚到十一点)."""
    ended = until(text, when)
    return f"{when.text}到{ended}" if ended else f"{when.text}开始" if _BEGINS.fullmatch(when.text) else when.text


def until(text: str, when: When) -> str | None:
    """The hour until which something went on that a sentence tells of one day."""
    if when.text.endswith(("到现在", "至今")) or (_has(when.text, "hour") and re.search("[到至]", when.text)) or not (_has(when.text, "day") or _has(when.text, "often")) or when.text.endswith(("开始", "起", "以来", "到现在")):
        return None
    behind = text.partition(when.text)[2]
    hours = (p.text for p in _phrases(text) if _has(p.text, "hour"))
    return next((hour for hour in hours if re.search(rf"^[^，,。；;！!？?\s]{{0,12}}[到至]了?{re.escape(hour)}", behind)), None)


def is_forgotten(text: str) -> bool:
    """Whether somebody only says that they do not know: 不清楚."""
    return _FORGOTTEN.fullmatch(text.strip(_MARKS)) is not None


def tells_hour(text: str) -> bool:
    """Whether a time tells the hour: 每天晚上九点以后."""
    return _has(text, "hour")


def _has(text: str, kind: str) -> bool:
    return any(match.lastgroup == kind for match in _WORD.finditer(text))


def without_times(text: str) -> str:
    """A text without any of its times: 上个月开始，一般半夜 tells no place."""
    for phrase in _phrases(text):
        text = text.replace(phrase.text, "", 1)
    return text


def read_answer(text: str) -> str | None:
    """The time in an answer to “when?”, more willingly believed than in a free sentence: 我搬来的时候就有, 记不清了.

    None when the answer is plainly something else.
    """
    said = text.strip(_MARKS)
    if len(said) <= _SHORT and _FORGOTTEN.fullmatch(said):
        return said
    said = _FILLER.sub("", said).rstrip("吧" + _MARKS)
    when = find_when(said)
    if when and when.has_day and not _SAID_BEFORE.search(said):
        hours = next((p.text for p in _phrases(said) if not p.has_day), None)
        return with_hour(when.text, hours) if hours and _LOOSE.search(when.text) else as_told(said, when)  # 天天都有，下午最厉害
    if len(said) > _SHORT or _QUESTION.search(text):
        return None
    length = _LENGTH.match(said)
    lasts = length is not None and not said.startswith(_AFTER_LENGTH_NOT, length.end())  # not 七天无理由
    is_time = when or lasts or _TELLS_TIME.search(said) or (len(said) <= 8 and _MAY_TELL_TIME.search(said))
    return said if is_time else None


def with_hour(known: str, said: str) -> str:
    """A time that was known, with the hour or the part of the day that is said later: 昨天晚上 and 十点半左右 are 昨天晚上十点半左右. An
    hour takes the place of an hour, a part of the day that of a part."""
    kinds = {str(match.lastgroup) for match in _WORD.finditer(said)}
    words = [match for match in _WORD.finditer(known) if match.lastgroup == "hour" or (match.lastgroup == "part" and "part" in kinds)]
    for match in reversed(words):
        known = known[: match.start()] + known[match.end() :]
    if "part" in kinds:
        known = re.sub("([昨今前])[晚夜早晨日]$", r"\1天", known)  # 昨晚, and 晚上八点
    last = list(_WORD.finditer(known))[-1:]
    if not last:
        return said  # of 从七点 nothing is left
    return f"{known}{said}" if last and last[0].end() == len(known) else f"{known}，{said}".lstrip("，")


# --- Words. Of each kind the fixed ones, then those made with numbers.

_NUMBER = "[0-9一二三四五六七八九十]{1,3}"
_COUNT = "(?:好几|十几|十来|[0-9一二三四五六七八九十两俩仨几数]{1,3})"
_WEEK = "(?:周|个?星期|个?礼拜)"
_PART = (
    "凌晨|大?清早|清晨|一大早|一清早|大早上|早上|早晨|上午|中午|晌午|下午|后晌|傍晚|晚上|大晚上|夜里|夜间|夜晚|"
    "早晚高峰|早高峰|晚高峰|晚饭|上下班(?:的?(?:点儿?|时间|时候)|那会儿)|(?<![夫生师员])下班点?儿?|放学(?:的?时候|以?后|那会儿|点儿)|半夜|大半夜|前半夜|后半夜|深更半夜|三更半夜|深夜|午夜|白天|大白天|(?<=[到至])第二天|(?<=[到至])次日"
)
_EVENT = "放?[暑寒]假|放假|开学|过完?年|入[春夏秋冬]|开春|立[春夏秋冬]|供暖|停暖|开业|入住|交房|搬来"
_KINDS = {
    "day": (
        "大?前天(?!津)|前儿个?|[昨今前]晚上(?![个周月班])|昨[天日晚夜早晨]|[昨今]儿个?[早晚](?=[0-9一二两三四五六七八九十]{1,3}点)|昨儿个?|昨个儿?|今[天日晚早晨]|今儿个?|今个儿|前晚|刚才|刚刚|方才|"
        "[去今]?年?[春夏秋冬]天?那会儿|(?:整整?)?(?:这|大?半|一)个?(?:春天|夏天|秋天|冬天|暑假|寒假|采暖季|供暖季)|打从[^，,。]{1,6}?那天起|(?:供暖|停暖|入住|交房|开业|开工)那天起?|"
        f"(?:[从自打])?[这上本]个?学期(?:{_EVENT}|[初末])?(?:以来|开始)?|"
        "[前头][几两些三](?:天|年|个月)|前些日子|前段时间|前阵子|前一阵|"
        "(?:春节|中秋节?|国庆节?|元旦|五一|端午节?|清明节?|除夕)(?:[前后头][一两二三几]天|当天|前后?|后)?|[今去前]年(?:[春夏秋冬][天季]|[供采]暖季)|[今去前]年年?[初底]|今年以来|(?<![从自打])[去前]年(?=就这样|就有|就开始)|"
        rf"[上这本]{{1,2}}{_WEEK}[一二三四五六日天末]?|(?:周|星期|礼拜)[一二三四五六日天]{{1,5}}|[上这本]{{1,2}}个?月(?:[初中底末]|{_NUMBER}[日号])?|"
        rf"(?:{_EVENT})(?:以后|之后|后|以来|的?时候|期间|第{_NUMBER}天|开始|到现在|至今)|"
        # 刚看到
        "刚(?=看[到见]|发现|路过|碰[到见])|"
        # 从供暖就没热过
        rf"[从自打](?:{_EVENT})(?=就|都|一直|[，,。]|$)|"
        # 从开业到现在
        "[从自打][^，,。；;！!？?\\s]{1,8}?(?:到现在|到今天|至今|以来)"
    ),
    "date": (
        r"20\d\d[-./]\d{1,2}[-./]\d{1,2}|"
        rf"(?<!\d)(?:(?:19|20)?\d\d年|二[零〇]..年|[今去前]年)?{_NUMBER}月(?:份|节|[上中下]旬|[初中底末]|(?:[二三]?十|[123])几[日号]|{_NUMBER}[日号]|[一二三四五六七八九十]{{2,3}}|[1-3]?[0-9](?=$|[，,。\s]))?|"
        rf"(?<!\d)(?:19|20)?\d\d年(?:年?[初底]|[春夏秋冬][天季])|(?<!\d){_NUMBER}[日号]"
    ),
    "often": (
        rf"每[隔到逢]?{_COUNT}?(?:天|日|晚|夜|早|年|个?月|个?周末|{_WEEK}[一二三四五六日天]{{0,5}})|"
        "每个(?:工作日|上班日)|天天|夜夜|成天|(?<!一)整天|整宿|整[夜晚]|天一[黑亮]|一天到晚|从早[^，,。\\s]{0,3}到晚|没日没夜|没早没晚|不分昼夜|没白天没黑夜|白天黑夜|"
        "一年四季|(?<![0-9一二三四五六七八九十几今去前每])年年(?![初底检度])|月月|隔[一两三几]天|三天两头|隔三[差岔]五|周末|节假日|"
        rf"一到(?:[春夏秋冬][天季]|周末|{_PART})|一下雨|一刮风|(?:经常|总是|老是|时常|常常)(?={_PART})"
    ),
    "length": (
        rf"(?<!\d){_COUNT}个?[多来]?(?:天|周|星期|礼拜|月|年|小时|钟头)[多半]?|[大小多]?半(?:年|拉月|个?[多来]?月|个星期|个礼拜)多?|个把(?:星期|礼拜|月|钟头|小时)"
    ),
    "long": "(?:有)?好些(?:日子|天|年|个月)|最近|近期|近来|近日|[老好挺很]长(?:一段)?时间|这段时间|这阵子?|这[几两些]天|这些日子|这几年|好久|很久|多年来|多日|数月|连日来|好?一阵子|有一?阵(?=了)|有阵子|有些日子",
    "part": _PART,
    "hour": (
        r"(?<!\d)(?:[01]?\d|2[0-4])[:：][0-5]\d|"
        r"(?<!\d)[0-9一二两三四五六七八九十]{1,3}[点时](?:钟|半|[一三]刻|\d{1,2}分?|[二三四五]?十[一二三四五六七八九]?分?|零?[一二三四五六七八九]分)?"
        r"(?:来钟|多钟?|左右|过后|以后|之后|整)?"
    ),
}  # fmt: skip
_WORD = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS.items()))
_LENGTH = re.compile(_KINDS["length"])
_BEGINS = re.compile(f"[从自打](?:{_EVENT})")

# What stands around a word decides whether it tells a time: 三天 in 三天了 does, in 三天的工资 does not.
_BEFORE_LENGTH = ("最近这", "最近", "近", "这", "过去", "已经", "都", "得有", "有", "快", "连续", "连着", "持续", "大概", "差不多", "将近", "至少", "整整")
_BEFORE_LENGTH_NOT = ("工作了", "怀孕", "怀了", "身孕", "宝宝", "还有", "没有", "只有", "不到", "第")
_AFTER_LENGTH = ("了", "以来")
_AFTER_LENGTH_NOT = ("的", "级", "期", "龄", "工资", "房租", "租金", "物业费", "无理由")
_SELDOM = re.compile("(?:都|也)?[不没][^，,。]{1,2}[一两0-9几][次回趟]")
"""一个礼拜不来一回 tells how seldom, and not how long."""
_LASTS = re.compile("[欠拖停断堵].{0,3}$")  # 拖欠工资五个月
_NOTHING_DONE = ("没", "不", "无", "都没", "还没", "都不")
_AFTER_MONTH_NOT = tuple("兰嫂票租费薪供季经亮光球台")
_NO_WEEKDAY = re.compile("下$|(?<![周期拜])[一二两三四五六七八九十几每]$")
_BEFORE_DAY_NUMBER = (*"从是到在自打这，,。 ",)
_AFTER_DAY_NUMBER = (*"早晚上下中凌夜到的就买卖付签寄，,。 ", "供暖", "停暖", "停水", "停电", "开学", "开业", "入住", "交的", "交了", "开始", "那天", "下单", "下的单", "坏的", "停的", "去的", "发的", "出的", "报的", "办的", "收到", "发现", "发生")
_BEGINS_AT = ("从", "自", "打")
_EVENT_BEHIND = re.compile(_EVENT)
"""从15号供暖开始."""
_AFTER_NOT = {"最近": ("的", "距离"), "五一": ("路", "大街", "广场", "小区"), "国庆": ("路", "街"), "元旦": ("路",), "清明": ("上河",), "中秋": ("月饼",), "端午": ("粽",), "好久": ("不见",), "刚刚": ("好", "够"), "前儿": ("童",), "刚才": ("说", "讲", "写", "发", "填", "挂", "那", "的", "我说", "我讲", "我写", "我打", "我发", "我填", "我不")}
_TO_AN_HOUR = re.compile("(?<![说提谈讲想看做反映])[到至]$")
_AFTER_HOUR_NOT = (*"儿建意要原问需诉候间常代", "都不", "也不")

_AMOUNT = re.compile(r"(?:才|只|就|都|得|要|给|交|收|扣|发|涨|花|还)*[0-9一二三四五六七八九十百千万两]+(?:\.[0-9]+)?(?:块|元|百|千|万|多块|来块)")
"""Behind 每个月 this tells how much, and not when."""
_NO_PART = re.compile(
    "(?:早上|上午|中午|下午|晚上)好(?:$|[，,。！!～~\\s我你您])|(?:早上|上午|中午|下午|晚上|夜里)班[车次的]|下午茶|中午饭[馆店]|晚饭[馆店]|白天鹅|(?:晚上|夜里)(?:就|都|特别|太|很|挺)*(?:黑(?!车)|看不[见清]|漆黑|伸手)|(?<=上)下班|下班(?:早|晚(?!上)|路上|族)"
)
"""What looks like a part of the day and is a greeting, a bus, a meal or a name. 上下班都要走这条路 tells no time either."""

_BETWEEN = frozenset({"", " ", "的", "都是", "从", "、", "和", "到", "至", "-", "~", "—", "都", "在", "一直到"})
_LEAD = re.compile(r"(?:自从|从|自|打|大概|大约|[今去前]年的?)$")
_TAIL = re.compile(r"(?:开始|起(?![床来火重])|以来|前后|左右|过后|以后|之后|期间|那几?天|那会儿|到现在|至今|(?:吃[早午中晚]?饭)?的?时候)")

_LOOSE = re.compile("天天|成天|整天|三天两头|隔三[差岔]五|一天到晚|一下雨|一刮风|经常|老是|好久|很久|(?:有)?好些(?:日子|天|年|个月)了?|(?:有|好)?一?阵子了?")
_SHORT = 25
_MARKS = " \t，,。.、！!；;：:~…"
_FILLER = re.compile(r"^(?:嗯|啊|哦|呃|哎|那个|就是|应该是|应该|好像是|好像|是|记不太?清楚?了?|[，,\s])+")
_FORGOTTEN = re.compile(r"(?:我也?)?(?:真|实在)?(?:记不太?清楚?|不记得|想不起来|忘记?|不太?清楚|不知道|没注意|没记|说不[好准清]|没有?(?:个|什么)?具体)(?:了|哪天|多久|多长时间|啥时候|什么时候|时间|具体|是|开始|的)*")
_QUESTION = re.compile(r"[?？]|吗|什么|啥|怎么|为啥|多久|多长|谁|哪|能不能|你们")
_SAID_BEFORE = re.compile("不是[都已]?经?说|[说讲]过")
_TELLS_TIME = re.compile(
    r"^(?:自从|[从自打])[^，,。]{2,12}(?:就|开始|起)|有[些好多]*年[头月]|20\d\d年|时候|以后|之后|之前|前后|那会儿|那阵|那天|到现在|至今|断断续续|不一定|没个?准|偶尔|随时|有时|长期|常年|下雨|刮风|[春夏秋冬]天|过年|过完年|放假|开学|高峰|[今去前]年|年前|年初|年底"
)
_MAY_TELL_TIME = re.compile(r"现在|正.{0,2}着|正在|目前|眼下|刚|一直|经常|老是|老这样|总是")


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    has_day: bool


def _phrases(text: str) -> Iterator[When]:
    """Words that follow each other, with what leads in and out of them, as one phrase."""
    words = list(_words(text))
    for i, first in enumerate(words):
        if i and _follows(words[i - 1].end, first, text):
            continue
        end, has_day = first.end, first.has_day
        for word in words[i + 1 : i + 8]:
            if not _follows(end, word, text):
                break
            end, has_day = word.end, has_day or word.has_day
        lead = _LEAD.search(text, max(0, first.start - 3), first.start)
        tail = _TAIL.match(text, end) if has_day else None
        yield When(text[lead.start() if lead else first.start : tail.end() if tail else end], has_day)


def _follows(end: int, word: _Word, text: str) -> bool:
    """Whether a word continues what ended at `end`. After a comma only an hour does: 昨晚，十一点多."""
    between = text[end : word.start]
    return between in _BETWEEN or (between in ("，", ",") and not word.has_day)


def _words(text: str) -> Iterator[_Word]:
    previous: _Word | None = None
    for match in _WORD.finditer(text):
        if word := _word(match, text, previous):
            yield word
            previous = word


def _word(match: re.Match[str], text: str, previous: _Word | None) -> _Word | None:
    """The word of a match, or None where it tells no time of anything."""
    kind, said, (start, end) = match.lastgroup, match.group(), match.span()
    before, after = text[max(0, start - 4) : start], text[end : end + 4]
    if said in _AFTER_NOT and after.startswith(_AFTER_NOT[said]):
        return None
    if before.endswith("不是") or (said[0] in "周星礼" and _NO_WEEKDAY.search(before)):
        return None  # 不是每天, 一周一次
    if said.endswith("周") and after.startswith((*"围边转到期",)):
        return None
    if said.endswith("月") and (after.startswith(_AFTER_MONTH_NOT) or before.endswith("个")):
        return None  # 月嫂, 二月兰
    if kind == "date" and said[-1] in "日号" and "月" not in said:
        if said[:-1].isdecimal() and int(said[:-1]) > 31:
            return None
        begins = before.endswith(_BEGINS_AT) and _EVENT_BEHIND.match(text, end) is not None
        surely = begins or ((not before or before.endswith(_BEFORE_DAY_NUMBER)) and (not after or after.startswith(_AFTER_DAY_NUMBER)))
        return _Word(start, end, has_day=True) if surely else None
    if kind == "often" and _AMOUNT.match(text, end):
        return None  # 每个月15块
    if kind == "length":
        return _length(said, start, end, before, after)
    if kind == "part" and _NO_PART.match(text, start):
        return None
    word = _Word(start, end, has_day=kind not in ("part", "hour"))
    alone = previous is None or not _follows(previous.end, word, text)
    ends = previous is not None and _TO_AN_HOUR.search(before) is not None  # 昨晚干到两点
    if kind == "hour" and said[-1] in "点时" and alone and not ends and (after.startswith(_AFTER_HOUR_NOT) or said[:-1] in ("一", "二", "两", "1", "2")):
        return None  # 三点建议, 一点办法
    return word


def _length(said: str, start: int, end: int, before: str, after: str) -> _Word | None:
    """三天, where it says how long something has lasted or how long ago it was."""
    if ago := next((word for word in ("之前", "以前", "前") if after.startswith(word)), ""):
        return _Word(start, end + len(ago), has_day=True)
    if after.startswith(_AFTER_LENGTH_NOT) or _SELDOM.match(after) or before.endswith(_BEFORE_LENGTH_NOT):
        return None
    lead = next((word for word in _BEFORE_LENGTH if before.endswith(word)), "")
    tail = next((word for word in _AFTER_LENGTH if after.startswith(word)), "")
    if said.endswith(("小时", "钟头")):
        lasted = tail == "了"  # 24小时营业 has not
    else:
        # 坏了三天，… but not 交了三年学费
        lasted = bool(lead or tail or _LASTS.search(before)) or after.startswith(_NOTHING_DONE) or (before.rstrip(_MARKS).endswith("了") and after[:1] in ("", "吧", *_MARKS))
    return _Word(start - len(lead), end + len(tail), has_day=True) if lasted else None
