"""The three rates, against a computation that takes the definition word for word."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline.city import City
from hotline.rates import Counts, Weights, rates


@dataclass(frozen=True)
class Callback:
    """One survey as a person would write it down."""

    answered: bool
    contacted: bool
    solved: str
    satisfaction: str


CALLBACK = st.builds(
    Callback, st.booleans(), st.booleans(), st.sampled_from(["yes", "partly", "no"]), st.sampled_from(["satisfied", "basically", "dissatisfied"])
)


def counted(callbacks: list[Callback]) -> Counts:
    valid = [c for c in callbacks if c.answered]
    return Counts(
        due=len(callbacks),
        valid=len(valid),
        contacted=len([c for c in valid if c.contacted]),
        solved=len([c for c in valid if c.solved == "yes"]),
        satisfied=len([c for c in valid if c.satisfaction == "satisfied"]),
        basically=len([c for c in valid if c.satisfaction == "basically"]),
    )


@given(st.lists(CALLBACK, max_size=40))
def test_rates_are_the_means_over_the_valid_callbacks(callbacks: list[Callback]) -> None:
    points = {"satisfied": 1.0, "basically": 0.9, "dissatisfied": 0.0}
    result = rates(counted(callbacks), Weights())
    valid = [c for c in callbacks if c.answered]
    if not valid:
        assert result is None
        return
    assert result is not None

    def mean(values: list[float]) -> float:
        return sum(values) / len(values)

    assert result.response == pytest.approx(mean([float(c.contacted) for c in valid]))
    assert result.resolution == pytest.approx(mean([float(c.solved == "yes") for c in valid]))
    assert result.satisfied == pytest.approx(mean([points[c.satisfaction] for c in valid]))
    each = [0.1 * c.contacted + 0.5 * (c.solved == "yes") + 0.4 * points[c.satisfaction] for c in valid]
    assert result.score == pytest.approx(mean(each))
    assert result.coverage == pytest.approx(len(valid) / len(callbacks))
    assert all(0 <= share <= 1.0000001 for share in (result.response, result.resolution, result.satisfied, result.score, result.coverage))


@given(st.lists(CALLBACK, max_size=10), st.lists(CALLBACK, max_size=10))
def test_counts_of_two_units_add_up_to_the_counts_of_both(one: list[Callback], other: list[Callback]) -> None:
    assert counted(one) + counted(other) == counted(one + other)


def test_without_a_valid_callback_there_is_no_rate_and_not_a_rate_of_zero() -> None:
    assert rates(Counts(), Weights()) is None
    assert rates(Counts(due=7), Weights()) is None
    only_bad = rates(Counts(due=7, valid=1), Weights())
    assert only_bad is not None
    assert only_bad.score == 0


def test_a_citizen_who_is_not_reached_lowers_coverage_and_no_rate() -> None:
    reached = rates(Counts(due=2, valid=2, contacted=2, solved=1, satisfied=1, basically=1), Weights())
    some_not = rates(Counts(due=4, valid=2, contacted=2, solved=1, satisfied=1, basically=1), Weights())
    assert reached is not None
    assert some_not is not None
    assert (some_not.response, some_not.resolution, some_not.satisfied, some_not.score) == (
        reached.response, reached.resolution, reached.satisfied, reached.score,
    )  # fmt: skip
    assert (reached.coverage, some_not.coverage) == (1, 0.5)


def test_the_weights_are_the_citys(city: City) -> None:
    ours = city.settings["rates"]
    weights = Weights(ours["response"], ours["resolution"], ours["satisfied"], ours["basically"])
    assert weights.response + weights.resolution + weights.satisfied == pytest.approx(1)
    result = rates(Counts(due=10, valid=10, contacted=10, solved=10, basically=10), weights)
    assert result is not None
    assert result.satisfied == pytest.approx(weights.basically)
