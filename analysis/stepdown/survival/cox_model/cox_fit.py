"""Cox regression: ties, weights, clusters, strata, delayed entry, rows that change over time.

The partial likelihood and its ties are those of `cox_model.partial_likelihood`; residuals and the robust
variance those of `cox_model.residuals`. Each row is at risk on (entry, days]; a person whose covariates
change has several rows and one cluster.

A term with a monotone likelihood (an arm without events, a perfect ordering;
`cox_model.monotone_likelihood`) has an infinite estimate without a standard error; the others are those of
the limit, and missing where they are not identifiable in the limit. Firth's penalty
(`cox_model.firth_penalty`) makes every estimate finite. Where the search does not converge there is no
standard error.

With weights or clusters the likelihood is not that of the data. Its fall, times the model's variance over
the robust one, is then compared with the quantile (of t on clusters - 1, squared), so that profile limits
agree with Wald's in the middle and stay finite or infinite as the likelihood has it; a term without a
finite estimate takes the ratio of variances at Firth's estimate, and counts weights at Kish's size at the
most, since an arm without events shows no variation of its own.

References
----------
Cox DR (1972), JRSS B 34:187-220. Andersen PK, Gill RD (1982), Ann Stat 10:1100-1120. Lin DY, Wei LJ (1989),
JASA 84:1074-1078. Chandler RE, Bate S (2007), Biometrika 94:167-183 (likelihood of clustered data, adjusted).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.clusters import Correction, chosen_correction
from stepdown.survival.core.confidence_intervals import check_scale, normal_quantile, quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import few_clusters
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import Bools, Floats, Ints, check_level
from stepdown.survival.cox_model.design_matrix import CoxInput, Ties, check_cox
from stepdown.survival.cox_model.firth_penalty import (
    climb_penalized,
    maximize_penalized,
    penalized,
    penalized_state,
)
from stepdown.survival.cox_model.partial_likelihood import (
    Optimum,
    State,
    maximize,
    plain_highest,
    profile_table,
    solve,
)
from stepdown.survival.cox_model.prediction import Fitted, baseline_table, predicted, row_hazard_influence
from stepdown.survival.cox_model.rank_concordance import Concordance, concordance
from stepdown.survival.cox_model.residuals import martingale, schoenfeld, score_residuals
from stepdown.survival.cox_model.risk_sets import Grid, build_grid, gram
from stepdown.survival.cox_model.score_tests import (
    CoefficientTest,
    by_score,
    with_permuted_p,
    with_score_tests,
)
from stepdown.survival.cox_model.summary import Conclusion, coded_clusters, conclude, wald_p

Residuals = Literal["martingale", "score", "schoenfeld"]

FEW = "not more clusters than terms"


@dataclass(frozen=True, eq=False, repr=False)
class RegressionFit(Plotted):
    """What fits of `cox` and `fine_gray` share; see `CoxFit`."""

    summary: pd.DataFrame
    covariance: Floats
    model_covariance: Floats
    loglik: float
    loglik_null: float
    n: int
    events: int
    steps: int
    correction: Correction | None
    level: float
    warnings: tuple[str, ...]
    given: CoxInput = field(repr=False)
    grid: Grid = field(repr=False)
    optimum: Optimum = field(repr=False)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms."""
        return self.given.x.terms

    @property
    def references(self) -> dict[str, str]:
        """Reference level of each categorical covariate."""
        return dict(self.given.x.coding.references)

    @property
    def coef(self) -> Floats:
        """Coefficients where the search ended (finite), shape (p,)."""
        return self.optimum.state.beta / self.given.x.scale

    @cached_property
    def baseline(self) -> pd.DataFrame:
        """Cumulative (subdistribution) hazard at X = 0 and offset 0: `stratum, time, hazard, cumulative`.

        One row for each stratum's day with an event (of the cause). Breslow's estimator, with Efron's terms
        where those are the tie rule. Where zero is not a possible value of a covariate, use `predict`.
        """
        return baseline_table(self.given, self.grid, self.optimum.state)

    @property
    def degrees(self) -> int:
        """Degrees of freedom of limits and tests; 0 for the normal distribution."""
        return self._clusters - 1 if self.correction not in (None, "none") else 0

    @property
    def _clusters(self) -> int:
        return coded_clusters(self.given, self.grid)[1] or self.n

    def prediction_influence(self, by_slot: Floats, by_coefficient: Floats) -> Floats:
        """Influence of each row on functions of predicted hazards, shape (n, r), without any correction.

        Parameters
        ----------
        by_slot : ndarray, shape (K, r)
            Derivative by the hazard of each slot of the grid, at the mean of the covariates.
        by_coefficient : ndarray, shape (p, r)
            Derivative by the coefficients of standardized covariates, hazards held fixed.
        """
        inverse = self.model_covariance * np.outer(self.given.x.scale, self.given.x.scale)
        along = inverse @ (by_coefficient - self.optimum.state.drift.T @ by_slot)
        found = self._row_scores() @ along
        for column in np.flatnonzero(by_slot.any(axis=0)):
            found[:, column] += self._row_hazard(by_slot[:, column])
        return found

    def _row_scores(self) -> Floats:
        """Score residuals of all n rows, shape (n, p)."""
        return self.grid.all_rows(score_residuals(self.grid, self.optimum.state))

    def _row_hazard(self, g: Floats) -> Floats:
        """Influence of all n rows on sum g h over all slots, coefficients held fixed."""
        return self.grid.all_rows(row_hazard_influence(self.grid, self.optimum.state, g))

    def _predict(
        self,
        given: tuple[Any, Any, Any, Any, str],
        scores: Floats | None,
        hazard: Callable[[Floats], Floats],
        cluster: Ints | None,
    ) -> pd.DataFrame:
        """Survival curves of the new rows given, with variance by influence where there are scores."""
        x, times, strata, offset, conf = given
        check_scale(conf)
        inverse = self.model_covariance * np.outer(self.given.x.scale, self.given.x.scale)
        lost = bool(self.summary["std_error"].isna().any())
        rows = None if scores is None else scores @ inverse
        state = self.optimum.state
        clusters = 0 if self.given.sample.cluster is None else self._clusters
        degrees = 0 if rows is None else self.degrees
        fit = Fitted(
            self.given, self.grid, state, inverse, rows, hazard, cluster, self.level, lost, degrees,
            few_clusters(clusters, degrees),
        )  # fmt: skip
        return predicted(fit, x, times, strata, offset, conf)


def shared_results(
    given: CoxInput, grid: Grid, best: Optimum, found: Conclusion, correction: Correction | None, level: float
) -> dict[str, Any]:
    """Return the fields of `RegressionFit`."""
    return {
        "summary": found.summary, "covariance": found.covariance, "model_covariance": found.model_covariance,
        "loglik": best.state.loglik, "loglik_null": best.null.loglik, "n": given.sample.size,
        "events": int(grid.count.sum()), "steps": best.steps, "correction": correction, "level": level,
        "warnings": found.warnings, "given": given, "grid": grid, "optimum": best,
    }  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class CoxFit(RegressionFit):
    """A fitted Cox regression; n rows, p terms.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term`: `coef` (log hazard ratio), `std_error`, `conf_low`, `conf_high`, `hazard_ratio`,
        `hazard_ratio_low`, `hazard_ratio_high`, `z`, `p`, and `se_model`. `std_error` is the robust one
        wherever weights or clusters are given, and equals `se_model` otherwise. A term with a monotone
        likelihood has an infinite `coef`, p of a score test at most, and a warning.
    covariance, model_covariance : ndarray, shape (p, p)
        Of `std_error` and of `se_model`.
    loglik, loglik_null : float
        Log partial likelihood at the estimate and at zero, penalties not included.
    n, events : int
        Rows and events.
    steps : int
        Newton steps.
    robust : bool
        Whether `std_error` is the robust one.
    firth : bool
        Whether the likelihood has Firth's penalty.
    correction : {"md", "kc", "t", "none"} or None
        Correction of `std_error` for few clusters; None without clusters.
    level : float
        Confidence level.
    warnings : tuple of str
        Limitations of the estimates; empty where there are none.
    """

    robust: bool
    firth: bool = False

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Tests that all coefficients are zero: `statistic, df, p, note`, indexed by `test`.

        Likelihood ratio and score assume independent rows of weight 1, and are missing with a note where
        weights or clusters are given (or, for the likelihood ratio, a ridge); the robust score test, U'
        (sum of squared score residuals at zero)^-1 U, replaces them. Wald uses `covariance`. With clusters
        p is that of F, statistic / df (of the score test times (G - 1) / G) on df and G - 1, and missing
        under 6 clusters; with correction "none" that of chi-square. With Firth's penalty the likelihood
        ratio is that of the penalized likelihood, and there is no score test.
        """
        df = len(self.terms)
        null = self.optimum.null
        ridge = "not defined with a ridge" if self.given.ridge else ""
        model = "assumes independent rows of weight 1" if self.robust else ridge
        few = FEW if self.robust and self._clusters <= df else ""
        lost = "a term has no finite estimate" if self.optimum.monotone.any() else few
        firth = "not defined with Firth's penalty" if self.firth else ""
        rows: dict[str, tuple[str, Callable[[], float]]] = {
            "likelihood_ratio": (model, lambda: 2 * (self._height(self.optimum.state) - self._height(null))),
            "score": (model or firth, lambda: float(null.score @ solve(null.information, null.score))),
            "wald": (lost, lambda: float(self.coef @ solve(self.covariance, self.coef))),
        }
        if self.robust:
            rows["robust_score"] = (
                few or ridge or firth,
                lambda: float(null.score @ solve(gram(self._score_rows(null)), null.score)),
            )
        statistic = np.array([np.nan if note else value() for note, value in rows.values()])
        p = special.chdtrc(df, statistic)
        if self.degrees:
            p[list(rows).index("wald")] = wald_p(statistic[list(rows).index("wald")], df, self._clusters)
            at = list(rows).index("robust_score")
            shrunk = statistic[at] * self.degrees / self._clusters
            p[at] = wald_p(shrunk, df, self._clusters)
        table = {"statistic": statistic, "df": df, "p": p}
        notes = [note for note, _ in rows.values()]
        return pd.DataFrame(table | {"note": notes}, index=pd.Index(list(rows), name="test"))

    @checks_arguments
    def predict(
        self,
        X: ArrayLike | pd.DataFrame,
        times: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        conf: str = "log-log",
    ) -> pd.DataFrame:
        """Survival curves of new rows.

        Parameters
        ----------
        X : array-like or DataFrame, shape (k, p)
            Covariates, constant over time; of a frame the columns are taken by name.
        times : array-like
            Days.
        strata : array-like, shape (k,), optional
            Stratum of each new row; needed where the fit has strata.
        offset : array-like, shape (k,), optional
            Offset of each new row; 0 where not given.
        conf : {"log-log", "log", "plain"}
            Scale of the interval.

        Returns
        -------
        DataFrame
            `row` (position in X), `time`, `estimate` (the share still free of the event), `std_error`,
            `conf_low`, `conf_high`, `note`. Missing with a note before anyone is at risk in the stratum,
            after its last day observed, or after a day that leaves nobody at risk. The variance includes the
            uncertainty of coefficients and baseline: by influence where the fit is robust, and by Tsiatis'
            formula (as R's survfit) otherwise.
        """
        scores = self._score_rows(self.optimum.state) if self.robust else None
        hazard = partial(row_hazard_influence, self.grid, self.optimum.state)
        cluster = coded_clusters(self.given, self.grid)[0]
        return self._predict((X, times, strata, offset, conf), scores, hazard, cluster)

    @cached_property
    def concordance(self) -> Concordance:
        """Harrell's concordance, weighted: share of pairs in which the higher risk has the event first."""
        grid, eta = self.grid, self.optimum.state.eta
        late = grid.late or len(grid.base) > 1
        return concordance(eta, grid.weight, grid.last, grid.first, grid.event, late=late)

    @checks_arguments
    def influence(self, by: Literal["row", "cluster"] = "row") -> Floats:
        """Influence on the coefficients (weighted dfbeta), shape (n, p) or (clusters, p).

        Its squares summed over clusters are the robust variance, without any correction for few clusters.
        Clusters in sorted order.
        """
        if by == "cluster" and self.given.sample.cluster is not None:
            rows = self._score_rows(self.optimum.state)
        else:
            rows = self._row_scores()
        return rows * self.given.x.scale @ self.model_covariance

    @checks_arguments
    def residuals(self, kind: Residuals) -> pd.DataFrame:
        """Residuals, without weights.

        Parameters
        ----------
        kind : {"martingale", "score", "schoenfeld"}
            Martingale: events less those expected, one per row. Score: its parts by term. Schoenfeld:
            covariates less their mean over those at risk, one row per event, with its row position and
            `time`, ordered by stratum and day.

        Returns
        -------
        DataFrame
            Column `residual`, or one for each term.
        """
        grid, state = self.grid, self.optimum.state
        if kind not in get_args(Residuals):
            raise EstimateError(f"kind must be one of {', '.join(get_args(Residuals))}.")
        if kind == "martingale":
            return pd.DataFrame({"residual": grid.all_rows(martingale(grid, state) / grid.weight)})
        scale = self.given.x.scale
        if kind == "score":
            values = grid.all_rows(score_residuals(grid, state) / grid.weight[:, None])
            return pd.DataFrame(values * scale, columns=list(self.terms))
        order = np.argsort(grid.event_slot, kind="stable")
        frame = pd.DataFrame((schoenfeld(grid, state) * scale)[order], columns=list(self.terms))
        frame.insert(0, "row", grid.positions[grid.event[order]])
        frame.insert(1, "time", self.given.sample.grid[grid.day[grid.event_slot[order]]])
        return frame

    @checks_arguments
    def profile(self, level: float | None = None) -> pd.DataFrame:
        """Profile-likelihood limits: `coef, conf_low, conf_high` by `term`.

        Where the (penalized) likelihood, maximized over the other coefficients, has fallen by half the
        chi-square quantile. A limit is infinite where it never falls that far. With weights or clusters the
        fall is measured by the robust variance (see `cox_model.cox_fit`).

        Raises
        ------
        EstimateError
            Where a ridge is given, or the robust standard error of a term is missing.
        """
        wanted = self.level if level is None else level
        check_level(wanted)
        if self.given.ridge:
            raise EstimateError("profile limits need a fit without a ridge. Use the limits in summary.")
        best, highest = self.optimum, plain_highest(self.grid)
        if self.firth:
            best, highest = replace(best, state=penalized_state(self.grid, best.state)), self._highest
        return profile_table(self.grid, best, self.given.x, self._widths(wanted), highest)

    def _widths(self, level: float) -> Floats:
        """Roots of the fall in twice the log likelihood that limits stand for, shape (p,)."""
        if not self.robust:
            return np.full(len(self.terms), normal_quantile(level))
        summary = self.summary
        if self.optimum.monotone.any():
            finite = maximize_penalized(self.grid, self.terms)
            cluster, clusters = coded_clusters(self.given, self.grid)
            scores = score_residuals(self.grid, finite.state, cluster=cluster, clusters=clusters)
            summary = conclude(self.given, self.grid, finite, scores, self.correction, level).summary
        ratio = (summary["std_error"] / summary["se_model"]).to_numpy(dtype=float)
        if np.isnan(ratio).any():
            raise EstimateError(
                "A term has no robust standard error, so there are no profile limits. See warnings of "
                "the fit."
            )
        weight = self.given.sample.full_weight
        least = np.sqrt((weight**2).sum() / weight.sum())
        ratio = np.where(self.optimum.monotone | self.firth, np.maximum(ratio, least), ratio)
        return quantile(level, self.degrees) * ratio

    def _height(self, state: State) -> float:
        return penalized(self.grid, state) if self.firth else state.loglik

    def _highest(self, start: State, free: Bools) -> State:
        """Maximize the penalized likelihood over the free coefficients."""
        state = climb_penalized(self.grid, start, free)[0] if free.any() else start
        return penalized_state(self.grid, state)

    def _score_rows(self, state: State) -> Floats:
        cluster, clusters = coded_clusters(self.given, self.grid)
        return score_residuals(self.grid, state, cluster=cluster, clusters=clusters)


@reads_columns
def cox(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "efron",
    offset: ArrayLike | None = None,
    ridge: float = 0.0,
    firth: bool = False,
    correction: Correction | None = None,
    test: CoefficientTest | None = None,
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> CoxFit:
    """Fit a Cox proportional-hazards regression.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day at risk.
    event : array-like, shape (n,)
        1 event on that day, 0 censored. For one of several causes pass `event == cause`.
    X : DataFrame or array-like, shape (n, p) or (n,)
        Covariates, numbers; a frame's columns name the terms (x1, x2, ... otherwise).
    entry : array-like, shape (n,), optional
        At risk on (entry, days]; from the start where not given.
    weights : array-like, shape (n,), optional
        Positive weights, taken as known. Their scale changes neither `coef` nor the robust `std_error`.
    cluster : array-like, shape (n,), optional
        Rows that belong together (a person, a site).
    strata : array-like, shape (n,), optional
        Each stratum has its own baseline hazard.
    ties : {"efron", "breslow"}
        Tie rule. With weights, Efron's terms take the mean weight of the tied events, as R's coxph.
    offset : array-like, shape (n,), optional
        Added to the linear predictor.
    ridge : float
        Penalty: ridge / 2 times the sum of squared coefficients, in the covariates' own units, is subtracted
        from the log likelihood. `se_model` is then from the inverse of the penalized information.
    firth : bool
        Add Firth's penalty, half the log determinant of the information: coefficients are then finite in an
        arm without events too. `profile` gives the limits that go with it. Not with a ridge.
    correction : {"md", "kc", "t", "none"}, optional
        With clusters (`core.clusters`): limits and p values come from t on clusters - 1, and the robust
        variance is times G / (G - 1) ("t") or enlarged by each cluster's leverage ("md", "kc"). By default
        "md" under 40 clusters and "t" from there; "none" is R's. Leverage applies to `summary`,
        `covariance` and the Wald test; `predict` has G / (G - 1) and t alone.
    test : {"score", "wald"}, optional
        Of which test `z` and `p` of `summary` are. By default score tests under 50 events, where Wald's
        rejects too rarely (exact ones of a single term with two values and few events), and Wald's (R's)
        from there, or with weights, clusters or a ridge; by permutation of a single term with two values,
        clusters and fewer than 100 people at each value.
    level : float
        Confidence level.
    counts : array-like, shape (n,), optional
        Number of people that each row stands for: as if the row were repeated so often.
    data : DataFrame, optional
        Holds the columns named in place of arrays.

    Returns
    -------
    CoxFit
        With `.warnings` where a term has no finite estimate, the search did not converge, there are few
        clusters, or risk sets lost digits.

    Raises
    ------
    EstimateError
        Where input is missing or impossible; there are no events, or fewer than terms; a term is constant,
        does not vary among those at risk together, or is a combination of others (the last two and too
        few events are allowed with a ridge).

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.cox(days, relapsed, [1, 0, 1, 0, 1, 0]).summary["hazard_ratio"].round(3).tolist()
    [0.712]
    """
    check_level(level)
    correction = chosen_correction(correction, cluster)
    if firth and ridge:
        raise EstimateError("firth and ridge are two penalties. Use one of them.")
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=offset,
        ridge=ridge, ties=ties,
    )  # fmt: skip
    grid = build_grid(given)
    if firth:
        best = maximize_penalized(grid, given.x.terms)
    else:
        best = maximize(grid, given.x.terms, given.ridge / given.x.scale**2)
    robust = not given.sample.independent
    scores = None
    if robust:
        cluster, clusters = coded_clusters(given, grid)
        scores = score_residuals(grid, best.state, cluster=cluster, clusters=clusters)
    found = conclude(given, grid, best, scores, correction, level)
    possible = not (robust or given.ridge)
    if by_score(test, possible, int(grid.count.sum())):
        found = replace(found, summary=with_score_tests(found.summary, given, grid, best, test))
    elif test is None and correction not in (None, "none") and not (firth or given.ridge):
        found = replace(found, summary=with_permuted_p(found.summary, given))
    issue(found.search)
    return CoxFit(**shared_results(given, grid, best, found, correction, level), robust=robust, firth=firth)
