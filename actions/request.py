"""A request while it is being taken: what the slots of the intake form hold, and how it is read back."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from actions.turn import Turn
from hotline.city import City
from hotline.intake import Item, is_wish
from hotline.messages import Location
from hotline.moments import in_plain_words, understand
from hotline.ports import Transaction
from hotline.tickets import Place, Reporter

Lacking = Literal["name", "street", "area", "asked"]
"""Of a spoken place: which of the names in `which` it is; the street or town; the district and the street; nothing any more, for it was asked once."""
ITEMS: tuple[Item, ...] = ("problem", "place", "happened", "contact")
# Praise and suggestions need no place, time or telephone: the channel already tells where the thanks go.
ITEMS_OF_KIND: dict[str, tuple[Item, ...]] = {"suggestion": ("problem",), "praise": ("problem",), "consultation": ("problem", "contact")}


def summary(city: City, turn: Turn, attachments: int, *, aloud: bool = False) -> str:
    """All that was understood, for the citizen to check, a line an item. `aloud`: as it is read out, the time in the citizen's words only."""
    kind = turn.slot("kind")
    values = {
        "problem": turn.slot("problem"),
        "place": _place_said(city, place_in(turn.slot("place"))) or city.say("intake.unknown_place"),
        "happened": ((turn.slot("happened") or "") if aloud else _time_said(city, turn)) or city.say("intake.unknown_time"),
        "contact": plain_text(turn.slot("contact")) or (city.say_aloud if aloud else city.say)("intake.no_contact"),
    }
    asked = ITEMS_OF_KIND.get(kind, ITEMS)
    left_out = {"place"} if (turn.slot("place") or {}).get("nowhere") else set()
    if is_wish(turn.slot("problem") or "") and not turn.slot("happened"):
        left_out.add("happened")
    items = [item for item in ITEMS if (item in asked or turn.slot(item)) and item not in left_out]
    lines = [city.say(f"intake.line_{item}", value=values[item]) for item in items]
    if details := (turn.slot("details") or {}).get("said"):
        lines.append(city.say("intake.line_details", value=details))
    if asked := turn.slot("unanswered"):
        lines.append(city.say("intake.line_unanswered", value="；".join(asked)))
    if turn.slot("may_publish"):
        lines.append(city.say("intake.line_publish"))
    if turn.slot("confidential"):
        lines.append(city.say("intake.line_confidential"))
    if attachments:
        lines.append(city.say("intake.line_attachments", value=attachments))
    return "\n".join(lines)


def _place_said(city: City, place: Place | None) -> str:
    """The citizen's words, with the district that was understood where they do not say it, so that a wrong one can be put right, and whether they
    shared where it is."""
    if place is None:
        return ""
    district = city.districts.get(place.district_code or "")
    area = f"（{district.name}）" if district and district.short not in place.text else ""
    shared = city.say("intake.located") if place.location and place.text != str(place.location) else ""
    return f"{place.text}{area}{shared}"


def _time_said(city: City, turn: Turn) -> str:
    """The citizen's words and what they mean on the calendar."""
    said = turn.slot("happened") or ""
    return with_calendar(said, turn.now.astimezone(city.timezone))


def with_calendar(said: str, now: datetime) -> str:
    """昨晚十一点（11月21日（周六）23:00）: so that it is still clear in a week, and wrong readings are noticed."""
    said = "刚才" if said == "刚" else said  # 刚看见的
    plain = in_plain_words(understand(said, now), now) if said else ""
    return f"{said}（{' '.join(plain.replace('（', ' ').replace('）', ' ').split())}）" if plain else said


def also(city: City, turn: Turn) -> str:
    """What handlers of such a problem need to know, to be asked beside another question; nothing when it was asked or told."""
    ask = (turn.slot("details") or {}).get("ask")
    return "\n\n" + city.say("intake.also", questions="；".join(ask)) if ask else ""


CATEGORY_FLOOR = 0.35
"""Below this probability no category is proposed and a dispatcher names one."""

SURE_OF_CATEGORY = 0.9
"""From this probability on a category may spare a question."""

SAME_AS_LAST = re.compile("(?:跟|和|同|与|按|用|还是|还在)?(?:上[次回]|之前|以前)(?:的|那个?|说的|留的|填的)?(?:地[方址点]|位置|电话|号码?|手机|联系方式)?(?:的)?(?:一样|相同|那个|那儿|就行|就可以|$)|老地方|同上次|(?:地[方址点]|位置|电话|联系方式)也?(?:都|还是|还)?一样")
ANYWHERE = re.compile("到处|哪儿?都|全[市城]|各处|很多地方|好多地方|不固定|不止一[个处]|没有?固定|随处")
"""No place in particular, which is an answer too."""
WAITS = re.compile("^(?:先|你|您|请|那|让我|我|哦|嗯|[，,])*(?:等等|等一下|稍等|等会儿?|等我|等下|看一下再|去看看|找一下再|回头再|想想再|我想想|我看看|查一下再)")
"""Who asks us to wait."""
SUBMITS = re.compile("(?:就|先|直接)?(?:这样)?(?:提交|上报|交)(?:吧|了|上去)?[。！!]*")
SHRUG = re.compile("不(?:想)?说了?$|不(?:想|愿意?|太?方便|便)(?:说|讲|透露)|不太?(?:知道|清楚|记得|晓得|确定|认识)|说不[清好上准]|没别的|就(?:这|那)(?:些|样|儿|里|么)|没有?了|忘了")
"""Who has no more to tell."""
OPEN_END = "…"
"""Behind a problem that names a thing and not what is wrong with it, until that has been asked."""
THIS_NUMBER = re.compile("(?:就|打|用|是|还是)?(?:打|用|是|留)?(?:现在)?(?:我?[这本]个?)(?:电话|手机|号码?|号儿)(?:就(?:行|可以|成|好))?|来电(?:号码|的)|(?:电话|手机号?|号码)[^，,。]{0,2}[你您]们?(?:那[儿边里]|这[儿边里]|系统|后台|上面|不是|应该|肯定|都|就)*(?:能)?(?:有|知道|看(?:得)?[到见]|显示|存着?)|就这个号|(?:电话|号码?)就?是?我(?:的|这个|本人)?(?:的)?手机号?$|(?:号码?|电话)(?:就?(?:用|打|是)这个|就?这个(?:$|[，,。吧]))")


SAME_DANGER = timedelta(minutes=30)
"""How long after an alarm what is told without being asked goes into the urgent ticket: who else is hurt, which floor, whom to call."""


def lately_alarmed(turn: Turn) -> str | None:
    """The number of the urgent ticket of a danger that was told just now, if one was."""
    alarm: dict[str, Any] = turn.slot("alarm") or {}
    return alarm["ticket"] if alarm.get("at") and turn.now - datetime.fromisoformat(alarm["at"]) < SAME_DANGER else None


@dataclass(frozen=True, slots=True)
class Known:
    """What the channel and the citizen's last ticket tell, so that nobody is asked for it."""

    contact: dict[str, str | None] | None
    """None where nothing was asked before; empty where none was to be left."""
    place: Place | None


def known_of_reporter(tx: Transaction, conversation_id: UUID) -> Known:
    """The citizen's own data, read back to nobody else: that is why it does not go through access.reveal."""
    address = tx.conversations.get(conversation_id).address
    newest = next((t for t in tx.tickets.of_conversation(conversation_id) if t.kind not in ITEMS_OF_KIND), None)
    reporter = tx.tickets.reporter(newest.id) if newest else Reporter()
    calls_from = re.search(r"1[3-9]\d{9}$", address.user) if address.channel == "phone" else None
    phone = reporter.phone or (calls_from[0] if calls_from else None)
    return Known({"name": reporter.name, "phone": phone} if phone else {} if newest else None, newest.place if newest and newest.place.text else None)


def place_slot(place: Place, *, enough: bool = False, which: list[str] | None = None, lacks: Lacking | None = None) -> dict[str, Any]:
    """`which`: the names among which the citizen is to choose, because the place has several. `lacks`: what of a spoken place was not surely understood."""
    return {**asdict(place), "enough": enough, "which": which or [], "lacks": lacks}


def place_in(slot: dict[str, Any] | None) -> Place | None:
    if slot is None:
        return None
    location = Location(**slot["location"]) if slot["location"] else None
    return Place(slot["text"], slot["district_code"], slot["street_code"], location)


def plain_text(slot: Any) -> str:
    """A slot's value as the citizen would read it."""
    if isinstance(slot, dict):
        return str(slot["text"]) if "text" in slot else "，".join(str(v) for v in (slot.get("name"), slot.get("phone")) if v)
    return str(slot or "")
