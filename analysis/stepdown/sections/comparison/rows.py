"""Characteristics of the groups compared as rows of the results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.cohort.followup import baseline_columns, standardized_differences
from stepdown.compare import Design, design
from stepdown.errors import DesignError
from stepdown.estimate.context import Record
from stepdown.sections.comparison.read import CHARACTERISTIC
from stepdown.study import BaselineArm, DesignChoice, Study

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
            yield from _of_design(people, one, columns)


def _followers(people: People, study: Study) -> Iterator[Design]:
    """Yield, for plans compared by clones, those who follow each at the end of the grace period."""
    asked = study.analysis.designs if study.analysis else ()
    for choice in (one for one in asked if one.design == "clone_censor_weight"):
        if any(plan.unfolds for plan in study.plans):
            # No day ends all plans, and a person may follow several of them.
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


def _of_design(people: People, one: Design, columns: tuple[str, ...]) -> Iterator[Record]:
    # Readings differ in the day of the event alone, or by the few whose event may be before the start.
    reading = one.readings[0]
    values = people.table[list(columns)].iloc[reading.followup.rows]
    keys: Record = {"analysis": one.key, "estimand": CHARACTERISTIC, "window_start": one.start}
    reference = one.labels[-1]
    last = len(one.labels) - 1
    for place, label in enumerate(one.labels[:-1]):
        pair = np.isin(reading.arm, (place, last))
        table = standardized_differences(values[pair], reading.arm[pair] == place)
        yield from _of_pair(table, keys, label, reference, with_reference=place == 0)
    for name in columns:
        series = values[name]
        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
            spread = series.astype(float).groupby(reading.arm).std()
            for place, label in enumerate(one.labels):
                row: Record = {"term": name, "arm": label, "statistic": "sd", "unit": "own"}
                yield keys | row | {"estimate": float(spread.get(place, np.nan))}


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
