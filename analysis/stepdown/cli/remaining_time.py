"""How long a run will still take: from the steps that are done, and the share of time that each takes."""

import time
from collections.abc import Callable

SHARES = {
    "Reading the study": 0.0,
    "Loading and checking the data": 0.02,
    "Finding who relapsed": 0.01,
    "Estimating": 0.67,
    "Trying other definitions": 0.01,
    "Computing follow-up completeness": 0.01,
    "Computing levels of care": 0.01,
    "Computing the quality measures": 0.04,
    "Varying the answer": 0.15,
    "Applying the disclosure rules": 0.03,
    "Running": 0.04,
    "Writing the report": 0.01,
}
"""Steps of a run by how their names begin, in order, with their share of the time of 100,000 discharges."""
_FIRST, _LEAST = 5.0, 0.03


class RemainingTime:
    """A step with the time so far and, after some seconds, about how much is left.

    Parameters
    ----------
    clock : callable
        Returns seconds.

    Examples
    --------
    >>> seconds = iter([0.0, 10.0, 30.0, 30.0])
    >>> line = RemainingTime(clock=lambda: next(seconds))
    >>> line.begin("Estimating"); line.begin("Varying the answer")
    >>> line.text()
    'Varying the answer ... 30 s, about 9 s left'
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._step, self._at = "Starting", self._began

    def begin(self, step: str) -> None:
        """Take note that a step begins."""
        self._step, self._at = step, self._clock()

    def text(self) -> str:
        """Return the line to show now."""
        so_far = self._clock() - self._began
        line = f"{self._step} ..."
        if so_far < _FIRST:
            return line
        left = self._left(so_far)
        return f"{line} {_words(so_far)}" + ("" if left is None else f", about {_words(left)} left")

    def _left(self, so_far: float) -> float | None:
        """Return the seconds left: those of the steps done, scaled; None where too little is done to know."""
        place = next((one for one, name in enumerate(SHARES) if self._step.startswith(name)), None)
        if place is None:
            return None
        shares = list(SHARES.values())
        done = sum(shares[:place])
        if done < _LEAST:
            return None
        pace = (self._at - self._began) / done
        # A step that takes longer than its share is nearly at its end, as far as can be known.
        inside = max(pace * shares[place] - (so_far - (self._at - self._began)), 0.0)
        return inside + pace * sum(shares[place + 1 :])


def _words(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> _words(9.7), _words(59.6), _words(200)
    ('10 s', '1 min', '3 min')
    """
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{round(seconds / 60)} min"
