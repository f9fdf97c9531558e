"""Follow-up read from the results: visits, length, losses, and how often people were tested."""

from collections.abc import Sequence

import pandas as pd

from stepdown.results.reading import rows_of
from stepdown.results.table import Results
from stepdown.results.words import happened

VISIT, RATE, KNOWN = "visit", "follow_up_rate", "outcome_known"
DIFFERENCE = "contact_difference"
FOLLOWUP_LENGTH, OBSERVABLE = "followup_length", "observable"
BOUND, TESTED = "risk_bound", "testing_rate"
COMMON, COMMON_COMPARED = "common_visits", "common_visits_compared"
"""Analyses of scheduled visits only: the whole cohort, and the primary comparison."""
NOT_ESTIMATED = "not_estimated"
NOT_DUE = "not_due"


def near(visits: Sequence[float], day: float) -> int:
    """Return the visit nearest to a day, the earlier of two."""
    return int(min(visits, key=lambda visit: (abs(visit - day), visit)))


def visits(results: Results) -> pd.DataFrame:
    """Return the discharges in each state: a row a visit (its day), a column a state."""
    selected = rows_of(results, analysis="", estimand=VISIT, statistic="count")
    if selected.empty:
        return pd.DataFrame()
    order = list(dict.fromkeys(selected["term"]))
    return selected.pivot(index="time", columns="term", values="estimate")[order]


def due(results: Results, states: pd.DataFrame) -> pd.Series:
    """Return how many discharges were due at each visit of `states`; nan where that is not shown.

    Those whose outcome is known are counted among them; without such a row, the states add up to it.
    """
    known = rows_of(results, analysis="", estimand=KNOWN).groupby("time")["n"].first()
    added = states.drop(columns=NOT_DUE, errors="ignore").sum(axis=1, skipna=False)
    return known.reindex(states.index).where(states.index.isin(known.index), added)


def refusal(results: Results, estimand: str) -> str:
    """Return why something could not be computed; empty where it was."""
    selected = rows_of(results, analysis="", estimand=estimand, statistic=NOT_ESTIMATED)
    return str(selected["note"].iloc[0]) if len(selected) else ""


def state_name(state: str, word: str) -> str:
    """Return what a state of follow-up is called, as it follows a number."""
    names = {
        NOT_DUE: "not due yet",
        "contacted": "contacted",
        "dead": "dead",
        "incarcerated": "in custody",
        "out_of_window": "contacted outside the visit window",
        "relapsed": f"known to have {happened(word)}",
        "refused": "refused or withdrew",
        "lost": "lost or moved",
        "missed": "missed, reason unknown",
    }
    return names.get(state, state)
