"""Files that hold fewer rows than they did for the report before."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stepdown.report.report_folder import MANIFEST


def fewer_rows(inputs: Sequence[tuple[str, str, int]], *, title: str, out: Path) -> str:
    """Return a warning about files that lost rows since the last report; empty where none did.

    Parameters
    ----------
    inputs : sequence of (name, sha256, rows)
        Files that this report read.
    title : str
        Title of the study.
    out : Path
        Folder of this report. The last report is the one that it holds, else the one of the same title in a
        folder beside it whose name comes last before its own.

    Returns
    -------
    str
    """
    beside = sorted(path for path in out.parent.glob(f"*/{MANIFEST}") if path.parent.name < out.name)
    for path in (out / MANIFEST, *reversed(beside)):
        rows = _rows(path, title)
        if rows:
            lost = [
                f"{name} holds {many:,} rows; it had {rows[name]:,}"
                for name, _, many in inputs
                if many < rows.get(name, 0)
            ]
            if not lost:
                return ""
            return (
                f"Since the last report ({path.parent.name}), files have lost rows: {'; '.join(lost)}. "
                "Compare them with their source before you use this report."
            )
    return ""


def _rows(path: Path, title: str) -> dict[str, int]:
    """Return rows by file name of a report of a study; empty where the manifest is of another, or damaged."""
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["title"] != title:
            return {}
        return {str(one["file"]): int(one["rows"]) for one in content["inputs"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}
