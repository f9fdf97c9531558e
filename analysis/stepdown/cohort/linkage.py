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
_CODES = ("level", "kind", "modality", "medication", "finding", "source", "reason")


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
    owner, event_of = discharges["client_id"], events["client_id"]
    if pd.api.types.is_integer_dtype(owner):
        mine, theirs = owner.to_numpy(dtype=np.int64), event_of.to_numpy(dtype=np.int64)
    else:
        clients = owner.drop_duplicates()
        mine, theirs = positions(owner, clients), positions(event_of, clients)
    # One block of rows for each client, in their order; before the first those of no client here.
    order = None if (theirs[1:] >= theirs[:-1]).all() else np.argsort(theirs, kind="stable")
    count = np.bincount(theirs[theirs >= 0], minlength=mine.max(initial=-1) + 1)
    first = len(theirs) - count.sum() + np.cumsum(count) - count
    many = count[mine]
    row = np.arange(many.sum()) + np.repeat(first[mine] - (np.cumsum(many) - many), many)
    return Link(
        row=row if order is None else order[row], at=np.repeat(np.arange(len(mine), dtype=np.int64), many)
    )


def coded(cohort: Cohort) -> Cohort:
    """Return the cohort with numbers for clients, in the order of their names, and categories for codes.

    The rows of each client stand together in the event tables, in the order that they had. Joins and
    selections are then quicker; a cohort that is coded already is returned as it is.
    """
    if pd.api.types.is_integer_dtype(cohort.discharges["client_id"]):
        return cohort
    frames = (cohort.discharges, cohort.services, cohort.observations, cohort.followup, cohort.assessments)
    every = pd.concat([frame["client_id"] for frame in frames], ignore_index=True)
    codes = pd.factorize(every, sort=True)[0].astype(np.int64)
    parts = np.split(codes, np.cumsum([len(frame) for frame in frames])[:-1])
    discharges, *events = map(_categories, frames, parts)
    services, observations, followup, assessments = map(_by_client, events)
    return replace(
        cohort,
        discharges=discharges,
        services=services,
        observations=observations,
        followup=followup,
        assessments=assessments,
    )


def _categories(frame: pd.DataFrame, clients: Ints) -> pd.DataFrame:
    kinds = {name: frame[name].astype("category") for name in _CODES if name in frame}
    return frame.assign(client_id=clients, **kinds)


def _by_client(events: pd.DataFrame) -> pd.DataFrame:
    clients = events["client_id"].to_numpy()
    if (clients[1:] >= clients[:-1]).all():
        return events
    return events.take(np.argsort(clients, kind="stable")).reset_index(drop=True)


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
