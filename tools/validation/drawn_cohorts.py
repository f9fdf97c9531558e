"""Cohorts of the generator as arrays: last day at risk, event, first care, covariates, weekly scores."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.compare.score_history import score_history
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Clients, Sites, declared
from stepdown.synthetic.course import simulate
from stepdown.synthetic.findings import scores
from stepdown.synthetic.generator import SITE_SEED
from stepdown.synthetic.service_rows import level_of_state
from stepdown.synthetic.transition_rates import GRACE, INTENSIVE, Rates, in_states
from stepdown.synthetic.worlds import EFFECTS, World, world_of

DAY = 90
LAST = DAY + GRACE
"""Everybody is followed to the end of the last trial."""
_CODES = ("primary_substance", "severity", "home_environment", "payer", "discharge_reason", "prior_iop")
_FLAGS = (
    "cooccurring",
    "trauma_history",
    "prior_relapse",
    "employed",
    "moud_at_discharge",
    "rural",
    "warm_handoff",
)


@dataclass(frozen=True, eq=False, kw_only=True)
class DrawnCohort:
    """What is analyzed, one element or row a client.

    Attributes
    ----------
    days, event, start : array (n,)
        Last day at risk, 0, 1 (relapse) or 2 (death, incarceration) on it, first day of IOP or PHP.
    covariates : DataFrame (n rows)
        Of discharge, without the appointment; with the score of discharge where the world has one.
    history : array (n, days, columns) or None
        The latest score before each day.
    in_care : array of bool (days, n)
        Whether in IOP or PHP at the end of each day.
    level : array of int (days, n)
        Level of care at the end of each day, by its place in `LEVELS`; -1 for none.
    uniforms : array (n, dimensions)
        What the covariates were drawn from.
    """

    days: np.ndarray
    event: np.ndarray
    start: np.ndarray
    covariates: pd.DataFrame
    history: np.ndarray | None
    in_care: np.ndarray
    level: np.ndarray
    uniforms: np.ndarray


def drawn_cohort(world: str | World, effect: str, n: int, sites: int, *, seed: int) -> DrawnCohort:
    """Draw a cohort of a world in which each relapse has its day (clean, unmeasured, feedback)."""
    rng = np.random.default_rng([20260401, seed, n, sites])
    uniforms = rng.random((n, len(DIMENSIONS)))
    clients = draw(uniforms, sites=Sites.draw(sites, seed=SITE_SEED))
    setting = world_of(world)
    rates = Rates.of(clients, world=setting, effect=EFFECTS[effect])
    paths = simulate(rates, clients.entry, rng=rng, policy="natural")
    removed = np.minimum(paths.death, paths.incarceration)
    ends = np.minimum(np.minimum(paths.relapse, removed), np.minimum(paths.loss, LAST))
    event = np.where(paths.relapse == ends, 1, np.where(removed == ends, 2, 0))
    # On the day of an event the event came first.
    began = np.where((paths.started < ends) | ((paths.started == ends) & (event == 0)), paths.started, np.inf)
    columns, history = covariates_of(clients), None
    if setting.score is not None:
        taken = pd.DataFrame(scores(paths, setting.score, until=ends)).rename(columns={"person": "row"})
        found = score_history(
            taken.assign(instrument="craving"), ("craving",), size=n, days=LAST + 2, needed_by=GRACE
        )
        history = found.values
        columns = columns.assign(craving=history[:, 0, 0])
    states = paths.state[: LAST + 1]
    return DrawnCohort(
        days=ends, event=event, start=began, covariates=columns, history=history,
        in_care=in_states(states, INTENSIVE), level=level_of_state(states), uniforms=uniforms,
    )  # fmt: skip


def covariates_of(clients: Clients) -> pd.DataFrame:
    """Return what drives relapse or the start, except the appointment."""
    columns: dict[str, object] = {"age": clients.numbers["age"].astype(float)}
    columns |= {name: clients.flags[name].astype(float) for name in _FLAGS}
    columns |= {name: np.array(declared(name))[clients.codes[name]] for name in _CODES}
    if len(clients.sites.case_mix) > 1:
        columns["site"] = np.array([f"S{number:02d}" for number in clients.site])
    return pd.DataFrame(columns)
