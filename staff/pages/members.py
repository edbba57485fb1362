"""/staff: who may sign in. Administrators add members and end sessions."""

from __future__ import annotations

import secrets

from nicegui import ui

from hotline import access
from hotline.access import ROLE_NAMES, Refused, StaffMember
from hotline.ports import Transaction
from staff import words
from staff.frame import Frame, done, told
from staff.guard import Visit
from staff.pages.ticket_actions import asking, closing
from staff.parts import Records, Row, Tag, button, column

ROLE_SCOPE = {
    "administrator": "全部，包括人员", "operator": "工单、会话、知识、三率，可查看联系方式", "editor": "知识", "analyst": "三率、知识",
}  # fmt: skip
COLUMNS = [
    column("name", "姓名", "strong", sortable=True),
    column("role", "角色", "tight", sortable=True),
    column("scope", "可以使用", "wide"),
    column("since", "添加于", "when named", sortable=True),
    column("end", "", "tight"),
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
        rows = await self._read()
        with Tag("div", classes="head"):
            Tag("h1", "人员")
            button("添加人员", self._ask_new, main=True)
        self.table = Records("可以登录的人员", COLUMNS, rows, empty="还没有人员。", sort="", on_press=self._ask_end)

    async def refresh(self) -> None:
        self.table.show(await self._read())

    async def _read(self) -> list[Row]:
        members = await self.visit.do("staff", lambda tx, me: tx.staff.all())
        return [self._row(member) for member in members]

    def _row(self, member: StaffMember) -> Row:
        office = self.visit.office
        mine = member.name == self.visit.member.name
        return {
            "key": member.name,
            "name": {"text": member.name, "sub": "您自己" if mine else ""},
            "role": ROLE_NAMES[member.role],
            "scope": ROLE_SCOPE[member.role],
            "since": {"text": words.moment(member.created_at, office.clock(), office.city.timezone), "value": member.created_at.isoformat()},
            "end": {"press": "退出其登录"},
        }

    def _ask_new(self) -> None:
        with asking("添加人员") as dialog:
            name = ui.input("姓名").props("outlined autofocus autocomplete=off maxlength=40")
            role = ui.select({r: f"{ROLE_NAMES[r]}（{ROLE_SCOPE[r]}）" for r in ROLE_NAMES}, label="角色", value="operator").props("outlined")
            password = ui.input("初始密码", password=True, password_toggle_button=True)
            password.props("outlined autocomplete=new-password maxlength=200").props["hint"] = f"至少{access.MIN_PASSWORD}位，请当面或用安全的方式告诉本人"

            def propose() -> None:
                password.set_value(secrets.token_urlsafe(9))

            button("生成一个", propose).style("align-self: flex-start")

            async def go() -> None:
                await self._add(name.value, role.value, password.value)
                dialog.close()

            closing(dialog, "添加", told(go, then=self.refresh))

    async def _add(self, name: str, role: access.Role, password: str) -> None:
        if role not in ROLE_NAMES:
            raise Refused("请选择角色。")

        def change(tx: Transaction, me: StaffMember) -> None:
            access.add_member(tx, name, password, role, now=self.visit.office.clock())

        await self.visit.do("staff", change)
        done(f"已添加 {name.strip()}。")

    async def _ask_end(self, name: str) -> None:
        with asking("退出登录") as dialog:
            mine = "您自己也会退出，需要重新登录。" if name == self.visit.member.name else "密码不变，可以重新登录。"
            Tag("p", f"{name} 在所有设备上的登录都会结束。{mine}").style("margin: 0")

            async def go() -> None:
                await self.visit.do("staff", lambda tx, me: tx.staff.end_sessions_of(name))
                dialog.close()
                done(f"{name} 的登录已全部结束。")

            closing(dialog, "退出其登录", told(go, then=self.refresh))
