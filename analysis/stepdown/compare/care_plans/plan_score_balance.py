"""Balance of scores by day of plans that unfold: decision by decision.

Each clause of a plan is a decision that those who follow it so far make day by day: to start a step, to go on
with care in a week. On each day those who meet it are compared with those who do not yet, each weighted by 1
over the chance of what they did on that day. Where the model of the clause is right both have the scores of
all who decide. See `compare.score_balance`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stepdown.compare.care_plans.plan_models import FittedClause, clause_decisions
from stepdown.compare.grace_period.person_days import PersonDays
from stepdown.compare.score_balance import score_balance
from stepdown.survival.core.sample import Floats


def plan_score_balance(
    plan: str, clauses: Sequence[FittedClause], people: PersonDays, history: Sequence[Floats]
) -> pd.DataFrame:
    """Return the balance of scores at each decision of a plan.

    Parameters
    ----------
    plan : str
        Its label.
    clauses : sequence of FittedClause
        Its clauses with their models.
    people : PersonDays
        Follow-up.
    history : sequence of array (n, days)
        Scores by day, sorted as the person-days; none without scores.

    Returns
    -------
    DataFrame
        As of `score_balance`, with `plan` and `decision`.
    """
    found = []
    for one in clauses if history else ():
        parts = []
        for block in people.blocks:
            made = clause_decisions(one, block.rows)
            inside = made.made & (made.day < people.horizon)
            row = np.broadcast_to(made.row[:, None], made.day.shape)[inside] + block.rows.start
            day, hit, chance = made.day[inside], made.hit[inside], made.chance[inside]
            scores = np.stack([score[row, day] for score in history], axis=1)
            parts.append((day, hit, scores, 1 / np.where(hit, chance, 1 - chance)))
        day, hit, scores, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
        table = score_balance(day, hit, scores, weight)
        found.append(table.assign(plan=plan, decision=one.clause.decision))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
