"""Which estimates have an interval: a model that too few people determine gives none."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stepdown.compare.grace_period.comparison_table import NOT_DETERMINED, Rows, quantities

PEOPLE = 200


def rows(scale: float, *, estimand: str = "risk") -> Rows:
    """Return rows of two strategies, with influences of the first that a scale multiplies."""
    _, reported = quantities((90,), None, 90)
    signs = np.where(np.arange(PEOPLE) % 2, 1.0, -1.0)[:, None]
    sums: Any = SimpleNamespace(effective_size=lambda _: 150.0)
    fit: Any = SimpleNamespace(estimate=np.array([0.3, 70.0]), sums=sums)
    return Rows(
        estimator="doubly_robust",
        fits={"early": fit, "none": fit},
        influence={"early": scale * signs * np.ones((1, 2)), "none": 1e-3 * signs * np.ones((1, 2))},
        quantities=tuple(one for one in reported if one.estimand == estimand),
        cluster=None,
        level=0.95,
    )


@pytest.mark.parametrize("scale", [1.01, 1e10, 1e167])
def test_no_interval_where_one_person_would_move_the_risk_by_more_than_all_of_it(scale: float) -> None:
    found = rows(scale).table().set_index(["strategy", "statistic"])
    for name in (("early", "estimate"), ("early", "difference"), ("early", "ratio")):
        assert found.loc[name, "note"] == (
            "too few people determine a model behind the estimate, so there is no interval"
        )
        assert np.isnan(found.loc[name, "std_error"])
    assert found.loc[("early", "estimate"), "estimate"] == 0.3
    assert found.loc[("none", "estimate"), "note"] == ""
    assert found.loc[("none", "estimate"), "std_error"] == pytest.approx(1e-3 * np.sqrt(PEOPLE))


def test_event_free_days_may_move_by_days() -> None:
    assert set(rows(2.0, estimand="rmst").table()["note"]) == {""}
    notes = rows(91.0, estimand="rmst").table().set_index("strategy")["note"]
    assert (notes["early"] == NOT_DETERMINED).all()
