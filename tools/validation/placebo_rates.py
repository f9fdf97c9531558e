"""How often the checks that must show nothing fire: placebo window, negative controls, scores by day.

Where nothing is wrong that is the type I error, nominally 5% of the intervals; where a cause is hidden, or
the adjustment is left out, it is the power. Cohorts are those of `drawn_cohorts`; an outcome that care cannot
change is drawn from its own daily chance, which depends on severity and on what is hidden.

    python -m tools.validation.placebo_rates CASE DRAWS
"""

import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from stepdown.checks import GateWords, control_checks, placebo_checks, score_checks
from stepdown.checks.empirical_calibration import calibrated, systematic_error
from stepdown.compare import ArmComparison, CloneCensorWeight
from stepdown.compare.care_plans import care_days, compare_care_plans
from stepdown.compare.grace_period import clone_censor_weight
from stepdown.compare.known_arms import compare_known_arms
from stepdown.compare.score_balance import named_balance
from stepdown.compare.sequential_trials import compare_sequential_trials
from stepdown.estimate.adjusted_rows import score_balance_rows, strategy_rows
from stepdown.results import Results, bind
from stepdown.results.reading import NEGATIVE_CONTROLS
from stepdown.schema import LEVELS
from stepdown.sections.trust.rows import log_error
from stepdown.synthetic.baseline_covariates import DIMENSIONS
from stepdown.synthetic.transition_rates import GRACE
from stepdown.synthetic.worlds import WORLDS, World
from tools.validation.drawn_cohorts import DAY, LAST, DrawnCohort, drawn_cohort
from tools.validation.plan_recovery import spans_of
from tools.validation.plan_truths import PLANS

SITES = 8
KEYS = {"analysis": "primary", "population": "everyone", "method": "adjusted"}
LABELS = ("care", "none")
Record = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One setting: `check` and `design` in words, `hidden` the strength of a cause in no table.

    Attributes
    ----------
    check, design : str
        What fires, and by which design.
    size : int
        Discharges in a draw.
    effect : str
        Whether care works.
    hidden : float
        Log hazard ratio of relapse, and of the control, for one standard deviation of what is hidden; it
        lowers the log odds of care by the same number.
    adjusted : bool
        Whether covariates are adjusted for.
    last_day : int
        Last day of the placebo window.
    """

    check: str
    design: str
    size: int
    effect: str = "none"
    hidden: float = 0.0
    adjusted: bool = True
    last_day: int = 7

    @property
    def world(self) -> World:
        """`clean`, or `unmeasured` with a hidden cause of this strength."""
        return replace(WORLDS["unmeasured"], hidden=self.hidden) if self.hidden else WORLDS["clean"]


CASES: dict[str, Case] = {
    "placebo_clones": Case(check="placebo", design="clone_censor_weight", size=5000),
    "placebo_clones_hidden": Case(check="placebo", design="clone_censor_weight", size=5000, hidden=0.5),
    "placebo_clones_strong": Case(check="placebo", design="clone_censor_weight", size=5000, hidden=1.5),
    "placebo_trials": Case(check="placebo", design="sequential_trials", size=5000, last_day=14),
    "placebo_landmark": Case(check="placebo", design="landmark", size=5000, effect="standard"),
    "placebo_baseline": Case(check="placebo", design="baseline", size=5000),
    "placebo_baseline_unadjusted": Case(check="placebo", design="baseline", size=5000, adjusted=False),
    "placebo_baseline_hidden": Case(check="placebo", design="baseline", size=5000, hidden=0.5),
    "outcome_clones": Case(check="negative_outcomes", design="clone_censor_weight", size=1000),
    "outcome_clones_works": Case(
        check="negative_outcomes", design="clone_censor_weight", size=1000, effect="standard"
    ),
    "outcome_clones_hidden": Case(
        check="negative_outcomes", design="clone_censor_weight", size=1000, hidden=0.5
    ),
    "outcome_clones_large": Case(
        check="negative_outcomes", design="clone_censor_weight", size=5000, hidden=0.5
    ),
    "exposure": Case(check="negative_exposures", design="baseline", size=1000, effect="standard"),
    "exposure_unadjusted": Case(
        check="negative_exposures", design="baseline", size=1000, effect="standard", adjusted=False
    ),
    "exposure_hidden": Case(check="negative_exposures", design="baseline", size=1000, hidden=0.5),
    "scores": Case(check="score_balance", design="clone_censor_weight", size=1000, effect="standard"),
    "scores_late": Case(check="score_balance", design="clone_censor_weight", size=1000),
    "plans": Case(check="score_balance", design="plans", size=1000, effect="standard"),
    "plans_late": Case(check="score_balance", design="plans", size=1000),
    "plans_weeks": Case(check="score_balance", design="plans", size=1000),
    "calibrated": Case(check="calibrated", design="baseline", size=2000, hidden=0.5),
}
"""Where a name has no addition, nothing is wrong. A study cannot ask for `placebo_landmark`: it shows why."""
CONTROLS = 25
CARE_UNTIL = 45
"""Day before which care of plans ends: a start by day 14, and 4 weeks."""


def hidden_of(cohort: DrawnCohort) -> np.ndarray:
    """Return what no table holds, standard normal."""
    return np.asarray(ndtri(cohort.uniforms[:, DIMENSIONS.index("hidden")]))


def handed_over(cohort: DrawnCohort, case: Case, rng: np.random.Generator) -> np.ndarray:
    """Return arms known at discharge, 0 with: less often with a severe disorder, and with what is hidden."""
    severe = (cohort.covariates["severity"] == "severe").to_numpy(dtype=float)
    unstable = (cohort.covariates["home_environment"] != "stable").to_numpy(dtype=float)
    chance = expit(0.6 - 0.8 * severe - 0.6 * unstable - case.hidden * hidden_of(cohort))
    return (rng.random(len(severe)) >= chance).astype(np.int64)


def with_control(
    cohort: DrawnCohort, case: Case, rng: np.random.Generator, *, share: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return last days and events with an outcome in the place of relapse, which ends follow-up."""
    severe = (cohort.covariates["severity"] == "severe").to_numpy(dtype=float)
    rate = 0.004 * np.exp(0.5 * severe + share * case.hidden * hidden_of(cohort))
    first = rng.geometric(np.minimum(rate, 0.5))
    happens = first <= cohort.days
    return (
        np.where(happens, first, cohort.days),
        np.where(happens, 1, np.where(cohort.event == 1, 0, cohort.event)),
    )


def compared(
    cohort: DrawnCohort, case: Case, days: np.ndarray, event: np.ndarray, arm: np.ndarray | None
) -> CloneCensorWeight | ArmComparison:
    """Return the comparison of a case, doubly robust as in a report; `arm` of arms known at baseline."""
    times = (case.last_day, DAY)
    columns = cohort.covariates if case.adjusted else pd.DataFrame({"age": cohort.covariates["age"]})
    if case.design == "clone_censor_weight":
        return clone_censor_weight(days, event, cohort.start, columns, times=times, window=None, rmst=None)
    if case.design == "sequential_trials":
        return compare_sequential_trials(
            days, event, cohort.start, columns, labels=LABELS, times=times, window=None, rmst=None
        )
    if case.design == "landmark":
        kept = days > GRACE
        return compare_known_arms(
            days[kept] - GRACE, event[kept], (cohort.start[kept] > GRACE).astype(np.int64),
            columns[kept].reset_index(drop=True), labels=LABELS, times=times, window=None, rmst=None,
        )  # fmt: skip
    assert arm is not None
    return compare_known_arms(days, event, arm, columns, labels=LABELS, times=times, window=None, rmst=None)


def fired(case: Case, *, seed: int) -> str:
    """Return the verdict of the check of a case on one drawn cohort."""
    rng = np.random.default_rng([20261130, seed])
    if case.check == "score_balance":
        return _plans(case, seed) if case.design == "plans" else _scores(case, seed)
    cohort = drawn_cohort(case.world, case.effect, case.size, SITES, seed=seed)
    cut = np.minimum(cohort.days, LAST)
    arm = handed_over(cohort, case, rng) if case.design == "baseline" else None
    if case.check == "calibrated":
        return _calibrated(cohort, case, rng, arm)
    if case.check == "negative_outcomes":
        cut, event = with_control(cohort, case, rng)
    else:
        event = cohort.event
    rows = strategy_rows(compared(cohort, case, cut, event, arm), KEYS, times=(DAY,), placebo=case.last_day)
    found = bind([rows])
    if case.check == "placebo":
        (one,) = placebo_checks(found, "primary", GateWords())
        return "not judged" if "too few" in str(one["note"]) else str(one["statistic"])
    return _control(found, case)


def _control(found: Results, case: Case) -> str:
    rows = found.table[
        (found.table["estimand"] == "risk") & (found.table["time"] == DAY) & (found.table["variant"] == "")
        & found.table["statistic"].isin(["estimate", "difference", "ratio"])
    ]  # fmt: skip
    kind = "outcome" if case.check == "negative_outcomes" else "exposure"
    named = rows.assign(
        analysis=NEGATIVE_CONTROLS, estimand="negative_control", term=kind, level="control", note_code=""
    )
    *_, one = control_checks(Results(named), "primary", GateWords())
    return "not judged" if "has no interval" in str(one["note"]) else str(one["statistic"])


def _calibrated(cohort: DrawnCohort, case: Case, rng: np.random.Generator, arm: np.ndarray | None) -> str:
    """Return which intervals of the risk ratio of relapse hold the truth, 1: both, one or neither."""
    own = compared(cohort, case, cohort.days, cohort.event, arm).one("risk", DAY, "ratio")
    controls = []
    for _ in range(CONTROLS):
        days, event = with_control(cohort, case, rng, share=float(rng.normal(1.0, 0.3)))
        controls.append(compared(cohort, case, days, event, arm).one("risk", DAY, "ratio"))
    controls = [one for one in controls if math.isfinite(one["conf_low"])]
    error = systematic_error(
        [math.log(one["estimate"]) for one in controls], [log_error(one.to_dict()) for one in controls]
    )
    found = calibrated(math.log(own["estimate"]), log_error(own.to_dict()), error)
    holds = own["conf_low"] <= 1 <= own["conf_high"], found.low <= 1 <= found.high
    return {(True, True): "both", (True, False): "raw", (False, True): "calibrated"}.get(holds, "neither")


def _scores(case: Case, seed: int) -> str:
    """Return the verdict on craving in `feedback`; or where its effect on the start comes with the days."""
    cohort = drawn_cohort("feedback", case.effect, case.size, SITES, seed=seed)
    assert cohort.history is not None
    start = cohort.start
    if case is CASES["scores_late"]:
        rng, start = np.random.default_rng([20261201, seed]), np.full(case.size, np.inf)
        for day in range(15):
            score = (cohort.history[:, day, 0] - 5) / 2.5
            chance = expit(-3.2 + (1.0 if day > 6 else -1.0) * score)
            begins = np.isinf(start) & (cohort.days > day) & (rng.random(case.size) < chance)
            start[begins] = day
    found = clone_censor_weight(
        cohort.days, cohort.event, start, cohort.covariates, history=cohort.history, times=(DAY,),
        window=None, rmst=None, estimator="weighted",
    )  # fmt: skip
    return _worst_of_scores(found)


def _worst_of_scores(found: CloneCensorWeight) -> str:
    """Return whether the check warns of craving on any decision."""
    names = ("craving", "craving not recent")
    found = replace(found, score_balance=named_balance(found.score_balance, names, names[:1]))
    rows = bind([score_balance_rows(found, KEYS)])
    checks = score_checks(rows, "primary", GateWords(), limit=0.1)
    return "warning" if any(one["statistic"] == "warning" for one in checks) else "passed"


def _plans(case: Case, seed: int) -> str:
    """Return the verdict on craving at the decisions of a plan: care starts, and goes on for 4 weeks."""
    cohort = drawn_cohort("feedback", case.effect, case.size, SITES, seed=seed)
    spans = spans_of(cohort) if case is CASES["plans"] else _spans_by_score(cohort, case, seed)
    last = (cohort.days - (cohort.event > 0)).astype(np.int64)
    plans = PLANS["kept_up"], PLANS["none"]
    found = compare_care_plans(
        cohort.days, cohort.event, care_days(spans, last), plans, cohort.covariates, history=cohort.history,
        times=(DAY,), window=None, rmst=None, estimator="weighted",
    )  # fmt: skip
    return _worst_of_scores(found)


def _spans_by_score(cohort: DrawnCohort, case: Case, seed: int) -> pd.DataFrame:
    """Return care whose start, or whose end, depends on craving in a way that changes with the days."""
    assert cohort.history is not None
    rng, rows = np.random.default_rng([20261202, seed]), []
    late = case is CASES["plans_late"]
    start, inside = np.full(case.size, np.inf), np.zeros(case.size, dtype=bool)
    for day in range(CARE_UNTIL):
        score = (cohort.history[:, day, 0] - 5) / 2.5
        if day <= GRACE:
            turned = 1.0 if day > 6 else -1.0
            chance = expit(-3.2 + turned * score) if late else expit(-2.5 + 0.5 * score)
            begins = np.isinf(start) & (cohort.days > day) & (rng.random(case.size) < chance)
            start[begins], inside = day, inside | begins
        since = day - np.where(np.isfinite(start), start, day)
        asked = inside & (since > 0) & (since % 7 == 0)
        stays = expit(1.0 + np.where(since > 7, 1.5, -1.5) * (not late) * score)
        inside &= ~(asked & (rng.random(case.size) >= stays))
        rows.append(pd.DataFrame({"row": np.flatnonzero(inside), "start": float(day), "end": float(day)}))
    return pd.concat(rows, ignore_index=True).assign(level=LEVELS.index("iop"), hours=np.nan)


def rates(name: str, draws: int, *, check: Callable[..., str] = fired) -> Record:
    """Return the share of draws with each verdict, as a row."""
    case = CASES[name]
    counts = Counter(check(case, seed=seed) for seed in range(draws))
    shares = {verdict: counts[verdict] / draws for verdict in sorted(counts)}
    return {"case": name, **vars(case), "draws": draws, **shares}


def asked(names: list[str], draws: int) -> Iterator[Record]:
    """Yield the rows of some cases."""
    for name in names:
        yield rates(name, draws)


if __name__ == "__main__":
    _, chosen, many = sys.argv
    print(pd.DataFrame(asked([chosen], int(many))).to_csv(index=False))
