"""The same cohort compared in six ways, read from the results."""

import math
from dataclasses import dataclass

import pandas as pd

from stepdown.results.table import Results

SIMPLE_COMPARISON = "simple_comparison"
ARTIFACT, LOG_RATIO, SHARE = "artifact", "log_ratio", "share"
OBSERVED, WITHOUT_EFFECT, TRUTH = "", "effect=none", "truth"
"""Values of `variant`: the cohort as it is, with the effect of care switched off, and what is true of it."""
NAIVE, LANDMARK = "naive", "landmark"
HAZARD_RATIO = "hazard_ratio"


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """A ratio with its 95% limits; missing numbers where there are none, with the reason."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return math.isfinite(self.value)

    @property
    def ends(self) -> tuple[float, float]:
        """The limits; the number itself where there are none."""
        both = math.isfinite(self.low) and math.isfinite(self.high)
        return (self.low, self.high) if both else (self.value, self.value)

    @property
    def excludes_one(self) -> bool:
        """Whether the interval excludes no effect."""
        return bool(self.low > 1 or self.high < 1)


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way of comparing.

    Attributes
    ----------
    key : str
        "naive", "landmark", ...
    estimand : str
        "risk", or "hazard_ratio" of time since the start of care.
    start : int
        Day from which people are compared.
    observed, without_effect, truth : Ratio
        In the cohort, with the effect switched off, and what is true where that is known.
    """

    key: str
    estimand: str
    start: int
    observed: Ratio
    without_effect: Ratio
    truth: Ratio


def ways(results: Results) -> tuple[Way, ...]:
    """Return the ways of comparing in the order of the results; none where nothing was compared."""
    table = results.table
    mine = table[(table["analysis"] == SIMPLE_COMPARISON) & (table["statistic"] == "ratio")]
    return tuple(
        Way(
            key=str(key),
            estimand=str(rows["estimand"].iloc[0]),
            start=int(rows["window_start"].max()),
            observed=_ratio(rows, OBSERVED),
            without_effect=_ratio(rows, WITHOUT_EFFECT),
            truth=_ratio(rows, TRUTH),
        )
        for key, rows in mine.groupby("term", sort=False)
    )


def _ratio(rows: pd.DataFrame, variant: str) -> Ratio:
    found = rows[rows["variant"] == variant]
    if found.empty:
        return Ratio()
    one = found.iloc[0]
    return Ratio(
        value=float(one["estimate"]),
        low=float(one["conf_low"]),
        high=float(one["conf_high"]),
        reason=str(one["note"] or one["status_reason"]),
    )


def artifact(results: Results) -> tuple[Ratio, float]:
    """Return the naive ratio where care has no effect, and the share of its logarithm that this makes up.

    Where the simulated copies give an answer, the ratio is the one that the table and the figure show.
    """
    table = results.table
    mine = table[(table["analysis"] == SIMPLE_COMPARISON) & (table["estimand"] == ARTIFACT)]
    if mine.empty:
        return Ratio(), math.nan
    log, share = mine[mine["statistic"] == LOG_RATIO], mine[mine["statistic"] == SHARE]
    one = log.iloc[0]
    ratio = Ratio(
        value=math.exp(one["estimate"]),
        low=math.exp(one["conf_low"]),
        high=math.exp(one["conf_high"]),
        reason=str(one["note"] or one["status_reason"]),
    )
    plain = next((one.without_effect for one in ways(results) if one.key == NAIVE), Ratio())
    part = float(share["estimate"].iloc[0]) if len(share) else math.nan
    return (plain if ratio.known and plain.known else ratio), part
