"""Risks, curves and the numbers under them."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort import CAUSES
from stepdown.estimate.context import Context, Record, causes
from stepdown.survival import Curves


def risk_rows(context: Context, table: pd.DataFrame, *, contrasts: pd.DataFrame | None) -> Iterator[Record]:
    """Yield the risk by each day, for each cause and arm, and what it differs by between arms."""
    told = causes(context.study, CAUSES)
    for _, row in table.iterrows():
        code = int(row.get("cause", 1))
        if code in told:
            yield context.number(
                row,
                estimand="risk",
                cause=told[code],
                time=row["time"],
                statistic="estimate",
                unit="probability",
            )
    if contrasts is None:
        return
    for _, row in contrasts.iterrows():
        if int(row.get("cause", 1)) == CAUSES["relapse"]:
            unit = "probability" if row["contrast"] == "difference" else "ratio"
            yield context.contrasted(row, estimand="risk", cause="relapse", time=row["time"], unit=unit)


def curve_rows(context: Context, curves: Curves, *, estimand: str, method: str) -> Iterator[Record]:
    """Yield every step of the curves; of a Kaplan-Meier curve used for risk, one minus it."""
    told = causes(context.study, CAUSES)
    turn = estimand == "risk" and curves.kind == "survival"
    for row in curves.table.to_dict("records"):
        code = int(row.get("cause", 1))
        if estimand == "risk" and code not in told:
            continue
        value, low, high = row["estimate"], row["conf_low"], row["conf_high"]
        if turn:
            value, low, high = 1 - value, 1 - high, 1 - low
        yield context.record(
            estimand=estimand,
            cause=told[code] if estimand == "risk" else "",
            arm=row["arm"],
            time=row["time"],
            statistic="curve",
            unit="probability",
            estimate=value,
            std_error=row["std_error"],
            conf_low=low,
            conf_high=high,
            n=row["at_risk"],
            events=row["events"],
            method=context.named(method),
        )


def count_rows(context: Context) -> Iterator[Record]:
    """Yield the table under a curve: at risk, relapsed, other events, censored, adding up to all.

    Numbers are those at the start of each day.
    """
    followup, arm = context.arms.followup, context.arms.arm
    days, event = followup.days, followup.event
    start = context.design.start
    for position, label in enumerate(context.design.labels):
        mine = arm == position
        for time in (start, *(day for day in context.study.outcome.times if day > start)):
            gone = mine & (days < time)
            counts = {
                "at_risk": int((mine & ~gone).sum()),
                "events": int((gone & (event == CAUSES["relapse"])).sum()),
                "competing": int((gone & (event > CAUSES["relapse"])).sum()),
                "censored": int((gone & (event == 0)).sum()),
            }
            for statistic, count in counts.items():
                yield context.record(
                    estimand="at_risk",
                    arm=label,
                    time=time,
                    statistic=statistic,
                    unit="discharges",
                    estimate=count,
                    n=int(np.sum(mine)),
                    method="",
                )
