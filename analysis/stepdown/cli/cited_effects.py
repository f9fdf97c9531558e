"""`stepdown replicate`: what the effects that programs cite rest on."""

from pathlib import Path
from typing import Annotated

import typer

from stepdown.cli.application import app, steps
from stepdown.cli.terminal import show


@app.command()
def replicate(
    claim: Annotated[
        list[str] | None,
        typer.Option(help="Id of a claim such as C04, or a claim file; may be given again.  [default: all]"),
    ] = None,
    cohort: Annotated[Path | None, typer.Option(help="A cohort file of your own, for its figures.")] = None,
    full: Annotated[bool, typer.Option("--full", help="1,000 replicates in place of 200.")] = False,
    out: Annotated[Path, typer.Option(help="Folder for the pages.")] = Path("reports/replication"),
) -> None:
    """Replicate the effects that programs cite: as cited, rebuilt, without an effect, and in real data."""
    from stepdown.replicate.replication_folder import write_replication

    with steps() as show_step:
        page = write_replication(out, asked=claim or (), cohort=cohort, full=full, progress=show_step)
    show(page)
