"""The figure of a claim on matched groups with equal session hours: risk ratio, difference and hazard ratio.

Those who attended a session of the claimed kind by a landmark are matched 1:1, on the hours of all other
sessions by then and on what is recorded, with those who did not. Both are followed and free of relapse at
the landmark, so that there is no immortal time. Pairs, risks and their intervals are those of the design
`matched`.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.compare.matching import compare_matched
from stepdown.errors import DesignError, EstimateError
from stepdown.replicate.claim import Claim
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate, estimate_of
from stepdown.replicate.worlds.rebuilt_people import TRAIT
from stepdown.survival import cox
from stepdown.survival.core.fit_warning import quiet

MATCHED, HOURS = "matched_hours", "session_hours"
OF_REBUILT = (TRAIT, "planned_hours")
LABELS = ("with rehearsal", "without")


def matched_on_hours(claim: Claim, derived: DerivedClaim, *, every: bool = False) -> Iterator[ClaimEstimate]:
    """Yield the risk ratio of matched people first, then what is reported beside it.

    Parameters
    ----------
    claim : Claim
        On a kind of session, read by the last day on which it may start.
    derived : DerivedClaim
        A cohort.
    every : bool
        Whether a rebuilt cohort is matched on what drives its selection, too; a cohort of one's own is always
        matched on all that its study adjusts for.

    Raises
    ------
    DesignError
        A group is too small.
    """
    kind, after = claim.world.kind, claim.world.within
    day = claim.day or derived.study.outcome.horizon
    table = derived.people.table
    there, hours = derived.sessions_of_kind(kind, after)
    days = table["days"].to_numpy(dtype=float)
    rows = np.flatnonzero(days > after)
    arm = np.where(there[rows], 0, 1)
    adjust = derived.study.analysis.adjust if derived.study.analysis else None
    names = [name for name in (adjust.covariates if adjust else ()) if every or name not in OF_REBUILT]
    given = table[names].iloc[rows].reset_index(drop=True).assign(**{HOURS: hours[rows]})
    given = given.loc[:, given.nunique() > 1]
    if min((arm == 0).sum(), (arm == 1).sum()) < 2 or given.empty:
        raise DesignError("Too few people with the kind of session, or without it, to match them on hours.")
    event = np.minimum(table["event"].to_numpy(dtype=np.int64), 2)[rows]
    found = compare_matched(
        days[rows] - after, event, arm, given, labels=LABELS, hazards=False,
        times=(day - after,), window=None, rmst=None,
    )  # fmt: skip
    mine = found.table[found.table["estimand"] == "risk"]
    pairs, size = int((found.weight[arm == 0] > 0).sum()), int((found.weight > 0).sum())
    for quantity, statistic in ((FIGURE, "ratio"), ("risk_difference", "difference")):
        row = mine[mine["statistic"] == statistic].iloc[0]
        limits = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
        if not math.isfinite(limits[0]):
            raise EstimateError("A group has nobody with the outcome, so there is no ratio.")
        yield estimate_of(quantity, limits, size)
    yield _hazard_ratio(days[rows] - after, event, arm, found.weight, day - after)
    for quantity, label in zip(("outcome_exposed", "outcome_others"), LABELS, strict=True):
        row = mine[(mine["statistic"] == "estimate") & (mine["strategy"] == label)].iloc[0]
        yield ClaimEstimate(quantity=quantity, value=float(row["estimate"]), n=pairs)
    yield ClaimEstimate(quantity="pairs", value=float(pairs), n=size)


def _hazard_ratio(
    days: np.ndarray, event: np.ndarray, arm: np.ndarray, weight: np.ndarray, last: int
) -> ClaimEstimate:
    kept = weight > 0
    happened = (event == 1) & (days <= last)
    with quiet():
        fit = cox(
            np.minimum(days, last)[kept], happened[kept],
            pd.DataFrame({"with": (arm == 0)[kept].astype(float)}), cluster=np.arange(int(kept.sum())),
        )  # fmt: skip
    row = fit.summary.iloc[0]
    limits = tuple(float(np.exp(row[name])) for name in ("coef", "conf_low", "conf_high"))
    return estimate_of("hazard_ratio_of_matched", (limits[0], limits[1], limits[2]), int(kept.sum()))
