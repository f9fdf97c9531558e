"""Curves and the table under them, from cumulative counts that are rounded to the base."""

import math
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


def at(curve: ReleasedCurve, day: float) -> pd.Series | None:
    """Return the row of a curve that holds on a day; None before it starts."""
    before = curve.table.index <= day
    return curve.table.loc[curve.table.index[before][-1]] if before.any() else None


def under(curve: ReleasedCurve, day: float, what: str) -> float:
    """Return a number of the table under a curve: counts before a day, at risk at its start.

    Parameters
    ----------
    curve : ReleasedCurve
    day : float
    what : {"at_risk", "events", "competing", "censored"}

    Returns
    -------
    float
        nan where too few are at risk.
    """
    if day > curve.last:
        return math.nan
    before = curve.table[curve.table.index < day]
    if before.empty:
        return float(curve.size) if what == "at_risk" else 0.0
    row = before.iloc[-1]
    if what == "at_risk":
        return float(curve.size - row[[*curve.kinds, _CENSORED]].sum())
    if what == "events":
        return float(row.get("relapse", 0.0))
    if what == "competing":
        return float(sum(row[kind] for kind in curve.kinds if kind != "relapse"))
    return float(row[_CENSORED])


def point_rows(
    rows: list[Row], curves: Mapping[tuple[object, ...], ReleasedCurve]
) -> Iterator[tuple[int, Numbers | None]]:
    """Yield the place of each row of an unadjusted curve with what is published of it; None for nothing."""
    for place, row in enumerate(rows):
        key = group_of(row)
        curve = curves.get(key)
        if row["estimand"] == "at_risk":
            value = math.nan if curve is None else under(curve, _day(row), str(row["statistic"]))
            yield place, {"estimate": value, "n": math.nan if curve is None else float(curve.size)}
        elif row["estimand"] in ("risk", _FREE) and not row["population"]:
            if row["statistic"] == "curve":
                published = curve is not None and _day(row) in curve.table.index
                yield place, _point(curve, row, _day(row)) if published and curve is not None else None
            elif row["estimand"] == _FREE:
                inside = curve is not None and _day(row) <= curve.last
                yield place, _point(curve, row, _day(row)) if inside and curve is not None else {}


def _point(curve: ReleasedCurve, row: Row, day: float) -> Numbers:
    held = at(curve, day)
    if held is None:
        return {}
    name = _FREE if row["estimand"] == _FREE else str(row["cause"])
    limits = curve.limits[name].loc[float(str(held.name))]
    of_day = row["statistic"] == "curve"
    kinds = curve.kinds if name == _FREE else (name,)
    before = curve.table[curve.table.index < held.name]
    until = sum(float(before.iloc[-1][kind]) for kind in kinds) if len(before) and of_day else 0.0
    share = float(held[_FREE if name == _FREE else f"risk_{name}"])
    return {
        "estimate": share,
        **{column: float(limits[column]) for column in limits.index},
        "n": float(held["at_risk"]) if of_day else float(curve.size),
        "events": sum(float(held[kind]) for kind in kinds) - until,
    }


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
