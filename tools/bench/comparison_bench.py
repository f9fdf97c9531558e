"""The table of adjusted comparisons: time and memory of each, in a process of its own."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tools.bench.comparison_jobs import (
    clone_replicates,
    clones,
    rival_clones,
    trials,
    weighted_replicates,
)
from tools.bench.measured_process import Job, measure
from tools.bench.rivals import installed


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One comparison with its target on 2 cores.

    Attributes
    ----------
    name : str
        What is compared.
    job : callable
        Takes the number of discharges, then what a measured job takes.
    n : int
        Discharges.
    target : str
        What the time and memory should be.
    """

    name: str
    job: Callable[[int], Job]
    n: int
    target: str


COMPARISONS = tuple(
    Comparison(name=name, job=job, n=n, target=target)
    for name, job, sizes in (
        (
            "clone-censor-weight, weighted",
            lambda n: partial(clones, n, "weighted"),
            ((100_000, "under 8 s"), (1_000_000, "under 120 s and 8 GB")),
        ),
        (
            "the same, doubly robust",
            lambda n: partial(clones, n, "doubly_robust"),
            ((100_000, "at most 3 times that"), (1_000_000, "at most 3 times that")),
        ),
        (
            "sequential trials, as started",
            lambda n: partial(trials, n, "as_started"),
            ((100_000, "under 60 s"),),
        ),
        ("the same, per protocol", lambda n: partial(trials, n, "per_protocol"), ((100_000, "under 60 s"),)),
        (
            "clone-censor-weight, doubly robust, 500 replicates of all models",
            lambda n: partial(clone_replicates, n, 500),
            ((10_000, "under 240 s"),),
        ),
        (
            "weighted curves and means, 1,000 replicates with the propensity",
            lambda n: partial(weighted_replicates, n, 1000),
            ((100_000, "under 90 s"),),
        ),
    )
    for n, target in sizes
)


RIVAL, RIVAL_IMPORT, RIVAL_ROWS = "clone-censor-weight", "ccw", 2_000


def comparisons(
    asked: Sequence[Comparison] = COMPARISONS,
    *,
    quick: bool = False,
    show_step: Callable[[str], None] = print,
) -> list[str]:
    """Run the comparisons and return the lines of the table.

    Parameters
    ----------
    asked : sequence of Comparison
        What is timed.
    quick : bool
        A hundredth of the discharges, to see that the jobs run.
    show_step : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table.
    """
    lines = [
        "| comparison | discharges | seconds | target | peak memory (GB) |",
        "| --- | --- | --- | --- | --- |",
    ]
    for one in asked:
        n = one.n // 100 if quick else one.n
        if quick and one.n > 100_000:
            continue
        show_step(f"Comparing {n:,} discharges: {one.name}")
        with tempfile.TemporaryDirectory() as folder:
            found = measure(one.job(n), Path(folder))
        cells = (
            one.name,
            f"{n:,}",
            f"{found.seconds['run']:.1f}",
            "" if quick else one.target,
            f"{found.gigabytes:.1f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    show_step(f"Comparing {RIVAL_ROWS:,} discharges with the package {RIVAL}")
    return [*lines, "", beside_rival(500 if quick else RIVAL_ROWS)]


def beside_rival(n: int) -> str:
    """Return by how much the package clone-censor-weight is slower on the same discharges, as a sentence."""
    if not installed(RIVAL_IMPORT):
        return f"{RIVAL} is not installed here."
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (
            measure(job, Path(folder)).seconds["run"]
            for job in (partial(clones, n, "weighted"), partial(rival_clones, n))
        )
    return (
        f"The package {RIVAL} (weights alone, no competing events) takes {theirs / ours:,.0f} times as "
        f"long with {n:,} discharges."
    )
