"""How many discharges, and how many quarters, a difference of 10 percentage points takes to show.

Stated beside a difference of risks whose interval contains no difference, where the discharges compared
would show 10 points with less than 80% power. The size is that of two equal arms at the risk of the reference
arm, a fall of 10 points (a rise where the risk is at most 10%), 80% power and 95% confidence. What loss to
follow-up and clusters take away comes from the standard error of the difference: with risks p and q of m and
n people, the share left is (p (1 - p) / m + q (1 - q) / n) / se^2, at most 1. Unequal arms count as two of
2 / (1 / m + 1 / n) people. Quarters are those that bring so many, at as many discharges a quarter as now.

Of an adjusted difference the standard error se of the n discharges used now is taken to fall as 1 / sqrt(n),
with arms, follow-up and weights as they are: 10 points show with 80% power where it is at most s =
0.10 / (z_0.975 + z_0.8), and that takes n (se / s)^2 discharges in all.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import special

from stepdown.estimate.context import Context, Record, Records
from stepdown.survival import size_for_risks

POINTS = 0.10
"""The difference of risks that is planned for."""
SMALL_ENOUGH = POINTS / float(special.ndtri(0.975) + special.ndtri(0.8))
"""Standard error at which that difference shows with 80% power."""


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


def adjusted_planning_rows(rows: pd.DataFrame, *, day: int, discharges: int, quarters: int) -> pd.DataFrame:
    """Return the discharges and quarters that an adjusted difference takes, where these are too few.

    Parameters
    ----------
    rows : DataFrame
        Of an adjusted comparison.
    day : int
        Day by which the risks are compared.
    discharges, quarters : int
        How many the comparison uses, and the quarters they come from (0 where not known).

    Returns
    -------
    DataFrame
        Rows `discharges_needed`, in all, and `quarters_needed`, by compared arm; none where the interval
        excludes 0, or 10 points would show already.
    """
    mine = (rows["estimand"] == "risk") & (rows["statistic"] == "difference") & (rows["variant"] == "")
    found = rows[mine & (rows["time"] == day)]
    found = found[(found["conf_low"] <= 0) & (found["conf_high"] >= 0)]
    planned: Records = []
    records: Records = found.to_dict("records")  # type: ignore[assignment]
    for row in records:
        longer = (row["std_error"] / SMALL_ENOUGH) ** 2
        if not longer > 1:
            continue
        blank = dict.fromkeys(("window_start", "window_end", "std_error", "conf_low", "conf_high"), np.nan)
        keys: Record = {
            **row, **blank, "statistic": "estimate", "n": discharges, "note": "", "note_code": "",
            "method": f"{row['method']}, standard error by 1 / sqrt(n): 80% power, 95% confidence",
        }  # fmt: skip
        for estimand, unit, now in (
            ("discharges_needed", "discharges", discharges),
            ("quarters_needed", "quarters", quarters),
        ):
            if now:
                planned.append(
                    keys | {"estimand": estimand, "unit": unit, "estimate": float(np.ceil(now * longer))}
                )
    return pd.DataFrame(planned, columns=[*dict.fromkeys([*rows.columns, "n"])])
