"""Cohorts with days of care for the tests of plans that unfold."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from stepdown.compare.care_plans import CareDays, care_days
from stepdown.study import Strategy

FOUR_WEEKS = Strategy.model_validate(
    {
        "label": "PHP, then IOP for 3 weeks",
        "steps": [
            {"level": ["php"], "within": 7},
            {"level": ["iop"], "within": 5, "after": "end", "min_weeks": 3, "min_hours": 3},
        ],
    }
)
NO_CARE = Strategy.model_validate(
    {"label": "no PHP or IOP", "avoid": [{"level": ["php", "iop"], "within": 7}]}
)


@dataclass(frozen=True, eq=False)
class CareCohort:
    """A drawn cohort."""

    last_day: NDArray[np.int64]
    event: NDArray[np.int64]
    spans: pd.DataFrame
    covariates: pd.DataFrame
    history: NDArray[np.float64]

    @property
    def care(self) -> CareDays:
        return care_days(self.spans, self.last_day - (self.event > 0))

    def take(self, kept: NDArray[np.int64]) -> "CareCohort":
        """Return some people, each once."""
        place = np.full(len(self.last_day), -1)
        place[kept] = np.arange(len(kept))
        spans = self.spans.assign(row=place[self.spans["row"].to_numpy()])
        spans = spans[spans["row"] >= 0].reset_index(drop=True)
        columns = self.covariates.iloc[kept].reset_index(drop=True)
        return CareCohort(self.last_day[kept], self.event[kept], spans, columns, self.history[kept])


def drawn_care(n: int, *, seed: int, horizon: int) -> CareCohort:
    """Draw a cohort: most start PHP, others IOP; PHP is followed by IOP or left; a covariate drives both."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    score = np.repeat(rng.normal(size=(n, horizon // 7 + 1, 1)), 7, axis=1)[:, :horizon]
    last, event, rows = np.full(n, horizon), np.zeros(n, np.int64), []
    for person in range(n):
        level, out = -1, False
        for day in range(horizon + 1):
            hazard = 0.012 * np.exp(0.5 * z[person] - 0.6 * (level >= 0))
            if day and rng.random() < hazard + 0.002:
                event[person], last[person] = (1 if rng.random() < 0.85 else 2), day
                break
            now = score[person, min(day, horizon - 1), 0]
            if level < 0 and not out and rng.random() < 0.16 * np.exp(0.4 * z[person] + 0.2 * now):
                level = 2 if rng.random() < 0.8 else 3
            elif level == 2 and rng.random() < 0.12:
                level = 3
            elif level >= 2 and rng.random() < 0.025 * np.exp(-0.3 * z[person]):
                level, out = -1, True
            if level == 2 and rng.random() < 0.8:
                rows.append((person, 2, day, 4.0))
            elif level == 3 and rng.random() < 0.5:
                rows.append((person, 3, day, 3.0))
            if rng.random() < 0.003:
                last[person] = day
                break
    spans = pd.DataFrame(rows, columns=["row", "level", "start", "hours"])
    spans = spans.assign(end=spans["start"])
    return CareCohort(last, event, spans, pd.DataFrame({"x": z}), score)
