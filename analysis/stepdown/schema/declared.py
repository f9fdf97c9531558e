"""Endpoints and designs as plain data, so that a study can be checked without reading any data.

The functions behind them live in `stepdown.cohort` and `stepdown.compare`.
"""

from dataclasses import dataclass
from typing import Literal

EndpointKind = Literal["time", "binary", "count", "share"]
NEEDS: dict[str, str] = {
    "use": "findings of use or of none, from any source",
    "urine": "urine tests",
    "weekly_urine": (
        "urine tests about every week: half or more of all clients with tests, made or missed, in four or "
        "more weeks after time zero"
    ),
    "due": "urine tests that were missed, refused or inconclusive, or a [schedule]",
    "self_report": "findings that the client reported",
    "use_days": "reports of use day by day: some client with reports on two days running",
    "claim": "claims",
    "principal_sud": "claims that tell whether the principal diagnosis is a substance use disorder",
    "certainty": "claims with a certainty",
    "stays": "a second stay of some client, or findings of admission with a level of care",
    "admissions": "a second stay of some client, or findings of admission",
    "services": "sessions or spans of care",
}
"""What a definition may need to have been observed, in words."""
MISSING: dict[str, str] = {
    "as_defined": "As the definition says.",
    "positive": "A contact that was due and told nothing counts as positive, also after somebody was lost.",
    "ignored": "A contact that told nothing is left out.",
    "last": (
        "A contact that was due and told nothing counts as the one before it, also after somebody was lost: "
        "whoever was clean then stays so."
    ),
    "interval": "The event is only known to lie after the last negative finding, up to the first positive.",
}
"""Values of `outcome.missing`: what is done about missing observations."""
INTERVALS: dict[str, str] = {
    "bounds": "The lowest and the highest risk that the intervals allow.",
    "detected": "The day on which it was found, the last of the interval.",
    "midpoint": "The middle of the interval, rounded up to a whole day.",
    "imputed": (
        "A day drawn from the interval as the rate of relapse would have it, `imputations` times (20 if left "
        "out); the answers are pooled. After a landmark, the confirmed day."
    ),
    "interval": (
        "The interval itself, by estimators for interval-censored times: no average days free, no test of "
        "the curves. After a landmark nothing is told where an interval contains it."
    ),
}
"""Values of `outcome.interval`: what is analyzed where only an interval is known."""
COMPETING = ("death", "incarceration")


@dataclass(frozen=True, kw_only=True)
class Parameter:
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


@dataclass(frozen=True, kw_only=True)
class EndpointSpec:
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
        What must have been observed, all of it: names in `schema.NEEDS`, "a|b" where either will do.
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
        "day", or "interval" where it can only be told that the event lies in (last clean, first positive].
    competing : tuple of str
        Events after which it cannot happen any more.
    parameters : tuple of Parameter
        What a study may vary.
    relapse : bool
        Whether what happens is a relapse, or taken for one; not so for dropout.
    """

    id: str
    version: int
    sentence: str
    kind: EndpointKind
    source: str
    doi: str
    needs: tuple[str, ...]
    onset: str
    confirmed: str
    week_to_day: str
    missing_rule: str
    missing: tuple[str, ...]
    interval: tuple[str, ...]
    yields: Literal["day", "interval"]
    competing: tuple[str, ...]
    parameters: tuple[Parameter, ...] = ()
    relapse: bool = True

    @property
    def name(self) -> str:
        """The name that a study file uses."""
        return f"{self.id}@{self.version}"

    def missing_sentence(self, rule: str) -> str:
        """Return in words what a value of `outcome.missing` does here."""
        return self.missing_rule if rule == "as_defined" else MISSING[rule]


@dataclass(frozen=True, kw_only=True)
class DesignSpec:
    """A design that compares arms without reading the future.

    Attributes
    ----------
    id, sentence : str
        Name in a study file, and what it does.
    needs_day : bool
        The design needs `day`.
    """

    id: str
    sentence: str
    needs_day: bool


DESIGNS: tuple[DesignSpec, ...] = (
    DesignSpec(
        id="landmark",
        sentence="Arms are read at a day, among those still observed and relapse-free then.",
        needs_day=True,
    ),
    DesignSpec(
        id="baseline",
        sentence="Arms are known by time zero, such as a randomized arm.",
        needs_day=False,
    ),
)


def design(name: str) -> DesignSpec:
    """Return the design of this name; KeyError if there is none."""
    for spec in DESIGNS:
        if spec.id == name:
            return spec
    raise KeyError(name)
