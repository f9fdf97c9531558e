"""Care that counts for a measure, as spans of days since day 0, and whether an event meets the measure."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import CareSpans, attended
from stepdown.cohort.eligibility import equals
from stepdown.cohort.linkage import floats, link, smallest
from stepdown.cohort.measures.care_record import CareRecord, clients_of
from stepdown.cohort.measures.index_events import levels_of, one_of
from stepdown.cohort.measures.medication_supply import supplied
from stepdown.schema import Cohort, Credit, Measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def recorded(cohort: Cohort, index: pd.DataFrame, measure: Measure) -> Bools:
    """Return which events meet a measure by the value of a column of the discharges."""
    hit = np.zeros(len(index), dtype=bool)
    for credit in measure.numerator.credits:
        if credit.source == "column":
            values = cohort.discharges[credit.column].iloc[index["row"]]
            hit |= np.logical_or.reduce([equals(values, value) for value in credit.is_in])
    return hit


def credited(record: CareRecord, index: pd.DataFrame, measure: Measure) -> CareSpans:
    """Return the credited care of all events, sorted by event, first and last day.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    index : DataFrame
        Events of the measure.
    measure : Measure
        What is measured.

    Returns
    -------
    CareSpans
        Cut to the days that any of the windows can use.
    """
    own_stay = measure.denominator.event == "new_care"
    parts = [
        _limited(_spans(record, index, credit, measure, own_stay=own_stay), credit, measure)
        for credit in measure.numerator.credits
        if credit.source != "column"
    ]
    at = np.concatenate([np.zeros(0, dtype=np.int64), *(part.at for part in parts)])
    start = np.concatenate([np.zeros(0), *(part.start for part in parts)])
    end = np.concatenate([np.zeros(0), *(part.end for part in parts)])
    order = np.lexsort((end, start, at))
    return CareSpans(at[order], start[order], end[order])


def meets(care: CareSpans, measure: Measure, window: int, *, size: int) -> Bools:
    """Return which of `size` events meet a measure within a window by their credited care."""
    last, rule = measure.last_day(window), measure.numerator
    earlier = care.within(-np.inf, last)
    first = smallest(earlier.at, earlier.start, size)
    if rule.rule == "engagement":
        more = care.within(first + 1, first + (rule.more_within or 0))
        return np.isfinite(first) & (days_covered(more, size) >= (rule.more or 0))
    if rule.rule == "continuous":
        return longest_gap(care.within(0, last), size, last) < (rule.gap_days or 0)
    return np.isfinite(first)


def in_turn(record: CareRecord, index: pd.DataFrame, measure: Measure) -> tuple[CareSpans, ...]:
    """Return the care of each credit by itself, cut to the days that any of the windows can use."""
    return tuple(
        _limited(_spans(record, index, credit, measure, own_stay=False), credit, measure)
        for credit in measure.numerator.credits
    )


def in_order(parts: tuple[CareSpans, ...], measure: Measure, window: int, *, size: int) -> Bools:
    """Return which of `size` events have care of each credit, each later than the first of the one before."""
    last = float(measure.last_day(window))
    after, found = np.full(size, -np.inf), np.ones(size, dtype=bool)
    for credit, spans in zip(measure.numerator.credits, parts, strict=True):
        later = spans.within(after + 1, last)
        if credit.begins:
            # Cut to later days, a span that had begun before would seem to begin on one of them.
            late = (spans.start > after[spans.at]) & (spans.start <= last)
            later = CareSpans(spans.at[late], spans.start[late], spans.end[late])
        after = smallest(later.at, later.start, size)
        found &= np.isfinite(after)
        after = np.where(found, after, 0.0)
    return found


def began(record: CareRecord, index: pd.DataFrame, measure: Measure) -> Bools:
    """Return which events have care of the first credit in the longest window."""
    credit, found = measure.numerator.credits[0], np.zeros(len(index), dtype=bool)
    found[_limited(_spans(record, index, credit, measure, own_stay=False), credit, measure).at] = True
    return found


def _spans(
    record: CareRecord, index: pd.DataFrame, credit: Credit, measure: Measure, *, own_stay: bool
) -> CareSpans:
    if credit.source == "supply":
        return supplied(record, index, _last_day(credit, measure))
    if credit.source == "care":
        return received(record, index, credit, last=_last_day(credit, measure), own_stay=own_stay)
    return spans_of(record.cohort, index, credit, own_stay=own_stay)


def received(
    record: CareRecord, index: pd.DataFrame, credit: Credit, *, last: int, own_stay: bool
) -> CareSpans:
    """Return the credited care received between the first day of a credit and a last one, by event.

    Parameters
    ----------
    record : CareRecord
        Care of the cohort.
    index : DataFrame
        Events of a measure.
    credit : Credit
        What counts; `from = "care"`.
    last : int
        Last day since day 0.
    own_stay : bool
        Whether the episode that is the event itself may count.

    Returns
    -------
    CareSpans
        Whole spans, in days since day 0.
    """
    zero = index["zero"].to_numpy(dtype=float)
    counts = counted(record, credit)
    at, place = record.spans.overlapping(clients_of(index), zero + credit.first_day, zero + last)
    keep = counts[place] & one_of(index["level"], credit.after)[at]
    if not own_stay:
        own = ~record.care.of_services[place]
        keep &= ~own | (record.care.row[place] != index["row"].to_numpy()[at])
    at, place = at[keep], place[keep]
    return CareSpans(at, record.spans.start[place] - zero[at], record.spans.end[place] - zero[at])


def counted(record: CareRecord, credit: Credit) -> Bools:
    """Return which care is of the levels, kinds and modalities of a credit."""
    counts = record.at_levels(credit.levels)
    if credit.kinds:
        named = record.medication if "medication" in credit.kinds else False
        counts &= record.said("kind", credit.kinds) | named
    if credit.not_kinds:
        counts &= ~record.said("kind", credit.not_kinds)
        counts &= ~record.medication_alone if "medication" in credit.not_kinds else True
    if credit.modalities:
        counts &= record.said("modality", credit.modalities)
    return counts


def _last_day(credit: Credit, measure: Measure) -> int:
    last = measure.full_days(measure.windows[-1])
    return last if credit.last_day is None else min(last, credit.last_day)


def _limited(spans: CareSpans, credit: Credit, measure: Measure) -> CareSpans:
    """Cut spans to the days on which a credit counts and that a window can use."""
    last = _last_day(credit, measure)
    lasts = credit.source in ("care", "services", "supply")
    if credit.begins or not lasts:
        whole = (spans.start >= credit.first_day) & (spans.start <= last)
        # An admission or a finding counts on its day alone.
        end = spans.end if lasts else spans.start
        return CareSpans(spans.at[whole], spans.start[whole], end[whole])
    return spans.within(float(credit.first_day), float(last))


def spans_of(cohort: Cohort, index: pd.DataFrame, credit: Credit, *, own_stay: bool) -> CareSpans:
    """Return the credited care of each event, in days since day 0, whatever the day.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    index : DataFrame
        Events of a measure.
    credit : Credit
        What counts.
    own_stay : bool
        Whether the stay of the event itself may count.

    Returns
    -------
    CareSpans
    """
    frame, first, last = _source(cohort, credit)
    pairs = link(index, frame)
    at, row = pairs.at, pairs.row
    zero = index["zero"].to_numpy(dtype=float)[at]
    start, end = floats(frame[first])[row] - zero, floats(frame[last])[row] - zero
    end = np.where(np.isnan(end), start, end)
    keep = ~np.isnan(start) & one_of(index["level"], credit.after)[at]
    if credit.ranks and "level" in frame:
        here = pd.Index(credit.ranks).get_indexer(pd.Index(index["level"]))[at]
        there = pd.Index(credit.ranks).get_indexer(pd.Index(frame["level"].astype("object")))[row]
        keep &= (here >= 0) & (there >= here)
    if credit.source == "stays" and not own_stay:
        keep &= frame["position"].to_numpy()[row] != index["row"].to_numpy()[at]
    return CareSpans(at[keep], start[keep], end[keep])


def _source(cohort: Cohort, credit: Credit) -> tuple[pd.DataFrame, str, str]:
    """Return the rows that can be credited, and the columns of their first and last day."""
    if credit.source == "services":
        names = ("client_id", "level", "start_day", "end_day", "attended", "kind", "modality")
        used = [name for name in names if name in cohort.services]
        frame, first, last = cohort.services.loc[attended(cohort.services), used], "start_day", "end_day"
    elif credit.source == "stays":
        frame = cohort.discharges.assign(
            position=np.arange(len(cohort.discharges)), level=levels_of(cohort.discharges)
        )
        first, last = "admit_day", "admit_day"
    else:
        frame, first, last = cohort.observations, "day", "day"
    keep = np.ones(len(frame), dtype=bool)
    for column, wanted in (
        ("level", credit.levels),
        ("kind", credit.kinds),
        ("modality", credit.modalities),
        ("finding", credit.findings),
    ):
        if wanted:
            keep &= one_of(frame[column], wanted) if column in frame else False
    if credit.ranks:
        keep &= one_of(frame["level"], credit.ranks) if "level" in frame else False
    if credit.not_kinds and "kind" in frame:
        keep &= ~one_of(frame["kind"], credit.not_kinds)
    if credit.unplanned and "planned" in frame:
        keep &= ~frame["planned"].fillna(False).to_numpy(dtype=bool)
    return frame[keep], first, last


def days_covered(spans: CareSpans, size: int) -> Floats:
    """Return the number of days with credited care of each event; a day in several spans counts once.

    The spans must be sorted by event, then by first day.
    """
    begin = np.maximum(spans.start, spans.latest_end() + 1)
    new = np.maximum(spans.end - begin + 1, 0)
    return np.bincount(spans.at, weights=new, minlength=size).astype(float)


def longest_gap(spans: CareSpans, size: int, last: int) -> Floats:
    """Return the longest run of days without credited care from day 0 to the last day, by event."""
    gap = np.zeros(size)
    np.maximum.at(gap, spans.at, spans.start - np.maximum(spans.latest_end(), -1.0) - 1)
    end = np.full(size, -1.0)
    np.maximum.at(end, spans.at, spans.end)
    return np.asarray(np.maximum(gap, last - end), dtype=float)
