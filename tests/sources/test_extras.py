"""The workbook of problems, and what travels with the package."""

import datetime as dt

import openpyxl
import pytest

from stepdown.errors import ConfigError
from stepdown.sources import bundled, check_cohort, load, save_problems
from support_sources import DISCHARGES, HEAD, write


def test_problems_as_a_workbook(tmp_path):
    problems = check_cohort(write(tmp_path, HEAD + DISCHARGES, discharges="id in out\n1 9 0\n2 x 9"))
    save_problems(problems, tmp_path / "one.xlsx")
    save_problems(problems, tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "one.xlsx")
    assert book.properties.created == dt.datetime(2000, 1, 1)
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][:5] == ("Number", "Table", "Column", "Problem", "Rows")
    assert rows[2] == (
        2,
        "discharges",
        "discharge_day",
        "is before admit_day",
        1,
        "0",
        "2",
        None,
        "Correct the two days.",
    )
    assert len(rows) == 3


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("cohort.toml", "cohort.toml is not the name of a workbook. Give it the extension .xlsx."),
        ("none/p.xlsx", "p.xlsx is in a folder that does not exist. Make the folder first."),
        (
            "data.xlsx",
            "data.xlsx exists already. Name a new file; only an earlier list of problems is overwritten.",
        ),
    ],
)
def test_problems_are_written_over_nothing_but_problems(tmp_path, name, line):
    openpyxl.Workbook().save(tmp_path / "data.xlsx")
    before = (tmp_path / "data.xlsx").read_bytes()
    with pytest.raises(ConfigError) as raised:
        save_problems([], tmp_path / name)
    assert [str(problem) for problem in raised.value.problems] == [line]
    assert (tmp_path / "data.xlsx").read_bytes() == before
    save_problems([], tmp_path / "problems.xlsx")
    save_problems([], tmp_path / "problems.xlsx")


@pytest.mark.parametrize("name", ["programs", "one_site"])
def test_bundled_cohorts_load(name):
    cohort = load(bundled("synthetic") / name / "cohort.toml")
    assert len(cohort.discharges) == {"programs": 2000, "one_site": 1120}[name]


def test_only_known_things_are_bundled():
    assert bundled("notebooks").is_dir()
    with pytest.raises(KeyError):
        bundled("secrets")


def test_a_wheel_carries_its_own_copies(tmp_path, monkeypatch):
    from stepdown.sources import data_folders

    package = tmp_path / "site-packages" / "stepdown"
    (package / "_bundled" / "synthetic").mkdir(parents=True)
    monkeypatch.setattr(data_folders, "_PACKAGE", package)
    assert bundled("synthetic") == package / "_bundled" / "synthetic"
    with pytest.raises(FileNotFoundError, match="lacks its folder notebooks"):
        bundled("notebooks")
