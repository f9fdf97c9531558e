"""Who was compared, read from the results: characteristics by group, and what became of each group."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stepdown.results.reading import in_order, readable
from stepdown.results.table import Results

CHARACTERISTIC = "characteristic"
"""Estimand of a mean or share of one group; of the whole cohort where no group is named."""
BALANCE = "covariate_balance"
GRACE_PERIOD_END, DEPARTURE = "grace_period_end", "departure"
FOLLOWED, DEPARTED, RELAPSED, OTHER_EVENT, LOST = "followed", "departed", "relapse", "other_event", "lost"
"""What became of a copy of everybody by the end of the grace period of a plan."""


@dataclass(frozen=True, kw_only=True)
class SelectionStep:
    """A step by which discharges left: its name, how many left and how many stayed."""

    name: str
    removed: float
    kept: float


@dataclass(frozen=True, kw_only=True)
class Fate:
    """What became of a group by a day.

    Attributes
    ----------
    arm : str
        Its label.
    size : float
        Discharges at the start.
    counts : dict of str to float
        By what became of them, adding up to `size`.
    reasons : dict of str to float
        How many departed from a plan, by the reason; empty where there is one way to depart.
    """

    arm: str
    size: float
    counts: dict[str, float]
    reasons: dict[str, float] = field(default_factory=dict)


def steps_of(results: Results, *, analysis: str) -> tuple[SelectionStep, ...]:
    """Return the steps of an analysis; of all of them where `analysis` is empty."""
    table = results.table
    mine = table[(table["estimand"] == "flow") & (table["analysis"] == analysis)]
    counts = mine[mine["unit"] == "discharges"].set_index(["term", "statistic"])["estimate"]
    return tuple(
        SelectionStep(
            name=name, removed=float(counts.get((name, "removed"), 0.0)), kept=float(counts[name, "kept"])
        )
        for name in in_order(mine, "term")
    )


def fates_by_day(results: Results, *, analysis: str, day: int) -> tuple[Fate, ...]:
    """Return how many of each arm were followed to a day, had an event, or were lost before it."""
    table = readable(results)
    mine = table[
        (table["estimand"] == "at_risk") & (table["analysis"] == analysis) & (table["time"] == day)
        & (table["bound"] == "") & (table["arm"] != "")
    ]  # fmt: skip
    names = {"events": RELAPSED, "competing": OTHER_EVENT, "censored": LOST, "at_risk": FOLLOWED}
    found = []
    for arm in in_order(mine, "arm"):
        counts = mine[mine["arm"] == arm].set_index("statistic")["estimate"]
        if set(names) <= set(counts.index):
            by_fate = {name: float(counts[statistic]) for statistic, name in names.items()}
            found.append(Fate(arm=arm, size=sum(by_fate.values()), counts=by_fate))
    return tuple(found)


def fates_of_copies(results: Results, *, analysis: str) -> tuple[Fate, ...]:
    """Return what became of the copies of everybody under each plan by the end of its grace period."""
    table = readable(results)
    mine = table[(table["estimand"] == GRACE_PERIOD_END) & (table["analysis"] == analysis)]
    left = table[
        (table["estimand"] == DEPARTURE) & (table["analysis"] == analysis)
        & (table["statistic"] == "count") & (table["estimate"] > 0)
    ]  # fmt: skip
    found = []
    for arm in in_order(mine, "arm"):
        counts = mine[mine["arm"] == arm].set_index("term")["estimate"]
        by_fate = {str(name): float(value) for name, value in counts.items()}
        why = left[left["arm"] == arm].set_index("term")["estimate"]
        reasons = {str(name): float(value) for name, value in why.items()}
        found.append(Fate(arm=arm, size=sum(by_fate.values()), counts=by_fate, reasons=reasons))
    return tuple(found)


def grace_period(results: Results, *, analysis: str, arm: str) -> int:
    """Return the last day of the grace period of a plan."""
    table = results.table
    mine = table[
        (table["estimand"] == GRACE_PERIOD_END) & (table["analysis"] == analysis) & (table["arm"] == arm)
    ]
    return int(mine["time"].iloc[0])


def characteristics(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return the characteristics of the groups, one row for each number or level.

    Returns
    -------
    DataFrame
        `term, level`; `arm` and `reference` of the differences; `statistic` (mean, sd, share, standardized);
        `estimate`, `n`, `events`.
    """
    table = results.table
    mine = (table["estimand"] == CHARACTERISTIC) & (table["analysis"] == analysis)
    return table.loc[mine, ["term", "level", "arm", "reference", "statistic", "estimate", "n", "events"]]


def described_on(results: Results, *, analysis: str) -> dict[str, int]:
    """Return the day since time zero on which each group is described."""
    table = results.table
    mine = table[(table["estimand"] == CHARACTERISTIC) & (table["analysis"] == analysis)]
    days = mine.groupby("arm", sort=False)["window_start"].first()
    return {str(arm): int(day) for arm, day in days.items()}


def balanced(results: Results, *, analysis: str) -> pd.DataFrame:
    """Return the standardized differences after the adjustment: `term, level, arm, estimate`."""
    table = results.table
    mine = (table["estimand"] == BALANCE) & (table["analysis"] == analysis) & (table["statistic"] == "after")
    return table.loc[mine, ["term", "level", "arm", "estimate"]]


def adjusted_by(results: Results, *, analysis: str) -> str:
    """Return how a comparison was adjusted: "matching", or a design and a method; without imputations."""
    table = results.table
    mine = table[(table["estimand"] == BALANCE) & (table["analysis"] == analysis)]
    return re.split(r", \d+ imputations pooled", mine["method"].iloc[0])[0] if len(mine) else ""


def largest(differences: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """Yield characteristics from the most different on, each with its largest absolute difference."""
    size = differences["estimate"].abs().groupby(differences["term"], sort=False).max()
    order = np.argsort(-size.to_numpy(), kind="stable")
    for place in order:
        if not np.isnan(size.iloc[place]):
            yield str(size.index[place]), float(size.iloc[place])
