"""The three rates (三率): response, resolution and satisfaction, from completed callback surveys.

The definition is one Beijing district's working practice and the default; weights come from the city folder:

    valid      = callbacks that were valid (有效回访)
    response   = contacted / valid          resolution = solved / valid
    satisfied  = (满意 + 0.9 × 基本满意) / valid
    score      = 0.1 × response + 0.5 × resolution + 0.4 × satisfied

Without a valid callback there is no rate. Callbacks that reached nobody lower no rate; so coverage stands beside them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Weights:
    """Of the score, and of an answer “basically satisfied”."""

    response: float = 0.1
    resolution: float = 0.5
    satisfied: float = 0.4
    basically: float = 0.9


@dataclass(frozen=True, slots=True)
class Counts:
    """Surveys of some unit in some window. `due` counts all that were to be asked, `valid` those answered."""

    due: int = 0
    valid: int = 0
    contacted: int = 0
    solved: int = 0
    satisfied: int = 0
    basically: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.due + other.due, self.valid + other.valid, self.contacted + other.contacted,
            self.solved + other.solved, self.satisfied + other.satisfied, self.basically + other.basically,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares between 0 and 1."""

    response: float
    resolution: float
    satisfied: float
    score: float
    coverage: float


def rates(counts: Counts, weights: Weights) -> Rates | None:
    """The rates of these counts; None when nothing valid was counted, to be shown as “—”."""
    if counts.valid == 0:
        return None
    response = counts.contacted / counts.valid
    resolution = counts.solved / counts.valid
    satisfied = (counts.satisfied + weights.basically * counts.basically) / counts.valid
    score = weights.response * response + weights.resolution * resolution + weights.satisfied * satisfied
    return Rates(response, resolution, satisfied, score, counts.valid / counts.due)
