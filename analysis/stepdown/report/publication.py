"""From a study file to a folder with the page, the results and the manifest."""

from collections.abc import Callable
from pathlib import Path

from stepdown.errors import ReportError, StudyError, check_argument, check_progress
from stepdown.report.manifest import manifest
from stepdown.report.notebook import execute, read
from stepdown.report.page import page
from stepdown.report.report_folder import MANIFEST, PAGE, RESULTS, write_folder, writing
from stepdown.results import Analysis, write_analysis, write_table

NOTEBOOK = "01_first_look.ipynb"


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
        Folder for `report.html`, `results.csv` and `manifest.json`. It is made if need be, and refused
        where it holds other files. It is replaced as a whole, once everything has succeeded.
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

    check_argument("study", study, (str, Path), "Give the path of a study file.", StudyError)
    check_argument("out", out, (str, Path), "Give the path of a folder.", ReportError)
    check_progress(progress)
    notebook = _notebook(Path(study))
    show = progress or (lambda step: None)

    def files(work: Path) -> dict[str, bytes]:
        analysis = analyze(study, quarter=quarter, progress=progress)
        return _files(analysis, notebook=notebook, work=work, out=Path(out), quarter=quarter, progress=show)

    write_folder(Path(out), files)
    return Path(out) / PAGE


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
    write_folder(
        out,
        lambda work: _files(
            analysis, notebook=notebook, work=work, out=out, quarter=quarter, progress=progress
        ),
    )
    return out / PAGE


def _notebook(study: Path) -> Path:
    from stepdown.sources import bundled

    own = study.parent / "notebooks" / NOTEBOOK
    return own if own.is_file() else bundled("notebooks") / NOTEBOOK


def _files(
    analysis: Analysis,
    *,
    notebook: Path,
    work: Path,
    out: Path,
    quarter: str | None,
    progress: Callable[[str], None],
) -> dict[str, bytes]:
    """Return every file of the report, made with the help of a working folder."""
    progress("Running the notebook")
    kernel = work / "kernel"
    with writing(out.name):
        kernel.mkdir()
        write_analysis(analysis, kernel / "analysis.json")
    executed = execute(read(notebook), folder=kernel, name=notebook.name)
    text = page(executed, title=f"Relapse after residential treatment: {analysis.wording.title}")
    progress("Writing the report")
    with writing(out.name):
        write_table(analysis.results, work / RESULTS)
        made = {PAGE: text.encode(), RESULTS: (work / RESULTS).read_bytes()}
    written = manifest(analysis, notebook=notebook.read_bytes(), outputs=made, quarter=quarter)
    return {**made, MANIFEST: written.encode()}
