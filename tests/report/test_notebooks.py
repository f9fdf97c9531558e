"""The notebooks in the project: valid, stripped, thin."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pandas as pd
import pytest

import stepdown as sd
from support_run import ARMS, STUDY

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
GRAMMAR = """
import sys
from pathlib import Path
from stepdown.report.notebook import read
read(Path(sys.argv[1]))
from jsonschema import Draft202012Validator
print("rfc3987_syntax" in sys.modules)
checker = Draft202012Validator.FORMAT_CHECKER
print(checker.conforms("http://a/b", "iri"), checker.conforms("a b", "iri"), "rfc3987_syntax" in sys.modules)
"""


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


@pytest.fixture(scope="module")
def own_analysis(tmp_path_factory: pytest.TempPathFactory) -> sd.Analysis:
    # A landmark and nothing adjusted: every table has fewer rows, and none is missing.
    cohort = FOLDER.parent / "data" / "synthetic" / "programs" / "cohort.toml"
    own = tmp_path_factory.mktemp("own") / "study.toml"
    own.write_text(STUDY.replace("cohort.toml", str(cohort)) + ARMS, encoding="utf-8")
    return sd.analyze(own)


def run_cells(name: str, a: sd.Analysis) -> tuple[set[str], dict[str, object]]:
    """Run the cells of a notebook after that of the parameters; return the headings shown, and the names."""
    shown: list[object] = []
    names: dict[str, object] = {"display": lambda *parts: shown.extend(parts), "sd": sd, "a": a}
    for cell in nbformat.read(FOLDER / name, as_version=4).cells:
        if cell.cell_type == "code" and "parameters" not in cell.metadata.get("tags", []):
            exec(cell.source, names)
    return {getattr(one, "heading", "") for one in shown}, names


@pytest.mark.slow
def test_the_comparison_runs_on_any_study_that_compares(own_analysis: sd.Analysis) -> None:
    headings, names = run_cells("02_comparison.ipynb", own_analysis)
    assert {"Comparison of groups", "Who was compared"} <= headings
    risks = names["risks"]
    assert isinstance(risks, pd.DataFrame)
    assert set(risks["analysis"]) == {"landmark_14"}


@pytest.mark.slow
def test_the_checks_run_on_any_study_that_compares(own_analysis: sd.Analysis) -> None:
    headings, names = run_cells("03_sensitivity.ipynb", own_analysis)
    assert {"Can this be trusted?", "What would change the answer?", "Site by site"} <= headings
    checks = names["checks"]
    assert isinstance(checks, tuple)
    assert {one.status for one in checks} <= {"passed", "warning", "failed"}


def test_the_grammar_of_addresses_is_built_when_it_is_needed() -> None:
    done = subprocess.run(
        [sys.executable, "-c", GRAMMAR, str(NOTEBOOKS[0])],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split() == ["False", "True", "False", "True"]
