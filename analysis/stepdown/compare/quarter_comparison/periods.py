"""The quarter, and the month, of each discharge, and whether the data could show enough days after it.

A period is complete for a day where it was over at the data cut, and every one of its discharges could have
been followed to that day: the data cut lies so many days after time zero. Whether a client was in fact
followed does not matter; loss to follow-up is counted elsewhere.

The data cut is the one that the cohort file states, else the last day that any table records. Where days are
no dates, it is that of the client (`stepdown.cohort.observation_end.data_end`), and a client without one
counts as not followed long enough.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.cohort.followup import observable
from stepdown.cohort.linkage import floats
from stepdown.cohort.measures.index_events import is_dated
from stepdown.schema import Cohort
from stepdown.survival.core.sample import Bools, Floats

LAST_DAYS = (
    ("discharges", "discharge_day"), ("services", "start_day"), ("observations", "day"),
    ("followup", "end_day"),
)  # fmt: skip


@dataclass(frozen=True, eq=False, kw_only=True)
class Periods:
    """Periods of the discharges of a study.

    Attributes
    ----------
    label : array of object (n,)
        Quarter of each discharge, such as "2026Q3"; "" where it is not known.
    month : array of object (n,)
        Month, such as "2026-07"; "" where days are no dates, or the quarter is not that of the day.
    until : array of float (n,)
        Last day since time zero that the data could show.
    cut : float
        Data cut in days since 1970-01-01; missing where days are no dates.
    """

    label: np.ndarray
    month: np.ndarray
    until: Floats
    cut: float

    @classmethod
    def of(cls, people: People, cohort: Cohort) -> "Periods":
        """Return the periods of derived discharges."""
        table = people.table
        label = table["quarter"].astype("object").where(table["quarter"].notna(), "").to_numpy(dtype=object)
        until = observable(cohort, people)
        dated = is_dated(cohort)
        cut = _cut(cohort) if dated else np.nan
        known = np.isfinite(until)
        until = np.where(known, until, cut - floats(table["zero"]) if dated else -np.inf)
        month = _months(table["discharge_day"]) if dated else np.full(len(table), "", dtype=object)
        within = np.array([_quarter_of(one) for one in month], dtype=object) == label
        return cls(label=label, month=np.where(within, month, ""), until=until, cut=cut)

    def names(self, *, by_month: bool = False) -> list[str]:
        """Return the periods that hold discharges, in order."""
        return sorted({str(one) for one in (self.month if by_month else self.label)} - {""})

    def before(self, quarter: str) -> "Periods":
        """Return the same periods without those after a quarter."""
        late = self.label > quarter
        return Periods(
            label=np.where(late, "", self.label), month=np.where(late, "", self.month), until=self.until,
            cut=self.cut,
        )  # fmt: skip

    def over(self, name: str) -> bool:
        """Return whether a period had ended at the data cut; True where that cannot be read."""
        return not np.isfinite(self.cut) or last_day(name) <= self.cut

    def followed(self, day: float) -> Bools:
        """Return which discharges the data could show up to a day."""
        return np.asarray(self.until >= day)


def previous(quarter: str) -> str:
    """Return the quarter before one.

    Examples
    --------
    >>> previous("2026Q1"), previous("2026Q3")
    ('2025Q4', '2026Q2')
    """
    year, number = int(quarter[:4]), int(quarter[5])
    return f"{year - 1}Q4" if number == 1 else f"{year}Q{number - 1}"


def last_day(name: str) -> float:
    """Return the last day of a quarter or month, in days since 1970-01-01.

    Examples
    --------
    >>> last_day("1970Q1"), last_day("1970-02")
    (89.0, 58.0)
    """
    year, rest = int(name[:4]), name[5:]
    month = 3 * int(rest) if "Q" in name else int(rest)
    ends = np.datetime64(f"{year}-{month:02d}", "M") + 1
    return float(ends.astype("datetime64[D]").astype(np.int64) - 1)


def _quarter_of(month: str) -> str:
    return f"{month[:4]}Q{(int(month[5:]) + 2) // 3}" if month else ""


def _months(day: pd.Series) -> np.ndarray:
    known = day.notna().to_numpy(dtype=bool)
    found = np.full(len(day), "", dtype=object)
    found[known] = floats(day)[known].astype("datetime64[D]").astype("datetime64[M]").astype(str)
    return found


def _cut(cohort: Cohort) -> float:
    if cohort.data_cut is not None:
        return float(cohort.data_cut)
    days = [floats(getattr(cohort, table)[column]) for table, column in LAST_DAYS]
    return float(np.nanmax(np.concatenate([*days, [np.nan]])))
