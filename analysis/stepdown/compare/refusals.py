"""Why a comparison is not made, in words that all designs share, and how many quarters it would take."""

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.errors import DesignError
from stepdown.survival.core.sample import Ints

ENOUGH = 30
"""Discharges below which nothing is adjusted, and people in a group below which none is compared."""
_CONFIDENCE = 0.95


def refuse_what_is_not_followed(
    name: str, *, word: str, exact: bool, late: int = 0, early: int = 0, day: int = 0
) -> None:
    """Raise where a design cannot follow everybody from one day on, each with a day for the event.

    Parameters
    ----------
    name : str
        The design, at the start of a sentence.
    word : str
        What a relapse is called.
    exact : bool
        Whether each relapse has a day.
    late, early : int
        Discharges first followed after `day`, and with an event by then.
    day : int
        First day of the design.

    Raises
    ------
    DesignError
        With the counts and the remedy.
    """
    follows = f"{name[0].lower()}{name[1:]} follows people from the next day on"
    if not exact:
        raise DesignError(
            f"{name} needs one day for each {word}, and some are known only to lie between two contacts. "
            'Set outcome.interval = "imputed", "detected" or "midpoint".'
        )
    if late:
        raise DesignError(
            f"{late:,} {_were(late)} first followed after day {day}, and {follows}. State their "
            "follow-up from that day on where they were observed, or exclude them."
        )
    if early:
        raise DesignError(
            f"{early:,} discharge{'' if early == 1 else 's'} had an event by day {day}, and {follows}. Set "
            'time_zero.day_zero = "exclude", which counts them as a step.'
        )


def refuse_few(people: People, rows: Ints, what: str, *, lacking: int = 0) -> None:
    """Raise where too few discharges are left; `what` was done with those of `rows`.

    `lacking` are left out, as they lack a covariate.

    Raises
    ------
    DesignError
        With the number, and the quarters that enough would take.
    """
    if len(rows) >= ENOUGH:
        return
    known = " with every covariate known" if lacking else ""
    remedy = (
        f" {lacking:,} more lack a covariate: remove one that is often missing, or set "
        'analysis.adjust.missing = "indicator".'
    )
    raise DesignError(
        f"{len(rows)} {_were(len(rows))} {what}{known}: too few to adjust. At least {ENOUGH} are needed."
        f"{remedy if lacking else _until(people, rows, len(rows), ENOUGH)}"
    )


def quarters_of(people: People, rows: Ints) -> int:
    """Return the quarters from the first of these discharges to the last; 0 where none is known."""
    named = people.table["quarter"].iloc[rows].dropna() if "quarter" in people.table else pd.Series(dtype=str)
    if named.empty:
        return 0
    # "2026Q3": four a year.
    parts = named.drop_duplicates().astype(str).str.split("Q", expand=True).astype(int)
    number = parts[0] * 4 + parts[1]
    return int(number.max() - number.min()) + 1


def time_to_enough(people: People, rows: Ints, label: str) -> str:
    """Return how long a group in which nobody is takes to have enough people, as sentences.

    Of n discharges none is in the group, so that its share is below 1 - 0.05^(1 / n) (95% confidence).
    """
    size = len(rows)
    if size < ENOUGH:
        return f" At least {ENOUGH} discharges are needed.{_until(people, rows, size, ENOUGH)}"
    share = 1 - (1 - _CONFIDENCE) ** (1 / size)
    least = (
        f" None of {size:,} discharges is in “{label}”, so that at most {100 * share:.1f}% are (95% "
        "confidence): "
    )
    quarters = quarters_of(people, rows)
    if not quarters:
        return f"{least}{ENOUGH} of them take at least {np.ceil(ENOUGH / share):,.0f} discharges."
    more = np.ceil(ENOUGH / (share * size) * quarters)
    return (
        f"{least}with as many discharges a quarter as now, {ENOUGH} of them take at least {more:,.0f} more "
        "quarters. Until then the report shows everybody together."
    )


def _until(people: People, rows: Ints, held: int, needed: int) -> str:
    quarters = quarters_of(people, rows)
    if not quarters or not held:
        return ""
    more = int(np.ceil((needed - held) / (held / quarters)))
    return (
        f" With as many discharges a quarter as now, that takes about {more:,} more "
        f"{'quarter' if more == 1 else 'quarters'}."
    )


def _were(many: int) -> str:
    return "discharge was" if many == 1 else "discharges were"
