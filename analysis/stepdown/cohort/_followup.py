"""Follow-up as arrays that the engine takes: checked once, read-only, cut at the horizon."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._people import CENSORED, People

EARLIEST, LATEST = "earliest day", "latest day"


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
        "" where every relapse is dated, else "earliest day" or "latest day".
    """

    rows: NDArray[np.int64]
    days: NDArray[np.float64]
    event: NDArray[np.int64]
    cluster: NDArray[np.int64]
    entry: NDArray[np.float64] | None = None
    bound: str = ""

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
        return FollowUp(
            rows=self.rows[keep],
            days=self.days[keep],
            event=self.event[keep],
            cluster=self.cluster[keep],
            entry=np.full(int(keep.sum()), float(day)),
            bound=self.bound,
        )

    def select(self, keep: NDArray[np.bool_]) -> "FollowUp":
        """Return the follow-up of some of these discharges, from the same start."""
        return FollowUp(
            rows=self.rows[keep],
            days=self.days[keep],
            event=self.event[keep],
            cluster=self.cluster[keep],
            entry=None if self.entry is None else self.entry[keep],
            bound=self.bound,
        )


def follow(people: People, *, horizon: int, cluster: str = "client_id") -> tuple[FollowUp, ...]:
    """Return the follow-up of everyone, in one reading or, where days are not exact, in two.

    Parameters
    ----------
    people : People
        Derived discharges.
    horizon : int
        Last day told; later days are cut and count as censored there.
    cluster : str
        Column whose values belong together.

    Returns
    -------
    tuple of FollowUp
        One, or the earliest and the latest reading.
    """
    if people.exact:
        return (_reading(people, "", horizon, cluster),)
    return (_reading(people, EARLIEST, horizon, cluster), _reading(people, LATEST, horizon, cluster))


def _reading(people: People, bound: str, horizon: int, cluster: str) -> FollowUp:
    suffix = "_earliest" if bound == EARLIEST else ""
    days = people.table[f"days{suffix}"].to_numpy(dtype="float64")
    event = people.table[f"event{suffix}"].to_numpy(dtype="int64")
    return FollowUp(
        rows=np.arange(len(days)),
        days=np.minimum(days, horizon),
        event=np.where(days > horizon, CENSORED, event),
        cluster=pd.factorize(people.table[cluster])[0].astype(np.int64),
        bound=bound,
    )
