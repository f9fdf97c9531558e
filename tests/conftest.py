"""The fast tier: `-m "not slow"` leaves out whole files, before they are imported.

A file whose tests take more than `LIMIT` seconds together (one process, a quiet machine) carries the line
`pytestmark = pytest.mark.slow`. The fast tier names at its end the files that outgrew the limit.
"""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

# One thread for each worker, its subprocesses too: numpy reads these when it is first imported.
# Nothing is kept beside studies: tests change the package under them.
os.environ.setdefault("STEPDOWN_NO_CACHE", "1")
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# Files of 20 seconds and more come first, so that no worker is left with one of them at the end.
LONG = (
    "test_degenerate", "test_recovery", "test_cases", "test_code_blocks", "test_recursion", "test_commands",
    "test_invariances", "test_truth_check", "test_weekly_score", "test_ctn0094", "test_wheel", "test_init_dates",
    "test_init_sheets", "test_measure_naive", "test_laws_sources", "test_agreement", "test_engine",
    "test_interrupt", "test_treatment_naive", "test_intervals_recovery", "test_intervals_chosen",
)  # fmt: skip
LIMIT = 2.0
MARK = re.compile(r"^pytestmark = .*pytest\.mark\.slow\b", re.MULTILINE)


def _fast(config: pytest.Config) -> bool:
    return config.getoption("markexpr") == "not slow"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave a slow file out unread, because importing all of them takes a third of a minute."""
    if not _fast(config) or collection_path.suffix != ".py":
        return None
    return True if MARK.search(collection_path.read_text(encoding="utf-8")) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the files of the fast tier that take too long for it."""
    if not _fast(config):
        return
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[report.nodeid.split("::")[0]] += report.duration
    for file, spent in seconds.most_common():
        if spent > 2 * LIMIT:
            terminalreporter.line(f"{file} took {spent:.1f} s: mark it slow, or make it faster", yellow=True)
