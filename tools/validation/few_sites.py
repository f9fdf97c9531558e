"""Coverage of adjusted intervals that allow for few sites, where sites differ in relapse and in care.

Care has no effect. The log hazard of relapse differs between sites with a standard deviation of 0.4 and the
log odds of a start with one of 0.5; both are in no covariate. Intervals allow for sites, or for nothing.

    python -m tools.validation.few_sites DRAWS
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.compare import CloneCensorWeight, clone_censor_weight

RATES = Path(__file__).parent / "few_sites.csv"
SITES, SIZE, DAY, LAST = (3, 5, 12, 20), 1000, 90, 104


def compared(sites: int, *, seed: int, by_site: bool) -> CloneCensorWeight:
    """Return the comparison of one drawn cohort, with intervals that allow for its sites or do not."""
    rng = np.random.default_rng([20261203, seed, sites])
    site, (relapse, start) = rng.integers(0, sites, SIZE), rng.normal(size=(2, sites))
    x = rng.normal(size=SIZE)
    first = rng.geometric(np.minimum(0.006 * np.exp(0.4 * relapse[site] + 0.3 * x), 0.5))
    begins = rng.geometric(np.minimum(0.05 * np.exp(0.5 * start[site] + 0.3 * x), 0.5)) - 1.0
    days = np.minimum(first, LAST)
    care = np.where(begins < days, begins, np.inf)
    return clone_censor_weight(
        days, (first <= LAST).astype(np.int64), care, pd.DataFrame({"x": x}), times=(DAY,), window=None,
        rmst=None, cluster=site if by_site else None,
    )  # fmt: skip


def coverage(sites: int, draws: int) -> dict[str, float]:
    """Return the shares of intervals that hold 0, and the spread of estimates beside their standard error."""
    rows = [
        [compared(sites, seed=seed, by_site=by_site).one("risk", DAY) for by_site in (True, False)]
        for seed in range(draws)
    ]
    held = np.array([[one["conf_low"] <= 0 <= one["conf_high"] for one in row] for row in rows])
    return {
        "sites": sites,
        "draws": draws,
        "by_site": held[:, 0].mean(),
        "by_people": held[:, 1].mean(),
        "spread": float(np.std([row[0]["estimate"] for row in rows], ddof=1)),
        "std_error": float(np.nanmean([row[0]["std_error"] for row in rows])),
    }


if __name__ == "__main__":
    table = pd.DataFrame([coverage(sites, int(sys.argv[1])) for sites in SITES])
    table.round(4).to_csv(RATES, index=False)
