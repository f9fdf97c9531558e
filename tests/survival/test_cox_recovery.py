"""A known truth is found again: coverage of the robust interval, and a real cohort."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.survival import proportional_hazards
from support_real import real_data
from tools.agreement.plain_forms import cox

pytestmark = pytest.mark.slow

R = json.loads(
    (Path(__file__).parent.parent / "reference" / "survival" / "uis_cox_reference.json").read_text()
)
TRUE = np.array([0.5, -0.3])


def draws(seed, people=600):
    """Two stays of each client, alike; days of whole weeks; weights that depend on a covariate."""
    r = np.random.default_rng(seed)
    client = np.repeat(np.arange(people), 2)
    x = np.column_stack([np.repeat(r.integers(0, 2, people), 2), r.normal(size=2 * people)])
    # Positive-stable frailty would keep hazards proportional; sharing the exponential draw does so exactly.
    shared = np.repeat(r.exponential(size=people), 2)
    alone = r.exponential(size=2 * people)
    draw = np.where(np.repeat(r.random(people) < 0.7, 2), shared, alone)
    days = np.ceil(40 * draw * np.exp(-x @ TRUE) / 3) * 3
    end = r.integers(20, 90, 2 * people)
    weights = np.exp(0.6 * x[:, 1]) * r.choice([0.5, 1.5], 2 * people)
    return np.minimum(days, end), days <= end, x, weights, client


def test_coverage_of_clustered_weighted_intervals():
    inside, model = [], []
    for seed in range(400):
        days, event, x, weights, client = draws(seed)
        row = cox(days, event, x, weights=weights, cluster=client).summary
        inside.append((row["conf_low"] < TRUE) & (row["conf_high"] > TRUE))
        model.append(np.abs(row["coef"] - TRUE) < 1.959964 * row["se_model"])
    coverage, naive = np.mean(inside, axis=0), np.mean(model, axis=0)
    # 400 draws: a true 0.95 stays within 0.92 to 0.98 in 99 of 100 runs.
    assert np.all((coverage > 0.92) & (coverage < 0.98)), coverage
    assert naive[0] < 0.9, naive


@pytest.mark.real
def test_uis():
    uis = pd.read_csv(real_data() / "uis" / "uis_628.csv").dropna(subset=["age", "ndrugtx"])
    terms = ["age", "ndrugtx", "treat", "site"]
    for ties in ("efron", "breslow"):
        expected = R[ties]
        fit = cox(uis["time"], uis["censor"], uis[terms], ties=ties)
        np.testing.assert_allclose(fit.summary["coef"], expected["coef"], rtol=1e-10)
        np.testing.assert_allclose(fit.summary["std_error"], expected["std_error"], rtol=1e-8)
        np.testing.assert_allclose([fit.loglik_null, fit.loglik], expected["loglik"], rtol=1e-10)
        assert fit.concordance.estimate == pytest.approx(expected["concordance"], rel=1e-10)
        for transform, statistic in expected["zph"].items():
            found = proportional_hazards(fit, transform=transform).table["statistic"]
            np.testing.assert_allclose(found, statistic, rtol=1e-8)
        robust = cox(uis["time"], uis["censor"], uis[terms], ties=ties, cluster=np.arange(len(uis)))
        np.testing.assert_allclose(robust.summary["std_error"], expected["robust"], rtol=1e-8)
