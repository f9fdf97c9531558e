"""Clients, rates and paths for tests of the generator."""

import numpy as np
import pandas as pd

from stepdown.synthetic.arrays import Floats
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Clients, Sites
from stepdown.synthetic.course import Paths, simulate
from stepdown.synthetic.generator import SITE_SEED, SITES
from stepdown.synthetic.transition_rates import Policy, Rates
from stepdown.synthetic.worlds import EFFECTS, WORLDS


def clients(n: int, *, seed: int = 1, sites: int = SITES) -> Clients:
    """Draw clients."""
    rng = np.random.default_rng(seed)
    return draw(rng.random((n, len(DIMENSIONS))), sites=Sites.draw(sites, seed=SITE_SEED))


def clients_with_uniforms(n: int, *, seed: int, sites: int = SITES) -> tuple[Clients, Floats]:
    """Draw clients, and return the uniform numbers that they are drawn from."""
    uniforms = np.random.default_rng(seed).random((n, len(DIMENSIONS)))
    return draw(uniforms, sites=Sites.draw(sites, seed=SITE_SEED)), uniforms


def rates(people: Clients, *, world: str = "clean", effect: str = "standard") -> Rates:
    """Return their rates."""
    return Rates.of(people, world=WORLDS[world], effect=EFFECTS[effect])


def run(people: Clients, of: Rates, *, policy: Policy = "natural", seed: int = 2) -> Paths:
    """Run their course."""
    return simulate(of, people.entry, rng=np.random.default_rng(seed), policy=policy)


HORIZON = 365


def first_events(frames: dict[str, pd.DataFrame]) -> tuple[np.ndarray, np.ndarray]:
    """Return days and events (0 censored, 1 relapse, 2 death, 3 incarceration) after first discharges."""
    zero = frames["discharges"].groupby("client_id")["discharge_day"].min().astype("int64")
    spans = frames["followup"].drop_duplicates("client_id").set_index("client_id")["end_day"]
    days = (spans.reindex(zero.index) - zero).to_numpy(dtype=float)
    found = frames["observations"]
    since = found["day"] - found["client_id"].map(zero)
    event = np.zeros(len(days), dtype=int)
    for number, finding in ((3, "incarceration"), (2, "death"), (1, "positive")):
        chosen = (found["finding"] == finding) & (since <= HORIZON)
        first = since[chosen].groupby(found["client_id"][chosen]).min()
        first = first.reindex(zero.index).astype("Float64").to_numpy(dtype=float, na_value=np.inf)
        event = np.where(first <= days, number, event)
        days = np.minimum(first, days)
    return days, event
