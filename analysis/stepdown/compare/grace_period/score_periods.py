"""Hazards and values in the periods between the days on which scores change.

The grace period is divided at the days on which most scores are new. In a period hazards depend on the scores
known at its first day, and values follow backward from them, as in `estimating_equations`; the value at the
end of a period is that of the regression on its scores (`score_regressions`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.estimating_equations import FittedHazards, RiskTarget
from stepdown.compare.grace_period.model_terms import (
    COMPETING,
    HISTORY_RIDGE,
    AdjustmentColumns,
    event_terms,
)
from stepdown.compare.grace_period.nuisance_models import DayModel, DayTerms
from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays
from stepdown.compare.grace_period.strategies import StartStrategy
from stepdown.survival.core.sample import Floats, Ints

WEEK, HALF_LIFE = 7, 14.0
"""Days between scores, and after which half of what fades of their association with the event is left."""


@dataclass(frozen=True, eq=False, kw_only=True)
class ScorePeriods:
    """Periods with the scores at their first days.

    Attributes
    ----------
    first : tuple of int
        First day of each period, from 0 on.
    scores : array (n, periods, columns)
        Scores known at the start of that day, sorted as the person-days.
    """

    first: tuple[int, ...]
    scores: Floats

    def number(self, days: int) -> Ints:
        """Return the period of each of the first days."""
        return np.asarray(np.searchsorted(self.first, np.arange(days), side="right") - 1)


def score_periods(people: PersonDays, history: tuple[Floats, ...]) -> ScorePeriods:
    """Divide the grace period every 7 days, from the day on which most scores of those undecided are new."""
    first: tuple[int, ...] = (0,)
    new = np.zeros(people.grace + WEEK + 1)
    for day in range(1, people.grace + 1):
        undecided = people.decisions.last >= day
        changed = [(one[:, day] != one[:, day - 1]) & undecided for one in history]
        new[day] = np.any(changed, axis=0).sum() if changed else 0
    if new.any():
        begin = 1 + int(np.argmax([new[day::WEEK].sum() for day in range(1, WEEK + 1)]))
        first += tuple(day for day in range(begin, people.grace + 1, WEEK) if new[day])
    scores = [one[:, list(first)] for one in history]
    shape = (len(people.order), len(first), 0)
    return ScorePeriods(first=first, scores=np.stack(scores, axis=2) if scores else np.zeros(shape))


def scored_event_terms(
    people: PersonDays, given: AdjustmentColumns, periods: ScorePeriods, *, cause: int
) -> tuple[DayTerms, Floats]:
    """Return the columns of a hazard given the scores of each period, and what multiplies these.

    That is by start group and day (groups, H + 1, m): 1, and for the event also what fades.
    """
    plain = event_terms(people, given, cause=cause)
    groups, days = plain.by_group.shape[:2]
    number = periods.number(days)
    since = np.arange(days) - np.asarray(periods.first)[number]
    over = [np.ones(days), 2.0 ** (-since / HALF_LIFE)] if cause == 1 else [np.ones(days)]
    shape = np.broadcast_to(np.stack(over, axis=1), (groups, days, len(over)))
    ridge = HISTORY_RIDGE * (1.0 if cause == 1 else COMPETING)
    columns = periods.scores.shape[2] * len(over)

    def by_day(block: PeopleBlock) -> tuple[Floats, ...]:
        scores = periods.scores[block.rows][:, number]
        return tuple(
            scores[:, :, column] * shape[block.group, :, one]
            for column in range(scores.shape[2])
            for one in range(shape.shape[2])
        )

    terms = DayTerms(
        by_group=plain.by_group,
        people=plain.people,
        penalty=np.concatenate([plain.penalty, np.full(columns, ridge)]),
        by_day=by_day,
    )
    return terms, shape


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoredHazards(FittedHazards):
    """Fitted hazards given the scores of each period.

    Attributes
    ----------
    periods : ScorePeriods
        The periods.
    shapes : tuple of array (groups, H + 1, m)
        What multiplies the scores, of the event and of competing events.
    """

    periods: ScorePeriods
    shapes: tuple[Floats, Floats]

    @property
    def models(self) -> tuple[DayModel, DayModel]:
        """The hazards of the event and of competing events."""
        return self.event, self.competing


@dataclass(frozen=True, eq=False, kw_only=True)
class Period:
    """A block in a period under a strategy; states as start groups, the own one at its start first.

    Attributes
    ----------
    number, first, stop : int
        Place of the period; its first day with an event, and the day after its last.
    groups : array of int (states,)
        Start group of each state: of unstarted people all that the strategy can lead to.
    moves : range
        Days of the period on which unstarted people may start under the strategy.
    own : array of int (days,)
        The own state at the start of each day.
    q : array (K + 1, people)
        Chance of a start under the strategy.
    event, competing : array (days, states, people)
        Hazards.
    columns : tuple of array (days, states, a + m)
        Terms of the day, then what multiplies the scores, of both hazards.
    """

    number: int
    first: int
    stop: int
    groups: Ints
    moves: range
    own: Ints
    q: Floats
    event: Floats
    competing: Floats
    columns: tuple[Floats, Floats]

    @property
    def days(self) -> slice:
        """Its days with events."""
        return slice(self.first, self.stop)

    def place(self, day: int) -> int:
        """Return the state of who started on a day of the period."""
        return 1 + day - self.moves.start

    def values(self, targets: Sequence[RiskTarget], terminal: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the value at the start, V+ (targets, days, states, people) and the gains of a start.

        Parameters
        ----------
        targets : sequence of RiskTarget
            What is estimated.
        terminal : array (targets, states, people)
            Value at the start of the day after the period.
        """
        value, many = terminal, len(targets)
        after = np.empty((many, *self.event.shape))
        gain = np.zeros((many, *self.q.shape))
        stay = 1 - self.event - self.competing
        for at in range(self.stop - self.first - 1, -1, -1):
            day = self.first + at
            behind = after[:, at]
            behind[:] = value
            if day in self.moves:
                gain[:, day] = value[:, self.place(day)] - value[:, 0]
                behind[:, 0] += self.q[day] * gain[:, day]
            value = behind * stay[at]
            for one, target in enumerate(targets):
                if day <= target.day:
                    value[one] += target.per_day + target.per_event * self.event[at]
        start = value[:, 0]
        if 0 in self.moves:
            gain[:, 0] = value[:, 1] - value[:, 0]
            start = start + self.q[0] * gain[:, 0]
        return start, after, gain

    def forward(self, begin: Floats, source: Floats | None = None) -> tuple[Floats, Floats, Floats]:
        """Return adjoints of the values (days, states, people), of start decisions, and at the end.

        Without a source these are expected numbers in each state of who begins in the own one.

        Parameters
        ----------
        begin : array (people,)
            Adjoint of the value at the start.
        source : array (days, people), optional
            Derivative with respect to V+ in the own state.
        """
        states = len(self.groups)
        adjoint, decision = np.empty_like(self.event), np.zeros_like(self.q)
        here = np.zeros((states, len(begin)))
        here[0] = begin
        if 0 in self.moves:
            decision[0] = begin
            self._start(here, 0)
        stay = 1 - self.event - self.competing
        for at in range(len(adjoint)):
            adjoint[at] = here
            here = here * stay[at]
            if source is not None:
                here[self.own[at]] += source[at]
            if (day := self.first + at) in self.moves:
                decision[day] = here[0]
                self._start(here, day)
        return adjoint, decision, here

    def _start(self, here: Floats, day: int) -> None:
        here[self.place(day)] += here[0] * self.q[day]
        here[0] *= 1 - self.q[day]


def period_of(
    hazards: ScoredHazards,
    people: PersonDays,
    strategy: StartStrategy,
    block: PeopleBlock,
    q: Floats,
    number: int,
) -> Period | None:
    """Return a block in a period, None where nobody of it has a weight there; q has shape (people, K + 1)."""
    firsts, within = hazards.periods.first, strategy.within
    begin = firsts[number]
    stop = firsts[number + 1] if number + 1 < len(firsts) else people.horizon + 1
    if number and (block.last < begin or strategy.last_compatible(block, people.horizon) < begin):
        return None
    first = max(begin, 1)
    begun = strategy.starts and number > 0 and block.group < begin
    moves = range(begin, min(within, stop - 1) + 1) if strategy.starts and not begun else range(begin, begin)
    groups = np.array([block.group] if begun else [within + 1, *moves], dtype=np.int64)
    day = np.arange(first, stop)
    own = np.zeros(len(day), dtype=np.int64)
    if moves and block.group in moves:
        own[day > block.group] = 1 + block.group - begin
    rows = block.rows
    scores = hazards.periods.scores[rows, number]
    found, columns = [], []
    for model, shape in zip(hazards.models, hazards.shapes, strict=True):
        base = model.terms.by_group[groups, first:stop].transpose(1, 0, 2)
        beside = shape[groups, first:stop].transpose(1, 0, 2)
        a, z, m = base.shape[2], model.terms.people.shape[1], beside.shape[2]
        by_score = model.theta[a + z :].reshape(scores.shape[1], m)
        person = np.exp(model.terms.people[rows] @ model.theta[a : a + z])
        odds = np.exp(base @ model.theta[:a])[:, :, None] * person
        odds *= np.exp((beside @ by_score.T) @ scores.T)
        found.append(odds / (1 + odds))
        columns.append(np.concatenate([base, beside], axis=2))
    return Period(
        number=number,
        first=first,
        stop=stop,
        groups=groups,
        moves=moves,
        own=own,
        q=np.ascontiguousarray(q.T),
        event=found[0],
        competing=found[1],
        columns=(columns[0], columns[1]),
    )


def period_gradient(
    model: DayModel, block: PeopleBlock, scores: Floats, columns: Floats, values: Floats
) -> Floats:
    """Sum values (targets, days, states, people) times the columns of a model, (targets, people, p).

    Parameters
    ----------
    model, block : DayModel, PeopleBlock
        The hazard, and the people.
    scores : array (people, columns)
        Their scores in the period.
    columns : array (days, states, a + m)
        Columns of the day and what multiplies the scores.
    values : array (targets, days, states, people)
        Derivatives with respect to the predictor.
    """
    many, days, states, people = values.shape
    flat = values.reshape(many, days * states, people).transpose(0, 2, 1)
    total = flat @ columns.reshape(days * states, columns.shape[-1])
    a = model.terms.by_group.shape[2]
    parts = [total[..., :a], total[..., :1] * model.terms.people[block.rows]]
    parts += [total[..., a:] * scores[:, column, None] for column in range(scores.shape[1])]
    return np.concatenate(parts, axis=-1)
