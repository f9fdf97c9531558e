"""The table of the engine: time, memory and growth of each job, beside its rivals in the same run."""

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools.bench import engine_jobs as ours
from tools.bench import rivals as theirs
from tools.bench.engine_data import Rows, make, save, save_csv
from tools.bench.measured_process import Measure, measure

SMALL, LARGE = 10_000, 1_000_000
"""Rows between which the growth of the time is shown."""


@dataclass(frozen=True, kw_only=True)
class EngineJob:
    """One job with its targets on 2 cores.

    Attributes
    ----------
    name : str
        What is done.
    job : callable
        Prepares the rows and returns the call that is timed.
    targets : mapping of int to float
        Seconds allowed, by number of rows.
    gigabytes : float
        Peak memory allowed at 1,000,000 rows; infinity where none is set.
    pieces : int
        Rows a person.
    rivals : mapping of str to callable
        The job of each of `PACKAGES` that can do it, timed once on `rival_rows`.
    r : str
        The job in rivals.R; empty for none.
    rival_rows : int
        Rows that the rivals and R are given.
    times : float
        What a rival's time is multiplied by, where it does only part of the work.
    """

    name: str
    job: Callable[[Rows], ours.Call]
    targets: dict[int, float]
    gigabytes: float = math.inf
    pieces: int = 1
    rivals: Mapping[str, Callable[[Rows], ours.Call]] = field(default_factory=dict)
    r: str = ""
    rival_rows: int = 100_000
    times: float = 1.0


JOBS = (
    EngineJob(
        name="Cox, weights and clusters, 11 covariates",
        job=ours.cox,
        targets={100_000: 0.3, 1_000_000: 3.0},
        gigabytes=2.0,
        rivals={
            "lifelines": theirs.lifelines_cox,
            "survival": theirs.rust_cox,
            "greenwood": theirs.greenwood_cox,
        },
        r="cox",
    ),
    EngineJob(
        name="the same, time-varying",
        job=ours.cox,
        targets={5_000_000: 15.0},
        pieces=5,
        r="cox",
        rival_rows=20_000,
    ),
    EngineJob(
        name="Fine-Gray, weights and clusters, 11 covariates",
        job=ours.fine_gray,
        targets={1_000_000: 4.0},
        rivals={"survival": theirs.rust_fine_gray},
        r="fine_gray",
        rival_rows=10_000,
    ),
    EngineJob(
        name="Aalen-Johansen and variance, 4 arms, weights and clusters",
        job=ours.incidence,
        targets={1_000_000: 2.0},
        rivals={
            "lifelines": theirs.lifelines_incidence,
            "survival": theirs.rust_incidence,
            "greenwood": theirs.greenwood_incidence,
        },
        r="incidence",
    ),
    EngineJob(
        name="log-rank, Gray, RMST and window measures, 4 arms",
        job=ours.arms,
        targets={1_000_000: 2.0},
        rivals={"lifelines": theirs.lifelines_arms, "greenwood": theirs.greenwood_arms},
        r="arms",
    ),
    EngineJob(
        name="1,000 bootstrap replicates of weighted curves and RMST, by client",
        job=ours.bootstrap,
        targets={100_000: 3.0},
        rivals={"lifelines": theirs.lifelines_bootstrap},
        r="bootstrap",
        times=1000 / theirs.REPLICATES,
    ),
    EngineJob(
        name="test of proportional hazards, 11 covariates",
        job=ours.ph_test,
        targets={1_000_000: 6.0},
        rivals={
            "lifelines": theirs.lifelines_ph_test,
            "survival": theirs.rust_ph_test,
            "greenwood": theirs.greenwood_ph_test,
        },
        r="ph_test",
    ),
)
PACKAGES = {"lifelines": "lifelines", "survival": "survival (Rust)", "greenwood": "greenwood"}
"""Rivals by the name that is imported, with the name for readers."""
FEWER = {"greenwood": 10_000}
"""Rows that a rival is given at most, because its regression takes minutes at 100,000."""
HEAD = (
    "| job | rows | seconds | target | peak memory (GB) | times faster than lifelines | "
    "than survival (Rust) | than greenwood | than R | growth, rows 10,000 to 1,000,000 |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)


@dataclass(eq=False)
class _Runs:
    """Data are made once a size; each run is a process of its own."""

    folder: Path
    done: dict[tuple[str, int], Measure] = field(default_factory=dict)

    def rows(self, n: int, pieces: int, *, csv: bool = False) -> Path:
        place = self.folder / f"{n}-{pieces}"
        if not place.exists():
            save(make(n, pieces=pieces), place)
        if csv and not (place / "engine.csv").exists():
            save_csv(make(n, pieces=pieces), place)
        return place

    def run(self, job: EngineJob, n: int) -> Measure:
        """Return one of our runs, done once."""
        if (job.name, n) not in self.done:
            self.done[job.name, n] = measure(partial(ours.timed, job.job), self.rows(n, job.pieces))
        return self.done[job.name, n]


def engine(
    jobs: Sequence[EngineJob] = JOBS, *, quick: bool = False, say: Callable[[str], None] = print
) -> list[str]:
    """Run the jobs and return the lines of the table.

    Parameters
    ----------
    jobs : sequence of EngineJob
        What is timed.
    quick : bool
        A hundredth of the rows and no growth, to see that the jobs run.
    say : callable
        Called with a line of progress.

    Returns
    -------
    list of str
        A Markdown table: times, what is allowed, and by how much each rival is slower on the same rows.
    """
    with_r = theirs.has_r()
    lines = list(HEAD)
    with tempfile.TemporaryDirectory() as name:
        runs = _Runs(Path(name))
        for job in jobs:
            say(f"Running the engine: {job.name}")
            lines += list(_lines(job, runs, shrink=100 if quick else 1, with_r=with_r))
    lines += ["", "Ours: the fastest of 3 to 5 runs in one process; the others run once."]
    lines += [
        line
        for package, name in PACKAGES.items()
        if not theirs.installed(package)
        for line in ("", f"{name} is not installed here, so its column is empty.")
    ]
    if not with_r:
        lines += ["", "R with survival and cmprsk is not installed here, so its column is empty."]
    return lines


def _lines(job: EngineJob, runs: _Runs, *, shrink: int, with_r: bool) -> Iterator[str]:
    shared = max(job.rival_rows // shrink, 500)
    beside = list(_rivals(job, runs, shared, with_r=with_r))
    for n, target in job.targets.items():
        found = runs.run(job, n // shrink)
        last = n == max(job.targets)
        cells = (
            job.name,
            f"{n // shrink:,}",
            f"{fastest(found):.2f}",
            "" if shrink > 1 else f"under {target:g} s{_memory(job, n)}",
            f"{found.gigabytes:.1f}",
            *(cell if last else "" for cell in beside),
            f"n^{_growth(job, runs):.2f}" if last and shrink == 1 else "",
        )
        yield f"| {' | '.join(cells)} |"


def _memory(job: EngineJob, n: int) -> str:
    return f", {job.gigabytes:g} GB" if n == LARGE and math.isfinite(job.gigabytes) else ""


def _rivals(job: EngineJob, runs: _Runs, n: int, *, with_r: bool) -> Iterator[str]:
    """Yield by how much each rival, and R, is slower on the same rows, in words."""
    for package in PACKAGES:
        if package not in job.rivals:
            yield "cannot do it"
        elif not theirs.installed(package):
            yield ""
        else:
            fewer = min(n, FEWER.get(package, n))
            mine = fastest(runs.run(job, fewer))
            found = measure(partial(ours.timed, job.rivals[package], once=True), runs.rows(fewer, job.pieces))
            yield _ratio(fastest(found) * job.times / mine, fewer)
    mine = fastest(runs.run(job, n))
    seconds = theirs.with_r(runs.rows(n, job.pieces, csv=True), job.r) if with_r else None
    yield "" if seconds is None else _ratio(seconds * job.times / mine, n)


def _ratio(value: float, n: int) -> str:
    return f"{value:,.{0 if value >= 10 else 1}f} (at {n:,})"


def _growth(job: EngineJob, runs: _Runs) -> float:
    small, large = (fastest(runs.run(job, n)) for n in (SMALL, LARGE))
    return math.log(large / small) / math.log(LARGE / SMALL)


def fastest(found: Measure) -> float:
    """Return the fastest run of a job."""
    return min(seconds for part, seconds in found.seconds.items() if part.startswith("run"))
