"""The Python of the hand-written pages runs as it is written."""

import doctest
import re
from pathlib import Path

import pytest

from support_project import small_project

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_the_code_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import matplotlib.pyplot as plt

    small_project(tmp_path / "data" / "synthetic" / "programs")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, page, "exec"), names)
    plt.close("all")
    assert len(names["cohort"].discharges) > 0


def test_the_examples_of_the_engine_give_what_they_print() -> None:
    flags = doctest.NORMALIZE_WHITESPACE
    text = (ROOT / "docs/survival-examples.md").read_text(encoding="utf-8").replace("```", "")
    test = doctest.DocTestParser().get_doctest(text, {}, "survival-examples.md", None, 0)
    result = doctest.DocTestRunner(optionflags=flags).run(test)
    assert (result.failed, result.attempted) == (0, len(test.examples))
    assert result.attempted > 20
