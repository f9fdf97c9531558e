"""Questions that every figure, table and sentence asks of results."""

import re

import pandas as pd

from stepdown.results._table import Results

WHOLE = "whole_cohort"
EARLIEST, LATEST = "earliest day", "latest day"


def landmark(analysis: str) -> int:
    """Return the day at which an analysis starts to follow people: 14 for "landmark_14", else 0."""
    found = re.fullmatch(r"landmark_(\d+)", analysis)
    return int(found[1]) if found else 0


def arms(results: Results, *, analysis: str) -> tuple[str, ...]:
    """Return the arms of an analysis in the order of the results; ("",) where it has none."""
    table = results.table
    told = table[(table["analysis"] == analysis) & table["estimand"].isin(["risk", "rmst", "rate"])]
    return tuple(dict.fromkeys(told.loc[told["contrast"] == "", "arm"])) or ("",)


def bounded(results: Results, *, analysis: str) -> bool:
    """Tell whether the analysis knows intervals only, so that every number stands twice."""
    table = results.table
    return bool(table.loc[table["analysis"] == analysis, "method"].str.endswith(EARLIEST).any())


def rows_of(
    results: Results,
    *,
    analysis: str,
    estimand: str,
    statistic: str = "estimate",
    cause: str | None = None,
    arm: str | None = None,
) -> pd.DataFrame:
    """Return the rows of one estimand in the order of the results, the index counted anew."""
    table = results.table
    keep = (
        (table["analysis"] == analysis) & (table["estimand"] == estimand) & (table["statistic"] == statistic)
    )
    if cause is not None:
        keep &= table["cause"] == cause
    if arm is not None:
        keep &= table["arm"] == arm
    return table[keep].reset_index(drop=True)


def curve(results: Results, *, analysis: str, cause: str, arm: str) -> pd.DataFrame:
    """Return a step curve of the risk of one cause, from where it starts to where follow-up ends.

    Returns
    -------
    DataFrame
        Columns `time` (day since time zero), `value`, `low`, `high` (probability); empty where the
        results hold no curve. A value holds from its day until the next one.
    """
    steps = rows_of(results, analysis=analysis, estimand="risk", statistic="curve", cause=cause, arm=arm)
    told = rows_of(results, analysis=analysis, estimand="risk", cause=cause, arm=arm)
    columns = ["time", "value", "low", "high"]
    steps = steps.loc[steps["value"].notna(), columns]
    told = told[told["value"].notna()]
    if steps.empty:
        flat = len(told) > 0 and not told["value"].any() and not bounded(results, analysis=analysis)
        steps = told[columns].iloc[[-1]] if flat else steps
        if not flat:
            return steps
    start = pd.DataFrame([[float(landmark(analysis)), 0.0, 0.0, 0.0]], columns=columns)
    if steps["time"].min() <= landmark(analysis):
        start = start.iloc[:0]
    end = told["time"].max()
    last = steps.iloc[[-1]].assign(time=end) if end > steps["time"].max() else steps.iloc[:0]
    return pd.concat([part for part in (start, steps, last) if len(part)], ignore_index=True)


def in_order(table: pd.DataFrame, column: str) -> list[str]:
    """Return the different values of a column in the order in which they first stand."""
    return list(dict.fromkeys(table[column]))


def pairs(
    results: Results, *, analysis: str, estimand: str, cause: str | None = None, statistic: str = "estimate"
) -> pd.DataFrame:
    """Return the numbers that stand twice, each pair in one row.

    Returns
    -------
    DataFrame
        Columns `arm, contrast, term, time, unit`, the smaller and the larger of the two readings
        (`low_value`, `high_value`), and the outermost of their limits (`low`, `high`).
    """
    told = rows_of(results, analysis=analysis, estimand=estimand, cause=cause, statistic=statistic)
    told = told[told["method"].str.endswith((EARLIEST, LATEST))]
    keys = ["arm", "contrast", "term", "time", "unit"]
    groups = told.groupby(keys, sort=False, dropna=False)
    pair = groups.agg(
        low_value=("value", lambda value: value.min(skipna=False)),
        high_value=("value", lambda value: value.max(skipna=False)),
        low=("low", "min"),
        high=("high", "max"),
    )
    return pair.reset_index()
