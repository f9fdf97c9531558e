"""Care after discharge read from the results: how far, how soon, by which paths, and where by day."""

import pandas as pd

from stepdown.results.reading import WHOLE, rows_of
from stepdown.results.table import Results

EXTENT, LEVEL_STARTED, PATH, OCCUPANCY = "step_down_extent", "level_started", "path", "occupancy"
CARE_STARTED = "care_started"
NOT_ESTIMATED = "not_estimated"
LATEST = "relapse on the latest day on which it can have begun"


def path_table(results: Results) -> pd.DataFrame:
    """Return the paths as figures take them: `path`, `discharges`, and `total`, all discharges."""
    selected = rows_of(results, analysis=WHOLE, estimand=PATH, statistic="count")
    names = {"term": "path", "estimate": "discharges", "n": "total"}
    return selected.rename(columns=names)[list(names.values())]


def occupancy_table(results: Results) -> pd.DataFrame:
    """Return the shares by day as figures take them: `arm, state, time, estimate`."""
    selected = rows_of(results, analysis=WHOLE, estimand=OCCUPANCY, statistic="curve")
    return selected.rename(columns={"term": "state", "estimate": "estimate"})[
        ["arm", "state", "time", "estimate"]
    ]


def why_no_care(results: Results) -> str:
    """Return why care could not be derived; empty where it was."""
    selected = rows_of(results, analysis=WHOLE, estimand=LEVEL_STARTED, statistic=NOT_ESTIMATED)
    return str(selected["note"].iloc[0]) if len(selected) else ""
