"""Proportional hazards, tested: whether a coefficient drifts with g(t).

Adding x g(t) to the model, g centred at its mean over the events, has at zero the score u = sum_s g(s)
[events' x - expected x]. With I, I1, I2 the information with each slot's part multiplied by 1, g, g^2, its
variance is M = I2 - I1 I^-1 I1, and the test is u' M^-1 u (all terms) or u_j^2 / M_jj (one term, all other
drifts held at zero). That is what R's cox.zph computes since survival 3.0.

With sampling weights M scales as the weights do and not as their square, so the test does too. The robust
form puts in its place sum_clusters r' r with r_i = u2_i - u_i I^-1 I1, u2 and u the score residuals with and
without g: the influence of people on u, the estimation of the coefficients included.

g: "km", 1 - S(t-) of the whole cohort without weights; "rank", of the day among all days; "identity"; "log".

References
----------
Grambsch PM, Therneau TM (1994), Biometrika 81:515-526. Lin DY, Wei LJ (1989), JASA 84:1074-1078.
"""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from stepdown.errors import EstimateError
from stepdown.survival._cox_grid import Grid, gram
from stepdown.survival._cox_influence import score_residuals
from stepdown.survival._cox_likelihood import information_parts, weighted_score
from stepdown.survival._cox_newton import solve
from stepdown.survival._cox_result import CoxFit
from stepdown.survival._cox_summary import coded_clusters
from stepdown.survival._days import by_arm
from stepdown.survival._input import Floats, Sample

Transform = Literal["km", "rank", "identity", "log"]
SINGULAR = "too few clusters or days with an event to test"


@dataclass(frozen=True, eq=False)
class PHTest:
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


def proportional_hazards(fit: CoxFit, *, transform: Transform = "km", robust: bool | None = None) -> PHTest:
    """Test whether the hazard ratios of a Cox fit stay the same over time.

    Parameters
    ----------
    fit : CoxFit
        From `cox`, without a ridge.
    transform : {"km", "rank", "identity", "log"}
        g(t), on which a drift is looked for.
    robust : bool, optional
        The form for sampling weights and clusters; by default where the fit has either. False gives R's
        test, right for weights that count rows.

    Returns
    -------
    PHTest
        Chi-square statistics by term and for all.

    Raises
    ------
    EstimateError
        Where the fit has a ridge, or a term without a finite estimate; or days of 0 for "log".
    """
    if transform not in get_args(Transform):
        raise EstimateError(f"transform must be one of {', '.join(get_args(Transform))}. The default is km.")
    if fit.given.ridge:
        raise EstimateError("A fit with a ridge has no such test. Fit without it.")
    if fit.optimum.runaway.any():
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
    return PHTest(_table(fit.terms, score, variance), transform, sandwich)


def _on_slots(grid: Grid, sample: Sample, transform: str) -> Floats:
    """Return g on every slot, centred at its mean over events; 0 on bases."""
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
    total = np.nan
    if known.all():
        unit = variance / np.sqrt(np.outer(own, own))
        if np.linalg.matrix_rank(unit, hermitian=True) == len(own):
            total = float(score @ solve(variance, score))
    if np.isnan(total):
        notes[-1] = SINGULAR
    statistic = np.append(single, total)
    df = np.append(np.ones(len(own), dtype=np.int64), len(own))
    columns = {"statistic": statistic, "df": df, "p": stats.chi2.sf(statistic, df), "note": notes}
    return pd.DataFrame(columns, index=pd.Index([*terms, "GLOBAL"], name="term"))
