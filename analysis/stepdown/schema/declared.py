"""Endpoints and designs as plain data, so that a study can be checked without reading any data.

The functions behind them live in `stepdown.cohort` and `stepdown.compare`.
"""

from dataclasses import dataclass
from typing import Literal

EndpointKind = Literal["time", "binary", "count", "share"]
NEEDS = ("use", "urine", "self_report", "claim", "stays", "services")
"""What a definition may need: any finding of use, one source of it, or stays and services."""
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
    """

    name: str
    meaning: str
    default: int
    low: int
    high: int | None = None


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
        What must have been observed: values of `schema.NEEDS`.
    onset, confirmed : str
        Which day the event is dated to, and the day on which the rule became true.
    week_to_day : str
        How weeks become days; empty where the definition works on days.
    missing_rule : str
        What the definition itself does about missing observations.
    missing : tuple of str
        Values of `outcome.missing` that it allows.
    interval : tuple of str
        Values of `outcome.interval` that it allows.
    yields : str
        "day", or "interval" where it can only be told that the event lies in (last clean, first positive].
    competing : tuple of str
        Events after which it cannot happen any more.
    parameters : tuple of Parameter
        What a study may vary.
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

    @property
    def name(self) -> str:
        """The name that a study file uses."""
        return f"{self.id}@{self.version}"


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
        sentence="Arms are known by time zero, such as a randomised arm.",
        needs_day=False,
    ),
)


def design(name: str) -> DesignSpec:
    """Return the design of this name; KeyError if there is none."""
    for spec in DESIGNS:
        if spec.id == name:
            return spec
    raise KeyError(name)
