"""The ladder of care read back from the results: how far, how soon, by which paths, and where by day."""

import pandas as pd

from stepdown.results.reading import WHOLE, rows_of
from stepdown.results.table import Results

FAR, RUNG, PATH, OCCUPANCY = "ladder_reached", "rung", "path", "occupancy"
NOT_RUN = "not_run"
LATEST = "relapse on the latest day on which it can have begun"


def path_table(results: Results) -> pd.DataFrame:
    """Return the paths as figures take them: `path`, `discharges`."""
    told = rows_of(results, analysis=WHOLE, estimand=PATH, statistic="count")
    return told.rename(columns={"term": "path", "estimate": "discharges"})[["path", "discharges"]]


def occupancy_table(results: Results) -> pd.DataFrame:
    """Return the shares by day as figures take them: `arm, state, time, estimate`."""
    told = rows_of(results, analysis=WHOLE, estimand=OCCUPANCY, statistic="curve")
    return told.rename(columns={"term": "state", "estimate": "estimate"})[
        ["arm", "state", "time", "estimate"]
    ]


def no_ladder(results: Results) -> str:
    """Return why care could not be told; empty where it was."""
    told = rows_of(results, analysis=WHOLE, estimand=RUNG, statistic=NOT_RUN)
    return str(told["note"].iloc[0]) if len(told) else ""
