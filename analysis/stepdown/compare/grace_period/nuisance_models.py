"""Logistic models of what happens on a person's day: a start, loss to follow-up, an event.

The linear predictor of person i on day t is base[g_i, t] a + z_i b + x_it c: terms of the day shared by a
start group, terms of the person, and terms of both. Sums over days therefore need no matrix with a row per
person-day. A ridge is a normal prior on standardized columns: it keeps the estimate finite where a
level never starts, and costs nothing where data are plentiful.

Of each person a fit keeps the influence on the parameters, b_i = H^-1 s_i (s_i the person's score, H the
penalized information of everyone), and H_i b_i, with H_i the person's own information: leverage follows
without an inverse per person. For leverage, members of a cluster share the sum of their influence.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stepdown.compare.grace_period.person_days import DayRows, PeopleBlock, every_of, joined
from stepdown.compare.owner_sums import owner_sums
from stepdown.compare.refitting import Again
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Floats, Ints

_STEPS, _TOLERANCE, _LONGEST = 60, 1e-6, 4.0
_AGAIN = 1e-5
"""Last step of a fit that begins at the parameters of all people; what it leaves is of its square."""
_FLAT = 1e-7
"""Gradient below which an estimate that runs to infinity has arrived: the chances of those days are 0."""
_SUBSET, _SUBSET_FROM = 10, 100


@dataclass(frozen=True, eq=False, kw_only=True)
class DayTerms:
    """Columns of a model.

    Attributes
    ----------
    by_group : array (groups, days, a)
        Terms of the day by start group; the first column is 1. One group: shared by all.
    people : array (n, z)
        Terms of the person.
    by_day : callable or None
        Terms of person and day of a block, c arrays of shape (people, days).
    penalty : array (a + z + c,)
        Ridge of each column.
    """

    by_group: Floats
    people: Floats
    penalty: Floats
    by_day: Callable[[PeopleBlock], tuple[Floats, ...]] | None = None

    @property
    def days(self) -> int:
        """Number of days."""
        return int(self.by_group.shape[1])

    def base(self, block: PeopleBlock) -> Floats:
        """Return the terms of the day of a block, shape (days, a)."""
        return np.asarray(self.by_group[block.group if len(self.by_group) > 1 else 0])

    def predictor(self, block: PeopleBlock, theta: Floats, days: int) -> Floats:
        """Return the linear predictor, shape (people, days); `theta` may differ by person (people, p)."""
        a, z = self.by_group.shape[2], self.people.shape[1]
        base, people, by_day = self.base(block)[:days], self.people[block.rows], self._of_days(block, days)
        if theta.ndim == 1:
            eta = np.add.outer(people @ theta[a : a + z], base @ theta[:a])
            for number, values in enumerate(by_day):
                eta += theta[a + z + number] * values
            return np.asarray(eta)
        eta = np.asarray(theta[:, :a] @ base.T) + (people * theta[:, a : a + z]).sum(axis=1)[:, None]
        for number, values in enumerate(by_day):
            eta += theta[:, a + z + number, None] * values
        return np.asarray(eta)

    def chance(self, block: PeopleBlock, theta: Floats, days: int) -> Floats:
        """Return the daily chances, shape (people, days)."""
        if self.by_day is not None:
            odds = np.exp(self.predictor(block, theta, days))
        else:
            a = self.by_group.shape[2]
            by_day = np.exp(self.base(block)[:days] @ theta[:a])
            odds = np.multiply.outer(np.exp(self.people[block.rows] @ theta[a:]), by_day)
        return np.asarray(odds / (1 + odds))

    def gather(self, block: PeopleBlock, values: Floats) -> Floats:
        """Sum values (..., people, days) times the columns over days, shape (..., people, p)."""
        days = values.shape[-1]
        # The first term of the day is 1.
        by_base = values @ self.base(block)[:days]
        parts = [by_base, by_base[..., :1] * self.people[block.rows]]
        parts += [np.einsum("...mt,mt->...m", values, one)[..., None] for one in self._of_days(block, days)]
        return np.concatenate(parts, axis=-1)

    def total(self, block: PeopleBlock, values: Floats) -> Floats:
        """Sum values by person and day (people, days) times the columns over people and days, shape (p,)."""
        return self._total(block, values, self._of_days(block, values.shape[1]))

    def _total(self, block: PeopleBlock, values: Floats, by_day: tuple[Floats, ...]) -> Floats:
        base, people = self.base(block)[: values.shape[1]], self.people[block.rows]
        along = [np.vdot(values, one) for one in by_day]
        return np.concatenate([values.sum(axis=0) @ base, values.sum(axis=1) @ people, along])

    def information(self, block: PeopleBlock, values: Floats) -> Floats:
        """Sum the outer products of the columns over the block, weighted by day; upper triangle only."""
        a, z = self.by_group.shape[2], self.people.shape[1]
        days = values.shape[1]
        base, people, by_day = self.base(block)[:days], self.people[block.rows], self._of_days(block, days)
        total = np.zeros((len(self.penalty), len(self.penalty)))
        total[:a, :a] = (base * values.sum(axis=0)[:, None]).T @ base
        total[:a, a : a + z] = (values @ base).T @ people
        total[a : a + z, a : a + z] = (people * values.sum(axis=1)[:, None]).T @ people
        for number, one in enumerate(by_day):
            total[:, a + z + number] = self._total(block, values * one, by_day)
        return total

    def _of_days(self, block: PeopleBlock, days: int) -> tuple[Floats, ...]:
        """Return the terms of person and day, on the first days."""
        return () if self.by_day is None else tuple(one[:, :days] for one in self.by_day(block))


@dataclass(frozen=True, eq=False, kw_only=True)
class DayModel:
    """A fitted model.

    Attributes
    ----------
    terms : DayTerms
        Its columns.
    rows : DayRows
        The days it was fitted to.
    theta : array (p,)
        Parameters.
    information : array (p, p)
        Penalized information.
    influence : array (n, p)
        Influence of each person on the parameters.
    shared : array (n, p)
        The sum of it over the person's cluster; the same where each person is one.
    own_information : array (n, p)
        The person's information times the shared influence.
    """

    terms: DayTerms
    rows: DayRows
    theta: Floats
    information: Floats
    influence: Floats
    shared: Floats
    own_information: Floats

    def chance(self, block: PeopleBlock, days: int) -> Floats:
        """Return the daily chances, also on days on which they do not apply; shape (people, days)."""
        return self.terms.chance(block, self.theta, days)

    def odds(self) -> tuple[Floats, Floats]:
        """Return the factors of the odds: by start group and day (groups, days), and by person (n,)."""
        a = self.terms.by_group.shape[2]
        return np.exp(self.terms.by_group @ self.theta[:a]), np.exp(self.terms.people @ self.theta[a:])

    def carried(self, gradient: Floats) -> Floats:
        """Influence on an estimate through the parameters, for gradients (p, targets)."""
        return self.influence @ gradient

    def curvature(self, gradient: Floats) -> Floats:
        """First-order gain of that influence when the person's own information is left out."""
        return self.own_information @ np.linalg.solve(self.information, gradient)


def fit_day_model(
    terms: DayTerms,
    rows: DayRows,
    blocks: tuple[PeopleBlock, ...],
    *,
    owner: Ints | None = None,
    name: str = "",
    again: Again | None = None,
    weight: Floats | None = None,
) -> DayModel:
    """Fit by Newton's method; where nothing ever happens the chance is 0 and has no influence.

    Parameters
    ----------
    terms, rows, blocks
        Columns, days with outcome, and people.
    owner : array of int (n,) or None
        Cluster of each person.
    name : str
        What is modeled, for the error.
    again : Again, optional
        Fit to people who count several times, from earlier parameters, without any influence.
    weight : array (n, days), optional
        Weight of each day of a person, taken as known.
    """
    size, p = len(rows.last), len(terms.penalty)
    blocks = joined(blocks) if len(terms.by_group) == 1 else blocks
    theta = np.zeros(p)
    hit = rows.hit if again is None else rows.hit & (again.many > 0)
    if not hit.any():
        theta[0] = -500.0
        nothing = np.zeros((size, p))
        return DayModel(
            terms=terms,
            rows=rows,
            theta=theta,
            information=np.eye(p),
            influence=nothing,
            shared=nothing,
            own_information=nothing,
        )
    if again is not None:
        theta = _newton(terms, rows, blocks, again.begin(name, p), name, tolerance=_AGAIN, many=again.many)
        none = np.zeros((0, p))
        return DayModel(
            terms=terms, rows=rows, theta=theta, information=np.eye(p), influence=none, shared=none,
            own_information=none,
        )  # fmt: skip
    share = rows.hit.sum() / max(int((rows.last - rows.first + 1).clip(0).sum()), 1)
    theta[0] = np.log(share / (1 - min(share, 0.999)))
    if len(blocks) > _SUBSET_FROM:
        theta = _newton(terms, rows, every_of(blocks, _SUBSET), theta, name, tolerance=1e-2, weight=weight)
    theta = _newton(terms, rows, blocks, theta, name, weight=weight)
    scores, information = np.zeros((size, p)), np.diag(terms.penalty + 1e-8)
    for block in blocks:
        if _days(rows, block) > 0:
            spread, residual = _spread_and_residual(terms, rows, block, theta, weight)
            information += _symmetric(terms.information(block, spread))
            scores[block.rows] = terms.gather(block, residual)
    influence: Floats = scores @ np.linalg.inv(information).T
    shared = influence if owner is None else owner_sums(influence, owner)[owner]
    own = np.zeros((size, p))
    for block in blocks:
        days = _days(rows, block)
        if days > 0:
            spread, _ = _spread_and_residual(terms, rows, block, theta, weight)
            along = terms.predictor(block, shared[block.rows], days)
            own[block.rows] = terms.gather(block, spread * along)
    return DayModel(
        terms=terms,
        rows=rows,
        theta=theta,
        information=information,
        influence=influence,
        shared=shared,
        own_information=own,
    )


def _newton(
    terms: DayTerms,
    rows: DayRows,
    blocks: tuple[PeopleBlock, ...],
    theta: Floats,
    name: str,
    *,
    tolerance: float = _TOLERANCE,
    many: Floats | None = None,
    weight: Floats | None = None,
) -> Floats:
    for _ in range(_STEPS):
        score, information = _totals(terms, rows, blocks, theta, many, weight)
        gradient = score - terms.penalty * theta
        step = np.linalg.solve(information, gradient)
        longest = float(np.abs(step).max())
        # A step is shortened by what it does to the log odds of a day, whatever the scale of its columns.
        a = terms.by_group.shape[2]
        moved = max(np.abs(terms.by_group @ step[:a]).max(), np.abs(step[a:]).max(initial=0.0))
        theta = theta + step * min(1.0, _LONGEST / max(float(moved), 1e-300))
        if longest < tolerance or float(np.abs(gradient).max()) < _FLAT:
            return theta
    raise EstimateError(
        f"The model of {name or 'a daily chance'} did not converge in {_STEPS} steps. Join rare values of "
        "covariates, or leave out covariates that repeat others."
    )


def _totals(
    terms: DayTerms,
    rows: DayRows,
    blocks: tuple[PeopleBlock, ...],
    theta: Floats,
    many: Floats | None = None,
    weight: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Return the score of everybody (p,) and the penalized information (p, p)."""
    score, upper = np.zeros_like(theta), np.diag(terms.penalty + 1e-8)
    for block in blocks:
        if _days(rows, block) > 0:
            spread, residual = _spread_and_residual(terms, rows, block, theta, weight)
            if many is not None:
                times = many[block.rows, None]
                spread, residual = spread * times, residual * times
            upper += terms.information(block, spread)
            score += terms.total(block, residual)
    return score, _symmetric(upper)


def _spread_and_residual(
    terms: DayTerms, rows: DayRows, block: PeopleBlock, theta: Floats, weight: Floats | None
) -> tuple[Floats, Floats]:
    """Return p (1 - p), and what happened less its chance, by person and day, each times the weight."""
    chance = _chances(terms, rows, block, theta)
    spread, residual = chance * (1 - chance), _residual(rows, block, chance)
    if weight is None:
        return spread, residual
    times = weight[block.rows, : spread.shape[1]]
    return spread * times, residual * times


def _symmetric(upper: Floats) -> Floats:
    return np.asarray(np.triu(upper) + np.triu(upper, 1).T)


def _chances(terms: DayTerms, rows: DayRows, block: PeopleBlock, theta: Floats) -> Floats:
    """Return the daily chances of a block on the days that are modeled, 0 on others."""
    days = _days(rows, block)
    return np.asarray(terms.chance(block, theta, days) * rows.within(block.rows, days))


def _residual(rows: DayRows, block: PeopleBlock, chance: Floats) -> Floats:
    """Return what happened less its chance, by person and day."""
    hit = np.flatnonzero(rows.hit[block.rows])
    residual = -chance
    residual[hit, rows.last[block.rows][hit]] += 1
    return residual


def _days(rows: DayRows, block: PeopleBlock) -> int:
    return int(rows.last[block.rows].max()) + 1
