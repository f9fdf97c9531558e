"""Independent pieces of work in several processes, forked so that they see the data without a copy."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.sharedctypes import Synchronized
from typing import TypeVar

Value = TypeVar("Value")
_TASK, _PART = "stepdown task", "stepdown part of a task"
"""Names of processes."""
_END_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux: the signal that a process gets when its parent ends."""
WORTH_IT, LARGEST = 5_000, 300_000
"""People from which two processes take less time than one, and up to which both fit models in memory."""


def usable_cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def can_fork() -> bool:
    """Return whether this process may start others: on Linux, and none that works on a part of a task."""
    return sys.platform == "linux" and multiprocessing.current_process().name != _PART


def end_with(parent: int) -> None:
    """Let this process end with the one that started it, however that one ends."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_END_WITH_PARENT, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


def in_processes(
    tasks: Sequence[Callable[[], Value]], *, people: int, largest: int | None = None
) -> list[Value]:
    """Return what each task returns, in their order.

    Parameters
    ----------
    tasks : sequence of callable
        Tasks that share nothing that they change; what they return, or raise, is pickled.
    people : int
        Size of the cohort; of a small one they are done one after the other.
    largest : int, optional
        Size above which they are done so too, as each of them fits models of its own.

    Returns
    -------
    list
        The same values whatever the number of processors.

    Examples
    --------
    >>> in_processes([lambda: 1, lambda: 2], people=100_000)
    [1, 2]
    """
    cores = min(usable_cores(), len(tasks))
    alone = people < WORTH_IT or (largest is not None and people > largest)
    if alone or cores < 2 or not can_fork():
        return [task() for task in tasks]
    found = dict(by_processes(lambda number: tasks[number](), range(len(tasks)), cores))
    # Of a process that the system ended.
    return [found[number] if number in found else task() for number, task in enumerate(tasks)]


def by_processes(
    make: Callable[[int], Value], numbers: Sequence[int], cores: int, *, nice: int = 0
) -> Iterator[tuple[int, Value]]:
    """Yield what forked processes make of each number, as it is made; raise what one of them raises.

    Parameters
    ----------
    make : callable
        From a number to what is pickled.
    numbers : sequence of int
        The numbers; each process takes the next one that none has taken.
    cores, nice : int
        Number of processes, and by how much others on the machine go before them.
    """
    context = multiprocessing.get_context("fork")
    # One that works on a task may start processes for parts of it, but these none.
    inner = multiprocessing.current_process().name == _TASK
    name = _PART if inner else _TASK
    taken = context.Value("q", 0)
    ends: list[Connection] = []
    workers = []
    for _ in range(cores):
        here, there = context.Pipe(duplex=False)
        given = (make, numbers, taken, there, (os.getpid(), nice))
        worker = context.Process(target=_work, args=given, name=name, daemon=inner)
        with warnings.catch_warnings():
            # Of threads in this process: those of a notebook or of linear algebra, idle meanwhile.
            warnings.simplefilter("ignore", DeprecationWarning)
            worker.start()
        there.close()
        workers.append(worker)
        ends.append(here)
    try:
        while ends:
            ready = wait(ends)
            for end in [one for one in ends if one in ready]:
                try:
                    found: tuple[int, Value] | Exception = end.recv()
                except EOFError:
                    ends.remove(end)
                    continue
                if isinstance(found, Exception):
                    raise found
                yield found
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(
    make: Callable[[int], Value],
    numbers: Sequence[int],
    taken: Synchronized[int],
    there: Connection,
    manner: tuple[int, int],
) -> None:
    parent, nice = manner
    end_with(parent)
    with contextlib.suppress(OSError):
        os.nice(nice)
    # Ctrl-C goes to all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            with taken.get_lock():
                place = taken.value
                taken.value = place + 1
            if place >= len(numbers):
                return
            there.send((numbers[place], make(numbers[place])))
    except Exception as error:
        there.send(error)
    finally:
        there.close()
