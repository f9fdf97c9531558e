"""Columns that were computed before, kept under a hash of everything that they depend on."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from stepdown.replicate.claim import Claim
from stepdown.replicate.claim_finding import REAL, ClaimFinding
from stepdown.replicate.own_cohort import OwnCohort
from stepdown.replicate.public_data import NAMES, folder_of
from stepdown.study import Study

FOLDER = ".stepdown-replication"
"""Folder beside the report, which only the user can read."""
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow")


@cache
def code_digest() -> str:
    """Return a hash of the package's own files and of the versions that can move a number."""
    found = hashlib.sha256()
    root = Path(str(files("stepdown")))
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml") and "_bundled" not in path.parts:
            found.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    for name in _LIBRARIES:
        found.update(f"{name} {version(name)}".encode())
    return found.hexdigest()


def public_digest() -> str:
    """Return a hash of the names and sizes of the public data that are there."""
    parts = []
    for name in NAMES:
        folder = folder_of(name)
        there = sorted(folder.iterdir()) if folder is not None else []
        parts += [name, *(f"{path.name} {path.stat().st_size}" for path in there if path.is_file())]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def key_of(claim: Claim, study: Study | None, column: str, *, replicates: int, own: OwnCohort | None) -> str:
    """Return the hash under which a column of a claim is kept."""
    data = f"{public_digest()} {own.digest if own else ''}" if column == REAL else f"{replicates}"
    parts = (claim.model_dump_json(), study.model_dump_json() if study else "", column, data, code_digest())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def kept(folder: Path | None, key: str) -> tuple[ClaimFinding, ...] | None:
    """Return a column that was computed before; None where there is none, or it cannot be read."""
    if folder is None:
        return None
    try:
        rows = json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
        return tuple(ClaimFinding(**row) for row in rows)
    except (OSError, ValueError, TypeError):
        return None


def keep(folder: Path | None, key: str, found: Iterable[ClaimFinding]) -> None:
    """Keep a column; where the disk does not let us, the run goes on without."""
    if folder is None:
        return
    part, text = folder / f"{key}.part", json.dumps([one.record() for one in found])
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        part.replace(folder / f"{key}.json")
