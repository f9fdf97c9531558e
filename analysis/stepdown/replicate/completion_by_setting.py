"""Completion of treatment by setting in TEDS-D: shares, and odds and risk ratios, crude and adjusted.

The settings are those at discharge: residential (codes 3 to 5), intensive outpatient (6) and outpatient
(7); detoxification is left out. Transfers (reason 4) end a stay without completing it, or are left out:
both denominators are reported, since the share of completion depends on them. Adjusted odds ratios are
those of a logistic regression, adjusted risk ratios of a Poisson regression (Zou G 2004, Am J Epidemiol
159:702-706); errors are robust to states as clusters, limits from t on states - 1. A covariate that is
missing is a category of its own.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import DesignError
from stepdown.sources.teds_d import TedsDischarges
from stepdown.survival.core.sample import Bools, Floats

SETTINGS = {"residential": (3, 4, 5), "intensive outpatient": (6,), "outpatient": (7,)}
REFERENCE = "outpatient"
COVARIATES = ("AGE", "GENDER", "RACE", "EDUC", "EMPLOY", "LIVARAG", "SUB1", "NOPRIOR", "PSYPROB", "PSOURCE")
STATE = "STFIPS"
COMPLETED, TRANSFERRED = 1, 4
MOST, SEED = 300_000, 20190101
"""Discharges of the regressions, and the seed of their sample where a file has more."""
LEVEL = 0.95


def completion_by_setting(
    discharges: TedsDischarges, *, transfers: bool = True, covariates: Sequence[str] = COVARIATES
) -> pd.DataFrame:
    """Return the share that completed treatment in each setting, and ratios with outpatient treatment.

    Parameters
    ----------
    discharges : TedsDischarges
        As of `read_teds_d`.
    transfers : bool
        Whether transfers count as stays that were not completed; else they are left out.
    covariates : sequence of str
        Variables that the adjusted ratios hold; those that the file lacks are left out.

    Returns
    -------
    DataFrame
        `setting`, `measure` (share, odds_ratio, risk_ratio), `adjusted`, `estimate`, `conf_low`, `conf_high`,
        `n` and `completed`. Shares are those of all discharges, ratios of a file with more than 300,000 those
        of a sample of as many.

    Raises
    ------
    DesignError
        Fewer than two settings, or fewer than two states.
    """
    table = discharges.table
    setting = _settings(table["SERVICES_D"])
    reason = table["REASON"].to_numpy(dtype=float, na_value=np.nan)
    kept = np.flatnonzero((setting >= 0) & ~np.isnan(reason) & (transfers | (reason != TRANSFERRED)))
    setting, done = setting[kept], reason[kept] == COMPLETED
    state = np.zeros(len(kept))
    if STATE in table:
        state = table[STATE].iloc[kept].to_numpy(dtype=float, na_value=-1.0)
    cluster = np.unique(state, return_inverse=True)[1]
    names = list(SETTINGS)
    if len(np.unique(setting)) < len(names) or cluster.max(initial=0) < 1:
        have = f"{len(np.unique(setting))} of {len(names)} settings and {cluster.max(initial=-1) + 1} states"
        raise DesignError(
            f"The file has {have}; completion is compared between all settings, with states as clusters."
        )
    inside = [setting == place for place in range(len(names))]
    rows = [_share(done[mine], cluster[mine], name) for mine, name in zip(inside, names, strict=True)]
    # Of a national file the regressions see a sample: the states decide how wide their intervals are.
    few = np.arange(len(kept))
    if len(kept) > MOST:
        few = np.sort(np.random.default_rng(SEED).choice(len(kept), size=MOST, replace=False))
    dummies = np.column_stack(inside[: names.index(REFERENCE)])[few]
    given = _columns(table, kept[few], [name for name in covariates if name in table])
    for adjusted, columns in ((False, given[:, :0]), (True, given)):
        design = np.column_stack([np.ones(len(few)), dummies, columns]).astype(float)
        for measure in ("odds_ratio", "risk_ratio"):
            rows += _ratios(design, done[few], cluster[few], measure, adjusted=adjusted)
    frame = pd.DataFrame(rows)
    many, finished = np.bincount(setting), np.bincount(setting[done], minlength=len(names))
    place_of = frame["setting"].map(names.index).to_numpy()
    return frame.assign(n=many[place_of], completed=finished[place_of])


def _settings(codes: pd.Series) -> np.ndarray:
    """Return the place of each discharge among the settings, -1 for none."""
    code = codes.to_numpy(dtype=np.int64, na_value=-9)
    found = np.full(len(code), -1)
    for place, inside in enumerate(SETTINGS.values()):
        found[np.isin(code, inside)] = place
    return found


def _columns(table: pd.DataFrame, rows: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Return 0/1 columns of the codes of each variable, the most frequent left out."""
    columns = [np.zeros((len(rows), 0), dtype=bool)]
    for name in names:
        codes = table[name].iloc[rows].to_numpy(dtype=np.int64, na_value=-9)
        values, counts = np.unique(codes, return_counts=True)
        others = np.delete(values, counts.argmax())
        columns.append(codes[:, None] == others[None, :])
    return np.concatenate(columns, axis=1)


def _share(done: Bools, cluster: np.ndarray, name: str) -> dict[str, object]:
    """Return a share with limits on the logit scale, robust to states."""
    share = float(done.mean())
    sums = np.bincount(cluster, done - share)
    states = len(np.unique(cluster))
    variance = states / max(states - 1, 1) * float((sums**2).sum()) / len(done) ** 2
    odds, error = special.logit(share), np.sqrt(variance) / max(share * (1 - share), 1e-12)
    wide = special.stdtrit(max(states - 1, 1), 0.5 + LEVEL / 2) * error
    low, high = (float(special.expit(odds + side * wide)) for side in (-1, 1))
    return {
        "setting": name, "measure": "share", "adjusted": False, "estimate": share, "conf_low": low,
        "conf_high": high,
    }  # fmt: skip


def _ratios(
    design: Floats, done: Bools, cluster: np.ndarray, measure: str, *, adjusted: bool
) -> list[dict[str, object]]:
    """Return the ratios of the settings with the reference by a regression of statsmodels."""
    # Loaded here: only a replication needs it.
    import statsmodels.api as sm

    family = sm.families.Binomial() if measure == "odds_ratio" else sm.families.Poisson()
    fit = sm.GLM(done.astype(float), design, family=family).fit(
        cov_type="cluster", cov_kwds={"groups": cluster}
    )
    wide = float(special.stdtrit(len(np.unique(cluster)) - 1, 0.5 + LEVEL / 2))
    names = [name for name in SETTINGS if name != REFERENCE]
    return [
        {
            "setting": name, "measure": measure, "adjusted": adjusted,
            "estimate": float(np.exp(fit.params[place])),
            "conf_low": float(np.exp(fit.params[place] - wide * fit.bse[place])),
            "conf_high": float(np.exp(fit.params[place] + wide * fit.bse[place])),
        }
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip
