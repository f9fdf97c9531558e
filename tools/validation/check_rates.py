"""How often each gate and check of a comparison fires, by world: its type I error, and its power.

A world that a check is made for has something to find; `clean` has nothing. Randomized cohorts have nothing
either, and must be shown. `python -m tools.validation.check_rates WORLD EFFECT SIZE DRAWS` prints the shares.
"""

import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

import stepdown as sd
from stepdown.checks import (
    GateWords,
    judge_comparison,
    known_rows,
    loss_rows,
    row_checks,
    verdicts_of,
    withheld,
)
from stepdown.cohort import eligible, with_outcome
from stepdown.cohort.followup import observable
from stepdown.compare import design, whole
from stepdown.compare.known_arms import compare_known_arms
from stepdown.estimate.adjusted_rows import adjusted_rows, clone_censor_rows
from stepdown.estimate.design_rows import estimate_design
from stepdown.results import bind
from stepdown.sections.followup.rows import followup_rows
from stepdown.study import Gates, Study
from stepdown.synthetic import generate
from tools.validation.recorded_worlds import DAY, study_of

LANDMARK = "landmark_14"
_FIRST_SEED = 9_000_000


def study_with_landmark(world: str) -> Study:
    """Return the study of a world with the landmark beside clone-censor-weight."""
    raw = study_of(world).model_dump(exclude_none=True)
    raw["analysis"]["secondary"] = [{"design": "landmark", "day": 14}]
    return Study.parse(raw)


def found_in(world: str, effect: str, size: int, *, seed: int) -> Iterator[tuple[str, str, str]]:
    """Yield (comparison, check, verdict) of every check of one drawn cohort."""
    study = study_with_landmark(world)
    frames = generate(size, seed=_FIRST_SEED + seed, world=world, effect=effect, sites=8)
    cohort = sd.from_frames(
        discharges=frames["discharges"], services=frames["services"], observations=frames["observations"],
        followup=frames["followup"], basis="synthetic", clock="day",
        schedule={"visits": [30, 60, 90], "before": 7, "after": 14},
    )  # fmt: skip
    chosen = eligible(cohort, study)
    people = with_outcome(chosen, study)
    assert study.analysis is not None
    landmark, everyone = design(people, study), whole(people, study)
    clones = clone_censor_rows(people, study, study.analysis.primary)
    designs = [landmark, everyone]
    keys = [study.analysis.primary.key, LANDMARK]
    results = bind([
        clones, adjusted_rows(people, landmark, study), estimate_design(landmark, study),
        followup_rows(chosen, people, designs, study),
        known_rows(designs, observable(cohort, people), day=DAY, clones=keys[:1]),
    ])  # fmt: skip
    words = GateWords(day=DAY, discharges=size, quarters=8, risk=0.3)
    verdicts = verdicts_of(results, keys, study.gates, words)
    for key in keys:
        worst: dict[str, str] = {}
        shown = [(one.gate, one.status) for one in verdicts[key]]
        rows = [*row_checks(results, key, words)]
        rows += loss_rows(cohort, people, observable(cohort, people), key, words, horizon=DAY)
        shown += [(one["term"], one["statistic"]) for one in rows]
        for name, verdict in shown:
            if worst.get(name, "passed") == "passed" or verdict in ("failed", "withheld"):
                worst[name] = verdict
        yield from ((key, name, verdict) for name, verdict in worst.items())
        yield key, "any gate", "withheld" if withheld(verdicts[key]) else "passed"


def randomized(size: int, *, seed: int) -> Iterator[tuple[str, str, str]]:
    """Yield the verdicts on a randomized cohort with so many an arm, adjusted for five covariates."""
    rng, many = np.random.default_rng([20261129, seed]), 2 * size
    covariates = pd.DataFrame({
        "age": rng.normal(38, 12, many), "sex": rng.choice(["male", "female"], many, p=[0.65, 0.35]),
        "severity": rng.choice(["mild", "moderate", "severe"], many, p=[0.17, 0.35, 0.48]),
        "home": rng.choice(["stable", "unstable"], many, p=[0.8, 0.2]),
        "substance": rng.choice(["alcohol", "opioids", "other"], many, p=[0.35, 0.35, 0.3]),
    })  # fmt: skip
    arm = rng.permutation(np.repeat([0, 1], size))
    event = np.ceil(rng.exponential(1 / (0.006 * np.exp(0.5 * (covariates["severity"] == "severe")))))
    lost = np.minimum(np.ceil(rng.exponential(1000, many)), DAY)
    found = compare_known_arms(
        np.minimum(event, lost), event <= lost, arm, covariates, labels=("IOP", "none"), method="weighting",
        times=(DAY,), window=None, rmst=None,
    )  # fmt: skip
    verdicts = judge_comparison(found, Gates(), GateWords(discharges=many, quarters=4, risk=0.4))
    yield "baseline", "any gate", "withheld" if withheld(verdicts) else "passed"
    yield from {("baseline", one.gate, one.status) for one in verdicts if one.status != "passed"}


def shares(world: str, effect: str, size: int, draws: int) -> pd.DataFrame:
    """Return the share of draws with each verdict other than passed, by comparison and check."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for seed in range(draws):
        one = (
            randomized(size, seed=seed) if world == "randomized" else found_in(world, effect, size, seed=seed)
        )
        counts.update(one)
    names = sorted({key[:2] for key in counts})
    rows = [
        {"world": world, "effect": effect, "size": size, "draws": draws, "comparison": key, "check": name}
        | {verdict: counts[key, name, verdict] / draws for verdict in ("warning", "failed", "withheld")}
        for key, name in names
    ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    _, asked, with_effect, people_drawn, many_draws = sys.argv
    print(shares(asked, with_effect, int(people_drawn), int(many_draws)).to_csv(index=False))
