"""Column 5: the same estimand from real data, or why there is none, and the verdict by the written rules."""

import math
from collections.abc import Iterator, Sequence

from stepdown.errors import DesignError
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_finding import REAL, ClaimFinding
from stepdown.replicate.claim_studies import for_own_cohort, of_one_kind
from stepdown.replicate.completed_stays import completion_estimates, in_teds_codes
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.done_right_column import designs_of
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate
from stepdown.replicate.matched_sessions import MATCHED
from stepdown.replicate.own_cohort import SYNTHETIC, OwnCohort
from stepdown.replicate.own_groups import groups_of
from stepdown.replicate.public_data import LOSS_AS_RELAPSE, NAMES, TABLES, public_cohort, teds_d
from stepdown.replicate.registry import labels_of, missing_fields
from stepdown.replicate.verdict import NOT_JUDGED, RealEstimate, Verdict, judge
from stepdown.schema import Cohort
from stepdown.sources.teds_d import TedsDischarges
from stepdown.study import Study

NOT_HERE = "The data are not here. Set STEPDOWN_REAL_DATA to the folder that holds them."
NO_FOLLOWUP = "It records nothing after discharge, so that it answers questions on completion alone."
OTHER_PEOPLE = "It has the fields, but not the people of the claim."


def real_column(claim: Claim, study: Study | None, own: OwnCohort | None) -> Iterator[ClaimFinding]:
    """Yield the figure of a claim from each source of real data, or the reason why it has none.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    study : Study or None
        Its study; None where nothing is analyzed.
    own : OwnCohort or None
        A cohort of one's own.
    """
    for name in TABLES:
        found = public_cohort(name)
        if found is None:
            yield _none(claim, NAMES[name], NOT_HERE)
        elif lacking := missing_fields(claim, found):
            yield _none(claim, NAMES[name], _lacks(lacking))
        elif name not in claim.real or study is None:
            yield _none(claim, NAMES[name], OTHER_PEOPLE)
        else:
            yield from _of(claim, study, found, NAMES[name])
    if claim.builder == "completion":
        yield from _discharges(claim, teds_d(), "TEDS-D")
    else:
        yield _none(claim, "TEDS-D", NO_FOLLOWUP)
    if own is not None:
        yield from _own(claim, study, own)


def _own(claim: Claim, study: Study | None, own: OwnCohort) -> Iterator[ClaimFinding]:
    if lacking := missing_fields(claim, own.cohort):
        yield _none(claim, own.name, _lacks(lacking))
        return
    if claim.builder == "completion":
        yield from _discharges(claim, own.cohort, own.name)
        return
    if study is None:
        yield _none(claim, own.name, "The claim states no figure that a study could estimate.")
        return
    if claim.measure in ("effect_modification", "dose_response"):
        try:
            yield from groups_of(claim, for_own_cohort(study, own.cohort), own)
        except DesignError as error:
            yield _none(claim, own.name, str(error))
        return
    adapted, cohort = for_own_cohort(study, own.cohort), of_one_kind(own.cohort, claim.world.kind)
    yield from _of(claim, adapted, own.cohort if claim.builder == MATCHED else cohort, own.name)
    if claim.exposure == "after_discharge" and adapted.plans:
        try:
            yield from designs_of(claim, adapted, cohort, column=REAL, prefix=f"{own.name}, ")
        except DesignError as error:
            yield _none(claim, f"{own.name}, designs", str(error))


def _discharges(claim: Claim, held: TedsDischarges | Cohort | None, source: str) -> Iterator[ClaimFinding]:
    """Yield the figure of a claim on completion of treatment."""
    if held is None:
        yield _none(claim, source, NOT_HERE)
        return
    try:
        table = in_teds_codes(held) if isinstance(held, Cohort) else held
        found = completion_estimates(claim, table)
    except DesignError as error:
        yield _none(claim, source, str(error))
        return
    year = f" {table.years[-1]}" if table.years else ""
    yield from _findings(claim, f"{source}{year}", found)


def _of(claim: Claim, study: Study, cohort: Cohort, source: str) -> Iterator[ClaimFinding]:
    try:
        found = claim_estimates(claim, DerivedClaim.of(cohort, study))
    except DesignError as error:
        yield _none(claim, source, str(error))
        return
    yield from _findings(claim, source, found)


def _findings(claim: Claim, source: str, found: Sequence[ClaimEstimate]) -> Iterator[ClaimFinding]:
    for one in found:
        yield ClaimFinding(
            claim=claim.id, column=REAL, variant=source, quantity=one.quantity, estimate=one.value,
            low=one.low, high=one.high, n=one.n, note=one.note,
        )  # fmt: skip


def _lacks(lacking: tuple[str, ...]) -> str:
    return f"It does not record: {', '.join(labels_of(lacking))}."


def _none(claim: Claim, source: str, note: str) -> ClaimFinding:
    return ClaimFinding(claim=claim.id, column=REAL, variant=source, note=note)


def verdicts(claim: Claim, found: Sequence[ClaimFinding], own: OwnCohort | None) -> dict[str, Verdict]:
    """Return the verdict of each source of real data that has an estimate of the figure.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    found : sequence of ClaimFinding
        Of its column "real".
    own : OwnCohort or None
        A cohort of one's own; a synthetic one gives no verdict.
    """
    made = {}
    for one in found:
        synthetic = own is not None and not own.real and one.variant.startswith(own.name)
        mine = one.column == REAL and one.quantity == FIGURE and ", " not in one.variant
        if mine and math.isfinite(one.low) and not synthetic:
            estimate = RealEstimate(
                value=one.estimate, low=one.low, high=one.high, source=one.variant,
                loss_as_relapse=one.variant in LOSS_AS_RELAPSE,
            )  # fmt: skip
            made[one.variant] = judge(claim, estimate)
    return made


def overall(claim: Claim, found: Sequence[ClaimFinding], own: OwnCohort | None) -> Verdict:
    """Return the verdict of a claim: of one's own cohort where it has one, else of the first public data."""
    made = verdicts(claim, found, own)
    if own is not None and own.name in made:
        return made[own.name]
    if made:
        return next(iter(made.values()))
    if claim.not_recorded or (claim.low is None and claim.margin is None):
        return judge(claim, None)
    reasons = dict.fromkeys(
        f"{one.variant}: {one.note}"
        for one in found
        if one.column == REAL and one.note and one.quantity == FIGURE and ", " not in one.variant
    )
    more = (SYNTHETIC,) if own is not None and not own.real else ()
    return Verdict(verdict=NOT_JUDGED, reason=" ".join((*reasons, *more)) or "No real data answer it.")
