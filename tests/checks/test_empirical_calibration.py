"""The systematic error that negative controls show, against R and the published example of the method."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.checks.empirical_calibration import SystematicError, calibrated, systematic_error
from stepdown.errors import EstimateError

X = 2 * np.array([0.31, -0.12, 0.25, 0.05, 0.42, 0.18, -0.05, 0.22, 0.09, 0.35, 0.14,
                  0.01, 0.28, -0.21, 0.17, 0.33, 0.08, 0.12, 0.26, -0.03, 0.19, 0.39])  # fmt: skip
S = np.array([0.10, 0.15, 0.08, 0.12, 0.20, 0.09, 0.18, 0.11, 0.07, 0.25, 0.13,
              0.10, 0.16, 0.22, 0.06, 0.14, 0.19, 0.09, 0.12, 0.17, 0.08, 0.30])  # fmt: skip


def test_the_likelihood_is_that_of_r() -> None:
    # R 4: optim(c(0, -1), function(p) -sum(dnorm(X, p[1], sqrt(exp(2 * p[2]) + S^2), log = TRUE)), method = "BFGS",
    # control = list(reltol = 1e-15)): 0.30696380, exp(p[2]) = 0.24533522.
    found = systematic_error(X, S)
    assert (found.mean, found.spread) == pytest.approx((0.30696380, 0.24533522), abs=2e-6)
    assert found.controls == 22
    # The R package EmpiricalCalibration 3.1.4 (its Python port empyricalcalibration 0.1.1), whose search stops earlier:
    # fitNull 0.306954 and 0.245338, calibrateP 0.01615336, calibrateConfidenceInterval -1.192246 to -0.121663.
    one = calibrated(-0.35, 0.12, found)
    assert one.p == pytest.approx(0.01615336, abs=5e-6)
    assert (np.log(one.low), np.log(one.high)) == pytest.approx((-1.192246, -0.121663), abs=3e-5)
    assert np.log(one.ratio) == pytest.approx(-0.656954, abs=2e-5)


def test_the_published_example() -> None:
    # Vignette "Empirical calibration of p-values" of EmpiricalCalibration: 45 negative controls of sertraline and
    # bleeding, mean 0.7920, SD 0.2835; sertraline 0.7326235 (0.07371708): p = 0.839405.
    null = SystematicError(mean=0.7920, spread=0.2835, controls=45)
    assert calibrated(0.7326235, 0.07371708, null).p == pytest.approx(0.839405, abs=1e-4)


def test_without_a_spread_beyond_chance_it_is_zero() -> None:
    # 20 controls at 0.2 exactly: nothing beyond their standard errors.
    found = systematic_error(np.full(20, 0.2), np.full(20, 0.1))
    assert (found.mean, found.spread) == (pytest.approx(0.2), 0.0)
    one = calibrated(0.2, 0.1, found)
    assert (one.ratio, one.p) == (pytest.approx(1.0), pytest.approx(1.0))
    assert np.log(one.high) == pytest.approx(0.1959964)


def test_under_20_controls_nothing_is_calibrated() -> None:
    with pytest.raises(EstimateError) as caught:
        systematic_error(X[:19], S[:19])
    assert str(caught.value) == "19 negative controls: an interval is calibrated from 20 on."


@settings(max_examples=8, deadline=None)
@given(st.floats(-2, 2), st.floats(0.2, 5))
def test_a_shift_moves_the_mean_and_a_scale_the_spread(shift: float, scale: float) -> None:
    own, moved = systematic_error(X, S), systematic_error(scale * X + shift, scale * S)
    assert moved.mean == pytest.approx(scale * own.mean + shift, abs=1e-4)
    assert moved.spread == pytest.approx(scale * own.spread, abs=1e-4)
