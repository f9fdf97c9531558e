"""Curves and the numbers under them, as rows of the results."""

import numpy as np
import pandas as pd

from stepdown.cohort import CAUSES
from stepdown.estimate.context import Context
from stepdown.survival import Curves

_SPREAD = ["estimate", "conf_low", "conf_high"]


def curve_rows(context: Context, curves: Curves, *, estimand: str, method: str) -> pd.DataFrame:
    """Return every step of the curves; of a Kaplan-Meier curve used for risk, one minus it."""
    table = curves.table[["arm", "time", *_SPREAD, "std_error", "at_risk", "events"]]
    if "cause" in curves.table:
        table = table.assign(cause=curves.table["cause"])
    if estimand == "risk":
        names = context.causes
        if "cause" in table:
            table = table[table["cause"].isin(list(names))]
        table = table.assign(cause=table["cause"].map(names) if "cause" in table else "relapse")
        if curves.kind == "survival":
            table = table.assign(
                estimate=1 - table["estimate"],
                conf_low=1 - table["conf_high"],
                conf_high=1 - table["conf_low"],
            )
    keys = {"estimand": estimand, "statistic": "curve", "unit": "probability", "method": method}
    return context.rows(table.rename(columns={"at_risk": "n"}), keys)


def count_rows(context: Context) -> pd.DataFrame:
    """Return the table under a curve: at risk, relapsed, other events, censored, adding up to everyone.

    Numbers are those at the start of each day.
    """
    followup, arm = context.arms.followup, context.arms.arm
    days, relapsed = followup.days, followup.event == CAUSES["relapse"]
    parts = []
    for position, label in enumerate(context.design.labels):
        mine = arm == position
        for time in (context.design.start, *context.days):
            before = mine & (days < time)
            counts = {
                "at_risk": np.sum(mine & ~before),
                "events": np.sum(before & relapsed),
                "competing": np.sum(before & (followup.event > CAUSES["relapse"])),
                "censored": np.sum(before & (followup.event == 0)),
            }
            parts += [(label, time, name, int(count), int(mine.sum())) for name, count in counts.items()]
    table = pd.DataFrame(parts, columns=["arm", "time", "statistic", "estimate", "n"])
    return context.rows(table, {"estimand": "at_risk", "unit": "discharges", "method": ""})
