"""Whether this installation's intervals of a risk contain the truth as often as `docs/validation.md` states.

Without loss the risk by day 90 in an arm of n people is a plain proportion, so that coverage is a sum over
the binomial distribution: no simulation. The interval for small samples must cover at least 92% at each
risk and 94 to 98% on average, the exact one never less than 95%.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.survival import kaplan_meier, risk

SIZES, RISKS = (30, 60), (0.03, 0.05, 0.1, 0.2, 0.4, 0.6)
_DAY = 90.0
_LEAST, _MEANS, _EXACT = 0.92, (0.94, 0.98), 0.95


@dataclass(frozen=True, eq=False, kw_only=True)
class IntervalCheck:
    """Coverage of intervals of a risk.

    Attributes
    ----------
    table : DataFrame
        `conf`, `n`, `risk`, `coverage`.
    passed : bool
        Whether all coverage is as stated.
    text : str
        One sentence.
    """

    table: pd.DataFrame
    passed: bool
    text: str


def interval_check(sizes: Sequence[int] = SIZES, risks: Sequence[float] = RISKS) -> IntervalCheck:
    """Compute the coverage of the intervals of a risk exactly.

    Parameters
    ----------
    sizes : sequence of int
        People in an arm.
    risks : sequence of float
        True risks.

    Returns
    -------
    IntervalCheck
    """
    rows = [
        {"conf": conf, "n": n, "risk": p, "coverage": coverage}
        for conf in ("small-sample", "exact")
        for n in sizes
        for p, coverage in zip(risks, _coverage(n, risks, conf), strict=True)
    ]
    table = pd.DataFrame(rows)
    small = table.loc[table["conf"] == "small-sample", "coverage"]
    exact = table.loc[table["conf"] == "exact", "coverage"]
    passed = bool(small.min() >= _LEAST and _MEANS[0] <= small.mean() <= _MEANS[1] and exact.min() >= _EXACT)
    agree = "as stated" if passed else "not as stated"
    text = (
        f"The 95% interval of a risk contains the truth {agree} in {len(small)} cells without loss: "
        f"{small.min():.1%} at least and {small.mean():.1%} on average; the exact one "
        f"{exact.min():.1%} at least."
    )
    return IntervalCheck(table=table, passed=passed, text=text)


def _coverage(n: int, risks: Sequence[float], conf: str) -> list[float]:
    events = np.arange(n + 1)
    arm = np.repeat(events, n)
    happened = (np.tile(np.arange(n), n + 1) < arm).astype(int)
    table = risk(kaplan_meier(np.where(happened, _DAY / 2, _DAY), happened, arm, conf=conf), _DAY).table
    low, high = table["conf_low"].to_numpy(), table["conf_high"].to_numpy()
    ways = special.binom(n, events)
    return [
        float((ways * p**events * (1 - p) ** (n - events))[(low <= p + 1e-12) & (high >= p - 1e-12)].sum())
        for p in risks
    ]
