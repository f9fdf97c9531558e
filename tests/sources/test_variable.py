"""The one variable of a cohort file's paths."""

from pathlib import Path

import pytest

from stepdown.sources import load

COHORT = """format = 1
basis = "synthetic"
clock = "day"
[flat]
file = "${STEPDOWN_REAL_DATA}/trial/one.csv"
discharges = { client_id = "who", discharge_day = "left" }
"""


def test_the_variable_stands_for_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "elsewhere" / "trial"
    data.mkdir(parents=True)
    (data / "one.csv").write_text("who,left\n07,3\n")
    (tmp_path / "cohort.toml").write_text(COHORT)
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(tmp_path / "elsewhere"))
    cohort = load(tmp_path / "cohort.toml")
    assert list(cohort.discharges["client_id"]) == ["07"]
    assert [file.name for file in cohort.inputs] == ["cohort.toml", "one.csv"]


def test_unset_it_is_the_shared_folder_beside_the_one_worked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "shared" / "data" / "real" / "trial"
    data.mkdir(parents=True)
    (data / "one.csv").write_text("who,left\n07,3\n")
    (tmp_path / "work").mkdir()
    (tmp_path / "cohort.toml").write_text(COHORT)
    monkeypatch.delenv("STEPDOWN_REAL_DATA", raising=False)
    monkeypatch.chdir(tmp_path / "work")
    assert len(load(tmp_path / "cohort.toml").discharges) == 1
