"""The level of care of a client on a day: one rule, asked of many client-days at once.

Only what had happened by the end of the day is read, so the answer for a day never changes afterwards.

- **Care around the clock** is a stay at level withdrawal or residential, on its nights: from the day of
  admission up to the day before discharge. It wins over sessions of the same day, and ends whatever care
  came before it: a session on the last night, or earlier, is not carried over beyond the stay.
- Otherwise the client is **at the most intensive level with a service in the last `current.days` days**, the
  day itself included. So a week with three IOP sessions and one outpatient session is a week in IOP, and
  who goes down a level is reported at the lower one a week after the last session at the higher.
- With no service in these days, the client is still at the level of the last service (of several on that
  day, the most intensive) until `gap_days` of that level have passed; then at none: dropped out.

A service is a session, span or episode at PHP, IOP or outpatient level that was received (`received_care`),
from its first to its last day. A row of `services` at level residential or withdrawal is a stay.
Stays that overlap or meet are one; a gap of a day is a day out of care, because on that day it was unknown
that the client would be back. A stay without a day of admission has one night, the last.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.pathways import NONE, distinct, starts_of
from stepdown.cohort.care.received_care import ReceivedCare, received_care
from stepdown.cohort.linkage import floats, positions
from stepdown.schema import LEVELS, CareRules, read_care_rules

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

NEVER = -(2**40)
_OPEN = 2**30
NIGHTS = (0, 1)
SERVICES = (2, 3, 4)
STEP_DOWN_LEVELS = tuple(LEVELS[level] for level in SERVICES)


@dataclass(frozen=True, eq=False)
class Track:
    """Rows of care at one level: keys of client and first day, rising, and the client's last day so far."""

    key: Ints
    reach: Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Calendar:
    """The care of clients, to be asked by day.

    Attributes
    ----------
    clients : Series of str
        Every client with a row of care, once; a client is asked for by the position here.
    tracks : tuple of Track
        By place in `LEVELS`.
    sessions : array of int
        Keys of client and first day, rising, of the rows of services at PHP, IOP or outpatient level.
    gap : array of int
        Days until care at a level has ended, by place in `LEVELS`.
    current : int
        Days of which the most intensive level counts.
    base, width : int
        A day d of client c has the key c * width + d - base.
    """

    clients: pd.Series
    tracks: tuple[Track, ...]
    sessions: Ints
    gap: Ints
    current: int
    base: int
    width: int

    def key(self, client: Ints, day: Ints) -> Ints:
        """Return keys that sort by client, then by day; days outside are cut to the ends."""
        return client * self.width + np.clip(day - self.base, 0, self.width - 1)

    def of(self, names: pd.Series) -> Ints:
        """Return the position of clients; -1 for one who has no care, and whose answers are then empty."""
        return positions(names, self.clients)

    def last(self, level: int, client: Ints, day: Ints) -> Ints:
        """Return the last day of care at a level on or before a day; NEVER where there was none."""
        track = self.tracks[level]
        place = np.searchsorted(track.key, self.key(client, day), side="right") - 1
        if not len(track.key):
            return np.full(len(day), NEVER)
        # The key found is not above the one asked for, so it is the client's own if it is not below theirs.
        known = (place >= 0) & (track.key[place] >= client * self.width) & (client >= 0)
        return np.where(known, np.minimum(day, track.reach[place]), NEVER)

    def last_night(self, client: Ints, day: Ints) -> Ints:
        """Return the last night around the clock on or before a day."""
        return np.maximum(self.last(0, client, day), self.last(1, client, day))

    def last_service(self, client: Ints, day: Ints) -> Ints:
        """Return the last day with a service on or before a day."""
        found = np.full(len(day), NEVER)
        for level in SERVICES:
            found = np.maximum(found, self.last(level, client, day))
        return found

    def next_care(self, client: Ints, day: Ints, *, levels: tuple[int, ...] = SERVICES) -> Ints:
        """Return the first day of care at some levels on or after a day; -NEVER where there is none."""
        found = np.full(len(day), -NEVER)
        for level in levels:
            track = self.tracks[level]
            place = np.searchsorted(track.key, self.key(client, day), side="left")
            inside = np.minimum(place, len(track.key) - 1)
            if len(track.key):
                known = (place < len(track.key)) & (track.key[inside] // self.width == client)
                start = np.where(known, track.key[inside] % self.width + self.base, -NEVER)
                found = np.minimum(found, start)
            found = np.where(self.last(level, client, day) == day, day, found)
        return found

    def level(self, client: Ints, day: Ints) -> Ints:
        """Return the level on a day, by its place in `STATES`."""
        nights = [self.last(level, client, day) for level in NIGHTS]
        night = np.maximum(*nights)
        found = np.full(len(day), NONE)
        recent, of = np.full(len(day), NEVER), np.full(len(day), NONE)
        for level in reversed(SERVICES):
            last = self.last(level, client, day)
            last = np.where(last > night, last, NEVER)
            now = (last > day - self.current) & (last >= day - self.gap[level])
            found = np.where(now, level, found)
            newer = (last >= recent) & (last > NEVER)
            recent, of = np.where(newer, last, recent), np.where(newer, level, of)
        held = (found == NONE) & (of != NONE) & (recent >= day - self.gap[np.minimum(of, NONE - 1)])
        found = np.where(held, of, found)
        for level, last in reversed(list(zip(NIGHTS, nights, strict=True))):
            found = np.where(last == day, level, found)
        return found


@dataclass(frozen=True, eq=False)
class History:
    """The days on which the level of a client changed, sorted by client and day."""

    calendar: Calendar
    key: Ints
    level: Ints

    @property
    def client(self) -> Ints:
        """Client of each change."""
        return self.key // self.calendar.width

    @property
    def day(self) -> Ints:
        """Day of each change: from it on the client is at the new level."""
        return self.key % self.calendar.width + self.calendar.base

    def place(self, client: Ints, day: Ints) -> Ints:
        """Return the position of the last change on or before a day; -1 where there is none."""
        place = np.searchsorted(self.key, self.calendar.key(client, day), side="right") - 1
        if not len(self.key):
            return np.full(len(day), -1)
        return np.where((place >= 0) & (self.key[place] // self.calendar.width == client), place, -1)

    def level_at(self, client: Ints, day: Ints) -> Ints:
        """Return the level on a day, by its place in `STATES`."""
        place = self.place(client, day)
        return np.append(self.level, NONE)[place]


def calendar(discharges: pd.DataFrame, services: pd.DataFrame, *, rules: CareRules) -> Calendar:
    """Return the care of everyone in the two tables.

    Parameters
    ----------
    discharges, services : DataFrame
        Canonical tables.
    rules : CareRules
        Gaps, and the days that are current.
    """
    return calendar_of(received_care(discharges, services), discharges, rules=rules)


def calendar_of(care: ReceivedCare, discharges: pd.DataFrame, *, rules: CareRules) -> Calendar:
    """Return the calendar of care that was received; `discharges` as in `received_care`."""
    client, clients = pd.factorize(care.clients["client_id"])
    start = care.start.copy()
    stays = np.flatnonzero(care.stay)
    start[stays[np.isnan(floats(discharges["admit_day"])[care.row[stays]])]] -= 1
    return _calendar(
        client.astype(np.int64), pd.Series(clients), care.level, start, care.end, care.of_services, rules
    )


def _calendar(
    client: Ints,
    clients: pd.Series,
    level: Ints,
    start: NDArray[np.float64],
    end: NDArray[np.float64],
    of_services: Bools,
    rules: CareRules,
) -> Calendar:
    gap = np.array([0, 0, rules.gap_days.php, rules.gap_days.iop, rules.gap_days.outpatient])
    nights = np.isin(level, NIGHTS)
    last = np.where(nights, end - 1, end)
    known = last >= start
    base = int(start.min(initial=0)) - 2
    latest = np.max(last, where=np.isfinite(last), initial=base)
    width = int(max(latest, start.max(initial=base)) - base + gap.max() + rules.current.days + 3)
    reach = np.where(np.isinf(last), _OPEN, last).astype(np.int64)
    keys = client * width + np.where(known, start, base).astype(np.int64) - base
    tracks = []
    for place in range(len(LEVELS)):
        rows = np.flatnonzero(known & (level == place))
        key = keys[rows]
        order = np.argsort(key, kind="stable")
        # The largest so far in each client: clients rise, so an offset by client keeps them apart.
        offset = client[rows][order] * (4 * _OPEN)
        tracks.append(Track(key[order], np.maximum.accumulate(offset + reach[rows][order]) - offset))
    return Calendar(
        clients=clients,
        tracks=tuple(tracks),
        sessions=np.sort(keys[known & of_services & np.isin(level, SERVICES)]),
        gap=gap,
        current=rules.current.days,
        base=base,
        width=width,
    )


def care_history(
    discharges: pd.DataFrame, services: pd.DataFrame, *, rules: CareRules | None = None
) -> History:
    """Return the `history` of the `calendar` of both tables; by the rules of this version if None."""
    return history(calendar(discharges, services, rules=rules or read_care_rules()))


def history(found: Calendar) -> History:
    """Return every day on which the level of a client changed.

    The rule is asked on each day on which its answer can change: where a run of services at one level
    begins, where its days as current and its gap run out, and at both ends of a stay. Within a run, each
    service finds the one before it still current, and changes nothing.
    """
    days = []
    for level, track in enumerate(found.tracks):
        after = (1,) if level in NIGHTS else (found.current, int(found.gap[level]) + 1)
        client, start = track.key // found.width, track.key % found.width + found.base
        goes_on, went_on = _runs(found, client, start, track.reach, within=min(after))
        days.append(track.key[~went_on])
        ends = ~goes_on
        days += [found.key(client[ends], track.reach[ends] + more) for more in after]
    key = distinct(np.concatenate(days))
    client, day = key // found.width, key % found.width + found.base
    level_then = found.level(client, day)
    before = np.where(starts_of(client), NONE, np.concatenate([[NONE], level_then])[:-1])
    changed = level_then != before
    return History(found, key[changed], level_then[changed])


def _runs(found: Calendar, client: Ints, start: Ints, reach: Ints, *, within: int) -> tuple[Bools, Bools]:
    """Return which rows of a level are followed, and which preceded, by one at most so many days away.

    A stay around the clock between two rows parts them.
    """
    near = (client[1:] == client[:-1]) & (start[1:] <= reach[:-1] + within)
    near &= found.last_night(client[1:], start[1:]) < reach[:-1]
    edge = np.zeros(min(len(start), 1), dtype=bool)
    return np.concatenate([near, edge]), np.concatenate([edge, near])
