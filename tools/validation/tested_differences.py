"""Every test of the product on one cohort of two arms that do not differ: p, and whether it is exact.

A test in the plain form of R is marked so by its name.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.cox_model.cox_fit import RegressionFit
from stepdown.survival.cox_model.score_tests import FEW_EVENTS
from stepdown.survival.curve_tests.log_rank_test import TestResult

P = tuple[float, bool]
"""p, missing where there is none, and whether it is exact or by permutation."""
PLAIN = "(R's)"
LAST, FIRST = 90, 30
Tests = dict[str, Callable[[], P]]


class Cohort:
    """Two arms: last day, cause (0 lost, 2 competing), arm and covariate; weights or clusters.

    Results that several tests read are computed once.
    """

    def __init__(
        self, days: Ints, cause: Ints, arm: Ints, weight: Floats | None = None, cluster: Ints | None = None
    ) -> None:
        self.days, self.cause, self.arm, self.event = days, cause, arm, cause > 0
        self.weight, self.cluster = weight, cluster

    @cached_property
    def curves(self) -> survival.Curves:
        """Kaplan-Meier curves."""
        return survival.kaplan_meier(
            self.days, self.event, self.arm, weights=self.weight, cluster=self.cluster
        )

    @cached_property
    def means(self) -> survival.Estimands:
        """Mean days free of the event."""
        return survival.rmst(
            self.days, self.event, self.arm, tau=LAST, weights=self.weight, cluster=self.cluster
        )

    @cached_property
    def days_risks(self) -> survival.Estimands:
        """Risks on three days."""
        return survival.risk(self.curves, FIRST, 60, LAST)

    @cached_property
    def cox(self) -> survival.CoxFit:
        """Cox regression on the arm."""
        return survival.cox(self.days, self.event, self.arm, weights=self.weight, cluster=self.cluster)

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """Tests of pairs of three arms: of two thirds of each arm, and of the rest."""
        third = np.where(np.arange(len(self.arm)) % 3 == 0, 2, self.arm)
        return survival.pairwise(self.days, self.event, third).table

    @cached_property
    def windows(self) -> survival.WindowRatios:
        """Hazard ratios by window."""
        return survival.window_hazard_ratios(self.days, self.event, self.arm, cuts=[0, FIRST, LAST])

    @property
    def permuted(self) -> bool:
        """Whether differences are tested by permutation."""
        return self.weight is None


def all_tests(c: Cohort, kind: str, covariate: Floats) -> Tests:
    """Return the tests of independent people ("people", "causes", "weights") and of clusters."""
    if kind == "people":
        return _log_ranks(c) | _regressions(c, covariate) | _windows(c) | _curves(c) | _others(c)
    if kind == "causes":
        return _causes(c)
    if kind == "weights":
        return _weighted(c)
    return _clustered(c) if kind == "clusters" else _whole_clusters(c)


def p_of(test: Callable[[], P]) -> P:
    """Return p of a test; missing where nothing can be tested, such as without events."""
    with quiet():
        try:
            return test()
        except EstimateError:
            return np.nan, False


def _of(test: TestResult) -> P:
    return test.p, test.note.startswith(("exact", "p by permutation"))


def _log_ranks(c: Cohort) -> Tests:
    data = c.days, c.event, c.arm
    return {
        "log-rank": lambda: _of(survival.logrank(*data)),
        f"log-rank, chi-square {PLAIN}": lambda: _of(survival.logrank(*data, exact=False)),
        f"log-rank, late days weighted {PLAIN}": lambda: _of(survival.logrank(*data, gamma=1)),
        "pairs of three arms, one pair": lambda: (
            float(c.pairs["p"].iloc[0]), bool(c.pairs["note"].iloc[0].startswith("exact"))
        ),
        "pairs of three arms, any by Holm's p": lambda: (float(c.pairs["p_holm"].min()), False),
    }  # fmt: skip


def _coefficient(fit: RegressionFit, exact: bool = False) -> P:
    return float(fit.summary["p"].iloc[0]), exact


def _permuted(fit: RegressionFit) -> P:
    return _coefficient(fit, fit.events < FEW_EVENTS)


def _regressions(c: Cohort, covariate: Floats) -> Tests:
    data = c.days, c.event
    both = pd.DataFrame({"arm": c.arm, "covariate": covariate})

    def own(fit: RegressionFit) -> P:
        exact = fit.events < FEW_EVENTS and _of(survival.logrank(*data, c.arm))[1]
        return _coefficient(fit, exact)

    def proportional() -> P:
        if c.cox.optimum.monotone.any():
            return np.nan, False
        return float(survival.proportional_hazards(c.cox).table["p"].iloc[-1]), False

    return {
        "Cox": lambda: own(c.cox),
        "Cox with a covariate": lambda: _coefficient(survival.cox(*data, both)),
        f"Cox, likelihood ratio {PLAIN}": lambda: (float(c.cox.tests["p"]["likelihood_ratio"]), False),
        f"Cox, Wald {PLAIN}": lambda: (float(c.cox.tests["p"]["wald"]), False),
        "Firth-penalized Cox": lambda: own(survival.cox(*data, c.arm, firth=True)),
        "proportional hazards": proportional,
    }


def _windows(c: Cohort) -> Tests:
    def late() -> P:
        rows = c.days > FIRST
        ended = np.minimum(c.days[rows], LAST), c.event[rows] & (c.days[rows] <= LAST), c.arm[rows]
        return _row(c.windows.table, _of(survival.logrank(*ended))[1], place=1)

    def wald() -> P:
        found = survival.window_hazard_ratios(c.days, c.event, c.arm, cuts=[FIRST, LAST], test="wald")
        return _row(found.table)

    return {
        "hazard ratio on days 31-90": late,
        f"hazard ratio on days 31-90, Wald {PLAIN}": wald,
        "the same hazard ratio in both windows": lambda: _row(c.windows.tests),
    }


def _row(table: pd.DataFrame, exact: bool = False, place: int = 0) -> P:
    return float(table["p"].iloc[place]), exact


def _differences(c: Cohort) -> Tests:
    def contrast(estimands: survival.Estimands | survival.Rates) -> P:
        return _row(survival.contrast(estimands, measures=["difference"]).table, c.permuted)

    return {
        "difference of risks by day 90": lambda: contrast(survival.risk(c.curves, LAST)),
        "difference of risks on days 31-90": lambda: contrast(survival.window_risk(c.curves, FIRST, LAST)),
        "difference of mean days free": lambda: contrast(c.means),
        "difference of rates, days 31-90": lambda: contrast(
            survival.window_hazard(
                c.days, c.event, c.arm, cuts=[FIRST, LAST], weights=c.weight, cluster=c.cluster
            )
        ),
        "areas under the curves": lambda: _of(survival.curve_test(c.means)),
        "risks on days 30, 60 and 90": lambda: _of(survival.curve_test(c.days_risks)),
    }


def _curves(c: Cohort) -> Tests:
    return _differences(c) | {
        f"risks on days 30, 60 and 90, chi-square {PLAIN}": lambda: _of(
            survival.curve_test(c.days_risks, exact=False)
        ),
        f"areas under the curves, chi-square {PLAIN}": lambda: _of(survival.curve_test(c.means, exact=False)),
    }


def _others(c: Cohort) -> Tests:
    low, high = c.days.astype(float), np.where(c.event, c.days, np.inf)
    return {
        "regression on pseudo-values": lambda: _row(
            survival.pseudo_regression(c.days, c.event, c.arm, time=LAST).summary, place=1
        ),
        "accelerated failure time": lambda: _row(
            survival.accelerated_failure(low, high, c.arm).summary, int(c.event.sum()) < FEW_EVENTS
        ),
        "piecewise exponential": lambda: _row(
            survival.piecewise_exponential(low, high, cuts=[0, FIRST, LAST], X=c.arm * 1.0).summary,
            int(c.event.sum()) < FEW_EVENTS,
        ),
    }


def _causes(c: Cohort) -> Tests:
    data = c.days, c.cause, c.arm

    def contrast(estimands: survival.Estimands) -> P:
        return _row(survival.contrast(estimands, measures=["difference"]).table, True)

    return {
        "Gray": lambda: _of(survival.gray(*data, cause=1)),
        f"Gray, chi-square {PLAIN}": lambda: _of(survival.gray(*data, cause=1, exact=False)),
        "Fine-Gray": lambda: _permuted(survival.fine_gray(*data, cause=1)),
        "difference of risks, a competing event": lambda: contrast(
            survival.risk(survival.aalen_johansen(*data), LAST, cause=1)
        ),
        "difference of mean days lost, a competing event": lambda: contrast(survival.rmtl(*data, tau=LAST)),
    }


def _weighted(c: Cohort) -> Tests:
    data = c.days, c.event, c.arm
    return {
        "log-rank": lambda: _of(survival.logrank(*data, weights=c.weight, cluster=c.cluster)),
        "Cox": lambda: _coefficient(c.cox),
        **_differences(c),
    }


def _clustered(c: Cohort) -> Tests:
    data = c.days, c.event, c.arm
    return {
        "log-rank": lambda: _of(survival.logrank(*data, weights=c.weight, cluster=c.cluster)),
        "Cox": lambda: _coefficient(c.cox, True),
        **_differences(c),
    }


def _whole_clusters(c: Cohort) -> Tests:
    return {f"{name}, arms of whole clusters": test for name, test in _clustered(c).items()}
