"""A cited effect, as a file of the registry states it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from stepdown.schema.columns import table
from stepdown.schema.declarations import Day, Declaration, Text

Measure = Literal[
    "proportion", "ratio", "share_of_events", "attributable_share", "timing", "ranking", "equivalence",
    "dose_response", "effect_modification", "time_varying_ratio", "not_testable",
]  # fmt: skip
Outcome = Literal["relapse", "abstinence", "first_session", "completion", "dropout"]
Exposure = Literal["none", "characteristic", "at_discharge", "after_discharge"]
Share = Annotated[float, Field(gt=0, lt=1)]
_TABLES = ("discharges", "services", "observations", "followup", "assessments")


def _known_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        first, _, column = name.partition(".")
        if first not in _TABLES or column not in table(first):
            raise ValueError("it names a column that no table has; write table.column")
    return names


class Assumed(Declaration):
    """What a source does not state, and the precision of its figure depends on.

    Attributes
    ----------
    exposed_share : float
        Share of the people in the group with the exposure.
    reference : float
        Share with the outcome in the other group.
    events_share : float
        Of a share of events: the share of the people who have an event.
    odds : bool
        Whether the figure is an odds ratio.
    """

    exposed_share: Share = 0.5
    reference: Share = 0.5
    events_share: Share = 0.5
    odds: bool = False


class Claim(Declaration):
    """A cited effect.

    Attributes
    ----------
    id : str
        "C01" and so on.
    claim : str
        The claim in plain words.
    source : str
        As the articles cite it.
    articles : tuple of str
        Which of the four articles A to D make it.
    found : str
        What is known about the primary study; empty where it was not traced.
    population : str
        Of whom.
    n : int or None
        People, where stated.
    measure : str
        What kind of figure it is.
    outcome : str
        What is counted.
    exposure : str
        "none"; a "characteristic"; care decided "at_discharge"; or "after_discharge", where immortal time can
        make a difference of its own.
    low, high : float or None
        Ends of the figure as cited, equal where it is one number.
    day : int or None
        Day after discharge at which the outcome is read.
    margin : float or None
        Of a claim of equality: the largest difference that counts as none.
    reading : str
        How ambiguous wording is read.
    fields : tuple of str
        Columns of a cohort that a replication needs, as "table.column".
    not_recorded : tuple of str
        What it needs, too, and no table holds.
    assumed : Assumed or None
        What the precision of the figure rests on, where the source does not state it.
    """

    id: Annotated[str, Field(pattern=r"^C\d\d$")]
    claim: Text
    source: Text
    articles: tuple[Literal["A", "B", "C", "D"], ...] = Field(min_length=1)
    found: str = ""
    population: Text
    n: Annotated[int, Field(gt=0)] | None = None
    measure: Measure
    outcome: Outcome
    exposure: Exposure
    low: Annotated[float, Field(ge=0)] | None = None
    high: Annotated[float, Field(ge=0)] | None = None
    day: Day | None = None
    margin: Share | None = None
    reading: Text
    fields: Annotated[tuple[str, ...], AfterValidator(_known_columns)] = ()
    not_recorded: tuple[Text, ...] = ()
    assumed: Assumed | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "Claim":
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high belong together; give both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        if (self.margin is not None) != (self.measure == "equivalence"):
            raise ValueError("a claim of equality has a margin, and no other has")
        return self

    @property
    def traced(self) -> str:
        """What a page states about the primary study."""
        return self.found or "As cited; primary study not traced."

    @property
    def figure(self) -> str:
        """The figure as cited: "0.40 to 0.60", "2.70", "under 0.43", "above 0.50"; empty for none."""
        if self.low is None or self.high is None:
            return ""
        one, other = (f"{value:.2f}" for value in (self.low, self.high))
        if self.low == 0:
            return f"under {other}"
        if self.high == 1 and self.measure in ("proportion", "attributable_share"):
            return f"above {one}"
        return one if one == other else f"{one} to {other}"
