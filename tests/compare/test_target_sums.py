"""Sums over days for all targets at once, against the recursion by day and sums of each target."""

import numpy as np
import pytest

from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.target_sums import TargetSums, products_to, sums_to

TARGETS = (RiskTarget("risk", 3), RiskTarget("rmst", 5), RiskTarget("risk", 5))
RNG = np.random.default_rng(1)
EVENT, COMPETING = RNG.uniform(0.05, 0.3, (2, 4, 7))
EVENT[:, 0] = COMPETING[:, 0] = 0
EVERY = EVENT + COMPETING
FOUND = TargetSums(EVENT, EVERY, TARGETS)
X, Y = RNG.normal(size=(2, 4, 7))


def after(target: RiskTarget) -> np.ndarray:
    """Return the value once the events of each day are over, day by day from the last."""
    found, value = np.zeros_like(EVENT), np.zeros(len(EVENT))
    for day in range(target.day, 0, -1):
        found[:, day] = value
        value = target.per_day + target.per_event * EVENT[:, day] + (1 - EVERY[:, day]) * value
    found[:, 0] = value
    return found


def test_values_at_the_start_of_day_1_by_hand() -> None:
    two = TargetSums(
        np.array([[0, 0.5, 0.2]]), np.array([[0, 0.5, 0.5]]), (RiskTarget("risk", 2), RiskTarget("rmst", 2))
    )
    assert two.value.ravel().tolist() == [0.5 + 0.5 * 0.2, 1 + 0.5]


@pytest.mark.parametrize("number", range(3))
def test_sums_of_each_target_are_those_of_its_own_values(number: int) -> None:
    target = TARGETS[number]
    by_day = target.per_event * Y - after(target) * X
    by_day[:, 0] = target.per_event * Y[:, 0] - X[:, 0] * after(target)[:, 0]
    until = slice(0, target.day + 1)
    parts = FOUND.parts(X, Y)
    total = FOUND.until(parts, sums_to)
    assert total[number] == pytest.approx(by_day[:, until].sum(axis=1))
    columns = RNG.normal(size=(7, 2))
    products = FOUND.until(parts, lambda values, ends: products_to(values, columns, ends))
    assert products[number] == pytest.approx(by_day[:, until] @ columns[until])
    later = FOUND.later(parts, total)[number]
    assert later == pytest.approx(
        np.stack([by_day[:, day + 1 : target.day + 1].sum(axis=1) for day in range(target.day)], axis=1)
    )


def test_the_adjoint_follows_the_recursion() -> None:
    first = np.array([1.0, 2, 3, 4])
    expected = np.zeros_like(X)
    expected[:, 1] = first
    for day in range(1, 6):
        expected[:, day + 1] = expected[:, day] * (1 - EVERY[:, day]) + X[:, day]
    assert FOUND.adjoint(first, X) == pytest.approx(expected)


def test_days_past_the_last_column_count_for_nothing() -> None:
    short = FOUND.until(FOUND.parts(X[:, :4], Y[:, :4]), sums_to)
    padded = np.pad(X[:, :4], ((0, 0), (0, 3))), np.pad(Y[:, :4], ((0, 0), (0, 3)))
    assert short == pytest.approx(FOUND.until(FOUND.parts(*padded), sums_to))
