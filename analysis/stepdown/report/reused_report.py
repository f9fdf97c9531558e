"""What a run need not do again: nothing in a folder but hashes and results, beside the study, deletable.

A report is reused where everything that it depends on is as it was: the study and the files that it names,
the data, notebooks, options, versions of libraries, this package's own files, earlier reports of the same
study beside it, and, of a public one, the list of releases. The same inputs give the same bytes, so that the
folder is left as it is. Where only a later step differs (a notebook, a report beside), the analysis of an
internal report is read back from a file instead of being computed. That file holds what results.csv of the
report holds: no client, and nothing of a comparison that is withheld. A public report keeps none.
"""

import contextlib
import gzip
import hashlib
import json
import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Any

from stepdown.errors import ReportError, ResultError, StepdownError
from stepdown.estimate.replicates import KEPT
from stepdown.report.manifest import sha256
from stepdown.report.report_folder import MANIFEST, verify_folder
from stepdown.results import Analysis, read_analysis, write_analysis
from stepdown.sources import files_of
from stepdown.study import Study

OFF = "STEPDOWN_NO_CACHE"
"""Environment variable that turns all of this off."""
REPORTS, RELEASES = "reports.json", "releases"
_ANALYSIS = "analysis-{}.json.gz"
_MOST = 8
_QUARTER = re.compile(r", [0-9]{4}Q[1-4]$")
_NAME = re.compile(r"[A-Za-z0-9._-]+")


REPORT_REUSED = (
    "Reused: the whole report. Its inputs, settings and versions are those of the run before; --fresh "
    "(fresh=True) makes it anew."
)
ANALYSIS_REUSED = (
    "Reused: the analysis, whose inputs, settings and versions are those of an earlier run. Page, figures, "
    "brief and workbook are made anew."
)


class _SameReportError(Exception):
    """The folder holds the report that would be made."""


@dataclass(frozen=True, kw_only=True)
class ReusedReport:
    """What a run depends on, and what an earlier one left.

    Attributes
    ----------
    folder : Path
        Where it is kept.
    analysis_key, report_key : str
        Hashes of what the analysis, and the report, depend on.
    out : Path
        Folder of the report.
    releases : Path or None
        Of a public report, the folder of the list of releases.
    """

    folder: Path
    analysis_key: str
    report_key: str
    out: Path
    releases: Path | None

    @classmethod
    def of(
        cls, study: Path, *, out: Path, quarter: str | None, notebooks: Sequence[Path], public: bool,
        options: Mapping[str, object],
    ) -> "ReusedReport | None":  # fmt: skip
        """Return what a run depends on; None where it cannot be known, or nothing is to be kept."""
        if os.environ.get(OFF) or Path(str(files("stepdown"))) in study.absolute().parents:
            return None  # nothing is written into an installed package
        try:
            inputs = {str(place): _hash(path) for place, path in enumerate(_inputs(study))}
            analysis = _key({"inputs": inputs, "quarter": quarter, "own": _own()})
            shown = {path.name: _hash(path) for path in notebooks}
            beside = _beside(out, Study.read(study).title)
            report = _key(
                {"analysis": analysis, "notebooks": shown, "beside": beside, "public": public, **options}
            )
        except (OSError, StepdownError):
            return None  # the run itself says what is wrong
        return cls(
            folder=study.parent / KEPT, analysis_key=analysis, report_key=report, out=out,
            releases=study.parent / RELEASES if public else None,
        )  # fmt: skip

    def same_report(self) -> bool:
        """Return whether the folder holds the report that this run would make."""
        kept = self._record()
        if not kept.get("settled") or kept.get("report") != self.report_key:
            return False
        if kept.get("releases", "") != self._releases():
            return False
        try:
            verify_folder(self.out)
        except ReportError:
            return False
        return kept.get("manifest") == _hash(self.out / MANIFEST)

    def settled(self) -> bool:
        """Return whether the report that the folder holds now changes nothing in the next one.

        A report states what changed since the one that it replaces; once more, it would not.
        """
        if not (self.out / MANIFEST).is_file():
            return True
        kept = self._record()
        return (kept.get("analysis"), kept.get("manifest")) == (self.analysis_key, _hash(self.out / MANIFEST))

    def keep_report(self, *, settled: bool) -> None:
        """Keep the hashes of the report that was made."""
        with contextlib.suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            held = self._records()
            held[self._place()] = {
                "analysis": self.analysis_key,
                "report": self.report_key,
                "manifest": _hash(self.out / MANIFEST),
                "releases": self._releases(),
                "settled": settled,
            }
            there = {place: one for place, one in held.items() if (Path(place) / MANIFEST).is_file()}
            _replace(self.folder / REPORTS, json.dumps(there, indent=1, sort_keys=True).encode())

    def analysis(self) -> Analysis | None:
        """Return the analysis as it was kept; None where it was not, or is damaged."""
        path = self.folder / _ANALYSIS.format(self.analysis_key)
        plain = path.with_name(f".{path.stem}-{os.getpid()}")
        try:
            plain.write_bytes(gzip.decompress(path.read_bytes()))
            return read_analysis(plain)
        except (OSError, EOFError, ValueError, ResultError):
            return None
        finally:
            with contextlib.suppress(OSError):
                plain.unlink()

    def keep_analysis(self, analysis: Analysis) -> None:
        """Keep the analysis of an internal report, and the newest few alone."""
        path = self.folder / _ANALYSIS.format(self.analysis_key)
        with contextlib.suppress(OSError):
            self.folder.mkdir(exist_ok=True)
            plain = path.with_name(f".{path.stem}-{os.getpid()}")
            try:
                plain.touch(mode=0o600)
                write_analysis(analysis, plain)
                _replace(path, gzip.compress(plain.read_bytes(), compresslevel=1, mtime=0))
            finally:
                plain.unlink()
            old = sorted(self.folder.glob(_ANALYSIS.format("*")), key=lambda one: one.stat().st_mtime_ns)
            for one in old[:-_MOST]:
                one.unlink()

    def _place(self) -> str:
        return os.path.abspath(self.out)

    def _records(self) -> dict[str, Any]:
        try:
            held = json.loads((self.folder / REPORTS).read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return held if isinstance(held, dict) else {}

    def _record(self) -> Mapping[str, Any]:
        found = self._records().get(self._place())
        return found if isinstance(found, dict) else {}

    def _releases(self) -> str:
        if self.releases is None:
            return ""
        held = sorted(path for path in self.releases.rglob("*") if path.is_file())
        return _key({path.relative_to(self.releases).as_posix(): _hash(path) for path in held})


def analysis_of(
    known: ReusedReport | None,
    compute: Callable[[], Analysis],
    *,
    fresh: bool,
    reused: Callable[[str], None],
) -> Analysis:
    """Return the analysis of a run, computed only where none is kept; called while the folder is held.

    Parameters
    ----------
    known : ReusedReport or None
        What the run depends on.
    compute : callable
        Returns the analysis.
    fresh : bool
        Compute it in any case.
    reused : callable
        Called with a sentence on what is reused.
    """
    if known is None:
        return compute()
    if not fresh and known.same_report():
        raise _SameReportError
    kept = None if fresh else known.analysis()
    if kept is not None:
        reused(ANALYSIS_REUSED)
        return kept
    analysis = compute()
    if known.releases is None:
        known.keep_analysis(analysis)
    return analysis


def write_unless_same(
    known: ReusedReport | None, write: Callable[[], None], *, reused: Callable[[str], None]
) -> None:
    """Write a report, unless the folder holds it already, and keep its hashes.

    Parameters
    ----------
    known : ReusedReport or None
        What the run depends on.
    write : callable
        Makes and writes the report; it calls `analysis_of`.
    reused : callable
        Called with a sentence on what is reused.
    """
    settled = known is not None and known.settled()
    try:
        write()
    except _SameReportError:
        reused(REPORT_REUSED)
        return
    if known is not None:
        known.keep_report(settled=settled)


def _inputs(study: Path) -> Iterator[Path]:
    """Yield every file that an analysis reads."""
    protocol, folder = Study.read(study), study.parent
    yield study
    yield from files_of(folder / protocol.cohort)
    for name in (protocol.measures.file, protocol.care.file, protocol.report.registered):
        if name is not None:
            yield folder / name
    truth = (folder / protocol.cohort).parent / "truth.json"
    if truth.is_file():
        yield truth


def _beside(out: Path, title: str) -> dict[str, str]:
    """Return hashes of the manifests of the same study's reports beside this one."""
    found = {}
    for path in sorted(out.parent.glob(f"*/{MANIFEST}")):
        if path.parent.name == out.name:
            continue
        try:
            content: Any = json.loads(path.read_text(encoding="utf-8"))
            mine = _QUARTER.sub("", str(content["title"])) == title
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            mine = True
        if mine:
            found[path.parent.name] = _hash(path)
    return found


@cache
def _own() -> Mapping[str, str]:
    """Return versions of Python and of the libraries of this package, and a hash of its own files."""
    held = {"python": platform.python_version()}
    for line in requires("stepdown") or ():
        name = _NAME.match(line)
        if name is not None and "extra ==" not in line:
            with contextlib.suppress(PackageNotFoundError):
                held[name[0]] = version(name[0])
    digest = hashlib.sha256()
    root = Path(str(files("stepdown")))
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return held | {"stepdown": digest.hexdigest()}


def _key(content: Mapping[str, object]) -> str:
    return sha256(json.dumps(content, sort_keys=True, default=str).encode())


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file that only the user can read, in one step."""
    made = path.with_name(f".{path.name}-{os.getpid()}")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    os.replace(made, path)
