"""`stepdown demo`, `run` and `validate`: reports, and whether this installation computes correctly."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli.application import app, steps
from stepdown.cli.terminal import show

Quarter = Annotated[
    str | None, typer.Option(help="Include the discharges of one quarter alone, such as 2026Q3.")
]

Internal = Annotated[
    bool,
    typer.Option(
        "--internal",
        help="Show every number, small ones included, each page marked as internal: not for release.",
    ),
]


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("stepdown-demo"),
    internal: Internal = False,
) -> None:
    """Make a report on the bundled synthetic cohort."""
    import shutil
    import tempfile

    from stepdown.report import run
    from stepdown.sources import bundled

    # A copy: nothing is recorded beside the bundled study, whose people are not real.
    with tempfile.TemporaryDirectory() as work, steps() as show_step:
        project = shutil.copytree(bundled("synthetic") / "programs", Path(work) / "programs")
        page = run(project / "study.toml", out=out, progress=show_step, internal=internal)
    show(page)


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="The study file.")],
    quarter: Quarter = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the report.  [default: reports/ and the quarter; with --internal ending "
            "in -internal]"
        ),
    ] = None,
    internal: Internal = False,
    hide_more: Annotated[
        bool, typer.Option("--hide-more", help="Hide further counts where earlier releases require it.")
    ] = False,
    sites: Annotated[
        bool, typer.Option("--sites", help="Also write a page for each site that shows nothing of another.")
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option("--fresh", help="Compute everything, also what has not changed since the last run."),
    ] = False,
) -> None:
    """Make the report of a study: a page, a brief, a workbook, figures, results.csv and manifest.json.

    It is prepared under stated disclosure rules, without small numbers; your privacy officer decides on
    publication.
    """
    from stepdown.report import run as make
    from stepdown.report.manifest import notebooks_run
    from stepdown.report.report_folder import MANIFEST

    unchanged: list[str] = []
    with steps() as show_step:
        page = make(
            study,
            out=out or folder_of(quarter, internal=internal),
            quarter=quarter,
            progress=show_step,
            internal=internal,
            hide_more=hide_more,
            sites=sites,
            fresh=fresh,
            reused=unchanged.append,
        )
    for line in unchanged or notebooks_run((page.parent / MANIFEST).read_text(encoding="utf-8")):
        show(line, error=True)
    show(page)


def folder_of(quarter: str | None, *, internal: bool) -> Path:
    """Return where a report goes that was given no folder: public and internal ones never meet.

    Parameters
    ----------
    quarter : str or None
    internal : bool

    Examples
    --------
    >>> folder_of("2026Q3", internal=False).as_posix(), folder_of(None, internal=True).as_posix()
    ('reports/2026Q3', 'reports/all-internal')
    """
    return Path("reports", f"{quarter or 'all'}{'-internal' if internal else ''}")


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="The folder of a report.")]) -> None:
    """Check that a folder holds a whole report, as its manifest lists it; exit code 1 if not."""
    from stepdown.report.report_folder import verify_folder

    show(verify_folder(folder))


@app.command()
def validate() -> None:
    """Check that this installation computes correctly, in a few minutes; exit code 1 if not."""
    from stepdown.report.interval_check import interval_check
    from stepdown.report.known_risks import known_risk_check
    from stepdown.sources import bundled
    from stepdown.synthetic.truth_check import truth_check

    with steps() as show_step:
        show_step("Coverage of intervals")
        intervals = interval_check()
    show(intervals.text)
    passed = intervals.passed
    for folder in sorted(path.parent for path in bundled("synthetic").glob("*/study.toml")):
        for what, check in (
            ("Estimating the risks", known_risk_check),
            ("Computing the true risks", truth_check),
        ):
            with steps() as show_step:
                show_step(f"{what} of {folder.name}")
                found = check(folder)
            show(found.text)
            passed = passed and found.passed
    wrong = (
        "This installation computes wrong numbers. Install stepdown again, with the versions of "
        "requirements.lock."
    )
    show("This installation computes correctly." if passed else wrong)
    if not passed:
        raise typer.Exit(1)
