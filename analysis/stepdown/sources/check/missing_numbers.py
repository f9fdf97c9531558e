"""Numbers that mean a missing value in one column, and an id or a day in another: age 99, and day 99."""

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.errors import Problem
from stepdown.schema import TABLES
from stepdown.sources.map.cohort_file import CohortFile
from stepdown.sources.map.plain_columns import as_text, plain, shape
from stepdown.sources.read.raw_tables import Raw, row_problems

_KINDS = {table.name: {column.name: column.kind for column in table} for table in TABLES}
_NUMBER = re.compile(r"\d+(\.0+)?")
_WHAT = "holds a number that missing lists for all columns"
_REMEDY = (
    "It may be an id or a day: list it under missing of the columns in which it means a missing value, "
    "instead of for all columns."
)


def missing_number_problems(
    config: CohortFile, files: Mapping[tuple[str, str | None], Raw]
) -> Iterator[Problem]:
    """Find ids and days that are a number listed under `missing` of the whole cohort file.

    Parameters
    ----------
    config : CohortFile
        The cohort file.
    files : mapping of (file, sheet) to Raw
        The files as read, before any cell is taken as missing.

    Yields
    ------
    Problem
        One a column.
    """
    numbers = {text for text in config.missing if _NUMBER.fullmatch(text)}
    for origin in config.origins if numbers else ():
        raw = files.get(origin.place)
        for name, mapping in origin.columns.items():
            kind = _KINDS[origin.table].get(name)
            # A day that is written as a date is none of these numbers.
            asked = kind == "id" or (kind == "day" and config.clock == "day")
            if raw is None or not asked or mapping.source not in raw.table.column_names:
                continue
            values = plain(raw.table[mapping.source], ())
            if shape(values.type) not in ("text", "whole", "real"):
                continue
            texts = pc.replace_substring_regex(as_text(values), r"\.0+$", "")
            unclear = sorted({re.sub(r"\.0+$", "", text) for text in numbers - {*mapping.missing}})
            rows = pc.is_in(texts, pa.array(unclear, texts.type)).fill_null(False)
            positions = np.flatnonzero(rows.to_numpy(zero_copy_only=False))
            yield from row_problems(origin.table, name, _WHAT, _REMEDY, positions, raw=raw)
