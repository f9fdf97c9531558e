"""Coverage of the intervals that reports print, in small programs.

Without loss and weights a cell is an exact sum over the binomial distribution; elsewhere it is simulated.
Outcomes: of n people a share p has the event by day 90, half of them by day 30; two fifths may be lost on
any day of 180. With a competing event a further 15% die first. Weights are lognormal (sigma 1/2). Clusters
are in both arms, with an intracluster correlation of 0.05. The other arm has half the risk (at least 3%).

An interval that is missing counts as a miss.

    python -m tools.validation.interval_coverage COHORTS FILE [SEED]

Cells that the file holds already, with as many cohorts, are kept: a run that was stopped goes on from there.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from stepdown.survival import kaplan_meier, risk, window_risk
from stepdown.survival.core.estimands import Estimands
from stepdown.survival.core.sample import Floats
from tools.validation.many_cohorts import FIRST, LAST, Cohorts, Found, Limits, difference, estimates, ratio

SIZES, RISKS, CLUSTERS = (30, 60, 140, 400), (0.03, 0.05, 0.1, 0.2, 0.4, 0.6), (4, 10, 20, 40)
OTHER, LOST, CORRELATED = 0.15, 0.4, 0.05
EARLY = 0.5
COLUMNS = ("setting", "interval", "n", "risk", "coverage", "usual", "width", "cohorts")


@dataclass(frozen=True)
class Setting:
    """How outcomes of a cell are drawn."""

    name: str
    weighted: bool = False
    competing: bool = False
    clusters: int = 0


SETTINGS = (
    Setting("loss to follow-up"),
    Setting("loss, a competing event", competing=True),
    Setting("loss, weights", weighted=True),
    *(Setting(f"loss, {g} clusters", clusters=g) for g in CLUSTERS),
    *(Setting(f"loss, weights, {g} clusters", weighted=True, clusters=g) for g in CLUSTERS),
    Setting("loss, a competing event, weights", weighted=True, competing=True),
    Setting("loss, a competing event, 10 clusters", competing=True, clusters=10),
)


def other_risk(p: float) -> float:
    """Risk of the other arm."""
    return max(p / 2, 0.03)


def drawn(setting: Setting, n: int, p: Floats, m: int, rng: np.random.Generator) -> Cohorts:
    """One arm of m cohorts; p by cohort and person, shape (m, n)."""
    u = rng.random((m, n))
    cause = np.where(u < p, 1, np.where(setting.competing & (u < p + OTHER), 2, 0))
    early = rng.random((m, n)) < EARLY
    day = np.where(early, rng.integers(1, FIRST + 1, (m, n)), rng.integers(FIRST + 1, LAST + 1, (m, n)))
    day = np.where(cause > 0, day, LAST + 100)
    end = np.where(rng.random((m, n)) < LOST, rng.integers(1, 181, (m, n)), LAST + 50)
    cause, day = np.where(day <= end, cause, 0), np.minimum(day, end)
    weight = np.exp(0.5 * rng.standard_normal((m, n))) if setting.weighted else None
    cluster = np.arange(n) % setting.clusters if setting.clusters else None
    return Cohorts(day, cause, weight, cluster, setting.competing)


def truths(p: float, competing: bool) -> dict[str, float]:
    """Return the true values of the estimates of an arm."""
    every = p + (OTHER if competing else 0.0)
    early, late = (FIRST + 1) / 2, (FIRST + 1 + LAST) / 2
    mean = (1 - every) * LAST + every * (EARLY * early + (1 - EARLY) * late)
    window = (1 - EARLY) * p
    # Person-days on days 31-90 of those followed: each day counts while free of events and not lost.
    day = np.arange(FIRST + 1, LAST + 1)
    lost = 1 - LOST * (day - 1) / 180
    free = 1 - every * (EARLY + (1 - EARLY) * (day - 1 - FIRST) / (LAST - FIRST))
    rate = float((window / (LAST - FIRST) * lost).sum() / (lost * free).sum())
    incidence = p * (EARLY * (FIRST - early) + (1 - EARLY) * (LAST - late) + EARLY * (LAST - FIRST))
    return {
        "risk": p, "window_risk": window, "rmst": mean, "rate": rate,
        "conditional_risk": window / (1 - EARLY * p), "share": EARLY, "rmtl": incidence,
        "event_free": 1 - every,
    }  # fmt: skip


def _shares(setting: Setting, n: int, p: float, m: int, rng: np.random.Generator) -> Floats:
    """Probability of the event of each person, from the site's own risk where there are clusters."""
    if not setting.clusters:
        return np.full((m, n), p)
    scale = (1 - CORRELATED) / CORRELATED
    sites = rng.beta(p * scale, (1 - p) * scale, (m, setting.clusters))
    return sites[:, np.arange(n) % setting.clusters]


def simulated(setting: Setting, n: int, p: float, cohorts: int, seed: int) -> list[dict[str, object]]:
    """Coverage of every interval of one cell."""
    rng = np.random.default_rng([seed, SETTINGS.index(setting), n, round(p * 1000)])
    hits: dict[str, list[tuple[np.ndarray, np.ndarray, Floats]]] = {}
    q = other_risk(p)
    for begun in range(0, cohorts, 500):
        m = min(500, cohorts - begun)
        mine = _shares(setting, n, p, m, rng)
        scale = np.ones_like(mine) if not setting.clusters else None
        theirs = np.full((m, n), q) if scale is not None else mine * (q / p)
        one, two = (estimates(drawn(setting, n, share, m, rng)) for share in (mine, theirs))
        true, other = truths(p, setting.competing), truths(q, setting.competing)
        for name, found in one.items():
            hits.setdefault(name, []).append(_hits(found.limits, found.plain, true[name]))
        for name in ("risk", "window_risk", "rmst"):
            _, ours, usual = difference(one[name], two[name])
            hits.setdefault(f"difference of {name}", []).append(_hits(ours, usual, true[name] - other[name]))
        _, ours, usual = ratio(one["risk"], two["risk"])
        hits.setdefault("ratio of risk", []).append(_hits(ours, usual, p / q))
    return [
        {
            "setting": setting.name, "interval": name, "n": n, "risk": p,
            "coverage": float(np.concatenate([hit[0] for hit in parts]).mean()),
            "usual": float(np.concatenate([hit[1] for hit in parts]).mean()),
            "width": float(np.nanmedian(np.concatenate([hit[2] for hit in parts]))), "cohorts": cohorts,
        }
        for name, parts in hits.items()
    ]  # fmt: skip


def _hits(ours: Limits, usual: Limits, true: float) -> tuple[np.ndarray, np.ndarray, Floats]:
    # Limits that equal the truth up to rounding contain it.
    slack = 1e-12 * max(abs(true), 1.0)
    inside = [(low <= true + slack) & (high >= true - slack) for low, high in (ours, usual)]
    return inside[0], inside[1], ours[1] - ours[0]


def exact(n: int, p: float, *, conf: str = "small-sample") -> list[dict[str, object]]:
    """Coverage without loss and weights: sums over the binomial distribution, of the estimators' limits."""
    one, two = _outcomes(n, conf), _outcomes(n, "log")
    mine, theirs = (
        stats.binom.pmf(np.arange(n + 1), n, p),
        stats.binom.pmf(np.arange(n + 1), n, other_risk(p)),
    )
    rows = [_summed("risk", one[0], two[0], mine, p)]
    half = stats.binom.pmf(np.arange(n + 1), n, p / 2)
    rows.append(_summed("window_risk", one[1], two[1], half, p / 2))
    a, b = (np.flatnonzero(weights > 1e-9) for weights in (mine, theirs))
    x, y = (part.ravel() for part in np.meshgrid(a, b, indexing="ij"))
    weights = mine[x] * theirs[y]
    for name, of, true in (
        ("difference of risk", difference, p - other_risk(p)),
        ("ratio of risk", ratio, p / other_risk(p)),
    ):
        _, ours, usual = of(_taken(one[0], x), _taken(one[0], y))
        rows.append(_weighted(name, _hits(ours, usual, true), weights))
    return [{"setting": "no loss", "n": n, "risk": p, "cohorts": 0, **row} for row in rows]


def _outcomes(n: int, conf: str) -> tuple[Found, Found]:
    """Limits of the risk and of the window's risk for every possible number of events."""
    events = np.arange(n + 1)
    arm = np.repeat(events, n)
    happened = (np.tile(np.arange(n), n + 1) < arm).astype(int)
    day = np.where(happened, LAST - 10.0, LAST)
    # A first event of its own arm on day 1 would change the window: all events are in it.
    curves = kaplan_meier(day, happened, arm, conf=conf)
    late = window_risk(curves, FIRST, LAST)
    return _of(risk(curves, LAST), "risk"), _of(late, "window_risk")


def _of(found: Estimands, measure: str) -> Found:
    table = found.table[found.table["measure"] == measure]
    value, se, low, high = (
        table[name].to_numpy() for name in ("estimate", "std_error", "conf_low", "conf_high")
    )
    return Found(value, (low, high), (low, high), se, None)


def _taken(found: Found, rows: np.ndarray) -> Found:
    low, high = found.limits
    return Found(found.value[rows], (low[rows], high[rows]), (low[rows], high[rows]), found.se[rows], None)


def _summed(name: str, ours: Found, usual: Found, weights: Floats, true: float) -> dict[str, object]:
    return _weighted(name, _hits(ours.limits, usual.limits, true), weights)


def _weighted(name: str, hits: tuple[np.ndarray, np.ndarray, Floats], weights: Floats) -> dict[str, object]:
    share = weights / weights.sum()
    finite = np.isfinite(hits[2])
    order = np.argsort(hits[2][finite])
    half = np.searchsorted(np.cumsum(share[finite][order]), 0.5 * share[finite].sum())
    width = float(hits[2][finite][order][min(half, len(order) - 1)])
    return {
        "interval": name,
        "coverage": float(hits[0] @ share),
        "usual": float(hits[1] @ share),
        "width": width,
    }


def cells(
    cohorts: int, seed: int = 1, *, done: frozenset[tuple[str, int, float]] = frozenset()
) -> Iterator[list[dict[str, object]]]:
    """Every cell that is not done: exact ones first."""
    for n in SIZES:
        for p in RISKS:
            if ("no loss", n, p) in done:
                continue
            yield exact(n, p)
            yield [
                row | {"setting": 'no loss, conf="exact"'}
                for row in exact(n, p, conf="exact") if row["interval"] == "risk"
            ]  # fmt: skip
    for setting in SETTINGS:
        for n in SIZES:
            for p in RISKS:
                if setting.clusters <= n and (setting.name, n, p) not in done:
                    yield simulated(setting, n, p, cohorts, seed)


def main(cohorts: int, path: Path, seed: int = 1) -> None:
    """Write every cell as soon as it is there; keep those that are."""
    empty = pd.DataFrame(columns=list(COLUMNS))
    held = pd.read_csv(path) if path.exists() else empty
    kept = held[held["cohorts"].isin([0, cohorts])]
    done = frozenset(kept[["setting", "n", "risk"]].itertuples(index=False, name=None))
    with path.open("w", encoding="utf-8") as file:
        kept.to_csv(file, index=False, float_format="%.4f")
        file.flush()
        for rows in cells(cohorts, seed, done=done):
            pd.DataFrame(rows)[list(COLUMNS)].to_csv(file, index=False, header=False, float_format="%.4f")
            file.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *(int(value) for value in sys.argv[3:]))
