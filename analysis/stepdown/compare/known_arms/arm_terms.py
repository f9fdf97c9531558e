"""People by arm and day, and the columns of the models of loss and of events.

The columns are those of `grace_period`, with an arm known on day 0 in the place of care that starts later:
marks of the arm, and of the time since day 0 in it, against the last arm.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.covariate_terms import CovariateTerms
from stepdown.compare.grace_period.model_terms import (
    COMPETING,
    EVENT_KNOTS,
    HISTORY_RIDGE,
    LOSS_KNOTS,
    STARTED_RIDGE,
    TIME_RIDGE,
    heaps,
    knots_until,
    natural_spline,
    short_and_half,
)
from stepdown.compare.grace_period.nuisance_models import DayTerms
from stepdown.compare.grace_period.person_days import DayRows, PersonDays, blocks_of
from stepdown.survival.core.sample import Bools, Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class Switch:
    """Who left their arm.

    Attributes
    ----------
    day : array (n,)
        Day on which it happened, after the event of the day and before loss; infinite for never.
    until : array (n,)
        Last day on which it counts; below 1 for people who cannot leave their arm.
    last : array of int (n,)
        Last day on which a person could still leave, given follow-up; set by `of`.
    hit : array of bool (n,)
        Whether the person did.
    """

    day: Floats
    until: Floats
    last: Ints
    hit: Bools

    @classmethod
    def of(cls, days: Floats, event: Ints, day: Floats, until: Floats) -> "Switch":
        """Return the switches of people followed to `days`."""
        eventless = days - (event > 0)
        last = np.minimum(np.minimum(eventless, day), until)
        return cls(day=day, until=until, last=last.astype(np.int64), hit=(day <= last) & (last >= 1))

    def cut(self, days: Floats, event: Ints) -> tuple[Floats, Ints]:
        """Return days and events up to the switch."""
        return np.where(self.hit, np.minimum(days, self.day), days), np.where(self.hit, 0, event)

    def rows(self, order: Ints, horizon: int) -> DayRows:
        """Return the days on which a person could leave, in the order of the person-days."""
        last, hit = self.last[order], self.hit[order]
        return DayRows(1, np.minimum(last, horizon - 1), hit & (last < horizon))


def arm_days(
    days: Floats, event: Ints, arm: Ints, *, horizon: int, switch: Switch | None = None
) -> PersonDays:
    """Return people sorted by arm and last day; the arm stands in the place of the start group."""
    code = np.where(days > horizon, 0, event)
    last = np.minimum(days, horizon).astype(np.int64)
    order = np.lexsort((last, arm))
    last, code, group = last[order], code[order].astype(np.int64), arm[order]
    eventless = last - (code > 0)
    nothing = np.zeros(len(last), dtype=np.int64)
    # Who leaves an arm on a day is not lost on it.
    left = np.zeros(len(last), dtype=bool) if switch is None else switch.hit[order]
    until = np.minimum(eventless - left, horizon - 1)
    return PersonDays(
        last_day=last,
        event=code,
        start=group,
        order=order,
        grace=0,
        horizon=horizon,
        blocks=blocks_of(group, last),
        decisions=DayRows(0, nothing, nothing > 0),
        losses=DayRows(0, until, (code == 0) & (last < horizon) & ~left),
    )


def arm_loss_terms(
    people: PersonDays, covariates: CovariateTerms, *, arms: int, history: tuple[Floats, ...] = ()
) -> DayTerms:
    """Return the columns of the loss model: day, days on which many are lost, arm, covariates, scores."""
    horizon = people.horizon
    day = np.arange(float(horizon))
    smooth = natural_spline(day, knots_until(LOSS_KNOTS, horizon))
    marks = (day[:, None] == heaps(people.losses)).astype(float)
    time = np.concatenate([np.ones((horizon, 1)), smooth, marks], axis=1)
    base = np.concatenate([_of_all(time, arms), _marks(arms, np.ones((horizon, 1)))], axis=2)
    ridges = np.r_[0.0, np.full(time.shape[1] - 1, TIME_RIDGE), np.full(arms - 1, STARTED_RIDGE)]
    return DayTerms(
        by_group=base,
        people=covariates.values,
        penalty=np.concatenate([ridges, covariates.penalty, np.full(len(history), HISTORY_RIDGE)]),
        by_day=(lambda block: tuple(one[block.rows] for one in history)) if history else None,
    )


def arm_switch_terms(people: PersonDays, covariates: CovariateTerms) -> DayTerms:
    """Return the columns of the model of leaving the arm: day, log of the day, covariates."""
    day = np.arange(float(people.horizon))
    base = np.stack([np.ones(len(day)), day / people.horizon, np.log1p(day)], axis=1)
    penalty = np.concatenate([[0.0, TIME_RIDGE, TIME_RIDGE], covariates.penalty])
    return DayTerms(by_group=base[None], people=covariates.values, penalty=penalty)


def arm_event_terms(
    people: PersonDays,
    covariates: CovariateTerms,
    *,
    cause: int,
    arms: int,
    modifiers: Floats | None = None,
) -> DayTerms:
    """Return the columns of the hazard of the event (1) or of competing events (2).

    The event: spline of the day, covariates, arm, and days in the arm (up to 7, up to half the horizon, all);
    last, `modifiers` (n, c) of those in the first arm, 0 for others. Competing events are rare: day, arm,
    covariates.
    """
    horizon = people.horizon
    day = np.arange(horizon + 1.0)
    spline = natural_spline(day, knots_until(EVENT_KNOTS, horizon))
    spline = spline if cause == 1 else spline[:, :1]
    time = np.concatenate([np.ones((horizon + 1, 1)), spline], axis=1)
    own = (day > 0).astype(float)[:, None]
    if cause == 1:
        own = np.concatenate([own, short_and_half(day[:, None], horizon)], axis=1)
    base = np.concatenate([_of_all(time, arms), _marks(arms, own)], axis=2)
    given = covariates if cause == 1 else covariates.stronger(COMPETING)
    penalty = np.concatenate([[0.0], np.full(base.shape[2] - 1, TIME_RIDGE), given.penalty])
    values = given.values
    if cause == 1 and modifiers is not None:
        in_first = np.concatenate(
            [np.full(block.rows.stop - block.rows.start, block.group == 0) for block in people.blocks]
        )
        values = np.concatenate([values, modifiers * in_first[:, None]], axis=1)
        penalty = np.concatenate([penalty, np.full(modifiers.shape[1], TIME_RIDGE)])
    return DayTerms(by_group=base, people=values, penalty=penalty)


def _of_all(time: Floats, arms: int) -> Floats:
    return np.broadcast_to(time, (arms, *time.shape))


def _marks(arms: int, own: Floats) -> Floats:
    """Return columns of each arm, 0 in the others, shape (arms, days, (arms - 1) c)."""
    days, columns = own.shape
    found = np.zeros((arms, days, (arms - 1) * columns))
    for number in range(arms - 1):
        found[number, :, number * columns : (number + 1) * columns] = own
    return found
