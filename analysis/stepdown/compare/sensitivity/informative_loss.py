"""What if those lost to follow-up relapse at another rate than those followed: delta adjustment.

In each arm, h1(s), h2(s) and l(s) are the shares of those followed and event-free at the start of day s who
relapse on it, have a competing event on it, or are lost at its end. Those lost and event-free relapse with
min(delta h1(s), 1 - h2(s)) and have a competing event with h2(s). With Q(s) the share lost and event-free,
P(s) that followed,

    F(s) = F(s - 1) + P(s - 1) h1(s) + Q(s - 1) min(delta h1(s), 1 - h2(s))

delta = 1 is the Aalen-Johansen estimate; delta = infinity has those lost relapse on the next day on which
anybody followed does. Censoring that says nothing of relapse (the end of the data, departing from a plan)
is left out of l, so those are taken to be like those followed.

*References*: National Research Council (2010), The Prevention and Treatment of Missing Data in Clinical
Trials, ch. 5 (delta adjustment, tipping point). Lipkovich I, Ratitch B, O'Kelly M (2016), Pharm Stat
15:216-229 (time to event).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepdown.survival.core.sample import Bools, Floats, Ints

_ENOUGH = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Copies:
    """The people of one arm, or copies of everybody under one plan; n of them.

    Attributes
    ----------
    days : array (n,)
        Last day at risk; whole days.
    event : array of int (n,)
        0 none, 1 relapse, 2 or more a competing event on it.
    lost : array of bool (n,)
        Of those without an event: whose loss may say something of relapse.
    start : int
        Day after which they are at risk.
    """

    days: Floats
    event: Ints
    lost: Bools
    start: int = 0

    @cached_property
    def shares(self) -> tuple[Floats, Floats, Floats]:
        """Of those at risk on each day after `start`: relapse, competing event, lost at its end."""
        days = (self.days - self.start).astype(np.int64)
        last = int(days.max()) if len(days) else 0
        kinds = (self.event == 1, self.event > 1, (self.event == 0) & self.lost)
        risk = len(days) - np.cumsum(np.bincount(np.maximum(days, 0), minlength=last + 1))[:-1]
        relapse, other, gone = (
            np.bincount(np.maximum(days[kind], 0), minlength=last + 1)[1:].astype(float) for kind in kinds
        )
        size = np.where(risk > 0, risk, 1)
        # Whoever is lost on a day was free of events on it.
        left = np.maximum(risk - relapse - other, 1)
        return relapse / size, other / size, gone / left


def risk_if_lost(people: Copies, delta: float, day: int) -> float:
    """Return the risk of relapse by a day if those lost relapse at `delta` times the rate of those followed.

    Parameters
    ----------
    people : Copies
        One arm.
    delta : float
        From 0 to infinity.
    day : int
        Since time zero.

    Returns
    -------
    float

    Examples
    --------
    Four people: one relapses on day 1, one is lost on day 1, and one of the two left relapses on day 2.

    >>> import numpy as np
    >>> people = Copies(days=np.array([1.0, 1, 2, 2]), event=np.array([1, 0, 1, 0]),
    ...                 lost=np.array([False, True, False, False]))
    >>> risk_if_lost(people, 1, 2), risk_if_lost(people, 0, 2), risk_if_lost(people, 2, 2)
    (0.625, 0.5, 0.75)
    """
    followed, lost, risk = 1.0, 0.0, 0.0
    last = max(day - people.start, 0)
    for relapse, other, gone in zip(*(one[:last].tolist() for one in people.shares), strict=True):
        rate = 0.0 if relapse == 0 else min(delta * relapse, 1 - other)
        risk += followed * relapse + lost * rate
        lost *= max(1 - rate - other, 0.0)
        followed *= max(1 - relapse - other, 0.0)
        lost, followed = lost + followed * gone, followed * (1 - gone)
    return risk


def tipping_point(shifted: Callable[[float], float], *, most: float = 100.0) -> float:
    """Return the delta nearest to 1 at which a number reaches 0, above 1 or below; missing where none does.

    Parameters
    ----------
    shifted : callable
        From delta to the number, which delta moves in one direction.
    most : float
        Deltas above it are not looked for.

    Returns
    -------
    float
        Below 1 where fewer relapses among those lost move the number to 0.

    Examples
    --------
    >>> round(tipping_point(lambda delta: delta - 3), 4)
    3.0
    >>> tipping_point(lambda delta: -1.0 - delta)
    nan
    """
    now = shifted(1.0)
    if now == 0:
        return 1.0
    for end in (most, 0.0):
        if shifted(end) * now <= 0:
            return _root(shifted, end, now)
    return math.nan


def _root(shifted: Callable[[float], float], end: float, now: float) -> float:
    """Return where the number changes its sign between 1 and `end`, on the far side."""
    near, far = 1.0, end
    while abs(far - near) > _ENOUGH:
        middle = (near + far) / 2
        near, far = (middle, far) if shifted(middle) * now > 0 else (near, middle)
    return far
