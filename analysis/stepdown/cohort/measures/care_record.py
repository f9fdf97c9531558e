"""Care of a cohort as quality measures ask for it, found once for all measures."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.cohort.care.attendance import latest_end_before
from stepdown.cohort.care.pathways import starts_of
from stepdown.cohort.care.received_care import ReceivedCare, received_care
from stepdown.cohort.care.span_index import SpanIndex
from stepdown.cohort.derived_once import DerivedOnce
from stepdown.cohort.linkage import coded, floats
from stepdown.schema import LEVELS, SERVICES, CareRules, Cohort, read_care_rules

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LONG_ACTING = ("buprenorphine_long_acting", "naltrexone_long_acting")
TRANSFER_DAYS = 1
"""An admission so many days after a discharge, or fewer, is a transfer: the stay goes on."""


@dataclass(frozen=True, eq=False)
class Stays:
    """Stays around the clock, joined across transfers; sorted by client and day of admission.

    Attributes
    ----------
    days : SpanIndex
        Client, day of admission and day of discharge (infinity where still in care).
    admitted : array of bool (n,)
        Whether the day of admission is known.
    row : array of int (n,)
        Position in the discharges of the part that ended last; -1 where it is recorded as services alone.
    level : array of int (n,)
        Level of that part, by its place in `LEVELS`.
    """

    days: SpanIndex
    admitted: Bools
    row: Ints
    level: Ints


@dataclass(frozen=True, eq=False)
class CareRecord(DerivedOnce):
    """The care of a cohort whose clients are numbers.

    Attributes
    ----------
    cohort : Cohort
        Valid tables.
    rules : CareRules
        Rules for levels of care.
    """

    cohort: Cohort
    rules: CareRules

    @classmethod
    def of(cls, cohort: Cohort, rules: CareRules | None = None) -> "CareRecord":
        """Return the record of any cohort; the package's rules for levels of care if none are given."""
        return cls(coded(cohort), rules or read_care_rules())

    @cached_property
    def care(self) -> ReceivedCare:
        """Sessions, spans and episodes, sorted by client and first day; no stays around the clock."""
        return self._sorted[0]

    @cached_property
    def spans(self) -> SpanIndex:
        """The days of `care`, to be asked by client and day."""
        return self._sorted[1]

    @cached_property
    def _every(self) -> ReceivedCare:
        return received_care(self.cohort.discharges, self.cohort.services)

    @cached_property
    def _sorted(self) -> tuple[ReceivedCare, SpanIndex]:
        care = self._every.select(~self._every.stay)
        spans, order = SpanIndex.of(clients_of(care.clients), care.start, care.end)
        return care.select(order), spans

    @cached_property
    def residential_stays(self) -> ReceivedCare:
        """Residential stays of the discharges, as they are recorded."""
        residential = self._every.level == LEVELS.index("residential")
        return self._every.select(self._every.stay & residential)

    @cached_property
    def medication(self) -> Bools:
        """Which rows of `care` are medication dispensed or given, by their kind or by its name."""
        return self.said("kind", ("medication",)) | self._named

    @cached_property
    def medication_alone(self) -> Bools:
        """Which rows of `care` are medication and no visit: of that kind, or named and of no other kind."""
        if "kind" not in self.cohort.services:
            return self._named
        return self.said("kind", ("medication",)) | (self._named & ~self.said("kind", SERVICES["kind"].codes))

    @cached_property
    def long_acting(self) -> Bools:
        """Which rows of `care` are a long-acting medication."""
        return self.said("medication", LONG_ACTING)

    @cached_property
    def _named(self) -> Bools:
        return self.said("medication", SERVICES["medication"].codes)

    @cached_property
    def stays(self) -> Stays:
        """Stays in withdrawal management or residential care, transfers joined.

        Residential care recorded as services is a stay, too; withdrawal management recorded so is not.
        """
        held = self._every.select(self._every.stay)
        served = self.care.select(
            self.care.of_services & self.at_levels(("residential",)) & ~self.medication_alone
        )
        admitted = ~np.isnan(floats(self.cohort.discharges["admit_day"])[held.row])
        client = np.concatenate([clients_of(held.clients), clients_of(served.clients)])
        start = np.concatenate([held.start, served.start])
        end = np.concatenate([held.end, served.end])
        level = np.concatenate([held.level, served.level])
        row = np.concatenate([held.row, np.full(len(served), -1, dtype=np.int64)])
        known = np.concatenate([admitted, np.ones(len(served), dtype=bool)])
        order = np.lexsort((end, start, client))
        client, start, end = client[order], start[order], end[order]
        new = starts_of(client) | (start > latest_end_before(client, end) + TRANSFER_DAYS)
        run, first = np.cumsum(new) - 1, np.flatnonzero(new)
        last = np.lexsort((end, row[order] >= 0, run))[np.append(first[1:], len(run))[: len(first)] - 1]
        until = np.maximum.reduceat(end, first) if len(first) else end
        days, place = SpanIndex.of(client[first], start[first], until)
        part = order[last][place]
        return Stays(days, known[order][first][place], row[part], level[part])

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
