"""Rules that one table keeps by itself, read from its declaration."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.schema import Column
from stepdown.sources._tables import Built

# Days that may lie ahead of the data cut: they are plans.
_PLANS = frozenset({"appointment_day", "due_day"})


def table_problems(built: Built, *, data_cut: int | None) -> list[Problem]:
    """Return every fault of a table that shows without the others.

    Parameters
    ----------
    built : Built
        A table.
    data_cut : int or None
        Last day that the data could show.

    Returns
    -------
    list of Problem
    """
    found: list[Problem] = []
    for column in (*built.table, *built.covariates):
        if column.name in built.frame:
            found += _column(built, column)
            if column.kind == "day" and column.name not in _PLANS and data_cut is not None:
                found += built.problems(
                    column.name,
                    "is after data_cut",
                    "Correct the day, or move data_cut in the cohort file.",
                    held(built.frame[column.name]) & (values(built.frame[column.name]) > data_cut),
                )
    found += _orders(built)
    found += _duplicates(built)
    return found


def held(series: pd.Series) -> NDArray[np.bool_]:
    """Return by row whether there is a value."""
    return series.notna().to_numpy()


def values(series: pd.Series) -> NDArray[np.int64]:
    """Return whole days by row, 0 where missing."""
    return series.to_numpy(dtype="int64", na_value=0)


def _column(built: Built, column: Column) -> Iterator[Problem]:
    series = built.frame[column.name]
    if column.never_missing:
        gone = ~held(series) & ~built.faulty.get(column.name, np.False_)
        yield from built.problems(column.name, "is missing", "Fill the cells, or take the rows out.", gone)
    if column.kind not in ("integer", "number") or (column.low is None and column.high is None):
        return
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    numbers = series.to_numpy(dtype="float64", na_value=np.nan)
    unit = f" {column.unit}" if column.unit else ""
    yield from built.problems(
        column.name,
        f"is not between {low:g} and {high:g}{unit}",
        "Correct the cells, their unit, or list their code under missing.",
        (numbers < low) | (numbers > high),
    )


def _orders(built: Built) -> Iterator[Problem]:
    for order in built.table.orders:
        if order.first not in built.frame or order.second not in built.frame:
            continue
        first, second = built.frame[order.first], built.frame[order.second]
        both = held(first) & held(second)
        yield from built.problems(
            order.second,
            f"is before {order.first}",
            "Correct the two days.",
            both & (values(second) < values(first)),
        )


def _duplicates(built: Built) -> Iterator[Problem]:
    key = [name for name in built.table.key if name in built.mapped]
    if not built.table.key:
        return
    if len(key) < len(built.table.key):
        # Without labels of stays, two rows of one client with one discharge day are the same stay.
        key = [name for name in ("client_id", "admit_day", "discharge_day") if name in built.mapped]
    keyed = built.frame[key]
    whole = keyed.notna().all(axis=1)
    again = keyed.duplicated(keep="first") & whole
    yield from built.problems(
        built.table.key[0],
        f"stands more than once with the same {' and '.join(key[1:]) or 'row'}",
        "Keep one row a stay.",
        again.to_numpy(),
    )
