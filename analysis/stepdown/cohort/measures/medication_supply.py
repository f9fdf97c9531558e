"""Days supplied with medication for opioid use disorder, and the starts of such medication.

A row of medication supplies the days from its first to its last. A long-acting medication that is recorded
on one day lasts 31. Where the supply of one medication is renewed before it ends, the days are added to it;
different medications run side by side, and so do those that are not named.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import CareSpans, latest_end_before
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.care.span_index import SpanIndex
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.cohort.measures.index_events import on_days
from stepdown.schema import LEVELS, SERVICES, Measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
NAMES = SERVICES["medication"].codes
OPIOID = ("buprenorphine", "buprenorphine_long_acting", "naltrexone", "naltrexone_long_acting", "methadone")
LASTS = 31
"""Days that a long-acting medication lasts where only the day on which it was given is recorded."""


@dataclass(frozen=True, eq=False)
class Supply:
    """Medication supplied, sorted by client and day.

    Attributes
    ----------
    place : array of int (n,)
        Position in the care of the record.
    client : array of int (n,)
        Client.
    start, end : array of float (n,)
        Day on which it was dispensed or given, and last day that it supplies.
    covered : SpanIndex
        The days that are supplied.
    """

    place: Ints
    client: Ints
    start: Floats
    end: Floats
    covered: SpanIndex


def supply(record: CareRecord) -> Supply:
    """Return the supply of medication for opioid use disorder; of any, where it is not named."""
    return record.once("supply", lambda: _supply(record))


def _supply(record: CareRecord) -> Supply:
    named = np.zeros(len(record.care), dtype=np.int64)
    for number, name in enumerate(NAMES, 1):
        named[record.said("medication", (name,))] = number
    counts = record.medication & np.isin(named, [0, *(NAMES.index(name) + 1 for name in OPIOID)])
    place = np.flatnonzero(counts)
    spans = record.spans
    client, start, end = spans.client[place], spans.start[place], spans.end[place]
    once = record.long_acting[place] & (end == start)
    many = np.where(once, LASTS, end - start + 1)
    end = start + many - 1
    last = np.where(named[place] > 0, _summed(client * (len(NAMES) + 1) + named[place], start, many), end)
    covered, _ = SpanIndex.of(client, last - many + 1, last)
    return Supply(place, client, start, last, covered)


def _summed(group: Ints, start: Floats, many: Floats) -> Floats:
    """Return the last day of each supply, days of one group added up where they overlap."""
    order = np.argsort(group, kind="stable")
    group, start, many = group[order], start[order], many[order]
    first = (
        np.maximum.accumulate(np.where(starts_of(group), np.arange(len(group)), 0)) if len(group) else group
    )
    total = np.cumsum(many)
    before = (total - many) - (total - many)[first]
    # A supply ends after all that were dispensed since the last day without any.
    begin = pd.Series(start - before).groupby(group, sort=False).cummax().to_numpy()
    found = np.empty(len(group))
    found[order] = begin + before + many - 1
    return found


def new_medication(record: CareRecord, measure: Measure) -> pd.DataFrame:
    """Return the first medication after days that none was dispensed on or supplied, as from `events`."""
    given = supply(record)
    before = latest_end_before(given.client, given.end)
    fresh = given.start - before > measure.denominator.days_without_care
    level = record.care.level[given.place[fresh]]
    events = pd.DataFrame(
        {
            "client_id": given.client[fresh],
            "level": pd.Categorical.from_codes(level, categories=pd.Index(LEVELS)),
        }
    )
    return on_days(record.cohort, events, given.start[fresh])


def supplied(record: CareRecord, index: pd.DataFrame, last: int) -> CareSpans:
    """Return the days supplied from day 0 to a last day, by event."""
    zero, covered = index["zero"].to_numpy(dtype=float), supply(record).covered
    at, place = covered.overlapping(clients_of(index), zero, zero + last)
    return CareSpans(at, covered.start[place] - zero[at], covered.end[place] - zero[at])
