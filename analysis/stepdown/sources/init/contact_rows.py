"""Contacts on a sheet of their own, one row each: since when clients used, and how long they were observed.

A contact shows how the client was on its day. Where no column shows how long clients were observed, that is
from a discharge to the last contact with a result after it. A use that a contact found happened after the
last contact that found none, or after discharge.
"""

import re

import numpy as np
import pandas as pd

from stepdown.identifiers import snake
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.map.plain_columns import as_text

# Findings that show how a client was.
_SEEN = ("positive", "negative", "inconclusive", "admission")
_CONTACTS = re.compile(r"contact|call|follow_?up|fu(_|$)|phone|check_?in|outreach|alumni")


def are_contacts(part: NewFile) -> bool:
    """Return whether a sheet of findings holds contacts: by its name, or by that of the column of the day."""
    names = [part.sheet, part.label, *(guess.source for guess in part.guesses if guess.name == "day")]
    return part.table == "observations" and any(_CONTACTS.search(snake(name)) for name in names)


def with_no_result(part: NewFile, frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the rows of a sheet, contacts whose result is an empty cell as not answered, and a note on them.

    Parameters
    ----------
    part : NewFile
        A sheet.
    frame : DataFrame
        Its rows as canonical columns.

    Returns
    -------
    tuple of (DataFrame, list of str)
        Unchanged, and no note, where the sheet holds no contacts or a person has to read its results.
    """
    source = next((guess.source for guess in part.guesses if guess.name == "finding" and not guess.doubt), "")
    if not source or not {"day", "finding"} <= set(frame) or not are_contacts(part):
        return frame, []
    empty = as_text(part.data[source]).to_pandas().fillna("").str.strip().eq("").to_numpy(dtype=bool)
    empty &= frame["day"].notna().to_numpy(dtype=bool)
    if not empty.any():
        return frame, []
    many = f"{empty.sum()} contacts have" if empty.sum() > 1 else "1 contact has"
    note = (
        f"{many} no result and count as not answered: neither as use nor as abstinence "
        f"({part.rows_of(np.flatnonzero(empty))})"
    )
    return frame.assign(finding=frame["finding"].mask(empty, "missing")), [note]


def with_intervals(found: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Return contacts with the day after which a use that they found happened.

    Parameters
    ----------
    found : DataFrame
        client_id, day and finding.
    stays : DataFrame
        client_id and discharge_day.

    Returns
    -------
    DataFrame
        With `since_day`, where the contact is after a discharge and found use.
    """
    rows = _after_discharge(found, stays)
    stay = [rows["client_id"], rows["discharge_day"]]
    free = rows["day"].where(rows["finding"] == "negative").groupby(stay).shift()
    before = free.groupby(stay).ffill()
    since = before.fillna(rows["discharge_day"]).where(rows["finding"] == "positive")
    since = since.where(since < rows["day"])
    return found.assign(since_day=since.set_axis(rows["row"]).reindex(found.index).astype("Int64"))


def spans_of(found: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Return the periods from a discharge to the last contact with a result after it.

    Parameters
    ----------
    found, stays : DataFrame
        As for `with_intervals`.

    Returns
    -------
    DataFrame
        client_id, start_day and end_day.
    """
    rows = _after_discharge(found, stays)
    rows = rows[rows["finding"].isin(_SEEN)]
    last = rows.sort_values("day", kind="stable").drop_duplicates(["client_id", "discharge_day"], keep="last")
    return pd.DataFrame(
        {"client_id": last["client_id"], "start_day": last["discharge_day"], "end_day": last["day"]}
    )


def _after_discharge(found: pd.DataFrame, stays: pd.DataFrame) -> pd.DataFrame:
    """Return the contacts after a discharge with the last discharge before each, by client and day."""
    rows = found[["client_id", "day", "finding"]].assign(row=np.asarray(found.index))
    rows = rows.dropna(subset=["client_id", "day"]).astype({"day": "int64", "client_id": object})
    ends = (
        stays[["client_id", "discharge_day"]].dropna().astype({"discharge_day": "int64", "client_id": object})
    )
    rows, ends = rows.sort_values("day", kind="stable"), ends.sort_values("discharge_day", kind="stable")
    both = pd.merge_asof(rows, ends, left_on="day", right_on="discharge_day", by="client_id")
    return both.dropna(subset=["discharge_day"]).sort_values(
        ["client_id", "day"], kind="stable", ignore_index=True
    )
