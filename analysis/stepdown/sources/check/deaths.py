"""What cannot be after a death: admissions, discharges, care, contacts and follow-up; and a second death.

A death is reported by a finding, by the reason why a period of follow-up ended, or by that for a discharge.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.sources.check.rows import held, values
from stepdown.sources.map.canonical_tables import Built

NEVER = np.iinfo(np.int64).max
_Ints = NDArray[np.int64]
_Bools = NDArray[np.bool_]
_REPORTS = (
    ("observations", "finding", "death", "day"),
    ("followup", "reason", "died", "end_day"),
    ("discharges", "discharge_reason", "died", "discharge_day"),
)
# A visit that no one came to, and the report itself, may bear any day.
_NO_CONTACT = ("death", "missing")


def earliest(codes: _Ints, days: pd.Series, clients: int) -> _Ints:
    """Return the first day of each client; the largest integer where there is none."""
    first = np.full(clients, NEVER)
    usable = (codes >= 0) & held(days)
    np.minimum.at(first, codes[usable], values(days)[usable])
    return first


def days_of_death(tables: Mapping[str, Built], codes: Mapping[str, _Ints], clients: int) -> _Ints:
    """Return the first reported day of death of each client; `NEVER` where none is."""
    death = np.full(clients, NEVER)
    for name, column, code, day in _REPORTS:
        if name in tables:
            died = _is(tables[name], column, code)
            death = np.minimum(death, earliest(codes[name][died], tables[name].frame[day][died], clients))
    return death


def death_problems(
    tables: Mapping[str, Built], codes: Mapping[str, _Ints], clients: int
) -> Iterator[Problem]:
    """Yield what is dated after the client's death, and deaths that are reported on two days.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables that could be made.
    codes : mapping of str to array of int
        Number of each row's client, by table; -1 for none.
    clients : int
        How many clients there are.
    """
    death = np.append(days_of_death(tables, codes, clients), NEVER)
    for name, column, code, day in _REPORTS:
        if name in tables:
            again = _is(tables[name], column, code) & _late(tables[name], day, codes[name], death)
            yield from tables[name].problems(
                day,
                "is another day of death of the same client",
                "Find out which day is right, and correct the other.",
                again,
            )
    for name, day in (
        ("discharges", "admit_day"),
        ("discharges", "discharge_day"),
        ("services", "start_day"),
        ("observations", "day"),
        ("followup", "start_day"),
        ("assessments", "day"),
    ):
        if name in tables:
            late = _late(tables[name], day, codes[name], death) & _counts(tables[name], day)
            yield from tables[name].problems(
                day, "is after the client's death", "Correct this day or the day of death.", late
            )


def _is(built: Built, column: str, code: str) -> _Bools:
    if column not in built.frame:
        return np.zeros(len(built.frame), dtype=bool)
    return (built.frame[column] == code).to_numpy(dtype=bool, na_value=False)


def _late(built: Built, day: str, codes: _Ints, death: _Ints) -> _Bools:
    days = built.frame[day]
    return np.asarray(held(days) & (codes >= 0) & (values(days) > death[codes]), dtype=bool)


def _counts(built: Built, day: str) -> _Bools:
    """Return which rows claim that the client was there."""
    frame = built.frame
    if built.table.name == "services" and "attended" in frame:
        return ~(frame["attended"] == False).to_numpy(dtype=bool, na_value=False)  # noqa: E712
    if built.table.name == "observations":
        return ~frame["finding"].isin(_NO_CONTACT).to_numpy(dtype=bool)
    if day == "discharge_day":
        return ~_is(built, "discharge_reason", "died")  # A second day of death is said as such.
    return np.ones(len(frame), dtype=bool)
