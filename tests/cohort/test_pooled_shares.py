"""Shares of imputations pooled, against the interval as Lott and Reiter (2020) write it."""

import math

import pandas as pd
import pytest
from scipy import stats

from stepdown.cohort.secondary.abstinence_by_arm import pooled_shares


def test_the_interval_is_that_of_lott_and_reiter() -> None:
    """Two imputations of 20 clients, 10 and 14 of them abstinent."""
    base = {"visit": 30, "rule": "as_defined", "group": 0, "denominator": 20, "design_effect": 1.0}
    shares = pd.DataFrame([base | {"numerator": 10, "rate": 0.5}, base | {"numerator": 14, "rate": 0.7}])
    (row,) = pooled_shares(shares, 0.95).to_dict("records")
    # U = (0.5 * 0.5 + 0.7 * 0.3) / 20 / 2, B = 0.02, r = 1.5 * B / U.
    within, between, size, share = 0.0115, 0.02, 20, 0.6
    r = 1.5 * between / within
    t = stats.t.ppf(0.975, (1 + 1 / r) ** 2)
    more = t**2 / size + t**2 * r / size
    middle = (2 * share + more) / (2 * (1 + more))
    half = math.sqrt(((2 * share + more) / (2 * (1 + more))) ** 2 - share**2 / (1 + more))
    assert (row["numerator"], row["denominator"], row["rate"]) == (12, 20, pytest.approx(0.6))
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((middle - half, middle + half))


def test_shares_that_agree_have_the_interval_of_one() -> None:
    """Wilson for 3 of 3: from 3 / (3 + z^2) to 1."""
    base = {"visit": 30, "rule": "as_defined", "group": 0, "denominator": 3, "design_effect": 1.0}
    shares = pd.DataFrame([base | {"numerator": 3, "rate": 1.0}] * 3)
    (row,) = pooled_shares(shares, 0.95).to_dict("records")
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((3 / (3 + 1.959964**2), 1.0))
