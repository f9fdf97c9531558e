"""Secondary endpoints read from the results."""

import pandas as pd

from stepdown.results.reading import WHOLE, readable, rows_of
from stepdown.results.table import WITHHELD, Results

FIRST_SESSION, ABSTINENT_AT = "first_session", "abstinent_at"
"""Estimands, and the names of the endpoints without their version."""
ESTIMATE, NOT_ESTIMATED = "estimate", "not_estimated"
METHOD = "Aalen-Johansen"
LATEST = "Aalen-Johansen, relapse on the latest day on which it can have begun"
"""Methods of `first_session`: where every day of relapse is known, and where it is not."""
CAME_FIRST = ("session", "relapse", "death", "incarceration", "readmission")
"""Terms of `first_session`: what came first."""


def shares(results: Results, estimand: str) -> pd.DataFrame:
    """Return the shares of one secondary endpoint, in the order of the results."""
    return rows_of(results, analysis=WHOLE, estimand=estimand, statistic=ESTIMATE)


def shares_by_arm(results: Results, estimand: str) -> pd.DataFrame:
    """Return the shares of one secondary endpoint in the arms of the comparisons."""
    table = readable(results)
    asked = (table["estimand"] == estimand) & (table["statistic"] == ESTIMATE)
    return table[asked & (table["analysis"] != WHOLE)].reset_index(drop=True)


def withheld_terms(results: Results) -> frozenset[str]:
    """Return what came first for a share that is left out, as a comparison that it would give away is."""
    table = results.table
    mine = (table["estimand"] == FIRST_SESSION) & (table["analysis"] == WHOLE) & (table["status"] == WITHHELD)
    return frozenset(table.loc[mine, "term"])


def why_not(results: Results, estimand: str) -> str:
    """Return why a secondary endpoint was not estimated; empty where it was, or was not asked for."""
    selected = rows_of(results, analysis=WHOLE, estimand=estimand, statistic=NOT_ESTIMATED)
    return str(selected["note"].iloc[0]) if len(selected) else ""
