"""Sessions into spells: runs of care at one level that no longer gap parts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._attended import attended_care
from stepdown.cohort._link import floats
from stepdown.cohort.ladder._calendar import NEVER, NIGHTS, SERVICES, Calendar, calendar
from stepdown.cohort.ladder._path import starts_of
from stepdown.cohort.ladder._rules import LadderRules
from stepdown.schema import LEVELS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Spells:
    """Spells, and the rows of services that belong to them.

    Attributes
    ----------
    client, level, start, end : array of int (s,)
        By spell, sorted by client (by name), start and level; level by its place in `LEVELS`.
    limit : array of int (s,)
        Last day on which the spell's last week could have held more of it.
    quiet : array of bool (s,)
        No care at any level followed within the gap, and the data reach beyond it.
    row, of : array of int (r,)
        Position in the services, and the spell it belongs to; planned sessions that were missed among them.
    came : array of bool (r,)
        Whether it was attended.
    """

    names: pd.Series
    client: Ints
    level: Ints
    start: Ints
    end: Ints
    limit: Ints
    quiet: Bools
    row: Ints
    of: Ints
    came: Bools

    def __len__(self) -> int:
        """Return the number of spells."""
        return len(self.start)

    def total(self, values: NDArray[np.generic], rows: Bools | None = None) -> Floats:
        """Add up values of rows by spell; only some rows where `rows` is given."""
        of = self.of if rows is None else self.of[rows]
        return np.bincount(of, values if rows is None else values[rows], minlength=len(self)).astype(float)


def find_spells(
    services: pd.DataFrame, discharges: pd.DataFrame, *, data_cut: int | None, rules: LadderRules
) -> Spells:
    """Return the spells of everyone at PHP, IOP and outpatient level.

    A row goes on with the spell if it starts at most `gap_days` of its level after the last day so far. A
    missed session belongs to the spell of its level that it lies in, or that ended at most the gap before.
    """
    where = calendar(discharges, services, rules=rules)
    code = pd.Categorical(services["level"], categories=list(LEVELS)).codes.astype(np.int64)
    came = attended_care(services)
    rank = np.argsort(where.clients.argsort().to_numpy())
    client = where.of(services["client_id"])
    start, end = days_of(services)
    group = np.where(client >= 0, rank[client], -1) * len(LEVELS) + code if len(rank) else code - len(LEVELS)
    mine = np.flatnonzero(came & np.isin(code, SERVICES))
    mine = mine[np.lexsort((end[mine], start[mine], group[mine]))]
    reach = pd.Series(end[mine]).groupby(group[mine], sort=False).cummax().to_numpy(dtype=np.int64)
    before = np.concatenate([[NEVER], reach[:-1]])[: len(mine)]
    new = starts_of(group[mine]) | (start[mine] > before + where.gap[code[mine]])
    spell = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(mine))[: len(first)] - 1
    begun, ended, kind = start[mine][first], reach[last], code[mine][first]
    missed = np.flatnonzero(~came & np.isin(code, SERVICES))
    missed, into = _into(missed, group, start, spells=(group[mine][first], begun, ended), gap=where.gap[code])
    who = client[mine][first]
    limit, quiet = _after(where, who, kind, begun, ended, data_cut)
    order = np.lexsort((kind, begun, rank[who] if len(rank) else who))
    place = np.argsort(order, kind="stable")
    return Spells(
        names=where.clients,
        client=who[order],
        level=kind[order],
        start=begun[order],
        end=ended[order],
        limit=limit[order],
        quiet=quiet[order],
        row=np.concatenate([mine, missed]),
        of=place[np.concatenate([spell, into])],
        came=np.arange(len(mine) + len(missed)) < len(mine),
    )


def days_of(services: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the first and last day of rows of services; a row without an end is a session of one day."""
    end = services["end_day"].fillna(services["start_day"])
    return floats(services["start_day"]).astype(np.int64), floats(end).astype(np.int64)


def _into(
    missed: Ints, group: Ints, start: Ints, *, spells: tuple[Ints, Ints, Ints], gap: Ints
) -> tuple[Ints, Ints]:
    """Return the missed rows that lie in a spell or just after one, and that spell."""
    whose, begun, ended = spells
    if not len(begun):
        return missed[:0], missed[:0]
    low = min(int(begun.min()), int(start.min()))
    width = max(int(begun.max()), int(start.max())) - low + 1
    key = group[missed] * width + start[missed] - low
    place = np.searchsorted(whose * width + begun - low, key, side="right") - 1
    inside = (place >= 0) & (whose[place] == group[missed]) & (start[missed] <= ended[place] + gap[missed])
    return missed[inside], place[inside]


def _after(
    where: Calendar, client: Ints, level: Ints, start: Ints, end: Ints, data_cut: int | None
) -> tuple[Ints, Bools]:
    """Return the last day of the last week that could hold more, and whether all care stopped."""
    other, own = np.full(len(end), -NEVER), np.full(len(end), -NEVER)
    for one in SERVICES:
        rows = np.flatnonzero(level == one)
        rest = (*NIGHTS, *(place for place in SERVICES if place != one))
        other[rows] = where.next_care(client[rows], end[rows] + 1, levels=rest)
        # No session of the level follows within the gap, but a stay at it may, or go on.
        own[rows] = where.next_care(client[rows], end[rows] + 1, levels=(one,))
    week = start + (end - start) // 7 * 7 + 6
    cut = -NEVER if data_cut is None else data_cut
    limit = np.maximum(end, np.minimum(np.minimum(week, other - 1), cut))
    gone = end + where.gap[level]
    return limit, (np.minimum(other, own) > gone) & (gone < cut)
