"""`abstinent_at@1`: no use in the 30 days up to the contact due at a visit.

Which contact belongs to which visit, and who is due, is what the follow-up section says (`cohort.followup`).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.clustered_proportions import METHOD, Clusters, proportions
from stepdown.cohort.followup.completeness import completeness
from stepdown.cohort.followup.visits import contacts
from stepdown.cohort.linkage import floats
from stepdown.cohort.people import People
from stepdown.cohort.relapse.daily.contacts import USABLE
from stepdown.cohort.relapse.daily.evidence import Given
from stepdown.schema import Schedule, endpoint

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DAYS = 30
ABSTINENCE_RULES = endpoint("abstinent_at@1").missing
"""Rules for visits without a result, names in `schema.MISSING`."""
_NOT_ASKED = ("not_due", "dead", "incarcerated")
LEFT_OUT, USED, ABSTINENT = -1, 0, 1


@dataclass(frozen=True, eq=False, kw_only=True)
class VisitResults:
    """Results at the visits.

    Attributes
    ----------
    visits : tuple of int
        Days since time zero.
    results : mapping of str to array of int (visits, discharges)
        By rule: 1 abstinent, 0 not, -1 left out; discharges in the order of `People.table`.
    """

    visits: tuple[int, ...]
    results: dict[str, Ints]


def results_at(given: Given, people: People) -> VisitResults:
    """Return who was abstinent at each visit, under each rule for visits without a result.

    Parameters
    ----------
    given : Given
        Eligible discharges, linked to the tables of their cohort.
    people : People
        Those of them that are in the study.

    Raises
    ------
    DesignError
        No visit schedule is defined.
    """
    found = completeness(given.cohort, people)
    plan = found.schedule
    asked = np.array([~np.isin(found.at(visit).astype(str), _NOT_ASKED) for visit in plan.visits])
    seen = np.array([_observed(given, people, plan, number) for number in range(len(plan.visits))])
    seen = np.where(asked, seen, LEFT_OUT)
    carried = seen.copy()
    for number in range(1, len(carried)):
        gap = asked[number] & (carried[number] == LEFT_OUT)
        carried[number] = np.where(gap, _latest(seen[:number]), carried[number])
    worst = np.where(asked & (seen == LEFT_OUT), USED, seen)
    return VisitResults(visits=plan.visits, results={"as_defined": seen, "positive": worst, "last": carried})


def abstinent_at(
    given: Given, people: People, *, groups: Ints | None = None, level: float = 0.95
) -> pd.DataFrame:
    """Return the share abstinent at each visit, under each rule for visits without a result.

    Parameters
    ----------
    given : Given
        Eligible discharges, linked to the tables of their cohort.
    people : People
        Those of them that are in the study.
    groups : array of int (discharges,), optional
        Group of each discharge, from 0; -1 for one in none. Everyone is one group where left out.
    level : float
        Confidence level.

    Returns
    -------
    DataFrame
        One row a visit, rule and group: `visit, rule, group, numerator, denominator, rate, conf_low,
        conf_high, method`.

    Raises
    ------
    DesignError
        No visit schedule is defined.
    """
    groups = np.zeros(len(people.table), dtype=np.int64) if groups is None else groups
    return shares_at(results_at(given, people), people, groups, level=level).drop(columns="design_effect")


def shares_at(found: VisitResults, people: People, groups: Ints, *, level: float = 0.95) -> pd.DataFrame:
    """Return the shares of `abstinent_at` from the results at the visits, with their `design_effect`."""
    within = groups >= 0
    client = pd.factorize(people.table["client_id"])[0].astype(np.int64)[within]
    among = Clusters.of(groups[within], client, int(groups.max(initial=-1)) + 1)
    rows = []
    for number, visit in enumerate(found.visits):
        for rule, results in found.results.items():
            mine = results[number][within]
            share = proportions(mine == ABSTINENT, among, inside=mine != LEFT_OUT, level=level)
            rows.append(share.assign(visit=visit, rule=rule, group=share.index, method=METHOD))
    return pd.concat(rows, ignore_index=True)


def _observed(given: Given, people: People, plan: Schedule, number: int) -> Ints:
    """Return the result of the last contact in the window of a visit; -1 where there is none."""
    cohort, table, size = given.cohort, people.table, len(people.table)
    seen = contacts(cohort, table, plan)
    finding = cohort.observations["finding"].astype("object").to_numpy()[seen.row].astype(str)
    here = seen.inside & (seen.visit == number) & np.isin(finding, USABLE)
    contact = np.full(size, -np.inf)
    np.maximum.at(contact, seen.at[here], seen.day[here])
    since = floats(cohort.observations["since_day"])[seen.row] - floats(table["zero"])[seen.at]
    begin = np.where(np.isnan(since), seen.day, since + 1)
    by = contact[seen.at]
    in_time = (seen.day <= by) & (seen.day > by - DAYS) & (begin <= by)
    # What was found before time zero is no use after it.
    used = (finding == "positive") & in_time & (seen.day >= given.first_day)
    result = np.where(np.isfinite(contact), ABSTINENT, LEFT_OUT)
    result[seen.at[used]] = USED
    return result


def _latest(before: Ints) -> Ints:
    """Return the last result of each discharge; -1 where there is none."""
    found = np.full(before.shape[1], LEFT_OUT)
    for results in before:
        found = np.where(results == LEFT_OUT, found, results)
    return found
