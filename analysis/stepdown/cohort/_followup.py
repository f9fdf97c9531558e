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
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._people import CENSORED, RELAPSE, People
from stepdown.errors import DesignError

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
        Last day told; later days are cut and count as censored there.
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
            f"`{cluster}` is missing for {alone:,} of {len(table):,} discharges, so nobody knows who belongs "
            'together. Complete it, or set analysis.interval.cluster = "client_id".'
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
