"""Words of the trade as the staff say them, and times in the city's own zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hotline.city import City
from hotline.privacy import mask_text
from hotline.tickets import AT_A_UNIT, Place, Ticket

# Shorter than tickets.STATUS_NAMES, which are written for citizens.
STATUS: dict[str, str] = {
    "incomplete": "待回电", "received": "待派单", "dispatched": "已派单", "accepted": "已接单", "returned": "被退回", "merged": "已并单", "handled": "待回访", "closed": "已办结", "withdrawn": "已撤回",
}  # fmt: skip
STATUS_TONE: dict[str, str] = {"incomplete": "warn", "received": "warn", "returned": "warn", "dispatched": "info", "accepted": "info", "handled": "good"}
EVENTS: dict[str, str] = {
    "open": "提交", "dispatch": "派单", "accept": "接单", "return": "退回", "handle": "办结", "close": "结案", "reopen": "重新办理",
    "withdraw": "撤回", "refuse": "不受理", "supplement": "补充", "categorise": "改分类", "uphold": "维持原派", "extend": "延期", "assist": "协办", "hand_over": "移交",
    "supervise": "督办", "yellow": "黄牌", "red": "红牌", "merge": "并单", "join": "有人并入", "split": "拆单", "part": "有单拆出",
}  # fmt: skip
SURVEY_STATUS: dict[str, str] = {
    "asking": "等市民答复", "completed": "已答复", "unreachable": "未联系上", "declined": "不愿答复", "machine": "自动应答", "wrong_person": "不是本人",
}  # fmt: skip
OUTCOMES: dict[str, str] = {
    "answered": "已答复", "later": "约了时间", "busy": "占线", "no_answer": "没有答复", "declined": "不愿答复", "machine": "自动应答", "unreachable": "无法接通",
    "failed": "没有打通", "wrong_person": "不是本人", "stop": "要求不再打扰",
}  # fmt: skip
"""Of an attempt to survey a citizen."""
CHANNELS: dict[str, str] = {"web": "网页", "telegram": "Telegram", "wechat": "微信", "phone": "电话", "sms": "短信", "email": "邮件"}
UNIT_KINDS: dict[str, str] = {"street": "街道乡镇", "district": "区", "department": "部门", "utility": "公共服务企业"}
MARKS: dict[str, str] = {"yellow": "黄牌", "red": "红牌"}
_BY: dict[str, str] = {"citizen": "市民", "system": "系统"}


def who(by: str) -> str:
    """Who did it, for a line of history."""
    return _BY.get(by, by)


def channel(name: str) -> str:
    return CHANNELS.get(name, name)


def citizen(user: str) -> str:
    """A citizen of a channel, recognisable and no more: the last four characters of their id there."""
    return f"市民 {user[-4:]}" if len(user) > 4 else "市民"


def unit_name(city: City, unit_id: str | None) -> str:
    if unit_id is None:
        return ""
    unit = city.units.get(unit_id)
    return unit.name if unit else unit_id  # a unit that left the city's list keeps its tickets


def category_name(city: City, code: str | None, *, whole: bool = False) -> str:
    category = city.categories.get(code or "")
    if category is None:
        return code or ""
    return category.path if whole else category.level3


def area(city: City, place: Place) -> str:
    """District and street, as far as they are known."""
    district, street = city.districts.get(place.district_code or ""), city.streets.get(place.street_code or "")
    return " ".join(part for part in (district.name if district else "", street.name if street else "") if part)


def masked_place(city: City, place: Place) -> str:
    return " · ".join(part for part in (area(city, place), mask_text(place.text)) if part)


def short(text: str, length: int) -> str:
    """One line of at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """今天 21:05, 昨天 09:12, 11-19 08:00, 2024-11-19 08:00: no more than is needed to know when."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    clock = f"{local:%H:%M}"
    if local.date() == today.date():
        return f"今天 {clock}"
    if local.date() == today.date() - timedelta(days=1):
        return f"昨天 {clock}"
    return f"{local:%m-%d} {clock}" if local.year == today.year else f"{local:%Y-%m-%d} {clock}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def span(length: timedelta) -> str:
    """3 天 4 小时, 2 小时 5 分, 40 秒."""
    seconds = max(int(length.total_seconds()), 0)
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {minutes} 分" if minutes else f"{hours} 小时"
    return f"{minutes} 分" if minutes else f"{seconds} 秒"


def due(city: City, ticket: Ticket, now: datetime) -> tuple[str, str]:
    """How an open ticket stands with its time limit, in words and as a tone; words alone must do.

    Yellow from one working day before the deadline, red from the first working day after it.
    """
    if ticket.due_at is None or ticket.status not in AT_A_UNIT:
        return "", ""
    color = city.working_time.mark(ticket.due_at, now)
    left = f"超期 {span(now - ticket.due_at)}" if ticket.due_at < now else f"剩 {span(ticket.due_at - now)}"
    tone = "bad" if color == "red" or ticket.due_at < now else "warn" if color else ""
    return f"{MARKS[color]} {left}" if color else left, tone


def likely(probability: float) -> str:
    """A probability for a person to read: 93%; what is hardly any is less than one in a hundred, not none."""
    return f"{probability:.0%}" if probability >= 0.01 else "不到1%"


def size(count: int) -> str:
    return f"{count / 1024 / 1024:.1f} MB" if count >= 1024 * 1024 else f"{max(count // 1024, 1)} KB"
