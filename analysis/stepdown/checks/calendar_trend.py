"""Whether relapse becomes more or less frequent by calendar quarter of discharge, within the groups.

The score test of a linear term in Cox's model, stratified by group. On each day with events, in each group,
with d events among n at risk whose quarters have the mean m and the variance v (divided by n),

    U = sum over events (q - m),      V = sum d v (n - d) / (n - 1),

z = U / sqrt(V), and U / V is close to the logarithm of the hazard ratio of a quarter.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from stepdown.checks.gate_verdicts import PASSED, WARNING, GateWords
from stepdown.checks.row_checks import UNLIKELY
from stepdown.cohort import RELAPSE
from stepdown.compare import Design
from stepdown.results.reading import CHECK
from stepdown.results.words import plural, ratio
from stepdown.survival.core.sample import Bools, Floats, Ints


@dataclass(frozen=True, kw_only=True)
class CalendarTrend:
    """A trend over quarters: hazard ratio per quarter, two-sided p that there is none; missing if no test."""

    hazard_ratio: float
    p: float


def calendar_trend(days: Floats, event: Bools, quarter: Floats, group: Ints) -> CalendarTrend:
    """Return the trend of the hazard over quarters, within groups.

    Parameters
    ----------
    days : array (n,)
        Last day at risk.
    event : array of bool (n,)
        Whether the event happened on it.
    quarter : array (n,)
        Number of the calendar quarter.
    group : array of int (n,)
        Group of each.

    Examples
    --------
    >>> found = calendar_trend(np.array([1.0, 2, 3, 3]), np.array([True, True, False, False]),
    ...                        np.array([1.0, 1, 2, 2]), np.zeros(4, int))
    >>> round(found.p, 3)
    0.09
    """
    score = variance = 0.0
    for one in np.unique(group):
        mine = group == one
        last, hit, when = days[mine], event[mine], quarter[mine]
        for day in np.unique(last[hit]):
            at_risk, now = last >= day, hit & (last == day)
            n, d, spread = int(at_risk.sum()), int(now.sum()), float(when[at_risk].var())
            score += float((when[now] - when[at_risk].mean()).sum())
            variance += d * spread * (n - d) / (n - 1) if n > 1 else 0.0
    if variance <= 0:
        return CalendarTrend(hazard_ratio=math.nan, p=math.nan)
    return CalendarTrend(
        hazard_ratio=math.exp(min(score / variance, 50.0)),
        p=math.erfc(abs(score) / math.sqrt(2 * variance)),
    )


def trend_rows(design: Design, quarters: pd.Series, key: str, words: GateWords) -> Iterator[dict[str, Any]]:
    """Yield whether relapse changes by quarter of discharge among those of a design, as a check.

    Parameters
    ----------
    design : Design
        Whose follow-up is looked at, in its groups.
    quarters : Series
        Quarter of every discharge, such as "2026Q3"; empty where it is not known.
    key : str
        Comparison that the check belongs to.
    words : GateWords
        What the sentence needs.
    """
    arms = design.readings[0]
    followup = arms.followup
    mine = quarters.iloc[followup.rows].astype("string")
    late = followup.entry is not None and len(np.unique(followup.entry)) > 1
    if late or mine.isna().any() or (mine == "").any() or mine.nunique() < 3:
        return
    number = mine.str[:4].astype(int) * 4 + mine.str[-1].astype(int)
    found = calendar_trend(
        followup.days.astype(float), followup.event == RELAPSE, np.asarray(number, dtype=np.float64), arms.arm
    )
    if math.isfinite(found.p):
        verdict, sentence = trend_verdict(found, words.word, grouped=len(design.labels) > 1)
        yield {
            "analysis": key, "estimand": CHECK, "term": "calendar", "estimate": found.p, "note": sentence,
            "statistic": verdict,
        }  # fmt: skip


def trend_verdict(found: CalendarTrend, word: str, *, grouped: bool) -> tuple[str, str]:
    """Return the verdict on a trend, and what was found, in groups or of everybody."""
    chance = "< 0.001" if found.p < 0.001 else f"= {found.p:.3f}"
    within = "within the groups" if grouped else "of everybody"
    sentence = (
        f"By quarter of discharge, the hazard ratio of {word} {within} is {ratio(found.hazard_ratio)} per "
        f"quarter (p {chance})."
    )
    if found.p >= UNLIKELY:
        return PASSED, sentence
    sentence += (
        f" {plural(word).capitalize()} became {'more' if found.hazard_ratio > 1 else 'less'} frequent. If "
        "more people started care in some quarters than in others, that is part of the difference: compare "
        "quarters of one kind."
    )
    return WARNING, sentence
