"""Frequency weights: a row with a count is so many rows."""

import numpy as np
import pandas as pd
import pytest

from stepdown import survival
from stepdown.errors import EstimateError

RNG = np.random.default_rng(5)
N = 40
FRAME = pd.DataFrame({
    "days": RNG.integers(1, 20, N), "event": RNG.integers(0, 2, N), "arm": RNG.choice(["iop", "none"], N),
    "x": RNG.normal(size=N), "count": RNG.integers(0, 4, N),
})  # fmt: skip
REPEATED = FRAME.loc[FRAME.index.repeat(FRAME["count"])].reset_index(drop=True)
ESTIMATORS = {
    "kaplan_meier": lambda **c: survival.kaplan_meier("days", "event", "arm", **c).table,
    "aalen_johansen": lambda **c: survival.aalen_johansen("days", "event", "arm", **c).table,
    "nelson_aalen": lambda **c: survival.nelson_aalen("days", "event", "arm", **c).table,
    "rmst": lambda **c: survival.rmst("days", "event", "arm", tau=12, **c).table,
    "rmtl": lambda **c: survival.rmtl("days", "event", "arm", tau=12, **c).table,
    "window_hazard": lambda **c: survival.window_hazard("days", "event", "arm", cuts=[0, 5, 12], **c).table,
    "logrank": lambda **c: survival.logrank("days", "event", "arm", **c).table,
    "gray": lambda **c: survival.gray("days", "event", "arm", cause=1, **c).table,
    "cox": lambda **c: survival.cox("days", "event", "x + arm", **c).summary,
    "fine_gray": lambda **c: survival.fine_gray("days", "event", ["x"], cause=1, **c).summary,
}


@pytest.mark.parametrize("name", list(ESTIMATORS))
def test_a_count_is_as_many_rows(name):
    found = ESTIMATORS[name](data=FRAME, counts="count")
    pd.testing.assert_frame_equal(found, ESTIMATORS[name](data=REPEATED))


def test_counts_of_arrays_and_other_weights():
    weights = np.linspace(0.5, 2, N)
    curve = survival.kaplan_meier(FRAME["days"], FRAME["event"], weights=weights, counts=FRAME["count"])
    rows = np.repeat(np.arange(N), FRAME["count"])
    expected = survival.kaplan_meier(REPEATED["days"], REPEATED["event"], weights=weights[rows])
    pd.testing.assert_frame_equal(curve.table, expected.table)


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ([1, 2.5, 1], "is not a whole number from 0 up"),
        ([1, -1, 1], "is not a whole number from 0 up"),
        ([1, np.nan, 1], "is not a whole number from 0 up"),
        ([1, 1], "has 2 rows where days has 3"),
        (["a", "b", "c"], "not a number"),
        ([10**8, 1, 1], "more than 50,000,000 people"),
        ([0, 0, 0], "is empty"),
    ],
)
def test_refused(counts, text):
    with pytest.raises(EstimateError, match=text):
        survival.kaplan_meier([1, 2, 3], [1, 0, 1], counts=counts)
