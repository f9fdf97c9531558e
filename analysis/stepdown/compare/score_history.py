"""Scores by day as a model sees them: the latest before each day, marked where it is old.

The score of a day counts from the next day on, because it may have been taken at the very session that the
day's decision is about; a score from before time zero, or of day 0, counts on day 0. A latest score older
than a week is carried forward with a mark. Before the first score stands the mean of all, with a mark.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.errors import DesignError
from stepdown.survival.core.sample import Bools, Floats

RECENT = 7
"""Days for which a score is recent."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreHistory:
    """Scores of n discharges by day.

    Attributes
    ----------
    values : array (n, days, columns)
        For each instrument the score, and 1 where it is not recent.
    names : tuple of str
        "craving", "craving not recent".
    missing : dict of array of bool (n, days)
        By instrument, whether there is no score of the last week.
    """

    values: Floats
    names: tuple[str, ...]
    missing: dict[str, Bools]

    def on(self, day: int) -> pd.DataFrame:
        """Return the columns of one day, those that are the same for all left out."""
        found = pd.DataFrame(self.values[:, day], columns=list(self.names))
        return found.loc[:, found.nunique() > 1]


def score_history(
    scores: pd.DataFrame, names: tuple[str, ...], *, size: int, days: int, needed_by: int
) -> ScoreHistory:
    """Return the scores by day.

    Parameters
    ----------
    scores : DataFrame
        `row`, `instrument`, `day` (since time zero), `value`, sorted by row and day.
    names : tuple of str
        Instruments.
    size, days : int
        Discharges, and days from day 0 on.
    needed_by : int
        Last day of the decisions that the scores adjust.

    Raises
    ------
    DesignError
        An instrument without a score before that day.
    """
    columns: list[Floats] = []
    labels: list[str] = []
    missing: dict[str, Bools] = {}
    for name in names:
        mine = scores[(scores["instrument"] == name) & scores["value"].notna()]
        early = int((mine["day"] < max(needed_by, 1)).sum())
        if not early:
            first = f", the first on day {mine['day'].min():.0f}" if len(mine) else ""
            raise DesignError(
                f"All scores of {name} come later than their use{first}: they would adjust for what came "
                f"after the decisions of days 0 to {needed_by}. Take it out of time_varying."
            )
        value, recent = _carried(mine, size=size, days=days)
        columns += [np.where(np.isnan(value), mine["value"].mean(), value), (~recent).astype(float)]
        labels += [name, f"{name} not recent"]
        missing[name] = ~recent
    return ScoreHistory(values=np.stack(columns, axis=2), names=tuple(labels), missing=missing)


def _carried(scores: pd.DataFrame, *, size: int, days: int) -> tuple[Floats, Bools]:
    """Return the latest score before each day, missing before the first, and whether it is recent."""
    row, day = scores["row"].to_numpy(), scores["day"].to_numpy()
    use = np.where(day <= 0, 0, day + 1).astype(np.int64)
    kept = use < days
    row, day, use, value = row[kept], day[kept], use[kept], scores["value"].to_numpy()[kept]
    held, since = np.full((size, days), np.nan), np.full((size, days), -np.inf)
    # Sorted by day: of several scores by day 0 the latest is written last.
    held[row, use], since[row, use] = value, day
    at = np.maximum.accumulate(np.where(np.isnan(held), -1, np.arange(days)), axis=1)
    latest = np.take_along_axis(held, at.clip(0), axis=1)
    age = np.arange(days) - np.take_along_axis(since, at.clip(0), axis=1)
    return np.where(at < 0, np.nan, latest), (at >= 0) & (age <= RECENT)
