"""Columns 2 and 3: a cohort built to the figure, and the same without any effect, many times over."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from stepdown.errors import DesignError
from stepdown.replicate.builders import Draw, built
from stepdown.replicate.claim import RATIOS, Claim
from stepdown.replicate.claim_estimates import FIGURE, ClaimEstimate, claim_estimates
from stepdown.replicate.claim_finding import COVERAGE, NO_EFFECT, POWER, REBUILT, SOLVED, ClaimFinding
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.worlds.rebuilt_people import as_cohort, chunks
from stepdown.replicate.worlds.selection import SELECTION, TEDS_LIKE
from stepdown.study import Study

SEED = 20_260_930
MOST_PEOPLE = 20_000
"""People of a replicate at most."""
Estimates = list[tuple[ClaimEstimate, ...]]


def rebuilt_column(claim: Claim, study: Study, *, replicates: int) -> Iterator[ClaimFinding]:
    """Yield what the pipeline estimates from cohorts built to the figure.

    Parameters
    ----------
    claim : Claim
        With a builder.
    study : Study
        Its study, which knows nothing of the world.
    replicates : int
        Cohorts.
    """
    world = built(claim, TEDS_LIKE)
    for name, value in world.solved.items():
        yield ClaimFinding(claim=claim.id, column=REBUILT, quantity=name, statistic=SOLVED, estimate=value)
    found = _estimated(claim, study, world.draw, replicates, seed=(1, 0))
    yield from _summaries(claim, found, column=REBUILT, variant="", asked=replicates)
    figures = [one[0] for one in found]
    held = [one.low <= claim.target <= one.high for one in figures if math.isfinite(one.low)]
    yield _share(claim, REBUILT, "", COVERAGE, held)
    yield from _excluding(claim, REBUILT, "", figures)


def no_effect_column(claim: Claim, study: Study, *, replicates: int) -> Iterator[ClaimFinding]:
    """Yield the same without any effect of the exposure, under each strength of selection.

    For each strength the world is solved to the figure anew, and then the effect is taken away.
    """
    for place, variant in enumerate(SELECTION):
        world = built(claim, variant)
        if world.draw_without_effect is None:
            return
        for name, value in world.solved.items():
            yield ClaimFinding(
                claim=claim.id, column=NO_EFFECT, variant=variant, quantity=name, statistic=SOLVED,
                estimate=value,
            )  # fmt: skip
        found = _estimated(claim, study, world.draw_without_effect, replicates, seed=(2, place))
        yield from _summaries(claim, found, column=NO_EFFECT, variant=variant, asked=replicates)
        figures = [one[0] for one in found]
        yield from _excluding(claim, NO_EFFECT, variant, figures)


def _estimated(
    claim: Claim, study: Study, draw: Draw, replicates: int, *, seed: tuple[int, int]
) -> Estimates:
    """Return the estimates of each replicate; a replicate does not depend on the others."""
    number = int(claim.id[1:])
    size = min(claim.people, MOST_PEOPLE)
    found: Estimates = []
    for group in chunks(replicates, size):
        drawn = [draw(size, np.random.default_rng([SEED, number, *seed, one])) for one in group.tolist()]
        for part in DerivedClaim.of(as_cohort(drawn), study).replicates():
            try:
                found.append(claim_estimates(claim, part))
            except DesignError:
                continue  # A replicate without an estimate counts as none; the number of them is reported.
    return found


def _summaries(
    claim: Claim, found: Estimates, *, column: str, variant: str, asked: int
) -> Iterator[ClaimFinding]:
    """Yield the mean over replicates, of ratios on the log scale, with percentiles."""
    names = list(dict.fromkeys(one.quantity for several in found for one in several))
    size = min(claim.people, MOST_PEOPLE)
    for name in names:
        values = np.array([one.value for several in found for one in several if one.quantity == name])
        values = values[np.isfinite(values)]
        if not len(values):
            continue
        onto, back = _scale(claim, name)
        inside = values[values > 0] if onto is np.log else values
        low, high = np.quantile(inside, [0.025, 0.975])
        note = "" if len(values) == asked else f"{asked - len(values)} replicates have no estimate."
        yield ClaimFinding(
            claim=claim.id, column=column, variant=variant, quantity=name,
            estimate=float(back(onto(inside).mean())), low=float(low), high=float(high), n=size,
            replicates=len(values), note=note,
        )  # fmt: skip


_RATIO_NAMES = ("odds_ratio", "abstinent_at_contact", "rate_ratio", "risk_ratio")


def _scale(
    claim: Claim, quantity: str
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    logs = (quantity == FIGURE and claim.measure in RATIOS) or quantity in _RATIO_NAMES
    return (np.log, np.exp) if logs else (np.asarray, np.asarray)


def _excluding(
    claim: Claim, column: str, variant: str, figures: list[ClaimEstimate]
) -> Iterator[ClaimFinding]:
    """Yield the share of intervals that exclude no effect, of claims that have one."""
    none = 1.0 if claim.measure in RATIOS else None
    if none is None:
        return
    apart = [not one.low <= none <= one.high for one in figures if math.isfinite(one.low)]
    yield _share(claim, column, variant, POWER, apart)


def _share(claim: Claim, column: str, variant: str, statistic: str, held: list[bool]) -> ClaimFinding:
    value = float(np.mean(held)) if held else math.nan
    return ClaimFinding(
        claim=claim.id, column=column, variant=variant, statistic=statistic, estimate=value,
        replicates=len(held),
    )  # fmt: skip
