"""The example reports that are kept, a public and an internal one: they are what the bundled study gives today."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from stepdown.report import run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "reports"
PROJECT = ROOT / "data" / "synthetic" / "programs"


@pytest.fixture(scope="module", params=["example", "example-internal"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example")
    # A copy: the public report is recorded beside its study.
    study = shutil.copytree(PROJECT, folder / "programs") / "study.toml"
    out = folder / str(request.param)
    run(study, out=out, internal=out.name.endswith("internal"))
    return out


def test_the_numbers_are_those_of_today(made: Path) -> None:
    kept, new = (pd.read_csv(folder / made.name / "results.csv") for folder in (REPORTS, made.parent))
    pd.testing.assert_frame_equal(kept, new, rtol=1e-8)


def test_the_pages_are_the_same_to_the_byte_under_the_same_versions(made: Path) -> None:
    kept = REPORTS / made.name
    manifests = [
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (kept, made)
    ]
    if manifests[0]["versions"] != manifests[1]["versions"]:
        pytest.skip("EXAMPLE NOT COMPARED TO THE BYTE: other versions of libraries are installed")
    for name in ("manifest.json", *manifests[0]["outputs"]):
        assert (kept / name).read_bytes() == (made / name).read_bytes(), f"make the example anew: {name}"
