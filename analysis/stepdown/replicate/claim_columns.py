"""The columns of a claim, each computed alone, so that each can be kept and taken up again."""

import math
from collections.abc import Iterator

from stepdown.compare.sensitivity import e_value
from stepdown.errors import DesignError, EstimateError
from stepdown.replicate.claim import OPEN, RATIOS, Claim
from stepdown.replicate.claim_finding import (
    CITED,
    COLUMNS,
    DONE_RIGHT,
    NO_EFFECT,
    REAL,
    REBUILT,
    ClaimFinding,
)
from stepdown.replicate.claim_precision import claim_precision
from stepdown.replicate.done_right_column import done_right_column
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.real_column import real_column
from stepdown.replicate.simulated_columns import no_effect_column, rebuilt_column
from stepdown.study import Study

E_VALUE = "e_value"
INTERVAL = "interval at the stated n"
NOTHING_TO_BUILD = "The claim states no figure, so no cohort can be built to it."
NO_EXPOSURE = "The claim compares nobody, so there is no effect to take away."
AT_ONCE = (
    "The exposure is known by the day of discharge, so there is no immortal time: the comparison of the "
    "claim is a valid design, and what remains is who was selected for it."
)
BASELINE = (
    "What is compared is known from the first day, so there is no immortal time; who has it was still "
    "selected."
)
AT_LANDMARK = (
    "The ranking already reads care up to day {day} only, and relapse after it, so there is no immortal "
    "time; who comes to care was still selected."
)
NO_COMPARISON = "The claim compares nobody, so there is no design to correct."


def column_of(
    claim: Claim, study: Study | None, column: str, *, replicates: int, own: OwnCohort | None = None
) -> tuple[ClaimFinding, ...]:
    """Return the findings of one column of a claim; one that does not apply has the reason.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    study : Study or None
        Its study.
    column : str
        Of `COLUMNS`.
    replicates : int
        Cohorts of the columns that are simulated.
    own : OwnCohort or None
        A cohort of one's own, for the column "real".
    """
    try:
        return tuple(_found(claim, study, column, replicates, own))
    except (DesignError, EstimateError) as error:
        return (ClaimFinding(claim=claim.id, column=column, note=str(error)),)


def _found(
    claim: Claim, study: Study | None, column: str, replicates: int, own: OwnCohort | None
) -> Iterator[ClaimFinding]:
    if column not in COLUMNS:
        raise DesignError(f"There is no column {column}; columns are {', '.join(COLUMNS)}.")
    if column == CITED:
        return _cited(claim)
    if column == REAL:
        return real_column(claim, study, own)
    if claim.builder is None or (study is None and claim.builder != "completion"):
        return iter([ClaimFinding(claim=claim.id, column=column, note=NOTHING_TO_BUILD)])
    if column == REBUILT and claim.low is None and claim.margin is None:
        return iter([ClaimFinding(claim=claim.id, column=column, note=NOTHING_TO_BUILD)])
    if column == REBUILT:
        return rebuilt_column(claim, study, replicates=replicates)
    if column == NO_EFFECT:
        return _or_note(claim, column, no_effect_column(claim, study, replicates=replicates), NO_EXPOSURE)
    if claim.exposure == "after_discharge" and study is not None and study.plans:
        return done_right_column(claim, study)
    return iter([ClaimFinding(claim=claim.id, column=DONE_RIGHT, note=_not_needed(claim))])


def _not_needed(claim: Claim) -> str:
    if claim.measure == "ranking" and claim.world.landmark:
        return AT_LANDMARK.format(day=claim.world.landmark)
    if claim.exposure == "none":
        return NO_COMPARISON
    return AT_ONCE if claim.exposure == "at_discharge" else BASELINE


def _or_note(claim: Claim, column: str, found: Iterator[ClaimFinding], note: str) -> Iterator[ClaimFinding]:
    """Yield findings, or one with a note where there are none."""
    there = list(found)
    yield from there or [ClaimFinding(claim=claim.id, column=column, note=note)]


def _cited_value(claim: Claim, low: float, high: float) -> float:
    """Return the middle of a cited figure; of one with an open end its other end."""
    if low == 0 or (low < 1 and high == 1):
        return high if low == 0 else low
    if claim.measure == "ranking" or high >= OPEN:
        return low
    return math.sqrt(low * high) if claim.measure in RATIOS else (low + high) / 2


def _cited(claim: Claim) -> Iterator[ClaimFinding]:
    if claim.low is None or claim.high is None:
        note = (
            f"Differences up to {claim.margin:.2f} count as none." if claim.margin else "No figure is cited."
        )
        yield ClaimFinding(claim=claim.id, column=CITED, note=note)
        return
    # The ends of the figure as cited; its middle is what a cohort is built to.
    middle = _cited_value(claim, claim.low, claim.high)
    yield ClaimFinding(
        claim=claim.id, column=CITED, estimate=middle, low=claim.low, high=claim.high, n=claim.n or 0
    )
    found = claim_precision(claim)
    if claim.measure == "ratio" and claim.exposure == "after_discharge" and found is not None:
        strength = e_value(found.value, found.low, found.high)
        yield ClaimFinding(
            claim=claim.id, column=CITED, quantity=E_VALUE, estimate=strength.estimate, low=strength.limit,
            high=strength.limit,
        )  # fmt: skip
    if found is not None:
        note = f"Assuming {found.rests_on}; the source does not state it." if found.rests_on else ""
        yield ClaimFinding(
            claim=claim.id, column=CITED, variant=INTERVAL, estimate=found.value, low=found.low,
            high=found.high, n=claim.n or 0, note=note,
        )  # fmt: skip
    else:
        note = "The source states no number of people, so its figure has no interval."
        yield ClaimFinding(claim=claim.id, column=CITED, variant=INTERVAL, note=note)
