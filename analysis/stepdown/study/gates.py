"""Gates: below which limits a comparison is shown with a warning, and below which it is withheld."""

from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from stepdown.schema.declarations import Declaration

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
Falling = TypeVar("Falling", "EventsGate", "OutcomeKnownGate")


class BalanceGate(Declaration):
    """Standardized differences of covariates between the groups after weighting, without their sign.

    Attributes
    ----------
    warn : float
        Above this, a warning; and withheld where it is above this by more than chance explains at this size
        (one-sided 95%).
    withhold : float
        Above this, withheld.
    """

    warn: Amount = 0.1
    withhold: Amount = 0.2

    @model_validator(mode="after")
    def _ordered(self) -> "BalanceGate":
        if self.warn > self.withhold:
            raise ValueError("warn must not be above withhold")
        return self


class EffectiveSizeGate(Declaration):
    """People on whom each group of an adjusted comparison rests after weighting, on its first day.

    Of plans with a grace period that is the day after it, among those still compatible with the plan.

    Attributes
    ----------
    warn : float
        Below this share of the people who carry weight, a warning.
    withhold : float
        Below so many people in a group, withheld.
    """

    warn: Share = 0.3
    withhold: Amount = 50


class EventsGate(Declaration):
    """Events of the study's outcome in each group by the end of the window.

    Attributes
    ----------
    warn, withhold : float
        Below so many events in a group.
    """

    warn: Amount = 20
    withhold: Amount = 10

    @model_validator(mode="after")
    def _ordered(self) -> "EventsGate":
        return _falling(self)


class OutcomeKnownGate(Declaration):
    """Share of each group whose outcome by the end of the window is known, of those due by the data cut.

    Attributes
    ----------
    warn, withhold : float
        Below this share.
    """

    warn: Share = 0.7
    withhold: Share = 0.5

    @model_validator(mode="after")
    def _ordered(self) -> "OutcomeKnownGate":
        return _falling(self)


class LargestShareGate(Declaration):
    """Largest share of one person in the weight of a group, on the day of `effective_size`.

    Attributes
    ----------
    warn, withhold : float
        Above this share.
    """

    warn: Share = 0.05
    withhold: Share = 0.1

    @model_validator(mode="after")
    def _ordered(self) -> "LargestShareGate":
        if self.warn > self.withhold:
            raise ValueError("warn must not be above withhold")
        return self


def _falling(gate: Falling) -> Falling:
    if gate.warn < gate.withhold:
        raise ValueError("warn must not be below withhold")
    return gate


class Gates(Declaration):
    """Limits of each comparison: the first gives a warning, the second withholds every number of it.

    Attributes
    ----------
    balance : BalanceGate
        Of comparisons that are weighted: landmark, baseline and matched on their first day,
        clone_censor_weight on the day after the grace period, sequential_trials on the days of the trials.
    effective_size : EffectiveSizeGate
        Of all; those who are not weighted count as they are.
    events : EventsGate
        Of all; of clone_censor_weight those of people who follow the plan so far.
    outcome_known : OutcomeKnownGate
        Of each group; where a discharge counts under several plans, of everybody.
    largest_share : LargestShareGate
        Of all.
    """

    balance: BalanceGate = BalanceGate()
    effective_size: EffectiveSizeGate = EffectiveSizeGate()
    events: EventsGate = EventsGate()
    outcome_known: OutcomeKnownGate = OutcomeKnownGate()
    largest_share: LargestShareGate = LargestShareGate()
