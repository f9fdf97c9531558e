"""A number of a replication: one row of its results."""

import math
from dataclasses import asdict, dataclass
from typing import Any

CITED, REBUILT, NO_EFFECT, DONE_RIGHT, REAL = "cited", "rebuilt", "no_effect", "done_right", "real"
COLUMNS = (CITED, REBUILT, NO_EFFECT, DONE_RIGHT, REAL)
"""The five columns of a claim, in order."""
ESTIMATE, COVERAGE, POWER, SOLVED, VARIED = "estimate", "coverage", "power", "solved", "varied"


@dataclass(frozen=True, kw_only=True)
class ClaimFinding:
    """One number of one column of a claim.

    Attributes
    ----------
    claim : str
        Its id.
    column : str
        Of `COLUMNS`.
    variant : str
        Within the column: strength of selection, design, or source of the data.
    quantity : str
        "figure", or the name of a number beside it.
    statistic : str
        "estimate"; of replicates also "coverage" (share of intervals with the figure) and "power" (share of
        intervals without "no effect"); "solved", a number of the world that was solved; "varied", what
        other assumptions give, from the lowest to the highest.
    estimate, low, high : float
        With 95% limits; of replicates their mean, and the 2.5th and 97.5th percentile.
    n : int
        People it rests on.
    replicates : int
        Of how many cohorts; 0 for one.
    note : str
        What there is to say, or why there is no number.
    """

    claim: str
    column: str
    variant: str = ""
    quantity: str = "figure"
    statistic: str = ESTIMATE
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    replicates: int = 0
    note: str = ""

    @property
    def shown(self) -> bool:
        """Whether there is a number."""
        return math.isfinite(self.estimate)

    def record(self) -> dict[str, Any]:
        """Return the row as a dictionary, for files."""
        return asdict(self)
