"""Titles of the figures of relapse: what they show, in numbers of the results; empty where there are none."""

import pandas as pd

from stepdown.display.estimates import estimate
from stepdown.results import Results
from stepdown.results.reading import in_order, pairs, rows_of
from stepdown.results.words import days_of, happened, listed, number, percent, plural

MOST_NAMED = 3
"""Arms that a title names."""


def risks_title(results: Results, *, analysis: str, word: str, day: int) -> str:
    """Return the risk by a day, of everybody or of each arm.

    Examples
    --------
    >>> import pandas as pd
    >>> from stepdown import Results
    >>> same = {"analysis": "baseline", "estimand": "risk", "cause": "relapse", "statistic": "estimate"}
    >>> same |= {"time": 90}
    >>> rows = [same | {"arm": "A", "estimate": 0.2}, same | {"arm": "B", "estimate": 0.3}]
    >>> found = Results(pd.DataFrame(rows))
    >>> risks_title(found, analysis="baseline", word="relapse", day=90)
    'Relapsed by day 90: 20.0% with “A” and 30.0% with “B”'
    """
    found = rows_of(results, analysis=analysis, estimand="risk", cause="relapse").dropna(subset=["estimate"])
    found = found[found["time"] == day]
    names = in_order(found, "arm")
    if found.empty or len(names) != len(found) or len(names) > MOST_NAMED:
        return ""
    shares = [
        estimate(row, percent) + (f" with “{row['arm']}”" if row["arm"] else "")
        for _, row in found.iterrows()
    ]
    if names == [""]:
        return f"{shares[0]} {happened(word)} by day {day}"
    return f"{happened(word).capitalize()} by day {day}: {listed(shares)}"


def rates_title(results: Results, *, analysis: str, word: str, last: int) -> str:
    """Return the periods of the highest and the lowest rate, or each arm's rate in the last of the window."""
    found = rows_of(results, analysis=analysis, estimand="rate").dropna(subset=["conf_low", "conf_high"])
    if len(found) and found["arm"].any():
        return _rates_of_arms(found, word, last)
    if len(found) < 2:
        return ""
    ranked = found.sort_values("estimate", kind="stable")
    low, high = ranked.iloc[0], ranked.iloc[-1]
    if high["conf_low"] <= low["conf_high"]:
        return f"No period stands out in new {plural(word)}"
    most, fewest = (
        f"days {days_of(row['window_start'], row['window_end'])} ({number(row['estimate'])})"
        for row in (high, low)
    )
    return f"Rate of new {plural(word)}: highest on {most}, lowest on {fewest}"


def _rates_of_arms(found: pd.DataFrame, word: str, last: int) -> str:
    """Return the rate of each arm in the period that ends with the window."""
    mine = found[found["window_end"] == last]
    if len(mine) < 2 or mine["arm"].duplicated().any() or len(mine) > MOST_NAMED:
        return ""
    rates = [f"{number(row['estimate'])} with “{row['arm']}”" for _, row in mine.iterrows()]
    days = days_of(mine["window_start"].iloc[0], last)
    return f"New {plural(word)} per 100 people a month on days {days}: {listed(rates)}"


def range_title(results: Results, *, analysis: str, word: str, day: int) -> str:
    """Return the lowest and the highest risk by a day, of everybody or of each arm."""
    found = pairs(results, analysis=analysis, estimand="risk", cause="relapse")
    found = found[(found["time"] == day) & found["lowest"].notna() & found["highest"].notna()]
    if found.empty or found["arm"].duplicated().any() or len(found) > MOST_NAMED:
        return ""
    ends = [
        f"{percent(row['lowest'])} to {percent(row['highest'])}"
        + (f" with “{row['arm']}”" if row["arm"] else "")
        for _, row in found.iterrows()
    ]
    return f"{happened(word).capitalize()} by day {day}: {listed(ends)}"
