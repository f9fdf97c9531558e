"""The ledger of releases: what was published before, and whether the ledger itself can be trusted."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from stepdown.errors import DisclosureError

_HEAD = "head.json"
_FIRST = "0" * 64


@dataclass(frozen=True, eq=False, kw_only=True)
class Release:
    """What was published once: the ledger holds nothing else.

    Attributes
    ----------
    name : str
        Name of the release, such as "2026Q3".
    inputs : str
        Hash of the inputs.
    threshold, base : int
        Smallest count that is shown, and what counts are rounded to (1: not rounded).
    cells : mapping of str to (int or None)
        Published value of each cell; None where it was hidden.
    sums : tuple of (str, tuple of str)
        Every total with its parts; of one part, two names of one count.
    sizes : tuple of str
        Cells whose value is that of a larger group (`size_limits`).
    lacking : tuple of str
        Cells that are never printed, and no larger than the threshold: what such sizes lack.
    """

    name: str
    inputs: str
    threshold: int
    base: int
    cells: Mapping[str, int | None]
    sums: tuple[tuple[str, tuple[str, ...]], ...]
    sizes: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    def states_the_same(self, other: "Release") -> bool:
        """Return whether both publish the same values of the same cells."""
        own = (dict(self.cells), self.sums, self.sizes, self.lacking, self.base)
        return own == (dict(other.cells), other.sums, other.sizes, other.lacking, other.base)


@dataclass(frozen=True, eq=False)
class Ledger:
    """All earlier releases.

    Attributes
    ----------
    folder : Path
    releases : tuple of Release
        The oldest first.
    problems : tuple of str
        Why the ledger cannot be trusted, as sentences; empty where it can. To be stated on page one.
    head : str
        Hash of the newest release, which contains those of all before it. A report keeps it, so that a ledger
        that was lost whole is noticed too.
    """

    folder: Path
    releases: tuple[Release, ...]
    problems: tuple[str, ...]
    head: str


def read_ledger(folder: str | Path, *, head: str = "") -> Ledger:
    """Read a ledger and check it.

    Parameters
    ----------
    folder : str or Path
        The folder `releases` beside the study. One that does not exist is a ledger without releases.
    head : str
        Hash of the newest release as the last report states it; empty where there is no report yet.

    Returns
    -------
    Ledger
        `problems` states what was lost or edited.

    Examples
    --------
    >>> import tempfile
    >>> ledger = read_ledger(tempfile.mkdtemp())
    >>> len(ledger.releases), ledger.problems
    (0, ())
    >>> read_ledger(ledger.folder, head="0a" * 32).problems
    ('The list of earlier releases is lost: a release that the last report names is not in it.',)
    """
    place = Path(folder)
    problems: list[str] = []
    releases: list[Release] = []
    hashes = [_FIRST]
    number, last = _head(place, problems)
    files = sorted(place.glob("[0-9][0-9][0-9][0-9].json"))
    for count, path in enumerate(files, 1):
        if int(path.stem) != count:
            problems.append(f"Release {count} is missing from the list of earlier releases.")
            break
        text = path.read_bytes()
        try:
            content = json.loads(text)
            if content.pop("previous") != hashes[-1]:
                problems.append(f"Release {count - 1} was changed after it was recorded.")
            releases.append(_release(content))
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"The record of release {count} cannot be read.")
            break
        hashes.append(_hash(text))
    if not problems:
        problems += _ends(number, last, hashes, head)
    return Ledger(place, tuple(releases), tuple(problems), hashes[-1] if files else "")


def _head(folder: Path, problems: list[str]) -> tuple[int, str]:
    try:
        content = json.loads((folder / _HEAD).read_bytes())
        return int(content["releases"]), str(content["last"])
    except FileNotFoundError:
        return 0, _FIRST
    except (ValueError, KeyError, TypeError):
        problems.append("The count of earlier releases cannot be read.")
        return 0, _FIRST


def _ends(number: int, last: str, hashes: list[str], head: str) -> list[str]:
    """Return what is wrong with the end of the chain."""
    count = len(hashes) - 1
    if number > count:
        return [f"{number} releases were recorded, and {count} of them are left."]
    if count > number + 1:
        return [f"{number} releases were recorded, and {count} are there."]
    if hashes[number] != last:
        return [f"Release {number} was changed after it was recorded."]
    if head and head not in hashes:
        return ["The list of earlier releases is lost: a release that the last report names is not in it."]
    return []


def _release(content: dict[str, object]) -> Release:
    cells, sums = content["cells"], content["sums"]
    sizes, lacking = content["sizes"], content["lacking"]
    assert isinstance(cells, dict)
    assert isinstance(sums, list)
    assert isinstance(sizes, list)
    assert isinstance(lacking, list)
    return Release(
        name=str(content["release"]),
        inputs=str(content["inputs"]),
        threshold=int(str(content["threshold"])),
        base=int(str(content["base"])),
        cells={str(name): None if value is None else int(value) for name, value in cells.items()},
        sums=tuple((total, tuple(parts)) for total, parts in sums),
        sizes=tuple(map(str, sizes)),
        lacking=tuple(map(str, lacking)),
    )


def append_release(ledger: Ledger, release: Release) -> Path:
    """Write the record of a release, after all others.

    Raises
    ------
    DisclosureError
        Where the ledger cannot be trusted, or another run has recorded a release meanwhile.
    """
    if ledger.problems:
        raise DisclosureError(
            f"{' '.join(ledger.problems)} Nothing is recorded. Restore the folder {ledger.folder.name} "
            "from a copy."
        )
    ledger.folder.mkdir(parents=True, exist_ok=True)
    number = len(ledger.releases) + 1
    content = {
        "previous": ledger.head or _FIRST,
        "release": release.name,
        "inputs": release.inputs,
        "threshold": release.threshold,
        "base": release.base,
        "cells": dict(release.cells),
        "sums": release.sums,
        "sizes": release.sizes,
        "lacking": release.lacking,
    }
    text = json.dumps(content, indent=1, ensure_ascii=False).encode() + b"\n"
    path = ledger.folder / f"{number:04}.json"
    try:
        with path.open("xb") as file:
            file.write(text)
    except FileExistsError:
        raise DisclosureError(f"Another run has recorded release {number} meanwhile. Check again.") from None
    head = json.dumps({"releases": number, "last": _hash(text)}).encode() + b"\n"
    new = ledger.folder / f"{_HEAD}.new"
    new.write_bytes(head)
    os.replace(new, ledger.folder / _HEAD)
    return path


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
