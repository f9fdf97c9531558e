"""Which model may be wrong where a score changes: clone-censor-weight in made-up cohorts.

A score is drawn anew for most on day 7, lower for those in care, and drives the start of care and relapse.
The models hold it as a number. "Start wrong": it drives the start by a threshold. "Outcome wrong": it drives
the hazard of relapse out of care, and half as much the other way in care. The truth of the start law
`uniform` is simulated with a million people under each strategy. Each draw is a line of a CSV file.

    python -m tools.validation.score_protection DRAWS [FOLDER]
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare.grace_period import clone_censor_weight
from stepdown.survival.core.sample import Bools, Floats, Ints

GRACE, HORIZON, PEOPLE, NEW_ON = 14, 60, 8_000, 8
ESTIMATORS = ("doubly_robust", "weighted", "g_formula")
TRUE_OF, BATCHES = 250_000, 4


@dataclass(frozen=True, kw_only=True)
class ScoreWorld:
    """What the score drives otherwise than the models have it."""

    start_wrong: bool
    outcome_wrong: bool

    @property
    def name(self) -> str:
        """Name of its draws."""
        if self.start_wrong and self.outcome_wrong:
            return "both_wrong"
        return "start_wrong" if self.start_wrong else "outcome_wrong" if self.outcome_wrong else "both_right"

    def start(self, score: Floats) -> Floats:
        """Return what the score adds to the log odds of starting on a day."""
        return np.where(score > 1.2, 2.0, 0.0) if self.start_wrong else 0.6 * (score - 1)

    def outcome(self, score: Floats, in_care: Bools) -> Floats:
        """Return what the score adds to the log odds of relapse on a day."""
        return (score - 1) * (np.where(in_care, -0.4, 0.8) if self.outcome_wrong else 0.6)


WORLDS = tuple(ScoreWorld(start_wrong=a, outcome_wrong=b) for b in (False, True) for a in (False, True))
TRUE = {"both_right": -0.1738, "start_wrong": -0.1738, "outcome_wrong": -0.1202, "both_wrong": -0.1202}
"""`true_difference` of each world."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoredPeople:
    """A cohort: last day, event, start of care, a covariate, and the score before each day."""

    days: Ints
    event: Ints
    start: Floats
    covariate: Floats
    score: Floats


def people(world: ScoreWorld, n: int, rng: np.random.Generator, *, strategy: str = "") -> ScoredPeople:
    """Draw a cohort as it is, or under a strategy: start by the law "uniform", or "none"."""
    covariate, score = rng.normal(size=n), rng.exponential(size=n)
    last, event, start = np.full(n, HORIZON), np.zeros(n, dtype=np.int64), np.full(n, np.inf)
    by_day, here = np.empty((n, HORIZON + 1)), np.ones(n, dtype=bool)
    for day in range(HORIZON + 1):
        in_care = start < day
        if day == NEW_ON:
            score = np.where(rng.random(n) < 0.2, score, rng.exponential(size=n) * np.where(in_care, 0.6, 1))
        by_day[:, day] = score
        if day:
            odds = np.exp(-4.3 + 0.3 * covariate + world.outcome(score, in_care) - 0.6 * in_care)
            relapses = here & (rng.random(n) < odds / (1 + odds))
            last[relapses], event[relapses] = day, 1
            here &= ~relapses
        if day <= GRACE:
            odds = np.exp(-4 + 0.2 * covariate + 1.2 * (day >= NEW_ON) + world.start(score))
            chance = {"": odds / (1 + odds), "none": np.zeros(n)}.get(strategy, 1 / (GRACE + 1 - day))
            start[here & np.isinf(start) & (rng.random(n) < chance)] = day
    return ScoredPeople(days=last, event=event, start=start, covariate=covariate, score=by_day)


def true_difference(world: ScoreWorld) -> tuple[float, float]:
    """Return the true difference in the risk on the last day, and its error."""
    rng = np.random.default_rng(20260601)
    risks = np.array([
        [people(world, TRUE_OF, rng, strategy=one).event.mean() for one in ("uniform", "none")]
        for _ in range(BATCHES)
    ])  # fmt: skip
    differences = risks[:, 0] - risks[:, 1]
    return float(differences.mean()), float(differences.std(ddof=1) / np.sqrt(BATCHES))


def one_draw(world: ScoreWorld, seed: int, n: int = PEOPLE) -> dict[str, float]:
    """Return the estimates of one cohort, and the limits of the default."""
    given = people(world, n, np.random.default_rng([20260602, seed]))
    found = clone_censor_weight(
        given.days, given.event, given.start,
        pd.DataFrame({"covariate": given.covariate, "score": given.score[:, 0]}),
        history=given.score, law="uniform", times=(HORIZON,), window=None, rmst=None,
    )  # fmt: skip
    row = found.one("risk", HORIZON)
    estimates = {one: float(found.one("risk", HORIZON, estimator=one)["estimate"]) for one in ESTIMATORS}
    return {"draw": float(seed)} | estimates | {name: float(row[name]) for name in ("conf_low", "conf_high")}


def run(world: ScoreWorld, draws: int, folder: Path) -> pd.DataFrame:
    """Add the draws that a file does not hold yet, and return all of them."""
    path = folder / f"score_protection_{world.name}.csv"
    fields = ("draw", *ESTIMATORS, "conf_low", "conf_high")
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(",".join(fields) + "\n", encoding="utf-8")
    done = set(pd.read_csv(path)["draw"].astype(int))
    for seed in sorted(set(range(draws)) - done):
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, fields).writerow(one_draw(world, seed))
    return pd.read_csv(path)


def summary(world: ScoreWorld, found: pd.DataFrame) -> list[dict[str, object]]:
    """Return bias with its Monte-Carlo error, spread and coverage of each estimator."""
    true = TRUE[world.name]
    inside = (found["conf_low"] <= true) & (true <= found["conf_high"])
    return [
        {
            "world": world.name, "estimator": name, "truth": true, "bias": (found[name] - true).mean(),
            "error": found[name].std() / np.sqrt(len(found)), "spread": found[name].std(),
            "coverage": inside.mean() if name == ESTIMATORS[0] else np.nan, "draws": len(found),
        }
        for name in ESTIMATORS
    ]  # fmt: skip


def main(draws: int, folder: Path) -> None:
    """Run all worlds and print their table."""
    rows = [row for world in WORLDS for row in summary(world, run(world, draws, folder))]
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "build/validation"))
