"""An estimate with its 95% confidence interval: as the cell of a table, and as a phrase."""

import math
from collections.abc import Callable

import pandas as pd

from stepdown.results.words import NOT_SHOWN, number

EVERYONE = "All"
"""What a table calls the whole cohort beside its groups."""
INTERVAL = "In parentheses: 95% confidence interval."
NONE = "0.0"
"""A difference of less than half a tenth, as written."""
_UNITS = {"admission": "admissions", "randomization": "randomized people"}


def units(time_zero: str) -> str:
    """Return what is counted from a time zero: "discharges", "admissions", "randomized people"."""
    return _UNITS.get(time_zero, "discharges")


def known(*values: float) -> bool:
    """Return whether every value is a number."""
    return all(math.isfinite(value) for value in values)


def interval(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "4.0 (3.1 to 4.9)", or the reason why the estimate is missing."""
    if not known(row["estimate"]):
        reason = row["note"] or (f"follow-up ends before day {row['time']:.0f}" if known(row["time"]) else "")
        return f"{NOT_SHOWN}: {reason}" if reason else NOT_SHOWN
    return f"{write(row['estimate'])} {between(row, write)}"


def between(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "(3.1 to 4.9)", kept on one line, or "(no interval)"."""
    if not known(row["conf_low"], row["conf_high"]):
        return "(no interval)"
    return f"({write(row['conf_low'])}\u00a0to\u00a0{write(row['conf_high'])})"


def confidence(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "(95% CI 3.1 to 4.9)", or "(no confidence interval)"."""
    if not known(row["conf_low"], row["conf_high"]):
        return "(no confidence interval)"
    return f"(95% CI {write(row['conf_low'])} to {write(row['conf_high'])})"


def direction(value: float) -> str:
    """Return the word for the sign of a difference."""
    return "more" if value > 0 else "fewer"


def amount(value: float) -> str:
    """Return a difference with its direction, without what is counted: "12.9 fewer".

    Examples
    --------
    >>> amount(-12.9), amount(0.04)
    ('12.9 fewer', 'no more and no fewer')
    """
    size = number(abs(value))
    return f"{size} {direction(value)}" if size != NONE else "no more and no fewer"


def difference(row: pd.Series, what: str, *, scale: float = 1.0) -> str:
    """Return a difference in one direction: "12.9 fewer relapses (95% CI 8.8 to 16.9 fewer)"."""
    value, low, high = (scale * float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    size = f"{amount(value)} {what}"
    if not known(low, high):
        return f"{size} (no confidence interval)"
    if low <= 0 <= high:
        ends = f"{number(abs(low))} fewer to {number(high)} more"
        return f"{size} (95% CI {ends}, which includes no difference)"
    near, far = sorted((abs(low), abs(high)))
    return f"{size} (95% CI {number(near)} to {number(far)} {direction(value)})"
