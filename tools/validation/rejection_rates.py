"""How often each test rejects at the 5% level where the arms do not differ.

Of n people an arm 30% have the event by day 90 (with a competing event a further 15% die first); two fifths
may be lost. Weights are lognormal (sigma 1/2). Clusters have an intracluster correlation of 0.05, and are in
both arms, or each in one ("arms of whole clusters").

    python -m tools.validation.rejection_rates COHORTS FILE [MINUTES]

adds 100 cohorts at a time to the tests that have fewest, until each has COHORTS or MINUTES are over, and goes
on where it was stopped. Tests whose p is exact in most cohorts hold their level by construction: they come
last. A test without a p, such as of a hazard ratio without events, does not reject.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tools.validation.interval_coverage import Setting, _shares, drawn
from tools.validation.tested_differences import Cohort, all_tests, p_of

RISK, ALPHA, STEP = 0.3, 0.05, 100
COLUMNS = ["setting", "test", "n", "rejections", "exact", "cohorts"]
Block = tuple[str, int, int]
BLOCKS: tuple[Block, ...] = (
    *((kind, n, 0) for kind in ("people", "causes", "weights") for n in (15, 30, 60)),
    *(("clusters", 60, clusters) for clusters in (10, 20, 40)),
    *(("whole clusters", 60, clusters) for clusters in (10, 20, 40)),
)
"""Kind of tests, people an arm, clusters (0: none)."""


def step(block: Block, begun: int, wanted: set[str]) -> pd.DataFrame:
    """Count the rejections of some tests in STEP cohorts of a block, from cohort `begun` on."""
    kind, n, clusters = block
    rng = np.random.default_rng([BLOCKS.index(block), begun])
    setting = Setting("", kind == "weights", kind == "causes", clusters)
    share = _shares(setting, n, RISK, STEP, rng)
    # The arms of whole clusters are those of even and of odd clusters.
    one, two = (drawn(setting, n, share, STEP, rng) for _ in range(2))
    arm, cluster = np.repeat([0, 1], n), None
    if one.cluster is not None:
        cluster = np.tile(one.cluster, 2)
        arm = cluster % 2 if kind == "whole clusters" else arm
    counts: dict[str, list[int]] = {}
    for i in range(STEP):
        weight = None if one.weight is None or two.weight is None else np.r_[one.weight[i], two.weight[i]]
        days, cause = np.r_[one.day[i], two.day[i]], np.r_[one.cause[i], two.cause[i]]
        cohort = Cohort(days, cause, arm, weight, cluster)
        for name, test in all_tests(cohort, kind, rng.standard_normal(2 * n)).items():
            if name not in wanted:
                continue
            p, exact = p_of(test)
            count = counts.setdefault(name, [0, 0])
            count[0] += bool(p < ALPHA)
            count[1] += exact
    return pd.DataFrame(
        [(where(block), name, n, *count, STEP) for name, count in counts.items()], columns=COLUMNS
    )


def where(block: Block) -> str:
    """Return the name of a block's setting."""
    kind, _, clusters = block
    return f"{clusters} clusters" if clusters else "weights" if kind == "weights" else "independent people"


def main(cohorts: int, path: Path, minutes: float = np.inf) -> None:
    """Add cohorts to the file, which is written after every step."""
    until = time.monotonic() + 60 * minutes
    held = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=COLUMNS)
    while time.monotonic() < until:
        waiting = [
            (*state, place, name)
            for place, block in enumerate(BLOCKS)
            for name, state in _done(held, block).items() if state[1] < cohorts
        ]  # fmt: skip
        if not waiting:
            break
        first = min(waiting)[:3]
        behind = {name for *state, name in waiting if tuple(state) == first}
        held = pd.concat([held, step(BLOCKS[first[2]], first[1], behind)], ignore_index=True)
        held = held.groupby(COLUMNS[:3], sort=False, as_index=False)[COLUMNS[3:]].sum()
        held.to_csv(path, index=False)


def _done(held: pd.DataFrame, block: Block) -> dict[str, tuple[bool, int]]:
    """Return of each test of a block whether it is exact in most cohorts so far, and their number."""
    kind, n, _ = block
    probe = Cohort(np.array([1, 2]), np.array([1, 1]), np.array([0, 1]))
    rows = held[(held["setting"] == where(block)) & (held["n"] == n)].set_index("test")
    exact = 2 * rows["exact"] > rows["cohorts"]
    return {
        name: (bool(exact.get(name, False)), int(rows["cohorts"].get(name, 0)))
        for name in all_tests(probe, kind, np.zeros(2))
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *(float(value) for value in sys.argv[3:]))
