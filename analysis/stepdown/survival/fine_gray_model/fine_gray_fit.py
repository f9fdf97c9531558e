"""What `fine_gray` returns.

Fine-Gray regression: the hazard of the cumulative incidence of one of several causes.

The subdistribution hazard of the cause at x is lambda0(t) exp(x b), so that its cumulative incidence is
F(t | x) = 1 - exp(-exp(x b) sum_{s <= t} h(s)): a positive coefficient means a higher incidence. Those with
a competing event stay in the risk set, weighted by the chance that they would still be observed: on day t,
after a competing event on day s, A(t) / A(s), with A from the Kaplan-Meier curves of loss and (with entry)
of entering (`fine_gray_model.carried_risk_sets`). Partial likelihood, ties, search and all sums by day are
those of `cox`.

Ties: among events of the cause, Breslow's rule (the default, cmprsk::crr's) or Efron's, taken over those who
are at risk or carried on. Within a day events come before losses; a competing event on the day of an event of
the cause still counts whole that day. Weights count in A too, so that a weight of 2 is two rows. With strata,
baseline hazards and A are by stratum.

Variance: the sandwich I^-1 sum_clusters (U + psi)^2 I^-1, with U the score residuals of `cox_model.residuals`
and psi the part that the estimation of A adds (`fine_gray_model.fine_gray_influence`): the infinitesimal
jackknife, each cluster (row) counted in all of its roles. No factor G / (G - 1).

R: cmprsk::crr has convention "crr" (those with an event on a day are at risk of loss on it, and psi with
increments over Y); where no day holds both an event and a loss its coefficients are those of "day" too.
survival::finegray with coxph gives these coefficients under entry and strata, but leaves case weights out of
A and the estimation of A out of its robust variance; it follows each stratum only up to its own last event
(therneau/survival #329), which matters where coxph is not stratified as well.

References
----------
Fine JP, Gray RJ (1999), JASA 94:496-509. Geskus RB (2011), Biometrics 67:39-49 (entry). Zhou B, Latouche A,
Rocha V, Fine J (2011), Biometrics 67:661-670 (strata). Zhou B, Fine J, Latouche A, Labopin M (2012),
Biostatistics 13:371-383 (clusters). Lambert PC, Wilkes SR, Crowther MJ (2017), Stat Med 36:1429-1446.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival.core.clusters import Correction, check_correction
from stepdown.survival.core.confidence_intervals import check_scale
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import Floats, check_cause, check_level
from stepdown.survival.cox_model.design_matrix import Ties, check_cox
from stepdown.survival.cox_model.partial_likelihood import Optimum, maximize, solve
from stepdown.survival.cox_model.prediction import Fitted, baseline_table, predicted, row_hazard_influence
from stepdown.survival.cox_model.residuals import by_cluster
from stepdown.survival.cox_model.summary import conclude, wald_p
from stepdown.survival.fine_gray_model.carried_risk_sets import (
    CarriedGrid,
    Convention,
    build_carried,
    build_cells,
    curve_table,
)
from stepdown.survival.fine_gray_model.fine_gray_influence import Carried, add_curves, total_scores


@dataclass(frozen=True, eq=False, repr=False)
class FineGrayFit(Presented):
    """A fitted Fine-Gray regression; n rows, p terms.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term`: `coef` (log subdistribution hazard ratio), `std_error`, `conf_low`, `conf_high`,
        `hazard_ratio`, `hazard_ratio_low`, `hazard_ratio_high`, `z`, `p`, and `se_model`. `std_error` is
        the robust one and includes the estimation of the censoring and entry curves; `se_model` takes the
        weights of competing events as known and rows as independent.
    covariance : ndarray, shape (p, p)
        Behind `se`; model_covariance behind `se_model`.
    loglik, loglik_null : float
        Log partial (pseudo) likelihood at the estimate and at zero; no test can be made of their difference.
    cause : int
        The code modeled.
    n, events, competing : int
        Rows, events of the cause, competing events.
    steps : int
        Newton steps.
    convention : {"day", "crr"}
        Order within a day.
    correction : {"kc", "md"} or None
        Correction for few clusters behind `se`; limits and p are then by t on clusters - 1.
    level : float
        Confidence level.
    warnings : tuple of str
        What a reader must know; empty where all went well.
    """

    summary: pd.DataFrame
    covariance: Floats
    model_covariance: Floats
    loglik: float
    loglik_null: float
    cause: int
    n: int
    events: int
    competing: int
    steps: int
    convention: Convention
    correction: Correction | None
    level: float
    warnings: tuple[str, ...]
    carried: Carried = field(repr=False)
    optimum: Optimum = field(repr=False)
    scores: Floats = field(repr=False)

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the terms."""
        return self.carried.given.x.terms

    @property
    def references(self) -> dict[str, str]:
        """Reference level of each categorical covariate."""
        return dict(self.carried.given.x.coding.references)

    @property
    def coef(self) -> Floats:
        """Coefficients as the search left them (finite), shape (p,)."""
        result: Floats = self.optimum.state.beta / self.carried.given.x.scale
        return result

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Wald test that all coefficients are zero: `statistic, df, p, note`, indexed by `test`."""
        df, clusters = len(self.terms), len(self.scores)
        note = "a term has no finite estimate" if self.optimum.monotone.any() else ""
        note = "not more clusters than terms" if clusters <= df else note
        statistic = np.nan if note else float(self.coef @ solve(self.covariance, self.coef))
        p = wald_p(statistic, df, clusters) if self.correction else float(stats.chi2.sf(statistic, df))
        row = {"statistic": statistic, "df": df, "p": p, "note": note}
        return pd.DataFrame([row], index=pd.Index(["wald"], name="test"))

    @cached_property
    def baseline(self) -> pd.DataFrame:
        """Cumulative subdistribution hazard at X = 0 and offset 0: `stratum, time, hazard, cumulative`.

        One row for each stratum's day with an event of the cause.
        """
        return baseline_table(self.carried.given, self.carried.grid, self.optimum.state)

    @cached_property
    def censoring(self) -> pd.DataFrame:
        """Share not yet lost, G, just after each day with a loss: `stratum, time, at_risk, lost, estimate`.

        Sums are weighted where weights were given.
        """
        return curve_table(self.carried.given, self.carried.cells)

    def predict(
        self,
        X: ArrayLike | pd.DataFrame,
        times: ArrayLike,
        *,
        strata: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        conf: str = "log-log",
    ) -> pd.DataFrame:
        """Cumulative incidence of the cause for new rows.

        Incidences of all causes, each from its own fit, may add up to more than 1: see `total_incidence`.

        Parameters
        ----------
        X : array-like or DataFrame, shape (k, p)
            Covariates; of a frame the columns are taken by name.
        times : array-like
            Days.
        strata : array-like, shape (k,), optional
            Stratum of each new row; needed where the fit has strata.
        offset : array-like, shape (k,), optional
            Offset of each new row; 0 where not given.
        conf : {"log-log", "log", "plain"}
            Scale of the interval of 1 - incidence.

        Returns
        -------
        DataFrame
            `row` (position in X), `time`, `estimate`, `se`, `low`, `high`, `note`. Missing with a note before
            anyone is at risk in the stratum, past its last day observed, or past a day that leaves nobody at
            risk. The variance counts coefficients, baseline and the curves behind the weights, by influence;
            no correction for few clusters.
        """
        check_scale(conf)
        given, state = self.carried.given, self.optimum.state
        inverse = self.model_covariance * np.outer(given.x.scale, given.x.scale)
        lost = bool(self.summary["std_error"].isna().any())
        fit = Fitted(
            given, self.carried.grid, state, inverse, self.scores @ inverse, self._hazard,
            given.sample.cluster, self.level, lost,
        )  # fmt: skip
        table = predicted(fit, X, times, strata, offset, conf)
        low, high = 1 - table["conf_high"], 1 - table["conf_low"]
        return table.assign(estimate=1 - table["estimate"], conf_low=low, conf_high=high)

    def influence(self, by: Literal["row", "cluster"] = "row", *, curves: bool = True) -> Floats:
        """Influence on the coefficients (weighted dfbeta), shape (n, p) or (clusters, p).

        Summed within clusters and squared they are the robust variance, any correction for few clusters
        apart. Clusters in sorted order.

        Parameters
        ----------
        by : {"row", "cluster"}
            What to sum over.
        curves : bool
            Whether the estimation of the censoring and entry curves counts. Without it the variance is that
            of R's coxph on finegray's rows, clustered by person.
        """
        rows = total_scores(self.carried, self.optimum.state, curves=curves)
        codes = self.carried.given.sample.cluster
        if by == "cluster" and codes is not None:
            rows = by_cluster(rows, codes, int(codes.max()) + 1)
        result: Floats = rows * self.carried.given.x.scale @ self.model_covariance
        return result

    def _hazard(self, g: Floats) -> Floats:
        """Influence of all n rows on sum g h over all slots."""
        grid, state = self.carried.grid, self.optimum.state
        rows = self.carried.spread_out(row_hazard_influence(grid, state, g))[:, None].copy()
        add_curves(self.carried, state, rows, None, -(g * state.squares)[:, None])
        result: Floats = rows[:, 0]
        return result


HEAVY = 10.0
"""Weight of one competing event, in people, above which few early observations carry much."""


@reads_columns
def fine_gray(
    days: ArrayLike,
    event: ArrayLike,
    X: ArrayLike | pd.DataFrame,
    *,
    cause: int,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    strata: ArrayLike | None = None,
    ties: Ties = "breslow",
    convention: Convention = "day",
    offset: ArrayLike | None = None,
    ridge: float = 0.0,
    correction: Correction | None = None,
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> FineGrayFit:
    """Fit a Fine-Gray regression of the cumulative incidence of one cause.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day at risk. One row a person (or discharge): covariates that change over time have no meaning
        here, for nobody knows them after a competing event.
    event : array-like, shape (n,)
        0 censored, 1, 2, ... the cause of the event on that day.
    X : DataFrame or array-like, shape (n, p) or (n,)
        Covariates, numbers; a frame's columns name the terms (x1, x2, ... otherwise).
    cause : int
        The code whose incidence is modeled; all other codes above 0 compete.
    entry, weights, cluster, strata, offset, ridge, correction : optional
        As in `cox`. Entry, weights and strata also shape the curves that weight competing events.
    ties : {"breslow", "efron"}
        Tie rule among events of the cause.
    convention : {"day", "crr"}
        "day": events come before losses within a day. "crr": the numbers of R's cmprsk::crr, for comparison
        with what was published with it.
    level : float
        Confidence level.
    data : DataFrame, optional
        Holds the columns named in place of arrays.

    Returns
    -------
    FineGrayFit
        With `.warnings` where something limits what the numbers say.

    Raises
    ------
    EstimateError
        As `cox`; where there is no event of the cause; where a competing event must be weighted by a curve
        that is 0 at its day.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event, x = [3, 5, 5, 8, 9, 12], [1, 2, 0, 1, 1, 0], [1, 0, 1, 0, 1, 0]
    >>> survival.fine_gray(days, event, x, cause=1).summary["hazard_ratio"].round(3).tolist()
    [3.476]
    """
    check_level(level)
    _check(cause, convention, entry)
    check_correction(correction, cluster)
    given = check_cox(
        days, event, X, entry=entry, weights=weights, cluster=cluster, strata=strata, offset=offset,
        ridge=ridge, ties=ties, cause=int(cause),
    )  # fmt: skip
    cells = build_cells(given, convention)
    grid = build_carried(given, cells)
    best = maximize(grid, given.x.terms, given.ridge / given.x.scale**2)
    carried = Carried(given, grid, cells, convention)
    scores = total_scores(carried, best.state, curves=True)
    codes = given.sample.cluster
    if codes is not None:
        scores = by_cluster(scores, codes, int(codes.max()) + 1)
    found = conclude(given, grid, best, scores, correction, level)
    issue(found.search)
    return FineGrayFit(
        summary=found.summary, covariance=found.covariance, model_covariance=found.model_covariance,
        loglik=best.state.loglik, loglik_null=best.null.loglik, cause=int(cause), n=given.sample.size,
        events=int(grid.count.sum()), competing=0 if given.others is None else int(given.others.sum()),
        steps=best.steps, convention=convention, correction=correction, level=level,
        warnings=(*found.warnings, *_heavy(grid)), carried=carried, optimum=best, scores=scores,
    )  # fmt: skip


def total_incidence(
    fits: Sequence[FineGrayFit],
    X: ArrayLike | pd.DataFrame,
    times: ArrayLike,
    *,
    strata: ArrayLike | None = None,
) -> pd.DataFrame:
    """Add up the incidences that fits of all causes predict: nothing in the models keeps the sum below 1.

    Parameters
    ----------
    fits : sequence of FineGrayFit
        One for each cause, of the same rows and terms.
    X, times, strata
        As in `FineGrayFit.predict`.

    Returns
    -------
    DataFrame
        `row, time, total, above_one`: total is missing where one of the incidences is.

    Raises
    ------
    EstimateError
        Where there are no fits, two of the same cause, or fits of other rows or terms.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, event, x = [3, 5, 5, 8, 9, 12], [1, 2, 0, 1, 1, 2], [1, 0, 1, 0, 1, 1]
    >>> fits = [survival.fine_gray(days, event, x, cause=cause) for cause in (1, 2)]
    >>> survival.total_incidence(fits, [[1]], [8])["total"].round(3).tolist()
    [0.473]
    """
    causes = [fit.cause for fit in fits]
    if not causes or len(set(causes)) < len(causes):
        raise EstimateError("fits must hold one fit for each cause. Fit every cause once.")
    if len({(fit.n, fit.events + fit.competing, fit.terms) for fit in fits}) > 1:
        raise EstimateError("fits must be of the same rows and terms. Fit every cause to the same data.")
    tables = [fit.predict(X, times, strata=strata) for fit in fits]
    total = np.sum([table["estimate"].to_numpy() for table in tables], axis=0)
    return tables[0][["row", "time"]].assign(total=total, above_one=total > 1)


def _check(cause: int, convention: str, entry: ArrayLike | None) -> None:
    check_cause(cause)
    if convention not in get_args(Convention):
        raise EstimateError('convention must be "day" or "crr". The default is day.')
    if convention == "crr" and entry is not None:
        raise EstimateError('convention "crr" knows no entry. Use "day".')


def _heavy(grid: CarriedGrid) -> list[str]:
    """Say where a competing event counts for many, which only entry can bring about."""
    if not len(grid.carried):
        return []
    ends = [*grid.base[1:], grid.slots]
    highest = np.concatenate(
        [
            np.maximum.accumulate(grid.kept[begin:end][::-1])[::-1]
            for begin, end in zip(grid.base, ends, strict=True)
        ]
    )
    most = float((grid.lift * highest[grid.since]).max())
    if most <= HEAVY:
        return []
    return [
        f"Some competing events count for up to {most:,.0f} people later on, for few were observed early. "
        "Begin where enough people have entered."
    ]
