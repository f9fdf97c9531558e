"""The words of a status: "relapsed" and "censored", "dead" and "alive", as the levels of a factor in R."""

import re
from collections.abc import Mapping

import pyarrow as pa

from stepdown.sources.map.plain_columns import as_text, encoded, shape

_KINDS = (
    (
        "free",
        r"(no|not|never|without|did ?n.?t|did not|none|non)\b.*|.*[ -]free|censor(ed)?|alive|living|abstinent"
        r"|abstaining|sober|clean|negative|lost|lost to follow[ -]?up|withdrew|withdrawn|ongoing|moved|active"
        r"|end of (study|follow[ -]?up)|in recovery",
    ),
    ("death", r"dead|died|deceased|death|expired"),
    ("positive", r"(re)?laps(e|ed|ing)|used|use|using|drank|drinking|return(ed)? to use|positive|slip(ped)?"),
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
        Words, in lower case, by "positive", "death" and "event" (any event); empty where a word is not usual,
        or where all or none show an event.

    Examples
    --------
    >>> dict(events_of_words(pa.chunked_array([["Dead", "Alive", "Alive"]])))
    {'death': ('dead',)}
    """
    if shape(values.type) != "text":
        return {}
    texts = sorted({" ".join(text.lower().split()) for text in encoded(as_text(values)).texts})
    if not 1 < len(texts) <= _MOST:
        return {}
    kinds = {text: _kind(text) for text in texts}
    if "" in kinds.values() or "free" not in kinds.values():
        return {}
    found: dict[str, tuple[str, ...]] = {}
    for text, kind in kinds.items():
        if kind != "free":
            found[kind] = (*found.get(kind, ()), text)
    return found


def _kind(text: str) -> str:
    return next((kind for kind, pattern in _KINDS if re.fullmatch(pattern, text)), "")
