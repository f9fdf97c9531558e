"""Ratios of average hazards by period: their value by hand, and their influence as a derivative."""

import numpy as np
import pandas as pd
import pytest

from stepdown.compare.grace_period.comparison_table import quantities
from stepdown.compare.known_arms import compare_known_arms

# In the first arm one of ten relapses on day 2 and one on day 4; in the other two of ten on day 2, none later.
DAYS = np.array([2, 4, *[4] * 8, 2, 2, *[4] * 8])
EVENT = np.array([1, 1, *[0] * 8, 1, 1, *[0] * 8])
ARM = np.repeat([0, 1], 10)


def test_by_hand() -> None:
    found = compare_known_arms(
        DAYS, EVENT, ARM, pd.DataFrame(index=range(20)), labels=("A", "B"), method="weighting", times=(2, 4),
        window=(2, 4), rmst=4,
    )  # fmt: skip
    table = found.table[found.table["estimand"] == "hazard_ratio"]
    assert table["statistic"].unique().tolist() == ["ratio"]
    by_period = table.set_index(["window_start", "time"])["estimate"]
    # Event-free days: a day counts for those event-free at its start. Days 1-2: 20 in each arm. Days 3-4: 18, 16.
    assert by_period[0, 2] == pytest.approx((1 / 20) / (2 / 20))
    assert by_period[0, 4] == pytest.approx((2 / 38) / (2 / 36))
    # Nobody of the other arm relapses on days 3-4.
    assert np.isnan(by_period[2, 4])


def test_the_influence_is_a_derivative() -> None:
    _, reported = quantities((30, 90), (30, 90), 90)
    rates = [one for one in reported if one.estimand == "hazard_ratio"]
    assert [(one.window_start, one.time) for one in rates] == [(0, 90), (0, 30), (30, 90)]
    # Risks by day 30 and 90, mean days by day 90 and 30, and the influence of one person on each.
    values, influence = np.array([0.1, 0.3, 75.0, 28.0]), np.array([[0.02, -0.03, 1.5, -0.7]])
    assert [float(one.of(values)) for one in rates] == pytest.approx([0.3 / 75, 0.1 / 28, 0.2 / 47])
    for one in rates:
        up, down = (np.log(one.of(values + sign * 1e-6 * influence)) for sign in (1, -1))
        assert one.relative(values, influence) == pytest.approx((up - down) / 2e-6, rel=1e-6)
