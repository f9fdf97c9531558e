"""Coverage of bootstrap limits and of shares of and times in states, from the estimators themselves.

Arms are those of `interval_coverage`. Bootstraps have 200 replicates of each cohort; the usual form is
percentiles. For states everyone begins in care and leaves it on a day from 1 to 120, unless the event came
first, which is the third state; the usual form is R's, p exp(+-z se / p), of times Wald's. Cohorts without an
estimate, in which a state is left with nobody at risk, are left out.

    python -m tools.validation.further_coverage COHORTS FILE [MINUTES]

Cells that the file holds already, with as many cohorts, are kept.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from stepdown.survival import bootstrap, kaplan_meier, multi_state
from stepdown.survival.core.confidence_intervals import tail_quantile
from stepdown.survival.core.sample import Floats
from tools.validation.interval_coverage import COLUMNS, EARLY, SIZES, Setting, _hits, _shares, drawn, truths
from tools.validation.many_cohorts import FIRST, LAST, TAIL, Cohorts

RISKS, BATCH, REPLICATES, LEFT = (0.05, 0.2, 0.6), 100, 200, 120
SETTINGS = (
    Setting("loss to follow-up"),
    Setting("loss, weights", weighted=True),
    *(Setting(f"loss, {clusters} clusters", clusters=clusters) for clusters in (4, 10, 20)),
)
STATES = ("care", "none", "relapsed")
Limits = dict[str, tuple[Floats, Floats, Floats, Floats]]
"""Lower and upper limits of all cohorts, and those of the usual form."""


def true_values(p: float) -> dict[str, float]:
    """Return the true risk, mean days free, shares by the last day and days in each state."""
    day = np.arange(LAST + 1)
    by_day = np.where(day <= FIRST, EARLY * day / FIRST, EARLY + (1 - EARLY) * (day - FIRST) / (LAST - FIRST))
    free, stays = 1 - p * by_day, 1 - day / LEFT
    shares = {"care": free * stays, "none": free * (1 - stays), "relapsed": 1 - free}
    plain = truths(p, False)
    return {
        "bootstrap_risk": p, "bootstrap_rmst": plain["rmst"],
        **{f"state_{name}": float(share[LAST]) for name, share in shares.items()},
        **{f"days_{name}": float(share[:LAST].sum()) for name, share in shares.items()},
    }  # fmt: skip


def bootstrapped(c: Cohorts, seed: int) -> Limits:
    """Bootstrap the risk and the mean days of each cohort."""
    ends = np.full((2, 4, len(c.day)), np.nan)
    for i, (day, cause) in enumerate(zip(c.day, c.cause, strict=True)):
        weight = None if c.weight is None else c.weight[i]
        curves = kaplan_meier(day, cause > 0, weights=weight, cluster=c.cluster)
        found = bootstrap(curves, times=[LAST], tau=LAST, replicates=REPLICATES, seed=seed + i)
        low, high = (found.table[name].to_numpy() for name in ("conf_low", "conf_high"))
        usual = np.nanquantile(found.draws, [TAIL, 1 - TAIL], axis=0)
        ends[:, :, i] = np.array([low, high, *usual]).T
    risk, mean = ends
    return {
        "bootstrap_risk": (1 - risk[1], 1 - risk[0], 1 - risk[3], 1 - risk[2]),
        "bootstrap_rmst": (mean[0], mean[1], mean[2], mean[3]),
    }


def in_states(c: Cohorts, rng: np.random.Generator) -> Limits:
    """Shares by the last day and days in each state, cohorts as the arms of one call."""
    m, n = c.day.shape
    arm, person = np.repeat(np.arange(m), n), np.arange(m * n)
    end, event = c.day.ravel(), c.cause.ravel() > 0
    left = rng.integers(1, LEFT + 1, m * n)
    moves = (left < end) | ((left == end) & ~event)
    later = moves & (left < end)
    last = np.where(event, "relapsed", "")
    stop, to = np.where(moves, left, end), np.where(moves, "none", last)
    first = pd.DataFrame({"start": 0, "stop": stop, "from": "care", "to": to})
    second = pd.DataFrame({"start": left, "stop": end, "from": "none", "to": last})[later]
    rows = pd.concat([first, second]).assign(row=np.r_[person, person[later]])
    who = rows["row"].to_numpy()
    weights = None if c.weight is None else c.weight.ravel()[who]
    cluster = None if c.cluster is None else (arm * len(c.cluster) + np.tile(c.cluster, m))[who]
    found = multi_state(
        rows["start"], rows["stop"], rows["from"], rows["to"].replace("", None), who, states=STATES,
        arm=arm[who], weights=weights, cluster=cluster,
    )  # fmt: skip
    used = 1 if c.cluster is None else len(np.unique(c.cluster))
    limits: Limits = {}
    for kind, table in (("state", found.at(LAST)), ("days", found.mean_time(LAST))):
        for name in STATES:
            rows = table[table["state"] == name]
            value, se, low, high = (
                rows[of].to_numpy(dtype=float) for of in ("estimate", "std_error", "conf_low", "conf_high")
            )
            margin = tail_quantile(TAIL) * se * (np.sqrt((used - 1) / used) if used > 1 else 1)
            with np.errstate(all="ignore"):
                usual = (value * np.exp(-margin / value), value * np.exp(margin / value))
            usual = usual if kind == "state" else (value - margin, value + margin)
            known = np.isfinite(value)
            limits[f"{kind}_{name}"] = low[known], high[known], usual[0][known], usual[1][known]
    return limits


def cell(setting: Setting, n: int, p: float, cohorts: int) -> list[dict[str, object]]:
    """Coverage of every interval of one cell."""
    rng = np.random.default_rng([setting.clusters, setting.weighted, n, round(p * 1000)])
    hits: dict[str, list[tuple[np.ndarray, np.ndarray, Floats]]] = {}
    true = true_values(p)
    for begun in range(0, cohorts, BATCH):
        m = min(BATCH, cohorts - begun)
        c = drawn(setting, n, _shares(setting, n, p, m, rng), m, rng)
        for name, (low, high, least, most) in (bootstrapped(c, begun) | in_states(c, rng)).items():
            hits.setdefault(name, []).append(_hits((low, high), (least, most), true[name]))
    rows = []
    for name, parts in hits.items():
        ours, usual, width = (np.concatenate(values) for values in zip(*parts, strict=True))
        rows.append({
            "setting": setting.name, "interval": name, "n": n, "risk": p, "coverage": float(ours.mean()),
            "usual": float(usual.mean()), "width": float(np.nanmedian(width)), "cohorts": cohorts,
        })  # fmt: skip
    return rows


def main(cohorts: int, path: Path, minutes: float = np.inf) -> None:
    """Write every cell as soon as it is there; keep those that are."""
    until = time.monotonic() + 60 * minutes
    held = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(COLUMNS))
    kept = held[held["cohorts"] == cohorts]
    done = frozenset(kept[["setting", "n", "risk"]].itertuples(index=False, name=None))
    for n in SIZES:
        for setting in SETTINGS:
            for p in RISKS:
                if (setting.name, n, p) in done or time.monotonic() > until:
                    continue
                rows = pd.DataFrame(cell(setting, n, p, cohorts))[list(COLUMNS)]
                kept = pd.concat([kept, rows], ignore_index=True) if len(kept) else rows
                kept.to_csv(path, index=False, float_format="%.4f")


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]), *(float(value) for value in sys.argv[3:]))
