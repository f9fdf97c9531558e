"""Strategies: what each person does about starting care, by day of the grace period."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepdown.compare.grace_period.person_days import PeopleBlock, PersonDays
from stepdown.errors import EmptyArmError, EstimateError
from stepdown.survival.core.sample import Ints

Kind = Literal["start", "no_start"]


@dataclass(frozen=True, kw_only=True)
class StartStrategy:
    """A rule on the start of care.

    Attributes
    ----------
    name : str
        Name in the results.
    kind : {"start", "no_start"}
        Start by the end of the grace period, on a day that the start law draws; or do not start in it.
    within : int
        Last day of the grace period.
    """

    name: str
    kind: Kind
    within: int

    @property
    def starts(self) -> bool:
        """Whether it asks for a start."""
        return self.kind == "start"

    def last_compatible(self, block: PeopleBlock, horizon: int) -> int:
        """Return the last day at whose start the members of a block still follow the strategy."""
        never = block.group > self.within
        if self.starts:
            return self.within if never else horizon
        return horizon if never else block.group


def default_strategies(within: int) -> tuple[StartStrategy, ...]:
    """Return the two strategies of a grace period; the last is the reference."""
    return (
        StartStrategy(name=f"start within {within} days", kind="start", within=within),
        StartStrategy(name=f"no start within {within} days", kind="no_start", within=within),
    )


def check_strategies(strategies: tuple[StartStrategy, ...]) -> None:
    """Raise where strategies cannot be compared."""
    names = [strategy.name for strategy in strategies]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise EstimateError("A comparison needs at least two strategies, each with a name of its own.")
    if any(strategy.within < 0 for strategy in strategies):
        raise EstimateError("A grace period ends on day 0 at the earliest. Correct `within`.")


def deviation_days(people: PersonDays, strategy: StartStrategy) -> Ints:
    """Return the day on which each person deviates from a strategy, -1 where never; in the caller's order.

    An event before or on the day keeps a person compatible: on the day of an event nothing can be started
    or missed any more.
    """
    decided = people.decisions
    if strategy.starts:
        day = np.where((decided.last == people.grace) & ~decided.hit, people.grace, -1)
    else:
        day = np.where(decided.hit, decided.last, -1)
    found = np.empty_like(day)
    found[people.order] = day
    return found


def ends_of_grace_period(people: PersonDays, strategy: StartStrategy) -> dict[str, int]:
    """Return what became of everybody's copy under a strategy by the end of its grace period, in all n.

    `followed` it; `departed` from it, which censors the copy; had the event (`relapse`) or another
    (`other_event`) before either; or were `lost` before.
    """
    decided = people.decisions
    past = (decided.last == people.grace) & ~decided.hit
    followed, departed = (decided.hit, past) if strategy.starts else (past, decided.hit)
    before = ~decided.hit & ~past
    counts = {"followed": followed, "departed": departed}
    counts |= {
        name: before & (people.event == code)
        for name, code in (("relapse", 1), ("other_event", 2), ("lost", 0))
    }
    return {name: int(where.sum()) for name, where in counts.items()}


def check_followed(people: PersonDays, strategy: StartStrategy) -> None:
    """Raise where a strategy cannot be compared.

    Raises
    ------
    EmptyArmError
        Nobody does, or nobody can deviate from it.
    """
    decided = people.decisions
    starts = int(decided.hit.sum())
    past = int(((decided.last == people.grace) & ~decided.hit).sum())
    follow, deviate = (starts, past) if strategy.starts else (past, starts)
    what = (
        f"of {len(decided.hit):,} people, {starts:,} start by day {people.grace} and {past:,} pass it "
        "without a start"
    )
    if not follow:
        raise EmptyArmError(
            f"Nobody follows the strategy “{strategy.name}”: {what}. Change the grace period or the "
            "levels of care."
        )
    if not deviate:
        raise EmptyArmError(
            f"Nobody can deviate from the strategy “{strategy.name}”: {what}. There is nothing to compare."
        )
