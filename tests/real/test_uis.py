"""UIS through the whole pipeline, against R survival on the same file."""

import json
from pathlib import Path
from typing import Any

import pytest

from stepdown.errors import DesignError
from stepdown.report.assembly import analyze
from stepdown.results import Analysis
from support_plain import in_plain_forms
from support_real import real_data

pytestmark = [pytest.mark.real, pytest.mark.slow]
HERE = Path(__file__).parent
REFERENCE = json.loads((HERE.parent / "reference" / "estimate" / "uis_studies.json").read_text())
STUDIES = ("admission", "discharge", "discharge_day_zero")
ARMS = ("Short program", "Long program")


@pytest.fixture(scope="module")
def analyses() -> dict[str, Analysis]:
    patch = pytest.MonkeyPatch()
    patch.setenv("STEPDOWN_REAL_DATA", str(real_data()))
    with in_plain_forms():
        found = {name: analyze(HERE / "uis" / f"{name}.toml") for name in STUDIES}
    patch.undo()
    return found


def numbers(row: Any) -> list[float]:
    return [float(row[name]) for name in ("estimate", "std_error", "conf_low", "conf_high")]


@pytest.mark.parametrize("name", STUDIES)
def test_risks(analyses: dict[str, Analysis], name: str) -> None:
    results, r = analyses[name].results, REFERENCE[name]
    for position, day in enumerate((30, 60, 90)):
        keys = {"estimand": "risk", "cause": "relapse", "time": day, "statistic": "estimate"}
        whole = results.one(analysis="whole_cohort", **keys)
        assert numbers(whole) == pytest.approx(
            [r["whole"][key][position] for key in ("risk", "std_error", "conf_low", "conf_high")], rel=1e-9
        )
        for arm, label in enumerate(ARMS):
            found = results.one(analysis="baseline", arm=label, **keys)
            expected = [
                r["arms"][key][3 * arm + position] for key in ("risk", "std_error", "conf_low", "conf_high")
            ]
            assert numbers(found) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("name", STUDIES)
def test_medians_means_and_test(analyses: dict[str, Analysis], name: str) -> None:
    results, r = analyses[name].results.where(analysis="baseline"), REFERENCE[name]
    for arm, label in enumerate(ARMS):
        median = results.one(estimand="median", arm=label)
        assert [median[key] for key in ("estimate", "conf_low", "conf_high")] == [
            r["median"][key][arm] for key in ("estimate", "conf_low", "conf_high")
        ]
        mean = results.one(estimand="rmst", arm=label, statistic="estimate")
        assert mean["estimate"] == pytest.approx(r["rmst"]["estimate"][arm], rel=1e-12)
        assert mean["std_error"] == pytest.approx(r["rmst"]["std_error"][arm], rel=1e-10)
    chi2 = results.one(estimand="logrank", statistic="statistic")["estimate"]
    assert chi2 == pytest.approx(r["logrank"], rel=1e-10)


@pytest.mark.parametrize("name", STUDIES)
def test_who_is_in(analyses: dict[str, Analysis], name: str) -> None:
    results = analyses[name].results
    kept = results.where(analysis="", estimand="flow", statistic="kept", unit="discharges").table["estimate"]
    assert kept.iloc[-1] == REFERENCE[name]["n"]


def test_the_day_zero_rule_is_a_counted_step_and_moves_the_answer(analyses: dict[str, Analysis]) -> None:
    flow = analyses["discharge"].results.where(estimand="flow", statistic="removed", unit="discharges").table
    assert dict(zip(flow["term"], flow["estimate"], strict=True))["No return to use on day 0"] == 82
    keys = {"analysis": "whole_cohort", "estimand": "risk", "time": 90, "statistic": "estimate"}
    without, with_them = (analyses[name].results.one(**keys)["estimate"] for name in STUDIES[1:])
    assert with_them - without > 0.05


def test_the_length_of_stay_cannot_define_arms_at_admission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(real_data()))
    text = (HERE / "uis" / "admission.toml").read_text()
    (tmp_path / "cohort.toml").write_text((HERE / "uis" / "cohort.toml").read_text())
    arms = '{ column = "los", values = [7, 90], labels = ["A week", "Three months"] }'
    lines = [f"arms = {arms}" if line.startswith("arms") else line for line in text.splitlines()]
    (tmp_path / "study.toml").write_text("\n".join(lines))
    with pytest.raises(DesignError) as caught:
        analyze(tmp_path / "study.toml")
    assert str(caught.value).startswith(
        "`los` cannot be used for arms: its value becomes known after time zero for 628 of 628 discharges "
        '(declared known = "discharge").'
    )


def test_adjustment_of_a_randomized_comparison_moves_little_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(real_data()))
    results = analyze(HERE / "uis" / "adjusted.toml").results
    keys = {"analysis": "baseline", "estimand": "risk", "time": 90, "statistic": "difference", "variant": ""}
    plain, fair = (results.one(population=whom, **keys) for whom in ("", "everyone"))
    # The paired difference of the two varies less than either does: a fifth of its standard error is ample.
    assert abs(fair["estimate"] - plain["estimate"]) < 0.2 * plain["std_error"]
    width = [one["conf_high"] - one["conf_low"] for one in (plain, fair)]
    assert width[1] < 1.05 * width[0]
    assert fair["note_code"] == ""
