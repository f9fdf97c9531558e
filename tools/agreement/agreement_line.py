"""One line of the table of agreement: our numbers, R's, and one of lifelines'."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SMALL = 1e-3
STEPS = (1e-12, 1e-10, 1e-8, 1e-6)
"""Differences are reported by size, because their digits are those of the machine."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Line:
    """Numbers of one kind.

    Attributes
    ----------
    name : str
        What they are, with the case.
    ours, r : array-like
        Our numbers and R's, in the same order. Where either has none (NaN), nothing is compared.
    shown : int
        Position of the pair that is printed.
    lifelines : float or None
        lifelines' number for the printed one; None where it has none of the kind.
    """

    name: str
    ours: ArrayLike
    r: ArrayLike
    shown: int = 0
    lifelines: float | None = None

    @property
    def worst(self) -> float:
        """Largest difference to R, relative to the R number, or to the largest where that is almost 0."""
        ours, r = self._pairs()
        return float(np.max(difference(ours, r, least=SMALL * float(np.max(np.abs(r))))))

    @property
    def compared(self) -> int:
        """How many pairs are compared."""
        return len(self._pairs()[0])

    def _pairs(self) -> tuple[Floats, Floats]:
        ours, r = (np.ravel(np.asarray(pd.array(np.ravel(v)), dtype=float)) for v in (self.ours, self.r))
        if len(ours) != len(r):
            raise ValueError(f"{self.name}: {len(ours)} of our numbers, {len(r)} of R's")
        both = ~np.isnan(ours) & ~np.isnan(r)
        return ours[both], r[both]

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the table."""
        ours, r = (float(np.ravel(np.asarray(v, dtype=float))[self.shown]) for v in (self.ours, self.r))
        peer = ("", "")
        if self.lifelines is not None:
            peer = number(self.lifelines), size(float(difference(ours, self.lifelines)))
        return (self.name, number(ours), number(r), *peer, f"{self.compared:,}", size(self.worst))


def difference(ours: ArrayLike, theirs: ArrayLike, *, least: float = 0.0) -> Floats:
    """Return the difference relative to theirs, or to `least` where theirs is smaller; absolute to 0."""
    a, b = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    size = np.maximum(np.abs(b), least)
    result: Floats = np.abs(a - b) / np.where(size == 0, 1.0, size)
    return result


def number(value: float) -> str:
    """Write a number with 8 digits."""
    return "none" if np.isnan(value) else f"{value:.8g}"


def size(value: float) -> str:
    """Write a difference by its size."""
    for step in STEPS:
        if value <= step:
            return f"under {step:.0e}"
    return f"{value:.0e}" if value < 0.001 else f"{value:.1%}"


def table(lines: Iterable[Line]) -> list[str]:
    """Return the lines of a Markdown table."""
    head = ("what", "ours", "R", "lifelines", "its difference", "pairs compared with R", "largest difference")
    return [
        f"| {' | '.join(head)} |",
        f"| {' | '.join('---' for _ in head)} |",
        *(f"| {' | '.join(line.cells())} |" for line in lines),
    ]
