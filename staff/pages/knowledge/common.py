"""What the pages of the knowledge base share: addresses, words, the tabs, and the rules that the city sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from html import escape
from typing import Any, cast
from urllib.parse import quote

from hotline.articles import Article, Listed, Wanted
from staff.guard import Visit
from staff.office import Office
from staff.parts import Tag

TABS = (
    ("/knowledge", "知识条目"), ("/knowledge/gaps", "知识缺口"), ("/knowledge/trial", "搜索测试"),
    ("/knowledge/import", "导入导出"), ("/knowledge/changes", "改动记录"),
)  # fmt: skip
STATUS = {"draft": ("草稿", ""), "review": ("待审核", "warn"), "published": ("已发布", "good"), "retired": ("已停用", "")}
EVENTS = {
    "create": "新写", "edit": "修改", "submit": "提交审核", "send_back": "退回修改", "publish": "发布", "retire": "停用",
    "restore": "恢复旧版", "phrase": "增加问法", "import": "导入", "attach": "添加附件", "detach": "移除附件",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rules:
    """What the city's settings say about its knowledge."""

    two_person: bool
    expiring: timedelta
    unused: timedelta


def rules(office: Office) -> Rules:
    given = cast(Mapping[str, Any], office.city.settings.get("knowledge", {}))
    return Rules(bool(given.get("two_person", True)), timedelta(days=given.get("expiring_days", 30)), timedelta(days=given.get("unused_days", 180)))


def today(office: Office) -> date:
    return office.local(office.clock()).date()


def care_lists(office: Office, now: datetime) -> dict[str, tuple[str, str, Wanted]]:
    """What the owner of the knowledge looks at now and then: name, what it means, and what to ask the store for."""
    r = rules(office)
    return {
        "expiring": ("快到期", f"{r.expiring.days}天内到期或者已经过期", Wanted(expires_before=today(office) + r.expiring, order="expiring")),
        "unused": ("久未用到", f"发布超过{r.unused.days}天，其间没有市民问到，可以考虑停用", Wanted(unused_since=now - r.unused)),
        "unhelpful": ("帮助不大", "“没帮助”多于“有帮助”，答复可能要改", Wanted(unhelpful=True)),
    }


def article_path(id: str) -> str:
    return f"/knowledge/articles/{quote(id, safe='')}"


def tabs(here: str) -> None:
    with Tag("nav", classes="tabs", aria_label="知识"):
        for href, name in TABS:
            entry = Tag("a", name, href=href)
            if href == here:
                entry.props["aria-current"] = "page"


def state(listed: Listed, day: date) -> tuple[str, str]:
    """How an article stands, in words and as a tone."""
    article = listed.article
    name, tone = STATUS[article.status]
    if article.status == "published":
        return (name, tone) if article.is_valid(day) else ("还没生效" if _is_early(article, day) else "已过期", "warn")
    return (f"已发布，修改{name}", "warn" if article.status == "review" else "info") if listed.live else (name, tone)


def id_of(visit: Visit) -> str:
    return str(visit.request.path_params["id"])


def out_of_date(article: Article, day: date) -> str:
    """That the bot would not say it today even if it is published, as a sentence; else nothing."""
    if replace(article, status="published").is_valid(day):
        return ""
    return f"{'还没到' if _is_early(article, day) else '已经过了'}有效期（{validity(article)}），机器人今天不这样回答。"


def validity(article: Article) -> str:
    if not (article.valid_from or article.valid_until):
        return "不限"
    if article.valid_from and article.valid_until:
        return f"{article.valid_from} 至 {article.valid_until}"
    return f"{article.valid_from} 起" if article.valid_from else f"到 {article.valid_until}"


def _is_early(article: Article, day: date) -> bool:
    return article.valid_from is not None and day < article.valid_from


def choices(name: str, label: str, all_: str, options: list[tuple[str, str]], chosen: str) -> str:
    """A field of a form that chooses one of these, or all, as HTML. `options`: what is sent, and what is read."""
    given = "".join(f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(text)}</option>' for key, text in options)
    return f'<label class="unseen" for="{name}">{label}</label><select id="{name}" name="{name}"><option value="">{all_}</option>{given}</select>'
