"""`stepdown check study.toml`: a study that a report can be made of has no problem; one that does not fit has."""

import shutil
from pathlib import Path

import pytest

from stepdown.report import check_study
from stepdown.sources import bundled

pytestmark = pytest.mark.slow

FOLDER = bundled("synthetic")


@pytest.mark.parametrize("name", ["programs", "one_site"])
def test_the_bundled_studies_have_no_problem(name: str) -> None:
    assert check_study(FOLDER / name / "study.toml") == []


@pytest.mark.parametrize(("key", "use"), [("covariates", "adjustment"), ("loss", "loss to follow-up")])
def test_a_covariate_that_the_cohort_does_not_hold_is_named(tmp_path: Path, key: str, use: str) -> None:
    shutil.copytree(FOLDER / "programs", tmp_path / "programs")
    path = tmp_path / "programs" / "study.toml"
    text = path.read_text(encoding="utf-8")
    if key == "covariates":
        text = text.replace('covariates = ["age",', 'covariates = ["agge",')
    else:
        text = text.replace(
            "[analysis.adjust]", '[analysis.loss]\ncovariates = ["agge"]\n\n[analysis.adjust]'
        )
    path.write_text(text, encoding="utf-8")
    (problem,) = check_study(path)
    assert problem.what.startswith(
        f"does not fit its cohort: `agge` is no column of the discharges, so it cannot be used for {use}. Columns: "
    )
