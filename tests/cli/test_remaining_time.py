"""How long a run will still take: nothing while too little is known, and never below zero."""

import os
import pty
import subprocess
import sys

from stepdown.cli.remaining_time import SHARES, RemainingTime


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_run_whose_steps_take_their_shares() -> None:
    clock = Clock()
    line = RemainingTime(clock=clock)
    for step, share in SHARES.items():
        line.begin(f"{step}: 1 of 2")
        if clock.now >= 5:
            assert line.text() == f"{step}: 1 of 2 ... {clock.now:.0f} s, about {40 - clock.now:.0f} s left"
        clock.now += 40 * share


def test_too_little_is_known_at_first_and_a_long_step_has_no_time_below_zero() -> None:
    clock = Clock()
    line = RemainingTime(clock=clock)
    line.begin("Loading and checking the data")
    clock.now = 4
    assert line.text() == "Loading and checking the data ..."
    clock.now = 8
    assert line.text() == "Loading and checking the data ... 8 s"
    line.begin("Estimating")
    line.begin("Writing the report")
    clock.now = 600
    assert line.text() == "Writing the report ... 10 min, about 0 s left"
    line.begin("Something else")
    assert line.text() == "Something else ... 10 min"


def test_a_terminal_shows_it() -> None:
    code = (
        "from stepdown.cli.application import steps\nwith steps() as show:\n    show('Estim\\x1b[31mating')"
    )
    above, below = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code], stderr=below, check=True, env={**os.environ, "TERM": "xterm"}
    )
    os.close(below)
    shown = os.read(above, 100_000).decode(errors="replace")
    os.close(above)
    assert done.returncode == 0
    assert "Starting ..." in shown or "Estim" in shown
    assert "\x1b[31m" not in shown
