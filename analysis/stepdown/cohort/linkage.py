"""Joins of the event tables to discharges, without a loop over clients.

A client may have several discharges in an analysis; a row of an event table then belongs to each
of them, seen from another time zero.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.schema import Cohort

Ints = NDArray[np.int64]
_CODES = ("level", "kind", "modality", "finding", "source", "reason")


@dataclass(frozen=True, eq=False)
class Link:
    """Pairs of (row of an event table, row of the discharges).

    Attributes
    ----------
    row : array of int
        Position in the event table.
    at : array of int
        Position in the discharges; rising.
    """

    row: Ints
    at: Ints


def positions(values: pd.Series, among: pd.Series) -> Ints:
    """Return the position of each value among the distinct clients; -1 where it is none of them."""
    if pd.api.types.is_integer_dtype(values):
        codes, known = values.to_numpy(dtype=np.int64), among.to_numpy(dtype=np.int64)
        place = np.full(max(codes.max(initial=-1), known.max(initial=-1)) + 1, -1, dtype=np.int64)
        place[known] = np.arange(len(known))
        return np.asarray(place[codes], dtype=np.int64)
    found = pc.index_in(pa.array(values, pa.string()), value_set=pa.array(among, pa.string()))
    return np.asarray(found.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def link(discharges: pd.DataFrame, events: pd.DataFrame) -> Link:
    """Pair every row of an event table with every discharge of its client.

    Parameters
    ----------
    discharges, events : DataFrame
        Both with `client_id`.

    Returns
    -------
    Link
        Sorted by discharge, then by row of the event table.
    """
    clients = discharges["client_id"].drop_duplicates()
    owner = positions(discharges["client_id"], clients)
    event_of = positions(events["client_id"], clients)
    rows = np.flatnonzero(event_of >= 0)
    order = np.argsort(owner, kind="stable")
    count = np.bincount(owner, minlength=len(clients))
    first = np.cumsum(count) - count
    repeat = count[event_of[rows]]
    row = np.repeat(rows, repeat)
    within = np.arange(len(row)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    at = order[first[event_of[row]] + within]
    by_discharge = np.argsort(at, kind="stable")
    return Link(row=row[by_discharge], at=at[by_discharge])


def coded(cohort: Cohort) -> Cohort:
    """Return the cohort with numbers for clients, in the order of their names, and categories for codes.

    Joins and selections are then quicker; a cohort that is coded already is returned as it is.
    """
    if pd.api.types.is_integer_dtype(cohort.discharges["client_id"]):
        return cohort
    frames = (cohort.discharges, cohort.services, cohort.observations, cohort.followup)
    every = pd.concat([frame["client_id"] for frame in frames], ignore_index=True)
    codes = pd.factorize(every, sort=True)[0].astype(np.int64)
    parts = np.split(codes, np.cumsum([len(frame) for frame in frames])[:-1])
    discharges, services, observations, followup = map(_categories, frames, parts)
    return replace(
        cohort, discharges=discharges, services=services, observations=observations, followup=followup
    )


def _categories(frame: pd.DataFrame, clients: Ints) -> pd.DataFrame:
    kinds = {name: frame[name].astype("category") for name in _CODES if name in frame}
    return frame.assign(client_id=clients, **kinds)


def smallest(at: Ints, values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the smallest value by discharge; infinity where there is none.

    `at` must rise, as in a `Link`.
    """
    out = np.full(size, np.inf)
    if len(at):
        starts = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
        out[at[starts]] = np.minimum.reduceat(values, starts)
    return out


def floats(days: pd.Series) -> NDArray[np.float64]:
    """Return days as floats, missing as NaN."""
    return days.to_numpy(dtype="float64", na_value=np.nan)
