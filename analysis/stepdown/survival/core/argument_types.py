"""Refuses arguments of a wrong type before anything is computed, by the annotation of each parameter.

A number, a text, a truth value and a column of values are checked here for what they are; what they may be
(a level between 0 and 1, a known choice) is checked where they are used. So no wrong type ends in a
TypeError from within.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping, Set
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError

P = ParamSpec("P")
R = TypeVar("R")

COLUMNS = (
    "days", "event", "low", "high", "start", "stop", "state_from", "state_to", "id", "arm", "X", "entry",
    "weights", "cluster", "strata", "offset", "terminal", "loss",
)  # fmt: skip
"""Arguments that hold one value per row, in every estimator."""
COVARIATES = ("X", "loss")

TEXTS = (
    "str", "Clock", "ClusterCorrection", "CoefficientTest", "Convention", "Correction", "Estimand",
    "Residuals", "Ties", "Transform",
)  # fmt: skip
MANY = ("ArrayLike", "Floats", "tuple[float, float]", "float | Sequence[float]")

LARGEST_CODE = 2**63
"""Whole numbers from here up are no codes."""

Checks = dict[str, tuple[Callable[[str, Any], None], bool]]
"""By parameter: its check, and whether None is allowed."""


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function refuse arguments of a wrong type."""
    signature = inspect.signature(function)
    checks = checks_of(signature)

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        check_arguments(checks, signature.bind(*args, **kwargs).arguments)
        return function(*args, **kwargs)

    return checked


def checks_of(signature: inspect.Signature) -> Checks:
    """Return the check of each parameter that has one."""
    found: Checks = {}
    for name, parameter in signature.parameters.items():
        kind = str(parameter.annotation)
        check = _check_of(name, kind.removesuffix(" | None"))
        if check is not None:
            each = parameter.kind is inspect.Parameter.VAR_POSITIONAL
            found[name] = (_each(check) if each else check, kind.endswith(" | None"))
    return found


def check_arguments(checks: Checks, given: Mapping[str, Any]) -> None:
    """Raise where an argument has a type that its parameter does not take."""
    for name, value in given.items():
        check, optional = checks.get(name, (None, True))
        if check is not None and not (value is None and optional):
            check(name, value)


def _check_of(name: str, kind: str) -> Callable[[str, Any], None] | None:
    """Return the check for an annotation; none for results of other functions and for frames."""
    if name in (*COLUMNS, "counts") and kind.startswith("ArrayLike"):
        return _table if name in COVARIATES else _column
    if kind in TEXTS or kind.startswith("Literal["):
        return _text
    if kind in MANY or kind == "Sequence[float]":
        return _numbers
    by_kind = {"float": _number, "int": _number, "bool": _flag, "object": _label}
    if kind in by_kind:
        return by_kind[kind]
    return _several if kind in ("Sequence[str]", "Sequence[object]") else None


def _each(check: Callable[[str, Any], None]) -> Callable[[str, Any], None]:
    def every(name: str, values: Any) -> None:
        for value in values:
            check(name, value)

    return every


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str):
        raise EstimateError(f"{name} must be text. Give one of its choices in quotes.")


def _flag(name: str, value: Any) -> None:
    if not isinstance(value, bool | np.bool_):
        raise EstimateError(f"{name} must be True or False.")


def _number(name: str, value: Any) -> None:
    """Check for one number, or what the use of the number refuses in its own words (text, nothing)."""
    numbers = str | int | float | np.integer | np.floating | np.bool_ | None
    if not isinstance(value, numbers):
        raise EstimateError(f"{name} must be one number.")


def _label(name: str, value: Any) -> None:
    try:
        hash(value)
    except TypeError:
        raise EstimateError(f"{name} must be one label, as text or a number.") from None
    if value is pd.NA:
        raise EstimateError(f"{name} is missing. Give a label.")


def _several(name: str, value: Any) -> None:
    if not isinstance(value, str) and not _shape(value):
        raise EstimateError(f"{name} must be a list of values.")
    for each in () if isinstance(value, str) else value:
        _label(name, each)


def _numbers(name: str, value: Any) -> None:
    """Check for numbers in a list or an array; one number, text and nothing are left for their use."""
    if isinstance(value, str | int | float | np.generic | None):
        return
    kind = getattr(value, "dtype", None)
    if isinstance(kind, pd.CategoricalDtype) or getattr(kind, "kind", "-") in "mM":
        raise EstimateError(f"{name} holds categories or dates, not numbers. Convert it to numbers first.")
    if _shape(value) is None or _text_cells(np.asarray(value)):
        raise EstimateError(f"{name} must be numbers, in a list or an array.")


def _table(name: str, value: Any) -> None:
    if isinstance(value, str | pd.DataFrame):
        return
    shape = _shape(value)
    if shape is None and not hasattr(value, "text"):
        raise EstimateError(
            f"{name} is not a table of rows and covariates. Give a frame, an array or a list of rows."
        )


def _column(name: str, value: Any) -> None:
    """Check for one value per row; one value alone is left for the comparison of lengths."""
    if isinstance(value, str | float | np.generic | None) or (
        isinstance(value, int) and value < LARGEST_CODE
    ):
        return
    shape = _shape(value)
    if shape is None:
        raise EstimateError(
            f"{name} is not a column of values. Give one value per row, as a list, an array or a series."
        )
    if len(shape) > 1:
        raise EstimateError(f"{name} has {len(shape)} dimensions. Give one value per row.")
    if not isinstance(value, pd.Categorical) and getattr(value, "dtype", None) in (None, object):
        cells = np.asarray(value)
        if cells.dtype == object and not _plain_cells(cells):
            raise EstimateError(
                f"{name} holds values that are neither numbers nor text. Give one number or text per row."
            )


def _shape(value: Any) -> tuple[int, ...] | None:
    """Return the shape of a list, an array or a series; none of a mapping, a set or a ragged list."""
    if isinstance(value, Mapping | Set | bytes) or not hasattr(value, "__len__"):
        return None
    try:
        return tuple(np.shape(value))
    except (TypeError, ValueError, OverflowError):
        return None


def _plain_cells(cells: np.ndarray) -> bool:
    if not pd.api.types.infer_dtype(cells, skipna=True).startswith("mixed"):
        return True
    return all(pd.api.types.is_scalar(cell) or isinstance(cell, tuple) for cell in cells)


def _text_cells(cells: np.ndarray) -> bool:
    """Whether an array holds text."""
    if cells.dtype.kind in "US":
        return True
    return cells.dtype == object and pd.api.types.infer_dtype(cells.ravel(), skipna=True) == "string"
