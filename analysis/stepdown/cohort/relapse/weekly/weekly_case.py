"""Cases worked out by hand, drawn as text: a word, and what a definition makes of it.

    ctn0094_relapse | -++++-  |         | week 2, confirmed 35 | four in a row
    ctn0094_relapse | -+o+++- | ignored | week 2, days 8-14, confirmed 42 | ...

Columns: definition, word, rule for missing weeks (the definition's own where empty), what it makes of it,
why. An event of week k lies on the days 7(k-1)+1 to 7k where no days are given.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

_EVENT = re.compile(r"week (\d+)(?:, days (\d+)-(\d+))?, confirmed (\d+)")
_NONE = re.compile(r"none by week (\d+)")
EMPTY = "(empty)"
_ANSWERS = {"yes": 1, "no": 0}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A word, and what a definition makes of it.

    Attributes
    ----------
    endpoint, missing : str
        Name of the definition, and the rule for missing weeks.
    word : str
        The word.
    expected, why : str
        What the definition makes of it, and why, for readers.
    value : float or None
        The number; 1 with and 0 without an event; None where it cannot be told.
    weeks : int or None
        For a time: the week to which the event is dated, or up to which there was none.
    days : tuple of int or None
        First and last day of the onset.
    confirmed : int or None
        Day on which the rule became true.
    """

    endpoint: str
    missing: str
    word: str
    expected: str
    why: str
    value: float | None
    weeks: int | None = None
    days: tuple[int, int] | None = None
    confirmed: int | None = None


def drawn(text: str) -> tuple[Case, ...]:
    """Return the cases that a text draws, one a line."""
    return tuple(_case(line) for line in text.strip().splitlines())


def _case(line: str) -> Case:
    endpoint, word, missing, expected, why = (part.strip() for part in line.split("|"))
    value, weeks, days, confirmed = _read(expected)
    return Case(
        endpoint=f"{endpoint}@1",
        missing=missing or "as_defined",
        word="" if word == EMPTY else word,
        expected=expected,
        why=why,
        value=value,
        weeks=weeks,
        days=days,
        confirmed=confirmed,
    )


def _read(expected: str) -> tuple[float | None, int | None, tuple[int, int] | None, int | None]:
    if event := _EVENT.fullmatch(expected):
        week, first, last, confirmed = event.groups()
        # Not asked of the grid: these days are what it is held to.
        k = int(week)
        return 1.0, k, (int(first or 7 * k - 6), int(last or 7 * k)), int(confirmed)
    if none := _NONE.fullmatch(expected):
        return 0.0, int(none[1]), None, None
    if expected == "cannot be told":
        return None, None, None, None
    return float(_ANSWERS[expected] if expected in _ANSWERS else Fraction(expected)), None, None, None
