"""Endpoints and designs as plain data, so that a study can be checked without reading any data.

The functions behind them live in `stepdown.cohort` and `stepdown.compare`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class EndpointSpec:
    """A named, versioned definition of relapse.

    Attributes
    ----------
    id, version : str, int
        Written together in a study file: "first_use@1".
    sentence : str
        The definition in one plain sentence.
    missing_rule : str
        What the definition itself does about missing observations.
    missing : tuple of str
        Values of `outcome.missing` that it allows.
    interval : tuple of str
        Values of `outcome.interval` that it allows.
    """

    id: str
    version: int
    sentence: str
    missing_rule: str
    missing: tuple[str, ...]
    interval: tuple[str, ...]

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


ENDPOINTS: tuple[EndpointSpec, ...] = (
    EndpointSpec(
        id="first_use",
        version=1,
        sentence=(
            "First positive finding after time zero, from any source (urine, self-report, collateral, claim, "
            "registry). Onset and confirmed day are the day of the finding, or the interval in which it "
            "happened."
        ),
        missing_rule=(
            "A missing observation is read neither as use nor as a day of abstinence: follow-up ends where "
            "observation ends."
        ),
        missing=("as_defined",),
        interval=("bounds",),
    ),
)

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

COMPETING = ("death", "incarceration")


def endpoint(name: str) -> EndpointSpec:
    """Return the endpoint of this name ("first_use@1"); KeyError if there is none."""
    for spec in ENDPOINTS:
        if spec.name == name:
            return spec
    raise KeyError(name)


def design(name: str) -> DesignSpec:
    """Return the design of this name; KeyError if there is none."""
    for spec in DESIGNS:
        if spec.id == name:
            return spec
    raise KeyError(name)
