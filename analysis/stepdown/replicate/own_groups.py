"""Claims without a figure in a cohort of one's own: effects in groups, by dose, completion by severity.

They have no verdict, since nothing is stated that an estimate could be held against; what the cohort says is
reported all the same. The numbers are those of the report's section on subgroups.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort.clustered_proportions import Clusters, proportions
from stepdown.cohort.followup import observable
from stepdown.errors import DesignError
from stepdown.estimate.context import Record
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_finding import DONE_RIGHT, REAL, ClaimFinding
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.report.labels import labels
from stepdown.results import bind
from stepdown.schema import Cohort
from stepdown.sections.subgroups.read import HOLM, INTERACTION, RESPONSE, SHRUNKEN, SO_FAR
from stepdown.sections.subgroups.rows import further_rows
from stepdown.study import Study

DIFFERENCE = "difference_in_risk"
FEWEST = 11


def groups_of(claim: Claim, study: Study, own: OwnCohort) -> Iterator[ClaimFinding]:
    """Yield what a cohort says of a claim that states no figure.

    Parameters
    ----------
    claim : Claim
        On effect modification, or a dose.
    study : Study
        On step-down care, adjusted for what the cohort holds.
    own : OwnCohort
        A cohort of one's own, which has the fields.
    """
    if claim.outcome == "completion":
        yield from _completed(claim, own)
        return
    names = [one.partition(".") for one in claim.fields]
    columns = tuple(column for table, _, column in names if table == "discharges")
    if claim.measure == "dose_response":
        columns = ()
    raw = study.model_dump(exclude_none=True) | {"subgroups": {"columns": columns}}
    if claim.measure != "dose_response":
        raw.pop("dose", None)
    found = _found(own.cohort, Study.parse(raw))
    made = (
        _dose(claim, found, column=REAL, prefix=f"{own.name}, ")
        if claim.measure == "dose_response"
        else _effects(claim, found, own)
    )
    yield from _or_reason(list(made), found)


def dose_by_landmark(claim: Claim, study: Study, cohort: Cohort) -> Iterator[ClaimFinding]:
    """Yield the hazard ratios of weeks of care known by the landmark in a rebuilt cohort, for column 4.

    Parameters
    ----------
    claim : Claim
        On a dose.
    study : Study
        With its landmark.
    cohort : Cohort
        Rebuilt.
    """
    found = _found(cohort, study)
    yield from _or_reason(list(_dose(claim, found, column=DONE_RIGHT, prefix="")), found)


def _found(cohort: Cohort, study: Study) -> list[Record]:
    derived = DerivedClaim.of(cohort, study)
    until = observable(cohort, derived.people)
    return list(further_rows(derived.people, study, lambda: bind([]), until))


def _or_reason(made: list[ClaimFinding], found: list[Record]) -> list[ClaimFinding]:
    if made:
        return made
    reasons = [str(row["note"]) for row in found if row.get("statistic") == "not_estimated"]
    raise DesignError(" ".join(dict.fromkeys(reasons)) or "No group has enough people.")


def _effects(claim: Claim, found: list[Record], own: OwnCohort) -> Iterator[ClaimFinding]:
    named = labels(own.cohort)
    for row in found:
        column, level = str(row.get("subgroup", "")), str(row.get("level", "")).replace("_", " ")
        label = named.get(column, column)
        value = float(row.get("estimate", np.nan))
        plain = (
            row["estimand"] == "risk"
            and row["statistic"] == "difference"
            and row.get("variant", "") != SHRUNKEN
        )
        if plain and np.isfinite(value):
            yield ClaimFinding(
                claim=claim.id, column=REAL, variant=f"{own.name}, {label}: {level}", quantity=DIFFERENCE,
                estimate=value, low=float(row["conf_low"]), high=float(row["conf_high"]), n=int(row["n"]),
            )  # fmt: skip
        test = row["estimand"] == INTERACTION and row["statistic"] == "p_value"
        if test and row.get("method") == HOLM and np.isfinite(value):
            yield ClaimFinding(
                claim=claim.id, column=REAL, variant=f"{own.name}, {label}: p of equal effects (Holm)",
                quantity="p_value", estimate=value,
            )  # fmt: skip


def _dose(claim: Claim, found: list[Record], *, column: str, prefix: str) -> Iterator[ClaimFinding]:
    mine = [row for row in found if row["estimand"] == RESPONSE and row.get("variant", "") != SO_FAR]
    doses = {row["term"]: float(row["estimate"]) for row in mine if row["statistic"] == "dose"}
    ratios = [row for row in mine if row["statistic"] == "ratio" and doses.get(row.get("term", ""), 0) > 0]
    # A few points of the curve are enough in words.
    for row in ratios[len(ratios) // 4 :: max(len(ratios) // 4, 1)]:
        term = row["term"]
        if term in doses:
            weeks = f"{doses[term]:g} weeks of care by day 28 against none"
            yield ClaimFinding(
                claim=claim.id, column=column, variant=f"{prefix}{weeks}", quantity="hazard_ratio_of_dose",
                estimate=float(row["estimate"]), low=float(row["conf_low"]), high=float(row["conf_high"]),
                n=int(row["n"]) if np.isfinite(row.get("n", np.nan)) else 0,
            )  # fmt: skip


def _completed(claim: Claim, own: OwnCohort) -> Iterator[ClaimFinding]:
    """Yield the share that completed treatment at each level and severity."""
    held = own.cohort.discharges
    known = held[["level", "severity", "discharge_reason"]].notna().all(axis=1)
    mine = held[known]
    groups = mine["level"].astype(str) + ", severity " + mine["severity"].astype(str)
    place, names = pd.factorize(groups, sort=True)
    client = pd.factorize(mine["client_id"])[0].astype(np.int64)
    among = Clusters.of(place.astype(np.int64), client, len(names))
    table = proportions((mine["discharge_reason"].astype(object) == "completed").to_numpy(), among)
    for name, row in zip(names, table.to_dict("records"), strict=True):
        if row["denominator"] >= FEWEST:
            yield ClaimFinding(
                claim=claim.id, column=REAL, variant=f"{own.name}, completed {name}", quantity="share",
                estimate=float(row["rate"]), low=float(row["conf_low"]), high=float(row["conf_high"]),
                n=int(row["denominator"]),
            )  # fmt: skip
