"""The estimators in their plain forms, as R has them: what tests and the page of agreement hold against R.

That is intervals by standard errors on R's scales, chi-square tests, and sandwich variances without a factor
for few clusters.
"""

from functools import partial

from stepdown import survival
from stepdown.survival import (
    accelerated_failure,
    contrast,
    parametric,
    pool_curves,
    proportional_hazards,
    pseudo_values,
    risk,
    turnbull,
    window_risk,
)

__all__ = [
    "aalen_johansen", "accelerated_failure", "andersen_gill", "contrast", "cox", "fine_gray", "gray",
    "kaplan_meier", "logrank", "mean_cumulative", "multi_state", "nelson_aalen", "pairwise", "parametric",
    "piecewise_exponential", "pool_curves", "proportional_hazards", "pseudo_values", "risk", "rmst", "rmtl",
    "turnbull", "window_hazard", "window_hazard_ratios", "window_risk",
]  # fmt: skip

aalen_johansen = partial(survival.aalen_johansen, conf="log-log", correction="none")
andersen_gill = partial(survival.andersen_gill, correction="none")
cox = partial(survival.cox, correction="none")
fine_gray = partial(survival.fine_gray, correction="none")
gray = partial(survival.gray, exact=False)
kaplan_meier = partial(survival.kaplan_meier, conf="log-log", correction="none")
logrank = partial(survival.logrank, exact=False, correction="none")
mean_cumulative = partial(survival.mean_cumulative, conf="log", correction="none")
multi_state = partial(survival.multi_state, correction="none")
nelson_aalen = partial(survival.nelson_aalen, conf="log", correction="none")
pairwise = partial(survival.pairwise, exact=False, correction="none")
piecewise_exponential = partial(survival.piecewise_exponential, correction="none", exact=False)
rmst = partial(survival.rmst, conf="plain", correction="none")
rmtl = partial(survival.rmtl, conf="plain", correction="none")
window_hazard = partial(survival.window_hazard, conf="log", correction="none")
window_hazard_ratios = partial(survival.window_hazard_ratios, correction="none")
