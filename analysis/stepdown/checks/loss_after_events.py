"""Whether people are lost to follow-up more often once they had an event.

If they are, others were probably lost after an event that nobody saw, and those lost are not like those
followed. Rates of loss per person-day: before, a = losses over the days at risk; after, of those whose event
was seen, b = losses over the days from the event to the end of follow-up. The ratio b / a has the 95% limits
exp(log(b / a) +- 1.96 sqrt(1 / losses before + 1 / losses after)). Who has an event found at a later contact
cannot be lost between the two, so that the ratio is too low rather than too high.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepdown.checks.gate_verdicts import PASSED, TWO_SIDED, WARNING, GateWords
from stepdown.cohort import CENSORED, RELAPSE, People
from stepdown.cohort.linkage import floats, link
from stepdown.cohort.observation_end import observed_until
from stepdown.results.reading import CHECK
from stepdown.results.words import ratio
from stepdown.schema import Cohort
from stepdown.survival.core.sample import Bools, Floats

FEWEST, TWICE = 5, 2.0
"""Losses on either side below which nothing is judged; lower limit of the ratio that fails the check."""


@dataclass(frozen=True, kw_only=True)
class LossRatio:
    """Rate of loss after an event over that before, with 95% limits; missing where losses are too few."""

    ratio: float
    low: float
    high: float


def loss_ratio(days: Floats, event: Bools, lost: Bools, end: Floats, lost_after: Bools) -> LossRatio:
    """Return how much more often people are lost after an event than before it.

    Parameters
    ----------
    days : array (n,)
        Last day at risk.
    event, lost : array of bool (n,)
        Who had the event on it, and who was lost on it.
    end : array (n,)
        Last day of follow-up of those with an event.
    lost_after : array of bool (n,)
        Who of those was lost then.

    Examples
    --------
    >>> yes = np.repeat([True, False], [20, 80])
    >>> found = loss_ratio(np.full(100, 50.0), yes, ~yes & (np.arange(100) < 40), np.full(100, 100.0),
    ...                    yes & (np.arange(100) < 10))
    >>> round(found.ratio, 2), round(found.low, 2)
    (2.5, 1.17)
    """
    before, after = int(lost.sum()), int((event & lost_after).sum())
    at_risk, later = float(days.sum()), float((end - days)[event].sum())
    if min(before, after) < FEWEST or min(at_risk, later) <= 0:
        return LossRatio(ratio=math.nan, low=math.nan, high=math.nan)
    value = (after / later) / (before / at_risk)
    spread = math.exp(TWO_SIDED * math.sqrt(1 / before + 1 / after))
    return LossRatio(ratio=value, low=value / spread, high=value * spread)


def loss_rows(
    cohort: Cohort, people: People, until: Floats, key: str, words: GateWords, *, horizon: int
) -> Iterator[dict[str, Any]]:
    """Yield whether people are lost more often after an event, as a check of a comparison.

    Parameters
    ----------
    cohort, people
        The tables, and the derived discharges.
    until : array (n,)
        Last day since time zero that the data could show, of every discharge.
    key : str
        The comparison.
    words : GateWords
        What the sentence needs.
    horizon : int
        Last day of the report.
    """
    table = people.table
    end, died = observed_until(cohort.followup, link(table, cohort.followup), floats(table["zero"]))
    days, event = floats(table["days"]), table["event"].to_numpy()
    stop, dead = np.minimum(until, horizon), np.isfinite(died) | table["died"].to_numpy(dtype=bool)
    had = (event == RELAPSE) & (days < stop)
    found = loss_ratio(
        np.minimum(days, stop),
        had,
        (event == CENSORED) & (days < stop) & ~dead,
        np.maximum(np.minimum(end, stop), days),
        (end < stop) & ~dead,
    )
    if math.isfinite(found.ratio):
        verdict, sentence = loss_verdict(found, words.word)
        yield {
            "analysis": key, "estimand": CHECK, "term": "loss", "estimate": found.ratio, "note": sentence,
            "statistic": verdict,
        }  # fmt: skip


def loss_verdict(found: LossRatio, word: str) -> tuple[str, str]:
    """Return the verdict on a ratio of losses, and what was found."""
    sentence = (
        f"People were lost to follow-up {ratio(found.ratio)} times as often after a {word} as before one "
        f"(95% CI {ratio(found.low)} to {ratio(found.high)})."
    )
    if found.low <= 1:
        return PASSED, sentence
    sentence += (
        f" Others were probably lost after a {word} that nobody saw, so that risks are too low, more so in "
        "the group with more of them. See what those lost could change."
    )
    return "failed" if found.low > TWICE else WARNING, sentence
