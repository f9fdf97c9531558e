"""Care of a cohort as quality measures ask for it, found once for all measures."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.received_care import ReceivedCare, received_care
from stepdown.cohort.care.span_index import SpanIndex
from stepdown.cohort.linkage import coded
from stepdown.schema import LEVELS, Cohort

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CareRecord:
    """The care of a cohort whose clients are numbers.

    Attributes
    ----------
    cohort : Cohort
        Valid tables.
    """

    cohort: Cohort

    @classmethod
    def of(cls, cohort: Cohort) -> "CareRecord":
        """Return the record of any cohort."""
        return cls(coded(cohort))

    @cached_property
    def care(self) -> ReceivedCare:
        """Sessions, spans and episodes, sorted by client and first day; no stays around the clock."""
        return self._sorted[0]

    @cached_property
    def spans(self) -> SpanIndex:
        """The days of `care`, to be asked by client and day."""
        return self._sorted[1]

    @cached_property
    def _sorted(self) -> tuple[ReceivedCare, SpanIndex]:
        every = received_care(self.cohort.discharges, self.cohort.services)
        care = every.select(~every.stay)
        spans, order = SpanIndex.of(clients_of(care.clients), care.start, care.end)
        return care.select(order), spans

    def at_levels(self, levels: tuple[str, ...]) -> Bools:
        """Return which rows of `care` are at some levels; all where none is named."""
        if not levels:
            return np.ones(len(self.care), dtype=bool)
        return np.isin(self.care.level, [LEVELS.index(level) for level in levels])

    def said(self, column: str, wanted: tuple[str, ...]) -> Bools:
        """Return which rows of `care` have one of some codes in a column of `services`."""
        found = np.zeros(len(self.care), dtype=bool)
        if column in self.cohort.services:
            hit = self.cohort.services[column].isin(wanted).to_numpy(dtype=bool)
            served = self.care.of_services
            found[served] = hit[self.care.row[served]]
        return found


def clients_of(frame: pd.DataFrame) -> Ints:
    """Return the numbers of clients."""
    return frame["client_id"].to_numpy(dtype=np.int64)
