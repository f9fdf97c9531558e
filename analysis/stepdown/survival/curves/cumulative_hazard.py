"""The Nelson-Aalen cumulative hazard.

    H(t) = sum_{s <= t} d(s) / Y(s)

with d and Y the (weighted) events and people at risk on day s. Ties: all events of a day share that
day's risk set, so a day adds d / Y, not 1 / Y + 1 / (Y - 1) + ... (Fleming and Harrington's form); this is
R's `survfit` with stype = 2, ctype = 1. Variance: Aalen's, sum d / Y^2, for unweighted, unclustered rows;
else sum_g (sum_{i in g} u_i)^2 over clusters g (people, where none are given) of the influence

    u_i(t) = w_i [event_i 1(T_i <= t) / Y(T_i) - sum_{e_i < s <= min(T_i, t)} d(s) / Y(s)^2]

which is R's robust form. Aalen's takes each day's events as Poisson and so is a little wider than the
binomial sum d (Y - d) / Y^3 that influence comes to without weights. Intervals: H exp(+-z se / H), the
same as log-log for exp(-H), or plain.

References
----------
Nelson W (1972), Technometrics 14:945-966. Aalen O (1978), Ann Stat 6:701-726.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core import influence_functions
from stepdown.survival.core.confidence_intervals import known_se, normal_quantile
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import (
    BEYOND,
    NO_SPREAD,
    ONE_CLUSTER,
    ArmDays,
    by_arm,
    inverse,
    one_cluster,
)
from stepdown.survival.core.presentation import Presented
from stepdown.survival.core.sample import Floats, Sample, check, check_level, check_times
from stepdown.survival.curves.curve_estimates import NO_EVENTS, Line, by_day, counts, labeled, opened

SCALES = ("log", "plain")


@dataclass(frozen=True, eq=False, repr=False)
class CumulativeHazard(Presented):
    """Cumulative hazard by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `time`, `at_risk`, `events`, `censored`, `estimate`, `se`, `low`, `high` (and, with weights,
        `n_at_risk`, `n_events`, `n_censored`); rows and missing numbers as in `Curves`, save that the
        hazard keeps its standard error where everyone left had the event.
    arms : tuple
        Arms in order; ("all",) where none were given.
    conf, level : str, float
        Scale and level of the intervals.
    """

    _line = "step"
    _axis = "Cumulative hazard"

    table: pd.DataFrame
    arms: tuple[object, ...]
    conf: str
    level: float
    sample: Sample = field(repr=False)
    fits: tuple[ArmDays, ...] = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)

    def at(self, *times: float) -> pd.DataFrame:
        """Return the cumulative hazard at given days, with the counts of `Curves.at` and a note.

        Past the last day it is missing, even where everyone had the event.
        """
        days = check_times("times", *times)
        return pd.DataFrame([self._row(line, float(day)) for line in self.lines for day in days])

    def influence_at(self, *times: float) -> Floats:
        """Return each person's influence on the own arm's hazard, shape (n, times).

        Missing where the hazard cannot be read.
        """
        days = check_times("times", *times)
        result = np.full((self.sample.size, len(days)), np.nan)
        for fit in self.fits:
            for column, day in enumerate(days):
                if not _trouble(fit, float(day)):
                    gradient = np.zeros_like(fit.events)
                    gradient[: fit.position(float(day)) + 1] = 1.0
                    result[fit.rows, column] = influence_functions.influence(fit, gradient)
        return result

    def _row(self, line: Line, day: float) -> dict[str, object]:
        fit = self.fits[line.arm]
        day = fit.snap(day)
        note = _trouble(fit, day)
        values = dict.fromkeys(("estimate", "std_error", "conf_low", "conf_high"), np.nan)
        if not note:
            found = int(np.searchsorted(line.columns["time"], day, side="right")) - 1
            values = {name: line.columns[name][found] for name in values}
            note = self._note(fit, day, values["std_error"])
        if note:
            values |= dict.fromkeys(("std_error", "conf_low", "conf_high"), np.nan)
        named = {"arm": self.arms[line.arm], "time": day}
        return {**named, **counts(self.sample, fit, 1, day), **values, "note": note}

    def _note(self, fit: ArmDays, day: float, se: float) -> str:
        if day > fit.opened and not fit.n_events[: fit.position(day) + 1].any():
            return NO_EVENTS
        if not np.isnan(se):
            return ""
        return ONE_CLUSTER if one_cluster(self.sample, fit) else NO_SPREAD


@reads_columns
def nelson_aalen(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf: str = "log",
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> CumulativeHazard:
    """Nelson-Aalen cumulative hazard, H(t) = sum_{s <= t} d(s) / Y(s), one an arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster : array-like, shape (n,)
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    conf : {"log", "plain"}
        Scale of the interval.
    level : float
        Confidence level.
    data : DataFrame, optional
        Holds the columns named in place of arrays.

    Returns
    -------
    CumulativeHazard
        With one row of `.table` for each arm and day; events a person at risk, not a probability.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; every fault at once.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.nelson_aalen(days, relapsed).at(5)["estimate"].round(3).tolist()
    [0.367]
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, single_cause=True)
    check_level(level)
    if conf not in SCALES:
        raise EstimateError(f"conf must be one of {', '.join(SCALES)}. The default is log.")
    fits = by_arm(sample)
    lines = tuple(Line(position, 1, _columns(sample, fit, conf, level)) for position, fit in enumerate(fits))
    table = pd.concat([labeled(sample, (), line, line.columns) for line in lines], ignore_index=True)
    return CumulativeHazard(table, sample.labels, conf, level, sample, fits, lines)


def _columns(sample: Sample, fit: ArmDays, conf: str, level: float) -> dict[str, Floats]:
    estimate: Floats = np.cumsum(fit.hazard[:, 0])
    se = known_se(estimate, _variance(sample, fit), np.inf)
    se[np.cumsum(fit.n_events[:, 0]) == 0] = np.nan
    reach = normal_quantile(level) * se
    if conf == "log":
        ratio = np.exp(reach * inverse(estimate))
        low, high = estimate / ratio, estimate * ratio
    else:
        low, high = np.maximum(estimate - reach, 0.0), estimate + reach
    curve = {"estimate": estimate, "std_error": se, "conf_low": low, "conf_high": high}
    return opened(by_day(fit, 1, curve, sample.weight is not None), fit, survival=False)


def _variance(sample: Sample, fit: ArmDays) -> Floats:
    if sample.independent:
        return np.cumsum(fit.events[:, 0] * inverse(fit.at_risk) ** 2)
    if one_cluster(sample, fit):
        return np.full(len(fit.times), np.nan)
    return influence_functions.hazard_variance(
        fit, None if sample.cluster is None else sample.cluster[fit.rows]
    )


def _trouble(fit: ArmDays, day: float) -> str:
    return fit.trouble(day) or (BEYOND if day > fit.end and fit.trouble(np.inf) == "" else "")
