"""What describes the weights of each strategy, and what to look at before using an estimate."""

import numpy as np
import pandas as pd

from stepdown.compare.grace_period.comparison_table import FEWEST_DEGREES, FEWEST_EFFECTIVE
from stepdown.compare.grace_period.person_influence import StrategyEstimate

_FEW_EFFECTIVE, _LARGE_SHARE, _RATIO_RANGE = 100.0, 0.05, (0.9, 1.1)


def summary_of(
    fits: dict[str, StrategyEstimate],
    ends: dict[str, dict[str, int]],
    within: dict[str, int],
    horizon: int,
) -> pd.DataFrame:
    """Return one row per strategy that describes its weights."""
    rows = []
    for name, fit in fits.items():
        sums = fit.sums
        used = fit.ratio[1:][sums.total[1:] > 0]
        rows.append(
            {
                "strategy": name,
                "within": within[name],
                "people": sum(ends[name].values()),
                **ends[name],
                "effective_size": sums.effective_size(horizon),
                "largest_weight": sums.largest,
                "largest_share": float(sums.largest_share),
                "share_capped": sums.capped,
                "omega_low": float(used.min(initial=np.inf)),
                "omega_high": float(used.max(initial=-np.inf)),
            }
        )
    return pd.DataFrame(rows)


def warnings_of(
    table: pd.DataFrame, summary: pd.DataFrame, constant: tuple[str, ...], horizon: int
) -> tuple[str, ...]:
    """Return what to look at before using the numbers."""
    found = [f'The covariate "{name}" has one value for everyone and was left out.' for name in constant]
    for row in summary.to_dict("records"):
        if row["effective_size"] < _FEW_EFFECTIVE:
            found.append(
                f"{row['strategy']}: effective size {row['effective_size']:.0f} at day {horizon}; "
                + (
                    f"no interval is given below {FEWEST_EFFECTIVE:.0f}."
                    if row["effective_size"] < FEWEST_EFFECTIVE
                    else "the interval is wide and less certain than its level says."
                )
            )
        if row["largest_share"] > _LARGE_SHARE:
            found.append(
                f"{row['strategy']}: one person holds {row['largest_share']:.0%} of the weight on some day. "
                "Look for people who could hardly have followed the strategy."
            )
        if not (row["omega_low"] >= _RATIO_RANGE[0] and row["omega_high"] <= _RATIO_RANGE[1]):
            found.append(
                f"{row['strategy']}: weights and hazards disagree on the number at risk (ratio "
                f"{row['omega_low']:.2f} to {row['omega_high']:.2f}). Check the start model."
            )
    differences = table[table["statistic"] == "difference"]
    contrasts = differences[differences["estimator"] == table["estimator"].iloc[0]]
    if (contrasts["degrees_of_freedom"] < FEWEST_DEGREES).any():
        found.append(f"Too few effective people: below {FEWEST_DEGREES:.0f} degrees of freedom; no interval.")
    uncapped = differences[differences["estimator"] == "uncapped"]
    if len(uncapped):
        moved = np.abs(uncapped["estimate"].to_numpy() - contrasts["estimate"].to_numpy())
        if (moved > 0.5 * contrasts["std_error"].to_numpy()).any():
            found.append("The cap on the weights moves an estimate by more than half a standard error.")
    return tuple(found)
