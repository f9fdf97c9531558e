"""The page of agreement is the one that R's numbers give, and its differences are within what is promised."""

import shutil
from pathlib import Path

import pytest

from tools import docs_pages as docs
from tools.agreement import SECTIONS, Line, Reference
from tools.agreement.agreement_line import difference, size

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference" / "survival"
PAGE = ROOT / "docs" / "agreement.md"
# R's steps for Turnbull's curve stop short of the maximum.
LOOSE = ("risk by Turnbull's method", "risk by Turnbull's method, weights")


def numbers(line: str) -> tuple[list[str], list[float]]:
    """What is said of a row, and its numbers; differences are of the machine, and left out."""
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    return [cells[0], cells[5]], [float(cell) for cell in cells[1:4] if cell not in ("", "none")]


@pytest.fixture(scope="module")
def made() -> str:
    return docs.agreement(FOLDER)


def test_the_page_is_the_one_that_is_made(made: str) -> None:
    kept, lines = (text.splitlines() for text in (PAGE.read_text(encoding="utf-8"), made))
    assert len(kept) == len(lines), "run: make docs"
    for old, new in zip(kept, lines, strict=True):
        if old.startswith("| ") and not old.startswith(("| what", "| ---")):
            assert numbers(old)[0] == numbers(new)[0]
            assert numbers(old)[1] == pytest.approx(numbers(new)[1], rel=1e-6)
        else:
            assert old == new


@pytest.mark.parametrize(
    ("title", "section"), SECTIONS, ids=lambda part: part if isinstance(part, str) else ""
)
def test_differences_to_r_are_within_what_is_promised(title, section) -> None:
    lines = list(section(Reference.read(FOLDER)))
    assert lines
    for line in lines:
        allowed = 1e-8 if any(word in line.name for word in ("error", "test", "likelihood")) else 1e-10
        if title.startswith("Parametric") and "likelihood" not in line.name:
            allowed = 1e-6
        assert line.name in LOOSE or line.worst <= allowed, line.name
        assert line.compared


def test_a_difference_shows() -> None:
    line = Line(name="one", ours=[1.0, 2.0, float("nan")], r=[1.0, 2.002, 3.0], shown=1, lifelines=4.0)
    assert line.worst == pytest.approx(0.001, rel=1e-2)
    assert line.cells() == ("one", "2", "2.002", "4", "50.0%", "2", "1e-03")
    assert difference(0.5, 0.0) == 0.5
    assert [size(value) for value in (0, 5e-11, 2e-7, 2e-5)] == [
        "under 1e-12",
        "under 1e-10",
        "under 1e-06",
        "2e-05",
    ]
    with pytest.raises(ValueError, match="one: 1 of our numbers, 2 of R's"):
        _ = Line(name="one", ours=[1.0], r=[1.0, 2.0]).worst


def test_a_checkout_writes_the_page_too(made: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEPDOWN_REAL_DATA", str(tmp_path / "none"))
    (tmp_path / "docs").mkdir()
    shutil.copytree(FOLDER, tmp_path / "tests" / "reference" / "survival")
    paths = docs.write(tmp_path / "docs")
    assert paths[-1].name == "agreement.md"
    assert paths[-1].read_text(encoding="utf-8") == made
