"""Strategies: plans of care as steps to start, to keep up, and care to avoid."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stepdown.schema.declarations import Day, Declaration, Level, Positive, Text


class CareStep(Declaration):
    """Care to start, or to avoid, within some days of time zero or of the step before.

    Attributes
    ----------
    level : tuple of str
        Levels of care, any of which counts.
    within : int
        Last day that counts: since time zero; with `after`, since the start or the end of the step before.
    after : str or None
        For clone_censor_weight, on every step but the first: "start" counts from the first day of care of the
        step before, "end" from its latest one, so that each further day of that care begins the count anew.
    min_weeks : int or None
        For clone_censor_weight, on the last step: weeks from its first day in each of which it has to go on.
    min_hours : float or None
        With min_weeks: least hours of it in each of these weeks; one attended session if left out.
    """

    level: Annotated[tuple[Level, ...], Field(min_length=1)]
    within: Day
    after: Literal["start", "end"] | None = None
    min_weeks: Positive | None = None
    min_hours: Annotated[float, Field(gt=0, le=168)] | None = None

    @model_validator(mode="after")
    def _keys_fit(self) -> "CareStep":
        if self.min_hours is not None and self.min_weeks is None:
            raise ValueError("min_hours is an amount a week, so it needs min_weeks, such as min_weeks = 8")
        if self.after is not None and self.within < 1:
            raise ValueError("a step after another needs within = 1 at least, the day after it")
        return self


class Strategy(Declaration):
    """A plan of care: steps to start, and care to avoid.

    Attributes
    ----------
    label : str
        Name of the plan in the report.
    steps : tuple of CareStep
        Care to start, all of it; in this order where a step has `after`.
    avoid : tuple of CareStep
        Care not to start.
    """

    label: Text
    steps: tuple[CareStep, ...] = ()
    avoid: tuple[CareStep, ...] = ()

    @model_validator(mode="after")
    def _steps_fit(self) -> "Strategy":
        if not self.steps and not self.avoid:
            raise ValueError("a strategy needs steps, or levels of care to avoid")
        if any(step.after or step.min_weeks for step in self.avoid):
            raise ValueError("care to avoid has no after, min_weeks or min_hours")
        if self.steps and self.steps[0].after:
            raise ValueError("the first step counts from time zero; leave out its after")
        if any(step.min_weeks for step in self.steps[:-1]):
            raise ValueError("only the last step can have min_weeks: the next step ends the one before")
        for before, step in zip(self.steps, self.steps[1:], strict=False):
            if step.after and set(step.level) & set(before.level):
                raise ValueError(
                    f"a step of {_listed(step.level)} cannot follow one of {_listed(before.level)}: the next "
                    "session of that care would start it; use min_weeks for care that goes on"
                )
        return self

    @property
    def last_day(self) -> int:
        """Day since time zero by which it is known whether a client follows the steps that count from it."""
        return max(step.within for step in (*self.steps, *self.avoid) if not step.after)

    @property
    def first_window(self) -> int:
        """Last day since time zero of the first step, or of the care to avoid."""
        return (*self.steps, *self.avoid)[0].within

    @property
    def unfolds(self) -> bool:
        """Whether steps follow one another or go on for weeks."""
        return any(step.after or step.min_weeks for step in self.steps)

    @property
    def last_decision(self) -> int | None:
        """Last day since time zero on which a client can depart; None where a step counts from an end."""
        if any(step.after == "end" for step in self.steps):
            return None
        later = sum(step.within for step in self.steps if step.after)
        weeks = sum(7 * step.min_weeks for step in self.steps if step.min_weeks)
        return self.last_day + later + weeks


def check_plans(plans: tuple[Strategy, ...]) -> None:
    """Raise unless plans can be compared by clone-censor-weight.

    Parameters
    ----------
    plans : tuple of Strategy
        The last is the reference.

    Raises
    ------
    ValueError
        With the remedy.
    """
    if not any(plan.steps for plan in plans):
        raise ValueError("analysis: clone_censor_weight needs a plan with steps; all of them only avoid care")
    if any(len(plan.steps) > 1 and not all(step.after for step in plan.steps[1:]) for plan in plans):
        raise ValueError(
            "analysis: clone_censor_weight takes steps one after another; give every step but the first "
            'after = "start" or after = "end" (of the step before)'
        )
    for plan in plans:
        started = {level for step in plan.steps for level in step.level}
        both = started & {level for step in plan.avoid for level in step.level}
        if both:
            raise ValueError(
                f"analysis: steps and avoid contradict each other on {_listed(sorted(both))}; leave the "
                "level out of one of them"
            )


def one_start(plans: tuple[Strategy, ...]) -> bool:
    """Return whether plans are no more than one start of the same care each, or no start of it."""
    parts = [(*plan.steps, *plan.avoid) for plan in plans]
    if any(len(steps) != 1 for steps in parts) or any(plan.unfolds for plan in plans):
        return False
    return len({frozenset(steps[0].level) for steps in parts}) == 1


def _listed(levels: tuple[str, ...] | list[str]) -> str:
    return " or ".join(levels)
