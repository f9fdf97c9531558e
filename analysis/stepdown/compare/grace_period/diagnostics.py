"""What describes the weights of each strategy, and what to look at before using an estimate."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.compare.grace_period.comparison_table import FEWEST_DEGREES, FEWEST_EFFECTIVE
from stepdown.compare.grace_period.person_influence import StrategyEstimate
from stepdown.compare.grace_period.start_weights import Decisions
from stepdown.compare.weight_support import weight_support
from stepdown.survival.core.sample import Floats, Ints

_FEW_EFFECTIVE, _LARGE_SHARE, _RATIO_RANGE = 100.0, 0.05, (0.9, 1.1)


def summary_of(
    fits: dict[str, StrategyEstimate],
    ends: dict[str, dict[str, int]],
    within: dict[str, int],
    horizon: int,
    events: dict[str, int],
) -> pd.DataFrame:
    """Return one row per strategy that describes its weights."""
    rows = []
    for name, fit in fits.items():
        first = weight_support(fit.after_grace)
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
                "carried": first.carried,
                "effective_first": first.effective_size,
                "share_first": first.largest_share,
                "events": events[name],
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
    if ((contrasts["degrees_of_freedom"] < FEWEST_DEGREES) & contrasts["std_error"].isna()).any():
        found.append(f"Too few effective people: below {FEWEST_DEGREES:.0f} degrees of freedom; no interval.")
    uncapped = differences[differences["estimator"] == "uncapped"]
    if len(uncapped):
        moved = np.abs(uncapped["estimate"].to_numpy() - contrasts["estimate"].to_numpy())
        if (moved > 0.5 * contrasts["std_error"].to_numpy()).any():
            found.append("The cap on the weights moves an estimate by more than half a standard error.")
    return tuple(found)


def start_calibration(made: Sequence[Decisions]) -> pd.DataFrame:
    """Return decisions, starts and expected starts by day of the grace period, from all blocks of people."""
    sums = sum(
        np.stack([
            (one.started | one.waited).sum(axis=0), one.started.sum(axis=0),
            (one.chance * (one.started | one.waited)).sum(axis=0),
            (one.chance * (1 - one.chance) * (one.started | one.waited)).sum(axis=0),
        ])
        for one in made
    )  # fmt: skip
    found = pd.DataFrame(np.asarray(sums).T, columns=["decisions", "started", "expected", "variance"])
    return found.rename_axis("day").reset_index()


def without_events(days: Floats, event: Floats, deviation: dict[str, Ints], *, until: int) -> frozenset[str]:
    """Return the strategies of which no copy has the event by the day `until` before it departs."""
    counted = events_on_plan(days, event, deviation, until=until)
    return frozenset(name for name, many in counted.items() if not many)


def events_on_plan(days: Floats, event: Floats, deviation: dict[str, Ints], *, until: int) -> dict[str, int]:
    """Return the events by the day `until` of the copies that followed each strategy so far."""
    happened = (event == 1) & (days <= until)
    return {name: int((happened & ((day < 0) | (days <= day))).sum()) for name, day in deviation.items()}
