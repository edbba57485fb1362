"""/knowledge/gaps/{id}: one gap with all that was asked, and the ways to mend it: attach it to an article, or write a new one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from uuid import UUID

from nicegui import ui

from hotline import access, gaps
from hotline.access import StaffMember
from hotline.articles import Article, AskedQuestion, Wanted
from hotline.gaps import GapCount
from hotline.ports import Transaction
from hotline.privacy import mask_text
from staff import words
from staff.frame import Frame, done, done_then, told
from staff.guard import NotFound, Visit
from staff.pages.knowledge.attaching import Attaching
from staff.pages.knowledge.common import article_path
from staff.pages.knowledge.gaps import ANSWERED, VIEWS, why
from staff.pages.ticket_dialogs import asking, closing
from staff.parts import Tag, button, link, mark, time

QUESTIONS = 100
NEAREST = 5
FOUND = 10


def add(frame: Frame) -> None:
    @frame.page("/knowledge/gaps/{id}", "知识缺口", "knowledge")
    async def show(visit: Visit) -> None:
        try:
            id = UUID(visit.request.path_params["id"])
        except ValueError:
            raise NotFound("没有这个缺口，可能是地址有误。") from None
        mending = Mending(visit, id)
        await mending.read()
        mending.draw()


class Mending:
    def __init__(self, visit: Visit, id: UUID) -> None:
        self.visit = visit
        self.id = id
        self.attaching: Attaching
        self.count: GapCount
        self.questions: list[AskedQuestion]
        self.names: dict[str, Article]
        self.people: list[str]
        self.drafts: list[Article]
        """Not published yet, and about what is asked here: what a person answered may have been kept as a draft."""

    @property
    def example(self) -> str:
        return mask_text(self.count.example)

    async def read(self) -> None:
        def read(tx: Transaction, member: StaffMember) -> tuple[GapCount, list[AskedQuestion], dict[str, Article], list[str], list[Article]]:
            count = tx.gaps.count(self.id, now=self.visit.office.clock())
            if count is None:
                raise NotFound("没有这个缺口，可能已经按期限删除。")
            questions = tx.gaps.questions(self.id, QUESTIONS)
            ids = {id for q in questions for id in (q.article_id, *q.offered) if id} | ({count.gap.article_id} if count.gap.article_id else set())
            people = [m.name for m in tx.staff.all() if m.active and "edit" in access.MAY[m.role]]
            like_it = tx.articles.find(Wanted(text=count.example), limit=FOUND, offset=0)[0]
            drafts = [each.article for each in like_it if each.article.status in ("draft", "review") and not each.live]
            return count, questions, tx.articles.newest_of(ids), people, drafts

        self.count, self.questions, self.names, self.people, self.drafts = await self.visit.read("knowledge", read)
        self.attaching = Attaching(self.visit, self.id, [mask_text(text) for text in dict.fromkeys((self.count.example, *(q.text for q in self.questions)))])
        self.visit.title = f"缺口：{self.example}"

    def draw(self) -> None:
        gap = self.count.gap
        link("‹ 知识缺口", "/knowledge/gaps", "back")
        with Tag("div", classes="head"):
            Tag("h1", self.example)
            mark(VIEWS[gap.status], "good" if gap.status == "mended" else "warn" if gap.status == "open" else "")
            Tag("span", f"{why(self.count)}；近7天 {self.count.this_week} 次，前7天 {self.count.last_week} 次", "soft")
        with Tag("div", classes="two"):
            with Tag("div"):
                self._draw_questions()
                self.same = Tag("div", role="status")
            with Tag("div"):
                self._draw_state()
                if gap.status == "open" and self.visit.member.may("edit"):
                    with Tag("section", classes="paper", aria_labelledby="mend"):
                        Tag("h2", "这样补", id="mend")
                        self.answered = Tag("div", role="status")
                        self._draw_writing()
                        Tag("h3", "或者已经有答案，只是没认出这个问法：")
                        self.wanted = ui.input("找别的知识：问题、问法、答案或编号").props("outlined dense clearable debounce=300 maxlength=100")
                        self.wanted.on_value_change(told(self._show_nearest))
                        self.nearest = Tag("ul", classes="lines nearest", role="status")
                        with self.nearest:
                            is_open = self.visit.office.library.is_open
                            Tag("li", "正在找相近的知识……" if is_open else "正在准备搜索，第一次要几秒……上面可以先找。", "soft")
                    ui.timer(0.2, told(self._look), once=True)

    def _draw_questions(self) -> None:
        with Tag("section", classes="paper", aria_labelledby="questions"):
            Tag("h2", f"市民是这样问的（{self.count.total}）", id="questions")
            with Tag("ul", classes="lines"):
                for question in self.questions:
                    with Tag("li"):
                        with Tag("div"):
                            Tag("span", mask_text(question.text))
                            Tag("span", self._outcome(question), "sub")
                        time(self.visit.office, question.asked_at)

    def _draw_writing(self) -> None:
        """What there is to write: on with what was begun or drafted, the answers that were no help, or a new article."""
        begun = self.names.get(self.count.gap.article_id or "")
        unhelpful = dict.fromkeys(q.article_id for q in self.questions if q.article_id in self.names and q.article_id != self.count.gap.article_id)
        answers = [self.names[id] for id in unhelpful if id]
        if begun:
            _lead("已经动笔，发布后这里就算补上：", "接着写", begun.question, f"{article_path(begun.id)}/edit?gap={self.id}", main=True)
        drafts = [article for article in self.drafts if article != begun]
        for article in drafts[:NEAREST]:
            _lead("这个问题已经有草稿：", "接着写", article.question, f"{article_path(article.id)}/edit?gap={self.id}", main=not begun)
        for article in answers[:NEAREST]:
            _lead("答了这一篇，市民说没帮助：", "改这篇答复", article.question, f"{article_path(article.id)}/edit?gap={self.id}", main=not begun)
        with Tag("div", classes="presses"):
            link("写一篇新知识", f"/knowledge/new?gap={self.id}", "press-link" if begun or answers or drafts else "press-link main")
            button("不用补", self._ask_dismiss)

    def _outcome(self, question: AskedQuestion) -> str:
        def name(id: str) -> str:
            return self.names[id].question if id in self.names else id

        if question.article_id:
            return f"答了“{name(question.article_id)}”，市民说没帮助"
        return f"请市民再选：{'；'.join(map(name, question.offered))}" if question.offered else "没答上"

    def _draw_state(self) -> None:
        gap = self.count.gap
        with Tag("section", classes="paper", aria_labelledby="state"):
            Tag("h2", "进展", id="state")
            if gap.article_id and gap.article_id in self.names:
                article = self.names[gap.article_id]
                with Tag("p"):
                    Tag("span", "由这篇知识补上：" if gap.status == "mended" else "正在写：")
                    link(article.question, article_path(article.id))
            if gap.status != "open":
                Tag("p", f"{gap.closed_by} 处理", "soft")
                if self.visit.member.may("edit"):
                    button("重新打开", told(self._reopen))
            elif not self.visit.member.may("edit"):
                Tag("p", f"{gap.assigned_to} 在补" if gap.assigned_to else "还没有人补", "soft")
            else:
                chosen = ui.select({"": "还没有人", **{name: name for name in self.people}}, label="谁来补", value=gap.assigned_to if gap.assigned_to in self.people else "")

                async def assign() -> None:
                    await self.visit.do("edit", lambda tx, member: gaps.assign(tx, self.id, chosen.value))
                    done(f"已交给 {chosen.value}。" if chosen.value else "已改为还没有人补。")

                chosen.props("outlined dense").on_value_change(told(assign))

    async def _look(self) -> None:
        await self._show_nearest()
        if found := (await self.visit.office.library.overtaken([self.count])).get(self.id):
            self._draw_answered(found)
        opened = await self.visit.office.library.open()
        near = await asyncio.to_thread(opened.grouping.near, self.id, NEAREST)
        now = self.visit.office.clock()
        counts = await self.visit.read("knowledge", lambda tx, member: [tx.gaps.count(id, now=now) for id in near])
        self._draw_alike([count for count in counts if count and count.gap.status == "open"])

    def _draw_answered(self, article: Article) -> None:
        with self.answered:
            Tag("p", f"{ANSWERED}：现在再这样问，机器人就答这一篇。看着对，就算补上：", "soft").style("margin: 0")
            with Tag("p", classes="lead"):
                link(article.question, article_path(article.id), target="_blank")
                button("算补上", told(lambda: self.attaching.close(article)), main=True)

    def _draw_alike(self, alike: list[GapCount]) -> None:
        if not alike:
            return
        with self.same, Tag("section", classes="paper", aria_labelledby="alike"):
            Tag("h2", "这些是不是同一个意思？", id="alike")
            with Tag("ul", classes="lines nearest"):
                for count in alike:
                    text = words.short(mask_text(count.example), 80)
                    with Tag("li"):
                        with Tag("div"):
                            link(text, f"/knowledge/gaps/{count.gap.id}")
                            Tag("span", why(count), "sub")
                        button("并到这里", told(self._merger(count.gap.id))).props["aria-label"] = f"把“{text}”并到这里"

    def _merger(self, other: UUID) -> Callable[[], Awaitable[None]]:
        async def merge() -> None:
            await self.visit.do("edit", lambda tx, member: gaps.merge(tx, other, self.id))
            done_then(self.visit, "已并到一起。", f"/knowledge/gaps/{self.id}")

        return merge

    async def _show_nearest(self) -> None:
        """Articles to attach it to: those that an editor looks for, or else the nearest in meaning."""
        wanted = (self.wanted.value or "").strip()
        found = await (self._looked_for(wanted) if wanted else self._nearest())
        if wanted != (self.wanted.value or "").strip():
            return  # somebody types faster than we look
        self.nearest.clear()
        with self.nearest:
            for article, why in found:
                with Tag("li"):
                    with Tag("div"):
                        link(article.question, article_path(article.id), target="_blank")
                        Tag("span", why, "sub")
                    button("加为问法", told(self.attaching.asker(article))).props["aria-label"] = f"加为“{article.question}”的问法"
            if not found:
                Tag("li", "没有找到，换个词再试。" if wanted else "没有相近的知识。", "soft")

    async def _nearest(self) -> list[tuple[Article, str]]:
        opened = await self.visit.office.library.open()
        found = await asyncio.to_thread(opened.knowledge.explain, self.count.example, NEAREST)
        return [(each.article, each.why) for each in found]

    async def _looked_for(self, wanted: str) -> list[tuple[Article, str]]:
        found = await self.visit.read("knowledge", lambda tx, member: tx.articles.find(Wanted(text=wanted), limit=5 * FOUND, offset=0)[0])
        # Only what the bot says: another way of asking for a draft would mend nothing.
        return [(each.article, f"{each.article.category} · {each.article.department}") for each in found if each.live][:FOUND]

    def _ask_dismiss(self) -> None:
        with asking("不用补") as dialog:
            Tag("p", "闲聊、乱打的字、不归热线管的事不用补。以后意思相同的问题也归到这里，不再提醒。").style("margin: 0")
            closing(dialog, "不用补", told(self._dismiss))

    async def _dismiss(self) -> None:
        now = self.visit.office.clock()
        await self.visit.do("edit", lambda tx, member: gaps.close(tx, self.id, "dismissed", article_id=None, by=member.name, now=now))
        done_then(self.visit, "以后不再提醒。", "/knowledge/gaps")

    async def _reopen(self) -> None:
        await self.visit.do("edit", lambda tx, member: gaps.reopen(tx, self.id))
        ui.navigate.to(f"/knowledge/gaps/{self.id}")


def _lead(sentence: str, label: str, question: str, path: str, *, main: bool) -> None:
    """An article that is to be written at, and the way there."""
    Tag("p", sentence, "soft").style("margin: 0")
    with Tag("p", classes="lead"):
        Tag("span", question)
        link(label, path, "press-link main" if main else "press-link", aria_label=f"{label}：{question}")
