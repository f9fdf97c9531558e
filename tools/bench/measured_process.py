"""Seconds and peak memory of a job, in a process of its own."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What a job took.

    Attributes
    ----------
    seconds : mapping of str to float
        Wall time of each part of the job.
    kernel : mapping of str to float
        Processor time of each part that the operating system took, mostly to hand out memory.
    gigabytes : float
        Peak resident memory of the process, and of those that it starts, looked at every second (Linux);
        missing (NaN) where the system does not tell.
    """

    seconds: dict[str, float]
    kernel: dict[str, float] = field(default_factory=dict)
    gigabytes: float


_EVERY = 1.0
"""Seconds between looks at the memory."""
Job = Callable[[Path, Callable[[str], None]], None]


def _peak() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # Linux: the other counter also holds what the parent had when it started us
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e9
    try:
        import resource
    except ImportError:  # Windows
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _of_tree(process: int) -> float:
    """Return the memory of a process and those it started, in GB; shared pages count once."""
    proc, total = Path("/proc"), 0.0
    left = [process]
    while left:
        one = left.pop()
        try:
            shares = (proc / str(one) / "smaps_rollup").read_text()
            left += map(int, (proc / str(one) / "task" / str(one) / "children").read_text().split())
        except OSError:  # another system, or a process that has ended
            continue
        total += sum(int(line.split()[1]) for line in shares.splitlines() if line.startswith("Pss:"))
    return total * 1024 / 1e9


def _run(job: Job, folder: Path, pipe: Connection) -> None:
    seconds: dict[str, float] = {}
    kernel: dict[str, float] = {}
    began, system = time.perf_counter(), os.times().system

    def done(part: str) -> None:
        nonlocal began, system
        now, held = time.perf_counter(), os.times().system
        seconds[part], began = now - began, now
        kernel[part], system = held - system, held

    job(folder, done)
    pipe.send(Measure(seconds=seconds, kernel=kernel, gigabytes=_peak()))


def measure(job: Job, folder: Path) -> Measure:
    """Run a job in a fresh process, so that its memory is its own.

    Parameters
    ----------
    job : callable
        Takes the folder and a function to call, with a name, at the end of each part.
    folder : Path
        Where the job finds its data.

    Raises
    ------
    RuntimeError
        The job failed.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(job, folder, theirs))
    process.start()
    theirs.close()
    peak = 0.0
    try:
        while process.pid is not None and not ours.poll(_EVERY):
            peak = max(peak, _of_tree(process.pid))
        found = ours.recv()
    except EOFError:
        raise RuntimeError("The job failed; its own message stands above.") from None
    finally:
        process.join()
    assert isinstance(found, Measure)
    return replace(found, gigabytes=max(found.gigabytes, peak))
