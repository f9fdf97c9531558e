"""The day-grid engine: curves, window risks, restricted means, rates and tests, from arrays alone.

Rows are people (or discharges, tied together by `cluster`); everything is a sum by arm and day. Days may
be fractions. All results are frozen and hold one table.
"""

from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.fit_warning import FitWarning
from stepdown.survival.cox_model.cox_fit import CoxFit, cox
from stepdown.survival.cox_model.nested_test import nested_test
from stepdown.survival.cox_model.proportional_hazards import (
    PHTest,
    WindowRatios,
    proportional_hazards,
    window_hazard_ratios,
)
from stepdown.survival.cox_model.split_effects import split_at
from stepdown.survival.curve_tests.gray_test import gray
from stepdown.survival.curve_tests.log_rank_test import TestResult, logrank
from stepdown.survival.curve_tests.pairwise_tests import Pairwise, pairwise
from stepdown.survival.curve_tests.whole_curve_test import curve_test
from stepdown.survival.curves.contrasts import Contrasts, contrast
from stepdown.survival.curves.cumulative_hazard import CumulativeHazard, nelson_aalen
from stepdown.survival.curves.curve_estimates import Curves, aalen_johansen, first_time, kaplan_meier
from stepdown.survival.curves.event_rates import DAYS_PER_MONTH, Rates, window_hazard
from stepdown.survival.curves.resampling import Bootstrap, bootstrap
from stepdown.survival.curves.simultaneous_bands import Band, confidence_band
from stepdown.survival.curves.window_measures import risk, rmst, rmtl, window_risk
from stepdown.survival.fine_gray_model.fine_gray_fit import FineGrayFit, fine_gray, total_incidence
from stepdown.survival.interval_censored.accelerated_failure import AcceleratedFailure, accelerated_failure
from stepdown.survival.interval_censored.npmle import Turnbull, turnbull
from stepdown.survival.interval_censored.parametric_models import Parametric, parametric
from stepdown.survival.interval_censored.piecewise_fit import PiecewiseExponential, piecewise_exponential
from stepdown.survival.interval_censored.turnbull_limits import turnbull_limits
from stepdown.survival.multistate.state_shares import MultiState, multi_state
from stepdown.survival.planning.non_inferiority import non_inferiority
from stepdown.survival.planning.sample_size import (
    SampleSize,
    size_for_logrank,
    size_for_means,
    size_for_risks,
)
from stepdown.survival.pooling.pooled_curves import PooledTable, pool_curves, pool_estimands, pool_numbers
from stepdown.survival.pooling.rubin_rules import Pooled, PooledTest, pool, pool_fits, pool_tests
from stepdown.survival.pseudo.pseudo_observations import PseudoValues, pseudo_values
from stepdown.survival.pseudo.pseudo_regression import PseudoRegression, pseudo_regression
from stepdown.survival.recurrent.mean_events import MeanCumulative, mean_cumulative
from stepdown.survival.recurrent.recurrent_regression import andersen_gill
from stepdown.survival.smooth.hazard_smoothing import SmoothHazard, smooth_hazard

__all__ = [
    "DAYS_PER_MONTH",
    "AcceleratedFailure",
    "Band",
    "Bootstrap",
    "Contrasts",
    "CoxFit",
    "CumulativeHazard",
    "Curves",
    "Estimands",
    "FineGrayFit",
    "FitWarning",
    "MeanCumulative",
    "MultiState",
    "PHTest",
    "Pairwise",
    "Parametric",
    "PiecewiseExponential",
    "Pooled",
    "PooledTable",
    "PooledTest",
    "PseudoRegression",
    "PseudoValues",
    "Rates",
    "SampleSize",
    "SmoothHazard",
    "TestResult",
    "Turnbull",
    "WindowRatios",
    "aalen_johansen",
    "accelerated_failure",
    "andersen_gill",
    "bootstrap",
    "confidence_band",
    "contrast",
    "cox",
    "curve_test",
    "fine_gray",
    "first_time",
    "gray",
    "kaplan_meier",
    "logrank",
    "mean_cumulative",
    "multi_state",
    "nelson_aalen",
    "nested_test",
    "non_inferiority",
    "pairwise",
    "parametric",
    "piecewise_exponential",
    "pool",
    "pool_curves",
    "pool_estimands",
    "pool_fits",
    "pool_numbers",
    "pool_tests",
    "proportional_hazards",
    "pseudo_regression",
    "pseudo_values",
    "risk",
    "rmst",
    "rmtl",
    "size_for_logrank",
    "size_for_means",
    "size_for_risks",
    "smooth_hazard",
    "split_at",
    "total_incidence",
    "turnbull",
    "turnbull_limits",
    "window_hazard",
    "window_hazard_ratios",
    "window_risk",
]
