"""What the simple comparison shows where care has no effect."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.compare.simple_comparison.effect_off import ClientCourses, CourseModels, course_models
from stepdown.compare.simple_comparison.ways import naive
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival.core.sample import Floats, Ints

REPLICATES, FEWEST = 20, 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Artifact:
    """The logarithm of the naive ratio of risks without any effect, less that of no effect, which is 0.

    Attributes
    ----------
    log_ratio : float
        Mean over replicates.
    conf_low, conf_high : float
        Interval at 95%: a replicate samples the clients, fits the models again and draws a course of each.
    replicates : int
        How many have an estimate.
    share : float
        Of the logarithm of the naive ratio as observed, the part that the artifact makes up; missing where
        the naive interval holds no effect, so that there is nothing to divide, or where the two have
        different signs.
    """

    log_ratio: float
    conf_low: float
    conf_high: float
    replicates: int
    share: float


def artifact(
    course: ClientCourses,
    covariates: pd.DataFrame,
    *,
    day: int,
    seed: Sequence[int],
    replicates: int = REPLICATES,
) -> Artifact:
    """Estimate what the naive comparison of a course would show without an effect of care.

    Parameters
    ----------
    course : ClientCourses
        As observed.
    covariates : DataFrame (n rows)
        Known at discharge, without missing values.
    day : int
        Day of the risk.
    seed : sequence of int
        Of the draws.
    replicates : int
        Samples of the clients.

    Raises
    ------
    EstimateError
        Fewer than 10 replicates have an estimate.
    """
    size = len(course.days)
    logs = []
    for number in range(replicates):
        rng = np.random.default_rng([*seed, number])
        try:
            models = sampled_models(course, covariates, rng.integers(size, size=size))
            logs.append(log_naive(models.draw(rng), day))
        except (EstimateError, EmptyArmError):
            continue
    found = np.array([one for one in logs if np.isfinite(one)])
    if len(found) < FEWEST:
        raise EstimateError(
            f"Of {replicates} simulated cohorts without an effect of care, {len(found)} allow the simple "
            "comparison: there are too few relapses or starts of care."
        )
    mean, spread = float(found.mean()), float(found.std(ddof=1))
    width = float(special.stdtrit(len(found) - 1, 0.975)) * spread
    return Artifact(
        log_ratio=mean,
        conf_low=mean - width,
        conf_high=mean + width,
        replicates=len(found),
        share=_share(course, mean, day),
    )


def sampled_models(course: ClientCourses, covariates: pd.DataFrame, rows: Ints) -> CourseModels:
    """Return the models fitted to the clients at some positions, each as often as it is named."""
    columns = covariates.iloc[rows].reset_index(drop=True)
    return course_models(course.days[rows], course.event[rows], course.started[rows], columns)


def log_naive(course: ClientCourses, day: int) -> float:
    """Return the logarithm of the naive ratio of risks; missing where an arm has no relapse."""
    ratio = float(_ratio(course, day)["estimate"])
    return float(np.log(ratio)) if ratio > 0 else np.nan


def _ratio(course: ClientCourses, day: int) -> pd.Series:
    table = naive(course, day=day)
    return table[table["statistic"] == "ratio"].iloc[0]


def _share(course: ClientCourses, log_ratio: float, day: int) -> float:
    observed = _ratio(course, day)
    limits: Floats = np.array([observed["conf_low"], observed["conf_high"]], dtype=float)
    if not np.isfinite(limits).all() or limits[0] <= 1.0 <= limits[1] or observed["estimate"] <= 0:
        return np.nan
    share = log_ratio / float(np.log(observed["estimate"]))
    return share if share > 0 else np.nan
