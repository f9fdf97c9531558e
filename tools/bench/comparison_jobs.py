"""Adjusted comparisons on made-up discharges: 10 covariates, a weekly score, 14 days of grace, loss."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Done = Callable[[str], None]
GRACE, HORIZON, COVARIATES = 14, 90, 10


@dataclass(frozen=True, eq=False, kw_only=True)
class Discharges:
    """n discharges.

    Attributes
    ----------
    days, event, start : array (n,)
        Last day at risk, 0, 1 (relapse) or 2 on it, and first day of care; infinite for none.
    covariates : DataFrame (n rows)
        Numbers, every third a flag.
    history : array (n, days, 1)
        The latest score before each day.
    """

    days: Floats
    event: Floats
    start: Floats
    covariates: pd.DataFrame
    history: Floats


def discharges(n: int, *, horizon: int = HORIZON) -> Discharges:
    """Draw discharges day by day: the event, then a start, then loss; the score moves every week."""
    rng = np.random.default_rng(20260102)
    x = rng.normal(size=(n, COVARIATES))
    x[:, ::3] = x[:, ::3] > 0.5
    risk = x @ np.linspace(-0.25, 0.25, COVARIATES)
    score = rng.normal(size=n) + 0.4 * x[:, 1]
    last, event, start = np.full(n, float(horizon)), np.zeros(n), np.full(n, np.inf)
    history, here = np.empty((n, horizon + 1, 1)), np.ones(n, dtype=bool)
    for day in range(horizon + 1):
        if day and day % 7 == 0:
            score = 0.8 * score + 0.6 * rng.normal(size=n) - 0.1 * (start < day)
        history[:, day, 0] = score
        if day:
            uniform = rng.random(n)
            hazard = 0.0045 * np.exp(risk + 0.3 * score) * np.where(start < day, 0.6, 1.0)
            relapses, removed = here & (uniform < hazard), here & (uniform >= 1 - 0.0004)
            last[relapses | removed] = day
            event[relapses], event[removed] = 1, 2
            here &= ~(relapses | removed)
        likely = np.exp(0.3 * x[:, 0] - 0.25 * risk - 0.25 * score - day / 20)
        start[here & np.isinf(start) & (rng.random(n) < 0.04 * likely)] = day
        if day < horizon:
            lost = here & (rng.random(n) < 0.0012 * np.exp(0.3 * x[:, 2]))
            last[lost] = day
            here &= ~lost
    columns = pd.DataFrame(x, columns=[f"x{number}" for number in range(COVARIATES)])
    return Discharges(days=last, event=event, start=start, covariates=columns, history=history)


def clones(n: int, estimator: Literal["doubly_robust", "weighted"], folder: Path, done: Done) -> None:
    """Compare two strategies by clone-censor-weight, with intervals."""
    from stepdown.compare import clone_censor_weight

    _timed(
        lambda given: clone_censor_weight(
            given.days, given.event, given.start, given.covariates, history=given.history, grace=GRACE,
            estimator=estimator,
        ),
        n, HORIZON, done,
    )  # fmt: skip


def clone_replicates(n: int, count: int, folder: Path, done: Done) -> None:
    """Compare the strategies doubly robust, with a bootstrap that fits every model again."""
    from stepdown.compare import clone_censor_weight

    _timed(
        lambda given: _replicates(
            clone_censor_weight(
                given.days, given.event, given.start, given.covariates, history=given.history, grace=GRACE
            ),
            len(given.days), count,
        ),
        n, HORIZON, done,
    )  # fmt: skip


def weighted_replicates(n: int, count: int, folder: Path, done: Done) -> None:
    """Compare those who start by day 14 with others by weights, with a bootstrap that fits them again."""
    from stepdown.compare import compare_known_arms

    def compared(given: Discharges) -> object:
        # Loss is no part of it: everybody is followed to the end.
        event = np.where((given.event == 0) & (given.days < HORIZON), 2, given.event)
        found = compare_known_arms(
            np.maximum(given.days, 1), event, given.start > GRACE, given.covariates, labels=("start", "wait"),
            method="weighting",
        )  # fmt: skip
        return _replicates(found, len(given.days), count)

    _timed(compared, n, HORIZON, done)


def _replicates(found: object, size: int, count: int) -> object:
    from stepdown.estimate.replicates import BootstrapRun, replicated

    def drawn(number: int) -> Floats:
        many = np.bincount(np.random.default_rng([1, number]).integers(size, size=size), minlength=size)
        values: Floats = found.again(many.astype(float))  # type: ignore[attr-defined]
        return values

    size_of_table = len(found.table)  # type: ignore[attr-defined]
    return replicated(drawn, size_of_table, count=count, key="bench", run=BootstrapRun())


def rival_clones(n: int, folder: Path, done: Done) -> None:
    """Compare the two strategies with the package clone-censor-weight: one row a person-day and clone."""
    _timed(_by_rival, n, HORIZON, done, small=200)


def _by_rival(given: Discharges) -> object:
    import ccw

    warnings.simplefilter("ignore")  # about its own formulas
    # It has no competing events: whoever is removed is lost.
    last = np.maximum(given.days.astype(int), 1)
    person = np.repeat(np.arange(len(last)), last + 1)
    day = np.concatenate([np.arange(one + 1) for one in last])
    ends, relapses = day == last[person], given.event[person] == 1
    rows = given.covariates.iloc[person].reset_index(drop=True).assign(
        id=person,
        time=day,
        start=((given.start[person] == day) & ~(ends & relapses)).astype(int),
        relapse=(ends & relapses).astype(int),
        lost=(ends & ~relapses & (given.days[person] < HORIZON)).astype(int),
        score=given.history[person, day, 0],
    )  # fmt: skip
    names = tuple(map(str, given.covariates))
    spec = ccw.DataSpec(
        id="id", time="time", treatment="start", outcome="relapse", censoring=("lost",), baseline=names,
        time_varying=("score",),
    )  # fmt: skip
    strategies = {"control": ccw.NoInitiationThrough(GRACE), "intervention": ccw.InitiateBy(GRACE)}
    model = ccw.CCW(
        spec=spec, strategies=strategies, weight_models=" + ".join(["tend", *names, "score"]),
        followup_end=HORIZON, censoring_model="separate",
    )  # fmt: skip
    return model.fit(rows)


def trials(n: int, adherence: Literal["as_started", "per_protocol"], folder: Path, done: Done) -> None:
    """Compare starting with not starting in a trial on each of 15 days, doubly robust, with intervals."""
    from stepdown.compare.sequential_trials import compare_sequential_trials

    _timed(
        lambda given: compare_sequential_trials(
            given.days, given.event, given.start, given.covariates, labels=("start", "wait"), until=GRACE,
            adherence=adherence, history=given.history,
        ),
        n, HORIZON + GRACE, done,
    )  # fmt: skip


def _timed(
    work: Callable[[Discharges], object], n: int, horizon: int, done: Done, *, small: int = 500
) -> None:
    work(discharges(small, horizon=horizon))
    given = discharges(n, horizon=horizon)
    done("prepare")
    work(given)
    done("run")
