"""Calls in columns of their own: "30 day call date", "30 day result", "30 day: date of first use"."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa

from stepdown.identifiers import common_names, snake
from stepdown.sources.init.guesses import formats_of, known, mixture_of, words
from stepdown.sources.map.plain_columns import as_text, encoded, shape
from stepdown.sources.map.values import NO, YES

_UNITS = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "weeks": 7, "mo": 30, "month": 30, "months": 30}
_UNIT = "days?|d|weeks?|wk|months?|mo"
_DUE = re.compile(rf"(?:^|_)(\d{{1,3}})_?({_UNIT})(?=_|$)|(?:^|_)({_UNIT})_?(\d{{1,3}})(?=_|$)")
_YEAR = 365
_MOST_RESULTS = 40


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The columns of the calls that were due on one day after discharge.

    Attributes
    ----------
    due : int
        The day.
    result : str
        Column of what was found.
    date : str
        Column of the day of the call; empty where there is none.
    first_use : str
        Column of the day of first use, as reported; empty where there is none.
    findings : mapping of str to str
        Finding by text of the result; "TODO" where a text is not usual.
    """

    due: int
    result: str
    findings: Mapping[str, str]
    date: str = ""
    first_use: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it has."""
        return tuple(name for name in (self.date, self.result, self.first_use) if name)


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
    columns: dict[int, dict[str, str]] = {}
    for name in data.column_names:
        due, rest = due_day(name)
        if due and name not in taken and (role := _role(rest, data[name])):
            columns.setdefault(due, {}).setdefault(role, name)
    return tuple(
        Calls(
            due=due,
            result=roles["result"],
            findings=findings_of(data[roles["result"]], due_day(roles["result"])[1]),
            date=roles.get("date", ""),
            first_use=roles.get("first_use", ""),
        )
        for due, roles in sorted(columns.items())
        if "result" in roles
    )


def due_day(name: str) -> tuple[int, str]:
    """Return the day after discharge that a name states, and what else it says; 0 where it states none.

    Examples
    --------
    >>> due_day("30-day call date"), due_day("3 month result"), due_day("Age")
    ((30, 'call_date'), (90, 'result'), (0, 'age'))
    """
    text = snake(name)
    found = _DUE.search(text)
    if found is None:
        return 0, text
    number, unit = (found[1], found[2]) if found[1] else (found[4], found[3])
    days = int(number) * _UNITS[unit]
    # Twelve months are a year.
    days = _YEAR if unit.startswith("mo") and int(number) == 12 else days
    rest = f"{text[: found.start()]}_{text[found.end() :]}"
    return days, re.sub(r"(^|_)(follow_up|followup|fu)(?=_|$)", "", rest).strip("_")


def _role(rest: str, values: pa.ChunkedArray) -> str:
    """Return what a column of a call holds: its date, its result or the day of first use."""
    lists = words()["calls"]
    held = known(values)
    if held.null_count == len(held):
        return ""
    if shape(held.type) == "date" or formats_of(held) or mixture_of(held, day_first=False):
        if any(word in rest for word in lists["first_use"]):
            return "first_use"
        return "date" if not rest or set(rest.split("_")) & {*lists["date"]} else ""
    named = {*lists["result"], *lists["abstinent"], *lists["reached"]}
    if shape(held.type) not in ("text", "whole", "flag") or not (not rest or _words(rest) & named):
        return ""
    texts = encoded(as_text(held)).texts
    known_words = {snake(text) for text in texts} & {*words()["codes"]["finding"], *YES, *NO}
    if _words(rest) & {*lists["abstinent"]} and any(text.isdigit() and int(text) > 1 for text in texts):
        return ""
    counted = bool(_words(rest) & {"use", "used", "using"}) and all(map(str.isdigit, texts))
    return "result" if texts and len(texts) <= _MOST_RESULTS and (known_words or counted) else ""


def _words(rest: str) -> set[str]:
    """Return the words of a name without numbers behind them: use30 is use."""
    return {word.rstrip("0123456789") for word in rest.split("_")}


def findings_of(values: pa.ChunkedArray, rest: str) -> dict[str, str]:
    """Return the finding of each text of a column of results."""
    lists = words()["calls"]
    usual = dict(words()["codes"]["finding"])
    usual |= {code: code for code in ("positive", "negative", "missing", "refused", "death", "admission")}
    yes, no = "positive", "negative"
    if _words(rest) & {*lists["abstinent"]}:
        yes, no = no, yes
    elif _words(rest) & {*lists["reached"]}:
        yes, no = "inconclusive", "missing"
    texts = sorted(encoded(as_text(values)).texts)
    found = {}
    for text in texts:
        plain = text.lower()
        code = yes if plain in YES else no if plain in NO else usual.get(snake(text), "TODO")
        if code == "TODO" and plain.isdigit() and yes == "positive":
            # A number of days or times of use.
            code = "positive"
        if code != "TODO" or common_names().isdisjoint(plain.split()):
            found[text] = code
    return found
