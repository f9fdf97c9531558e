"""Curves and the table under them, from cumulative counts that are rounded to the base."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.disclosure import rounded_curve, wilson
from stepdown.disclosure.rounded_counts import LEAST_AT_START
from stepdown.errors import DisclosureError
from stepdown.release.published_sizes import PublishedSizes
from stepdown.release.rounding import shown_count

Floats = NDArray[np.float64]
Row = dict[str, object]
Numbers = dict[str, float]
_GROUP = ("analysis", "population", "variant", "endpoint", "arm", "level", "window_start", "bound")
_CENSORED = "censored"
_FREE = "event_free"


@dataclass(frozen=True, eq=False)
class ReleasedCurve:
    """A curve of one group that may be published.

    Attributes
    ----------
    table : DataFrame
        As `rounded_curve` returns it, by day; the days on which a number changes.
    kinds : tuple of str
        Causes.
    size : int
        Published size of the group.
    limits : mapping of str to DataFrame
        Of each cause and of "event_free": columns `std_error`, `conf_low`, `conf_high`, by day; computed from
        `table` alone.
    last : float
        Last day on which enough people are at risk; infinite where that is so on all days.
    """

    table: pd.DataFrame
    kinds: tuple[str, ...]
    size: int
    limits: Mapping[str, pd.DataFrame]
    last: float


def group_of(row: Row) -> tuple[object, ...]:
    """Return what names the group of a curve."""
    return tuple("" if row[name] != row[name] else row[name] for name in _GROUP)


def released_curves(
    rows: list[Row], sizes: PublishedSizes, *, threshold: int, base: int
) -> dict[tuple[object, ...], ReleasedCurve]:
    """Return the curves of unadjusted risks that may be published, by group.

    Parameters
    ----------
    rows : list of dict
        All rows of the results.
    sizes : PublishedSizes
    threshold, base : int
    """
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        about = row["estimand"] == "risk" and row["statistic"] == "curve" and not row["population"]
        if about and row["n"] == row["n"] and row["events"] == row["events"]:
            groups.setdefault(group_of(row), []).append(row)
    found = {}
    for key, points in groups.items():
        curve = _curve(points, sizes, threshold=threshold, base=base)
        if curve is not None:
            found[key] = curve
    return found


def _curve(points: list[Row], sizes: PublishedSizes, *, threshold: int, base: int) -> ReleasedCurve | None:
    frame = pd.DataFrame(points)
    events = frame.pivot_table(index="time", columns="cause", values="events", aggfunc="first", sort=False)
    at_risk = frame.groupby("time")["n"].first().sort_index()
    counts = events.sort_index().fillna(0.0).cumsum()
    first = points[0]
    start = sizes.anchor((str(first["arm"]), str(first["site"]), str(first["quarter"])), at_risk.iloc[0])
    if start is None or start < LEAST_AT_START:
        return None
    left = at_risk.iloc[0] - at_risk.shift(-1) - counts.sum(axis=1)
    counts[_CENSORED] = left.ffill()
    whole = counts.round().fillna(0).astype(np.int64)
    try:
        table = rounded_curve(whole, start, base=base, threshold=threshold)
    except DisclosureError:
        # People enter late, so that no cumulative count describes them.
        return None
    if table is None or table.empty:
        return None
    kinds = tuple(str(name) for name in events.columns)
    # Who left unobserved is seen on the next day, in those at risk.
    changes = (table.drop(columns=_CENSORED).diff().abs().sum(axis=1) > 0).to_numpy()
    changes[0] = True
    limits = {name: _limits(table, name, kinds) for name in (*kinds, _FREE)}
    return ReleasedCurve(
        table=table[changes],
        kinds=kinds,
        size=int(table["at_risk"].iloc[0]),
        limits={name: one[changes] for name, one in limits.items()},
        last=math.inf if len(table) == len(whole) else float(table.index[-1]),
    )


def _limits(table: pd.DataFrame, name: str, kinds: tuple[str, ...]) -> pd.DataFrame:
    """Return standard errors (Greenwood's and the delta method's) and Wilson limits of a rounded curve."""
    at_risk = table["at_risk"].to_numpy(dtype=float)
    deaths = {kind: np.diff(table[kind].to_numpy(dtype=float), prepend=0.0) for kind in kinds}
    every = np.sum(list(deaths.values()), axis=0)
    left = np.maximum(at_risk - every, 1.0)
    free = table["event_free"].to_numpy(dtype=float)
    if name == _FREE:
        share, variance = free, free**2 * np.cumsum(every / (at_risk * left))
    else:
        share = table[f"risk_{name}"].to_numpy(dtype=float)
        variance = _variance(share, free, at_risk, deaths[name], every, left)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.minimum(share * (1 - share) / variance, at_risk[0])
        low, high = wilson(share * effective, effective)
    known = (variance > 0) & (share > 0) & (share < 1)
    columns = {"std_error": np.sqrt(np.maximum(variance, 0)), "conf_low": low, "conf_high": high}
    return pd.DataFrame(
        {name: np.where(known, values, np.nan) for name, values in columns.items()}, index=table.index
    )


def _variance(
    share: Floats, free: Floats, at_risk: Floats, own: Floats, every: Floats, left: Floats
) -> Floats:
    """Return the variance of an Aalen-Johansen curve by the delta method."""
    ahead = np.concatenate([[1.0], free[:-1]])
    gap = np.tril(share[:, None] - share[None, :])
    first = gap**2 @ (every / (at_risk * left))
    second = np.cumsum(ahead**2 * (at_risk - own) * own / at_risk**3)
    third = np.tril(gap) @ (ahead * own / at_risk**2)
    return np.asarray(first + second - 2 * third)


class _CurvePoints:
    """Looks numbers up on a released curve, whose columns are lists by then: there are many points."""

    def __init__(self, curve: ReleasedCurve) -> None:
        self.curve = curve
        self.days: list[float] = [float(day) for day in curve.table.index]
        self.held = {str(name): curve.table[name].astype(float).tolist() for name in curve.table}
        self.limits = {
            name: {str(column): one[column].astype(float).tolist() for column in one}
            for name, one in curve.limits.items()
        }

    def starts(self, day: float) -> bool:
        """Return whether a number of the curve changes on a day."""
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def under(self, day: float, what: str) -> float:
        """Return a number of the table under a curve: counts before a day, at risk at its start.

        Parameters
        ----------
        day : float
        what : {"at_risk", "events", "competing", "censored"}

        Returns
        -------
        float
            nan where too few are at risk.
        """
        curve = self.curve
        if day > curve.last:
            return math.nan
        place = bisect_left(self.days, day) - 1
        if place < 0:
            return float(curve.size) if what == "at_risk" else 0.0
        if what == "at_risk":
            return float(curve.size - sum(self.held[name][place] for name in (*curve.kinds, _CENSORED)))
        if what == "events":
            return self.held["relapse"][place] if "relapse" in self.held else 0.0
        if what == "competing":
            return float(sum(self.held[kind][place] for kind in curve.kinds if kind != "relapse"))
        return self.held[_CENSORED][place]

    def point(self, row: Row) -> Numbers:
        """Return the numbers of a point of the curve; none before it starts."""
        place = bisect_right(self.days, _day(row)) - 1
        if place < 0:
            return {}
        free = row["estimand"] == _FREE
        name = _FREE if free else str(row["cause"])
        of_day = row["statistic"] == "curve"
        kinds = self.curve.kinds if free else (name,)
        until = sum(self.held[kind][place - 1] for kind in kinds) if place and of_day else 0.0
        return {
            "estimate": self.held[_FREE if free else f"risk_{name}"][place],
            **{column: values[place] for column, values in self.limits[name].items()},
            "n": self.held["at_risk"][place] if of_day else float(self.curve.size),
            "events": sum(self.held[kind][place] for kind in kinds) - until,
        }


def point_rows(
    rows: list[Row], curves: Mapping[tuple[object, ...], ReleasedCurve]
) -> Iterator[tuple[int, Numbers | None]]:
    """Yield the place of each row of an unadjusted curve with what is published of it; None for nothing."""
    points = {key: _CurvePoints(curve) for key, curve in curves.items()}
    for place, row in enumerate(rows):
        if row["estimand"] not in ("at_risk", "risk", _FREE):
            continue
        curve = points.get(group_of(row))
        if row["estimand"] == "at_risk":
            value = math.nan if curve is None else curve.under(_day(row), str(row["statistic"]))
            yield place, {"estimate": value, "n": math.nan if curve is None else float(curve.curve.size)}
        elif not row["population"]:
            if row["statistic"] == "curve":
                yield place, curve.point(row) if curve is not None and curve.starts(_day(row)) else None
            elif row["estimand"] == _FREE:
                inside = curve is not None and _day(row) <= curve.curve.last
                yield place, curve.point(row) if inside and curve is not None else {}


def step_rows(
    rows: list[Row], size: Callable[[Row], float | None], *, threshold: int, base: int
) -> dict[int, Numbers | None]:
    """Return what is published of curves that are no counts: occupancy of states, adjusted risks.

    Each point is a share of so many rounded people, without limits. Days on which no number of its curve
    changes are left out, since the days of a curve say when something happened.
    """
    found: dict[int, Numbers | None] = {}
    groups: dict[tuple[object, ...], list[int]] = {}
    for place, row in enumerate(rows):
        counted = row["n"] == row["n"] and row["events"] == row["events"] and not row["population"]
        if row["statistic"] == "curve" and row["estimand"] in ("risk", _FREE, "occupancy") and not counted:
            groups.setdefault((row["estimand"], *group_of(row)), []).append(place)
    for places in groups.values():
        people = size(rows[places[0]])
        if people is None or people < LEAST_AT_START:
            found |= dict.fromkeys(places)
            continue
        values: dict[float, dict[int, float]] = {}
        for place in places:
            share = float(rows[place]["estimate"])  # type: ignore[arg-type]
            shown = shown_count(share * people, threshold=threshold, base=base) / people
            values.setdefault(_day(rows[place]), {})[place] = min(shown, 1.0)
        last: list[float] = []
        for day in sorted(values):
            now = list(values[day].values())
            keep = now != last or day == max(values)
            found |= {place: {"estimate": value} if keep else None for place, value in values[day].items()}
            last = now
    return found


def _day(row: Row) -> float:
    return float(row["time"])  # type: ignore[arg-type]
