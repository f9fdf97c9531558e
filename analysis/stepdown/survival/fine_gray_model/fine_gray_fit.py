"""Fine-Gray regression: the hazard of the cumulative incidence of one of several causes.

The subdistribution hazard of the cause at x is lambda0(t) exp(x b), so that its cumulative incidence is
F(t | x) = 1 - exp(-exp(x b) sum_{s <= t} h(s)): a positive coefficient means a higher incidence. Those with
a competing event stay in the risk set, weighted by the probability that they would still be observed: on day
t, after a competing event on day s, A(t) / A(s), with A from the Kaplan-Meier curves of loss and (with entry)
of entering (`fine_gray_model.carried_risk_sets`). Partial likelihood, ties, search and all sums by day are
those of `cox`.

Ties: among events of the cause, Breslow's rule (the default, as in cmprsk::crr) or Efron's. Within a day
events come before losses; a competing event on the day of an event of the cause has full weight that day.
Weights enter A too: a weight of 2 equals two rows. With strata, baseline hazards and A are by stratum.

Variance: the sandwich I^-1 sum_clusters (U + psi)^2 I^-1, with U the score residuals of `cox_model.residuals`
and psi the part from the estimation of A (`fine_gray_model.fine_gray_influence`): the infinitesimal
jackknife. No factor G / (G - 1).

R: cmprsk::crr has convention "crr" (those with an event on a day are at risk of loss on it, and psi with
increments over Y); where no day has both an event and a loss its coefficients are those of "day" too.
survival::finegray with coxph gives these coefficients with entry and strata, but omits case weights from A
and the estimation of A from its robust variance; it follows each stratum only up to its own last event
(therneau/survival #329), which matters where coxph is not stratified as well.

References
----------
Fine JP, Gray RJ (1999), JASA 94:496-509. Geskus RB (2011), Biometrics 67:39-49 (entry). Zhou B, Latouche A,
Rocha V, Fine J (2011), Biometrics 67:661-670 (strata). Zhou B, Fine J, Latouche A, Labopin M (2012),
Biostatistics 13:371-383 (clusters). Lambert PC, Wilkes SR, Crowther MJ (2017), Stat Med 36:1429-1446.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.clusters import Correction, chosen_correction
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.fit_warning import issue
from stepdown.survival.core.sample import Floats, check_cause, check_level, check_result
from stepdown.survival.cox_model.cox_fit import RegressionFit, shared_results
from stepdown.survival.cox_model.design_matrix import CoxInput, Ties, check_cox
from stepdown.survival.cox_model.partial_likelihood import Optimum, maximize, solve
from stepdown.survival.cox_model.prediction import row_hazard_influence
from stepdown.survival.cox_model.residuals import by_cluster, martingale
from stepdown.survival.cox_model.score_tests import FEW_EVENTS
from stepdown.survival.cox_model.summary import conclude, wald_p
from stepdown.survival.curve_tests.permuted_influence import permuted_term
from stepdown.survival.fine_gray_model.carried_risk_sets import (
    CarriedGrid,
    Convention,
    build_carried,
    build_cells,
    curve_table,
)
from stepdown.survival.fine_gray_model.fine_gray_influence import Carried, add_curves, total_scores


@dataclass(frozen=True, eq=False, repr=False)
class FineGrayFit(RegressionFit):
    """A fitted Fine-Gray regression; n rows, p terms.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term`: `coef` (log subdistribution hazard ratio), `std_error`, `conf_low`, `conf_high`,
        `hazard_ratio`, `hazard_ratio_low`, `hazard_ratio_high`, `z`, `p`, and `se_model`. `std_error` is
        the robust one and includes the estimation of the censoring and entry curves; `se_model` takes the
        weights of competing events as known and rows as independent.
    loglik, loglik_null : float
        Log partial (pseudo) likelihood at the estimate and at zero; their difference gives no test.
    cause : int
        The code modeled.
    n, events, competing : int
        Rows, events of the cause, competing events.
    convention : {"day", "crr"}
        Order within a day.
    covariance, model_covariance, steps, correction, level, warnings
        As in `CoxFit`.
    """

    cause: int
    competing: int
    convention: Convention
    given: CoxInput = field(repr=False)
    grid: CarriedGrid = field(repr=False)
    optimum: Optimum = field(repr=False)
    carried: Carried = field(repr=False)
    scores: Floats = field(repr=False)

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Wald test that all coefficients are zero: `statistic, df, p, note`, indexed by `test`."""
        df, clusters = len(self.terms), len(self.scores)
        note = "a term has no finite estimate" if self.optimum.monotone.any() else ""
        note = "not more clusters than terms" if clusters <= df else note
        statistic = np.nan if note else float(self.coef @ solve(self.covariance, self.coef))
        corrected = self.correction not in (None, "none")
        p = wald_p(statistic, df, clusters) if corrected else float(special.chdtrc(df, statistic))
        row = {"statistic": statistic, "df": df, "p": p, "note": note}
        return pd.DataFrame([row], index=pd.Index(["wald"], name="test"))

    @cached_property
    def censoring(self) -> pd.DataFrame:
        """Share not yet lost, G, just after each day with a loss: `stratum, time, at_risk, lost, estimate`.

        Sums are weighted where weights were given.
        """
        return curve_table(self.given, self.carried.cells)

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
        """Cumulative incidence of the cause for new rows.

        Incidences of all causes, each from its own fit, may sum to more than 1: see `total_incidence`.

        Parameters
        ----------
        X, times, strata, offset, conf
            As in `CoxFit.predict`; the interval is that of 1 - incidence.

        Returns
        -------
        DataFrame
            As of `CoxFit.predict`. The variance includes coefficients, baseline and the curves behind the
            weights, by influence, with G / (G - 1) and t on G - 1 with clusters.
        """
        cluster = self.given.sample.cluster
        table = self._predict((X, times, strata, offset, conf), self.scores, self._row_hazard, cluster)
        low, high = 1 - table["conf_high"], 1 - table["conf_low"]
        return table.assign(estimate=1 - table["estimate"], conf_low=low, conf_high=high)

    @checks_arguments
    def influence(self, by: Literal["row", "cluster"] = "row", *, curves: bool = True) -> Floats:
        """Influence on the coefficients (weighted dfbeta), shape (n, p) or (clusters, p).

        Its squares summed over clusters are the robust variance, without any correction for few clusters.
        Clusters in sorted order.

        Parameters
        ----------
        by : {"row", "cluster"}
            What to sum over.
        curves : bool
            Whether to include the estimation of the censoring and entry curves. Without it the variance is
            that of R's coxph on finegray's rows, clustered by person.
        """
        rows = total_scores(self.carried, self.optimum.state, curves=curves)
        codes = self.given.sample.cluster
        if by == "cluster" and codes is not None:
            rows = by_cluster(rows, codes, int(codes.max()) + 1)
        return rows * self.given.x.scale @ self.model_covariance

    def _row_scores(self) -> Floats:
        return total_scores(self.carried, self.optimum.state, curves=True)

    def _row_hazard(self, g: Floats) -> Floats:
        grid, state = self.grid, self.optimum.state
        rows = grid.all_rows(row_hazard_influence(grid, state, g))[:, None].copy()
        add_curves(self.carried, state, rows, None, -(g * state.squares)[:, None])
        return rows[:, 0]


HEAVY = 10.0
"""Weight of one competing event, in people, above which the fit warns."""


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
    exact: bool | None = None,
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> FineGrayFit:
    """Fit a Fine-Gray regression of the cumulative incidence of one cause.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day at risk. One row per person (or discharge): covariates that change over time are not defined
        here, because they are unknown after a competing event.
    event : array-like, shape (n,)
        0 censored, 1, 2, ... the cause of the event on that day.
    cause : int
        The code whose incidence is modeled; all other codes above 0 compete.
    X, entry, weights, cluster, strata, offset, ridge, correction, level, counts, data
        As in `cox`. Entry, weights and strata also affect the curves that weight competing events.
    ties : {"breslow", "efron"}
        Tie rule among events of the cause.
    convention : {"day", "crr"}
        "day": events come before losses within a day. "crr": the numbers of R's cmprsk::crr, for comparison
        with published results.
    exact : bool, optional
        Whether p is by permutation of the values of X: possible for one term, without strata, entry, offset,
        ridge, weights and clusters, and then the default under 50 events, where Wald's p is too large.

    Returns
    -------
    FineGrayFit
        With `.warnings` on limitations of the estimates.

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
    correction = chosen_correction(correction, cluster)
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
    if _permuted(given, exact, int(grid.count.sum())):
        found = replace(found, summary=_with_permuted_p(found.summary, given, grid, best))
    issue(found.search)
    shared = shared_results(given, grid, best, found, correction, level)
    shared["warnings"] += _heavy(grid)
    return FineGrayFit(
        **shared, cause=int(cause), competing=int(given.competing.sum()), convention=convention,
        carried=carried, scores=scores,
    )  # fmt: skip


@checks_arguments
def total_incidence(
    fits: Sequence[FineGrayFit],
    X: ArrayLike | pd.DataFrame,
    times: ArrayLike,
    *,
    strata: ArrayLike | None = None,
) -> pd.DataFrame:
    """Sum the incidences predicted by fits of all causes: the models do not keep the sum below 1.

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
    if not isinstance(fits, Sequence):
        raise EstimateError("fits must be a list of results of fine_gray. Fit every cause once.")
    for fit in fits:
        check_result("fits", fit, FineGrayFit, "fine_gray")
    causes = [fit.cause for fit in fits]
    if not causes or len(set(causes)) < len(causes):
        raise EstimateError("fits must hold one fit for each cause. Fit every cause once.")
    if len({(fit.n, fit.events + fit.competing, fit.terms) for fit in fits}) > 1:
        raise EstimateError("fits must be of the same rows and terms. Fit every cause to the same data.")
    tables = [fit.predict(X, times, strata=strata) for fit in fits]
    total = np.sum([table["estimate"].to_numpy() for table in tables], axis=0)
    return tables[0][["row", "time"]].assign(total=total, above_one=total > 1)


def _permuted(given: CoxInput, exact: bool | None, events: int) -> bool:
    plain = given.sample.independent and given.sample.start is None and given.offset is None
    possible = plain and len(given.x.terms) == 1 and len(given.strata) == 1 and not given.ridge
    if exact and not possible:
        raise EstimateError(
            "exact takes one term, and no strata, entry, offset, ridge, weights or cluster. "
            "Leave out these, or exact."
        )
    return possible and (events < FEW_EVENTS if exact is None else exact)


def _with_permuted_p(table: pd.DataFrame, given: CoxInput, grid: CarriedGrid, best: Optimum) -> pd.DataFrame:
    """Return the summary with p by permutation of the term, and z its normal deviate."""
    scores = grid.all_rows(martingale(grid, best.null))
    p = permuted_term(given.x.values[:, 0], scores)
    z = np.copysign(special.ndtri(p / 2), best.null.score)
    return table.assign(z=z, p=p)


def _check(cause: int, convention: str, entry: ArrayLike | None) -> None:
    check_cause(cause)
    if convention not in get_args(Convention):
        raise EstimateError('convention must be "day" or "crr". The default is day.')
    if convention == "crr" and entry is not None:
        raise EstimateError('convention "crr" takes no entry. Use "day".')


def _heavy(grid: CarriedGrid) -> tuple[str, ...]:
    """Warn where a competing event has the weight of many people, which only entry can cause."""
    if not len(grid.carried):
        return ()
    parts = np.split(grid.kept, grid.base[1:])
    highest = np.concatenate([np.maximum.accumulate(part[::-1])[::-1] for part in parts])
    most = float((grid.lift * highest[grid.since]).max())
    if most <= HEAVY:
        return ()
    text = f"Some competing events weigh up to {most:,.0f} people later, as few were observed early."
    return (f"{text} Begin where enough people have entered.",)
