"""Balance of scores on each day between those who start care on it and those who do not, weighted and raw.

On each day of decisions those who are still event-free, followed and without care part into two groups by one
decision. Each person is weighted by 1 over the chance of what they did up to then and on that day. Where the
chances are right, both groups have the scores of all who decide on that day, whatever care later does to
scores. Scores of later days are not compared between plans: care may change them, so that they would differ
under weights that are right.

A difference is that of the (weighted) means over the standard deviation of all who decide on that day. Its
standard error is that of two groups of the effective sizes from one distribution: on a day few start, so that
their own spread is no measure of it.

Jackson JW (2016), Epidemiology 27:859-869.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.compare.grace_period.person_days import PersonDays
from stepdown.compare.grace_period.start_weights import Decisions
from stepdown.compare.weight_support import weight_support
from stepdown.survival.core.sample import Bools, Floats, Ints

FEWEST = 5
"""People in each group on a day below which their difference is chance alone."""
COLUMNS = ("day", "score", "before", "after", "error", "starts", "waits")


def score_balance(day: Ints, starts: Bools, scores: Floats, weight: Floats) -> pd.DataFrame:
    """Return the standardized differences of scores by day, those who start care less those who do not.

    Parameters
    ----------
    day : array of int (m,)
        Day of each decision.
    starts : array of bool (m,)
        Whether care is started on it.
    scores : array (m, columns)
        Scores known before the decision.
    weight : array (m,)
        Weights.

    Returns
    -------
    DataFrame
        `day`, `score` (number of the column), `before`, `after` (weighted), `error` (standard error of
        `after`), `starts`, `waits` (people). Days with fewer than 5 people in a group are left out, and
        scores that are the same for everybody on a day.

    Examples
    --------
    >>> starts, score = np.repeat([True, False], 5), np.array([1.0, 1, 1, 1, 0, 1, 1, 0, 0, 0])
    >>> weight = np.array([1.0, 1, 1, 1, 4, 3, 3, 2, 2, 2])
    >>> found = score_balance(np.zeros(10, int), starts, score[:, None], weight)
    >>> found[["before", "after", "error"]].round(3).to_numpy().tolist()
    [[0.775, 0.0, 0.722]]
    """
    rows = []
    for one in np.unique(day):
        mine = day == one
        counts = int(starts[mine].sum()), int((~starts[mine]).sum())
        if min(counts) < FEWEST:
            continue
        groups = mine & starts, mine & ~starts
        error = np.sqrt(sum(1 / weight_support(weight[group]).effective_size for group in groups))
        spread = scores[mine].std(axis=0, ddof=1)
        for column in np.flatnonzero(spread > 0):
            value = scores[:, column]
            before, after = (
                (np.average(value[groups[0]], weights=by[groups[0]])
                 - np.average(value[groups[1]], weights=by[groups[1]])) / spread[column]
                for by in (np.ones(len(weight)), weight)
            )  # fmt: skip
            rows.append((int(one), int(column), before, after, error, *counts))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def decided_balance(people: PersonDays, made: Sequence[Decisions], history: Sequence[Floats]) -> pd.DataFrame:
    """Return the balance of the scores of those who decide on each day of a grace period.

    Parameters
    ----------
    people : PersonDays
        Follow-up.
    made : sequence of Decisions
        Decisions of each block, with their chances.
    history : sequence of array (n, days)
        Scores by day, sorted as the person-days.
    """
    parts: list[tuple[Ints, Bools, Floats, Floats]] = []
    for block, one in zip(people.blocks, made, strict=True):
        decided = one.started | one.waited
        waiting = np.cumprod(np.where(one.waited, 1 / (1 - one.chance), 1.0), axis=1)
        # Nobody can be lost before day 0.
        still = np.concatenate(
            [np.ones((len(decided), 1)), one.kept[:, 1 : decided.shape[1]]], axis=1
        )  # fmt: skip
        before = np.concatenate([np.ones((len(decided), 1)), waiting[:, :-1]], axis=1) * still
        own = before * np.where(one.started, 1 / one.chance, 1 / (1 - one.chance))
        row, day = np.nonzero(decided)
        scores = np.stack([score[block.rows][row, day] for score in history], axis=1)
        parts.append((day, one.started[row, day], scores, own[row, day]))
    day, starts, scores, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    return score_balance(day, starts, scores, weight)


def named_balance(balance: pd.DataFrame, columns: Sequence[str], names: Sequence[str]) -> pd.DataFrame:
    """Return the balance of the scores with these names alone, `score` by name.

    Parameters
    ----------
    balance : DataFrame
        From `score_balance`.
    columns : sequence of str
        Names of all columns of the history.
    names : sequence of str
        Those that are instruments, not marks.
    """
    if balance.empty:
        return balance
    found = balance.assign(score=[columns[place] for place in balance["score"]])
    return found[found["score"].isin(names)].reset_index(drop=True)
