"""Cohorts in which a score that changes brings people to care and to relapse; the effect of care is known.

By week j = 0 to 12, for people still followed and free of relapse at its start:

    score     l(j) = 0.5 v (j = 0), else 0.8 l(j - 1) - lowered [care in week j - 1], each plus normal noise
    relapse   daily rate 0.006 exp(0.2 v + 0.5 l(j) + g(dose so far)) through the week
    loss      daily rate 0.003 exp(0.3 l(j)), the same
    care      in the week with log odds -1.6 + 0.4 v + 0.6 l(j) + 1.6 [care the week before]; 3, 6 or 9 hours,
              more with a higher score

With the effect "none" g and `lowered` are 0, so the hazard ratio of any dose is 1. With "standard" `lowered`
is 0.3 and g(d) = -0.5 (1 - exp(-d / 4)) of weeks, of hours over 6: care helps at first, later less. In a
randomized cohort care depends on v, the week and earlier care, and not on the score; nobody is lost.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.compare.subgroups.care_dose import WEEK
from stepdown.survival.core.sample import Floats, Ints

WEEKS, END = 13, 91
Effect = Literal["none", "standard"]
Measure = Literal["weeks", "hours"]


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnDoses:
    """People with the dose and the score of each week.

    Attributes
    ----------
    days, event : array (n,)
        Last day at risk, and 1 for relapse on it.
    received, scores : array (n, 13)
        Dose in each week, and score before it.
    severe : array (n,)
        v, known at time zero.
    """

    days: Floats
    event: Ints
    received: Floats
    scores: Floats
    severe: Floats


def drawn_doses(
    size: int, *, effect: Effect, measure: Measure, seed: int, randomized: bool = False
) -> DrawnDoses:
    """Return a cohort.

    Parameters
    ----------
    size : int
        People.
    effect, measure
        See the module.
    seed : int
        Of the draws.
    randomized : bool
        Whether care does not depend on the score.
    """
    rng = np.random.default_rng(seed)
    severe = rng.normal(size=size)
    score = 0.5 * severe + rng.normal(size=size)
    days, event = np.full(size, float(END)), np.zeros(size, dtype=np.int64)
    received, scores = np.zeros((size, WEEKS)), np.zeros((size, WEEKS))
    before, so_far, here = np.zeros(size), np.zeros(size), np.ones(size, dtype=bool)
    works = effect == "standard"
    for week in range(WEEKS):
        if week:
            score = 0.8 * score - 0.3 * works * (before > 0) + 0.6 * rng.normal(size=size)
        scores[:, week] = score
        unit = so_far / (6 if measure == "hours" else 1)
        log_ratio = -0.5 * (1 - np.exp(-unit / 4)) * works
        relapse = rng.exponential(1 / (0.006 * np.exp(0.2 * severe + 0.5 * score + log_ratio)))
        lost = rng.exponential(1 / (0.003 * np.exp(0.3 * score)))
        first = np.minimum(relapse, np.inf if randomized else lost)
        ends = here & (first <= WEEK)
        days[ends] = WEEK * week + np.ceil(first[ends])
        event[ends] = relapse[ends] == first[ends]
        # The randomized cohort has about as much care: the score of the others is set to its mean given v.
        seen = 0.5 * severe * 0.8**week if randomized else score
        drawn = rng.random(size) < 1 / (1 + np.exp(1.6 - 0.4 * severe - 0.6 * seen - 1.6 * (before > 0)))
        hours = 3.0 * (1 + (rng.normal(size=size) + seen > 0) + (rng.normal(size=size) + seen > 1))
        received[:, week] = drawn * (hours if measure == "hours" else 1.0)
        before, so_far = received[:, week], so_far + received[:, week]
        here &= ~ends
    return DrawnDoses(days=days, event=event, received=received, scores=scores, severe=severe)
