"""Models of the decisions of a clause, and the weights of those who follow a plan so far.

Each clause has a logistic model of its own of meeting it on a day of a window, among those who followed the
plan up to the window: the day in the window, covariates, scores of the day, and the way so far (days since
the step before, week of care). Those of one step from time zero are the models of starting care in
`grace_period`, and its law may be any of `start_laws`. The law of a later clause holds no scores: with h its
daily chance, who follows the plan meets the clause on day k of a window with chance

    q_k = h_k / (1 - prod_{j=k..K} (1 - h_j)),

as those do who do not depart in it. A clause that forbids care has q = 0. The factor of a decision is q / p
where it is met, (1 - q) / (1 - p) where not yet, and the weight of a day is the product of those of all days
before.
"""

from dataclasses import dataclass, replace

import numpy as np

from stepdown.compare.care_plans.plan_clauses import Clause, Windows
from stepdown.compare.grace_period.covariate_terms import NUMBER_PENALTY
from stepdown.compare.grace_period.model_terms import HISTORY_RIDGE, TIME_RIDGE, AdjustmentColumns
from stepdown.compare.grace_period.nuisance_models import DayModel, DayTerms, fit_day_model
from stepdown.compare.grace_period.person_days import DayRows, PeopleBlock, PersonDays
from stepdown.compare.grace_period.start_laws import StartLaw, start_chances
from stepdown.compare.grace_period.start_weights import start_factors
from stepdown.survival.core.sample import Bools, Floats, Ints

_BLOCK = 1024
"""Windows in a block of a fit."""
MOST = 20.0
"""Largest weight of a day in the hazards."""


@dataclass(frozen=True, eq=False, kw_only=True)
class FittedClause:
    """A clause with its models; its windows are sorted as the person-days.

    Attributes
    ----------
    clause : Clause
        The clause.
    chance : DayModel
        Daily chance of meeting it given all that is adjusted for.
    law : DayModel or None
        The same without scores; may be `chance`. None where it forbids care.
    day_law : StartLaw
        On which days of a window the plan meets it.
    """

    clause: Clause
    chance: DayModel
    law: DayModel | None
    day_law: StartLaw

    @property
    def windows(self) -> Windows:
        """The windows."""
        return self.clause.windows

    def of(self, rows: slice) -> PeopleBlock:
        """Return the block of the windows of some people."""
        first, stop = np.searchsorted(self.windows.person, [rows.start, rows.stop])
        return PeopleBlock(slice(int(first), int(stop)), 0, self.clause.days - 1)


@dataclass(frozen=True, eq=False, kw_only=True)
class ClauseDecisions:
    """Decisions of a clause in the windows of some people, with their chances.

    Attributes
    ----------
    block : PeopleBlock
        The windows.
    row, day : array of int
        Person within the block of people (windows,), and day since time zero (windows, days).
    made, hit : array of bool (windows, days)
        Whether a decision is made on a day, and whether the clause is met on it.
    chance, law, q : array (windows, days)
        p, h and q.
    """

    block: PeopleBlock
    row: Ints
    day: Ints
    made: Bools
    hit: Bools
    chance: Floats
    law: Floats
    q: Floats

    @property
    def factor(self) -> Floats:
        """Factor of each decision."""
        return start_factors(self.chance, self.q, self.hit, self.made & ~self.hit)


def fitted_clause(
    clause: Clause, people: PersonDays, given: AdjustmentColumns, *, owner: Ints | None, law: StartLaw
) -> FittedClause:
    """Fit the models of a clause whose windows name people in the caller's order.

    The law of a clause from time zero is the one given, that of others "as_observed".
    """
    rank = np.empty_like(people.order)
    rank[people.order] = np.arange(len(people.order))
    person = rank[clause.windows.person]
    order = np.lexsort((clause.windows.begin, person))
    windows = replace(clause.windows, person=person).select(order)
    ordered = replace(clause, windows=windows)
    rows = DayRows(0, windows.last, windows.hit)
    size = len(windows.person)
    blocks = tuple(
        PeopleBlock(slice(at, min(at + _BLOCK, size)), 0, clause.days - 1) for at in range(0, size, _BLOCK)
    )
    shared = windows.person if owner is None else owner[windows.person]

    def fit(terms: DayTerms) -> DayModel:
        return fit_day_model(terms, rows, blocks, owner=shared, name=f"departures ({clause.reason})")

    chance = fit(clause_terms(ordered, given, people.horizon, history=True))
    by_law = None
    if not clause.forbids:
        plain = not given.history
        by_law = chance if plain else fit(clause_terms(ordered, given, people.horizon, history=False))
    return FittedClause(
        clause=ordered, chance=chance, law=by_law, day_law=law if clause.first else "as_observed"
    )


def clause_terms(clause: Clause, given: AdjustmentColumns, horizon: int, *, history: bool) -> DayTerms:
    """Return the columns of the model of a clause; of a count from time zero those of the start of care."""
    windows, days = clause.windows, np.arange(float(clause.days))
    longest = max(clause.days - 1, 1)
    if clause.first:
        base = np.stack([np.ones(len(days)), days / longest, np.log1p(days) / np.log1p(longest)], axis=1)
    else:
        base = np.eye(len(days))
        base[:, 0] = 1.0
    spread = windows.since.std(axis=0) if len(windows.since) else np.zeros(windows.since.shape[1])
    varies = spread > 0
    since = (windows.since - windows.since.mean(axis=0, keepdims=True))[:, varies] / spread[varies]
    scores = given.history if history else ()

    def by_day(block: PeopleBlock) -> tuple[Floats, ...]:
        day = windows.begin[block.rows, None] + np.arange(clause.days)
        return tuple(one[windows.person[block.rows, None], np.minimum(day, horizon - 1)] for one in scores)

    return DayTerms(
        by_group=base[None],
        people=np.concatenate([given.start.values[windows.person], since], axis=1),
        penalty=np.concatenate(
            [
                [0.0],
                np.full(base.shape[1] - 1, TIME_RIDGE),
                given.start.penalty,
                np.full(since.shape[1], NUMBER_PENALTY),
                np.full(len(scores), HISTORY_RIDGE),
            ]
        ),
        by_day=by_day if scores else None,
    )


def clause_decisions(fitted: FittedClause, rows: slice) -> ClauseDecisions:
    """Return the decisions of some people."""
    block, days = fitted.of(rows), fitted.clause.days
    windows = fitted.windows.select(np.arange(block.rows.start, block.rows.stop))
    day = np.arange(days)
    made = day <= windows.last[:, None]
    hit = (day == windows.last[:, None]) & windows.hit[:, None]
    chance = fitted.chance.chance(block, days)
    law, q = chance, np.zeros_like(chance)
    if fitted.law is not None:
        law = chance if fitted.law is fitted.chance else fitted.law.chance(block, days)
        q = start_chances(fitted.day_law, law)
    return ClauseDecisions(
        block=block,
        row=windows.person - rows.start,
        day=windows.begin[:, None] + day,
        made=made,
        hit=hit,
        chance=chance,
        law=law,
        q=q,
    )


def decision_weights(decisions: list[ClauseDecisions], size: int, horizon: int) -> Floats:
    """Return the product of the factors of all earlier days, shape (people, H + 1)."""
    by_day = np.ones((size, horizon + 1))
    for one in decisions:
        row = np.broadcast_to(one.row[:, None], one.day.shape)
        inside = one.made & (one.day <= horizon)
        # A clause decides once on a day at most.
        by_day[row[inside], one.day[inside]] *= one.factor[inside]
    found = np.ones_like(by_day)
    np.cumprod(by_day[:, :-1], axis=1, out=found[:, 1:])
    return found


def later_weights(clauses: tuple[FittedClause, ...], people: PersonDays) -> Floats | None:
    """Return the weights of the decisions that do not count from time zero, (n, H + 1), for the hazards.

    Among those who follow a plan so far are some who are about to depart: they count for less, as they do
    under the plan. None where all counts begin at time zero.
    """
    later = [one for one in clauses if not one.clause.first]
    if not later:
        return None
    found = np.empty((len(people.order), people.horizon + 1))
    for block in people.blocks:
        made = [clause_decisions(one, block.rows) for one in later]
        weight = decision_weights(made, block.rows.stop - block.rows.start, people.horizon)
        found[block.rows] = np.minimum(weight, MOST)
    return found
