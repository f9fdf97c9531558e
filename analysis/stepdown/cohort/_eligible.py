"""Eligibility: the rules of a study file as boolean arrays."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import DesignError
from stepdown.study import Keep

Bools = NDArray[np.bool_]
Wanted = tuple[str | int | float | bool, ...]


def equals(values: pd.Series, wanted: str | int | float | bool) -> Bools:
    """Tell which values are equal to one of a study file; a missing value equals nothing.

    Text is compared as text, numbers and flags as numbers, so that `values = [1, 0]` finds what
    a cohort file calls a number, a flag or a category.
    """
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        if isinstance(wanted, str):
            return np.zeros(len(values), dtype=bool)
        return np.asarray(values.to_numpy(dtype="float64", na_value=np.nan) == float(wanted), dtype=bool)
    text = _text(wanted)
    return np.asarray(values.astype("string").eq(text).fillna(False).to_numpy(dtype=bool), dtype=bool)


def _text(wanted: str | int | float | bool) -> str:
    if isinstance(wanted, bool):
        return "true" if wanted else "false"
    if isinstance(wanted, float) and wanted.is_integer():
        return str(int(wanted))
    return str(wanted)


def _numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    values = table[column]
    if not pd.api.types.is_numeric_dtype(values):
        raise DesignError(
            f"`{column}` is no number, so at_least and at_most cannot be used with it. Use is_in or not_in."
        )
    return values.to_numpy(dtype="float64", na_value=np.nan)


def _check_values(values: pd.Series, wanted: Wanted, *, column: str, codes: tuple[str, ...]) -> None:
    """Refuse values that no row can ever hold: `not_in` would then silently keep everyone."""
    if pd.api.types.is_numeric_dtype(values) and any(isinstance(value, str) for value in wanted):
        raise DesignError(
            f"`{column}` holds numbers or flags, so it never equals a text. Write the values of is_in or "
            "not_in without quotes."
        )
    if codes and any(_text(value) not in codes for value in wanted):
        raise DesignError(
            f"`{column}` never holds one of the values of is_in or not_in. Allowed: {', '.join(codes)}."
        )


def kept(table: pd.DataFrame, rule: Keep, *, codes: tuple[str, ...] = ()) -> Bools:
    """Return which discharges a rule keeps; a missing value is kept only by `known = false` and `not_in`.

    Parameters
    ----------
    table : DataFrame
        Discharges.
    rule : Keep
        Rule of the study file.
    codes : tuple of str
        Codes declared for the column; empty where any value may stand there.

    Raises
    ------
    DesignError
        A number is asked of a column that holds none, or a value of one that can never hold it.
    """
    if rule.at_least is not None:
        return np.asarray(_numbers(table, rule.column) >= rule.at_least, dtype=bool)
    if rule.at_most is not None:
        return np.asarray(_numbers(table, rule.column) <= rule.at_most, dtype=bool)
    if rule.known is not None:
        return np.asarray(table[rule.column].notna().to_numpy() == rule.known, dtype=bool)
    wanted = rule.is_in if rule.is_in is not None else rule.not_in or ()
    _check_values(table[rule.column], wanted, column=rule.column, codes=codes)
    found = np.zeros(len(table), dtype=bool)
    for value in wanted:
        found |= equals(table[rule.column], value)
    return found if rule.is_in is not None else ~found
