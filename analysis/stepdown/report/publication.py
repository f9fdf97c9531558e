"""From a study file to a folder with the page, the results and the manifest."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from stepdown.errors import ReportError
from stepdown.report.manifest import manifest
from stepdown.report.notebook import execute, read
from stepdown.report.page import page
from stepdown.results import Analysis, write_analysis, write_table

NOTEBOOK = "01_first_look.ipynb"
PAGE, RESULTS, MANIFEST = "report.html", "results.csv", "manifest.json"


def run(
    study: str | Path,
    *,
    out: str | Path,
    quarter: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> Path:
    """Analyze a study and write its report.

    Parameters
    ----------
    study : str or Path
        A study file. Where a folder `notebooks` beside it holds `01_first_look.ipynb`, that notebook
        is run; otherwise the one that comes with the package.
    out : str or Path
        Folder for `report.html`, `results.csv` and `manifest.json`. It is made if need be; other files
        in it stay. Nothing in it changes unless everything succeeds.
    quarter : str or None
        Keep the discharges of one quarter, such as "2026Q3".
    progress : callable or None
        Called with the name of each step as it begins.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    StepdownError
        What is wrong with the study, the cohort, the data, the comparison, the notebook or the folder.
    """
    from stepdown.report.assembly import analyze

    notebook = _notebook(Path(study))
    analysis = analyze(study, quarter=quarter, progress=progress)
    return publish(
        analysis, notebook=notebook, out=Path(out), quarter=quarter, progress=progress or (lambda step: None)
    )


def publish(
    analysis: Analysis, *, notebook: Path, out: Path, quarter: str | None, progress: Callable[[str], None]
) -> Path:
    """Write the report of an analysis: everything, or nothing.

    Parameters
    ----------
    analysis : Analysis
        What to show.
    notebook : Path
        The notebook to run.
    out, quarter, progress
        As `out`, `quarter` and `progress` of `run`.

    Returns
    -------
    Path
        The page.
    """
    target = out.absolute()
    blocked = [path.name for path in _blocked(target)]
    if blocked:
        raise ReportError(
            f"The report cannot be written, because of what is there: {', '.join(blocked)}.", kind="folders"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError:
        raise ReportError(
            f"The folder for the report ({out.name}) cannot be written.", kind="folders"
        ) from None
    try:
        progress("Running the notebook")
        made = _files(analysis, notebook=notebook, work=work, quarter=quarter)
        progress("Writing the report")
        _move(made, target)
    except OSError:
        raise ReportError(
            f"The folder for the report ({out.name}) cannot be written.", kind="folders"
        ) from None
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return out / PAGE


def _notebook(study: Path) -> Path:
    from stepdown.sources import bundled

    own = study.parent / "notebooks" / NOTEBOOK
    return own if own.is_file() else bundled("notebooks") / NOTEBOOK


def _files(analysis: Analysis, *, notebook: Path, work: Path, quarter: str | None) -> list[Path]:
    """Make every file of the report in a temporary folder."""
    made, kernel = work / "made", work / "kernel"
    made.mkdir()
    kernel.mkdir()
    write_analysis(analysis, kernel / "analysis.json")
    executed = execute(read(notebook), folder=kernel, name=notebook.name)
    text = page(executed, title=f"Relapse after residential treatment: {analysis.wording.title}")
    (made / PAGE).write_text(text, encoding="utf-8", newline="\n")
    write_table(analysis.results, made / RESULTS)
    outputs = {name: (made / name).read_bytes() for name in (PAGE, RESULTS)}
    written = manifest(analysis, notebook=notebook.read_bytes(), outputs=outputs, quarter=quarter)
    (made / MANIFEST).write_text(written, encoding="utf-8", newline="\n")
    return [made / name for name in (RESULTS, MANIFEST, PAGE)]


def _blocked(target: Path) -> list[Path]:
    """Return what is where a folder, or a file of the report, would go."""
    if target.exists() and not target.is_dir():
        return [target]
    return [target / name for name in (PAGE, RESULTS, MANIFEST) if (target / name).is_dir()]


def _move(made: list[Path], target: Path) -> None:
    if not target.exists():
        os.replace(made[0].parent, target)
        return
    for path in made:
        os.replace(path, target / path.name)
