"""How precise a cited figure could have been: its interval at the number of people that its source states."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from stepdown.replicate.claim import Assumed, Claim
from stepdown.survival import contrast, kaplan_meier, risk
from stepdown.survival.core.sample import Floats, Ints

LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Precision:
    """The 95% interval of a figure, had the study been free of bias and loss.

    Attributes
    ----------
    value : float
        The figure; of a range its middle, geometric of ratios.
    low, high : float
        Limits.
    rests_on : str
        What was assumed, in words; empty for nothing.
    """

    value: float
    low: float
    high: float
    rests_on: str = ""


def claim_precision(claim: Claim) -> Precision | None:
    """Return the interval that a cited figure would have had at its stated number of people.

    Parameters
    ----------
    claim : Claim
        A cited effect.

    Returns
    -------
    Precision or None
        None where the source states no number of people or the claim has no such figure. Intervals are those
        of the package for complete follow-up: Wilson's for shares, the small-sample form for risk ratios,
        Woolf's for odds ratios.

    Examples
    --------
    >>> from stepdown.replicate import claim_precision, claims
    >>> found = claim_precision(next(one for one in claims() if one.id == "C03"))
    >>> round(found.low, 3), round(found.high, 3)
    (0.552, 0.627)
    """
    if claim.n is None or claim.low is None or claim.high is None:
        return None
    assumed = claim.assumed or Assumed()
    if claim.measure in ("proportion", "share_of_events"):
        share = (claim.low + claim.high) / 2
        people, words = claim.n, ""
        if claim.measure == "share_of_events":
            people = round(claim.n * assumed.events_share)
            words = f"{assumed.events_share:.0%} of the people having an event"
        return _of_share(share, people, words)
    if claim.measure == "ratio":
        value = float(np.sqrt(claim.low * claim.high))
        return _of_odds(value, claim.n, assumed) if assumed.odds else _of_ratio(value, claim.n, assumed)
    return None


def _outcomes(share: float, people: int) -> tuple[Floats, Ints]:
    """Return a day and whether the outcome came, of people of whom a share have it on day 1."""
    many = round(share * people)
    return np.repeat([1.0, 2.0], [many, people - many]), np.repeat([1, 0], [many, people - many])


def _of_share(share: float, people: int, words: str) -> Precision:
    row = risk(kaplan_meier(*_outcomes(share, people)), 1).table.iloc[0]
    return Precision(value=share, low=float(row["conf_low"]), high=float(row["conf_high"]), rests_on=words)


def _sizes(people: int, assumed: Assumed) -> tuple[int, int]:
    first = round(people * assumed.exposed_share)
    return first, people - first


def _words(assumed: Assumed) -> str:
    return (
        f"{assumed.exposed_share:.0%} of the people in the group with the exposure and an outcome of "
        f"{assumed.reference:.0%} in the other"
    )


def _of_ratio(value: float, people: int, assumed: Assumed) -> Precision:
    sizes = _sizes(people, assumed)
    parts = [
        _outcomes(share, size)
        for share, size in zip((value * assumed.reference, assumed.reference), sizes, strict=True)
    ]
    days, event = (np.concatenate(both) for both in zip(*parts, strict=True))
    arm = np.repeat(["exposed", "other"], sizes)
    table = contrast(risk(kaplan_meier(days, event, arm), 1), reference="other", measures=["ratio"]).table
    row = table.iloc[0]
    return Precision(
        value=value, low=float(row["conf_low"]), high=float(row["conf_high"]), rests_on=_words(assumed)
    )


def _of_odds(value: float, people: int, assumed: Assumed) -> Precision:
    odds = value * assumed.reference / (1 - assumed.reference)
    shares, sizes = (odds / (1 + odds), assumed.reference), _sizes(people, assumed)
    cells = [size * part for share, size in zip(shares, sizes, strict=True) for part in (share, 1 - share)]
    wide = float(special.ndtri(0.5 + LEVEL / 2) * np.sqrt(sum(1 / cell for cell in cells)))
    low, high = (float(value * np.exp(side * wide)) for side in (-1, 1))
    return Precision(value=value, low=low, high=high, rests_on=_words(assumed))
