"""The mean cumulative function: how many relapses a person has had by day t, on average.

    M(t) = sum_{s <= t} S(s-) d(s) / Y(s)

with d and Y the (weighted) events and people under observation on day s, and S the Kaplan-Meier curve of
the terminal event (death), 1 throughout where none is named: nobody relapses after death, so M counts the
dead as having no more. Without a terminal event M is the Nelson-Aalen sum, read as a mean (Lawless and
Nadeau). A loss is no terminal event: M speaks of a world in which those lost go on like those who stay.

Ties: all events of a day share its risk set; events come before deaths, and deaths before losses, so a
person may relapse and die on one day, and both count.

Variance: the influence of person i, over all rows of the person, on M(t) is

    sum of w [S(T-) event / Y(T) - (M(t) - M(T)) death / (Y(T) (1 - h_D(T)))
              - sum_{e < s <= min(T, t)} (S(s-) h(s) - (M(t) - M(s)) h_D(s) / (1 - h_D(s))) / Y(s)]

(e, T] being the row, h and h_D the hazards of event and death. Squared and summed over people (or
clusters) it is the variance, whatever the dependence between a person's relapses: no Poisson process is
assumed. It is the exact infinitesimal jackknife; Ghosh and Lin print the form for continuous time, which
lacks 1 - h_D. R's survfit with id has the same for no terminal event. Intervals: M exp(+-z se / M), or
plain.

References
----------
Lawless JF, Nadeau C (1995), Technometrics 37:158-168. Cook RJ, Lawless JF (1997), Stat Med 16:911-924.
Ghosh D, Lin DY (2000), Biometrics 56:554-562.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival._days import ArmDays, by_arm, one_cluster
from stepdown.survival._influence import Ends, growth_variance
from stepdown.survival._input import Faults, Floats, Ints, Sample, check_level, numbers
from stepdown.survival._intervals import known_se
from stepdown.survival._recurrent_result import ArmEvents, MeanCumulative, mean_interval
from stepdown.survival._recurrent_rows import PersonRows, check_people
from stepdown.survival._result import Line, by_day, labelled, opened

SCALES = ("log", "plain")


def mean_cumulative(
    days: ArrayLike,
    event: ArrayLike,
    id: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    terminal: ArrayLike | None = None,
    arm: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    conf: str = "log",
    level: float = 0.95,
) -> MeanCumulative:
    """Mean cumulative function of a recurrent event, with death as a terminal event, by arm.

    Parameters
    ----------
    days : array-like, shape (n,)
        Last day of each row, from time zero (total time: the clock does not start anew after an event).
    event : array-like, shape (n,)
        1 where the event happened on that day, 0 otherwise. An event does not end a person: the next row
        begins there.
    id : array-like, shape (n,)
        Whose row it is. Rows of a person may have gaps (nobody is watched there) but no overlap.
    entry : array-like, shape (n,), optional
        The row is under observation on (entry, days]. Needed where a person has several rows. Without it,
        from the start, day 0 included.
    terminal : array-like, shape (n,), optional
        1 where the person died (or otherwise cannot have another event) on the row's last day; only in a
        person's last row.
    arm, weights : array-like, shape (n,), optional
        As in `kaplan_meier`; an arm is the same on all rows of a person, weights may change.
    cluster : array-like, shape (n,), optional
        Groups of people (sites); people where not given.
    conf : {"log", "plain"}
        Scale of the interval.
    level : float
        Confidence level.

    Returns
    -------
    MeanCumulative
        With one row of `.table` for each arm and day; events a person.

    Raises
    ------
    EstimateError
        Where input is missing, impossible or empty; rows of a person overlap, or lie in several arms or
        clusters; a terminal event is not in the person's last row.
    """
    check_level(level)
    if conf not in SCALES:
        raise EstimateError(f"conf must be one of {', '.join(SCALES)}. The default is log.")
    rows = check_people(days, event, id, entry=entry, arm=arm, weights=weights, cluster=cluster)
    ended = _ended(terminal, rows)
    ends = by_arm(replace(rows.sample, cause=ended))
    fits = tuple(
        _one_arm(rows, one, end, terminal is not None, conf, level)
        for one, end in zip(by_arm(rows.sample), ends, strict=True)
    )
    frames = [
        labelled(rows.sample, (), Line(position, 1, fit.columns), fit.columns)
        for position, fit in enumerate(fits)
    ]
    table = pd.concat(frames, ignore_index=True)
    return MeanCumulative(table, rows.sample.labels, conf, level, rows.sample, fits)


def _ended(terminal: ArrayLike | None, rows: PersonRows) -> Ints:
    size = rows.sample.size
    if terminal is None:
        return np.zeros(size, dtype=np.int64)
    faults = Faults()
    values = numbers("terminal", terminal, faults)
    faults.stop()
    if len(values) != size:
        faults.say("terminal", f"has {len(values):,} rows where days has {size:,}", "Give one value a row.")
    faults.stop()
    faults.where(
        "terminal", ~np.isin(values, (0, 1)), "is not 0 or 1", "Use 1 where the person died on that day."
    )
    faults.stop()
    faults.where(
        "terminal",
        (values == 1) & ~rows.final,
        "is not in the person's last row",
        "Nothing is observed after a terminal event: drop the later rows, or check the day.",
    )
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
    se = known_se(mean, _variance(rows.sample, arm, ends), np.inf)
    se[np.cumsum(arm.n_events[:, 0]) == 0] = np.nan
    low, high = mean_interval(mean, se, conf, level)
    curve = {"estimate": mean, "se": se, "low": low, "high": high}
    columns = by_day(arm, 1, curve, rows.sample.weight is not None)
    if named:
        columns = _with_terminal(columns, ends)
    people = len(np.unique(rows.person[arm.rows]))
    return ArmEvents(arm, ends, people, closing, opened(columns, arm, survival=False))


def _with_terminal(columns: dict[str, Any], ends: ArmDays) -> dict[str, Any]:
    """Put the terminal events after the events."""
    result: dict[str, Any] = {}
    for name, values in columns.items():
        result[name] = values
        if name == "events":
            result["terminal"] = ends.events[:, 0] if "n_events" in columns else ends.n_events[:, 0]
        elif name == "n_events":
            result["n_terminal"] = ends.n_events[:, 0]
    return result


def _variance(sample: Sample, arm: ArmDays, ends: ArmDays) -> Floats:
    if one_cluster(sample, arm):
        return np.full(len(arm.times), np.nan)
    codes = None if sample.cluster is None else sample.cluster[arm.rows]
    counted = [(arm.hazard[:, 0], arm.cause == 1)]
    return growth_variance(arm, codes, Ends.of(ends), counted)[:, 0]
