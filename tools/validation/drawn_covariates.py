"""Coverage where covariates are missing and drawn (`missing = "multiple"`), beside the other ways.

Cohorts of the world `clean` with one site. The age and the earlier relapse of 30 of 100 clients are missing:
of 45 of 100 who relapse and 20 of 100 of the others, so that whoever has both is no sample of all. Landmark
and clone-censor-weight, doubly robust, are pooled from five imputations as in a report. Each draw is a line
of a CSV file.

    python -m tools.validation.drawn_covariates DRAWS [FOLDER]
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare import clone_censor_weight, compare_known_arms
from stepdown.compare.imputed_covariates import imputed_covariates
from stepdown.survival import pool_numbers
from stepdown.synthetic.transition_rates import GRACE
from tools.validation.design_recovery import TRUTHS
from tools.validation.drawn_cohorts import DAY, DrawnCohort, drawn_cohort

PEOPLE, IMPUTATIONS, MISSING = 2_000, 5, ("age", "prior_relapse")
DESIGNS = ("landmark", "clone_censor_weight")
WAYS = ("whole", "multiple", "indicator", "complete")
_PARTS = ("", "_low", "_high")
_FIELDS = ("draw", *(f"{design}/{way}{part}" for design in DESIGNS for way in WAYS for part in _PARTS))
Shown = tuple[float, float, float]


def true_differences(effect: str) -> dict[str, float]:
    """Return the true difference of each design."""
    if effect == "none":
        return dict.fromkeys(DESIGNS, 0.0)
    truths = pd.read_csv(TRUTHS)
    mine = truths[(truths["world"] == "clean") & (truths["sites"] == 1)].set_index("design")["truth"]
    named = ("landmark/everyone", "clone_censor_weight/as_observed")
    return dict(zip(DESIGNS, (float(mine[name]) for name in named), strict=True))


def one_draw(effect: str, seed: int) -> dict[str, float]:
    """Return the estimates and limits of one cohort."""
    given = drawn_cohort("clean", effect, PEOPLE, 1, seed=seed)
    rng = np.random.default_rng([20260603, seed])
    gone = rng.random(PEOPLE) < np.where(given.event == 1, 0.45, 0.2)
    found = {"draw": float(seed)}
    for design in DESIGNS:
        for way, shown in _of_design(design, given, gone, seed).items():
            found |= {f"{design}/{way}{part}": one for part, one in zip(_PARTS, shown, strict=True)}
    return found


def _of_design(design: str, given: DrawnCohort, gone: np.ndarray, seed: int) -> dict[str, Shown]:
    """Return the difference by a design, with its limits, in each way to treat what is missing."""
    kept = np.flatnonzero(given.days > GRACE) if design == "landmark" else np.arange(PEOPLE)
    days, event, start, hole = given.days[kept], given.event[kept], given.start[kept], gone[kept]
    whole, group = given.covariates.iloc[kept].reset_index(drop=True), (start > GRACE).astype(np.int64)
    holed = whole.assign(**{name: whole[name].mask(hole) for name in MISSING})
    marked = holed.fillna(holed.mean(numeric_only=True)).assign(unknown=hole.astype(float))

    def compared(columns: pd.DataFrame, rows: np.ndarray) -> pd.Series:
        if design == "landmark":
            return compare_known_arms(
                days[rows] - GRACE, event[rows], group[rows], columns, labels=("early", "none"),
                times=(DAY - GRACE,), window=None, rmst=None,
            ).one("risk", DAY - GRACE)  # fmt: skip
        return clone_censor_weight(
            days[rows], event[rows], start[rows], columns, times=(DAY,), window=None, rmst=None
        ).one("risk", DAY)

    every, full = np.arange(len(kept)), np.flatnonzero(~hole)
    drawn = [
        imputed_covariates(holed, days, event, group, seed=seed, number=number)
        for number in range(IMPUTATIONS)
    ]
    return {
        "whole": _shown(compared(whole, every)),
        "multiple": _pooled([compared(one, every) for one in drawn]),
        "indicator": _shown(compared(marked, every)),
        "complete": _shown(compared(whole.iloc[full].reset_index(drop=True), full)),
    }


def _shown(row: pd.Series) -> Shown:
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _pooled(rows: list[pd.Series]) -> Shown:
    """Return the pooled difference, as in a report."""
    values, errors = ([[row[name]] for row in rows] for name in ("estimate", "std_error"))
    degrees = np.array([np.mean([row["degrees_of_freedom"] for row in rows])])
    return _shown(pool_numbers(values, errors, scale="plain", df_complete=degrees).table.iloc[0])


def run(effect: str, draws: int, folder: Path) -> pd.DataFrame:
    """Add the draws that a file does not hold yet, and return all of them."""
    path = folder / f"drawn_covariates_{effect}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(",".join(_FIELDS) + "\n", encoding="utf-8")
    done = set(pd.read_csv(path)["draw"].astype(int))
    for seed in sorted(set(range(draws)) - done):
        with path.open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, _FIELDS).writerow(one_draw(effect, seed))
    return pd.read_csv(path)


def summary(effect: str, found: pd.DataFrame) -> list[dict[str, object]]:
    """Return bias with its Monte-Carlo error, spread, width and coverage of each design and way."""
    rows: list[dict[str, object]] = []
    for design, true in true_differences(effect).items():
        for way in WAYS:
            name = f"{design}/{way}"
            low, high, off = found[f"{name}_low"], found[f"{name}_high"], found[name] - true
            rows.append({
                "design": design, "way": way, "truth": true, "bias": off.mean(),
                "error": off.std() / np.sqrt(len(off)), "spread": off.std(), "width": (high - low).mean(),
                "coverage": ((low <= true) & (true <= high)).mean(), "draws": len(found),
            })  # fmt: skip
    return rows


def main(draws: int, folder: Path) -> None:
    """Run the cell and print its table."""
    rows = summary("standard", run("standard", draws, folder))
    print(pd.DataFrame(rows).to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "build/validation"))
