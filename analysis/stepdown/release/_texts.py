"""Evidence that no single expression shows: persons' names, free text, many different texts, old ages."""

from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_NAME_PAIR = r"^\p{Lu}[\p{L}'’-]+(, ?| )(\p{Lu}\.? )?\p{Lu}[\p{L}'’-]+$"
_WORD = r"^[\p{L}][\p{L}'’. -]{2,}$"
_NOTES = r"(^|_)(note|notes|comment|comments|narrative|remark|remarks|free_?text|memo|verbatim)(_|$)"
_AGE = r"(^|_)ages?(_|$)"
_NO_AGE = r"(band|group|cat|category|class|range)"
OLDEST = 89
_LONGEST_LIFE = 130


@cache
def common_names() -> frozenset[str]:
    """Return common first and last names in lower case, from the list beside this file."""
    text = files("stepdown.release").joinpath("common_names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(lines).split())


def text_findings(name: str, texts: pa.Array, *, held: int, label: bool) -> str:
    """Say what a text column seems to hold, by its different values; empty where nothing is odd.

    Parameters
    ----------
    name : str
        Name of the column in snake case.
    texts : pyarrow.Array
        Its different values.
    held : int
        Rows that have a value.
    label : bool
        The column is an id, so many different texts are expected.

    Returns
    -------
    str
    """
    count = len(texts)
    if not count:
        return ""
    # A few pairs of words may be kinds of care; many, or any with a common name, are people.
    pairs = _share(texts, _NAME_PAIR) >= 0.5 and count >= 3 and count >= 0.2 * held
    if pairs and (count >= 8 or _common(texts) > 0):
        return "names of persons"
    if count >= 5 and _common(texts) >= 0.5:
        return "names of persons"
    words = pc.add(pc.count_substring(texts, " "), 1)
    lengths = pc.utf8_length(texts)
    if pc.max(lengths).as_py() > 200:
        return "free text"
    if pc.match_substring_regex(pa.scalar(name), _NOTES).as_py() and pc.max(words).as_py() >= 3:
        return "free text"
    if count >= 10 and count >= 0.3 * held and pc.mean(words).as_py() >= 4:
        return "free text"
    if not label and count >= 20 and count >= 0.5 * held and _share(texts, _WORD) >= 0.5:
        return "names or other texts that differ from client to client"
    return ""


def _share(texts: pa.Array, expression: str) -> float:
    return float(pc.mean(pc.match_substring_regex(texts, expression)).as_py())


def _common(texts: pa.Array) -> float:
    """Part of the different values that hold a common name."""
    known = common_names()
    sample = texts[:5000].to_pylist()
    hits = [any(word in known for word in text.lower().replace(",", " ").split()) for text in sample]
    return float(np.mean(hits))


def old_ages(name: str, values: pa.Array, *, age: bool, months: bool) -> bool:
    """Tell whether a column of ages holds one over 89.

    Parameters
    ----------
    name : str
        Name of the column in snake case.
    values : pyarrow.Array
        Its different values, as text or number.
    age, months : bool
        The column is mapped to age; it counts months.

    Returns
    -------
    bool
    """
    said = pa.scalar(name)
    looks = (
        pc.match_substring_regex(said, _AGE).as_py() and not pc.match_substring_regex(said, _NO_AGE).as_py()
    )
    if not age and not looks:
        return False
    numbers = pd.to_numeric(pd.Series(values.to_pylist(), dtype=object), errors="coerce").to_numpy(
        dtype="float64"
    )
    years = numbers / 12 if months or "month" in name else numbers
    return bool(((years >= OLDEST + 1) & (years <= _LONGEST_LIFE)).any())
