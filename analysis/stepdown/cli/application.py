"""The application that all commands belong to, its version, and the display of steps."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from stepdown import __version__
from stepdown.cli.terminal import inert

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="How fast people relapse after residential treatment, and whether step-down care changes that.",
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stepdown {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Options before a command."""


@contextmanager
def steps() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the name of a step while it runs, and about how much time is left."""
    if not sys.stderr.isatty():
        yield lambda step: None
        return
    from rich.console import Console
    from rich.text import Text

    from stepdown.cli.remaining_time import RemainingTime

    remaining = RemainingTime()

    class StepLine:
        """Made anew at each refresh."""

        def __rich__(self) -> Text:
            return Text(inert(remaining.text()))

    with Console(stderr=True).status(StepLine()):
        yield remaining.begin
