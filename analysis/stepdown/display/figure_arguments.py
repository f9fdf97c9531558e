"""Refuses arguments of figures that nothing can be drawn from, before anything is drawn."""

import functools
import inspect
import math
from collections.abc import Callable
from typing import ParamSpec, TypeVar, get_args

import pandas as pd

from stepdown.errors import ResultError
from stepdown.results import Results

P = ParamSpec("P")
R = TypeVar("R")

SIZES = (3.0, 40.0)
"""Smallest and largest width of a figure, in inches; a plot may be a third as high."""


def checks_figure(*columns: str, kinds: object = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a figure refuse arguments of a wrong kind; `columns` are those that its table needs.

    `kinds` is a Literal of the values of the argument `kind`, where there is one.
    """

    def checked(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)

        @functools.wraps(function)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> R:
            for name, value in signature.bind(*args, **kwargs).arguments.items():
                _check(name, value, columns, kinds)
            return function(*args, **kwargs)

        return drawn

    return checked


def _check(name: str, value: object, columns: tuple[str, ...], kinds: object) -> None:
    if name == "results" and not isinstance(value, Results):
        raise ResultError(f"results is of type {type(value).__name__}. Give the results of an analysis.")
    if name == "table":
        _check_table(value, columns)
    if name in ("analysis", "word", "since") and not isinstance(value, str):
        raise ResultError(f"{name} is of type {type(value).__name__}. Give text.")
    if name == "kind" and not (isinstance(value, str) and value in get_args(kinds)):
        raise ResultError(f"kind must be one of {', '.join(get_args(kinds))}.")
    if name in ("width", "height"):
        least = SIZES[0] if name == "width" else SIZES[0] / 3
        if not (_is_number(value) and least <= float(value) <= SIZES[1]):  # type: ignore[arg-type]
            raise ResultError(f"{name} must be a number of inches from {least:g} to {SIZES[1]:g}.")
    if name == "most" and not (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        raise ResultError("most must be a whole number from 1 up.")
    if name in ("window", "days"):
        _check_days(name, value)


def _check_table(value: object, columns: tuple[str, ...]) -> None:
    if not isinstance(value, pd.DataFrame):
        raise ResultError(f"table is of type {type(value).__name__}. Give a DataFrame.")
    missing = [column for column in columns if column not in value]
    if missing:
        raise ResultError(
            f"table has no column {', '.join(missing)}. It needs the columns {', '.join(columns)}."
        )


def _check_days(name: str, value: object) -> None:
    numbers = isinstance(value, tuple | list) and all(_is_number(day) and day >= 0 for day in value)
    if not numbers:
        raise ResultError(f"{name} must be days from 0 up, such as (30, 90).")
    if name == "window" and not (len(value) == 2 and value[0] < value[1]):  # type: ignore[arg-type, index]
        raise ResultError("window must be two days, the first before the last, such as (30, 90).")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
