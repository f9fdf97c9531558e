"""Rules within a table, by its declaration, and between tables: clients, order of days, follow-up."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stepdown.errors import Problem
from stepdown.schema import Column
from stepdown.sources.check.assessments import assessment_problems
from stepdown.sources.check.deaths import NEVER, death_problems, earliest
from stepdown.sources.check.rows import held, values
from stepdown.sources.map.canonical_tables import Built
from stepdown.sources.map.client_id_forms import are_shortened

# Taking out rows of what is known to have happened would bias the results.
_IDS = "Fill the cells; rows of totals or notes may be removed."
_INTERVAL = (
    "Fill the cells; where only the contact that shows the finding is known, give its day as day, and "
    "since_day."
)
_JOIN = (
    'Correct their days, or join the stays: with overlapping_stays = "join" in its answers, stepdown init '
    "keeps the first admission and the last discharge."
)
_TOTAL = r"(?i)^\s*((grand|sub)[ -]?)?totals?\b"
_UNKNOWN = "Correct the ids, or add the discharges; only rows of people outside the program may be removed."
_SHORTENED = (
    "is a number that a spreadsheet shortened, as in 1.2E+11: its last figures are gone",
    "Format the column of ids as text, or as a number without decimals, and export again.",
)
# Planned days may be after the data cut.
_PLANS = frozenset({"appointment_day", "due_day"})


def table_problems(built: Built, *, data_cut: int | None) -> list[Problem]:
    """Return every problem within one table.

    Parameters
    ----------
    built : Built
        A table.
    data_cut : int or None
        Last day that the data could show.

    Returns
    -------
    list of Problem
    """
    found: list[Problem] = []
    for column in (*built.table, *built.covariates):
        if column.name in built.frame:
            found += _column(built, column)
            if column.kind == "day" and column.name not in _PLANS and data_cut is not None:
                found += built.problems(
                    column.name,
                    "is after data_cut",
                    "Correct the day, or move data_cut in the cohort file.",
                    held(built.frame[column.name]) & (values(built.frame[column.name]) > data_cut),
                )
                found += built.problems(
                    column.name,
                    "is more than 100 years before data_cut",
                    "Correct the day, or list its text under missing if it means that no day is known.",
                    held(built.frame[column.name])
                    & (values(built.frame[column.name]) < data_cut - _HUNDRED_YEARS),
                )
    found += _orders(built)
    found += _total_rows(built)
    found += _days_of_stays(built)
    found += _duplicates(built)
    if built.table.name == "assessments":
        found += assessment_problems(built)
    return found


def _column(built: Built, column: Column) -> Iterator[Problem]:
    series = built.frame[column.name]
    if column.never_missing:
        empty = ~held(series) & ~built.faulty.get(column.name, np.False_)
        remedy = _IDS if column.kind == "id" else "Fill the cells."
        if (built.table.name, column.name) == ("observations", "day"):
            remedy = _INTERVAL
        yield from built.problems(column.name, "is missing", remedy, empty)
    if column.kind not in ("integer", "number") or (column.low is None and column.high is None):
        return
    low = -np.inf if column.low is None else column.low
    high = np.inf if column.high is None else column.high
    numbers = series.to_numpy(dtype="float64", na_value=np.nan)
    unit = f" {column.unit}" if column.unit else ""
    yield from built.problems(
        column.name,
        f"is not between {low:g} and {high:g}{unit}",
        "Correct the cells, their unit, or list their code under missing.",
        (numbers < low) | (numbers > high),
    )


def _orders(built: Built) -> Iterator[Problem]:
    for order in built.table.orders:
        if order.first not in built.frame or order.second not in built.frame:
            continue
        first, second = built.frame[order.first], built.frame[order.second]
        both = held(first) & held(second)
        yield from built.problems(
            order.second,
            f"is before {order.first}",
            "Correct the two days.",
            both & (values(second) < values(first)),
        )


def _total_rows(built: Built) -> Iterator[Problem]:
    texts = pa.chunked_array(pa.array(built.frame["client_id"].array))
    if not len(texts):
        return
    yield from built.problems(
        "client_id",
        "is the word total, so that the row is no client",
        "Clear the row, and other rows of totals or notes.",
        pc.match_substring_regex(texts, _TOTAL).fill_null(False).to_numpy(zero_copy_only=False),
    )


def _days_of_stays(built: Built) -> Iterator[Problem]:
    if not {"admit_day", "discharge_day"} <= set(built.frame):
        return
    first, last = built.frame["admit_day"], built.frame["discharge_day"]
    named = built.frame["client_id"].notna().to_numpy()
    yield from built.problems(
        "client_id",
        "has neither a day of admission nor one of discharge",
        "Add a day; of a total or a note below the table, clear the row.",
        named & ~held(first) & ~held(last) & ~held(built.frame.get("randomization_day", first)),
    )
    long = held(first) & held(last) & (values(last) - values(first) > _TEN_YEARS)
    yield from built.problems(
        "discharge_day",
        "is more than ten years after admit_day",
        "Correct the two days; of a day that is not known, clear the cell.",
        long,
    )


def _duplicates(built: Built) -> Iterator[Problem]:
    key = [name for name in built.table.key if name in built.mapped]
    if not built.table.key:
        return
    if len(key) < len(built.table.key):
        # Without labels of stays, two rows of one client with one discharge day are the same stay.
        key = [name for name in ("client_id", "admit_day", "discharge_day") if name in built.mapped]
    keyed = built.frame[key]
    whole = keyed.notna().all(axis=1)
    again = keyed.duplicated(keep="first") & whole
    yield from built.problems(
        built.table.key[0],
        f"is duplicated: more than one row has the same {' and '.join(key[1:]) or 'row'}",
        "Keep one row a stay.",
        again.to_numpy(),
    )


_Ints = NDArray[np.int64]
_HUNDRED_YEARS, _TWENTY_YEARS, _TEN_YEARS = 36_525, 7_305, 3_652
# Findings without a contact: no one was there, or others report it.
_UNSEEN = ("missing", "refused", "death", "incarceration")
_EVENTS = ("services", "observations", "followup", "assessments")


def cross_problems(tables: Mapping[str, Built], *, dated: bool = False) -> list[Problem]:
    """Return every problem between tables.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables that could be made, among them the discharges.
    dated : bool
        Days are dates, so that one far from all others is a code for a day that is not known.

    Returns
    -------
    list of Problem
    """
    discharges = tables["discharges"]
    clients = pa.array(discharges.frame["client_id"].array).unique().drop_null()
    codes = {name: client_codes(built, clients) for name, built in tables.items()}
    apart = _apart(discharges.frame, codes["discharges"])
    short = are_shortened(discharges.frame["client_id"])
    found = [*discharges.problems("client_id", *_SHORTENED, short, kind="ids")]
    found += [*_overlaps(discharges, apart, "admit_day", "discharge_day", "stay")]
    for name in _EVENTS:
        if name in tables:
            unknown = (codes[name] < 0) & held(tables[name].frame["client_id"])
            short = unknown & are_shortened(tables[name].frame["client_id"])
            found += tables[name].problems("client_id", *_SHORTENED, short, kind="ids")
            found += tables[name].problems(
                "client_id",
                "is not a client of discharges",
                _UNKNOWN,
                unknown & ~short,
                kind="sessions" if name == "services" else "ids",
            )
    if "services" in tables:
        found += _before_admission(tables, codes, len(clients))
    if "followup" in tables:
        found += _overlaps(tables["followup"], codes["followup"], "start_day", "end_day", "period")
    far = _far_days(tables) if dated else {}
    for name, rows in far.items():
        found += tables[name].problems(
            _DAY_OF[name],
            "is more than 20 years from most discharges",
            "Correct the day, or list its text under missing if it means that no day is known.",
            rows,
            kind="missing",
        )
    if "observations" in tables and "followup" in tables:
        found += _unobserved(tables["observations"], tables["followup"], codes, far.get("observations"))
    found += death_problems(tables, codes, len(clients))
    return found


_DAY_OF = {"services": "start_day", "observations": "day", "followup": "end_day"}


def _far_days(tables: Mapping[str, Built]) -> dict[str, NDArray[np.bool_]]:
    """Return the rows whose day is more than 20 years from the middle discharge, by table."""
    ends = tables["discharges"].frame["discharge_day"]
    known = np.sort(values(ends)[held(ends)])
    if not known.size:
        return {}
    middle = int(known[(known.size - 1) // 2])
    return {
        name: held(tables[name].frame[day])
        & (np.abs(values(tables[name].frame[day]) - middle) > _TWENTY_YEARS)
        for name, day in _DAY_OF.items()
        if name in tables
    }


def client_codes(built: Built, clients: pa.Array) -> _Ints:
    """Return the number of each row's client; -1 where missing or not among the discharges."""
    column = pa.chunked_array(pa.array(built.frame["client_id"].array))
    found: _Ints = (
        pc.index_in(column, value_set=clients).fill_null(-1).to_numpy().astype(np.int64)
        if len(built.frame)
        else np.zeros(0, dtype=np.int64)
    )
    return found


def _before_admission(
    tables: Mapping[str, Built], codes: Mapping[str, _Ints], clients: int
) -> Iterator[Problem]:
    services = tables["services"]
    admitted = earliest(codes["discharges"], tables["discharges"].frame["admit_day"], clients)
    admitted[admitted == NEVER] = np.iinfo(np.int64).min
    start = services.frame["start_day"]
    known = (codes["services"] >= 0) & held(start)
    early = known & (values(start) < np.append(admitted, 0)[codes["services"]])
    yield from services.problems(
        "start_day",
        "is before the client's first admission",
        "Correct the day, or remove earlier care from the table.",
        early,
    )


def _apart(discharges: pd.DataFrame, codes: _Ints) -> _Ints:
    """Return numbers of clients and levels: rows with different numbers may overlap.

    Those with -1 may overlap any.
    Episodes of PHP, IOP and outpatient care may overlap those of other levels, and stays around the clock.
    Withdrawal management inside a residential stay is part of it.
    """
    level = discharges["level"].astype("object").fillna("residential")
    step_down = level.map({"php": 1, "iop": 2, "outpatient": 3}).fillna(0).to_numpy(dtype=np.int64)
    days = discharges[["admit_day", "discharge_day"]].assign(client=codes, row=np.arange(len(codes)))
    known = codes >= 0
    detox, residential = (days[known & (level == name).to_numpy()] for name in ("withdrawal", "residential"))
    pairs = detox.merge(residential, on="client", suffixes=("", "_of"))
    inside = (pairs["admit_day"] >= pairs["admit_day_of"]) & (
        pairs["discharge_day"] <= pairs["discharge_day_of"]
    )
    apart = np.where(codes < 0, -1, codes * 4 + step_down)
    apart[pairs.loc[inside.fillna(False).to_numpy(dtype=bool), "row"].to_numpy()] = -1
    return apart


def _overlaps(built: Built, codes: _Ints, start: str, end: str, noun: str) -> Iterator[Problem]:
    """Find rows that begin before an earlier one of the client has ended; ends may touch."""
    first, last = built.frame[start], built.frame[end]
    usable = np.flatnonzero((codes >= 0) & held(first) & held(last))
    who, begin, finish = codes[usable], values(first)[usable], values(last)[usable]
    order = np.lexsort((finish, begin, who))
    who, begin, finish = who[order], begin[order], finish[order]
    if who.size < 2:
        return
    latest = _running_end(who, finish)
    same = who[1:] == who[:-1]
    twice = (begin[1:] == begin[:-1]) & (finish[1:] == finish[:-1])
    clash = np.append(False, same & ((begin[1:] < latest[:-1]) | twice))
    rows = np.zeros(len(built.frame), dtype=bool)
    rows[usable[order][clash]] = True
    yield from built.problems(
        start,
        f"overlaps another {noun} of the same client",
        _JOIN if noun == "stay" else f"Merge the {noun}s, or correct their days.",
        rows,
        kind="episodes" if noun == "stay" else "",
    )


def _running_end(who: _Ints, finish: _Ints) -> _Ints:
    """Return the largest end so far of each client; rows are in order of client."""
    low = int(finish.min())
    width = int(finish.max()) - low + 1
    return np.maximum.accumulate(who * width + (finish - low)) - who * width + low


def _unobserved(
    observations: Built, followup: Built, codes: Mapping[str, _Ints], far: NDArray[np.bool_] | None
) -> Iterator[Problem]:
    """Find findings on days without observation; those that others report, or that are no contact, may be.

    A day that is far from all others, and clients whose follow-up cannot be read, are reported as that.
    """
    frame = observations.frame
    day = frame["day"]
    asked = (codes["observations"] >= 0) & held(day) & ~frame["finding"].isin(_UNSEEN).to_numpy(dtype=bool)
    asked &= np.True_ if far is None else ~far
    spans = followup.frame
    unread = followup.faulty.get("start_day", np.False_) | followup.faulty.get("end_day", np.False_)
    if np.any(unread):
        asked &= ~np.isin(codes["observations"], codes["followup"][unread])
    usable = (codes["followup"] >= 0) & held(spans["start_day"]) & held(spans["end_day"])
    inside = _inside(
        codes["observations"][asked],
        values(day)[asked],
        codes["followup"][usable],
        values(spans["start_day"])[usable],
        values(spans["end_day"])[usable],
    )
    rows = np.zeros(len(frame), dtype=bool)
    rows[np.flatnonzero(asked)[~inside]] = True
    yield from observations.problems(
        "day",
        "is outside the client's follow-up",
        "Extend the follow-up period that should contain the day, or correct the day.",
        rows,
        kind="calls",
    )


def _inside(who: _Ints, day: _Ints, span_of: _Ints, start: _Ints, end: _Ints) -> NDArray[np.bool_]:
    """Return for each day whether a span [start, end] of the same client contains it."""
    if not span_of.size or not who.size:
        return np.zeros(who.size, dtype=bool)
    low = int(min(day.min(), start.min(), end.min()))
    width = int(max(day.max(), start.max(), end.max())) - low + 1
    order = np.argsort(span_of * width + (start - low), kind="stable")
    begins = (span_of * width + (start - low))[order]
    latest = np.maximum.accumulate((span_of * width + (end - low))[order])
    asked = who * width + (day - low)
    last = np.searchsorted(begins, asked, side="right") - 1
    same = (last >= 0) & (span_of[order][last] == who)
    inside: NDArray[np.bool_] = same & (latest[last] >= asked)
    return inside
