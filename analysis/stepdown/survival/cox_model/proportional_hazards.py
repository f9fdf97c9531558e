"""Tests of proportional hazards, and hazard ratios by window of follow-up.

Test: whether a coefficient changes with g(t). Adding x g(t) to the model, g centered at its mean over the
events, has at zero the score u = sum_s g(s) [events' x - expected x]. With I, I1, I2 the information with
each slot's part multiplied by 1, g, g^2, its variance is M = I2 - I1 I^-1 I1, and the test is u' M^-1 u (all
terms) or u_j^2 / M_jj (one term, all other changes fixed at zero), as R's cox.zph since survival 3.0.

With sampling weights M scales as the weights do and not as their square, so the test does too. The robust
form uses sum_clusters r' r with r_i = u2_i - u_i I^-1 I1 instead, u2 and u the score residuals with and
without g: the influence of people on u, including the estimation of the coefficients. With G clusters and a
correction for few of them p is that of F on df and G - 1, of the statistic times (G - 1) / (G df), and
missing under 6 clusters.

g: "km", 1 - S(t-) of the whole cohort without weights; "rank", of the day among all days; "identity"; "log".

Windows: one coefficient for each window (a, b], from a Cox regression. Follow-up is split at the cuts. A
risk set belongs to one window, so the likelihood is a product over windows and each window is fitted
separately, with entry at its start. Windows share people: influence on the coefficients is summed within
clusters (people) over all windows, which gives the covariances between windows for the test of equality. Of
one term, with independent rows and under 50 events, that test is a score test instead, sum_k u_k^2 / I_k on
windows less 1, with u_k and I_k the parts of score and information in window k at the coefficient of all
windows together.

References
----------
Grambsch PM, Therneau TM (1994), Biometrika 81:515-526. Lin DY, Wei LJ (1989), JASA 84:1074-1078.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.clusters import LONE, Correction, chosen_correction, whole_clusters
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import FEWEST_CLUSTERS, NO_SPREAD, TOO_FEW_TO_TEST, by_arm, few_clusters
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.presentation import Plotted, Presented
from stepdown.survival.core.sample import Floats, Ints, Sample, check_bands, check_level, check_result
from stepdown.survival.cox_model.cox_fit import CoxFit, cox
from stepdown.survival.cox_model.design_matrix import CoxInput, Ties, check_cox
from stepdown.survival.cox_model.partial_likelihood import information_parts, solve, weighted_score
from stepdown.survival.cox_model.residuals import score_residuals
from stepdown.survival.cox_model.risk_sets import Grid, gram
from stepdown.survival.cox_model.score_tests import CoefficientTest, by_score, with_score_tests
from stepdown.survival.cox_model.summary import coded_clusters, wald_p, with_hazard_ratios

Transform = Literal["km", "rank", "identity", "log"]
SINGULAR = "too few clusters or days with an event to test"


@dataclass(frozen=True, eq=False, repr=False)
class PHTest(Presented):
    """Test of proportional hazards.

    Attributes
    ----------
    table : DataFrame
        `statistic, df, p, note`, indexed by `term`; the last row, GLOBAL, tests all terms.
    transform : str
        g.
    robust : bool
        Which form.
    """

    table: pd.DataFrame
    transform: str
    robust: bool


@checks_arguments
def proportional_hazards(fit: CoxFit, *, transform: Transform = "km", robust: bool | None = None) -> PHTest:
    """Test whether the hazard ratios of a Cox fit are constant over time.

    Parameters
    ----------
    fit : CoxFit
        From `cox`, without a penalty.
    transform : {"km", "rank", "identity", "log"}
        g(t), with which coefficients may change.
    robust : bool, optional
        The form for sampling weights and clusters; by default where the fit has either. False gives R's
        test, valid for frequency weights.

    Returns
    -------
    PHTest
        Chi-square statistics by term and for all.

    Raises
    ------
    EstimateError
        Where the fit has a penalty, or a term without a finite estimate; or days of 0 for "log".

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> fit = survival.cox([3, 5, 5, 8, 9, 12], [1, 1, 1, 1, 1, 0], [1, 0, 1, 0, 1, 0])
    >>> list(survival.proportional_hazards(fit).table.index)
    ['x1', 'GLOBAL']
    """
    check_result("fit", fit, CoxFit, "cox")
    if transform not in get_args(Transform):
        raise EstimateError(f"transform must be one of {', '.join(get_args(Transform))}. The default is km.")
    if fit.given.ridge or fit.firth:
        raise EstimateError("A fit with a penalty has no such test. Fit without it.")
    if fit.optimum.monotone.any():
        raise EstimateError("A term has no finite estimate, so nothing can be tested. Leave it out first.")
    grid, state = fit.grid, fit.optimum.state
    sandwich = fit.robust if robust is None else robust
    g = _on_slots(grid, fit.given.sample, transform)
    score = weighted_score(grid, state, g)
    first, second = information_parts(grid, state, g)
    crossed = first - second
    if sandwich:
        cluster, clusters = coded_clusters(fit.given, grid)
        rows = score_residuals(grid, state, cluster=cluster, clusters=clusters, g=g)
        plain = score_residuals(grid, state, cluster=cluster, clusters=clusters)
        variance = gram(rows - plain @ solve(state.information, crossed))
    else:
        first, second = information_parts(grid, state, g * g)
        variance = first - second - crossed @ solve(state.information, crossed)
    table = _table(fit.terms, score, variance)
    if sandwich and fit.correction not in (None, "none"):
        table = _by_clusters(table, coded_clusters(fit.given, grid)[1])
    return PHTest(table, transform, sandwich)


def _by_clusters(table: pd.DataFrame, clusters: int) -> pd.DataFrame:
    """Return the tests with p for so many clusters."""
    shrunk = table["statistic"] * (clusters - 1) / clusters
    p = [wald_p(value, int(df), clusters) for value, df in zip(shrunk, table["df"], strict=True)]
    few = TOO_FEW_TO_TEST if clusters < FEWEST_CLUSTERS else ""
    return table.assign(p=p, note=["; ".join(filter(None, [note, few])) for note in table["note"]])


def _on_slots(grid: Grid, sample: Sample, transform: str) -> Floats:
    """Return g on every slot, centered at its mean over events; 0 on bases."""
    days = np.zeros(len(sample.grid))
    if transform == "km":
        curve = by_arm(replace(sample, weight=None, arm=np.zeros_like(sample.arm), labels=("all",)))[0]
        days[np.searchsorted(sample.grid, curve.times)] = 1 - curve.before
    elif transform == "rank":
        counts = np.bincount(sample.stop, minlength=len(days))
        days = np.cumsum(counts) - (counts - 1) / 2
    elif transform == "identity":
        days = sample.grid
    else:
        if sample.grid[grid.day[grid.busy]].min() <= 0:
            raise EstimateError("Events on day 0 have no logarithm. Use another transform.")
        days = np.log(np.where(sample.grid > 0, sample.grid, 1.0))
    g = np.where(grid.day >= 0, days[grid.day], 0.0)
    center = grid.count @ g / grid.count.sum()
    return np.where(grid.day >= 0, g - center, 0.0)


def _table(terms: tuple[str, ...], score: Floats, variance: Floats) -> pd.DataFrame:
    own = np.diag(variance)
    known = own > 0
    single = np.divide(score**2, own, out=np.full(len(own), np.nan), where=known)
    notes = [*np.where(known, "", SINGULAR), ""]
    total, rank = np.nan, len(own)
    if known.all():
        scale = np.sqrt(own)
        values, vectors = np.linalg.eigh(variance / np.outer(scale, scale))
        kept = values > values.max() * len(own) * np.finfo(float).eps
        rank = int(kept.sum())
        total = float((((score / scale) @ vectors[:, kept]) ** 2 / values[kept]).sum())
        notes[-1] = "" if rank == len(own) else f"only {rank} of {len(own)} changes can be distinguished"
    else:
        notes[-1] = SINGULAR
    statistic = np.append(single, total)
    df = np.append(np.ones(len(own), dtype=np.int64), rank)
    columns = {"statistic": statistic, "df": df, "p": special.chdtrc(df, statistic), "note": notes}
    return pd.DataFrame(columns, index=pd.Index([*terms, "GLOBAL"], name="term"))


COEFFICIENTS = ["coef", "std_error", "conf_low", "conf_high", "z", "p"]
NUMBERS = [*COEFFICIENTS[:4], "hazard_ratio", "hazard_ratio_low", "hazard_ratio_high", *COEFFICIENTS[4:]]
ONE_WINDOW = "only one window"
NOBODY = "nobody is at risk in this window"
NO_EVENTS = "no events in this window"
NOT_FINITE = "no finite estimate in this window (an arm without events, or one cluster)"
NOT_CONVERGED = "the search did not converge in this window"
NOT_ALL = "not every window has an estimate"


@dataclass(frozen=True, eq=False, repr=False)
class WindowRatios(Plotted):
    """Log hazard ratios by window.

    Attributes
    ----------
    table : DataFrame
        `term, start, end` (the window is (start, end]), `at_risk` (people, or rows, with time in it),
        `events`, `coef, std_error, conf_low, conf_high`, `hazard_ratio` with `hazard_ratio_low` and
        `hazard_ratio_high`, `z, p, note`. `std_error` is robust.
    tests : DataFrame
        By `term`: `statistic, df, p, note` of the Wald test that the coefficient is the same in all windows.
    level : float
        Confidence level.
    """

    table: pd.DataFrame
    tests: pd.DataFrame
    level: float


@reads_columns
def window_hazard_ratios(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    cuts: Sequence[float],
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    correction: Correction | None = None,
    test: CoefficientTest | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> WindowRatios:
    """Estimate a hazard ratio of each term in each window of follow-up.

    Parameters
    ----------
    days, event, X, entry, weights, cluster, strata, ties, correction, test, level, data
        As in `cox`; the test by the events of each window.
    cuts : sequence of float
        Bounds of the windows in days, ascending: [0, 30, 90] gives (0, 30] and (30, 90].

    Returns
    -------
    WindowRatios
        A window that cannot be fitted has missing numbers and a note.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event, x = [3, 5, 5, 8, 9, 12], [1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 1, 0]
    >>> ratios = survival.window_hazard_ratios(days, event, x, cuts=[0, 5, 12]).table
    >>> ratios[["start", "end", "events"]].values.tolist()
    [[0.0, 5.0, 3.0], [5.0, 12.0, 3.0]]
    """
    check_level(level)
    bounds = check_bands("cuts", cuts, "windows")
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=None,
        ridge=0.0, ties=ties,
    )  # fmt: skip
    groups = np.arange(given.sample.size) if given.sample.cluster is None else given.sample.cluster
    chosen = chosen_correction(correction, cluster) or "none"
    spans = itertools.pairwise(bounds.tolist())
    by_score(test, given.sample.independent, 0)
    found = [_one_window(given, groups, *span, chosen, test, level) for span in spans]
    table = pd.concat([frame for frame, _ in found], ignore_index=True)
    order = np.arange(len(table)).reshape(len(found), -1).T.ravel()
    clusters = 0 if chosen == "none" else int(groups.max()) + 1
    tests = _equality(given.x.terms, [fit for _, fit in found], clusters)
    events = int(table["events"].sum())
    if len(given.x.terms) == 1 and len(found) > 1 and by_score(test, given.sample.independent, events):
        tests = _score_of_equality(given, bounds, tests)
    return WindowRatios(table.iloc[order].reset_index(drop=True), tests, level)


def _one_window(
    given: CoxInput,
    groups: Ints,
    start: float,
    end: float,
    correction: Correction,
    test: CoefficientTest | None,
    level: float,
) -> tuple[pd.DataFrame, tuple[Floats, Floats]]:
    """Return the rows of the table, and (coefficients or missing, influence by cluster)."""
    sample = given.sample
    last = sample.grid[sample.stop]
    first = np.full(sample.size, -1.0) if sample.start is None else sample.grid[sample.start]
    # Day 0 belongs to a window that begins there, where everyone is at risk from the start.
    from_start = start == 0 and sample.start is None
    rows = np.flatnonzero(((last > start) | from_start) & (first < end))
    happened = (sample.cause[rows] > 0) & (last[rows] <= end)
    columns = {"term": list(given.x.terms), "start": start, "end": end, "at_risk": len(rows)}
    head = pd.DataFrame(columns | {"events": int(happened.sum())})
    note = NOBODY if not len(rows) else "" if happened.any() else NO_EVENTS
    try:
        if note:
            raise EstimateError(note)
        with quiet():
            fit = cox(
                np.minimum(last[rows], end), happened,
                pd.DataFrame(given.x.values[rows], columns=list(given.x.terms)),
                entry=None if from_start else np.maximum(first[rows], start),
                weights=None if sample.weight is None else sample.weight[rows],
                cluster=groups[rows], strata=given.stratum[rows], ties=given.ties,
                correction=correction, level=level,
            )  # fmt: skip
    except EstimateError as error:
        missing = np.full(len(given.x.terms), np.nan)
        return head.assign(**dict.fromkeys(NUMBERS, np.nan), note=str(error)), (missing, np.empty(0))
    scale = given.x.scale
    summary = fit.summary
    if by_score(test, given.sample.independent, int(happened.sum())):
        summary = with_score_tests(summary, fit.given, fit.grid, fit.optimum, test)
    summary = summary.reset_index(drop=True)
    for name in ("coef", "std_error", "conf_low", "conf_high"):
        summary[name] /= scale
    known = summary["std_error"].notna().to_numpy()
    frame = pd.concat([head, with_hazard_ratios(summary[COEFFICIENTS])], axis=1).assign(
        note=np.select([known, np.isfinite(summary["coef"])], ["", NO_SPREAD], NOT_FINITE)
    )
    clusters = len(np.unique(groups[rows]))
    degrees = 0 if correction == "none" else clusters - 1
    if given.sample.cluster is not None and (caution := few_clusters(clusters, degrees)):
        lone = whole_clusters(given.x.values[rows], given.sample.cluster[rows])
        frame["note"] = np.select([frame["note"] == "", lone], [caution, LONE], frame["note"])
    if not fit.optimum.converged:
        frame["note"] = NOT_CONVERGED
    people, own = fit.influence() / scale, groups[rows]
    clusters = int(groups.max()) + 1
    influence = np.column_stack([np.bincount(own, column, clusters).astype(float) for column in people.T])
    return frame, (np.where(known, fit.coef / scale, np.nan), influence)


def _score_of_equality(given: CoxInput, bounds: Floats, otherwise: pd.DataFrame) -> pd.DataFrame:
    """Return the score test that one term has the same coefficient in all windows, or what there is else."""
    sample = given.sample
    last = sample.grid[sample.stop]
    rows = np.flatnonzero((last > bounds[0]) & (sample.entry < bounds[-1]))
    inside = (sample.cause[rows] > 0) & (last[rows] <= bounds[-1])
    late = bounds[0] > 0 or sample.start is not None
    try:
        with quiet():
            fit = cox(
                np.minimum(last[rows], bounds[-1]), inside, given.x.values[rows],
                entry=np.maximum(sample.entry[rows], bounds[0]) if late else None,
                strata=given.stratum[rows], ties=given.ties, test="wald",
            )  # fmt: skip
    except EstimateError:
        return otherwise
    if fit.optimum.monotone.any() or not fit.optimum.converged:
        return otherwise
    grid, state = fit.grid, fit.optimum.state
    days = np.where(grid.day >= 0, fit.given.sample.grid[grid.day], -1.0)
    total = 0.0
    for start, end in itertools.pairwise(bounds.tolist()):
        g = ((days > start) | ((days == 0) & (start == 0))) & (days <= end)
        first, second = information_parts(grid, state, g.astype(float))
        left = float((first - second)[0, 0])
        if not left > 0:
            return otherwise
        total += float(weighted_score(grid, state, g.astype(float))[0]) ** 2 / left
    df = len(bounds) - 2
    row = {"statistic": total, "df": df, "p": float(special.chdtrc(df, total)), "note": ""}
    return pd.DataFrame([row], index=otherwise.index)


def _equality(terms: tuple[str, ...], fits: Sequence[tuple[Floats, Floats]], clusters: int) -> pd.DataFrame:
    df = len(fits) - 1
    rows = []
    for column in range(len(terms)):
        change = np.diff([coef[column] for coef, _ in fits])
        note = ONE_WINDOW if not df else NOT_ALL if np.isnan(change).any() else ""
        statistic = np.nan
        if not note:
            influence = np.diff(np.column_stack([summed[:, column] for _, summed in fits]), axis=1)
            statistic = float(change @ solve(influence.T @ influence, change))
        p = float(special.chdtrc(df, statistic))
        if clusters:
            statistic *= (clusters - 1) / clusters
            p = wald_p(statistic, df, clusters) if df else np.nan
            note = note or (TOO_FEW_TO_TEST if clusters < FEWEST_CLUSTERS else "")
        rows.append({"statistic": statistic, "df": df, "p": p, "note": note})
    return pd.DataFrame(rows, index=pd.Index(terms, name="term"))
