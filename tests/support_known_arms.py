"""Cohorts with arms known on day 0, one covariate that drives arm and relapse, and their comparison."""

import numpy as np
import pandas as pd

from stepdown.compare.known_arms import ArmComparison, compare_known_arms

DAY = 60


def drawn(n: int, seed: int, *, arms: int = 2, effect: float = 0.0) -> dict[str, np.ndarray]:
    """Severity drives the arm, relapse and loss; the effect of the first arm grows with severity."""
    rng = np.random.default_rng(seed)
    severity = rng.normal(size=n)
    odds = np.exp(np.outer(severity, np.linspace(-0.8, 0.8, arms)))
    arm = (rng.random(n)[:, None] > np.cumsum(odds / odds.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    rate = np.exp(0.6 * severity + np.where(arm == 0, effect * (1 + 0.5 * severity), 0.0)) / 110
    days, dies = np.ceil(rng.exponential(1 / rate)), np.ceil(rng.exponential(900, n))
    lost = np.ceil(rng.exponential(300 * np.exp(-0.4 * severity)))
    last = np.minimum.reduce([days, dies, lost, np.full(n, DAY)])
    event = np.where(days == last, 1, np.where(dies == last, 2, 0))
    return {"days": last, "event": event, "arm": arm, "severity": severity}


def compared(given: dict[str, np.ndarray], population: str, method: str, **changes: object) -> ArmComparison:
    labels = tuple("ABC"[: int(given["arm"].max()) + 1])
    return compare_known_arms(
        given["days"], given["event"], given["arm"], pd.DataFrame({"severity": given["severity"]}),
        labels=labels, population=population, method=method, times=(DAY,), window=None, rmst=DAY, **changes,
    )  # fmt: skip


def true_difference(population: str) -> float:
    """Return the difference in risk by numerical integration over severity (relapse with death competing)."""
    severity = np.linspace(-6, 6, 4001)
    density = np.exp(-(severity**2) / 2)
    score = 1 / (1 + np.exp(1.6 * severity))
    tilt = {"everyone": 1.0, "treated": score, "overlap": score * (1 - score)}[population]

    def at(first: bool) -> np.ndarray:
        rate = np.exp(0.6 * severity + (-0.7 * (1 + 0.5 * severity) if first else 0.0)) / 110
        both = rate + 1 / 900
        # Whole days: of those whose day is the same, relapse comes first.
        stays = np.exp(-both)
        return (1 - np.exp(-rate)) * (1 - stays**DAY) / (1 - stays)

    return float(np.average(at(True) - at(False), weights=density * tilt))
