"""Weekly scores in columns of their own: "craving_w1", "Craving week 2", "PHQ-9 wk 4"."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from stepdown.identifiers import snake
from stepdown.sources.init.guesses import known, words
from stepdown.sources.map.plain_columns import as_text, shape

_WEEK = re.compile(r"^(?:(.+?)_)?(?:w|wk|week)_?(\d{1,2})(?:_(.+))?$")
_FEWEST = 2


@dataclass(frozen=True, kw_only=True)
class Scores:
    """The columns of one instrument.

    Attributes
    ----------
    instrument : str
        Its name in the table of assessments.
    columns : mapping of int to str
        Column by week after discharge.
    """

    instrument: str
    columns: Mapping[int, str]


def find_scores(data: pa.Table, taken: Collection[str] = ()) -> tuple[Scores, ...]:
    """Find the columns of weekly scores of usual instruments, two or more of each.

    Parameters
    ----------
    data : pyarrow.Table
        A file with one row a discharge, its columns plain.
    taken : collection of str
        Columns with another meaning.
    """
    found: dict[str, dict[int, str]] = {}
    for name in data.column_names:
        instrument, week = scored(name)
        if instrument and name not in taken and not np.isnan(scores_of(data[name])).all():
            found.setdefault(instrument, {}).setdefault(week, name)
    return tuple(
        Scores(instrument=instrument, columns=dict(sorted(columns.items())))
        for instrument, columns in found.items()
        if len(columns) >= _FEWEST
    )


def scored(name: str) -> tuple[str, int]:
    """Return the instrument and the week that a name states; an empty text where it states none.

    Examples
    --------
    >>> scored("craving_w3"), scored("PHQ-9 Week 12"), scored("week 2 craving"), scored("Age")
    (('craving', 3), ('phq9', 12), ('craving', 2), ('', 0))
    """
    match = _WEEK.match(snake(name))
    if match is None:
        return "", 0
    said = "_".join(part for part in (match[1], match[3]) if part)
    usual: Mapping[str, list[str]] = words()["instruments"]
    instrument = next((one for one, names in usual.items() if said in names), "")
    return (instrument, int(match[2])) if instrument else ("", 0)


def scores_of(values: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return the numbers of a column; all missing where some cell is no number and not a word for unknown."""
    held = known(values)
    if shape(held.type) not in ("text", "whole", "real"):
        return np.full(len(values), np.nan)
    texts = as_text(held).to_pandas().astype("string")
    numbers = pd.to_numeric(texts, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    wrong = texts.notna().to_numpy() & np.isnan(numbers)
    return np.full(len(values), np.nan) if wrong.any() else numbers
