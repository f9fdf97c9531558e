"""Values of the estimands of one arm, and their gradients with respect to the daily hazards.

With h = sum_c h_c and D_j(s) the derivative with respect to h_j(s):

    F_c(t):           D_j(s) = S(s-) [j = c] - (F_c(t) - F_c(s)) / (1 - h(s)),        s <= t
    S(t):             D_j(s) = -S(t) / (1 - h(s)),                                    s <= t
    int_a^b S:        D_j(s) = -int_{max(s,a)}^b S / (1 - h(s)),                      s <= b
    int_a^b F_c:      D_j(s) = (b - max(s,a)) S(s-) [j = c]
                               - int_{max(s,a)}^b (F_c(u) - F_c(s)) du / (1 - h(s)),  s <= b

Where everyone at risk has an event (h = 1) the terms over 1 - h are set to 0: they are the same for all
causes j, and residuals of all causes then add up to 0 for everyone, so no influence changes.
"""

from __future__ import annotations

import numpy as np

from stepdown.survival.core.day_grid import ArmDays, inverse
from stepdown.survival.core.sample import Floats


def incidence(arm: ArmDays, cause: int, time: float) -> tuple[float, Floats]:
    """F_c(t) and its gradient, shape (K, C)."""
    gradient = np.zeros_like(arm.events)
    last = arm.position(time)
    if last < 0:
        return 0.0, gradient
    curve = arm.incidence[: last + 1, cause - 1]
    gradient[: last + 1] = -((curve[-1] - curve) * inverse(arm.staying[: last + 1]))[:, None]
    gradient[: last + 1, cause - 1] += arm.before[: last + 1]
    return float(curve[-1]), gradient


def survival(arm: ArmDays, time: float) -> tuple[float, Floats]:
    """S(t) of all causes and its gradient."""
    gradient = np.zeros_like(arm.events)
    last = arm.position(time)
    if last < 0:
        return 1.0, gradient
    value = float(arm.survival[last])
    gradient[: last + 1] = -(value * inverse(arm.staying[: last + 1]))[:, None]
    return value, gradient


def survival_area(arm: ArmDays, start: float, end: float) -> tuple[float, Floats]:
    """Area under S over (start, end] and its gradient."""
    begin = np.clip(arm.times, start, end)
    area = StepArea(arm.times, arm.survival, 1.0)
    remaining = area(np.array([end])) - area(begin)
    gradient = -remaining * inverse(arm.staying)
    value = float((area(np.array([end])) - area(np.array([start])))[0])
    return value, np.repeat(gradient[:, None], arm.events.shape[1], axis=1)


def incidence_area(arm: ArmDays, cause: int, start: float, end: float) -> tuple[float, Floats]:
    """Area under F_c over (start, end] and its gradient."""
    begin = np.clip(arm.times, start, end)
    curve = arm.incidence[:, cause - 1]
    area = StepArea(arm.times, curve, 0.0)
    later = area(np.array([end])) - area(begin) - curve * (end - begin)
    gradient = np.repeat(-(later * inverse(arm.staying))[:, None], arm.events.shape[1], axis=1)
    gradient[:, cause - 1] += (end - begin) * arm.before
    value = float((area(np.array([end])) - area(np.array([start])))[0])
    return value, gradient


class StepArea:
    """The running area under a step function that is right-continuous."""

    def __init__(self, times: Floats, values: Floats, opening: float) -> None:
        self.times = np.concatenate([[0.0], times])
        self.values = np.concatenate([[opening], values])
        self.sums = np.concatenate([[0.0], np.cumsum(np.diff(self.times) * self.values[:-1])])

    def __call__(self, time: Floats) -> Floats:
        """Return the area under the step function up to each time."""
        at = np.searchsorted(self.times, time, side="right") - 1
        result: Floats = self.sums[at] + (time - self.times[at]) * self.values[at]
        return result
