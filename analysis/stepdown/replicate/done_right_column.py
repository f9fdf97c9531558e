"""Column 4: the rebuilt cohort compared by designs that an exposure after discharge does not mislead.

One cohort of the cited size, or of 2,000 people where that is smaller (valid designs rest on fewer people
than they are given), with the effect that was solved, analyzed by the designs of the claim's study:
clone-censor-weight, a landmark, and care as a time-varying exposure. They are adjusted for the trait, which a
rebuilt cohort records; in real data part of what drives relapse and care is not recorded.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.compare import design
from stepdown.errors import DesignError
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows
from stepdown.estimate.time_varying_rows import time_varying_rows
from stepdown.replicate.builders import built
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_estimates import share_of
from stepdown.replicate.claim_finding import DONE_RIGHT, ClaimFinding
from stepdown.replicate.claim_studies import of_one_kind, without_weeks
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.matched_sessions import MATCHED, matched_on_hours
from stepdown.replicate.own_groups import dose_by_landmark
from stepdown.replicate.ratio_limits import ratio_of_shares
from stepdown.replicate.simulated_columns import MOST_PEOPLE, SEED
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, as_cohort
from stepdown.replicate.worlds.selection import TEDS_LIKE
from stepdown.schema import Cohort, read_care_rules
from stepdown.study import DesignChoice, Study

FEWEST = 2_000
"""People of the cohort at least."""
TRUTH, HAZARD_RATIO = "truth", "hazard_ratio"
IN_ORDER = ("landmark", "time_varying", "clone_censor_weight")


def done_right_column(claim: Claim, study: Study) -> Iterator[ClaimFinding]:
    """Yield the answer of each design to a rebuilt cohort, and the true one.

    Parameters
    ----------
    claim : Claim
        With an exposure after discharge and a builder.
    study : Study
        Its study.
    """
    world = built(claim, TEDS_LIKE)
    size = min(max(claim.people, FEWEST), MOST_PEOPLE)
    rng = np.random.default_rng([SEED, int(claim.id[1:]), 3])
    people = world.draw(size, rng)
    if not isinstance(people, RebuiltPeople):
        raise DesignError(f"{claim.id} is about stays, which are not followed, so no design applies.")
    cohort = as_cohort([people])
    if claim.measure == "dose_response":
        yield from dose_by_landmark(claim, study, cohort)
        return
    if world.true_ratio is not None:
        yield ClaimFinding(claim=claim.id, column=DONE_RIGHT, variant=TRUTH, estimate=world.true_ratio)
    if claim.builder == MATCHED:
        figure, *_ = matched_on_hours(claim, DerivedClaim.of(cohort, study), every=True)
        yield ClaimFinding(
            claim=claim.id, column=DONE_RIGHT, variant=MATCHED, estimate=figure.value, low=figure.low,
            high=figure.high, n=figure.n,
        )  # fmt: skip
        cohort = of_one_kind(cohort, claim.world.kind)
    yield from designs_of(claim, study, cohort, column=DONE_RIGHT)


def designs_of(
    claim: Claim, study: Study, cohort: Cohort, *, column: str, prefix: str = ""
) -> Iterator[ClaimFinding]:
    """Yield the answer of each design of a study to a cohort; a design that fails has its reason.

    Parameters
    ----------
    claim, study, cohort
        What is compared; the plans of the study are about care after discharge.
    column, prefix : str
        Of the findings: their column, and what their variant begins with.
    """
    asked = list(study.analysis.designs) if study.analysis else []
    derived = DerivedClaim.of(cohort, study)
    if not any(one.design == "landmark" for one in asked):
        asked.append(DesignChoice(design="landmark", day=study.plans[0].first_window))
    for choice in sorted(asked, key=lambda one: IN_ORDER.index(one.design)):
        variant = f"{prefix}{choice.design}"
        try:
            rows = _rows(cohort, derived.people, study, choice)
            yield _finding(claim, rows, study, choice, column, variant, len(derived.people.table))
        except DesignError as error:
            yield ClaimFinding(claim=claim.id, column=column, variant=variant, note=str(error))


def _rows(cohort: Cohort, people: People, study: Study, choice: DesignChoice) -> pd.DataFrame:
    if choice.design == "time_varying":
        return time_varying_rows(people, study, choice, cohort=cohort, rules=read_care_rules(None))
    if choice.design == "clone_censor_weight":
        return clone_censor_rows(people, study, choice)
    plain = study if not study.follows_care else without_weeks(study, landmark=choice.day or 1)
    return adjusted_rows(people, design(people, plain, choice=choice), plain)


def _finding(
    claim: Claim, rows: pd.DataFrame, study: Study, choice: DesignChoice, column: str, variant: str, n: int
) -> ClaimFinding:
    """Return the ratio of a claim's outcome from the rows of a design, or the hazard ratio of care."""
    rows = rows[rows["variant"] == ""]
    if choice.design == "time_varying":
        care = rows[(rows["estimand"] == "hazard_ratio") & (rows["term"] == "in this care")].iloc[0]
        return ClaimFinding(
            claim=claim.id, column=column, variant=variant, quantity=HAZARD_RATIO,
            estimate=float(care["estimate"]), low=float(care["conf_low"]), high=float(care["conf_high"]), n=n,
        )  # fmt: skip
    day = claim.day or study.outcome.horizon
    rows = rows[(rows["estimand"] == "risk") & (rows["time"] == day) & (rows["cause"] == "relapse")]
    shares = rows[rows["statistic"] == "estimate"]
    (one, one_error), (other, other_error) = (share_of(shares, label) for label in study.labels[:2])
    difference = rows[rows["statistic"] == "difference"].iloc[0]
    error = float(difference["std_error"])
    if claim.outcome == "abstinence":
        one, other = 1 - one, 1 - other
    if not min(one, other) > 0:
        raise DesignError("A group has nobody with the outcome, so there is no ratio.")
    if not math.isfinite(error):
        return ClaimFinding(
            claim=claim.id, column=column, variant=variant, estimate=one / other, n=n,
            note=str(difference["note"]),
        )  # fmt: skip
    value, low, high = ratio_of_shares((one, one_error), (other, other_error), difference_error=error)
    return ClaimFinding(
        claim=claim.id, column=column, variant=variant, estimate=value, low=low, high=high, n=n
    )
