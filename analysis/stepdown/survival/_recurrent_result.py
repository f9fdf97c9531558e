"""What `mean_cumulative` returns."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError
from stepdown.survival import _influence
from stepdown.survival._days import NO_SPREAD, ONE_CLUSTER, ArmDays, inverse, one_cluster
from stepdown.survival._estimands import NO_EVENTS as NONE_IN_SPAN
from stepdown.survival._estimands import Estimands, events_between
from stepdown.survival._input import Bools, Floats, Sample, check_times
from stepdown.survival._intervals import known_se, log_interval, normal_quantile
from stepdown.survival._result import NO_EVENTS


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
        result: Floats = self.events.incidence[:, 0]
        return result


@dataclass(frozen=True, eq=False)
class MeanCumulative:
    """Mean number of events by arm.

    Attributes
    ----------
    table : DataFrame
        `arm`, `time`, `at_risk` (people under observation), `events`, `terminal` (where one is named),
        `censored` (people whose last row ends without a terminal event), `estimate`, `se`, `low`, `high`
        (and, with weights, the same counts in people with `n_`). Rows and missing numbers as in `Curves`,
        save that the mean keeps its standard error where everyone had an event.
    arms : tuple
        Arms in order; ("all",) where none were given.
    conf, level : str, float
        Scale and level of the intervals.
    """

    table: pd.DataFrame
    arms: tuple[object, ...]
    conf: str
    level: float
    sample: Sample = field(repr=False)
    fits: tuple[ArmEvents, ...] = field(repr=False)

    def at(self, *times: float) -> pd.DataFrame:
        """Return the means at given days.

        Returns
        -------
        DataFrame
            `arm`, `time`; `at_risk` (on that day, before its events), `events`, `terminal` and `censored`
            (so far, that day included; with `n_` in people where there are weights); `estimate`, `se`,
            `low`, `high`, `note`. Past the last day the mean is missing, unless everyone has died.
        """
        days = check_times("times", *times)
        return pd.DataFrame(
            [
                self._row(label, fit, float(day))
                for label, fit in zip(self.arms, self.fits, strict=True)
                for day in days
            ]
        )

    def estimands(self, *times: float, start: float = 0.0) -> Estimands:
        """Return the mean number of events in (start, time], to be contrasted between arms.

        Parameters
        ----------
        *times : float
            Days after `start`.
        start : float
            Day; 0 counts from the beginning, day 0 included.

        Returns
        -------
        Estimands
            Measure `mean_events`; `n` counts people, `events` events. For `contrast`, whose ratio is the
            ratio of mean numbers.
        """
        days = check_times("times", *times)
        check_times("start", start)
        if not np.all(days > start):
            raise EstimateError("start must be before every day asked for. The span is (start, time].")
        influence = np.full((self.sample.size, len(days)), np.nan)
        rows = []
        for column, day in enumerate(days):
            for label, fit in zip(self.arms, self.fits, strict=True):
                row, people = self._estimand(fit, start, float(day))
                influence[fit.events.rows, column] = people
                rows.append({"arm": label, **row})
        return Estimands(pd.DataFrame(rows), influence, self.arms, self.level, self.sample)

    def influence_at(self, *times: float) -> Floats:
        """Return each row's influence on the own arm's mean, shape (n, times); add up a person's rows.

        Missing where the mean cannot be read.
        """
        return self.estimands(*times).influence

    def _estimand(self, fit: ArmEvents, start: float, day: float) -> tuple[dict[str, object], Floats]:
        arm = fit.events
        note = (arm.trouble(start) if start else "") or arm.trouble(day)
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
            codes = None if self.sample.cluster is None else self.sample.cluster[arm.rows]
            variance = _influence.clustered_variance(people, codes)
            se = float(known_se(np.array(value), np.array(variance), np.inf))
            note = NO_SPREAD if np.isnan(se) else ""
        low, high = mean_interval(np.array(value), np.array(se), self.conf, self.level)
        row: dict[str, object] = {
            "measure": "mean_events", "start": start, "time": day, "estimate": value, "se": se,
            "low": float(low), "high": float(high), "n": fit.people, "events": events, "note": note,
        }  # fmt: skip
        return row, people

    def _spread(self, fit: ArmEvents, events: int, none: str) -> str:
        if not events:
            return none
        return ONE_CLUSTER if one_cluster(self.sample, fit.events) else ""

    def _row(self, label: object, fit: ArmEvents, day: float) -> dict[str, object]:
        arm = fit.events
        day = arm.snap(day)
        note = arm.trouble(day)
        values = dict.fromkeys(("estimate", "se", "low", "high"), np.nan)
        if not note:
            found = int(np.searchsorted(fit.columns["time"], day, side="right")) - 1
            values = {name: float(fit.columns[name][found]) for name in values}
            if day > arm.opened or arm.n_events[: arm.position(day) + 1].any():
                note = self._spread(fit, events_between(arm, 1, 0.0, day), NO_EVENTS)
                note = note or (NO_SPREAD if np.isnan(values["se"]) else "")
        if note:
            values |= dict.fromkeys(("se", "low", "high"), np.nan)
        return {"arm": label, "time": day, **self._counts(fit, day), **values, "note": note}

    def _counts(self, fit: ArmEvents, day: float) -> dict[str, float]:
        arm = fit.events
        entered = arm.first <= day if day <= arm.opened else arm.first < day
        gone = arm.last <= day
        masks = {"at_risk": entered & (arm.last >= day), "events": gone & (arm.cause == 1)}
        if "terminal" in fit.columns:
            masks["terminal"] = gone & (fit.ends.cause == 1)
        masks["censored"] = gone & fit.closing
        people: dict[str, float] = {name: int(mask.sum()) for name, mask in masks.items()}
        if self.sample.weight is None:
            return people
        sums = {name: float(arm.weight[mask].sum()) for name, mask in masks.items()}
        return sums | {f"n_{name}": count for name, count in people.items()}


def mean_interval(value: Floats, se: Floats, conf: str, level: float) -> tuple[Floats, Floats]:
    """Interval of a mean number, at least 0."""
    if conf == "log":
        return log_interval(value, se, level)
    reach = normal_quantile(level) * se
    return np.maximum(value - reach, 0.0), value + reach


def _influenced(fit: ArmEvents, day: float) -> tuple[float, Floats]:
    """Mean at a day, and the influence of the arm's rows on it."""
    last = fit.events.position(day)
    if last < 0:
        return 0.0, np.zeros(len(fit.events.rows))
    upto = slice(0, last + 1)
    counted, ended = np.zeros_like(fit.events.events), np.zeros_like(fit.ends.events)
    counted[upto, 0] = fit.ends.before[upto]
    ended[upto, 0] = -(fit.mean[last] - fit.mean[upto]) * inverse(fit.ends.staying[upto])
    people = _influence.influence(fit.events, counted) + _influence.influence(fit.ends, ended)
    return float(fit.mean[last]), people
