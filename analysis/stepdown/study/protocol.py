"""The study file: the protocol in the terms of a target trial, every table a frozen and checked model."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from stepdown.errors import NotAvailableError, Problem, StudyError, check_argument
from stepdown.schema.declarations import Day, Declaration, Positive, Text, problems_from, read_toml
from stepdown.study.comparison_checks import ChecksChoice
from stepdown.study.comparison_design import IN_SEVERAL, AnalysisChoice, BaselineArm, Contrast, DesignChoice
from stepdown.study.disclosure_choice import DisclosureChoice
from stepdown.study.further_questions import DoseChoice, EquivalenceChoice, SubgroupsChoice
from stepdown.study.gates import Gates
from stepdown.study.not_available import not_available
from stepdown.study.outcome import Outcome
from stepdown.study.plans_of_care import Strategy, check_plans, one_start
from stepdown.study.quarters_choice import QuartersChoice
from stepdown.study.sensitivity_choice import SensitivityChoice


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
        if isinstance(value, str) and value == "last":
            raise ValueError(
                '"last" selects on the future, because a discharge is the last one only if the client never '
                'came back; use "first" or "all"'
            )
        return value


class Keep(Declaration):
    """Rule of one eligibility step: a column and exactly one condition.

    Attributes
    ----------
    column : str
        Column of the discharges that is known by time zero.
    at_least, at_most : float or None
        Keep numbers from here on, or up to here.
    is_in, not_in : tuple or None
        Keep these values, or all others.
    known : bool or None
        Keep rows where the value is known (true), or missing (false).
    """

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
    """One named step of the flow.

    Attributes
    ----------
    name : str
        What those who stay have in common, as the flow prints it.
    keep : Keep
        Whom it keeps.
    """

    name: Text
    keep: Keep


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


class SitesChoice(Declaration):
    """How sites are compared.

    Attributes
    ----------
    covariates : tuple of str or None
        Case mix of the expected relapses: columns of the discharges that are known at admission. If left out,
        those of `analysis.adjust` that are, and without these age, sex, primary substance, severity,
        co-occurring disorder, home environment and prior treatments, as far as they are there; none if empty.
    """

    covariates: tuple[Text, ...] | None = None


class ProgramChoice(Declaration):
    """Whose report it is.

    Attributes
    ----------
    name : str or None
        Name of the program or agency, printed at the top of the report. If left out, the label of the only
        site, or the number of sites.
    """

    name: Text | None = None


class ReportChoice(Declaration):
    """What the report is made of.

    Attributes
    ----------
    notebooks : tuple of str
        Notebooks that the report runs in place of the one of the package, relative to the study file, in
        their order on the page. No other notebook is run.
    registered : str or None
        The study file as it was registered, relative to the study file. The report shows every key that
        differs from it. If left out, the report says that it cannot show deviations.
    """

    notebooks: tuple[Text, ...] = ()
    registered: Text | None = None


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
    format : int
        Version of this file's form; always 1.
    time_zero : TimeZero
        The day from which clients are followed.
    eligibility : tuple of Eligibility
        Steps by which discharges leave, in order; each is a row of the flow.
    strategies : mapping of str to Strategy
        Plans of care, by name.
    outcome : Outcome
        What counts as relapse, and for which days results are reported.
    contrast : Contrast or None
        Which arms are compared; comes together with `analysis`.
    analysis : AnalysisChoice or None
        How they are compared.
    measures : MeasuresChoice
        Which quality measures are computed.
    care : CareChoice
        Which results on care after time zero are reported.
    subgroups : SubgroupsChoice
        For whom the effect of the primary comparison is reported.
    dose : DoseChoice or None
        Whether more care goes with less relapse.
    equivalence : EquivalenceChoice or None
        The margin within which the arms count as alike.
    sites : SitesChoice
        How sites are compared.
    quarters : QuartersChoice
        How quarters are charted.
    program : ProgramChoice
        Whose report it is.
    gates : Gates
        Limits below which a comparison is shown with a warning, or withheld.
    checks : ChecksChoice
        What must show no effect where the assumptions of the comparison hold.
    report : ReportChoice
        What the report is made of.
    sensitivity : SensitivityChoice
        How far the answer of the primary comparison is varied.
    disclosure : DisclosureChoice
        The disclosure rules of public reports.

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
    subgroups: SubgroupsChoice = SubgroupsChoice()
    dose: DoseChoice | None = None
    equivalence: EquivalenceChoice | None = None
    sites: SitesChoice = SitesChoice()
    quarters: QuartersChoice = QuartersChoice()
    program: ProgramChoice = ProgramChoice()
    gates: Gates = Gates()
    checks: ChecksChoice = ChecksChoice()
    report: ReportChoice = ReportChoice()
    sensitivity: SensitivityChoice = SensitivityChoice()
    disclosure: DisclosureChoice = DisclosureChoice()

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
        check_argument("path", path, (str, Path), "Give the path of a study file.", StudyError)
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
        check_argument("raw", raw, Mapping, "Give the keys of a study file as a dictionary.", StudyError)
        check_argument("file", file, str, "Give the name of the file as text.", StudyError)
        if not all(isinstance(key, str) for key in raw):
            raise StudyError(
                [Problem(table=file, what="has a key that is not text", remedy="Put each key in quotes.")]
            )
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
    def instruments(self) -> tuple[str, ...]:
        """Instruments whose scores after time zero are adjusted for."""
        if self.analysis is None or self.analysis.adjust is None:
            return ()
        loss = self.analysis.loss
        return tuple(
            dict.fromkeys((*self.analysis.adjust.time_varying, *(loss.time_varying if loss else ())))
        )

    @property
    def plans(self) -> tuple[Strategy, ...]:
        """The strategies compared, the reference last; empty where a column gives the arms."""
        arms = self.contrast.arms if self.contrast else ()
        return () if isinstance(arms, BaselineArm) else tuple(self.strategies[arm] for arm in arms)

    @property
    def follows_care(self) -> bool:
        """Whether plans need more of care than its first day."""
        used = {choice.design for choice in self.analysis.designs} if self.analysis else set()
        return "clone_censor_weight" in used and not one_start(self.plans)

    @property
    def reads_care(self) -> bool:
        """Whether anything needs more of care than its first day."""
        return self.follows_care or self.dose is not None

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
        if self.analysis is None and (self.subgroups.columns or self.equivalence):
            raise ValueError("subgroups and equivalence are about a comparison: give contrast and analysis")
        if self.analysis is None and self.checks.asked:
            raise ValueError("checks are about a comparison: give contrast and analysis")
        names = [step.name for step in self.eligibility]
        if len(set(names)) < len(names):
            raise ValueError("two eligibility steps have the same name; give each its own")
        if self.contrast is not None and self.analysis is not None:
            _check_arms(self, self.contrast)
            keys = [choice.key for choice in self.analysis.designs]
            if len(set(keys)) < len(keys):
                raise ValueError("analysis names a design twice with the same day; leave one of them out")
            for choice in self.analysis.designs:
                _check_design(self, self.contrast, choice)
        _check_placebo(self)
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
        raise ValueError("contrast.arms must name different strategies, each with a label of its own")


def _check_design(study: Study, contrast: Contrast, choice: DesignChoice) -> None:
    if choice.from_day >= study.outcome.window[1]:
        raise ValueError("analysis: the landmark must be before the end of outcome.window")
    if choice.design == "matched" and len(study.labels) != 2:
        raise ValueError(
            f"analysis: matched compares two arms, and {len(study.labels)} are given; use design = "
            f'"{"baseline" if choice.day is None else "landmark"}" with adjust'
        )
    if isinstance(contrast.arms, BaselineArm):
        if choice.design in IN_SEVERAL:
            raise ValueError(
                f"analysis: {choice.design} is about strategies, and contrast.arms names a column; use "
                'design = "baseline", or name strategies'
            )
        return
    if choice.design == "matched" and choice.day is None:
        raise ValueError("analysis: matched needs the day on which strategies are read, such as day = 14")
    if choice.design == "baseline":
        raise ValueError(
            "analysis: strategies unfold after time zero, so they cannot be compared from time zero; "
            'use design = "landmark" with a day, or arms known by time zero'
        )
    if choice.design in IN_SEVERAL:
        _check_plans(study, contrast.arms, choice)
        return
    _refuse_unfolding(study, contrast.arms, choice.design)
    late = [arm for arm in contrast.arms if study.strategies[arm].last_day > choice.from_day]
    if late:
        raise ValueError(
            f"analysis: day {choice.day} comes before it is known who follows {', '.join(late)}; "
            "move the landmark to the last `within`, or shorten `within`"
        )


def _check_placebo(study: Study) -> None:
    """Raise where a placebo window has no comparison that begins before care does."""
    window, analysis = study.checks.placebo, study.analysis
    if window is None or analysis is None:
        return
    if window.last_day >= study.outcome.window[1]:
        raise ValueError("checks.placebo: last_day must be before the end of outcome.window")
    if not any(one.from_day == 0 and one.design != "time_varying" for one in analysis.designs):
        raise ValueError(
            "checks.placebo needs a comparison that begins before care does: at a landmark care has begun, "
            "and a relapse before it keeps a person out, so that no period is left in which care cannot have "
            "acted; use checks.negative_outcomes, or clone_censor_weight, sequential_trials or baseline"
        )


def _check_plans(study: Study, arms: tuple[str, ...], choice: DesignChoice) -> None:
    """Raise where plans cannot be compared by a design in which a discharge counts under several of them."""
    if choice.design == "clone_censor_weight":
        check_plans(study.plans)
    elif choice.design == "sequential_trials":
        _refuse_unfolding(study, arms, choice.design)
        _check_trials(study.plans)
    elif not any(plan.steps for plan in study.plans):
        raise ValueError(
            "analysis: time_varying needs a strategy with steps, whose levels are the care that counts"
        )


def _refuse_unfolding(study: Study, arms: tuple[str, ...], design: str) -> None:
    """Raise where a design that reads who has started by a day is given plans that go on after it."""
    unfolding = [arm for arm in arms if study.strategies[arm].unfolds]
    if unfolding:
        raise ValueError(
            f"analysis: {design} reads who has started care by a day, and steps with after or min_weeks go "
            f"on after it ({', '.join(unfolding)}); use clone_censor_weight, or leave these keys out"
        )


def _check_trials(chosen: tuple[Strategy, ...]) -> None:
    """Raise unless two plans are starting some care within a grace period, and avoiding it."""
    if not one_start(chosen) or len(chosen) != 2 or not chosen[0].steps or chosen[1].steps:
        raise ValueError(
            "analysis: sequential_trials compares two plans of one step with the same levels, first one that "
            "starts care and then one that avoids it"
        )
