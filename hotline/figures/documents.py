"""What a report is made of, and how a figure is written: a document of sentences and tables, which page, PDF and XLSX only draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hotline.rates import interval

if TYPE_CHECKING:
    from hotline.city import City

FEW = 10
"""Below so many, a change is told in tickets: from two to three is no “+50%”."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table: a text, the number it stands for, where the tickets behind it are, if there are any, and in small letters how
    sure it is: its interval or its count."""

    text: str
    number: float | None = None
    href: str = ""
    sub: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A report. `lead` are the sentences that someone with half a minute reads."""

    kind: str
    title: str
    period: str
    made: str
    simulated: int
    lead: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Document:
        sections = tuple(
            Section(s["title"], s["note"], tuple(s["columns"]), tuple(tuple(Cell(**cell) for cell in row) for row in s["rows"]))
            for s in value["sections"]
        )
        return cls(value["kind"], value["title"], value["period"], value["made"], value["simulated"], tuple(value["lead"]), sections)


def number(value: int, href: str = "") -> Cell:
    return Cell(f"{value:,}", value, href if value else "")


def percent(value: float | None) -> Cell:
    return Cell("—") if value is None else Cell(f"{value:.1%}", value)


def marks(value: float | None) -> Cell:
    """A score out of a hundred."""
    return Cell("—") if value is None else Cell(f"{value * 100:.1f} 分", value * 100)


def rated(value: float, of: int, href: str = "", *, unit: str = "%") -> Cell:
    """A rate, or a score in marks without a unit, with its interval."""
    around = interval(value, of)
    shown = Cell(f"{value:.1%}", value) if unit else Cell(f"{value * 100:.1f}", value * 100)
    return replace(shown, href=href, sub=f"{around.low * 100:.0f}–{around.high * 100:.0f}")


def change(now: float, before: float) -> Cell:
    """Against the window before: in percent, or, where there were few, in tickets. Its `number` is the ratio, if it is told."""
    if before < FEW:
        return Cell("持平" if round(now) == round(before) else f"{round(now) - round(before):+} 件")
    ratio = now / before - 1
    return Cell(f"{ratio:+.0%}" if abs(ratio) >= 0.005 else "持平", ratio)


def moved_by(now: float | None, before: float | None, unit: str) -> Cell:
    """How far a share or a score has moved, in hundredths: what the two differ by as they are written, for who reads them subtracts them."""
    if now is None or before is None:
        return Cell("—")
    by = round(now * 100, 1) - round(before * 100, 1)
    return Cell("持平" if abs(by) < 0.05 else f"{by:+.1f} {unit}", now - before)


def share_text(part: float, of: int) -> str:
    """A share with its count and its interval: 83.3%（10 件，55.2–95.3%）."""
    if not of:
        return "—"
    around = interval(part, of)
    return f"{part:.1%}（{of:,} 件，{around.low:.1%}–{around.high:.1%}）".replace("%–", "–")


def length_text(minutes: float | None) -> str:
    if minutes is None:
        return "—"
    return f"{minutes / 1440:.1f} 天" if minutes >= 1440 else f"{minutes / 60:.1f} 小时" if minutes >= 90 else f"{minutes:.0f} 分"


# --- names


def category_name(city: City, code: str) -> str:
    known = city.categories.get(code)
    return known.level3 if known else code or "未分类"


def place_name(city: City, code: str) -> str:
    """A street with its district, or a district."""
    street = city.streets.get(code)
    if street:
        return f"{city.districts[street.district_code].short} {street.name}"
    district = city.districts.get(code)
    return district.name if district else code or "全市"


def unit_name(city: City, unit_id: str) -> str:
    unit = city.units.get(unit_id)
    return unit.name if unit else unit_id or "未定"
