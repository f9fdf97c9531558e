"""Estimated risks of the bundled cohorts agree with the true ones, and a wrong truth is noticed."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from stepdown.report.known_risks import _text, known_risk_check

pytestmark = pytest.mark.slow

BUNDLED = Path(__file__).resolve().parents[2] / "data" / "synthetic"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "programs",
            "programs: risk of relapse by day 30, 60, 90, 180, 365, estimated from 1,924 discharges: all agree with the "
            "true risks, within 4 standard errors.",
        ),
        (
            "one_site",
            "one_site: risk of relapse by day 30, 90, 180, estimated from 1,077 discharges: the ranges contain the true "
            "risks, within 4 standard errors.",
        ),
    ],
)
def test_bundled_cohorts_pass(name: str, text: str) -> None:
    found = known_risk_check(BUNDLED / name)
    assert (found.passed, found.text) == (True, text)
    assert found.table["std_error"].between(0.004, 0.03).all()


def test_a_risk_that_differs_is_noticed(tmp_path: Path) -> None:
    folder = shutil.copytree(BUNDLED / "programs", tmp_path / "programs")
    document = json.loads((folder / "truth.json").read_text())
    document["values"]["discharge"]["natural_course"]["risk"]["relapse"]["90"] += 0.05
    (folder / "truth.json").write_text(json.dumps(document))
    found = known_risk_check(folder)
    assert found.table.loc[~found.table["passed"], "time"].tolist() == [90]
    assert found.text == (
        "programs: risk of relapse by day 30, 60, 90, 180, 365, estimated from 1,924 discharges: 1 of 5 differ from the "
        "true risk (day 90). Do not use the numbers of this installation: install the pinned versions of "
        "requirements.lock, and report the difference if it stays."
    )
    assert not found.passed


def test_words_where_nothing_was_estimated() -> None:
    empty = pd.DataFrame({"time": [], "passed": []}).astype({"passed": bool})
    assert _text("programs", 0, empty) == (
        "programs: no risk of relapse was estimated. Install stepdown again."
    )
