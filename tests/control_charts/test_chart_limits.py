"""Limits of control charts: published examples, sums by hand, and what enters them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepdown.control_charts import FEWEST, p_chart, standard_error_chart, xmr_chart
from stepdown.errors import EstimateError

# Montgomery DC, Introduction to Statistical Quality Control, 7th ed., example 7.1: cans of frozen orange juice
# that leak, 30 samples of 50; 24 more after the machine was adjusted.
CANS = [
    12,
    15,
    8,
    10,
    4,
    7,
    16,
    9,
    14,
    10,
    5,
    6,
    17,
    12,
    22,
    8,
    10,
    5,
    13,
    11,
    20,
    18,
    24,
    15,
    9,
    12,
    7,
    13,
    9,
    6,
]
ADJUSTED = [9, 6, 12, 5, 6, 4, 6, 3, 7, 6, 2, 4, 3, 6, 5, 4, 8, 5, 6, 7, 5, 6, 3, 5]
# The same, example 6.5: cost of a loan in 20 weeks; mean 300.5, mean moving range 148 / 19.
COSTS = [310, 288, 297, 298, 307, 303, 294, 297, 308, 306, 294, 299, 297, 299, 314, 295, 293, 306, 301, 304]


def test_the_limits_of_montgomery_for_a_share() -> None:
    assert sum(CANS) == 347
    chart = p_chart(CANS, [50] * 30, over_dispersion="never")
    assert chart.kind == "p"
    assert chart.center == pytest.approx(np.full(30, 0.2313), abs=5e-5)
    assert chart.low[0] == pytest.approx(0.0524, abs=5e-5)
    assert chart.high[0] == pytest.approx(0.4102, abs=5e-5)
    (beyond,) = [one for one in chart.signals if one.rule == "beyond_limits"]
    assert beyond.points == (14, 22)  # samples 15 and 23


def test_points_that_do_not_count_enter_no_limit_and_no_rule() -> None:
    chart = p_chart(CANS, [50] * 30, counted=[k not in (14, 22) for k in range(30)], over_dispersion="never")
    # (347 - 46) / (28 * 50), as in the book; the next point beyond the new limits is sample 21.
    assert chart.center[0] == pytest.approx(0.2150, abs=5e-5)
    assert chart.low[0] == pytest.approx(0.0407, abs=5e-5)
    assert chart.high[0] == pytest.approx(0.3893, abs=5e-5)
    (beyond,) = [one for one in chart.signals if one.rule == "beyond_limits"]
    assert beyond.points == (20,)
    assert chart.high[14] == chart.high[0]  # drawn against the limits all the same
    assert chart.held(0) == 28


def test_limits_start_anew_after_a_change() -> None:
    chart = p_chart(CANS + ADJUSTED, [50] * 54, starts=[30], over_dispersion="never")
    # 133 / 1200; the book draws the lower limit at 0.
    assert chart.center[30] == pytest.approx(0.1108, abs=5e-5)
    assert (chart.low[30], chart.high[30]) == (0.0, pytest.approx(0.2440, abs=5e-5))
    assert chart.center[29] == pytest.approx(347 / 1500)
    assert set(chart.part[:30]) == {0}
    assert set(chart.part[30:]) == {1}


def test_the_limits_of_montgomery_for_single_values() -> None:
    chart = xmr_chart(COSTS)
    assert chart.center[0] == pytest.approx(300.5)
    assert chart.low[0] == pytest.approx(279.78, abs=0.005)
    assert chart.high[0] == pytest.approx(321.22, abs=0.005)
    assert chart.signals == ()


def test_the_widening_of_laney_by_hand() -> None:
    # 55 and 45 of 100 in turn: z is 1 and -1, the moving range 2, s = 2 / 1.128 = 1.773, a standard error 0.05.
    events = [55, 45] * 6
    chart = p_chart(events, [100] * 12)
    assert chart.kind == "p_prime"
    assert chart.widening == (pytest.approx(2 / 1.128),)
    assert chart.high[0] == pytest.approx(0.5 + 3 * 0.05 * 2 / 1.128)
    assert p_chart(events, [100] * 12, over_dispersion="never").high[0] == pytest.approx(0.65)
    # 52 and 48: z is 0.4 and -0.4, s = 0.709, which chance explains; the limits are those of the p chart.
    less = p_chart([52, 48] * 6, [100] * 12)
    assert (less.kind, less.widening) == ("p", (1.0,))
    assert p_chart([52, 48] * 6, [100] * 12, over_dispersion="always").widening == (
        pytest.approx(0.8 / 1.128),
    )


def test_the_widening_rule_fires_in_one_of_twenty_series_of_chance() -> None:
    rng = np.random.default_rng(20261129)
    kinds = [p_chart(rng.binomial(240, 0.3, 12), [240] * 12).kind for _ in range(1000)]
    assert 0.03 < np.mean([kind == "p_prime" for kind in kinds]) < 0.09


def test_estimates_are_charted_by_their_own_standard_errors() -> None:
    # Two points as certain as 100 people, four as 25, of 100 people each: center (200 * 0.5 + 100 * 0.2) / 300 = 0.4.
    risk = np.array([0.5, 0.5, 0.2, 0.2, 0.2, 0.2])
    size = np.array([100.0, 100, 25, 25, 25, 25])
    chart = standard_error_chart(risk, np.sqrt(risk * (1 - risk) / size), [100] * 6)
    assert chart.center == pytest.approx(np.full(6, 0.4))
    assert chart.high[0] == pytest.approx(0.4 + 3 * np.sqrt(0.24 / 100))
    assert chart.high[2] == pytest.approx(0.4 + 3 * np.sqrt(0.24 / 25))


def test_rates_are_charted_by_person_time() -> None:
    # 8 events in 200 months, each 0.04 with the standard error sqrt(8) / 200; one point without events.
    chart = standard_error_chart(
        [0.04] * 6 + [0.0], [np.sqrt(8) / 200] * 6 + [0.0], [200.0] * 7, scale="rate"
    )
    center = 48 / 1400
    assert chart.center[0] == pytest.approx(center)
    assert chart.high[6] == pytest.approx(center + 3 * np.sqrt(center / 200))
    assert chart.low[6] == 0


@pytest.mark.parametrize(("size", "limited"), [(FEWEST["p"] - 1, False), (FEWEST["p"], True)])
def test_too_few_points_have_no_limits(size: int, limited: bool) -> None:
    chart = p_chart([10] * size, [50] * size)
    assert np.isfinite(chart.center).all() == limited
    assert (chart.needed, chart.held(0)) == (6, size)
    assert chart.signals == ()
    assert np.isnan(xmr_chart(COSTS[:11]).center).all()
    assert np.isfinite(xmr_chart(COSTS[:12]).center).all()


def test_points_of_nobody_have_no_value() -> None:
    chart = p_chart([10] * 6 + [0], [50] * 6 + [0])
    assert np.isnan(chart.value[6])
    assert np.isnan(chart.high[6])
    assert chart.held(0) == 6


def test_points_that_are_all_the_same_have_no_limits() -> None:
    for chart in (p_chart([0] * 8, [50] * 8), p_chart([50] * 8, [50] * 8), xmr_chart([7] * 12)):
        assert np.isnan(chart.high).all()
        assert np.isfinite(chart.center).all()
        assert chart.signals == ()


def test_what_no_chart_can_be_made_of_is_refused() -> None:
    with pytest.raises(EstimateError) as found:
        p_chart([3, 2], [2, 2])
    assert str(found.value) == "A point of a p chart needs 0 to n events of n. Give counts."
    with pytest.raises(EstimateError) as found:
        p_chart([1, 2], [2, 2, 2])
    assert str(found.value) == "The arrays of a control chart must have one entry for each point."
    with pytest.raises(EstimateError) as found:
        xmr_chart([1, 2], rules="western")
    assert str(found.value) == "rules must be one of three_sigma, making_data_count."


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(40, 90)), min_size=6, max_size=15))
def test_a_chart_of_standard_errors_is_the_p_chart_where_nobody_is_lost(
    points: list[tuple[int, int]],
) -> None:
    events, n = np.array(points, dtype=float).T
    risk = events / n
    chart = standard_error_chart(risk, np.sqrt(risk * (1 - risk) / n), n)
    plain = p_chart(events, n, over_dispersion="never")
    for name in ("center", "low", "high"):
        assert np.allclose(getattr(chart, name), getattr(plain, name), equal_nan=True)
