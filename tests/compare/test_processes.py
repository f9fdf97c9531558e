"""Work in several processes: the same values in the same order, errors raised here, one level of nesting."""

import multiprocessing
import os
import select
import signal
import sys
import time

import numpy as np
import pytest

from stepdown.compare import clone_censor_weight, processes
from stepdown.compare.grace_period import person_influence, start_weights
from stepdown.compare.processes import LARGEST, WORTH_IT, by_processes, can_fork, in_processes
from stepdown.errors import DesignError
from tools.bench.comparison_jobs import GRACE, discharges

Numbers = tuple[np.ndarray, np.ndarray]
FORKS = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "usable_cores", lambda: 2)


@FORKS
@pytest.mark.usefixtures("two_processors")
def test_tasks_of_a_large_cohort_are_done_elsewhere_and_stay_in_order() -> None:
    assert in_processes([lambda: 3, lambda: 1, lambda: 2], people=WORTH_IT) == [3, 1, 2]
    here = os.getpid()
    assert here not in in_processes([os.getpid, os.getpid], people=WORTH_IT)
    assert in_processes([os.getpid, os.getpid], people=WORTH_IT - 1) == [here, here]
    assert in_processes([os.getpid], people=WORTH_IT) == [here]
    assert in_processes([], people=WORTH_IT) == []
    assert in_processes([os.getpid] * 2, people=LARGEST + 1, largest=LARGEST) == [here, here]
    assert here not in in_processes([os.getpid] * 2, people=LARGEST, largest=LARGEST)


@FORKS
@pytest.mark.usefixtures("two_processors")
def test_a_process_may_start_processes_and_those_none() -> None:
    def inside() -> list[tuple[bool, int]]:
        return in_processes([lambda: (can_fork(), os.getppid())] * 2, people=WORTH_IT)

    (one, other), _ = in_processes([inside, inside], people=WORTH_IT)
    assert one[0] is False
    assert one[1] not in (os.getpid(), os.getppid())
    assert other == one
    assert can_fork()


@FORKS
@pytest.mark.usefixtures("two_processors")
def test_an_error_is_raised_here_and_no_process_is_left() -> None:
    def refused() -> int:
        raise DesignError("Nobody follows the plan.")

    with pytest.raises(DesignError, match=r"^Nobody follows the plan\."):
        in_processes([lambda: 1, refused, lambda: 2], people=WORTH_IT)
    assert multiprocessing.active_children() == []


@FORKS
def test_each_number_is_taken_once() -> None:
    found = list(by_processes(lambda number: number**2, range(20), 3))
    assert sorted(found) == [(number, number**2) for number in range(20)]
    ((_, nice),) = by_processes(lambda number: os.nice(0), [0], 1, nice=2)
    assert nice == min(os.nice(0) + 2, 19)


@FORKS
@pytest.mark.usefixtures("two_processors")
def test_what_a_process_that_was_ended_owes_is_done_here() -> None:
    here = os.getpid()

    def killed() -> int:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return 5

    assert in_processes([killed, lambda: 2], people=WORTH_IT) == [5, 2]


def estimates(*, scores: bool) -> Numbers:
    given = discharges(300)
    found = clone_censor_weight(
        given.days, given.event, given.start, given.covariates[["x1", "x2"]], grace=GRACE, times=(30, 90),
        history=given.history if scores else None, window=None, rmst=None,
    )  # fmt: skip
    columns = found.table[["estimate", "std_error", "conf_low", "conf_high"]].to_numpy(dtype=float)
    return columns, np.stack(list(found.influence.values()))


@FORKS
def test_a_process_ends_with_the_run_that_was_stopped() -> None:
    ours, theirs = os.pipe()
    run = os.fork()
    if run == 0:
        here = os.getpid()
        if os.fork() == 0:
            processes.end_with(here)
            os.write(theirs, b"w")
            time.sleep(60)
            os._exit(0)
        time.sleep(60)
    os.close(theirs)
    assert os.read(ours, 1) == b"w"
    os.kill(run, signal.SIGKILL)
    os.waitpid(run, 0)
    # The pipe ends where nobody holds it any more, the worker included.
    ready, _, _ = select.select([ours], [], [], 20)
    assert ready
    assert os.read(ours, 1) == b""
    os.close(ours)


@FORKS
@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize("scores", [False, True])
def test_parts_of_a_large_cohort_come_to_the_same_whatever_the_processors(
    monkeypatch: pytest.MonkeyPatch, scores: bool
) -> None:
    whole = estimates(scores=scores)
    monkeypatch.setattr(person_influence, "IN_PARTS_FROM", 0)
    in_parts = estimates(scores=scores)
    for one, other in zip(whole, in_parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    monkeypatch.setattr(processes, "WORTH_IT", 0)
    for one, other in zip(in_parts, estimates(scores=scores), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("scores", [False, True])
def test_decisions_that_are_made_anew_are_the_same(monkeypatch: pytest.MonkeyPatch, scores: bool) -> None:
    kept = estimates(scores=scores)
    monkeypatch.setattr(start_weights, "LARGEST", 0)
    for one, other in zip(kept, estimates(scores=scores), strict=True):
        np.testing.assert_array_equal(one, other)
