"""Episodes of a substance use disorder: what opens one, on which day, and what counts as care before it.

- A **visit** is a session, span or episode at PHP, IOP or outpatient level; it opens an episode on its first
  day.
- **Withdrawal management recorded as services** opens an episode on its first day; days that meet open one.
- A **stay** around the clock, joined across transfers, opens one on the day of its last discharge, or of its
  first admission. What is recorded from its admission to its discharge belongs to it.
- **Medication** that is dispensed or given opens none.

Care before, which makes an episode not a new one: visits, residential care and medication. Withdrawal
management is none.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import latest_end_before
from stepdown.cohort.care.level_calendar import STEP_DOWN_LEVELS
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.care.span_index import SpanIndex
from stepdown.cohort.measures.care_record import TRANSFER_DAYS, CareRecord, clients_of
from stepdown.cohort.measures.index_events import is_dated, on_days
from stepdown.schema import LEVELS, Measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WITHDRAWAL = LEVELS.index("withdrawal")


def new_episodes(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the episodes with no care in the days before, at most one a client and day.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    measure : Measure
        States `days_without_care`.

    Returns
    -------
    DataFrame
        As from `events`; day 0 of a stay is the day of its last discharge. `stay` is the place of a stay in
        `record.stays` (-1 for others), `admitted` whether the day of its admission, up to which care before
        is looked for, is known.
    """
    least, stays = measure.denominator.days_without_care, record.stays
    opening = _openings(record)
    opening = opening[_outside_stays(record, record.spans.client[opening], record.spans.start[opening])]
    client = np.concatenate([stays.days.client, record.spans.client[opening]])
    begun = np.concatenate([stays.days.start, record.spans.start[opening]])
    zero = np.concatenate(
        [np.where(np.isinf(stays.days.end), np.nan, stays.days.end), begun[len(stays.row) :]]
    )
    fresh = begun - before(record, client, begun) > least
    known = np.concatenate([stays.admitted, np.ones(len(opening), dtype=bool)])
    kept = np.flatnonzero(fresh | ~known)
    kept = kept[_first_of_day(client[kept], begun[kept], kept >= len(stays.row))]
    return _events(record, kept, client[kept], zero[kept], known[kept], opening)


def first_encounters(record: CareRecord) -> pd.DataFrame:
    """Return the first encounter of each client in each calendar year; of all, where days are not dates.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.

    Returns
    -------
    DataFrame
        As from `new_episodes`, but a stay is an encounter on the day of admission, and is left out where that
        is not known. Of several on one day a stay comes first, then withdrawal management.
    """
    stays, opening = record.stays, _openings(record)
    client = np.concatenate([stays.days.client, record.spans.client[opening]])
    begun = np.concatenate([stays.days.start, record.spans.start[opening]])
    known = np.concatenate([stays.admitted, np.ones(len(opening), dtype=bool)])
    visit = np.concatenate([np.zeros(len(stays.row), dtype=bool), record.care.level[opening] != WITHDRAWAL])
    kept = np.flatnonzero(known)
    kept = kept[np.lexsort((visit[kept], begun[kept], client[kept]))]
    year = np.zeros(len(kept), dtype=np.int64)
    if is_dated(record.cohort):
        year = begun[kept].astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    kept = kept[starts_of(client[kept]) | starts_of(year)]
    return _events(record, kept, client[kept], begun[kept], known[kept], opening)


def before(record: CareRecord, client: Ints, day: Floats) -> Floats:
    """Return the last day of care that began before a day and is history; minus infinity where none."""
    return record.once("history", lambda: _history(record)).latest_end_before(client, day)


def _history(record: CareRecord) -> SpanIndex:
    care, every = record.care, record.cohort.discharges
    counts = (care.level != WITHDRAWAL) | record.medication
    held = record.residential_stays
    return SpanIndex.of(
        np.concatenate([record.spans.client[counts], clients_of(every)[held.row]]),
        np.concatenate([care.start[counts], held.start]),
        np.concatenate([care.end[counts], held.end]),
    )[0]


def _openings(record: CareRecord) -> Ints:
    """Return the positions of visits, and of the first of days of withdrawal management that meet."""
    alone = record.medication_alone
    visits = record.at_levels(STEP_DOWN_LEVELS) & ~alone
    detox = np.flatnonzero((record.care.level == WITHDRAWAL) & ~alone)
    client, start = record.spans.client[detox], record.spans.start[detox]
    latest = latest_end_before(client, record.spans.end[detox])
    return np.concatenate([np.flatnonzero(visits), detox[start > latest + TRANSFER_DAYS]])


def _outside_stays(record: CareRecord, client: Ints, day: Floats) -> Bools:
    """Return which days lie in no stay, from its admission to its discharge."""
    outside: Bools = record.stays.days.latest_end_before(client, day + 1) < day
    return outside


def _first_of_day(client: Ints, day: Floats, served: Bools) -> Ints:
    """Return one place a client and day; a stay before others."""
    order = np.lexsort((served, day, client))
    client, day = client[order], day[order]
    first: Ints = order[starts_of(client) | np.append(True, np.diff(day) != 0)[: len(order)]]
    return first


def _events(
    record: CareRecord, kept: Ints, client: Ints, zero: Floats, known: Bools, opening: Ints
) -> pd.DataFrame:
    stays = record.stays
    stay = np.where(kept < len(stays.row), kept, -1)
    level = np.concatenate([stays.level, record.care.level[opening]])[kept]
    names = pd.Categorical.from_codes(level, categories=pd.Index(LEVELS))
    index = on_days(record.cohort, pd.DataFrame({"client_id": client, "level": names}), zero)
    row = np.where(stay >= 0, np.append(stays.row, -1)[stay], -1)
    row = np.where(row >= 0, row, index["row"].to_numpy())
    site = record.cohort.discharges["site_id"].iloc[row].array
    return index.assign(row=row, site_id=site, stay=stay, admitted=known)
