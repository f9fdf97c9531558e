"""Cohorts so small that the partial likelihood can be solved on paper; r is the hazard ratio of x = 1."""

from math import log, sqrt

import numpy as np
import pytest

from support_numbers import same
from support_survival import draw
from tools.agreement.plain_forms import cox

# Risk sets: day 1 {1, 0, 1, 0}, day 2 {0, 1, 0}, day 4 {0}: L = r / [(2 r + 2) (r + 2)], highest at r^2 = 2.
PLAIN = draw("1 2 3+ 4")
PLAIN_X = [1, 0, 1, 0]
# Day 1: events of x = 1 and x = 0, and one more x = 0 at risk.
# Efron: L = r / [(r + 2) (r + 3) / 2], highest at r^2 = 6. Breslow: r / (r + 2)^2, highest at r = 2.
TIED = draw("1 1 5+")
TIED_X = [1, 0, 0]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_without_ties(ties):
    r = sqrt(2)
    fit = cox(PLAIN.days, PLAIN.event, PLAIN_X, ties=ties)
    information = r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2
    same(fit.summary.loc["x1", ["coef", "std_error"]].astype(float), [log(2) / 2, 1 / sqrt(information)])
    same([fit.loglik_null, fit.loglik], [-log(12), log(r / ((2 * r + 2) * (r + 2)))])
    # At r = 1: score 1 - 1/2 - 1/3 = 1/6, information 1/4 + 2/9 = 17/36.
    same(fit.tests["statistic"]["score"], 1 / 17)
    same(fit.tests["statistic"]["wald"], log(2) ** 2 / 4 * information)
    same(fit.tests["statistic"]["likelihood_ratio"], 2 * (fit.loglik + log(12)))


def test_ties_by_efron():
    r = sqrt(6)
    fit = cox(TIED.days, TIED.event, TIED_X)
    same(fit.summary.loc["x1", "coef"], log(6) / 2)
    same(fit.summary.loc["x1", "std_error"], (2 * r / (r + 2) ** 2 + 3 * r / (r + 3) ** 2) ** -0.5)
    same([fit.loglik_null, fit.loglik], [-log(6), log(2 * r / ((r + 2) * (r + 3)))])
    assert fit.baseline.values.tolist() == [["all", 1.0, *[pytest.approx(1 / (r + 2) + 2 / (r + 3))] * 2]]
    # Of the tied two each spends 1 / (r + 2) + half of 2 / (r + 3).
    each, both = 1 / (r + 2) + 1 / (r + 3), 1 / (r + 2) + 2 / (r + 3)
    # r * each is 1: the first has no residual but for rounding.
    same(fit.residuals("martingale")["residual"], [0, 1 - each, -both], absolute=1e-14)


def test_ties_by_breslow():
    fit = cox(TIED.days, TIED.event, TIED_X, ties="breslow")
    same(fit.summary.loc["x1", ["coef", "std_error"]].astype(float), [log(2), sqrt(2)])
    same([fit.loglik_null, fit.loglik], [-log(9), log(1 / 8)])
    same(fit.baseline["cumulative"], [1 / 2])
    # Mean x is 1/2, hazard 1/2: score residuals 1/2 - 1/2, -1/2 + 1/4, 1/4; information 1/2.
    same(fit.residuals("score")["x1"], [0, -1 / 4, 1 / 4], absolute=1e-14)
    same(fit.influence()[:, 0], [0, -1 / 2, 1 / 2], absolute=1e-14)
    same(fit.residuals("schoenfeld")["x1"], [1 / 2, -1 / 2])
    # One person with x = 1: as clusters there is no robust standard error, as rows of weight 1 there is.
    robust = cox(TIED.days, TIED.event, TIED_X, ties="breslow", weights=[1, 1, 1]).summary
    same(robust.loc["x1", ["std_error", "se_model"]].astype(float), [sqrt(1 / 2), sqrt(2)])
    lone = cox(TIED.days, TIED.event, TIED_X, ties="breslow", cluster=[1, 2, 3])
    assert np.isnan(lone.summary.loc["x1", "std_error"])
    assert "one of its values is found in one cluster alone" in lone.warnings[-1]
    # Influence 0, -1/2, 1/2: where both halves are one cluster, with a covariate of three values, it cancels.
    canceled = cox(TIED.days, TIED.event, [0.5, 1e-12, 0], ties="breslow", cluster=[1, 2, 2])
    assert canceled.summary[["std_error", "conf_low", "conf_high", "z", "p"]].isna().all(axis=None)
    assert canceled.warnings[-1] == "x1 has no robust standard error: influence cancels within every cluster."


def test_weights():
    # Efron with mean weight: events of weight 2 (x = 1) and 1 (x = 0), at risk also 1 (x = 0).
    # L = r^2 / [(2 r + 2) (2 r + 2 - (2 r + 1) / 2)]^(3/2) = r^2 / [(r + 1) (2 r + 3)]^(3/2).
    # Score 2 - 3/2 [r / (r + 1) + 2 r / (2 r + 3)] = 0: 4 r^2 - 5 r - 12 = 0 over 2 (r + 1) (2 r + 3).
    r = (5 + sqrt(25 + 192)) / 8
    fit = cox(TIED.days, TIED.event, TIED_X, weights=[2, 1, 1])
    same(fit.summary.loc["x1", "coef"], log(r))
    same(fit.loglik, 2 * log(r) - 1.5 * log((r + 1) * (2 * r + 3)))
    information = 1.5 * (r / (r + 1) ** 2 + 6 * r / (2 * r + 3) ** 2)
    same(fit.summary.loc["x1", "se_model"], information**-0.5)


def test_entry_and_strata():
    # On (1, 3] a fifth person of x = 1 joins day 2: {0, 1, 0, 1}. L = r / [(2 r + 2) (2 r + 2)], highest at r = 1.
    late = draw("1 2 3+ 4 1>3+")
    fit = cox(late.days, late.event, [*PLAIN_X, 1], entry=late.entry)
    same(
        [fit.summary.loc["x1", "coef"], fit.loglik, fit.summary.loc["x1", "std_error"]],
        [0, -log(16), sqrt(2)],
    )
    # A stratum of its own keeps the fifth out of everyone's risk set.
    apart = cox(late.days, late.event, [*PLAIN_X, 1], entry=late.entry, strata=[0, 0, 0, 0, 1])
    same(apart.summary.loc["x1", "coef"], log(2) / 2)
    assert apart.baseline["stratum"].tolist() == [0, 0, 0]


def test_offset_and_ridge():
    shifted = cox(PLAIN.days, PLAIN.event, PLAIN_X, offset=np.array(PLAIN_X) * log(2) + 7)
    same(shifted.summary.loc["x1", "coef"], log(2) / 2 - log(2))
    # With a ridge of k the slope 1 - r / (r + 1) - r / (r + 2) equals k log r: at r = 1, 1/6; at r = 5/4, 17/117.
    r = 5 / 4
    k = (1 - r / (r + 1) - r / (r + 2)) / log(r)
    ridged = cox(PLAIN.days, PLAIN.event, PLAIN_X, ridge=k)
    same(ridged.summary.loc["x1", "coef"], log(r))
    same(ridged.summary.loc["x1", "std_error"], (r / (r + 1) ** 2 + 2 * r / (r + 2) ** 2 + k) ** -0.5)


def test_offset_in_baseline_and_curves():
    # The offset makes the first of PLAIN twice as risky: day 1 3 r + 2, so L = 2 r / [(3 r + 2) (r + 2)].
    # Highest where 3 r^2 = 4.
    r = sqrt(4 / 3)
    fit = cox(PLAIN.days, PLAIN.event, PLAIN_X, offset=[log(2), 0, 0, 0], ties="breslow")
    same(fit.summary.loc["x1", "coef"], log(r))
    hazard = np.array([1 / (3 * r + 2), 1 / (r + 2), 1])
    same(fit.baseline["hazard"], hazard)
    same(fit.baseline["cumulative"], np.cumsum(hazard))
    curves = fit.predict([1, 0], [2, 4])
    same(curves["estimate"], np.exp(-np.outer([r, 1], np.cumsum(hazard)[[1, 2]])).ravel())
    doubled = fit.predict([1, 0], [2, 4], offset=[log(2), log(2)])
    same(doubled["estimate"], curves["estimate"] ** 2)
    assert curves["row"].tolist() == [0, 0, 1, 1]


def test_rows_and_days_of_schoenfeld_residuals():
    # The events of PLAIN, last day first in the file: x less its mean over those at risk, by day.
    r = sqrt(2)
    frame = cox(PLAIN.days[::-1], PLAIN.event[::-1], PLAIN_X[::-1]).residuals("schoenfeld")
    assert frame["row"].tolist() == [3, 2, 0]
    assert frame["time"].tolist() == [1, 2, 4]
    same(frame["x1"], [1 - r / (r + 1), -r / (r + 2), 0])


def test_concordance():
    # Day 1 (x = 1) against x 0, 1, 0: two concordant, one tied. Day 2 (x = 0) against 1, 0: discordant, tied.
    found = cox(PLAIN.days, PLAIN.event, PLAIN_X).concordance
    assert (found.concordant, found.discordant, found.tied) == (2, 1, 2)
    assert found.estimate == 3 / 5


def test_profile_limits():
    # 2 log [L(sqrt 2) / L(r)] = 1.96^2 at both limits.
    def fall(beta):
        r = np.exp(beta)
        return 2 * (log(2**0.5 / ((2 * 2**0.5 + 2) * (2**0.5 + 2))) - np.log(r / ((2 * r + 2) * (r + 2))))

    row = cox(PLAIN.days, PLAIN.event, PLAIN_X).profile().loc["x1"]
    assert row["conf_low"] < log(2) / 2 < row["conf_high"]
    same([fall(row["conf_low"]), fall(row["conf_high"])], [3.841458820694124] * 2)
