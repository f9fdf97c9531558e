"""Eligibility: the rules of a study file as boolean arrays.

The immortal-time guard: no value may be read before the day on which it is known.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import DesignError
from stepdown.schema import LATER, MOMENTS, Cohort
from stepdown.study import Keep

Bools = NDArray[np.bool_]
Wanted = tuple[str | int | float | bool, ...]


def equals(values: pd.Series, wanted: str | int | float | bool) -> Bools:
    """Return which values are equal to one of a study file; a missing value equals nothing.

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
        Codes declared for the column; empty where any value is allowed.

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


DESIGNS_THAT_WORK = (
    "Valid designs: a landmark (arms read at a day, among those still observed and relapse-free then: "
    'analysis.primary = { design = "landmark", day = 14 } with strategies), or arms known by time zero, '
    'such as a randomized arm (design = "baseline").'
)


def declared(cohort: Cohort) -> dict[str, str]:
    """Return, by column of the discharges, when its value is known."""
    columns = {str(name): cohort.column(str(name)) for name in cohort.discharges}
    return {name: column.known for name, column in columns.items() if column is not None}


def late_rows(table: pd.DataFrame, known: str, *, event: str, zero: pd.Series, day: int) -> int:
    """Count discharges whose value is not yet known `day` days after time zero.

    Parameters
    ----------
    table : DataFrame
        Discharges with their day columns, on the own clock.
    known : str
        When the value is known, as declared.
    event : str
        The event that is time zero.
    zero : Series of int
        Time zero, on the own clock.
    day : int
        Day since time zero at which the value is read.

    Notes
    -----
    A missing day of admission counts as past: every study starts at admission or later. Any other
    missing day counts as later, because not getting as far as a day is known only later.
    """
    if known == LATER:
        return len(table)
    if known == event:
        return 0
    column = MOMENTS.get(known, known)
    if column not in table:
        return 0 if known == "admission" else len(table)
    since = (table[column].astype("Int64") - zero).to_numpy(dtype="float64", na_value=np.nan)
    late = since > day
    if known != "admission":
        late |= np.isnan(since)
    return int(late.sum())


def refuse_future(
    table: pd.DataFrame,
    column: str,
    *,
    known: Mapping[str, str],
    event: str,
    zero: pd.Series,
    day: int,
    use: str,
) -> None:
    """Stop where a column would be read before it is known.

    Raises
    ------
    DesignError
        The column is absent, or known later than `day` for at least one discharge; the message
        names the valid designs.
    """
    if column not in known or column not in table:
        held = ", ".join(sorted(name for name in known if name not in ("client_id", "episode_id")))
        raise DesignError(
            f"`{column}` is no column of the discharges, so it cannot be used for {use}. Columns: {held}."
        )
    late = late_rows(table, known[column], event=event, zero=zero, day=day)
    if late:
        moment = "time zero" if day == 0 else f"the landmark on day {day}"
        raise DesignError(
            f"`{column}` cannot be used for {use}: its value becomes known after {moment} for {late:,} of "
            f'{len(table):,} discharges (declared known = "{known[column]}"). Reading it earlier would '
            "credit care with the time that clients first had to stay relapse-free (immortal time). "
            f"{DESIGNS_THAT_WORK}"
        )
