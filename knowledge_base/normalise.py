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

ASKS = re.compile(
    r"[?？]|吗|呢$|怎么(?!样都)|咋|什么|啥|[去到找从]哪|在哪(?=能|可以|办|换|领|补|交|查)|哪(?:儿|里|些|个)|多少(?![次回遍趟])|多久|(?<![好十这那前过没])几(?:点|天|号|度|个|岁|年|次|分)"
    r"|如何|能不能|可不可以|是不是|要不要|有没有|谁|算不算|该不该"
)
"""The words of a question, and of little else."""
_MAY_ASK = re.compile(
    ASKS.pattern + r"|呢|么|怎|哪|多少|多大|多长|几|能不|可以|行不|用不|会不会|咨询|请问|想问|问问|问一?下|打听|想知道|想了解|(?:不|没|没有|否)(?:啊|呀)?[。!！]*$"
)
# Whoever writes without punctuation leaves blanks instead; a comma often stands where a full stop should.
_SENTENCE_END = re.compile(r"[。！!？?；;\n…]+|(?<=\S)\s+(?=\S)")
_CLAUSE_END = re.compile(r"[，,、：:。！!？?；;\n…\s]+")
_LEADING = re.compile(r"^(?:那个|嗯+|呃+|啊+|您好|你好|喂|请问(?:一下)?|我?想?(?:咨询|问)(?:一下|下)?|麻烦(?:问)?(?:一下|您)?|谢谢)+[，,\s]*")


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
    whole = simplify(text)
    if len(whole) <= LONG:
        return [whole]
    sentences = [part for part in map(str.strip, _SENTENCE_END.split(whole)) if part]
    clauses = [part for part in map(str.strip, _CLAUSE_END.split(whole)) if part]
    # A clause alone has often lost what it is about: with its neighbour it has not.
    pairs = [f"{first}，{second}" for first, second in pairwise(clauses)]
    parts = [part for part in dict.fromkeys([*sentences, *pairs, *clauses]) if len(plain(part)) >= 6 and part != whole]
    # Of questions the last first: people tell their story and then ask. Sorting keeps the order among equals.
    parts.reverse()
    return [whole, *sorted(parts, key=lambda part: not is_question(part))[:MOST_PIECES]]


def is_question(text: str) -> bool:
    """Whether it may be a question, by its words: 你好我想问一下换证, 网上能办不. Of what is written to be answered; `ASKS` is surer of less."""
    return bool(_MAY_ASK.search(text))
