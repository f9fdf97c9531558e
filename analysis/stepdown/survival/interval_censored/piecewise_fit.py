"""Piecewise-exponential regression of a time that may be exact, right-censored or in an interval (low, high].

The hazard is exp(gamma_b + x'beta) in band b: constant within bands, multiplied by covariates. Likelihood and
derivatives: `interval_censored.piecewise_likelihood`; search and what counts as not estimable:
`interval_censored.piecewise_likelihood`; risks: `interval_censored.piecewise_estimands`. A band in which
nobody can have had the event has rate 0.

Variance: the inverse observed information; with weights or clusters the sandwich, which is the sum over
clusters (rows, where none are given) of squared influence w I^-1 U, without a factor for few clusters. Limits
are Wald's: on the log scale for rates, the complementary log-log scale for risks. Weights are treated as
known. Exact and right-censored times give the Poisson regression of events on person-days, and without
covariates the rates of `window_hazard`.

Beyond the usual assumption on loss (unrelated to the event), contacts must be: when a person was asked may
not depend on the event. With competing events given as censored the model is one of the rate, not of the
risk; `risk(..., others=...)` puts the causes together. Where relapse is found only at contacts that takes the
rate of the competing events to be the same before and after a relapse that is not found yet.

References
----------
Friedman M (1982), Ann Stat 10:101-113. Lindsey JC, Ryan LM (1998), Stat Med 17:219-238 (interval-censored
times). Huber PJ (1967), Proc 5th Berkeley Symp 1:221-233 (sandwich).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival.core.confidence_intervals import normal_quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.influence_functions import clustered_variance
from stepdown.survival.core.sample import Bools, Floats, Ints, Sample, check_level, check_times
from stepdown.survival.cox_model.summary import with_hazard_ratios
from stepdown.survival.interval_censored.piecewise_estimands import Asked, Part, alike, of_rates, of_windows
from stepdown.survival.interval_censored.piecewise_likelihood import (
    NO_BAND,
    PiecewiseInput,
    Spent,
    check_piecewise,
    climb,
)


@dataclass(frozen=True, eq=False)
class PiecewiseExponential:
    """A fitted model; n rows.

    Attributes
    ----------
    rates : DataFrame
        `arm`, `start`, `end` (the band is (start, end]), `events` (people whose event is known to lie in the
        band), `possible` (those whose event may), `rate` (per `per` person-days, where all covariates are 0),
        `se`, `low`, `high`, `note`.
    summary : DataFrame
        Indexed by `term`: `coef` (log hazard ratio), `se`, `low`, `high`, `z`, `p` and `se_model`, as in
        `CoxFit`; no rows without covariates. A term without a finite estimate has an infinite `coef` and a
        warning.
    fits : DataFrame
        `arm`, `n`, `events` (found), `parameters`, `loglik`, `aic`, `steps`, `converged`.
    robust : bool
        Whether `se` is the sandwich's.
    per, level : float
        Person-days that a rate is per; confidence level.
    warnings : tuple of str
        What a reader must know; empty where all went well.
    """

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
        """Log likelihood, arms added up. Of exact times it is that of their density per day."""
        return float(self.fits["loglik"].sum())

    @property
    def aic(self) -> float:
        """2 k - 2 log L, k the bands with person-time and the terms, arms added up."""
        return float(self.fits["aic"].sum())

    @property
    def arms(self) -> tuple[object, ...]:
        """Arms in order; ("all",) where none were given."""
        return self.given.sample.labels

    def risk(
        self, *times: float, at: Sequence[float] = (), others: Sequence[PiecewiseExponential] = ()
    ) -> Estimands:
        """Return the risk by each day.

        Parameters
        ----------
        *times : float
            Days; from the earliest entry to the last day that the data tell of.
        at : sequence of float
            Covariates of the person meant, one a term; needed where there are covariates.
        others : sequence of PiecewiseExponential
            Models of competing events: of the same rows, arms, weights, clusters and bands.

        Returns
        -------
        Estimands
            Measure `risk`. Column `events` counts the people whose event is known to lie in the stretch.
        """
        days = [float(day) for day in check_times("times", *times)]
        return self._estimands([("risk", None, day, None) for day in days], at, others)

    def window_risk(
        self,
        a: float,
        b: float,
        *,
        horizon: float | None = None,
        at: Sequence[float] = (),
        others: Sequence[PiecewiseExponential] = (),
    ) -> Estimands:
        """Return what happens in the window (a, b].

        Parameters
        ----------
        a, b : float
            Window in days, a < b.
        horizon : float, optional
            Day at or after b; asks for the share of its events that happened by day b.
        at, others
            As in `risk`.

        Returns
        -------
        Estimands
            Measures `window_risk`, `conditional_risk` and, with a horizon, `share`, as of the function
            `window_risk`.
        """
        check_times("a, b", a, b)
        if not a < b:
            raise EstimateError("a must be before b. The window is (a, b].")
        if horizon is not None and not b <= horizon:
            raise EstimateError("horizon must not be before b. Use the last day of the study's times.")
        asked: list[Asked] = [("window_risk", a, b, None), ("conditional_risk", a, b, None)]
        asked += [] if horizon is None else [("share", None, b, horizon)]
        return self._estimands(asked, at, others)

    def hazard(self) -> Estimands:
        """Return the rates as estimands (measure `rate`), for `contrast`; where all covariates are 0."""
        return of_rates(self.given, self.parts, robust=self.robust, per=self.per, level=self.level)

    def _estimands(
        self, asked: list[Asked], at: Sequence[float], others: Sequence[PiecewiseExponential]
    ) -> Estimands:
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
        return of_windows(self.given, parts, asked, place, robust=self.robust, level=self.level)

    def _place(self, at: Sequence[float]) -> Floats:
        terms = () if self.given.x is None else self.given.x.terms
        place = np.asarray(at, dtype=float)
        if place.shape != (len(terms),) or not np.isfinite(place).all():
            raise EstimateError(
                f"at must hold {len(terms)} numbers, one a term. Say for whom the risk is meant."
            )
        return place


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
    per: float = 1.0,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> PiecewiseExponential:
    """Fit a hazard that is constant within bands to times known to lie in (low, high].

    Parameters
    ----------
    low, high : array-like, shape (n,)
        As in `turnbull`: exact where both are the same, right-censored where `high` is infinite. For days and
        events give `days` and `np.where(event, days, np.inf)`.
    cuts : sequence of float
        Days at which the hazard may change, ascending: [0, 30, 90] gives (0, 30] and (30, 90]. Bands before
        the first and after the last are added where anyone is there; (0,) is the exponential model.
    X : array-like or DataFrame, shape (n, p), optional
        Covariates, numbers; not together with `arm`.
    arm : array-like, shape (n,), optional
        Group of each person; each is fitted by itself.
    entry : array-like, shape (n,), optional
        Day after which a person is at risk, at or before `low`.
    weights, cluster : array-like, shape (n,), optional
        As in `kaplan_meier`.
    per : float
        Person-days that rates are given per.
    level : float
        Confidence level.
    data : DataFrame, optional
        Holds the columns named in place of arrays.

    Returns
    -------
    PiecewiseExponential

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, or covariates cannot be told apart.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> fit = survival.piecewise_exponential([3, 5, 8], [3, 5, float("inf")], cuts=[0, 4])
    >>> fit.rates["rate"].round(3).tolist()
    [0.091, 0.2]
    """
    check_level(level)
    if not (np.isfinite(per) and per > 0):
        raise EstimateError("per must be a positive number of person-days. Use 1 for a daily rate.")
    given = check_piecewise(low, high, cuts, X, arm=arm, entry=entry, weights=weights, cluster=cluster)
    sample = given.sample
    robust = not sample.independent
    rows = [sample.arm == position for position in range(len(sample.labels))]
    told = [given.spent(mine) for mine in rows]
    parts = tuple(_fitted(given, spent, mine) for spent, mine in zip(told, rows, strict=True))
    rates = _rates_table(of_rates(given, parts, robust=robust, per=per, level=level).table, told, parts)
    summary, lost = _summary(given, parts[0], robust, level)
    fits = _fits(sample, parts, told)
    warnings = (*lost, *_slow(fits))
    issue(warnings)
    return PiecewiseExponential(rates, summary, fits, robust, per, level, warnings, given, parts)


def _fitted(given: PiecewiseInput, spent: Spent, rows: Bools) -> Part:
    bands = spent.ahead.shape[1]
    time = spent.weight @ (spent.ahead + spent.inside)
    # Events on day 0 alone take no time, and tell no rate.
    free = np.array([spent.possible(band).any() for band in range(bands)]) & (time > 0)
    if spent.x.shape[1] and not free.any():
        raise EstimateError(
            "No event takes any time (day 0), so there are no rates to compare. Leave X out, or check days."
        )
    # Where nobody can have had the event the rate is 0, whatever the others are.
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
        rows=rows, bounds=given.bounds, free=free, seen=time > 0,
        opened=float(given.entry[rows].min()), last=float(latest.max()),
        unit=1.0 if weight is None else float(weight[rows].mean()),
        center=np.empty(0) if x is None else x.center, scale=np.empty(0) if x is None else x.scale, peak=peak,
    )  # fmt: skip


def _renumbered(exact: Ints, free: Bools) -> Ints:
    place: Ints = np.append(np.where(free, np.cumsum(free) - 1, NO_BAND), NO_BAND)
    return place[exact]


def _rates_table(table: pd.DataFrame, told: list[Spent], parts: tuple[Part, ...]) -> pd.DataFrame:
    bands, arms = len(parts[0].free), len(parts)
    possible = [int(told[arm].possible(band).sum()) for band in range(bands) for arm in range(arms)]
    named = table.rename(columns={"time": "end", "estimate": "rate"}).assign(possible=possible)
    order = np.arange(bands * arms).reshape(bands, arms).T.ravel()
    columns = [
        "arm",
        "start",
        "end",
        "events",
        "possible",
        "rate",
        "std_error",
        "conf_low",
        "conf_high",
        "note",
    ]
    return named.iloc[order].reset_index(drop=True)[columns]


def _summary(
    given: PiecewiseInput, part: Part, robust: bool, level: float
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    terms = () if given.x is None else given.x.terms
    first = int(part.free.sum())
    coef, drift = part.theta[first:] / part.scale, part.peak.drift[first:]
    lost = part.peak.lost[first:]
    model = np.sqrt(np.diag(part.peak.inverse)[first:] / part.unit) / part.scale
    se = model
    if robust:
        people = part.influence[:, first:]
        cluster = given.sample.cluster
        se = np.array([clustered_variance(column, cluster) for column in people.T]) ** 0.5 / part.scale
    if given.sample.cluster is not None and len(np.unique(given.sample.cluster)) == 1:
        se = np.full(len(se), np.nan)
    coef = np.select([drift > 0, drift < 0, lost], [np.inf, -np.inf, np.nan], coef)
    model, se = (np.where(lost, np.nan, values) for values in (model, se))
    z, reach = coef / se, normal_quantile(level) * se
    table = pd.DataFrame(
        {
            "coef": coef, "std_error": se, "conf_low": coef - reach, "conf_high": coef + reach, "z": z,
            "p": 2 * stats.norm.sf(np.abs(z)), "se_model": model,
        },
        index=pd.Index(terms, name="term"),
    )  # fmt: skip
    table = with_hazard_ratios(table)
    said = tuple(
        f"{term} has no finite estimate: it separates those with the event from those without."
        if way
        else f"{term} cannot be estimated from these data."
        for term, way, gone in zip(terms, drift, lost, strict=True)
        if gone
    )
    return table, said


def _fits(sample: Sample, parts: tuple[Part, ...], told: list[Spent]) -> pd.DataFrame:
    parameters = [int(part.seen.sum()) + spent.x.shape[1] for part, spent in zip(parts, told, strict=True)]
    loglik = [part.peak.state.loglik * part.unit for part in parts]
    return pd.DataFrame(
        {
            "arm": list(sample.labels),
            "n": [len(spent.weight) for spent in told],
            "events": [int((spent.closed | (spent.exact >= 0)).sum()) for spent in told],
            "parameters": parameters,
            "loglik": loglik,
            "aic": [2 * k - 2 * value for k, value in zip(parameters, loglik, strict=True)],
            "steps": [part.peak.steps for part in parts],
            "converged": [part.peak.settled for part in parts],
        }
    )


def _slow(fits: pd.DataFrame) -> tuple[str, ...]:
    if fits["converged"].all():
        return ()
    return ("The search for the maximum did not converge: do not use these numbers.",)
