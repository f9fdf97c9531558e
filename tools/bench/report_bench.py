"""Whole reports of the bundled study: page, brief, workbook and figures, and an unchanged second run."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from stepdown.sources import bundled
from tools.bench.load_jobs import prepare
from tools.bench.measured_process import measure

SIZES = ((0, 0), (100_000, 1_000_000), (1_000_000, 10_000_000))
"""Discharges and services; 0 for the bundled cohort as it is."""
TARGETS = {0: "under 25 s", 100_000: "under 90 s and 4 GB", 1_000_000: "under 15 min and 10 GB"}
AGAIN = "under 5 s"


def whole_report(folder: Path, done: Callable[[str], None]) -> None:
    """Make a report, and run the unchanged study once more."""
    from stepdown.report import run

    done("import")
    run(folder / "study.toml", out=folder / "reports" / "all")
    done("report")
    run(folder / "study.toml", out=folder / "reports" / "all")
    done("again")


def project(folder: Path, *, discharges: int, services: int) -> tuple[int, int]:
    """Write the bundled study with so many discharges; return the rows of both tables."""
    source = bundled("synthetic/programs")
    if not discharges:
        for path in source.iterdir():
            shutil.copy(path, folder)
        counts = [
            len((source / f"{name}.csv").read_bytes().splitlines()) - 1 for name in ("discharges", "services")
        ]
        return counts[0], counts[1]
    held = prepare(folder, discharges=discharges, services=services)
    shutil.copy(source / "study.toml", folder)
    return held


def reports(
    *, sizes: tuple[tuple[int, int], ...] = SIZES, show_step: Callable[[str], None] = print
) -> list[str]:
    """Time whole reports, each in a process of its own; memory of all processes.

    Parameters
    ----------
    sizes : tuple of (discharges, services)
        0 discharges for the bundled cohort.
    show_step : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table.
    """
    lines = [
        "| discharges | service rows | report (s) | target | peak memory (GB) | unchanged (s) | target |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for discharges, services in sizes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            counts = project(folder, discharges=discharges, services=services)
            show_step(f"Making a report of {counts[0]:,} discharges")
            found = measure(whole_report, folder)
        took = found.seconds
        lines.append(
            f"| {counts[0]:,} | {counts[1]:,} | {took['report']:.1f} "
            f"| {TARGETS.get(discharges, '')} | {found.gigabytes:.1f} | {took['again']:.1f} | {AGAIN} |"
        )
    return lines
