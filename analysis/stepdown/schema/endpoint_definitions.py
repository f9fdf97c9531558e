"""Definitions of relapse, abstinence, dropout and amount of use, as data.

The files in `endpoints/` declare each definition: its sentence, its source, what a study may choose, and the
rule of a weekly one. They are read when first asked for, so that a study can be checked without any data.
The functions that apply them are in `stepdown.cohort.relapse`.
"""

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from stepdown.schema.declarations import Declaration, Positive, checked, shipped_toml

EndpointKind = Literal["time", "binary", "count", "share"]
FILES = ("daily.toml", "weekly_relapse.toml", "weekly_abstinence.toml", "weekly_use.toml", "secondary.toml")
NEEDS: dict[str, str] = {
    "use": "findings of use or of no use, from any source",
    "urine": "urine tests",
    "weekly_urine": (
        "urine tests about every week: half or more of all clients with tests, made or missed, in four or "
        "more weeks after time zero"
    ),
    "due": "urine tests that were missed, refused or inconclusive, or a [schedule]",
    "self_report": "findings reported by the client",
    "use_days": "day-by-day reports of use: some client with reports on two consecutive days",
    "claim": "claims",
    "principal_sud": "claims that state whether the principal diagnosis is a substance use disorder",
    "certainty": "claims with a certainty",
    "stays": "a second stay of some client, or findings of admission with a level of care",
    "admissions": "a second stay of some client, or findings of admission",
    "services": "sessions or spans of care",
    "visits": "days on which contacts were due: a due day of findings, or a [schedule]",
}
"""What a definition may need to have been observed, in words."""
MISSING: dict[str, str] = {
    "as_defined": "As the definition states.",
    "positive": (
        "A contact that was due and gave no result counts as positive, also after the client was lost to "
        "follow-up."
    ),
    "ignored": "A contact that gave no result is left out.",
    "last": (
        "A contact that was due and gave no result takes the result of the contact before it, also after the "
        "client was lost to follow-up: a client whose last result was negative stays negative."
    ),
    "interval": "The event is only known to lie after the last negative finding, up to the first positive.",
}
"""Values of `outcome.missing`: what is done about missing observations."""
INTERVALS: dict[str, str] = {
    "bounds": "The lowest and the highest risk that the intervals allow.",
    "detected": "The day on which it was found, the last of the interval.",
    "midpoint": "The middle of the interval, rounded up to a whole day.",
    "imputed": (
        "A day drawn from the interval according to the estimated rate of relapse, `imputations` times (20 "
        "by default); the results are pooled. Within groups where groups are compared; not before care "
        "that started inside the interval."
    ),
    "interval": (
        "The interval itself, by estimators for interval-censored times: no mean days free, no test of "
        "the curves. After a landmark nothing is reported where an interval contains it."
    ),
}
"""Values of `outcome.interval`: what is analyzed where only an interval is known."""


class Parameter(Declaration):
    """A whole number that a definition lets a study vary.

    Attributes
    ----------
    name, meaning : str
        Key under `outcome.parameters`, and what it does.
    default, low : int
        Value where the study gives none, and the smallest that makes sense.
    high : int or None
        The largest; None for no limit.
    at_most : str
        Another parameter that it may not exceed; empty for none.
    """

    name: str
    meaning: str
    default: int
    low: int
    high: int | None = None
    at_most: str = ""


class WeeklyRule(Declaration):
    """How a weekly definition recodes a weekly urine pattern, and what it then computes.

    Attributes
    ----------
    name : str
        "window": the first `width` consecutive weeks, from week `first` on, of which at least `least` have
        the `mark`; a pattern shorter than that is undefined if `whole`, and else has no event. Otherwise a
        function of `stepdown.cohort.relapse.weekly` with the other settings as arguments.
    missing : str
        What a due week without a usable result becomes: "positive", "negative", "dropped", or "kept".
    mixed : str
        What a week with positive and negative results becomes: "positive", or "kept".
    """

    name: str
    missing: Literal["positive", "negative", "dropped", "kept"] = "positive"
    mixed: Literal["positive", "kept"] = "positive"
    mark: Literal["positive", "missing"] = "positive"
    width: Positive = 1
    least: Positive = 1
    first: Positive = 1
    whole: bool = True
    last: Positive | None = None
    step: Positive = 1
    week: Positive | None = None
    length: Positive | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """The settings that the file states, for the function of this name."""
        return self.model_dump(exclude={"name", "missing", "mixed"}, exclude_unset=True)


class EndpointSpec(Declaration):
    """A named, versioned definition of relapse (or of abstinence, dropout, amount of use).

    Attributes
    ----------
    id, version : str, int
        Written together in a study file: "first_use@1".
    sentence : str
        The definition in one plain sentence.
    kind : str
        "time" (a day on which it happens, which a study can take as its outcome), "binary", "count" or
        "share".
    source, doi : str
        Who used it, and the DOI; empty where it is this project's own.
    needs : tuple of str
        What must have been observed, all of it: names in `schema.NEEDS`, "a|b" where either is enough.
    findings : int
        How many findings of use, on different days, it takes.
    onset, confirmed : str
        Which day the event is dated to, and the day on which the rule became true.
    week_to_day : str
        How weeks become days; empty where the definition works on days.
    missing_rule : str
        What the definition itself does about missing observations.
    missing : tuple of str
        Values of `outcome.missing` that it allows, names in `schema.MISSING`.
    interval : tuple of str
        Values of `outcome.interval` that it allows, names in `schema.INTERVALS`.
    yields : str
        "day", or "interval" where the event may only be known to lie in (last negative, first positive].
    competing : tuple of str
        Events after which it cannot happen any more.
    parameters : tuple of Parameter
        What a study may vary.
    relapse : bool
        Whether the event is a relapse, or taken for one; false for dropout.
    secondary : bool
        Whether it is reported beside the outcome of a study (`outcome.secondary`) and cannot be it.
    rule : WeeklyRule or None
        The rule of a weekly definition; None for one that works on days.
    """

    id: str
    version: int
    sentence: str
    kind: EndpointKind
    source: str = ""
    doi: str = ""
    needs: tuple[str, ...]
    findings: int = 1
    onset: str = ""
    confirmed: str = ""
    week_to_day: str = ""
    missing_rule: str
    missing: tuple[str, ...]
    interval: tuple[str, ...] = ()
    yields: Literal["day", "interval"]
    competing: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    relapse: bool = True
    secondary: bool = False
    rule: WeeklyRule | None = None

    @property
    def name(self) -> str:
        """The name that a study file uses."""
        return f"{self.id}@{self.version}"

    @property
    def kind_in_words(self) -> str:
        """The kind, marked where a study can only ask for it as a secondary endpoint."""
        return f"{self.kind}, secondary" if self.secondary else self.kind

    @property
    def as_outcome(self) -> bool:
        """Whether a study can take it as its outcome: an event on a day that is not secondary."""
        return self.kind == "time" and not self.secondary

    def missing_sentence(self, rule: str) -> str:
        """Return in words what a value of `outcome.missing` does here."""
        return self.missing_rule if rule == "as_defined" else MISSING[rule]


@functools.cache
def endpoints() -> tuple[EndpointSpec, ...]:
    """Return every definition, in the order of the files.

    Examples
    --------
    >>> [spec.name for spec in endpoints()][:2]
    ['first_use@1', 'two_positives@1']
    """
    return tuple(spec for file in FILES for spec in _declared(file))


def endpoint(name: str) -> EndpointSpec:
    """Return the definition of this name ("first_use@1"); KeyError if there is none."""
    return {spec.name: spec for spec in endpoints()}[name]


def _declared(file: str) -> Iterator[EndpointSpec]:
    raw = shipped_toml("stepdown.schema", f"endpoints/{file}")
    for id, own in raw["endpoints"].items():
        yield checked(EndpointSpec, {"id": id, **_with_defaults(raw, own)}, file=file)


def _with_defaults(raw: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an entry over those of its family, over the defaults of the file."""
    family = own.get("family")
    base = _with_defaults(raw, raw["families"][family]) if family else dict(raw["defaults"])
    rule = {**base.get("rule", {}), **own.get("rule", {})}
    merged = {**base, **own, **({"rule": rule} if rule else {})}
    merged.pop("family", None)
    return merged
