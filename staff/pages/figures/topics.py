"""/rates/topics: topics of the month and streets to be governed, proposed by the figures."""

from __future__ import annotations

from hotline.access import StaffMember
from hotline.figures.reports import governed_section, month_governed, month_topics, topics_section
from hotline.figures.topics import Governed, Topic
from hotline.ports import Transaction
from staff.frame import Frame
from staff.guard import Visit
from staff.pages.figures.asked import Asked, head, made_up
from staff.pages.figures.reports import draw_section
from staff.parts import Tag


def add(frame: Frame) -> None:
    @frame.page("/rates/topics", "专题", "rates")
    async def show(visit: Visit) -> None:
        asked = Asked.of(visit, usual="month", only=("month", "last_month"))

        def read(tx: Transaction, member: StaffMember) -> tuple[list[Topic], list[Governed], int | None]:
            return month_topics(tx, visit.office.city, asked.window), month_governed(tx, visit.office.city, asked.window), made_up(tx, asked.window)

        proposed, streets, simulated = await visit.read("rates", read)
        head(visit, asked, simulated=simulated)
        Tag("p", f"{asked.period}。", "soft")
        draw_section(topics_section(visit.office.city, proposed, asked.window), empty="这段时间没有明显增长、反复或难办的问题。")
        draw_section(governed_section(visit.office.city, streets, asked.window), empty="这段时间没有工单。")
