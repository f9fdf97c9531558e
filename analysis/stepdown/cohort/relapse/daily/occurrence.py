"""Whether a definition can occur in some data at all, and whether its rule leaves any choice.

A risk of 0% where no client was contacted twice, or where no later stay is recorded, and one of 100% where a
rule counts everyone, describe how the data were collected, not what happened to clients.
"""

import numpy as np

from stepdown.cohort.linkage import floats
from stepdown.cohort.people import RELAPSE, People
from stepdown.cohort.relapse.daily.contacts import USABLE
from stepdown.cohort.relapse.daily.evidence import Given
from stepdown.study import Study

_CANNOT = "Cannot be judged from these data:"
_RETURNS = ("stays", "admissions")


def cannot_be_judged(given: Given, people: People, study: Study) -> str:
    """Return why the data cannot show a definition, or cannot fail to; empty where they can.

    Parameters
    ----------
    given : Given
        Eligible discharges, linked to the tables of their cohort.
    people : People
        The same discharges with the outcome of the study.
    study : Study
        The protocol; its definition and its rule for missed contacts are judged.

    Returns
    -------
    str
        One sentence.
    """
    outcome, spec = study.outcome, study.outcome.spec
    happened = people.table["event"].to_numpy()[people.observed] == RELAPSE
    if happened.any():
        counted = outcome.missing in ("positive", "last") and not _all_positive(given, people)
        if happened.all() and counted:
            return f"{_CANNOT} under this rule every {study.time_zero.event} counts as an event."
        return ""
    few = spec.findings > 1 and _most_findings(given) < spec.findings
    if few and outcome.missing in ("as_defined", "interval"):
        return f"{_CANNOT} no client has {spec.findings} findings after day 0."
    if set(spec.needs) & set(_RETURNS) and not _later_stay(given):
        return f"{_CANNOT} no later stay is recorded for any client."
    return ""


def _all_positive(given: Given, people: People) -> bool:
    """Return whether use was found after day 0 in as many discharges as are followed."""
    table = given.cohort.observations
    positive = (table["finding"] == "positive").to_numpy(dtype=bool, na_value=False)[given.findings.row]
    at, row = given.findings.at[positive], given.findings.row[positive]
    later = floats(table["day"])[row] > given.zero[at]
    return len(np.unique(at[later])) >= int(people.observed.sum())


def _most_findings(given: Given) -> int:
    """Return on how many days after day 0 the client seen most often was seen."""
    usable = given.cohort.observations["finding"].isin(USABLE).to_numpy(dtype=bool)[given.findings.row]
    at, row = given.findings.at[usable], given.findings.row[usable]
    day = floats(given.cohort.observations["day"])[row] - given.zero[at]
    days = np.unique(np.column_stack([at[day > 0], day[day > 0]]), axis=0)
    return int(np.bincount(days[:, 0].astype(np.int64), minlength=1).max())


def _later_stay(given: Given) -> bool:
    """Return whether a stay, or a finding of one, begins after any time zero."""
    stays, findings = given.stays, given.findings
    admitted = floats(given.cohort.discharges["admit_day"])[stays.row] - given.zero[stays.at]
    found = (given.cohort.observations["finding"] == "admission").to_numpy(dtype=bool, na_value=False)
    seen = floats(given.cohort.observations["day"])[findings.row] - given.zero[findings.at]
    return bool((admitted > 0).any() or (found[findings.row] & (seen > 0)).any())
