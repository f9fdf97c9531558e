"""A folder of a report is always whole: the report before or the new one, whatever stops the program."""

import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from stepdown.errors import ReportError

PAGE, RESULTS, MANIFEST = "report.html", "results.csv", "manifest.json"
WORKBOOK, BRIEF, FIGURES = "results.xlsx", "brief.pdf", "figures"
_OURS = frozenset((PAGE, RESULTS, MANIFEST, WORKBOOK, BRIEF))
SITES = "sites"
_INSIDE = re.compile(rf"{FIGURES}/(?:\w+\.(?:svg|png)|index\.json)|{SITES}/[\w-]+\.html")
# Files that file managers leave behind.
_LITTER = frozenset((".DS_Store", "Thumbs.db", "desktop.ini"))
_AT_WORKING_FOLDER, _EXCHANGE = -100, 2


def write_folder(
    target: Path, make: Callable[[Path], Mapping[str, bytes]], *, ours: frozenset[str] = _OURS
) -> None:
    """Put the files of a report in place, all at once.

    The new folder is written beside `target`, its manifest last, then takes its place in one step where the
    system can exchange two folders; elsewhere the old one is set aside first, and put back by the next run if
    the program was stopped between the two steps.

    Parameters
    ----------
    target : Path
        Folder of the report.
    make : callable
        Given an empty working folder, returns the files by name, `manifest.json` among them. Those of a
        folder inside are named with it: `figures/speed_1.svg`.
    ours : frozenset of str
        Names of files that a folder of this kind may hold, which the new ones replace.

    Raises
    ------
    ReportError
        The folder holds other files, is in use by another run, or cannot be written.
    """
    name, target = target.name, Path(os.path.realpath(target))
    _refuse_others(target, name, ours)
    with contextlib.ExitStack() as stack:
        stack.callback(_remove_empty, [folder for folder in target.parents if not folder.exists()])
        with writing(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_alone(target, name))
            _mend(target)
            work = Path(tempfile.mkdtemp(prefix=f".{target.name}-work-", dir=target.parent))
        stack.callback(_clean, target)
        files = make(work)
        with writing(name):
            _exchange(_written(files, target), target)


@contextlib.contextmanager
def writing(name: str) -> Iterator[None]:
    """Name the folder of the report where the disk or the system lets nothing be written."""
    try:
        yield
    except OSError:
        raise ReportError(
            f"The folder for the report ({name}) cannot be written. Name a folder that you may write to, "
            "and close its files in other programs.",
            kind="folders",
        ) from None


def verify_folder(folder: Path) -> str:
    """Check that a folder holds a whole report, as its manifest lists it.

    Parameters
    ----------
    folder : Path
        Folder of a report.

    Returns
    -------
    str
        A sentence.

    Raises
    ------
    ReportError
        No manifest, a file that is missing, was changed, or is not of the report.
    """
    if not (folder / MANIFEST).is_file():
        raise ReportError(
            f"{folder.name} is not a whole report: it has no {MANIFEST}. Run the study again.", kind="verify"
        )
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["outputs"]
        listed = {str(name): str(digest) for name, digest in manifest.items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        raise ReportError(
            f"{MANIFEST} of {folder.name} cannot be read. Run the study again.", kind="verify"
        ) from None
    there = set(_names(folder))
    faults = {
        "missing": sorted(listed.keys() - there),
        "changed since the run": sorted(
            name for name in listed.keys() & there if _digest(folder / name) != listed[name]
        ),
        "not of this report": sorted(there - listed.keys() - {MANIFEST}),
    }
    differing = [f"{what}: {', '.join(names)}" for what, names in faults.items() if names]
    if differing:
        raise ReportError(
            f"{folder.name} is not the report that was written: {'; '.join(differing)}. Run the study again "
            "into an empty folder.",
            kind="verify",
        )
    return f"{folder.name} is whole: {len(listed) + 1} files, as the manifest lists them."


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _names(folder: Path) -> Iterator[str]:
    """Yield the names of what a folder holds, the files of its figures one by one; a folder ends with "/"."""
    for path in folder.iterdir():
        if path.name in (FIGURES, SITES) and path.is_dir():
            yield from (f"{path.name}/{name}" for name in _names(path))
        elif path.name not in _LITTER:
            yield path.name + ("/" if path.is_dir() else "")


def _refuse_others(target: Path, name: str, ours: frozenset[str]) -> None:
    """Refuse a folder that holds other files: the exchange would remove them."""
    if target.exists() and not target.is_dir():
        raise ReportError(
            f"The report cannot be written, because a file has the name of its folder: {name}. Name "
            "another folder.",
            kind="folders",
        )
    if Path.cwd().is_relative_to(target):
        raise ReportError(
            "The report cannot take the place of the folder you are in. Name another folder, such as report.",
            kind="folders",
        )
    with writing(name):
        there = list(_names(target)) if target.is_dir() else []
    others = sorted(
        path.removesuffix("/") for path in there if path not in ours and not _INSIDE.fullmatch(path)
    )
    if others:
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        raise ReportError(
            f"{name} holds what is not of a report: {', '.join(others[:5])}{more}. Name another folder, or "
            "an empty one.",
            kind="folders",
        )


@contextlib.contextmanager
def _alone(target: Path, name: str) -> Iterator[None]:
    """Hold the folder for this run; a second run is refused at once. The system lets go when a run dies."""
    place = target.parent / f".{target.name}-lock"
    with place.open("a") as held:
        if not _locked(held.fileno(), place):
            raise ReportError(
                f"Another run writes {name} now. Wait for it to end, or name another folder.", kind="folders"
            )
        try:
            yield
        finally:
            with contextlib.suppress(OSError):  # Windows removes no open file: the next run uses it again.
                place.unlink()


def _locked(handle: int, place: Path) -> bool:
    """Return whether this run now holds the file; True as well on a disk that knows no locks."""
    try:
        _lock(handle)
        return os.fstat(handle).st_ino == place.stat().st_ino
    except (BlockingIOError, PermissionError, FileNotFoundError):
        return False
    except OSError:
        return True


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _mend(target: Path) -> None:
    """Put back a folder that was set aside by a run that was then stopped, and remove what runs left."""
    aside = _aside(target)
    if aside.is_dir() and not target.exists():
        os.replace(aside, target)
    _clean(target)


def _clean(target: Path) -> None:
    """Remove working folders; an old report that is set aside stays until a new one is in place."""
    for left in target.parent.glob(f".{_plain(target.name)}-work-*"):
        shutil.rmtree(left, ignore_errors=True)
    if target.exists():
        shutil.rmtree(_aside(target), ignore_errors=True)


def _remove_empty(folders: list[Path]) -> None:
    """Remove the folders that a run made, innermost first, where it then wrote nothing."""
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _plain(name: str) -> str:
    """Return a name as a pattern that matches itself."""
    return "".join(f"[{sign}]" if sign in "*?[" else sign for sign in name)


def _aside(target: Path) -> Path:
    return target.parent / f".{target.name}-before"


def _written(files: Mapping[str, bytes], target: Path) -> Path:
    """Write the files of a new folder to disk, the manifest last, and return the folder."""
    made = Path(tempfile.mkdtemp(prefix=f".{target.name}-work-", dir=target.parent))
    made.chmod(0o777 & ~_mask())
    folders = sorted({(made / name).parent for name in files} - {made})
    for folder in folders:
        folder.mkdir(mode=0o777 & ~_mask())
    for name in sorted(files, key=lambda name: name == MANIFEST):
        with (made / name).open("wb") as file:
            file.write(files[name])
            file.flush()
            os.fsync(file.fileno())
    for folder in (*folders, made):
        _sync(folder)
    return made


def _mask() -> int:
    """Return what the user takes away from the permissions of new files."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _exchange(made: Path, target: Path) -> None:
    """Let the new folder take the place of the old one."""
    if not target.exists():
        os.replace(made, target)
    elif not _exchanged(made, target):
        aside = _aside(target)
        os.replace(target, aside)
        try:
            os.replace(made, target)
        except BaseException:  # Ctrl-C too
            os.replace(aside, target)
            raise
    _sync(target.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; False where the system or the disk cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None:
        return False
    return bool(
        rename(_AT_WORKING_FOLDER, os.fsencode(one), _AT_WORKING_FOLDER, os.fsencode(other), _EXCHANGE) == 0
    )


def _sync(folder: Path) -> None:
    """Ask the disk to keep the entries of a folder, where the system lets a folder be opened."""
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
