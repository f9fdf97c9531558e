"""Independent estimates of large cohorts, two at a time: each is computed as it would be alone."""

import contextvars
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
WORTH_IT = 20_000
"""People from which two threads take less time than one."""
_MOST = 2


def side_by_side(tasks: Mapping[Key, Callable[[], Value]], *, people: int) -> dict[Key, Value]:
    """Return what each task returns, in their order.

    Parameters
    ----------
    tasks : mapping of callable
        Tasks that share nothing that they change, and set no filter of warnings.
    people : int
        Size of the cohort; a small one is done one after the other.

    Returns
    -------
    dict
        The same values whatever the number of processors.

    Examples
    --------
    >>> side_by_side({"a": lambda: 1, "b": lambda: 2}, people=100_000)
    {'a': 1, 'b': 2}
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if people < WORTH_IT or len(tasks) < 2 or cores < 2:
        return {key: task() for key, task in tasks.items()}
    with ThreadPoolExecutor(min(_MOST, len(tasks))) as pool:
        # Settings of numpy for invalid values belong to a context, which a thread does not inherit.
        begun = {key: pool.submit(contextvars.copy_context().run, task) for key, task in tasks.items()}
        return {key: one.result() for key, one in begun.items()}
