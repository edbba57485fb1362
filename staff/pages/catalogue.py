"""/catalogue: the responsibility catalogue. To read, to try (“where would this go, and why”), and to change into a new version."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

from nicegui import background_tasks, ui

from hotline import catalogue
from hotline.access import StaffMember
from hotline.catalogue import WHO, CatalogueError, Rule, Version
from hotline.city import City
from hotline.dispatch import Suggestion, suggest
from hotline.places import Gazetteer
from hotline.ports import Transaction
from hotline.tickets import KIND_NAMES, Place
from staff import words
from staff.frame import Frame, done, told
from staff.guard import Visit
from staff.pages.ticket_dialogs import asking, closing, holidays_unknown
from staff.parts import Pick, Records, Row, Tag, button, column, facts, link

COLUMNS = [
    column("number", "序号", "tight"),
    column("what", "分类", "wide"),
    column("when", "地点、时段、对象", "area"),
    column("lead", "主办", "unit named"),
    column("assists", "协办", "unit named"),
    column("limit", "时限", "tight named"),
    column("reason", "依据", "wide"),
]


def add(frame: Frame) -> None:
    gazetteer: list[Gazetteer] = []

    @frame.page("/catalogue", "职责目录", "tickets")
    async def show(visit: Visit) -> None:
        if not gazetteer:
            gazetteer.append(await asyncio.to_thread(Gazetteer, visit.office.city))
        await CataloguePage(visit, gazetteer[0]).open()


class CataloguePage:
    """The catalogue before one member. Changes are collected here and become a version when they are published."""

    def __init__(self, visit: Visit, gazetteer: Gazetteer) -> None:
        self.visit = visit
        self.city = visit.office.city
        self.gazetteer = gazetteer
        self.may_edit = visit.member.may("staff")

    async def open(self) -> None:
        await self._read()
        # Trying needs what tells categories apart, which takes seconds to load: it is there when somebody has written a sentence.
        background_tasks.create(asyncio.to_thread(self.visit.office.categories), name="categories")
        link("‹ 工单列表", "/tickets", "back")
        with Tag("div", classes="head"):
            Tag("h1", "职责目录", tabindex="-1")
        self._trying()
        self.wanted = ui.input("在目录里找：分类、单位、地点或依据").props("outlined dense clearable debounce=200 data-find").style("margin-top: 12px")
        self.wanted.on_value_change(self._show_rules)
        self.body = ui.element("div")
        self._draw()

    async def _read(self) -> None:
        today = self.visit.office.local(self.visit.office.clock()).date()

        def read(tx: Transaction, member: StaffMember) -> tuple[Version, list[Version]]:
            return catalogue.in_force(tx, self.city, today), [*tx.catalogues.all(), catalogue.original(self.city)]

        self.in_force, self.versions = await self.visit.read("tickets", read)
        self.rules = list(self.versions[0].rules)

    async def _refresh(self) -> None:
        await self._read()
        self._draw()

    # --- trying

    def _trying(self) -> None:
        with Tag("section", classes="paper", aria_labelledby="try"):
            Tag("h2", "试一试：会派给谁，为什么", id="try")
            with Tag("div", classes="try"):
                self.text = ui.input("诉求，比如：楼下饭店油烟太大").props("outlined dense maxlength=500")
                self.place = ui.input("地点，比如：朝阳区望京街10号").props("outlined dense maxlength=200")
                self.kind = ui.select(dict(KIND_NAMES), value="complaint", label="类型").props("outlined dense")
                # What time it is decides too: 22:00..06:00, 11-15..03-15.
                self.at = ui.input("提交时间（空为现在）").props("outlined dense type=datetime-local stack-label")
                button("看派给谁", told(self._try), main=True)
            for field in (self.text, self.place, self.at):
                field.on("keydown.enter", told(self._try))
            self.answer = Tag("div", role="status")

    async def _try(self) -> None:
        text = self.text.value.strip()
        if not text:
            raise CatalogueError("请先写一句诉求。")
        office = self.visit.office
        now = self._moment(office.clock())
        self.answer.clear()
        with self.answer:
            Tag("p", "正在看…", "soft")  # the first time loads what tells categories apart, which takes seconds
        guesses = await asyncio.to_thread(lambda: office.categories().suggest(text, 3))
        place = self.gazetteer.find(self.place.value.strip()) or Place(self.place.value.strip())
        sets = [("", self.in_force.rules, now)]
        if tuple(self.rules) != tuple(self.in_force.rules):
            newest = self.versions[0]
            begins = datetime.combine(newest.valid_from, time(), self.city.timezone)
            draft = tuple(self.rules) != tuple(newest.rules)
            sets.append(("按下面的改动（还没发布）" if draft else f"从 {newest.valid_from} 起，第 {newest.number} 版", tuple(self.rules), max(now, begins)))
        self.answer.clear()
        with self.answer:
            for label, rules, at in sets:
                if len(sets) > 1:
                    Tag("h3", label or f"今天，第 {self.in_force.number} 版")
                for code, probability in guesses:
                    self._explain(self.city.categories[code].path, probability, suggest(self.city, rules, code, place, at=at, kind=self.kind.value, said=text), place, at)

    def _moment(self, now: datetime) -> datetime:
        """When the request that is tried would come."""
        if not self.at.value:
            return now
        try:
            return datetime.fromisoformat(self.at.value).replace(tzinfo=self.city.timezone)
        except ValueError:
            raise CatalogueError("时间看不懂，请写成 2026-12-01 23:00，或留空。") from None

    def _explain(self, path: str, probability: float, s: Suggestion, place: Place, at: datetime) -> None:
        due = self.city.working_time.due(at, s.limit)
        with Tag("div", classes="why"):
            with Tag("div"):
                Tag("b", s.lead.name if s.lead else "要先问清地点")
                Tag("span", f" 分类：{path}（{words.likely(probability)}）", "soft")
            facts([
                ("规则", f"第 {s.number} 条：{_what(self.city, s.rule)}{'，' + _when(self.city, s.rule) if _when(self.city, s.rule) else ''}"),
                ("依据", s.reason),
                ("地点", words.area(self.city, place) or "没有认出区和街道"),
                ("协办", "、".join(unit.name for unit in s.assists)),
                ("派法", "双派" if s.is_double else "直派"),
                ("期限", f"{s.limit}，到 {words.exact(due, self.city.timezone)[:16]}"),
            ])  # fmt: skip
            holidays_unknown(self.city, due)

    # --- the rules

    def _draw(self) -> None:
        newest = self.versions[0]
        changes = catalogue.differences(newest.rules, self.rules, self._say)
        self.body.clear()
        with self.body:
            with Tag("div", classes="bar").style("margin-top: 12px"):
                Tag("p", self._about(newest), "soft").style("margin: 0")
                with Tag("div", classes="presses"):
                    if self.may_edit:
                        button("新增规则", lambda: self._edit(None))
                    if changes:
                        button("放弃改动", told(self._refresh))
                        button(f"发布（{len(changes)} 处改动）", lambda: self._publishing(changes), main=True)
            self.table = Records("规则，从上到下，第一条符合的算数", COLUMNS, self._rows(), empty="没有找到，换个词再试。", on_press=self._press)
            self._history()
        # The browser asks before what nobody published yet is lost.
        ui.run_javascript(f"window.onbeforeunload = {'(e) => e.preventDefault()' if changes else 'null'}")

    def _show_rules(self) -> None:
        self.table.show(self._rows())

    def _about(self, newest: Version) -> str:
        text = f"现行：第 {self.in_force.number} 版，{self.in_force.valid_from} 起"
        if newest.number != self.in_force.number:
            text += f"；下面是第 {newest.number} 版，{newest.valid_from} 起生效"
        return text + f"。共 {len(self.rules)} 条，从上到下，第一条符合的算数。"

    def _rows(self) -> list[Row]:
        wanted = (self.wanted.value or "").strip()
        return [
            {
                "key": str(at), "number": {"text": str(at + 1), **({"press": f"{at + 1} 修改"} if self.may_edit else {})},
                "what": {"text": _what(self.city, rule), "sub": rule.category_prefix}, "when": _when(self.city, rule),
                "lead": _unit(self.city, rule.lead), "assists": "、".join(_unit(self.city, unit) for unit in rule.assists),
                "limit": str(self.city.limits[rule.limit]) if rule.limit else "", "reason": {"text": rule.reason},
            }
            for at, rule in enumerate(self.rules)
            if not wanted or wanted in f"{self._say(rule)} {rule.category_prefix}"
        ]  # fmt: skip

    async def _press(self, key: str) -> None:
        self._edit(int(key))

    def _edit(self, at: int | None) -> None:
        """A rule in a dialog: new above the last one, or an old one to change, move or remove."""
        rule = self.rules[at] if at is not None else Rule("", "district")
        units = {"street": "所在街道乡镇", "district": "所在区", **{unit.id: unit.name for unit in self.city.units.values()}}
        places = {d.code: d.name for d in self.city.districts.values()} | {s.code: s.name for s in self.city.streets.values()}
        with asking("修改规则" if at is not None else "新增规则") as dialog:
            order = ui.number("排在第几条", value=(at if at is not None else len(self.rules) - 1) + 1, min=1, max=len(self.rules) + 1, precision=0).props("outlined")
            prefix = Pick({"": "所有分类", **_categories(self.city)}, "分类", rule.category_prefix)
            where = Pick(places, "地点（空为全市）", list(rule.places), multiple=True)
            periods = ui.input("时段（空为全年全天），如 11-15..03-15；22:00..06:00", value="；".join(rule.periods)).props("outlined")
            who = ui.select(dict(WHO), value=list(rule.who), label="对象和类型（空为所有）", multiple=True).props("outlined use-chips")
            lead = Pick(units, "主办", rule.lead)
            assists = Pick(units, "协办（填了就是双派）", list(rule.assists), multiple=True)
            limits = {"": "随分类", **{key: f"{limit.name}（{limit}）" for key, limit in self.city.limits.items()}}
            limit = ui.select(limits, value=rule.limit, label="时限").props("outlined")
            reason = ui.textarea("依据", value=rule.reason).props("outlined autogrow maxlength=300")

            async def keep() -> None:
                changed = replace(
                    rule, category_prefix=prefix.value or "", lead=lead.value, assists=tuple(assists.value), reason=reason.value.strip(), who=tuple(who.value),
                    places=tuple(where.value), periods=tuple(p.strip() for p in periods.value.replace(";", "；").split("；") if p.strip()), limit=limit.value,
                )  # fmt: skip
                rules = [r for n, r in enumerate(self.rules) if n != at]
                rules.insert(int(order.value) - 1, changed)
                self._try_out(rules)
                dialog.close()

            async def drop() -> None:
                self._try_out([r for n, r in enumerate(self.rules) if n != at])
                dialog.close()

            if at is not None:
                button("删去这条", told(drop), danger=True)
            closing(dialog, "先记下", told(keep))

    def _try_out(self, rules: Sequence[Rule]) -> None:
        """Take changes into the draft on this page, if they can stand. Trying shows what they would do at once; nobody else sees them."""
        catalogue.check(self.city, rules)
        self.rules = list(rules)
        self._draw()

    def _publishing(self, changes: Sequence[str]) -> None:
        with asking("发布新版本") as dialog:
            with Tag("ul", classes="changes"):
                for change in changes:
                    Tag("li", change)
            today = self.visit.office.local(self.visit.office.clock()).date()
            valid_from = ui.input("生效日期", value=today.isoformat()).props("outlined type=date")
            note = ui.textarea("改了什么，为什么").props("outlined autogrow autofocus maxlength=500")

            async def publish() -> None:
                try:
                    day = date.fromisoformat(valid_from.value or "")
                except ValueError:
                    raise CatalogueError("请写明从哪天起生效。") from None
                office = self.visit.office
                await self.visit.do(
                    "staff",
                    lambda tx, member: catalogue.publish(
                        tx, self.city, self.rules, valid_from=day, by=member.name, note=note.value, today=today, now=office.clock(),
                        based_on=self.versions[0].number,
                    ),
                )  # fmt: skip
                dialog.close()
                done(f"第 {self.versions[0].number + 1} 版已发布，{day} 起生效。")
                await self._refresh()  # only now: who was refused keeps what they changed

            closing(dialog, "发布", told(publish))

    def _history(self) -> None:
        with Tag("section", classes="paper", aria_labelledby="versions"):
            Tag("h2", "版本", id="versions")
            with Tag("ol", classes="history"):
                for version, older in zip(self.versions, [*self.versions[1:], None], strict=True):
                    with Tag("li"):
                        with Tag("p", classes="what"):
                            Tag("b", f"第 {version.number} 版")
                            Tag("span", f"{version.valid_from} 起")
                            Tag("span", words.who(version.by))
                        Tag("p", version.note, "note")
                        for change in catalogue.differences(older.rules, version.rules, self._say) if older else ():
                            Tag("p", change, "note soft")

    def _say(self, rule: Rule) -> str:
        """A rule in one line, for lists of changes."""
        parts = [_what(self.city, rule), _when(self.city, rule), f"主办 {_unit(self.city, rule.lead)}"]
        if rule.assists:
            parts.append(f"协办 {'、'.join(_unit(self.city, unit) for unit in rule.assists)}")
        if rule.limit:
            parts.append(str(self.city.limits[rule.limit]))
        return "，".join(part for part in (*parts, rule.reason) if part)


def _what(city: City, rule: Rule) -> str:
    return _categories(city).get(rule.category_prefix, "所有分类")


def _categories(city: City) -> dict[str, str]:
    """Names of the categories of all levels by the beginning of their codes."""
    names: dict[str, str] = {}
    for c in city.categories.values():
        names[c.code[:2]] = c.level1
        names[c.code[:4]] = f"{c.level1} / {c.level2}"
        names[c.code] = c.path
    return names


def _when(city: City, rule: Rule) -> str:
    places = [city.districts[p].name if p in city.districts else city.streets[p].name for p in rule.places]
    return "；".join(part for part in ("、".join(places), "、".join(rule.periods), "、".join(WHO[word] for word in rule.who)) if part)


def _unit(city: City, unit: str) -> str:
    return {"street": "所在街道乡镇", "district": "所在区"}.get(unit) or words.unit_name(city, unit)
