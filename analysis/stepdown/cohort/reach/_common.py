"""The same visits for everyone: findings at scheduled visits only, as another reading of a study.

Who is in care is tested more often, so that return to use is found sooner there. Counting only what was
found at visits that were due for everyone, inside their windows, takes this difference away, at the price
of dates: a return to use is then dated to the visit that found it.
"""

from dataclasses import replace

import numpy as np

from stepdown.cohort._people import People
from stepdown.cohort.reach._visits import contacts, schedule_of
from stepdown.errors import DesignError
from stepdown.schema import Cohort, Schedule

# What tells about use; deaths, custody, admissions and emergencies do not depend on visits.
OF_USE = ("positive", "negative", "missing", "refused", "inconclusive")


def common_visits(cohort: Cohort, people: People, *, schedule: Schedule | None = None) -> Cohort:
    """Return the cohort with the findings of scheduled visits only; derive the study again from it.

    Parameters
    ----------
    cohort : Cohort
        Valid tables.
    people : People
        Derived discharges, for their time zero.
    schedule : Schedule, optional
        Visits in days since time zero; those of the cohort, or those that due days show, if left out.

    Returns
    -------
    Cohort
        A finding of use stays where it belongs to a visit of one of the client's discharges and lies in its
        window; where it was made up to time zero (it decides who is eligible, so that the same people
        stay in); and for clients who are not among the people. All other findings stay.

    Raises
    ------
    DesignError
        Nothing tells when contacts were due, or no scheduled visit found any use although other findings did:
        then nobody would seem to relapse.
    """
    table = people.table
    seen = contacts(cohort, table, schedule_of(cohort, table, schedule))
    size = len(cohort.observations)
    of_use = cohort.observations["finding"].isin(OF_USE).to_numpy(dtype=bool)
    linked, kept = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    linked[seen.row] = True
    kept[seen.row[seen.inside | (seen.day <= 0)]] = True
    keep = kept | ~linked | ~of_use
    after = np.zeros(size, dtype=bool)
    after[seen.row[seen.day > 0]] = True
    used = after & (cohort.observations["finding"] == "positive").to_numpy(dtype=bool, na_value=False)
    if used.any() and not (used & keep).any():
        raise DesignError(
            "No scheduled visit found any use, although other findings did, so the outcome cannot be read at "
            "common visits with these data."
        )
    return replace(cohort, observations=cohort.observations[keep].reset_index(drop=True))
