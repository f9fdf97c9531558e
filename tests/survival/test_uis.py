"""A real cohort, the UIS, against R survival run on the same file (aggregates only)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.survival import contrast
from support_real import real_data
from tools.agreement.plain_forms import kaplan_meier, logrank, rmst

R = json.loads((Path(__file__).parent.parent / "reference" / "survival" / "uis_reference.json").read_text())
pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def uis():
    return pd.read_csv(real_data() / "uis" / "uis_628.csv")


def test_curves_at_30_60_and_90(uis):
    table = kaplan_meier(uis["time"], uis["censor"], arm=uis["treat"]).at(30, 60, 90)
    for arm in (0, 1):
        rows = table[table["arm"] == arm]
        expected = {
            name: R["at"][name][str(arm)]
            for name in ("estimate", "std_error", "conf_low", "conf_high", "at_risk")
        }
        np.testing.assert_allclose(rows["estimate"], expected["estimate"], rtol=1e-10)
        np.testing.assert_array_equal(rows["at_risk"], expected["at_risk"])
        for name in ("std_error", "conf_low", "conf_high"):
            np.testing.assert_allclose(rows[name], expected[name], rtol=1e-8)


def test_medians(uis):
    found = kaplan_meier(uis["time"], uis["censor"], arm=uis["treat"]).quantile(0.5)
    for name in ("estimate", "conf_low", "conf_high"):
        assert found[name].tolist() == R["median"][name]


def test_restricted_means(uis):
    found = rmst(uis["time"], uis["censor"], tau=90, arm=uis["treat"])
    np.testing.assert_allclose(found.table["estimate"], R["rmst90"]["estimate"], rtol=1e-10)
    np.testing.assert_allclose(found.table["std_error"], R["rmst90"]["std_error"], rtol=1e-8)
    difference = contrast(found, reference=0, measures=["difference"]).table["std_error"].iloc[0]
    assert difference == pytest.approx(np.hypot(*R["rmst90"]["std_error"]), rel=1e-8)


def test_logrank(uis):
    found = logrank(uis["time"], uis["censor"], uis["treat"])
    assert found.statistic == pytest.approx(R["logrank"]["statistic"], rel=1e-10)
    assert found.table["observed"].tolist() == R["logrank"]["observed"]
    np.testing.assert_allclose(found.table["expected"], R["logrank"]["expected"], rtol=1e-10)
