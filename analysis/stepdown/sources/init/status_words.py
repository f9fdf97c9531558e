"""The words of a status: "relapsed" and "censored", "dead" and "alive", as the levels of a factor in R."""

import re
from collections.abc import Mapping

import pyarrow as pa

from stepdown.sources.init.finding_words import finding_of
from stepdown.sources.map.plain_columns import as_text, encoded, shape

# What only a status says: that no event happened while the client was observed, or that one did.
_STATUS = (
    (
        "free",
        r"censor(ed)?|alive|living|withdrew|withdrawn|ongoing|moved|active|end of (study|follow[ -]?up)"
        r"|completed( (study|follow[ -]?up))?|(still )?in follow[ -]?up",
    ),
    ("free", r"(no|not|never|without|did ?n.?t|did not|none|non)\b.*|.*[ -]free"),
    ("event", r"(had |the )?event|fail(ed|ure)?|uncensored|observed|occurred|yes"),
)
_MOST = 8


def events_of_words(values: pa.ChunkedArray) -> Mapping[str, tuple[str, ...]]:
    """Return the words of a column of status by what they show.

    Parameters
    ----------
    values : pyarrow.ChunkedArray
        A plain column.

    Returns
    -------
    mapping of str to tuple of str
        Words, in lower case, by finding and "event" (any event); empty where a word is not usual, or where
        all or none show an event.

    Examples
    --------
    >>> dict(events_of_words(pa.chunked_array([["Dead", "Alive", "Alive"]])))
    {'death': ('dead',)}
    """
    if shape(values.type) != "text":
        return {}
    texts = sorted({" ".join(text.lower().split()) for text in encoded(as_text(values)).texts})
    if not 0 < len(texts) <= _MOST:
        return {}
    kinds = {text: _kind(text) for text in texts}
    # Where only events are written, the others are the rows that hold nothing.
    if "" in kinds.values() or ("free" not in kinds.values() and not values.null_count):
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for text, kind in kinds.items():
        if kind != "free":
            found[kind] = (*found.get(kind, ()), text)
    return found


def _kind(text: str) -> str:
    """Return what a word of a status shows: a finding, "event" or "free"."""
    found = finding_of(text)
    if found:
        return "free" if found in ("negative", "missing", "refused", "inconclusive") else found
    return next((kind for kind, pattern in _STATUS if re.fullmatch(pattern, text)), "")
