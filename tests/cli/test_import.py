"""Importing the package and asking for help load nothing heavy."""

import ast
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

import stepdown

ROOT = Path(__file__).parents[2]
HEAVY = ("pandas", "numpy", "matplotlib", "scipy", "nbclient", "pydantic", "pyarrow")
UNUSED = ("matplotlib", "scipy.stats", "statsmodels", "lifelines")
LIMIT = 0.7


def loaded(code: str) -> set[str]:
    text = f"import sys\n{code}\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(done.stdout.strip().splitlines()[-1]))


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert loaded("import stepdown as sd; sd.__version__; dir(sd); sd.__all__") == set()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "sys.argv = ['stepdown', '--help']\nfrom stepdown.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert end.code == 0"
    )
    assert loaded(code) == set()


def test_an_analysis_loads_no_figures_and_no_statistics_that_it_does_not_need() -> None:
    code = (
        f"import sys, stepdown as sd\nsd.analyze\nprint([name for name in {UNUSED!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_answers_fast() -> None:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "stepdown", "--help"], capture_output=True, check=True)
        times.append(time.perf_counter() - start)
    assert min(times) < LIMIT


def test_every_public_name_is_there() -> None:
    for name in stepdown.__all__:
        assert getattr(stepdown, name) is not None
    assert set(stepdown.__all__) <= set(dir(stepdown))
    assert stepdown.figures.curves is not None
    assert stepdown.read_analysis is stepdown.results.read_analysis


def test_every_name_of_the_documented_surface_is_public() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text[text.index("## 7. Public interface") :]
    used = set(re.findall(r"\bsd\.(\w+)", section.split("```")[1]))
    assert used
    assert used <= set(stepdown.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'stepdown' has no attribute 'relapse'"):
        stepdown.relapse  # noqa: B018


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert stepdown.__version__ == project["version"]
