"""The day-grid engine: curves, window risks, restricted means, rates and tests, from arrays alone.

Rows are people (or discharges, tied together by `cluster`); everything is a sum by arm and day. Days may
be fractions. All results are frozen and hold one table.
"""

from stepdown.survival._andersen_gill import andersen_gill
from stepdown.survival._band import Band, confidence_band
from stepdown.survival._bootstrap import Bootstrap, bootstrap
from stepdown.survival._contrast import Contrasts, contrast
from stepdown.survival._cox import cox
from stepdown.survival._cox_ph import PHTest, proportional_hazards
from stepdown.survival._cox_result import CoxFit
from stepdown.survival._cox_windows import WindowRatios, window_hazard_ratios
from stepdown.survival._curve_test import curve_test
from stepdown.survival._curves import aalen_johansen, kaplan_meier
from stepdown.survival._estimands import Estimands
from stepdown.survival._fine_gray import fine_gray, total_incidence
from stepdown.survival._fine_gray_result import FineGrayFit
from stepdown.survival._gray import gray
from stepdown.survival._logrank import TestResult, logrank
from stepdown.survival._measures import risk, rmst, rmtl, window_risk
from stepdown.survival._multi_state import MultiState, multi_state
from stepdown.survival._nelson_aalen import CumulativeHazard, nelson_aalen
from stepdown.survival._pairwise import Pairwise, pairwise
from stepdown.survival._parametric import Parametric, parametric
from stepdown.survival._piecewise import PiecewiseExponential, piecewise_exponential
from stepdown.survival._pool import Pooled, pool, pool_fits
from stepdown.survival._pool_curves import PooledTable, pool_curves, pool_estimands, pool_numbers
from stepdown.survival._pool_tests import PooledTest, pool_tests
from stepdown.survival._pseudo import PseudoValues, pseudo_values
from stepdown.survival._quantile import first_time
from stepdown.survival._rates import DAYS_PER_MONTH, Rates, window_hazard
from stepdown.survival._recurrent import mean_cumulative
from stepdown.survival._recurrent_result import MeanCumulative
from stepdown.survival._result import Curves
from stepdown.survival._smooth import SmoothHazard, smooth_hazard
from stepdown.survival._turnbull import Turnbull, turnbull

__all__ = [
    "DAYS_PER_MONTH",
    "Band",
    "Bootstrap",
    "Contrasts",
    "CoxFit",
    "CumulativeHazard",
    "Curves",
    "Estimands",
    "FineGrayFit",
    "MeanCumulative",
    "MultiState",
    "PHTest",
    "Pairwise",
    "Parametric",
    "PiecewiseExponential",
    "Pooled",
    "PooledTable",
    "PooledTest",
    "PseudoValues",
    "Rates",
    "SmoothHazard",
    "TestResult",
    "Turnbull",
    "WindowRatios",
    "aalen_johansen",
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
    "pseudo_values",
    "risk",
    "rmst",
    "rmtl",
    "smooth_hazard",
    "total_incidence",
    "turnbull",
    "window_hazard",
    "window_hazard_ratios",
    "window_risk",
]
