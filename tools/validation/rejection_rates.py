"""How often each test rejects at the 5% level where the arms do not differ.

Of n people an arm 30% have the event by day 90 (with a competing event a further 15% die first); two fifths
may be lost. Clusters are in both arms, with an intracluster correlation of 0.05.

    python -m tools.validation.rejection_rates COHORTS FILE [SEED]

Blocks that the file holds already, with as many cohorts, are kept. A test without a p, such as of a hazard
ratio of an arm without events, does not reject.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown import survival
from stepdown.errors import EstimateError
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.cox_model.score_tests import CoefficientTest
from tools.validation.interval_coverage import Setting, _shares, drawn
from tools.validation.many_cohorts import difference, estimates

RISK, ALPHA = 0.3, 0.05
PERMUTED_SIZE = 15
NAMES = {"risk": "risks by day 90", "rmst": "mean days free", "rate": "rates, days 31-90"}
BLOCKS = ((15, 0), (30, 0), (60, 0), (60, 10), (60, 20), (60, 40))
"""People an arm, and clusters (0: none)."""


def _log_rank(days: np.ndarray, cause: np.ndarray, arm: np.ndarray) -> dict[str, float]:
    event = cause > 0
    found = {"log-rank, chi-square (R's)": survival.logrank(days, event, arm, exact=False).p}
    # Of fewer people p is by permutation, which holds its level by construction.
    if len(arm) > 2 * PERMUTED_SIZE:
        found["log-rank"] = survival.logrank(days, event, arm).p
    return found


def _gray(days: np.ndarray, cause: np.ndarray, arm: np.ndarray) -> dict[str, float]:
    found = {"Gray, chi-square (R's)": survival.gray(days, cause, arm, cause=1, exact=False).p}
    if len(arm) > 2 * PERMUTED_SIZE:
        found["Gray"] = survival.gray(days, cause, arm, cause=1).p
    return found


def _curves(days: np.ndarray, cause: np.ndarray, arm: np.ndarray) -> dict[str, float]:
    event = cause > 0
    curves = survival.kaplan_meier(days, event, arm)
    return {
        "areas under the curves": survival.curve_test(survival.rmst(days, event, arm, tau=90)).p,
        "risks on days 30, 60 and 90": survival.curve_test(survival.risk(curves, 30, 60, 90)).p,
    }


def _cox(days: np.ndarray, cause: np.ndarray, arm: np.ndarray) -> dict[str, float]:
    event = cause > 0
    with quiet():
        fit = survival.cox(days, event, arm)
        found = {
            "Cox": float(fit.summary["p"].iloc[0]),
            "Cox, likelihood ratio": float(fit.tests["p"]["likelihood_ratio"]),
            "Cox, Wald (R's)": float(fit.tests["p"]["wald"]),
            "proportional hazards": np.nan,
        }
        if not fit.optimum.monotone.any():
            found["proportional hazards"] = float(survival.proportional_hazards(fit).table["p"].iloc[-1])
        tests: tuple[tuple[str, CoefficientTest | None], ...] = (("", None), (", Wald (R's)", "wald"))
        for name, test in tests:
            late = survival.window_hazard_ratios(days, event, arm, cuts=[30, 90], test=test)
            found[f"hazard ratio on days 31-90{name}"] = float(late.table["p"].iloc[0])
    return found


def _three_arms(days: np.ndarray, cause: np.ndarray, arm: np.ndarray) -> dict[str, float]:
    """Return the smallest of Holm's p of three arms: of two thirds of each arm, and of the rest."""
    third = np.where(np.arange(len(arm)) % 3 == 0, 2, arm)
    found = survival.pairwise(days, cause > 0, third).table
    return {"pairs of three arms, Holm's p": float(found["p_holm"].min())}


TESTS = (
    (False, _log_rank), (True, _gray), (False, _cox), (False, _curves), (False, _three_arms),
)  # fmt: skip
CLUSTERED: dict[str, Callable[..., float]] = {
    "log-rank": lambda d, c, a, g: survival.logrank(d, c > 0, a, cluster=g).p,
    "log-rank, arms of whole clusters": lambda d, c, a, g: survival.logrank(d, c > 0, g % 2, cluster=g).p,
    "Cox, Wald": lambda d, c, a, g: _clustered_cox(d, c, a, g),
    "Cox, Wald, arms of whole clusters": lambda d, c, a, g: _clustered_cox(d, c, g % 2, g),
    "areas under the curves": lambda d, c, a, g: (
        survival.curve_test(survival.rmst(d, c > 0, a, tau=90, cluster=g)).p
    ),
}


def _clustered_cox(days: np.ndarray, cause: np.ndarray, arm: np.ndarray, cluster: np.ndarray) -> float:
    with quiet():
        return float(survival.cox(days, cause > 0, arm, cluster=cluster).summary["p"].iloc[0])


def rates(n: int, cohorts: int, seed: int) -> list[dict[str, object]]:
    """Share of cohorts in which each test of two arms of n people rejects."""
    rng = np.random.default_rng([seed, n])
    arm = np.repeat([0, 1], n)
    p: dict[str, list[float]] = {}
    for competing in (False, True):
        setting = Setting("", competing=competing)
        share = np.full((cohorts, n), RISK)
        one, two = (drawn(setting, n, share, cohorts, rng) for _ in range(2))
        days, cause = np.hstack([one.day, two.day]), np.hstack([one.cause, two.cause])
        for row in range(cohorts):
            for needs, tests in TESTS:
                if needs == competing:
                    for name, value in _found(tests, days[row], cause[row], arm).items():
                        p.setdefault(name, []).append(value)
    rows = [
        _row(_where(0), name, n, np.append(values, np.full(cohorts - len(values), np.nan)) < ALPHA)
        for name, values in p.items()
    ]
    rows += _by_interval(Setting(""), n, 10 * cohorts, rng)
    return rows


def _p(test: Callable[..., float], *given: np.ndarray) -> float:
    try:
        return test(*given)
    except EstimateError:
        return np.nan  # no events: nothing can be rejected


def _found(tests: Callable[..., dict[str, float]], *given: np.ndarray) -> dict[str, float]:
    try:
        return tests(*given)
    except EstimateError:
        return {}  # no events in the whole cohort


def _by_interval(setting: Setting, n: int, cohorts: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Count how often the interval of a difference excludes 0."""
    share = _shares(setting, n, RISK, cohorts, rng)
    one, two = (estimates(drawn(setting, n, share, cohorts, rng)) for _ in range(2))
    rows = []
    for name in ("risk", "rmst", "rate"):
        _, (low, high), _ = difference(one[name], two[name])
        rows.append(_row(_where(setting.clusters), f"difference of {NAMES[name]}", n, (low > 0) | (high < 0)))
    return rows


def clustered(n: int, clusters: int, cohorts: int, seed: int) -> list[dict[str, object]]:
    """Share of cohorts with clusters in both arms in which each test rejects."""
    setting = Setting("", clusters=clusters)
    rng = np.random.default_rng([seed, n, clusters])
    share = _shares(setting, n, RISK, cohorts, rng)
    one, two = (drawn(setting, n, share, cohorts, rng) for _ in range(2))
    arm, cluster = np.repeat([0, 1], n), np.tile(np.arange(n) % clusters, 2)
    rows = []
    for name, test in CLUSTERED.items():
        p = [
            _p(test, np.r_[one.day[i], two.day[i]], np.r_[one.cause[i], two.cause[i]], arm, cluster)
            for i in range(cohorts)
        ]
        rows.append(_row(_where(clusters), name, n, np.array(p) < ALPHA))
    return rows + _by_interval(setting, n, 10 * cohorts, rng)


def _row(where: str, test: str, n: int, rejected: np.ndarray) -> dict[str, object]:
    return {
        "setting": where,
        "test": test,
        "n": n,
        "rejected": float(rejected.mean()),
        "cohorts": len(rejected),
    }


def main(cohorts: int, path: Path, seed: int = 1) -> None:
    """Write the rate of every test, as soon as a block is there; keep those that are."""
    empty = pd.DataFrame(columns=["setting", "test", "n", "rejected", "cohorts"])
    held = pd.read_csv(path) if path.exists() else empty
    for n, clusters in BLOCKS:
        block = held[(held["n"] == n) & (held["setting"] == _where(clusters))]
        if not len(block) or block["cohorts"].min() != cohorts:
            rows = clustered(n, clusters, cohorts, seed) if clusters else rates(n, cohorts, seed)
            held = pd.concat([held.drop(block.index), pd.DataFrame(rows)], ignore_index=True)
            held.to_csv(path, index=False, float_format="%.4f")


def _where(clusters: int) -> str:
    return f"{clusters} clusters" if clusters else "independent people"


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *(int(value) for value in sys.argv[3:]))
