"""What a design gives without any effect over other values of what a source does not state.

These are the shares of the solved worlds, without chance, so that they need no simulation.
"""

from collections.abc import Iterator
from itertools import product

from stepdown.errors import EstimateError
from stepdown.replicate.builders import built
from stepdown.replicate.claim import Assumed, Claim
from stepdown.replicate.claim_finding import NO_EFFECT, VARIED, ClaimFinding
from stepdown.replicate.worlds.selection import SELECTION


def assumptions_of(claim: Claim) -> tuple[Assumed, ...]:
    """Return every combination of what a claim file assumes and varies; none where it varies nothing.

    Examples
    --------
    >>> from stepdown.replicate import claims
    >>> [one.exposed_share for one in assumptions_of(claims()[17])]
    [0.25, 0.5, 0.75]
    """
    given = claim.assumed
    if given is None or not (given.varied.exposed_share or given.varied.reference):
        return ()
    shares = sorted({*given.varied.exposed_share, given.exposed_share})
    references = sorted({*given.varied.reference, given.reference})
    return tuple(
        given.model_copy(update={"exposed_share": share, "reference": reference})
        for share, reference in product(shares, references)
    )


def varied_findings(claim: Claim) -> Iterator[ClaimFinding]:
    """Yield for each strength of selection the lowest and the highest figure without any effect.

    Parameters
    ----------
    claim : Claim
        Its file may vary what it assumes. Combinations for which no world has the figure are counted in the
        note.
    """
    tried = assumptions_of(claim)
    for name in SELECTION if tried else ():
        found: dict[Assumed, float] = {}
        for one in tried:
            try:
                null = built(claim.model_copy(update={"assumed": one}), name).without_effect
            except EstimateError:
                continue
            if null is not None and null.figure is not None:
                found[one] = null.figure
        if not found:
            continue
        none = len(tried) - len(found)
        note = f"For {none} of {len(tried)} combinations of these no cohort has the figure." if none else ""
        yield ClaimFinding(
            claim=claim.id, column=NO_EFFECT, variant=name, statistic=VARIED, low=min(found.values()),
            high=max(found.values()), replicates=len(found), note=note,
            estimate=found.get(claim.assumed or Assumed(), min(found.values())),
        )  # fmt: skip
