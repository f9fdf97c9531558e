"""The outcome of a study: what counts as relapse, and for which days results are reported."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from stepdown.schema import EndpointSpec, endpoint, endpoints
from stepdown.schema.declarations import Day, Declaration, Positive


class Outcome(Declaration):
    """What counts as relapse, and on which days results are reported.

    Attributes
    ----------
    endpoint : str
        Name and version of a relapse definition.
    parameters : dict of str to int
        Parameters of the definition that differ from its own values.
    missing, interval : str
        Rules for missing observations and for intervals, where the definition allows them.
    imputations : int
        Number of imputations of the day in each interval, where `interval` is "imputed".
    competing : tuple of str
        Events that end the time at risk.
    window : tuple of int
        (a, b): days after day a up to day b.
    times : tuple of int
        Days for which results are reported; the last is the horizon.
    word : str
        The word used in reports.
    secondary : tuple of str
        Secondary endpoints that are reported beside the outcome.
    """

    endpoint: str = "first_use@1"
    parameters: dict[str, Annotated[int, Field(strict=True)]] = Field(default_factory=dict)
    missing: str = "as_defined"
    interval: str = "bounds"
    imputations: Annotated[int, Field(ge=2, le=1000, strict=True)] = 20
    competing: tuple[Literal["death", "incarceration"], ...] = ("death", "incarceration")
    window: tuple[Day, Positive] = (30, 90)
    times: Annotated[tuple[Positive, ...], Field(min_length=1)] = (30, 60, 90, 180, 365)
    word: Literal["relapse", "return to use"] = "relapse"
    secondary: tuple[str, ...] = ()

    @property
    def spec(self) -> EndpointSpec:
        """The declaration of the endpoint."""
        return endpoint(self.endpoint)

    @property
    def settings(self) -> dict[str, int]:
        """A value for every parameter of the endpoint."""
        return {one.name: self.parameters.get(one.name, one.default) for one in self.spec.parameters}

    @property
    def after_window(self) -> int | None:
        """The last day where it lies after the window; None where it is its end."""
        return self.horizon if self.horizon > self.window[1] else None

    @property
    def horizon(self) -> int:
        """Last day for which results are reported."""
        return self.times[-1]

    @model_validator(mode="after")
    def _consistent(self) -> "Outcome":
        names = [spec.name for spec in endpoints() if spec.as_outcome]
        if self.endpoint not in names:
            raise ValueError(f"endpoint is unknown; allowed: {', '.join(names)}")
        for rule in ("missing", "interval"):
            allowed = getattr(self.spec, rule)
            if getattr(self, rule) not in allowed:
                raise ValueError(f"{rule} is not allowed for {self.endpoint}; allowed: {', '.join(allowed)}")
        _check_parameters(self)
        _check_secondary(self)
        if self.window[0] >= self.window[1]:
            raise ValueError("window must begin before it ends")
        if list(self.times) != sorted(set(self.times)):
            raise ValueError("times must increase, without repeats")
        if self.window[1] > self.horizon:
            raise ValueError("window must end by the last of times")
        return self


def _check_secondary(outcome: Outcome) -> None:
    known = [spec.name for spec in endpoints() if spec.secondary]
    if set(outcome.secondary) - set(known) or len(set(outcome.secondary)) < len(outcome.secondary):
        raise ValueError(f"secondary must name different endpoints of: {', '.join(known)}")


def _check_parameters(outcome: Outcome) -> None:
    known = {one.name: one for one in outcome.spec.parameters}
    unknown = sorted(set(outcome.parameters) - set(known))
    if unknown:
        allowed = ", ".join(known) or "none"
        raise ValueError(f"{outcome.endpoint} has no parameter {', '.join(unknown)}; allowed: {allowed}")
    for name, value in outcome.settings.items():
        one = known[name]
        if value < one.low or (one.high is not None and value > one.high):
            most = "" if one.high is None else f" and at most {one.high}"
            raise ValueError(f"parameters.{name} must be at least {one.low}{most}")
        if one.at_most and value > outcome.settings[one.at_most]:
            raise ValueError(f"parameters.{name} must not exceed parameters.{one.at_most}")
