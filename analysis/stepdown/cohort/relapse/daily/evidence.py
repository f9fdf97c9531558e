"""When an event happened, under a definition.

What the definitions read: the discharges at time zero, and the cohort's tables linked to them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.received_care import LinkedCare, linked_care, received_care
from stepdown.cohort.derived_once import DerivedOnce
from stepdown.cohort.linkage import Link, floats, link
from stepdown.cohort.observation_end import Observed, due_until
from stepdown.schema import Cohort

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Onset:
    """When each discharge had the event of a definition, in days since time zero; infinity for none.

    Attributes
    ----------
    earliest, latest : array of float (discharges,)
        The onset lies on one of the days earliest..latest; they are equal where it is dated.
    confirmed : array of float (discharges,)
        The day on which the rule became true.
    end : array of float (discharges,) or None
        Last day through which the rule could be judged, where that is not the observed follow-up;
        None where it is.
    """

    earliest: Floats
    latest: Floats
    confirmed: Floats
    end: Floats | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class Given(DerivedOnce):
    """Discharges at time zero, linked to the tables of their cohort once, whatever the definition.

    Attributes
    ----------
    table : DataFrame
        Discharges, index 0..n-1, with `zero`.
    cohort : Cohort
        All tables; also discharges that are not in `table`.
    findings, spans : Link
        Observations and follow-up by discharge.
    stays : Link
        All stays of the client of each discharge.
    care : LinkedCare
        Sessions, spans and episodes that the client of each discharge received.
    zero : array of float (discharges,)
        Time zero on the own clock.
    due : array of float (discharges,)
        Last day since time zero by which a contact can have been due.
    seen : Observed
        Until when each discharge was observed.
    first_day : int
        First day since time zero on which a finding counts: 0 after a discharge; 1 after an
        admission or a randomization, where day 0 is where the client starts.
    """

    table: pd.DataFrame
    cohort: Cohort
    findings: Link
    spans: Link
    seen: Observed
    first_day: int

    @cached_property
    def stays(self) -> Link:
        """All stays of the client of each discharge."""
        return link(self.table, self.cohort.discharges)

    @cached_property
    def care(self) -> LinkedCare:
        """Sessions, spans and episodes that the client of each discharge received."""
        every = received_care(self.cohort.discharges, self.cohort.services)
        return linked_care(self.table, self.zero, every.select(~every.stay))

    @cached_property
    def zero(self) -> Floats:
        """Time zero on the own clock, by discharge."""
        return floats(self.table["zero"])

    @cached_property
    def due(self) -> Floats:
        """Last day since time zero by which a contact can have been due."""
        return due_until(self.cohort, self.spans, self.zero)

    @property
    def size(self) -> int:
        """Number of discharges."""
        return len(self.table)
