"""From estimates and influence functions by strategy to one table with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.compare.grace_period.estimating_equations import RiskTarget
from stepdown.compare.grace_period.person_influence import StrategyEstimate, degrees_of_freedom
from stepdown.survival.core.sample import Floats, Ints

FEWEST_EFFECTIVE, FEWEST_DEGREES, FEWEST_CLUSTERS = 70.0, 30.0, 6
"""No interval is given below these."""
TOO_FEW = "too few effective people for an interval"
TOO_HEAVY = "a few people have too much weight for an interval"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """A number to report: a target, or the difference of two (risk from one day to a later one)."""

    estimand: str
    time: int
    window_start: int
    plus: int
    minus: int | None = None

    def of(self, values: Floats) -> Floats:
        """Return it from the values of all targets, on the last axis."""
        found = values[..., self.plus]
        return found if self.minus is None else found - values[..., self.minus]


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
    return tuple(targets), tuple(found)


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """What rows are made from: estimates by one estimator, and influence in the caller's order.

    With `also`, another clustering across the first (as of clients across matched pairs), variances are those
    of the first, plus those of the other, minus those of people who share both (Cameron AC et al. 2011, JBES
    29:238-249).
    """

    estimator: str
    fits: dict[str, StrategyEstimate]
    influence: dict[str, Floats]
    quantities: tuple[Quantity, ...]
    cluster: Ints | None
    level: float
    also: Ints | None = None

    def table(self) -> pd.DataFrame:
        """Return one row per quantity and strategy, then per contrast with the last strategy."""
        names = list(self.fits)
        rows = [self._strategy(name, quantity) for quantity in self.quantities for name in names]
        rows += [
            self._contrast(name, names[-1], quantity, statistic)
            for quantity in self.quantities
            for name in names[:-1]
            for statistic in ("difference", "ratio")
        ]
        return pd.DataFrame(rows)

    def point_only(self, table: pd.DataFrame, name: str) -> pd.DataFrame:
        """Return the table of g_formula or uncapped estimates of the same numbers, without intervals."""
        found = table.assign(estimator=name, std_error=np.nan, conf_low=np.nan, conf_high=np.nan)
        values: dict[tuple[str, str, int], float] = {}
        for key, fit in self.fits.items():
            targets = fit.g_formula if name == "g_formula" else fit.uncapped
            for quantity in self.quantities:
                values[key, quantity.estimand, quantity.time] = float(quantity.of(targets))
        estimates = []
        for row in found.to_dict("records"):
            one = values[row["strategy"], row["estimand"], row["time"]]
            other = values.get((row["reference"], row["estimand"], row["time"]), np.nan)
            by_statistic = {
                "estimate": one,
                "difference": one - other,
                "ratio": one / other if other else np.nan,
            }
            estimates.append(by_statistic[row["statistic"]])
        return found.assign(estimate=estimates, degrees_of_freedom=np.nan)

    def _strategy(self, name: str, quantity: Quantity) -> dict[str, object]:
        estimate = float(quantity.of(self.fits[name].estimate))
        influence = quantity.of(self.influence[name])
        return self._row(quantity, name, "", "estimate", estimate, influence, log=False)

    def _contrast(self, name: str, reference: str, quantity: Quantity, statistic: str) -> dict[str, object]:
        one, other = (float(quantity.of(self.fits[key].estimate)) for key in (name, reference))
        first, second = (quantity.of(self.influence[key]) for key in (name, reference))
        if statistic == "difference":
            return self._row(quantity, name, reference, statistic, one - other, first - second, log=False)
        if one <= 0 or other <= 0:
            return self._row(quantity, name, reference, statistic, np.nan, first * np.nan, log=True)
        influence = first / one - second / other
        return self._row(quantity, name, reference, statistic, one / other, influence, log=True)

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
        degrees = degrees_of_freedom(summed)
        if self.cluster is not None:
            degrees = min(degrees, len(summed) - 1)
        error = float(np.sqrt(self._variance(influence, summed)))
        note = TOO_HEAVY if degrees < FEWEST_DEGREES else ""
        if min(sizes) < FEWEST_EFFECTIVE or len(summed) < FEWEST_CLUSTERS:
            note = TOO_FEW
        shown = not note
        wide = special.stdtrit(degrees, 0.5 + self.level / 2) * error if shown else np.nan
        low, high = estimate - wide, estimate + wide
        if log:
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
            "std_error": error * (estimate if log else 1.0) if shown else np.nan,
            "conf_low": low,
            "conf_high": high,
            "degrees_of_freedom": degrees,
            "effective_size": min(sizes),
            "note": note,
        }
