"""Coverage of the interval of a median, from the curves themselves, cohorts as the arms of one call.

Arms are those of `interval_coverage`, with risks of 55 and 70%, so that there is a true median: the first
whole day from 30 + 60 (0.5 - p / 2) / (p / 2) on. A limit that is not reached is infinite. The usual form is
R's: the log limits of the curve, without a correction for few clusters.

    python -m tools.validation.median_coverage COHORTS FILE [SEED]

Cells that the file holds already, with as many cohorts, are kept.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.survival import kaplan_meier
from stepdown.survival.core.confidence_intervals import CurveInterval
from stepdown.survival.core.sample import ClusterCorrection
from tools.validation.interval_coverage import (
    COLUMNS,
    EARLY,
    SIZES,
    Setting,
    _hits,
    _shares,
    drawn,
)
from tools.validation.many_cohorts import FIRST, LAST

RISKS, BATCH = (0.55, 0.7), 100
MEDIANS = (
    Setting("loss to follow-up"),
    Setting("loss, weights", weighted=True),
    Setting("loss, 10 clusters", clusters=10),
)


def medians(setting: Setting, n: int, p: float, cohorts: int, seed: int) -> list[dict[str, object]]:
    """Coverage of the interval of a median; one that is not reached has no upper limit."""
    rng = np.random.default_rng([seed, n, round(p * 1000), setting.clusters, setting.weighted])
    true = FIRST + (LAST - FIRST) * (0.5 - EARLY * p) / ((1 - EARLY) * p)
    hits = []
    for begun in range(0, cohorts, BATCH):
        m = min(BATCH, cohorts - begun)
        c = drawn(setting, n, _shares(setting, n, p, m, rng), m, rng)
        arm = np.repeat(np.arange(m), n)
        weights = None if c.weight is None else c.weight.ravel()
        cluster = None if c.cluster is None else arm * setting.clusters + np.tile(c.cluster, m)
        limits = []
        forms: tuple[tuple[CurveInterval, ClusterCorrection], ...] = (("small-sample", "t"), ("log", "none"))
        for conf, correction in forms:
            curves = kaplan_meier(
                c.day.ravel(), c.cause.ravel() > 0, arm, weights=weights, cluster=cluster,
                conf=conf, correction=correction,
            )  # fmt: skip
            found = curves.quantile(0.5)
            low, high = (found[name].to_numpy(dtype=float) for name in ("conf_low", "conf_high"))
            limits.append((np.nan_to_num(low), np.where(np.isnan(high), np.inf, high)))
        hits.append(_hits(limits[0], limits[1], float(np.ceil(true))))
    ours, usual, width = (np.concatenate(parts) for parts in zip(*hits, strict=True))
    return [{
        "setting": setting.name, "interval": "median", "n": n, "risk": p, "coverage": float(ours.mean()),
        "usual": float(usual.mean()), "width": float(np.median(width)), "cohorts": cohorts,
    }]  # fmt: skip


def cells(
    cohorts: int, seed: int = 1, *, done: frozenset[tuple[str, int, float]] = frozenset()
) -> Iterator[list[dict[str, object]]]:
    """Every cell that is not done."""
    for n in SIZES:
        for setting in MEDIANS:
            for p in RISKS:
                if (setting.name, n, p) not in done:
                    yield medians(setting, n, p, cohorts, seed)


def main(cohorts: int, path: Path, seed: int = 1) -> None:
    """Write every cell as soon as it is there; keep those that are."""
    held = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(COLUMNS))
    kept = held[held["cohorts"] == cohorts]
    done = frozenset(kept[["setting", "n", "risk"]].itertuples(index=False, name=None))
    with path.open("w", encoding="utf-8") as file:
        kept.to_csv(file, index=False, float_format="%.4f")
        file.flush()
        for rows in cells(cohorts, seed, done=done):
            pd.DataFrame(rows)[list(COLUMNS)].to_csv(file, index=False, header=False, float_format="%.4f")
            file.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *(int(value) for value in sys.argv[3:]))
