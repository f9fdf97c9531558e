"""Events that a column of yes and no shows, with the time in another column, as in `Surv(time, status)` of R.

The event happened on the day of the time beside it. One without a time happened at some day up to the last
contact. A column whose name speaks of censoring may mean the event or its absence; only a person can say
which.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.schema import OBSERVATIONS
from stepdown.sources.init.answers import ColumnAnswer
from stepdown.sources.init.guesses import Guess, find, usual, words, yes_of
from stepdown.sources.map.plain_columns import as_text, is_missing
from stepdown.sources.map.values import YES

Events = list[tuple[str, str, Guess]]
KINDS = ("positive", "death")
# The time beside an indicator of any name.
_TIMES: tuple[str, ...] = (
    *("time", "days", "day", "futime", "followup_time", "followup_days", "follow_up_days", "survt", "t"),
    *("survival_time", "time_to_event", "days_to_event", "ttr", "duration", "week", "weeks"),
)
# Times named after their event.
_OWN_TIMES: tuple[str, ...] = (
    *("days_to_{0}", "time_to_{0}", "weeks_to_{0}", "days{0}", "days_{0}", "time_{0}", "{0}time"),
    *("{0}_time", "{0}_days", "{0}_day", "{0}_week", "{0}_weeks", "day_of_{0}"),
)
_ANY_EVENT = ("status", "event", "e", "fustat", "delta", "failure")
_CENSORED = re.compile(r"cens|^c$")
_USE = re.compile(r"relaps|laps|drink|drank|anysub|any_sub|any_use|first_use|return_to_use")
_DEATH = re.compile(r"death|dead|died|deceased")
_NOTE = "an indicator gives no day: is this the day of the event?"
WHICH = "only says that an event happened: is it the first use?"
_EITHER = "1 may mean the event or its absence: remove the # where it means the event"
_LATER = "known, but not its day: it happened after discharge, up to this day"


def has_time(data: pa.Table) -> bool:
    """Return whether a column has the usual name of a time of any event."""
    return any(usual(name) in _TIMES for name in data.column_names)


def is_censoring(name: str, values: pa.ChunkedArray) -> bool:
    """Return whether a column may mean the event or its absence: two values, and a name of censoring."""
    return _CENSORED.search(usual(name)) is not None and yes_of(values) is not None


def indicated_events(
    data: pa.Table, *, end: Guess | None, taken: Collection[str], said: Mapping[str, ColumnAnswer]
) -> tuple[Events, Guess | None]:
    """Return the events that columns of yes and no show, and the end of follow-up.

    Parameters
    ----------
    data : pyarrow.Table
        A file with one row a client.
    end : Guess or None
        Column of the last contact.
    taken : collection of str
        Columns with another meaning.
    said : mapping of str to ColumnAnswer
        What a person decided, by column.

    Returns
    -------
    events : list of (table, event, Guess)
        The first indicator of each event.
    end : Guess or None
        The last contact, or else the time of the first event.
    """
    found: Events = []
    undecided: Events = []
    last = end
    for name in data.column_names:
        answer = said.get(name)
        if name in taken and (answer is None or answer.means not in KINDS):
            continue
        yes = yes_of(data[name])
        open_to_both = is_censoring(name, data[name])
        kind = answer.means if answer is not None and answer.means else _event(usual(name))
        time = _time(name, data, {*taken, name}) or end
        if yes is None or time is None or any(kind == event for _, event, _ in found):
            continue
        named = [text for text, code in answer.codes.items() if code == "event"] if answer is not None else []
        if open_to_both and not named:
            doubted = replace(time, name="day", when={name: yes}, doubt=_EITHER)
            undecided.append(("observations", kind or "positive", doubted))
        elif kind:
            last = last or time
            found += _of(kind, name, named[0] if named else yes, time, end, data)
    if not found and undecided:
        return undecided[:1], last or replace(undecided[0][2], when={}, doubt="")
    return found, last


def _event(name: str) -> str:
    """Return the event that the name of an indicator states; empty where it states none."""
    for kind in KINDS:
        if name in words()["events"][kind]:
            return kind
    stem = _stem(name)
    if _DEATH.search(stem):
        return "death"
    return "positive" if name in _ANY_EVENT or _USE.search(stem) else ""


def _stem(name: str) -> str:
    return re.sub(r"_?(status|event|flag|indicator)$", "", name)


def _time(name: str, data: pa.Table, taken: Collection[str]) -> Guess | None:
    """Return the time of an indicator: one named after it, or else one of any event."""
    stems = dict.fromkeys([usual(name), _stem(usual(name))])
    own = [form.format(stem) for stem in stems if stem for form in _OWN_TIMES]
    for names in (own, _TIMES):
        time = find(OBSERVATIONS["day"], data, names, taken=taken)
        if time is not None and not time.doubt:
            weeks = "week" in usual(time.source)
            return replace(time, options={**time.options, "unit": "weeks"}) if weeks else time
    return None


def _of(kind: str, name: str, yes: Any, time: Guess, end: Guess | None, data: pa.Table) -> Events:
    note = WHICH if usual(name) in _ANY_EVENT else _NOTE
    guess = replace(time, name="day", when={name: yes}, note=note)
    empty = is_missing(data[time.source])
    if end is None or end.source == time.source or not (empty & _says(data[name], yes)).any():
        return [("observations", kind, guess)]
    unknown = replace(end, name="day", when={name: yes, time.source: ""}, note=_LATER, since=True)
    dated = replace(guess, unless={time.source: ""})
    return [("observations", kind, dated), ("observations", kind, unknown)]


def _says(values: pa.ChunkedArray, yes: Any) -> NDArray[np.bool_]:
    """Return the rows of an indicator that say yes."""
    texts = as_text(values).to_pandas().astype("string").str.lower().str.removesuffix(".0")
    wanted = YES if yes is True else [str(yes).lower()]
    said: NDArray[np.bool_] = texts.isin(wanted).fillna(False).to_numpy(dtype=bool)
    return said
