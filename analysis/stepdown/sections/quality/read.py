"""Quality measures read from the results."""

import pandas as pd

from stepdown.results.reading import in_order
from stepdown.results.table import Results

MEASURES = "measures"
"""Analysis of the quality measures."""
RATE, LEFT = "measure", "reason_for_leaving"
ESTIMATE, EVENTS, REMOVED, NOT_ESTIMATED = "estimate", "events", "removed", "not_estimated"
COUNT = "count"
NOT_RECORDED = "not_recorded"
"""Term of those whose reason for leaving is not recorded."""


def measure_rows(results: Results, *, statistic: str = ESTIMATE, measure: str | None = None) -> pd.DataFrame:
    """Return the rows of one statistic for all events together, in the order of the list."""
    selected = _all(results, statistic, measure)
    return selected[(selected["site"] == "") & (selected["quarter"] == "")].reset_index(drop=True)


def by_quarter(results: Results) -> pd.DataFrame:
    """Return the rates by quarter."""
    selected = _all(results, ESTIMATE, None)
    return selected[selected["quarter"] != ""].reset_index(drop=True)


def sites(results: Results) -> int:
    """Return how many sites have rates of their own."""
    selected = _all(results, ESTIMATE, None)
    return len(in_order(selected[selected["site"] != ""], "site"))


def reasons(results: Results) -> pd.DataFrame:
    """Return why those who did not meet a measure of PHP or IOP left it."""
    table = results.table
    return table[(table["analysis"] == MEASURES) & (table["estimand"] == LEFT)].reset_index(drop=True)


def _all(results: Results, statistic: str, measure: str | None) -> pd.DataFrame:
    table = results.table
    keep = (table["analysis"] == MEASURES) & (table["statistic"] == statistic) & (table["estimand"] == RATE)
    if measure is not None:
        keep &= table["endpoint"] == measure
    return table[keep]
