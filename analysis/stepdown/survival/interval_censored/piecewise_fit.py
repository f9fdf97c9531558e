"""Piecewise-exponential regression of a time that may be exact, right-censored or in an interval (low, high].

The hazard is exp(gamma_b + x'beta) in band b: constant within bands, multiplied by covariates. Likelihood,
search and identifiability: `interval_censored.piecewise_likelihood`; risks:
`interval_censored.piecewise_estimands`. A band in which no event is possible has rate 0.

Variance: the inverse observed information; with weights or clusters the sandwich, which is the sum over
clusters (rows, where none are given) of squared influence w I^-1 U, times G / (G - 1) with G clusters.
Limits are Wald's, by t on G - 1 degrees of freedom with clusters: on the log scale for rates, the
complementary log-log scale for risks. Weights are treated as known. Exact and right-censored times give the
Poisson regression of events on person-days, and without covariates the rates of `window_hazard`.

Both loss to follow-up and the times of contacts are assumed independent of the event. With competing events
given as censored the model is one of the rate, not of the risk; `risk(..., others=...)` combines the causes.
Where relapse is detected only at contacts that assumes the same rate of competing events before and after a
relapse that is not yet detected.

References
----------
Friedman M (1982), Ann Stat 10:101-113. Lindsey JC, Ryan LM (1998), Stat Med 17:219-238 (interval-censored
times). Huber PJ (1967), Proc 5th Berkeley Symp 1:221-233 (sandwich).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.clusters import LONE, whole_clusters
from stepdown.survival.core.confidence_intervals import quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import few_clusters
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    Bools,
    ClusterCorrection,
    Floats,
    Ints,
    Sample,
    check_correction,
    check_level,
    check_per,
    check_results,
    check_times,
    check_window,
)
from stepdown.survival.cox_model.score_tests import FEW_EVENTS
from stepdown.survival.cox_model.summary import summarize
from stepdown.survival.curve_tests.permuted_influence import permuted_term
from stepdown.survival.interval_censored.piecewise_estimands import Part, Request, alike, of_rates, of_windows
from stepdown.survival.interval_censored.piecewise_likelihood import (
    NO_BAND,
    PiecewiseInput,
    Spent,
    check_piecewise,
    climb,
)

NOT_CONVERGED = "The search for the maximum did not converge: do not use these numbers."


@dataclass(frozen=True, eq=False, repr=False)
class PiecewiseExponential(Plotted):
    """A fitted model; n rows.

    Attributes
    ----------
    rates : DataFrame
        `arm`, `start`, `end` (the band is (start, end]), `events` (people whose event is known to be in the
        band), `possible` (those whose event may be), `rate` (per `per` person-days, where all covariates are
        0), `std_error`, `conf_low`, `conf_high`, `note`.
    summary : DataFrame
        As in `CoxFit`; no rows without covariates. A term without a finite estimate has an infinite `coef`
        and a warning.
    fits : DataFrame
        `arm`, `n`, `events` (detected), `parameters`, `loglik`, `aic`, `steps`, `converged`.
    robust : bool
        Whether `std_error` is that of the sandwich.
    per, level : float
        Person-days in the denominator of a rate; confidence level.
    warnings : tuple of str
        Limitations of the estimates; empty where there are none.
    """

    _axis = "Rate"

    rates: pd.DataFrame
    summary: pd.DataFrame
    fits: pd.DataFrame
    robust: bool
    per: float
    level: float
    warnings: tuple[str, ...]
    given: PiecewiseInput = field(repr=False)
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def references(self) -> dict[str, str]:
        """Reference level of each categorical covariate."""
        return {} if self.given.x is None else dict(self.given.x.coding.references)

    @property
    def loglik(self) -> float:
        """Log likelihood, summed over arms; of exact times that of their density per day."""
        return float(self.fits["loglik"].sum())

    @property
    def aic(self) -> float:
        """2 k - 2 log L, k the bands with person-time and the terms, summed over arms."""
        return float(self.fits["aic"].sum())

    @property
    def arms(self) -> tuple[object, ...]:
        """Arms in order; ("all",) where none were given."""
        return self.given.sample.labels

    @checks_arguments
    def risk(
        self, *times: float, at: Sequence[float] = (), others: Sequence[PiecewiseExponential] = ()
    ) -> Estimands:
        """Return the risk by each day.

        Parameters
        ----------
        *times : float
            Days; from the earliest entry to the last day observed.
        at : sequence of float
            Covariate values, one per term; needed where there are covariates.
        others : sequence of PiecewiseExponential
            Models of competing events: of the same rows, arms, weights, clusters and bands.

        Returns
        -------
        Estimands
            Measure `risk`. Column `events` counts the people whose event is known to be in the stretch.
        """
        days = [float(day) for day in check_times("times", *times)]
        return self._estimands([("risk", None, day, None) for day in days], at, others)

    @checks_arguments
    def window_risk(
        self,
        a: float,
        b: float,
        *,
        horizon: float | None = None,
        at: Sequence[float] = (),
        others: Sequence[PiecewiseExponential] = (),
    ) -> Estimands:
        """Return the risk in the window (a, b].

        Parameters
        ----------
        a, b : float
            Window in days, a < b.
        horizon : float, optional
            Day at or after b; adds the share of events by that day that occurred by day b.
        at, others
            As in `risk`.

        Returns
        -------
        Estimands
            Measures `window_risk`, `conditional_risk` and, with a horizon, `share`, as of the function
            `window_risk`.
        """
        check_window(a, b, horizon)
        requested: list[Request] = [("window_risk", a, b, None), ("conditional_risk", a, b, None)]
        requested += [] if horizon is None else [("share", None, b, horizon)]
        return self._estimands(requested, at, others)

    def hazard(self) -> Estimands:
        """Return the rates as estimands (measure `rate`), for `contrast`; where all covariates are 0."""
        return of_rates(self.given, self.parts, robust=self.robust, per=self.per, level=self.level)

    def _estimands(
        self, requested: list[Request], at: Sequence[float], others: Sequence[PiecewiseExponential]
    ) -> Estimands:
        check_results("others", others, (PiecewiseExponential,), "piecewise_exponential")
        models = (self, *others)
        if len({id(model) for model in models}) < len(models):
            raise EstimateError("others names a fit twice, or the fit itself. Give each other cause once.")
        place = self._place(at)
        for other in others:
            if not alike(self.given, other.given):
                raise EstimateError(
                    "others must be fitted to the same rows, arms, weights, clusters and cuts."
                )
        parts = [model.parts for model in models]
        return of_windows(self.given, parts, requested, place, robust=self.robust, level=self.level)

    def _place(self, at: Sequence[float]) -> Floats:
        terms = () if self.given.x is None else self.given.x.terms
        try:
            place = np.asarray(at, dtype=float)
        except (TypeError, ValueError, OverflowError):
            place = np.empty((0, 0))
        if place.shape != (len(terms),) or not np.isfinite(place).all():
            raise EstimateError(
                f"at must hold {len(terms)} numbers, one per term. Give the covariate values."
            )
        return place

    def _numbers(self) -> pd.DataFrame:
        return self.summary if len(self.summary) else self.rates


@reads_columns
def piecewise_exponential(
    low: ArrayLike,
    high: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    cuts: Sequence[float] = (0.0,),
    X: ArrayLike | pd.DataFrame | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    exact: bool | None = None,
    per: float = 1.0,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> PiecewiseExponential:
    """Fit a hazard that is constant within bands to times known to be in (low, high].

    Parameters
    ----------
    low, high, entry
        As in `parametric`: exact where both are the same, right-censored where `high` is infinite.
    cuts : sequence of float
        Days at which the hazard may change, ascending: [0, 30, 90] gives (0, 30] and (30, 90]. Bands before
        the first and after the last are added where anyone is at risk; (0,) is the exponential model.
    X : array-like or DataFrame, shape (n, p), optional
        Covariates, numbers; not together with `arm`.
    arm : array-like, shape (n,), optional
        Group of each person; each arm is fitted separately.
    weights, cluster, correction, level, data
        As in `kaplan_meier`.
    exact : bool, optional
        Whether p of one term is by permutation of its values; by default under 50 events, without weights and
        clusters, where Wald's p is too large.
    per : float
        Person-days in the denominator of rates.

    Returns
    -------
    PiecewiseExponential

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, or covariates are not identifiable.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> fit = survival.piecewise_exponential([3, 5, 8], [3, 5, float("inf")], cuts=[0, 4])
    >>> fit.rates["rate"].round(3).tolist()
    [0.091, 0.2]
    """
    check_level(level)
    check_per(per)
    given = check_piecewise(low, high, cuts, X, arm=arm, entry=entry, weights=weights, cluster=cluster)
    given = replace(given, sample=replace(given.sample, correction=check_correction(correction)))
    sample = given.sample
    robust = not sample.independent
    rows = [sample.arm == position for position in range(len(sample.labels))]
    spent = [given.spent(mine) for mine in rows]
    parts = tuple(_fitted(given, one, mine) for one, mine in zip(spent, rows, strict=True))
    rates = _rates_table(of_rates(given, parts, robust=robust, per=per, level=level).table, spent, parts)
    summary, lost, cautions = _summary(given, parts[0], robust, level)
    fits = _fits(sample, parts, spent)
    if _by_permutation(given, exact, int(fits["events"].sum())):
        p = permuted_term(spent[0].x[:, 0], _null_scores(given, spent[0], rows[0]))
        summary = summary.assign(z=np.copysign(special.ndtri(p / 2), summary["coef"]), p=p)
    warnings = lost if fits["converged"].all() else (*lost, NOT_CONVERGED)
    issue(warnings)
    everything = (*warnings, *cautions)
    return PiecewiseExponential(rates, summary, fits, robust, per, level, everything, given, parts)


def _by_permutation(given: PiecewiseInput, exact: bool | None, events: int) -> bool:
    possible = given.sample.independent and given.x is not None and len(given.x.terms) == 1
    if exact and not possible:
        raise EstimateError("exact takes one term, and no weights or cluster. Leave out these, or exact.")
    return possible and (events < FEW_EVENTS if exact is None else exact)


def _null_scores(given: PiecewiseInput, spent: Spent, rows: Bools) -> Floats:
    """Return the derivative of each row's log likelihood in its log hazard, at rates without covariates."""
    part = _fitted(replace(given, x=None), replace(spent, x=np.empty((len(spent.weight), 0))), rows)
    rate = np.zeros(len(part.free))
    rate[part.free] = np.exp(part.theta)
    before, within = spent.ahead @ rate, spent.inside @ rate
    happens = np.where(within > 0, within / np.expm1(np.where(within > 0, within, 1.0)), 0.0)
    return np.asarray((spent.exact >= 0) + happens - before)


def _fitted(given: PiecewiseInput, spent: Spent, rows: Bools) -> Part:
    bands = spent.ahead.shape[1]
    time = spent.weight @ (spent.ahead + spent.inside)
    # Events on day 0 alone have no person-time, so there is no rate.
    free = np.array([spent.possible(band).any() for band in range(bands)]) & (time > 0)
    if spent.x.shape[1] and not free.any():
        raise EstimateError(
            "All events are on day 0, so there are no rates to compare. Leave X out, or check the days."
        )
    # Where no event is possible the rate is 0, whatever the other rates are.
    kept = Spent(
        spent.ahead[:, free], spent.inside[:, free], _renumbered(spent.exact, free), spent.closed,
        spent.weight, spent.x,
    )  # fmt: skip
    events = float(spent.weight @ (spent.closed | (spent.exact >= 0)))
    guess = events / max(float(time[free].sum()), 1e-300) if events else 1.0
    start = np.concatenate([np.full(int(free.sum()), np.log(guess)), np.zeros(spent.x.shape[1])])
    peak = climb(kept, start)
    high = given.high[rows]
    latest = np.where(np.isfinite(high), high, given.low[rows])
    weight = given.sample.weight
    x = given.x
    return Part(
        rows=rows, bounds=given.bounds, free=free, exposed=time > 0,
        opened=float(given.entry[rows].min()), last=float(latest.max()),
        unit=1.0 if weight is None else float(weight[rows].mean()),
        center=np.empty(0) if x is None else x.center, scale=np.empty(0) if x is None else x.scale, peak=peak,
    )  # fmt: skip


def _renumbered(exact: Ints, free: Bools) -> Ints:
    place: Ints = np.append(np.where(free, np.cumsum(free) - 1, NO_BAND), NO_BAND)
    return place[exact]


def _rates_table(table: pd.DataFrame, spent: list[Spent], parts: tuple[Part, ...]) -> pd.DataFrame:
    bands, arms = len(parts[0].free), len(parts)
    possible = [int(spent[arm].possible(band).sum()) for band in range(bands) for arm in range(arms)]
    named = table.rename(columns={"time": "end", "estimate": "rate"}).assign(possible=possible)
    order = np.arange(bands * arms).reshape(bands, arms).T.ravel()
    columns = ["arm", "start", "end", "events", "possible", "rate", "std_error", "conf_low", "conf_high"]
    return named.iloc[order].reset_index(drop=True)[[*columns, "note"]]


def _summary(
    given: PiecewiseInput, part: Part, robust: bool, level: float
) -> tuple[pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
    """Return the table of terms, the warnings of the search, and those of clusters."""
    terms = () if given.x is None else given.x.terms
    first = int(part.free.sum())
    coef, drift = part.theta[first:] / part.scale, part.peak.drift[first:]
    lost = part.peak.lost[first:]
    model = np.sqrt(np.diag(part.peak.inverse)[first:] / part.unit) / part.scale
    se = model
    if robust:
        people = part.influence[:, first:]
        cluster = given.sample.cluster
        squares = np.array([clustered_variance(column, cluster) for column in people.T])
        se = np.sqrt(squares * given.sample.cluster_terms()[0]) / part.scale
    degrees = given.sample.cluster_terms()[1]
    lone = np.zeros(len(se), dtype=bool)
    if given.sample.cluster is not None and given.x is not None:
        lone = whole_clusters(given.x.values, given.sample.cluster)
        se = np.where(lone | (given.sample.cluster.max() == 0), np.nan, se)
    coef = np.select([drift > 0, drift < 0, lost], [np.inf, -np.inf, np.nan], coef)
    model, se = (np.where(lost, np.nan, values) for values in (model, se))
    texts = tuple(
        f"{term} has no finite estimate: it separates those with the event from those without."
        if direction
        else f"{term} cannot be estimated from these data."
        for term, direction, missing in zip(terms, drift, lost, strict=True)
        if missing
    )
    cautions = tuple(f"{term} has {LONE}." for term, alone in zip(terms, lone, strict=True) if alone)
    if terms and (few := few_clusters(given.sample.cluster_count(), degrees)):
        cautions = (f"{few}.", *cautions)
    table = summarize(tuple(terms), coef, se, model, quantile(level, degrees), degrees)
    return table, texts, cautions


def _fits(sample: Sample, parts: tuple[Part, ...], spent: list[Spent]) -> pd.DataFrame:
    rows = []
    for label, part, one in zip(sample.labels, parts, spent, strict=True):
        parameters, loglik = int(part.exposed.sum()) + one.x.shape[1], part.peak.state.loglik * part.unit
        rows.append({
            "arm": label, "n": len(one.weight), "events": int((one.closed | (one.exact >= 0)).sum()),
            "parameters": parameters, "loglik": loglik, "aic": 2 * parameters - 2 * loglik,
            "steps": part.peak.steps, "converged": part.peak.converged,
        })  # fmt: skip
    return pd.DataFrame(rows)
