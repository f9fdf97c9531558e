"""Texts that are names of persons, ids made of them, or free text, known by all values of a column."""

import re
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stepdown.identifiers.column_texts import Bools

_NAME_PAIR = (
    r"^\p{Lu}[\p{L}'’-]+(, ?| )(\p{Lu}\.? )?\p{Lu}[\p{L}'’-]+( \p{Lu}\.?)?(,? (?i:jr|sr|ii|iii|iv)\.?)?$"
)
_LAST_FIRST = r"^\p{L}[\p{L}'’ -]+, ?\p{L}[\p{L}'’-]+( \p{L}\.?)?$"
_WORD = r"^[\p{L}][\p{L}'’. -]{2,}$"
_NOTES = r"(^|_)(note|notes|comment|comments|narrative|remark|remarks|free_?text|memo|verbatim)(_|$)"
_WORDED_DATE = (
    r"(?i)^((mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?,? )?[a-z]{3,9}\.? \d{1,2},? \d{4}\b"
)
# As few ids may be alike by chance.
_FEW_IDS = 20
# "Marie Center" is a place, "Kaiser HMO" a plan.
_OF_NOBODY = (
    r"(?i)\b(center|centre|house|unit|wing|hall|lodge|manor|homes?|place|clinic|hospital|program|campus|ranch|inn|ward|"
    r"floor|dorm|cottage|hmo|ppo|health|plan|insurance|medicaid|medicare|care|services?|group|recovery|residential|"
    r"outpatient|partial|therapy|treatment|counseling|school|college|university|court|jail|church)\b"
)
_NAME_AND_NUMBER = r"^[\p{L}'-]{2,}([._-]?[\p{L}'-]*|[._][\p{L}'. -]+)[._-]?\d{1,6}$"


@cache
def common_names() -> frozenset[str]:
    """Return common first and last names in lower case, from the list beside this file."""
    text = files("stepdown.identifiers").joinpath("common_names.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return frozenset(" ".join(lines).split())


def text_findings(name: str, texts: pa.Array, fits: Callable[[str], Bools], *, held: int, label: bool) -> str:
    """Return what kind of identifier the distinct values of a text column look like; empty for none.

    Parameters
    ----------
    name : str
        Name of the column in snake case.
    texts : pyarrow.Array
        Its distinct values.
    fits : callable
        Which of them fit an expression.
    held : int
        Rows that have a value.
    label : bool
        The column is an id, so many distinct texts are expected.

    Returns
    -------
    str
    """
    count = len(texts)
    if not count:
        return ""
    if _share(fits, _OF_NOBODY) < 0.2 and _names(texts, fits, held):
        return "names of persons"
    words = pc.add(pc.count_substring(texts, " "), 1)
    lengths = pc.utf8_length(texts)
    if pc.max(lengths).as_py() > 200:
        return "free text"
    if re.search(_NOTES, name) and pc.max(words).as_py() >= 3:
        return "free text"
    long = count >= 10 and count >= 0.3 * held and pc.mean(words).as_py() >= 4
    if long and _share(fits, _WORDED_DATE) < 0.5:
        return "free text"
    if not label and count >= 20 and count >= 0.5 * held and _share(fits, _WORD) >= 0.5:
        return "names or other texts that differ from client to client"
    return ""


def _names(texts: pa.Array, fits: Callable[[str], Bools], held: int) -> bool:
    count, common = len(texts), _common(texts)
    pairs = _share(fits, _NAME_PAIR) >= 0.5 and count >= 3
    # Pairs of words that repeat may be kinds of care, unless one holds a common name.
    if pairs and (count >= 0.2 * held if common > 0 else count >= max(8, 0.4 * held)):
        return True
    if count >= 8 and ((pairs and common >= 0.3) or (common >= 0.15 and _share(fits, _LAST_FIRST) >= 0.5)):
        return True
    if count >= 5 and common >= 0.5:
        return True
    single = _share(fits, r"^\S+$") >= 0.8 and _share(fits, _WORD) >= 0.9
    return count >= _FEW_IDS and common >= 0.3 and single


def made_of_names(texts: pa.Array, fits: Callable[[str], Bools]) -> bool:
    """Return whether ids are made of names, or of parts of names, and a number.

    Parameters
    ----------
    texts : pyarrow.Array
        Distinct values of a column.
    fits : callable
        Which of them fit an expression.

    Returns
    -------
    bool
        Many beginnings that can be spoken: random letters often have no vowel.

    Examples
    --------
    >>> names = ["smith", "jones", "garcia", "miller", "davis", "lopez", "wilson", "moore", "taylor", "allen"]
    >>> from functools import partial
    >>> from stepdown.identifiers import column_texts
    >>> ids = pa.array([f"{name}{number}" for name in names for number in (12, 83)])
    >>> made_of_names(ids, partial(column_texts.fits, ids))
    True
    """
    if len(texts) < _FEW_IDS or _share(fits, _NAME_AND_NUMBER) < 0.9:
        return False
    parts = [re.split(r"[._\d]+", text.lower()) for text in texts[:5000].to_pylist()]
    sample, known = [one[0] for one in parts], common_names()
    if len(set(sample)) >= 10 and np.mean([any(part in known for part in one) for one in parts]) >= 0.2:
        return True
    long = [part for part in sample if len(part) >= 4]
    spoken = len(long) >= 0.5 * len(sample) and np.mean([bool(re.search("[aeiouy]", part)) for part in long])
    return len({part[:3] for part in sample}) >= 20 and bool(spoken >= 0.92)


def _share(fits: Callable[[str], Bools], expression: str) -> float:
    return float(fits(expression).mean())


def _common(texts: pa.Array) -> float:
    """Return the share of the distinct values that hold a common name."""
    known = common_names()
    sample = texts[:5000].to_pylist()
    hits = [any(word in known for word in text.lower().replace(",", " ").split()) for text in sample]
    return float(np.mean(hits))
