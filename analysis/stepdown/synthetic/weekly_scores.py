"""A weekly score that care lowers, and that drives both the start of care and relapse.

At the end of every seventh day the score of a client moves up a level, down a level, or stays; while in PHP,
IOP or outpatient care it falls more often. It has few levels, so that care and score together are a Markov
chain given the covariates, and the risks are exact: each client becomes a column a level (`Rates.by_level`),
and every seventh day the columns are mixed.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.synthetic.arrays import Flags, Floats, Ints

WEEK = 7


@dataclass(frozen=True, kw_only=True)
class WeeklyScore:
    """How a score begins, moves, and acts; by level, the lowest first.

    Attributes
    ----------
    instrument : str
        Name in the table of assessments.
    values : tuple of int
        Score that is recorded.
    at_discharge : tuple of float
        Chances of the levels at discharge, whatever the covariates.
    up, down : float
        Chance to move up, or down, a level in a week out of care.
    relapse : tuple of float
        Hazard ratios of relapse.
    start : tuple of float
        Multiples of the chance to start IOP or PHP.
    """

    instrument: str
    values: tuple[int, ...]
    at_discharge: tuple[float, ...]
    up: float
    down: float
    relapse: tuple[float, ...]
    start: tuple[float, ...]

    @property
    def levels(self) -> int:
        """Number of levels."""
        return len(self.values)

    def moves(self, falls: float) -> Floats:
        """Return the weekly chances from each level (row) to each (column).

        `falls` is what care does: the multiple of the chance to fall, and the divisor of that to rise; 1 out
        of care.

        Examples
        --------
        >>> CRAVING.moves(1.0).tolist()
        [[0.8, 0.2, 0.0], [0.2, 0.6, 0.2], [0.0, 0.2, 0.8]]
        """
        chances = np.zeros((self.levels, self.levels))
        for level in range(self.levels):
            if level + 1 < self.levels:
                chances[level, level + 1] = self.up / falls
            if level:
                chances[level, level - 1] = self.down * falls
            chances[level, level] = round(1 - chances[level].sum(), 12)
        return chances

    def drawn(self, uniform: Floats) -> Ints:
        """Return the level at discharge of each client from a uniform number."""
        return np.searchsorted(np.cumsum(self.at_discharge)[:-1], uniform, side="right")

    def moved(self, level: Ints, uniform: Floats, *, in_care: Flags, falls: float) -> Ints:
        """Return the level after a week, from a uniform number."""
        chances = np.where(in_care[:, None], self.moves(falls)[level], self.moves(1.0)[level])
        below = np.cumsum(chances, axis=1)[:, :-1]
        return np.asarray((uniform[:, None] >= below).sum(axis=1))


CRAVING = WeeklyScore(
    instrument="craving",
    values=(2, 5, 8),
    at_discharge=(0.3, 0.4, 0.3),
    up=0.2,
    down=0.2,
    relapse=(0.5, 1.0, 2.0),
    start=(0.6, 1.0, 1.5),
)


def mixed(chance: Floats, score: WeeklyScore, *, in_care: Flags, falls: float) -> Floats:
    """Return the chances after the weekly move of the score.

    Parameters
    ----------
    chance : array, shape (states, levels * clients)
        Chance of each state of care, a column for each level and client, the levels one after another.
    score : WeeklyScore
        The score.
    in_care : array of bool, shape (states,)
        States in which care lowers the score.
    falls : float
        See `WeeklyScore.moves`.
    """
    by_level = chance.reshape(len(chance), score.levels, -1)
    moves = np.where(in_care[:, None, None], score.moves(falls), score.moves(1.0))
    return np.asarray(np.einsum("slm,sln->smn", moves, by_level)).reshape(chance.shape)
