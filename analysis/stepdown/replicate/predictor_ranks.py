"""The rank of a predictor among others by its standardized effect in one Cox model with all of them.

The standardized effect is the standard deviation of a predictor's part of the linear predictor. Beside it
is the explained variation that is lost without the predictor: the difference of 1 - exp(-2 (l - l0) /
events) with and without it (O'Quigley J, Xu R, Stare J 2005, Stat Med 24:479-489).

Predictors are columns of the discharges, or numbers of sessions up to a landmark. With a landmark only
those followed and free of relapse up to it count, since sessions stop at a relapse: otherwise few
sessions would be a consequence of an early relapse. A claim by step-down care ranks those without such
care by the landmark.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stepdown.compare.arm_membership import care_started
from stepdown.errors import DesignError
from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_precision import LEVEL
from stepdown.replicate.derived_claim import DerivedClaim
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate, estimate_of
from stepdown.replicate.session_counts import SESSIONS
from stepdown.survival import cox
from stepdown.survival.core.fit_warning import quiet
from stepdown.survival.core.sample import Bools, Floats, Ints

BOOTSTRAPS = 200
FEWEST_EVENTS = 20


def rank_of_predictor(claim: Claim, derived: DerivedClaim) -> Iterator[ClaimEstimate]:
    """Yield the rank of the claimed predictor, then the effect and the explained variation of each.

    The interval of a rank is that of bootstrap samples of the people; a replicate of a rebuilt cohort has
    none.

    Parameters
    ----------
    claim : Claim
        Its world names the predictors, the claimed one first.
    derived : DerivedClaim
        A cohort.

    Raises
    ------
    DesignError
        A predictor is not recorded, or there are too few relapses.
    """
    people, after = derived.people.table, claim.world.landmark
    given = _given(claim, derived)
    free = (people["days"].to_numpy(dtype=float) > after) | (after == 0)
    groups: dict[str, Bools] = {"": free}
    if claim.world.by_step_down:
        started = care_started(derived.people, derived.study) <= after
        groups = {"": free & ~started, "_with_step_down": free & started, "_of_everyone": free}
    for name, inside in groups.items():
        some = given.of(np.flatnonzero(inside))
        if some.event.sum() < FEWEST_EVENTS:
            reason = f"Fewer than {FEWEST_EVENTS} of these people relapse."
            if not name:
                raise DesignError(reason)
            yield ClaimEstimate(quantity=f"rank{name}", value=np.nan, n=len(some.days), note=reason)
            continue
        quantity = f"rank{name}" if name else FIGURE
        yield _ranked(quantity, some, derived)
        if name:
            continue
        lost = some.explained_variation()
        for place, value in enumerate(some.standardized()):
            what = given.names[place]
            yield ClaimEstimate(quantity=f"standardized_effect_{what}", value=float(value), n=len(some.days))
            yield ClaimEstimate(quantity=f"explained_variation_{what}", value=lost[place], n=len(some.days))


def _ranked(quantity: str, some: "RankedPeople", derived: DerivedClaim) -> ClaimEstimate:
    size = len(some.days)
    rank = some.rank()
    if derived.whole is not None:
        return ClaimEstimate(quantity=quantity, value=rank, n=size)
    rng = np.random.default_rng([derived.study.seed, size])
    drawn = [some.of(rng.integers(size, size=size)).rank() for _ in range(BOOTSTRAPS)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return estimate_of(quantity, (rank, float(low), float(high)), size)


@dataclass(frozen=True, eq=False)
class RankedPeople:
    """People with their predictors as columns of numbers.

    Attributes
    ----------
    days, event : array (n,)
        Follow-up, ended by the day of the claim.
    columns : array (n, columns)
        Of all predictors; a predictor with codes has several.
    owner : array (columns,)
        Which predictor each belongs to.
    names : tuple of str
        Predictors, the claimed one first.
    """

    days: Floats
    event: Bools
    columns: Floats
    owner: Ints
    names: tuple[str, ...]

    def of(self, rows: Ints) -> "RankedPeople":
        """Return some of them, or the same ones several times."""
        return RankedPeople(self.days[rows], self.event[rows], self.columns[rows], self.owner, self.names)

    def standardized(self) -> Floats:
        """Return the standardized effect of each predictor."""
        kept = self.columns.std(axis=0) > 0
        coef = np.zeros(len(self.owner))
        with quiet():
            coef[kept] = cox(self.days, self.event, self.columns[:, kept], ties="breslow").coef
        return np.array([
            (self.columns[:, self.owner == place] @ coef[self.owner == place]).std()
            for place in range(len(self.names))
        ])  # fmt: skip

    def rank(self) -> float:
        """Return the rank of the claimed predictor, 1 for the strongest."""
        effects = self.standardized()
        return float(1 + (effects > effects[0]).sum())

    def explained_variation(self) -> tuple[float, ...]:
        """Return the explained variation that is lost without each predictor."""
        every = self._explained(np.ones(len(self.owner), dtype=bool))
        return tuple(every - self._explained(self.owner != place) for place in range(len(self.names)))

    def _explained(self, used: Bools) -> float:
        kept = used & (self.columns.std(axis=0) > 0)
        if not kept.any():
            return 0.0
        with quiet():
            fit = cox(self.days, self.event, self.columns[:, kept], ties="breslow")
        return float(-np.expm1(-2 * (fit.loglik - fit.loglik_null) / self.event.sum()))


def _given(claim: Claim, derived: DerivedClaim) -> RankedPeople:
    table, names = derived.people.table, claim.world.predictors
    lacking = [name for name in names if name not in table and name not in SESSIONS]
    if lacking:
        raise DesignError(
            f"The discharges have no {', '.join(lacking)}. Map each as a covariate that is known by "
            "discharge."
        )
    parts, owner = [], []
    for place, name in enumerate(names):
        counted = name in SESSIONS and name not in table
        made = (
            derived.session_counts(name, claim.world.landmark)[:, None] if counted else _numbers(table[name])
        )
        parts.append(made)
        owner += [place] * made.shape[1]
    day = float(claim.day or derived.study.outcome.horizon)
    days = table["days"].to_numpy(dtype=float)
    return RankedPeople(
        days=np.minimum(days, day),
        event=((table["event"] == 1) & (table["days"] <= day)).to_numpy(),
        columns=np.concatenate(parts, axis=1),
        owner=np.array(owner),
        names=names,
    )


def _numbers(column: pd.Series) -> Floats:
    """Return a column as numbers: 0/1 of each code but the first, and the mean where it is missing."""
    plain = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    made = column.astype(float).to_frame() if plain else pd.get_dummies(column.astype(object)).iloc[:, 1:]
    made = made.loc[:, made.nunique() > 1].astype(float)
    return np.asarray(made.fillna(made.mean()).to_numpy())
