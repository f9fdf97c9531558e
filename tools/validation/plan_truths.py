"""True risks under plans that unfold, by recursion over days: a step after another, and care kept up.

Care of a day is the state at its end, as spans of care record it. The start law is that of clients alike in
all but the appointment, as in `design_truths`. Nobody in these worlds comes back to IOP or PHP: who meets a
later count does so on its first day, and who does not departs. So following the plan is to be among those
still there, client by client.

- **Kept up**: IOP or PHP within 14 days, for 4 weeks. On days 7, 14 and 21 after the start the chances of
  those in IOP or PHP, divided by their sum, take the place of all.
- **In steps**: IOP or PHP within 14 days, not preceded by outpatient care, then outpatient care within 14
  days of its end. Each day the chances of those in IOP, PHP or the outpatient care that follows, divided by
  their sum, take the place of all.

    python -m tools.validation.plan_truths [POINTS]
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc

from stepdown.study import Strategy
from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.baseline_covariates import DIMENSIONS
from stepdown.synthetic.clients import Sites
from stepdown.synthetic.exact_risks import STATES, care_after, events_of
from stepdown.synthetic.generator import SITE_SEED
from stepdown.synthetic.start_days import as_observed
from stepdown.synthetic.transition_rates import (
    EARLY_OUTPATIENT,
    GRACE,
    IN_CARE,
    INTENSIVE,
    NONE,
    OUTPATIENT,
    Rates,
)
from stepdown.synthetic.weekly_scores import WEEK as SCORED
from stepdown.synthetic.weekly_scores import mixed
from tools.validation.design_truths import BATCHES, DAY, SEED, SLICE, Chain

KEPT = Path(__file__).parent / "plan_truths.csv"
POINTS, WEEK, WEEKS = 2048, 7, 4
_START = {"level": ("iop", "php"), "within": GRACE}
_THEN = {"level": ("outpatient",), "within": GRACE, "after": "end"}
PLANS = {
    name: Strategy.model_validate({"label": name, **parts})
    for name, parts in (
        ("kept_up", {"steps": (_START | {"min_weeks": WEEKS},)}),
        ("in_steps", {"steps": (_START, _THEN)}),
        ("none", {"avoid": (_START,)}),
    )
}


def _among(chance: Floats, states: tuple[int, ...]) -> Floats:
    """Return the chances of those in some states, divided by their sum, in the place of all."""
    kept = np.zeros_like(chance)
    kept[list(states)] = chance[list(states)]
    total, left = chance.sum(axis=0), kept.sum(axis=0)
    return np.asarray(kept * np.divide(total, left, out=np.zeros_like(total), where=left > 0))


def _law(chain: Chain) -> Floats:
    """Return the start law of those who have had no outpatient care, by day and column."""
    chance, hazards = chain.begin(), []
    for day in range(GRACE + 1):
        if day:
            chance, _ = events_of(chance, chain.rates, day=day)
        starts = chance[NONE] * chain.rates.start_at(day, chain.rates.level, policy="natural")
        hazards.append(chain.by_client(starts) / chain.by_client(chance[NONE]))
        after = care_after(chance, chain.rates, day=day, policy="natural")
        chance = np.zeros_like(after)
        chance[NONE] = after[NONE]
    law = as_observed(np.array(hazards))
    return np.asarray(np.tile(law, chance.shape[1] // law.shape[1]))


def plan_risk(chain: Chain, *, in_steps: bool) -> Floats:
    """Return the risk of relapse by day 90 under a plan that starts care within 14 days, by column."""
    every = chain.rates
    # Within a day the score moves last: who is still there is decided by the score of before.
    rates = replace(every, score=None, start_law=_law(chain) if in_steps else every.start_law)
    if in_steps:
        rates = replace(rates, outpatient=np.zeros_like(rates.outpatient))
    waits, later, total = chain.begin(), np.zeros((STATES, len(every.start))), np.zeros(len(every.start))
    begun: list[Floats] = []  # the chances of those who started on each day
    for day in range(DAY + 1):
        if day:
            pairs = [events_of(one, rates, day=day) for one in (waits, *begun, later)]
            total += sum(events[0] for _, events in pairs)
            waits, *begun, later = (chance for chance, _ in pairs)
        begun = [care_after(one, rates, day=day, policy="natural") for one in begun]
        later = care_after(later, rates, day=day, policy="natural")
        for start, one in enumerate(begun):
            if in_steps:
                kept = _among(one, (*INTENSIVE, OUTPATIENT))
                later[OUTPATIENT] += kept[OUTPATIENT]
                kept[OUTPATIENT] = 0.0
                begun[start] = kept
            elif day - start in range(WEEK, WEEK * WEEKS, WEEK):
                begun[start] = _among(one, INTENSIVE)
        if day <= GRACE:
            waits = care_after(waits, rates, day=day, policy="as_observed")
            new = waits.copy()
            new[[NONE, EARLY_OUTPATIENT]] = 0.0
            begun.append(new)
            waits = waits - new
        waits, *begun, later = (_scored(one, every, day) for one in (waits, *begun, later))
    return total


def _scored(chance: Floats, rates: Rates, day: int) -> Floats:
    """Return the chances after the weekly move of the score, where there is one."""
    if rates.score is None or not day or day % SCORED:
        return chance
    return mixed(chance, rates.score, in_care=np.isin(np.arange(STATES), IN_CARE), falls=rates.score_falls)


def _batch(world: str, effect: str, uniforms: Floats, sites: Sites) -> pd.Series:
    sums = dict.fromkeys(("kept_up", "in_steps", "none", "weight"), 0.0)
    for part in np.array_split(uniforms, -(-len(uniforms) // SLICE)):
        chain = Chain.of(world, effect, part, sites)
        begins = care_after(chain.begin(), chain.rates, day=0, policy="none")
        sums["none"] += float(chain.relapse(begins, after=0, until=DAY, policy="none").sum())
        for name in ("kept_up", "in_steps"):
            sums[name] += float(plan_risk(chain, in_steps=name == "in_steps").sum())
        sums["weight"] += float(chain.weight.sum())
    return pd.Series({name: sums[name] / sums["weight"] for name in ("kept_up", "in_steps", "none")})


def plan_truths(
    world: str, effect: str, sites: int, *, points: int = POINTS, batches: int = BATCHES
) -> pd.DataFrame:
    """Return the true risk of each plan, its difference from no start within 14 days, and the error of that.

    Parameters
    ----------
    world, effect, sites, points, batches
        As for `design_truths`.
    """
    places, rows = Sites.draw(sites, seed=SITE_SEED), []
    for source in np.random.SeedSequence(SEED).spawn(batches):
        sobol = qmc.Sobol(len(DIMENSIONS), scramble=True, rng=np.random.default_rng(source))
        uniforms = np.clip(sobol.random(points), 1e-12, 1 - 1e-12)
        rows.append(_batch(world, effect, uniforms, places))
    found = pd.concat(rows, axis=1)
    apart = found - found.loc["none"]
    return pd.DataFrame({
        "world": world, "effect": effect, "sites": sites, "plan": found.index,
        "risk": found.mean(axis=1).to_numpy(), "truth": apart.mean(axis=1).to_numpy(),
        "error": apart.std(axis=1).to_numpy() / batches**0.5,
    })  # fmt: skip


if __name__ == "__main__":
    size = int(sys.argv[1]) if sys.argv[1:] else POINTS
    made = [plan_truths(world, "standard", 20, points=size) for world in ("clean", "feedback")]
    pd.concat(made).round(6).to_csv(KEPT, index=False)
    print(pd.concat(made).to_string(index=False))
