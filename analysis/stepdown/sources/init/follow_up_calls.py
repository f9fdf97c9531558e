"""Calls in columns of their own: "30 day call date", "30 day result", "30 day: date of first use"."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from stepdown.sources.init.column_names import is_no_outcome, usual
from stepdown.sources.init.finding_words import (
    READMITTED,
    finding_of,
    findings_of,
    is_no_substance,
    meaning_of,
)
from stepdown.sources.init.guesses import formats_of, known, mixture_of, words
from stepdown.sources.map.plain_columns import as_text, encoded, shape
from stepdown.sources.map.values import NO, YES

_YEAR = 365
_UNITS = {
    **dict.fromkeys(("d", "day", "days"), 1),
    **dict.fromkeys(("wk", "wks", "week", "weeks"), 7),
    **dict.fromkeys(("m", "mo", "mos", "mth", "month", "months"), 30),
    **dict.fromkeys(("y", "yr", "year", "years"), _YEAR),
}
_UNIT = "|".join(sorted(_UNITS, key=len, reverse=True))
# What was so many days before the question, as in "use in the past 30 days", is no call.
_DUE = re.compile(
    rf"(?:^|_)(?:(past|last|prior|previous|preceding)_)?(?:(\d{{1,3}})_?({_UNIT})|({_UNIT})_?(\d{{1,3}}))(?=_|$)"
)
_BEFORE = re.compile(r"(^|_)(intake|admission|admit|baseline|prior|before|pre)(?=_|$)")
# What happened after discharge, where a name has a number without a unit: "use30" may be days before it.
_SINCE = re.compile(
    rf"relaps|laps|recurr|abstin|sober|sobri|{READMITTED.pattern}|(^|_)(by|within|post|after|until)(_|$)"
)
# A number of days over which use is counted.
_PERIOD = re.compile(rf"(past|last|prior|previous|preceding|before|of|in|per)_?\d|\d_?({_UNIT})(_|$)")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_NUMBER = re.compile(rf"(?:^|(?<=_))({'|'.join(_NUMBERS)}|fourteen|thirty|sixty|ninety)(?=_({_UNIT})(?:_|$))")
_TENS = {"fourteen": 14, "thirty": 30, "sixty": 60, "ninety": 90}
# A number without a unit, as in fu30_date, where several columns have one.
_BARE = re.compile(r"^([a-z_]*?)_?(7|14|30|45|60|90|120|180|270|360|365)(?=_|$)")
_MOST_RESULTS = 40
_ROLES = ("result", "open", "contacted")


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The columns of the calls that were due on one day after discharge.

    Attributes
    ----------
    due : int
        The day; 0 where it is not known.
    result : str
        Column of what was found.
    date : str
        Column of the day of the call; empty where there is none.
    first_use : str
        Column of the day of first use, as reported; empty where there is none.
    number : int
        Which call it is, where the file counts them; 0 where it states the day.
    also : mapping of str to mapping of str to str
        Further columns of what was found, such as one for each substance, with their findings.
    findings : mapping of str to str
        Finding by text of the result; "TODO" where a text is not usual.
    """

    due: int
    result: str
    findings: Mapping[str, str]
    date: str = ""
    first_use: str = ""
    number: int = 0
    also: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the call is called: "the call due on day 30", "call 2"."""
        counted = f"call {self.number}" if self.number else "the call"
        due = f"due on day {self.due}" if self.due else "of no known day due"
        return f"{counted}, {due}" if self.number else f"{counted} {due}"

    @property
    def of_readmission(self) -> bool:
        """Whether the result is a readmission, and says nothing of use."""
        return "admission" in self.findings.values() and not {"positive", "negative"} & {
            *self.findings.values()
        }

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it has."""
        return tuple(name for name in (self.date, self.result, self.first_use, *self.also) if name)


def find_calls(data: pa.Table, taken: Collection[str] = ()) -> tuple[Calls, ...]:
    """Find the columns of calls that were due on a day.

    Parameters
    ----------
    data : pyarrow.Table
        A file with one row a discharge, its columns plain.
    taken : collection of str
        Columns with another meaning.

    Returns
    -------
    tuple of Calls
        In order of the day due.
    """
    columns: dict[tuple[int, bool], dict[str, list[str]]] = {}
    names = call_names(data.column_names)
    for name, (due, rest) in names.items():
        if name not in taken and (role := role_of(rest, data[name])):
            # What was found of use and of readmission on one day are two results.
            columns.setdefault((due, meaning_of(rest) == "readmission"), {}).setdefault(role, []).append(name)
    found = []
    for (due, _), roles in sorted(columns.items()):
        # Whether the client was reached says nothing where another column has what was found.
        results = next((roles[role] for role in _ROLES if role in roles), [])
        if results:
            findings = {name: findings_of(data[name], names[name][1]) for name in results}
            found.append(
                Calls(
                    due=due,
                    result=results[0],
                    findings=findings.pop(results[0]),
                    date=roles.get("date", [""])[0],
                    first_use=roles.get("first_use", [""])[0],
                    also=findings if "result" in roles else {},
                )
            )
    return tuple(found)


def call_names(names: Sequence[str]) -> dict[str, tuple[int, str]]:
    """Return the names that state the day of a call, with the day and what else they say.

    A number without a unit is such a day where the names have several, as in fu30_date and fu90_date, or
    where the name says what was found by then: relapse_90.
    """
    found = {name: due_day(name) for name in names}
    bare = {name: match for name in names if not found[name][0] and (match := _BARE.match(usual(name)))}
    several = len({match[2] for match in bare.values()}) > 1
    for name, match in bare.items():
        rest = _rest(f"{match[1]}_{usual(name)[match.end() :]}")
        alone = _SINCE.search(rest) and not _PERIOD.search(usual(name)) and not is_no_outcome(rest)
        if several or (alone and meaning_of(rest)):
            found[name] = int(match[2]), rest
    return {name: said for name, said in found.items() if said[0]}


def due_day(name: str) -> tuple[int, str]:
    """Return the day after discharge that a name states, and what else it says; 0 where it states none.

    Examples
    --------
    >>> due_day("30-day call date"), due_day("3 month result"), due_day("Age")
    ((30, 'call_date'), (90, 'result'), (0, 'age'))
    """
    text = _NUMBER.sub(_figures, usual(name))
    found = next((match for match in _DUE.finditer(text) if not match[1]), None)
    if found is None or _BEFORE.search(text) or is_no_outcome(_DUE.sub("", text)):
        return 0, text
    number, unit = (found[2], found[3]) if found[2] else (found[5], found[4])
    days = int(number) * _UNITS[unit]
    # Twelve months are a year.
    days = _YEAR if unit.startswith("mo") and int(number) == 12 else days
    return days, _rest(f"{text[: found.start()]}_{text[found.end() :]}")


def _figures(word: re.Match[str]) -> str:
    return str(_TENS[word[0]] if word[0] in _TENS else _NUMBERS.index(word[0]) + 1)


def _rest(name: str) -> str:
    """Return what a name says beside the day of the call."""
    return re.sub(r"(^|_)(follow_up|followup|fu)(?=_|$)", "", name).strip("_")


def role_of(rest: str, values: pa.ChunkedArray) -> str:
    """Return what a column of a call holds: its date, its result or the day of first use."""
    lists = words()["calls"]
    held = known(values)
    if held.null_count == len(held):
        return ""
    if shape(held.type) == "date" or formats_of(held) or mixture_of(held, day_first=False):
        if any(word in rest for word in lists["first_use"]):
            return "first_use"
        return "date" if not rest or set(rest.split("_")) & {*lists["date"]} else ""
    if shape(held.type) not in ("text", "whole", "flag"):
        return ""
    means = meaning_of(rest)
    if is_no_substance(rest):
        return ""
    if not means and rest and not _words(rest) & {*lists["result"]}:
        return ""
    texts = [text.lower().removesuffix(".0") for text in encoded(as_text(held)).texts]
    known_words = any(text in YES | NO or finding_of(text) for text in texts)
    if means == "abstinent" and any(text.isdigit() and int(text) > 1 for text in texts):
        return ""
    counted = means == "use" and all(map(str.isdigit, texts))
    if not texts or len(texts) > _MOST_RESULTS or not (known_words or counted):
        return ""
    worded = any(text not in YES | NO for text in texts)
    return "contacted" if means == "contacted" and not worded else "result" if means or worded else "open"


def _words(rest: str) -> set[str]:
    """Return the words of a name without numbers behind them: use30 is use."""
    return {word.rstrip("0123456789") for word in rest.split("_")}
