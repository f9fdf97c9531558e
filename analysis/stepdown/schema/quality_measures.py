"""Quality measures as data: `measures.toml`, changed or joined by a file of the user.

A measure states the events it is about, the exclusions in order, and what meets it. The rates are computed by
`stepdown.cohort.measures`.
"""

import functools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from stepdown.errors import ConfigError, Problem
from stepdown.schema.columns import table
from stepdown.schema.declarations import (
    Day,
    Declaration,
    Level,
    Positive,
    Text,
    checked,
    read_toml,
    shipped_toml,
)

MEASURES = "measures.toml"
EARLIER = "earlier_measures.toml"
Scalar = str | int | float | bool


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if not values:
        raise ValueError("it is empty; give at least one entry")
    return values


def _codes(of: str, column: str) -> AfterValidator:
    """Refuse what is not a code: a misspelled kind would be credited to no one."""

    def check(value: str) -> str:
        codes = table(of)[column].codes
        if value not in codes:
            raise ValueError(f"it is not one of {', '.join(codes)}")
        return value

    return AfterValidator(check)


Kind = Annotated[str, _codes("services", "kind")]
Modality = Annotated[str, _codes("services", "modality")]
Finding = Annotated[str, _codes("observations", "finding")]
Reason = Annotated[str, _codes("discharges", "discharge_reason")]

# pydantic's own least length would be reported, too, wherever an entry is wrong.
SOME = AfterValidator(_some)


def check_codes(column: str, values: tuple[Scalar, ...]) -> None:
    """Refuse values that a column of the discharges cannot hold; ValueError."""
    discharges = table("discharges")
    codes = discharges[column].codes if column in discharges else ()
    if codes and not set(values) <= set(codes):
        raise ValueError(f"is_in may hold {', '.join(codes)}")


class Denominator(Declaration):
    """The events that a measure is about.

    New care is identified from the data alone: care before the first record is not seen.

    Attributes
    ----------
    event : str
        "discharge": each stay that ended, day 0 is the day of discharge. "new_care": the first service
        (or admission) after a time without any; day 0 is its first day. "new_episode": the discharge from a
        stay, transfers joined, or another visit, with no care in the days before (before the admission, of a
        stay). "new_medication": medication for opioid use disorder, with none dispensed or supplied in the
        days before. "first_encounter": the first visit or admission of a client in each calendar year,
        whatever came before. "week": each week of a course of care at the one level in `levels`; day 0 is
        its first day. "course": each such course, without a longer pause than the rules for levels of care
        allow; day 0 is its last day.
    levels : tuple of str
        Levels of the stays, or of the care that opens new care; empty for all.
    kinds, not_kinds : tuple of str
        Kinds of the services that are such care, empty for all; `not_kinds` never are.
    of : str
        What new care is: "services" (attended rows of services), or "care" (care received, in either table).
    stays : bool
        Of services: an admission opens new care, too, and a stay interrupts a time without care.
    days_without_care : int
        Days before new care that must hold no such care.
    """

    event: Literal[
        "discharge", "new_care", "new_episode", "new_medication", "first_encounter", "week", "course"
    ]
    levels: tuple[Level, ...] = ()
    kinds: tuple[Kind, ...] = ()
    not_kinds: tuple[Kind, ...] = ()
    of: Literal["services", "care"] = "services"
    stays: bool = True
    days_without_care: Day = 0


class Exclusion(Declaration):
    """One step by which events leave a measure; the order of the file is the order of the steps.

    Attributes
    ----------
    name : str
        The reason as reported.
    rule : str
        "followed_by_stay": another stay, at one of `levels` (withdrawal management and residential care if
        left out), begins within `gap` days and ends later: a transfer, or the same care continued. The later
        stay is the event. "age": younger than `at_least` or older than
        `at_most`, in whole years. "reason": the stay ended for one of `reasons`. "column": a column of
        the discharges holds one of `is_in`. "not_recorded": it is missing. "died": dead by the end of
        the window. "one_per": fewer than `days` days after the client's last event that stayed in.
        "open_window": the window reaches past the data cut. "open_admission": the days for engagement after
        an admission that initiated treatment do. "care_before": care on one of the `days` days before day 0.
        "long_stay": a stay, transfers joined, has at least `days` days in the window. "part": a week was cut
        short. "unknown": it is not known whether the event meets the measure.
    gap : int
        Days between two stays.
    days : int or None
        For "open_window" and "died": count with these many days where the window is shorter.
    same_year : bool
        For "died": a death in the calendar year of day 0 counts as well, where days are dates.
    """

    name: Text
    rule: Literal[
        "followed_by_stay",
        "age",
        "reason",
        "column",
        "not_recorded",
        "died",
        "one_per",
        "open_window",
        "open_admission",
        "care_before",
        "long_stay",
        "part",
        "unknown",
    ]
    gap: Day | None = None
    levels: tuple[Level, ...] = ()
    at_least: Day | None = None
    at_most: Day | None = None
    reasons: tuple[Reason, ...] = ()
    column: str = ""
    is_in: tuple[Scalar, ...] = ()
    days: Day | None = None
    same_year: bool = False

    @model_validator(mode="after")
    def _complete(self) -> "Exclusion":
        needs = {
            "followed_by_stay": ("gap", self.gap is not None),
            "age": ("at_least or at_most", self.at_least is not None or self.at_most is not None),
            "reason": ("reasons", bool(self.reasons)),
            "column": ("column and is_in", bool(self.column and self.is_in)),
            "not_recorded": ("column", bool(self.column)),
        }
        needs |= {rule: ("days", self.days is not None) for rule in ("one_per", "care_before", "long_stay")}
        key, given = needs.get(self.rule, ("", True))
        if not given:
            raise ValueError(f"{self.rule} needs {key}")
        check_codes(self.column, self.is_in)
        return self


class Credit(Declaration):
    """One kind of event that meets a measure, with its own first day.

    Attributes
    ----------
    source : str
        "care" (care received: sessions, spans and episodes, whichever table holds them), "services" (attended
        rows of services), "supply" (days supplied with medication for opioid use disorder), "stays"
        (admissions), "observations", or "column" (a column of the discharges); the key is `from`.
    first_day : int
        First day that counts; 0 credits what happens on day 0 itself, such as a same-day step-down.
    last_day : int or None
        Last day that counts where that is not the end of the window.
    levels, kinds, not_kinds, modalities, findings : tuple of str
        What is credited; empty for all. `not_kinds` are never credited.
    ranks : tuple of str
        Levels from the lowest to the highest: only a level at least as high as that of the event counts.
    after : tuple of str
        Levels of the event for which the credit holds; empty for all.
    begins : bool
        A service must begin in the window; otherwise one day of its span in the window is enough.
    unplanned : bool
        Leave out admissions that were planned.
    column, is_in
        Column of the discharges, and the values that meet the measure.
    """

    source: Annotated[
        Literal["care", "services", "supply", "stays", "observations", "column"], Field(alias="from")
    ]
    first_day: Day = 0
    last_day: Day | None = None
    levels: tuple[Level, ...] = ()
    kinds: tuple[Kind, ...] = ()
    not_kinds: tuple[Kind, ...] = ()
    modalities: tuple[Modality, ...] = ()
    findings: tuple[Finding, ...] = ()
    ranks: tuple[Level, ...] = ()
    after: tuple[Level, ...] = ()
    begins: bool = False
    unplanned: bool = False
    column: str = ""
    is_in: tuple[Scalar, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> "Credit":
        if (self.source == "column") != bool(self.column and self.is_in):
            raise ValueError('from = "column" needs column and is_in, and nothing else takes them')
        check_codes(self.column, self.is_in)
        if len(set(self.ranks)) < len(self.ranks):
            raise ValueError("ranks names a level twice")
        return self


class Numerator(Declaration):
    """What meets a measure.

    Attributes
    ----------
    rule : str
        "any": one credited event in the window. "engagement": the first credited event in the window and
        at least `more` further days with one, within `more_within` days after it. "continuous": credited
        care covers the window from day 0 on, and no run of `gap_days` days lacks it. "initiated": a credited
        visit, admission or medication in the window. "engaged": besides, at least `more` of them in the
        `more_within` days after it, or after the discharge where it was an admission. "in_order": each credit
        on a later day than the first of the credit before it. "hours": a week has the least hours of its
        level. "completed": a course fulfils the rule `completion` of the rules for levels of care.
    credits : tuple of Credit
        What counts.
    completion : str
        For "completed": id of a completion rule.
    stay_initiates : bool
        For "initiated" and "engaged": a stay that is the episode is itself treatment.
    long_acting : bool
        For "engaged": one long-acting medication is enough.
    same_day : str
        For "engaged": visits on one date count as "one", or "each"; so do medications. A visit and a
        medication are two.
    """

    rule: Literal[
        "any", "engagement", "continuous", "initiated", "engaged", "in_order", "hours", "completed"
    ] = "any"
    credits: tuple[Credit, ...] = ()
    completion: str = ""
    more: Positive | None = None
    more_within: Positive | None = None
    gap_days: Positive | None = None
    stay_initiates: bool = False
    long_acting: bool = False
    same_day: Literal["one", "each"] = "one"

    @model_validator(mode="after")
    def _complete(self) -> "Numerator":
        if not self.credits and self.rule not in ("hours", "completed"):
            raise ValueError(f'rule = "{self.rule}" needs credits: what counts')
        if self.rule == "completed" and not self.completion:
            raise ValueError('rule = "completed" needs completion: the id of a rule of completion')
        if self.rule in ("engagement", "initiated", "engaged") and (
            self.more is None or self.more_within is None
        ):
            raise ValueError(f'rule = "{self.rule}" needs more and more_within')
        if self.rule == "continuous" and self.gap_days is None:
            raise ValueError('rule = "continuous" needs gap_days')
        if self.rule != "any" and any(credit.source == "column" for credit in self.credits):
            raise ValueError(f'from = "column" is only for rule = "any", not "{self.rule}"')
        return self


class Measure(Declaration):
    """A named, versioned quality measure.

    Attributes
    ----------
    id, version : str, int
        Written together: "fui@1".
    group : str
        Name by which a study asks for several measures together, such as initiation and engagement ("iet").
    label, sentence : str
        Its name for readers, and what it counts in one plain sentence.
    source, doi : str
        Where the definition comes from; "program's own" where nowhere else.
    changed : str
        What differs from the version before.
    deviations : str
        Where it differs from its source, and what is not looked at.
    not_verified : str
        What was not checked against the licensed or official text.
    windows : tuple of int
        Days after day 0, each reported separately.
    window_end : str
        Whether the last day of the window is part of it.
    better : str
        Whether more or less is better.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: Positive
    group: str = ""
    label: Text
    sentence: Text
    source: Text
    doi: str = ""
    changed: str = ""
    deviations: str = ""
    not_verified: Text
    windows: Annotated[tuple[Day, ...], SOME]
    window_end: Literal["included", "excluded"] = "included"
    better: Literal["higher", "lower"] = "higher"
    denominator: Denominator
    exclusions: tuple[Exclusion, ...]
    numerator: Numerator

    @property
    def name(self) -> str:
        """Id and version together."""
        return f"{self.id}@{self.version}"

    def last_day(self, window: int) -> int:
        """Return the last day of a window."""
        return window if self.window_end == "included" else window - 1

    def full_days(self, window: int) -> int:
        """Return the last day that must lie before the data cut for a window to be complete."""
        return self.last_day(window) + (self.numerator.more_within or 0)

    @model_validator(mode="after")
    def _consistent(self) -> "Measure":
        if list(self.windows) != sorted(set(self.windows)):
            raise ValueError("windows must rise, each once")
        if self.last_day(self.windows[0]) < 0:
            raise ValueError("a window of 0 days that excludes its last day is empty")
        rules = [step.rule for step in self.exclusions]
        if rules.count("open_window") != 1:
            raise ValueError('exclusions must hold rule = "open_window" exactly once')
        names = [step.name for step in self.exclusions]
        if len(set(names)) < len(names):
            raise ValueError("two exclusions have the same name; give each its own")
        return self


class MeasuresFile(Declaration):
    """A measures file."""

    format: Literal[1]
    version: Text
    measures: Annotated[tuple[Measure, ...], SOME]


@dataclass(frozen=True, kw_only=True)
class MeasureRegistry:
    """Measures in order.

    Attributes
    ----------
    version : str
        Version of the package's file, and that of the user's file where one was read.
    measures : tuple of Measure
        The package's, replaced by the user's where the id is the same; then the user's others.
    own : tuple of str
        Names of the measures that come from the user's file.
    earlier : tuple of Measure
        Earlier versions, computed where a study names them with their version.
    """

    version: str
    measures: tuple[Measure, ...]
    own: tuple[str, ...] = ()
    earlier: tuple[Measure, ...] = ()

    def __iter__(self) -> Iterator[Measure]:
        """Iterate over the measures, earlier versions left out."""
        return iter(self.measures)

    def named(self, name: str) -> tuple[Measure, ...]:
        """Return the measures of a name: an id or a group, of any version if stated; none if unknown."""
        current = tuple(one for one in self.measures if name in (one.id, one.group))
        if current:
            return current
        every = (*self.measures, *self.earlier)
        return tuple(one for one in every if name in (one.name, f"{one.group}@{one.version}"))

    def __getitem__(self, name: str) -> Measure:
        """Return a measure by its id, or one of any version by id and version; KeyError if there is none."""
        for measure in self.measures:
            if name == measure.id:
                return measure
        for measure in (*self.measures, *self.earlier):
            if name == measure.name:
                return measure
        raise KeyError(name)


def read_measures(path: str | Path | None = None) -> MeasureRegistry:
    """Read the measures of the package and, where given, those of a file of the same form.

    Parameters
    ----------
    path : str or Path, optional
        A TOML file. Its measures replace those of the same id, or are added to them.

    Returns
    -------
    MeasureRegistry

    Raises
    ------
    ConfigError
        The file is missing, is not TOML, breaks the rules, names a measure twice, or changes a measure of
        the package without giving it another version; every problem is named.
    """
    shipped, earlier = _shipped()
    if path is None:
        return MeasureRegistry(version=shipped.version, measures=shipped.measures, earlier=earlier.measures)
    name = Path(path).name
    own = _parsed(read_toml(path), name)
    known = {measure.name: measure for measure in (*shipped.measures, *earlier.measures)}
    same = [
        place
        for place, measure in enumerate(own.measures, start=1)
        if measure.name in known and measure != known[measure.name]
    ]
    if same:
        raise ConfigError(
            [
                Problem(
                    table=name,
                    column=f"measures.{place}.version",
                    what="is that of the package's measure, which is defined differently",
                    remedy="Give your measure another version, or another id.",
                )
                for place in same
            ]
        )
    given = {measure.id: measure for measure in own.measures}
    kept = [given.pop(measure.id, measure) for measure in shipped.measures]
    return MeasureRegistry(
        version=f"{shipped.version}, with {name} {own.version}",
        measures=(*kept, *given.values()),
        own=tuple(measure.name for measure in own.measures),
        earlier=earlier.measures,
    )


@functools.cache
def _shipped() -> tuple[MeasuresFile, MeasuresFile]:
    """Return the measures of the package: the current ones, and earlier versions."""
    current, earlier = (_parsed(shipped_toml("stepdown.schema", one), one) for one in (MEASURES, EARLIER))
    return current, earlier


def _parsed(raw: dict[str, Any], name: str) -> MeasuresFile:
    found = checked(MeasuresFile, raw, file=name)
    twice = [key for key, count in Counter(measure.id for measure in found.measures).items() if count > 1]
    if twice:
        what = f"names a measure more than once: {', '.join(twice)}"
        raise ConfigError([Problem(table=name, column="measures", what=what, remedy="Give each its own id.")])
    return found
