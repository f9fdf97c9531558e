"""Every design where the truth is known, cell by cell: bias, coverage and power against its own truth.

A cell is a world, an effect of care, a number of discharges and of sites; a draw is a new cohort, analyzed by
every method of the cell, and added to the sums of the cell's file (`draw_sums`): a run goes on where the last
one ended. `design_truths.csv` holds the truths; without an effect all are 0.

    python -m tools.validation.design_recovery DRAWS [WORLD ...]

adds draws to each cell, in rounds, until it has DRAWS; with `again` for DRAWS, what missed (`proof_rule`) in
the cells that have all of theirs is drawn once more from fresh seeds.
"""

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from stepdown.compare import clone_censor_weight, compare_known_arms
from stepdown.compare.grace_period.covariate_terms import covariate_terms
from stepdown.compare.grace_period.model_terms import LossColumns
from stepdown.compare.grace_period.start_laws import StartLaw
from stepdown.compare.known_arms.populations import Method, Population
from stepdown.compare.known_arms.propensity import fit_propensity
from stepdown.compare.matching import compare_matched
from stepdown.compare.sequential_trials import compare_sequential_trials
from stepdown.compare.sequential_trials.trial_comparison import Adherence
from stepdown.compare.time_varying_care import CURRENT, exposure_rows, marginal_structural
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival import aalen_johansen, contrast, kaplan_meier, risk
from stepdown.survival.core.sample import Floats, Ints
from stepdown.survival.curves.resampling import USABLE
from stepdown.synthetic.transition_rates import GRACE
from stepdown.synthetic.worlds import WORLDS
from tools.validation import recorded_worlds
from tools.validation.design_truths import landmark_effects
from tools.validation.draw_sums import add_sums, read_sums, summary_of
from tools.validation.drawn_cohorts import DAY, LAST, DrawnCohort, drawn_cohort
from tools.validation.proof_rule import TOO_FEW, missed
from tools.validation.recorded_worlds import recorded_rows

TRUTHS, KEPT, KEPT_AGAIN = (
    Path(__file__).parent / name for name in ("design_truths.csv", "design_recovery", "design_recovery_again")
)
ASKED = 1000
"""Draws of a cell that the proof asks for."""
AGAIN_FROM = 1_000_000
"""First seed of the draws that repeat what missed."""
AT_ONCE = 8
"""Draws after which the sums are written."""
LABELS = ("early", "none")
TRIALS_OF, BOOTSTRAP_OF, REPLICATES = 2, 5, 200
FAILING_UNTIL = 64
"""Draws of the methods that fail by nature; their errors are large."""
FIELDS = ("method", "estimate", "std_error", "conf_low", "conf_high", "size", "truth")
Row = dict[str, float | str]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One setting of the simulation."""

    world: str
    effect: str
    n: int
    sites: int

    @property
    def name(self) -> str:
        """Name of its file."""
        return f"{self.world}_{self.effect}_{self.n}_{self.sites}"

    def most(self, draws: int) -> int:
        """Return how many draws are made of it where `draws` are asked for: large cohorts need fewer."""
        return min(draws, 300) if self.n > 2000 else draws


CELLS = tuple(
    Cell(world=world, effect=effect, n=n, sites=sites)
    for n, sites in ((2000, 20), (400, 20), (2000, 1), (400, 1), (10_000, 20))
    for world in ("clean", "feedback")
    for effect in ("standard", "none")
) + tuple(
    Cell(world=world, effect=effect, n=2000, sites=20)
    for world in recorded_worlds.WORLDS
    for effect in ("standard", "none")
)


def _shown(method: str, row: pd.Series) -> Row:
    return {
        "method": method,
        **{name: float(row[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")},
        "size": float(row.get("effective_size", np.nan)),
    }


def _clones(given: DrawnCohort, law: StartLaw, *, name: str = "", scores: bool = True) -> list[Row]:
    found = clone_censor_weight(
        given.days, given.event, given.start, given.covariates,
        history=given.history if scores else None, law=law, times=(DAY,), window=None, rmst=None,
    )  # fmt: skip
    method = name or f"clone_censor_weight/{law}"
    others: tuple[str, ...] = ()
    if not name:
        others = {"as_observed": ("weighted", "g_formula", "uncapped"), "natural": ("weighted",)}.get(law, ())
    return [_shown(method, found.one("risk", DAY))] + [
        _shown(f"{method}/{one}", found.one("risk", DAY, estimator=one)) for one in others
    ]


def _bootstrap(given: DrawnCohort, seed: int) -> list[Row]:
    """Return clone-censor-weight with the percentiles of replicates that fit every model again."""
    size = len(given.days)
    found = clone_censor_weight(
        given.days, given.event, given.start, given.covariates, history=given.history, times=(DAY,),
        window=None, rmst=None,
    )  # fmt: skip
    again, place = found.again, found.table["statistic"].tolist().index("difference")
    assert again is not None
    rng = np.random.default_rng([seed, size])
    draws = []
    for _ in range(REPLICATES):
        try:
            draws.append(
                again(np.bincount(rng.integers(size, size=size), minlength=size).astype(float))[place]
            )
        except EstimateError:
            continue
    row = found.table.iloc[place]
    shown = row["note"] == "" and len(draws) >= USABLE * REPLICATES
    low, high = np.quantile(draws, [0.025, 0.975]) if shown else (np.nan, np.nan)
    limits = {"std_error": float(np.std(draws, ddof=1)), "conf_low": float(low), "conf_high": float(high)}
    return [_shown("clone_censor_weight/as_observed/bootstrap", row) | limits]


def _at_landmark(given: DrawnCohort) -> tuple[Floats, Ints, Ints, pd.DataFrame, LossColumns]:
    """Return days, event and arm of those at day 14, covariates with the latest score, terms of loss."""
    kept = np.flatnonzero(given.days > GRACE)
    columns, later = given.covariates.iloc[kept].reset_index(drop=True), None
    if given.history is not None:
        latest = given.history[kept, GRACE + 1]
        columns = columns.assign(craving=latest[:, 0])
        later = given.history[kept, GRACE:]
    arm = (given.start[kept] > GRACE).astype(int)
    return (
        given.days[kept] - GRACE,
        given.event[kept],
        arm,
        columns,
        LossColumns(covariates=columns, history=later),
    )


def _landmark(
    given: DrawnCohort, population: Population, method: Method | Literal["none"] = "doubly_robust"
) -> list[Row]:
    days, event, arm, columns, loss = _at_landmark(given)
    if method == "none":
        return [_plain("landmark/unadjusted", days, event, arm, DAY - GRACE)]
    found = compare_known_arms(
        days, event, arm, columns, labels=LABELS, population=population, method=method, loss=loss,
        times=(DAY - GRACE,), window=None, rmst=None,
    )  # fmt: skip
    return [_shown(f"landmark/{population}/{method}", found.one("risk", DAY - GRACE))]


def _plain(method: str, days: np.ndarray, event: np.ndarray, arm: np.ndarray, day: int) -> Row:
    """Return the unadjusted difference of cumulative incidence."""
    labels = np.array(["a", "b"])[arm]
    curve = aalen_johansen(days, event, labels) if (event == 2).any() else kaplan_meier(days, event, labels)
    table = contrast(risk(curve, day), measures=["difference"]).table
    table = (
        table[table["cause"].astype(str).isin(["1", "", "1.0", "<NA>", "nan"])] if "cause" in table else table
    )
    return _shown(method, table.iloc[0])


def _naive(given: DrawnCohort) -> list[Row]:
    arm = (~np.isfinite(given.start)).astype(int)
    return [_plain("naive", given.days, given.event, arm, DAY)]


def _trials(given: DrawnCohort, adherence: Adherence) -> list[Row]:
    found = compare_sequential_trials(
        given.days, given.event, given.start, given.covariates, labels=LABELS, adherence=adherence,
        until=GRACE, history=given.history, times=(DAY,), window=None, rmst=None,
    )  # fmt: skip
    return [_shown(f"sequential_trials/{adherence}", found.one("risk", DAY))]


def _matched(cell: Cell, given: DrawnCohort) -> list[Row]:
    """Return the estimates with hazards and by matching alone; their truth is that of the people matched."""
    days, event, arm, columns, loss = _at_landmark(given)
    found = compare_matched(
        days, event, arm, columns, labels=LABELS, loss=loss, times=(DAY - GRACE,), window=None, rmst=None
    )
    truth = _effect_in(cell, given, np.flatnonzero(given.days > GRACE)[(found.weight > 0) & (arm == 0)])
    return [
        _shown(name, found.one("risk", DAY - GRACE, estimator=estimator)) | {"truth": truth}
        for name, estimator in (("matched", "matching"), ("matched/alone", "weighted"))
    ]


def _effect_in(cell: Cell, given: DrawnCohort, mine: Ints) -> float:
    """Return the true difference of the risks of some clients at the landmark."""
    if cell.effect == "none":
        return 0.0
    level, score = None, WORLDS[cell.world].score
    if given.history is not None and score is not None:
        level = np.searchsorted(np.array(score.values), given.history[mine, GRACE + 1, 0])
    uniforms = given.uniforms[mine]
    return float(landmark_effects(cell.world, cell.effect, uniforms, cell.sites, level=level).mean())


def _current_care(given: DrawnCohort) -> list[Row]:
    """Return the log hazard ratio of current care by the marginal structural model; 0 without an effect."""
    person, start = np.nonzero(given.days[:, None] > np.arange(0, LAST, 7)[None, :])
    start = start * 7
    stop = np.minimum(start + 7, given.days[person])
    event = np.where(stop == given.days[person], given.event[person], 0)
    rows = exposure_rows(person, start, stop, given.in_care[start, person], event)
    table, weight = marginal_structural(rows, given.covariates, history=given.history)
    one = table[table["term"] == CURRENT].iloc[0]
    logs = {name: float(np.log(one[name])) for name in ("estimate", "conf_low", "conf_high")}
    size = float(weight.sum() ** 2 / (weight**2).sum())
    error = float(one["std_error"] / one["estimate"])
    return [{"method": "time_varying", **logs, "std_error": error, "size": size}]


def _marginally_stabilized(given: DrawnCohort) -> list[Row]:
    """Return weighted Kaplan-Meier of clones, censoring weights stabilized by the chance of all alike.

    A clone of the first plan is uncensored to day 14, when those who have not started are censored; the
    weight of those who start on day 14 is the chance of all to start on that day over their own. It should be
    1 over their own: late starters count too little.
    """
    terms = covariate_terms(given.covariates, size=len(given.days)).values
    weight = {label: np.ones((len(given.days), DAY + 1)) for label in LABELS}
    weight["early"][given.start > GRACE, GRACE + 1 :] = 0.0
    for day in range(GRACE + 1):
        asked = (np.minimum(given.days, given.start) > day) | (given.start == day)
        asked &= ~((given.days == day) & (given.event > 0))
        starts = given.start[asked] == day
        if not starts.any():
            continue
        own = fit_propensity(
            (~starts).astype(np.int64), terms[asked], np.ones(terms.shape[1]), arms=2
        ).chance[:, 0]
        rows = np.flatnonzero(asked)
        weight["none"][rows, day + 1 :] *= np.where(starts, 0.0, (1 - starts.mean()) / (1 - own))[:, None]
        if day == GRACE:
            weight["early"][rows, day + 1 :] *= np.where(starts, starts.mean() / own, 0.0)[:, None]
    risks = {}
    for label, by_day in weight.items():
        free, total = 1.0, 0.0
        for day in range(1, DAY + 1):
            at_risk = by_day[:, day] * (given.days >= day)
            hit = at_risk * (given.days == day)
            total += free * float(hit[given.event == 1].sum() / at_risk.sum())
            free *= 1 - float(hit[given.event > 0].sum() / at_risk.sum())
        risks[label] = total
    blank = dict.fromkeys(("std_error", "conf_low", "conf_high", "size"), np.nan)
    return [{"method": "marginal_stabilization", "estimate": risks["early"] - risks["none"], **blank}]


FAILING = ("time_varying", "naive", "landmark/unadjusted")
WORKING = (
    "clone_censor_weight/as_observed", "clone_censor_weight/as_observed/weighted",
    "clone_censor_weight/as_observed/bootstrap", "landmark/everyone/doubly_robust",
    "landmark/overlap/weighting", "matched", "matched/alone", "sequential_trials/as_started",
    "sequential_trials/per_protocol",
)  # fmt: skip
"""Methods that should hold."""
MADE_WITH = {
    "clone_censor_weight/as_observed/weighted": "clone_censor_weight/as_observed",
    "matched/alone": "matched",
}
"""Estimates of the fit of another method."""


def methods(cell: Cell, seed: int) -> dict[str, Callable[[DrawnCohort], list[Row]]]:
    """Return the methods of a draw; those that fail by nature in the first draws, most with 20 sites.

    Sequential trials take as long as all others together: they are made of every second draw, the bootstrap
    of every fifth of the small cohorts.
    """
    found: dict[str, Callable[[DrawnCohort], list[Row]]] = {
        "clone_censor_weight/as_observed": lambda given: _clones(given, "as_observed"),
        "landmark/everyone/doubly_robust": lambda given: _landmark(given, "everyone"),
        "landmark/overlap/weighting": lambda given: _landmark(given, "overlap", "weighting"),
        "matched": lambda given: _matched(cell, given),
        "time_varying": _current_care,
        "naive": _naive,
        "landmark/unadjusted": lambda given: _landmark(given, "everyone", "none"),
    }
    if seed % TRIALS_OF == 0:
        found["sequential_trials/as_started"] = lambda given: _trials(given, "as_started")
        found["sequential_trials/per_protocol"] = lambda given: _trials(given, "per_protocol")
    if cell.n == 400 and cell.sites > 1 and seed % BOOTSTRAP_OF == 0:
        found["clone_censor_weight/as_observed/bootstrap"] = lambda given: _bootstrap(given, seed)
    if seed >= FAILING_UNTIL:
        return {name: found[name] for name in found if name not in FAILING}
    if cell.sites > 1:
        found["marginal_stabilization"] = _marginally_stabilized
        found["clone_censor_weight/natural"] = lambda given: _clones(given, "natural")
        found["clone_censor_weight/uniform"] = lambda given: _clones(given, "uniform")
    if cell.world == "feedback":
        found["clone_censor_weight/without_scores"] = lambda given: _clones(
            _without_scores(given), "as_observed", name="clone_censor_weight/without_scores"
        )
        found["clone_censor_weight/first_score"] = lambda given: _clones(
            given, "as_observed", name="clone_censor_weight/first_score", scores=False
        )
    return found


def _without_scores(given: DrawnCohort) -> DrawnCohort:
    return replace(given, history=None, covariates=given.covariates.drop(columns="craving"))


def one_draw(cell: Cell, seed: int, *, only: Collection[str] | None = None) -> list[Row]:
    """Return the rows of all methods, or of some, on one cohort; empty where one refuses the cohort."""
    if cell.world in recorded_worlds.WORLDS:
        found = recorded_rows(cell.world, cell.effect, cell.n, cell.sites, seed=seed)
        return list(found)
    given = drawn_cohort(cell.world, cell.effect, cell.n, cell.sites, seed=seed)
    rows: list[Row] = []
    for name, method in methods(cell, seed).items():
        if only is not None and name not in only:
            continue
        try:
            rows += method(given)
        except (EstimateError, EmptyArmError):
            rows.append({"method": name, **dict.fromkeys(FIELDS[1:-1], np.nan)})
    return rows


def path_of(cell: Cell) -> Path:
    """Return the file that holds the sums of a cell."""
    return KEPT / f"{cell.name}.csv"


def add_draws(cell: Cell, until: int) -> None:
    """Add to the sums of a cell the draws that they do not hold yet, a few at a time."""
    _add(cell, path_of(cell), until, lambda seed: one_draw(cell, seed))


def asked_of(cell: Cell, method: str) -> int:
    """Return how many draws of a method the proof asks for in a cell."""
    draws = cell.most(ASKED)
    if method.startswith("sequential_trials"):
        return draws // TRIALS_OF
    return draws // BOOTSTRAP_OF if method.endswith("bootstrap") else draws


def repeat_missed(cell: Cell, working: Sequence[str]) -> None:
    """Draw once more, from fresh seeds, the methods of a cell that missed what the proof asks."""
    found = summary_of(read_sums(path_of(cell))[1])
    names = {
        name
        for name in found.index.intersection(list(working))
        if missed(found.loc[name], asked=asked_of(cell, name)) not in ("", TOO_FEW)
    }
    made_by = {MADE_WITH.get(name, name) for name in names}
    if names:

        def rows(seed: int) -> list[Row]:
            found = one_draw(cell, AGAIN_FROM + seed, only=made_by)
            return [row for row in found if row["method"] in names]

        _add(cell, KEPT_AGAIN / f"{cell.name}.csv", cell.most(ASKED), rows)


def _add(cell: Cell, path: Path, until: int, draw: Callable[[int], list[Row]]) -> None:
    truths = pd.read_csv(TRUTHS)
    done, _ = read_sums(path)
    for first in range(done, until, AT_ONCE):
        last = min(first + AT_ONCE, until)
        rows = pd.DataFrame([row for seed in range(first, last) for row in draw(seed)])
        own = rows["method"].map(lambda method: true_difference(cell, str(method), truths))
        # Those matched differ from draw to draw, and so does their truth.
        truth = rows["truth"].fillna(own) if "truth" in rows else own
        add_sums(path, last, rows.assign(truth=truth).reindex(columns=FIELDS))


def true_difference(cell: Cell, method: str, truths: pd.DataFrame) -> float:
    """Return the truth of a method's own estimand; of those that fail by nature, that of what they claim."""
    if cell.effect == "none":
        return 0.0
    if method == "time_varying" or method.startswith("matched"):
        return np.nan
    # How events are recorded changes no truth.
    world = cell.world if cell.world in set(truths["world"]) else "clean"
    mine = truths[(truths["world"] == world) & (truths["sites"] == cell.sites)].set_index("design")["truth"]
    design, *rest = method.split("/")
    if design in ("naive", "marginal_stabilization"):
        return float(mine["clone_censor_weight/as_observed"])
    if design == "landmark":
        return float(mine[f"landmark/{'everyone' if rest[0] == 'unadjusted' else rest[0]}"])
    law = rest[0] if f"{design}/{rest[0]}" in mine.index else "as_observed"
    return float(mine[f"{design}/{law}"])


def summary() -> pd.DataFrame:
    """Return bias, coverage and power of all cells that have draws, one row by cell and method."""
    return summary_in(KEPT, CELLS)


def summary_in(folder: Path, cells: Sequence[Cell]) -> pd.DataFrame:
    """Return the same of the cells whose sums a folder holds."""
    parts = []
    for cell in cells:
        path = folder / f"{cell.name}.csv"
        if path.exists():
            found = summary_of(read_sums(path)[1]).reset_index()
            where = pd.DataFrame([asdict(cell)] * len(found))
            parts.append(pd.concat([where, found], axis=1))
    return pd.concat(parts, ignore_index=True)


def main(draws: int, worlds: tuple[str, ...] = ()) -> None:
    """Add draws to the cells of some worlds, or of all; rounds double, so that each cell has some early."""
    reached = AT_ONCE
    while True:
        for cell in CELLS if not worlds else [one for one in CELLS if one.world in worlds]:
            # About as long for each cell: the time grows with the discharges.
            add_draws(cell, min(cell.most(draws), -(-reached * 2000 // cell.n)))
            print(cell.name, reached, flush=True)
        if reached >= draws:
            return
        reached = min(2 * reached, draws)


def again() -> None:
    """Repeat what missed, cell by cell."""
    for cell in CELLS:
        repeat_missed(cell, WORKING)
        print(cell.name, flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["again"]:
        again()
    else:
        main(int(sys.argv[1]), tuple(sys.argv[2:]))
