"""The notebooks in the project: valid, stripped, thin."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from support_run import ARMS, STUDY

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_valid_and_stripped(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
    ids = [cell.id for cell in notebook.cells]
    assert all(re.fullmatch(r"[a-z][a-z-]+", one) for one in ids), "ids are words, not chance"
    assert len(set(ids)) == len(ids)
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in code) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_notebook_is_thin(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        assert cell.cell_type != "code" or len(cell.source.splitlines()) <= 5, cell.id
        words = cell.source if cell.cell_type == "markdown" else ""
        assert not re.search(r"\d+(\.\d+)?%|\b\d+\.\d+\b", words), "a number in prose is looked up"


def test_there_is_a_first_look() -> None:
    assert next(path.name for path in NOTEBOOKS) == "01_first_look.ipynb"


@pytest.mark.slow
def test_the_comparison_runs_on_any_study_that_compares(tmp_path: Path) -> None:
    # A landmark and nothing adjusted: every table has fewer rows, and none is missing.
    cohort = FOLDER.parent / "data" / "synthetic" / "programs" / "cohort.toml"
    own = tmp_path / "study.toml"
    own.write_text(STUDY.replace("cohort.toml", str(cohort)) + ARMS, encoding="utf-8")
    shown: list[object] = []
    names: dict[str, object] = {"display": lambda *parts: shown.extend(parts)}
    notebook = nbformat.read(FOLDER / "02_comparison.ipynb", as_version=4)
    for cell in (one for one in notebook.cells if one.cell_type == "code"):
        exec(cell.source.replace("../data/synthetic/programs/study.toml", str(own)), names)
    assert {"Comparison of groups", "Who was compared"} <= {getattr(one, "heading", "") for one in shown}
    risks = names["risks"]
    assert isinstance(risks, pd.DataFrame)
    assert set(risks["analysis"]) == {"landmark_14"}
