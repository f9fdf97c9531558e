"""The words of the discharges of an analysis."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort._cut import due_until
from stepdown.cohort._link import Link, floats, link
from stepdown.cohort._observed import observe
from stepdown.cohort._people import People
from stepdown.cohort.words._grid import week_words
from stepdown.cohort.words._words import Words
from stepdown.schema import Cohort

Floats = NDArray[np.float64]


def words(people: People, cohort: Cohort, *, sources: tuple[str, ...] = ("urine",)) -> pd.DataFrame:
    """Return the word of each discharge, as a table to look at or to hand on.

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
    table = people.table
    zero, findings = floats(table["zero"]), link(table, cohort.observations)
    spans = link(table, cohort.followup)
    seen = observe(cohort.followup, cohort.observations, spans=spans, findings=findings, zero=zero)
    cut = due_until(cohort, spans, zero)
    texts = words_of(cohort, findings, zero, cut=cut, death=seen.death, sources=sources).texts()
    return table[["client_id", "episode_id"]].assign(word=pd.array(texts, dtype="string"))


def words_of(
    cohort: Cohort,
    findings: Link,
    zero: Floats,
    *,
    cut: Floats,
    death: Floats,
    sources: tuple[str, ...] = ("urine",),
) -> Words:
    """Return the words of discharges.

    A scheduled visit counts as due only where its tolerance ended by the data cut, and before a death.

    Parameters
    ----------
    cohort : Cohort
        The cohort they come from.
    findings : Link
        Observations by discharge.
    zero : array (discharges,)
        Time zero on the own clock.
    cut : array (discharges,)
        Last day since time zero by which a contact can have been due, as `due_until` tells it.
    death : array (discharges,)
        Day of death since time zero; infinity for none.
    sources : tuple of str
        Values of `source` that are read.

    Returns
    -------
    Words
        One row a discharge.
    """
    return week_words(
        cohort.observations,
        findings,
        zero,
        sources=sources,
        schedule=cohort.schedule,
        until=np.minimum(cut, death - 1),
    )
