"""Balance of scores by day of plans that unfold: decision by decision.

Each clause of a plan is a decision that those who follow it so far make day by day: to start a step, to go on
with care in a week. On each day those who meet it are compared with those who do not yet, each weighted by
the chance of what they did not do (overlap weights), p for those who do not yet and 1 - p for those who do.
Where the model of the clause is right, both have the scores of those who could have done either:

    E[hit (1 - p) score] = E[(1 - hit) p score] = E[p (1 - p) score].

1 over the chance of what they did would not do. Those who decide on one day are on different days of their
counts, and on some nobody meets the clause: who left care in a week hardly comes back in it. Such people
would stay among those who do not yet, and have no counterpart. See `compare.score_balance`.

Li F, Morgan KL, Zaslavsky AM (2018), JASA 113:390-400.
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
            parts.append((day, hit, scores, np.where(hit, 1 - chance, chance)))
        day, hit, scores, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
        table = score_balance(day, hit, scores, weight)
        found.append(table.assign(plan=plan, decision=one.clause.decision))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()
