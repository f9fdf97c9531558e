"""Double protection where scores change: regressions of later values on the scores before.

The value V at the first day of a period depends on scores that are new on it. Its regression on the scores,
covariates and care before, among those at risk on that day who follow the strategy so far, is the value with
which the period before ends; so on to time zero. Each person's contribution has, beside the residuals of
events, one of the regression, with the weight of its day:

    V_i0 + sum_t omega_t W_it r_it + sum_d omega_d W_id (V_id - m_id).

It is right if the models of the decisions are, whatever the regressions; or if the hazards given the scores
of each period and the regressions are, whatever the weights. The regressions are logistic, of V as a share of
the most it can be. Their estimation counts: with G the derivatives of the sum of all contributions with
respect to the coefficients, H the information and u = H^-1 G, person i adds u'x_i (V_i - m_i), and V_i counts
u'x_i times more in the derivatives of the models it comes from.

Bang H, Robins JM (2005), Biometrics 61:962-973; van der Laan MJ, Gruber S (2012), Int J Biostat 8:9.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_days import PeopleBlock, happened
from stepdown.compare.grace_period.person_influence import (
    Contributions,
    EstimateSetting,
    StrategyEstimate,
    weight_sums,
)
from stepdown.compare.grace_period.score_periods import (
    Period,
    ScoredHazards,
    period_gradient,
    period_of,
)
from stepdown.compare.grace_period.start_weights import BlockWeights, ObservedDecisions
from stepdown.compare.owner_sums import owner_sums
from stepdown.errors import EstimateError
from stepdown.survival.core.sample import Bools, Floats, Ints

_RIDGE = 0.01
"""Precision of the prior of each coefficient: the values hold no noise but that of the scores."""
_STEPS, _FLAT, _ROWS = 50, 1e-9, 8192


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreColumns:
    """Columns of the regression of the values at the first day of a period.

    Attributes
    ----------
    day : int
        The day.
    starts : bool
        Whether the strategy asks for a start: some have started by then.
    people, before : array (n, z), array (n, c)
        Covariates, and the scores of the period before.
    """

    day: int
    starts: bool
    people: Floats
    before: Floats

    def of(self, rows: slice, group: int) -> Floats:
        """Return the columns of people as if they were in the state of a start group."""
        people, before = self.people[rows], self.before[rows]
        parts = [np.ones((len(people), 1)), people, before]
        if self.starts:
            begun = float(group < self.day)
            since = begun * (self.day - group) / self.day
            parts += [np.full((len(people), 1), begun), np.full((len(people), 1), since), begun * before]
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True, eq=False, kw_only=True)
class ScoreRegression:
    """A fitted regression, of each target.

    Attributes
    ----------
    columns : ScoreColumns
        Its columns.
    most : array (targets,)
        Largest value; 0 of targets that end before the day.
    beta, inverse : array (targets, p), array (targets, p, p)
        Coefficients, and the inverse of the information.
    at_risk : array of bool (n,)
        Who is at risk on the day.
    """

    columns: ScoreColumns
    most: Floats
    beta: Floats
    inverse: Floats
    at_risk: Bools

    def share(self, columns: Floats) -> Floats:
        """Return the fitted shares of the largest value (targets, people), 0 where that is 0."""
        return np.asarray(_expit(self.beta @ columns.T) * (self.most > 0)[:, None])

    def values(self, rows: slice, groups: Ints) -> Floats:
        """Return the fitted values in some states, (targets, states, people)."""
        shares = [self.share(self.columns.of(rows, int(group))) for group in groups]
        return np.asarray(np.stack(shares, axis=1) * self.most[:, None, None])

    def residual(self, rows: slice, columns: Floats, value: Floats) -> Floats:
        """Return what values (targets, people) exceed the fitted ones by, as shares of the largest."""
        share = np.divide(value, self.most[:, None], out=np.zeros_like(value), where=self.most[:, None] > 0)
        return np.asarray((share - self.share(columns)) * self.at_risk[rows])

    def influence(self, block: PeopleBlock, value: Floats) -> Floats:
        """Return each person's influence on the coefficients, (targets, people, p)."""
        x = self.columns.of(block.rows, block.group)
        return np.asarray((self.residual(block.rows, x, value)[:, :, None] * x) @ self.inverse)


def _expit(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -500, 500))))


def fit_score_regression(
    columns: ScoreColumns,
    blocks: list[PeopleBlock],
    value: Floats,
    targets: tuple[RiskTarget, ...],
    *,
    count: Floats,
    at_risk: Bools,
) -> ScoreRegression:
    """Fit the regression of values (targets, n) by Newton's method, to those at risk in some blocks.

    Parameters
    ----------
    columns : ScoreColumns
        Its columns.
    blocks : list of PeopleBlock
        Those who follow the strategy so far.
    value : array (targets, n)
        What is regressed.
    targets : tuple of RiskTarget
        Their risks, or days, are the values.
    count : array (n,)
        How often each person counts.
    at_risk : array of bool (n,)
        Who is at risk on the day.
    """
    most = np.array(
        [
            (1.0 if one.per_event else one.day - columns.day + 1.0) * (one.day >= columns.day)
            for one in targets
        ]
    )
    parts = [(block.rows, columns.of(block.rows, block.group)) for block in _wide(blocks)]
    size = parts[0][1].shape[1] if parts else columns.of(slice(0, 1), 0).shape[1]
    ridge = np.full(size, _RIDGE)
    ridge[0] = 1e-8
    beta = np.zeros((len(targets), size))
    weight = count * at_risk
    for _ in range(_STEPS):
        score, information = -ridge * beta, np.tile(np.diag(ridge), (len(targets), 1, 1))
        fitted = ScoreRegression(columns=columns, most=most, beta=beta, inverse=information, at_risk=at_risk)
        for rows, x in parts:
            share = fitted.share(x)
            spread = share * (1 - share) * weight[rows]
            score += (fitted.residual(rows, x, value[:, rows]) * count[rows]) @ x
            for one in np.flatnonzero(most):
                information[one] += (x * spread[one][:, None]).T @ x
        step = np.linalg.solve(information, score[..., None])[..., 0] * (most > 0)[:, None]
        if float(np.abs(score[most > 0]).max(initial=0.0)) < _FLAT * max(float(weight.sum()), 1.0):
            inverse = np.linalg.inv(information)
            return ScoreRegression(columns=columns, most=most, beta=beta, inverse=inverse, at_risk=at_risk)
        beta = beta + step / np.maximum(np.abs(step).max(axis=1, keepdims=True) / 4, 1.0)
    raise EstimateError(
        f"The regression on the scores of day {columns.day} did not converge in {_STEPS} steps. Join "
        "rare values of covariates, or leave out covariates that repeat others."
    )


def _wide(blocks: list[PeopleBlock]) -> Iterator[PeopleBlock]:
    """Yield larger blocks of the same people."""
    for group, members in groupby(blocks, key=lambda block: block.group):
        held = list(members)
        begin, end = held[0].rows.start, held[-1].rows.stop
        for at in range(begin, end, _ROWS):
            yield PeopleBlock(slice(at, min(at + _ROWS, end)), group, held[-1].last)


def estimated_with_scores(setting: EstimateSetting, hazards: ScoredHazards) -> StrategyEstimate:
    """Return the estimates of a strategy from hazards given the scores of each period."""
    gathered = _ScoredContributions(setting, hazards)
    gathered.add_all()
    return gathered.result()


class _ScoredContributions(Contributions):
    """Contributions with sequential regressions.

    Attributes
    ----------
    regressions, value, shared, pull : dict
        By number, of each period but the first: the regression at its first day, the values it is fitted to
        (targets, n), the influence of each cluster on it (targets, clusters, p), and its u (targets, p).
    """

    def __init__(self, setting: EstimateSetting, hazards: ScoredHazards) -> None:
        self.hazards, self.periods = hazards, len(hazards.periods.first)
        self.setting, self.sums = setting, weight_sums(setting)[0]
        self.regressions: dict[int, ScoreRegression] = {}
        self.value: dict[int, Floats] = {}
        self.shared: dict[int, Floats] = {}
        flows = [self._flow(number) for number in range(self.periods - 1, -1, -1)][::-1]
        expected, expected_uncapped = self._expected(flows)
        zero, total = np.zeros_like(expected), self.sums.total
        ratio = np.divide(expected, total, out=zero.copy(), where=total > 0)
        super().__init__(setting, self.sums, ratio, expected)
        self.ratio_uncapped = np.divide(
            expected_uncapped, self.sums.uncapped, out=zero, where=self.sums.uncapped > 0
        )
        self.pull: dict[int, Floats] = {}
        if setting.many is None:
            for number in range(self.periods - 1):
                self.pull[number + 1] = self._pull(number)

    def _period(self, number: int, block: PeopleBlock, weights: BlockWeights) -> Period | None:
        setting = self.setting
        return period_of(self.hazards, setting.people, setting.strategy, block, weights.q, number)

    def _terminal(self, block: PeopleBlock, period: Period) -> Floats:
        """Return the values at the start of the day after a period, (targets, states, people)."""
        if period.number + 1 == self.periods:
            size = block.rows.stop - block.rows.start
            return np.zeros((len(self.setting.targets), len(period.groups), size))
        return self.regressions[period.number + 1].values(block.rows, period.groups)

    def _flow(self, number: int) -> Floats:
        """Fit the regression at the first day of a period; return how many go through it by day (2, H + 2).

        They begin with their weights, with and without the cap, on the first day: all with 1 on day 0.
        """
        setting, people = self.setting, self.setting.people
        begin, count = self.hazards.periods.first[number], setting.count
        value, flow = np.zeros((len(setting.targets), len(people.order))), np.zeros((2, people.horizon + 2))
        here = []
        for place, block in enumerate(people.blocks):
            weights = setting.weights(setting.decided(place, block))
            period = self._period(number, block, weights)
            if period is None:
                continue
            here.append(block)
            begins = np.ones((2, block.rows.stop - block.rows.start))
            if number:
                begins = np.stack([weights.weight[:, begin], weights.uncapped[:, begin]])
                value[:, block.rows] = period.values(setting.targets, self._terminal(block, period))[0]
            begins = begins * count[block.rows]
            inside, _, end = period.forward(np.ones(begins.shape[1]))
            flow[:, period.first : period.stop] += begins @ inside.sum(axis=1).T
            flow[:, period.stop] += begins @ end.sum(axis=0)
        if number:
            columns = ScoreColumns(
                day=begin,
                starts=setting.strategy.starts,
                people=self.hazards.event.terms.people,
                before=self.hazards.periods.scores[:, number - 1],
            )
            at_risk = people.last_day >= begin
            found = fit_score_regression(columns, here, value, setting.targets, count=count, at_risk=at_risk)
            self.regressions[number], self.value[number] = found, value
            if setting.owner is not None and setting.many is None:
                total = np.zeros((int(setting.owner.max()) + 1, *found.beta.shape))
                for block in here:
                    mine = found.influence(block, value[:, block.rows]).transpose(1, 0, 2)
                    total += owner_sums(mine, setting.owner[block.rows], len(total))
                self.shared[number] = total.transpose(1, 0, 2)
        return flow

    def _expected(self, flows: list[Floats]) -> tuple[Floats, Floats]:
        """Return the expected numbers at risk by day, with and without the cap."""
        days = self.setting.people.horizon + 1
        expected, factor = np.zeros((2, days)), np.ones(2)
        total = np.stack([self.sums.total, self.sums.uncapped])
        firsts = (*self.hazards.periods.first, days)
        for number, flow in enumerate(flows):
            begin, stop = firsts[number], firsts[number + 1]
            here = factor[:, None] * flow
            expected[:, max(begin, 1) : stop] = here[:, max(begin, 1) : stop]
            if stop < days:
                some = np.maximum(total[:, stop], 1e-300)
                factor = np.where(total[:, stop] > 0, here[:, stop] / some, 0.0)
        return expected[0], expected[1]

    def _adjoints(self, block: PeopleBlock, period: Period, weight: Floats, every: Floats) -> "_Adjoints":
        """Return the adjoints of a period, for weights and events by day (H + 1, people)."""
        own, days = (np.arange(len(period.own)), period.own), period.days
        source = -weight[days] * (every[days] - period.event[own] - period.competing[own])
        begin = weight[period.first] if period.number else np.ones(weight.shape[1])
        adjoint, decision, end = period.forward(begin, source)
        if not period.number:
            return _Adjoints(values=adjoint[None], decisions=decision[None], ends=end[None])
        regression, rows = self.regressions[period.number], block.rows
        pull = (
            self.pull[period.number] @ regression.columns.of(rows, block.group).T * regression.at_risk[rows]
        )
        # 1 for targets that end before the day: their values are 0.
        by_value = pull / np.where(regression.most > 0, regression.most, 1.0)[:, None]
        unit = period.forward(np.ones(weight.shape[1]))
        return _Adjoints(
            values=adjoint + by_value[:, None, None] * unit[0],
            decisions=decision + by_value[:, None] * unit[1],
            ends=end + by_value[:, None] * unit[2],
            pull=pull,
        )

    def _pull(self, number: int) -> Floats:
        """Return u of the regression at the end of a period."""
        setting, regression = self.setting, self.regressions[number + 1]
        gradient = np.zeros_like(regression.beta)
        for place, block in enumerate(setting.people.blocks):
            weights = setting.weights(setting.decided(place, block))
            period = self._period(number, block, weights)
            if period is None:
                continue
            weight = (self.ratio * weights.weight).T
            every = happened(setting.people, block)[1].T
            ends = self._adjoints(block, period, weight, every).ends
            gradient += self._by_coefficients(block, period, weight, ends).sum(axis=1)
        return np.asarray(np.einsum("qab,qb->qa", regression.inverse, gradient))

    def _by_coefficients(self, block: PeopleBlock, period: Period, weight: Floats, ends: Floats) -> Floats:
        """Return derivatives with respect to the regression at the end of a period, (targets, people, p).

        Parameters
        ----------
        block, period, weight
            As for the adjoints.
        ends : array (1 or targets, states, people)
            Adjoints of the values with which the period ends.
        """
        regression, own = self.regressions[period.number + 1], 0
        if block.group in period.moves:
            own = period.place(block.group)
        found = np.zeros((len(regression.most), ends.shape[2], regression.beta.shape[1]))
        for state, group in enumerate(period.groups):
            x = regression.columns.of(block.rows, int(group))
            share, by_value = regression.share(x), ends[:, state]
            if state == own:
                by_value = by_value - weight[period.stop]
            found += (by_value * share * (1 - share) * regression.most[:, None])[:, :, None] * x
        return found

    def add(self, block: PeopleBlock, made: ObservedDecisions) -> None:
        """Add a block."""
        setting, rows = self.setting, block.rows
        weights = setting.weights(made)
        self.after_grace[rows] = weights.weight[:, setting.strategy.within + 1]
        event, every = (array.T for array in happened(setting.people, block))
        weight, uncapped = (self.ratio * weights.weight).T, (self.ratio_uncapped * weights.uncapped).T
        last, size, many = self._last(block), rows.stop - rows.start, len(setting.targets)
        weighted, direct = np.zeros((many, size, last + 1)), np.zeros((many, *weights.q.shape))
        gradients = [np.zeros((many, size, len(model.theta))) for model in self.hazards.models]
        by_end: Floats | None = None
        for number in range(self.periods):
            period = self._period(number, block, weights)
            if by_end is not None:
                self._leave_out(number, block, by_end, entered=period is not None)
                by_end = None
            if period is None:
                continue
            start, after, gain = period.values(setting.targets, self._terminal(block, period))
            happening = _InPeriod.of(period, after, event, every, setting.targets)
            residual, beyond = happening.residual, np.zeros_like(start)
            if number:
                beyond = self._beyond(number, block, start)
                residual[:, 0] += beyond * self.regressions[number].most[:, None]
            else:
                self.plain[rows] = start.T
                self.uncapped += start @ setting.count[rows]
            self.uncapped += np.einsum("qtm,tm,m->q", residual, uncapped[period.days], setting.count[rows])
            stop = max(min(period.stop, last + 1), period.first)
            here = residual[:, : stop - period.first] * weight[period.first : stop]
            weighted[:, :, period.first : stop] = here.transpose(0, 2, 1)
            if setting.many is not None:
                continue
            adjoints = self._adjoints(block, period, weight, every)
            if adjoints.pull is not None:
                self._add_regression(number, block, beyond, adjoints.pull)
            direct += (adjoints.decisions * gain).transpose(0, 2, 1)
            scores = self.hazards.periods.scores[rows, number]
            for one, values in enumerate(happening.by_predictor(adjoints.values, weight[period.days])):
                model, columns = self.hazards.models[one], period.columns[one]
                gradients[one] += period_gradient(model, block, scores, columns, values)
            if number + 1 < self.periods and setting.leverage:
                by_end = self._by_coefficients(block, period, weight, adjoints.ends)
        self._add_all(block, made, weights, weighted, direct, gradients)

    def _add_all(
        self,
        block: PeopleBlock,
        made: ObservedDecisions,
        weights: BlockWeights,
        weighted: Floats,
        direct: Floats,
        gradients: list[Floats],
    ) -> None:
        """Add the residuals and gradients of all periods; of a replicate the residuals alone."""
        if self.setting.many is not None:
            self.phi[block.rows] = self.plain[block.rows] + weighted.sum(axis=2).T
            return
        for name, gradient in zip(("event", "competing"), gradients, strict=True):
            self.through.add(name, block, gradient)
        self._add_residuals(block, made, weights, weighted, direct)

    def _beyond(self, number: int, block: PeopleBlock, start: Floats) -> Floats:
        """Return what the values at the start of a period exceed the regression by, (targets, people)."""
        regression = self.regressions[number]
        return regression.residual(block.rows, regression.columns.of(block.rows, block.group), start)

    def _add_regression(self, number: int, block: PeopleBlock, beyond: Floats, pull: Floats) -> None:
        """Add the influence through a regression, with its curvature."""
        regression, rows = self.regressions[number], block.rows
        found = beyond * pull
        if self.setting.leverage:
            x = regression.columns.of(rows, block.group)
            along = np.einsum("qmp,mp->qm", self._shared(number, block), x)
            share = regression.share(x)
            found += self.setting.leverage * share * (1 - share) * along * pull
        self.through.own[rows] += found.T

    def _leave_out(self, number: int, block: PeopleBlock, by_end: Floats, *, entered: bool) -> None:
        """Subtract what leaving the person, or cluster, out of a regression takes away."""
        if entered or self.setting.owner is not None:
            along = np.einsum("qmp,qmp->mq", by_end, self._shared(number, block))
            self.through.own[block.rows] -= self.setting.leverage * along

    def _shared(self, number: int, block: PeopleBlock) -> Floats:
        """Return the influence on the coefficients of a regression, of the person or cluster."""
        if self.setting.owner is not None:
            return self.shared[number][:, self.setting.owner[block.rows]]
        return self.regressions[number].influence(block, self.value[number][:, block.rows])


@dataclass(frozen=True, eq=False, kw_only=True)
class _InPeriod:
    """What happens to a block in a period.

    Attributes
    ----------
    period : Period
        The period.
    after, own_after : array (targets, days, states, people), (targets, days, people)
        V+ by state, and in the own one.
    counts : array (targets, days, 1)
        1 for an event that counts.
    residual : array (targets, days, people)
        r.
    """

    period: Period
    after: Floats
    own_after: Floats
    counts: Floats
    residual: Floats

    @classmethod
    def of(
        cls, period: Period, after: Floats, event: Floats, every: Floats, targets: tuple[RiskTarget, ...]
    ) -> "_InPeriod":
        """Return it, for events by day (H + 1, people)."""
        at, day = np.arange(period.stop - period.first), np.arange(period.first, period.stop)
        h1, h2 = period.event[at, period.own], period.competing[at, period.own]
        counts = np.array([one.per_event * (day <= one.day) for one in targets])[:, :, None]
        own_after = after[:, at, period.own]
        residual = counts * (event[period.days] - h1) - own_after * (every[period.days] - h1 - h2)
        return cls(period=period, after=after, own_after=own_after, counts=counts, residual=residual)

    def by_predictor(self, adjoints: Floats, weight: Floats) -> tuple[Floats, Floats]:
        """Return derivatives with respect to the predictors of both hazards, as `after`.

        Parameters
        ----------
        adjoints : array (1 or targets, days, states, people)
            Of the values.
        weight : array (days, people)
            Weights of the days.
        """
        period, at = self.period, np.arange(len(weight))
        by_competing = -adjoints * self.after
        by_event = adjoints * self.counts[:, :, None] + by_competing
        by_event[:, at, period.own] += weight * (self.own_after - self.counts)
        by_competing[:, at, period.own] += weight * self.own_after
        by_event *= period.event * (1 - period.event)
        by_competing *= period.competing * (1 - period.competing)
        return by_event, by_competing


@dataclass(frozen=True, eq=False, kw_only=True)
class _Adjoints:
    """Derivatives of the sum of all contributions, in a period of a block.

    Attributes
    ----------
    values : array (1 or targets, days, states, people)
        With respect to the values by day.
    decisions : array (1 or targets, K + 1, people)
        With respect to the values at start decisions.
    ends : array (1 or targets, states, people)
        With respect to the values with which the period ends.
    pull : array (targets, people) or None
        u'x of the regression at its first day.
    """

    values: Floats
    decisions: Floats
    ends: Floats
    pull: Floats | None = None
