"""Leave-one-out estimates of one group, all of them at once.

Without person i, whose last day is T, every day before T has one person fewer at risk, day T one fewer at
risk and perhaps one event fewer, and later days are as they were. So the curve without i is a product that
depends only on days before T, times a factor of day T, times S(t) / S(T) of everybody: three cumulative
sums serve all people, and people with the same day and event share one value.

Where the last person at risk is left out, the curve stays at its last value up to the days asked for.
"""

from dataclasses import dataclass

import numpy as np

from stepdown.survival import _gradients
from stepdown.survival._days import ArmDays, inverse
from stepdown.survival._input import Floats


@dataclass(frozen=True, eq=False)
class _Fewer:
    """What is left when someone at risk throughout, or until day k, is taken out; all of shape (K,).

    `before`, `below`: S and F_c just before day k without a person at risk on all days before it; `after`,
    `above`: just after day k without a person at risk then too. `own`, `step`: (by kind of last day:
    censored, event of the cause, other event; shape (3, K)) the factor of S and the share of F_c on day k
    without a person whose last day it is.
    """

    before: Floats
    below: Floats
    after: Floats
    above: Floats
    own: Floats
    step: Floats


def leave_one_out(arm: ArmDays, estimand: str, cause: int, time: float) -> tuple[float, Floats]:
    """Return the estimate of an arm, and that without each of its people, shape (m,).

    Parameters
    ----------
    arm : ArmDays
        Without weights or entries, and two people or more.
    estimand : {"risk", "survival", "rmst", "rmtl"}
        F_c or S at `time`, or the area under S or F_c up to it.
    cause : int
        c.
    time : float
        Day.
    """
    fewer = _fewer(arm, cause)
    kind = np.where(arm.cause == 0, 0, np.where(arm.cause == cause, 1, 2))
    last = arm.position(time)
    area = estimand in ("rmst", "rmtl")
    parts = _areas if area else _points
    value, prefix, by_kind = parts(arm, fewer, estimand in ("risk", "rmtl"), cause, time)
    # Those still there after the day count on all of it.
    result: Floats = np.where(arm.stop <= last, by_kind[kind, np.minimum(arm.stop, last)], prefix)
    return value, result


def _fewer(arm: ArmDays, cause: int) -> _Fewer:
    at_risk: Floats = arm.n_at_risk.astype(float) - 1
    total = arm.n_events.sum(axis=1).astype(float)
    counted = arm.n_events[:, cause - 1].astype(float)
    share = inverse(at_risk)
    # Nobody but the person taken out is at risk: the curve stays.
    keep: Floats = np.where(at_risk > 0, np.maximum(at_risk - total, 0.0) * share, 1.0)
    after: Floats = np.cumprod(keep, dtype=float)
    before = np.concatenate([[1.0], after[:-1]])
    above: Floats = np.cumsum(before * counted * share)
    below = np.concatenate([[0.0], above[:-1]])
    events = np.stack([total, total - 1, total - 1])
    causes = np.stack([counted, counted - 1, counted])
    own = np.where(at_risk > 0, np.maximum(at_risk - events, 0.0) * share, 1.0)
    return _Fewer(before, below, after, above, own, np.maximum(causes, 0.0) * share)


def _points(
    arm: ArmDays, fewer: _Fewer, incidence: bool, cause: int, time: float
) -> tuple[float, float, Floats]:
    last = arm.position(time)
    if last < 0:
        start = 0.0 if incidence else 1.0
        return start, start, np.zeros((3, 1))
    upto = slice(0, last + 1)
    curve = arm.incidence[:, cause - 1] if incidence else arm.survival
    if incidence:
        later = (curve[last] - curve[upto]) * inverse(arm.survival[upto])
        left = fewer.below + fewer.before * fewer.step, fewer.before * fewer.own
        by_kind = left[0][:, upto] + left[1][:, upto] * later
        return float(curve[last]), float(fewer.above[last]), by_kind
    later = np.where(arm.survival[upto] > 0, curve[last] * inverse(curve[upto]), 1.0)
    return float(curve[last]), float(fewer.after[last]), (fewer.before * fewer.own)[:, upto] * later


def _areas(
    arm: ArmDays, fewer: _Fewer, incidence: bool, cause: int, time: float
) -> tuple[float, float, Floats]:
    last = arm.position(time)
    opening = 0.0 if incidence else 1.0
    curve = arm.incidence[:, cause - 1] if incidence else arm.survival
    whole = _gradients.StepArea(arm.times, curve, opening)
    rest = _gradients.StepArea(arm.times, fewer.above if incidence else fewer.after, opening)
    end = np.array([time])
    value, prefix = float(whole(end)[0]), float(rest(end)[0])
    if last < 0:
        return value, prefix, np.zeros((3, 1))
    upto = slice(0, last + 1)
    days, survival = arm.times[upto], arm.survival[upto]
    left, later = time - days, whole(end) - whole(days)
    so_far = rest.sums[1:][upto]
    carried = (fewer.before * fewer.own)[:, upto]
    if incidence:
        reached = (fewer.below + fewer.before * fewer.step)[:, upto]
        grown = (later - curve[upto] * left) * inverse(survival)
        return value, prefix, so_far + reached * left + carried * grown
    return value, prefix, so_far + carried * np.where(survival > 0, later * inverse(survival), left)
