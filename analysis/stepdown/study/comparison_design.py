"""The comparison of a study: its arms, its designs, and what it is adjusted for."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from stepdown.schema.declarations import Day, Declaration, Positive, Text
from stepdown.study.covariate_formula import formula_problem


class BaselineArm(Declaration):
    """Arms that a column known by time zero holds, such as a randomized arm.

    Attributes
    ----------
    column : str
        Column of the discharges, also a covariate.
    values : tuple
        Its values, one for each arm; the last is the reference. Other clients are in no arm.
    labels : tuple of str
        Names of the arms in the report, in the same order.
    """

    column: str
    values: Annotated[tuple[str | int | float | bool, ...], Field(min_length=2)]
    labels: Annotated[tuple[str, ...], Field(min_length=2)]

    @model_validator(mode="after")
    def _same_length(self) -> "BaselineArm":
        if len(self.values) != len(self.labels):
            raise ValueError(
                f"{len(self.values)} values and {len(self.labels)} labels are given; give each value its "
                "own label"
            )
        if len(set(self.values)) < len(self.values) or len(set(self.labels)) < len(self.labels):
            raise ValueError("a value or a label is given twice; give each value its own label")
        if not all(label.strip() for label in self.labels):
            raise ValueError("labels must not be blank")
        return self


class Contrast(Declaration):
    """Which arms are compared.

    Attributes
    ----------
    arms : tuple of str or BaselineArm
        Names of strategies, the last of which is the reference; or a column that holds the arms.
    """

    arms: Annotated[tuple[str, ...], Field(min_length=2)] | BaselineArm


IN_SEVERAL = ("clone_censor_weight", "sequential_trials", "time_varying")
"""Designs in which a discharge counts under several plans."""


class DesignChoice(Declaration):
    """The design of one comparison.

    Attributes
    ----------
    design : str
        "landmark" compares from a day on, among those free of relapse then; "baseline" compares arms known by
        time zero; "clone_censor_weight" compares plans from time zero, adjusted; "matched" compares each
        person of the first arm with others who resemble them, at a landmark or, without a day, at baseline;
        "sequential_trials" pools a trial of starting care, or not, on each day of the grace period;
        "time_varying", secondary only, compares the hazard on days in care with that on other days.
    day : int or None
        Day of the landmark.
    ratio : int or None
        For matched: matches of each person of the first arm; 1 if left out.
    caliper : float, str or None
        For matched: largest distance of a match, in standard deviations of the logit of the propensity; 0.2
        if left out, "none" for no limit.
    exact : tuple of str
        For matched: columns known by time zero in which matches agree.
    every : int or None
        For sequential_trials: days between trials; 1 if left out.
    until : int or None
        For sequential_trials: day of the last trial; the `within` of the strategies if left out.
    start : str
        For clone_censor_weight: when people are taken to start care within the grace period.
    """

    design: Literal[
        "landmark", "baseline", "clone_censor_weight", "matched", "sequential_trials", "time_varying"
    ]
    day: Positive | None = None
    ratio: Positive | None = None
    caliper: Annotated[float, Field(gt=0)] | Literal["none"] | None = None
    exact: tuple[Text, ...] = ()
    every: Positive | None = None
    until: Day | None = None
    start: Literal["as_observed", "uniform", "natural"] = "as_observed"

    @field_validator("design", mode="before")
    @classmethod
    def _not_naive(cls, value: object) -> object:
        if isinstance(value, str) and value == "naive":
            raise ValueError(
                "comparing those who ever start care with those who never do is refused: a person must "
                "stay free of relapse long enough to start, so care seems to protect even where it does "
                "nothing (immortal-time bias); use clone_censor_weight, or a landmark"
            )
        return value

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
            raise ValueError("start is only for clone_censor_weight; leave it out")
        return self

    @model_validator(mode="after")
    def _keys_fit(self) -> "DesignChoice":
        if self.design != "matched" and (self.ratio or self.caliper or self.exact):
            raise ValueError("ratio, caliper and exact are only for matched")
        trials = self.design == "sequential_trials"
        if not trials and (self.every is not None or self.until is not None):
            raise ValueError("every and until are only for sequential_trials")
        if trials and self.day is not None:
            raise ValueError("sequential_trials has no day: its trials start on day 0 to `until`")
        if self.design == "time_varying" and self.day is not None:
            raise ValueError("time_varying has no day: care counts on the days on which it is received")
        return self

    @property
    def key(self) -> str:
        """Name of the analysis in the results."""
        return self.design if self.day is None else f"{self.design}_{self.day}"

    @property
    def from_day(self) -> int:
        """Day since time zero at which follow-up of the comparison starts."""
        return self.day or 0


class Interval(Declaration):
    """How intervals are made.

    Attributes
    ----------
    method : str
        "influence": by influence functions. "bootstrap": those of adjusted comparisons are the percentiles of
        replicates, each with clusters drawn again and every model fitted again; all other intervals stay by
        influence functions.
    cluster : str
        What belongs together: the discharges of a client, or all of a site.
    replicates : int or None
        For the bootstrap: number of replicates, at least 100; 500 if left out.
    """

    method: Literal["influence", "bootstrap"] = "influence"
    cluster: Literal["client_id", "site_id"] = "client_id"
    replicates: Annotated[int, Field(ge=100)] | None = None

    @model_validator(mode="after")
    def _replicates_are_drawn(self) -> "Interval":
        if self.method != "bootstrap" and self.replicates is not None:
            raise ValueError('replicates is only for method = "bootstrap"')
        return self

    @property
    def drawn(self) -> int:
        """Number of replicates; 0 without a bootstrap."""
        return (self.replicates or 500) if self.method == "bootstrap" else 0


class Adjust(Declaration):
    """What a comparison is adjusted for.

    Attributes
    ----------
    covariates : tuple of str
        Columns of the discharges that are known by time zero.
    method : str
        "doubly_robust": weights and outcome hazards together; "weighting" or "standardization": one of them;
        "none": landmark and baseline comparisons stay unadjusted.
    outcome_model : str
        For standardization of landmark and baseline comparisons. "pooled_logistic": daily chances, of all
        groups in one model; "cox": proportional hazards of relapse and of competing events, in each group;
        "fine_gray": proportional hazards of the cumulative incidence of each, in each group.
    population : str
        Whom the adjusted numbers are about: "everyone", "treated" (the people of the first arm), "overlap"
        (those who could have gone either way), "matched" (as pairs matched within the overlap; weighting
        only).
    time_varying : tuple of str
        Instruments of `assessments`, such as craving: the latest score before each day.
    missing : str
        What is done where a covariate is missing. "indicator": a number is the mean with a mark, a category
        one of its own; of a score the latest one, with a mark where it is older than a week. "complete":
        discharges that lack a covariate are left out of the comparisons. "multiple": numbers and categories
        of two values are drawn by chained equations, `outcome.imputations` times; other categories and scores
        as for "indicator".
    formula : str or None
        Terms that all models see beside the covariates, joined by +: splines `bs(age, df=4)` and
        `cr(age, df=4)`, polynomials `poly(age, 2)`, interactions `severity:sex`.
    weights : str
        For landmark and baseline comparisons. "propensity": by the chance of each group;
        "entropy_balancing": those nearest to equal ones that give each group the same means of the
        covariates exactly, for everyone or the treated.
    weight_cap : float or None
        Largest weight of a doubly robust estimate, 20 if left out; of sequential trials times the average
        weight of the rarer arm.
    """

    covariates: Annotated[tuple[Text, ...], Field(min_length=1)]
    method: Literal["none", "weighting", "standardization", "doubly_robust"] = "doubly_robust"
    outcome_model: Literal["pooled_logistic", "cox", "fine_gray"] = "pooled_logistic"
    population: Literal["everyone", "treated", "overlap", "matched"] = "everyone"
    time_varying: tuple[Text, ...] = ()
    missing: Literal["indicator", "complete", "multiple"] = "indicator"
    formula: Text | None = None
    weights: Literal["propensity", "entropy_balancing"] = "propensity"
    weight_cap: Annotated[float, Field(gt=1, allow_inf_nan=False)] | None = None

    @property
    def largest_weight(self) -> float:
        """Largest weight of a doubly robust estimate."""
        return 20.0 if self.weight_cap is None else self.weight_cap

    @model_validator(mode="after")
    def _caps_are_used(self) -> "Adjust":
        if self.weight_cap is not None and self.method != "doubly_robust":
            raise ValueError('weight_cap is only for method = "doubly_robust": nothing else caps weights')
        return self

    @field_validator("method", mode="before")
    @classmethod
    def _not_matching(cls, value: object) -> object:
        if isinstance(value, str) and value == "matching":
            raise ValueError(
                'matching is a design of its own, about the treated: write { design = "matched", day = 14 } '
                "in primary or secondary"
            )
        return value

    @model_validator(mode="after")
    def _balance_is_possible(self) -> "Adjust":
        if self.weights == "entropy_balancing":
            if self.method not in ("weighting", "doubly_robust"):
                raise ValueError('weights is only for method = "weighting" or "doubly_robust"')
            if self.population not in ("everyone", "treated"):
                raise ValueError(
                    "entropy_balancing needs means that are known beforehand, and those of "
                    f'"{self.population}" are not; use population = "everyone" or "treated"'
                )
        return self

    @model_validator(mode="after")
    def _outcome_model_is_used(self) -> "Adjust":
        if self.outcome_model != "pooled_logistic" and self.method != "standardization":
            raise ValueError(
                f'outcome_model = "{self.outcome_model}" is only for method = "standardization": weighting '
                "models no outcome, and the doubly robust estimate needs daily chances of the event"
            )
        return self

    @model_validator(mode="after")
    def _formula_is_plain(self) -> "Adjust":
        wrong = "" if self.formula is None else formula_problem(self.formula, self.covariates)
        if wrong:
            raise ValueError(f"formula {wrong}")
        return self

    @model_validator(mode="after")
    def _pair_is_possible(self) -> "Adjust":
        if self.population == "matched" and self.method != "weighting":
            raise ValueError(
                'the population "matched" is defined by its weights alone; use method = "weighting", or '
                'population = "overlap"'
            )
        return self


class LossChoice(Declaration):
    """What the chance to remain observed depends on, beside the day and care.

    Attributes
    ----------
    covariates : tuple of str
        Columns of the discharges that are known by time zero.
    time_varying : tuple of str
        Instruments of `assessments`, as in `adjust`.
    """

    covariates: tuple[Text, ...] = ()
    time_varying: tuple[Text, ...] = ()


class AnalysisChoice(Declaration):
    """The primary comparison, others beside it, what is adjusted for, and the intervals.

    Attributes
    ----------
    primary : DesignChoice
        The comparison of the first page.
    secondary : tuple of DesignChoice
        Comparisons beside it.
    adjust : Adjust or None
        What the comparisons are adjusted for.
    loss : LossChoice or None
        What the weights for loss to follow-up depend on; if left out, what `adjust` names.
    interval : Interval
        How intervals are made.
    """

    primary: DesignChoice
    secondary: tuple[DesignChoice, ...] = ()
    adjust: Adjust | None = None
    loss: LossChoice | None = None
    interval: Interval = Interval()

    @model_validator(mode="after")
    def _adjusted(self) -> "AnalysisChoice":
        used: set[str] = {choice.design for choice in self.designs}
        if self.primary.design == "time_varying":
            raise ValueError(
                "time_varying describes the days in care and compares no plans; put it in secondary, and "
                "a comparison of plans in primary"
            )
        if self.adjust is None:
            for design, why in _NEEDS_ADJUST.items():
                if design in used:
                    raise ValueError(why)
            if self.interval.method == "bootstrap":
                raise ValueError(
                    "the bootstrap fits the models of adjust again, and nothing is adjusted; add adjust, or "
                    'use method = "influence"'
                )
            if self.loss is not None:
                raise ValueError(
                    "loss needs adjust: unadjusted numbers assume that those lost had the same risk as "
                    "those followed"
                )
        else:
            _adjustment_fits(self.adjust, used)
        return self

    @property
    def designs(self) -> tuple[DesignChoice, ...]:
        """All comparisons, the primary first."""
        return (self.primary, *self.secondary)

    @property
    def groups(self) -> tuple[DesignChoice, ...]:
        """The comparisons that put each discharge in one arm; clones and trials put it in several."""
        return tuple(one for one in self.designs if one.design not in IN_SEVERAL)


_NEEDS_ADJUST = {
    "clone_censor_weight": (
        'clone_censor_weight needs adjust, such as adjust = { covariates = ["age"] }: without it, '
        "people who start care are compared with other people"
    ),
    "sequential_trials": (
        "sequential_trials needs adjust: without it, those who start on a day are compared with other people"
    ),
    "time_varying": "time_varying needs adjust: people in care on a day differ from those who are not",
    "matched": "matched needs adjust, whose covariates the propensity is estimated from",
}


def _adjustment_fits(adjust: Adjust, used: set[str]) -> None:
    """Raise where a design cannot be adjusted as asked."""
    if adjust.weights == "entropy_balancing" and used - {"landmark", "baseline"}:
        raise ValueError(
            "entropy_balancing weighs groups known on one day, as at a landmark or at baseline; "
            f'{min(used - {"landmark", "baseline"})} needs weights by day; use weights = "propensity"'
        )
    if adjust.outcome_model != "pooled_logistic" and used - {"landmark", "baseline"}:
        raise ValueError(
            f'outcome_model = "{adjust.outcome_model}" is a model of groups known on one day, as at a '
            f"landmark or at baseline; {min(used - {'landmark', 'baseline'})} is not such a comparison; use "
            'outcome_model = "pooled_logistic"'
        )
    if adjust.method == "none" and "sequential_trials" in used:
        raise ValueError('sequential_trials is always adjusted; use method = "doubly_robust" or "weighting"')
    if "clone_censor_weight" not in used:
        return
    if adjust.population != "everyone":
        raise ValueError(
            "clone_censor_weight is about everyone: each discharge counts under every plan, so no group of "
            f'{adjust.population} people is set apart; use population = "everyone", or compare at a landmark'
        )
    if adjust.method not in ("weighting", "doubly_robust"):
        raise ValueError(
            "clone_censor_weight censors people who depart from a plan, and only weights undo that; use "
            'method = "doubly_robust" or "weighting"'
        )
