"""An estimate with its 95% confidence interval: as the cell of a table, and as a phrase."""

import math
from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from stepdown.results.words import NOT_SHOWN, number, percent, points, signed

EVERYONE = "All"
"""What a table calls the whole cohort beside its groups."""
INTERVAL = "In parentheses: 95% confidence interval."
_UNITS = {"admission": "admissions", "randomization": "randomized people"}
_SCALES: Mapping[Callable[..., str], float] = {percent: 100.0, points: 100.0, number: 1.0, signed: 1.0}
_WHOLE = 1e-9
# A public report rounds these to steps as well.
_IN_STEPS = ("rmst", "share_of_events_by", "difference_if_lost")


def units(time_zero: str) -> str:
    """Return what is counted from a time zero: "discharges", "admissions", "randomized people"."""
    return _UNITS.get(time_zero, "discharges")


def known(*values: float) -> bool:
    """Return whether every value is a number."""
    return all(math.isfinite(value) for value in values)


def digits(row: pd.Series, *, scale: float = 1.0) -> int:
    """Return how many decimals the numbers of an adjusted row have: none where all are whole, else one.

    A public report rounds adjusted numbers to what a few people can change, mostly to whole points: "11.0"
    would claim a precision that they do not have. Shares of counted people keep their decimal.

    Examples
    --------
    >>> limits = {"conf_low": -0.17, "conf_high": -0.05, "population": "everyone"}
    >>> digits(pd.Series({"estimate": -0.11, **limits}), scale=100)
    0
    >>> digits(pd.Series({"estimate": -0.1134, **limits}), scale=100)
    1
    """
    if not (row.get("population", "") or row.get("estimand", "") in _IN_STEPS):
        return 1
    values = [scale * float(row.get(name, math.nan)) for name in ("estimate", "conf_low", "conf_high")]
    found = [value for value in values if math.isfinite(value)]
    whole = all(abs(value - round(value)) < _WHOLE for value in found)
    # A mere 0 need not be rounded.
    return 0 if whole and max(map(abs, found), default=0.0) > _WHOLE else 1


def writer(row: pd.Series, write: Callable[[float], str]) -> Callable[[float], str]:
    """Return how to write the numbers of a row, with the decimals that they have."""
    scale = _SCALES.get(write)
    if scale is None or digits(row, scale=scale):
        return write
    whole: Callable[..., str] = write
    return partial(whole, digits=0)


def estimate(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "4.0", or "4" where all numbers of the row are whole."""
    return writer(row, write)(row["estimate"])


def interval(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "4.0 (3.1 to 4.9)", or the reason why the estimate is missing."""
    if not known(row["estimate"]):
        reason = row["note"] or (f"follow-up ends before day {row['time']:.0f}" if known(row["time"]) else "")
        return f"{NOT_SHOWN}: {reason}" if reason else NOT_SHOWN
    return f"{estimate(row, write)} {between(row, write)}"


def between(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "(3.1 to 4.9)", kept on one line, or "(no interval)"."""
    if not known(row["conf_low"], row["conf_high"]):
        return "(no interval)"
    write = writer(row, write)
    return f"({write(row['conf_low'])}\u00a0to\u00a0{write(row['conf_high'])})"


def confidence(row: pd.Series, write: Callable[[float], str]) -> str:
    """Return "(95% CI 3.1 to 4.9)", or "(no confidence interval)"."""
    if not known(row["conf_low"], row["conf_high"]):
        return "(no confidence interval)"
    write = writer(row, write)
    return f"(95% CI {write(row['conf_low'])} to {write(row['conf_high'])})"


def direction(value: float) -> str:
    """Return the word for the sign of a difference."""
    return "more" if value > 0 else "fewer"


def amount(value: float, digits: int = 1) -> str:
    """Return a difference with its direction, without what is counted: "12.9 fewer".

    Examples
    --------
    >>> amount(-12.9), amount(0.04), amount(-11.0, digits=0)
    ('12.9 fewer', 'no more and no fewer', '11 fewer')
    """
    size = number(abs(value), digits)
    return f"{size} {direction(value)}" if size != number(0.0, digits) else "no more and no fewer"


def difference(row: pd.Series, what: str, *, scale: float = 1.0) -> str:
    """Return a difference in one direction: "12.9 fewer relapses (95% CI 8.8 to 16.9 fewer)"."""
    value, low, high = (scale * float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    places = digits(row, scale=scale)
    size = f"{amount(value, places)} {what}"
    if not known(low, high):
        return f"{size} (no confidence interval)"
    if low <= 0 <= high:
        ends = f"{number(abs(low), places)} fewer to {number(high, places)} more"
        return f"{size} (95% CI {ends}, which includes no difference)"
    near, far = sorted((abs(low), abs(high)))
    return f"{size} (95% CI {number(near, places)} to {number(far, places)} {direction(value)})"
