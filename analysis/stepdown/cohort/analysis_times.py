"""Follow-up as arrays that the engine takes: checked once, read-only, cut at the horizon.

Where the day of a relapse is only known to lie in an interval, the risk by day t has a lowest and a
highest value over all days on which the relapses can have begun. Putting every relapse as early, or as
late, as possible does not give them: a relapse that waits longer is among those who inherit the weight of
people lost meanwhile (Efron's redistribution to the right), so that among relapses by day t a later one
counts for more. The risk by day t is therefore

- lowest with relapses that must have begun by day t as early as possible, and the others after t;
- highest with relapses that can have begun by day t as late as possible, but not after t.

The same holds after a landmark: who relapsed before it, or not, follows from the same days.

Source: Efron B (1967), Proc 5th Berkeley Symp 4:831-853 (redistribution to the right).

Imputed days: for each relapse of which only an interval is known, a day is drawn, several times.

A day is drawn from the interval as a rate of relapse would have it that is constant within bands (the days at
for which the study reports results): with H the cumulative rate, from the distribution of H given that the
relapse lies in (a, b]. The rates are those of the piecewise-exponential model fitted to all intervals, by arm
where arms are compared. For each imputation they are fitted anew to clients with random weights (the Bayesian
bootstrap), so that the imputations also differ by what is not known of the rates: without that, intervals
would come out too short. Days drawn evenly would be wrong where intervals are wide: relapse is more frequent
early on.

Where starting care makes the groups, the days before it are not at risk: whoever started care had not
relapsed before, and to count those days would make relapse look rare early on among those who started. The
rate may also change on the last day on which plans ask for care: until then a relapse may have kept a client
from starting.

The rate of each band leans on the mean rate with the weight of half a relapse: a band in which none was
found is not one in which none can be, and one that is missing takes the mean. Where a competing
event came inside the interval, the relapse counts if its day comes first. As with the model itself, contacts
are taken to be unrelated to relapse, and competing events to be as frequent after a relapse not found yet as
before it.

References
----------
Rubin DB (1981), Ann Stat 9:130-134 (Bayesian bootstrap). Pan W (2000), Stat Med 19:1-11 (imputation of
interval-censored times).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.people import CENSORED, RELAPSE, People
from stepdown.errors import DesignError
from stepdown.survival import piecewise_exponential
from stepdown.survival.core.fit_warning import quiet

Reading = tuple[NDArray[np.float64], NDArray[np.int64]]

LOWEST, HIGHEST = "lowest", "highest"


@dataclass(frozen=True, eq=False, kw_only=True)
class Bracket:
    """What is known of the relapse of each discharge: it lies in (low, high].

    Attributes
    ----------
    low, high : array (n,)
        The same where the day itself is known; `high` is infinite where no relapse was found.
    days : array (n,)
        Last day on which the discharge was seen before anything ended its follow-up: the day on which a
        relapse was found, or that of a competing event or of loss.
    event : array of int (n,)
        What happened on that day, as in `People.table`.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    days: NDArray[np.float64]
    event: NDArray[np.int64]

    def select(self, keep: NDArray[np.bool_]) -> "Bracket":
        """Return those of some of the discharges."""
        return Bracket(low=self.low[keep], high=self.high[keep], days=self.days[keep], event=self.event[keep])


@dataclass(frozen=True, eq=False, kw_only=True)
class FollowUp:
    """One reading of the follow-up of some discharges.

    Each discharge is at risk on (entry, days]; without entry from the start, day 0 included.

    Attributes
    ----------
    rows : array of int (n,)
        Rows of `People.table`.
    days : array of float (n,)
        Days since time zero at which the discharge leaves the risk set, at most the horizon.
    event : array of int (n,)
        0 censored, 1 relapse, 2 death, 3 incarceration.
    cluster : array of int (n,)
        Who belongs together when intervals are made.
    entry : array of float (n,) or None
        Day after which the discharge is at risk.
    bound : str
        "" where every relapse is dated, else "lowest" or "highest".
    at : int or None
        The one day whose risk a bound is made for.
    bracket : Bracket or None
        What is known of each relapse, where it is not its day; not cut at the horizon.
    """

    rows: NDArray[np.int64]
    days: NDArray[np.float64]
    event: NDArray[np.int64]
    cluster: NDArray[np.int64]
    entry: NDArray[np.float64] | None = None
    bound: str = ""
    at: int | None = None
    bracket: Bracket | None = None

    def __post_init__(self) -> None:
        """Make the arrays read-only copies."""
        for name in ("rows", "days", "event", "cluster", "entry"):
            value = getattr(self, name)
            if value is not None:
                value = value.copy()
                value.flags.writeable = False
                object.__setattr__(self, name, value)

    @property
    def shared_cluster(self) -> NDArray[np.int64] | None:
        """The clusters, or None where every row is one of its own: independent rows."""
        return self.cluster if np.bincount(self.cluster).max(initial=0) > 1 else None

    def after(self, day: int, keep: NDArray[np.bool_]) -> "FollowUp":
        """Return the follow-up of some of these discharges from a day on."""
        return replace(self.select(keep), entry=np.full(int(keep.sum()), float(day)))

    def select(self, keep: NDArray[np.bool_]) -> "FollowUp":
        """Return the follow-up of some of these discharges, from the same start."""
        return FollowUp(
            rows=self.rows[keep],
            days=self.days[keep],
            event=self.event[keep],
            cluster=self.cluster[keep],
            entry=None if self.entry is None else self.entry[keep],
            bound=self.bound,
            at=self.at,
            bracket=None if self.bracket is None else self.bracket.select(keep),
        )


def follow(
    people: People, *, horizon: int, contacts: tuple[int, ...], cluster: str = "client_id"
) -> tuple[FollowUp, ...]:
    """Return the follow-up of everyone: one reading, or a lowest and a highest for each contact day.

    Parameters
    ----------
    people : People
        Derived discharges.
    horizon : int
        Last day reported; later days are cut and count as censored there.
    contacts : tuple of int
        Days whose risk is bounded where days are not exact.
    cluster : str
        Column whose values belong together.

    Returns
    -------
    tuple of FollowUp

    Raises
    ------
    DesignError
        The column of the clusters has missing values: they would count as one cluster.
    """
    table = people.table
    latest = table["days"].to_numpy(dtype="float64"), table["event"].to_numpy(dtype="int64")
    alone = int(table[cluster].isna().sum())
    if alone:
        raise DesignError(
            f"`{cluster}` is missing for {alone:,} of {len(table):,} discharges, so their cluster is "
            'unknown. Complete it, or set analysis.interval.cluster = "client_id".'
        )
    codes = pd.factorize(table[cluster])[0].astype(np.int64)
    if people.exact:
        return (_reading(*latest, horizon=horizon, cluster=codes),)
    earliest, known = _earliest(table), bracket(table)
    return tuple(
        replace(_reading(*_bound(bound, day, earliest, latest), horizon=horizon, cluster=codes),
                bound=bound, at=day, bracket=known)
        for day in contacts
        for bound in (LOWEST, HIGHEST)
    )  # fmt: skip


def _earliest(table: pd.DataFrame) -> Reading:
    days, event = table["days_earliest"], table["event_earliest"]
    return days.to_numpy(dtype="float64"), event.to_numpy(dtype="int64")


def bracket(table: pd.DataFrame) -> Bracket:
    """Return the interval of each relapse; one that may have come before another event opens that one's.

    Parameters
    ----------
    table : DataFrame
        As `People.table`.
    """
    days, event = table["days"].to_numpy(dtype="float64"), table["event"].to_numpy(dtype="int64")
    first, what = _earliest(table)
    found = event == RELAPSE
    exact = found & (first == days)
    low = np.where((what == RELAPSE) & ~exact, np.maximum(first - 1, 0), days)
    return Bracket(low=low, high=np.where(found, days, np.inf), days=days, event=event)


def _bound(bound: str, day: int, earliest: Reading, latest: Reading) -> Reading:
    """Return the days and events that make the risk by a day lowest, or highest."""
    days, event = latest
    if bound == LOWEST:
        certain = (event == RELAPSE) & (days <= day)
        return np.where(certain, earliest[0], days), event
    can = (earliest[1] == RELAPSE) & (earliest[0] <= day)
    return np.where(can, np.minimum(days, day), days), np.where(can, RELAPSE, event)


def _reading(
    days: NDArray[np.float64],
    event: NDArray[np.int64],
    *,
    horizon: int,
    cluster: NDArray[np.int64],
) -> FollowUp:
    return FollowUp(
        rows=np.arange(len(days)),
        days=np.minimum(days, horizon),
        event=np.where(days > horizon, CENSORED, event),
        cluster=cluster,
    )


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEAN = 0.5
"""Weight of the mean rate in that of each band, in relapses."""
ENOUGH = 10
"""Fewer relapses placed in the bands before and after a day do not show how their rates differ."""


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


def impute(
    people: People,
    *,
    times: tuple[int, ...],
    arm: Ints | None = None,
    started: Floats | None = None,
    cuts: tuple[int, ...] = (),
) -> Iterator[People]:
    """Yield the people once for each imputation, every relapse on one day.

    Parameters
    ----------
    people : People
        With `uncertain`.
    times : tuple of int
        Days at which the rate may change; the last is the horizon.
    arm : array of int (n,) or None
        Group of each discharge; those below 0 are in none, and keep the last day of the interval.
    started : array of float (n,) or None
        Day on which care started that makes the groups; infinity for none. Who started it had not relapsed
        before, so that the days before are not at risk.
    cuts : tuple of int
        More days at which the rate may change, such as the last day on which care can start that makes the
        groups; used in a group only where at least 10 relapses are known to lie before or after them.

    Yields
    ------
    People
        With exact days.
    """
    given = people.uncertain
    if given is None:
        return
    group = np.zeros(len(people.table), np.int64) if arm is None else arm
    known = bracket(people.table)
    entry = np.zeros(len(people.table)) if started is None else _entry(known, started)
    groups = [group == number for number in np.unique(group[group >= 0])]
    bounds = [_bounds_of_bands(known.select(mine), times, cuts) for mine in groups]
    client = pd.factorize(people.table["client_id"])[0]
    first = np.unique(client, return_index=True)[1]
    for share, mass in zip(given.share, given.mass, strict=True):
        day, weight = given.latest.copy(), mass[first][client]
        for mine, ends in zip(groups, bounds, strict=True):
            hazard = _hazard(known.select(mine), entry[mine], weight[mine], ends)
            drawn = mine & np.isfinite(given.latest) & (given.latest > given.earliest)
            low = np.maximum(given.earliest[drawn] - 1, 0.0)
            day[drawn] = hazard.day(low, given.latest[drawn], share[drawn])
        relapsed = day <= given.days
        days = np.where(relapsed, day, given.days)
        event = np.where(relapsed, RELAPSE, given.event)
        yield replace(people, table=people.table.assign(days=days, event=event)).detected


def _entry(known: Bracket, started: Floats) -> Floats:
    """Return the day after which each discharge is at risk: that of its care, where relapse came later."""
    after = (started >= 0) & (started <= known.low) & (started < np.maximum(known.low, known.days))
    return np.where(after, started, 0.0)


def _bounds_of_bands(known: Bracket, times: tuple[int, ...], cuts: tuple[int, ...]) -> list[int]:
    """Return the days at which the rate may change: of the cuts those with enough relapses around them."""
    finer = sorted({*times, *cuts})
    found = np.isfinite(known.high)
    low, high = known.low[found], known.high[found]
    placed = (low == high) | (np.searchsorted(finer, low, side="right") == np.searchsorted(finer, high))
    count = np.bincount(np.searchsorted(times, high[placed]), minlength=len(times) + 1)
    return sorted({*times, *(cut for cut in cuts if count[np.searchsorted(times, cut)] >= ENOUGH)})


def _hazard(known: Bracket, entry: Floats, weight: Floats, bounds: Sequence[int]) -> _Hazard:
    """Return the fitted rates of a group, each leaning on their mean with the weight of part of a relapse."""
    with quiet():
        fit = piecewise_exponential(known.low, known.high, cuts=[0, *bounds], entry=entry, weights=weight)
    days = np.concatenate(
        [fit.rates["start"].to_numpy(dtype=float)[:1], fit.rates["end"].to_numpy(dtype=float)]
    )
    days = np.where(np.isfinite(days), days, max(float(known.days.max()), days[-2]) + 1)
    start, end = np.maximum(entry[:, None], days[:-1]), np.minimum(known.days[:, None], days[1:])
    spent = weight / weight.mean() @ np.clip(end - start, 0.0, None)
    rate = fit.rates["rate"].to_numpy(dtype=float)
    selected = np.isfinite(rate) & (spent > 0)
    events = np.where(selected, np.where(selected, rate, 0.0) * spent, 0.0)
    time = np.where(selected, spent, 0.0)
    total = events.sum()
    mean = total / time.sum() if total > 0 else 1 / max(float(days[-1]), 1.0)
    rate = (events + LEAN) / (time + LEAN / mean)
    return _Hazard(days, np.concatenate([[0.0], np.cumsum(rate * np.diff(days))]))
