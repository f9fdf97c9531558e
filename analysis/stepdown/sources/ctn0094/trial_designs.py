"""The trials' designs, read from `design.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from stepdown.schema.declarations import shipped_toml


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is known of one trial.

    Attributes
    ----------
    label : str
        Name for people.
    level : str
        Level of care in which people were randomized.
    weeks, second_weeks : int
        Length of a pattern after the first randomization, and after the second (0 where there is none).
    published_from : str
        Day from which the published patterns count that length: "consent" or "randomization".
    due, second_due : tuple of int
        Weeks after the first, and the second, randomization for which a contact was planned.
    sample : str
        How a sample without a positive result is known: "temperature" or "visit".
    """

    label: str
    level: str
    weeks: int
    published_from: Literal["consent", "randomization"]
    due: tuple[int, ...]
    sample: Literal["temperature", "visit"]
    second_weeks: int = 0
    second_due: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class TrialDesigns:
    """What `design.toml` holds.

    Attributes
    ----------
    trials : mapping of str to Trial
        By `project`.
    arms : mapping of str to str
        Study drug of each arm, as the urine tables call it; "" where they cannot show it.
    opioids_urine, opioids_reported : tuple of str
        Drugs that count as use, in `uds` and in `tlfb`.
    codes : mapping of str to mapping
        By canonical column, the source's codes to the canonical ones.
    """

    trials: Mapping[str, Trial]
    arms: Mapping[str, str]
    opioids_urine: tuple[str, ...]
    opioids_reported: tuple[str, ...]
    codes: Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=1)
def designs() -> TrialDesigns:
    """Return what is known of the trials."""
    raw = shipped_toml("stepdown.sources.ctn0094", "design.toml")
    return TrialDesigns(
        trials={name: _trial(given) for name, given in raw["trials"].items()},
        arms=raw["arms"],
        opioids_urine=tuple(raw["opioids_urine"]),
        opioids_reported=tuple(raw["opioids_reported"]),
        codes=raw["codes"],
    )


def _trial(given: dict[str, Any]) -> Trial:
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in given.items()
    }
    return Trial(**fields)
