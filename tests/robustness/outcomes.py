"""What becomes of a damaged project: refused in words, or loaded without a loss."""

import csv
import io
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import numpy as np
import pandas as pd

from robustness.damage import CANARY, TABLES, Damage, damaged, project
from stepdown.errors import StepdownError
from stepdown.report import analyze
from stepdown.report.study_check import checked_study
from stepdown.schema import Cohort
from stepdown.sources import load

SECONDS = 30
TRACEBACK, HUNG, CANARY_SHOWN, SILENT = (
    "an error that is no message of stepdown",
    f"more than {SECONDS} seconds for one input",
    "the id of a client in a message",
    "rows or cells that change without a word",
)
MUST_NOT = (TRACEBACK, HUNG, CANARY_SHOWN, SILENT)


@dataclass(frozen=True)
class Fault:
    """What must not happen, and the number of the draw that shows it."""

    what: str
    draw: int
    damage: Damage


def fuzz(
    folder: Path, draws: range, *, whole: bool, progress: Callable[[str], None] = lambda text: None
) -> tuple[Counter[str], list[Fault]]:
    """Damage a project once for each number, and return how often it ended how, and what must not happen.

    Parameters
    ----------
    folder : Path
        Where projects are written.
    draws : range
        Seeds.
    whole : bool
        Analyze what loads, too.
    progress : callable
        Called now and then with a line.
    """
    clean = project(folder / "clean").parent
    right = load(clean / "cohort.toml")
    ends: Counter[str] = Counter()
    faults: list[Fault] = []
    for draw in draws:
        work = folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(clean, work)
        damage = damaged(work, np.random.default_rng(draw))
        end, wrong = _outcome(work, damage, right, whole=whole)
        ends[end] += 1
        faults += [Fault(what, draw, damage) for what in wrong]
        if draw % 500 == 499:
            progress(f"{draw + 1:,} inputs: {dict(ends)}, {len(faults)} faults")
    return ends, faults


def _outcome(work: Path, damage: Damage, right: Cohort, *, whole: bool) -> tuple[str, list[str]]:
    said: list[str] = []
    before = signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        checked = checked_study(work / "study.toml")
        said += [str(one) for one in (*checked.problems, *checked.warnings)]
        if checked.problems:
            return "refused", _spoken(said)
        cohort = load(work / "cohort.toml")
        wrong = [SILENT] if _lost(work, damage, cohort, right) else []
        if whole:
            analyze(work / "study.toml")
        return "loaded", [*wrong, *_spoken(said)]
    except StepdownError as error:
        return "refused", _spoken([*said, str(error)])
    except TimeoutError:
        return "fault", [HUNG]
    except Exception:
        return "fault", [TRACEBACK]
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _too_long(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def _spoken(said: list[str]) -> list[str]:
    """Find ids in what was said: a key or header that begins like one may be named, an id may not."""
    shown = any(f"{CANARY}{digit}" in text for text in said for digit in range(10))
    return [CANARY_SHOWN] if shown else []


def _lost(work: Path, damage: Damage, cohort: Cohort, right: Cohort) -> bool:
    """Return whether rows are gone, other rows changed, or a filled cell is missing."""
    if damage.file not in TABLES or damage.kind not in ("cell", "row"):
        return False
    text = (work / damage.file).read_bytes().decode("utf-8")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    now, then = (getattr(one, damage.file.removesuffix(".csv")) for one in (cohort, right))
    if len(now) != len(rows) - 1:
        return True
    if damage.kind == "row":
        return False
    others = np.arange(len(now)) != damage.row
    filled = bool(rows[damage.row + 1][damage.column].strip())
    emptied = now[~others].isna().to_numpy().sum() > then[~others].isna().to_numpy().sum()
    return (filled and bool(emptied)) or not _same(now[others], then[others])


def _same(now: pd.DataFrame, then: pd.DataFrame) -> bool:
    both = [frame.astype(object).where(frame.notna(), None).astype(str).to_numpy() for frame in (now, then)]
    return (
        list(now.columns) == list(then.columns)
        and both[0].shape == both[1].shape
        and bool((both[0] == both[1]).all())
    )
