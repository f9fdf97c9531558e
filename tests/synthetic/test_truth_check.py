"""The stored truth of the bundled cohorts comes back, and a wrong one is noticed."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stepdown.synthetic import truth_check as module
from stepdown.synthetic.truth_check import truth_check
from support_size import quick_or_long

pytestmark = pytest.mark.slow

BUNDLED = Path(__file__).resolve().parents[2] / "data" / "synthetic"


@pytest.fixture(scope="module", autouse=True)
def computed_once() -> Iterator[None]:
    """Compute the truth of a cohort once: the tests differ in what is stored."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "truth", functools.cache(module.truth))
        yield


@pytest.mark.parametrize("name", ["programs", "one_site"][: quick_or_long(1, 2)])
def test_stored_truth_comes_back(name: str) -> None:
    found = truth_check(BUNDLED / name)
    assert found.passed, found.table[~found.table["passed"]].to_string()
    assert len(found.table) == 150
    risks = found.table[(found.table["quantity"] == "risk") & (found.table["population"] == "discharge")]
    assert risks["allowed"].max() < 0.0025
    assert found.text == (
        f"{name}: 150 true values, computed again from 32,768 of 524,288 simulated clients: all agree with those "
        "stored, within 5 standard errors."
    )


def test_a_wrong_and_a_missing_value_are_noticed(tmp_path: Path) -> None:
    document = json.loads((BUNDLED / "programs" / "truth.json").read_text())
    relapse = document["values"]["discharge"]["early"]["uniform"]["risk"]["relapse"]
    relapse["90"] = round(relapse["90"] + 0.004, 4)
    del document["values"]["discharge"]["none"]["rmst"]
    (tmp_path / "truth.json").write_text(json.dumps(document))
    found = truth_check(tmp_path)
    wrong = found.table[~found.table["passed"]]
    assert not found.passed
    assert sorted(zip(wrong["strategy"], wrong["quantity"], wrong["time"], strict=True)) == [
        ("early", "risk", 90),
        ("none", "rmst", 90),
    ]
    assert found.text.endswith(
        ": 150 true values, computed again from 32,768 of 524,288 simulated clients: 2 differ from those stored. "
        "Investigate the difference, or compute them again."
    )
