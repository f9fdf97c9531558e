"""Questions that every figure, table and sentence asks of results."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from stepdown.errors import ResultError
from stepdown.results.table import FLAGGED, HIGHEST, LOWEST, WITHHELD, Results
from stepdown.results.words import NOT_RELEASED

WHOLE = "whole_cohort"
FROM_INTERVALS = "piecewise exponential, from intervals"
TURNBULL = "Turnbull"
"""Methods of the estimates from intervals: beside lowest and highest, or the numbers of the report."""

TOO_FEW_CLUSTERS, FEWEST_CLUSTERS = "fewer than 6 clusters: no test", 6
"""Note of a test that few clusters do not allow, and how many do."""
RESTS_ON_FEW = "fewer than 10 at risk"
"""In the note of a risk whose last event happened among so few."""
CHECK, GATE = "check", "gate"
"""Estimand of what a check found, and its `level` where the check is a gate."""
PLACEBO = "placebo_risk"
"""Estimand of the risk before care could act."""
NEGATIVE_CONTROLS, CALIBRATED = "negative_controls", "calibrated_ratio"
"""Analysis of negative controls, and estimand of the risk ratio that they calibrate."""
NOTABLE = 0.1
"""Standardized difference from which two groups are said to differ."""


def landmark(results: Results, analysis: str) -> int:
    """Return the day from which an analysis follows people: 14 after a landmark at day 14, else 0."""
    table = results.table
    whole = table["estimand"].isin(["flow", "risk", "rmst", "interval_spans_landmark"])
    found = table.loc[(table["analysis"] == analysis) & whole, "window_start"].dropna()
    return int(found.iloc[0]) if len(found) else 0


def readable(results: Results) -> pd.DataFrame:
    """Return all rows but those that a gate withholds."""
    return _without_withheld(results.table)


def _without_withheld(table: pd.DataFrame) -> pd.DataFrame:
    withheld = table["status"] == WITHHELD
    return table[~withheld] if withheld.any() else table


def why_withheld(results: Results, *, analysis: str) -> tuple[str, ...]:
    """Return why a comparison is withheld, each with what would open the gate; empty where it is shown."""
    table = results.table
    mine = (
        (table["analysis"] == analysis) & (table["estimand"] == CHECK) & (table["level"] == GATE)
        & (table["statistic"] == WITHHELD)
    )  # fmt: skip
    return tuple(dict.fromkeys(table.loc[mine, "note"]))


def doubts(results: Results, *, analysis: str) -> tuple[str, ...]:
    """Return the checks of a comparison that gave a warning or failed, each once."""
    table = results.table
    mine = (table["analysis"] == analysis) & (table["estimand"] == CHECK)
    return tuple(dict.fromkeys(table.loc[mine & table["statistic"].isin([FLAGGED, "failed"]), "term"]))


def nobody_with(found: pd.DataFrame, row: Mapping[Hashable, Any]) -> tuple[tuple[str, str], ...]:
    """Return the characteristics and values with which nobody is in a group: of one warning, one or two."""
    own = str(row["term"]), str(row["level"])
    if not row["subgroup"]:
        return (own,)
    second = found[
        (found["statistic"] == "other") & (found["term"] == row["subgroup"])
        & (found["subgroup"] == row["term"]) & (found["arm"] == row["arm"])
    ]  # fmt: skip
    return (own, (str(row["subgroup"]), str(second["level"].iloc[0])))


def refuse_withheld(results: Results, *, analysis: str) -> None:
    """Raise ResultError where a comparison is withheld, with the reasons."""
    if reasons := why_withheld(results, analysis=analysis):
        raise ResultError(
            f"The comparison {analysis!r} is withheld, so there is no figure. {' '.join(reasons)}"
        )


def arms(results: Results, *, analysis: str) -> tuple[str, ...]:
    """Return the arms of an analysis in the order of the results; ("",) where it has none."""
    table = results.table
    selected = table[(table["analysis"] == analysis) & table["estimand"].isin(["risk", "rmst", "rate"])]
    return tuple(dict.fromkeys(selected.loc[selected["reference"] == "", "arm"])) or ("",)


def bounded(results: Results, *, analysis: str) -> bool:
    """Return whether the analysis knows intervals only, so that every number has two values."""
    table = _risks(results, analysis)
    return bool(((table["bound"] == LOWEST) & (table["method"] != TURNBULL)).any())


def from_intervals(results: Results, *, analysis: str) -> bool:
    """Return whether the numbers of the analysis are estimated from the intervals themselves."""
    methods = _risks(results, analysis)["method"]
    return bool((methods == FROM_INTERVALS).any()) and not bounded(results, analysis=analysis)


def _risks(results: Results, analysis: str) -> pd.DataFrame:
    return _without_withheld(_of(results, analysis, (results.table["estimand"] == "risk")))


def _of(results: Results, analysis: str, keep: pd.Series) -> pd.DataFrame:
    """Return those of some rows that are of an analysis, the variants left out.

    A frame of all results is large: it is cut once, and not once for every condition.
    """
    table = results.table
    return table[keep & (table["analysis"] == analysis) & (table["variant"] == "")]


def why_no_risk(results: Results, *, released: bool) -> str:
    """Return why no risk of everybody is given, as it follows "is".

    A public report may hold the risks without their numbers: these data do identify them.

    Parameters
    ----------
    results : Results
        Without a risk of everybody.
    released : bool
        Whether they are those of a public report.

    Examples
    --------
    >>> from stepdown.results import rows
    >>> risk = {"analysis": "whole_cohort", "estimand": "risk", "cause": "relapse", "time": 90}
    >>> hidden = rows([risk | {"statistic": "estimate", "unit": "probability"}])
    >>> why_no_risk(hidden, released=True), why_no_risk(hidden, released=False)
    ('not shown: small numbers', 'not identifiable from these data')
    """
    hidden = released and len(rows_of(results, analysis=WHOLE, estimand="risk", cause="relapse")) > 0
    return NOT_RELEASED if hidden else "not identifiable from these data"


def rows_of(
    results: Results,
    *,
    analysis: str,
    estimand: str,
    statistic: str = "estimate",
    cause: str | None = None,
    arm: str | None = None,
    unadjusted: bool = False,
) -> pd.DataFrame:
    """Return the rows of one estimand in the order of the results, the index counted anew.

    Of a comparison that is adjusted, the adjusted rows, or those that are `unadjusted`. The ends of a range
    without a model are left out: see `ranges`.
    """
    table = _without_withheld(_of(results, analysis, results.table["estimand"] == estimand))
    keep = (table["method"] != TURNBULL) & (table["statistic"] == statistic)
    if cause is not None:
        keep &= table["cause"] == cause
    if arm is not None:
        keep &= table["arm"] == arm
    found = table[keep]
    return (found[found["population"] == ""] if unadjusted else adjusted(found)).reset_index(drop=True)


def adjusted(table: pd.DataFrame) -> pd.DataFrame:
    """Return the adjusted rows where some are, else all rows."""
    about = table["population"] != ""
    return table[about] if about.any() else table


def is_adjusted(results: Results, *, analysis: str) -> bool:
    """Return whether the risks of an analysis are adjusted."""
    return bool((_risks(results, analysis)["population"] != "").any())


def has_unadjusted(results: Results, *, analysis: str) -> bool:
    """Return whether an analysis has unadjusted risks, be it beside adjusted ones."""
    return bool((_risks(results, analysis)["population"] == "").any())


def contrasts_of(results: Results, *, analysis: str, unadjusted: bool = False) -> pd.DataFrame:
    """Return the differences of an analysis: of each estimand the adjusted ones where there are any."""
    found = _without_withheld(_of(results, analysis, results.table["statistic"] == "difference"))
    if unadjusted:
        return found[found["population"] == ""]
    parts = [adjusted(part) for _, part in found.groupby("estimand", sort=False)]
    return pd.concat(parts).sort_index() if parts else found


def ranges(results: Results, *, analysis: str) -> dict[tuple[str, float], tuple[float, float]]:
    """Return the range of the risk without a model, by arm and day."""
    selected = _risks(results, analysis)
    selected = selected[selected["method"] == TURNBULL]
    ends = [
        selected[selected["bound"] == end].set_index(["arm", "time"])["estimate"] for end in (LOWEST, HIGHEST)
    ]
    return {key: (float(ends[0][key]), float(ends[1][key])) for key in ends[0].index}


def curve(results: Results, *, analysis: str, cause: str, arm: str) -> pd.DataFrame:
    """Return the curve of the risk of one cause, from where it starts to where follow-up ends.

    Of a comparison that is adjusted, the adjusted curve: points to be joined by lines.

    Returns
    -------
    DataFrame
        Columns `time` (day since time zero), `estimate`, `conf_low`, `conf_high` (probability); empty
        where the results hold no curve. A value holds from its day until the next one.
    """
    steps = rows_of(results, analysis=analysis, estimand="risk", statistic="curve", cause=cause, arm=arm)
    selected = rows_of(results, analysis=analysis, estimand="risk", cause=cause, arm=arm)
    columns = ["time", "estimate", "conf_low", "conf_high"]
    steps = steps.loc[steps["estimate"].notna(), columns]
    selected = selected[selected["estimate"].notna()]
    if steps.empty:
        flat = (
            len(selected) > 0 and not selected["estimate"].any() and not bounded(results, analysis=analysis)
        )
        steps = selected[columns].iloc[[-1]] if flat else steps
        if not flat:
            return steps
    start = pd.DataFrame([[float(landmark(results, analysis)), 0.0, 0.0, 0.0]], columns=columns)
    if steps["time"].min() <= landmark(results, analysis):
        start = start.iloc[:0]
    end = selected["time"].max()
    last = steps.iloc[[-1]].assign(time=end) if end > steps["time"].max() else steps.iloc[:0]
    return pd.concat([part for part in (start, steps, last) if len(part)], ignore_index=True)


def in_order(table: pd.DataFrame, column: str) -> list[str]:
    """Return the different values of a column in the order of first appearance."""
    return list(dict.fromkeys(table[column]))


def pairs(
    results: Results, *, analysis: str, estimand: str, cause: str | None = None, statistic: str = "estimate"
) -> pd.DataFrame:
    """Return the numbers that has two values, the lowest and the highest of each in one row.

    Returns
    -------
    DataFrame
        Columns `arm, reference, time, window_start, window_end, unit`; the two numbers (`lowest`,
        `highest`); the lower limit of the lowest and the upper limit of the highest (`conf_low`,
        `conf_high`), missing where unknown.
    """
    selected = rows_of(results, analysis=analysis, estimand=estimand, cause=cause, statistic=statistic)
    keys = ["arm", "reference", "time", "window_start", "window_end", "unit"]
    ends = {end: selected[selected["bound"] == end] for end in (LOWEST, HIGHEST)}
    low = ends[LOWEST][[*keys, "estimate", "conf_low"]].rename(columns={"estimate": "lowest"})
    high = ends[HIGHEST][[*keys, "estimate", "conf_high"]].rename(columns={"estimate": "highest"})
    both = low.merge(high, on=keys, how="inner", sort=False)
    # Nothing lies below nothing, whatever the spread.
    both["conf_low"] = both["conf_low"].mask(both["lowest"] == 0, 0.0)
    return both[[*keys, "lowest", "highest", "conf_low", "conf_high"]]
