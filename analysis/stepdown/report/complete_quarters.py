"""Of a report that may be published, numbers of quarters that are not complete yet wait until they are.

A quarter that is published while it is provisional and again once it is complete shows, as a difference, the
few events and discharges that came in between: each quarter would give small counts away, or be refused. The
internal report shows them, drawn hollow.
"""

from dataclasses import replace

import pandas as pd

from stepdown.results import Analysis, Results
from stepdown.sections.quarters.read import MATURITY, POINT, PROVISIONAL, QUARTERS

_KEYS = ["term", "quarter", "level", "time"]


def complete_quarters(analysis: Analysis) -> Analysis:
    """Return an analysis without the numbers of provisional quarters.

    Parameters
    ----------
    analysis : Analysis
        Before the disclosure rules are applied.
    """
    table = analysis.results.table
    mine = table["analysis"] == QUARTERS
    waits = mine & (table["variant"] == PROVISIONAL)
    if not waits.any():
        return analysis
    points = pd.MultiIndex.from_frame(table.loc[waits & (table["estimand"] == POINT), _KEYS])
    of_points = pd.MultiIndex.from_frame(table[_KEYS]).isin(points)
    waits |= mine & (table["estimand"] == MATURITY) & of_points
    return replace(analysis, results=Results(table[~waits].reset_index(drop=True)))
