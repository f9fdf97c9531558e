"""What real data say about a cited figure, by written rules.

A verdict is about the figure, not about the paper, and rests on real data only; a cohort that was built to a
figure agrees with it by construction.

- **differs**: the 95% interval of the data excludes the figure (all of a range).
- **agrees**: the interval holds the figure, or part of a range, and separates it from no effect: of ratios it
  excludes 1; of shares it is at most 20 points wide.
- **too imprecise**: it holds the figure, and no effect too or more than 20 points.
- **cannot be judged**: there is no estimate.

Public data that count loss to follow-up as a return to use give an upper limit of a share who relapse: a
figure below it **cannot be judged** by them.

A claim of equality has a margin: it **agrees** where the interval of the difference lies within the
margin on both sides (two one-sided tests), and **differs** where it lies outside; a difference that is
not shown is not equivalence. A claim of a rank agrees where the interval of the rank lies within the
ranks claimed, and differs where it lies outside; else the ranking is not determined.

Beside it the three rules of RCT-DUPLICATE (Franklin JM et al. 2021, Circulation 143:1002-1013): same
direction and significance, the estimate inside the interval of the figure, a standardized difference below
1.96. The articles state no intervals, so these rest on the precision that the stated number of people would
have given.
"""

import math
from dataclasses import dataclass
from typing import Literal

from scipy import special

from stepdown.compare.subgroups import within_margin
from stepdown.replicate.claim import RATIOS, Claim
from stepdown.replicate.claim_precision import LEVEL, Precision, claim_precision

WIDEST = 0.20
"""Widest interval of a share that can agree with a figure."""
AGREES, DIFFERS = "agrees", "differs"
IMPRECISE, NOT_JUDGED = "too imprecise", "cannot be judged"
LOSS = (
    "These data count loss to follow-up as a return to use, so that their share is an upper limit: a lower "
    "one is not excluded."
)
Answer = Literal["yes", "no", "not available"]
_SHARES = ("proportion", "share_of_events", "attributable_share")
_WITH_FIGURE = (*_SHARES, *RATIOS, "ranking")


@dataclass(frozen=True, kw_only=True)
class RealEstimate:
    """The estimate of a claim's figure from real data.

    Attributes
    ----------
    value, low, high : float
        Estimate and 95% limits, on the scale of the figure.
    source : str
        Which data: "TEDS-D 2019", "own cohort".
    loss_as_relapse : bool
        Whether the data count those lost to follow-up as relapsed.
    """

    value: float
    low: float
    high: float
    source: str
    loss_as_relapse: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What data say about a figure.

    Attributes
    ----------
    verdict : str
        "agrees", "differs", "too imprecise" or "cannot be judged".
    reason : str
        Why, in a sentence with the numbers.
    difference : str
        How far the estimate is from the figure, or from the nearest end of a range, with its interval; empty
        where there is no such figure.
    same_direction, inside, close : str
        The rules of RCT-DUPLICATE: "yes", "no" or "not available".
    """

    verdict: str
    reason: str
    difference: str = ""
    same_direction: Answer = "not available"
    inside: Answer = "not available"
    close: Answer = "not available"


def judge(claim: Claim, found: RealEstimate | None, *, lacking: tuple[str, ...] = ()) -> Verdict:
    """Judge a cited figure by an estimate from real data.

    Parameters
    ----------
    claim : Claim
        A cited effect.
    found : RealEstimate or None
        The estimate; None where the data allow none.
    lacking : tuple of str
        Fields that the data lack, for the reason.

    Returns
    -------
    Verdict

    Examples
    --------
    >>> from stepdown.replicate import claims
    >>> handoff = next(one for one in claims() if one.id == "C07")
    >>> judge(handoff, RealEstimate(value=1.4, low=1.2, high=1.6, source="own cohort")).verdict
    'differs'
    """
    cited = claim.low is not None and claim.high is not None and claim.measure in _WITH_FIGURE
    if not cited and claim.margin is None:
        return Verdict(verdict=NOT_JUDGED, reason=_no_figure(claim, lacking))
    if found is None or not (math.isfinite(found.low) and math.isfinite(found.high)):
        return Verdict(verdict=NOT_JUDGED, reason=_no_estimate(lacking))
    limits = f"95% CI {found.low:.2f} to {found.high:.2f}"
    if claim.margin is not None:
        return _of_equality(found, claim.margin)
    if claim.measure == "ranking":
        return _of_rank(claim, found)
    if claim.low is None or claim.high is None:
        return Verdict(verdict=NOT_JUDGED, reason=_no_figure(claim, lacking))
    shown = f"{found.source}: {found.value:.2f} ({limits}); the figure is {claim.figure}."
    rules = _rules(claim, found, claim_precision(claim))
    apart = _difference(found, claim.low, claim.high, ratios=claim.measure in RATIOS)
    relapse_above = claim.outcome == "relapse" and found.low > claim.high
    abstinence_below = claim.outcome == "abstinence" and found.high < claim.low
    if claim.measure == "proportion" and found.loss_as_relapse and (relapse_above or abstinence_below):
        return Verdict(verdict=NOT_JUDGED, reason=f"{shown} {LOSS}", difference=apart)
    if found.high < claim.low or found.low > claim.high:
        reason = f"{shown} The interval excludes it."
        return Verdict(verdict=DIFFERS, reason=reason, difference=apart, **rules)
    if not _is_narrow(claim, found):
        reason = f"{shown} {_why_imprecise(claim)}"
        return Verdict(verdict=IMPRECISE, reason=reason, difference=apart, **rules)
    return Verdict(verdict=AGREES, reason=f"{shown} The interval holds it.", difference=apart, **rules)


def _difference(found: RealEstimate, low: float, high: float, *, ratios: bool) -> str:
    """Return how far an estimate is from a figure, which is taken as known, or that it lies in a range.

    Examples
    --------
    >>> share = RealEstimate(value=0.72, low=0.67, high=0.76, source="UIS")
    >>> _difference(share, 0.59, 0.59, ratios=False)
    'It is 13 points above the figure (95% CI 8 above to 17 above).'
    >>> ratio = RealEstimate(value=1.5, low=1.2, high=1.875, source="own cohort")
    >>> _difference(ratio, 3.0, 3.0, ratios=True)
    'It is 0.50 times the figure (95% CI 0.40 to 0.62).'
    """
    if low < high and low <= found.value <= high:
        return "It lies in the range of the figure."
    end = low if found.value < low else high
    what = "the figure" if low == high else "the nearest end of the figure"
    if ratios:
        one, *limits = (f"{value / end:.2f}" for value in (found.value, found.low, found.high))
        return f"It is {one} times {what} (95% CI {limits[0]} to {limits[1]})." if end > 0 else ""
    one, *limits = (_points(value - end) for value in (found.value, found.low, found.high))
    number, _, side = one.partition(" ")
    return f"It is {number} points {side} {what} (95% CI {limits[0]} to {limits[1]})."


def _points(distance: float) -> str:
    return f"{abs(100 * distance):.0f} {'above' if distance >= 0 else 'below'}"


def _of_equality(found: RealEstimate, margin: float) -> Verdict:
    limits = f"95% CI {found.low:.2f} to {found.high:.2f}"
    shown = f"{found.source}: difference {found.value:.2f} ({limits}); the margin is {margin:.2f}."
    if within_margin(found.low, found.high, margin, scale="difference"):
        return Verdict(verdict=AGREES, reason=f"{shown} The interval lies within it.")
    if found.low > margin or found.high < -margin:
        return Verdict(verdict=DIFFERS, reason=f"{shown} The interval lies outside it.")
    why = "The interval crosses it: no difference shown is not equivalence."
    return Verdict(verdict=IMPRECISE, reason=f"{shown} {why}")


def _of_rank(claim: Claim, found: RealEstimate) -> Verdict:
    low, high = claim.low or 1.0, claim.high or 1.0
    limits = f"95% CI {found.low:.0f} to {found.high:.0f}"
    shown = f"{found.source}: rank {found.value:.0f} ({limits}); the figure is {claim.figure}."
    if low <= found.low and found.high <= high:
        return Verdict(verdict=AGREES, reason=f"{shown} The interval lies within it.")
    if found.low > high or found.high < low:
        return Verdict(verdict=DIFFERS, reason=f"{shown} The interval excludes it.")
    return Verdict(verdict=IMPRECISE, reason=f"{shown} The ranking is not determined at this n.")


def _no_figure(claim: Claim, lacking: tuple[str, ...]) -> str:
    if claim.not_recorded:
        return f"It would need {', '.join(claim.not_recorded)}, which no table holds."
    none = "The claim states no figure that an estimate could be held against."
    return _no_estimate(lacking) if lacking else none


def _no_estimate(lacking: tuple[str, ...]) -> str:
    return f"The data lack {', '.join(lacking)}." if lacking else "No real data answer it."


def _is_narrow(claim: Claim, found: RealEstimate) -> bool:
    """Return whether an interval is narrow enough to agree with a figure."""
    if claim.measure in RATIOS:
        return found.low > 1 or found.high < 1
    return found.high - found.low <= WIDEST


def _why_imprecise(claim: Claim) -> str:
    if claim.measure in RATIOS:
        return "The interval holds it, and no effect too."
    return "The interval holds it, and is more than 20 points wide."


def _rules(claim: Claim, found: RealEstimate, precision: Precision | None) -> dict[str, Answer]:
    """Return the answers of the three rules of RCT-DUPLICATE."""
    if precision is None:
        return {}
    answers: dict[str, Answer] = {"inside": _yes(precision.low <= found.value <= precision.high)}
    log = claim.measure in RATIOS
    if log:
        cited = (precision.low > 1) - (precision.high < 1)
        answers["same_direction"] = _yes(cited == (found.low > 1) - (found.high < 1))
    ends = [(one.value, one.low, one.high) for one in (precision, found)]
    if log:
        ends = [(math.log(a), math.log(b), math.log(c)) for a, b, c in ends if min(a, b) > 0]
    if len(ends) == 2:
        z = 2 * float(special.ndtri(0.5 + LEVEL / 2))
        errors = [(high - low) / z for _, low, high in ends]
        distance = abs(ends[0][0] - ends[1][0]) / math.hypot(*errors)
        answers["close"] = _yes(distance < z / 2)
    return answers


def _yes(holds: bool) -> Answer:
    return "yes" if holds else "no"
