"""Curves from rounded counts: by hand, and what they leave open."""

import doctest

import numpy as np
import pandas as pd
import pytest

from stepdown.disclosure import rounded_counts, rounded_curve, rounded_risk
from stepdown.errors import DisclosureError


def test_examples_of_the_docstrings() -> None:
    outcome = doctest.testmod(rounded_counts)
    assert outcome.failed == 0
    assert outcome.attempted > 4


def test_a_curve_by_hand() -> None:
    # 121 is shown as 120. Day 1: 4 relapses are shown as 0. Day 2: 13 and 2 as 15 and 0. Day 3: 31 and 18 as 30 and 20.
    # S: 1, then 1 - 15/120 = 0.875, then times 1 - 15/105 = 0.75.
    counts = pd.DataFrame({"relapse": [4, 13, 31], "censored": [0, 2, 18]}, index=[1, 2, 3])
    curve = rounded_curve(counts, 121)
    assert curve is not None
    assert curve["at_risk"].tolist() == [120, 120, 105]
    np.testing.assert_allclose(curve["event_free"], [1, 0.875, 0.75], rtol=1e-12)
    np.testing.assert_allclose(curve["risk_relapse"], [0, 0.125, 0.25], rtol=1e-12)


def test_competing_events_add_up() -> None:
    # Day 1: 20 and 15 of 100 leave. Day 2: 15 more relapse of the 65 at risk.
    counts = pd.DataFrame({"relapse": [20, 35], "death": [15, 15], "censored": [0, 0]}, index=[1, 2])
    curve = rounded_curve(counts, 100)
    assert curve is not None
    np.testing.assert_allclose(curve["risk_relapse"], [0.2, 0.2 + 0.65 * 15 / 65], rtol=1e-12)
    np.testing.assert_allclose(
        curve["event_free"] + curve["risk_relapse"] + curve["risk_death"], 1, rtol=1e-12
    )


def test_every_number_is_a_multiple_of_the_base_and_none_is_small() -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        n, base, threshold = (
            int(rng.integers(100, 400)),
            int(rng.choice([5, 6, 10])),
            int(rng.choice([5, 11])),
        )
        steps = rng.multinomial(n, [1 / 46] * 46)[:45].reshape(15, 3)
        counts = pd.DataFrame(steps.cumsum(axis=0), columns=["relapse", "death", "censored"])
        curve = rounded_curve(counts, n, base=base, threshold=threshold)
        assert curve is not None
        shown = curve[["relapse", "death", "censored"]].to_numpy()
        assert (shown % base == 0).all()
        assert ((shown == 0) | (shown >= threshold)).all()
        true = counts.loc[curve.index].to_numpy()
        assert (true[shown == 0] < threshold).all()
        assert (np.abs(true - shown)[shown > 0] < max(base, threshold)).all()
        assert (curve["at_risk"] >= threshold).all()


def test_a_curve_ends_where_few_are_at_risk() -> None:
    counts = pd.DataFrame({"relapse": [50, 92, 95], "censored": [0, 0, 0]}, index=[10, 20, 30])
    curve = rounded_curve(counts, 100)
    assert curve is not None
    assert curve.index.tolist() == [10, 20]
    assert rounded_curve(counts, 99) is None


def test_wrong_counts_are_refused() -> None:
    for counts in ([5, 4], [-1, 4], [5, 400]):
        with pytest.raises(DisclosureError) as caught:
            rounded_curve(pd.DataFrame({"relapse": counts}), 120)
        assert str(caught.value) == (
            "Cumulative counts fall, or are more than the people at the start. Give counts by the end of each day."
        )
    with pytest.raises(DisclosureError) as caught:
        rounded_risk(40, 140, base=4)
    assert str(caught.value) == "The base is 4. Give 5 or more."
