"""Files that go with an answer: forms to fill in, pictures that show the way."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Callable
from pathlib import PurePath

from nicegui import ui
from nicegui.events import UploadEventArguments

from hotline.access import Refused
from hotline.articles import Article, ArticleFile
from staff import words
from staff.frame import told
from staff.guard import Visit
from staff.parts import Tag, button, upload

MAX_SIZE = 10 * 1024 * 1024
MAX_FILES = 5
KINDS = f"PDF、Word、Excel、图片，每个不超过 {MAX_SIZE // 1024**2} MB"
OTHER = f"这个文件不能作附件，请用{KINDS}。"
ALLOWED = frozenset({".pdf", ".doc", ".docx", ".xls", ".xlsx", ".jpg", ".jpeg", ".png"})


class FileList:
    """The files of the article in the form. They count when the article is saved."""

    def __init__(self, visit: Visit, article: Article, changed: Callable[[], None]) -> None:
        self.visit = visit
        self.files = list(article.files)
        self.changed = changed

    def draw(self) -> None:
        Tag("h2", "附件（市民可以下载，如申请表）").style("margin: 6px 0 0")
        self.list = Tag("ul", classes="lines")
        self._show()
        Tag("p", KINDS, "soft")
        upload("添加附件", ",".join(sorted(ALLOWED)), MAX_SIZE, told(self._add), told(self._refuse))

    def _show(self) -> None:
        self.list.clear()
        with self.list:
            for file in self.files:
                with Tag("li"):
                    Tag("span", f"{file.name}（{words.size(file.size)}）")
                    button("移除", lambda file=file: self._remove(file)).props["aria-label"] = f"移除 {file.name}"

    async def _refuse(self) -> None:
        raise Refused(OTHER)

    async def _add(self, event: UploadEventArguments) -> None:
        name = PurePath(event.file.name).name[:120]
        if PurePath(name).suffix.lower() not in ALLOWED:
            raise Refused(OTHER)
        if len(self.files) >= MAX_FILES:
            raise Refused(f"一篇知识最多{MAX_FILES}个附件。")
        content = await event.file.read()
        id = self.visit.office.new_id()
        await asyncio.to_thread(self.visit.office.files.put, id, content)
        self.files.append(ArticleFile(id, name, mimetypes.guess_type(name)[0] or "application/octet-stream", len(content)))
        self._show()
        self.changed()
        if isinstance(event.sender, ui.upload):
            event.sender.reset()

    def _remove(self, file: ArticleFile) -> None:
        self.files.remove(file)
        self._show()
        self.changed()
