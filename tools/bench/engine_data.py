"""Made-up survival data for timing the engine: 11 covariates, whole days, 4 arms, weights, clusters."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COVARIATES = 11
PIECES = 5
_FILE = "engine.npz"


@dataclass(frozen=True, eq=False, kw_only=True)
class Rows:
    """n people, or n rows of n / 5 people whose covariates change.

    Attributes
    ----------
    days, cause, arm, cluster : ndarray of int, shape (n,)
        Last day at risk, 0 censored or cause 1 or 2, arm 0 to 3, who belongs together.
    entry : ndarray of int, shape (n,)
        0 for people; for rows, the day after which the row is at risk.
    weight : ndarray, shape (n,)
        Sampling weights around 1.
    x : ndarray, shape (n, 11)
        Covariates, every third a flag.
    """

    days: Ints
    cause: Ints
    arm: Ints
    cluster: Ints
    entry: Ints
    weight: Floats
    x: Floats


def make(n: int, *, pieces: int = 1) -> Rows:
    """Draw n rows; with `pieces`, that many rows a person, one after another in time."""
    rng = np.random.default_rng(20260101)
    people = n // pieces
    x = rng.normal(size=(n, COVARIATES))
    x[:, ::3] = x[:, ::3] > 0.5
    own = x[::pieces]
    pace = np.exp(own @ np.linspace(-0.3, 0.3, COVARIATES))
    times = np.stack(
        [rng.exponential(400, people) / pace, rng.exponential(1500, people), rng.uniform(30, 400, people)]
    )
    last = np.maximum(np.ceil(times.min(axis=0)), pieces).astype(np.int64)
    cause = np.array([1, 2, 0])[times.argmin(axis=0)]
    number = np.tile(np.arange(pieces), people)
    whole = np.repeat(last, pieces)
    person = np.repeat(np.arange(people), pieces)
    # Some people come twice, so that clusters are not rows.
    twice = rng.integers(0, max(people * 4 // 5, 1), people)
    return Rows(
        days=whole * (number + 1) // pieces,
        entry=whole * number // pieces,
        cause=np.where(number == pieces - 1, cause[person], 0),
        arm=rng.integers(0, 4, people)[person],
        cluster=twice[person],
        weight=np.exp(rng.normal(0, 0.4, people))[person],
        x=x,
    )


def save(rows: Rows, folder: Path) -> None:
    """Write the rows for a job in another process."""
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / _FILE, **vars(rows))


def read(folder: Path) -> Rows:
    """Read what `save` wrote."""
    with np.load(folder / _FILE) as held:
        return Rows(**{name: held[name] for name in held.files})


def head(rows: Rows, n: int) -> Rows:
    """Return the first rows."""
    return Rows(**{name: value[:n] for name, value in vars(rows).items()})


def save_csv(rows: Rows, folder: Path) -> None:
    """Write the rows for R."""
    import pandas as pd

    frame = pd.DataFrame({name: value for name, value in vars(rows).items() if name != "x"})
    for column in range(COVARIATES):
        frame[f"x{column + 1}"] = rows.x[:, column]
    folder.mkdir(parents=True, exist_ok=True)
    frame.to_csv(folder / "engine.csv", index=False)
