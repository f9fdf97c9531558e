"""Calls that a file counts, and names no day for: "Call 1 date", "Call 1 result", "2nd follow-up call".

The day on which such a call was due is that which most of its dates are near, of the days on which programs
call; where they are near none, or near the same for two calls, only a person knows it, and the call counts
on its date alone.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.sources.init.column_names import is_no_outcome, usual
from stepdown.sources.init.finding_words import findings_of, meaning_of
from stepdown.sources.init.follow_up_calls import Calls, call_names, role_of
from stepdown.sources.init.guesses import Guess, known
from stepdown.sources.map.dates import days

_WORDS = "call|contact|phone_call|follow_up|followup|fu|check_in|outreach|attempt|interview|survey"
_NAMES = {
    "first": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
    "fifth": 5,
    "5th": 5,
}
_KIND = re.compile(rf"(^|_)({_WORDS})s?(?=_|\d|$)")
_NUMBER = re.compile(rf"(?:^|_|(?<=[a-z]))(\d{{1,2}}|{'|'.join(_NAMES)})(?=_|$)")
_MOST = 12
# Days after discharge on which programs call, and how far from its day a call may be made.
_USUAL = (7, 14, 30, 60, 90, 120, 180, 270, 365)
_BEFORE, _AFTER = 7, 14
_MOST_OF = 0.75


def find_numbered(data: pa.Table, taken: Sequence[str] = ()) -> tuple[Calls, ...]:
    """Find calls that are counted: those with a date and a result.

    Parameters
    ----------
    data : pyarrow.Table
        A file with one row a discharge, its columns plain.
    taken : sequence of str
        Columns with another meaning.

    Returns
    -------
    tuple of Calls
        With `number`, and no day due.
    """
    left = [name for name in data.column_names if name not in taken and name not in call_names([name])]
    columns: dict[int, dict[str, str]] = {}
    rests: dict[str, str] = {}
    for name in left:
        number, rest = number_of(name)
        if not number or meaning_of(rest) == "readmission":
            continue
        role = role_of(rest, data[name])
        if role:
            columns.setdefault(number, {}).setdefault(role, name)
            rests[name] = rest
    found = []
    for number, roles in sorted(columns.items()):
        result = next((roles[role] for role in ("result", "open", "contacted") if role in roles), "")
        if result and "date" in roles:
            found.append(
                Calls(
                    due=0,
                    number=number,
                    result=result,
                    date=roles["date"],
                    first_use=roles.get("first_use", ""),
                    findings=findings_of(data[result], rests[result]),
                )
            )
    return tuple(found)


def number_of(name: str) -> tuple[int, str]:
    """Return the number of the call that a name states, and what else it holds; 0 where it states none.

    Examples
    --------
    >>> number_of("Call 2 result"), number_of("1st call date"), number_of("Floor 2")
    ((2, 'call_result'), (1, 'call_date'), (0, 'floor_2'))
    """
    text = usual(name)
    found = _NUMBER.search(text)
    if not _KIND.search(text) or found is None or is_no_outcome(_NUMBER.sub("", text)):
        return 0, text
    number = _NAMES.get(found[1]) or int(found[1])
    rest = f"{text[: found.start()]}_{text[found.end() :]}".strip("_").replace("__", "_")
    return (
        (number, re.sub(r"(^|_)(follow_up|followup|fu)(?=_|$)", "", rest).strip("_"))
        if (number <= _MOST)
        else (0, text)
    )


def with_days_due(calls: Sequence[Calls], data: pa.Table, guesses: Sequence[Guess]) -> tuple[Calls, ...]:
    """Return calls with the days due that their dates show.

    Parameters
    ----------
    calls : sequence of Calls
        Those that are counted, and others.
    data : pyarrow.Table
        Their file.
    guesses : sequence of Guess
        How the dates of the file are written, among them the day of discharge.
    """
    forms = {guess.source: guess for guess in guesses if guess.date and not guess.doubt}
    end = next((guess.source for guess in guesses if guess.name == "discharge_day"), "")
    counted = [one for one in calls if one.number]
    if end not in forms or not counted:
        return tuple(calls)
    due = [_near(_after(data, one.date, end, forms)) for one in counted]
    others = {one.due for one in calls if not one.number}
    if not all(due) or due != sorted(set(due)) or others & set(due):
        return tuple(calls)
    found = dict(zip((one.number for one in counted), due, strict=True))
    return tuple(
        sorted((replace(one, due=found.get(one.number, one.due)) for one in calls), key=lambda one: one.due)
    )


def _after(data: pa.Table, name: str, end: str, forms: Mapping[str, Guess]) -> NDArray[np.int64]:
    """Return how many days after discharge the calls of a column were made."""
    if name not in forms:
        return np.zeros(0, np.int64)
    (made, undated, _), (out, never, _) = (
        days(known(data[column]), forms[column].options.get("format")) for column in (name, end)
    )
    found = (made - out)[~undated & ~never]
    return found[found >= 0]


def _near(after: NDArray[np.int64]) -> int:
    """Return the usual day that most calls were made near; 0 where there is none."""
    if not len(after):
        return 0
    middle = float(np.median(after))
    day = min(_USUAL, key=lambda one: abs(one - middle))
    near = (after >= day - _BEFORE) & (after <= day + _AFTER)
    return day if near.mean() >= _MOST_OF and abs(middle - day) <= _BEFORE else 0
