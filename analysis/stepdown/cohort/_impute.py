"""Imputed days: for each relapse of which only an interval is known, a day is drawn, several times.

A day is drawn from the interval as a rate of relapse would have it that is constant within bands (the days at
which the study tells results): with H the cumulative rate, from the distribution of H given that the relapse
lies in (a, b]. The rates are those of the piecewise-exponential model fitted to all intervals, by arm where
arms are compared. For each imputation they are fitted anew to clients with random weights (the Bayesian
bootstrap), so that the imputations also differ by what is not known of the rates: without that, intervals
would come out too short. Days drawn evenly would be wrong where intervals are wide: relapse is more frequent
early on.

The rate of each band leans on the mean rate with the weight of half a relapse: a band in which none was
found is not one in which none can be, and one that the data do not tell takes the mean. Where a competing
event came inside the interval, the relapse counts if its day comes first. As with the model itself, contacts
are taken to be unrelated to relapse, and competing events to be as frequent after a relapse not found yet as
before it.

References
----------
Rubin DB (1981), Ann Stat 9:130-134 (Bayesian bootstrap). Pan W (2000), Stat Med 19:1-11 (imputation of
interval-censored times).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._followup import bracket
from stepdown.cohort._people import RELAPSE, People
from stepdown.survival import piecewise_exponential

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAN = 0.5
"""Weight of the mean rate in that of each band, in relapses."""


@dataclass(frozen=True, eq=False)
class _Hazard:
    """The cumulative rate of relapse of one arm on the bounds of its bands."""

    days: Floats
    total: Floats

    def day(self, low: Floats, high: Floats, share: Floats) -> Floats:
        """Return the whole day in (low, high] by which a share of the relapses of that interval has come."""
        start, end = (np.interp(side, self.days, self.total) for side in (low, high))
        spent = start - np.log1p(share * np.expm1(start - end))
        return np.clip(np.ceil(np.interp(spent, self.total, self.days)), low + 1, high)


def impute(people: People, *, times: tuple[int, ...], arm: Ints | None = None) -> Iterator[People]:
    """Yield the people once for each imputation, every relapse on one day.

    Parameters
    ----------
    people : People
        With `uncertain`.
    times : tuple of int
        Days at which the rate may change; the last is the horizon.
    arm : array of int (n,) or None
        Group of each discharge; those below 0 are in none, and keep the last day of the interval.

    Yields
    ------
    People
        With exact days.
    """
    given = people.uncertain
    if given is None:
        return
    group = np.zeros(len(people.table), np.int64) if arm is None else arm
    client = pd.factorize(people.table["client_id"])[0]
    first = np.unique(client, return_index=True)[1]
    for share, mass in zip(given.share, given.mass, strict=True):
        hazards = _hazards(people, times, group, mass[first][client])
        day = given.latest.copy()
        for number, hazard in hazards.items():
            mine = (group == number) & np.isfinite(given.latest) & (given.latest > given.earliest)
            low = np.maximum(given.earliest[mine] - 1, 0.0)
            day[mine] = hazard.day(low, given.latest[mine], share[mine])
        relapsed = day <= given.days
        days = np.where(relapsed, day, given.days)
        event = np.where(relapsed, RELAPSE, given.event)
        yield replace(people, table=people.table.assign(days=days, event=event)).detected


def _hazards(people: People, times: tuple[int, ...], group: Ints, mass: Floats) -> dict[int, _Hazard]:
    known, kept = bracket(people.table), group >= 0
    fit = piecewise_exponential(
        known.low[kept], known.high[kept], [0, *times], arm=group[kept], weights=mass[kept]
    )
    found = {}
    for label, rates in fit.rates.groupby("arm"):
        number = int(str(label))
        mine = group == number
        found[number] = _hazard(rates, known.days[mine], mass[mine] / mass[mine].mean())
    return found


def _hazard(rates: pd.DataFrame, seen: Floats, mass: Floats) -> _Hazard:
    """Return the fitted rates, each leaning on their mean with the weight of part of a relapse."""
    days = np.concatenate([rates["start"].to_numpy(dtype=float)[:1], rates["end"].to_numpy(dtype=float)])
    days = np.where(np.isfinite(days), days, max(float(seen.max()), days[-2]) + 1)
    spent = mass @ np.clip(np.minimum(seen[:, None], days[1:]) - days[:-1], 0.0, None)
    rate = rates["rate"].to_numpy(dtype=float)
    told = np.isfinite(rate) & (spent > 0)
    events = np.where(told, np.where(told, rate, 0.0) * spent, 0.0)
    time = np.where(told, spent, 0.0)
    total = events.sum()
    mean = total / time.sum() if total > 0 else 1 / max(float(days[-1]), 1.0)
    rate = (events + LEAN) / (time + LEAN / mean)
    return _Hazard(days, np.concatenate([[0.0], np.cumsum(rate * np.diff(days))]))
