"""The words of the discharges of an analysis, as a table to look at or to hand on."""

import numpy as np
import pandas as pd

from stepdown.cohort._link import floats, link
from stepdown.cohort._observed import observe
from stepdown.cohort._people import People
from stepdown.cohort.words._grid import week_words
from stepdown.cohort.words._words import Words
from stepdown.schema import Cohort


def words(people: People, cohort: Cohort, *, sources: tuple[str, ...] = ("urine",)) -> pd.DataFrame:
    """Return the word of each discharge.

    Parameters
    ----------
    people : People
        Discharges with time zero.
    cohort : Cohort
        The cohort they come from.
    sources : tuple of str
        Values of `source` that are read.

    Returns
    -------
    DataFrame
        `client_id, episode_id, word`, a row for each of `people.table`.
    """
    held = words_of(people.table, cohort, sources=sources)
    return people.table[["client_id", "episode_id"]].assign(word=pd.array(held.texts(), dtype="string"))


def words_of(table: pd.DataFrame, cohort: Cohort, *, sources: tuple[str, ...] = ("urine",)) -> Words:
    """Return the words of discharges whose time zero is known.

    A scheduled visit counts as due only where its tolerance ended by the data cut, and before a death.

    Parameters
    ----------
    table : DataFrame
        `client_id` and `zero` (time zero on the own clock), a row a discharge.
    cohort : Cohort
        The cohort they come from.
    sources : tuple of str
        Values of `source` that are read.

    Returns
    -------
    Words
        One row a discharge.
    """
    zero = floats(table["zero"])
    findings = link(table, cohort.observations)
    spans = link(table, cohort.followup)
    seen = observe(cohort.followup, cohort.observations, spans=spans, findings=findings, zero=zero)
    cut = np.inf if cohort.data_cut is None else float(cohort.data_cut)
    return week_words(
        cohort.observations,
        findings,
        zero,
        sources=sources,
        schedule=cohort.schedule,
        until=np.minimum(cut - zero, seen.death),
    )
