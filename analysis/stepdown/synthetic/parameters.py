"""The stated numbers of the generator: `margins.toml` and `course.toml`, read once and checked."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from stepdown.schema.declarations import shipped_toml

Coefficients = Mapping[str, float | Mapping[str, float]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Margin:
    """The one-way margin of one covariate.

    Attributes
    ----------
    levels : tuple of str
        Levels, in order of increasing severity.
    cuts : array
        Cumulative shares of all levels but the last.
    loading : float
        Correlation of the covariate's latent normal with severity.
    """

    levels: tuple[str, ...]
    cuts: npt.NDArray[np.float64]
    loading: float

    def share(self, level: str) -> float:
        """Return the share of a level."""
        edges = np.concatenate([[0.0], self.cuts, [1.0]])
        return float(np.diff(edges)[self.levels.index(level)])


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Baseline hazards, chances and mean durations; `course.toml` describes each."""

    relapse: float
    peak_height: float
    peak_day: float
    death: float
    incarceration: float
    death_after_relapse: float
    loss: float
    loss_in_care: float
    start: float
    start_unreferred: float
    start_fading: float
    start_before_due: float
    start_after_missed: float
    start_after_relapse: float
    attend: float
    outpatient: float
    dropout: float
    dropout_after_relapse: float
    php_days: float
    iop_days: float
    outpatient_days: float
    carry_over_days: float


@dataclass(frozen=True, kw_only=True)
class Handoff:
    """Chances of the handoff; `course.toml` describes each."""

    referred: float
    referred_against_advice: float
    scheduled: float
    gap_days: float
    gap_longest: int
    warm: float
    intake: float
    same_team: float
    own_iop: float
    records: float
    contact: float
    attend_warm: float
    attend_intake: float
    attend_same_team: float
    attend_gap_day: float
    php: Mapping[str, float]


@dataclass(frozen=True, eq=False, kw_only=True)
class Course:
    """All numbers of `course.toml`: baseline, handoff, and coefficients by what they drive."""

    baseline: Baseline
    handoff: Handoff
    coefficients: Mapping[str, Coefficients]


def _margin(entry: Mapping[str, Any]) -> Margin:
    shares = np.array(list(entry["shares"].values()), dtype=np.float64)
    return Margin(
        levels=tuple(entry["shares"]),
        cuts=np.cumsum(shares / shares.sum())[:-1],
        loading=float(entry["loading"]),
    )


@functools.cache
def margins() -> Mapping[str, Margin]:
    """Return the margins of `margins.toml` by name."""
    return MappingProxyType(
        {name: _margin(entry) for name, entry in shipped_toml("stepdown.synthetic", "margins.toml").items()}
    )


@functools.cache
def course() -> Course:
    """Return the numbers of `course.toml`."""
    numbers = shipped_toml("stepdown.synthetic", "course.toml")
    baseline = Baseline(**{field.name: numbers["baseline"][field.name] for field in fields(Baseline)})
    handoff = Handoff(**{field.name: numbers["handoff"][field.name] for field in fields(Handoff)})
    rest = {name: entry for name, entry in numbers.items() if name not in ("baseline", "handoff")}
    return Course(baseline=baseline, handoff=handoff, coefficients=MappingProxyType(rest))
