"""How many discharges, and how many quarters, a difference of 10 percentage points takes to show.

Stated beside a difference of risks whose interval contains no difference, where the discharges compared
would show 10 points with less than 80% power. The size is that of two equal arms at the risk of the reference
arm, a fall of 10 points (a rise where the risk is at most 10%), 80% power and 95% confidence. What loss to
follow-up and clusters take away comes from the standard error of the difference: with risks p and q of m and
n people, the share left is (p (1 - p) / m + q (1 - q) / n) / se^2, at most 1. Unequal arms count as two of
2 / (1 / m + 1 / n) people. Quarters are those that bring so many, at as many discharges a quarter as now.
"""

from collections.abc import Iterator

import numpy as np

from stepdown.estimate.context import Context, Record, Records
from stepdown.survival import size_for_risks

POINTS = 0.10
"""The difference of risks that is planned for."""


def planning_rows(context: Context, risks: Records) -> Records:
    """Return the discharges and quarters needed for the risk by the end of the window, by compared arm."""
    end = context.study.outcome.window[1]
    mine = [row for row in risks if row["cause"] == "relapse" and row["time"] == end]
    arms = {row["arm"]: row for row in mine if row["statistic"] == "estimate"}
    return [
        row
        for found in mine
        if found["statistic"] == "difference"
        for row in _planned(context, found, arms[found["arm"]], arms[found["reference"]])
    ]


def _planned(context: Context, found: Record, arm: Record, reference: Record) -> Iterator[Record]:
    if not found["conf_low"] <= 0 <= found["conf_high"]:
        return
    spread = sum(row["estimate"] * (1 - row["estimate"]) / row["n"] for row in (arm, reference))
    left = spread / found["std_error"] ** 2 if found["std_error"] > 0 else 1.0
    change = -POINTS if reference["estimate"] > POINTS else POINTS
    if not (0 < reference["estimate"] + change < 1 and reference["estimate"] < 1):
        return
    needed = size_for_risks(reference["estimate"], change, followed=min(max(left, 1e-6), 1.0)).n
    held = 2 / (1 / arm["n"] + 1 / reference["n"])
    if needed <= held:
        return
    keys: Record = {
        **context.keys, "cause": "relapse", "arm": found["arm"], "reference": found["reference"],
        "time": found["time"], "statistic": "estimate", "n": round(held),
        "method": "normal approximation: 80% power, 95% confidence",
    }  # fmt: skip
    yield keys | {"estimand": "discharges_needed", "unit": "discharges", "estimate": float(needed)}
    if context.design.quarters:
        quarters = float(np.ceil(needed / held * context.design.quarters))
        yield keys | {"estimand": "quarters_needed", "unit": "quarters", "estimate": quarters}
