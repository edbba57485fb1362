"""Text as citizens write it, made comparable: one script, one width, and of a long message the sentences that may be the question."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from opencc import OpenCC

LONG = 22
"""A message with more characters than this is searched sentence by sentence too."""
MOST_PIECES = 5
"""How many sentences of a long message are searched beside the whole: each costs an embedding."""
_MATTER = 2
"""Characters that name a matter at least."""

ASKS = re.compile(
    r"[?？]|吗|(?:^|[，,。！!\s])(?![^，,。！!\s]*(?:有人|正在?|在|着|还|都))[^，,。！!\s]{1,8}呢$|怎么(?!样都)|咋|什么|啥|[去到找从]哪|在哪(?=能|可以|办|换|领|补|交|查)|哪(?:儿|里|些|个)|多少(?![次回遍趟])|多久|(?<![好十这那前过没])几(?:点|天|号|度|个|岁|年|次|分)"
    r"|(?:要|能|可以|用|会|得|行)[^，,。！!？?\s]{0,5}不[啊呀]?[。!！?？]*$|如何|能不能|可不可以|是不是|要不要|有没有|谁|算不算|该不该|(?P<v>[合行对会用值成犯违需])不(?P=v)"
)
"""The words of a question, and of little else."""
_MAY_ASK = re.compile(
    ASKS.pattern + r"|呢|么|怎|哪|多少|多大|多长|(?<![好十这那前过没])几|能不|可以|行不|用不|会不会|咨询|请问|想问|问问|问一?下|打听|想知道|想了解|(?:不|没|没有|否)(?:啊|呀)?[。!！]*$"
)
# Whoever writes without punctuation leaves blanks instead; a comma often stands where a full stop should.
_SENTENCE_END = re.compile(r"[。！!？?；;\n…]+|(?<=\S)\s+(?=\S)")
_CLAUSE_END = re.compile(r"[，,、：:。！!？?；;\n…\s]+")
# What is said out of politeness before the matter. Words that also begin a matter (喂养流浪猫, 客服电话多少, 打扰邻居休息, 问题楼盘) count only where
# they stand for themselves.
_WHOM, _A_MOMENT = r"[您你](?:们)?", r"一?下(?:子|儿)?|一声|一?个(?:问题|事儿?|事情)|一?件事儿?|一?点儿?事儿?"
_ASK = r"(?:咨询|询问|请问|请教|打听|了解|问)"
_POLITE = re.compile(
    r"(?:[您你]好|(?:早上|上午|中午|下午|晚上|大家)好|哈喽|不好意思|多谢|谢谢|请问|嗯+|呃+|(?:喂|嗨|啊+|那个|客服|同志|师傅|老师|抱歉|对不起)(?=\W|[您你]好)"
    rf"|(?:抱歉|对不起)?(?:打扰|打搅|麻烦|劳驾)(?:(?:{_WHOM}|{_A_MOMENT})+|了?(?=\W|{_ASK}))"
    rf"|[我俺咱]?就?(?:是)?(?:想|想要|要|来)(?:[跟向]{_WHOM})?{_ASK}(?!不)(?:问|{_WHOM}|{_A_MOMENT}|关于)*"
    rf"|[我俺咱]?(?:[跟向]{_WHOM})?{_ASK}(?:问|{_WHOM}|{_A_MOMENT})+(?:关于)?)[\W_]*"
)
_THANKS = re.compile(rf"[\W_]*(?:(?:谢谢|多谢|感谢)(?:{_WHOM})?[了啦啊]?|(?:麻烦|辛苦|打扰)(?:{_WHOM})?[了啦])[\W_]*$")
# Who says that they want to have something done at an office asks how: 我想租公租房, 我要办居住证.
_WISH = re.compile(
    r"^[我俺咱](?:们)?(?:家)?(?:就?是)?(?:想要?|要|准备|打算|需要)(?:给[^，,。]{1,6})?(?:去)?"
    r"(?=(?:申请|办理?|租|领取?|迁|转(?!人工|接)|换(?!个?人)|补|查(?!进度|工单)|缴|开(?!发票)|注册|报(?:名|销|考|户口)|续|提取|注销|登记(?!一?下)|落户|离婚|结婚|考|评|过户|交)(?!.*(?:吗|么|怎|呢|啥|什么|哪|多少)))"
)


def without_courtesy(text: str) -> str:
    """Only the matter of a message: 您好打扰一下，想问问居住证怎么办，谢谢 asks 居住证怎么办, and 我要办居住证 asks it too. One that is all courtesy stays as it is."""
    begin = 0
    while found := _POLITE.match(text, begin):
        begin = found.end()
    thanks = _THANKS.search(text, begin)
    matter = _WISH.sub("怎么", text[begin : thanks.start() if thanks else None])
    return matter if len(plain(matter)) >= _MATTER else text


@lru_cache(maxsize=1)
def _converter() -> OpenCC:
    return OpenCC("t2s")


def simplify(text: str) -> str:
    """The same sentence in simplified characters, half-width and lower case."""
    return str(_converter().convert(unicodedata.normalize("NFKC", text))).lower().strip()


def plain(text: str) -> str:
    """Simplified text without punctuation and blanks, as it is compared character by character."""
    return re.sub(r"[\W_]+", "", simplify(text))


def pieces(text: str) -> list[str]:
    """What of a message is searched: the whole, and of a long one the parts that may be the question, likeliest first."""
    whole = without_courtesy(simplify(text))
    if len(whole) <= LONG:
        return [whole]
    sentences = [part for part in map(str.strip, _SENTENCE_END.split(whole)) if part]
    clauses = [part for part in map(str.strip, _CLAUSE_END.split(whole)) if part]
    # A clause alone has often lost what it is about: with its neighbour it has not.
    pairs = [f"{first}，{second}" for first, second in pairwise(clauses)]
    parts = [part for part in dict.fromkeys([*sentences, *pairs, *clauses]) if len(plain(part)) >= 6 and part != whole]
    # Of questions the last first: people tell their story and then ask. Sorting keeps the order among equals.
    parts.reverse()
    likeliest = sorted(parts, key=lambda part: not is_question(part))[:MOST_PIECES]
    return [whole, *map(without_courtesy, likeliest)]


def is_question(text: str) -> bool:
    """Whether it may be a question, by its words: 你好我想问一下换证, 网上能办不. Of what is written to be answered; `ASKS` is surer of less."""
    return bool(_MAY_ASK.search(text))
