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
_RECORDS = "[0-9][0-9][0-9][0-9].json"


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
        What was lost or edited, now or before an earlier release, as sentences. To be stated on page one.
    head : str
        Hash of the newest release, which contains those of all before it. A report keeps it, so that a ledger
        that was lost whole is noticed too.
    last : int
        Number of the newest release.
    """

    folder: Path
    releases: tuple[Release, ...]
    problems: tuple[str, ...]
    head: str
    last: int = 0


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
        `problems` states what was lost or edited. A release that is recorded nevertheless keeps what was
        stated then, and the chain goes on from it.

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
    known: list[str] = []
    releases: list[Release] = []
    hashes = {0: _FIRST}
    number, last = _head(place, problems)
    before, readable = 0, True
    for path in sorted(place.glob(_RECORDS)):
        count, text = int(path.stem), path.read_bytes()
        try:
            content = json.loads(text)
            release, previous, stated = _release(content), content["previous"], list(content["problems"])
        except (ValueError, KeyError, TypeError, AttributeError, AssertionError):
            problems.append(f"The record of release {count} cannot be read.")
            readable = False
        else:
            releases.append(release)
            if stated:
                # What was wrong before this release was stated with it.
                known, problems = stated, []
            elif count != before + 1:
                problems.append(f"Release {before + 1} is missing from the list of earlier releases.")
            elif readable and previous != hashes[before]:
                problems.append(f"Release {before} was changed after it was recorded.")
            readable = True
        hashes[count], before = _hash(text), count
    if not problems:
        problems += _ends(number, last, hashes, head)
    every = dict.fromkeys([*map(str, known), *problems])
    return Ledger(place, tuple(releases), tuple(every), hashes[before] if before else "", before)


def is_recorded(folder: str | Path, head: str) -> bool:
    """Return whether a ledger holds the release with a hash.

    Examples
    --------
    >>> import tempfile
    >>> is_recorded(tempfile.mkdtemp(), "0a" * 32)
    False
    """
    return any(_hash(path.read_bytes()) == head for path in Path(folder).glob(_RECORDS))


def _head(folder: Path, problems: list[str]) -> tuple[int, str]:
    try:
        content = json.loads((folder / _HEAD).read_bytes())
        return int(content["releases"]), str(content["last"])
    except FileNotFoundError:
        return 0, _FIRST
    except (ValueError, KeyError, TypeError):
        problems.append("The count of earlier releases cannot be read.")
        return 0, _FIRST


def _ends(number: int, last: str, hashes: Mapping[int, str], head: str) -> list[str]:
    """Return what is wrong with the end of the chain."""
    newest = max(hashes)
    if number > newest:
        noun = "1 release was" if number == 1 else f"{number} releases were"
        left = len(hashes) - 1
        return [f"{noun} recorded, and {left or 'none'} of them {'is' if left == 1 else 'are'} left."]
    if newest > number + 1:
        return [f"{number} releases were recorded, and {newest} are there."]
    if hashes.get(number) != last:
        return [f"Release {number} was changed after it was recorded."]
    if head and head not in hashes.values():
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
    """Write the record of a release, after all others, with what was lost or edited before it.

    Raises
    ------
    DisclosureError
        Another run has recorded a release meanwhile.
    """
    ledger.folder.mkdir(parents=True, exist_ok=True)
    number = ledger.last + 1
    content = {
        "previous": ledger.head or _FIRST,
        "problems": ledger.problems,
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
