"""Plans that unfold where the truth is known: bias and coverage of three plans compared at once.

The plans are those of `plan_truths`: IOP or PHP within 14 days kept up for 4 weeks, the same followed by
outpatient care, and no start. Draws add to sums by cell, as in `design_recovery`.

    python -m tools.validation.plan_recovery DRAWS
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare.care_plans import care_days, compare_care_plans
from tools.validation.design_recovery import AT_ONCE, Cell, Row, _shown
from tools.validation.draw_sums import add_sums, read_sums
from tools.validation.drawn_cohorts import DAY, DrawnCohort, drawn_cohort
from tools.validation.plan_truths import KEPT as TRUTHS
from tools.validation.plan_truths import PLANS

KEPT = Path(__file__).parent / "plan_recovery"
CELLS = tuple(
    Cell(world=world, effect=effect, n=2000, sites=20)
    for world in ("clean", "feedback")
    for effect in ("standard", "none")
)


def spans_of(given: DrawnCohort) -> pd.DataFrame:
    """Return the care of a drawn cohort, a row a day."""
    person, day = np.nonzero(given.level.T >= 0)
    return pd.DataFrame(
        {"row": person, "level": given.level[day, person], "start": day, "end": day, "hours": np.nan}
    ).astype({"start": float, "end": float})


def one_draw(cell: Cell, seed: int) -> list[Row]:
    """Return the difference of each plan from no start on one cohort."""
    given = drawn_cohort(cell.world, cell.effect, cell.n, cell.sites, seed=seed)
    last = (given.days - (given.event > 0)).astype(np.int64)
    found = compare_care_plans(
        given.days, given.event, care_days(spans_of(given), last), tuple(PLANS.values()), given.covariates,
        history=given.history, times=(DAY,), window=None, rmst=None,
    )  # fmt: skip
    return [
        _shown(f"{name}{how}", found.one("risk", DAY, strategy=name, estimator=estimator))
        for name in list(PLANS)[:-1]
        for how, estimator in (("", ""), ("/weighted", "weighted"), ("/g_formula", "g_formula"))
    ]


def add_draws(cell: Cell, until: int) -> None:
    """Add to the sums of a cell the draws that they do not hold yet."""
    path, truths = KEPT / f"{cell.name}.csv", pd.read_csv(TRUTHS).set_index(["world", "plan"])["truth"]
    done, _ = read_sums(path)
    for first in range(done, until, AT_ONCE):
        last = min(first + AT_ONCE, until)
        rows = pd.DataFrame([row for seed in range(first, last) for row in one_draw(cell, seed)])
        plan = rows["method"].str.split("/").str[0]
        true = [float(truths[cell.world, one]) if cell.effect == "standard" else 0.0 for one in plan]
        add_sums(path, last, rows.assign(truth=true))


def main(draws: int) -> None:
    """Add draws to the cells in rounds that double in size."""
    reached = AT_ONCE
    while True:
        for cell in CELLS:
            add_draws(cell, min(draws, reached))
            print(cell.name, reached, flush=True)
        if reached >= draws:
            return
        reached = min(2 * reached, draws)


if __name__ == "__main__":
    main(int(sys.argv[1]))
