"""What each design estimates in a world of the generator, without error of sampling: its own truth.

Risks under the plans, and in sequential trials under starting and not starting on the day of a trial, are
recursions over days for each point of the covariates and of the handoff. What a landmark compares is
conditional on what an analysis sees (all covariates of discharge, the warm handoff and the score, but not the
appointment), so `DRAWS` draws of the rest of the handoff are side by side there, and in the start law.

    python -m tools.validation.design_truths [POINTS]
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import qmc

from stepdown.synthetic.arrays import Floats, Ints
from stepdown.synthetic.baseline_covariates import DIMENSIONS, HANDOFF, draw, hand_off
from stepdown.synthetic.clients import Clients, Sites
from stepdown.synthetic.exact_risks import (
    advance,
    arms_at,
    before_care,
    by_level_at,
    care_after,
    events_of,
    no_care,
    not_started,
    trial_risks,
)  # fmt: skip
from stepdown.synthetic.generator import SITE_SEED
from stepdown.synthetic.start_days import as_observed, next_point
from stepdown.synthetic.transition_rates import GRACE, Policy, Rates
from stepdown.synthetic.worlds import EFFECTS, WORLDS

DAY = 90
DRAWS, SLICE = 8, 1024
CELLS = {
    ("clean", 20): 4096,
    ("feedback", 20): 16_384,
    ("clean", 1): 16_384,
    ("feedback", 1): 16_384,
    ("unmeasured", 20): 16_384,
}
"""Points of each world and number of sites, as many as bring the errors below 1e-4."""
POINTS, BATCHES, SEED = 4096, 8, 20260501
KEPT = Path(__file__).parent / "design_truths.csv"
LAWS: dict[str, Policy] = {"as_observed": "as_observed", "uniform": "uniform", "natural": "catch_up"}
TILTS: dict[str, Callable[[Floats], Floats]] = {
    "everyone": lambda p: np.ones_like(p),
    "treated": lambda p: p,
    "overlap": lambda p: p * (1 - p),
}
Sums = dict[tuple[str, str], float]


@dataclass(frozen=True, eq=False, kw_only=True)
class Chain:
    """The chain of states of care, a column for each level of the score, draw of the handoff and client.

    Attributes
    ----------
    rates : Rates
        Of the columns.
    weight : array (draws, clients)
        Chance of each draw given what an analysis sees; 1 in all for a client.
    """

    rates: Rates
    weight: Floats

    @classmethod
    def of(cls, world: str, effect: str, uniforms: Floats, sites: Sites) -> "Chain":
        """Return the chain of the clients drawn from uniform numbers."""
        clients = draw(uniforms, sites=sites)
        drawn = [_handed(clients, uniforms, number) for number in range(DRAWS)]
        alike = np.array([one.flags["warm_handoff"] == clients.flags["warm_handoff"] for one in drawn])
        everyone = drawn[0]
        for one in drawn[1:]:
            everyone = everyone.join(one)
        rates = Rates.of(everyone, world=WORLDS[world], effect=EFFECTS[effect]).by_level()
        found = cls(rates=rates, weight=alike / alike.sum(axis=0))
        return replace(found, rates=replace(rates, start_law=found._law()))

    def begin(self) -> Floats:
        """Return the chances before any care."""
        return no_care(self.rates) * np.tile(self.weight.ravel(), self.rates.levels)

    def by_client(self, values: Floats) -> Floats:
        """Return the sum over levels and draws, by client."""
        return np.asarray(values.reshape(self.rates.levels, *self.weight.shape).sum(axis=(0, 1)))

    def followed(self) -> list[Floats]:
        """Return the chances of those still followed before the care of days 0 to 14, and after the last."""
        found = list(before_care(self.begin(), self.rates, until=GRACE))
        return [*found, care_after(found[-1], self.rates, day=GRACE, policy="natural")]

    def relapse(self, chance: Floats, *, after: int, until: int, policy: Policy = "natural") -> Floats:
        """Return the chance of relapse from the end of a day to that of another, by column."""
        found = advance(chance, self.rates, after=after, times=(until,), policy=policy)
        return np.asarray(found.incidence[0, 0])

    def _law(self) -> Floats:
        """Return the start law of those alike in all but the appointment and the score, by day and column."""
        chance, hazards = self.begin(), []
        for day in range(GRACE + 1):
            if day:
                chance, _ = events_of(chance, self.rates, day=day)
            waits = not_started(chance).sum(axis=0)
            starts = waits * self.rates.start_at(day, self.rates.level, policy="natural")
            hazards.append(self.by_client(starts) / self.by_client(waits))
            chance = care_after(chance, self.rates, day=day, policy="natural")
        law = as_observed(np.array(hazards))
        return np.asarray(np.tile(law, chance.shape[1] // law.shape[1]))


def _handed(clients: Clients, uniforms: Floats, number: int) -> Clients:
    """Return the clients with another draw of the handoff; a warm handoff stays one."""
    warm, drawn = clients.flags["warm_handoff"], {}
    for place, name in enumerate(HANDOFF):
        own = uniforms[:, DIMENSIONS.index(name)]
        other = next_point(own, number, place)
        drawn[name] = np.where(warm, own, other) if name in ("referred", "scheduled", "warm") else other
    return hand_off(clients, drawn)


def _plans(chain: Chain) -> Sums:
    sums: Sums = {}
    policies: dict[str, Policy] = {**LAWS, "none": "none"}
    risks = {
        name: float(
            chain.relapse(
                care_after(chain.begin(), chain.rates, day=0, policy=policy),
                after=0, until=DAY, policy=policy,
            ).sum()
        )
        for name, policy in policies.items()
    }  # fmt: skip
    for law in LAWS:
        sums |= {
            (f"clone_censor_weight/{law}", "early"): risks[law],
            (f"clone_censor_weight/{law}", "none"): risks["none"],
            (f"clone_censor_weight/{law}", "weight"): float(chain.weight.sum()),
        }  # fmt: skip
    return sums


def _landmark(chain: Chain, chance: Floats) -> Sums:
    sizes, risks = {}, {}
    for arm, now in arms_at(chance).items():
        risks[arm], sizes[arm] = _landmark_risks(chain, now)
    everyone = sizes["early"] + sizes["none"]
    sums: Sums = {}
    for population, tilt in TILTS.items():
        weight = everyone * tilt(sizes["early"] / everyone)
        sums[f"landmark/{population}", "weight"] = float(weight.sum())
        for arm, risk in risks.items():
            sums[f"landmark/{population}", arm] = float((weight * risk).sum())
    return sums


def landmark_effects(
    world: str, effect: str, uniforms: Floats, sites: int, *, level: Ints | None = None
) -> Floats:
    """Return what having started by the landmark changes in the risk of relapse by day 90, client by client.

    Parameters
    ----------
    world, effect : str
        Names.
    uniforms : array (n, dimensions)
        What the covariates were drawn from.
    sites : int
        Number of sites.
    level : array of int (n,), optional
        Level of the score at the landmark, in a world with one.
    """
    chain = Chain.of(world, effect, np.clip(uniforms, 1e-12, 1 - 1e-12), Sites.draw(sites, seed=SITE_SEED))
    *_, chance = chain.followed()
    risks = {arm: _landmark_risks(chain, now)[0] for arm, now in arms_at(chance).items()}
    gap = risks["early"] - risks["none"]
    place = np.zeros(gap.shape[1], dtype=np.int64) if level is None else level
    return np.asarray(gap[place, np.arange(gap.shape[1])])


def _landmark_risks(chain: Chain, now: Floats) -> tuple[Floats, Floats]:
    """Return the risks of those with these chances at the landmark, and their share, (levels, clients)."""
    size = now.sum(axis=0).reshape(chain.rates.levels, *chain.weight.shape).sum(axis=1)
    found = [
        chain.by_client(chain.relapse(alone, after=GRACE, until=DAY))
        for alone, _ in by_level_at(now, chain.rates)
    ]
    return np.array(found) / size, size


def _trials(chain: Chain, followed: list[Floats]) -> Sums:
    found = trial_risks(chain.rates, followed, days=DAY)
    sums: Sums = {}
    for adherence, waits in (("as_started", "none"), ("per_protocol", "none_until_day_14")):
        for arm, name in (("early", "early"), ("none", waits), ("weight", "entries")):
            sums[f"sequential_trials/{adherence}", arm] = float(found[name].sum())
    return sums


def _batch(world: str, effect: str, uniforms: Floats, sites: Sites) -> pd.Series:
    sums: Sums = {}
    for part in np.array_split(uniforms, -(-len(uniforms) // SLICE)):
        chain = Chain.of(world, effect, part, sites)
        *followed, landmark = chain.followed()
        for found in (_plans(chain), _landmark(chain, landmark), _trials(chain, followed)):
            sums |= {key: sums.get(key, 0.0) + value for key, value in found.items()}
    return pd.Series({
        name: (sums[name, "early"] - sums[name, "none"]) / sums[name, "weight"]
        for name in dict.fromkeys(name for name, _ in sums)
    })  # fmt: skip


def design_truths(
    world: str, effect: str, sites: int, *, points: int = POINTS, batches: int = BATCHES
) -> pd.DataFrame:
    """Return the true difference of the risks of relapse by day 90 of each design, and its error.

    Parameters
    ----------
    world, effect : str
        Names.
    sites : int
        Number of sites.
    points, batches : int
        Sobol points in each batch (a power of two), and independent batches: the error is over batches.
    """
    places, rows = Sites.draw(sites, seed=SITE_SEED), []
    for source in np.random.SeedSequence(SEED).spawn(batches):
        sobol = qmc.Sobol(len(DIMENSIONS), scramble=True, rng=np.random.default_rng(source))
        uniforms = np.clip(sobol.random(points), 1e-12, 1 - 1e-12)
        rows.append(_batch(world, effect, uniforms, places))
    found = pd.concat(rows, axis=1)
    return pd.DataFrame({
        "world": world, "effect": effect, "sites": sites, "design": found.index,
        "truth": found.mean(axis=1).to_numpy(), "error": found.std(axis=1).to_numpy() / batches**0.5,
    })  # fmt: skip


def main(points: int | None) -> None:
    """Compute the truths again, cell by cell, with the points of each or with some for all."""
    for (world, sites), own in CELLS.items():
        found = design_truths(world, "standard", sites, points=points or own).round(6)
        kept = pd.read_csv(KEPT) if KEPT.exists() else found.iloc[:0]
        others = kept[(kept["world"] != world) | (kept["sites"] != sites)]
        pd.concat([others, found]).to_csv(KEPT, index=False)
        print(found.to_string(index=False), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else None)
