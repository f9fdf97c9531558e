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
        rows, slack = _rows(path, title)
        if rows:
            lost = [
                f"{name} holds {many:,} rows; it had {'at least ' if slack else ''}{rows[name]:,}"
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


def _rows(path: Path, title: str) -> tuple[dict[str, int], int]:
    """Return the fewest rows by file name of a report of a study, and by how much they may have been more.

    No files where the manifest is of another study, or damaged.
    """
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        if content["title"] != title:
            return {}, 0
        # A public report rounds them to 10 bases.
        slack = 5 * int(content.get("disclosure", {}).get("base", 0))
        return {str(one["file"]): int(one["rows"]) - slack for one in content["inputs"]}, slack
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}, 0
