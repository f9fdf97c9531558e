"""Completion of treatment by setting in TEDS-D: shares, and odds and risk ratios, crude and adjusted.

The settings are those at discharge: residential (codes 3 to 5), intensive outpatient (6) and outpatient
(7); detoxification is left out. Transfers (reason 4) end a stay without completing it, or are left out:
both denominators are reported, since the share of completion depends on them. Adjusted odds ratios are
those of a logistic regression, adjusted risk ratios of a Poisson regression (Zou G 2004, Am J Epidemiol
159:702-706); errors are robust to states as clusters, limits from t on states - 1. A covariate that is
missing is a category of its own. Discharges that agree in state, setting and covariates enter the regressions
as one row with their number, which changes no estimate and no error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from stepdown.errors import DesignError
from stepdown.sources.teds_d import TedsDischarges
from stepdown.survival.core.sample import Bools, Floats, Ints

SETTINGS = {"residential": (3, 4, 5), "intensive outpatient": (6,), "outpatient": (7,)}
REFERENCE = "outpatient"
COVARIATES = ("AGE", "GENDER", "RACE", "EDUC", "EMPLOY", "LIVARAG", "SUB1", "NOPRIOR", "PSYPROB", "PSOURCE")
STATE = "STFIPS"
COMPLETED, TRANSFERRED = 1, 4
MOST, SEED = 300_000, 20190101
"""Distinct rows of the regressions, and the seed of the sample of discharges where a file has more."""
MOST_KEYS = 4_000_000
"""Numbers of distinct rows that are counted without sorting."""
LEVEL, STEPS, CONVERGED = 0.95, 50, 1e-12


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
        `n` and `completed`. Shares are those of all discharges, ratios of a file with more than 300,000
        distinct rows those of a sample of 300,000 discharges.

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
    codes = _codes(table, kept, [name for name in covariates if name in table])
    given = np.column_stack([cluster, setting, codes])
    groups = _DischargeGroups.of(given, done)
    if len(groups.size) > MOST:
        # Of a national file the regressions see a sample: the states decide how wide their intervals are.
        few = np.sort(np.random.default_rng(SEED).choice(len(kept), size=MOST, replace=False))
        groups = _DischargeGroups.of(given[few], done[few])
    dummies = groups.codes[:, [1]] == np.arange(names.index(REFERENCE))
    columns = _columns(groups)
    for adjusted, more in ((False, columns[:, :0]), (True, columns)):
        design = np.column_stack([np.ones(len(dummies)), dummies, more]).astype(float)
        for measure in ("odds_ratio", "risk_ratio"):
            rows += _ratios(design, groups, measure, adjusted=adjusted)
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


def _codes(table: pd.DataFrame, rows: Ints, names: Sequence[str]) -> Ints:
    """Return the code of each variable for each discharge, -9 for missing."""
    found = [table[name].to_numpy(dtype=np.int64, na_value=-9)[rows] for name in names]
    return np.column_stack([np.zeros((len(rows), 0), dtype=np.int64), *found])


@dataclass(frozen=True, eq=False)
class _DischargeGroups:
    """Discharges that agree in state, setting and covariates.

    Attributes
    ----------
    codes : array (g, 2 + covariates)
        State, setting, and the code of each covariate.
    size, completed : array (g,)
        Discharges, and those that completed treatment.
    """

    codes: Ints
    size: Ints
    completed: Ints

    @classmethod
    def of(cls, given: Ints, done: Bools) -> "_DischargeGroups":
        """Group discharges by their rows."""
        key, keys = np.zeros(len(given), dtype=np.int64), 1
        for column in given.T:
            low = int(column.min())
            wide = int(column.max()) - low + 1
            if keys * wide > MOST_KEYS:
                # Numbered anew, so that the key stays small.
                values, key = np.unique(key, return_inverse=True)
                keys = len(values)
            key, keys = key * wide + (column - low), keys * wide
        if keys > MOST_KEYS:
            key = np.unique(key, return_inverse=True)[1]
        number = np.bincount(key)
        first = np.zeros(len(number), dtype=np.int64)
        first[key] = np.arange(len(key))
        there = number > 0
        completed = np.bincount(key, done, minlength=len(number))[there]
        return cls(given[first[there]], number[there], completed.astype(np.int64))


def _columns(groups: _DischargeGroups) -> np.ndarray:
    """Return 0/1 columns of the codes of each variable, the most frequent left out."""
    columns = [np.zeros((len(groups.size), 0), dtype=bool)]
    for codes in groups.codes[:, 2:].T:
        values, place = np.unique(codes, return_inverse=True)
        others = np.delete(values, np.bincount(place, groups.size).argmax())
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
    design: Floats, groups: _DischargeGroups, measure: str, *, adjusted: bool
) -> list[dict[str, object]]:
    """Return the ratios of the settings with the reference, with limits robust to states."""
    coef, error = _regression(design, groups, logistic=measure == "odds_ratio")
    states = len(np.unique(groups.codes[:, 0]))
    wide = float(special.stdtrit(states - 1, 0.5 + LEVEL / 2)) * error
    names = [name for name in SETTINGS if name != REFERENCE]
    return [
        {
            "setting": name, "measure": measure, "adjusted": adjusted,
            "estimate": float(np.exp(coef[place])),
            "conf_low": float(np.exp(coef[place] - wide[place])),
            "conf_high": float(np.exp(coef[place] + wide[place])),
        }
        for place, name in enumerate(names, start=1)
    ]  # fmt: skip


def _regression(design: Floats, groups: _DischargeGroups, *, logistic: bool) -> tuple[Floats, Floats]:
    """Return coefficients of a logistic or a Poisson regression by Newton's method, and their errors.

    Both links are canonical, so that sums over groups of alike discharges are those over discharges.
    """
    size, completed = groups.size, groups.completed
    share = completed.sum() / size.sum()
    coef = np.zeros(design.shape[1])
    coef[0] = special.logit(share) if logistic else np.log(share)
    before = np.inf
    for _ in range(STEPS):
        mean = special.expit(design @ coef) if logistic else np.exp(design @ coef)
        rest = special.xlog1py(size - completed, -mean) if logistic else -size * mean
        distance = -2 * float((special.xlogy(completed, mean) + rest).sum())
        variance = size * mean * ((1 - mean) if logistic else 1.0)
        bread = np.linalg.pinv(design.T @ (variance[:, None] * design))
        scores = completed - size * mean
        if abs(before - distance) < CONVERGED * abs(distance):
            break
        before, coef = distance, coef + bread @ (design.T @ scores)
    place = np.unique(groups.codes[:, 0], return_inverse=True)[1]
    by_state = np.column_stack([np.bincount(place, scores * column) for column in design.T])
    states, people = len(by_state), int(size.sum())
    # The correction of small samples counts discharges, not rows.
    small = states / (states - 1) * (people - 1) / (people - design.shape[1])
    return coef, np.asarray(np.sqrt(small * ((by_state @ bread) ** 2).sum(axis=0)))
