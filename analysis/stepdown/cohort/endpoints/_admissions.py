"""Admissions to care after time zero, and which of them are no return.

An admission is a stay of the client, or a finding of admission; those of one day are one admission, planned
if any of them says so and none says the contrary. The admission with which the discharge's own stay began
is none.

Two kinds are excused:

transfer
    it begins at most `max_gap_days` after a stay in withdrawal management or residential care ended, and is
    not marked unplanned;
step-up
    to residential care, marked planned, at most `max_gap_days` after PHP, IOP or outpatient care. An
    admission to withdrawal management is never one: it happens because of use. Nor is one whose plan is
    unknown: people in care would else be excused more often than people without, whatever care does.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._link import floats, link
from stepdown.cohort.endpoints._given import Given
from stepdown.cohort.endpoints._stays import INPATIENT, STEP_DOWN, last_end, sessions, stays, together

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class Admissions:
    """Admissions in order of discharge and day, one a day.

    Attributes
    ----------
    at : array of int (admissions,)
        Row of the discharges.
    day : array of float (admissions,)
        Day since time zero.
    withdrawal, residential, step_down : array of bool (admissions,)
        Levels of which any record of the day tells; none of them where no level is known.
    planned, unplanned : array of bool (admissions,)
        What the records say; neither where nothing is said.
    """

    at: Ints
    day: Floats
    withdrawal: Bools
    residential: Bools
    step_down: Bools
    planned: Bools
    unplanned: Bools

    def select(self, keep: Bools) -> "Admissions":
        """Return some of them."""
        return Admissions(**{name: values[keep] for name, values in vars(self).items()})

    def first(self, size: int) -> Floats:
        """Return the day of the first, by discharge; infinity for none."""
        out = np.full(size, np.inf)
        np.minimum.at(out, self.at, self.day)
        return out


def flag(table: pd.DataFrame, name: str, value: bool) -> Bools:
    """Tell which rows say this; a missing flag, or column, says nothing."""
    if name not in table:
        return np.zeros(len(table), dtype=bool)
    return (table[name] == value).to_numpy(dtype=bool, na_value=False)


def admissions(given: Given, found: Bools, *, with_stays: bool) -> Admissions:
    """Return the admissions on or after the first day that counts.

    Parameters
    ----------
    given : Given
        Discharges with all tables.
    found : array of bool (observations,)
        Findings of admission that are asked for.
    with_stays : bool
        Whether stays count, beside findings.

    Returns
    -------
    Admissions
    """
    rows = _from_findings(given, found)
    if with_stays:
        rows = pd.concat([rows, _from_stays(given)], ignore_index=True)
    own = floats(given.table["admit_day"]) - given.zero
    rows = rows[(rows["day"] >= given.first_day) & (rows["day"] != own[rows["at"].to_numpy()])]
    days = rows.groupby(["at", "day"], sort=True).any().reset_index()
    return Admissions(
        at=days["at"].to_numpy(dtype=np.int64),
        day=days["day"].to_numpy(dtype=np.float64),
        withdrawal=days["withdrawal"].to_numpy(dtype=bool),
        residential=days["residential"].to_numpy(dtype=bool),
        step_down=days["step_down"].to_numpy(dtype=bool),
        planned=(days["planned"] & ~days["unplanned"]).to_numpy(dtype=bool),
        unplanned=days["unplanned"].to_numpy(dtype=bool),
    )


def transferred(given: Given, coming: Admissions, gap: int) -> Bools:
    """Tell which admissions go on from a stay in withdrawal management or residential care."""
    ended = last_end(stays(given, INPATIENT), coming.at, coming.day, before=True)
    return (ended >= coming.day - gap) & ~coming.unplanned


def stepped_up(given: Given, coming: Admissions, gap: int) -> Bools:
    """Tell which admissions are a planned step up from PHP, IOP or outpatient care."""
    lower = together(sessions(given, STEP_DOWN), stays(given, STEP_DOWN))
    ended = last_end(lower, coming.at, coming.day, before=False)
    near = (ended >= coming.day - gap) & coming.planned
    return near & coming.residential & ~coming.withdrawal


def _from_findings(given: Given, found: Bools) -> pd.DataFrame:
    table, pairs = given.cohort.observations, given.findings
    use = found[pairs.row]
    row, at = pairs.row[use], pairs.at[use]
    day = floats(table["day"])[row] - given.zero[at]
    level = table["level"] if "level" in table else pd.Series(pd.NA, index=table.index, dtype="object")
    return _rows(
        at, day, level.iloc[row], flag(table, "planned", True)[row], flag(table, "planned", False)[row]
    )


def _from_stays(given: Given) -> pd.DataFrame:
    table = given.cohort.discharges
    pairs = link(given.table, table)
    day = floats(table["admit_day"])[pairs.row] - given.zero[pairs.at]
    known = ~np.isnan(day)
    level = table["level"].astype("object").fillna("residential").iloc[pairs.row[known]]
    silent = np.zeros(int(known.sum()), dtype=bool)
    return _rows(pairs.at[known], day[known], level, silent, silent)


def _rows(at: Ints, day: Floats, level: pd.Series, planned: Bools, unplanned: Bools) -> pd.DataFrame:
    level = level.reset_index(drop=True)
    return pd.DataFrame(
        {
            "at": at,
            "day": day,
            "withdrawal": level.eq("withdrawal").to_numpy(dtype=bool, na_value=False),
            "residential": level.eq("residential").to_numpy(dtype=bool, na_value=False),
            "step_down": level.isin(STEP_DOWN).to_numpy(dtype=bool),
            "planned": planned,
            "unplanned": unplanned,
        }
    )
