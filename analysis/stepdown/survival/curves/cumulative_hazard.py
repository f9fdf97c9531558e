"""The Nelson-Aalen cumulative hazard.

    H(t) = sum_{s <= t} d(s) / Y(s)

with d and Y the (weighted) events and people at risk on day s. Ties: all events of a day share that
day's risk set, so a day adds d / Y, not 1 / Y + 1 / (Y - 1) + ... (Fleming and Harrington's form); this is
R's `survfit` with stype = 2, ctype = 1. Variance: Aalen's, sum d / Y^2, for unweighted, unclustered rows;
else sum_g (sum_{i in g} u_i)^2 over clusters g (people, where none are given) of the influence

    u_i(t) = w_i [event_i 1(T_i <= t) / Y(T_i) - sum_{e_i < s <= min(T_i, t)} d(s) / Y(s)^2]

which is R's robust form. Aalen's treats each day's events as Poisson and so is slightly larger than the
binomial sum d (Y - d) / Y^3, which influence gives without weights. Intervals: H exp(+-z se / H), the same as
log-log for exp(-H), or plain; where there is no variance, Garwood's of the effective number of people
followed.

References
----------
Nelson W (1972), Technometrics 14:945-966. Aalen O (1978), Ann Stat 6:701-726.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.survival.core import influence_functions
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import (
    check_mean_interval,
    counted_interval,
    known_se,
    mean_interval,
)
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import BEYOND, ArmDays, by_arm, inverse
from stepdown.survival.core.effective_size import few_clusters_share, followed_size, kish_size
from stepdown.survival.core.mover import Limits, Pair
from stepdown.survival.core.sample import ClusterCorrection, Floats, Sample, check, check_level, check_times
from stepdown.survival.curves.curve_estimates import NO_EVENTS, Line, StepCurves, by_day, labeled, opened


@dataclass(frozen=True, eq=False, repr=False)
class CumulativeHazard(StepCurves):
    """Cumulative hazard by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `time`, `at_risk`, `events`, `censored`, `estimate`, `std_error`, `conf_low`, `conf_high` (and,
        with weights, `n_at_risk`, `n_events`, `n_censored`); rows and missing numbers as in `Curves`, except
        that the hazard keeps its standard error where everyone left had the event.
    arms : tuple
        Arms in order; ("all",) where none were given.
    conf, level : str, float
        Scale and level of the intervals.
    """

    _axis = "Cumulative hazard"
    causes = ()

    table: pd.DataFrame
    arms: tuple[object, ...]
    conf: str
    level: float
    sample: Sample = field(repr=False)
    fits: tuple[ArmDays, ...] = field(repr=False)
    lines: tuple[Line, ...] = field(repr=False)

    @checks_arguments
    def influence_at(self, *times: float) -> Floats:
        """Return each person's influence on the own arm's hazard, (n, times); missing where undefined."""
        return self._influence(
            check_times("times", *times),
            lambda fit, day: (np.arange(len(fit.times)) <= fit.position(day))[:, None].astype(float),
        )

    def _row(self, line: Line, day: float) -> dict[str, object]:
        row, fit = super()._row(line, day), self.fits[line.arm]
        if str(row["note"]).startswith(NO_EVENTS) and self.conf == "small-sample":
            limits = counted_limits(fit, 0.0, fit.snap(day))((1 - self.level) / 2)
            row |= dict(zip(("conf_low", "conf_high"), limits, strict=True))
        return row

    def _undefined_reason(self, fit: ArmDays, day: float) -> str:
        everyone_had_it = day > fit.end and fit.undefined_reason(np.inf) == ""
        return fit.undefined_reason(day) or (BEYOND if everyone_had_it else "")


@reads_columns
def nelson_aalen(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    conf: str = "small-sample",
    level: float = 0.95,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> CumulativeHazard:
    """Nelson-Aalen cumulative hazard, H(t) = sum_{s <= t} d(s) / Y(s), by arm.

    Parameters
    ----------
    days, event, arm, entry, weights, cluster, correction, level, counts, data
        As in `kaplan_meier`; for one of several causes pass `event == cause`.
    conf : {"small-sample", "log", "plain"}
        R's on the log or the plain scale; "small-sample" is that on the log scale, and where there is no
        variance (no events, or none but on a day when everybody has one) Garwood's of the effective number of
        people followed.

    Returns
    -------
    CumulativeHazard
        With one row of `.table` for each arm and day; events per person at risk, not a probability.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, with every fault in one message.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.nelson_aalen(days, relapsed).at(5)["estimate"].round(3).tolist()
    [0.367]
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    check_level(level)
    check_mean_interval(conf)
    fits = by_arm(sample)
    lines = tuple(Line(position, 1, _columns(sample, fit, conf, level)) for position, fit in enumerate(fits))
    table = pd.concat([labeled(sample, (), line, line.columns) for line in lines], ignore_index=True)
    return CumulativeHazard(table, sample.labels, conf, level, sample, fits, lines)


def _columns(sample: Sample, fit: ArmDays, conf: str, level: float) -> dict[str, Floats]:
    estimate: Floats = np.cumsum(fit.hazard[:, 0])
    se = known_se(estimate, _variance(sample, fit), np.inf)
    se[np.cumsum(fit.n_events[:, 0]) == 0] = np.nan
    low, high = mean_interval(estimate, se, conf, level, fit.degrees)
    if conf == "small-sample" and not fit.one_cluster:
        low, high = filled(fit, estimate, (low, high), level)
    curve = {"estimate": estimate, "std_error": se, "conf_low": low, "conf_high": high}
    return opened(by_day(fit, 1, curve, sample.weight is not None), fit, survival=False)


def counted_limits(fit: ArmDays, value: float, day: float) -> Limits:
    """Garwood's limits of a mean number by a day, of the effective number of people followed to it."""
    size = kish_size(fit, (fit.last >= day) & (fit.first < day))

    def limits(tail: float) -> Pair:
        shrunk = np.array(size * few_clusters_share(tail, fit.degrees))
        low, high = counted_interval(np.array(value), shrunk, tail)
        return float(low), float(high)

    return limits


def filled(fit: ArmDays, value: Floats, limits: tuple[Floats, Floats], level: float) -> tuple[Floats, Floats]:
    """Return limits of a mean number with those of the people followed where there are none."""
    low, high = limits
    none = np.flatnonzero(np.isnan(low) & np.isfinite(value))
    if not len(none):
        return limits
    tail = (1 - level) / 2
    size = followed_size(fit, none, tail)
    low, high = low.copy(), high.copy()
    low[none], high[none] = counted_interval(value[none], size, tail)
    return low, high


def _variance(sample: Sample, fit: ArmDays) -> Floats:
    if sample.independent:
        return np.cumsum(fit.events[:, 0] * inverse(fit.at_risk) ** 2)
    if fit.one_cluster:
        return np.full(len(fit.times), np.nan)
    return fit.inflation * influence_functions.hazard_variance(fit)
