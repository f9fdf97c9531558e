"""Kaplan-Meier and Aalen-Johansen curves, exact with ties.

Formulas: `core.day_grid`. Ties: on one day events come before censorings; causes on one day share one risk
set, in no order; nothing is jittered. Variance: Kaplan-Meier of unweighted, unclustered rows has Greenwood's,
everything else the influence-function (infinitesimal jackknife) variance of `core.influence_functions`, as in
R's `survfit`. The two are equal unless people enter at different days.

References
----------
Kaplan EL, Meier P (1958), JASA 53:457-481. Aalen OO, Johansen S (1978), Scand J Stat 5:141-150.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core import beta_product, influence_functions
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import (
    WALD,
    check_interval,
    incidence_interval,
    known_se,
    survival_interval,
    tail_quantile,
)
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, RESTS_ON_FEW, ArmDays, by_arm
from stepdown.survival.core.effective_size import (
    effective_size,
    exact_size_interval,
    few_clusters_share,
    kish_size,
    size_interval,
)
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    TIE_TOLERANCE,
    Bools,
    ClusterCorrection,
    Faults,
    Floats,
    Sample,
    check,
    check_level,
    check_times,
    is_number,
    numbers,
)
from stepdown.survival.curves import gradients

TOLERANCE = math.sqrt(np.finfo(float).eps)


@checks_arguments
def first_time(times: Floats, rising: Floats, p: float) -> float:
    """Return the first time at which `rising` is at least `p`; missing where it never is.

    Where the curve is exactly `p` (within rounding), the middle between that time and the next rise, or the
    last time, as in R's survfit. Missing values are skipped.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> import numpy as np
    >>> survival.first_time(np.array([3.0, 5.0]), np.array([0.4, 0.7]), 0.5)
    5.0
    """
    faults = Faults()
    times, rising = numbers("times", times, faults), numbers("rising", rising, faults)
    faults.stop()
    faults.lengths("times", len(times), {"rising": rising})
    if not is_number(p):
        raise EstimateError("p must be a number. Use 0.5 for the median.")
    seen = np.isfinite(rising)
    x, y = times[seen], rising[seen]
    at_least = np.flatnonzero(y >= p - TOLERANCE)
    if not len(at_least):
        return math.nan
    left = x[at_least[0]]
    above = np.flatnonzero(y > p + TOLERANCE)
    if abs(y[at_least[0]] - p) >= TOLERANCE:
        return float(left)
    if len(above):
        return float((left + x[above[0]]) / 2)
    return float((left + x[-1]) / 2) if seen[-1] else math.nan


NO_EVENTS = "no events by then"
ALL_EVENTS = "everyone left had the event"
NOT_REACHED = "the share with the event stays below this to the end of follow-up"
SPREAD = ("std_error", "conf_low", "conf_high")


@dataclass(frozen=True, eq=False)
class Line:
    """One arm's curve (of one cause): the columns of its rows."""

    arm: int
    cause: int
    columns: dict[str, Floats]


class StepCurves(Plotted):
    """What curves by arm share: rows at given days, and influence."""

    _line = "step"

    arms: tuple[object, ...]
    causes: tuple[int, ...]
    sample: Sample
    fits: tuple[ArmDays, ...]
    lines: tuple[Line, ...]

    @checks_arguments
    def at(self, *times: float) -> pd.DataFrame:
        """Return the curves at given days.

        Parameters
        ----------
        *times : float
            Days.

        Returns
        -------
        DataFrame
            `arm`, `cause` (of incidences), `time`; `at_risk` (under observation and event-free on that day,
            before its events), `events` and `censored` (so far, that day included), `remaining` (after that
            day), with `n_` columns in people where there are weights; `estimate`, `std_error`, `conf_low`,
            `conf_high` and `note`. `remaining`, `censored` and the events of all causes add up to those who
            have entered. After the last day the estimate is missing, unless the curve of all causes is 0 (a
            cumulative hazard is missing then too).
        """
        days = check_times("times", *times)
        table = pd.DataFrame([self._row(line, float(day)) for line in self.lines for day in days])
        return table if self.causes else table.drop(columns="cause")

    def _row(self, line: Line, day: float) -> dict[str, object]:
        fit = self.fits[line.arm]
        day = fit.snap(day)
        reason = self._undefined_reason(fit, day)
        numbers = row_at(line.columns, day, reason, lambda se: self._note(line, fit, day, se))
        named = {"arm": self.arms[line.arm], "cause": line.cause, "time": day}
        return {**named, **counts(self.sample, fit, line.cause, day), **numbers}

    def _undefined_reason(self, fit: ArmDays, day: float) -> str:
        return fit.undefined_reason(day)

    def _note(self, line: Line, fit: ArmDays, day: float, se: float) -> str:
        if fit.one_cluster:
            found = ONE_CLUSTER
        elif day > fit.opened and not fit.n_events[: fit.position(day) + 1, line.cause - 1].any():
            found = NO_EVENTS
        else:
            found = self._no_spread(line, fit, day) if np.isnan(se) else ""
        few = (RESTS_ON_FEW,) if fit.few_at_risk(day) else ()
        return "; ".join([text for text in (found, *fit.cautions, *few) if text])

    def _no_spread(self, line: Line, fit: ArmDays, day: float) -> str:
        return NO_SPREAD

    def _influence(self, days: Floats, gradient: Callable[[ArmDays, float], Floats]) -> Floats:
        """Influence of each person on the own arm's curve, shape (n, days); missing where it is undefined."""
        result = np.full((self.sample.size, len(days)), np.nan)
        for fit in self.fits:
            for column, day in enumerate(days.tolist()):
                if not self._undefined_reason(fit, day):
                    result[fit.rows, column] = influence_functions.influence(fit, gradient(fit, day))
        return result


@dataclass(frozen=True, eq=False, repr=False)
class Curves(StepCurves):
    """Survival or cumulative incidence by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `cause` (incidence only), `time`, `at_risk`, `events` (of the cause), `censored`, `estimate`,
        `std_error`, `conf_low`, `conf_high`; and with weights `n_at_risk`, `n_events`, `n_censored`, the
        numbers of people. Rows: the day on which the arm's first people enter (0 where no entry was given),
        then every day with an event or a censoring. `at_risk` on a day: all with entry < day <= last day; on
        the opening day: all who entered by then. The standard error (and Wald's interval) is missing while
        the arm has no event of that cause, and once everyone had it; where the risk set becomes empty before
        others enter, everything later is missing.
    kind : {"survival", "incidence"}
        What is estimated.
    arms : tuple
        Arms in order; ("all",) where none were given.
    causes : tuple of int
        Causes; empty for survival.
    conf, level : str, float
        Kind and level of the intervals.
    """

    _axis = "Probability"

    kind: str
    arms: tuple[object, ...]
    causes: tuple[int, ...]
    conf: str
    level: float
    sample: Sample = field(repr=False)
    fits: tuple[ArmDays, ...] = field(repr=False)

    # Risks need no variance on every day, so that curves that are not shown are not computed.
    @cached_property
    def lines(self) -> tuple[Line, ...]:  # type: ignore[override]
        """The columns of each curve."""
        scale, weighted = (self.conf, self.level), self.sample.weight is not None
        return tuple(
            Line(
                position,
                cause,
                _columns(self.kind, fit, cause, variance[:, cause - 1], scale, weighted),
            )
            for position, fit in enumerate(self.fits)
            for variance in [_variance(self.kind, self.sample, fit)]
            for cause in range(1, self.sample.causes + 1)
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """The curves, one under another."""
        frames = [labeled(self.sample, self.causes, line, line.columns) for line in self.lines]
        return pd.concat(frames, ignore_index=True)

    @checks_arguments
    def quantile(self, p: float) -> pd.DataFrame:
        """Return the first day on which the event share is at least `p`, with its interval and note, by arm.

        Limits are where the curve's own limits cross, as in R's survfit; a curve flat at exactly `p` gives
        the middle of the flat stretch. Missing where the curve or a limit stays below `p`.
        """
        if not (is_number(p) and 0 < p < 1):
            raise EstimateError("p must lie between 0 and 1. Use 0.5 for the median.")
        # The lower limit of the day is where the upper limit of the share crosses p.
        limits = ("conf_low", "conf_high") if self.kind == "survival" else ("conf_high", "conf_low")
        rows = []
        for line in self.lines:
            columns: dict[str, Any] = {"p": np.array([p])}
            for name, of in zip(("estimate", "conf_low", "conf_high"), ("estimate", *limits), strict=True):
                curve = line.columns[of]
                share = 1 - curve if self.kind == "survival" else curve
                columns[name] = np.array([first_time(line.columns["time"], share, p)])
            found, fit = float(columns["estimate"][0]), self.fits[line.arm]
            few = RESTS_ON_FEW if np.isfinite(found) and fit.few_at_risk(found) else ""
            unseen = "" if np.isfinite(found) else NOT_REACHED
            alone = ONE_CLUSTER if fit.one_cluster else ""
            columns["note"] = np.array(["; ".join(filter(None, [unseen, alone, *fit.cautions, few]))])
            rows.append(labeled(self.sample, self.causes, line, columns))
        return pd.concat(rows, ignore_index=True)

    @checks_arguments
    def influence_at(self, *times: float, cause: int | None = None) -> Floats:
        """Return each person's influence on the own arm's estimate, shape (n, times).

        Squares summed over clusters (people) give the variance. Missing where the curve is undefined.

        Parameters
        ----------
        *times : float
            Days.
        cause : int, optional
            Which cause; needed where there are several.
        """
        chosen = self._cause(cause)
        sign = -1.0 if self.kind == "survival" else 1.0
        days = check_times("times", *times)
        return sign * self._influence(days, lambda fit, day: gradients.incidence(fit, chosen, day)[1])

    def _cause(self, cause: int | None) -> int:
        if self.kind == "survival" or (cause is None and len(self.causes) == 1):
            return 1
        if cause not in self.causes:
            raise EstimateError(f"cause must be one of the codes 1 to {len(self.causes)}. Name one of them.")
        return cause

    def _row(self, line: Line, day: float) -> dict[str, object]:
        row, fit = super()._row(line, day), self.fits[line.arm]
        none = str(row["note"]).startswith(NO_EVENTS)
        if none:
            row["std_error"] = np.nan
        # Between two days of the table fewer may be left than on the first of them.
        plain = fit.plain and self.conf not in WALD and day > fit.opened
        if none or (plain and not self._undefined_reason(fit, day)):
            low, high = self._limits_at(fit, fit.snap(day))
            if self.kind == "survival":
                low, high = 1 - high, 1 - low
            row |= {"conf_low": low, "conf_high": high}
        return row

    def _limits_at(self, fit: ArmDays, day: float) -> tuple[float, float]:
        """Limits of a risk by a day, of plain rows or of a risk of 0."""
        if self.conf in WALD or fit.one_cluster:
            return np.nan, np.nan
        tail, exact = (1 - self.level) / 2, self.conf == "exact"
        if fit.plain:
            low, high = beta_product.of_day(fit, day).limits(tail, exact=exact)
            return 1 - float(high[0]), 1 - float(low[0])
        size = np.array(kish_size(fit, (fit.last >= day) | (fit.cause > 0)))
        size *= few_clusters_share(tail, fit.degrees)
        if exact:
            return 0.0, float(exact_size_interval(np.array(0.0), size, tail)[1])
        return 0.0, float(size_interval(np.array(0.0), size, tail_quantile(tail))[1])

    def _no_spread(self, line: Line, fit: ArmDays, day: float) -> str:
        events = fit.n_events[: fit.position(day) + 1].sum(axis=0)
        everyone = fit.survival[fit.position(day)] == 0 and events[line.cause - 1] == events.sum()
        return ALL_EVENTS if everyone else NO_SPREAD


def row_at(
    columns: dict[str, Floats], day: float, reason: str, note_of: Callable[[float], str]
) -> dict[str, object]:
    """Return a curve's numbers on a day, with a note; missing where it is undefined for a reason."""
    values: dict[str, object] = dict.fromkeys(("estimate", *SPREAD), np.nan)
    if not reason:
        found = int(np.searchsorted(columns["time"], day, side="right")) - 1
        values = {name: float(columns[name][found]) for name in values}
        reason = note_of(float(columns["std_error"][found]))
    unknown = dict.fromkeys(SPREAD, np.nan) if reason.startswith((NO_EVENTS, ONE_CLUSTER)) else {}
    return values | unknown | {"note": reason}


def counts(sample: Sample, fit: ArmDays, cause: int, day: float) -> dict[str, float]:
    """Count who is at risk on a day, had the event, was censored, remains; see `Curves.at`."""
    entered = fit.first <= day
    present = entered if day <= fit.opened else fit.first < day
    ended = fit.last <= day
    masks = {
        "at_risk": present & (fit.last >= day), "events": ended & (fit.cause == cause),
        "censored": ended & (fit.cause == 0), "remaining": entered & ~ended,
    }  # fmt: skip
    return masked_counts(sample, fit, masks)


def masked_counts(sample: Sample, fit: ArmDays, masks: dict[str, Bools]) -> dict[str, float]:
    """Count the rows of each mask: weighted sums, with numbers of people as `n_`, where there are weights."""
    people: dict[str, float] = {name: int(mask.sum()) for name, mask in masks.items()}
    if sample.weight is None:
        return people
    sums = {name: float(fit.weight[mask].sum()) for name, mask in masks.items()}
    return sums | {f"n_{name}": count for name, count in people.items()}


def _columns(
    kind: str, fit: ArmDays, cause: int, variance: Floats, interval: tuple[str, float], weighted: bool
) -> dict[str, Floats]:
    events = fit.n_events[:, cause - 1]
    done = np.cumsum(events)
    survival = kind == "survival"
    estimate = fit.survival if survival else fit.incidence[:, cause - 1]
    everyone = (fit.survival == 0) & (done == np.cumsum(fit.n_events.sum(axis=1)))
    se = np.where((done == 0) | everyone, np.nan, known_se(estimate, variance))
    low, high = _limits(fit, cause, estimate, se, survival, interval)
    curve = {"estimate": estimate, "std_error": se, "conf_low": low, "conf_high": high}
    columns = by_day(fit, cause, curve, weighted)
    return opened(columns, fit, survival)


def _limits(
    fit: ArmDays, cause: int, estimate: Floats, se: Floats, survival: bool, interval: tuple[str, float]
) -> tuple[Floats, Floats]:
    """Limits of a curve on every day; see `core.estimands`."""
    conf, level = interval
    if conf in WALD:
        limits = survival_interval if survival else incidence_interval
        return limits(estimate, se, conf, level, fit.degrees)
    if fit.one_cluster:
        return np.full(len(se), np.nan), np.full(len(se), np.nan)
    tail, exact = (1 - level) / 2, conf == "exact"
    if fit.plain:
        low, high = beta_product.of_days(fit).limits(tail, exact=exact)
        return (low, high) if survival else (1 - high, 1 - low)
    edge = np.flatnonzero(np.isnan(se))
    spare = np.zeros(len(se))
    spare[edge] = [kish_size(fit, (fit.stop >= day) | (fit.cause > 0)) for day in edge]
    shrink = few_clusters_share(tail, fit.degrees)
    size = effective_size(estimate, se**2, float(len(fit.rows)), spare, shrink=shrink)
    if exact:
        return exact_size_interval(estimate, size, tail)
    return size_interval(estimate, size, tail_quantile(tail))


def by_day(fit: ArmDays, cause: int, curve: dict[str, Floats], weighted: bool) -> dict[str, Any]:
    """Return the columns of counts and a curve, the curve missing where it is undefined."""
    late = fit.times > fit.end
    curve = {name: np.where(late, np.nan, values) for name, values in curve.items()}
    events = fit.events[:, cause - 1], fit.n_events[:, cause - 1]
    sums = {"at_risk": fit.at_risk, "events": events[0], "censored": fit.censored}
    people = {"at_risk": fit.n_at_risk, "events": events[1], "censored": fit.n_censored}
    columns = {"time": fit.times, **(sums if weighted else people), **curve}
    if weighted:
        columns |= {f"n_{name}": values for name, values in people.items()}
    return columns


def opened(columns: dict[str, Floats], fit: ArmDays, survival: bool) -> dict[str, Floats]:
    """Insert the opening row, known without data, before the first day, or in its place."""
    here: Bools = fit.first <= fit.opened * (1 + TIE_TOLERANCE)
    at_start = 1.0 if survival else 0.0
    opening = {"std_error": 0.0, "conf_low": at_start, "conf_high": at_start}
    if fit.times[0] <= fit.opened:
        if not fit.n_events[0].any():
            for name, value in opening.items():
                columns[name][0] = value
        return columns
    opening |= {"time": fit.opened, "estimate": at_start}
    opening |= {"at_risk": fit.weight[here].sum(), "n_at_risk": here.sum()}
    return {
        name: np.concatenate([np.asarray([opening.get(name, 0)], dtype=values.dtype), values])
        for name, values in columns.items()
    }


def labeled(sample: Sample, causes: tuple[int, ...], line: Line, columns: dict[str, Floats]) -> pd.DataFrame:
    """Return the columns of one line as a frame with its arm, and its cause where there are causes."""
    frame = pd.DataFrame(columns)
    if causes:
        frame.insert(0, "cause", line.cause)
    frame.insert(0, "arm", pd.Series([sample.labels[line.arm]] * len(frame), index=frame.index))
    return frame


@reads_columns
def kaplan_meier(
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
) -> Curves:
    """Kaplan-Meier curves, S(t) = prod_{s <= t} (1 - d(s) / Y(s)), by arm.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day of observation, from time zero; fractions are allowed.
    event : array-like, shape (n,)
        1 or True where the event occurred on that day, 0 where the person was censored.
    arm : array-like, shape (n,), optional
        Group of each person. Categorical input keeps its order; else groups are sorted.
    entry : array-like, shape (n,), optional
        Day after which a person is at risk: on (entry, days]. Without it, from the start, day 0
        included: an event on day 0 gives S(0) < 1.
    weights : array-like, shape (n,), optional
        Positive weights, treated as known; only their ratios matter.
    cluster : array-like, shape (n,), optional
        Rows that belong together (discharges of a client, clients of a site).
    correction : {"t", "none"}
        With clusters: variances times G / (G - 1) and limits by t on G - 1 degrees of freedom, with G the
        clusters of the arm; "none" for neither, as in R.
    conf : {"small-sample", "exact", "log-log", "log", "plain"}
        Interval. "small-sample" (mid-p) and "exact" hold in small arms and without events: see
        `core.estimands`; the others are R's.
    level : float
        Confidence level.
    counts : array-like, shape (n,), optional
        Number of people that each row stands for: as if the row were repeated so often.
    data : DataFrame, optional
        Holds the columns named in place of arrays.

    Returns
    -------
    Curves
        With one row of `.table` for each arm and day.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, with every fault in one message.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> survival.kaplan_meier(days, relapsed, plan).at(5)["estimate"].round(3).tolist()
    [0.333, 1.0]
    """
    sample = check(
        days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction,
        single_cause=True,
    )  # fmt: skip
    return _curves("survival", sample, conf, level)


@reads_columns
def aalen_johansen(
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
) -> Curves:
    """Cumulative incidence of each cause, F_c(t) = sum_{s <= t} S(s-) d_c(s) / Y(s), by arm and cause.

    Parameters
    ----------
    event : array-like, shape (n,)
        0 where the person was censored, 1, 2, ... for the cause of the event on that day.
    days, arm, entry, weights, cluster, correction, level, counts, data
        As in `kaplan_meier`.
    conf : {"small-sample", "exact", "log-log", "log", "plain"}
        As in `kaplan_meier`, of 1 - F_c: log-log here is the complementary log-log of F_c.

    Returns
    -------
    Curves
        With one row of `.table` for each arm, cause and day. S of all causes together is
        `kaplan_meier(days, event > 0)`; it and all F_c add up to 1.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty, with every fault in one message.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> curves = survival.aalen_johansen([3, 5, 5, 8], [1, 2, 0, 1])
    >>> curves.at(8)[["cause", "estimate"]].values.tolist()
    [[1.0, 0.75], [2.0, 0.25]]
    """
    sample = check(days, event, arm=arm, entry=entry, weights=weights, cluster=cluster, correction=correction)
    return _curves("incidence", sample, conf, level)


def _curves(kind: str, sample: Sample, conf: str, level: float) -> Curves:
    check_level(level)
    check_interval(conf)
    causes = tuple(range(1, sample.causes + 1)) if kind == "incidence" else ()
    return Curves(kind, sample.labels, causes, conf, level, sample, by_arm(sample))


def _variance(kind: str, sample: Sample, fit: ArmDays) -> Floats:
    """Variance of each curve of an arm on every day, shape (K, C)."""
    if kind == "survival" and sample.independent:
        return np.asarray(influence_functions.greenwood(fit)[:, None])
    if fit.one_cluster:
        return np.full_like(fit.incidence, np.nan)
    if kind == "survival":
        return np.asarray(fit.inflation * influence_functions.survival_variance(fit)[:, None])
    return fit.inflation * influence_functions.incidence_variance(fit)
