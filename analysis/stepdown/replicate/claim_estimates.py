"""The figure of a claim from a derived cohort: one estimator a kind of claim, the same for every cohort.

Nothing is estimated here: designs, risks and contrasts are those of the pipeline, and what this module
adds is which of them is the figure of a claim, and what is reported beside it.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from stepdown.cohort.secondary import FIRST
from stepdown.cohort.secondary.abstinent_at import shares_at
from stepdown.compare import design
from stepdown.compare.simple_comparison import LABELS, naive_risks
from stepdown.errors import DesignError, EmptyArmError, EstimateError
from stepdown.replicate.claim import Claim
from stepdown.replicate.cohort_estimates import (
    difference_of_levels,
    gap_share,
    hazard_of_care,
    share_of_relapses,
    share_with_relapse,
    timing_of_relapse,
)
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate, estimate_of
from stepdown.replicate.exposure_days import ever_exposed
from stepdown.replicate.matched_sessions import MATCHED, matched_on_hours
from stepdown.replicate.predictor_ranks import rank_of_predictor
from stepdown.replicate.ratio_limits import Limits, odds_ratio_of_shares, ratio_of_shares
from stepdown.replicate.total_dose import total_dose
from stepdown.survival import aalen_johansen, contrast, risk


def claim_estimates(claim: Claim, derived: DerivedClaim) -> tuple[ClaimEstimate, ...]:
    """Return the figure of a claim first, then what is reported beside it.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    derived : DerivedClaim
        A cohort, or a replicate, derived by the claim's study.

    Raises
    ------
    DesignError
        The claim has no estimator, or the cohort does not allow the comparison.
    """
    found = _KINDS.get((claim.measure, claim.outcome)) or _KINDS.get((claim.measure, ""))
    if claim.builder == MATCHED:
        found = matched_on_hours
    if found is None:
        raise DesignError(
            f'{claim.id} has measure = "{claim.measure}" and outcome = "{claim.outcome}", which is not '
            "estimated. Correct one of them."
        )
    try:
        return tuple(found(claim, derived))
    except (EstimateError, EmptyArmError) as error:
        raise DesignError(str(error)) from None


def _day(claim: Claim, derived: DerivedClaim) -> int:
    return claim.day if claim.day is not None else derived.study.outcome.horizon


def _ever_never(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Compare those who were exposed at any time with all others, as such studies do."""
    course = ever_exposed(derived.people, derived.study)
    day, size = _day(claim, derived), len(course.days)
    found = naive_risks(course, day=day).table
    if "cause" in found:
        found = found[found["cause"].astype(str) == "1"]
    (one, one_error), (other, other_error) = (share_of(found, label) for label in LABELS)
    abstinent = claim.outcome == "abstinence"
    if abstinent:
        one, other = 1 - one, 1 - other
    if min(one, other) <= 0:
        raise EstimateError("A group has nobody with the outcome, so there is no ratio.")
    value, low, high = ratio_of_shares((one, one_error), (other, other_error))
    yield ClaimEstimate(quantity=FIGURE, value=value, low=low, high=high, n=size)
    yield ClaimEstimate(quantity="share_exposed", value=float(course.ever.mean()), n=size)
    yield ClaimEstimate(quantity="outcome_exposed", value=one, n=int(course.ever.sum()))
    yield ClaimEstimate(quantity="outcome_others", value=other, n=int((~course.ever).sum()))
    if abstinent:
        yield from _last_contact(derived, np.where(course.ever, 0, 1), day)


def _last_contact(derived: DerivedClaim, group: np.ndarray, day: int) -> Iterator[ClaimEstimate]:
    """Yield the same ratio of those without use in the 30 days up to the contact due on the day."""
    name = "abstinent_at_contact"
    try:
        found = shares_at(derived.visits, derived.people, group)
    except DesignError as error:
        yield ClaimEstimate(quantity=name, value=math.nan, note=str(error))
        return
    here = found[(found["visit"] == day) & (found["rule"] == "as_defined")].set_index("group")
    if len(here) < 2 or not (here["denominator"] > 0).all() or not (here["rate"] > 0).all():
        note = f"No contact was due on day {day}, or nobody had a result."
        yield ClaimEstimate(quantity=name, value=math.nan, note=note)
        return
    if (here["rate"] == 1).any():
        note = "Everyone with a result at that contact was abstinent: nobody is contacted after a relapse."
        yield ClaimEstimate(quantity=name, value=math.nan, note=note)
        return
    shares = [_with_error(here, place) for place in (0, 1)]
    value, low, high = ratio_of_shares(*shares)
    yield ClaimEstimate(quantity=name, value=value, low=low, high=high, n=int(here["denominator"].sum()))


def _with_error(table: pd.DataFrame, place: int) -> tuple[float, float]:
    rate, effect, size = (float(table[name][place]) for name in ("rate", "design_effect", "denominator"))
    return rate, math.sqrt(rate * (1 - rate) * effect / size)


def _first_sessions(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Compare who attends a first session by the day, by arms known at discharge."""
    arms = design(derived.people, derived.study)
    reading = arms.readings[0]
    rows, found = reading.followup.rows, derived.first
    label = np.array(arms.labels, dtype=object)[reading.arm]
    curves = aalen_johansen(found.days[rows], found.cause[rows], arm=label)
    risks = risk(curves, _day(claim, derived), cause=FIRST.index("session"))
    one, other = (share_of(risks.table, name) for name in arms.labels)
    if min(one[0], other[0]) <= 0:
        raise EstimateError("A group has nobody who attends, so there is no ratio.")
    row = contrast(risks, reference=arms.labels[-1], measures=["ratio"]).table.iloc[0]
    limits: Limits = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
    yield estimate_of(FIGURE, limits, len(rows))
    if max(one[0], other[0]) < 1:
        yield estimate_of("odds_ratio", odds_ratio_of_shares(one, other), len(rows))
    yield ClaimEstimate(quantity="share_exposed", value=float((reading.arm == 0).mean()), n=len(rows))
    yield ClaimEstimate(quantity="outcome_exposed", value=one[0], n=int((reading.arm == 0).sum()))
    yield ClaimEstimate(quantity="outcome_others", value=other[0], n=int((reading.arm == 1).sum()))


def share_of(table: pd.DataFrame, arm: str) -> tuple[float, float]:
    """Return the estimate of an arm with its standard error."""
    row = table[table["arm"].astype(str) == arm].iloc[0]
    return float(row["estimate"]), float(row["std_error"])


Kind = Callable[[Claim, DerivedClaim], Iterator[ClaimEstimate]]
_KINDS: dict[tuple[str, str], Kind] = {
    ("ratio", "abstinence"): _ever_never,
    ("ratio", "relapse"): _ever_never,
    ("ratio", "first_session"): _first_sessions,
    ("proportion", "relapse"): share_with_relapse,
    ("proportion", "abstinence"): share_with_relapse,
    ("share_of_events", ""): share_of_relapses,
    ("timing", ""): timing_of_relapse,
    ("attributable_share", ""): gap_share,
    ("equivalence", ""): difference_of_levels,
    ("time_varying_ratio", ""): hazard_of_care,
    ("ranking", ""): rank_of_predictor,
    ("dose_response", ""): total_dose,
}
