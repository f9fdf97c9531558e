"""Sessions and hours of each person up to a day, by kind, as the rows of services hold them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import People
from stepdown.cohort.care.received_care import linked_care, received_care
from stepdown.schema import Cohort
from stepdown.survival.core.sample import Bools, Floats, Ints

PEER = "peer_accountability"
SESSIONS: dict[str, str] = {
    PEER: "group",
    "group_sessions": "group",
    "individual_sessions": "individual",
    "family_sessions": "family",
}
"""Counts that predictors may be, with the kind of session: groups with peer accountability and without it."""


@dataclass(frozen=True, eq=False)
class AttendedSessions:
    """Attended rows of services of each person from day 0 on.

    Attributes
    ----------
    size : int
        People.
    person : array of int (m,)
        Whose session it is.
    day : array (m,)
        Days since time zero.
    kind : array of str (m,)
        Kind of session; empty where none is stated.
    peer : array of bool (m,)
        Whether the group holds its members to account.
    hours : array (m,)
        Hours, 0 where none are stated.
    """

    size: int
    person: Ints
    day: Floats
    kind: np.ndarray
    peer: Bools
    hours: Floats

    @classmethod
    def of(cls, cohort: Cohort, people: People) -> "AttendedSessions":
        """Read the sessions of derived people."""
        held, table = cohort.services, people.table
        found = linked_care(
            table, table["zero"].to_numpy(dtype=float), received_care(cohort.discharges, held)
        )
        found = found.select((found.service >= 0) & (found.start >= 0))
        mine = held.iloc[found.service]
        nothing = pd.Series(index=mine.index, dtype=object)
        return cls(
            size=len(table),
            person=found.at,
            day=found.start,
            kind=mine.get("kind", nothing).astype(object).fillna("").to_numpy(),
            peer=mine.get(PEER, nothing).astype("boolean").fillna(False).to_numpy(dtype=bool),
            hours=mine.get("hours", nothing).fillna(0.0).to_numpy(dtype=np.float64),
        )

    def counts(self, name: str, until: int) -> Floats:
        """Return how many sessions that `SESSIONS` names each person attended up to a day."""
        inside = (self.day <= until) & (self.kind == SESSIONS[name])
        if SESSIONS[name] == "group":
            inside &= self.peer == (name == PEER)
        return np.bincount(self.person[inside], minlength=self.size).astype(float)

    def attended(self, kind: str, until: int) -> Bools:
        """Return who attended a session of a kind up to a day."""
        inside = (self.day <= until) & (self.kind == kind)
        return np.bincount(self.person[inside], minlength=self.size) > 0

    def hours_without(self, kind: str, until: int) -> Floats:
        """Return the hours of the sessions of all other kinds up to a day."""
        inside = (self.day <= until) & (self.kind != kind)
        return np.bincount(self.person[inside], self.hours[inside], minlength=self.size).astype(float)
