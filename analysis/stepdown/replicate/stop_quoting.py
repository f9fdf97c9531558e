"""Which claims should be quoted least, and why: every number is looked up in the findings."""

import math
from collections.abc import Iterator, Sequence

from stepdown.replicate.claim import RATIOS
from stepdown.replicate.claim_finding import REAL, ClaimFinding
from stepdown.replicate.claim_words import (
    assumed_ranges,
    by_selection,
    design_share,
    interval,
    part_in_words,
    parts_in_words,
    shown,
    typical,
    varied,
)
from stepdown.replicate.public_data import NAMES, SENTENCES
from stepdown.replicate.replication import ClaimResult
from stepdown.replicate.total_dose import NINETY_DAYS
from stepdown.replicate.verdict import DIFFERS
from stepdown.replicate.worlds.selection import SELECTION
from stepdown.results.words import listed


def stop_quoting(results: Sequence[ClaimResult], *, most: int = 3) -> list[tuple[ClaimResult, str]]:
    """Return the claims that should be quoted least, each with the reason.

    Those come first that their design alone produces, then those that real data differ from, then odds
    ratios that are quoted as "times as likely".
    """
    found = [(one, quoting(one)) for one in sorted(results, key=rank_of)]
    return [(one, words) for one, words in found if words][:most]


def quoting(result: ClaimResult) -> str:
    """Return why a claim should not be quoted; empty where nothing speaks against it."""
    reasons = []
    if result.verdict.verdict == DIFFERS:
        reasons.append(f"Real data differ from it. {result.verdict.reason} {_about(result)}".rstrip())
    if _made_by_design(result):
        reasons += [words for words in _by_design(result) if words]
    if (one := _as_risk_ratio(result)) is not None:
        reasons.append(
            f"{shown(result.claim.target)} is an odds ratio. {one.variant} gives a risk ratio of "
            f"{interval(one)}: that is how many times as likely it is."
        )
    return " ".join(reasons)


def _made_by_design(result: ClaimResult) -> bool:
    """Return whether the design alone produces half of a figure, or a difference where no figure is cited."""
    one, claim = typical(result), result.claim
    if one is None or claim.exposure == "none":
        return False
    if claim.measure == "dose_response":
        return all(each.low > 1 for each in by_selection(result) or (one,))
    return design_share(claim, one) >= 0.5


def _by_design(result: ClaimResult) -> Iterator[str]:
    """Yield how much of a figure the design produces, and why."""
    one, claim, three = typical(result), result.claim, by_selection(result)
    if one is None:
        return
    values = interval(one)
    if three:
        estimates = listed([shown(each.estimate) for each in three])
        values = f"{estimates} under {listed(list(SELECTION))} selection of clients"
    if claim.measure == "dose_response":
        yield (
            f"In a simulated cohort in which care does nothing, those with at least {NINETY_DAYS} days of it "
            "are abstinent for a year more often than those who started and had fewer: by a ratio of "
            f"{values}."
        )
    else:
        yield (
            f"In a simulated cohort in which the exposure does nothing, the same comparison gives {values}: "
            f"the design alone produces {parts_in_words(claim, three or (one,))} of the figure."
        )
    if claim.builder in ("care_after_discharge", "dose"):
        yield "A relapse ends or prevents the care, so those who relapse early are counted as without it."
    yield _at_least(result)


def _as_risk_ratio(result: ClaimResult) -> ClaimFinding | None:
    """Return the risk ratio of real data that excludes a figure which is an odds ratio; None for none."""
    claim = result.claim
    if claim.assumed is None or not claim.assumed.odds or result.verdict.verdict == DIFFERS:
        return None
    found = (one for one in result.of(REAL) if one.quantity == "risk_ratio" and math.isfinite(one.low))
    return next((one for one in found if not one.low <= claim.target <= one.high), None)


def _at_least(result: ClaimResult) -> str:
    """Return the least that the design gives over all that was tried; empty where nothing else was."""
    claim, found = result.claim, varied(result)
    if not found or claim.measure not in RATIOS or claim.target <= 1:
        return ""
    least = min(found, key=lambda one: one.low)
    part = part_in_words(math.log(least.low) / math.log(claim.target))
    return (
        f"The source does not state all that this rests on. {assumed_ranges(claim)}, the design alone "
        f"gives at least {shown(least.low)}, {part} of the figure."
    )


def _about(result: ClaimResult) -> str:
    """Return what has to be known of the public data that a verdict rests on."""
    for name, sentence in SENTENCES.items():
        if result.verdict.reason.startswith(NAMES[name]):
            return sentence
    return ""


def rank_of(result: ClaimResult) -> tuple[int, float]:
    """Order claims by how much speaks against quoting them, the most first."""
    one = typical(result)
    share = math.nan if one is None else design_share(result.claim, one)
    part = share if math.isfinite(share) else 0.0
    if _made_by_design(result):
        return 0, -part
    if result.verdict.verdict == DIFFERS:
        return 1, -part
    return (2 if _as_risk_ratio(result) is not None else 3), -part
