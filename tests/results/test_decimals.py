"""Adjusted numbers that are rounded to whole points have no decimal; every other number keeps its own."""

import math

import pandas as pd
import pytest

from stepdown.display.estimates import confidence, difference, estimate, interval
from stepdown.results.words import number, percent, points, ratio, signed


def row(value: float, low: float = math.nan, high: float = math.nan, **keys: object) -> pd.Series:
    return pd.Series({"estimate": value, "conf_low": low, "conf_high": high, "population": "everyone"} | keys)


def test_whole_points_have_no_decimal() -> None:
    found = row(-0.11, -0.17, -0.05)
    assert interval(found, points) == "−11 (−17\u00a0to\u00a0−5)"
    assert difference(found, "relapses", scale=100) == "11 fewer relapses (95% CI 5 to 17 fewer)"
    assert interval(row(0.23, 0.19, 0.27), percent) == "23% (19%\u00a0to\u00a027%)"
    assert confidence(row(0.23, 0.19, 0.27), percent) == "(95% CI 19% to 27%)"
    assert interval(row(7.0, 4.0, 10.0), signed) == "+7 (+4\u00a0to\u00a0+10)"
    assert interval(row(78.0, 76.0, 80.0), number) == "78 (76\u00a0to\u00a080)"
    assert estimate(row(-0.12), points) == "−12"
    assert interval(row(0.18), percent) == "18% (no interval)"


def test_one_number_with_a_decimal_keeps_it_for_all() -> None:
    assert interval(row(-0.11, -0.175, -0.05), points) == "−11.0 (−17.5\u00a0to\u00a0−5.0)"
    found = row(-0.1134, -0.17, -0.05)
    assert difference(found, "relapses", scale=100) == "11.3 fewer relapses (95% CI 5.0 to 17.0 fewer)"


@pytest.mark.parametrize("keys", [{"population": ""}, {"population": "", "estimand": "risk"}])
def test_a_share_of_counted_people_keeps_its_decimal(keys: dict[str, object]) -> None:
    assert interval(row(0.25, 0.2, 0.3, **keys), percent) == "25.0% (20.0%\u00a0to\u00a030.0%)"


def test_ratios_keep_two_decimals() -> None:
    assert interval(row(1.0, 0.5, 2.0), ratio) == "1.00 (0.50\u00a0to\u00a02.00)"
