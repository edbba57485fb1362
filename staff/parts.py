"""Parts of which pages are made: HTML elements with their own meaning, and two lists that stay in place while they change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from html import escape
from inspect import iscoroutine
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.events import GenericEventArguments

from staff import words
from staff.office import Office

Cell = str | dict[str, Any]
Row = dict[str, Any]


class Tag(TextElement):
    """An HTML element. Its text is text: nothing a citizen wrote is ever read as HTML."""

    def __init__(self, tag: str, text: str = "", classes: str = "", **attributes: str | bool) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            self.props[name.strip("_").replace("_", "-")] = value


class Records(Element, component="static/records.js"):
    """A table of records. A row may lead somewhere; columns may be sorted; on a phone each row is a card.

    A cell is a text, or a dict of `text` and any of: `sub` (a second line) and its `subTone`, `tone`, `href`, `value` (to sort by),
    `title`, `press` (a button with this label; `on_press` is told the row's key).
    """

    def __init__(
        self, caption: str, columns: Sequence[dict[str, Any]], rows: Sequence[Row], *, empty: str, sort: str = "",
        on_press: Callable[[str], Any] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.props["caption"] = caption
        self.props["columns"] = list(columns)
        self.props["rows"] = list(rows)
        self.props["empty"] = empty
        self.props["sort"] = sort
        if on_press is not None:

            async def pressed(event: GenericEventArguments) -> None:
                await on_press(str(event.args))

            self.on("press", pressed)

    def show(self, rows: Sequence[Row]) -> None:
        """Other rows. The browser changes only what differs, so focus and place stay."""
        if self.props["rows"] != list(rows):
            self.props["rows"] = list(rows)


class Transcript(Element, component="static/transcript.js"):
    """A conversation. New lines are added at the end and read out; it stays at the end unless someone scrolled up."""

    def __init__(self, lines: Sequence[dict[str, Any]]) -> None:
        super().__init__()
        self.props["lines"] = list(lines)

    def show(self, lines: Sequence[dict[str, Any]]) -> None:
        if self.props["lines"] != list(lines):
            self.props["lines"] = list(lines)


class Pick(ui.select, component="static/pick.js"):
    """One of a list, or several, searched by typing: Enter takes the first that fits."""

    def __init__(self, options: Mapping[Any, str], label: str, value: Any = None, *, multiple: bool = False, clearable: bool = False) -> None:
        super().__init__(dict(options), label=label, value=value, with_input=True, multiple=multiple, clearable=clearable)
        self.props("outlined use-chips" if multiple else "outlined")
        self.add_slot("no-option", '<q-item><q-item-section class="soft">没有找到，换个词再试。</q-item-section></q-item>')


def column(name: str, label: str, classes: str = "", *, sortable: bool = False) -> dict[str, Any]:
    return {"name": name, "label": label, "classes": classes, "sortable": sortable}


def mark(text: str, tone: str = "") -> Tag:
    """A word that stands out. Its text says everything; the tone only helps the eye."""
    return Tag("span", text, f"mark {tone}")


def time(office: Office, at: datetime) -> Tag:
    zone = office.city.timezone
    return Tag("time", words.moment(at, office.clock(), zone), datetime=at.isoformat(), title=words.exact(at, zone))


def link(text: str, href: str, classes: str = "", **attributes: str | bool) -> Tag:
    return Tag("a", text, classes, href=href, **attributes)


def button(text: str, on_click: Callable[..., Any], *, main: bool = False, danger: bool = False) -> ui.button:
    made = ui.button(text, on_click=_one_at_a_time(on_click), color=None).props("unelevated no-caps dense")
    return made.classes("press" + (" main" if main else "") + (" danger" if danger else ""))


def _one_at_a_time(press: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever presses twice means it once: while it is being done, another press does nothing."""
    busy = False

    @wraps(press)  # NiceGUI hands the event only to a handler whose signature asks for it
    def pressed(*args: Any) -> Awaitable[Any] | None:
        nonlocal busy
        if busy:
            return None
        doing = press(*args)
        if not iscoroutine(doing):  # an element, which some methods return, is awaitable too
            return None
        busy = True

        async def finish() -> None:
            nonlocal busy
            try:
                await doing
            finally:
                busy = False

        return finish()

    return pressed


def choice(label: str, options: Sequence[str], value: str = "", *, dense: bool = False) -> ui.input:
    """One of those in use, proposed while one writes, or any other. A list that only takes what is picked from it drops what was typed when
    one goes on to the next field."""
    made = ui.input(label, value=value).props("outlined maxlength=100 debounce=400" + " dense" * dense)
    with Tag("datalist", id=f"{made.html_id}-datalist"):  # where NiceGUI's field looks for one
        for option in options:
            Tag("option", value=option)
    return made


def upload(label: str, kinds: str, most: int, on_upload: Callable[..., Any], on_other: Callable[..., Any]) -> ui.upload:
    """A button that chooses a file, on which one may be dropped too. `kinds`: as `accept` of a file field; `most`: bytes. `on_other` is
    told of files of another kind, or too big, which the browser keeps to itself: somebody must say so."""
    made = ui.upload(auto_upload=True, max_file_size=most, on_upload=on_upload, on_rejected=on_other)
    made.props(f"flat bordered accept={kinds}").classes("upload")
    # Quasar's own button is a picture without a name, which a screen reader can't read out; its file field, which has none either, is
    # only pressed by ours.
    made.add_slot(
        "header",
        f'<q-btn unelevated no-caps dense class="press" label="{escape(label)}" @click="props.pickFiles" />'
        '<span class="picker" aria-hidden="true"><q-uploader-add-trigger /></span><span class="soft">或者把文件拖到这里</span>',
    )
    return made


def facts(pairs: Sequence[tuple[str, str]]) -> None:
    """Names and values, those without a value left out."""
    with Tag("dl", classes="facts"):
        for name, value in pairs:
            if value:
                Tag("dt", name)
                Tag("dd", value)
