"""Spans of clients by day: which of them lie in a window of days, for many windows at once.

Spans are sorted by client and first day. A window of a client then reaches from the first span whose latest
end so far is in it to the last span that begins in it, so that only spans near the window are looked at.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class SpanIndex:
    """Spans sorted by client and first day.

    Attributes
    ----------
    client : array of int (n,)
        Rising.
    start, end : array of float (n,)
        First and last day; the last may be infinity.
    base, width : int
        A day d of client c has the key c * width + d - base.
    key, reach : array of int (n,)
        Keys of the first day, and of the latest end of the client's spans so far.
    """

    client: Ints
    start: Floats
    end: Floats
    base: int
    width: int
    key: Ints
    reach: Ints

    @classmethod
    def of(cls, client: Ints, start: Floats, end: Floats) -> tuple["SpanIndex", Ints]:
        """Return spans in order, and the position that each had before."""
        base = int(start.min(initial=0)) - 1
        last = np.max(end, where=np.isfinite(end), initial=np.max(start, initial=0.0))
        width = int(last) - base + 3
        begun = (start - base).astype(np.int64)
        order = np.argsort(client * width + begun, kind="stable")
        client, start, end, begun = client[order], start[order], end[order], begun[order]
        until = np.minimum(end - base, width - 1).astype(np.int64)
        key = client * width + begun
        # Keys of two clients are further apart than any two days, so the running maximum stays within one.
        reach = np.maximum.accumulate(client * width + until) if len(client) else key
        return cls(client, start, end, base, width, key, reach), order

    def overlapping(self, client: Ints, first: Floats, last: Floats) -> tuple[Ints, Ints]:
        """Return pairs of a window and a span of its client that has a day in it.

        Parameters
        ----------
        client : array of int (windows,)
            Client of each window.
        first, last : array of float (windows,)
            First and last day; a window with a missing day holds nothing.

        Returns
        -------
        at, place : array of int (pairs,)
            Window (rising) and span.
        """
        # Looked up in order of clients, neighbors are near each other in memory.
        order = np.argsort(client)
        low, high = np.empty_like(order), np.empty_like(order)
        low[order] = np.searchsorted(self.reach, self._key(client, first)[order], side="left")
        high[order] = np.searchsorted(self.key, self._key(client, last)[order], side="right")
        many = np.where(np.isnan(first) | np.isnan(last), 0, np.maximum(high - low, 0))
        at = np.repeat(np.arange(len(client), dtype=np.int64), many)
        place = np.arange(len(at)) + np.repeat(low - (np.cumsum(many) - many), many)
        inside = (self.client[place] == client[at]) & (self.end[place] >= first[at])
        inside &= self.start[place] <= last[at]
        return at[inside], place[inside]

    def latest_end_before(self, client: Ints, day: Floats) -> Floats:
        """Return the latest end of the client's spans that began before a day; minus infinity where none."""
        place = np.searchsorted(self.key, self._key(client, day), side="left") - 1
        if not len(self.key):
            return np.full(len(client), -np.inf)
        known = (place >= 0) & (self.client[place] == client)
        latest = self.reach[place] - self.client[place] * self.width
        ended = np.where(latest == self.width - 1, np.inf, latest + self.base)
        return np.where(known, ended, -np.inf)

    def _key(self, client: Ints, day: Floats) -> Ints:
        since = np.clip(np.nan_to_num(day) - self.base, 0, self.width - 1)
        return client * self.width + since.astype(np.int64)
