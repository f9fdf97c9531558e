"""Loss after an event against loss before it, by hand."""

import math

import numpy as np
import pytest

from stepdown.checks.loss_after_events import LossRatio, loss_ratio, loss_verdict


def test_by_hand() -> None:
    # 100 people at risk for 50 days, 20 of them lost: 20 / 5,000. 20 had the event, were followed 50 more days, and
    # 10 of them were lost: 10 / 1,000. Ratio 2.5; sqrt(1 / 20 + 1 / 10) = 0.3873.
    had, place = np.repeat([True, False], [20, 80]), np.arange(100)
    found = loss_ratio(np.full(100, 50.0), had, ~had & (place < 40), np.full(100, 100.0), had & (place < 10))
    assert found.ratio == pytest.approx(2.5)
    assert (found.low, found.high) == pytest.approx(
        (2.5 / math.exp(0.759086), 2.5 * math.exp(0.759086)), rel=1e-4
    )


def test_few_losses_say_nothing() -> None:
    had = np.repeat([True, False], 10)
    found = loss_ratio(np.full(20, 50.0), had, ~had, np.full(20, 60.0), had & (np.arange(20) < 4))
    assert math.isnan(found.ratio)


def test_words() -> None:
    text = (
        "People were lost to follow-up 2.50 times as often after a relapse as before one (95% CI {} to 6.00)."
    )
    assert loss_verdict(LossRatio(ratio=2.5, low=0.9, high=6), "relapse") == ("passed", text.format("0.90"))
    tail = (
        " Others were probably lost after a relapse that nobody saw, so that risks are too low, more so in the group "
        "with more of them. See what those lost could change."
    )
    assert loss_verdict(LossRatio(ratio=2.5, low=1.2, high=6), "relapse") == (
        "warning",
        text.format("1.20") + tail,
    )
    assert loss_verdict(LossRatio(ratio=2.5, low=2.1, high=6), "relapse")[0] == "failed"
