"""The cohort of a claim as the pipeline derives it, whole or by replicate."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from stepdown.cohort import Eligible, People, eligible, with_outcome
from stepdown.cohort.secondary import First, first_session, results_at
from stepdown.cohort.secondary.abstinent_at import VisitResults
from stepdown.replicate.session_counts import AttendedSessions
from stepdown.replicate.worlds.rebuilt_people import REPLICATE
from stepdown.schema import Cohort
from stepdown.study import Study
from stepdown.survival.core.sample import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class DerivedClaim:
    """Derived discharges of a claim's study; what comes first, and who is abstinent, is found once.

    Attributes
    ----------
    chosen : Eligible
        Eligible discharges, with their cohort.
    people : People
        With their outcome.
    study : Study
        The protocol.
    whole : DerivedClaim or None
        Where this is a replicate: all of them.
    rows : array of int or None
        And its positions there.
    """

    chosen: Eligible
    people: People
    study: Study
    whole: "DerivedClaim | None" = None
    rows: Ints | None = None

    @classmethod
    def of(cls, cohort: Cohort, study: Study) -> "DerivedClaim":
        """Derive the discharges of a cohort; errors as of `derive`."""
        chosen = eligible(cohort, study)
        return cls(chosen, with_outcome(chosen, study), study)

    @cached_property
    def first(self) -> First:
        """What came first for each discharge: a session, relapse, death, custody or readmission."""
        if self.whole is None or self.rows is None:
            return first_session(self.chosen.given, self.people)
        found = self.whole.first
        return First(found.days[self.rows], found.cause[self.rows])

    @cached_property
    def visits(self) -> VisitResults:
        """Who is abstinent at each contact that was due; DesignError where none was."""
        if self.whole is None or self.rows is None:
            return results_at(self.chosen.given, self.people)
        found = self.whole.visits
        return replace(found, results={rule: held[:, self.rows] for rule, held in found.results.items()})

    @cached_property
    def sessions(self) -> AttendedSessions:
        """Attended sessions of all people, of the whole cohort where this is a replicate."""
        return AttendedSessions.of(self.chosen.cohort, self.people)

    def session_counts(self, name: str, until: int) -> Floats:
        """Return how many sessions of a kind each person attended up to a day."""
        if self.whole is None or self.rows is None:
            return self.sessions.counts(name, until)
        return self.whole.sessions.counts(name, until)[self.rows]

    def sessions_of_kind(self, kind: str, until: int) -> tuple[Bools, Floats]:
        """Return who attended a session of a kind up to a day, and the hours of all others up to it."""
        held = self.sessions if self.whole is None else self.whole.sessions
        rows = slice(None) if self.rows is None else self.rows
        return held.attended(kind, until)[rows], held.hours_without(kind, until)[rows]

    def replicates(self) -> Iterator["DerivedClaim"]:
        """Yield each replicate of a rebuilt cohort, in order."""
        number = self.people.table[REPLICATE].to_numpy(dtype=np.int64)
        for one in range(int(number.max(initial=-1)) + 1):
            rows = np.flatnonzero(number == one)
            yield DerivedClaim(self.chosen, self.people.take(rows), self.study, self, rows)
