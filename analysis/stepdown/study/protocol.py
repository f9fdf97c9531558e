"""The study file: the protocol in the terms of a target trial, every table a frozen and checked model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from stepdown.errors import NotAvailableError, Problem, StudyError
from stepdown.schema import EndpointSpec, endpoint, endpoints
from stepdown.schema.declarations import Day, Declaration, Level, Positive, Text, problems_from, read_toml
from stepdown.study.not_available import not_available


class TimeZero(Declaration):
    """When the clock of the study starts.

    Attributes
    ----------
    event : str
        The day that is day 0.
    episode : str
        Which discharges of a client count: the first, or all. The last is refused: nobody came back after it,
        which is known only later.
    day_zero : str
        What a relapse on day 0 is: "exclude" removes the discharge in a counted step; "event"
        keeps it, S(0) < 1, without person-time.
    max_gap_days : int
        Where a discharge is time zero: another stay around the clock that begins up to so many days after it
        continues it, so the first stay did not end residential care and is removed in a counted step.
    """

    event: Literal["discharge", "admission", "randomization"] = "discharge"
    episode: Literal["first", "all"] = "first"
    day_zero: Literal["exclude", "event"] = "exclude"
    max_gap_days: Day = 1

    @field_validator("episode", mode="before")
    @classmethod
    def _no_future(cls, value: object) -> object:
        if value == "last":
            raise ValueError(
                '"last" selects on the future, because a discharge is the last one only if the client never '
                'came back; use "first" or "all"'
            )
        return value


class Keep(Declaration):
    """Rule of one eligibility step: a column and exactly one condition."""

    column: str
    at_least: float | None = None
    at_most: float | None = None
    is_in: tuple[str | int | float | bool, ...] | None = None
    not_in: tuple[str | int | float | bool, ...] | None = None
    known: bool | None = None

    @property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that are set."""
        names = ("at_least", "at_most", "is_in", "not_in", "known")
        return tuple(name for name in names if getattr(self, name) is not None)

    @model_validator(mode="after")
    def _one_condition(self) -> "Keep":
        if len(self.conditions) != 1:
            raise ValueError("give exactly one of at_least, at_most, is_in, not_in, known")
        return self


class Eligibility(Declaration):
    """One named step of the flow."""

    name: Text
    keep: Keep


class CareStep(Declaration):
    """Care to start, or to avoid, within some days of time zero."""

    level: Annotated[tuple[Level, ...], Field(min_length=1)]
    within: Day


class Strategy(Declaration):
    """A plan of care: steps to start, and care to avoid."""

    label: Text
    steps: tuple[CareStep, ...] = ()
    avoid: tuple[CareStep, ...] = ()

    @model_validator(mode="after")
    def _not_empty(self) -> "Strategy":
        if not self.steps and not self.avoid:
            raise ValueError("a strategy needs steps, or levels of care to avoid")
        return self

    @property
    def last_day(self) -> int:
        """Day since time zero by which it is known whether a client follows the strategy."""
        return max(step.within for step in (*self.steps, *self.avoid))


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

    @property
    def spec(self) -> EndpointSpec:
        """The declaration of the endpoint."""
        return endpoint(self.endpoint)

    @property
    def settings(self) -> dict[str, int]:
        """A value for every parameter of the endpoint."""
        return {one.name: self.parameters.get(one.name, one.default) for one in self.spec.parameters}

    @property
    def horizon(self) -> int:
        """Last day for which results are reported."""
        return self.times[-1]

    @model_validator(mode="after")
    def _consistent(self) -> "Outcome":
        names = [spec.name for spec in endpoints() if spec.kind == "time"]
        if self.endpoint not in names:
            raise ValueError(f"endpoint is unknown; allowed: {', '.join(names)}")
        for rule in ("missing", "interval"):
            allowed = getattr(self.spec, rule)
            if getattr(self, rule) not in allowed:
                raise ValueError(f"{rule} is not allowed for {self.endpoint}; allowed: {', '.join(allowed)}")
        _check_parameters(self)
        if self.window[0] >= self.window[1]:
            raise ValueError("window must begin before it ends")
        if list(self.times) != sorted(set(self.times)):
            raise ValueError("times must increase, without repeats")
        if self.window[1] > self.horizon:
            raise ValueError("window must end by the last of times")
        return self


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


class BaselineArm(Declaration):
    """Arms that a column known by time zero holds, such as a randomized arm."""

    column: str
    values: Annotated[tuple[str | int | float | bool, ...], Field(min_length=2)]
    labels: Annotated[tuple[str, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _same_length(self) -> "BaselineArm":
        if len(self.values) != len(self.labels):
            raise ValueError("values and labels must have the same length")
        if len(set(self.values)) < len(self.values) or len(set(self.labels)) < len(self.labels):
            raise ValueError("values and labels must not repeat")
        if not all(label.strip() for label in self.labels):
            raise ValueError("labels must not be blank")
        return self


class Contrast(Declaration):
    """Which arms are compared; the last is the reference."""

    arms: Annotated[tuple[str, ...], Field(min_length=2)] | BaselineArm


class DesignChoice(Declaration):
    """The design of one comparison."""

    design: Literal["landmark", "baseline", "clone_censor_weight"]
    day: Positive | None = None
    start: Literal["as_observed", "uniform", "natural"] = "as_observed"

    @model_validator(mode="after")
    def _day_fits(self) -> "DesignChoice":
        if self.design == "landmark" and self.day is None:
            raise ValueError("a landmark needs day, such as day = 14")
        if self.design == "baseline" and self.day is not None:
            raise ValueError("a baseline comparison has no day")
        if self.design == "clone_censor_weight" and self.day is not None:
            raise ValueError(
                "clone_censor_weight has no day: its grace period is the `within` of the strategies"
            )
        if self.design != "clone_censor_weight" and self.start != "as_observed":
            raise ValueError("start is only for clone_censor_weight")
        return self

    @property
    def key(self) -> str:
        """Name of the analysis in the results."""
        return f"landmark_{self.day}" if self.design == "landmark" else self.design

    @property
    def from_day(self) -> int:
        """Day since time zero at which follow-up of the comparison starts."""
        return self.day or 0


class Interval(Declaration):
    """How intervals are made."""

    method: Literal["influence"] = "influence"
    cluster: Literal["client_id", "site_id"] = "client_id"


class Adjust(Declaration):
    """What a comparison is adjusted for.

    Attributes
    ----------
    covariates : tuple of str
        Columns of the discharges that are known by time zero.
    method : str
        "doubly_robust": weights and outcome hazards together.
    population : str
        "everyone": whom the adjusted numbers are about.
    missing : str
        "indicator": a missing number is the mean with a mark, a missing category one of its own.
    """

    covariates: Annotated[tuple[Text, ...], Field(min_length=1)]
    method: Literal["doubly_robust"] = "doubly_robust"
    population: Literal["everyone"] = "everyone"
    missing: Literal["indicator"] = "indicator"


class AnalysisChoice(Declaration):
    """The primary comparison, others beside it, what is adjusted for, and the intervals."""

    primary: DesignChoice
    secondary: tuple[DesignChoice, ...] = ()
    adjust: Adjust | None = None
    interval: Interval = Interval()

    @model_validator(mode="after")
    def _adjusted(self) -> "AnalysisChoice":
        weighted = any(choice.design == "clone_censor_weight" for choice in self.designs)
        if weighted and self.adjust is None:
            raise ValueError(
                'clone_censor_weight needs adjust, such as adjust = { covariates = ["age"] }: without it, '
                "people who start care are compared with other people"
            )
        return self

    @property
    def designs(self) -> tuple[DesignChoice, ...]:
        """All comparisons, the primary first."""
        return (self.primary, *self.secondary)

    @property
    def groups(self) -> tuple[DesignChoice, ...]:
        """The comparisons that put each discharge in one arm; clone_censor_weight puts it in several."""
        return tuple(one for one in self.designs if one.design != "clone_censor_weight")


class MeasuresChoice(Declaration):
    """Which quality measures are computed.

    Attributes
    ----------
    file : str or None
        A file with measures of one's own, relative to the study file.
    run : tuple of str or None
        Ids of measures ("fui") or of groups ("iet"), for their current version, or with a version ("fui@1");
        all current ones if left out, none if empty.
    """

    file: Text | None = None
    run: tuple[Text, ...] | None = None


class CareChoice(Declaration):
    """Which results on care after time zero are reported.

    Attributes
    ----------
    file : str or None
        A file that replaces the rules for levels of care (gaps, current days), relative to the study file.
    days : tuple of int
        Days since time zero for which the share who started each level is reported.
    """

    file: Text | None = None
    days: Annotated[tuple[Positive, ...], Field(min_length=1)] = (7, 14, 30, 90)

    @model_validator(mode="after")
    def _rising(self) -> "CareChoice":
        if list(self.days) != sorted(set(self.days)):
            raise ValueError("days must increase, without repeats")
        return self


class Study(Declaration):
    """One question, stated once: eligibility, strategies, time zero, outcome, contrast, analysis.

    Attributes
    ----------
    title : str
        Title of the report.
    cohort : str
        Path of the cohort file, relative to the study file; empty where `analyze` is given a cohort.
    seed : int
        Seed of everything random.
    time_zero, eligibility, strategies, outcome, contrast, analysis, measures, care
        The parts of the protocol.

    Examples
    --------
    The keys are those of a study file, as models or dictionaries; `Study.parse` takes one dictionary.

    >>> import stepdown as sd
    >>> study = sd.Study(title="Return to use", seed=1, outcome={"window": (30, 90), "word": "return to use"})
    >>> study.outcome.window
    (30, 90)
    """

    format: Literal[1] = 1
    title: Text
    cohort: str = ""
    seed: int
    time_zero: TimeZero = TimeZero()
    eligibility: tuple[Eligibility, ...] = ()
    strategies: dict[str, Strategy] = Field(default_factory=dict)
    outcome: Outcome = Field(default_factory=Outcome)
    contrast: Contrast | None = None
    analysis: AnalysisChoice | None = None
    measures: MeasuresChoice = MeasuresChoice()
    care: CareChoice = CareChoice()

    def __init__(self, **keys: Any) -> None:
        """Check the keys of a study; StudyError where they break the rules."""
        if later := not_available(keys):
            raise NotAvailableError(later)
        try:
            super().__init__(**keys)
        except ValidationError as found:
            raise StudyError(problems_from(found, model=type(self), file="study")) from None

    @classmethod
    def read(cls, path: str | Path) -> "Study":
        """Read a study file.

        Parameters
        ----------
        path : str or Path
            A TOML file.

        Raises
        ------
        StudyError
            The file is missing, is no TOML, or breaks the rules; every problem is named.
        NotAvailableError
            The file has a key or value that is not available in this version.
        """
        name, raw = Path(path).name, read_toml(path, error=StudyError)
        problems = [
            Problem(table=name, column=key, what="is missing", remedy="Add the key.")
            for key in ("format", "cohort")
            if key not in raw
        ]
        try:
            study = cls.parse(raw, file=name)
        except NotAvailableError:
            raise
        except StudyError as error:
            problems += error.problems
        if problems:
            raise StudyError(problems)
        return study

    @classmethod
    def parse(cls, raw: Mapping[str, Any], *, file: str = "study.toml") -> "Study":
        """Check the content of a study file; errors as for `read`."""
        try:
            return cls(**raw)
        except StudyError as error:
            raise type(error)([replace(one, table=file) for one in error.problems]) from None

    def replace(
        self,
        *,
        title: str | None = None,
        seed: int | None = None,
        window: tuple[int, int] | None = None,
        times: tuple[int, ...] | None = None,
        day_zero: str | None = None,
        episode: str | None = None,
        landmark: int | None = None,
        endpoint: str | None = None,
        parameters: Mapping[str, int] | None = None,
        missing: str | None = None,
        interval: str | None = None,
    ) -> "Study":
        """Return a study that differs in what is given and nowhere else.

        `landmark` moves the day of the primary landmark and of the steps read there. Another `endpoint`
        has its own parameters: those of the old one are dropped.

        Raises
        ------
        StudyError
            The change contradicts the rest.
        """
        raw = self.model_dump(exclude_none=True)
        top = {"title": title, "seed": seed}
        if endpoint is not None and parameters is None:
            parameters = {}
        outcome = {"window": window, "times": times, "endpoint": endpoint, "parameters": parameters}
        outcome |= {"missing": missing, "interval": interval}
        zero = {"day_zero": day_zero, "episode": episode}
        raw |= _given(top)
        raw["outcome"] |= _given(outcome)
        raw["time_zero"] |= _given(zero)
        if landmark is not None:
            raw = _with_landmark(raw, landmark)
        return type(self).parse(raw)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the arms in the order of the contrast; empty where nothing is compared."""
        if self.contrast is None:
            return ()
        arms = self.contrast.arms
        return (
            arms.labels
            if isinstance(arms, BaselineArm)
            else tuple(self.strategies[arm].label for arm in arms)
        )

    @model_validator(mode="after")
    def _consistent(self) -> "Study":
        if (self.contrast is None) != (self.analysis is None):
            raise ValueError("contrast and analysis.primary come together: give both, or neither")
        names = [step.name for step in self.eligibility]
        if len(set(names)) < len(names):
            raise ValueError("eligibility steps must have different names")
        if self.contrast is not None and self.analysis is not None:
            _check_arms(self, self.contrast)
            keys = [choice.key for choice in self.analysis.designs]
            if len(set(keys)) < len(keys):
                raise ValueError("analysis names the same design twice")
            for choice in self.analysis.designs:
                _check_design(self, self.contrast, choice)
        return self


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _with_landmark(raw: dict[str, Any], day: int) -> dict[str, Any]:
    if "analysis" not in raw or raw["analysis"]["primary"]["design"] != "landmark":
        raise StudyError(
            [Problem(table="study", what="has no landmark to move", remedy="Leave out landmark.")]
        )
    old = raw["analysis"]["primary"]["day"]
    raw["analysis"]["primary"]["day"] = day
    for strategy in raw["strategies"].values():
        for part in ("steps", "avoid"):
            for step in strategy[part]:
                if step["within"] == old:
                    step["within"] = day
    return raw


def _check_arms(study: Study, contrast: Contrast) -> None:
    if isinstance(contrast.arms, BaselineArm):
        return
    unknown = [arm for arm in contrast.arms if arm not in study.strategies]
    if unknown:
        raise ValueError(f"contrast.arms names no strategy: {', '.join(unknown)}")
    if len(set(contrast.arms)) < len(contrast.arms) or len(set(study.labels)) < len(contrast.arms):
        raise ValueError("contrast.arms must differ, and so must their labels")


def _check_design(study: Study, contrast: Contrast, choice: DesignChoice) -> None:
    if choice.from_day >= study.outcome.window[1]:
        raise ValueError("analysis: the landmark must be before the end of outcome.window")
    if isinstance(contrast.arms, BaselineArm):
        return
    if choice.design == "baseline":
        raise ValueError(
            "analysis: strategies unfold after time zero, so they cannot be compared from time zero; "
            'use design = "landmark" with a day, or arms known by time zero'
        )
    if choice.design == "clone_censor_weight":
        _check_strategies(study, contrast.arms)
        return
    late = [arm for arm in contrast.arms if study.strategies[arm].last_day > choice.from_day]
    if late:
        raise ValueError(
            f"analysis: day {choice.day} comes before it is known who follows {', '.join(late)}; "
            "move the landmark to the last `within`, or shorten `within`"
        )


def _check_strategies(study: Study, arms: tuple[str, ...]) -> None:
    """Raise unless each arm is starting the same care within a grace period, or not starting it."""
    chosen = [study.strategies[arm] for arm in arms]
    parts = [(*one.steps, *one.avoid) for one in chosen]
    if any(len(steps) != 1 for steps in parts) or not any(one.steps for one in chosen):
        raise ValueError(
            'analysis: clone_censor_weight compares plans of one step, such as { level = ["iop"], '
            "within = 14 }, or of avoiding it; one of them at least has the step"
        )
    if len({frozenset(steps[0].level) for steps in parts}) > 1:
        raise ValueError("analysis: clone_censor_weight needs the same levels in every plan that it compares")
