"""The commands. Imports inside them keep `stepdown --help` fast."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the name of a step while it runs."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("Starting") as status:
        yield lambda step: status.update(f"{step} ...")


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="How fast people relapse after residential treatment, and whether step-down care changes that.",
)

Quarter = Annotated[str | None, typer.Option(help="Keep the discharges of one quarter, such as 2026Q3.")]


class Shape(StrEnum):
    """How a synthetic cohort is written."""

    tables = "tables"
    flat = "flat"


class Effect(StrEnum):
    """What care does in a synthetic cohort."""

    standard = "standard"
    none = "none"


class World(StrEnum):
    """What can go wrong in a synthetic cohort."""

    clean = "clean"
    detection = "detection"
    mnar = "mnar"
    unmeasured = "unmeasured"
    program = "program"


class Basis(StrEnum):
    """Legal ground on which data are held."""

    own_operations = "own_operations"
    limited_data_set = "limited_data_set"
    safe_harbor = "safe_harbor"
    expert_determination = "expert_determination"
    synthetic = "synthetic"


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("stepdown-demo"),
) -> None:
    """Make a report of the bundled synthetic cohort, for a first look."""
    from stepdown.report import run
    from stepdown.sources import bundled

    with steps() as say:
        page = run(bundled("synthetic") / "programs" / "study.toml", out=out, progress=say)
    typer.echo(page)


@app.command()
def init(
    data: Annotated[Path, typer.Argument(help="Your file, or a folder of files.")],
    out: Annotated[Path, typer.Option(help="Folder of the new project.")],
    basis: Annotated[Basis, typer.Option(help="Legal ground on which you hold the data.")] = (
        Basis.own_operations
    ),
    key: Annotated[
        Path | None, typer.Option(help="Also write the key of client ids to this file, outside the project.")
    ] = None,
) -> None:
    """Start a project from your own file: cohort.toml, study.toml and the notebooks."""
    from stepdown.sources import create_project as begin

    with steps() as say:
        say("Looking at the data")
        said = begin(data, out, basis=basis.value, key=key)
    typer.echo(said)


@app.command()
def check(
    cohort: Annotated[Path, typer.Argument(help="The cohort file.")],
    save: Annotated[
        Path | None, typer.Option(help="Also write the problems to this workbook (.xlsx).")
    ] = None,
) -> None:
    """List every problem of the data at once; exit code 1 if there is any."""
    from stepdown.sources import check_cohort as find
    from stepdown.sources import save_problems

    with steps() as say:
        say("Loading and checking the data")
        problems = find(cohort)
    if not problems:
        typer.echo("No problems found.")
        return
    count = len(problems)
    typer.echo(f"{count} problem{'' if count == 1 else 's'} found:")
    for number, problem in enumerate(problems, 1):
        typer.echo(f"  {number}. {problem}")
    if save is not None:
        save_problems(problems, save)
    raise typer.Exit(1)


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="The study file.")],
    quarter: Quarter = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report; reports/ and the quarter if left out.")
    ] = None,
) -> None:
    """Make the report of a study: the page, results.csv and manifest.json."""
    from stepdown.report import run as make

    with steps() as say:
        page = make(study, out=out or Path("reports", quarter or "all"), quarter=quarter, progress=say)
    typer.echo(page)


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    n: Annotated[int, typer.Option("--n", min=1, help="How many discharges.")] = 2000,
    effect: Annotated[Effect, typer.Option(help="What care does.")] = Effect.standard,
    world: Annotated[World, typer.Option(help="What can go wrong.")] = World.clean,
    seed: Annotated[int, typer.Option(help="Seed: the same seed gives the same files.")] = 1,
    shape: Annotated[Shape, typer.Option("--as", help="Four tables, or one row a client.")] = Shape.tables,
) -> None:
    """Write a synthetic cohort with a cohort file."""
    from stepdown.errors import ReportError
    from stepdown.synthetic import generate, write

    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ReportError(f"{out} is there already. Name a new folder; nothing is written over.")
    with steps() as say:
        say("Drawing the clients")
        frames = generate(n, seed=seed, world=world.value, effect=effect.value)
        say("Writing the files")
        try:
            path = write(frames, out, world=world.value, as_=shape.value)
        except OSError:
            raise ReportError(f"The folder for the files ({out.name}) cannot be written.") from None
    typer.echo(path)


@app.command()
def validate() -> None:
    """Check that this installation gives the right numbers, in a few minutes; exit code 1 if it does not."""
    from stepdown.report.known_risks import known_risk_check
    from stepdown.sources import bundled
    from stepdown.synthetic.truth_check import truth_check

    passed = True
    for folder in sorted(path.parent for path in bundled("synthetic").glob("*/truth.json")):
        for what, check in (
            ("Estimating the risks", known_risk_check),
            ("Computing the true risks", truth_check),
        ):
            with steps() as say:
                say(f"{what} of {folder.name}")
                found = check(folder)
            typer.echo(found.text)
            passed = passed and found.passed
    typer.echo(
        "This installation gives the right numbers." if passed else "This installation gives wrong numbers."
    )
    if not passed:
        raise typer.Exit(1)


@app.command()
def endpoints(
    cohort: Annotated[
        Path | None, typer.Option(help="Tell which of them this cohort file can serve, and why not others.")
    ] = None,
) -> None:
    """List the relapse definitions."""
    from stepdown.cli.listings import fitting, listing

    if cohort is None:
        lines = listing()
    else:
        from stepdown.sources import load

        with steps() as say:
            say("Loading and checking the data")
            lines = fitting(load(cohort))
    for line in lines:
        typer.echo(line)


@app.command()
def measures(
    cohort: Annotated[
        Path | None, typer.Option(help="Compute them for this cohort file, instead of listing them.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="A file with measures of your own, of the package's form.")
    ] = None,
) -> None:
    """List the quality measures, or compute them for a cohort."""
    from stepdown.cli.listings import listing_measures, rates
    from stepdown.cohort.measures import measure_all
    from stepdown.schema import read_measures
    from stepdown.sources import load

    registry = read_measures(file)
    if cohort is None:
        lines = listing_measures(registry)
    else:
        with steps() as say:
            say("Loading and checking the data")
            data = load(cohort)
            say("Computing the measures")
            lines = rates(*measure_all(data, registry))
    for line in lines:
        typer.echo(line)


@app.command()
def lab() -> None:
    """Open the notebooks in JupyterLab."""
    from stepdown.cli.jupyter import notebooks, start

    start(notebooks(Path.cwd()))
