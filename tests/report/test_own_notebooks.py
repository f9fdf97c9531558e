"""A report runs the notebooks that the study names, and never another."""

import json
import shutil
from pathlib import Path

import pytest

from stepdown.errors import ReportError
from stepdown.report import run
from stepdown.report.manifest import notebooks_run, sha256
from stepdown.sources import bundled

pytestmark = pytest.mark.slow


def project(folder: Path, names: str) -> Path:
    """Copy the smallest bundled project, with two notebooks of its own, of which the study names some."""
    shutil.copytree(bundled("synthetic") / "one_site", folder / "project")
    own = folder / "project" / "notebooks"
    own.mkdir()
    text = (bundled("notebooks") / "01_first_look.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)
    for number in (1, 2):
        title = cells["cells"][0] | {"source": f"## Our page {number}", "id": f"own{number}"}
        marked = [*cells["cells"][:5], title]
        (own / f"{number}.ipynb").write_text(json.dumps(cells | {"cells": marked}), encoding="utf-8")
    # A notebook of the usual name beside the study is not run for that.
    (own / "01_first_look.ipynb").write_text("{}", encoding="utf-8")
    path = folder / "project" / "study.toml"
    path.write_text(path.read_text(encoding="utf-8") + names, encoding="utf-8")
    return path


def test_the_notebooks_that_the_study_names_and_their_hashes(tmp_path: Path) -> None:
    study = project(tmp_path, '\n[report]\nnotebooks = ["notebooks/2.ipynb", "notebooks/1.ipynb"]\n')
    # Fewer rows than the report that stands in the folder: page one says so.
    (tmp_path / "out").mkdir()
    rows = [{"file": "discharges.csv", "rows": 10**6}]
    title = study.read_text(encoding="utf-8").split('title = "')[1].split('"')[0]
    before = json.dumps({"title": title, "inputs": rows})
    (tmp_path / "out" / "manifest.json").write_text(before, encoding="utf-8")
    steps: list[str] = []
    page = run(study, out=tmp_path / "out", progress=steps.append, internal=True).read_text(encoding="utf-8")
    assert page.index("Our page 2") < page.index("Our page 1")
    named = [
        (name, sha256((study.parent / "notebooks" / name).read_bytes())) for name in ("2.ipynb", "1.ipynb")
    ]
    assert [step for step in steps if step.startswith("Running ")] == ["Running 2.ipynb", "Running 1.ipynb"]
    text = (tmp_path / "out" / "manifest.json").read_text(encoding="utf-8")
    assert notebooks_run(text) == [f"Ran {name} (SHA-256 {of})." for name, of in named]
    assert json.loads(text)["notebooks"] == [{"file": name, "sha256": of} for name, of in named]


def test_a_notebook_that_is_not_there_is_named(tmp_path: Path) -> None:
    study = project(tmp_path, '\n[report]\nnotebooks = ["notebooks/3.ipynb"]\n')
    with pytest.raises(ReportError) as caught:
        run(study, out=tmp_path / "out")
    assert str(caught.value) == (
        "3.ipynb, which study.toml names under report.notebooks, cannot be found. Write the path from the folder of the "
        "study file."
    )
    assert not (tmp_path / "out").exists()
