"""What a printed number gives away: by hand, against a naive search, and against statsmodels."""

import doctest

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from stepdown.disclosure import (
    CONTRASTS,
    QUANTITIES,
    PrintedNumber,
    finest_step,
    fits,
    fits_contrast,
    fitting_counts,
    leaves_open,
    round_to,
    rounded_risk,
    wilson,
)
from stepdown.errors import DisclosureError
from support_size import quick_or_long

RISK = ("risk", "conf_low", "conf_high")


def test_examples_of_the_docstrings() -> None:
    outcome = doctest.testmod(fitting_counts)
    assert outcome.failed == 0
    assert outcome.attempted > 10


def test_wilson_is_that_of_statsmodels() -> None:
    for events, n in ((40, 140), (0, 20), (20, 20), (1, 9)):
        np.testing.assert_allclose(
            wilson(events, n), proportion_confint(events, n, method="wilson"), atol=1e-12
        )


def test_p_is_that_of_statsmodels() -> None:
    counts = np.array([14.0, 20.0, 10.0, 30.0])
    expected = proportions_ztest([14, 10], [20, 30])[1]
    assert CONTRASTS["p_value"](*counts) == pytest.approx(expected, abs=1e-12)
    assert CONTRASTS["std_error_of_difference"](*counts) == pytest.approx(
        np.sqrt(0.7 * 0.3 / 20 + 1 / 3 * 2 / 3 / 30), abs=1e-12
    )


def test_one_decimal_gives_40_of_140_away() -> None:
    # By hand: 40 / 140 is 28.57%, and Wilson's limits are 21.74% and 36.55%.
    printed = [PrintedNumber(*one, 0.001) for one in zip(RISK, (0.286, 0.217, 0.365), strict=True)]
    assert fits(printed, most=quick_or_long(600, 5_000)).tolist() == [[40, 140]]
    assert len(fits(printed[:1])) > 100


@pytest.mark.parametrize("step", [0.001, 0.01, 0.05])
def test_what_fits_is_what_a_naive_search_finds(step: float) -> None:
    names = ("risk", "conf_low", "conf_high", "std_error")
    true = {name: float(round_to(QUANTITIES[name](np.float64(9), np.float64(31)), step)) for name in names}
    naive = [
        [events, n]
        for n in range(1, 41)
        for events in range(n + 1)
        if all(float(round_to(QUANTITIES[name](np.float64(events), np.float64(n)), step)) == true[name] for name in names)
    ]  # fmt: skip
    found = fits([PrintedNumber(name, value, step) for name, value in true.items()], most=40)
    assert found.tolist() == naive
    assert [9, 31] in naive


def test_true_counts_always_fit() -> None:
    rng = np.random.default_rng(1)
    for _ in range(quick_or_long(20, 5_000)):
        n = int(rng.integers(1, 200))
        events = int(rng.integers(0, n + 1))
        step = float(rng.choice([0.001, 0.005, 0.01, 0.1]))
        printed = [
            PrintedNumber(
                name, float(round_to(QUANTITIES[name](np.float64(events), np.float64(n)), step)), step
            )
            for name in RISK
        ]
        assert [events, n] in fits(printed, most=200).tolist()


def test_a_comparison_narrows_what_fits_each_group() -> None:
    groups = [
        fits([PrintedNumber("n", n, 5), PrintedNumber("events", events, 5)])
        for events, n in ((15, 50), (30, 60))
    ]
    assert [len(pairs) for pairs in groups] == [25, 25]
    p = float(round_to(CONTRASTS["p_value"](*np.array([14.0, 51.0, 31.0, 59.0])), 0.001))
    both = fits_contrast([PrintedNumber("p_value", p, 0.001)], *groups)
    assert [14, 51, 31, 59] in both.tolist()
    assert len(both) < 30


def test_unknown_quantities_are_refused() -> None:
    with pytest.raises(DisclosureError) as caught:
        fits([PrintedNumber("mean", 3.0, 1)])
    assert str(caught.value) == (
        "'mean' is not a quantity that can be searched for. "
        "Give one of events, without_event, n, risk, conf_low, conf_high, std_error."
    )


def test_few_without_the_event_are_a_small_count_too() -> None:
    pairs = fits([PrintedNumber("n", 100, 1), PrintedNumber("risk", 0.95, 0.01)])
    assert leaves_open(pairs, 95, 100) is False
    # 5 is not below 5.
    assert leaves_open(pairs, 95, 100, threshold=5) is True
    assert leaves_open(fits([PrintedNumber("n", 100, 1)]), 95, 100) is True


def test_the_step_is_the_finest_that_leaves_everything_open() -> None:
    # By hand: 8 of 100 at 10 points is 10%, from 5 to 15 (with n of 98 to 102); at 5 points it is 8 to 12 or so.
    assert finest_step([8], [100]) == 0.1
    assert finest_step([8, 50], [100, 100]) == 0.1
    assert finest_step([50], [100]) == 0.001
    assert finest_step([0], [100]) is None


def test_a_risk_from_rounded_counts_leaves_no_more_than_they_do() -> None:
    for events, n in ((40, 140), (11, 60), (57, 71)):
        found = rounded_risk(events, n)
        assert found is not None
        printed = [
            PrintedNumber(*one, 1e-6)
            for one in zip(RISK, (found.risk, found.conf_low, found.conf_high), strict=True)
        ]
        assert fits(printed, most=300).tolist() == [[found.events, found.n]]
        assert abs(found.events - events) < 3
        assert abs(found.n - n) < 3
    assert rounded_risk(10, 60) is None
    assert rounded_risk(50, 60) is None
