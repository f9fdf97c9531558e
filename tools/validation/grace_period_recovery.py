"""Bias and coverage of clone-censor-weight where the truth is known, cell by cell.

A cell is an effect of care, a number of discharges and a start law; a draw is a new cohort of the world
`clean` with 20 sites. The truth is that of the cell's own start law. Each draw is a line of a CSV file,
written as soon as it is there: a run that is stopped goes on where it was.

    python -m tools.validation.grace_period_recovery DRAWS [FOLDER]
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare.grace_period import clone_censor_weight
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.sources import bundled
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Clients, Sites, declared
from stepdown.synthetic.course import simulate
from stepdown.synthetic.generator import SITE_SEED, SITES
from stepdown.synthetic.known_truth import read_truth
from stepdown.synthetic.transition_rates import Rates
from stepdown.synthetic.worlds import EFFECTS, WORLDS

DAY = 90
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
_FIELDS = (
    "draw",
    "estimate",
    "std_error",
    "conf_low",
    "conf_high",
    "degrees_of_freedom",
    "weighted",
    "g_formula",
    "effective_size",
)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the simulation."""

    effect: str
    n: int
    law: StartLaw

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"clone_censor_{self.effect}_{self.n}_{self.law}"


_LAWS: tuple[StartLaw, ...] = ("as_observed", "uniform")
CELLS = tuple(
    Cell(effect=effect, n=n, law=law) for n in (400, 2000) for effect in ("standard", "none") for law in _LAWS
)


@dataclass(frozen=True, eq=False, kw_only=True)
class Cohort:
    """What is analyzed: one element or row a client."""

    days: np.ndarray
    event: np.ndarray
    start: np.ndarray
    covariates: pd.DataFrame


def cohort(n: int, *, seed: int, effect: str) -> Cohort:
    """Draw a cohort of the world `clean`, followed to day 90."""
    rng = np.random.default_rng([20260401, seed, n])
    clients = draw(rng.random((n, len(DIMENSIONS))), sites=Sites.draw(SITES, seed=SITE_SEED))
    rates = Rates.of(clients, world=WORLDS["clean"], effect=EFFECTS[effect])
    paths = simulate(rates, clients.entry, rng=rng, policy="natural")
    removed = np.minimum(paths.death, paths.incarceration)
    ends = np.minimum(np.minimum(paths.relapse, removed), np.minimum(paths.loss, DAY))
    event = np.where(paths.relapse == ends, 1, np.where(removed == ends, 2, 0))
    began = np.where((paths.started < ends) | ((paths.started == ends) & (event == 0)), paths.started, np.inf)
    return Cohort(days=ends, event=event, start=began, covariates=covariates_of(clients))


def covariates_of(clients: Clients) -> pd.DataFrame:
    """Return what drives relapse or the start, except the appointment."""
    columns: dict[str, object] = {"age": clients.numbers["age"].astype(float)}
    columns |= {name: clients.flags[name].astype(float) for name in _FLAGS}
    columns |= {name: np.array(declared(name))[clients.codes[name]] for name in _CODES}
    columns["site"] = np.array([f"S{number:02d}" for number in clients.site])
    return pd.DataFrame(columns)


def true_difference(cell: Cell) -> float:
    """Return the true difference in the risk of relapse by day 90 under the start law of a cell."""
    if cell.effect == "none":
        return 0.0
    _, values = read_truth(bundled("synthetic") / "programs" / "truth.json")
    risks = values.query("population == 'discharge' and cause == 'relapse' and time == @DAY")
    early = risks.query("strategy == 'early' and start_law == @cell.law")["value"].iloc[0]
    return float(early - risks.query("strategy == 'none'")["value"].iloc[0])


def one_draw(cell: Cell, seed: int) -> dict[str, float]:
    """Return the estimate of one cohort."""
    given = cohort(cell.n, seed=seed, effect=cell.effect)
    found = clone_censor_weight(
        given.days,
        given.event,
        given.start,
        given.covariates,
        law=cell.law,
        times=(DAY,),
        window=None,
        rmst=None,
    )
    beside = {name: found.one("risk", DAY, estimator=name)["estimate"] for name in ("weighted", "g_formula")}
    row = found.one("risk", DAY).to_dict() | beside | {"draw": seed}
    return {name: float(row[name]) for name in _FIELDS}


def run(cell: Cell, draws: int, folder: Path) -> pd.DataFrame:
    """Add the draws that a cell's file does not hold yet, and return all of them."""
    path = folder / f"{cell.name}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(",".join(_FIELDS) + "\n", encoding="utf-8")
    done = set(pd.read_csv(path)["draw"].astype(int))
    for seed in sorted(set(range(draws)) - done):
        row = one_draw(cell, seed)
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, _FIELDS).writerow(row)
    return pd.read_csv(path)


def summary(cell: Cell, found: pd.DataFrame) -> dict[str, object]:
    """Return bias with its Monte-Carlo error, spread, mean standard error and coverage of a cell."""
    truth, draws = true_difference(cell), len(found)
    shown = found.dropna(subset=["conf_low"])
    holds = (shown["conf_low"] <= truth) & (truth <= shown["conf_high"])
    spread = float(found["estimate"].std())
    return {
        "effect": cell.effect,
        "n": cell.n,
        "law": cell.law,
        "draws": draws,
        "truth": round(truth, 4),
        "bias": round(float(found["estimate"].mean()) - truth, 4),
        "error": round(spread / np.sqrt(draws), 4),
        "weighted_bias": round(float(found["weighted"].mean()) - truth, 4),
        "spread": round(spread, 4),
        "std_error": round(float(shown["std_error"].mean()), 4),
        "coverage": round(float(holds.mean()), 3),
        "withheld": draws - len(shown),
        "size": round(float(found["effective_size"].median())),
    }


if __name__ == "__main__":
    asked, place = int(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else ".validation")
    for each in CELLS:
        print(summary(each, run(each, asked, place)), flush=True)
