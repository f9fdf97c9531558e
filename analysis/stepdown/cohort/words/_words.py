"""Words: one character a week, for each discharge, held as one array.

`+` positive; `-` negative; `*` both in one week; `o` due, but nothing usable; `_` nothing due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

POSITIVE, NEGATIVE, MIXED, MISSING, NOT_DUE = (ord(mark) for mark in "+-*o_")
PAST = 0
"""Fills the array after the end of a word."""
_MARKS = np.array([PAST, POSITIVE, NEGATIVE, MIXED, MISSING, NOT_DUE], dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Words:
    """The words of some discharges.

    Attributes
    ----------
    codes : array of uint8 (discharges, weeks)
        Character codes; column 0 is week 1; 0 after the end of a word. Read-only.
    known : array of float (discharges, weeks) or None
        Day since time zero by which a week could be told, where that may be after its last day; None where
        it is its last day.
    """

    codes: Codes
    known: Floats | None = None

    def __post_init__(self) -> None:
        """Check the characters, and keep a read-only copy."""
        codes = np.array(self.codes, dtype=np.uint8, ndmin=2)
        filled = codes != PAST
        foreign = (~np.isin(codes, _MARKS)).any(axis=1)
        foreign |= (filled[:, 1:] & ~filled[:, :-1]).any(axis=1)
        if foreign.any():
            count, first = int(foreign.sum()), int(np.flatnonzero(foreign)[0])
            raise ValueError(
                f"{count:,} of {len(codes):,} words hold something else than + - * o _ (first in row {first})"
            )
        codes.flags.writeable = False
        object.__setattr__(self, "codes", codes)

    @classmethod
    def read(cls, texts: Sequence[str]) -> Self:
        """Return the words that texts spell; ValueError for any other character."""
        # What is not ASCII becomes "?", which is no character of a word either.
        spelt = np.array(
            [text.encode("ascii", "replace").replace(b"\0", b"?") for text in texts], dtype=np.bytes_
        )
        return cls(spelt.view(np.uint8).reshape(len(texts), spelt.itemsize))

    @property
    def length(self) -> Ints:
        """Weeks of each word."""
        return np.asarray(np.count_nonzero(self.codes, axis=1), dtype=np.int64)

    def texts(self) -> list[str]:
        """Return the words as texts."""
        if not self.codes.shape[1]:
            return [""] * len(self)
        rows = np.ascontiguousarray(self.codes)
        texts: list[str] = rows.view(f"S{rows.shape[1]}").ravel().astype(str).tolist()
        return texts

    def __len__(self) -> int:
        """Count the discharges."""
        return len(self.codes)
