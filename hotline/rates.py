"""The three rates (三率): response, resolution and satisfaction, from completed callback surveys.

The definition is one Beijing district's working practice and the default; weights come from the city folder:

    valid      = callbacks that were valid (有效回访)
    response   = contacted / valid          resolution = solved / valid
    satisfied  = (满意 + 0.9 × 基本满意) / valid
    score      = 0.1 × response + 0.5 × resolution + 0.4 × satisfied

Without a valid callback there is no rate. Callbacks that reached nobody lower no rate; so coverage stands beside them, and an
interval says how much of a rate may be chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

Z = 1.959963984540054
"""The normal quantile of a 95 % interval."""


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


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval of a share; both ends between 0 and 1."""

    low: float
    high: float


def interval(share: float, of: int) -> Interval:
    """Wilson's score interval for a share of `of` observations (E. B. Wilson, JASA 22, 1927, pp. 209–212).

    For the mean of answers worth something between 0 and 1, as satisfaction and the score are, it is at least as wide as it has to
    be, because no such answers vary more than yes and no do. Raises ValueError without observations.
    """
    if of <= 0:
        raise ValueError("There is no interval without observations.")
    share = min(max(share, 0.0), 1.0)  # sums of weights leave the last digit beside 1
    spread = Z * Z / of
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / of + spread / (4 * of))
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))


def difference(share: float, of: int, other: float, other_of: int) -> Interval:
    """A 95 % interval of `share` − `other`, each a share of so many answers, with ends between −1 and 1.

    Newcombe's from two Wilson intervals (R. G. Newcombe, Statistics in Medicine 17, 1998, pp. 873–890, method 10). Where both
    come from the same citizens in part, it is rather too wide than too narrow.
    """
    one, two = interval(share, of), interval(other, other_of)
    between = share - other
    low = ((share - one.low) ** 2 + (two.high - other) ** 2) ** 0.5
    high = ((one.high - share) ** 2 + (other - two.low) ** 2) ** 0.5
    return Interval(between - low, between + high)
