"""Seconds and peak memory of a job, in a process of its own."""

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
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
        Peak resident memory of the process; missing (NaN) where the system does not tell.
    """

    seconds: dict[str, float]
    kernel: dict[str, float] = field(default_factory=dict)
    gigabytes: float


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
    try:
        found = ours.recv()
    except EOFError:
        raise RuntimeError("The job failed; its own message stands above.") from None
    finally:
        process.join()
    assert isinstance(found, Measure)
    return found
