"""What happened to each person on each day: at risk, deciding on care, starting it, lost to follow-up.

Within a day the event comes first, then the start of care, then loss. Day 0 has no event.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from stepdown.compare.clone_censor_weight.one_step import CourseByDay
from stepdown.compare.clone_censor_weight.start_law import LAWS
from stepdown.compare.clone_censor_weight.start_weights import Decisions
from stepdown.errors import EstimateError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class PersonDays:
    """Checked input, and what happened on each day."""

    def __init__(
        self,
        days: ArrayLike,
        event: ArrayLike,
        start: ArrayLike,
        *,
        grace: int,
        times: Sequence[int],
        window: tuple[int, int],
        law: str,
        cluster: ArrayLike | None,
    ) -> None:
        last, what, began = (
            np.asarray(days, float),
            np.asarray(event).astype(np.int64),
            np.asarray(start, float),
        )
        self.size, self.times, self.grace = len(last), tuple(int(one) for one in times), grace
        self.horizon = horizon = max(*self.times, window[1])
        _check(last, what, began, grace=grace, horizon=horizon, law=law)
        what = np.where(last > horizon, 0, what)
        self.last = np.minimum(last, horizon).astype(np.int64)
        self.began = np.where((began > self.last) | ((began == self.last) & (what > 0)), np.inf, began)
        grid = np.arange(horizon + 1)[None]
        today = grid == self.last[:, None]
        ended = today & (what > 0)[:, None]
        group = np.where(self.began <= grace, self.began, grace + 1).astype(np.int64)
        self.course = CourseByDay(
            group=group, grace=grace, at_risk=(grid <= self.last[:, None]) & (grid > 0),
            relapse=today & (what == 1)[:, None], competing=today & (what == 2)[:, None],
        )  # fmt: skip
        early = grid[:, : grace + 1]
        deciding = (early <= np.minimum(self.last, self.began)[:, None]) & ~ended[:, : grace + 1]
        started = early == self.began[:, None]
        self.deciding = deciding
        self.decisions = Decisions(started=started & deciding, waited=deciding & ~started)
        self.losable = (grid <= self.last[:, None])[:, :horizon] & ~ended[:, :horizon]
        self.lost = today[:, :horizon] & ~ended[:, :horizon]
        self.cluster = None if cluster is None else pd.factorize(np.asarray(cluster))[0]
        if not self.decisions.started.any():
            raise EstimateError(
                f"Nobody of {self.size:,} started care on days 0-{grace}. Widen the grace period or the "
                "levels of care of the strategy."
            )
        if not ((self.began > grace) & (self.last > grace)).any():
            raise EstimateError(
                f"Everybody followed beyond day {grace} had started care by then, so nothing shows what "
                "happens without it. Shorten the grace period."
            )


def _check(last: Floats, event: Ints, start: Floats, *, grace: int, horizon: int, law: str) -> None:
    if not len(last) == len(event) == len(start):
        raise EstimateError("days, event and start differ in length. Give one value per person.")
    if not (np.isfinite(last) & (last >= 1) & (last == np.floor(last))).all():
        raise EstimateError("days must be whole numbers from 1 up. Leave out who was never followed.")
    if not np.isin(event, (0, 1, 2)).all():
        raise EstimateError("event may hold 0 (none), 1 (relapse) and 2 (competing). Code it so.")
    if np.isnan(start).any() or (start < 0).any():
        raise EstimateError("start may hold days from 0 up, and infinity for no care. Fill it for everybody.")
    if law not in LAWS:
        raise EstimateError(f"law must be one of {', '.join(LAWS)}. The default is as_observed.")
    if not 0 <= grace < horizon:
        raise EstimateError("grace must lie between 0 and the last of times. Report later days.")
