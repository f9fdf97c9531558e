"""The mean cumulative function: how many relapses a person has had by day t, on average.

    M(t) = sum_{s <= t} S(s-) d(s) / Y(s)

with d and Y the (weighted) events and people under observation on day s, and S the Kaplan-Meier curve of
the terminal event (death), 1 throughout where none is given: nobody relapses after death, so people who died
have no further events. Without a terminal event M is the Nelson-Aalen sum, interpreted as a mean (Lawless and
Nadeau). Loss to follow-up is not a terminal event: M assumes that people lost have events at the same rate as
those who stay.

Ties: all events of a day share its risk set; events come before deaths, and deaths before losses, so a
person may relapse and die on one day, and both count.

Variance: the influence of person i, over all rows of the person, on M(t) is

    sum of w [S(T-) event / Y(T) - (M(t) - M(T)) death / (Y(T) (1 - h_D(T)))
              - sum_{e < s <= min(T, t)} (S(s-) h(s) - (M(t) - M(s)) h_D(s) / (1 - h_D(s))) / Y(s)]

(e, T] being the row, h and h_D the hazards of event and death. Its squares summed over people (or clusters)
are the variance, whatever the dependence between a person's relapses: no Poisson process is assumed. It is
the exact infinitesimal jackknife; Ghosh and Lin give the form for continuous time, which lacks 1 - h_D. R's
survfit with id has the same without a terminal event. Intervals: M exp(+-z se / M), or plain;
where there is no variance, Garwood's of the effective number of people followed (as of
a hazard). Contrasts join these limits (*Limits of a difference and of a ratio*); with "log" and "plain" they
are Wald's.

References
----------
Lawless JF, Nadeau C (1995), Technometrics 37:158-168. Cook RJ, Lawless JF (1997), Stat Med 16:911-924.
Ghosh D, Lin DY (2000), Biometrics 56:554-562.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import checks_arguments
from stepdown.survival.core.confidence_intervals import check_mean_interval, known_se, mean_interval
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import NO_SPREAD, ONE_CLUSTER, ArmDays, by_arm, inverse
from stepdown.survival.core.estimands import NO_EVENTS as NONE_IN_SPAN
from stepdown.survival.core.estimands import Estimands, events_between
from stepdown.survival.core.influence_functions import Ends, clustered_variance, growth_variance, influence
from stepdown.survival.core.mover import Limits, Pair
from stepdown.survival.core.presentation import Plotted
from stepdown.survival.core.sample import (
    Bools,
    ClusterCorrection,
    Faults,
    Floats,
    Ints,
    Sample,
    check_correction,
    check_level,
    check_times,
    numbers,
)
from stepdown.survival.curves.cumulative_hazard import counted_limits, filled
from stepdown.survival.curves.curve_estimates import (
    NO_EVENTS,
    Line,
    by_day,
    labeled,
    masked_counts,
    opened,
    row_at,
)
from stepdown.survival.recurrent.person_rows import PersonRows, check_people


@dataclass(frozen=True, eq=False)
class ArmEvents:
    """One arm: `events` holds the recurrent events, `ends` the terminal ones; the days are the same.

    `people` counts the arm's people; `closing` marks rows that end a person's observation alive;
    `columns` are those of the table.
    """

    events: ArmDays
    ends: ArmDays
    people: int
    closing: Bools
    columns: dict[str, Floats]

    @property
    def mean(self) -> Floats:
        """M on every day, shape (K,)."""
        return self.events.incidence[:, 0]


@dataclass(frozen=True, eq=False, repr=False)
class MeanCumulative(Plotted):
    """Mean number of events by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `time`, `at_risk` (people under observation), `events`, `terminal` (where one is given),
        `censored` (people whose last row ends without a terminal event), `estimate`, `std_error`, `conf_low`,
        `conf_high` (and, with weights, the same counts in people with `n_`). Rows and missing numbers as in
        `Curves`, except that the mean keeps its standard error where everyone had an event.
    arms : tuple
        Arms in order; ("all",) where none were given.
    conf, level : str, float
        Scale and level of the intervals.
    """

    _line = "step"
    _axis = "Mean events per person"

    table: pd.DataFrame
    arms: tuple[object, ...]
    conf: str
    level: float
    sample: Sample = field(repr=False)
    fits: tuple[ArmEvents, ...] = field(repr=False)
    grouped: bool = field(default=False, repr=False)

    @checks_arguments
    def at(self, *times: float) -> pd.DataFrame:
        """Return the means at given days.

        Returns
        -------
        DataFrame
            `arm`, `time`; `at_risk` (on that day, before its events), `events`, `terminal` and `censored`
            (so far, that day included; with `n_` in people where there are weights); `estimate`, `std_error`,
            `conf_low`, `conf_high`, `note`. After the last day the mean is missing, unless everyone has died.
        """
        days, fits = check_times("times", *times), list(zip(self.arms, self.fits, strict=True))
        return pd.DataFrame([self._row(label, fit, float(day)) for label, fit in fits for day in days])

    @checks_arguments
    def estimands(self, *times: float, start: float = 0.0) -> Estimands:
        """Return the mean number of events in (start, time], for contrasts of arms.

        Parameters
        ----------
        *times : float
            Days after `start`.
        start : float
            Day; 0 counts from time zero, day 0 included.

        Returns
        -------
        Estimands
            Measure `mean_events`; `n` counts people, `events` events. For `contrast`, whose ratio is the
            ratio of mean numbers.
        """
        days = check_times("times", *times)
        check_times("start", start)
        if not np.all(days > start):
            raise EstimateError("start must be before every one of times. The span is (start, time].")
        influence = np.full((self.sample.size, len(days)), np.nan)
        rows, every = [], []
        for column, day in enumerate(days):
            for label, fit in zip(self.arms, self.fits, strict=True):
                row, people, limits = self._estimand(fit, start, float(day))
                influence[fit.events.rows, column] = people
                rows.append({"arm": label, **row})
                every.append(limits)
        known = tuple(every) if self.conf == "small-sample" else ()
        return Estimands(tuple(rows), influence, self.arms, self.level, self.sample, known)

    @checks_arguments
    def influence_at(self, *times: float) -> Floats:
        """Return each row's influence on the own arm's mean, shape (n, times), to be summed within people.

        Missing where the mean is undefined.
        """
        return self.estimands(*times).influence

    def _estimand(
        self, fit: ArmEvents, start: float, day: float
    ) -> tuple[dict[str, object], Floats, Limits | None]:
        arm = fit.events
        note = (arm.undefined_reason(start) if start else "") or arm.undefined_reason(day)
        people = np.full(len(arm.rows), np.nan)
        value, se = np.nan, np.nan
        events = events_between(arm, 1, start, day)
        if not note:
            value, people = _influenced(fit, day)
            if start:
                earlier, before = _influenced(fit, start)
                value, people = value - earlier, people - before
            note = self._spread(fit, events, NONE_IN_SPAN)
        if not note:
            variance = arm.inflation * clustered_variance(people, arm.cluster)
            se = float(known_se(np.array(value), np.array(variance), np.inf))
            note = NO_SPREAD if np.isnan(se) else ""
        limits = self._limits(arm, value, se, day)
        low, high = (np.nan, np.nan) if limits is None else limits((1 - self.level) / 2)
        row: dict[str, object] = {
            "measure": "mean_events", "start": start, "time": day, "estimate": value, "std_error": se,
            "conf_low": low, "conf_high": high, "n": fit.people, "events": events,
            "note": "; ".join(filter(None, [note, *self._cautions(arm)])),
        }  # fmt: skip
        return row, people, limits

    def _limits(self, arm: ArmDays, value: float, se: float, day: float) -> Limits | None:
        if np.isfinite(se):

            def limits(tail: float) -> Pair:
                given = np.array(value), np.array(se), self.conf, 1 - 2 * tail, arm.degrees
                low, high = mean_interval(*given)
                return float(low), float(high)

            return limits
        if np.isnan(value) or arm.one_cluster or self.conf != "small-sample":
            return None
        return counted_limits(arm, value, day)

    def _cautions(self, arm: ArmDays) -> tuple[str, ...]:
        """Return what to say of few clusters, where any were given."""
        return arm.cautions if self.grouped else ()

    def _spread(self, fit: ArmEvents, events: int, none: str) -> str:
        if not events:
            return none
        return ONE_CLUSTER if fit.events.one_cluster else ""

    def _row(self, label: object, fit: ArmEvents, day: float) -> dict[str, object]:
        arm = fit.events
        day = arm.snap(day)

        def note(se: float) -> str:
            if day <= arm.opened and not arm.n_events[: arm.position(day) + 1].any():
                return ""
            found = self._spread(fit, events_between(arm, 1, 0.0, day), NO_EVENTS)
            found = found or (NO_SPREAD if np.isnan(se) else "")
            return "; ".join(filter(None, [found, *self._cautions(arm)]))

        numbers = row_at(fit.columns, day, arm.undefined_reason(day), note)
        if str(numbers["note"]).startswith(NO_EVENTS) and self.conf == "small-sample":
            limits = counted_limits(arm, 0.0, day)((1 - self.level) / 2)
            numbers |= dict(zip(("conf_low", "conf_high"), limits, strict=True))
        return {"arm": label, "time": day, **self._counts(fit, day), **numbers}

    def _counts(self, fit: ArmEvents, day: float) -> dict[str, float]:
        arm = fit.events
        entered = arm.first <= day if day <= arm.opened else arm.first < day
        ended = arm.last <= day
        masks = {"at_risk": entered & (arm.last >= day), "events": ended & (arm.cause == 1)}
        if "terminal" in fit.columns:
            masks["terminal"] = ended & (fit.ends.cause == 1)
        return masked_counts(self.sample, arm, masks | {"censored": ended & fit.closing})


def _influenced(fit: ArmEvents, day: float) -> tuple[float, Floats]:
    """Mean at a day, and the influence of the arm's rows on it."""
    last = fit.events.position(day)
    if last < 0:
        return 0.0, np.zeros(len(fit.events.rows))
    upto = slice(0, last + 1)
    counted, ended = np.zeros_like(fit.events.events), np.zeros_like(fit.ends.events)
    counted[upto, 0] = fit.ends.before[upto]
    ended[upto, 0] = -(fit.mean[last] - fit.mean[upto]) * inverse(fit.ends.staying[upto])
    return float(fit.mean[last]), influence(fit.events, counted) + influence(fit.ends, ended)


@reads_columns
def mean_cumulative(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike | None = None,
    *,
    id: ArrayLike,
    entry: ArrayLike | None = None,
    terminal: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correction: ClusterCorrection = "t",
    conf: str = "small-sample",
    level: float = 0.95,
    data: pd.DataFrame | None = None,
) -> MeanCumulative:
    """Mean cumulative function of a recurrent event, with death as a terminal event, by arm.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day of each row, from time zero (total time: the clock does not restart after an event).
    event : array-like, shape (n,)
        1 where the event occurred on that day, 0 otherwise. An event does not end observation: the next row
        begins there.
    id : array-like, shape (n,)
        Person of each row. Rows of a person may have gaps (not under observation) but no overlap.
    entry : array-like, shape (n,), optional
        The row is under observation on (entry, days]. Needed where a person has several rows. Without it,
        from the start, day 0 included.
    terminal : array-like, shape (n,), optional
        1 where the person died (or otherwise cannot have another event) on the row's last day; only in a
        person's last row.
    arm, weights, level, data
        As in `kaplan_meier`; an arm is the same on all rows of a person, weights may change.
    cluster : array-like, shape (n,), optional
        Groups of people (sites); people where not given.
    correction : {"t", "none"}
        As in `kaplan_meier`, where clusters are given.
    conf : {"small-sample", "log", "plain"}
        As in `nelson_aalen`.

    Returns
    -------
    MeanCumulative
        With one row of `.table` for each arm and day; events per person.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; rows of a person overlap, or belong to several arms or
        clusters; a terminal event is not in the person's last row.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> mean = survival.mean_cumulative([4, 9, 6], [1, 0, 1], id=[1, 1, 2], entry=[0, 4, 0])
    >>> mean.at(6)["estimate"].tolist()
    [1.0]
    """
    check_level(level)
    check_mean_interval(conf)
    rows = check_people(days, event, id, entry=entry, arm=arm, weights=weights, cluster=cluster)
    chosen = check_correction(correction) if cluster is not None else "none"
    rows = replace(rows, sample=replace(rows.sample, correction=chosen))
    ended = _ended(terminal, rows)
    ends = by_arm(replace(rows.sample, cause=ended))
    fits = tuple(
        _one_arm(rows, one, end, terminal is not None, conf, level)
        for one, end in zip(by_arm(rows.sample), ends, strict=True)
    )
    lines = [Line(position, 1, fit.columns) for position, fit in enumerate(fits)]
    table = pd.concat([labeled(rows.sample, (), line, line.columns) for line in lines], ignore_index=True)
    return MeanCumulative(table, rows.sample.labels, conf, level, rows.sample, fits, cluster is not None)


def _ended(terminal: ArrayLike | None, rows: PersonRows) -> Ints:
    size = rows.sample.size
    if terminal is None:
        return np.zeros(size, dtype=np.int64)
    faults = Faults()
    values = numbers("terminal", terminal, faults)
    faults.stop()
    faults.lengths("days", size, {"terminal": values})
    coding = "Use 1 where the person died on that day."
    faults.where("terminal", ~np.isin(values, (0, 1)), "is not 0 or 1", coding)
    faults.stop()
    drop = "Nothing is observed after a terminal event: drop the later rows, or check the day."
    faults.where("terminal", (values == 1) & ~rows.final, "is not in the person's last row", drop)
    faults.stop()
    return values.astype(np.int64)


def _one_arm(
    rows: PersonRows, events: ArmDays, ends: ArmDays, named: bool, conf: str, level: float
) -> ArmEvents:
    closing = rows.final[events.rows] & (ends.cause == 0)
    lost = np.bincount(events.stop[closing], events.weight[closing], len(events.times)).astype(float)
    mean: Floats = np.cumsum(ends.before * events.hazard[:, 0])
    arm = replace(
        events, survival=ends.survival, incidence=mean[:, None], end=ends.end, broken=ends.broken,
        censored=lost, n_censored=np.bincount(events.stop[closing], minlength=len(events.times)),
    )  # fmt: skip
    variance = np.full(len(arm.times), np.nan)
    if not arm.one_cluster:
        counted = [(arm.hazard[:, 0], arm.cause == 1)]
        variance = arm.inflation * growth_variance(arm, Ends.of(ends), counted)[:, 0]
    se = known_se(mean, variance, np.inf)
    se[np.cumsum(arm.n_events[:, 0]) == 0] = np.nan
    low, high = mean_interval(mean, se, conf, level, arm.degrees)
    if conf == "small-sample" and not arm.one_cluster:
        low, high = filled(arm, mean, (low, high), level)
    curve = {"estimate": mean, "std_error": se, "conf_low": low, "conf_high": high}
    columns = by_day(arm, 1, curve, rows.sample.weight is not None)
    if named:
        columns = _with_terminal(columns, ends)
    people = len(np.unique(rows.person[arm.rows]))
    return ArmEvents(arm, ends, people, closing, opened(columns, arm, survival=False))


def _with_terminal(columns: dict[str, Any], ends: ArmDays) -> dict[str, Any]:
    """Insert the terminal events after the events."""
    result: dict[str, Any] = {}
    for name, values in columns.items():
        result[name] = values
        if name == "events":
            result["terminal"] = ends.events[:, 0] if "n_events" in columns else ends.n_events[:, 0]
        elif name == "n_events":
            result["n_terminal"] = ends.n_events[:, 0]
    return result
