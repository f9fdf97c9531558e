"""The commands: what they write, what they print, and how they end."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stepdown.cli import app, jupyter_lab, main
from stepdown.errors import Problem
from stepdown.report import check_study
from stepdown.sources import CheckedCohort, bundled

pytestmark = pytest.mark.slow

NAME = "Jane Doe"
# Loaded before a test replaces what its module imports.
assert check_study


def stepdown(*args: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "stepdown", *(str(arg) for arg in args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


def test_the_demo_is_the_report_of_the_bundled_study(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The run itself: tests/report/test_example.py; that `run` writes where it says: tests/cli/test_wheel.py.
    asked: list[tuple[str, Path]] = []

    def made(study: Path, *, out: Path, internal: bool, progress: object) -> Path:
        assert not internal
        asked.append((study.parent.name, out))
        assert study.read_bytes() == (bundled("synthetic") / "programs" / "study.toml").read_bytes()
        return out / "report.html"

    monkeypatch.setattr("stepdown.report.run", made)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["demo"])
    assert (done.exit_code, done.stdout) == (0, "stepdown-demo/report.html\n")
    assert asked == [("programs", Path("stepdown-demo"))]


def test_run_of_a_missing_study_is_a_message_and_writes_nothing(tmp_path: Path) -> None:
    done = stepdown("run", "none.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "1 problem found:\n  1. none.toml does not exist. Check the path.\nMore: docs/recipes.md#one-row-a-client, docs/study-file.md\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_init_makes_a_project_that_check_can_read(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(
        "client_id,admit_day,discharge_day,age\n"
        + "".join(f"{row},0,{row + 20},{row + 30}\n" for row in range(8))
    )
    done = stepdown("init", "mine.csv", "--out", "project", "--key", "key.csv", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[:2] == [
        "mine.csv",
        "  Column         Taken for      Looks like  Confidence  Note",
    ]
    assert (
        "\nWrote cohort.toml, study.toml, notebooks/01_first_look.ipynb, notebooks/02_comparison.ipynb, "
        "notebooks/03_sensitivity.ipynb, mapping.html"
    ) in done.stdout
    assert (tmp_path / "key.csv").is_file()
    assert stepdown("check", "project/cohort.toml", cwd=tmp_path).returncode in (0, 1)
    again = stepdown("init", "mine.csv", "--out", "project", cwd=tmp_path)
    assert again.returncode == 1
    assert "project exists already. Name a new folder; nothing is overwritten." in again.stderr


def test_check_lists_all_problems_and_saves_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    problems = [
        Problem(
            table="discharges", column="age", what="is above 89", remedy="Top-code it.", count=2, rows=(1, 4)
        ),
        Problem(table="services", what="is empty", remedy="Give rows, or leave the table out."),
    ]
    saved: list[tuple[object, Path]] = []
    monkeypatch.setattr(
        "stepdown.sources.checked_cohort", lambda path: CheckedCohort(problems=tuple(problems))
    )
    (tmp_path / "cohort.toml").write_text("format = 1")
    monkeypatch.setattr("stepdown.sources.save_problems", lambda found, path: saved.append((found, path)))
    done = CliRunner().invoke(app, ["check", str(tmp_path / "cohort.toml"), "--save", "problems.xlsx"])
    assert done.exit_code == 1
    assert done.stdout == (
        "2 problems found:\n"
        "  1. discharges.age is above 89: 2 rows, at positions 1, 4. Top-code it.\n"
        "  2. services is empty. Give rows, or leave the table out.\n"
        "More: docs/recipes.md#one-row-a-client, docs/cohort-file.md\n"
    )
    assert saved == [(problems, Path("problems.xlsx"))]


def test_check_of_a_good_cohort(tmp_path: Path) -> None:
    done = stepdown("check", bundled("synthetic") / "one_site" / "cohort.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "No problems found.\n", "")


def test_synth_writes_what_check_accepts(tmp_path: Path) -> None:
    done = stepdown("synth", "--n", 60, "--out", "made", "--effect", "none", "--as", "flat", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    cohort = tmp_path / done.stdout.strip()
    assert cohort.name == "cohort.toml"
    assert stepdown("check", cohort, cwd=tmp_path).stdout == "No problems found.\n"


def test_synth_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "cohort.toml").write_text("of real clients")
    done = stepdown("synth", "--n", 5, "--out", "mine", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert (
        done.stderr
        == "mine exists already. Name a new folder; nothing is overwritten.\nMore: docs/reports.md#folders\n"
    )
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["cohort.toml"]
    done = stepdown("synth", "--n", 5, "--out", "mine/cohort.toml/below", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (
        1,
        "The folder for the files (below) cannot be written. Check its path and permissions.\n"
        "More: docs/reports.md#folders\n",
    )


@pytest.mark.parametrize("failing", ["", "truth", "risks", "intervals"])
def test_validate_ends_with_one_where_numbers_differ(failing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        def __init__(self, folder: Path, what: str) -> None:
            self.passed = (folder.name, what) != ("programs", failing)
            self.text = f"{what} of {folder.name}"

    monkeypatch.setattr("stepdown.synthetic.truth_check.truth_check", lambda folder: Found(folder, "truth"))
    monkeypatch.setattr("stepdown.report.known_risks.known_risk_check", lambda folder: Found(folder, "risks"))
    coverage = Found(Path("programs"), "intervals")
    monkeypatch.setattr("stepdown.report.interval_check.interval_check", lambda: coverage)
    done = CliRunner().invoke(app, ["validate"])
    assert done.exit_code == (1 if failing else 0)
    wrong = "This installation computes wrong numbers. Install stepdown again, with the versions of requirements.lock."
    last = wrong if failing else "This installation computes correctly."
    assert done.stdout.splitlines() == [
        "intervals of programs",
        "risks of one_site",
        "truth of one_site",
        "risks of programs",
        "truth of programs",
        last,
    ]


def test_an_unexpected_error_says_where_and_shows_no_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "cohort.toml").write_text("format = 1")
    monkeypatch.chdir(tmp_path)

    def broken(path: Path) -> None:
        raise ValueError(f"could not convert string to float: {NAME!r}")

    monkeypatch.delenv("STEPDOWN_DEBUG", raising=False)
    monkeypatch.setattr("stepdown.sources.checked_cohort", broken)
    monkeypatch.setattr(sys, "argv", ["stepdown", "check", "cohort.toml"])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    said = capsys.readouterr().err
    assert re.fullmatch(
        r"Unexpected ValueError in test_commands\.py, line \d+\. This is an error in stepdown or its environment\. Set "
        r"STEPDOWN_DEBUG=1 for the full traceback, which may show data\.",
        said.strip(),
    )
    assert NAME not in said
    assert "Traceback" not in said
    monkeypatch.setenv("STEPDOWN_DEBUG", "1")
    with pytest.raises(ValueError, match="could not convert"):
        main()


def test_lab_uses_the_notebooks_at_hand(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "mine.ipynb").write_text("{}")
    assert jupyter_lab.notebooks(tmp_path) == folder
    assert [path.name for path in folder.iterdir()] == ["mine.ipynb"]


def test_lab_copies_the_bundled_notebooks_and_points_them_at_the_demo(tmp_path: Path) -> None:
    folder = jupyter_lab.notebooks(tmp_path)
    text = (folder / "01_first_look.ipynb").read_text(encoding="utf-8")
    study = bundled("synthetic") / "programs" / "study.toml"
    cells = json.loads(text)["cells"]
    source = "".join(next(cell for cell in cells if cell["id"] == "parameters")["source"])
    assert f'sd.analyze("{study.as_posix()}")' in source
    studies = sorted(path.name for path in (folder / "ctn0094").iterdir())
    assert studies == ["cohort.toml", "ctn0027.toml", "ctn0030.toml", "ctn0051.toml"]
