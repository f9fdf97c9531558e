"""Gates: below which limits a comparison is shown with a warning, and below which it is withheld."""

from typing import Annotated, TypeVar

from pydantic import Field, model_validator

from stepdown.schema.declarations import Declaration

Difference = Annotated[float, Field(ge=0.01, le=1)]
People = Annotated[int, Field(ge=10, le=10_000, strict=True)]
Events = Annotated[int, Field(ge=5, le=1_000, strict=True)]
ShareOfPeople = Annotated[float, Field(ge=0.05, le=0.95)]
ShareKnown = Annotated[float, Field(ge=0.1, le=1)]
ShareOfWeight = Annotated[float, Field(ge=0.01, le=0.5)]
Off = Annotated[bool, Field(strict=True)]
Falling = TypeVar("Falling", "EventsGate", "OutcomeKnownGate")
Rising = TypeVar("Rising", "BalanceGate", "LargestShareGate")


class BalanceGate(Declaration):
    """Standardized differences of covariates between the groups after weighting, without their sign.

    Attributes
    ----------
    warn : float
        Above this, a warning; and withheld where it is above this by more than chance explains at this size
        (one-sided 95%). From 0.01 to 1.
    withhold : float
        Above this, withheld. From 0.01 to 1.
    off : bool
        Whether the gate is left out. The report then says that nothing is judged by it.
    """

    warn: Difference = 0.1
    withhold: Difference = 0.2
    off: Off = False

    @model_validator(mode="after")
    def _ordered(self) -> "BalanceGate":
        return _rising(self)


class EffectiveSizeGate(Declaration):
    """People on whom each group of an adjusted comparison rests after weighting, on its first day.

    Of plans with a grace period that is the day after it, among those still compatible with the plan.

    Attributes
    ----------
    warn : float
        Below this share of the people who carry weight, a warning. From 0.05 to 0.95.
    withhold : int
        Below so many people in a group, withheld. From 10 to 10,000.
    off : bool
        Whether the gate is left out. The report then says that nothing is judged by it.
    """

    warn: ShareOfPeople = 0.3
    withhold: People = 50
    off: Off = False


class EventsGate(Declaration):
    """Events of the study's outcome in each group by the end of the window.

    Attributes
    ----------
    warn, withhold : int
        Below so many events in a group. From 5 to 1,000: a smaller limit would give the events of a group
        away.
    off : bool
        Whether the gate is left out. The report then says that nothing is judged by it.
    """

    warn: Events = 20
    withhold: Events = 10
    off: Off = False

    @model_validator(mode="after")
    def _ordered(self) -> "EventsGate":
        return _falling(self)


class OutcomeKnownGate(Declaration):
    """Share of each group whose outcome by the end of the window is known, of those due by the data cut.

    Attributes
    ----------
    warn, withhold : float
        Below this share. From 0.1 to 1.
    off : bool
        Whether the gate is left out. The report then says that nothing is judged by it.
    """

    warn: ShareKnown = 0.7
    withhold: ShareKnown = 0.5
    off: Off = False

    @model_validator(mode="after")
    def _ordered(self) -> "OutcomeKnownGate":
        return _falling(self)


class LargestShareGate(Declaration):
    """Largest share of one person in the weight of a group, on the day of `effective_size`.

    Attributes
    ----------
    warn, withhold : float
        Above this share. From 0.01 to 0.5.
    off : bool
        Whether the gate is left out. The report then says that nothing is judged by it.
    """

    warn: ShareOfWeight = 0.05
    withhold: ShareOfWeight = 0.1
    off: Off = False

    @model_validator(mode="after")
    def _ordered(self) -> "LargestShareGate":
        return _rising(self)


def _falling(gate: Falling) -> Falling:
    if gate.warn < gate.withhold:
        raise ValueError("warn must not be below withhold")
    return gate


def _rising(gate: Rising) -> Rising:
    if gate.warn > gate.withhold:
        raise ValueError("warn must not be above withhold")
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
