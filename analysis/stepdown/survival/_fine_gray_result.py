"""What `fine_gray` returns."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from stepdown.survival._cox_influence import by_cluster
from stepdown.survival._cox_newton import Optimum, solve
from stepdown.survival._cox_predict import Fitted, baseline_table, predicted, row_hazard_influence
from stepdown.survival._cox_summary import wald_p
from stepdown.survival._few_clusters import Correction
from stepdown.survival._fine_gray_curves import Convention, curve_table
from stepdown.survival._fine_gray_influence import Carried, add_curves, total_scores
from stepdown.survival._input import Floats
from stepdown.survival._intervals import check_scale


@dataclass(frozen=True, eq=False)
class FineGrayFit:
    """A fitted Fine-Gray regression; n rows, p terms.

    Attributes
    ----------
    summary : DataFrame
        Indexed by `term`: `coef` (log subdistribution hazard ratio), `se`, `low`, `high`, `z`, `p`, and
        `se_model`. `se` is the robust one, the estimation of the censoring and entry curves counted;
        `se_model` takes the weights of competing events as known and rows as independent.
    covariance : ndarray, shape (p, p)
        Behind `se`; model_covariance behind `se_model`.
    loglik, loglik_null : float
        Log partial (pseudo) likelihood at the estimate and at zero; no test can be made of their difference.
    cause : int
        The code modelled.
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
    def coef(self) -> Floats:
        """Coefficients as the search left them (finite), shape (p,)."""
        result: Floats = self.optimum.state.beta / self.carried.given.x.scale
        return result

    @cached_property
    def tests(self) -> pd.DataFrame:
        """Wald test that all coefficients are zero: `statistic, df, p, note`, indexed by `test`."""
        df, clusters = len(self.terms), len(self.scores)
        note = "a term has no finite estimate" if self.optimum.runaway.any() else ""
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
        lost = bool(self.summary["se"].isna().any())
        fit = Fitted(
            given, self.carried.grid, state, inverse, self.scores @ inverse, self._hazard,
            given.sample.cluster, self.level, lost,
        )  # fmt: skip
        table = predicted(fit, X, times, strata, offset, conf)
        low, high = 1 - table["high"], 1 - table["low"]
        return table.assign(estimate=1 - table["estimate"], low=low, high=high)

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
