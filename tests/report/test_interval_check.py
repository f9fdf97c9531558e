"""Coverage of the intervals of a risk, by exact sums."""

import pytest
from scipy import stats

from stepdown.report import interval_check as module
from stepdown.report.interval_check import interval_check


def test_coverage_is_that_of_mid_p_and_clopper_pearson():
    found = interval_check(sizes=(20,), risks=(0.1, 0.3))
    exact = found.table[found.table["conf"] == "exact"].set_index("risk")["coverage"]
    for p in (0.1, 0.3):
        inside = []
        for x in range(21):
            tails = stats.binom.sf(x - 1, 20, p), stats.binom.cdf(x, 20, p)
            inside.append(min(tails) >= 0.025)
        expected = sum(stats.binom.pmf(x, 20, p) for x in range(21) if inside[x])
        assert exact[p] == pytest.approx(expected)
    assert found.text.startswith(
        "The 95% interval of a risk contains the truth as stated in 2 cells without loss: "
    )


def test_what_is_not_as_stated_fails(monkeypatch):
    monkeypatch.setattr(module, "_EXACT", 0.999)
    found = interval_check(sizes=(20,), risks=(0.3,))
    assert not found.passed
    assert "contains the truth not as stated in 1 cells" in found.text
