"""Paths through levels of care as text (`RES>PHP>IOP>OP`), built place by place, not person by person."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepdown.schema import LEVELS

Ints = NDArray[np.int64]

# Levels by their place in `schema.LEVELS`, the most intensive first; no care comes after them.
NONE = len(LEVELS)
STATES = (*LEVELS, "none")
SHORT = ("WM", "RES", "PHP", "IOP", "OP")


@dataclass(frozen=True, eq=False)
class Prefixes:
    """The path up to each entry: `texts[which]`; the first text, of no entry at all, is empty."""

    which: Ints
    texts: tuple[str, ...]


def starts_of(group: Ints) -> NDArray[np.bool_]:
    """Return which entries are the first of their group; equal groups are adjacent."""
    return np.concatenate([[True], group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=bool)


def distinct(keys: Ints) -> Ints:
    """Return the different keys, sorted; many times faster than hashing them, as numpy's own does."""
    keys = np.sort(keys)
    return keys[starts_of(keys)]


def prefixes(group: Ints, level: Ints) -> Prefixes:
    """Return the path up to and with each entry; a level that follows itself, or no care, adds nothing.

    Parameters
    ----------
    group : array of int (n,)
        Whose entry it is; entries of one group are adjacent, in order.
    level : array of int (n,)
        Places in `STATES`.

    Returns
    -------
    Prefixes
        `which` of shape (n,).
    """
    which = np.zeros(len(group), dtype=np.int64)
    care = np.flatnonzero(level != NONE)
    first = starts_of(group[care])
    repeats = ~first & (level[care] == np.concatenate([[-1], level[care][:-1]]))
    kept = care[~repeats]
    new = starts_of(group[kept])
    begin = np.flatnonzero(new)
    place = np.arange(len(kept)) - np.repeat(begin, np.diff(np.append(begin, len(kept))))
    texts = [""]
    order = np.argsort(place, kind="stable")
    for rows in np.split(order, np.searchsorted(place[order], np.arange(1, place.max(initial=0) + 1))):
        before = np.where(place[rows] == 0, 0, which[kept[rows - 1]])
        pairs, found = np.unique(before * len(SHORT) + level[kept[rows]], return_inverse=True)
        which[kept[rows]] = len(texts) + found
        texts += [_longer(texts[pair // len(SHORT)], int(pair % len(SHORT))) for pair in pairs]
    # An entry that adds nothing has the path of the one before it in its group.
    added = np.zeros(len(group), dtype=bool)
    added[kept] = True
    last = np.maximum.accumulate(np.where(added | starts_of(group), np.arange(len(group)), 0))
    return Prefixes(which[last], tuple(texts))


def _longer(path: str, level: int) -> str:
    return f"{path}>{SHORT[level]}" if path else SHORT[level]
