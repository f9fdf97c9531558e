"""A public report: the release step, the check against earlier releases, and the list of releases."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepdown.disclosure import is_recorded, record_release
from stepdown.errors import ReportError
from stepdown.release.checked_release import CheckedRelease, checked_release
from stepdown.release.counts_in_words import listed_in_words
from stepdown.release.release_record import FOLDER
from stepdown.report.manifest import INTERNAL, PUBLIC
from stepdown.report.report_folder import MANIFEST
from stepdown.results import Analysis
from stepdown.study import Study

_OF_ALL = "Internal: small counts that a refused report and earlier reports would give away together."


@dataclass(frozen=True, eq=False)
class PublicReport:
    """What a public report is made of.

    Attributes
    ----------
    analysis : Analysis
        Released.
    record : callable
        Puts the report on the list of releases, once its page is made, and returns what its manifest states.
    """

    analysis: Analysis
    record: Callable[[], Mapping[str, object]]


def for_publication(
    analysis: Analysis, *, study: Path, quarter: str | None, out: Path, hide_more: bool = False
) -> PublicReport:
    """Apply the disclosure rules of a study to an analysis, and check it against all earlier releases.

    Parameters
    ----------
    analysis : Analysis
        As `analyze` returns it.
    study : Path
        The study file; the list of releases is in the folder `releases` beside it.
    quarter : str or None
    out : Path
        Folder of the report; the report that it holds knows the end of the list of releases.
    hide_more : bool
        Hide the further counts that earlier releases require, instead of refusing.

    Raises
    ------
    ReportError
        Earlier releases would give a small count away.
    DisclosureError
        Earlier releases had another threshold, or a row has no release class.
    """
    rules = Study.read(study).disclosure
    found = checked_release(
        analysis,
        study.parent,
        threshold=rules.threshold,
        base=rules.base,
        quarter=quarter,
        head=_head(out),
    )
    released, ledger, check = found.released, found.ledger, found.check
    every = study.parent / f"refused-{quarter or 'all'}.txt"
    if not found.mended or (found.extra and not hide_more):
        raise ReportError(_refusal(found, every), kind="disclosure")
    every.unlink(missing_ok=True)

    def recorded() -> Mapping[str, object]:
        return {
            "threshold": rules.threshold,
            "base": rules.base,
            "rows_not_shown": released.suppressed,
            "releases": record_release(ledger, check).head,
        }

    return PublicReport(found.analysis, recorded)


def _refusal(found: CheckedRelease, every: Path) -> str:
    """Return why a report is refused, and write the complete list of its counts where it is long."""
    analysis = found.released.analysis
    follow = "count follows" if len(found.recoverable) == 1 else "counts follow"
    lines = list(listed_in_words(found.recoverable, analysis))
    if lines != (whole := list(listed_in_words(found.recoverable, analysis, lines=None))):
        every.write_text("\n".join([_OF_ALL, *whole, ""]), encoding="utf-8")
        lines[-1] += f"; all of them are in {every.name}, which is internal"
    refused = "\n".join(
        [
            f"The report is refused: {len(found.recoverable):,} small {follow} from it and earlier reports.",
            *lines,
            "No report is written.",
        ]
    )
    if not found.mended:
        return (
            f"{refused} Nothing that could be hidden would be enough. Keep this report internal (--internal)."
        )
    counts = "1 number" if len(found.extra) == 1 else f"{len(found.extra):,} numbers"
    return (
        f"{refused} It is enough to hide {counts} more: with --hide-more (hide_more=True) the report is made "
        "without them."
    )


def refuse_other_audience(out: Path, *, public: bool) -> None:
    """Refuse a folder that holds a report for other readers: an internal report never replaces a public one.

    Raises
    ------
    ReportError
        The folder holds one.
    """
    found = _manifest(out).get("audience", INTERNAL) if (out / MANIFEST).is_file() else None
    asked = PUBLIC if public else INTERNAL
    if found is not None and found != asked:
        kinds = {PUBLIC: "a public report", INTERNAL: "an internal report"}
        raise ReportError(
            f"{out.name} holds {kinds.get(str(found), 'another report')}. Name another folder for "
            f"{kinds[asked]}.",
            kind="folders",
        )


def refuse_other_study(out: Path, *, study: Path) -> None:
    """Refuse a folder that holds the public report of another study.

    Its releases are on another list, so that this study's would be taken for one that is lost.

    Raises
    ------
    ReportError
        The folder holds one: with another title, and not on this study's list of releases.
    """
    found, head = _manifest(out), _head(out)
    if not head or is_recorded(study.parent / FOLDER, head):
        return
    own = Study.read(study).title
    title = str(found.get("title", "")).removesuffix(f", {found.get('quarter')}")
    if title == own:
        return
    raise ReportError(
        f"{out.name} holds the report of another study: “{title}”, and not “{own}”. Give each study a folder "
        "of its own with --out (out=).",
        kind="folders",
    )


def _head(out: Path) -> str:
    """Return the end of the list of releases as the report in a folder states it; empty where none does."""
    stated = _manifest(out).get("disclosure")
    return str(stated.get("releases", "")) if isinstance(stated, dict) else ""


def _manifest(out: Path) -> Mapping[str, Any]:
    try:
        content = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
