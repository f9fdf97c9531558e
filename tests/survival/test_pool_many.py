"""Many numbers pooled at once, and tests pooled from their statistics."""

import numpy as np
import pytest
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival import pool, pool_numbers, pool_tests


@pytest.mark.parametrize("scale", ["risk", "survival", "log", "plain"])
def test_each_number_is_pooled_as_by_itself(scale: str) -> None:
    values = np.array([[0.2, 0.5], [0.25, 0.45], [0.22, 0.6]])
    errors = np.array([[0.02, 0.05], [0.03, 0.04], [0.02, 0.05]])
    found = pool_numbers(values, errors, scale=scale, df_complete=40).table  # type: ignore[arg-type]
    there, slope, back = {
        "risk": (
            lambda f: np.log(-np.log(1 - f)),
            lambda f: -1 / ((1 - f) * np.log(1 - f)),
            lambda g: 1 - np.exp(-np.exp(g)),
        ),
        "survival": (
            lambda s: np.log(-np.log(s)),
            lambda s: 1 / (s * np.log(s)),
            lambda g: np.exp(-np.exp(g)),
        ),
        "log": (np.log, lambda x: 1 / x, np.exp),
        "plain": (lambda x: x, np.ones_like, lambda x: x),
    }[scale]
    for column in (0, 1):
        alone = pool(
            there(values[:, column]),
            (errors[:, column] * slope(values[:, column])) ** 2,
            df_complete=40,
        ).table.iloc[0]
        one = found.iloc[column]
        assert one["estimate"] == pytest.approx(back(alone["estimate"]), rel=1e-12)
        assert [one["conf_low"], one["conf_high"]] == pytest.approx(
            sorted([back(alone["conf_low"]), back(alone["conf_high"])])
        )
        assert one["std_error"] == pytest.approx(abs(alone["std_error"] / slope(one["estimate"])), rel=1e-12)


def test_tests_are_pooled_by_hand() -> None:
    # Roots 2, 3, 4 vary by 1; (1 + 1/3) 1 = 4/3; mean 29/3; (29/3 - 2 * 4/3) / (1 + 4/3) = 3.
    found = pool_tests([4.0, 9.0, 16.0], 1)
    assert found.statistic == pytest.approx(3.0)
    # 2 * (1 + 3/4)^2.
    assert (found.df, found.df_other, found.m) == (1, pytest.approx(6.125), 3)
    assert found.p == pytest.approx(stats.f.sf(3.0, 1, 6.125))
    two = pool_tests([4.0, 9.0, 16.0], 2)
    assert two.statistic == pytest.approx((29 / 6 - 8 / 3) / (7 / 3))
    assert two.df_other == pytest.approx(6.125 / 2)


def test_tests_that_agree_are_the_one_test_and_none_is_below_nothing() -> None:
    same = pool_tests([5.0] * 4, 2)
    assert (same.statistic, same.df_other) == (2.5, np.inf)
    assert same.p == pytest.approx(stats.chi2.sf(5.0, 2))
    assert pool_tests([0.0, 0.0], 1).p == 1
    apart = pool_tests([0.0, 9.0], 1)
    assert (apart.statistic, apart.p) == (0, 1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pool_tests([3.0], 1), "There are fewer than two tests to pool. Give one per imputation."),
        (
            lambda: pool_tests([3.0, np.nan], 1),
            "statistics must be finite and not negative, and df a whole number from 1 up.",
        ),
        (
            lambda: pool_numbers([[0.5]], [[0.1]], scale="risk"),
            "estimates and errors must have two rows or more, one per imputation.",
        ),
        (
            lambda: pool_numbers([[0.5], [1.0]], [[0.1], [0.1]], scale="risk"),
            "A number is missing or has no value on the scale. Leave it out of every imputation.",
        ),
    ],
)
def test_message(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EstimateError) as caught:
        call()
    assert str(caught.value) == message
