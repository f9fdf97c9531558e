"""Findings and periods of observation from calls in columns of their own, one row a discharge.

Of the calls of one discharge, in order of the day due:

- no use: a negative finding on the day of the call;
- use, with the day of first use: a positive finding on that day, and on the day of the call;
- use, without it: a positive finding on the day of the call that happened after the contact before
  it (`since_day`), or after discharge where there was none;
- death and custody: on the day of the call, and observation is not extended to it: what others report shows
  nothing of use since the last contact. A death after which the client was in contact is not used;
- not reached, refused: a finding without a result;
- readmitted: an admission on the day of the call, since the call before it that shows none.

A call without a date counts on the day on which it was due, or on that of the last contact where that was
before; where no day due is known, it is not used. Calls of no known day due follow each other by their dates.
The client was observed from discharge to the last contact, so that a call that was not answered never counts
as abstinence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.sources.init.follow_up_calls import Calls
from stepdown.sources.init.guesses import FEW_ROWS, FEW_SHARE, known
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text

Ints = NDArray[np.int64]
NEVER = np.iinfo(np.int64).max
# A result in words of which only a person knows what they mean.
UNREAD = "unread"
# Findings that show how the client was; what others report of a client shows no use and no abstinence.
_SEEN = ("positive", "negative", "inconclusive", "admission")
_REPORTED = ("death", "incarceration")
# Of several columns of one call what counts first: any use is use.
_FIRST: tuple[str | None, ...] = (
    *("positive", "death", "incarceration", "admission", "emergency", "negative", "inconclusive"),
    *("TODO", "refused", "missing", None),
)
_Finding = tuple[int, int, str, str, int | None, int | None]
_FINDINGS = ("row", "day", "source", "finding", "since_day", "due_day")


@dataclass(frozen=True, eq=False, kw_only=True)
class CallFindings:
    """What the calls show.

    Attributes
    ----------
    observations : DataFrame
        `row` of the discharges, day, source, finding, since_day, due_day.
    spans : DataFrame
        `row`, start_day, end_day, reason.
    notes : mapping of str to list of int
        What a person should look at, and the rows of the discharges.
    """

    observations: pd.DataFrame
    spans: pd.DataFrame
    notes: Mapping[str, Sequence[int]]


@dataclass(eq=False)
class _Client:
    """The calls of one discharge while they are read."""

    row: int
    discharge: int
    contact: int = -NEVER
    found: list[_Finding] = field(default_factory=list)
    # Last day up to which calls show no use, and no readmission.
    free: int = 0
    out: int = 0

    def add(self, day: int, finding: str, *, since: int | None = None, due: int | None = None) -> None:
        self.found.append((self.row, day, "self_report", finding, since, due))

    @property
    def last(self) -> int:
        """Last day on which the state of the client is known; before discharge where it never is."""
        last = max([self.contact, *(one[1] for one in self.found if one[3] in _SEEN)])
        return last


def call_findings(
    data: pa.Table,
    calls: Sequence[Calls],
    discharge: Ints,
    *,
    form: Mapping[str, Any],
    use: Ints | None = None,
    death: Ints | None = None,
    last: Ints | None = None,
    others: Mapping[str, Ints] | None = None,
    seen: Ints | None = None,
) -> CallFindings:
    """Read the calls of all discharges.

    Parameters
    ----------
    data : pyarrow.Table
        One row a discharge, its columns plain.
    calls : sequence of Calls
        Their columns; may be empty.
    discharge : array of int
        Day of discharge since 1970-01-01; `NEVER` where missing.
    form : mapping of str to object
        Format by column of dates.
    use, death, last : array of int, optional
        Day of first use, of death and of the last contact from columns of their own; `NEVER` where missing.
    others : mapping of str to array of int, optional
        Day of other findings, such as "admission", from columns of their own; `NEVER` where missing.
    seen : array of int, optional
        Last day on which other records show the client; a death before it is not used.

    Returns
    -------
    CallFindings
    """
    never = np.full(len(discharge), NEVER)
    use, death, last = (never if given is None else given for given in (use, death, last))
    seen = -never if seen is None else seen
    columns = [_Call(data, one, form) for one in calls]
    results = [result for call in columns for result in call.finding if result is not None]
    few = results.count("TODO")
    unread = UNREAD if few > max(FEW_ROWS, FEW_SHARE * len(results)) else "missing"
    for call in columns:
        call.finding = [unread if result == "TODO" else result for result in call.finding]
    notes: dict[str, list[int]] = {}
    findings, spans = [], []
    for row in np.flatnonzero(discharge != NEVER).tolist():
        start = int(discharge[row])
        client = _Client(row=row, discharge=start, free=start, out=start)
        client.contact = int(last[row]) if last[row] != NEVER else -NEVER
        if last[row] < start:
            notes.setdefault("last contact before discharge: not used", []).append(row)
        for finding, day in (others or {}).items():
            if day[row] != NEVER and day[row] >= start:
                client.add(int(day[row]), finding)
        _read(client, columns, int(use[row]), notes)
        if death[row] != NEVER:
            client.add(int(death[row]), "death")
            client.contact = max(client.contact, int(death[row]))
        _one_death(client, int(seen[row]), notes)
        findings += client.found
        if client.last >= client.discharge:
            died = any(one[3] == "death" and one[1] == client.last for one in client.found)
            spans.append((row, client.discharge, client.last, "died" if died else None))
    return CallFindings(
        observations=pd.DataFrame(findings, columns=pd.Index(_FINDINGS)).astype(
            {"since_day": "Int64", "due_day": "Int64"}
        ),
        spans=pd.DataFrame(spans, columns=pd.Index(["row", "start_day", "end_day", "reason"])),
        notes=notes,
    )


class _Call:
    """The columns of one call, by row."""

    def __init__(self, data: pa.Table, calls: Calls, form: Mapping[str, Any]) -> None:
        self.due, self.of_readmission = calls.due, calls.of_readmission
        self.finding = _read_column(data, calls.result, calls.findings)
        for name, findings in calls.also.items():
            both = zip(self.finding, _read_column(data, name, findings), strict=True)
            self.finding = [min(pair, key=_FIRST.index) for pair in both]
        self.date = _days(data, calls.date, form)
        self.first_use = _days(data, calls.first_use, form)


def _read_column(data: pa.Table, name: str, findings: Mapping[str, str]) -> list[str | None]:
    texts = as_text(data[name]).to_pylist()
    return [None if text is None else findings.get(text, "TODO") for text in texts]


def _days(data: pa.Table, name: str, form: Mapping[str, Any]) -> Ints:
    if not name:
        return np.full(data.num_rows, NEVER)
    whole, missing, _ = days(known(data[name]), form.get(name))
    return np.where(missing, NEVER, whole)


def _read(client: _Client, columns: Sequence[_Call], use: int, notes: dict[str, list[int]]) -> None:
    row = client.row
    reported = {use}
    for call in columns:
        if call.finding[row] == "positive" and call.first_use[row] != NEVER:
            reported.add(int(call.first_use[row]))
    early = {day for day in reported if day < client.discharge}
    if early:
        notes.setdefault("first use before discharge: not used as a day", []).append(row)
    first = min(reported - early, default=NEVER)
    if not all(call.due for call in columns):
        columns = sorted(columns, key=lambda call: int(call.date[row]))
    for call in columns:
        _one_call(client, call, first, notes)
    if first != NEVER:
        client.add(first, "positive")


def _one_call(client: _Client, call: _Call, first: int, notes: dict[str, list[int]]) -> None:
    row, finding, due = client.row, call.finding[client.row], client.discharge + call.due
    dated = call.date[row] != NEVER
    if finding is None and not dated:
        return
    if not dated and not call.due:
        if finding in (*_SEEN, *_REPORTED):
            notes.setdefault("result without a date of the call or a day due: not used", []).append(row)
        return
    if finding == "admission" and any(one[3] == "admission" and one[1] <= due for one in client.found):
        # Its day is known.
        return
    finding = "missing" if finding is None else finding
    last = client.contact if client.contact >= client.discharge else due
    day = int(call.date[row]) if dated else min(due, last)
    if not dated and finding in (*_SEEN, *_REPORTED):
        what = "the day due is used" if day == due else "the last contact was before the day due, and is used"
        notes.setdefault(f"result without a date of the call: {what}", []).append(row)
    if day < client.discharge:
        notes.setdefault("call before discharge: not used", []).append(row)
        return
    since = client.free if finding == "positive" and first > day and client.free < day else None
    since = client.out if finding == "admission" and client.out < day else since
    client.add(day, finding, since=since, due=due if call.due else None)
    if finding == "negative":
        client.free = max(client.free, day)
    elif finding == "inconclusive" and call.of_readmission:
        client.out = max(client.out, day)


def _one_death(client: _Client, seen: int, notes: dict[str, list[int]]) -> None:
    """Leave out a death after which the client was in contact."""
    deaths = [one for one in client.found if one[3] == "death"]
    if not deaths:
        return
    alive = max(seen, client.last)
    kept = [one for one in deaths if one[1] >= alive]
    if len(kept) < len(deaths):
        notes.setdefault("death before a later contact or session: not used", []).append(client.row)
    # Of two days of death the first is used.
    first = min(kept, key=lambda one: one[1], default=None)
    client.found = [one for one in client.found if one[3] != "death"] + ([first] if first else [])
