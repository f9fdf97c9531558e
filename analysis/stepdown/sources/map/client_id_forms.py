"""Ids of one client that two files write differently: 0007 and 7, 7.0 and 7, "a 12" and A12.

An id is that of a client of the discharges where the two differ only in leading zeros, spaces, capitals or a
final ".0", and only one client is so written.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from stepdown.errors import Problem
from stepdown.sources.map.canonical_tables import Built


def as_written(ids: pd.Series, known: pd.Series) -> pd.Series:
    """Return ids as the known ones are written, where just one of them is the same id.

    Parameters
    ----------
    ids : Series of str
        Ids of a file.
    known : Series of str
        Different ids.

    Returns
    -------
    Series of str

    Examples
    --------
    >>> as_written(pd.Series(["7", "8.0", "9"]), pd.Series(["0007", "8"])).tolist()
    ['0007', '8', '9']
    """
    other = ~are_among(ids, known) & ids.notna()
    if not other.any():
        return ids
    bare = pd.Series(known.to_numpy(), index=_bare(known))
    bare = bare[~bare.index.duplicated(keep=False)]
    return ids.where(~other, _bare(ids).map(bare).fillna(ids))


def are_among(ids: pd.Series, known: ArrayLike) -> NDArray[np.bool_]:
    """Return which ids are among those known, looked up in Arrow: `isin` would compare text one by one.

    Parameters
    ----------
    ids : Series of str
        Ids of a file.
    known : array-like of str
        Different ids.

    Returns
    -------
    array of bool (ids,)

    Examples
    --------
    >>> are_among(pd.Series(["7", "9", None]), ["7", "8"]).tolist()
    [True, False, False]
    """
    found = pc.is_in(pa.array(ids, pa.string()), value_set=pa.array(known, pa.string()))
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _bare(ids: pd.Series) -> pd.Series:
    texts = ids.astype("string").str.replace(r"\s+", "", regex=True).str.upper()
    return texts.str.replace(r"\.0+$", "", regex=True).str.replace(r"^0+(?=.)", "", regex=True)


def joined_ids(tables: Mapping[str, Built]) -> tuple[dict[str, Built], list[Problem]]:
    """Write the ids of the other tables as the discharges do, and count the rows where they differ.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables, among them the discharges.

    Returns
    -------
    tables : dict of str to Built
    warnings : list of Problem
    """
    known = tables["discharges"].frame["client_id"].dropna().drop_duplicates()
    found, warnings = dict(tables), []
    for name, built in tables.items():
        ids = built.frame["client_id"]
        written = as_written(ids, known) if name != "discharges" else ids
        if written is ids:
            continue
        changed = (written != ids).fillna(False).to_numpy(dtype=bool)
        frame = built.frame.assign(client_id=written.astype(ids.dtype))
        found[name] = replace(built, frame=frame)
        warnings += built.problems(
            "client_id",
            'differs from the id in discharges only in leading zeros, spaces, capitals or a final ".0"',
            "These rows are joined with that client; write the ids alike if that is wrong.",
            changed,
        )
    return found, warnings
