"""The lock files: they satisfy pyproject.toml, carry hashes, and name no place to download from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = {
    path.name: path.read_text(encoding="utf-8")
    for path in (ROOT / "requirements.lock", ROOT / "requirements-pandas3.lock")
}
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def asked() -> list[str]:
    extras = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    return [*PROJECT["project"]["dependencies"], *(name for part in (*extras, *groups) for name in part)]


def pins(lock: str = "requirements.lock") -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, version in PIN.findall(LOCKS[lock]):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize("line", asked())
def test_every_requirement_is_met(line: str) -> None:
    wanted = Requirement(line)
    versions = pins()[canonicalize_name(wanted.name)]
    assert all(wanted.specifier.contains(version) for version in versions)


def test_the_lock_for_pandas_3_holds_it_alone() -> None:
    (version,) = pins("requirements-pandas3.lock").pop("pandas")
    assert version.startswith("3.")
    assert len(pins("requirements-pandas3.lock")) == 1
    assert len(pins()) > 50


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock: str) -> None:
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCKS[lock], flags=re.MULTILINE)
    without = [block.split("==")[0] for block in blocks if PIN.match(block) and "--hash=sha256:" not in block]
    assert without == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_download_address(lock: str) -> None:
    assert not re.search(r"https?://|index-url|find-links|file:", LOCKS[lock])
