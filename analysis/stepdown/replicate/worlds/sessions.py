"""People whose sessions in the first weeks drive relapse: the world of claims on what helps most.

The number of sessions of each kind planned for days 1 to `until` is Poisson, one kind independently of
the others, and the hazard of relapse from day 0 on is multiplied by exp(-e (number - mean) / sqrt(mean))
with e the standardized effect of the kind. Each session falls on one of the days, all as likely, and none
comes on or after a relapse.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.replicate.session_counts import PEER, SESSIONS
from stepdown.replicate.worlds.rebuilt_people import RebuiltPeople, RebuiltSessions, whole_days
from stepdown.replicate.worlds.relapse_hazard import RelapseHazard, shape_of

MEANS = {PEER: 4.0, "group_sessions": 4.0, "individual_sessions": 2.0, "family_sessions": 1.0}
"""Sessions of each kind planned until the landmark: twelve a month, three a week of four weeks, by kind."""


@dataclass(frozen=True, kw_only=True)
class SessionWorld:
    """A world of sessions.

    Attributes
    ----------
    kinds : tuple of str
        Keys of `SESSIONS`, the claimed one first.
    strongest, other : float
        Standardized effect of the claimed kind, and of each other.
    until : int
        Last day of the sessions that count.
    """

    kinds: tuple[str, ...]
    strongest: float
    other: float
    until: int

    def without_effect(self) -> "SessionWorld":
        """Return a world in which the claimed kind is as strong as the others."""
        return SessionWorld(kinds=self.kinds, strongest=self.other, other=self.other, until=self.until)

    def draw(self, size: int, rng: np.random.Generator, *, day: int) -> RebuiltPeople:
        """Return people of this world; about half of them relapse within a year."""
        mean = np.array([MEANS[name] for name in self.kinds])
        planned = rng.poisson(mean, (size, len(mean)))
        effects = np.array([self.strongest, *([self.other] * (len(mean) - 1))])
        ratio = np.exp(-((planned - mean) / np.sqrt(mean)) @ effects)
        hazard = RelapseHazard.of_year(shape=shape_of(0.59, 0.5), year_hazard=float(np.log(2.0)))
        relapse = whole_days(hazard.day(rng.exponential(size=size) / ratio))
        person = np.repeat(np.arange(size), planned.sum(axis=1))
        kind = np.repeat(np.tile(np.arange(len(mean)), size), planned.ravel())
        when = rng.integers(1, self.until + 1, len(person)).astype(float)
        came = when < relapse[person]
        never = np.full(size, np.inf)
        names = np.array([SESSIONS[name] for name in self.kinds], dtype=object)
        return RebuiltPeople(
            relapse=np.where(relapse <= day, relapse, np.inf),
            trait=np.zeros(size),
            start=never,
            end=never,
            sessions=RebuiltSessions(
                person=person[came],
                day=when[came],
                kind=names[kind[came]],
                peer=np.array([name == PEER for name in self.kinds])[kind[came]],
                hours=np.ones(int(came.sum())),
            ),
            last=day,
        )
