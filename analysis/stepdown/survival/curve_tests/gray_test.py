"""Gray's test that the cumulative incidence of one cause is the same in k arms.

In arm r, with Y people at risk and S the survival from all causes, h_r(t) = Y(t) / S(t-) is the number of
people at risk had nobody had an event; h = sum_r h_r. Under the null hypothesis the common incidence
is F0 = sum dN / h with dN the events of the cause, G0 = 1 - F0. With R_r(t) = h_r(t) (1 - F_r(t-)), R their
sum and day weights L(t) = (1 - F0(t-))^rho, arm k has score

    z_k = sum_t L(t) [dN_k(t) - R_k(t) / R(t) dN(t)]

so that dN_k and dN R_k / R are observed and expected events. Its variance sums, over arms r and days u,

    a_kr a_lr / h_r dF0 e_1 + b_kr b_lr S_r(u-)^2 dM_r / Y_r^2 e_2,       dM_r: events of other causes
    d_kr = L h_k (1[k = r] - h_r / h),    c_kr(u) = sum_{s <= u} d_kr(s) dF0(s) / G0(s-)
    a_kr = d_kr + [1 - G0(u) / S_r(u)] [c_kr(end) - c_kr(u)],   b_kr = -[G0 / S_r] [c_kr(end) - c_kr(u)]

Ties: e_1 = 1 - (dN - 1) / (h S_r(u-) - 1) and e_2 = 1 - (dM_r - 1) / (Y_r - 1) shrink the variance as in
the hypergeometric distribution; curves are evaluated just before the day where t- is written, just after it
otherwise, as in R's cmprsk::cuminc. Scores and variances are summed over strata. Where an arm has fewer
than 5 expected events p is by permutation of arms (*Tests that hold where few events are expected*).

References
----------
Gray RJ (1988), Ann Stat 16:1141-1154.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from stepdown.errors import EstimateError
from stepdown.survival.core.data_frames import reads_columns
from stepdown.survival.core.day_grid import inverse
from stepdown.survival.core.sample import (
    Floats,
    Ints,
    Sample,
    check,
    check_cause,
    check_strata,
    is_number,
    rows_of,
)
from stepdown.survival.curve_tests.exact_tests import FEW_EXPECTED, by_label, in_fixed_order, permuted
from stepdown.survival.curve_tests.log_rank_test import (
    PERMUTED,
    TestResult,
    chi_square,
    events_table,
    quadratic_form,
    two_arms,
)

ALMOST_NOBODY = 1e-9
"""Share below which a survival curve of sums of fractions is at 0."""


@reads_columns
def gray(
    days: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    *,
    cause: int = 1,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
    exact: bool | None = None,
    counts: ArrayLike | None = None,
    data: pd.DataFrame | None = None,
) -> TestResult:
    """Test whether the cumulative incidence of a cause is the same in all arms.

    Parameters
    ----------
    days, event, counts, data
        As in `aalen_johansen`.
    arm : array-like, shape (n,)
        Arms, at least two.
    cause : int
        The cause whose incidence is compared.
    strata : array-like, shape (n,), optional
        Arms are compared within strata only.
    rho : float
        Power of 1 - incidence that weights the days, zero or above.
    exact : bool, optional
        Whether p is by permutation of arms; by default where an arm has fewer than 5 expected events of the
        cause.

    Returns
    -------
    TestResult
        `observed` and `expected` are events of the cause, weighted where rho is above 0.

    Raises
    ------
    EstimateError
        Where input is missing or impossible, there is only one arm, or no such cause.

    Examples
    --------
    >>> import stepdown.survival as survival
    >>> days, relapsed, plan = [3, 5, 5, 8, 9, 12], [1, 1, 0, 1, 0, 0], list("aababb")
    >>> round(survival.gray(days, relapsed, plan, exact=False).p, 3)
    0.035
    """
    sample = check(days, event, arm=arm)
    stratum = check_strata(strata, sample.size)
    two_arms(sample)
    cause = check_cause(cause)
    if not (is_number(rho) and rho >= 0):
        raise EstimateError("rho must be zero or above. 0 weights all days equally.")
    groups = rows_of(stratum, sample.size)
    test, few = _tested(sample, groups, cause, rho)
    if np.isnan(test.p) or not (few if exact is None else exact):
        return test

    days, arms = len(sample.grid), len(sample.labels)
    groups = in_fixed_order(sample, groups)
    p = permuted(
        lambda labels: _statistics(sample, labels, groups, cause, rho),
        sample.arm, groups, max(sample.size, days * arms**2),
    )  # fmt: skip
    return replace(test, p=p, note=PERMUTED)


def _tested(sample: Sample, groups: list[Ints], cause: int, rho: float) -> tuple[TestResult, bool]:
    """Return the chi-square test, and whether an arm has few expected events."""
    sums = _sums(sample, sample.arm[None], groups, cause, rho)
    observed, expected, variance, gross = (part[0] for part in sums)
    present = expected > 0
    table = events_table(sample, observed, expected, whole=not rho)
    test = chi_square(table, observed - expected, variance, gross, present=present)
    return test, bool(np.any((expected < FEW_EXPECTED) & present))


def _statistics(sample: Sample, labels: Ints, groups: list[Ints], cause: int, rho: float) -> Floats:
    """Return the statistic of each permutation; missing where arms cannot be compared."""
    observed, expected, variance, gross = _sums(sample, labels, groups, cause, rho)
    parts = zip(observed - expected, variance, gross, expected > 0, strict=True)
    return np.array([quadratic_form(*part)[0] for part in parts])


def _sums(sample: Sample, labels: Ints, groups: list[Ints], cause: int, rho: float) -> tuple[Floats, ...]:
    """Observed, expected, variance and its gross size; labels of the arms have shape (permutations, n)."""
    count, arms = len(labels), len(sample.labels)
    shape = (count, arms)
    found: list[Floats] = [np.zeros(shape), np.zeros(shape), np.zeros((*shape, arms)), np.zeros(shape)]
    for rows in groups:
        happened = rows[sample.cause[rows] > 0]
        days = np.unique(sample.stop[happened])
        if not len(days) or cause > sample.causes:
            continue
        # At risk on a day: all whose last day comes on or after it.
        passed = np.searchsorted(days, sample.stop[rows], side="right")
        left = by_label(labels[:, rows], passed, len(days) + 1, arms)
        at_risk = np.cumsum(left[:, ::-1], axis=1)[:, ::-1][:, 1:]
        events, others = (
            by_label(labels[:, out], np.searchsorted(days, sample.stop[out]), len(days), arms)
            for out in (
                happened[sample.cause[happened] == cause], happened[sample.cause[happened] != cause]
            )
        )  # fmt: skip
        part = _stratum(at_risk, events, others, rho)
        found = [one + more for one, more in zip(found, part, strict=True)]
    return tuple(found)


def _stratum(
    at_risk: Floats, events: Floats, others: Floats, rho: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Observed, expected, variance, its gross size; inputs: (permutations, days with any event, arms)."""
    survival: Floats = np.cumprod(1 - (events + others) * inverse(at_risk), axis=1, dtype=float)
    survival[survival < ALMOST_NOBODY] = 0.0
    before = _just_before(survival, 1.0)
    incidence: Floats = np.cumsum(before * events * inverse(at_risk), axis=1, dtype=float)
    free = at_risk * inverse(before)
    together = free.sum(axis=2)
    happened = events.sum(axis=2)
    rise = happened * inverse(together)
    common: Floats = np.cumsum(rise, axis=1, dtype=float)
    common_before = _just_before(common, 0.0)
    day = (1 - common_before) ** rho
    exposed = free * (1 - _just_before(incidence, 0.0))
    share = exposed * inverse(exposed.sum(axis=2))[..., None]
    observed, expected = (
        (day[..., None] * events).sum(axis=1),
        ((day * happened)[..., None] * share).sum(axis=1),
    )

    # Axes from here on: permutation, day, arm k of the score, arm r of the event.
    arms = at_risk.shape[2]
    lean = free * inverse(together)[..., None]
    direct = (day[..., None] * free)[..., None] * (np.eye(arms) - lean[:, :, None, :])
    path = np.cumsum(direct * (rise * inverse(1 - common_before))[..., None, None], axis=1)
    to_come = path[:, -1:] - path
    ratio = ((1 - common)[..., None] * inverse(survival))[:, :, None, :]
    of_cause, of_others = direct + (1 - ratio) * to_come, -ratio * to_come
    tied = _tied(happened[..., None], together[..., None] * before)
    size = tied * rise[..., None] * inverse(free)
    size_others = _tied(others, at_risk) * before**2 * others * inverse(at_risk) ** 2
    variance = np.einsum("btkr,btlr->bkl", of_cause * size[:, :, None, :], of_cause)
    variance += np.einsum("btkr,btlr->bkl", of_others * size_others[:, :, None, :], of_others)
    return observed, expected, np.asarray(variance), ((day**2)[..., None] * events).sum(axis=1)


def _just_before(curve: Floats, opening: float) -> Floats:
    return np.concatenate([np.full_like(curve[:, :1], opening), curve[:, :-1]], axis=1)


def _tied(events: Floats, at_risk: Floats) -> Floats:
    left = np.broadcast_to(at_risk - 1, np.broadcast_shapes(events.shape, at_risk.shape))
    several = (events > 1) & (left > 0)
    return 1 - np.where(several, (events - 1) * inverse(np.array(left)), 0.0)
