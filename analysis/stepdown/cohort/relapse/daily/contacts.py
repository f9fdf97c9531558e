"""Contacts: what was found on each day, and what a missed one counts for.

All findings of one discharge on one day are one contact: positive if any finding is, else negative if
any is, else it has no result (missing, refused, inconclusive).

A positive finding with `since_day` happened in (since_day, day]; one without happened on its day. An
interval that began before time zero is cut to begin there. The first day on which the use behind a
contact can have begun is the smallest over its positive findings.

Missing rules
    as_defined, ignored
        a contact without a result is left out;
    positive
        it is positive, on its day;
    last
        it is what the contact before it was; with none before it, it is left out;
    interval
        left out, and a positive finding only shows that use began after the contact before it.

A contact without a result on day 0 is left out under every rule, so that all rules have the same people.

Under `positive` and `last` a scheduled visit without any contact in its window [visit - before, visit +
after] also has no result, on the day of the visit, if that window had closed by the data cut. That it was
missed was known when the window had closed, not before: who may start at a landmark must not rest on it
sooner. Both rules go on to the last contact due, also where observation ended before it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort.linkage import floats
from stepdown.cohort.relapse.daily.evidence import Given

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

USABLE, TOLD_NOTHING = ("positive", "negative"), ("missing", "refused", "inconclusive")
_POSITIVE, _NEGATIVE, _NOTHING = 1, 0, -1


@dataclass(frozen=True, eq=False, kw_only=True)
class Contacts:
    """Contacts in order of discharge and day.

    Attributes
    ----------
    at : array of int (contacts,)
        Row of the discharges.
    day, begin : array of float (contacts,)
        Day since time zero, and the first day on which the use behind it can have begun.
    known : array of float (contacts,)
        Day by which it was known.
    positive : array of bool (contacts,)
        Whether use was found.
    end : array of float (discharges,) or None
        Last day judged, where contacts that were missed count; None: as observed.
    """

    at: Ints
    day: Floats
    begin: Floats
    known: Floats
    positive: Bools
    end: Floats | None = None

    def positives(self, until: Floats | None = None) -> "Contacts":
        """Return only those at which use was found, and that were known by a day of each discharge."""
        used = self.positive if until is None else self.positive & (self.known <= until[self.at])
        return Contacts(
            at=self.at[used],
            day=self.day[used],
            begin=self.begin[used],
            known=self.known[used],
            positive=self.positive[used],
            end=self.end,
        )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Findings, or contacts made of them."""

    at: Ints
    day: Floats
    begin: Floats
    known: Floats
    state: Ints

    def take(self, where: Ints | Bools) -> "_Rows":
        return _Rows(*(values[where] for values in vars(self).values()))


def contacts(
    given: Given, missing: str, *, first_day: int, source: str = "", dated: bool = False
) -> Contacts:
    """Return what was found on each day, under a rule for missing observations.

    Parameters
    ----------
    given : Given
        Discharges and their findings.
    missing : str
        A value of `outcome.missing`.
    first_day : int
        First day since time zero that counts.
    source : str
        The one source that is asked; empty for all.
    dated : bool
        Leave out findings that give an interval, and do not ask for scheduled visits.

    Returns
    -------
    Contacts
    """
    key = ("contacts", missing, first_day, source, dated)
    return given.once(key, lambda: _contacts(given, missing, first_day, source, dated))


def _contacts(given: Given, missing: str, first_day: int, source: str, dated: bool) -> Contacts:
    visits, apart = missing in ("positive", "last") and not dated, missing == "interval"
    key = ("contact days", visits, apart, source, dated)
    days, end = given.once(key, lambda: _days(given, visits, apart, source=source, dated=dated))
    if first_day > given.first_day:
        days = days.take(days.day >= first_day)
    if missing == "positive":
        days = replace(days, state=np.where(days.state == _NOTHING, _POSITIVE, days.state))
    elif missing == "last":
        days = _carried(days)
    days = days.take(days.state != _NOTHING)
    begin = _after_the_one_before(days) if apart else days.begin
    found_use = days.state == _POSITIVE
    return Contacts(at=days.at, day=days.day, begin=begin, known=days.known, positive=found_use, end=end)


def _days(
    given: Given, visits: bool, apart: bool, *, source: str, dated: bool
) -> tuple[_Rows, Floats | None]:
    """Return what was found on each day, with missed `visits`, and the last day judged where they count."""
    found, end = _findings(given, apart, source=source, dated=dated), None
    if visits:
        found, end = _with_missed_visits(given, found)
    days = _by_day(found.take(found.day >= given.first_day))
    return days.take((days.state != _NOTHING) | (days.day > 0)), end


def _findings(given: Given, apart: bool, *, source: str, dated: bool) -> _Rows:
    """Return the findings; where they are `apart`, one without `since_day` does not date its use."""
    table, pairs = given.cohort.observations, given.findings
    state = np.full(len(table), _NOTHING - 1)
    for names, code in (
        (("positive",), _POSITIVE),
        (("negative",), _NEGATIVE),
        (TOLD_NOTHING, _NOTHING),
    ):
        state[table["finding"].isin(names).to_numpy(dtype=bool)] = code
    asked = state >= _NOTHING
    if source:
        asked &= (table["source"] == source).to_numpy(dtype=bool, na_value=False)
    use = asked[pairs.row]
    row, at = pairs.row[use], pairs.at[use]
    zero = given.zero[at]
    day, since = floats(table["day"])[row] - zero, floats(table["since_day"])[row] - zero
    unknown = 0.0 if apart else day - 1
    begin = np.minimum(np.maximum(np.where(np.isnan(since), unknown, since) + 1, 1), np.maximum(day, 0))
    rows = _Rows(at, day, begin, day, state[row])
    spread = (rows.state == _POSITIVE) & (since < day - 1)
    return rows.take(~spread) if dated else rows


def _by_day(rows: _Rows) -> _Rows:
    """Join the findings of one discharge and day: the most telling state, the earliest beginning."""
    if not len(rows.at):
        return rows
    same = rows.at[1:] == rows.at[:-1]
    if not ((rows.at[1:] > rows.at[:-1]) | (same & (rows.day[1:] >= rows.day[:-1]))).all():
        rows = rows.take(np.lexsort((rows.day, rows.at)))
    new = np.r_[True, (rows.at[1:] != rows.at[:-1]) | (rows.day[1:] != rows.day[:-1])]
    starts = np.flatnonzero(new)
    state = np.maximum.reduceat(rows.state, starts)
    begin = np.minimum.reduceat(np.where(rows.state == _POSITIVE, rows.begin, np.inf), starts)
    begin = np.where(np.isinf(begin), rows.day[starts], begin)
    known = np.maximum.reduceat(rows.known, starts)
    return _Rows(rows.at[starts], rows.day[starts], begin, known, state)


def _carried(rows: _Rows) -> _Rows:
    """Give each contact without a result the state of the last one before it that did."""
    place = np.arange(len(rows.at))
    selected = np.maximum.accumulate(np.where(rows.state == _NOTHING, -1, place)) if len(place) else place
    same = (selected >= 0) & (rows.at[selected] == rows.at)
    return replace(rows, state=np.where(same, rows.state[selected], _NOTHING))


def _after_the_one_before(rows: _Rows) -> Floats:
    """Return the day after the contact before, where that says more than the finding itself."""
    begin = rows.begin.copy()
    follows = np.flatnonzero(rows.at[1:] == rows.at[:-1]) + 1
    begin[follows] = np.maximum(begin[follows], rows.day[follows - 1] + 1)
    return begin


def _with_missed_visits(given: Given, found: _Rows) -> tuple[_Rows, Floats]:
    """Add scheduled visits without any contact, and return the last day judged."""
    after = found.take(found.day >= 0)
    end = given.seen.end.copy()
    np.maximum.at(end, after.at[after.state == _NOTHING], after.day[after.state == _NOTHING])
    schedule = given.cohort.schedule
    rows = [found]
    if schedule is not None:
        for visit in schedule.visits:
            inside = (found.day >= visit - schedule.before) & (found.day <= visit + schedule.after)
            missed = visit + schedule.after <= given.due
            missed[found.at[inside]] = False
            at = np.flatnonzero(missed)
            day = np.full(len(at), float(visit))
            closed = day + schedule.after
            end[at] = np.maximum(end[at], closed)
            rows.append(_Rows(at, day, day, closed, np.full(len(at), _NOTHING)))
    names = ("at", "day", "begin", "known", "state")
    return _Rows(*(np.concatenate([getattr(one, name) for one in rows]) for name in names)), end
