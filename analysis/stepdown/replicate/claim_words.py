"""What the columns of a claim say in words: every number is looked up in its findings."""

import math
from collections.abc import Iterator, Sequence

from stepdown.replicate.claim import RATIOS, Claim
from stepdown.replicate.claim_finding import (
    COVERAGE,
    DONE_RIGHT,
    NO_EFFECT,
    POWER,
    REAL,
    REBUILT,
    SOLVED,
    VARIED,
    ClaimFinding,
)
from stepdown.replicate.estimate_of_claim import FIGURE
from stepdown.replicate.public_data import NAMES, SENTENCES
from stepdown.replicate.registry import labels_of
from stepdown.replicate.replication import ClaimResult
from stepdown.replicate.session_counts import SESSIONS
from stepdown.replicate.varied_assumptions import assumptions_of
from stepdown.replicate.worlds.selection import SELECTION, TEDS_LIKE
from stepdown.results.words import listed, number, percent, ratio

BY_CONSTRUCTION = (
    "This cohort matches the figure by construction: its margins were solved to it. It shows that "
    "the arithmetic "
    "is possible and how precise the figure could be; it confirms nothing."
)
STRONGEST = (
    "In these cohorts the claimed predictor is the strongest by construction. That shows how often a study "
    "of this size would rank it so; it confirms nothing."
)
LABELS = {
    "landmark": "Landmark",
    "time_varying": "Time-varying care",
    "clone_censor_weight": "Clone-censor-weight",
    "truth": "True in this world",
    "matched_hours": "Matched on hours and on what drives selection",
    "constant hazard": "Constant hazard",
}
QUANTITIES = {
    "share_exposed": "share with the exposure",
    "outcome_exposed": "outcome of those with it",
    "outcome_others": "outcome of the others",
    "abstinent_at_contact": "ratio of those without use in the 30 days up to the last contact",
    "odds_ratio": "odds ratio",
    "rate_ratio": "rate ratio",
    "hazard_ratio": "hazard ratio of days in care",
    "hazard_ratio_of_care": "hazard ratio of care",
    "hazard_ratio_of_rehearsal": "hazard ratio of rehearsal",
    "hazard_ratio_of_matched": "hazard ratio among the matched",
    "hazard_ratio_of_total": "hazard ratio of 4 weeks more of care in total",
    "hazard_ratio_by_landmark": "hazard ratio of 4 weeks of care by day 28",
    "hazard_ratio_of_dose": "hazard ratio",
    "risk_difference": "risk difference",
    "pairs": "pairs",
    "rank_with_step_down": "rank among those with step-down care",
    "rank_of_everyone": "rank among everyone",
    "hazard_ratio_of_iop": "hazard ratio of IOP against residential treatment",
    "odds_ratio_of_appointment": "odds ratio of attending with an appointment",
    "odds_ratio_of_setting": "odds ratio of completion in residential treatment",
    "standardized_effect": "standardized effect of the claimed predictor",
    "peak_ratio": "rate of days 31-90 over that of days 0-30",
    "share_of_recorded": "share of the recorded relapses of a year, without allowing for those lost",
    "crude_odds_ratio": "crude odds ratio",
    "crude_risk_ratio": "crude risk ratio",
    "risk_ratio": "risk ratio",
    "without_transfers": "share without transfers",
    "dropout_without_gap": "dropout without a gap",
    "dropout_with_gap": "dropout with a gap",
    "marginal_structural": "by a marginal structural model",
    "unadjusted": "unadjusted",
    "difference_in_risk": "difference in the risk of relapse by day 90",
    "p_value": "p",
    "abstinent_missing_as_defined": "abstinent at the contact, of those with a result",
    "abstinent_missing_positive": "abstinent at the contact, a missed contact counted as use",
    "abstinent_missing_last": "abstinent at the contact, the last result carried forward",
}
_OUTCOME = {
    "relapse": "relapsing", "abstinence": "abstinent", "first_session": "attending", "dropout": "attending",
    "completion": "completing treatment",
}  # fmt: skip
WHOLE, MADE = 0.995, "(synthetic)"
# Measures of which a part can be stated.
_PARTS = (*RATIOS, "share_of_events", "attributable_share")


def shown(value: float) -> str:
    """Write a figure: two decimals, or none where it is missing."""
    return ratio(value)


def interval(one: ClaimFinding) -> str:
    """Write an estimate with its limits."""
    if not one.shown:
        return one.note
    if not math.isfinite(one.low):
        return shown(one.estimate)
    return f"{shown(one.estimate)} ({shown(one.low)} to {shown(one.high)})"


def figures(result: ClaimResult, column: str, *, variant: str | None = None) -> tuple[ClaimFinding, ...]:
    """Return the estimates of the figure in a column."""
    return tuple(
        one for one in result.of(column)
        if one.quantity == FIGURE and one.statistic == "estimate" and variant in (None, one.variant)
    )  # fmt: skip


def design_share(claim: Claim, null: ClaimFinding) -> float:
    """Return how much of a figure the same design gives without any effect; of ratios of their logarithms."""
    if not null.shown or not math.isfinite(claim.target) or claim.measure not in _PARTS:
        return math.nan
    if claim.measure in RATIOS:
        if claim.target == 1 or null.estimate <= 0:
            return math.nan
        return math.log(null.estimate) / math.log(claim.target)
    return null.estimate / claim.target if claim.target else math.nan


def typical(result: ClaimResult) -> ClaimFinding | None:
    """Return what the design gives without any effect, under the middle assumption; None for none."""
    found = [one for one in figures(result, NO_EFFECT) if one.shown]
    return next((one for one in found if one.variant == TEDS_LIKE), found[len(found) // 2] if found else None)


def by_selection(result: ClaimResult) -> tuple[ClaimFinding, ...]:
    """Return what the design gives without any effect by strength of selection, all or none of them."""
    found = {one.variant: one for one in figures(result, NO_EFFECT) if one.shown}
    return tuple(found[name] for name in SELECTION) if set(SELECTION) <= set(found) else ()


def part_in_words(share: float) -> str:
    """Write a part: "53%", "all", "none"."""
    if not math.isfinite(share):
        return ""
    if share >= WHOLE:
        return "all"
    return "none" if share <= 0.005 else percent(share, 0)


def parts_in_words(claim: Claim, found: Sequence[ClaimFinding]) -> str:
    """Write which part of a figure the design gives, or from which to which; empty where it has no part.

    Examples
    --------
    >>> from stepdown.replicate.registry import claims
    >>> parts_in_words(claims()[3], ())
    ''
    """
    shares = sorted(design_share(claim, one) for one in found)
    parts = list(dict.fromkeys(part_in_words(share) for share in shares))
    return "" if not parts or "" in parts else parts[0] if len(parts) == 1 else f"{parts[0]} to {parts[-1]}"


def design_alone(result: ClaimResult) -> str:
    """Write what the design alone gives, in a few words: three numbers where it depends on selection."""
    one, three = typical(result), by_selection(result)
    if one is None:
        return ""
    words = parts_in_words(result.claim, three or (one,))
    values = ", ".join(shown(each.estimate) for each in three) or interval(one)
    return f"{values}: {words} of it" if words else values


def cited(claim: Claim) -> str:
    """Write the figure as cited."""
    if claim.margin is not None:
        return f"no difference (margin {shown(claim.margin)})"
    return claim.figure or "no figure"


def real(result: ClaimResult) -> str:
    """Write what real data say, by source; a synthetic cohort is named as what it is."""
    found = [one for one in figures(result, REAL) if one.shown and ", " not in one.variant]
    parts = [f"{one.variant}: {interval(one)}" for one in found if not one.variant.endswith(MADE)]
    made = [f"(not real, synthetic cohort: {interval(one)})" for one in found if one.variant.endswith(MADE)]
    return " ".join(["; ".join(parts) or "none", *made])


def named(quantity: str) -> str:
    """Return a quantity in words."""
    for first in ("standardized_effect_", "explained_variation_"):
        if quantity.startswith(first):
            name, what = quantity.removeprefix(first), first.replace("_", " ").strip()
            label = name.replace("_", " ") if name in SESSIONS else labels_of([f"discharges.{name}"])[0]
            return f"{what} of {label}"
    return QUANTITIES.get(quantity, quantity.replace("_", " "))


def beside(rows: Sequence[ClaimFinding], variant: str) -> str:
    """Write what is reported beside a figure; empty for nothing."""
    parts = [
        f"{named(one.quantity)} {interval(one)}" for one in rows
        if one.variant == variant and one.quantity != FIGURE and one.statistic == "estimate" and one.shown
    ]  # fmt: skip
    return f"Beside it: {'; '.join(parts)}." if parts else ""


def rebuilt_sentences(result: ClaimResult) -> Iterator[str]:
    """Yield what the rebuilt cohorts show."""
    rows = result.of(REBUILT)
    main = next((one for one in rows if one.quantity == FIGURE and one.statistic == "estimate"), None)
    if main is None or not main.shown:
        yield main.note if main is not None else ""
        return
    ranking = result.claim.measure == "ranking"
    yield (
        f"Over {main.replicates} cohorts of {number(main.n, 0)} people the "
        f"{'rank' if ranking else 'estimate'} is "
        f"{shown(main.estimate)} on average, from {shown(main.low)} to {shown(main.high)} in 95% of them."
    )
    found = {one.statistic: one for one in rows if one.quantity == FIGURE and one.shown}
    if COVERAGE in found:
        yield f"Its 95% interval contains the figure in {percent(found[COVERAGE].estimate, 0)} of them."
    if POWER in found:
        yield f"{_concluded(result.claim)} in {percent(found[POWER].estimate, 0)} of them."
    for one in rows:
        if one.statistic == SOLVED and one.shown:
            yield f"{'Given' if ranking else 'Solved'}: {named(one.quantity)}, {shown(one.estimate)}."
    yield beside(rows, "")
    if main.note:
        yield main.note
    yield STRONGEST if ranking else BY_CONSTRUCTION


def no_effect_sentences(result: ClaimResult) -> Iterator[str]:
    """Yield what the same design gives without any effect."""
    found = figures(result, NO_EFFECT)
    there = [one for one in found if one.shown]
    if not there:
        yield found[0].note if found else ""
        return
    parts = [f"{interval(one)} under {one.variant} selection" for one in there if one.variant in SELECTION]
    parts += [
        f"{interval(one)} with {_assumed(one.variant)}" for one in there if one.variant not in SELECTION
    ]
    if result.claim.measure == "dose_response":
        yield (
            "Of those who started care that does nothing, the share abstinent for a year among those with at "
            f"least 90 days of it, divided by that among those with fewer, is {listed(parts)}: a relapse "
            "ends care, so long care is had by those who did not relapse early."
        )
        yield beside(result.of(NO_EFFECT), there[len(there) // 2].variant)
    elif result.claim.exposure == "none":
        yield f"The same calculation gives {listed(parts)}."
    else:
        yield f"Without any effect of the exposure the same comparison gives {listed(parts)}."
    shares = [
        (one.variant, design_share(result.claim, one)) for one in there
        if math.isfinite(design_share(result.claim, one))
    ]  # fmt: skip
    if shares:
        words = listed([f"{part_in_words(share)} ({name})" for name, share in shares])
        scale = ", as logarithms of ratios" if result.claim.measure in RATIOS else ""
        yield f"That is {words} of the figure{scale}."
    yield from _varied_sentences(result)
    if result.claim.measure not in RATIOS:
        yield from _concluded_anyway(result)
        return
    apart = [one for one in result.of(NO_EFFECT) if one.statistic == POWER and one.shown]
    if apart:
        words = listed([f"{percent(one.estimate, 0)} ({one.variant})" for one in apart])
        what = "A difference" if result.claim.exposure == "none" else "An effect"
        yield f"{what} that does not exist would be found in {words} of such studies."


def varied(result: ClaimResult) -> tuple[ClaimFinding, ...]:
    """Return what other assumptions give without any effect, by strength of selection."""
    return tuple(one for one in result.of(NO_EFFECT) if one.statistic == VARIED and one.shown)


def _varied_sentences(result: ClaimResult) -> Iterator[str]:
    """Yield where what is assumed comes from, and what other values of it give."""
    claim, found = result.claim, varied(result)
    if claim.assumed is None or not found:
        return
    yield claim.assumed.why
    ends = [f"{shown(one.low)} to {shown(one.high)} under {one.variant} selection" for one in found]
    yield f"{assumed_ranges(claim)}, it gives {listed(ends)}."
    yield from dict.fromkeys(one.note for one in found if one.note)


def assumed_ranges(claim: Claim) -> str:
    """Write which shares were tried beside those assumed.

    Examples
    --------
    >>> from stepdown.replicate.registry import claims
    >>> assumed_ranges(claims()[17])
    'With 25% to 75% of the people in the group with the exposure'
    """
    tried = assumptions_of(claim)
    parts = []
    for values, what in (
        ([one.exposed_share for one in tried], "of the people in the group with the exposure"),
        ([one.reference for one in tried], f"of the others {_OUTCOME[claim.outcome]}"),
    ):
        low, high = min(values), max(values)
        if low < high:
            parts.append(f"{percent(low, 0)} to {percent(high, 0)} {what}")
    return f"With {listed(parts)}"


def _assumed(variant: str) -> str:
    return f"a {variant}" if variant.startswith("constant") else variant


def _concluded(claim: Claim) -> str:
    """Return the beginning of a sentence on the replicates that conclude what a claim states."""
    if claim.margin is not None:
        return "The two levels are found to be equivalent"
    if claim.measure == "ranking":
        return "The claimed predictor is ranked first"
    return "The interval excludes no effect"


def _concluded_anyway(result: ClaimResult) -> Iterator[str]:
    """Yield how often the claim is concluded where nothing but selection makes it."""
    for one in result.of(NO_EFFECT):
        if one.statistic == POWER and one.shown:
            yield f"{_concluded(result.claim)} in {percent(one.estimate, 0)} of such studies ({one.variant})."


def done_right_sentences(result: ClaimResult) -> Iterator[str]:
    """Yield the answers of the valid designs."""
    rows = result.of(DONE_RIGHT)
    truth = next((one for one in rows if one.variant == "truth" and one.shown), None)
    if truth is None:
        if rows and rows[0].shown:
            yield (
                "In a cohort in which care does nothing, weeks of care known by day 28 and relapse after it, "
                "adjusted for what drives selection there:"
            )
            yield from (f"{one.variant}: {named(one.quantity)} {interval(one)}." for one in rows)
        elif rows:
            yield rows[0].note
        return
    yield (
        "In the rebuilt world the outcome of everybody with the care, divided by that of everybody "
        "without it, "
        f"is {shown(truth.estimate)}; the comparison of the claim gives {shown(result.claim.target)} there."
    )
    if (truth.estimate < 1) != (result.claim.target < 1):
        yield (
            "That the two point in opposite directions does not mean that care harms. It means that "
            "under these "
            "assumptions the comparison of the claim gives more than the figure without any effect."
        )
    for one in rows:
        if one.variant != "truth":
            what = LABELS.get(one.variant, one.variant)
            if one.quantity != FIGURE:
                what = f"{what}, {named(one.quantity)}"
            value = f"{interval(one)}{', ' + one.note if one.note and one.shown else ''}"
            yield f"{what}: {value.rstrip('.')}."


def real_sentences(result: ClaimResult) -> Iterator[str]:
    """Yield what each source of real data says."""
    for one in result.of(REAL):
        if one.quantity != FIGURE and one.variant.count(", ") == 0:
            continue
        if one.shown:
            more = f" {one.note[:1].upper()}{one.note[1:].rstrip('.')}." if one.note else ""
            what = "" if one.quantity == FIGURE else f"{named(one.quantity)} "
            people = f", {number(one.n, 0)} discharges" if one.n else ""
            yield f"{_source(one)}: {what}{interval(one)}{people}.{more}"
            for name, sentence in SENTENCES.items():
                if one.variant.startswith(NAMES[name]):
                    yield sentence
            if one.quantity == FIGURE and (found := beside(result.of(REAL), one.variant)):
                yield found
        else:
            yield f"{_source(one)}: {one.note}"


def _source(one: ClaimFinding) -> str:
    first, _, way = one.variant.partition(", ")
    known = LABELS[way].lower() if way in LABELS else way
    return f"{first[:1].upper()}{first[1:]}{', ' + known if way else ''}"
