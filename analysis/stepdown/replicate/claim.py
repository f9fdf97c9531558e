"""A cited effect, as a file of the registry states it."""

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from stepdown.schema.columns import table
from stepdown.schema.declarations import Day, Declaration, Level, Positive, Text

Measure = Literal[
    "proportion", "ratio", "share_of_events", "attributable_share", "timing", "ranking", "equivalence",
    "dose_response", "effect_modification", "time_varying_ratio", "not_testable",
]  # fmt: skip
Outcome = Literal["relapse", "abstinence", "first_session", "completion", "dropout"]
Exposure = Literal["none", "characteristic", "at_discharge", "after_discharge"]
Builder = Literal[
    "care_after_discharge", "handoff", "relapse_alone", "completion", "predictors", "two_settings",
    "matched_hours", "dose",
]  # fmt: skip
RealData = Literal["uis", "ctn0094", "teds_d"]
Share = Annotated[float, Field(gt=0, lt=1)]
RATIOS = ("ratio", "time_varying_ratio", "timing", "dose_response")
"""Measures that are ratios: compared on the log scale, 1 is no difference."""
OPEN = 1_000.0
"""A ratio from which on a cited range has no upper end."""
_TABLES = ("discharges", "services", "observations", "followup", "assessments")


def known_columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of columns, "table.column"; ValueError where no table has one."""
    for name in names:
        first, _, column = name.partition(".")
        if first not in _TABLES or column not in table(first):
            raise ValueError("it names a column that no table has; write table.column")
    return names


class Varied(Declaration):
    """Other values of what is assumed, to show whether an answer depends on them.

    Attributes
    ----------
    exposed_share, reference : tuple of float
        As in `Assumed`; where left out, the assumed value alone.
    """

    exposed_share: tuple[Share, ...] = ()
    reference: tuple[Share, ...] = ()


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
    why : str
        Where these values come from, a sentence for the page; empty where they are one half for want of
        anything better.
    varied : Varied
        Values that are tried beside them.
    """

    exposed_share: Share = 0.5
    reference: Share = 0.5
    events_share: Share = 0.5
    odds: bool = False
    why: str = ""
    varied: Varied = Varied()


class RebuiltWorld(Declaration):
    """What a rebuilt cohort assumes beyond the figure and `Assumed`; none of it is in the source.

    Attributes
    ----------
    n : int
        People, where the source states no number.
    target : float or None
        The figure that is rebuilt; if left out, the middle of the cited one.
    within : int
        Last day on which care starts, or on which the first session is due.
    weeks : int
        Weeks of care until the exposure is there: 0 for its first day.
    level : str
        Level of the care.
    kind : str
        Kind of its sessions; empty where any counts.
    early_share : float
        Share of the relapses of a year that come by day 90.
    year_risk : float
        Share of the people who relapse within a year.
    regained : float
        Share of those who relapsed who are abstinent again at the last contact.
    stays : dict of str to str
        What is the same for all discharges, such as their level or reason.
    predictors : tuple of str
        Of a ranking: columns of the discharges or kinds of sessions, the claimed predictor first.
    strongest, other : float
        Of a ranking: standardized effect of the claimed predictor, and of each other.
    landmark : int
        Of a ranking: day up to which sessions, or the start of care, are read; those who relapsed by then are
        left out.
    exposed_before_matching : float
        Of matched groups: share with the exposure of the people they are matched from.
    by_step_down : bool
        Of a ranking: whether it is one among those without the care of the study's plans by the landmark.
    """

    n: Annotated[int, Field(gt=0)] = 1_000
    target: Annotated[float, Field(gt=0)] | None = None
    within: Positive = 14
    weeks: Day = 0
    level: Level = "iop"
    kind: str = ""
    early_share: Share = 0.59
    year_risk: Share = 0.5
    regained: Share = 0.5
    stays: dict[str, str] = Field(default_factory=dict)
    predictors: tuple[Text, ...] = ()
    strongest: float = 0.25
    other: float = 0.15
    landmark: Day = 0
    exposed_before_matching: Share = 0.3
    by_step_down: bool = False


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
        Which of the four articles A to D make it; empty where another one does.
    found : str
        What is known about the primary study, beginning with "Traced" where it was; empty for nothing.
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
    builder : str or None
        How a cohort is rebuilt to the figure; None where there is no figure to rebuild.
    study : str
        The study file that analyzes it: one of the package, by its name, or a file beside the claim. Empty
        where nothing is analyzed.
    world : RebuiltWorld
        What the rebuilt cohort assumes.
    real : tuple of str
        Public data that bear on the claim.
    """

    id: Annotated[str, Field(pattern=r"^C\d\d$")]
    claim: Text
    source: Text
    articles: tuple[Literal["A", "B", "C", "D"], ...] = ()
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
    fields: Annotated[tuple[str, ...], AfterValidator(known_columns)] = ()
    not_recorded: tuple[Text, ...] = ()
    assumed: Assumed | None = None
    builder: Builder | None = None
    study: str = ""
    world: RebuiltWorld = RebuiltWorld()
    real: tuple[RealData, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "Claim":
        if (self.low is None) != (self.high is None):
            raise ValueError("low and high belong together; give both")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        if (self.margin is not None) != (self.measure == "equivalence"):
            raise ValueError("a claim of equality has a margin, and no other has")
        if self.builder not in (None, "completion") and not self.study:
            raise ValueError("a builder needs a study, which analyzes what it builds; give study")
        return self

    @property
    def people(self) -> int:
        """How many people a rebuilt cohort has: as many as the source states, else an assumed number."""
        return self.n or self.world.n

    @property
    def target(self) -> float:
        """The figure that a rebuilt cohort has: of a range its middle, geometric of ratios.

        Missing where no figure is cited, or a ratio that is only cited as below 1.
        """
        if self.world.target is not None:
            return self.world.target
        if self.low is None or self.high is None:
            return math.nan
        if self.measure in RATIOS:
            return math.sqrt(self.low * self.high) if self.low > 0 else math.nan
        return (self.low + self.high) / 2

    @property
    def traced(self) -> str:
        """What a page states about the primary study; one that is only probable was not traced."""
        if self.found.startswith("Traced"):
            return self.found
        return f"As cited; primary study not traced. {self.found}".rstrip()

    @property
    def figure(self) -> str:
        """The figure as cited: "0.40 to 0.60", "2.70", "under 0.43", "above 0.50"; empty for none."""
        if self.low is None or self.high is None:
            return ""
        if self.measure == "ranking":
            return f"rank {self.low:g}" + ("" if self.low == self.high else f" to {self.high:g}")
        one, other = (f"{value:.2f}" for value in (self.low, self.high))
        if self.measure == "timing" and self.high >= OPEN:
            return f"above {one}"
        if self.low == 0:
            return f"under {other}"
        if self.high == 1 and self.measure in ("proportion", "attributable_share"):
            return f"above {one}"
        return one if one == other else f"{one} to {other}"
