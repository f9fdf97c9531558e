"""Kaplan-Meier and Aalen-Johansen curves, exact with ties.

Formulas: `_days`. Ties: on one day events come before censorings; causes on one day share one risk set,
in no order; nothing is jittered. Variance: Kaplan-Meier of unweighted, unclustered rows has Greenwood's,
everything else the influence-function (infinitesimal jackknife) variance of `_influence`; these are R's
choices in `survfit`. The two are equal unless people enter at different days.

References
----------
Kaplan EL, Meier P (1958), JASA 53:457-481. Aalen OO, Johansen S (1978), Scand J Stat 5:141-150.
"""

import numpy as np
from numpy.typing import ArrayLike

from stepdown.survival import _influence
from stepdown.survival._days import ArmDays, by_arm, one_cluster
from stepdown.survival._input import Floats, Sample, check, check_level
from stepdown.survival._intervals import check_scale
from stepdown.survival._result import Curves


def kaplan_meier(
    days: ArrayLike,
    event: ArrayLike,
    *,
    arm: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf: str = "log-log",
    level: float = 0.95,
) -> Curves:
    """Kaplan-Meier curves, S(t) = prod_{s <= t} (1 - d(s) / Y(s)), one an arm.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day of observation, from time zero; fractions are allowed.
    event : array-like, shape (n,)
        1 or True where the event happened on that day, 0 where the person was censored.
    arm : array-like, shape (n,), optional
        Group of each person. Categorical input keeps its order; else groups are sorted.
    entry : array-like, shape (n,), optional
        Day after which a person is at risk: on (entry, days]. Without it, from the start, day 0
        included: an event on day 0 gives S(0) < 1.
    weights : array-like, shape (n,), optional
        Positive weights, treated as known; only their ratios matter.
    cluster : array-like, shape (n,), optional
        Rows that belong together (discharges of a client, clients of a site).
    conf : {"log-log", "log", "plain"}
        Scale of the interval.
    level : float
        Confidence level.

    Returns
    -------
    Curves
        With one row of `.table` for each arm and day.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; every fault at once.
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=True)
    return _curves("survival", sample, conf, level)


def aalen_johansen(
    days: ArrayLike,
    event: ArrayLike,
    *,
    arm: ArrayLike | None = None,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf: str = "log-log",
    level: float = 0.95,
) -> Curves:
    """Cumulative incidence of each cause, F_c(t) = sum_{s <= t} S(s-) d_c(s) / Y(s), one an arm and cause.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day of observation, from time zero; fractions are allowed.
    event : array-like, shape (n,)
        0 where the person was censored, 1, 2, ... for the cause of the event on that day.
    arm, entry, weights, cluster : array-like, shape (n,), optional
        As in `kaplan_meier`.
    conf : {"log-log", "log", "plain"}
        Scale of the interval of 1 - F_c (log-log here is the complementary log-log of F_c).
    level : float
        Confidence level.

    Returns
    -------
    Curves
        With one row of `.table` for each arm, cause and day. S of all causes together is
        `kaplan_meier(days, event > 0)`; it and all F_c add up to 1.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; every fault at once.
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster)
    return _curves("incidence", sample, conf, level)


def _curves(kind: str, sample: Sample, conf: str, level: float) -> Curves:
    check_level(level)
    check_scale(conf)
    fits = by_arm(sample)
    variances = tuple(_variance(kind, sample, fit) for fit in fits)
    return Curves.build(kind, sample, fits, variances, conf, level)


def _variance(kind: str, sample: Sample, fit: ArmDays) -> Floats:
    if kind == "survival" and sample.independent:
        return np.asarray(_influence.greenwood(fit)[:, None])
    if one_cluster(sample, fit):
        return np.full_like(fit.incidence, np.nan)
    cluster = None if sample.cluster is None else sample.cluster[fit.rows]
    if kind == "survival":
        return np.asarray(_influence.survival_variance(fit, cluster)[:, None])
    return _influence.incidence_variance(fit, cluster)
