"""Whether gates select: bias and coverage over all draws, over those that the gates show, and the others.

A draw is a new cohort of a world in which the truth is known (`drawn_cohorts`), compared by
clone-censor-weight and at the landmark, and judged by the gates as a report would judge it. Its numbers go
into the sums of `all`, and of `shown` (no gate withholds) or `withheld`; those shown, into the sums of
`passed` (no gate warns) or `warned` too.

    python -m tools.validation.gate_recovery DRAWS

adds draws to each cell, in rounds, until it has DRAWS.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.checks import GateVerdict, GateWords, judge, judge_comparison
from stepdown.checks.gate_verdicts import WARNING
from stepdown.compare import ArmComparison, CloneCensorWeight, clone_censor_weight, compare_known_arms
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.study import Gates
from stepdown.synthetic.transition_rates import GRACE
from tools.validation.design_recovery import LABELS, TRUTHS, Cell, _at_landmark, true_difference
from tools.validation.draw_sums import add_sums, read_sums
from tools.validation.drawn_cohorts import DAY, DrawnCohort, drawn_cohort

KEPT = Path(__file__).parent / "gate_recovery"
AT_ONCE = 10
CLONES, LANDMARK = "clone_censor_weight/as_observed", "landmark/everyone"
NUMBERS = ("estimate", "std_error", "conf_low", "conf_high")
CELLS = (
    *(
        Cell(world=world, effect=effect, n=n, sites=sites)
        for n, sites in ((400, 1), (2000, 20), (400, 20))
        for world, effect in (("clean", "standard"), ("clean", "none"), ("feedback", "standard"))
    ),
    Cell(world="unmeasured", effect="standard", n=2000, sites=20),
)
Row = dict[str, float | str]


def rows_of(method: str, numbers: Row, statuses: tuple[str, ...]) -> list[Row]:
    """Return the numbers of a draw under every selection that it belongs to, and none under the others.

    Examples
    --------
    >>> found = rows_of("a", {"estimate": -0.1}, ("passed", "warning"))
    >>> [row["method"] for row in found if row["estimate"] == -0.1]
    ['a/all', 'a/shown', 'a/warned']
    """
    closed, warned = "withheld" in statuses, WARNING in statuses
    belongs = {
        "all": True, "shown": not closed, "withheld": closed, "passed": not closed and not warned,
        "warned": not closed and warned,
    }  # fmt: skip
    blank: Row = dict.fromkeys((*NUMBERS, "size"), np.nan)
    return [
        blank | (numbers if mine else {}) | {"method": f"{method}/{name}"} for name, mine in belongs.items()
    ]


def one_draw(cell: Cell, seed: int) -> list[Row]:
    """Return the rows of both comparisons of one cohort; one that refuses the cohort has empty rows."""
    given = drawn_cohort(cell.world, cell.effect, cell.n, cell.sites, seed=500_000 + seed)
    rows = []
    for method, compare, day in ((CLONES, _clones, DAY), (LANDMARK, _landmark, DAY - GRACE)):
        try:
            found, statuses = compare(given)
        except (EstimateError, EmptyArmError):
            rows += rows_of(method, {}, ("refused",))
            continue
        row = found.one("risk", day)
        rows += rows_of(method, {name: float(row[name]) for name in NUMBERS}, statuses)
    return rows


def _clones(given: DrawnCohort) -> tuple[CloneCensorWeight, tuple[str, ...]]:
    found = clone_censor_weight(
        given.days, given.event, given.start, given.covariates, history=given.history, times=(DAY,),
        window=None, rmst=None,
    )  # fmt: skip
    known = float(((given.days >= DAY) | (given.event > 0)).mean())
    alone = pd.DataFrame({"arm": [""], "outcome_known": [known]})
    words = GateWords()
    verdicts = judge_comparison(found, Gates(), words) + judge(alone, pd.DataFrame(), Gates(), words)
    return found, _statuses(verdicts)


def _landmark(given: DrawnCohort) -> tuple[ArmComparison, tuple[str, ...]]:
    days, event, arm, columns, loss = _at_landmark(given)
    found = compare_known_arms(
        days, event, arm, columns, labels=LABELS, loss=loss, times=(DAY - GRACE,), window=None, rmst=None
    )
    known = (days >= DAY - GRACE) | (event > 0)
    shares = {label: float(known[arm == place].mean()) for place, label in enumerate(LABELS)}
    return found, _statuses(judge_comparison(found, Gates(), GateWords(), outcome_known=shares))


def _statuses(verdicts: tuple[GateVerdict, ...]) -> tuple[str, ...]:
    return tuple(one.status for one in verdicts)


def add_draws(cell: Cell, until: int) -> None:
    """Add to the sums of a cell the draws that they do not hold yet."""
    path, truths = KEPT / f"{cell.name}.csv", pd.read_csv(TRUTHS)
    done, _ = read_sums(path)
    for first in range(done, until, AT_ONCE):
        last = min(first + AT_ONCE, until)
        rows = pd.DataFrame([row for seed in range(first, last) for row in one_draw(cell, seed)])
        truth = rows["method"].map(lambda method: true_difference(cell, str(method), truths))
        add_sums(path, last, rows.assign(truth=truth))


def main(draws: int) -> None:
    """Add draws to every cell, in rounds, so that each has some early."""
    for reached in [*range(2 * AT_ONCE, draws, 2 * AT_ONCE), draws]:
        for cell in CELLS:
            add_draws(cell, reached)
        print(reached, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
