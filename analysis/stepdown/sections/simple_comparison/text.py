"""Why the simple comparison misleads: sentences and the table."""

import math

from stepdown.display.text_and_tables import Table, Text
from stepdown.results import Analysis
from stepdown.results.words import NOT_SHOWN, percent, plural, ratio
from stepdown.sections.simple_comparison.read import HAZARD_RATIO, NAIVE, Ratio, artifact, ways

NAMES = {
    "naive": "Ever against never",
    "naive_adjusted": "Ever against never, adjusted",
    "landmark": "Landmark",
    "time_varying": "Time since care began",
    "sequential_trials": "Sequential trials",
    "clone_censor_weight": "Clone-censor-weight",
}
_WHAT = {
    "naive": "Clients who started care at any time, with those who never did.",
    "naive_adjusted": "The same, for clients with equal characteristics at discharge.",
    "landmark": "Clients free of {event} on day {grace}, by the care started by then; adjusted.",
    "time_varying": "Days after the start of care, with days before it or without it; adjusted.",
    "sequential_trials": (
        "On each day to day {grace}: clients who start then, with those who do not by day {grace}; adjusted."
    ),
    "clone_censor_weight": "Everybody under each plan, until departing from it; adjusted.",
}


def finding(a: Analysis) -> str:
    """Return how much of the apparent effect is the comparison's own."""
    _, share = artifact(a.results)
    if not math.isfinite(share):
        return "Clients must stay well to start care, so ever against never favors care."
    many = "All" if share >= 1 else percent(share, 0)
    return f"{many} of its apparent effect, on the log scale, arises without any effect of care."


def found(a: Analysis) -> Text:
    """State what the simple comparison shows, and how much of it arises without an effect of care."""
    first = next((one for one in ways(a.results) if one.key == NAIVE), None)
    off, _ = artifact(a.results)
    word, day = a.wording.relapse, a.wording.window[1]
    if first is None or not first.observed.known:
        reason = first.observed.reason if first is not None else ""
        return Text((f"The simple comparison is not shown. {reason}".strip(),))
    start = (
        f"Clients who ever started care, against those who never did, have a risk ratio by day {day} of "
        f"{_phrase(first.observed)}."
    )
    if off.known:
        start += (
            " In simulated copies of this cohort in which care changes nothing, it is "
            f"{_phrase(off)}, where 1 would be right."
        )
    elif off.reason:
        start += f" How much of it arises without an effect of care is not shown. {off.reason}"
    why = (
        f"Why: a client has to stay free of {word} until care starts, so that every early {word} counts "
        "against those who never started (immortal-time bias)."
    )
    return Text((start, why))


def _phrase(one: Ratio) -> str:
    if not (math.isfinite(one.low) and math.isfinite(one.high)):
        return f"{ratio(one.value)} (no confidence interval)"
    return f"{ratio(one.value)} (95% CI {ratio(one.low)} to {ratio(one.high)})"


def table(a: Analysis) -> Table:
    """Return every way of comparing with its ratio, observed and without an effect, and any known truth."""
    rows = ways(a.results)
    known = any(one.truth.known for one in rows)
    words = {"event": plural(a.wording.relapse), "grace": str(max((one.start for one in rows), default=0))}
    day = a.wording.window[1]
    columns = (
        "Comparison",
        "Who is compared",
        f"Risk ratio by day {day}",
        "With no effect of care",
        *(("Truth",) if known else ()),
    )
    cells = tuple(
        (
            NAMES[one.key],
            _WHAT[one.key].format(**words),
            _cell(one.observed),
            _cell(one.without_effect),
            *((ratio(one.truth.value) if one.truth.known else "no value",) if known else ()),
        )
        for one in rows
    )
    notes = [
        "In parentheses: 95% confidence interval. Under 1: fewer with care. With no effect of care every "
        "interval should hold 1."
    ]
    if any(one.estimand == HAZARD_RATIO for one in rows):
        notes.append("Time since care began: a ratio of daily rates (hazard ratio).")
    notes.append(
        "Clients who start care also differ from those who do not. No effect: the course of each client is "
        "simulated from models given what was known at discharge: of relapse, death and incarceration as "
        "they are before care starts, of loss to follow-up, and of the start of care. What no column records "
        "is missing from it, so that the true artifact can be larger."
    )
    if known:
        notes.append("Truth: known because this cohort is synthetic.")
    fold = "Who is compared, and all ratios"
    return Table("One cohort compared in six ways", columns, cells, tuple(notes), fold=fold)


def _cell(one: Ratio) -> str:
    if not one.known:
        return f"{NOT_SHOWN}: {one.reason}" if one.reason else NOT_SHOWN
    if not (math.isfinite(one.low) and math.isfinite(one.high)):
        return f"{ratio(one.value)} (no interval)"
    return f"{ratio(one.value)} ({ratio(one.low)}\u00a0to\u00a0{ratio(one.high)})"
