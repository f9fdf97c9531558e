"""Relapse defined by a return to care: readmission, new treatment, claims, and the composite of all.

An admission is a stay of the client, or a finding of admission; those of one day are one admission, planned
if any record of the day is marked planned and none unplanned. The admission that began the discharge's own
stay does not count. Two kinds of admission are not relapses:

transfer
    it begins at most `max_gap_days` after a stay in withdrawal management or residential care ended, and is
    not marked unplanned;
step-up
    to residential care, marked planned, at most `max_gap_days` after PHP, IOP or outpatient care. An
    admission to withdrawal management is never one: it happens because of use. Nor is an admission that is
    not marked: clients in care would otherwise be excused more often than clients without, whatever the
    effect of care.

Stays are rows of the discharges; a missing level counts as residential, and a missing day of admission as
long ago.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import CareSpans
from stepdown.cohort.linkage import floats, smallest
from stepdown.cohort.relapse.daily.evidence import Given, Onset
from stepdown.cohort.relapse.daily.use_findings import first_use

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

INPATIENT = ("withdrawal", "residential")
STEP_DOWN = ("php", "iop", "outpatient")


def stays(given: Given, levels: tuple[str, ...]) -> CareSpans:
    """Return the stays of each discharge's client, its own among them, at some levels."""
    table = given.cohort.discharges
    level = table["level"].astype("object").fillna("residential")
    pairs = given.stays
    use = level.isin(levels).to_numpy(dtype=bool)[pairs.row]
    row, at = pairs.row[use], pairs.at[use]
    start, end = floats(table["admit_day"])[row], floats(table["discharge_day"])[row]
    ended = ~np.isnan(end)
    start = np.where(np.isnan(start), -np.inf, start)
    zero = given.zero[at]
    return CareSpans(at[ended], (start - zero)[ended], (end - zero)[ended])


def last_end(spans: CareSpans, at: Ints, day: Floats, *, before: bool) -> Floats:
    """Return the last day of any span that had begun on (or, with `before`, before) a day.

    Parameters
    ----------
    spans : CareSpans
        Spans of care.
    at, day : arrays (asked,)
        Discharge and day since time zero.
    before : bool
        Leave out spans that begin on the day itself.

    Returns
    -------
    array of float (asked,)
        Minus infinity where there is no such span.
    """
    asked = len(at)
    order = np.lexsort(
        (
            # Of one day, what counts must come first.
            np.r_[np.full(asked, 0 if before else 1), np.full(len(spans.at), 1 if before else 0)],
            np.r_[day, spans.start],
            np.r_[at, spans.at],
        )
    )
    ends = pd.Series(np.r_[np.full(asked, -np.inf), spans.end][order])
    latest = ends.groupby(np.r_[at, spans.at][order], sort=False).cummax().to_numpy()
    found = np.empty(len(order))
    found[order] = latest
    return found[:asked]


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
        Levels in any record of the day; all False where no level is known.
    planned, unplanned : array of bool (admissions,)
        Whether marked so; both False where not marked.
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
    """Return which rows have this value of a flag; a missing flag or column equals neither value."""
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
        Findings of admission to use.
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
    """Return which admissions continue a stay in withdrawal management or residential care."""
    ended = last_end(stays(given, INPATIENT), coming.at, coming.day, before=True)
    return (ended >= coming.day - gap) & ~coming.unplanned


def stepped_up(given: Given, coming: Admissions, gap: int) -> Bools:
    """Return which admissions are a planned step up from PHP, IOP or outpatient care."""
    received = given.care.at_levels(STEP_DOWN)
    lower = CareSpans(received.at, received.start, received.end)
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
    pairs = given.stays
    day = floats(table["admit_day"])[pairs.row] - given.zero[pairs.at]
    known = ~np.isnan(day)
    level = table["level"].astype("object").fillna("residential").iloc[pairs.row[known]]
    unmarked = np.zeros(int(known.sum()), dtype=bool)
    return _rows(pairs.at[known], day[known], level, unmarked, unmarked)


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


TIERS = ("definite", "probable", "possible")


def readmission(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first admission to withdrawal management or residential care that counts."""
    gap = parameters["max_gap_days"]
    return given.once(("readmission", gap), lambda: _readmission(given, gap))


def _readmission(given: Given, gap: int) -> Onset:
    coming = _any_admission(given)
    counts = coming.withdrawal | coming.residential
    counts &= ~transferred(given, coming, gap) & ~stepped_up(given, coming, gap)
    return _dated(coming.select(counts).first(given.size))


def treatment_return(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first admission to care that is not step-down care, and no transfer."""
    coming = _any_admission(given)
    counts = coming.withdrawal | coming.residential | ~coming.step_down
    counts &= ~transferred(given, coming, parameters["max_gap_days"])
    return _dated(coming.select(counts).first(given.size))


def sud_claim(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first emergency or inpatient claim with a substance use disorder as principal diagnosis."""
    gap = parameters["max_gap_days"]
    return given.once(("sud_claim", gap), lambda: _sud_claim(given, gap))


def _sud_claim(given: Given, gap: int) -> Onset:
    principal = flag(given.cohort.observations, "principal_sud", True)
    return _claims(given, _finding(given, "emergency", "admission") & principal, gap)


def claims_of(tier: str) -> Callable[[Given, str, Mapping[str, int]], Onset]:
    """Return the endpoint of a tier: claims at least as certain as it."""

    def claims(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
        table = given.cohort.observations
        asked = np.zeros(len(table), dtype=bool)
        if "certainty" in table:
            asked = table["certainty"].isin(TIERS[: TIERS.index(tier) + 1]).to_numpy(dtype=bool)
            asked = asked & _finding(given, "positive", "emergency", "admission")
            if tier == TIERS[-1]:
                asked |= _finding(given, "positive") & table["certainty"].isna().to_numpy(dtype=bool)
        return _claims(given, asked, parameters["max_gap_days"])

    return claims


def composite(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first of use, readmission and an emergency or inpatient claim."""
    parts = (
        first_use(given, missing, parameters),
        readmission(given, "as_defined", parameters),
        sud_claim(given, "as_defined", parameters),
    )
    return Onset(
        earliest=np.min([part.earliest for part in parts], axis=0),
        latest=np.min([part.latest for part in parts], axis=0),
        confirmed=np.min([part.confirmed for part in parts], axis=0),
        end=parts[0].end,
    )


def _dated(day: Floats) -> Onset:
    return Onset(earliest=day, latest=day, confirmed=day)


def _finding(given: Given, *names: str) -> Bools:
    return given.cohort.observations["finding"].isin(names).to_numpy(dtype=bool)


def _any_admission(given: Given) -> Admissions:
    return given.once("admissions", lambda: admissions(given, _finding(given, "admission"), with_stays=True))


def _claims(given: Given, asked: Bools, gap: int) -> Onset:
    """Return the first of these claims, without admissions that are transfers."""
    table, pairs = given.cohort.observations, given.findings
    asked = asked & (table["source"] == "claim").to_numpy(dtype=bool, na_value=False)
    coming = admissions(given, asked & _finding(given, "admission"), with_stays=False)
    admitted = coming.select(~transferred(given, coming, gap)).first(given.size)
    use = (asked & ~_finding(given, "admission"))[pairs.row]
    row, at = pairs.row[use], pairs.at[use]
    day = floats(table["day"])[row] - given.zero[at]
    after = day >= given.first_day
    return _dated(np.minimum(admitted, smallest(at[after], day[after], given.size)))
