"""From estimates and influence functions by strategy to one table with intervals."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_influence import StrategyEstimate, degrees_of_freedom
from stepdown.survival.core.day_grid import few_clusters
from stepdown.survival.core.sample import Floats, Ints

FEWEST_EFFECTIVE, FEWEST_DEGREES = 70.0, 30.0
"""No interval is given below these."""
TOO_FEW = "too few effective people for an interval"
NO_EVENT = "no one in a group has the event, so there is no interval"
TOO_HEAVY = "a few people have too much weight for an interval"
NOT_DETERMINED = "too few people determine a model behind the estimate, so there is no interval"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number to report: a target, the difference of two (risk from one day to a later one), or a rate.

    A rate is the events of a window over its mean event-free days, `per`: the average hazard of everybody
    in it (Uno H, Horiguchi M 2023, Stat Med 42:936-952). Only its ratio is reported.
    """

    estimand: str
    time: int
    window_start: int
    plus: int
    minus: int | None = None
    per: "Quantity | None" = None

    @property
    def statistics(self) -> tuple[str, ...]:
        """What is reported of two strategies."""
        return ("difference", "ratio") if self.per is None else ("ratio",)

    def of(self, values: Floats) -> Floats:
        """Return it from the values of all targets, on the last axis."""
        found = values[..., self.plus]
        found = found if self.minus is None else found - values[..., self.minus]
        if self.per is None:
            return found
        days = self.per.of(values)
        return np.asarray(np.divide(found, days, out=np.zeros_like(found), where=days > 0))

    def relative(self, values: Floats, influence: Floats) -> Floats:
        """Return the influence on its logarithm, from the values of all targets and the influence on them."""
        if self.per is None:
            return self.of(influence) / self.of(values)
        plain = replace(self, per=None)
        return plain.relative(values, influence) - self.per.relative(values, influence)


def quantities(
    times: tuple[int, ...], window: tuple[int, int] | None, rmst: int | None
) -> tuple[tuple[RiskTarget, ...], tuple[Quantity, ...]]:
    """Return the targets to estimate, and what to report from them."""
    days = tuple(dict.fromkeys((*times, *(day for day in window or () if day > 0))))
    targets = [RiskTarget("risk", day) for day in days]
    found = [Quantity(estimand="risk", time=day, window_start=0, plus=days.index(day)) for day in times]
    if window is not None:
        begin, end = window
        before = days.index(begin) if begin else None
        found.append(
            Quantity(estimand="window_risk", time=end, window_start=begin, plus=days.index(end), minus=before)
        )
    if rmst is not None:
        found.append(Quantity(estimand="rmst", time=rmst, window_start=0, plus=len(targets)))
        targets.append(RiskTarget("rmst", rmst))
    if rmst is not None and window is not None:
        ends = [day for day in window if day > 0]
        targets += [one for one in (RiskTarget("rmst", day) for day in ends) if one not in targets]
        for first, last in dict.fromkeys([(0, window[1]), *pairwise([0, *ends])]):
            found.append(_rate(targets, first, last))
    return tuple(targets), tuple(found)


def _rate(targets: list[RiskTarget], first: int, last: int) -> Quantity:
    def between(estimand: Literal["risk", "rmst"], per: Quantity | None = None) -> Quantity:
        plus, minus = (targets.index(RiskTarget(estimand, day)) if day else None for day in (last, first))
        assert plus is not None
        return Quantity(
            estimand="hazard_ratio", time=last, window_start=first, plus=plus, minus=minus, per=per
        )

    return between("risk", between("rmst"))


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """What rows are made from: estimates by one estimator, and influence in the caller's order.

    With `also`, another clustering across the first (as of clients across matched pairs), variances are those
    of the first, plus those of the other, minus those of people who share both (Cameron AC et al. 2011, JBES
    29:238-249). Of fewer than 31 clusters variances are times G / (G - 1), and intervals by t on G - 1. Of
    strategies in `without_events` nothing varies, and a model's small risk is its penalty: no
    interval and no ratio rests on them.
    """

    estimator: str
    fits: dict[str, StrategyEstimate]
    influence: dict[str, Floats]
    quantities: tuple[Quantity, ...]
    cluster: Ints | None
    level: float
    also: Ints | None = None
    without_events: frozenset[str] = frozenset()

    def table(self) -> pd.DataFrame:
        """Return one row per quantity and strategy, then per contrast with the last strategy."""
        names = list(self.fits)
        alone = [quantity for quantity in self.quantities if quantity.per is None]
        rows = [self._strategy(name, quantity) for quantity in alone for name in names]
        rows += [
            self._contrast(name, names[-1], quantity, statistic)
            for quantity in self.quantities
            for name in names[:-1]
            for statistic in quantity.statistics
        ]
        return pd.DataFrame(rows)

    def point_only(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        """Return the table of g_formula or uncapped estimates of the same numbers, without intervals."""
        found = table.assign(estimator=name, std_error=np.nan, conf_low=np.nan, conf_high=np.nan)
        targets = {
            key: fit.g_formula if name == "g_formula" else fit.uncapped for key, fit in self.fits.items()
        }
        return found.assign(estimate=self.estimates(targets), degrees_of_freedom=np.nan)

    def alone(self, targets: dict[str, Floats], size: int) -> Floats:
        """Return the estimates of the rows of `table`, the first of `size` rows; the others missing."""
        found = np.full(size, np.nan)
        mine = self.estimates(targets)
        found[: len(mine)] = mine
        return found

    def estimates(self, targets: dict[str, Floats]) -> list[float]:
        """Return the estimates of the rows of `table` from those of the targets by strategy."""
        *others, last = targets
        alone = [quantity for quantity in self.quantities if quantity.per is None]
        found = [float(quantity.of(targets[name])) for quantity in alone for name in targets]
        for quantity in self.quantities:
            reference = float(quantity.of(targets[last]))
            for name in others:
                one = float(quantity.of(targets[name]))
                by_statistic = {
                    "difference": one - reference,
                    "ratio": one / reference if min(one, reference) > 0 else np.nan,
                }
                found += [by_statistic[statistic] for statistic in quantity.statistics]
        return found

    def _strategy(self, name: str, quantity: Quantity) -> dict[str, object]:
        estimate = float(quantity.of(self.fits[name].estimate))
        influence = quantity.of(self.influence[name])
        return self._row(quantity, name, "", "estimate", estimate, influence, log=False)

    def _contrast(self, name: str, reference: str, quantity: Quantity, statistic: str) -> dict[str, object]:
        one, other = (float(quantity.of(self.fits[key].estimate)) for key in (name, reference))
        if statistic == "difference":
            first, second = (quantity.of(self.influence[key]) for key in (name, reference))
            return self._row(quantity, name, reference, statistic, one - other, first - second, log=False)
        if one <= 0 or other <= 0 or self.without_events & {name, reference}:
            missing = np.full(len(self.influence[name]), np.nan)
            return self._row(quantity, name, reference, statistic, np.nan, missing, log=True)
        influence = np.subtract(
            *(quantity.relative(self.fits[key].estimate, self.influence[key]) for key in (name, reference))
        )
        return self._row(quantity, name, reference, statistic, one / other, influence, log=True)

    @property
    def _fewest_clusters(self) -> float:
        """How many clusters there are, of the clustering with fewer; infinite without one."""
        given = [one for one in (self.cluster, self.also) if one is not None]
        return min((int(one.max()) + 1 for one in given), default=np.inf)

    def _is_beyond(self, name: str, quantity: Quantity) -> bool:
        """Return whether one person alone would move a risk, or event-free days, by more than all of it."""
        most = quantity.time if quantity.estimand == "rmst" else 1
        return bool(np.abs(self.influence[name][:, quantity.plus]).max(initial=0.0) > most)

    def _variance(self, influence: Floats, summed: Floats) -> float:
        variance = float((summed**2).sum())
        if self.also is None or self.cluster is None:
            return variance
        both = pd.factorize(self.cluster * (int(self.also.max()) + 1) + self.also)[0]
        other, shared = np.bincount(self.also, influence), np.bincount(both, influence)
        return max(variance + float((other**2).sum()) - float((shared**2).sum()), variance)

    def _row(
        self,
        quantity: Quantity,
        name: str,
        reference: str,
        statistic: str,
        estimate: float,
        influence: Floats,
        *,
        log: bool,
    ) -> dict[str, object]:
        sizes = [self.fits[key].sums.effective_size(quantity.time) for key in (name, reference) if key]
        summed = influence
        if self.cluster is not None:
            summed = np.bincount(self.cluster, influence).astype(float)
        degrees, many = degrees_of_freedom(summed), self._fewest_clusters
        few = many - 1 < FEWEST_DEGREES
        if self.cluster is not None:
            degrees = min(degrees, len(summed) - 1)
        if few:
            # Whether a few people weigh too much is asked of people: few sites are few whatever they weigh.
            degrees = degrees_of_freedom(influence)
        note = TOO_HEAVY if degrees < FEWEST_DEGREES else ""
        if any(self._is_beyond(key, quantity) for key in (name, reference) if key):
            note = NOT_DETERMINED
        if min(sizes) < FEWEST_EFFECTIVE or many < 2:
            note = TOO_FEW
        if self.without_events & {name, reference}:
            note = NO_EVENT
        shown = not note
        error = float(np.sqrt(self._variance(influence, summed))) if shown else np.nan
        by_clusters = few and shown
        if by_clusters:
            degrees, error = many - 1.0, error * float(np.sqrt(many / (many - 1)))
            note = few_clusters(int(many), int(many) - 1)
        wide = special.stdtrit(degrees, 0.5 + self.level / 2) * error if shown else np.nan
        low, high = estimate - wide, estimate + wide
        if log:
            with np.errstate(over="ignore"):  # an upper limit beyond all numbers
                low, high = estimate * np.exp(-wide), estimate * np.exp(wide)
        return {
            "estimator": self.estimator,
            "estimand": quantity.estimand,
            "time": quantity.time,
            "window_start": quantity.window_start,
            "strategy": name,
            "reference": reference,
            "statistic": statistic,
            "estimate": estimate,
            "std_error": error * (estimate if log else 1.0),
            "conf_low": low,
            "conf_high": high,
            "degrees_of_freedom": degrees,
            "effective_size": min(sizes),
            "few_clusters": many if by_clusters else np.nan,
            "note": note,
        }
