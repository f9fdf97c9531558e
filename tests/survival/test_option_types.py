"""Options of a wrong type are refused in words, never by a TypeError from within."""

import numpy as np
import pytest

from stepdown import survival
from stepdown.errors import EstimateError

DAYS, EVENT, ARM = [3, 5, 5, 8, 9, 12] * 2, [1, 1, 0, 1, 0, 0] * 2, list("aababb") * 2
CURVES = survival.kaplan_meier(DAYS, EVENT, ARM)
HIGH = np.where(EVENT, DAYS, np.inf)
WRONG = ("x", None, object(), float("nan"), -1, True, {"a": 1})
MADE = {
    "risk": lambda wrong: survival.risk(wrong, 5),
    "window_risk": lambda wrong: survival.window_risk(wrong, 3, 5),
    "curve_test": survival.curve_test,
    "proportional_hazards": survival.proportional_hazards,
    "bootstrap": lambda wrong: survival.bootstrap(wrong, times=[5], seed=1),
    "confidence_band": lambda wrong: survival.confidence_band(wrong, 3, 8, seed=1),
    "total_incidence": lambda wrong: survival.total_incidence(wrong, [[1]], [5]),
    "models": lambda wrong: survival.parametric(DAYS, HIGH, models=wrong),
    "knots": lambda wrong: survival.parametric(DAYS, HIGH, knots=wrong),
    "first_time": lambda wrong: survival.first_time(np.array([1.0]), np.array([0.5]), {"p": wrong}),
    "days": lambda wrong: survival.turnbull(wrong, HIGH),
    "seed": lambda wrong: survival.bootstrap(CURVES, times=[5], seed=wrong if wrong != 1 else -1),
}


@pytest.mark.parametrize("name", list(MADE))
@pytest.mark.parametrize("wrong", WRONG, ids=["text", "none", "object", "nan", "negative", "flag", "mapping"])
def test_refused(name, wrong):
    with pytest.raises(EstimateError):
        MADE[name](wrong)


@pytest.mark.parametrize("options", [{"df": "x"}, {"df": None}, {"days_grid": 2.5}, {"days_grid": object()}])
def test_smooth_hazard_refuses(options):
    with pytest.raises(EstimateError):
        survival.smooth_hazard(DAYS, EVENT, **options)


def test_one_cluster_for_all_rows_is_no_column():
    with pytest.raises(EstimateError, match="cluster has 1 rows where days has 12"):
        survival.cox(DAYS, EVENT, [0, 1] * 6, cluster=5)
