"""By which kind of observation use is first found: whether unequal testing can matter."""

import numpy as np

from stepdown.cohort import People
from stepdown.cohort.followup.completeness import SOURCES
from stepdown.cohort.linkage import floats, link
from stepdown.schema import Cohort

FIRST_FOUND = {"urine": ("urine",), "contact": SOURCES}
"""Sources of each row of testing rates."""


def first_findings(cohort: Cohort, people: People, *, horizon: int) -> dict[str, float]:
    """Return the share of first findings of use that come from tests, and from tests or contacts.

    Of everybody with a positive finding after time zero, by the horizon, the first day with one is looked at.
    Where two sources found use on that day, the other one would have found it too: it does not count.

    Parameters
    ----------
    cohort, people
        The tables, and the derived discharges.
    horizon : int
        Last day of the report.

    Returns
    -------
    dict of str to float
        "urine" and "contact" (tests or self-report); empty where nobody has a positive finding.
    """
    seen = cohort.observations
    found = seen[(seen["finding"] == "positive").to_numpy(dtype=bool, na_value=False)]
    pairs = link(people.table, found)
    day = floats(found["day"])[pairs.row] - floats(people.table["zero"])[pairs.at]
    inside = (day > 0) & (day <= horizon)
    at, day = pairs.at[inside], day[inside]
    source = found["source"].astype("string").fillna("").to_numpy(dtype=object)[pairs.row[inside]]
    if not len(at):
        return {}
    first = np.full(len(people.table), np.inf)
    np.minimum.at(first, at, day)
    on_first = day == first[at]
    shares = {}
    for what, sources in FIRST_FOUND.items():
        others = np.zeros(len(first), dtype=bool)
        others[at[on_first & ~np.isin(source, sources)]] = True
        shares[what] = float(1 - others[np.isfinite(first)].mean())
    return shares
