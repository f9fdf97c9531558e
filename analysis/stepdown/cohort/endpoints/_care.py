"""Endpoints that look at care and claims: admissions, emergency visits, tiers, and the composite."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from stepdown.cohort._link import floats, smallest
from stepdown.cohort.endpoints._admissions import Admissions, admissions, flag, stepped_up, transferred
from stepdown.cohort.endpoints._given import Given
from stepdown.cohort.endpoints._onset import Onset
from stepdown.cohort.endpoints._use import first_use

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIERS = ("definite", "probable", "possible")


def readmission(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
    """Return the first admission to withdrawal management or residential care that is not excused."""
    coming, gap = _any_admission(given), parameters["max_gap_days"]
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
    table = given.cohort.observations
    asked = _finding(given, "emergency", "admission") & flag(table, "principal_sud", True)
    return _claims(given, asked, parameters["max_gap_days"])


def claims_of(tier: str) -> Callable[[Given, str, Mapping[str, int]], Onset]:
    """Return the endpoint of a tier: claims at least as certain as it."""

    def claims(given: Given, missing: str, parameters: Mapping[str, int]) -> Onset:
        table = given.cohort.observations
        asked = np.zeros(len(table), dtype=bool)
        if "certainty" in table:
            asked = table["certainty"].isin(TIERS[: TIERS.index(tier) + 1]).to_numpy(dtype=bool)
            asked &= _finding(given, "positive", "emergency", "admission")
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
    return admissions(given, _finding(given, "admission"), with_stays=True)


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
