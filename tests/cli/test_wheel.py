"""The wheel holds all that the demo needs: installed elsewhere, it makes the same report."""

import hashlib
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

from stepdown.sources import bundled

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def quiet(*command: object, cwd: Path) -> str:
    # Nothing of this checkout or of the user may help: no PYTHONPATH, an empty HOME.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER"))}
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True, text=True, cwd=cwd, check=False, env=clean | {"HOME": str(cwd)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of a new environment with the wheel; what it depends on is borrowed from this one."""
    made, place = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("elsewhere")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--no-input")
    quiet(
        *pip, "wheel", ROOT, "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", made, cwd=place
    )
    (wheel,) = made.glob("stepdown-*.whl")
    quiet(sys.executable, "-m", "venv", "--without-pip", place / "env", cwd=place)
    scheme = "nt" if os.name == "nt" else "posix_prefix"
    base = {"base": str(place / "env"), "platbase": str(place / "env")}
    site = Path(sysconfig.get_path("purelib", scheme, vars=base))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # A path file is not followed twice, so the editable install of this checkout stays unseen.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return Path(sysconfig.get_path("scripts", scheme, vars=base)) / "python"


def test_a_bundled_study_runs_from_a_wheel_installed_elsewhere(python: Path, tmp_path: Path) -> None:
    # The study of the demo takes twice as long: tests/report/test_example.py runs it.
    where = quiet(python, "-c", "import stepdown; print(stepdown.__file__)", cwd=tmp_path).strip()
    assert Path(where).is_relative_to(python.parents[1])
    study = where.replace("__init__.py", "_bundled/synthetic/one_site/study.toml")
    printed = quiet(python, "-m", "stepdown", "run", study, cwd=tmp_path).strip()
    assert printed == "reports/all/report.html"
    # What is made from files of the package beside its modules.
    assert (tmp_path / "reports" / "all" / "brief.pdf").is_file()
    assert 'href="all/report.html"' in (tmp_path / "reports" / "index.html").read_text(encoding="utf-8")
    page = tmp_path / printed
    said = json.loads((page.parent / "manifest.json").read_text())
    assert next(file["file"] for file in said["inputs"]) == "cohort.toml"
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["reports"]
    text = page.read_text(encoding="utf-8")
    assert "Key numbers" in text
    assert str(tmp_path) not in text
    assert str(python.parents[1]) not in text


def test_the_wheel_holds_every_bundled_file(python: Path, tmp_path: Path) -> None:
    code = "from stepdown.sources import bundled; print(bundled('synthetic')); print(bundled('notebooks'))"
    synthetic, notebooks = (Path(line) for line in quiet(python, "-c", code, cwd=tmp_path).splitlines())
    for ours, theirs in ((bundled("synthetic"), synthetic), (bundled("notebooks"), notebooks)):
        assert contents(theirs) == contents(ours)


def contents(folder: Path) -> dict[str, str]:
    """Return the hash of each file that belongs to the project, without what runs leave there."""
    left = ("checkpoint", "releases", ".stepdown-cache")
    files = (
        path for path in folder.rglob("*") if path.is_file() and not any(one in str(path) for one in left)
    )
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def test_the_wheel_has_the_command(python: Path) -> None:
    (info,) = (python.parents[1]).rglob("stepdown-*.dist-info/entry_points.txt")
    assert "stepdown = stepdown.cli:main" in info.read_text()
    assert distribution("stepdown").version in info.parent.name
