"""What a citizen says to a survey instead of an answer: not now, wrong person, leave me alone; and keys instead of words."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from hotline.contacts import ALIAS
from hotline.later import read_later

Aside = Literal["later", "declined", "wrong_person", "stop"]

_STOP = re.compile(
    "(?<!没)(?<!让我)(?<!叫我)(?:别|不要|甭|少|不许|不准|别想)(?:再|老|总|来|给我|给|往我这|一直|天天)*(?:打电话|打这|打扰|打来|打给|骚扰|发短信|来电|打$|打了|打我|电话了|骚扰我)|"
    "(?:停止|还敢|再)(?:打电话|打来|打|骚扰).{0,3}(?:我就)?(?:报警|投诉你|拉黑)|骚扰电话(?=$|，|[吧啊呢吗])|拉黑你|停止骚扰|永远别打|退订"
)
_WRONG = re.compile(
    "(?<!名字)打错(?!\\w{0,3}[次回遍字名])|不是(?:我|本人|咱)(?:们)?(?:自己)?(?:打|报|弄|提)的(?:12345|热线|电话|案|投诉|举报|诉求|工单|单子|$|，)|(?:没|没有)(?:打|拨|报)过(?:什么|任何)?(?:12345|热线|市长热线|你们(?:的)?(?:热线|电话))|不是你(?:要)?找的|这(?:个)?号(?:是)?(?:我)?(?:刚|新|才)(?:办|换|买|用)|(?:刚|新)(?:办|换|买)的(?:手机|电话)?(?:号|卡)|不叫(?:这|那|他|她)|不是(?:他|她|我|这个)?本人|(?:不是|没)(?:我|咱)?(?:反映|投诉|举报|提|报)的|我(?:根本|从来|压根)?没有?(?:投诉|反映|举报|打|报)过|"
    "不认识(?:你|这|他|她|什么)|(?:号码?|手机|电话)(?:都|早|已经)?(?:换人|换主|转给|给别人)|找错(?!门|地方)|弄错人|搞错人|认错人|不姓|没这个人|没有这个人|不是机主"
)
_KIN = "(?:老公|老婆|媳妇|爱人|老伴儿?|儿子|闺女|女儿|我?[爸妈]|孩子|家里人|室友|房东|租客)"
_ELSE = re.compile(
    rf"(?:^|，)(?:这事儿?|那事儿?|这个)?，?(?:你们?|您)(?:得|要|该|应该|还是|就|去|直接|赶紧)*(?:找|问|打给|联系)(?:一下)?(?:我?们?家?{_KIN}|{ALIAS}|别人|本人|他本人|她本人|报的人|打电话的人)(?:去|说|问|聊)*[吧呀啊]?(?=$|，)"
)
"""Somebody else is to be asked: 你找老张吧."""
_DECLINED = re.compile(
    "(?:不想|不愿意?|懒得(?!说[你他])|拒绝|不打算|不肯|没兴趣|不用|不必|不需要)(?:再)?(?:评|回访|说|答|回答|参加|参与|配合|接受|聊|跟你|多说|讲|填)|不参加|不评|不接受(?:回访|访问|调查)|不做(?:回访|调查|评价)|"
    "(?:别|不要|甭)(?:再)?问|跟你们?(?:没话|说不着|扯不着)|没空跟你|没(?:那)?闲工夫|没心情|没兴趣|(?:^|，)(?:行了?|好了?|得|那|我|先)*挂了[啊吧]?$"
)
_ANSWERED = re.compile("不满意|很满意|非常满意|没(?:人|解决|修|弄|办|用|戏|有(?!什么|啥|时间|空|心情|兴趣|工夫))")
"""Who says so has answered, however unwillingly: 别问了，不满意."""
_THEY = re.compile("(?:^|，)(?:就|只|光|总|老)?说(?!$|，)|让我|叫我|答应|他们|物业|社区|街道|师傅|单位|人家|工作人员|说是|他说|(?:来|谈|聊)的(?=$|，)|聊了")
_THEN = re.compile("昨|前[天儿]|那天|当时|上(?:个)?(?:周|礼拜|星期|月)|今早|今儿早")
"""What was being done then, not now: 昨晚上来的电话，我正刷碗呢."""
_NOT_NOW = re.compile(
    "(?:现在|这会儿?|眼下|正|我|手头|今天|这两天)?(?:没空|没时间|没工夫|没功夫|不得空|不方便|抽不开身|腾不开手|走不开|忙着|在忙|太忙|正忙|忙呢|很忙|有点忙|忙不过来)|"
    "(?:^|，|对不起|不好意思|抱歉)(?:[嗯啊哎那这个]|现在|这会儿?|眼下|我|正|还)*(?:在|正)?(?:开会|开车|上班|上课|做饭|炒菜|吃饭|排队|看病|输液|接孩子|带孩子|加班|出差|值班|送货|送餐|睡觉|午睡|休息|赶路|坐车|坐地铁)(?:呢|着呢|中)|"
    "(?:现在|正|这会儿?|眼下|我在)(?:在)?(?:开会|开车|上班|上课|做饭|吃饭|排队|看病|加班|值班|送货|送餐|睡觉|午睡|休息)(?:，|$)|"
    "(?:开|上|吃|做|排|看|陪|抱|送|接|骑|坐|洗|输)着(?:会|车|班|课|饭|队|病|床|孩子|娃|货|餐|单|客人|澡|液|地铁)(?=呢|，|$|没|不)|(?:^|，|我|这会儿?|现在)正(?:炒|煮|包|切|刷|洗|做|吃|喂|哄|带|接|送|赶|忙|搬|跑|骑|开|上|看病|陪)\\w{0,4}呢|"
    "在(?:开会|开车|上班|上课|做饭|吃饭)|(?:^|，|我|咱|现在|这会儿?|正|人)(?:还)?在(?:医院|地铁上|路上|外面|车上|飞机上|外地出差)|现在有事|(?:这会儿?|我)(?:还)?有(?:点|个)?(?:急)?事(?=$|，|呢|要|先|得|回头|晚)|正有事|有事呢"
)
_AGAIN = re.compile(
    "(?:等会|等一会|等一下|待会|一会|回头|晚点|晚些|迟点|过会|过一会|过一阵|改天|改日|稍后|下次|以后|明[天儿日早晚]|后天|有空|抽空|完事|忙完|到家)[儿了]?(?:我)?(?:再|在)(?:说|打|聊|联系|讲|评|谈|问|回|来|弄|给)|"
    "(?:等会|待会|回头|晚点|晚些|改天|改日|稍后|过会|过一会)儿?[吧啊]?(?:$|[，,。 ])|不是时候|换个时间|另约"
)
_CALL = "(?:打|联系|来电|回电|回访|聊|问)"
_UNTIL = re.compile(
    f"(?:等我|下了?班|吃完|忙完|开完会|接完|到家|回家|停下车|有空|闲了|得空|(?:小时|钟头|分钟|刻钟|会儿?|阵子?|天)(?:以?后|之后)?)\\w{{0,8}}?再\\w{{0,3}}?{_CALL}|"
    f"(?:待会|一会|等会|回头|晚点|晚些|过会)儿?(?:你|您|你们)?(?:再|在)?(?:给我)?{_CALL}(?!了)"
)
"""等我接完孩子再打, 过半个小时再打给我."""
_VERB = re.compile("再|(?<![从自])打(?!从)|以后|之后|过后|后|联系|找我|说|聊|行吗|可以吗|好吗|方便|有空|吧|成吗|please")
_DOES = (
    "(?:开|停|倒|挪|骑|坐|赶|洗|修|等|加)着?(?:车|电动车|自行车|公交车?|地铁|火车|高铁|飞机|红灯|油)|跑(?:高速|长途|步)|(?:开|散)着?会|(?:上|下|加|值)着?(?:班|课|夜班)|(?:做|吃|炒|煮|炖|买)着?(?:饭|菜|早饭|午饭|晚饭)|"
    "(?:接|送|带|哄|看|抱|喂)着?(?:孩子|娃|孙子|孙女)(?:放学|上学|睡觉|写作业|看病)?|(?:送|卸|搬)着?(?:货|餐|外卖|快递|家)|(?:看|排)着?(?:病|牙|队)|输着?液|打(?:点滴|吊针|麻将|牌)|体检|陪床|洗(?:澡|头|衣服)|睡(?:觉|午觉)|午睡|午休|休息|"
    "逛街|遛(?:狗|弯儿?)|散步|出差|办事|干(?:着)?活|理发|忙"
)
_SPOT = "(?:公交车?|地铁|火车|高铁|飞机|高速(?:公路)?|国道|车|路|街|半路|回家的?路|服务区|外面|外地|外头|老家|家里?|单位|公司|办公室|车间|工地|店里?|地里|学校|幼儿园|超市|商场|菜市场|银行|医院|车站|机场|食堂|饭馆)(?:上|里|里面|这儿|门口)?"
_NEAR = "(?:我|咱|人|现在|这会儿?|眼下|正|还|刚|才|已经|就|那|你|您|好|嗯|哦|啊|对)*"
_BUSY_NOW = f"{_NEAR}(?:在?{_SPOT})?在?(?:{_DOES})(?:呢|着呢|中|着)?|{_NEAR}在{_SPOT}(?:呢)?"
_FREE_NOW = (
    f"{_NEAR}(?:有空|有时间|方便|不忙|得空|闲下来|忙完|下班|散会|到家|睡醒|(?:开|吃|洗|接|停|下)(?:完|好|到)?(?:会|饭|澡|孩子|车)|(?:会|饭|车)(?:开|吃|停)(?:完|好|路边)|(?:孩子|娃|宝宝)睡着?)(?:到家)?了|(?:孩子|娃|宝宝)睡着?了|"
    f"(?:算了|行|要不|还是)?{_NEAR}(?:接着|继续|尽管|直接|可以)*(?:问|说|讲|聊|评)(?:我)?(?:下去)?[吧呗]|{_NEAR}(?:接着|继续)(?:问|说|讲|评)|{_NEAR}(?:可以|能)(?:问|说|讲|聊|评价?|打字)(?:话)?了"
)
_EXCUSES = "不好意思|对不起|不方便|没空|先不说了|等会儿?|好了"
_AT_HAND = re.compile(f"(?=.*(?:^|，)(?:{_BUSY_NOW}|{_FREE_NOW})(?:$|，))(?:(?:{_BUSY_NOW}|{_FREE_NOW}|{_EXCUSES})(?:$|，))+")
_FREE = re.compile(f"(?:^|，)(?:{_FREE_NOW})$")
_KEYS = {"1": 0, "一": 0, "幺": 0, "2": 1, "二": 1, "两": 1, "3": 2, "三": 2, "4": 3, "四": 3, "5": 4, "五": 4}
_KEY = re.compile("(?:我?(?:选|按|打|填)|第)?([1-5一幺二两三四五])(?:号|个|项|吧|键|井)*")
_MARKS = re.compile(r"[\s,，.。!！?？~、#*＃＊]+")


def read_aside(text: str, now: datetime) -> Aside | None:
    """What is said instead of an answer; None when it may be one. `now` in local time."""
    plain = _MARKS.sub("，", text.strip())
    if _STOP.search(plain) and not (re.search("现在|这会", plain) and read_later(plain, now)):
        return "stop"
    if _WRONG.search(plain) or _ELSE.search(plain):
        return "wrong_person"
    if _DECLINED.search(plain) and not _ANSWERED.search(plain):
        return "declined"
    if at_hand(text) == "busy":
        return "later"
    mine = not _THEY.search(plain)
    if mine and ((_NOT_NOW.search(plain) and not _THEN.search(plain)) or _UNTIL.search(plain) or _AGAIN.search(plain) or _at_a_time(plain, now)):
        return "later"
    return None


def _at_a_time(plain: str, now: datetime) -> bool:
    """A short wish such as 六点以后吧, 晚上打. A longer sentence with a time in it tells what happened then."""
    return (
        len(plain) <= 14
        and bool(_VERB.search(plain))
        and not re.search("[了过着]|没|还|又|不|昨|刚|前天|上上|上个?(?:周|礼拜|星期|月)|的$|酒吧|解决|满意|来人|来修|上门", plain)
        and read_later(plain, now) is not None
    )


def at_hand(text: str) -> Literal["busy", "free"] | None:
    """Whether a message tells of nothing but what the citizen is doing just now (我在开车), or that they have time again (开完会了，你问吧). None where it tells
    anything more. Neither answers a question, nor is it a danger: 我在高速上."""
    plain = _MARKS.sub("，", text.strip()).strip("，")
    if not _AT_HAND.fullmatch(plain):
        return None
    return "free" if _FREE.search(plain) else "busy"


def read_key(text: str, count: int) -> int | None:
    """Which of `count` choices was named by its number (1, 一, 按2, 第三个), from 0; None when none was."""
    found = _KEY.fullmatch(_MARKS.sub("", text))
    at = _KEYS[found[1]] if found else None
    return at if at is not None and at < count else None
