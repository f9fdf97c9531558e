"""The log-rank test of k arms, stratified where asked, with delayed entry.

On each day (of each stratum) with d events among Y at risk, arm j (Y_j at risk, d_j events) has expected
events d Y_j / Y and covariance d (Y - d) / (Y - 1) * (Y_j / Y) (1[j = l] - Y_l / Y), the hypergeometric
one, exact with ties. The statistic is U' V^- U on k - 1 degrees of freedom.

References
----------
Mantel N (1966), Cancer Chemother Rep 50:163-170. Peto R, Peto J (1972), JRSS A 135:185-207.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival._days import inverse
from stepdown.survival._input import Floats, Ints, Sample, check


@dataclass(frozen=True, eq=False)
class TestResult:
    """A chi-square test.

    Attributes
    ----------
    table : DataFrame
        `arm`, `n`, `observed`, `expected`.
    statistic, df, p : float, int, float
        Missing statistic and p, with a note, where nothing can be tested.
    note : str
        Why, or empty.
    """

    __test__ = False  # not a test class, whatever pytest reads into its name

    table: pd.DataFrame
    statistic: float
    df: int
    p: float
    note: str = ""


def logrank(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
) -> TestResult:
    """Test whether the hazard is the same in all arms.

    Parameters
    ----------
    days, event, entry : array-like, shape (n,)
        As in `kaplan_meier`.
    arm : array-like, shape (n,)
        Arms, at least two. One in which nobody is ever at risk on a day with an event is left out of
        the degrees of freedom.
    strata : array-like, shape (n,), optional
        Arms are compared within strata only.

    Returns
    -------
    TestResult
        Chi-square statistic.

    Raises
    ------
    EstimateError
        Where input is missing or impossible, or there is only one arm.
    """
    # Strata are coded and checked just as clusters are.
    sample = check(days, event, arm=arm, entry=entry, cluster=strata, single_cause=True)
    arms = len(sample.labels)
    if arms < 2:
        raise EstimateError("There is only one arm, so nothing to test. Give at least two.")
    at_risk, events = _tables(sample)
    total, happened = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk * inverse(total)[:, None]
    expected = (share * happened[:, None]).sum(axis=0)
    spread = happened * (total - happened) * inverse(total - 1)
    variance = np.diag(share.T @ spread) - (share * spread[:, None]).T @ share
    observed = events.sum(axis=0)
    table = pd.DataFrame(
        {
            "arm": list(sample.labels),
            "n": np.bincount(sample.arm, minlength=arms),
            "observed": np.rint(observed).astype(np.int64),
            "expected": expected,
        }
    )
    return _result(table, observed - expected, variance, expected > 0)


def _result(table: pd.DataFrame, score: Floats, variance: Floats, present: np.ndarray) -> TestResult:
    df = max(int(present.sum()) - 1, 0)
    keep = np.flatnonzero(present)[:-1]
    kept = variance[np.ix_(keep, keep)]
    if df == 0 or np.linalg.matrix_rank(kept) < df:
        note = "no events" if not present.any() else "no day with an event on which arms can be compared"
        return TestResult(table, np.nan, df, np.nan, note)
    statistic = float(score[keep] @ np.linalg.solve(kept, score[keep]))
    return TestResult(table, statistic, df, float(stats.chi2.sf(statistic, df)))


def _tables(sample: Sample) -> tuple[Floats, Floats]:
    """At risk and events by (stratum, day), shape (strata x days, arms), days with an event only."""
    arms, days = len(sample.labels), len(sample.grid)
    strata = np.zeros(sample.size, dtype=np.int64) if sample.cluster is None else sample.cluster
    blocks = []
    for stratum in range(int(strata.max()) + 1):
        rows = strata == stratum
        events = _count(
            sample.stop[rows & (sample.cause > 0)], sample.arm[rows & (sample.cause > 0)], days, arms
        )
        at_risk = _from_here_on(_count(sample.stop[rows], sample.arm[rows], days, arms))
        if sample.start is not None:
            at_risk -= _from_here_on(_count(sample.start[rows], sample.arm[rows], days, arms))
        busy = events.any(axis=1)
        blocks.append((at_risk[busy], events[busy]))
    return np.concatenate([a for a, _ in blocks]), np.concatenate([e for _, e in blocks])


def _count(day: Ints, arm: Ints, days: int, arms: int) -> Floats:
    return np.bincount(day * arms + arm, minlength=days * arms).reshape(days, arms).astype(float)


def _from_here_on(counts: Floats) -> Floats:
    return np.cumsum(counts[::-1], axis=0)[::-1].copy()
