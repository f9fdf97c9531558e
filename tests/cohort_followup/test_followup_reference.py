"""Differences, reverse Kaplan-Meier, bounds for the lost and testing rates, against R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stepdown.cohort import FollowUp, People
from stepdown.cohort.followup import follow_up_time, loss_bounds, rates_of_testing, standardized_differences
from stepdown.schema import Cohort
from support_cohort import draw
from support_plain import in_plain_forms

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "cohort" / "reach_reference.json").read_text()
)
DATA = pd.DataFrame(REFERENCE["data"]).fillna(np.nan)


def test_differences_against_r() -> None:
    values = DATA[["age", "site"]].assign(age=DATA["age"].astype(float))
    table = standardized_differences(values, DATA["reached"].to_numpy() == 1)
    got = {(row.covariate, row.level): row.difference for row in table.itertuples()}
    wanted = REFERENCE["differences"]
    assert got["age", ""] == pytest.approx(wanted["age"], rel=1e-12)
    assert got["age", "missing"] == pytest.approx(wanted["age_missing"], rel=1e-12)
    assert got["site", ""] == pytest.approx(wanted["site"], rel=1e-9)
    assert got["site", "x"] == pytest.approx(wanted["site_x"], rel=1e-12)
    assert [level for name, level in got if name == "site"] == ["", "x", "y", "z", "missing"]


def test_the_reverse_curve_against_r() -> None:
    with in_plain_forms():
        table = follow_up_time(DATA["days"], DATA["event"], arm=DATA["arm"]).table.set_index("arm")
    for arm, wanted in REFERENCE["reverse"].items():
        row = table.loc[arm]
        assert row[["lower_quartile", "median", "upper_quartile"]].tolist() == wanted["quartiles"]
        assert row["conf_low"] == wanted["conf_low"]
        assert np.isnan(row["conf_high"])
        assert wanted["conf_high"] is None
        assert row["n"] == 12
        assert row["person_months"] == pytest.approx(DATA.loc[DATA["arm"] == arm, "days"].sum() / 30.4375)


def people() -> People:
    table = pd.DataFrame({"client_id": DATA["client"].astype(str), "zero": 0, "died": False})
    return People(table=table, first_care=np.empty((0, 0)), flow=(), known={})


def followup() -> FollowUp:
    return FollowUp(
        rows=np.arange(len(DATA)),
        days=DATA["days"].to_numpy(dtype=float),
        event=DATA["event"].to_numpy(dtype=np.int64),
        cluster=DATA["client"].to_numpy(dtype=np.int64),
    )


def test_bounds_for_the_lost_against_r() -> None:
    with in_plain_forms():
        found = loss_bounds(
            people(), followup(), until=DATA["until"].to_numpy(dtype=float), times=(30, 90), arm=DATA["arm"]
        )
    wanted = REFERENCE["bounds"]
    assert found.lost.astype(int).tolist() == wanted["lost"]
    for name, reading in (("estimate", "observed"), ("none", "none"), ("all", "all")):
        risk, se = np.array(wanted[reading]["risk"]), np.array(wanted[reading]["std_error"])
        np.testing.assert_allclose(found.table[name], risk, rtol=1e-12)
        free, low = 1 - risk, "conf_low" if name == "estimate" else f"{name}_low"
        wide = np.exp(1.959963984540054 * se / (free * -np.log(free)))
        np.testing.assert_allclose(found.table[low], 1 - free ** (1 / wide), rtol=1e-10)
        np.testing.assert_allclose(found.table[low.replace("low", "high")], 1 - free**wide, rtol=1e-10)


def looked_at() -> Cohort:
    """One discharge a row, its client an own one: the clusters of the follow-up say who belongs together."""
    lines = []
    for row in DATA.itertuples():
        words = [
            f"{row.Index}: stay -28..0",
            f"- {row.days + 1} urine",
            "- 0 urine",
            "? 1 urine",
            "- 1 claim",
        ]
        words += [f"- {1 + number % row.days} urine" for number in range(row.tests)]
        lines.append(" | ".join(words))
    return draw("\n".join(lines))


def test_testing_rates_against_r() -> None:
    cohort = looked_at()
    table = pd.DataFrame({"client_id": cohort.discharges["client_id"], "zero": 0, "died": False})
    drawn = People(table=table, first_care=np.empty((0, 0)), flow=(), known={})
    arm = (DATA["arm"] == "B").astype(int)
    found = rates_of_testing(cohort, drawn, followup(), arm=arm, labels=("A", "B")).table
    urine = found[found["what"] == "urine"].set_index("arm")
    for name, wanted in REFERENCE["rates"].items():
        got = urine.loc[name, ["rate", "conf_low", "conf_high"]].astype(float).tolist()
        assert got == pytest.approx([wanted["rate"], wanted["conf_low"], wanted["conf_high"]], rel=1e-9)
    a, b = (REFERENCE["rates"][name] for name in "AB")
    spread = np.exp(1.959963984540054 * np.hypot(a["log_se"], b["log_se"]))
    ratio = a["rate"] / b["rate"]
    assert urine.loc["A", ["ratio", "ratio_low", "ratio_high"]].astype(float).tolist() == pytest.approx(
        [ratio, ratio / spread, ratio * spread], rel=1e-9
    )
    assert urine.loc["B", ["ratio", "ratio_low", "ratio_high"]].isna().all()
    # Claims are no contact: both kinds count the same here.
    contact = found[found["what"] == "contact"].set_index("arm")
    assert (contact["findings"] == urine["findings"]).all()
