"""The study: the protocol in the words of a target trial, frozen."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import ConfigDict, Field, ValidationError, model_validator

from stepdown.errors import NotAvailableError, Problem, StudyError
from stepdown.study._later import not_available, without_defaults
from stepdown.study._parts import (
    AnalysisChoice,
    BaselineArm,
    Contrast,
    DesignChoice,
    Eligibility,
    LadderChoice,
    MeasuresChoice,
    Outcome,
    Part,
    Strategy,
    Text,
    TimeZero,
)
from stepdown.study._problems import problems_from


class Study(Part):
    """One question, stated once: eligibility, strategies, time zero, outcome, contrast, analysis.

    Attributes
    ----------
    title : str
        Title of the report.
    cohort : str
        Path of the cohort file, relative to the study file.
    seed : int
        Seed of everything random.
    time_zero, eligibility, strategies, outcome, contrast, analysis, measures, ladder
        The parts of the protocol.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    title: Text
    cohort: Text
    seed: int
    time_zero: TimeZero = TimeZero()
    eligibility: tuple[Eligibility, ...] = ()
    strategies: dict[str, Strategy] = Field(default_factory=dict)
    outcome: Outcome = Outcome()
    contrast: Contrast | None = None
    analysis: AnalysisChoice | None = None
    measures: MeasuresChoice = MeasuresChoice()
    ladder: LadderChoice = LadderChoice()

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
            The file asks for something that no room does yet.
        """
        name = Path(path).name
        try:
            raw = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except OSError:
            raise StudyError(
                [_file(name, "cannot be opened", "Check the path and its permissions.")]
            ) from None
        except UnicodeDecodeError:
            raise StudyError([_file(name, "is not UTF-8 text", "Save the file as UTF-8.")]) from None
        except tomllib.TOMLDecodeError as error:
            raise StudyError([_file(name, f"is not valid TOML: {error}", "Correct that line.")]) from None
        return cls.parse(raw, file=name)

    @classmethod
    def parse(cls, raw: Mapping[str, Any], *, file: str = "study.toml") -> "Study":
        """Check the content of a study file; errors as for `read`."""
        later = not_available(raw)
        if later:
            raise NotAvailableError(later)
        try:
            return cls.model_validate(without_defaults(raw))
        except ValidationError as error:
            raise StudyError(problems_from(error, model=cls, file=file)) from None

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

        `landmark` moves the day of the primary landmark and of the rungs read there. Another `endpoint`
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


def _file(name: str, what: str, remedy: str) -> Problem:
    return Problem(table=name, what=what, remedy=remedy)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _with_landmark(raw: dict[str, Any], day: int) -> dict[str, Any]:
    if "analysis" not in raw or raw["analysis"]["primary"]["design"] != "landmark":
        raise StudyError([_file("study", "has no landmark to move", "Leave out landmark.")])
    old = raw["analysis"]["primary"]["day"]
    raw["analysis"]["primary"]["day"] = day
    for strategy in raw["strategies"].values():
        for part in ("rungs", "avoid"):
            for rung in strategy[part]:
                if rung["within"] == old:
                    rung["within"] = day
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
    if choice.start >= study.outcome.window[1]:
        raise ValueError("analysis: the landmark must lie before the end of outcome.window")
    if isinstance(contrast.arms, BaselineArm):
        return
    if choice.design == "baseline":
        raise ValueError(
            "analysis: strategies unfold after time zero, so they cannot be compared from time zero; "
            'use design = "landmark" with a day, or arms known by time zero'
        )
    late = [arm for arm in contrast.arms if study.strategies[arm].last_day > choice.start]
    if late:
        raise ValueError(
            f"analysis: day {choice.day} comes before it is known who follows {', '.join(late)}; "
            "move the landmark to the last `within`, or shorten `within`"
        )
