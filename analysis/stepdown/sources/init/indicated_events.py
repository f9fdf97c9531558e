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
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.schema import DISCHARGES, OBSERVATIONS
from stepdown.sources.init.answers import ColumnAnswer
from stepdown.sources.init.column_names import is_no_outcome, usual
from stepdown.sources.init.guesses import FEW_ROWS, FEW_SHARE, Guess, find, mark_of, words, yes_of
from stepdown.sources.init.status_words import events_of_words
from stepdown.sources.map.dates import days
from stepdown.sources.map.plain_columns import as_text, encoded, is_missing, shape
from stepdown.sources.map.values import YES

Events = list[tuple[str, str, Guess]]
KINDS = ("positive", "death", "admission", "incarceration")
# The time beside an indicator of any name.
_TIMES: tuple[str, ...] = (
    *("time", "days", "day", "futime", "followup_time", "followup_days", "follow_up_days", "survt", "t"),
    *("survival_time", "time_to_event", "days_to_event", "ttr", "duration", "ftime", "etime", "stime"),
    *("week", "weeks", "month", "months", "years", "follow_up_time"),
)
_ANY_TIME = re.compile(
    r"^(length|duration|time|days?|weeks?|months?)_(of|in|under)_(the_)?(fu|follow_?up|observation|study)$|^t?stop(_\w+)?$"
    r"|^(days?|weeks?|months?|years?|time)_(to|until|till)_\w*(relaps|use|event|cens|fail|death)\w*$|"
    r"^(ttr|tte|surv(ival)?|fu|follow_?up|event|obs|observ(ed|ation)|study)?_?(time|days?|weeks?|months?|years?)"
    r"(_(days?|weeks?|months?|years?))?$|^(time|days|weeks|months)_?(to|until|till|2)_?(event|failure)(_\w+)?$"
    r"|^(tte|ttr|tstop)(_\w+)?$"
)
_DATES: tuple[str, ...] = ("event", "status", "outcome")
# Times named after their event.
_OWN_TIMES: tuple[str, ...] = (
    *("days_to_{0}", "time_to_{0}", "weeks_to_{0}", "days{0}", "days_{0}", "time_{0}", "{0}time"),
    *("{0}_time", "{0}_days", "{0}_day", "{0}_week", "{0}_weeks", "day_of_{0}"),
)
_ANY_EVENT = (
    *("status", "event", "e", "d", "fustat", "fstatus", "delta", "failure", "failed", "cause", "endpoint"),
    *("observed", "event_observed", "uncensored"),
)
# A name that says no more than that a column holds what became of a client.
_ANY_OUTCOME = (
    *("outcome", "result", "final_status", "end_status", "reason"),
    *("vital", "vital_status", "life_status", "survival_status", "living_status", "deceased_status"),
)
_UNITS = ("week", "month", "year")
_STEMS = {
    **{"relapsed": "relapse", "lapsed": "lapse", "died": "death", "dead": "death", "used": "use"},
    **{"readmitted": "readmission", "readmit": "readmission", "rehospitalized": "rehospitalization"},
    **{"incarcerated": "incarceration", "jailed": "jail", "resumed_use": "use"},
}
_MOST_VALUES = 4
_MOST_TIMES = 0.5
_EARLIER = 0.8
_CENSORED = re.compile(r"cens|^c$")
_USE = re.compile(
    r"relaps|laps|drink|drank|anysub|any_sub|any_use|first_use|return(ed)?_to_us(e|ing)|recurr|(^|_)reuse|(^|_)rtu(_|$)"
    r"|(resumed|resumption_of|began|started|back_to)_(any_|drug_|alcohol_|substance_)?us(e|ing)|us(ed|ing)_again"
    r"|us(ed|e)_after_(discharge|treatment)|substance_use_after"
)
_READMITTED = re.compile(
    r"^(was_|been_)?(re_?admi(t|tted|ssion)|rehospitali[sz](ed|ation)|return(ed)?_to_treatment)$"
)
_CUSTODY = re.compile(r"^(was_|been_)?(incarcerat(ed|ion)|jail(ed)?|in_jail|custody)$")
_DEATH = re.compile(r"death|dead|died|deceased")
_NOTE = "an indicator gives no day: is this the day of the event?"
WHICH = "only says that an event happened: is it the first use?"
_EITHER = "1 may mean the event or its absence: remove the # where it means the event"
_VALUE = "which value means the event is not known: state it under when, and remove the #"
_DIED = "the day of death is not known: the last contact is used"
_CONFIRMED = "rows that the indicator denies have a day too: is it that of the last contact?"
_LATER = "known, but not its day: it happened after discharge, up to this day"


def has_time(data: pa.Table) -> bool:
    """Return whether a column has the usual name of a time of any event."""
    return any(usual(name) in _TIMES or _ANY_TIME.search(usual(name)) for name in data.column_names)


def is_censoring(name: str, values: pa.ChunkedArray) -> bool:
    """Return whether a column may mean the event or its absence: two values, and a name of censoring."""
    return _CENSORED.search(usual(name)) is not None and mark_of(values) is not None


def indicated_events(
    data: pa.Table,
    *,
    end: Guess | None,
    taken: Collection[str],
    said: Mapping[str, ColumnAnswer],
    dated: Mapping[str, Guess],
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
    dated : mapping of str to Guess
        Columns that hold the day of an event, by event: an indicator of it adds events without a day.

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
        kind = answer.means if answer is not None and answer.means else event_named(usual(name))
        time = _time(name, data, {*taken, name}) or _until(end, name, data)
        if time is None or not _is_status(name, data[name], kind):
            continue
        shown = _shown(name, data[name], kind, answer)
        shown = {event: value for event, value in shown.items() if event not in {one for _, one, _ in found}}
        if shown:
            last = last or (time if _on_all_rows(data[time.source], data[name], shown) else None)
            for event, value in shown.items():
                known = dated.get(event)
                found += _of(event, name, value, known or time, end, data)[known is not None :]
        elif not any(kind == event for _, event, _ in found):
            undecided.append(("observations", kind or "positive", _undecided(name, data[name], time)))
    if not found and undecided:
        return undecided[:1], last or replace(undecided[0][2], when={}, doubt="")
    return found, last


def _is_status(name: str, values: pa.ChunkedArray, kind: str) -> bool:
    """Return whether a column may be an indicator or a status: by its name, and with few values."""
    named = bool(kind) or usual(name) in _ANY_OUTCOME or _CENSORED.search(usual(name)) is not None
    if not named or shape(values.type) not in ("text", "whole", "real", "flag"):
        return False
    if mark_of(values) is not None or events_of_words(values):
        return True
    numbers = as_text(values).unique().drop_null().to_pylist()
    coded = all(text.removesuffix(".0").isdigit() for text in numbers)
    return usual(name) in _ANY_EVENT and coded and 1 < len(numbers) <= _MOST_VALUES


def _shown(name: str, values: pa.ChunkedArray, kind: str, answer: ColumnAnswer | None) -> dict[str, Any]:
    """Return the value or values of each event that a status shows; empty where only a person can say."""
    named = [text for text, code in answer.codes.items() if code == "event"] if answer is not None else []
    if named:
        return {kind or KINDS[0]: named[0]}
    yes = mark_of(values)
    if yes is not None:
        return {kind: yes} if kind and not is_censoring(name, values) else {}
    shown = dict(events_of_words(values))
    if "event" in shown:
        if not kind and usual(name) not in _ANY_OUTCOME:
            # "Event" against "censored" needs no name of its own.
            kind = KINDS[0]
        said_so = shown.pop("event")
        shown = {**shown, kind: (*shown.get(kind, ()), *said_so)} if kind else {}
    return {event: held[0] if len(held) == 1 else [*held] for event, held in shown.items()}


def _undecided(name: str, values: pa.ChunkedArray, time: Guess) -> Guess:
    yes = mark_of(values)
    first = sorted(as_text(values).unique().drop_null().to_pylist())[-1] if yes is None else yes
    return replace(time, name="day", when={name: first}, doubt=_VALUE if yes is None else _EITHER)


def event_named(name: str) -> str:
    """Return the event that the usual name of an indicator states; empty where it states none."""
    for kind in KINDS:
        if name in words()["events"][kind]:
            return kind
    stem = _stem(name)
    if is_no_outcome(name):
        return ""
    for kind, pattern in (("death", _DEATH), ("admission", _READMITTED), ("incarceration", _CUSTODY)):
        if pattern.search(stem):
            return kind
    return "positive" if {name, stem} & {*_ANY_EVENT} or _USE.search(stem) else ""


def confirmed(event: str, guess: Guess, data: pa.Table) -> Guess:
    """Return the day of an event, in the rows that an indicator confirms where others have a day too.

    Where the name of the indicator speaks of censoring, only a person can say which value confirms.
    """
    if event not in KINDS or guess.since or guess.when:
        return guess
    dated = ~is_missing(data[guess.source])
    for name in data.column_names:
        yes = yes_of(data[name])
        if name == guess.source or yes is None or event_named(usual(name)) != event:
            continue
        denied = dated & ~_says(data[name], yes) & ~is_missing(data[name])
        if denied.sum() > max(FEW_ROWS, FEW_SHARE * dated.sum()):
            unsure = _EITHER if is_censoring(name, data[name]) else ""
            return replace(guess, when={name: yes}, doubt=unsure, note=_CONFIRMED, lasting=True)
    return guess


def undated(event: str, guess: Guess, events: Events, data: pa.Table) -> Guess:
    """Return the guess of a day with a note, where indicators say yes in rows without a day.

    Parameters
    ----------
    event : str
        The event.
    guess : Guess
        Its day.
    events : sequence of (table, event, Guess)
        All events: one that holds for the rows without a day needs no note.
    data : pyarrow.Table
        The file.
    """
    alike = [one for _, other, one in events if other == event]
    if event not in KINDS or guess.since or guess.when or any(one.since for one in alike):
        return guess
    flags = [name for name in data.column_names if event_named(usual(name)) == event and name != guess.source]
    said = [_says(data[name], yes) for name in flags if (yes := mark_of(data[name])) is not None]
    rows = int((np.any(said, axis=0) & is_missing(data[guess.source])).sum()) if said else 0
    if not rows:
        return guess
    count = f"{rows} row{'s say' if rows > 1 else ' says'} yes and {'have' if rows > 1 else 'has'} no day"
    return replace(guess, note=f"{count}: they are not counted", lasting=True)


def _until(end: Guess | None, name: str, data: pa.Table) -> Guess | None:
    """Return the last contact as the time of an event, or as the end of the interval in which it happened.

    It is the time where those with the event were observed for less long than the others: follow-up that goes
    on after the event says nothing of its day.
    """
    yes = mark_of(data[name])
    if end is None or end.doubt or yes is None or _ends_earlier(end, _says(data[name], yes), data):
        return end
    return replace(end, note=_LATER, since=True)


def _ends_earlier(end: Guess, happened: NDArray[np.bool_], data: pa.Table) -> bool:
    """Return whether the last contact of those with an event was well before that of the others."""
    if end.date:
        left = find(DISCHARGES["discharge_day"], data, words()["discharges"]["discharge_day"], taken=())
        if left is None or not left.date or left.doubt:
            return False
        last, gone, _ = days(data[end.source], end.options.get("format"))
        first, never, _ = days(data[left.source], left.options.get("format"))
        time = np.where(gone | never, np.nan, last - first)
    else:
        texts = as_text(data[end.source]).to_pandas()
        time = pd.to_numeric(texts, errors="coerce").to_numpy(dtype="float64")
    held = ~np.isnan(time)
    if not (happened & held).any() or not (~happened & held).any():
        return not end.date
    return bool(np.median(time[happened & held]) < _EARLIER * np.median(time[~happened & held]))


def _on_all_rows(time: pa.ChunkedArray, flag: pa.ChunkedArray, shown: Mapping[str, Any]) -> bool:
    """Return whether a time is there for those without the event too: only then does it end follow-up."""
    happened = np.zeros(len(flag), dtype=bool)
    for value in shown.values():
        happened |= _says(flag, value)
    free = ~happened & ~is_missing(flag)
    return not free.any() or bool((~is_missing(time))[free].mean() >= _MOST_TIMES)


def _stem(name: str) -> str:
    return re.sub(r"_?(status|event|flag|indicator)$", "", name)


def _time(name: str, data: pa.Table, taken: Collection[str]) -> Guess | None:
    """Return the time of an indicator: one named after it, or else one of any event."""
    stem = _stem(usual(name))
    stems = dict.fromkeys([usual(name), stem, _STEMS.get(stem, stem)])
    own = [form.format(stem) for stem in stems if stem for form in (*_OWN_TIMES, "{0}")]
    alike = [usual(one) for one in data.column_names if _ANY_TIME.search(usual(one))]
    for names in (own, _TIMES, alike, _DATES):
        time = find(OBSERVATIONS["day"], data, names, taken=taken)
        time = None if time is None else with_unit(time, data)
        if time is not None and not time.doubt:
            return time
    return None


def with_unit(time: Guess, data: pa.Table) -> Guess:
    """Return a time with the unit that its name states, such as weeks; one in days as it is."""
    unit = unit_named(time.source)
    if not unit or time.date or not _numbers(data[time.source]):
        return time
    return Guess(name=time.name, source=time.source, options={"unit": unit}, note=f"{unit}, as whole days")


def unit_named(name: str) -> str:
    """Return the unit that the name of a time states, such as weeks; empty where it states days or none."""
    return next((f"{unit}s" for unit in _UNITS if re.search(rf"(^|_){unit}s?(_|$)", usual(name))), "")


def _numbers(values: pa.ChunkedArray) -> bool:
    texts = as_text(values).unique().drop_null().to_pandas()
    return shape(values.type) in ("text", "whole", "real") and bool(
        pd.to_numeric(texts, "coerce").notna().all()
    )


def _of(kind: str, name: str, yes: Any, time: Guess, end: Guess | None, data: pa.Table) -> Events:
    if time.since:
        known = replace(time, name="day", when={name: yes})
        known = replace(known, since=False, note=_DIED) if kind == "death" else known
        return [("observations", kind, known)]
    note = WHICH if {usual(name), _stem(usual(name))} & {*_ANY_EVENT} else _NOTE
    guess = replace(time, name="day", when={name: yes}, note=note)
    empty = is_missing(data[time.source])
    if end is None or end.source == time.source or not (empty & _says(data[name], yes)).any():
        return [("observations", kind, guess)]
    unknown = replace(end, name="day", when={name: yes, time.source: ""}, note=_LATER, since=True)
    dated = replace(guess, unless={time.source: ""})
    return [("observations", kind, dated), ("observations", kind, unknown)]


def _says(values: pa.ChunkedArray, yes: Any) -> NDArray[np.bool_]:
    """Return the rows of an indicator that say yes."""
    held = encoded(as_text(values))
    wanted = YES if yes is True else {str(one).lower() for one in (yes if isinstance(yes, list) else [yes])}
    return held.spread(
        np.array([text.lower().removesuffix(".0") in wanted for text in held.texts], dtype=bool)
    )
