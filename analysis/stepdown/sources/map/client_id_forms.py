"""Ids of one client that two files write differently: 0007 and 7, 7.0 and 7, "a 12" and A12, 1,001 and 1001.

An id is that of a client of the discharges where the two differ only in leading zeros, spaces, capitals, a
final ".0", commas between thousands, or what a spreadsheet puts around a text (an apostrophe, ="7"), and only
one client is so written. Zeros behind letters (A0001 and A1, A-07 and A-7) are leading zeros too, unless two
ids of one file differ in nothing else: there they distinguish clients. A number that a spreadsheet shortened
(1.2E+11) is that of the only client whose id shortens to it.
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

# Spaces, marks without width, a leading apostrophe, and ="..." around a text.
_AROUND = '[\\s\u200b-\u200d\u2060\ufeff]+|^[\u2018\u2019\']|^=?"|"$'
_THOUSANDS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?"
# A number as a spreadsheet shortens it, such as 1.2E+11: its decimal places.
_SHORT = r"^[0-9](?:\.([0-9]+))?E\+[0-9]+$"


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
    odd = ids[other].drop_duplicates()
    bare, plain = _bare(odd), _bare(known)
    found = bare.map(_of_one(known, plain)).astype(object)
    found = found.where(found.notna(), _without_zeros(ids, odd, known))
    places = bare.str.extract(_SHORT)[0].fillna("").str.len().where(are_shortened(bare))
    for count in sorted(places.dropna().unique()):
        mine = (places == count).fillna(False)
        found = found.where(~mine, _shortened(bare, count).map(_of_one(known, _shortened(plain, count))))
    written = pd.Series(found.to_numpy(), index=odd.to_numpy())
    return ids.where(~other, ids.map(written).fillna(ids))


def _without_zeros(ids: pd.Series, odd: pd.Series, known: pd.Series) -> pd.Series:
    """Return the known ids that differ only in zeros behind letters; none where these distinguish ids."""
    every = _bare(ids.dropna().drop_duplicates()).drop_duplicates(), _bare(known).drop_duplicates()
    if any(_no_zeros(one).duplicated().any() for one in every):
        return pd.Series(np.nan, index=odd.index, dtype=object)
    return _no_zeros(_bare(odd)).map(_of_one(known, _no_zeros(_bare(known)))).astype(object)


def _no_zeros(bare: pd.Series) -> pd.Series:
    return bare.str.replace(r"^([A-Z]+[-_./#]?)0+(?=\d)", r"\1", regex=True)


def are_shortened(ids: pd.Series) -> NDArray[np.bool_]:
    """Return which ids are numbers that a spreadsheet shortened, such as 1.2E+11."""
    found = pc.match_substring_regex(pa.array(ids, pa.string()), _SHORT).fill_null(False)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=bool)


def _of_one(known: pd.Series, forms: pd.Series) -> pd.Series:
    """Return the known id by its form, where it is the only one of that form."""
    by_form = pd.Series(known.to_numpy(), index=forms.to_numpy())[forms.notna().to_numpy()]
    return by_form[~by_form.index.duplicated(keep=False)]


def _shortened(bare: pd.Series, places: int) -> pd.Series:
    """Return numbers as a spreadsheet shortens them to so many decimal places; missing for other texts."""
    numbers = pd.to_numeric(bare.astype(object), errors="coerce")
    return numbers.map(f"{{:.{int(places)}E}}".format, na_action="ignore")


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
    texts = ids.astype("string").str.replace(_AROUND, "", regex=True).str.upper()
    grouped = texts.str.fullmatch(_THOUSANDS).fillna(False)
    texts = texts.where(~grouped, texts.str.replace(",", ""))
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
            "differs from the id in discharges only in leading zeros, spaces, capitals, commas, an "
            'apostrophe, a final ".0" or shortening (1.2E+11)',
            "These rows are joined with that client; write the ids alike if that is wrong.",
            changed,
        )
    return found, warnings
