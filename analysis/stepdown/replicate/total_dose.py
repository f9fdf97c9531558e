"""Total weeks of care against relapse, as longer treatment is often judged, and weeks by a landmark.

The total is known only at the end: a relapse ends care, so that those who relapse late, or never, had
time for more of it. Those with at least 90 days of care are compared with those who started and had
fewer, over a year from discharge. By landmark the weeks of the first 28 days are counted, and relapse
after them, as the section on dose does.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.compare.subgroups.care_dose import care_dose
from stepdown.errors import DesignError
from stepdown.replicate.claim import Claim
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate, estimate_of
from stepdown.replicate.ratio_limits import ratio_of_shares
from stepdown.survival import cox, kaplan_meier, risk
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Bools, Floats

NINETY_DAYS, WEEK, LANDMARK = 90, 7, 28


def total_dose(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the ratio of abstinence by whether care lasted 90 days, then hazard ratios of 4 weeks of care.

    Parameters
    ----------
    claim : Claim
        On a dose.
    derived : DerivedClaim
        A cohort with care in spans.

    Raises
    ------
    DesignError
        The study reads no care, or a group is empty.
    """
    people, dose = derived.people, derived.study.dose
    if people.care is None or dose is None:
        raise DesignError("The study has no dose of care. Add [dose].")
    day = claim.day or derived.study.outcome.horizon
    table, size = people.table, len(people.table)
    days, event = table["days"].to_numpy(dtype=float), (table["event"] == 1).to_numpy()
    weeks = care_dose(people.care, size=size, landmark=day, measure=dose.measure, levels=dose.levels)
    first, last = _span(people.care, size)
    started, long = np.isfinite(first), last - first + 1 >= NINETY_DAYS
    if not (long & started).any() or (long | ~started).all():
        raise DesignError(
            "Of those who started care all had 90 days of it, or none, so there is no comparison."
        )
    risks = risk(
        kaplan_meier(days[started], event[started], np.where(long[started], "long", "short")), day
    ).table.set_index("arm")
    shares = [
        (1 - float(risks["estimate"][name]), float(risks["std_error"][name])) for name in ("long", "short")
    ]
    if min(value for value, _ in shares) <= 0:
        raise DesignError("A group has nobody who stays abstinent, so there is no ratio.")
    yield estimate_of(FIGURE, ratio_of_shares(*shares), int(started.sum()))
    if len(np.unique(weeks)) > 1:
        yield _per_month("hazard_ratio_of_total", days, event, weeks)
    known = days > LANDMARK
    early = care_dose(people.care, size=size, landmark=LANDMARK, measure=dose.measure, levels=dose.levels)
    if len(np.unique(early[known])) > 1:
        yield _per_month("hazard_ratio_by_landmark", days[known], event[known], early[known])
    yield ClaimEstimate(quantity="outcome_exposed", value=shares[0][0], n=int((long & started).sum()))
    yield ClaimEstimate(quantity="outcome_others", value=shares[1][0], n=int((started & ~long).sum()))


def _span(care: pd.DataFrame, size: int) -> tuple[Floats, Floats]:
    """Return the first and the last day of care of each person, infinite for none."""
    first, last = np.full(size, np.inf), np.full(size, -np.inf)
    row = care["row"].to_numpy()
    np.minimum.at(first, row, np.maximum(care["start"].to_numpy(dtype=float), 0.0))
    np.maximum.at(last, row, care["end"].to_numpy(dtype=float))
    return first, last


def _per_month(quantity: str, days: Floats, event: Bools, weeks: Floats) -> ClaimEstimate:
    with quiet():
        fit = cox(days, event, pd.DataFrame({"dose": weeks / 4}))
    row = fit.summary.iloc[0]
    value, low, high = (float(np.exp(row[name])) for name in ("coef", "conf_low", "conf_high"))
    return estimate_of(quantity, (value, low, high), len(days))
