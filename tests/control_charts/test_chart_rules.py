"""Rules of control charts: each drawn by hand at its edge, and the published limits of runs."""

import numpy as np
import pytest

from stepdown.control_charts import p_chart, run_lengths, xmr_chart

# Points, longest run, fewest crossings: appendix of the documentation of the R package qicharts2.
LIMITS = [(10, 6, 2), (12, 7, 3), (14, 7, 4), (16, 7, 4), (20, 7, 6), (22, 7, 7), (23, 8, 7), (24, 8, 8), (30, 8, 10),
          (40, 8, 14), (45, 8, 17), (46, 9, 17), (60, 9, 23), (75, 9, 30)]  # fmt: skip


@pytest.mark.parametrize(("points", "longest", "crossings"), LIMITS)
def test_the_published_limits_of_runs(points: int, longest: int, crossings: int) -> None:
    found = run_lengths([1.0, -1.0] * points, [0.0] * (2 * points))
    assert found.useful == 2 * points
    found = run_lengths(([1.0, -1.0] * points)[:points], [0.0] * points)
    assert (found.longest_limit, found.crossings_limit) == (longest, crossings)
    assert (found.longest, found.crossings) == (1, points - 1)


def rules(value: list[float], rules: str) -> dict[str, tuple[int, ...]]:
    """Signals of shares of 10,000 about one half, from values in standard errors."""
    events = np.round(5000 + 50 * np.array(value))
    chart = p_chart(events, [10_000] * len(value), rules=rules, over_dispersion="never")
    assert chart.center[0] == pytest.approx(0.5, abs=1e-3)
    return {one.rule: one.points for one in chart.signals}


def test_a_run_is_too_long_from_the_limit_on() -> None:
    # Of 12 points a run of 7 is chance, one of 8 is not; in both the line is crossed often enough.
    seven = [-2, 1, -1.5, 1, -1.5, *[0.4] * 7]
    assert rules(seven, "three_sigma") == {}
    assert not run_lengths(seven, [0.0] * 12).long_run
    eight = [-1.5, 1, -1.5, -1, *[0.4] * 8]
    assert rules(eight, "three_sigma") == {"long_run": tuple(range(4, 12))}


def test_too_few_crossings_are_a_shift() -> None:
    # Twelve points that cross twice, where chance crosses three times or more; no run is longer than 7.
    assert rules([1, 1, 1, -1, -1, -1, -1, -1, -1, 1, 1, 1], "three_sigma") == {
        "few_crossings": tuple(range(12))
    }
    assert rules([1, 1, -1, -1, -1, -1, -1, 1, 1, 1, 1, -1], "three_sigma") == {}


def test_few_points_have_no_rules_of_runs() -> None:
    nine = run_lengths([1.0] * 9, [0.0] * 9)
    assert not nine.long_run
    assert not nine.few_crossings
    assert run_lengths([1.0] * 10, [0.0] * 10).long_run
    assert run_lengths([], []).useful == 0


def test_points_on_the_line_are_left_out_of_runs() -> None:
    found = run_lengths([1, 0, 1, -1, 0, -1, 1], [0.0] * 7)
    assert (found.useful, found.longest, found.crossings) == (5, 2, 2)


def test_the_rules_of_making_data_count() -> None:
    name = "making_data_count"
    assert rules([3.2, -1, -1, -1, 1, -1, 0.4, -0.6, 0, 0], name) == {"beyond_limits": (0,)}
    # A shift is seven in a row on one side; six are chance.
    assert rules([-1, 1, -1, *[0.5] * 6, -2, 1, -1], name) == {}
    assert rules([-1, -1, -1.5, *[0.5] * 7], name) == {"shift": tuple(range(3, 10))}
    # A trend is seven points that rise all the way.
    assert rules([-1.5, -1, -0.5, 0.25, 0.5, 0.75, 1.5], name) == {"trend": tuple(range(7))}
    assert rules([-1.5, -1, -0.5, 0.25, 0.5, 1.25], name) == {}
    # Two of three points beyond two standard errors, all three on that side.
    assert rules([2.2, 1, 2.2, -1.8, -1.8, -1.8, 0.5, -0.5], name) == {"two_of_three": (0, 2)}
    assert rules([2.2, -0.4, 2.2, -1.8, -1.8, -0.4, 0.5, -0.5], name) == {}


def test_provisional_points_break_no_rule() -> None:
    chart = xmr_chart([8, 10] * 6 + [30], counted=[True] * 12 + [False])
    assert chart.signals == ()
    assert xmr_chart([8, 10] * 6 + [30]).signals[0].points == (12,)
