"""Of a report that may be published, numbers of quarters that are not complete yet wait until they are.

A quarter that is published while it is provisional and again once it is complete shows, as a difference, the
few events and discharges that came in between. The final number could then never be published: it would give
small counts away. The internal report shows what is known so far, drawn hollow.
"""

from dataclasses import replace

import pandas as pd

from stepdown.cohort.people import FOLLOWED_STEP
from stepdown.results import Analysis, Results
from stepdown.sections.page_one.read import followed
from stepdown.sections.quality.read import MEASURES
from stepdown.sections.quarters.read import MATURITY, POINT, PROVISIONAL, QUARTERS

_KEYS = ["term", "quarter", "level", "time"]


def complete_quarters(analysis: Analysis) -> Analysis:
    """Return an analysis without the numbers of provisional quarters.

    Parameters
    ----------
    analysis : Analysis
        Before the disclosure rules are applied.

    Returns
    -------
    Analysis
        Without points of series, and quality measures, of quarters in which not every time limit has ended.
        Where the quarter that the report is about is not complete to the end of the window, without all that
        is known of its people after discharge, and `wording.waits` states that.
    """
    table, wording = analysis.results.table, analysis.wording
    mine = table["analysis"] == QUARTERS
    waits = mine & (table["variant"] == PROVISIONAL)
    points = table.loc[waits & (table["estimand"] == POINT), _KEYS]
    of_points = pd.MultiIndex.from_frame(table[_KEYS]).isin(pd.MultiIndex.from_frame(points))
    waits |= mine & (table["estimand"] == MATURITY) & of_points
    measures = pd.MultiIndex.from_frame(points[["term", "quarter"]])
    of_measures = pd.MultiIndex.from_frame(table[["endpoint", "quarter"]]).isin(measures)
    waits |= (table["analysis"] == MEASURES) & of_measures
    day, quarter = wording.window[1], wording.quarter
    done = followed(analysis.results, statistic="complete", day=day)
    if quarter and done is not None and done["estimate"] < done["n"]:
        selection = (table["analysis"] == "") & (table["estimand"] == "flow")
        selection &= table["term"] != FOLLOWED_STEP
        waits |= ~(selection | table["analysis"].isin([QUARTERS, MEASURES]))
        when = f"{day} days after its last discharge"
        sentence = f"The numbers of {quarter} are published once it is complete: {when}."
        analysis = replace(analysis, wording=replace(wording, waits=sentence))
    if not waits.any():
        return analysis
    return replace(analysis, results=Results(table[~waits].reset_index(drop=True)))
