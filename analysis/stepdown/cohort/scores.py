"""Scores of instruments by discharge: which client had which score on which day since time zero."""

import pandas as pd

from stepdown.cohort.linkage import floats, link
from stepdown.errors import DesignError
from stepdown.schema import Cohort


def scores_of(table: pd.DataFrame, cohort: Cohort, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the total scores of instruments.

    Parameters
    ----------
    table : DataFrame
        Discharges with `client_id` and `zero`, the day of time zero on the own clock.
    cohort : Cohort
        Its `assessments`; scores of single items are left out.
    names : tuple of str
        Instruments.

    Returns
    -------
    DataFrame
        `row` (position of the discharge), `instrument`, `day` (since time zero), `value`; by row and day.

    Raises
    ------
    DesignError
        An instrument of which the cohort has no score.
    """
    given = cohort.assessments
    named = given["instrument"].astype("object").fillna("").str.strip()
    missing = [name for name in names if not (named == name).any()]
    if missing:
        held = ", ".join(sorted(set(named) - {""})) or "none"
        raise DesignError(
            f"No score of {', '.join(missing)} is in the assessments, so nothing can be adjusted for it. "
            f"Instruments with scores: {held}. Map the scores as assessments, or leave it out of "
            f"time_varying."
        )
    whole = given["item"].isna() if "item" in given else pd.Series(True, index=given.index)
    chosen = given[named.isin(names) & whole]
    pairs = link(table, chosen)
    found = pd.DataFrame(
        {
            "row": pairs.at,
            "instrument": named[chosen.index].to_numpy()[pairs.row],
            "day": floats(chosen["day"])[pairs.row] - floats(table["zero"])[pairs.at],
            "value": floats(chosen["value"])[pairs.row],
        }
    )
    return found.sort_values(["row", "day"], kind="stable", ignore_index=True)
