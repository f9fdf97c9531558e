"""The true risks behind a synthetic cohort.

Given the covariates, the course after discharge is a Markov chain on a few states of care, so the risk of
each client under each strategy is a recursion over days without any simulated event (`exact_risks.py`). It is
averaged over the covariates, the hidden one included, of all first discharges of the generator (sites of
equal size, discharges even over the eight quarters), at scrambled Sobol points in independent batches; the
standard error over batches is the only error.

The landmark population is those alive, at liberty, event-free and still followed at the end of day 14, its
arms those who have and have not started IOP or PHP by then. In `landmark_14` the risk is that within each
arm (what an unadjusted comparison estimates); `landmark_14_standardized` averages each client's risk in each
arm over the whole landmark population (what adjustment for all covariates estimates).

The entries of sequential trials are those event-free, followed and without IOP or PHP so far on each of days
0 to 14, one trial a day; days count from the day of the trial. Their risks take 15 recursions for each point,
and so rest on a quarter of the points, 512 at least.

truth.json holds the true risks, rounded, with all that is needed to compute them again.
"""

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Sites
from stepdown.synthetic.exact_risks import (
    CAUSES,
    Risks,
    advance,
    arms_at,
    at_discharge,
    before_care,
    by_level_at,
    no_care,
    observed_at,
    of_clients,
    trial_risks,
)
from stepdown.synthetic.generator import SITE_SEED, SITES
from stepdown.synthetic.start_days import as_observed, start_chances
from stepdown.synthetic.transition_rates import GRACE, Policy, Rates
from stepdown.synthetic.worlds import WORLDS, Effect, World, effect_of, world_of

TIMES = (30, 60, 90, 180, 365)
RESTRICTED = 90
SEED = 20260101
POINTS = 32_768
BATCHES = 16

TRIALS_SHARE, TRIALS_LEAST, TRIAL_DAYS = 4, 512, 90

Key = tuple[str, str, str, str, str, int]
_SLICE = 8192
_STRATEGIES: dict[Policy, tuple[str, str]] = {
    "natural": ("natural_course", ""),
    "as_observed": ("early", "as_observed"),
    "uniform": ("early", "uniform"),
    "catch_up": ("early", "natural"),
    "none": ("none", ""),
}


@dataclass(frozen=True, eq=False, kw_only=True)
class Truth:
    """True risks.

    Attributes
    ----------
    table : DataFrame
        `population` (discharge, landmark_14, landmark_14 standardized), `strategy`, `start_law`,
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
            raise LookupError(
                f"The truth holds {len(hit)} values of these keys. Its table shows the keys that exist."
            )
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
    world, effect, places = world_of(world), effect_of(effect), Sites.draw(sites, seed=SITE_SEED)
    rows = []
    for source in np.random.SeedSequence(seed).spawn(batches):
        sobol = qmc.Sobol(len(DIMENSIONS), scramble=True, rng=np.random.default_rng(source))
        uniforms = np.clip(sobol.random(points), 1e-12, 1 - 1e-12)
        rows.append(_batch(uniforms, places, world, effect))
    values = pd.concat(rows, axis=1)
    table = values.mean(axis=1).rename("value").to_frame()
    table["error"] = values.std(axis=1) / np.sqrt(batches)
    return Truth(
        table=table.reset_index(),
        world=world.name,
        effect=effect.name,
        sites=sites,
        seed=seed,
        points=points,
        batches=batches,
    )


def _batch(uniforms: Floats, sites: Sites, world: World, effect: Effect) -> pd.Series:
    """Return the values of one batch; sums are taken slice by slice, to stay within a processor's cache."""
    sums: Counter[Key] = Counter()
    for first in range(0, len(uniforms), _SLICE):
        points = uniforms[first : first + _SLICE]
        clients = draw(points, sites=sites)
        law = as_observed(start_chances(clients, points, world=world, effect=effect))
        rates = replace(Rates.of(clients, world=world, effect=effect), start_law=law).by_level()
        sums.update(_from_discharge(rates) | _from_landmark(rates))
    part = uniforms[: max(len(uniforms) // TRIALS_SHARE, TRIALS_LEAST)]
    sums.update(from_trials(Rates.of(draw(part, sites=sites), world=world, effect=effect).by_level()))
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
    sums: dict[Key, float] = {("discharge", "", "", "weight", "", 0): len(rates.start) / rates.levels}
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
        ("landmark_14_standardized", "", "", "weight", "", 0): float(everyone.sum()),
    }
    for arm, chance in arms_at(followed).items():
        weight = chance.sum(axis=0)
        sums["landmark_14", arm, "", "weight", "", 0] = float(weight.sum())
        # What is standardized for everything known at the landmark is so for the score of that day too.
        parts: Counter[Key] = Counter()
        for alone, place in by_level_at(chance, rates):
            risks = advance(alone, rates, after=GRACE, times=TIMES, policy="natural", restricted=RESTRICTED)
            risks = of_clients(risks, rates)
            parts.update(_summed(("landmark_14", arm, ""), risks, np.ones(len(weight[place]))))
            ratio = everyone[place] / weight[place]
            parts.update(_summed(("landmark_14_standardized", arm, ""), risks, ratio))
        sums |= parts
    return sums


def from_trials(rates: Rates) -> dict[Key, float]:
    """Return the sums of the risks of sequential trials, and of their entries as weight."""
    found = trial_risks(rates, before_care(no_care(rates), rates, until=GRACE), days=TRIAL_DAYS)
    sums: dict[Key, float] = {
        ("sequential_trials", name, "", "risk", "relapse", TRIAL_DAYS): float(values.sum())
        for name, values in found.items()
        if name != "entries"
    }
    return sums | {("sequential_trials", "", "", "weight", "", 0): float(found["entries"].sum())}


def _summed(where: tuple[str, str, str], risks: Risks, weight: Floats) -> dict[Key, float]:
    sums: dict[Key, float] = {
        (*where, "risk", cause, time): float(risks.incidence[row, column] @ weight)
        for row, cause in enumerate(CAUSES)
        for column, time in enumerate(TIMES)
    }
    sums[*where, "rmst", "", RESTRICTED] = float(risks.free_days @ weight)
    return sums


KEY = ["population", "strategy", "start_law", "quantity", "cause", "time"]
RISK_DECIMALS, DAY_DECIMALS = 4, 2

_ABOUT = (
    "True values behind this synthetic cohort. risk: chance of the cause by the day, the others being "
    "competing events. rmst: mean days free of relapse, death and incarceration up to the day, counted from "
    "discharge, or from the end of day 14 after the landmark. share: part of the population above."
)
_POPULATIONS = {
    "discharge": (
        "All first discharges that the generator draws: its sites of equal size, discharge days even over "
        "the eight quarters, covariates as in margins.toml and course.toml; no loss to follow-up or data cut."
    ),
    "landmark_14": (
        "Of those, the clients alive, at liberty, relapse-free and under follow-up at the end of day 14, "
        "split by whether IOP or PHP was started by then; risks within each arm, unadjusted."
    ),
    "landmark_14_standardized": (
        "The same clients, each with the risk of either arm given all covariates, averaged over everyone at "
        "the landmark: what a comparison adjusted for every covariate estimates."
    ),
    "sequential_trials": (
        "The entries of a trial on each of days 0 to 14: the clients event-free, under follow-up and without "
        "IOP or PHP so far. Days count from the day of the trial."
    ),
}
_STRATEGY_TEXTS = {
    "natural_course": "Care starts as in the simulated programs.",
    "early": (
        "IOP or PHP is started on a day from 0 to 14 (see start_laws), with dropout as simulated. In a "
        "trial: on its day."
    ),
    "none": (
        "No IOP or PHP on days 0 to 14, then as simulated. At the landmark: none started by day 14. In a "
        "trial: not started on its day, later as simulated (as started)."
    ),
    "none_until_day_14": (
        "In a trial: not started on its day or later up to day 14, then as simulated (per protocol)."
    ),
}
_START_LAWS = {
    "as_observed": (
        "The default. The start day is drawn from the days on which clients with the same covariates who "
        "start by day 14 do start, the handoff averaged out; it happens unless an event comes first."
    ),
    "uniform": (
        "The start day is drawn evenly from days 0 to 14 for every client; it happens unless an event "
        "comes first."
    ),
    "natural": (
        "Starts as in the natural course on days 0 to 13; clients who are event-free and have not started "
        "by then start on day 14."
    ),
}
_METHOD = (
    "Exact recursion over days for each client (a Markov chain on the states of care), averaged over "
    "scrambled Sobol points of the covariates in independent batches; the errors are standard errors over "
    "batches, the largest of all values."
)


def _of_score(world: str) -> str:
    if world not in WORLDS or WORLDS[world].score is None:
        return ""
    return (
        " The chain has the weekly score beside the state of care. landmark_14_standardized is standardized "
        "for the score of day 14 too, and the law as_observed is that of clients without an event."
    )


def document(truth: "Truth") -> dict[str, Any]:
    """Return truth.json as nested dictionaries."""
    values: dict[str, Any] = {}
    for key, value in zip(truth.table[KEY].itertuples(index=False), truth.table["value"], strict=True):
        population, strategy, law, quantity, cause, time = key
        place = values
        for name in (population, strategy, law, quantity, cause):
            place = place.setdefault(name, {}) if name else place
        place[str(time)] = round(float(value), DAY_DECIMALS if quantity == "rmst" else RISK_DECIMALS)
    return {
        "format": 1,
        "about": _ABOUT,
        "world": truth.world,
        "effect": truth.effect,
        "sites": truth.sites,
        "populations": _POPULATIONS,
        "strategies": _STRATEGY_TEXTS,
        "start_laws": _START_LAWS,
        "default_start_law": "as_observed",
        "method": _METHOD + _of_score(truth.world),
        "seed": truth.seed,
        "points": truth.points,
        "batches": truth.batches,
        "monte_carlo_error": monte_carlo_error(truth),
        "values": values,
    }


def monte_carlo_error(truth: "Truth") -> dict[str, float]:
    """Return the largest standard errors, rounded up: of risks and shares, and of days."""
    days = truth.table["quantity"] == "rmst"
    return {
        "risk": float(np.ceil(truth.table.loc[~days, "error"].max() * 1e6) / 1e6),
        "days": float(np.ceil(truth.table.loc[days, "error"].max() * 1e4) / 1e4),
    }


def read_truth(path: str | Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Read truth.json.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    dict, DataFrame
        The document, and its values as rows with the columns of `KEY` and `value`.
    """
    found: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    rows = [(*_named(names), int(time), value) for names, time, value in _leaves(found["values"], ())]
    return found, pd.DataFrame(rows, columns=[*KEY, "value"])


def _leaves(place: dict[str, Any], names: tuple[str, ...]) -> list[tuple[tuple[str, ...], str, float]]:
    found: list[tuple[tuple[str, ...], str, float]] = []
    for name, value in place.items():
        found += _leaves(value, (*names, name)) if isinstance(value, dict) else [(names, name, value)]
    return found


def _named(names: tuple[str, ...]) -> tuple[str, str, str, str, str]:
    rest = list(names[1:])
    strategy = rest.pop(0) if rest and rest[0] in _STRATEGY_TEXTS else ""
    law = rest.pop(0) if rest and rest[0] in _START_LAWS else ""
    quantity = rest.pop(0)
    return names[0], strategy, law, quantity, rest.pop(0) if rest else ""
