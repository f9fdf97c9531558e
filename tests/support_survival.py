"""Cohorts drawn as text, for the tests of the engine."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Drawn:
    """A small cohort: `days`, `event`, and `entry` where one was drawn."""

    days: np.ndarray
    event: np.ndarray
    entry: np.ndarray | None


def draw(text: str) -> Drawn:
    """Read "3 5+ 2>8 4:2": an event on 3, censored on 5, at risk on (2, 8], an event of cause 2 on 4."""
    days, event, entry = [], [], []
    for word in text.split():
        before, _, rest = word.rpartition(">")
        entry.append(float(before or 0))
        day, _, cause = rest.partition(":")
        event.append(0 if day.endswith("+") else int(cause or 1))
        days.append(float(day.rstrip("+")))
    late = any(entry)
    return Drawn(np.array(days), np.array(event), np.array(entry) if late else None)
