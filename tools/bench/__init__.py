"""Timings on this machine, as ratios within one run.

Targets are for 2 cores; a table of one run stands in docs/benchmarks.md with the command.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path

from tools.bench.engine_bench import engine
from tools.bench.load_jobs import pipeline, plain, prepare
from tools.bench.measured_process import Measure, measure

__all__ = ["Measure", "bench", "engine", "main", "measure"]

FULL = ((100_000, 1_000_000), (1_000_000, 10_000_000))
QUICK = ((2_000, 20_000),)
TARGET_SECONDS, TARGET_GIGABYTES = 60.0, 6.0


def bench(*, quick: bool = False, say: Callable[[str], None] = print) -> list[str]:
    """Run the jobs and return the lines of the table.

    Parameters
    ----------
    quick : bool
        Small sizes, to see that the jobs run.
    say : callable
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
            say(f"Making {discharges:,} discharges with {services:,} service rows")
            counts = prepare(folder, discharges=discharges, services=services)
            say("Running the jobs")
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


def main(*, quick: bool = False) -> None:
    """Run the bench and print its tables: files to results, then the engine."""
    print("\n".join([*bench(quick=quick), "", *engine(quick=quick)]))
