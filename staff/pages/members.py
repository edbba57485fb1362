"""/staff: who may sign in. Administrators add members, change their role or password, and stop those who leave."""

from __future__ import annotations

import asyncio
import secrets

from nicegui import ui

from hotline import access
from hotline.access import ROLE_NAMES, Refused, StaffEvent, StaffMember
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, done, told
from staff.guard import Visit
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Records, Row, Tag, button, column, time

ROLE_SCOPE = {
    "administrator": "全部，包括人员", "operator": "工单、会话、知识、三率，可查看联系方式", "editor": "知识：写、测试、补缺口", "reviewer": "知识：写，并审核发布", "analyst": "三率、知识",
}  # fmt: skip
TRAIL = 50
COLUMNS = [
    column("name", "姓名", "strong", sortable=True),
    column("role", "角色", "tight", sortable=True),
    column("scope", "可以使用", "wide"),
    column("since", "添加于", "when named", sortable=True),
    column("change", "操作", "tight"),
]


def add(frame: Frame) -> None:
    @frame.page("/staff", "人员", "staff")
    async def show(visit: Visit) -> None:
        await Members(visit).open()


class Members:
    """The list, and what an administrator can do with it."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit

    async def open(self) -> None:
        rows, events = await self._read()
        with Tag("div", classes="head"):
            Tag("h1", "人员")
            button("添加人员", self._ask_new, main=True)
        self.table = Records("可以登录的人员", COLUMNS, rows, empty="还没有人员。", sort="", on_press=self._ask_change)
        with Tag("section", classes="paper", aria_labelledby="trail"):
            Tag("h2", "改动记录", id="trail")
            self.trail = Tag("ol", classes="history")
        self._show_trail(events)

    async def refresh(self) -> None:
        rows, events = await self._read()
        self.table.show(rows)
        self._show_trail(events)

    async def _read(self) -> tuple[list[Row], list[StaffEvent]]:
        members, events = await self.visit.read("staff", lambda tx, me: (tx.staff.all(), tx.staff.events(TRAIL)))
        return [self._row(member) for member in members], events

    def _show_trail(self, events: list[StaffEvent]) -> None:
        """Who did what to whose account, the last first."""
        self.trail.clear()
        with self.trail:
            for event in events:
                with Tag("li"), Tag("p", classes="what"):
                    Tag("b", event.name)
                    Tag("span", f"{event.what} · {event.by}")
                    time(self.visit.office, event.at)
            if not events:
                Tag("p", "还没有改动。", "soft")

    def _row(self, member: StaffMember) -> Row:
        office = self.visit.office
        mine = member.name == self.visit.member.name
        return {
            "key": member.name,
            "name": {"text": member.name, "sub": "您自己" if mine else "" if member.active else "已停用"},
            "role": ROLE_NAMES[member.role],
            "scope": ROLE_SCOPE[member.role],
            "since": {"text": words.moment(member.created_at, office.clock(), office.city.timezone), "value": member.created_at.isoformat()},
            "change": {"press": "更改"},
        }

    def _ask_new(self) -> None:
        with asking("添加人员") as dialog:
            name = ui.input("姓名").props("outlined autofocus autocomplete=off maxlength=40")
            role = _role("operator")
            password = _password("初始密码", f"至少{access.MIN_PASSWORD}位，请当面或用安全的方式告诉本人")

            async def go() -> None:
                await self._add(name.value, role.value, password.value)
                dialog.close()

            closing(dialog, "添加", told(go, then=self.refresh))

    async def _add(self, name: str, role: access.Role, password: str) -> None:
        _known(role)
        office = self.visit.office
        hashed = await asyncio.to_thread(access.hash_password, password)

        def change(tx: Transaction, me: StaffMember) -> None:
            access.add_member(tx, name, hashed, role, by=me.name, now=office.clock(), new_id=office.new_id)

        await self.visit.do("staff", change)
        done(f"已添加 {name.strip()}。")

    async def _ask_change(self, name: str) -> None:
        member = await self.visit.read("staff", lambda tx, me: tx.staff.get(name))
        if member is None:
            raise Refused(f"没有名为“{name}”的账号。")
        with asking(f"更改 {name}") as dialog:
            mine = "您自己也会退出，需要重新登录。" if name == self.visit.member.name else "需要重新登录。"
            Tag("p", f"保存后，{name} 在所有设备上的登录都会结束，{mine}").style("margin: 0")
            role = _role(member.role)
            password = _password("新密码", "不改就留空")
            active = ui.checkbox("可以登录", value=member.active)
            Tag("p", "停用的人不能登录；以前的办理记录仍保留姓名。").style("margin: 0")

            async def go() -> None:
                await self._change(name, role.value, password.value, active.value)
                dialog.close()

            closing(dialog, "保存", told(go, then=self.refresh))

    async def _change(self, name: str, role: access.Role, password: str, active: bool) -> None:
        _known(role)
        office = self.visit.office
        hashed = await asyncio.to_thread(access.hash_password, password) if password else None

        def change(tx: Transaction, me: StaffMember) -> None:
            access.change_member(tx, name, role=role, password_hash=hashed, active=active, by=me.name, now=office.clock(), new_id=office.new_id)

        await self.visit.do("staff", change)
        done(f"{name} 的账号已更改，登录已全部结束。")


def _role(value: str) -> ui.select:
    return ui.select({r: f"{ROLE_NAMES[r]}（{ROLE_SCOPE[r]}）" for r in ROLE_NAMES}, label="角色", value=value).props("outlined")


def _password(label: str, hint: str) -> ui.input:
    password = ui.input(label, password=True, password_toggle_button=True)
    password.props("outlined autocomplete=new-password maxlength=200").props["hint"] = hint
    button("生成一个", lambda: password.set_value(secrets.token_urlsafe(9))).style("align-self: flex-start")
    return password


def _known(role: str) -> None:
    """What a browser sends may be anything."""
    if role not in ROLE_NAMES:
        raise Refused("请选择角色。")
