"""Columns by name: replaces a name by the column of `data` that it names.

Every public estimator takes arrays. With a frame as `data`, a text names a column of that frame; in the third
place (`arm` or `X`) it may also be a formula. Rows are matched by position, so the indexes of series and
frames must agree. The caller's frame is not changed.

`counts` are frequency weights: a row with a count of 3 is read as three people with the same values, so that
every number is that of the rows repeated.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from stepdown.errors import EstimateError
from stepdown.survival.core.argument_types import COLUMNS, COVARIATES, check_arguments, checks_of
from stepdown.survival.core.category_coding import FormulaColumns, lacks
from stepdown.survival.core.sample import Faults, Ints, numbers

P = ParamSpec("P")
R = TypeVar("R")

MOST_PEOPLE = 50_000_000
"""People beyond which counts are refused, because rows are repeated in memory."""


def reads_columns(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function's array arguments name columns of its argument `data`."""
    signature = inspect.signature(function)
    checks = checks_of(signature)

    @functools.wraps(function)
    def with_columns(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        given = bound.arguments
        check_arguments(checks, given)
        data = given.pop("data", None)
        if data is not None and not isinstance(data, pd.DataFrame):
            raise EstimateError("data is not a pandas DataFrame. Give a frame, or pass arrays without data.")
        check_indexes({name: given[name] for name in (*COLUMNS, "counts") if name in given}, data)
        for name in (*COLUMNS, "counts"):
            if _names_columns(name, given.get(name), data):
                given[name] = _column(name, given[name], data)
        counts = given.pop("counts", None)
        if counts is not None:
            times = _times(counts, int(np.size(given[next(name for name in COLUMNS if name in given)])))
            given.update({name: _repeated(given[name], times) for name in COLUMNS if name in given})
        return function(*bound.args, **bound.kwargs)

    return with_columns


def _times(counts: Any, rows: int) -> Ints:
    """Return how often each row is repeated, or raise."""
    faults = Faults()
    values = numbers("counts", counts, faults)
    faults.stop()
    faults.lengths("days", rows, {"counts": values})
    whole = np.isfinite(values) & (values >= 0) & (values == np.floor(values))
    remedy = "Counts are numbers of people; give other weights as weights."
    faults.where("counts", ~whole, "is not a whole number from 0 up", remedy)
    if not faults.found and values.sum() > MOST_PEOPLE:
        faults.add("counts", f"adds up to more than {MOST_PEOPLE:,} people", "Analyze fewer at a time.")
    faults.stop()
    return values.astype(np.int64)


def _repeated(values: Any, times: Ints) -> object:
    """Return a column, or columns, with each row repeated; what has not a row each is left for the checks."""
    if isinstance(values, FormulaColumns):
        return replace(values, data=values.data.iloc[np.repeat(np.arange(len(times)), times)])
    if values is None or not np.shape(values) or np.shape(values)[0] != len(times):
        return values
    where = np.repeat(np.arange(len(times)), times)
    if isinstance(values, pd.Series | pd.DataFrame):
        return values.iloc[where].reset_index(drop=True)
    return values[where] if isinstance(values, pd.Categorical) else np.asarray(values)[where]


def _names_columns(name: str, value: object, data: pd.DataFrame | None) -> bool:
    """Whether a value is the name of a column or, for covariates of a frame, a list of names."""
    if name in COVARIATES and data is not None and isinstance(value, list | tuple) and value:
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str)


def _column(name: str, value: str | list[str], data: pd.DataFrame | None) -> object:
    if data is None:
        raise EstimateError(
            f"{name} names a column, but no data is given. Add data= with the frame that holds the column."
        )
    if name in COVARIATES:
        return _covariates(name, value, data)
    if name == "arm" and value not in data:
        return _groups(str(value), data)
    return data[_present(name, [str(value)], data)[0]]


def _covariates(name: str, value: str | list[str], data: pd.DataFrame) -> object:
    if not isinstance(value, str):
        return data[_present(name, list(value), data)]
    return data[[value]] if value in data else FormulaColumns(name, value, data)


def _groups(text: str, data: pd.DataFrame) -> pd.Series | None:
    """Return one arm for each combination of the columns in "plan + site"; None for "1"."""
    names = [_plain(part) for part in text.strip().removeprefix("~").split("+")]
    if names == ["1"]:
        return None
    columns = data[_present("arm", names, data)]
    if len(names) == 1:
        return columns[names[0]]
    known = columns.notna().all(axis=1).to_numpy()
    groups = columns[known].groupby(names, sort=True, observed=True)
    codes = np.full(len(data), -1, dtype=np.int64)
    codes[known] = groups.ngroup().to_numpy()
    labels = pd.Index([", ".join(map(str, key)) for key in groups.size().index])
    return pd.Series(pd.Categorical.from_codes(codes, labels), index=data.index)


def _plain(part: str) -> str:
    part = part.strip()
    if part.startswith("C(") and part.endswith(")"):
        part = part[2:-1].strip()
    return part.strip("`")


def _present(name: str, wanted: list[str], data: pd.DataFrame) -> list[str]:
    missing = [column for column in wanted if column not in data]
    if missing:
        raise EstimateError(lacks(name, missing, data))
    return wanted


def check_indexes(given: dict[str, object], data: pd.DataFrame | None = None) -> None:
    """Raise where two series or frames of the same length have different indexes."""
    held = {name: value.index for name, value in given.items() if isinstance(value, pd.Series | pd.DataFrame)}
    if data is not None:
        held["data"] = data.index
    first = next(iter(held), "")
    for name in held:
        if len(held[name]) == len(held[first]) and not held[name].equals(held[first]):
            raise EstimateError(
                f"{first} and {name} have different indexes, so their rows may not belong together. "
                "Bring both to the same index, or pass .to_numpy() to match rows by position."
            )
