"""What a message in the middle of a request amounts to, by its words: anger, a wish, a question about our questions, more of the matter, a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from actions.forms import looks_like_question, says_no, says_yes
from actions.request import SHRUG
from actions.turn import Turn
from hotline.contacts import read_contact
from hotline.intake import Heard, Item, asks_to_begin, named_kinds, only_wishes, sounds_like, wants_confidence
from hotline.matters import ANOTHER
from hotline.place_words import OPENING
from hotline.tickets import KIND_NAMES
from hotline.times import find_when, read_answer
from knowledge_base.normalise import ASKS, is_question

CONTESTABLE = frozenset({"complaint", "help_request", "report"})
"""Kinds that may ask for what a hotline may not accept."""


SURE_OF_KIND = 0.5
"""From this confidence on a message is a suggestion or praise without any word of either."""

_GRIEVES = re.compile("等了|没|(?<!了)不|坏|慢|贵|真服|骂|吵|臭|堵|偏袒|欠|骗|输了")
"""What is told so and has no word of praise is none: 真服了这公交，等了四十分钟."""

SCOLDS = re.compile("屁用|有个屁|他妈|妈的|傻[逼叉比]|滚(?:蛋|开)|废物|混蛋|王八蛋|狗屁|[操艹草]你|脑子有病|听[没不]?听?懂|听明白")
"""Anger at us tells nothing about the matter."""
_OF_US = re.compile("[^，,。]*(?:垃圾|破|狗屎)(?:热线|机器人|客服|玩意)|[你我]们这?什么破|你们(?!会|能|可)|什么破|就知道")
_SCOLDS_US = re.compile("(?:垃圾|破|狗屎|什么)(?:服务|热线|东西|玩意|机器人|态度)|有病|去死|死去|闭嘴")
LASTING = re.compile("开始|起(?=，|$)|以来|现在|至今|[0-9一二三四五六七八九十两仨几半]个?多?(?:天|周|星期|礼拜|月|年|小时)")
"""停了好几天 stays true when it is told since when."""
_SINCE = re.compile("开始|起$|^[从打自]")


def tells_since_when(known: str, told: str) -> bool:
    """Whether a time tells since when it lasts what was known to last so long: 三个月, and then 从八月开始."""
    return LASTING.search(known) is not None and _SINCE.search(known) is None and _SINCE.search(told) is not None


AS_EVER = re.compile("(?:一直|老是?|总是?|都|就|还|是|天天)+(?:这|那)(?:样|么着)(?:的|了|啊|吧|呀|呢)*")
ANOTHER_WAY = re.compile("[留加用](?:个|我)?(?:微信|QQ|邮箱)|(?:微信|短信|QQ|邮[件箱]).{0,4}(?:联系|告诉|通知|回|发|留|说|吧)")
"""How somebody would like to be answered, which is no part of the matter: it is answered where it was asked."""
WAITS_NO_MORE = re.compile("不等了|(?:不用|不要|不找|别转).{0,2}(?:人工|人)了?")
ONLINE = re.compile(r"网上(?!说|看|传|有人|都|那)|网购|网店|网贷|淘宝|京东|拼多多|抖音|快手|闲鱼|直播间?(?:买|里|下单)|刷单|电信诈骗|诈骗电话|微信上?[^，,。]{0,4}(?:骗|转)|APP|app|小程序|话费|(?<![车人客水])流量|彩铃|增值业务|携号转网|(?:手机|电话)(?:卡|套餐)|100(?:86|10|00)(?!\d)|接线员|话务员|(?:投诉|举报)(?:你们)?(?:的)?(?:12345|热线)|你们(?:的|这个?|那个?)?(?:热线|12345|客服|接电话)")
"""What is bought or done there is at no place, and neither is this hotline."""
WHY = re.compile("(?:为什么|为啥|为何|凭什么|干嘛|干吗).{0,3}(?:还)?(?:要|问|得|留|填|说|知道)|(?:要|问|留|填).{0,8}(?:干嘛|干吗|干什么|干啥|做什么|做啥|有什么用|有啥用|什么用)")
ABOUT: dict[str, re.Pattern[str]] = {"contact": re.compile("电话|手机|号码|联系|姓|名"), "place": re.compile("地[方址点]|位置|哪[儿里]|住"), "happened": re.compile("时间|时候|几点|哪天")}
"""Who asks why something is asked is told why, and asked once more as if for the first time."""
GOES_ON = re.compile("(?:就?(?:叫|是)(?!不|我|你|这|那)|(?:店名|店|商家|公司|学校|医院|名字|机构|单位)(?:名?字?)(?:是|叫)|一?共(?!享|同|用)|总共|合同|发票|收据|付款|欠条)")
"""What begins like this has no subject of its own, and goes on from what was asked before."""
ASKS_HOW_TO = re.compile("^(?:请问|想问一?下?|我想)*(?:怎么|如何|(?:[去上到找向]|在)?(?:哪儿?里?|谁)|能不能)(?:去|能|可以)?(?:投诉|举报|反映|告)(?=[^，,。？?]{3})")
"""怎么投诉物业乱收费, of which the request is without the question."""
SUGGESTS_THEN = re.compile("那(?:就|我)*(?:建议|希望)")
"""那我建议你们放宽一点: what of, was asked before."""
MAY_LEAVE_NONE = re.compile("(?:可以|能|可不可以|能不能)(?:不(?:留|说|告诉|给|填|报)|匿名).{0,6}[吗么嘛?？]|(?:可不可以|能不能)(?:不(?:留|说|告诉|给|填|报)|匿名)|(?:不(?:想|愿意?|方便)?(?:留|说|给)|匿名|化名).{0,5}(?:行|可以|成)(?:吗|不|么)")
KEEPS_PLACE = re.compile("(?:哪(?:个|条|栋|家|儿|里)|具体|地[址点]|位置|小区|学校|幼儿园|单位|公司|医院|店名?|名字|门牌|楼号|几号)[^，,。；;！!]{0,8}不(?:太|大)?(?:方便|想|愿意?|能)(?:再|细)?(?:说|讲|透露|告诉)")
"""具体哪个小区不方便说."""
LONGEST_BARE = 6
"""Characters of a message that leaves without a word of leaving: 不用 我就想赶紧把坑填了 does not."""
LEAVES = re.compile(r"算了|取消|拉倒|没事了|撤了?|不必了?|不[用要](?:管|办|处理|来|派|解决)|不(?:投诉|反映|举报|报|说|弄|办|填|提交|登记|要|想|用(?=了|[的吧啦。！!]*$|[，,。\s]*谢))了?|退出|放弃|停止|别(?:登记|记|弄|办)")
_SOLVED = re.compile(
    "(?:刚才?|刚刚|已经|现在|都|又|突然|自己|看[到见]|听说|说|有|物业|师傅|他们?|工人|人家|电工|[这那]边|家里|[，,\\s])*(?:(?:来|给|派人|有人来)*(?:修|弄|处理|解决|清理|搬|挪|移|换)(?:好|走|完|掉)?|来人|来[水电气]|恢复|[通热亮停]|好)了"
    "(?:修|处理|解决)?[啊呀吧哈。！!~]*"
)
_LEAVES_FIRST = re.compile("(?:[啊哦哎嗯]*[，,\\s]*)(?:算了|不用了|没事了|不用(?:来|管|修|处理)了)[吧啊]?[，,。！!\\s]*")


def is_solved(text: str) -> bool:
    """Whether somebody who takes a request back says that it has solved itself: 算了，刚看到师傅来修了, 来水了不用了."""
    text, thanks = _THANKED.sub("", text), len(text)
    rest = _LEAVES_FIRST.sub("", text, count=1)
    return len(rest) != len(text) and bool(rest) and _SOLVED.fullmatch(rest.strip("，,。！! ")) is not None and thanks <= LONGEST_SOLVED


_THANKED = re.compile("[，,。！!\\s]*(?:谢谢|麻烦|辛苦)[你您]?们?(?:了|啊)*[。！!~]*$")
LONGEST_SOLVED = 30
NOT_NOTICED = re.compile("(?:车牌|车)号?.{0,4}(?:不|没|忘)|没(?:看清|看见|看到|注意|留意|记住|问)|看不清|(?:车牌|店名|招牌|名字|楼号|门牌|叫什么|叫啥).{0,4}(?:不|没|忘)|(?:不知道|不清楚|忘了?|没问)[^，,。]{0,4}叫(?:什么|啥)")
_BESIDE_A_TIME = re.compile("[是的了就事儿在从那吧啊呢应该改成为时间发生开始，,。！!\\s]*")


def only_a_time(text: str, when: str) -> bool:
    """Whether a text tells that time and nothing else."""
    return _BESIDE_A_TIME.fullmatch(text.replace(when, "", 1)) is not None


TELLS_OF_A_TIME = re.compile("也|都?没(?![记注])|(?<!记)不")
"""周六日也没人 tells what is so then, and not when it was."""
CLAUSE = re.compile(r"[，,。；;！!\s]+")
MOST_ASKED = 2
"""How often who tells something new each time is asked for the same item again."""
MOST_WISHED = 12
"""Characters of the longest message that says nothing but one wish."""
ENOUGH_ASKED = re.compile("[别甭](?:再|老|总)*问|少问|问(?:这么|那么)多|问(?:个|起来)没完|问来问去")
GIVES_UP = re.compile("不(?:报|投诉|登记|提交|办|要)了|取消|撤[回销]")
TAKES_BACK = re.compile(r"(?:那|算了|我|先|就|[，,\s])*不(?:用|想|要)?(?:投诉|举报|反映|登记|报)了(?:[，,。！!\s]|$)[，,。！!\s]*")
"""不用举报了，我就问问有没有规定: who says so first wants an answer, and nothing recorded."""
HOW_LONG = re.compile("(?:那|就|请|麻烦|[你您]们?|能不能|能|[，,])*(?:尽快|赶紧|抓紧|赶快|快(?:点儿?|一?些|一点))(?:给|帮|处理|解决|办|来|修|派|弄|我|人)*(?:一下)?(?:行不行|行吗|好不好|好吗|可以吗|成吗|成不|吧|啊|呀|的|[，,。！!?？])*|(?:那|就)?[你您]?们?(?:能不能|能|可不可以|可以)(?:再|尽)?快(?:点儿?|一点儿?|些)(?:处理|解决|办|来|修)?(?:吗|么|啊|行不行)?[?？]?|(?:那|叫|到底|究竟|我?这个?(?:事儿?)?|大概|一般|你们|得|要|需要|还)*(?:多久|多长时间|几天|什么时候|啥时候)(?:才|就)?(?:能|会|可以)?(?:给)?(?:我)?(?:解决|处理|办好|办|修好|修|有结果|回复|回电话?|答复|来人|来|个?(?:准话|准信儿?|说法|信儿|结果))?(?:好|完)?(?:啊|呀|呢|吗)?[?？]?")
_AFTER_ASKING = re.compile("(?:(?<=[吗吧])|(?<=[^什怎那这多要]么))[，,。？?\\s]*|[，,。？?！!；;\\s]+")


def beside_haste(text: str) -> str:
    """What stands beside a question how long it takes, or whether it goes faster (能快点吗家里有老人); empty where there is no such question, or nothing else."""
    clauses = [c for c in _AFTER_ASKING.split(text) if c]
    told = [c for c in clauses if not (HOW_LONG.fullmatch(c) and looks_like_question(c))]
    return "，".join(told) if told and len(told) < len(clauses) and len("".join(told)) >= 4 else ""


SENDS_FILES = re.compile("(?:照片|图片?|视频|录像|录音|截图|材料|证据|票据?|发票|合同).{0,4}(?:怎么|咋|往哪|上哪|在哪|给谁|能|可以).{0,4}(?:发|传|给|交|提供)|(?:怎么|咋|往哪|在哪|能|可以).{0,3}(?:发|传)(?:送|给)?(?:你们)?.{0,3}(?:照片|图片?|视频|录像|录音|截图|材料|证据)")
UPSET = re.compile("气死|受不了|忍无可忍|崩溃|欺人太甚|太过分|欺负人|睡不[着了]|没法[睡活过]|到底管不管|管不管|没人管|踢皮球|推来推去|走投无路|急死|[!！]{2}|折磨|绝望|委屈")


def without_scolding(text: str) -> str:
    """A message without the clauses that only scold us: 你们有个屁用，垃圾还是堆在那儿."""
    return "，".join(c for c in CLAUSE.split(text) if c and not SCOLDS.search(c) and not _OF_US.match(c))


def is_abuse(turn: Turn) -> bool:
    """Whether a message that is taken for abuse is any: 是个酒吧 and 就垃圾那个事 have a word that scolding has too, and scold nobody."""
    return turn.intent == "abuse" and (turn.confidence >= SURE or bool(SCOLDS.search(turn.text) or _SCOLDS_US.search(turn.text) or _OF_US.search(turn.text)))


def meant(turn: Turn) -> str:
    """What a message in the middle of a request was taken for, where its own words do not say that it tells more of the matter: that one has urged
    and called (催了五次), how bad it is (这要是着火了咋办), what others should do (能让他们快点退吗)."""
    if turn.intent == "abuse" and not is_abuse(turn):
        return "nlu_fallback"
    if _TELL_THEM.match(turn.text) or _SEND_SOMEBODY.match(turn.text) or (turn.intent in ("skip", "deny") and turn.slot("requested_slot") == "contact" and not _keeps_back(turn.text)):
        return "nlu_fallback"  # 我们不同意, 没留小票: what was asked is not refused by it
    told = turn.intent in ("nlu_fallback", "help_request", "complaint", "bot_challenge") and turn.slot("problem")
    if (told or turn.intent in ("progress", "withdraw", "cancel")) and asks_to_begin(turn.text) and not ANOTHER.search(turn.text):
        return "affirm"  # 那就帮我投诉吧, 那你们先帮我登记吧
    if turn.intent == "opening" and not _ONLY_OPENS.fullmatch(turn.text):
        return "nlu_fallback"  # 就是那个奥森
    if turn.intent == "bot_challenge" and not _OF_THE_BOT.search(turn.text):
        return "consultation" if looks_like_question(turn.text) else "nlu_fallback"  # 你们能上门给办吗
    if turn.intent == "progress" and not is_question(turn.text) and not _ASKS_AFTER.search(turn.text):
        return "nlu_fallback"  # 行人都没法过，你们快点
    if turn.intent == "handover" and not asks_for_person(turn.text):
        return "nlu_fallback"  # 工作人员说系统问题
    exclaims = ASKS.search(turn.text) and not looks_like_question(turn.text)
    told = exclaims or _URGES_OTHERS.search(turn.text) or (_URGED.search(turn.text) and not ASKS.search(turn.text))
    return "nlu_fallback" if told and turn.intent in ("consultation", "progress", "bot_challenge", "handover", "abuse") else turn.intent


_SEND_SOMEBODY = re.compile("(?:那|就|先|麻烦|请|[你您]们?|[，,])*(?:能不能|可不可以|能|可以)?(?:先|赶紧|尽快|快点?儿?|马上|早点)*(?:派|安排|来|叫)(?:一?[个下]|几个)?人(?:过来|来|去|上门)?[^，,。？?\\s]{0,4}(?:吗|么|吧|啊|行不行|[？?。！!])*")
"""能不能先派人来抓."""
_OF_CONTACT = re.compile(r"留(?=$|[了啊吧的，,。！!\s]|下|我|电话|名|姓|号|联系|手机|个(?:电话|名|号|姓))|电话|手机|号码?|姓|名|联系|回[复电访]|方便|匿|保密|座机|微信|跳过|下一|略|算了|免了|空着|随便|不[用必想要给说了填提]|没必要|没有(?!固定|时间)|无所谓|路过|别")


def sends_for_somebody(text: str) -> bool:
    """Whether it only wishes that somebody comes, whatever the knowledge says to such a question."""
    return _SEND_SOMEBODY.fullmatch(text) is not None


def _keeps_back(text: str) -> bool:
    """Whether what is taken for a refusal has a word of one, or of a name or a number; or is too short to tell anything else."""
    return len(text) < _SHORTEST_TOLD or _OF_CONTACT.search(text) is not None or SHRUG.search(text) is not None or wants_confidence(text) is not None


_SHORTEST_TOLD = 4
_TELL_THEM = re.compile("(?:那|就|要不|麻烦|请|能不能)*[你您]们?(?:能不能|帮忙|帮我|先|就|也)*[给跟和向](?!我|俺)[^，,。\\s]{2,8}?(?:说|讲|打|反映|通知|提醒|联系|商量|沟通|反馈)[^，,。\\s]{0,6}[吧啊呗呀。！!]*$")
"""你们给派出所说一声吧 wishes what those who handle it may do."""
_ONLY_OPENS = re.compile(r"(?:(?:在|有人)[吗么嘛不]?|喂+|[你您]好|哎|嗨|[，,。！!？?啊\s])+")
_ASKS_FOR_PERSON = re.compile(
    "人[工公供]|客服|[坐座]席|接线|话务|真人|活人|机器|电脑|自动|(?:转|接|找|叫|换|派|来|要|让|给我|跟|和|请)(?:一下|一?个|你们的?|能|我|会|管事|值班|说话|做主)*的?(?:人|领导|主[任管]|科长|专[员席]|同志|女同志|大姐|师傅|值班|工作人员)(?!家)|有人吗|值班|zhuan|ren|管事的|做主的?|能接|[哪那]位|12345的人|同志接|说话的"
)
_OF_THE_BOT = re.compile("机器|人工|智能|真人|程序|电脑|AI|ai|[你您]是(?:谁|什么|不是)|[你您]叫|[你您]能(?:干|做|听|看)|活人|[你您]会")
_URGED = re.compile("(?:催|打|找|问|报|说|投诉|反映|反应|举报|跑)(?:过|了)(?:他们?|物业|电话|你们)?(?:不止|都|得有|有|快|差不多|好几|十几|[0-9一二两三四五六七八九十几])[^，,。]{0,2}[次遍回趟]")
_URGES_OTHERS = re.compile("(?:能不能|可不可以)(?:也|就|都|先|给)?(?:限制|规定|规范|约束|管一?管|整治|治理|取缔|劝)|(?:能不能|能|可不可以|可以|请|麻烦)?[你您]?们?(?:让|叫|催|督促|要求|通知)(?:一下)?(?:他们?|她们?|物业|商家|老板|公司|房东|中介|施工队|工地|开发商|学校|对方|邻居|楼[上下])[^，,。]{0,4}(?:快|赶紧|尽快|早|马上|别|退|修|停|还|赔|搬|清|关|管)")


def of_the_bot(text: str) -> bool:
    """Whether a text that is taken for a question about who we are has a word for that."""
    return _OF_THE_BOT.search(text) is not None


def asks_for_person(text: str) -> bool:
    """Whether a text that is taken for the wish to speak with a person has a word for one: 工作人员说系统问题 has none."""
    return _ASKS_FOR_PERSON.search(text) is not None


def asks_why(text: str, wanted: str | None) -> str | None:
    """The item of which somebody wants to know why it is asked; None where they ask no such thing."""
    if len(text) > MOST_WISHED or not WHY.search(text):
        return None
    about = next((item for item, words in ABOUT.items() if words.search(text)), wanted)
    return about if about in ABOUT else None


def only_despairs(text: str) -> bool:
    """Whether somebody only loses patience with us: 你们到底管不管."""
    return len(text) <= MOST_WISHED and UPSET.search(text) is not None and (_OF_US.match(text) is not None or _ONLY_UPSET.fullmatch(text) is not None)


_ONLY_UPSET = re.compile(r"(?:唉|哎|到底|难道|有|[，,\s]|真|实在|都|我|要|快|把|简直|太|真是|可|被|你们|就|也)*(?:气死(?:我|个人|人)?|急死(?:我|个人|人)?|受不了|忍无可忍|崩溃|太过分|欺人太甚|欺负人|折磨人?|委屈|绝望|没人管)(?:吗|么|[？?]|了|啊|呀|的|吧|我|[，,。！!\s])*")
"""气死我了 tells nothing more of the matter."""


def told_beside(turn: Turn) -> str:
    """What an answer about the telephone, or to the summary, says beside it."""
    if turn.is_signal or says_yes(turn) or says_no(turn) or turn.intent in ("skip", "cancel") or PUTS_RIGHT.match(turn.text) or asks_to_begin(turn.text):
        return ""
    rest = without_scolding(read_contact(turn.text, asked=True).rest) if SCOLDS.search(turn.text) else read_contact(turn.text, asked=True).rest
    when = find_when(rest)
    if when and is_little_more(rest, when.text):
        return ""  # it is the time, and stands there
    return rest if len(rest) >= 2 and not NOTHING_BESIDE.fullmatch(rest) and not ENOUGH_ASKED.search(rest) else ""


PUTS_RIGHT = re.compile(r"(?:不对|不是|错了|有误|[更修]?改(?:一下|下|个)|更正)|(?:地[点址]|位置|时间|电话|号码)(?:应该)?[是在为]")
"""What begins like this tells an item anew, and nothing more about the matter."""
NOTHING_NAMED = re.compile("地[方址点]|位置|电话|号码?|联系方式|[的那个事还是在跟和同都也儿]")
"""What in a clause about the last time names no matter."""
NOTHING_BESIDE = re.compile(r"(?:(?:不用?|别|甭)留?我?的?(?:名字?|姓名?)了?|联系我(?:就(?:行|可以|好))?|实名(?:举报|投诉|反映)?|(?:地[址点]|位置|时间)不太?(?:准|确定)|(?:我的?)?(?:电话|手机号?|号码)[^，,。]{0,2}不(?:太)?方便.{0,2}|我?不[想愿]?意?留.*|不怕[^，,。]{0,4}知道|(?:那?就|还是)?[留打写]我?[^，,。我]{1,4}的(?:电话|手机|号码?)?吧?|我?没有?(?:手机|电话).{0,2}|(?:我?[家用]里?)?(?:用|有|是|打)?座机|我?不(?:想|愿意?|方便)(?:说|讲|透露|告诉).*|[别不]要?说是我.*|不方便.*|匿名.*|(?:不用|不要|别|甭)(?:再?给我)?(?:回|打|联系).*|不(?:清楚|知道|记得|说|用)?了?|就?(?:打)?这个(?:电话|号码?)|没有?|谢谢|姓.|没有?别的了?|(?:我的?)?(?:电话|手机|号码)[^，,。]{0,8}的[^，,。]{0,2}|.{0,4}(?:门牌|楼号|号)(?:没有|不清楚|不知道)|[，,。\s好的吧嗯])*")


SUGGESTS = re.compile("(?:我|我们)?(?:强烈)?(?:建议|提议)(?!我|怎么|如何|在哪|去哪|电话|书)")
"""建议13号线多加几趟车 asks nothing, though it counts."""


def kind_of(turn: Turn) -> str:
    """What kind of request it is; of a sentence that fits none well, the likeliest kind that asks for something to be done."""
    if turn.intent == "signal_record":
        return turn.entities.get("kind", "consultation")
    likely = [intent for intent in [turn.intent, *turn.ranking] if intent in KIND_NAMES and intent != "consultation"]
    if (told := _THANKS.sub("", turn.text)) != turn.text and not sounds_like("praise", told):
        likely = [intent for intent in likely if intent != "praise"]  # 谢谢，还有个事: thanks for an answer
    if _CALLS_FOR_ACTION.search(turn.text) or (_SUFFERS.search(turn.text) and not _PROPOSES.search(turn.text)):
        likely = [intent for intent in likely if intent in CONTESTABLE]  # 能不能管管 proposes nothing, and 噪音特别大，能不能换个时间 asks for rest
    named = named_kinds(turn.text)
    # A bare fact is easily taken for a suggestion or for praise: these need a classifier that is sure, or words of theirs.
    sure = SURE if turn.intent == "praise" else SURE_OF_KIND
    likely_so = turn.confidence >= sure and not (turn.intent == "praise" and _GRIEVES.search(turn.text))
    surely = {turn.intent} if likely_so or sounds_like(turn.intent, turn.text) else set()
    if turn.intent == "report" and turn.confidence < SURE_OF_KIND and "举报" not in turn.text:
        likely = [kind for kind in likely if kind != "report"]  # 饭馆夜里排风扇嗡嗡的 gives no lead that has to be kept secret
    fitting = [kind for kind in likely if (kind in named if named else kind in CONTESTABLE or kind in surely)]
    return fitting[0] if fitting else named[0] if named else "complaint"


_THANKS = re.compile("^(?:好[的吧]?|行|嗯|哦|[，,。！!\\s])*(?:谢谢|感谢|多谢)[你您]?们?(?:啊|了)?[，,。！!\\s]+")
_SUFFERS = re.compile("噪音|扰民|吵(?:得|死|人|着|醒)|臭|睡不|受不了")
_PROPOSES = re.compile("建议|提议|希望|应该|最好|意见|表扬|感谢|谢谢")
_CALLS_FOR_ACTION = re.compile("管管|管一管|管不管|查查|查一查|治治|整治一?下?吧|(?:能不能|赶紧|快)(?:来|派)")
OF_A_TICKET = re.compile("工单|单号|[0-9]{11}|上[次回个周]|之前|以前|那[个件]单")
_ASKS_AFTER = re.compile("催|查|进[度展]|结果|单[子号]?|[办处]理?得|回[复信音]|[到办处]理?到?哪")
"""Words with which people ask how a ticket goes, in a question or not."""
SMALL_TALK = ("greet", "opening", "goodbye", "thanks", "bot_challenge", "nonsense")
MAY_BE_A_PROBLEM = ("consultation", "progress", "supplement")
"""What a problem is easily taken for: 路灯坏了好几天了, which no one asks a question with."""
TELLS = ("inform", "nlu_fallback", "complaint", "help_request", "report", "suggestion", "rate", "supplement", "deny")
"""What a message is taken for that may tell more about the matter."""


def tells_more(turn: Turn, text: str) -> bool:
    """Whether a text that is no answer to what was asked tells more about the matter."""
    long_enough = len(text) >= 3 or (len(text) == 2 and (text[-1] == "了" or text[0] == "不"))  # 堵了, 不亮
    return long_enough and not _SAID_ALREADY.match(text) and not PLEADS.fullmatch(text) and not asks_to_begin(text) and turn.intent in (*TELLS, "correct") and not AS_EVER.fullmatch(text) and not says_yes(turn) and not says_no(turn) and not SHRUG.search(text) and not SCOLDS.search(text) and not ANOTHER_WAY.search(text) and not only_wishes(text)


PLEADS = re.compile("(?:求求?|麻烦|请)?[您你]们?(?:可|一定|必须|千万|得|要)*(?:管|处理|解决)(?:啊|呀|吧|一下)*[！!]*|(?:求求?|麻烦|请)?[您你]们?(?:快|赶紧|赶快|好好|给|帮|来|我们?)*(?:管管|管一管|处理|解决|想想办法|查查|看看)(?:一下|吧|啊|呗|了)*")
"""您管管吧 wishes what all wish."""
_SAID_ALREADY = re.compile("(?:我|不是|刚才?|早就?|都|已经|跟你们?){1,3}(?:都|已经)?(?:说|讲)过?了?(?!不|没|要|会|让)")
"""都说了早高峰 tells nothing more."""
WANTS_SOMETHING_DONE = re.compile(
    r"派个?人|帮(?:我|我们|忙)|麻烦(?!.{0,4}(?:[问询教听]|咨询))|管管|管一管|(?:来|找)人|处理一下|解决一下|凭什么|为什么|为啥|什么时候(?:才|能)"
    r"|^(?:那|喂|你好|您好)?[，,]?(?:我|我们|俺)?(?:想|要|得)?(?:投诉|举报|反映|报修)(?!给|到|去|电话|渠道|方式)"
)
SAYS_IT_ASKS = re.compile(r"请问|(?:想|要|来)(?:跟[您你])?(?:问|咨询|打听|了解)|(?:问|咨询|打听|了解)一?(?:下|个事)")
ASKS_WHERE_TO_GO = re.compile("(?:去|到|在|找)(?:哪|什么(?:地方|部门)|谁)(?:里|儿|个)?.{0,4}(?:办|领|交|取|查|问|申请|报名|签|换|补|打印|咨询)")
"""我住在朝阳区，去哪办 tells where one lives, and reports nothing."""
NAME_GOES_ON = re.compile("[0-9]{1,3}门|[^了着过没有不是]{0,4}(?:校区|分校|分店|店|馆|院区|摊位?)")
"""What behind a place that is known belongs to its name: 远洋校区 of 芳草地国际学校远洋校区."""
SURE = 0.7
"""From this confidence on, a request is one though the knowledge may say something of it."""
SURELY_MEANT = 0.45
"""From this probability on what a question in the middle of a request may mean is offered; below, it goes to who handles the request."""
BESIDE_A_FACT = 4
MORE_THAN_A_TIME = 5
"""Characters beside a time from which on a message tells more than that."""
LONGEST_NAME = 4
LONGEST_NOW = 5
"""Characters of the longest answer without a word of time that tells when, where where was asked too: 一直这样."""
MOST_LEFT = 6
"""Characters of a problem that says which one is meant, and not what is wrong: 门口那几盏."""
MOST_ADDED = 16
"""Characters of the longest message that only adds to the one before."""


def is_little_more(text: str, part: str) -> bool:
    """Whether a text is little more than a part of it."""
    return len(text) - len(part) <= 5


def tells_only(facts: Sequence[str], clause: str) -> bool:
    """Whether a clause tells facts and little more: 大概上周三开始, but not 每天后半夜有人来送油."""
    clause = rest = OPENING.sub("", clause).rstrip("吧啊呢")
    if not clause:
        return True  # 就是那个
    for fact in facts:
        rest = "" if rest in fact else rest.replace(fact, "", 1)
    rest = OPENING.sub("", rest)  # 嗯就在那个亦庄的天华园一里
    return rest != clause and (len(rest) <= BESIDE_A_FACT or read_answer(rest) is not None)


def answers_it(heard: Heard, wanted: Item | None) -> bool:
    if wanted == "contact":
        return bool(heard.reporter or heard.no_contact or heard.bad_phone)
    return bool({"place": heard.place, "happened": heard.happened}.get(wanted or ""))


def is_all_there_is(turn: Turn) -> bool:
    """Whether a place was asked for before: then what the citizen can say is all there is. Choosing one of two districts tells no more than that."""
    place = turn.slot("place")
    return bool(place and not place.get("which")) or bool(turn.slot("asked_again"))
