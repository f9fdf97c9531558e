"""`stepdown init`, `check` and `synth`: cohorts from files, and synthetic ones."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stepdown.cli.application import app, steps
from stepdown.cli.terminal import inert, show

if TYPE_CHECKING:
    from stepdown.sources.init.questions import Question

BasisOption = Literal[
    "own_operations", "limited_data_set", "safe_harbor", "expert_determination", "synthetic"
]
ShapeOption = Literal["tables", "flat"]
EffectOption = Literal["standard", "none"]
WorldOption = Literal["clean", "detection", "mnar", "unmeasured", "program", "feedback", "phone"]


@app.command()
def init(
    data: Annotated[Path, typer.Argument(help="Your file, or a folder of files.")],
    out: Annotated[Path, typer.Option(help="Folder of the new project.")],
    basis: Annotated[
        BasisOption, typer.Option(help="Legal ground on which you hold the data.")
    ] = "own_operations",
    key: Annotated[
        Path | None,
        typer.Option(
            help="Also write which random id represents which client to this file, outside the project."
        ),
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Use the answers of this file, as an earlier --ask wrote it.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Ask what the files alone do not show.")] = False,
) -> None:
    """Start a project from your own files: cohort.toml, study.toml and the notebooks."""
    from stepdown.sources import create_project, mapping_text

    if ask:
        project = create_project(data, out, basis=basis, key=key, answers=answers, ask=_ask)
    else:
        with steps() as show_step:
            show_step("Reading the files")
            project = create_project(data, out, basis=basis, key=key, answers=answers)
    show(mapping_text(project.mapping))
    show(project)


def _ask(question: "Question") -> str:
    """Ask a question in the terminal until the answer is one of the choices."""
    while True:
        said: str = typer.prompt(
            inert(f"{question.text} [{', '.join(question.choices)}]" if question.choices else question.text),
            default=question.default,
        )
        if not question.choices or said in question.choices:
            return said
        show(f"Answer one of: {', '.join(question.choices)}.")


@app.command()
def refresh(
    project: Annotated[Path, typer.Argument(help="Folder of the project, as init made it.")],
    data: Annotated[Path, typer.Argument(help="Your new file, or folder of files.")],
    key: Annotated[Path, typer.Option(help="The key of random ids that init --key wrote.")],
) -> None:
    """Put the next extract into a project: same mapping, same random ids, your edits kept."""
    from stepdown.sources import refresh_project

    with steps() as show_step:
        show_step("Reading the files")
        refreshed = refresh_project(project, data, key=key)
    show(refreshed)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The cohort file, or the study file.")],
    save: Annotated[
        Path | None, typer.Option(help="Also write the problems to this workbook (.xlsx).")
    ] = None,
) -> None:
    """List every problem of a cohort, or of a study and its cohort; exit code 1 if there is any."""
    from stepdown.errors import pages_of
    from stepdown.report.study_check import checked_study
    from stepdown.sources import checked_cohort, save_problems

    with steps() as show_step:
        show_step("Loading and checking the data")
        found = checked_study(file) if _is_study(file) else checked_cohort(file)
    problems = list(found.problems)
    for warning in found.warnings:
        show(f"Warning: {warning}")
    if not problems:
        show("No problems found.")
        return
    count = len(problems)
    show(f"{count} problem{'' if count == 1 else 's'} found:")
    for number, problem in enumerate(problems, 1):
        show(f"  {number}. {problem}")
    show(f"More: {', '.join(pages_of(problems, 'study file' if _is_study(file) else 'cohort file'))}")
    if save is not None:
        save_problems(problems, save)
    raise typer.Exit(1)


def _is_study(file: Path) -> bool:
    """Distinguish a study file from a cohort file: a study has a title or names a cohort."""
    from stepdown.errors import ConfigError, Problem
    from stepdown.schema.declarations import no_file, read_toml

    if no_file(file) is None and file.suffix.lower() != ".toml":
        remedy = "Give cohort.toml or study.toml. To start from a data file, run `stepdown init`."
        raise ConfigError(
            [Problem(table=file.name, what="is not a cohort file or a study file", remedy=remedy)]
        )
    return bool({"title", "cohort", "outcome", "time_zero"} & read_toml(file).keys())


@app.command()
def synth(
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    n: Annotated[int, typer.Option("--n", min=1, help="Number of discharges.")] = 2000,
    effect: Annotated[EffectOption, typer.Option(help="Effect of step-down care on relapse.")] = "standard",
    world: Annotated[
        WorldOption,
        typer.Option(help="What is wrong with the data: nothing, or a bias of this kind."),
    ] = "clean",
    seed: Annotated[int, typer.Option(help="Seed: the same seed gives the same files.")] = 1,
    shape: Annotated[
        ShapeOption, typer.Option("--as", help="A file a table, or one row a client.")
    ] = "tables",
) -> None:
    """Write a synthetic cohort with a cohort file."""
    from stepdown.errors import ReportError
    from stepdown.synthetic import generate, write

    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ReportError(f"{out} exists already. Name a new folder; nothing is overwritten.", kind="folders")
    with steps() as show_step:
        show_step("Generating the clients")
        frames = generate(n, seed=seed, world=world, effect=effect)
        show_step("Writing the files")
        try:
            path = write(frames, out, world=world, as_=shape)
        except OSError:
            raise ReportError(
                f"The folder for the files ({out.name}) cannot be written. Check its path and permissions.",
                kind="folders",
            ) from None
    show(path)
