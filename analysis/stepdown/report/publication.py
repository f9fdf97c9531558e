"""From a study file to a folder with the page, the results and the manifest."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from stepdown.errors import ReportError, StudyError, check_argument, check_progress
from stepdown.report.complete_quarters import complete_quarters
from stepdown.report.earlier_reports import mapping_of, with_earlier
from stepdown.report.manifest import manifest
from stepdown.report.notebook import execute, read
from stepdown.report.other_files import other_files
from stepdown.report.page import BANNER, banner_of, page
from stepdown.report.public_report import for_publication, refuse_other_audience, refuse_other_study
from stepdown.report.report_folder import MANIFEST, PAGE, RESULTS, write_folder, writing
from stepdown.report.report_index import folder_of_reports, write_index
from stepdown.report.report_parts import first_findings, report_parts
from stepdown.report.reused_report import ReusedReport, analysis_of, write_unless_same
from stepdown.report.rows_before import fewer_rows
from stepdown.report.site_pages import site_pages
from stepdown.results import Analysis, write_analysis, write_table
from stepdown.results.words import listed
from stepdown.study import Study

NOTEBOOK = "01_first_look.ipynb"
_HIDES_NOTHING = (
    "An internal report hides nothing, so hide_more (--hide-more) is of no use to it. Leave out one of "
    "the two."
)


def run(
    study: str | Path,
    *,
    out: str | Path,
    quarter: str | None = None,
    progress: Callable[[str], None] | None = None,
    internal: bool = False,
    hide_more: bool = False,
    sites: bool = False,
    fresh: bool = False,
    reused: Callable[[str], None] | None = None,
) -> Path:
    """Analyze a study and write its report, prepared under disclosure rules unless it is internal.

    Parameters
    ----------
    study : str or Path
        A study file. The notebook that comes with the package is run, or those that the study names under
        `report.notebooks`; never another.
    out : str or Path
        Folder for the files of the report: `report.html`, `brief.pdf`, `results.csv`, `results.xlsx`,
        `figures/` and `manifest.json`. It is made if need be, and refused where it holds other files. It is
        replaced as a whole, once everything has succeeded. In a folder named `reports`, `index.html` is then
        renewed, which lists all its reports.
    quarter : str or None
        Keep the discharges of one quarter, such as "2026Q3".
    progress : callable or None
        Called with the name of each step as it begins.
    internal : bool
        Write every number, small ones included, and mark each page, sheet and figure as internal. Otherwise
        the report is prepared under the disclosure rules of the study, so that page, notebooks, figures,
        workbook, brief, `results.csv` and manifest hold released numbers alone, and is recorded in the folder
        `releases` beside the study. Your privacy officer decides on publication.
    hide_more : bool
        Hide the further counts that keep earlier releases from giving a small one away, instead of refusing
        the report.
    sites : bool
        Also write a page for each site, `sites/01.html`, that shows nothing of another.
    fresh : bool
        Compute everything. Else a report whose inputs, settings and versions are those of the run before is
        left as it is, and an analysis that was kept is read back (`docs/quarters.md`).
    reused : callable or None
        Called with a sentence on what was not done again.

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
    check_argument("internal", internal, bool, "Give True or False.", ReportError)
    check_argument("hide_more", hide_more, bool, "Give True or False.", ReportError)
    check_argument("sites", sites, bool, "Give True or False.", ReportError)
    check_argument("fresh", fresh, bool, "Give True or False.", ReportError)
    if internal and hide_more:
        raise ReportError(_HIDES_NOTHING, kind="disclosure")
    show = progress or (lambda step: None)
    state = reused or (lambda sentence: None)
    notebooks = _notebooks(Path(study))
    refuse_other_audience(Path(out), public=not internal)
    if not internal:
        refuse_other_study(Path(out), study=Path(study))

    known = ReusedReport.of(
        Path(study), out=Path(out), quarter=quarter, notebooks=notebooks, public=not internal,
        options={"hide_more": hide_more, "sites": sites},
    )  # fmt: skip

    def files(work: Path) -> dict[str, bytes]:
        analysis = analysis_of(
            known, partial(analyze, study, quarter=quarter, progress=progress), fresh=fresh, reused=state
        )
        if not internal:
            show("Applying the disclosure rules")
            checked = for_publication(
                complete_quarters(analysis),
                study=Path(study),
                quarter=quarter,
                out=Path(out),
                hide_more=hide_more,
            )
            return _files(
                checked.analysis,
                notebooks=notebooks,
                work=work,
                out=Path(out),
                quarter=quarter,
                progress=show,
                record=checked.record,
                sites=sites,
            )
        analysis = with_earlier(analysis, Path(out), mapping=mapping_of(Path(study)))
        provenance, wording = analysis.provenance, analysis.wording
        lost = fewer_rows(provenance.inputs, title=wording.title, out=Path(out))
        if lost:
            header = {"Fewer rows than before": lost, **wording.header}
            analysis = replace(analysis, wording=replace(wording, header=header))
        return _files(
            analysis,
            notebooks=notebooks,
            work=work,
            out=Path(out),
            quarter=quarter,
            progress=show,
            sites=sites,
        )

    write_unless_same(known, partial(write_folder, Path(out), files), reused=state)
    if (listed := folder_of_reports(Path(out))) is not None:
        write_index(listed)
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
            analysis, notebooks=(notebook,), work=work, out=out, quarter=quarter, progress=progress
        ),
    )
    return out / PAGE


def _notebooks(study: Path) -> tuple[Path, ...]:
    from stepdown.sources import bundled

    named = Study.read(study).report.notebooks
    own = tuple(study.parent / name for name in named)
    missing = [path.name for path in own if not path.is_file()]
    if missing:
        raise ReportError(
            f"{listed(missing)}, which {study.name} names under report.notebooks, cannot be found. Write "
            "the path from the folder of the study file.",
            kind="notebook",
        )
    return own or (bundled("notebooks") / NOTEBOOK,)


def _files(
    analysis: Analysis,
    *,
    notebooks: Sequence[Path],
    work: Path,
    out: Path,
    quarter: str | None,
    progress: Callable[[str], None],
    record: Callable[[], Mapping[str, object]] | None = None,
    sites: bool = False,
) -> dict[str, bytes]:
    """Return every file of the report, made with the help of a working folder.

    `record` puts a public report on the list of releases, and returns what the manifest states of that.
    """
    contents = [(path.name, path.read_bytes()) for path in notebooks]
    executed: list[Any] = []
    banner, why = banner_of(analysis.wording.released)
    parts = report_parts(analysis)
    with ThreadPoolExecutor(1) as pool:
        # A notebook runs in a process of its own: meanwhile this one makes the other files.
        beside = pool.submit(other_files, analysis, parts, banner=banner, disclosure=why)
        for number, path in enumerate(notebooks):
            progress(f"Running {path.name}")
            kernel = work / f"kernel{number}"
            with writing(out.name):
                kernel.mkdir()
                write_analysis(analysis, kernel / "analysis.json")
            notebook = read(path)
            if record is not None:
                notebook.cells = [cell for cell in notebook.cells if BANNER not in cell.source]
            executed.append(execute(notebook, folder=kernel, name=path.name))
        progress("Writing the report")
        others = beside.result()
    for more in executed[1:]:
        executed[0].cells.extend(more.cells)
    text = page(
        executed[0],
        title=f"Relapse after residential treatment: {analysis.wording.title}",
        released=analysis.wording.released,
    )
    with writing(out.name):
        write_table(analysis.results, work / RESULTS)
        made = {PAGE: text.encode(), RESULTS: (work / RESULTS).read_bytes()}
    made |= others
    made |= site_pages(analysis) if sites else {}
    written = manifest(
        analysis,
        notebooks=contents,
        outputs=made,
        quarter=quarter,
        findings=first_findings(parts),
        released=None if record is None else record(),
    )
    return {**made, MANIFEST: written.encode()}
