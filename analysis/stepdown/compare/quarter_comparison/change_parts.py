"""What the change of a risk between two quarters is made of, in parts that add up to it.

With R(q) the risk by day b in quarter q (Aalen-Johansen), q the quarter and p the one before,

    change     R(q) - R(p)
    case mix   R(q) - W(q)        W: the discharges of q, weighted to what those of p were like at admission
    follow-up  L(p) - R(p)        L: the discharges of p, known only as far as those of q are
    rest       W(q) - L(p)

Case mix is what people were like on the day of admission; weights are those nearest to equal ones that give q
the means of p exactly (entropy balancing), so that with a single category the part is that of direct
standardization. Follow-up is 0 where q is complete; else p is cut at the day that lies as long after its end
as the data cut lies after that of q. Both quarters are read now, from the same data by the same definitions,
so that a changed definition is in neither; what a report before showed is compared in
`stepdown.report.earlier_reports`.

References
----------
Kitagawa EM (1955), JASA 50:1168-1194 (components of a difference between two rates). Hainmueller J (2012),
Polit Anal 20:25-46 (entropy balancing).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.cohort import CENSORED, RELAPSE, People
from stepdown.compare.covariates import filled
from stepdown.compare.known_arms.entropy_balancing import balance
from stepdown.compare.quarter_comparison.periods import Periods, last_day
from stepdown.errors import EstimateError
from stepdown.study import Study
from stepdown.survival import aalen_johansen, risk
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Bools, Floats

DEFAULT = (
    "age", "sex", "primary_substance", "severity", "cooccurring", "home_environment", "prior_treatments",
)  # fmt: skip
"""Case mix where the study adjusts for nothing that is known at admission."""
_RARE = 5
NOT_BALANCED = (
    "no weights give the quarter the case mix of the one before: some characteristics are too rare in one of "
    "them"
)


@dataclass(frozen=True, eq=False, kw_only=True)
class ChangeParts:
    """A change of a risk between two quarters, in parts that add up to it.

    Attributes
    ----------
    case_mix, follow_up, rest : float
        The parts; one that cannot be separated is missing, and in `rest`.
    covariates : tuple of str
        The case mix.
    note : str
        Why there is no part of the case mix; empty where there is one.
    """

    case_mix: float
    follow_up: float
    rest: float
    covariates: tuple[str, ...]
    note: str = ""

    @property
    def change(self) -> float:
        """The sum of the parts."""
        return float(np.nansum([self.case_mix, self.follow_up, self.rest]))


def change_parts(
    people: People, study: Study, periods: Periods, *, quarter: str, before: str, mature: bool
) -> ChangeParts | None:
    """Return the parts of the change of the risk by the end of the window; None where a risk is not known.

    Parameters
    ----------
    people, study, periods
        Derived discharges, the protocol, and the periods of the discharges.
    quarter, before : str
        The quarter, and the one that it is compared with.
    mature : bool
        Whether all discharges of `quarter` could be followed to the end of the window.
    """
    day = study.outcome.window[1]
    table, seen = people.table, people.observed
    days, event = table["days"].to_numpy(dtype=float), table["event"].to_numpy()
    now, then = (seen & (periods.label == one) for one in (quarter, before))
    risks = _risk(days[now], event[now], day), _risk(days[then], event[then], day)
    if not np.isfinite(risks).all():
        return None
    less = risks[1]
    if not mature:
        last = periods.until[then] - (last_day(quarter) - last_day(before))
        short = days[then] > last
        less = _risk(np.minimum(days[then], np.maximum(last, 0)), np.where(short, CENSORED, event[then]), day)
    names = _case_mix(people, study, now | then)
    weighted, note = _weighted(people, now, then, names, days, event, day)
    case_mix = risks[0] - weighted
    standard = weighted if np.isfinite(weighted) else risks[0]
    like = less if np.isfinite(less) else risks[1]
    return ChangeParts(
        case_mix=case_mix, follow_up=less - risks[1], rest=standard - like, covariates=names, note=note
    )


def _risk(days: Floats, event: np.ndarray, day: float, weights: Floats | None = None) -> float:
    if not len(days):
        return float("nan")
    with quiet():
        curves = aalen_johansen(days, event, weights=weights)
        found = risk(curves, day, cause=RELAPSE).table if RELAPSE in event else None
    if found is None:
        # Without any relapse the risk is 0, as far as people were followed.
        return 0.0 if days.max() >= day else float("nan")
    return float(found["estimate"].iloc[0])


def _case_mix(people: People, study: Study, rows: Bools) -> tuple[str, ...]:
    """Return the covariates known at admission, but the site, that vary among these discharges."""
    adjust = study.analysis.adjust if study.analysis else None
    table = people.table[rows]

    def usable(name: str) -> bool:
        known = people.known.get(name) == "admission" and name in table and name != "site_id"
        return known and table[name].nunique(dropna=False) > 1

    chosen = [tuple(filter(usable, names)) for names in (adjust.covariates if adjust else (), DEFAULT)]
    return chosen[0] or chosen[1]


def _weighted(
    people: People,
    now: Bools,
    then: Bools,
    names: tuple[str, ...],
    days: Floats,
    event: np.ndarray,
    day: float,
) -> tuple[float, str]:
    """Return the risk of the quarter with the case mix of the one before, and why there is none."""
    if not names:
        return float("nan"), "nothing known at admission differs between the discharges"
    rows = now | then
    arm = now[rows].astype(np.int64)
    columns = _columns(filled(people.table.loc[rows, list(names)]), arm)
    try:
        _, found = balance(arm, columns, "treated", arms=2)
    except (EstimateError, np.linalg.LinAlgError):
        return float("nan"), NOT_BALANCED
    return _risk(days[now], event[now], day, found.weight[arm == 1]), ""


def _columns(covariates: pd.DataFrame, arm: np.ndarray) -> Floats:
    """Return standardized columns; a category that few have in either quarter goes with the first one."""
    coded = pd.get_dummies(covariates, drop_first=True, dtype=float)
    numbers = set(covariates.select_dtypes("number"))
    few = [
        name
        for name in coded
        if name not in numbers and min(coded[name][arm == one].sum() for one in (0, 1)) < _RARE
    ]
    values = coded.drop(columns=few).to_numpy(dtype=float)
    spread = values.std(axis=0)
    kept = spread > 0
    return np.asarray((values[:, kept] - values[:, kept].mean(axis=0)) / spread[kept])
