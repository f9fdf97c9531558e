"""Timings on this machine, as ratios within one run.

docs/benchmarks.md holds the tables of one run.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.bench.comparison_bench import comparisons
from tools.bench.engine_bench import engine
from tools.bench.init_jobs import CSV, WORKBOOK, identifier_check, new_project, write_log
from tools.bench.load_jobs import first_touch, pipeline, plain, prepare, whole_analysis
from tools.bench.measured_process import Measure, measure
from tools.bench.report_bench import reports

__all__ = ["Measure", "bench", "comparisons", "engine", "main", "measure", "reports"]

FULL = ((100_000, 1_000_000), (1_000_000, 10_000_000))
QUICK = ((2_000, 20_000),)
TARGET_SECONDS, TARGET_GIGABYTES = 60.0, 6.0
ANALYSIS = ((2_000, 20_000), (100_000, 930_000), (1_000_000, 10_000_000))
ANALYSIS_TARGETS = {2_000: "under 0.8 s", 100_000: "under 9 s", 1_000_000: "under 100 s and 8 GB"}


LOGS = ((CSV, 500_000, 30), (WORKBOOK, 100_000, 10))
INIT_TARGET = "under 20 s"


def bench(*, quick: bool = False, show_step: Callable[[str], None] = print) -> list[str]:
    """Run the jobs and return the lines of the table.

    Parameters
    ----------
    quick : bool
        Small sizes, to see that the jobs run.
    show_step : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table.
    """
    lines = [
        "| discharges | service rows | load and check (s) | derive (s) | design and estimate (s) | peak "
        "memory (GB) | load, check and derive against pandas.read_parquet alone |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for discharges, services in QUICK if quick else FULL:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            show_step(f"Making {discharges:,} discharges with {services:,} service rows")
            counts = prepare(folder, discharges=discharges, services=services)
            show_step("Running the jobs")
            ours, theirs = measure(pipeline, folder), measure(plain, folder)
        lines.append(_line(*counts, ours, theirs))
    if not quick:
        lines += [
            "",
            f"Target at the largest size: under {TARGET_SECONDS:.0f} s and {TARGET_GIGABYTES:.0f} GB.",
        ]
    return lines


def _line(discharges: int, services: int, ours: Measure, theirs: Measure) -> str:
    took = ours.seconds
    whole = took["load and check"] + took["derive"]
    cells = (
        f"{discharges:,}",
        f"{services:,}",
        f"{took['load and check']:.1f}",
        f"{took['derive']:.1f}",
        f"{took['design'] + took['estimate']:.1f}",
        f"{ours.gigabytes:.1f}",
        f"{whole / theirs.seconds['read']:.1f} times",
    )
    return f"| {' | '.join(cells)} |"


def analyses(*, quick: bool = False, show_step: Callable[[str], None] = print) -> list[str]:
    """Time whole analyses on one thread, each in a process of its own.

    Parameters
    ----------
    quick : bool
        The smallest size only.
    show_step : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table.
    """
    lines = [
        "| discharges | service rows | whole analysis (s) | in the kernel (s) | target | peak memory (GB) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for discharges, services in ANALYSIS[:1] if quick else ANALYSIS:
        with tempfile.TemporaryDirectory() as name:
            counts = prepare(Path(name), discharges=discharges, services=services)
            show_step(f"Analyzing {discharges:,} discharges")
            found = measure(whole_analysis, Path(name))
        took, kernel = found.seconds["analyze"], found.kernel["analyze"]
        lines.append(
            f"| {counts[0]:,} | {counts[1]:,} | {took:.2f} | {kernel:.2f} "
            f"| {ANALYSIS_TARGETS[discharges]} | {found.gigabytes:.1f} |"
        )
    if not quick:
        fresh = measure(first_touch, Path()).kernel["touch"]
        lines += ["", f"The kernel took {fresh:.1f} s to hand out 4 GB of memory to a new process."]
    return lines


def guesses(*, quick: bool = False, show_step: Callable[[str], None] = print) -> list[str]:
    """Time `stepdown init` on a large text file and a large workbook, each in a process of its own.

    Parameters
    ----------
    quick : bool
        Small files, to see that the jobs run.
    show_step : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table.
    """
    lines = [
        "| file | rows | columns | init (s) | target | peak memory (GB) |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, rows, columns in LOGS:
        rows = 1_000 if quick else rows
        with tempfile.TemporaryDirectory() as folder:
            show_step(f"Starting a project from {rows:,} rows of {name}")
            write_log(Path(folder), name, rows=rows, columns=columns)
            found = measure(new_project, Path(folder))
        cells = (
            name,
            f"{rows:,}",
            f"{columns}",
            f"{found.seconds['init']:.1f}",
            INIT_TARGET,
            f"{found.gigabytes:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    took = measure(identifier_check, Path()).seconds["check"]
    lines += ["", f"The identifier check of 1,000 columns took {took:.2f} s; the target is under 0.5 s."]
    return lines


def main(*, quick: bool = False) -> None:
    """Run the bench and print its tables: loading, analyses, reports, `init`, comparisons, the engine."""
    print(
        "\n".join(
            [
                *bench(quick=quick),
                "",
                *analyses(quick=quick),
                "",
                *(() if quick else (*reports(), "")),
                *guesses(quick=quick),
                "",
                *comparisons(quick=quick),
                "",
                *engine(quick=quick),
            ]
        )
    )
