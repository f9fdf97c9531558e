"""Recovery of a known truth: files of a large synthetic cohort, through the whole pipeline.

The truth is that of the bundled cohort `programs`, same world and effect, worked out by an exact recursion
over days and not by estimating anything.
"""

import json
from pathlib import Path

import pytest

from stepdown.report.assembly import analyze
from stepdown.results import Results
from stepdown.sources import bundled
from stepdown.synthetic import generate, write

pytestmark = pytest.mark.slow

CLIENTS = 30_000
STANDARD_ERRORS = 3.5


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("recovery")
    write(generate(CLIENTS, seed=3, form="spans"), folder, format="parquet")
    study = bundled("synthetic/programs") / "study.toml"
    # Not adjusted: what is recovered is the risk of those who are in each arm at the landmark.
    text, _, _ = study.read_text(encoding="utf-8").partition("[analysis]")
    text += '[analysis]\nprimary = { design = "landmark", day = 14 }\n'
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return analyze(folder / "study.toml").results


@pytest.fixture(scope="module")
def truth() -> dict[str, dict[str, object]]:
    values: dict[str, dict[str, object]] = json.loads(
        (Path(bundled("synthetic/programs")) / "truth.json").read_text(encoding="utf-8")
    )["values"]
    return values


@pytest.mark.parametrize("cause", ["relapse", "death", "incarceration"])
@pytest.mark.parametrize("day", [30, 60, 90, 180, 365])
def test_risks_of_the_whole_cohort(found: Results, truth: dict, day: int, cause: str) -> None:  # type: ignore[type-arg]
    row = found.one(analysis="whole_cohort", estimand="risk", cause=cause, time=day, statistic="estimate")
    true = truth["discharge"]["natural_course"]["risk"][cause][str(day)]
    assert abs(row["estimate"] - true) < STANDARD_ERRORS * row["std_error"]


@pytest.mark.parametrize(
    ("arm", "label"), [("early", "IOP or PHP within 14 days"), ("none", "No step-down within 14 days")]
)
def test_arms_after_the_landmark(found: Results, truth: dict, arm: str, label: str) -> None:  # type: ignore[type-arg]
    true = truth["landmark_14"][arm]
    for day in (30, 60, 90, 180, 365):
        row = found.one(
            analysis="landmark_14",
            estimand="risk",
            cause="relapse",
            time=day,
            statistic="estimate",
            arm=label,
        )
        assert abs(row["estimate"] - true["risk"]["relapse"][str(day)]) < STANDARD_ERRORS * row["std_error"]
    mean = found.one(analysis="landmark_14", estimand="rmst", arm=label, statistic="estimate")
    assert abs(mean["estimate"] - true["rmst"]["90"]) < STANDARD_ERRORS * mean["std_error"]


def test_mean_days(found: Results, truth: dict) -> None:  # type: ignore[type-arg]
    row = found.one(analysis="whole_cohort", estimand="rmst")
    assert (
        abs(row["estimate"] - truth["discharge"]["natural_course"]["rmst"]["90"])
        < STANDARD_ERRORS * row["std_error"]
    )
