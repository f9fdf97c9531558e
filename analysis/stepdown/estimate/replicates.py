"""Replicates of a bootstrap: made on all processors, and kept in a file while they are made.

Each replicate depends on its number alone, so neither the number of processors nor a stop changes it.
"""

from __future__ import annotations

import contextlib
import os
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stepdown.compare import ArmComparison, CloneCensorWeight
from stepdown.compare.processes import by_processes, can_fork, usable_cores
from stepdown.survival.core.sample import Floats

KEPT = ".stepdown-cache"
"""Folder beside a study for replicates of a run that was stopped."""
SHOWN, KEPT_EVERY = 50, 50
"""Replicates after which progress is shown, and the file is written."""
_WORTH_IT = 4.0
"""Seconds of work below which starting processes takes longer than it saves."""


@dataclass(frozen=True, kw_only=True)
class BootstrapRun:
    """How replicates are made.

    Attributes
    ----------
    progress : callable or None
        Called with what is done, now and then.
    folder : Path or None
        Where replicates are kept until all are made, in files that only the user can read; None for nowhere.
    processes : int or None
        Number of processes; one for each processor where it is left out.
    may_keep : callable or None
        Takes a comparison and returns whether its replicates may be kept; None where all may.
    """

    progress: Callable[[str], None] | None = None
    folder: Path | None = None
    processes: int | None = None
    may_keep: Callable[[ArmComparison | CloneCensorWeight], bool] | None = None

    def of(self, found: ArmComparison | CloneCensorWeight, key: str) -> BootstrapRun:
        """Return how the replicates of a comparison are made: without a file where none may be kept."""
        if self.folder is None or self.may_keep is None or self.may_keep(found):
            return self
        _remove(self.folder / f"{key}.npz")
        return replace(self, folder=None)


def replicated(
    make: Callable[[int], Floats], size: int, *, count: int, key: str, run: BootstrapRun
) -> Floats:
    """Return the numbers of all replicates, shape (count, size); missing for those that cannot be made.

    Parameters
    ----------
    make : callable
        From the number of a replicate to its `size` numbers.
    size, count : int
        Numbers of a replicate, and replicates.
    key : str
        Of the data, the study and the comparison: replicates kept under it are taken up again.
    run : BootstrapRun
        How they are made.
    """
    show = run.progress or (lambda step: None)
    found, done = _kept(run.folder, key, count, size)
    left = np.flatnonzero(~done)
    path = None if run.folder is None else run.folder / f"{key}.npz"
    shown = int(done.sum())
    show(f"Bootstrap: {shown:,} of {count:,} replicates")
    for made, (number, values) in enumerate(_made(make, left.tolist(), run.processes), start=1):
        found[number], done[number] = values, True
        total = int(done.sum())
        if total // SHOWN > shown // SHOWN and total < count:
            show(f"Bootstrap: {total:,} of {count:,} replicates")
        shown = total
        if path is not None and made % KEPT_EVERY == 0 and total < count:
            _keep(path, found, done)
    # Of a process that the system ended.
    for number in np.flatnonzero(~done).tolist():
        found[number] = make(number)
    if path is not None:
        _remove(path)
    return found


def _remove(path: Path) -> None:
    """Remove a file of replicates, and its folder where it is empty."""
    with contextlib.suppress(OSError):
        path.unlink()
        path.parent.rmdir()


def _made(
    make: Callable[[int], Floats], numbers: list[int], processes: int | None
) -> Iterator[tuple[int, Floats]]:
    """Yield replicates as they are made; by several processes where the first shows that it is worth it."""
    cores = processes or usable_cores()
    begin = time.monotonic()
    for place, number in enumerate(numbers):
        rest = len(numbers) - place
        several = place and cores > 1 and can_fork()
        if several and (time.monotonic() - begin) / place * rest > _WORTH_IT:
            yield from by_processes(make, numbers[place:], cores)
            return
        yield number, make(number)


def _kept(folder: Path | None, key: str, count: int, size: int) -> tuple[Floats, np.ndarray]:
    """Return replicates of an earlier run and which there are; none where the file does not fit."""
    found, done = np.full((count, size), np.nan), np.zeros(count, dtype=np.bool_)
    path = None if folder is None else folder / f"{key}.npz"
    if path is None or not path.exists():
        return found, done
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as held:
            if held["found"].shape == found.shape and held["done"].shape == done.shape:
                return held["found"], held["done"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass
    return found, done


def _keep(path: Path, found: Floats, done: np.ndarray) -> None:
    """Write replicates; where the disk does not let us, the run goes on without."""
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            np.savez(file, found=found, done=done)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
