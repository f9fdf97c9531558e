"""What a method must meet in a cell: its bias, and its coverage where enough people carry the estimate."""

import pandas as pd

from tools.validation.draw_sums import LARGE_ENOUGH

ERRORS, SPREAD = 3.0, 0.1
"""A bias may be this many of its Monte-Carlo errors, or this share of the spread of the estimates."""
COVERAGE = (0.93, 0.97)
TOO_FEW = "too few draws"


def missed(row: pd.Series, *, asked: int) -> str:
    """Return what a row of a summary misses: bias, coverage, both; empty where it holds.

    Parameters
    ----------
    row : Series
        `bias`, `bias_error`, `spread`, `coverage`, `size` and `draws`.
    asked : int
        Draws that the proof asks for; a row of fewer is not judged.
    """
    if row["draws"] < asked:
        return TOO_FEW
    found = []
    if abs(row["bias"]) > max(ERRORS * row["bias_error"], SPREAD * row["spread"]):
        found.append("bias")
    if row["size"] >= LARGE_ENOUGH and not COVERAGE[0] <= row["coverage"] <= COVERAGE[1]:
        found.append("coverage")
    return ", ".join(found)
