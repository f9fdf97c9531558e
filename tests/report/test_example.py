"""The example report that is kept: it is what the bundled study gives today."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stepdown.report import run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "reports" / "example"
STUDY = ROOT / "data" / "synthetic" / "programs" / "study.toml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("example") / "report"
    run(STUDY, out=out)
    return out


def test_the_numbers_are_those_of_today(made: Path) -> None:
    kept, new = (pd.read_csv(folder / "results.csv") for folder in (EXAMPLE, made))
    pd.testing.assert_frame_equal(kept, new, rtol=1e-8)


def test_the_pages_are_the_same_to_the_byte_under_the_same_versions(made: Path) -> None:
    manifests = [
        json.loads((folder / "manifest.json").read_text(encoding="utf-8")) for folder in (EXAMPLE, made)
    ]
    if manifests[0]["versions"] != manifests[1]["versions"]:
        pytest.skip("EXAMPLE NOT COMPARED TO THE BYTE: other versions of libraries are installed")
    for name in ("manifest.json", *manifests[0]["outputs"]):
        assert (EXAMPLE / name).read_bytes() == (made / name).read_bytes(), f"make the example anew: {name}"
