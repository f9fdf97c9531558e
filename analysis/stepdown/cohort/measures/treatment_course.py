"""Initiation of treatment and engagement in it, after the day of an episode.

What counts is stated by the credits of a measure: visits (`from = "care"`) on each of their days, medication
(`kinds = ["medication"]`) on the day on which it was dispensed or given, and admissions (`from = "stays"`) on
theirs. The first of these within the window initiates. The days for engagement begin on the day after it;
after an admission that initiated, or a stay that is itself the episode, on the day after the discharge.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import CareSpans
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.cohort.measures.credited_care import counted, days_covered
from stepdown.schema import Credit, Measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TreatmentCourse:
    """Initiation and engagement of episodes.

    Attributes
    ----------
    initiated, engaged : array of bool (episodes,)
        Whether treatment was initiated within the window, and whether the client engaged after that.
    until : array of float (episodes,)
        Where an admission initiated, the last day of its stay on the own clock, infinity where still in care;
        minus infinity elsewhere.
    """

    initiated: Bools
    engaged: Bools
    until: Floats


def course(record: CareRecord, index: pd.DataFrame, measure: Measure) -> TreatmentCourse:
    """Return the course of treatment after each episode.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    index : DataFrame
        Episodes, from `new_episodes` or `first_encounters`.
    measure : Measure
        Its one window, its credits and its rule for engagement.

    Returns
    -------
    TreatmentCourse
    """
    rule, client = measure.numerator, clients_of(index)
    zero = index["zero"].to_numpy(dtype=float)
    last = zero + measure.last_day(measure.windows[0])
    served = np.full(len(index), np.inf)
    admitted, left = served.copy(), -served
    for credit in rule.credits:
        if credit.source == "stays":
            admitted, left = _admitted(record, client, zero + credit.first_day, last)
        else:
            served = np.minimum(served, _first(record, index, credit, client, zero, last))
    day = np.minimum(served, admitted)
    until = np.where(admitted <= served, left, -np.inf)
    if rule.stay_initiates:
        own = (index["stay"] >= 0).to_numpy() & ~np.isnan(zero)
        day, until = np.where(own, zero, day), np.where(own, -np.inf, until)
    begun = np.maximum(day, until)
    base = np.where(np.isinf(begun), np.nan, begun)
    return TreatmentCourse(np.isfinite(day), _engaged(record, measure, client, base), until)


def _admitted(record: CareRecord, client: Ints, first: Floats, last: Floats) -> tuple[Floats, Floats]:
    """Return the day of the first admission between two days, infinity for none, and of its discharge."""
    stays = record.stays.days
    at, place = stays.overlapping(client, first, last)
    came = stays.start[place] >= first[at]
    at, place = at[came], place[came]
    begin = np.flatnonzero(starts_of(at))
    day, left = np.full(len(client), np.inf), np.full(len(client), -np.inf)
    # Stays of a client do not overlap, and are in order.
    day[at[begin]], left[at[begin]] = stays.start[place[begin]], stays.end[place[begin]]
    return day, left


def _first(
    record: CareRecord, index: pd.DataFrame, credit: Credit, client: Ints, zero: Floats, last: Floats
) -> Floats:
    """Return the first day of visits or medication of a credit; infinity where none."""
    at, start, end = _received(record, credit, client, zero + credit.first_day, last)
    found = np.full(len(index), np.inf)
    if credit.first_day == 0 and "medication" not in credit.kinds:
        # The encounter that opened the episode is not the treatment that it may lead to.
        visits = np.bincount(at[start == zero[at]], minlength=len(index))
        visit = (index["stay"] < 0).to_numpy() & (index["level"] != "withdrawal").to_numpy(dtype=bool)
        found[visits > visit] = zero[visits > visit]
        later = end > zero[at]
        at, start = at[later], np.maximum(start[later], zero[at[later]] + 1)
    np.minimum.at(found, at, start)
    return found


def _received(
    record: CareRecord, credit: Credit, client: Ints, first: Floats, last: Floats
) -> tuple[Ints, Floats, Floats]:
    """Return window, first and last day (cut to the window) of visits or medication of a credit."""
    at, place = record.spans.overlapping(client, first, last)
    start, end = record.spans.start[place], record.spans.end[place]
    keep = counted(record, credit)[place]
    if "medication" in credit.kinds:
        keep &= start >= first[at]
        end = start
    at, start, end = at[keep], start[keep], end[keep]
    return at, np.maximum(start, first[at]), np.minimum(end, last[at])


def _engaged(record: CareRecord, measure: Measure, client: Ints, base: Floats) -> Bools:
    """Return who had enough visits and medication in the days after a base day, NaN where not initiated."""
    rule, size = measure.numerator, len(client)
    first, last = base + 1, base + (rule.more_within or 0)
    visits: list[CareSpans] = []
    count, lasting = np.zeros(size), np.zeros(size, dtype=bool)
    for credit in rule.credits:
        if credit.source == "stays":
            at, place = record.stays.days.overlapping(client, first, last)
            start = record.stays.days.start[place]
            came = start >= first[at]
            visits.append(CareSpans(at[came], start[came], start[came]))
        elif "medication" in credit.kinds:
            at, start, end = _received(record, credit, client, first, last)
            count += _events(CareSpans(at, start, end), size, each=rule.same_day == "each")
            lasting |= _long_acting(record, client, first, last)
        else:
            visits.append(CareSpans(*_received(record, credit, client, first, last)))
    together = CareSpans(
        np.concatenate([one.at for one in visits]),
        np.concatenate([one.start for one in visits]),
        np.concatenate([one.end for one in visits]),
    )
    count += _events(together, size, each=rule.same_day == "each")
    return (count >= (rule.more or 0)) & ~np.isnan(base) | (lasting & rule.long_acting)


def _events(spans: CareSpans, size: int, *, each: bool) -> Floats:
    """Return the days with a span of each episode; with `each`, every span counts on each of its days."""
    if each:
        return np.bincount(spans.at, weights=spans.end - spans.start + 1, minlength=size).astype(float)
    order = np.lexsort((spans.end, spans.start, spans.at))
    return days_covered(CareSpans(spans.at[order], spans.start[order], spans.end[order]), size)


def _long_acting(record: CareRecord, client: Ints, first: Floats, last: Floats) -> Bools:
    at, place = record.spans.overlapping(client, first, last)
    hit = record.long_acting[place] & (record.spans.start[place] >= first[at])
    found = np.zeros(len(client), dtype=bool)
    found[at[hit]] = True
    return found
