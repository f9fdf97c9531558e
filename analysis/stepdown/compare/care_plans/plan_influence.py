"""What the estimate of a plan is computed from: decisions of its clauses, their weights and gradients.

The estimating equations are those of one start of care (`grace_period`). A plan with steps starts care on the
days that the law of its first step draws; hazards by days since that start, of people who follow the plan so
far, weighted by its later decisions, take these as they come.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepdown.compare.care_plans.plan_models import (
    ClauseDecisions,
    FittedClause,
    clause_decisions,
    decision_weights,
)
from stepdown.compare.grace_period.nuisance_models import DayModel
from stepdown.compare.grace_period.person_days import PeopleBlock
from stepdown.compare.grace_period.person_influence import (
    EstimateSetting,
    by_chance_of_strategy,
    sums_after,
)
from stepdown.compare.grace_period.start_laws import start_chance_gradient
from stepdown.compare.grace_period.start_weights import BlockWeights, ObservedDecisions, still_followed
from stepdown.survival.core.sample import Floats, Ints


@dataclass(frozen=True, eq=False, kw_only=True)
class PlanDecisions(ObservedDecisions):
    """Decisions of a block about every clause of a plan.

    Attributes
    ----------
    clauses : list of ClauseDecisions
        In the order of the clauses; the first has one window of each person.
    """

    clauses: list[ClauseDecisions]


@dataclass(frozen=True, eq=False, kw_only=True)
class PlanSetting(EstimateSetting):
    """What the estimate of one plan is computed from.

    Attributes
    ----------
    clauses : tuple of FittedClause
        The plan.
    still_followed : DayModel or None
        Daily chance to be lost; None where nobody is.
    """

    clauses: tuple[FittedClause, ...]
    still_followed: DayModel | None

    @property
    def loss(self) -> DayModel | None:
        """Daily chance to be lost."""
        return self.still_followed

    def decided(self, number: int, block: PeopleBlock) -> PlanDecisions:
        """Return the decisions of a block; they are not kept, since a person may have many."""
        loss, kept = still_followed(self.people, block, self.loss)
        return PlanDecisions(
            loss=loss, kept=kept, clauses=[clause_decisions(one, block.rows) for one in self.clauses]
        )

    def weights(self, decisions: ObservedDecisions) -> BlockWeights:
        """Return the weights of a block."""
        assert isinstance(decisions, PlanDecisions)
        kept, first = decisions.kept, decisions.clauses[0]
        factor = decision_weights(decisions.clauses, len(kept), self.people.horizon)
        return BlockWeights(
            q=first.q,
            weight=np.minimum(factor, self.cap) * kept,
            uncapped=factor * kept,
            free=factor <= self.cap,
        )

    def decision_models(self) -> tuple[dict[str, DayModel], dict[str, Ints]]:
        """Return the models of all clauses, and the person of each of their windows."""
        fitted: dict[str, DayModel] = {}
        person: dict[str, Ints] = {}
        for number, one in enumerate(self.clauses):
            fitted[f"clause {number}"] = one.chance
            if one.law is not None and one.law is not one.chance:
                fitted[f"law {number}"] = one.law
            person |= {f"{name} {number}": one.windows.person for name in ("clause", "law")}
        return fitted, person

    def gradients(
        self,
        block: PeopleBlock,
        made: ObservedDecisions,
        q: Floats,
        weighted: Floats,
        direct: Floats | None,
    ) -> Iterator[tuple[str, PeopleBlock, Floats]]:
        """Yield derivatives with respect to the predictors of every clause."""
        assert isinstance(made, PlanDecisions)
        horizon = self.people.horizon
        later = sums_after(weighted, horizon + 1)
        for number, (fitted, one) in enumerate(zip(self.clauses, made.clauses, strict=True)):
            rest = later[:, one.row[:, None], np.minimum(one.day, horizon)] * one.made
            by_chance = rest * (one.chance - one.hit)
            if fitted.law is None:
                yield f"clause {number}", one.block, by_chance
                continue
            by_q = by_chance_of_strategy(rest, one.q, one.hit, one.made & ~one.hit)
            if direct is not None and not number:
                by_q = by_q + direct
            by_law = start_chance_gradient(fitted.day_law, one.law, by_q)
            if fitted.law is fitted.chance:
                yield f"clause {number}", one.block, by_chance + by_law
            else:
                yield f"clause {number}", one.block, by_chance
                yield f"law {number}", one.block, by_law
