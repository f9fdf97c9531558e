"""The notebook on CTN-0094 runs: with the data it shows three trials, without them it says what is missing."""

import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest

from stepdown.report.definition_comparison import read, shown
from stepdown.report.notebook import execute
from support_real import real_data

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parents[2] / "notebooks"
NAME = "90_ctn0094.ipynb"
TRIALS = ("methadone", "taper", "naltrexone")


def executed(folder: Path) -> dict[str, list[Any]]:
    """Outputs of the notebook by cell, run in a folder of its own."""
    work = folder / "kernel"
    shutil.copytree(FOLDER / "ctn0094", work / "ctn0094")
    notebook = nbformat.read(FOLDER / NAME, as_version=4)
    done = execute(notebook, folder=work, name=NAME)
    return {cell.id: cell.get("outputs", []) for cell in done.cells}


def html(outputs: list[Any]) -> str:
    return "\n".join(output.data.get("text/html", "") for output in outputs if "data" in output)


def test_without_the_data_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(tmp_path / "nowhere"))
    outputs = executed(tmp_path)
    for trial in TRIALS:
        (only,) = outputs[trial]
        text = html([only])
        assert "nothing is shown. Reason:" in text
        assert "source.folder names a folder that does not exist." in text
        assert str(tmp_path) not in text


@pytest.mark.real
def test_with_the_data_it_shows_three_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (real_data() / "ctn0094").is_dir():
        pytest.skip("REAL DATA NOT TESTED: no tables of CTN-0094 among the real cohorts")
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(real_data()))
    outputs = executed(tmp_path)
    for trial, people in zip(TRIALS, (("740", "529"), ("329", "324"), ("283", "287")), strict=True):
        table, picture = outputs[trial]
        text = html([table])
        rows = re.findall(r'<tr><th scope="row"><?[^<]*</th>(.*?)</tr>', text)
        assert len(rows) == 8
        assert [re.findall(r"<td[^>]*>([^<]*)</td>", row)[1] for row in rows] == list(people) * 4
        assert "not shown" not in text
        assert "image/svg+xml" in picture.data or "<svg" in html([picture])


def test_a_study_that_cannot_be_run_says_why_and_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text("format = 2\n")
    found = read([tmp_path / "none.toml", tmp_path / "wrong.toml"], ["first_use@1"])
    assert [one.title for one in found] == ["none.toml", "wrong.toml"]
    assert found[0].problems == ("none.toml does not exist. Check the path.",)
    assert len(found[1].problems) > 1
    (text,) = shown(found[0])
    assert str(text) == ("none.toml: nothing is shown. Reason:\nnone.toml does not exist. Check the path.")
