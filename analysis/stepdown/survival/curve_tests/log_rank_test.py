"""Log-rank tests of k arms: weighted by time or by person, stratified, clustered, with delayed entry.

On each day t (of each stratum) with d events among Y at risk, arm j (Y_j at risk, d_j events) has score

    U_j = sum_t W(t) [d_j(t) - d(t) Y_j(t) / Y(t)],      W(t) = S(t-)^rho (1 - S(t-))^gamma

with S the Kaplan-Meier curve of all arms of the stratum together, read just before the day. rho = gamma
= 0 is the log-rank test; rho = 1 is Peto and Peto's (more weight on early differences); gamma = 1 puts weight
on late ones.

Variance: hypergeometric, sum_t W^2 d (Y - d) / (Y - 1) (Y_j / Y) (1[j = l] - Y_l / Y), exact with ties.
With person weights w_i or clusters that form is wrong; then d and Y are weighted sums, and the variance
is sum_g u_g u_g' over clusters g (people, where none are given) of the influence on the score,

    u_ij = w_i [W(T_i) (1[a_i = j] - Y_j / Y) event_i - sum_{e_i < t <= T_i} W (1[a_i = j] - Y_j / Y) d / Y]

whose sum over people is U_j; with G clusters it is G / (G - c) sum_g (u_g - u) (u_g - u)', u their mean, so
that the test of two arms is the t test of the clusters' scores (c is 1 where a cluster is in several arms,
and the number of arms where none is). The influence is the exact derivative for rho = gamma = 0; otherwise W
is treated as known, which changes nothing under the null hypothesis. Weights are treated as known too: with
estimated inverse-probability weights the test is usually conservative. Without clusters, strata and time
weights it is the robust score test of Cox regression with Breslow's ties at coefficients of 0. The statistic
is U' V^- U on k - 1 degrees of freedom; with clusters p is Hotelling's, that of F on k - 1 and m = G - c - k
+ 2 for m / ((k - 1) (G - c)) times the statistic, and missing under 6 clusters or where all of an arm is one
cluster that has no other arm. Where an arm has fewer than 5 expected events, without weights of people or
days and without clusters, p is exact (*Tests that hold where few events are expected*); with clusters or
weights, and fewer than 100 people an arm, it is by permutation of arms, within clusters or among them
(*Tests in small samples by permutation of arms*). The note says so.

References
----------
Mantel N (1966), Cancer Chemother Rep 50:163-170. Peto R, Peto J (1972), JRSS A 135:185-207. Harrington DP,
Fleming TR (1982), Biometrika 69:553-566. Lin DY, Wei LJ (1989), JASA 84:1074-1078 (robust variance). Xie J,
Liu C (2005), Stat Med 24:3089-3110 (weighted log-rank). Hotelling H (1931), Ann Math Stat 2:360-378.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.clusters import whole_clusters
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS, TOO_FEW_TO_TEST, inverse
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import (
    Bools,
    ClusterCorrection,
    Floats,
    Ints,
    Sample,
    check,
    check_strata,
    is_number,
    rows_of,
)
from stepdown.survival.curve_tests.exact_tests import (
    FEW_EXPECTED,
    exact_two_arms,
    in_fixed_order,
    permuted_scores,
)
from stepdown.survival.curve_tests.permuted_influence import PERMUTED as FEW_PERMUTED
from stepdown.survival.curve_tests.permuted_influence import by_permutation, permuted_p

NO_EVENTS = "no events"
NOT_COMPARABLE = "no day with an event on which arms can be compared"
ROUNDING = 1e-10
"""Share of its gross size below which a variance is rounding error."""

FEW_CLUSTERS = "too few clusters for this many arms"
EXACT = "exact p: fewer than 5 expected events in an arm"
PERMUTED = "p by permutation of arms: fewer than 5 expected events in an arm"


@dataclass(frozen=True, eq=False, repr=False)
class TestResult(Presented):
    """A chi-square test.

    Attributes
    ----------
    table : DataFrame
        `arm`, `n` (rows), `observed`, `expected`: events, or their weighted sums where the test weights
        people or days. Of `curve_test`: the estimates.
    statistic, df, p : float, int, float
        Missing statistic and p, with a note, where the test is not possible.
    note : str
        The reason, or how p was computed where it is not that of chi-square; else empty.
    """

    __test__ = False  # not a test class of pytest, in spite of its name

    table: pd.DataFrame
    statistic: float
    df: int
    p: float
    note: str = ""


@reads_columns
def logrank(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    gamma: float = 0.0,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    exact: bool | None = None,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> TestResult:
    """Test whether the hazard is the same in all arms.

    Parameters
    ----------
    days, event, entry, counts, data
        As in `kaplan_meier`.
    arm : array-like, shape (n,)
        Arms, at least two. An arm without anyone at risk on a day with an event adds no degree of freedom.
    strata : array-like, shape (n,), optional
        Arms are compared within strata only.
    rho, gamma : float
        Fleming and Harrington's weights of days, zero or above. Choose them before seeing the data.
    weights : array-like, shape (n,), optional
        Positive weights of people, such as inverse-probability weights; only their ratios matter.
    cluster : array-like, shape (n,), optional
        Rows that belong together; clusters may span arms and strata.
    correction : {"t", "none"}
        With clusters: Hotelling's test of the clusters' scores, or chi-square of their squares as in R.
    exact : bool, optional
        Whether p is exact (two arms) or by permutation of arms. By default where an arm has fewer than 5
        expected events and, with clusters or weights, with fewer than 100 people an arm (and no strata, rho
        or gamma). True is refused with weights, clusters, rho or gamma.

    Returns
    -------
    TestResult
        Chi-square statistic; of the robust form where weights or clusters are given.

    Raises
    ------
    EstimateError
        Where input is missing or impossible, or there is only one arm.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> round(survival.logrank(days, relapsed, plan).p, 3)
    0.067
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    stratum = check_strata(strata, sample.size)
    two_arms(sample)
    if not all(is_number(power) and power >= 0 for power in (rho, gamma)):
        raise EstimateError("rho and gamma must be zero or above. 0 and 0 give the log-rank test.")
    possible = sample.independent and not rho and not gamma
    if exact and not possible:
        raise EstimateError("exact takes no weights, cluster, rho or gamma. Leave out these, or exact.")
    arms = len(sample.labels)
    observed, expected, gross = np.zeros(arms), np.zeros(arms), np.zeros(arms)
    variance: Floats = np.zeros((arms, arms))
    people = None if sample.independent else np.zeros((sample.size, arms))
    present = np.zeros(arms, dtype=bool)
    for rows, grid in _by_stratum(sample, stratum, rho, gamma):
        observed += grid.weight @ grid.events
        expected += (grid.weight * grid.happened) @ grid.share
        present |= (grid.happened @ grid.share) > 0
        gross += grid.weight**2 @ grid.squares
        if people is None:
            variance += _hypergeometric(grid)
        else:
            people[rows] = _influence(sample, rows, grid)
    score = observed - expected
    enough = True
    if people is not None:
        summed = people if sample.cluster is None else _added_up(people, sample.cluster)
        factor, degrees = cluster_terms(sample)
        apart = summed - summed.mean(axis=0) if degrees else summed
        variance = factor * (apart.T @ apart)
        enough = len(summed) >= present.sum()
    table = events_table(sample, observed, expected, whole=possible)
    note = "" if enough else FEW_CLUSTERS
    if sample.cluster is not None and sample.correction == "t":
        note = note or untestable(sample)
    test = chi_square(
        table, score, variance, gross, present=present, note=note, degrees=cluster_terms(sample)[1]
    )
    few = bool(np.any((expected < FEW_EXPECTED) & present))
    if possible:
        known = not np.isnan(test.p) and (few if exact is None else exact)
        return _exact(sample, stratum, test) if known else test
    plain = stratum is None and not (rho or gamma or sample.independent or note)
    if not plain or present.sum() < 2 or not by_permutation(sample, exact):
        return test
    scores = sample.full_weight * expected_less(sample, rows_of(None, sample.size))
    p = permuted_p(scores[:, None], sample)
    return replace(test, p=p, note=FEW_PERMUTED) if np.isfinite(p) else test


def cluster_terms(sample: Sample) -> tuple[float, int]:
    """Return G / (G - k) and G - k: k is 1 where a cluster is in several arms, else the number of arms."""
    count = sample.cluster_count()
    if sample.cluster is None or sample.correction == "none":
        return 1.0, 0
    arms = len(sample.labels)
    pairs = np.count_nonzero(np.bincount(sample.cluster * arms + sample.arm))
    left = count - (1 if pairs > count else arms)
    return (count / left, left) if left > 0 else (1.0, 0)


def untestable(sample: Sample) -> str:
    """Return why clusters do not allow a test; empty where they do."""
    if sample.cluster is None:
        return ""
    if len(np.unique(sample.cluster)) < FEWEST_CLUSTERS:
        return TOO_FEW_TO_TEST
    own = np.eye(len(sample.labels))[sample.arm]
    lone = whole_clusters(own, sample.cluster).any()
    return "all of an arm is one cluster, which has no other arm: no test" if lone else ""


def _exact(sample: Sample, stratum: Ints | None, test: TestResult) -> TestResult:
    groups = rows_of(stratum, sample.size)
    arms = len(sample.labels)
    if arms == 2:
        found = [tables(sample, rows) for rows in groups]
        at_risk = np.concatenate([risk for risk, _ in found])
        events = np.concatenate([counts[:, 1:].sum(axis=1) for _, counts in found])
        return replace(test, p=exact_two_arms(at_risk, events), note=EXACT)
    scores, ordered = expected_less(sample, groups), in_fixed_order(sample, groups)
    return replace(test, p=permuted_scores(scores, sample.arm, ordered, arms), note=PERMUTED)


def expected_less(sample: Sample, groups: list[Ints]) -> Floats:
    """Events less those expected of all arms of a stratum together, shape (n,)."""
    scores = np.zeros(sample.size)
    for rows in groups:
        at_risk, counts = tables(sample, rows)
        spent = np.cumsum(counts[:, 1:].sum(axis=(1, 2)) * inverse(at_risk.sum(axis=1)))
        before = 0.0 if sample.start is None else spent[sample.start[rows]]
        scores[rows] = (sample.cause[rows] > 0) - (spent[sample.stop[rows]] - before)
    return scores


def two_arms(sample: Sample) -> None:
    """Raise where there is only one arm."""
    if len(sample.labels) < 2:
        raise EstimateError("There is only one arm, so nothing to test. Give at least two.")


def events_table(sample: Sample, observed: Floats, expected: Floats, *, whole: bool) -> pd.DataFrame:
    """Return people, observed and expected events by arm; observed as whole numbers where requested."""
    seen = np.rint(observed).astype(np.int64) if whole else observed
    n = np.bincount(sample.arm, minlength=len(sample.labels))
    return pd.DataFrame({"arm": list(sample.labels), "n": n, "observed": seen, "expected": expected})


def chi_square(
    table: pd.DataFrame,
    score: Floats,
    variance: Floats,
    gross: Floats,
    *,
    present: Bools,
    note: str = "",
    degrees: int = 0,
) -> TestResult:
    """Test that the scores of the arms that are present are 0; with a note there is no test.

    p is that of chi-square or, with clusters less 1 as `degrees`, Hotelling's.

    `gross` is the size that each arm's variance would have, were nobody at risk in the others: what is far
    smaller than that is rounding error.
    """
    statistic, df = quadratic_form(score, variance, gross, present)
    if np.isnan(statistic):
        note = NOT_COMPARABLE if present.any() else NO_EVENTS
    if note:
        return TestResult(table, np.nan, df, np.nan, note)
    return TestResult(table, statistic, df, p_value(statistic, df, degrees))


def quadratic_form(score: Floats, variance: Floats, gross: Floats, present: Bools) -> tuple[float, int]:
    """Return U' V^- U of the arms present, missing where not comparable, and its degrees of freedom."""
    df = max(int(present.sum()) - 1, 0)
    keep = np.flatnonzero(present)[:-1]
    kept = variance[np.ix_(keep, keep)]
    if df == 0 or not full_rank(kept, gross[keep]):
        return np.nan, df
    return float(score[keep] @ np.linalg.solve(kept, score[keep])), df


def p_value(statistic: float, df: int, degrees: int) -> float:
    """Return the p of a quadratic form: chi-square or, with clusters less 1 as `degrees`, Hotelling's."""
    if not degrees:
        return float(special.chdtrc(df, statistic))
    left = degrees - df + 1
    return float(special.fdtrc(df, left, statistic * left / (df * degrees))) if left > 0 else np.nan


def full_rank(variance: Floats, gross: Floats) -> bool:
    """Return whether every direction of a variance is more than rounding error."""
    spread = np.diag(variance)
    if np.any(spread <= ROUNDING * gross):
        return False
    if len(spread) == 1:
        return True
    scaled = variance / np.sqrt(np.outer(spread, spread))
    return bool(np.linalg.eigvalsh(scaled)[0] > ROUNDING)


@dataclass(frozen=True, eq=False)
class _Grid:
    """One stratum by day: at risk, events (and squared weights) by arm; the day's weight."""

    at_risk: Floats
    events: Floats
    squares: Floats
    weight: Floats

    @property
    def happened(self) -> Floats:
        return np.asarray(self.events.sum(axis=1))

    @property
    def share(self) -> Floats:
        return self.at_risk * inverse(self.at_risk.sum(axis=1))[:, None]


def _by_stratum(
    sample: Sample, stratum: Ints | None, rho: float, gamma: float
) -> Iterator[tuple[Ints, _Grid]]:
    for rows in rows_of(stratum, sample.size):
        at_risk, counts = tables(sample, rows)
        events = counts[:, 1:].sum(axis=1)
        total = at_risk.sum(axis=1)
        staying = np.clip(1 - events.sum(axis=1) * inverse(total), 0, 1)
        before = np.concatenate([[1.0], np.cumprod(staying)[:-1]])
        weight = before**rho * (1 - before) ** gamma
        yield rows, _Grid(at_risk, events, _squares(sample, rows, events), weight)


def _squares(sample: Sample, rows: Ints, events: Floats) -> Floats:
    """Sum the squared weights of those with events by day and arm."""
    if sample.weight is None:
        return events
    happened = rows[sample.cause[rows] > 0]
    cell = sample.stop[happened] * events.shape[1] + sample.arm[happened]
    summed = np.bincount(cell, weights=sample.weight[happened] ** 2, minlength=events.size)
    return summed.astype(float).reshape(events.shape)


def tables(sample: Sample, rows: Ints) -> tuple[Floats, Floats]:
    """At risk, shape (days, arms), and exits by cause, shape (days, causes + 1, arms), of some rows."""
    arms, days, exits = len(sample.labels), len(sample.grid), sample.causes + 1
    arm, stop = sample.arm[rows], sample.stop[rows]
    weight = None if sample.weight is None else sample.weight[rows]
    cell = (stop * exits + sample.cause[rows]) * arms + arm
    counts = np.bincount(cell, weights=weight, minlength=days * exits * arms).astype(float)
    counts = counts.reshape(days, exits, arms)
    at_risk = np.cumsum(counts.sum(axis=1)[::-1], axis=0)[::-1].copy()
    if sample.start is not None:
        entered = np.bincount(sample.start[rows] * arms + arm, weights=weight, minlength=days * arms)
        at_risk -= np.cumsum(entered.astype(float).reshape(days, arms)[::-1], axis=0)[::-1]
    return at_risk, counts


def _hypergeometric(grid: _Grid) -> Floats:
    total, happened, share = grid.at_risk.sum(axis=1), grid.happened, grid.share
    spread = grid.weight**2 * happened * (total - happened) * inverse(total - 1)
    result: Floats = np.diag(share.T @ spread) - (share * spread[:, None]).T @ share
    return result


def _influence(sample: Sample, rows: Ints, grid: _Grid) -> Floats:
    """Influence of people on the scores, shape (rows, arms)."""
    share = grid.share
    own = np.eye(share.shape[1])[sample.arm[rows]]
    stop = sample.stop[rows]
    begin = np.zeros_like(stop) if sample.start is None else sample.start[rows] + 1
    hazard = grid.weight * grid.happened * inverse(grid.at_risk.sum(axis=1))
    spent = np.concatenate([[0.0], np.cumsum(hazard)])
    shared = np.concatenate([np.zeros((1, share.shape[1])), np.cumsum(hazard[:, None] * share, axis=0)])
    happened = (grid.weight[stop] * (sample.cause[rows] > 0))[:, None] * (own - share[stop])
    expected = own * (spent[stop + 1] - spent[begin])[:, None] - (shared[stop + 1] - shared[begin])
    result: Floats = sample.full_weight[rows][:, None] * (happened - expected)
    return result


def _added_up(people: Floats, cluster: Ints) -> Floats:
    columns = [np.bincount(cluster, weights=column) for column in people.T]
    return np.stack(columns, axis=1).astype(float)
