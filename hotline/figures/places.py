"""Places on the map: half-kilometre cells, and the clusters that cells with many tickets form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, floor, radians

from hotline.messages import Location

STEP = 0.005
"""Degrees of a cell's side: about 550 metres from south to north."""
FEWEST = 3
"""Tickets that a cluster has at least: fewer might point to one citizen."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Neighbouring cells with many tickets. The middle is weighted by tickets; `metres` is half of the longer side."""

    latitude: float
    longitude: float
    metres: int
    tickets: int
    cells: tuple[str, ...]


def cell_of(location: Location) -> str:
    """The cell that holds a point, as `row_column`."""
    return f"{floor(location.latitude / STEP)}_{floor(location.longitude / STEP)}"


def middle(cell: str) -> tuple[float, float]:
    """Latitude and longitude of a cell's middle."""
    row, column = (int(part) for part in cell.split("_"))
    return (row + 0.5) * STEP, (column + 0.5) * STEP


def clusters(cells: Mapping[str, int], *, dense: int, fewest: int = FEWEST) -> list[Cluster]:
    """Group cells with at least `dense` tickets that touch one another, corners included. Most tickets first."""
    left = {tuple(map(int, cell.split("_"))): count for cell, count in cells.items() if count >= dense}
    found = []
    while left:
        grown, wait = [], [next(iter(left))]
        while wait:
            row, column = wait.pop()
            if (row, column) not in left:
                continue
            grown.append((row, column, left.pop((row, column))))
            wait += [(row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1)]
        total = sum(count for _, _, count in grown)
        if total >= fewest:
            found.append(_cluster(grown, total))
    return sorted(found, key=lambda c: (-c.tickets, c.cells))


def _cluster(grown: list[tuple[int, int, int]], total: int) -> Cluster:
    rows, columns = [row for row, _, _ in grown], [column for _, column, _ in grown]
    latitude = sum((row + 0.5) * STEP * count for row, _, count in grown) / total
    longitude = sum((column + 0.5) * STEP * count for _, column, count in grown) / total
    north = (max(rows) - min(rows) + 1) * STEP * 111_320
    east = (max(columns) - min(columns) + 1) * STEP * 111_320 * cos(radians(latitude))
    return Cluster(latitude, longitude, round(max(north, east) / 2), total, tuple(sorted(f"{row}_{column}" for row, column, _ in grown)))
