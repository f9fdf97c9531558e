"""Years of birth that show an age over 89, judged against the latest date of the data."""

import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

BIRTH_YEAR = r"(^|_)(birth_?(year|yr)|year_?of_?birth|yob)(_|$)"
# Of data without any date: no earlier than this version, so that no one older is let past.
RELEASED = 2026
_OLDEST = 89
_BIRTH = r"(birth|dob|born|bday|yob)"
_YEAR = r"(?:19|20)\d{2}"
_DATED = r"^(19|20)\d{2}[-/.]\d{1,2}[-/.]\d{1,2}|^\d{1,2}[-/.]\d{1,2}[-/.](19|20)\d{2}"
_SENTINEL = 2070


def old_births(texts: pa.Array, *, latest: int) -> bool:
    """Return whether any year of birth gives an age over 89 by the end of a year.

    Parameters
    ----------
    texts : pyarrow.Array
        Distinct values of a column.
    latest : int
        The year.

    Returns
    -------
    bool

    Examples
    --------
    >>> old_births(pa.array(["1936", "1980"]), latest=2026), old_births(pa.array(["1937"]), latest=2026)
    (True, False)
    """
    years = [int(text[:4]) for text in texts.to_pylist() if re.fullmatch(r"(18|19|20)\d{2}(\.0)?", text)]
    return any(latest - year > _OLDEST for year in years)


def latest_year(columns: Mapping[str, pa.ChunkedArray]) -> int:
    """Return the latest year of any date in the columns, births apart; `RELEASED` where they hold none.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        All columns of a file.

    Returns
    -------
    int
    """
    found: list[int] = []
    for name, values in columns.items():
        if re.search(_BIRTH, name.lower()):
            continue
        kind = values.type
        if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
            last = pc.max(pc.year(values)).as_py()
            found += [] if last is None else [last]
        elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
            texts = values.unique().drop_null()
            dated = texts.filter(pc.match_substring_regex(texts, _DATED))
            found += [int(year[0]) for text in dated.to_pylist() if (year := re.search(_YEAR, text))]
    return max((year for year in found if year < _SENTINEL), default=RELEASED)
