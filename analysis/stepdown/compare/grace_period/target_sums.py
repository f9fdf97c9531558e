"""Sums over days for all targets at once: values of a state that nobody leaves but by an event.

With S(u) the product of 1 - h to the end of day u, and G(u) the sum of S(t - 1) (d + e h1(t)) over days to u,
the value of a target on day T once the events of day u are over is V+(u) = (G(T) - G(u)) / S(u): linear in
G(T). So a sum over days to T of e y - V+ x is that of e y + x G / S, less G(T) times that of x / S, and the
arrays by day are made once, whatever the number of targets.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from stepdown.compare.grace_period.estimating_equations import SMALLEST, RiskTarget
from stepdown.survival.core.sample import Floats

DayParts = tuple[dict[str, Floats], Floats]
"""By estimand e y + x G / S, and x / S; each (people, days)."""


class TargetSums:
    """Values of people, or of everybody alike, from their hazards.

    Parameters
    ----------
    event, every : array (people or 1, H + 1)
        Hazard of the event, and of both events; 0 on day 0.
    targets : sequence of RiskTarget
        What is estimated.
    """

    def __init__(self, event: Floats, every: Floats, targets: Sequence[RiskTarget]) -> None:
        self.event, self.every, self.targets = event, every, tuple(targets)
        self.free = np.maximum(np.cumprod(1 - every, axis=1), SMALLEST)
        self.before = np.concatenate([np.ones_like(self.free[:, :1]), self.free[:, :-1]], axis=1)
        self.sums: dict[str, Floats] = {}
        for one in {target.estimand: target for target in self.targets}.values():
            by_day = self.before * (one.per_day + one.per_event * event)
            by_day[:, 0] = 0.0
            self.sums[one.estimand] = np.cumsum(by_day, axis=1)
        self.ends = sorted({target.day for target in self.targets})
        self.value = np.stack([self.sums[one.estimand][:, one.day] for one in self.targets])
        """Value at the start of day 1, shape (targets, people or 1)."""

    def adjoint(self, first: Floats, source: Floats) -> Floats:
        """Return the derivative with respect to the value at the start of each day, (people, H + 1).

        Parameters
        ----------
        first : array (people,)
            Of day 1.
        source : array (people, H + 1)
            What each day adds to that of the next.
        """
        found = np.empty_like(source)
        found[:, 0] = 0.0
        found[:, 1:] = first[:, None]
        found[:, 2:] += np.cumsum(source[:, 1:-1] / self.free[:, 1:-1], axis=1)
        found[:, 1:] *= self.before[:, 1:]
        return found

    def parts(self, x: Floats, y: Floats | None) -> DayParts:
        """Return what the sums of e y - V+ x are made of; without y, e counts for nothing.

        Days that x lacks count for nothing.
        """
        days = x.shape[1]
        over = x / self.free[:, :days]
        by_estimand = {name: over * sums[:, :days] for name, sums in self.sums.items()}
        if y is not None and "risk" in by_estimand:
            by_estimand["risk"] += y
        return by_estimand, over

    def until(self, parts: DayParts, sums: Callable[[Floats, list[int]], Floats]) -> Floats:
        """Return the sums over days to each target's, shape (targets, people, ...).

        Parameters
        ----------
        parts : DayParts
            From `parts`.
        sums : callable
            From an array (people, days), and the ends of stretches that rise, the sums up to each end.
        """
        by_estimand, over = parts
        ends = [day + 1 for day in self.ends]
        plain = {name: sums(values, ends) for name, values in by_estimand.items()}
        times = sums(over, ends)
        found = []
        for one, value in zip(self.targets, self.value, strict=True):
            place = self.ends.index(one.day)
            shape = (-1, *(1,) * (times.ndim - 2))
            found.append(plain[one.estimand][place] - value.reshape(shape) * times[place])
        return np.stack(found)

    def later(self, parts: DayParts, total: Floats) -> list[Floats]:
        """Return for each target the sum of the later days up to its own, (people, its day).

        Parameters
        ----------
        parts : DayParts
            From `parts`.
        total : array (targets, people)
            The sums over all its days.
        """
        by_estimand, over = parts
        plain = {name: np.cumsum(values, axis=1) for name, values in by_estimand.items()}
        times = np.cumsum(over, axis=1)
        return [
            whole[:, None] - plain[one.estimand][:, : one.day] + value[:, None] * times[:, : one.day]
            for one, value, whole in zip(self.targets, self.value, total, strict=True)
        ]


def stretches(ends: Sequence[int]) -> list[slice]:
    """Return the days from each end to the next, from day 0 on."""
    return [slice(first, last) for first, last in pairwise([0, *ends])]


def sums_to(values: Floats, ends: Sequence[int]) -> Floats:
    """Return the sums of values (people, days) over the days before each end, (ends, people).

    Examples
    --------
    >>> sums_to(np.array([[1.0, 2.0, 3.0]]), [1, 3]).tolist()
    [[1.0], [6.0]]
    """
    return np.cumsum([values[:, days].sum(axis=1) for days in stretches(ends)], axis=0)


def products_to(values: Floats, columns: Floats, ends: Sequence[int]) -> Floats:
    """Return the sums of values (people, days) times columns (days, a), (ends, people, a)."""
    columns = columns[: values.shape[1]]
    return np.cumsum([values[:, days] @ columns[days] for days in stretches(ends)], axis=0)
