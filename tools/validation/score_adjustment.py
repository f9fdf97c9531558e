"""Adjustment for a score that changes with care: the world `feedback`, by its own truth.

A weekly craving score drives both the start of care and relapse, and care lowers it. Three analyses of each
draw, under the start law `uniform`, for which the truth is exact: adjusted for the covariates of discharge
alone; for those and the score of discharge; for those and the latest score before each day. Each draw is a
line of a CSV file, as in `design_recovery`.

    python -m tools.validation.score_adjustment DRAWS [FOLDER]
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare.grace_period import clone_censor_weight
from stepdown.compare.score_history import score_history
from stepdown.synthetic.baseline_covariates import DIMENSIONS, draw
from stepdown.synthetic.clients import Sites
from stepdown.synthetic.course import simulate
from stepdown.synthetic.findings import scores
from stepdown.synthetic.generator import SITE_SEED, SITES
from stepdown.synthetic.known_truth import truth
from stepdown.synthetic.transition_rates import GRACE, Rates
from stepdown.synthetic.worlds import EFFECTS, WORLDS
from tools.validation.drawn_cohorts import DAY, covariates_of

ADJUSTMENTS = ("at_discharge", "latest")
TRUE = {"standard": -0.1131, "none": 0.0}
"""`true_difference` of each effect."""
NAMES = ("without", *ADJUSTMENTS)
_PARTS = ("", "_low", "_high", "_size")
_FIELDS = ("draw", *(f"{name}{part}" for name in NAMES for part in _PARTS))


def true_difference(effect: str, *, points: int = 2048, batches: int = 8) -> tuple[float, float]:
    """Return the true difference in the risk of relapse by day 90 under the law `uniform`, and its error."""
    if effect == "none":
        return 0.0, 0.0
    known = truth("feedback", effect=effect, points=points, batches=batches)
    row = {"quantity": "risk", "cause": "relapse", "time": DAY, "population": "discharge"}
    risks = known.table[(known.table[list(row)] == list(row.values())).all(axis=1)]
    early = risks[risks["start_law"] == "uniform"].iloc[0]
    none = risks[risks["strategy"] == "none"].iloc[0]
    return float(early["value"] - none["value"]), float(np.hypot(early["error"], none["error"]))


def one_draw(effect: str, n: int, seed: int) -> dict[str, float]:
    """Return the estimates of one cohort."""
    world = WORLDS["feedback"]
    rng = np.random.default_rng([20260402, seed, n])
    clients = draw(rng.random((n, len(DIMENSIONS))), sites=Sites.draw(SITES, seed=SITE_SEED))
    rates = Rates.of(clients, world=world, effect=EFFECTS[effect])
    paths = simulate(rates, clients.entry, rng=rng, policy="natural")
    removed = np.minimum(paths.death, paths.incarceration)
    ends = np.minimum(np.minimum(paths.relapse, removed), np.minimum(paths.loss, DAY))
    event = np.where(paths.relapse == ends, 1, np.where(removed == ends, 2, 0))
    taken = pd.DataFrame(scores(paths, world.score, until=ends)).rename(columns={"person": "row"})
    history = score_history(
        taken.assign(instrument="craving"), ("craving",), size=n, days=DAY + 1, needed_by=GRACE
    )
    columns = covariates_of(clients)
    beside = columns.assign(craving=history.values[:, 0, 0])
    found = {"draw": float(seed)}
    for name, frame, by_day in (
        ("without", columns, None),
        ("at_discharge", beside, None),
        ("latest", beside, history.values),
    ):
        row = clone_censor_weight(
            ends, event, paths.started.astype(float), frame, history=by_day, law="uniform", times=(DAY,),
            window=None, rmst=None,
        ).one("risk", DAY)  # fmt: skip
        found |= {
            name: row["estimate"],
            f"{name}_low": row["conf_low"],
            f"{name}_high": row["conf_high"],
            f"{name}_size": row["effective_size"],
        }
    return {name: float(found[name]) for name in _FIELDS}


def run(effect: str, n: int, draws: int, folder: Path) -> pd.DataFrame:
    """Add the draws that a cell's file does not hold yet, and return all of them."""
    path = folder / f"score_adjustment_{effect}_{n}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(",".join(_FIELDS) + "\n", encoding="utf-8")
    done = set(pd.read_csv(path)["draw"].astype(int))
    for seed in sorted(set(range(draws)) - done):
        row = one_draw(effect, n, seed)
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, _FIELDS).writerow(row)
    return pd.read_csv(path)


def summary(effect: str, n: int, found: pd.DataFrame) -> list[dict[str, object]]:
    """Return bias with its Monte-Carlo error, spread and coverage of each adjustment."""
    true, rows = TRUE[effect], []
    for name in NAMES:
        off = found[name] - true
        shown = found.dropna(subset=[f"{name}_low"])
        inside = (shown[f"{name}_low"] <= true) & (true <= shown[f"{name}_high"])
        rows.append({
            "effect": effect, "n": n, "adjusted": name, "truth": true, "draws": len(off), "bias": off.mean(),
            "error": off.std() / np.sqrt(len(off)), "spread": off.std(), "coverage": inside.mean(),
            "intervals": len(shown), "size": found[f"{name}_size"].median(),
        })  # fmt: skip
    return rows


def main(draws: int, folder: Path) -> None:
    """Run all cells and print their table."""
    cells = [(effect, 2000) for effect in ("standard", "none")]
    rows = [row for effect, n in cells for row in summary(effect, n, run(effect, n, draws, folder))]
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "build/validation"))
