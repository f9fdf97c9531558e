"""A public report: the release step, the check against earlier releases, and the list of releases."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stepdown.disclosure import record_release
from stepdown.errors import ReportError
from stepdown.release import release
from stepdown.release.release_record import check_against_earlier
from stepdown.report.manifest import INTERNAL, PUBLIC
from stepdown.report.report_folder import MANIFEST
from stepdown.results import Analysis
from stepdown.study import Study

_NAMED = 5
_ROUNDS = 10


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
        The list of releases cannot be trusted, or a row has no release class.
    """
    rules = Study.read(study).disclosure
    also: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        released = release(analysis, threshold=rules.threshold, base=rules.base, also=also)
        ledger, check = check_against_earlier(released, study.parent, quarter=quarter, head=_head(out))
        if check.allowed or not hide_more:
            break
        also |= frozenset(check.extra)
    if not check.allowed:
        raise ReportError(_refusal(check.recoverable, check.extra), kind="disclosure")

    def recorded() -> Mapping[str, object]:
        return {
            "threshold": rules.threshold,
            "base": rules.base,
            "rows_not_shown": released.suppressed,
            "releases": record_release(ledger, check).head,
        }

    return PublicReport(released.analysis, recorded)


def _refusal(recoverable: tuple[str, ...], extra: tuple[str, ...]) -> str:
    follow = "count follows" if len(recoverable) == 1 else "counts follow"
    return (
        f"The report is refused: {len(recoverable):,} small {follow} from it and earlier releases: "
        f"{_listed(recoverable)}. Nothing is written. Hide as well: {_listed(extra)}. With --hide-more "
        "(hide_more=True) the report is made without them."
    )


def _listed(names: tuple[str, ...]) -> str:
    more = f"; and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return f"{'; '.join(names[:_NAMED])}{more}"


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
