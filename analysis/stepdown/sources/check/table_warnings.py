"""What a person should look at, though it stops nothing: empty tables, follow-up without findings."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa

from stepdown.errors import Problem
from stepdown.sources.check.deaths import NEVER, days_of_death
from stepdown.sources.check.rows import held, values
from stepdown.sources.check.table_rules import client_codes
from stepdown.sources.map.canonical_tables import Built
from stepdown.sources.map.client_id_forms import are_among

# From this share of the clients followed on, those without a finding are named.
_SHARE = 0.1
# A smaller share of follow-up that ends with such a contact is by chance.
_FEW = 0.05


def table_warnings(tables: Mapping[str, Built]) -> list[Problem]:
    """Return what a person should look at.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables that could be made, among them the discharges.

    Returns
    -------
    list of Problem
    """
    return [*_empty(tables), *_without_findings(tables)]


def row_warnings(tables: Mapping[str, Built]) -> list[Problem]:
    """Return rows that a person should look at: exact copies of another row, and follow-up beyond a death.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables that could be made.

    Returns
    -------
    list of Problem
    """
    found: list[Problem] = []
    for name in ("services", "observations"):
        if name in tables:
            found += _copies(tables[name])
    if {"discharges", "followup"} <= tables.keys():
        found += _beyond_death(tables)
    if {"discharges", "followup", "observations"} <= tables.keys():
        found += _unanswered(tables)
    return found


def _copies(built: Built) -> Iterator[Problem]:
    if built.raw is None or built.raw.table.num_rows != len(built.frame):
        return
    frame = built.frame.dropna(axis=1, how="all")
    mapped = frame.duplicated().to_numpy()
    if not mapped.any():
        return
    # Rows that differ in a column that is not mapped are two: two sessions of one day, at different hours.
    mapped[mapped] = built.raw.table.to_pandas().duplicated().to_numpy()[mapped]
    yield from built.problems(
        "client_id",
        "is on a row that repeats another one in every column of the file",
        "Remove the copies if the export wrote rows twice; two events of a day need a column that differs.",
        mapped,
    )


def _beyond_death(tables: Mapping[str, Built]) -> Iterator[Problem]:
    clients = pa.array(tables["discharges"].frame["client_id"].array).unique().drop_null()
    codes = {name: client_codes(built, clients) for name, built in tables.items()}
    death = np.append(days_of_death(tables, codes, len(clients)), NEVER)
    end = tables["followup"].frame["end_day"]
    yield from tables["followup"].problems(
        "end_day",
        "is after the client's death",
        "End the follow-up on the day of death; later days are not counted.",
        held(end) & (codes["followup"] >= 0) & (values(end) > death[codes["followup"]]),
    )


def _unanswered(tables: Mapping[str, Built]) -> Iterator[Problem]:
    """Find follow-up that ends with a contact that was not answered, after the last one that was.

    Such a client counts as free of relapse up to a call that showed nothing.
    """
    followup, frame = tables["followup"], tables["observations"].frame
    clients = pa.array(tables["discharges"].frame["client_id"].array).unique().drop_null()
    codes = {name: client_codes(tables[name], clients) for name in ("followup", "observations")}
    known = (codes["observations"] >= 0) & held(frame["day"])
    empty = frame["finding"].isin(["missing", "refused"]).to_numpy(dtype=bool) | ~held(frame["finding"])
    answered = np.full(len(clients) + 1, -NEVER)
    seen = known & ~empty
    np.maximum.at(answered, codes["observations"][seen], values(frame["day"])[seen])
    end = followup.frame["end_day"]
    usable = held(end) & (codes["followup"] >= 0) & (values(end) > answered[codes["followup"]])
    calls = pd.MultiIndex.from_arrays(
        [codes["observations"][known & empty], values(frame["day"])[known & empty]]
    )
    ends = pd.MultiIndex.from_arrays([codes["followup"], values(end)])
    rows = usable & ends.isin(calls)
    if rows.sum() >= _FEW * max(len(end), 1):
        yield from followup.problems(
            "end_day",
            "is the day of a contact that was not answered: up to then the client counts as free of relapse",
            "End the follow-up on the day of the last contact that was answered.",
            rows,
        )


def _empty(tables: Mapping[str, Built]) -> Iterator[Problem]:
    for built in tables.values():
        if built.raw is not None and not built.raw.table.num_rows:
            yield Problem(
                table=built.raw.name,
                what=f"has no rows below its header, so there are no {built.table.name}",
                remedy="Export it again if it should have rows.",
            )


def _without_findings(tables: Mapping[str, Built]) -> Iterator[Problem]:
    """Find clients who were followed without any finding, where contacts without an event are recorded too.

    Where only events are recorded, having none is what following a client without an event looks like.
    """
    if not {"observations", "followup"} <= set(tables):
        return
    observations, spans = tables["observations"].frame, tables["followup"].frame
    if not observations["finding"].isin(["negative", "missing", "refused"]).any():
        return
    days = (spans["end_day"] - spans["start_day"]).fillna(0).to_numpy(dtype="int64")
    followed = spans["client_id"][days > 0].dropna().drop_duplicates()
    found = observations["client_id"][observations["finding"].notna()].dropna().drop_duplicates()
    without = int((~are_among(followed, found)).sum())
    if without and without >= _SHARE * len(followed):
        yield Problem(
            table="followup",
            what=f"has {without:,} of {len(followed):,} clients followed without any finding, positive or "
            "negative: they count as observed and free of relapse",
            remedy="Map their contacts, or end their follow-up on the day of the last one.",
        )
