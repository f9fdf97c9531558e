"""Characteristics of the groups compared as rows of the results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort import People
from stepdown.cohort.followup import baseline_columns, standardized_differences
from stepdown.compare import Design, design
from stepdown.compare.compared_strategies import followers_of_plans
from stepdown.errors import DesignError
from stepdown.estimate.adjusted_rows import imputations
from stepdown.estimate.context import Record
from stepdown.sections.comparison.read import CHARACTERISTIC
from stepdown.study import BaselineArm, DesignChoice, Study, one_start

MOST_LEVELS = 12
"""Levels of a category beyond which they are not listed one by one."""


def comparison_rows(people: People, designs: Sequence[Design], study: Study) -> Iterator[Record]:
    """Yield what was known by time zero about each group of each comparison, and how far the groups differ.

    Parameters
    ----------
    people : People
        Derived discharges.
    designs : sequence of Design
        Comparisons of arms; the whole cohort has none and is passed over.
    study : Study
        The protocol. What it adjusts for comes first.
    """
    columns = _columns(people, study)
    if not columns:
        return
    for one in (*designs, *_followers(people, study)):
        if len(one.labels) > 1:
            # Readings differ in the day of the event, or by the few whose event may be before the start.
            reading = one.readings[0]
            values = people.table[list(columns)].iloc[reading.followup.rows]
            starts = dict.fromkeys(one.labels, one.start)
            yield from _of_groups(values, reading.arm, starts, one.key)
    yield from _of_plans(people, study, columns)


def _of_plans(people: People, study: Study, columns: tuple[str, ...]) -> Iterator[Record]:
    """Yield it for plans that unfold: of those who follow each at the end of its first window."""
    asked = study.analysis.designs if study.analysis else ()
    for choice in (one for one in asked if one.design == "clone_censor_weight"):
        if one_start(study.plans):
            continue
        try:
            followers = followers_of_plans(next(iter(imputations(people, study)))[0], study)
        except DesignError:
            continue
        values = people.table[list(columns)].iloc[np.concatenate(list(followers.values()))]
        group = np.repeat(np.arange(len(followers)), [len(rows) for rows in followers.values()])
        starts = {label: plan.first_window for label, plan in zip(study.labels, study.plans, strict=True)}
        yield from _of_groups(values, group, starts, choice.key)


def _followers(people: People, study: Study) -> Iterator[Design]:
    """Yield, for plans compared by clones, those who follow each at the end of the grace period."""
    asked = study.analysis.designs if study.analysis else ()
    for choice in (one for one in asked if one.design == "clone_censor_weight"):
        if not one_start(study.plans):
            continue
        last = max(plan.last_day for plan in study.plans)
        try:
            at_end = design(people, study, choice=DesignChoice(design="landmark", day=last))
        except DesignError:
            continue
        yield replace(at_end, key=choice.key)


def _columns(people: People, study: Study) -> tuple[str, ...]:
    """Return what is known by time zero, the covariates of the adjustment first, without the arms."""
    adjust = study.analysis.adjust if study.analysis else None
    chosen = study.contrast.arms if study.contrast else ()
    own = chosen.column if isinstance(chosen, BaselineArm) else ""
    every = (*(adjust.covariates if adjust else ()), *baseline_columns(people, study.time_zero.event))
    return tuple(name for name in dict.fromkeys(every) if name != own and name in people.table)


def _of_groups(
    values: pd.DataFrame, group: NDArray[np.int64], starts: dict[str, int], key: str
) -> Iterator[Record]:
    """Yield the characteristics of groups, and their differences from the last.

    Parameters
    ----------
    values : DataFrame
        Characteristics, a row for each time that a person is in a group.
    group : array of int
        Place in `starts`.
    starts : dict of int
        By label, the day since time zero on which the group is described.
    key : str
        The analysis.
    """
    *others, reference = starts
    keys: Record = {"analysis": key, "estimand": CHARACTERISTIC}
    for place, label in enumerate(others):
        pair = np.isin(group, (place, len(others)))
        table = standardized_differences(values[pair], group[pair] == place)
        for row in _of_pair(table, keys, label, reference, with_reference=place == 0):
            yield row | {"window_start": starts[str(row["arm"])]}
    for name in values:
        series = values[name]
        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
            spread = series.astype(float).groupby(group).std()
            for place, (label, start) in enumerate(starts.items()):
                row = keys | {"window_start": start, "term": str(name), "arm": label}
                yield row | {"statistic": "sd", "unit": "own", "estimate": float(spread.get(place, np.nan))}


def _of_pair(
    table: pd.DataFrame, keys: Record, label: str, reference: str, *, with_reference: bool
) -> Iterator[Record]:
    levels = table.groupby("covariate", sort=False)["level"].transform("size") - 1
    for row, many in zip(table.to_dict("records"), levels, strict=True):
        mine: Record = keys | {"term": row["covariate"], "level": row["level"]}
        listed = not row["level"] or many <= MOST_LEVELS
        if listed:
            yield mine | {
                "arm": label, "reference": reference, "statistic": "standardized",
                "unit": "standard deviations", "estimate": row["difference"],
            }  # fmt: skip
        for arm, value, n in ((label, "value1", "n1"), (reference, "value0", "n0")):
            if pd.isna(row[value]) or not listed or (arm == reference and not with_reference):
                continue
            if row["level"]:
                share: Record = {"statistic": "share", "unit": "probability", "n": row[n]}
                yield mine | share | {
                    "arm": arm, "estimate": row[value], "events": round(row[value] * row[n])
                }  # fmt: skip
            else:
                mean: Record = {"statistic": "mean", "unit": "own", "n": row[n]}
                yield mine | mean | {"arm": arm, "estimate": row[value]}
