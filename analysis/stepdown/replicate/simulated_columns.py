"""Columns 2 and 3: a cohort built to the figure, and the same without any effect, many times over."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from stepdown.errors import DesignError
from stepdown.replicate.builders import Draw, built, null_worlds
from stepdown.replicate.claim import RATIOS, Claim
from stepdown.replicate.claim_estimates import claim_estimates
from stepdown.replicate.claim_finding import COVERAGE, NO_EFFECT, POWER, REBUILT, SOLVED, ClaimFinding
from stepdown.replicate.completed_stays import completion_estimates
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate
from stepdown.replicate.matched_sessions import MATCHED
from stepdown.replicate.varied_assumptions import varied_findings
from stepdown.replicate.worlds.rebuilt_people import as_cohort, chunks
from stepdown.replicate.worlds.selection import TEDS_LIKE
from stepdown.sources.teds_d import TedsDischarges
from stepdown.study import Study

SEED = 20_260_930
MOST_PEOPLE = 20_000
"""People of a replicate at most who are followed; tables of discharges have as many as cited."""
Estimates = list[tuple[ClaimEstimate, ...]]


def rebuilt_column(claim: Claim, study: Study | None, *, replicates: int) -> Iterator[ClaimFinding]:
    """Yield what the pipeline estimates from cohorts built to the figure.

    Parameters
    ----------
    claim : Claim
        With a builder.
    study : Study or None
        Its study, which knows nothing of the world; None for completion of treatment.
    replicates : int
        Cohorts.
    """
    world = built(claim, TEDS_LIKE)
    for name, value in world.solved.items():
        yield ClaimFinding(claim=claim.id, column=REBUILT, quantity=name, statistic=SOLVED, estimate=value)
    found = _estimated(claim, study, world.draw, replicates, seed=(1, 0))
    yield from _summaries(claim, found, column=REBUILT, variant="", asked=replicates)
    figures = [one[0] for one in found]
    if math.isfinite(claim.target):
        held = [one.low <= claim.target <= one.high for one in figures if math.isfinite(one.low)]
        yield from _share(claim, REBUILT, "", COVERAGE, held)
    yield from _concluding(claim, REBUILT, "", figures)


def no_effect_column(claim: Claim, study: Study | None, *, replicates: int) -> Iterator[ClaimFinding]:
    """Yield the same without any effect of the exposure, under each strength of selection.

    For each strength the world is solved to the figure anew, and then the effect is taken away. Of the timing
    of relapse, no effect is a constant hazard.
    """
    for place, (variant, world) in enumerate(null_worlds(claim).items()):
        for name, value in world.solved.items():
            yield ClaimFinding(
                claim=claim.id, column=NO_EFFECT, variant=variant, quantity=name, statistic=SOLVED,
                estimate=value,
            )  # fmt: skip
        found = _estimated(claim, study, world.draw, replicates, seed=(2, place))
        yield from _summaries(claim, found, column=NO_EFFECT, variant=variant, asked=replicates)
        yield from _concluding(claim, NO_EFFECT, variant, [one[0] for one in found])
    yield from varied_findings(claim)


def people_of(claim: Claim) -> int:
    """Return how many people a replicate of a claim has."""
    if claim.builder == MATCHED:
        return claim.world.n  # Among whom as many are matched as are cited.
    return claim.people if claim.builder == "completion" else min(claim.people, MOST_PEOPLE)


def _estimated(
    claim: Claim, study: Study | None, draw: Draw, replicates: int, *, seed: tuple[int, int]
) -> Estimates:
    """Return the estimates of each replicate; a replicate does not depend on the others."""
    number, size = int(claim.id[1:]), people_of(claim)
    found: Estimates = []
    for group in chunks(replicates, size):
        drawn = [draw(size, np.random.default_rng([SEED, number, *seed, one])) for one in group.tolist()]
        tables = [one for one in drawn if isinstance(one, TedsDischarges)]
        people = [one for one in drawn if not isinstance(one, TedsDischarges)]
        made: list[Callable[[], tuple[ClaimEstimate, ...]]] = []
        for table in tables:
            made.append(lambda table=table: completion_estimates(claim, table))  # type: ignore[misc]
        if people and study is not None:
            for part in DerivedClaim.of(as_cohort(people), study).replicates():
                made.append(lambda part=part: claim_estimates(claim, part))  # type: ignore[misc]
        for estimates in made:
            try:
                found.append(estimates())
            except DesignError:
                continue  # A replicate without an estimate counts as none; their number is reported.
    return found


def _summaries(
    claim: Claim, found: Estimates, *, column: str, variant: str, asked: int
) -> Iterator[ClaimFinding]:
    """Yield the mean over replicates, of ratios on the log scale, with percentiles."""
    names = list(dict.fromkeys(one.quantity for several in found for one in several))
    size = people_of(claim)
    for name in names:
        values = np.array([one.value for several in found for one in several if one.quantity == name])
        values = values[np.isfinite(values)]
        if not len(values):
            continue
        logs = _is_ratio(claim, name)
        inside = values[values > 0] if logs else values
        low, high = np.quantile(inside, [0.025, 0.975])
        mean = float(np.exp(np.log(inside).mean())) if logs else float(inside.mean())
        note = "" if len(values) == asked else f"{asked - len(values)} replicates have no estimate."
        yield ClaimFinding(
            claim=claim.id, column=column, variant=variant, quantity=name, estimate=mean, low=float(low),
            high=float(high), n=size, replicates=len(values), note=note,
        )  # fmt: skip


_RATIO_NAMES = (
    "odds_ratio", "risk_ratio", "crude_odds_ratio", "crude_risk_ratio", "rate_ratio", "abstinent_at_contact",
    "peak_ratio", "hazard_ratio_of_matched", "hazard_ratio_of_total", "hazard_ratio_by_landmark",
)  # fmt: skip


def _is_ratio(claim: Claim, quantity: str) -> bool:
    return (quantity == FIGURE and claim.measure in RATIOS) or quantity in _RATIO_NAMES


def _concluding(
    claim: Claim, column: str, variant: str, figures: list[ClaimEstimate]
) -> Iterator[ClaimFinding]:
    """Yield the share of replicates that conclude what the claim states, of claims that can be concluded.

    Of ratios: the interval excludes 1. Of equality: it lies within the margin. Of a rank: the predictor has
    it.
    """
    with_limits = [one for one in figures if math.isfinite(one.low)]
    if claim.measure in RATIOS:
        held = [not one.low <= 1.0 <= one.high for one in with_limits]
    elif claim.margin is not None:
        held = [max(abs(one.low), abs(one.high)) < claim.margin for one in with_limits]
    elif claim.measure == "ranking" and claim.high is not None:
        held = [one.value <= claim.high for one in figures]
    else:
        return
    yield from _share(claim, column, variant, POWER, held)


def _share(
    claim: Claim, column: str, variant: str, statistic: str, held: list[bool]
) -> Iterator[ClaimFinding]:
    if held:
        yield ClaimFinding(
            claim=claim.id, column=column, variant=variant, statistic=statistic,
            estimate=float(np.mean(held)), replicates=len(held),
        )  # fmt: skip
