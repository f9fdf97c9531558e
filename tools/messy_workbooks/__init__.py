"""Bias and coverage of the risks that `stepdown init` and the engine give for many messy workbooks."""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import stepdown as sd
from stepdown.compare import whole
from stepdown.sources import create_project
from tools.messy_workbooks.program import DAYS, courses, truth
from tools.messy_workbooks.workbook import write_workbook

CLIENTS = 300
NAMES = tuple(f"{group}, day {day}" for group in ("everyone", "early care", "no early care") for day in DAYS)
_ANSWERS = 'format = 1\noverlapping_stays = "join"\n'


@dataclass(frozen=True, eq=False, kw_only=True)
class Recovered:
    """What the workbooks gave.

    Attributes
    ----------
    truth : array (6,)
        True risks by day 30 and 90: of everyone, after early care, and after none.
    estimate, low, high : arrays (workbooks, 6)
        Risks and the ends of their 95% intervals.
    """

    truth: NDArray[np.float64]
    estimate: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def table(self) -> pd.DataFrame:
        """Return bias and coverage by risk, in points and percent."""
        error = 100 * (self.estimate - self.truth)
        holds = (self.low <= self.truth) & (self.truth <= self.high)
        return pd.DataFrame(
            {
                "risk": NAMES,
                "truth": 100 * self.truth,
                "mean_error": error.mean(axis=0),
                "std_error": error.std(axis=0, ddof=1) / np.sqrt(len(error)),
                "coverage": 100 * holds.mean(axis=0),
            }
        ).round(1)


def recovered(workbooks: int, *, first_seed: int = 1) -> Recovered:
    """Draw workbooks, start a project from each with a file of answers, and estimate its risks.

    Parameters
    ----------
    workbooks : int
        How many.
    first_seed : int
        Seed of the first; the others follow.

    Returns
    -------
    Recovered

    Raises
    ------
    RuntimeError
        A project reports problems.
    """
    found = []
    for seed in range(first_seed, first_seed + workbooks):
        with tempfile.TemporaryDirectory() as folder:
            found.append(_one(Path(folder), seed))
        print(f"workbook {len(found)} of {workbooks}", file=sys.stderr)
    estimate, low, high = np.array(found).transpose(1, 0, 2)
    return Recovered(truth=truth(), estimate=estimate, low=low, high=high)


def _one(folder: Path, seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    write_workbook(folder / "log.xlsx", courses(CLIENTS, rng), rng)
    (folder / "answers.toml").write_text(_ANSWERS, encoding="utf-8")
    project = create_project(folder / "log.xlsx", folder / "project", answers=folder / "answers.toml")
    if project.problems:
        raise RuntimeError(f"seed {seed}: {project.problems[0]}")
    study = sd.Study.read(folder / "project" / "study.toml")
    people = sd.derive(sd.load(folder / "project" / "cohort.toml"), study)
    tables = [
        sd.estimate_design(made, study).table for made in (whole(people, study), sd.design(people, study))
    ]
    return np.hstack([_risks(table) for table in tables])


def _risks(table: pd.DataFrame) -> NDArray[np.float64]:
    risk = (
        (table["estimand"] == "risk") & (table["cause"] == "relapse") & (table["reference"].fillna("") == "")
    )
    rows = table[risk & table["time"].isin(DAYS)].drop_duplicates(["arm", "time"])
    rows = rows.sort_values(["arm", "time"], kind="stable")
    return rows[["estimate", "conf_low", "conf_high"]].to_numpy(dtype="float64").T
