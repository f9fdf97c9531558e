"""The canonical tables of CTN-0094."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from stepdown.errors import Problem
from stepdown.schema import DISCHARGES, DTYPES, FOLLOWUP, OBSERVATIONS, SERVICES, Column, Table
from stepdown.sources.ctn0094.participants import covariates, discharges, randomized
from stepdown.sources.ctn0094.published_tables import Patterns
from stepdown.sources.ctn0094.trial_designs import TrialDesigns
from stepdown.sources.ctn0094.trial_events import doses, followed, missed_visits, reported_use, taken_out
from stepdown.sources.ctn0094.urine_findings import (
    REBUILT,
    WEEK,
    Reading,
    found_findings,
    last_day,
    pattern_lengths,
    published_findings,
)
from stepdown.sources.map.canonical_tables import Built
from stepdown.sources.map.values import empty
from stepdown.sources.read.raw_tables import row_problems


def build(
    tables: Mapping[str, pd.DataFrame],
    design: TrialDesigns,
    *,
    patterns: Patterns = "published",
    reading: Reading = REBUILT,
) -> tuple[dict[str, Built], list[Problem]]:
    """Make the canonical tables of everyone who was randomized.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The source's tables.
    design : TrialDesigns
        What is known of the trials.
    patterns : {"published", "rebuilt"}
        Whether the urine findings are those of the published weekly patterns, or those of the tables.
    reading : Reading
        How the tables are read where patterns are rebuilt.

    Returns
    -------
    tables : dict of str to Built
        All four, in order of `who`; days on the source's clock, day 0 the day of consent.
    problems : list of Problem
    """
    people, problems = randomized(tables, design)
    if problems:
        return {}, problems
    if patterns == "published":
        published = tables["derived_weeklyOpioidPattern"]
        weeks = pattern_lengths(people, published)
        if problems := _without_pattern(weeks):
            return {}, problems
        urine = published_findings(people, published)
        end = people["zero"] + WEEK * weeks
    else:
        urine = found_findings(people, tables, design, reading)
        end = last_day(people, design, planned_end=reading.planned_end)
    last = pd.Series(end.to_numpy(dtype="int64"), index=people["who"])
    missed = missed_visits(people, tables["visit"])
    out = taken_out(missed, last)
    reports = reported_use(tables, design)
    reports = reports[reports["who"].isin(last.index)]
    reports = reports[reports["day"] <= reports["who"].map(last)]
    contacts = pd.concat([urine[urine["finding"] != "missing"][["who", "day"]], reports[["who", "day"]]])
    spans = followed(people, tables, contacts=contacts, out=out, missed=missed, end=last)
    frames = {
        "discharges": discharges(people, tables, design),
        "services": doses(people, tables["treatment"]).assign(
            level="outpatient", kind="medication", attended=True
        ),
        "observations": _observations(urine, reports, out),
        "followup": spans,
    }
    declared = covariates(frames["discharges"])
    return {
        table.name: _built(table, frames[table.name], declared if table is DISCHARGES else ())
        for table in (DISCHARGES, SERVICES, OBSERVATIONS, FOLLOWUP)
    }, []


def _without_pattern(weeks: pd.Series) -> list[Problem]:
    return row_problems(
        "derived_weeklyOpioidPattern",
        "",
        "has no pattern for some who were randomized",
        'Copy the complete file again, or set patterns = "rebuilt".',
        np.flatnonzero(weeks.to_numpy() == 0),
    )


def _observations(urine: pd.DataFrame, reports: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    parts = [
        urine.assign(source="urine"),
        reports.assign(source="self_report", finding="positive"),
        out.assign(source="registry"),
    ]
    names = ["who", "day", "source", "finding", "due_day", "substance"]
    kinds = {"due_day": "Int64", "substance": "object"}
    rows = pd.concat([part.reindex(columns=names).astype(kinds) for part in parts], ignore_index=True)
    return rows.sort_values(["who", "day"], kind="stable", ignore_index=True)


def _built(table: Table, frame: pd.DataFrame, declared: tuple[Column, ...]) -> Built:
    """Type a frame as declared; core columns that it lacks are missing on every row."""
    if "client_id" not in frame:
        frame = frame.assign(client_id=frame["who"])
    made = {}
    for column in (*table, *declared):
        if column.name in frame:
            made[column.name] = _typed(frame[column.name], column)
        elif column in table.core:
            made[column.name] = empty(column, len(frame))
    return Built(
        table=table,
        frame=pd.DataFrame(made),
        raw=None,
        positions=np.arange(len(frame)),
        covariates=declared,
        mapped=frozenset(name for name in made if name in frame),
    )


def _typed(values: pd.Series, column: Column) -> pd.Series:
    values = values.reset_index(drop=True)
    if column.kind == "code":
        categories = pd.CategoricalDtype(pd.Index(list(column.codes), dtype=object))
        return pd.Series(pd.Categorical(values.astype(object), dtype=categories))
    if column.kind == "id":
        values = values.astype("string")
    kind: Any = DTYPES[column.kind]
    typed: pd.Series = pd.Series(values.array, dtype=kind)
    return typed
