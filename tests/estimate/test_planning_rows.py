"""How many discharges and quarters a difference of 10 points takes, where the data are too few to show one."""

from types import SimpleNamespace

import pandas as pd
import pytest

import stepdown as sd
from stepdown.estimate import planning_rows as planning
from stepdown.survival import size_for_risks

STUDY = sd.Study.read("data/synthetic/programs/study.toml")


def context(quarters: int = 2) -> SimpleNamespace:
    return SimpleNamespace(
        study=STUDY, design=SimpleNamespace(quarters=quarters), keys={"analysis": "landmark_14"}
    )


def rows(n: int = 100, se: float = 0.069, low: float = -0.18, high: float = 0.09, reference: float = 0.4):
    base = {"cause": "relapse", "time": 90, "statistic": "estimate", "n": n}
    return [
        base | {"arm": "step-down", "estimate": 0.35}, base | {"arm": "none", "estimate": reference},
        base | {"arm": "step-down", "reference": "none", "statistic": "difference", "estimate": -0.05,
                "std_error": se, "conf_low": low, "conf_high": high, "n": float("nan")},
    ]  # fmt: skip


def test_by_hand():
    discharges, quarters = planning.planning_rows(context(), rows())
    # (0.35 0.65 + 0.4 0.6) / 100 = 0.0684^2, of a standard error of 0.069: a share of 0.982 is left.
    left = (0.35 * 0.65 + 0.4 * 0.6) / 100 / 0.069**2
    assert discharges["estimate"] == size_for_risks(0.4, -0.1, followed=left).n == 363
    assert (discharges["n"], discharges["unit"], discharges["time"]) == (100, "discharges", 90)
    # 100 in 2 quarters; 363 take 7.3.
    assert quarters["estimate"] == 8
    assert discharges["method"] == "normal approximation: 80% power, 95% confidence"


@pytest.mark.parametrize(
    "found",
    [rows(low=-0.2, high=-0.01), rows(n=1000, se=0.0217), rows(reference=1.0)],
    ids=["shown", "enough", "all of the reference"],
)
def test_only_where_the_data_are_too_few(found):
    assert planning.planning_rows(context(), found) == []


def test_clusters_make_it_longer_and_a_low_risk_is_planned_to_rise():
    one, two = (planning.planning_rows(context(), rows(se=se))[0]["estimate"] for se in (0.069, 0.12))
    assert two > 2.9 * one
    rare = planning.planning_rows(context(), rows(reference=0.05))[0]["estimate"]
    left = (0.35 * 0.65 + 0.05 * 0.95) / 100 / 0.069**2
    assert rare == size_for_risks(0.05, 0.1, followed=left).n


def test_without_quarters_there_is_no_number_of_quarters():
    assert [row["estimand"] for row in planning.planning_rows(context(0), rows())] == ["discharges_needed"]


def adjusted(se: float = 0.05, low: float = -0.12, high: float = 0.08, **other: object) -> pd.DataFrame:
    row = {
        "estimand": "risk", "variant": "", "statistic": "difference", "arm": "step-down", "reference": "none",
        "time": 90, "std_error": se, "conf_low": low, "conf_high": high, "estimate": -0.02, "cause": "relapse",
        "unit": "probability", "method": "adjusted, weighting", "population": "everyone", "note": "",
        "note_code": "adjusted",
    }  # fmt: skip
    return pd.DataFrame([row | other])


def test_an_adjusted_difference_by_hand() -> None:
    # 0.1 / (1.95996 + 0.84162) = 0.035694; (0.05 / 0.035694)^2 = 1.9622 times 200 discharges of 4 quarters.
    found = planning.adjusted_planning_rows(adjusted(), day=90, discharges=200, quarters=4)
    assert found["estimand"].tolist() == ["discharges_needed", "quarters_needed"]
    assert found["estimate"].tolist() == [393, 8]
    assert found["unit"].tolist() == ["discharges", "quarters"]
    assert found["n"].tolist() == [200, 200]
    assert found["statistic"].tolist() == ["estimate"] * 2
    assert found[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    method = "adjusted, weighting, standard error by 1 / sqrt(n): 80% power, 95% confidence"
    assert found["method"].tolist() == [method] * 2
    without = planning.adjusted_planning_rows(adjusted(), day=90, discharges=200, quarters=0)
    assert without["estimand"].tolist() == ["discharges_needed"]


@pytest.mark.parametrize(
    "rows",
    [
        adjusted(low=-0.12, high=-0.01),
        adjusted(se=0.035),
        adjusted(se=float("nan"), low=float("nan"), high=float("nan")),
        adjusted(variant="estimator=weighted"),
        adjusted(time=60),
    ],
    ids=["shown", "enough", "no interval", "another estimator", "another day"],
)
def test_an_adjusted_difference_only_where_the_data_are_too_few(rows: pd.DataFrame) -> None:
    assert planning.adjusted_planning_rows(rows, day=90, discharges=200, quarters=4).empty


@pytest.fixture(scope="module")
def few() -> pd.DataFrame:
    people = sd.derive(sd.load("data/synthetic/programs/cohort.toml"), STUDY, quarter="2025Q1")
    table = sd.estimate_design(sd.design(people, STUDY), STUDY).table
    return table[table["estimand"].isin(["discharges_needed", "quarters_needed"])].set_index("estimand")


def test_a_program_of_one_quarter_reads_how_long_it_takes(few):
    assert few["estimate"].tolist() == [283, 3]
    assert few["n"].tolist() == [110, 110]
    assert few["unit"].tolist() == ["discharges", "quarters"]
