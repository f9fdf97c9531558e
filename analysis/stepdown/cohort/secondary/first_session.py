"""`first_session@1`: the first attended session of PHP, IOP or outpatient care, against what came before it.

Of one day relapse comes first, then death, incarceration, readmission and the session, as for the day on
which a level of care is started. A relapse that is only known to lie in an interval is dated as in the study,
and to the last day of the interval where the study keeps it.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.level_calendar import STEP_DOWN_LEVELS
from stepdown.cohort.observation_end import Observed
from stepdown.cohort.people import RELAPSE, People
from stepdown.cohort.relapse.daily.definition_dispatch import onset
from stepdown.cohort.relapse.daily.evidence import Given
from stepdown.schema import LEVELS, endpoint

Floats = NDArray[np.float64]

FIRST = ("none", "session", "relapse", "death", "incarceration", "readmission")
"""What came first, by the code of `First.cause`; "none" where observation ended before any of them."""
_ORDER = ("relapse", "death", "incarceration", "readmission", "session")


@dataclass(frozen=True, eq=False)
class First:
    """What came first for each discharge.

    Attributes
    ----------
    days : array of float (n,)
        Day since time zero on which it came, or on which observation ended.
    cause : array of int (n,)
        Position in `FIRST`.
    """

    days: Floats
    cause: NDArray[np.int64]


def first_session(given: Given, people: People) -> First:
    """Return which of session, relapse, death, incarceration and readmission came first for each discharge.

    Parameters
    ----------
    given : Given
        Eligible discharges, linked to the tables of their cohort.
    people : People
        Those of them that are in the study, with its outcome.

    Returns
    -------
    First
        In the order of `people.table`.
    """
    table = people.table
    row = _rows(given.table, table)
    relapsed = (table["event"] == RELAPSE).to_numpy(dtype=bool)
    days = table["days"].to_numpy(dtype=np.float64)
    begun = people.first_care[:, [LEVELS.index(level) for level in STEP_DOWN_LEVELS]].min(axis=1)
    readmission = endpoint("readmission@1")
    back = onset(
        readmission,
        given,
        missing="as_defined",
        parameters={one.name: one.default for one in readmission.parameters},
    )
    seen = _of(given.seen, row)
    came = {
        "relapse": np.where(relapsed, days, np.inf),
        "death": seen.death,
        "incarceration": seen.incarceration,
        "readmission": back.confirmed[row],
        "session": np.maximum(begun, 0),
    }
    return _earliest(came, np.where(relapsed, days, np.maximum(seen.end, days)))


def _earliest(came: dict[str, Floats], end: Floats) -> First:
    days, cause = end.copy(), np.zeros(len(end), dtype=np.int64)
    for name in reversed(_ORDER):
        sooner = came[name] <= days
        days = np.where(sooner, came[name], days)
        cause = np.where(sooner, FIRST.index(name), cause)
    return First(days, cause)


def _of(seen: Observed, row: NDArray[np.int64]) -> Observed:
    return replace(seen, end=seen.end[row], death=seen.death[row], incarceration=seen.incarceration[row])


def _rows(every: pd.DataFrame, table: pd.DataFrame) -> NDArray[np.int64]:
    """Return the position of each discharge of a table among all eligible ones."""
    keys = [pd.MultiIndex.from_frame(one[["client_id", "episode_id"]]) for one in (every, table)]
    return np.asarray(keys[0].get_indexer(keys[1]), dtype=np.int64)
