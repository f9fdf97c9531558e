"""`python -m tools.validation.quarterly_runs`: eight quarters of one program reported in a row, as it would.

The project holds one extract at a time (`stepdown.synthetic.quarter_extracts`). At the end of each quarter
`stepdown run study.toml --quarter ...` makes its report, an internal one and one for publication. One quarter
is prepared for publication again when it is complete, and once more when late data have come in: the
difference of the two would give small counts away. Then: a second run
into a folder that another run writes is refused; runs that are killed leave the folder as it was; the last
report is made again under other settings of the machine, and from rows in another order. What each run gave
is kept in `quarterly_runs.csv`; the tests read it.
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from stepdown.report.report_folder import verify_folder
from stepdown.sources import bundled
from stepdown.synthetic import QuarterExtract, quarter_extracts, write
from stepdown.synthetic.quarter_extracts import SMALL_SITE
from tools.validation.same_report import SETTINGS, differing, shuffled

FILE = Path(__file__).with_name("quarterly_runs.csv")
LATE, COMPLETE, AFTER = "2025Q3", "2025Q4", "2026Q1"
"""The quarter with late data; at the end of which quarter it is complete, and of which they have come in."""
INTERNAL: tuple[str, ...] = ("--internal", "--fresh")
PUBLIC: tuple[str, ...] = ("--fresh",)
"""Options of an internal report, and of one for publication."""
_KILLED_AFTER = (2.0, 5.0, 8.0)


@dataclass(frozen=True, kw_only=True)
class QuarterlyRun:
    """What one run gave: its exit code, and numbers and words of its report or its refusal."""

    what: str
    quarter: str
    data_cut: str
    exit_code: int
    discharges: str = ""
    complete: str = ""
    risk: str = ""
    recorded_late: str = ""
    last_complete: str = ""
    small_site: str = ""
    words: str = ""


def put(extract: QuarterExtract, project: Path) -> None:
    """Put an extract in the place of the one before; the study file and the reports stay."""
    project.mkdir(parents=True, exist_ok=True)
    shutil.copy(bundled("synthetic") / "programs" / "study.toml", project)
    with tempfile.TemporaryDirectory() as folder:
        for path in write(extract.frames, Path(folder), data_cut=extract.data_cut).parent.iterdir():
            shutil.copy(path, project)


def start(project: Path, *options: str, **settings: str) -> "subprocess.Popen[str]":
    """Start a run of the study in a process of its own."""
    command = [sys.executable, "-m", "stepdown", "run", "study.toml", *options]
    return subprocess.Popen(
        command, cwd=project, env=os.environ | settings, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def run(project: Path, *options: str, **settings: str) -> tuple[int, Path, str]:
    """Run the study; return the exit code, the folder of the report, and what was written to stderr."""
    process = start(project, *options, **settings)
    page, message = process.communicate()
    return process.returncode, (project / page.strip()).parent, message.strip()


def found_in(folder: Path) -> dict[str, str]:
    """Return what a report shows that these runs are about; it must be whole."""
    verify_folder(folder)
    summary = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["summary"]
    table = pd.read_csv(folder / "results.csv", dtype=str, keep_default_na=False)
    quarters = table[table["analysis"] == "quarters"]
    later = quarters[(quarters["term"] == "discharges") & (quarters["statistic"] == "later")]
    later = later[later["estimate"] != "0"]
    site = table[(table["analysis"] == "sites") & (table["site"] == SMALL_SITE)]
    whole = [name for name, one in summary.get("quarters", {}).items() if one["complete"]]
    complete = summary["complete"] or {"complete": 0, "discharges": 0}
    return {
        "discharges": f"{complete['discharges']:.0f}",
        "complete": f"{complete['complete']:.0f}",
        "risk": f"{summary['risk']['estimate']:.3f}" if summary["risk"] else "",
        "recorded_late": "; ".join(f"{row.quarter}: {row.estimate}" for row in later.itertuples()),
        "last_complete": max(whole, default=""),
        "small_site": " ".join(sorted(set(site["status"]))) if len(site) else "not in the quarter",
    }


def made(what: str, extract: QuarterExtract, project: Path, *options: str, of: str = "") -> QuarterlyRun:
    """Run the study on an extract, and return what it gave."""
    quarter = of or extract.quarter
    code, folder, message = run(project, "--quarter", quarter, *options)
    more = {"words": message.replace("\n", " ")} if code else found_in(folder)
    return QuarterlyRun(what=what, quarter=quarter, data_cut=_date(extract.data_cut), exit_code=code, **more)


def eight_quarters(project: Path) -> Iterator[QuarterlyRun]:
    """Yield the runs of a program over two years, as its data come in."""
    for extract in quarter_extracts():
        put(extract, project)
        yield made("report", extract, project, *INTERNAL)
        yield from _published("public report", extract, project, of=extract.quarter)
        if extract.quarter == COMPLETE:
            yield from _published("public report, complete", extract, project, of=LATE)
        if extract.quarter == AFTER:
            yield from _published("public report, late data", extract, project, of=LATE)
    yield _second(extract, project)
    yield from _killed(extract, project)
    yield from _same(extract, project)


def _published(what: str, extract: QuarterExtract, project: Path, *, of: str) -> Iterator[QuarterlyRun]:
    """Yield a public report; where it is refused, also the one that hides more."""
    yield (one := made(what, extract, project, *PUBLIC, of=of))
    if one.exit_code:
        yield made(f"{what}, hiding more", extract, project, *PUBLIC, "--hide-more", of=of)


def _second(extract: QuarterExtract, project: Path) -> QuarterlyRun:
    """Return a run into a folder while another run writes it."""
    options = ("--quarter", extract.quarter, *INTERNAL)
    first = start(project, *options)
    lock = list(project.glob("reports/**/.*-lock"))
    while not lock and first.poll() is None:
        time.sleep(0.05)
        lock = list(project.glob("reports/**/.*-lock"))
    code, _, message = run(project, *options)
    waiting = first.poll() is None
    first.communicate()
    words = f"{message} (the first run {'went on' if waiting else 'had ended'}; exit code {first.returncode})"
    return QuarterlyRun(
        what="second run into one folder", quarter=extract.quarter, data_cut=_date(extract.data_cut),
        exit_code=code, words=words,
    )  # fmt: skip


def _killed(extract: QuarterExtract, project: Path) -> Iterator[QuarterlyRun]:
    """Yield runs that are killed after some seconds, and whether the report before is still whole."""
    _, folder, _ = run(project, "--quarter", extract.quarter, *INTERNAL)
    before = _files(folder)
    for seconds in _KILLED_AFTER:
        process = start(project, "--quarter", extract.quarter, *INTERNAL)
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        same = "same bytes as before" if _files(folder) == before else "CHANGED"
        yield QuarterlyRun(
            what=f"killed after {seconds:.0f} s", quarter=extract.quarter,
            data_cut=_date(extract.data_cut), exit_code=process.returncode, words=same,
        )  # fmt: skip


def _same(extract: QuarterExtract, project: Path) -> Iterator[QuarterlyRun]:
    """Yield the last report made again under other settings, and from rows in another order."""
    keys = {"quarter": extract.quarter, "data_cut": _date(extract.data_cut)}
    options = ("--quarter", extract.quarter, *INTERNAL)
    _, folder, _ = run(project, *options)
    first = _files(folder)
    for words, settings in SETTINGS.items():
        code, folder, _ = run(project, *options, **settings)
        yield QuarterlyRun(what=words, exit_code=code, words=_differing(first, _files(folder)), **keys)
    other = project.parent / "shuffled"
    shuffled(project, other)
    # A report of other files in its own folder would be one to compare with.
    shutil.rmtree(other / folder.relative_to(project))
    code, folder, _ = run(other, *options)
    numbers = [name for name in first if name == "results.csv" or name.startswith("figures/")]
    again = _files(folder)
    words = _differing({one: first[one] for one in numbers}, {one: again.get(one, b"") for one in numbers})
    yield QuarterlyRun(what="rows in another order", exit_code=code, words=words, **keys)


def _differing(one: dict[str, bytes], other: dict[str, bytes]) -> str:
    return ", ".join(differing(one, other)) or f"the same {len(one)} files"


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def _date(day: int) -> str:
    return str(pd.Timestamp(day, unit="D").date())


def keep(runs: Sequence[QuarterlyRun]) -> None:
    """Write the runs beside this module."""
    with FILE.open("w", encoding="utf-8", newline="") as held:
        writer = csv.DictWriter(held, [one.name for one in fields(QuarterlyRun)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(map(asdict, runs))


def main() -> None:
    """Run everything, print each run, and keep what they gave."""
    runs = []
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp())
    for one in eight_quarters(folder / "project"):
        print(one, flush=True)
        runs.append(one)
    keep(runs)


if __name__ == "__main__":
    main()
