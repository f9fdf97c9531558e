"""Commands and options that messages, templates and guides name exist; wrong commands get a helpful message."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

import stepdown
from stepdown.cli import app, jupyter_lab
from stepdown.errors import ReportError
from stepdown.sources import bundled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMMANDS = get_command(app).commands
OPTIONS = {
    name: {option for parameter in command.params for option in parameter.opts} | {"--help"}
    for name, command in COMMANDS.items()
}
# In prose, only what is marked as code is a command.
CODE = re.compile(r"`([^`\n]*)`|^(stepdown .*)$|[:;] (stepdown [^\"\n]*)", re.MULTILINE)


def texts() -> dict[str, str]:
    paths = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "analysis").rglob("*.toml")]
    paths += [*(ROOT / "analysis").rglob("*.py"), *(ROOT / "notebooks").rglob("*.ipynb")]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def named(text: str) -> list[tuple[str, list[str]]]:
    """Commands with their options, wherever a text names them as something to type."""
    found = []
    for match in CODE.finditer(text):
        typed = next(group for group in match.groups() if group is not None).split("#")[0]
        words = typed.split()
        if words[:1] == ["stepdown"] and len(words) > 1:
            options = re.findall(r"(?<!\S)--[a-z][a-z-]*", typed)
            found.append((words[1].strip(".,;"), options))
        # Weekly patterns such as --oo are no options.
        elif words[:1] and re.fullmatch(r"--[a-z][a-z-]+", words[0]) and not set(words[0]) <= {"-", "o"}:
            found.append(("", [words[0]]))
    return found


def test_commands_and_options_that_texts_name_exist() -> None:
    anything = set().union(*OPTIONS.values()) | {"--version"}
    wrong, commands, options = [], set(), set()
    for path, text in texts().items():
        for command, given in named(text):
            if command.startswith("--"):
                given, command = [command], ""
            known = anything if not command else OPTIONS.get(command, set())
            wrong += [(path, command, one) for one in given if one not in known]
            wrong += [(path, command)] if command and command not in COMMANDS else []
            commands.add(command)
            options.update(given)
    assert wrong == []
    assert {"init", "check", "run", "endpoints", "measures"} <= commands
    assert {"--out", "--quarter", "--cohort", "--file"} <= options


def test_a_text_with_a_wrong_command_is_found() -> None:
    assert named("Run `stepdown chek cohort.toml --sav x` or `--keys`.") == [
        ("chek", ["--sav"]),
        ("", ["--keys"]),
    ]


def printed(*args: str, cwd: Path = ROOT) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "stepdown", *args], capture_output=True, text=True, cwd=cwd, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_version() -> None:
    assert printed("--version") == (0, f"stepdown {stepdown.__version__}\n", "")


def test_an_unknown_command_or_option_suggests_the_right_one() -> None:
    code, out, error = printed("chek", "cohort.toml")
    assert (code, out) == (2, "")
    assert error.endswith("Error: No such command 'chek'. Did you mean 'check'?\n")
    code, _, error = printed("run", "study.toml", "--quater", "2026Q3")
    assert code == 2
    assert error.endswith("No such option: --quater (Possible options: --out, --quarter)\n")


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_missing_file_is_one_message(command: str, tmp_path: Path) -> None:
    page = {"run": "study", "check": "cohort"}[command]
    assert printed(command, "study.toml", cwd=tmp_path) == (
        1,
        "",
        f"1 problem found:\n  1. study.toml does not exist. Check the path.\nMore: docs/recipes.md#one-row-a-client, docs/{page}-file.md\n",
    )


def test_check_of_a_data_file_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "discharges.csv").write_text("client_id\n1\n")
    assert printed("check", "discharges.csv", cwd=tmp_path)[2] == (
        "1 problem found:\n  1. discharges.csv is not a cohort file or a study file. Give cohort.toml or study.toml. "
        "To start from a data file, run `stepdown init`.\nMore: docs/recipes.md#one-row-a-client, docs/cohort-file.md\n"
    )


def test_check_of_a_study_checks_its_cohort_and_whether_they_fit(tmp_path: Path) -> None:
    study = (bundled("synthetic") / "one_site" / "study.toml").read_text(encoding="utf-8")
    cohort = bundled("synthetic") / "one_site" / "cohort.toml"
    study = study.replace('"cohort.toml"', f'"{cohort.as_posix()}"')
    path = tmp_path / "study.toml"

    def check(text: str) -> tuple[int, str]:
        path.write_text(text, encoding="utf-8")
        done = CliRunner().invoke(app, ["check", str(path)], catch_exceptions=False)
        return done.exit_code, done.stdout

    assert check(study) == (0, "No problems found.\n")
    assert check(study.replace("window =", "windw =")) == (
        1,
        "1 problem found:\n  1. study.toml.outcome.windw is not a known key. Remove it, or check its spelling. Known "
        "keys here: competing, endpoint, imputations, interval, missing, parameters, secondary, times, window, word.\n"
        "More: docs/recipes.md#one-row-a-client, docs/study-file.md\n",
    )
    code, text = check(study.replace(cohort.as_posix(), "none.toml") + '[measures]\nfile = "mine.toml"\n')
    assert code == 1
    assert text == (
        "2 problems found:\n"
        "  1. mine.toml does not exist. Check the path.\n"
        "  2. none.toml does not exist. Check the path.\n"
        "More: docs/recipes.md#one-row-a-client, docs/study-file.md\n"
    )
    code, text = check(study.replace('column = "age"', 'column = "shoe_size"'))
    assert code == 1
    assert text.startswith("1 problem found:\n  1. study.toml does not fit its cohort: ")
    assert "shoe_size" in text


def test_lab_reports_that_jupyterlab_did_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def failing(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(jupyter_lab.subprocess, "run", failing)
    with pytest.raises(ReportError) as caught:
        jupyter_lab.start(tmp_path)
    assert str(caught.value) == (
        "JupyterLab did not start, or failed (exit code 3). Its own message is above. If it is not installed: "
        "python -m pip install jupyterlab."
    )
    monkeypatch.setattr(jupyter_lab.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0))
    assert jupyter_lab.start(tmp_path) is None
