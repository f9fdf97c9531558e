"""The true risks behind a synthetic cohort.

Given the covariates, the course after discharge is a Markov chain on a few states of care, so the risk of
each client under each strategy is a recursion over days without any simulated event (`recursion.py`). What
is left to average is the law of the covariates, hidden one included: that of all first discharges of the
generator (sites of equal size, discharges even over the eight quarters). It is averaged over scrambled
Sobol points in independent batches; the standard error over batches is the only error left.

The landmark population is those alive, at liberty, event-free and still followed at the end of day 14, its
arms those who have and have not started IOP or PHP by then. `as_observed` is the risk within each arm (what
a comparison without adjustment tells); `standardised` averages each client's risk in each arm over
everyone in the landmark population (what an adjustment for all covariates tells).
"""

import json
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import qmc

from stepdown.synthetic._arrays import Floats
from stepdown.synthetic._clients import Sites
from stepdown.synthetic._covariates import DIMENSIONS, draw
from stepdown.synthetic._generator import SITE_SEED, SITES
from stepdown.synthetic._rates import GRACE, Policy, Rates
from stepdown.synthetic._recursion import CAUSES, Risks, advance, arms_at, at_discharge, observed_at
from stepdown.synthetic._truth_text import KEY, document
from stepdown.synthetic._worlds import Effect, World, effect_of, world_of

TIMES = (30, 60, 90, 180, 365)
RESTRICTED = 90
SEED = 20260101
POINTS = 32_768
BATCHES = 16

Key = tuple[str, str, str, str, str, int]
_SLICE = 8192
_STRATEGIES: dict[Policy, tuple[str, str]] = {
    "natural": ("natural_course", ""),
    "uniform": ("early", "uniform"),
    "catch_up": ("early", "catch_up"),
    "none": ("none", ""),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Truth:
    """True risks.

    Attributes
    ----------
    table : DataFrame
        `population` (discharge, landmark_14, landmark_14 standardised), `strategy`, `start_law`,
        `quantity` (risk, rmst, share), `cause`, `time`, `value`, and `error`, its standard error.
    world, effect : str
        Names.
    sites, seed, points, batches : int
        What it was averaged over.
    """

    table: pd.DataFrame
    world: str
    effect: str
    sites: int
    seed: int
    points: int
    batches: int

    def to_json(self) -> str:
        """Return the text of truth.json: risks rounded to 4 decimals, days to 2."""
        return json.dumps(document(self), indent=2) + "\n"

    def one(
        self, population: str, strategy: str, start_law: str, quantity: str, cause: str, time: int
    ) -> float:
        """Return one value; LookupError if there is none."""
        wanted = (population, strategy, start_law, quantity, cause, time)
        hit = self.table[(self.table[KEY] == list(wanted)).all(axis=1)]
        if len(hit) != 1:
            raise LookupError(f"The truth holds {len(hit)} values for {wanted}.")
        return float(hit["value"].iloc[0])


def truth(
    world: str | World = "clean",
    *,
    effect: str | Effect = "standard",
    sites: int = SITES,
    seed: int = SEED,
    points: int = POINTS,
    batches: int = BATCHES,
) -> Truth:
    """Return the true risks of a world under an effect.

    Parameters
    ----------
    world, effect : str, World or Effect
        As for `generate`.
    sites : int
        Number of sites.
    seed : int
        Seed of the scrambled points.
    points, batches : int
        Points in each batch (a power of two), and independent batches.
    """
    chosen, works, places = world_of(world), effect_of(effect), Sites.draw(sites, seed=SITE_SEED)
    rows = []
    for source in np.random.SeedSequence(seed).spawn(batches):
        sobol = qmc.Sobol(len(DIMENSIONS), scramble=True, rng=np.random.default_rng(source))
        uniforms = np.clip(sobol.random(points), 1e-12, 1 - 1e-12)
        rows.append(_batch(uniforms, places, chosen, works))
    values = pd.concat(rows, axis=1)
    table = values.mean(axis=1).rename("value").to_frame()
    table["error"] = values.std(axis=1) / np.sqrt(batches)
    return Truth(
        table=table.reset_index(),
        world=chosen.name,
        effect=works.name,
        sites=sites,
        seed=seed,
        points=points,
        batches=batches,
    )


def _batch(uniforms: Floats, sites: Sites, world: World, effect: Effect) -> pd.Series:
    """Return the values of one batch; sums are taken slice by slice, to stay within a processor's cache."""
    sums: Counter[Key] = Counter()
    for first in range(0, len(uniforms), _SLICE):
        clients = draw(uniforms[first : first + _SLICE], sites=sites)
        rates = Rates.of(clients, world=world, effect=effect)
        sums.update(_from_discharge(rates) | _from_landmark(rates))
    whole = {key: value / sums[_weight(key)] for key, value in sums.items() if key[3] != "weight"}
    for arm in ("early", "none"):
        key: Key = ("landmark_14", arm, "", "share", "", GRACE)
        whole[key] = (
            sums["landmark_14", arm, "", "weight", "", 0] / sums["landmark_14", "", "", "share", "", GRACE]
        )
    return pd.Series(whole).rename_axis(KEY)


def _weight(key: Key) -> Key:
    """Return the key of the sum of weights that a value is divided by."""
    population, strategy, *_ = key
    if key[3] == "share":
        return ("discharge", "", "", "weight", "", 0)
    return (population, strategy if population == "landmark_14" else "", "", "weight", "", 0)


def _from_discharge(rates: Rates) -> dict[Key, float]:
    sums: dict[Key, float] = {("discharge", "", "", "weight", "", 0): float(len(rates.start))}
    for policy, (strategy, law) in _STRATEGIES.items():
        chance = at_discharge(rates, policy=policy)
        risks = advance(chance, rates, after=0, times=TIMES, policy=policy, restricted=RESTRICTED)
        sums |= _summed(("discharge", strategy, law), risks, np.ones(chance.shape[1]))
    return sums


def _from_landmark(rates: Rates) -> dict[Key, float]:
    followed = observed_at(rates, day=GRACE)
    everyone = followed.sum(axis=0)
    sums: dict[Key, float] = {
        ("landmark_14", "", "", "share", "", GRACE): float(everyone.sum()),
        ("landmark_14_standardised", "", "", "weight", "", 0): float(everyone.sum()),
    }
    for arm, chance in arms_at(followed).items():
        risks = advance(chance, rates, after=GRACE, times=TIMES, policy="natural", restricted=RESTRICTED)
        weight = chance.sum(axis=0)
        sums["landmark_14", arm, "", "weight", "", 0] = float(weight.sum())
        sums |= _summed(("landmark_14", arm, ""), risks, np.ones(len(weight)))
        sums |= _summed(("landmark_14_standardised", arm, ""), risks, everyone / weight)
    return sums


def _summed(where: tuple[str, str, str], risks: Risks, weight: Floats) -> dict[Key, float]:
    sums: dict[Key, float] = {
        (*where, "risk", cause, time): float(risks.incidence[row, column] @ weight)
        for row, cause in enumerate(CAUSES)
        for column, time in enumerate(TIMES)
    }
    sums[*where, "rmst", "", RESTRICTED] = float(risks.free_days @ weight)
    return sums
