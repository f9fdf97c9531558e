"""Summary table, covariances and warnings from the optimum of a partial likelihood and score residuals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.survival.core import confidence_intervals
from stepdown.survival.core.clusters import (
    LONE,
    POWER,
    Correction,
    cluster_information,
    corrected,
    whole_clusters,
)
from stepdown.survival.core.confidence_intervals import SMALLEST_SE
from stepdown.survival.core.day_grid import FEW_CLUSTERS, FEWEST_CLUSTERS
from stepdown.survival.core.sample import Bools, Floats, Ints
from stepdown.survival.cox_model.design_matrix import CoxInput
from stepdown.survival.cox_model.partial_likelihood import Optimum, evaluate, solve
from stepdown.survival.cox_model.risk_sets import Grid, gram

FURTHER, FADED = 1.2, 10.0
"""Factor on monotone coefficients, and growth of another's variance that shows it has no limit."""
CANCELED = 1e-8
"""Share of all ever at risk below which a risk set, computed by subtraction, has lost digits."""


@dataclass(frozen=True, eq=False)
class Conclusion:
    """Summary, both covariances and warnings of a fit; `search` holds those of the search alone."""

    summary: pd.DataFrame
    covariance: Floats
    model_covariance: Floats
    warnings: tuple[str, ...]
    search: tuple[str, ...]


def conclude(
    given: CoxInput,
    grid: Grid,
    best: Optimum,
    scores: Floats | None,
    correction: Correction | None,
    level: float,
) -> Conclusion:
    """Return the results of a fit.

    Parameters
    ----------
    scores : ndarray, shape (clusters or rows, p), or None
        Score residuals of the robust variance; None for the model-based variance.
    correction : {"kc", "md", "t", "none"} or None
        For few clusters; None without clusters.
    """
    bread = inverse_information(given, best)
    sole = 0
    cluster, clusters = coded_clusters(given, grid)
    degrees = clusters - 1 if correction not in (None, "none") else 0
    lone = np.zeros(len(given.x.terms), dtype=bool)
    if given.sample.cluster is not None:
        lone = whole_clusters(given.x.values, given.sample.cluster)
    if scores is not None and correction == "t" and degrees > 0:
        scores = scores * np.sqrt(clusters / degrees)
    if scores is not None and correction in POWER and cluster is not None and clusters > 1:
        parts = cluster_information(grid, best.state, cluster, clusters)
        scores, sole = _corrected(given, best, scores, parts, correction)
    meat = bread if scores is None else bread @ gram(scores) @ bread
    units = np.outer(given.x.scale, given.x.scale)
    covariance, model = meat / units, bread / units
    coef = best.state.beta / given.x.scale
    se, se_model = (np.sqrt(np.maximum(np.diag(matrix), 0)) for matrix in (covariance, model))
    # Influence that cancels within clusters sums to rounding error, which is not a standard error.
    canceled = ~best.monotone & (se <= SMALLEST_SE * se_model)
    unidentified = _unidentified(grid, best, bread)
    coef = np.where(unidentified, np.nan, coef)
    # Where the search did not converge there is no standard error.
    lost = best.monotone | unidentified | (not best.converged)
    summary = summarize(
        given.x.terms,
        np.where(best.monotone, np.copysign(np.inf, best.signs), coef),
        np.where(lost | canceled | lone, np.nan, se),
        np.where(lost, np.nan, se_model),
        confidence_intervals.quantile(level, degrees),
        degrees,
    )
    search = tuple(_search(given, best, unidentified))
    warnings = [*search, *_clusters(given, clusters, correction, sole)]
    if grid.late and _lost(grid, best):
        warnings.append("Some risk sets are tiny compared with entries and exits: digits are lost there.")
    warnings += [f"{name} has {LONE}." for name in np.array(given.x.terms)[lone]]
    warnings += _spreadless(given, canceled & ~lone, clusters, scores is not None)
    return Conclusion(summary, covariance, model, tuple(warnings), search)


def inverse_information(given: CoxInput, best: Optimum) -> Floats:
    """Inverse of the (ridged) information in standardized units; 0 for terms without a finite estimate."""
    penalty = np.diag(given.ridge / given.x.scale**2)
    # In the limit, terms without a finite estimate do not affect the variance of the others.
    kept = np.ix_(~best.monotone, ~best.monotone)
    result = np.zeros_like(penalty)
    result[kept] = solve((best.state.information + penalty)[kept], np.eye(int((~best.monotone).sum())))
    return result


def _unidentified(grid: Grid, best: Optimum, bread: Floats) -> Bools:
    """Find the terms that are not identifiable with others at infinity, because no other rows have them."""
    result = np.zeros(len(best.monotone), dtype=bool)
    kept = np.flatnonzero(~best.monotone)
    if len(kept) in (0, len(result)):
        return result
    further = evaluate(grid, np.where(best.monotone, FURTHER, 1.0) * best.state.beta)
    if further is not None:
        after = np.diag(solve(further.information[np.ix_(kept, kept)], np.eye(len(kept))))
        before = np.diag(bread)[kept]
        result[kept] = (after > FADED * before) | (after <= 0)
    return result


def coded_clusters(given: CoxInput, grid: Grid) -> tuple[Ints | None, int]:
    """Clusters of the grid's rows, and the total number of clusters."""
    codes = given.sample.cluster
    return (None, 0) if codes is None else (codes[grid.positions], int(codes.max()) + 1)


def wald_p(statistic: float, df: int, clusters: int) -> float:
    """P value of a Wald statistic: F on df and clusters - 1; missing under 6 clusters."""
    if clusters < FEWEST_CLUSTERS:
        return np.nan
    return float(special.fdtrc(df, clusters - 1, statistic / df))


def summarize(
    terms: tuple[str, ...], coef: Floats, se: Floats, se_model: Floats, width: float, degrees: int
) -> pd.DataFrame:
    """Return the summary table; a missing standard error leaves the rest missing.

    `width` standard errors are half an interval; p values come from t on so many `degrees` of freedom, of the
    normal distribution where 0, and are missing under 6 clusters.
    """
    with np.errstate(invalid="ignore"):
        z = coef / se
        low, high = coef - width * se, coef + width * se
    p = 2 * (special.stdtr(degrees, -np.abs(z)) if degrees > 0 else special.ndtr(-np.abs(z)))
    if 0 < degrees < FEWEST_CLUSTERS - 1:
        p = np.full(len(coef), np.nan)
    columns = {"coef": coef, "std_error": se, "conf_low": low, "conf_high": high, "z": z, "p": p}
    table = pd.DataFrame(columns | {"se_model": se_model}, index=pd.Index(terms, name="term"))
    return with_hazard_ratios(table)


def with_hazard_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of coefficients with hazard ratios and their intervals after the coefficients' own."""
    result = table.copy()
    place = list(result).index("conf_high") + 1
    names = {"conf_high": "hazard_ratio_high", "conf_low": "hazard_ratio_low", "coef": "hazard_ratio"}
    with np.errstate(over="ignore"):
        for of, name in names.items():
            result.insert(place, name, np.exp(table[of]))
    return result


def _corrected(
    given: CoxInput, best: Optimum, scores: Floats, parts: Floats, correction: Correction
) -> tuple[Floats, int]:
    """Correct the scores of the terms that have a finite estimate."""
    kept = np.flatnonzero(~best.monotone)
    information = best.state.information + np.diag(given.ridge / given.x.scale**2)
    result = scores.copy()
    if not len(kept):
        return result, 0
    within = np.ix_(kept, kept)
    found, sole = corrected(scores[:, kept], parts[:, kept[:, None], kept], information[within], correction)
    result[:, kept] = found
    return result, sole


def _search(given: CoxInput, best: Optimum, unidentified: Bools) -> list[str]:
    remedy = "firth=True, profile limits or a ridge" if given.others is None else "a ridge"
    found = [
        f"{name} has no finite estimate: the likelihood never falls as its coefficient grows "
        f"(an arm without events, or a perfect ordering). Use {remedy}."
        for name in np.array(given.x.terms)[best.monotone]
    ]
    found += [
        f"{name} cannot be estimated: with the terms above at infinity there is nothing left to compare."
        for name in np.array(given.x.terms)[unidentified]
    ]
    if not best.converged:
        found.append(
            "The search did not converge: no standard errors. Check for covariates on extreme scales."
        )
    return found


def _clusters(given: CoxInput, clusters: int, correction: Correction | None, sole: int) -> list[str]:
    if given.sample.cluster is None or clusters >= FEW_CLUSTERS:
        return []
    if clusters == 1:
        return ["There is 1 cluster: no robust standard error."]
    if correction in (None, "none"):
        return [
            f"There are {clusters} clusters: the robust standard errors are likely to be too small. "
            'Use correction="md".'
        ]
    found = [
        f"There are {clusters} clusters: limits are by t on {clusters - 1} degrees of freedom"
        + (", p values are missing." if clusters < FEWEST_CLUSTERS else ".")
    ]
    if sole:
        found.append(
            f"{sole} of {clusters} clusters alone hold all information on some term: that part of its "
            "standard error cannot be corrected and is left out."
        )
    return found


def _spreadless(given: CoxInput, canceled: Bools, clusters: int, robust: bool) -> list[str]:
    if clusters == 1:
        return []
    why = "influence cancels within every cluster" if robust else "digits are lost"
    kind = "robust standard error" if robust else "standard error"
    return [f"{name} has no {kind}: {why}." for name in np.array(given.x.terms)[canceled]]


def _lost(grid: Grid, best: Optimum) -> bool:
    theta = best.state.theta
    ever = grid.from_end(np.bincount(grid.last, theta, grid.slots).astype(float))
    busy = grid.count > 0
    return bool(np.any(best.state.s0[busy] < CANCELED * ever[busy]))
