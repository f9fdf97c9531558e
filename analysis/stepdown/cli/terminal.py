"""What is printed: characters that would steer a terminal are shown, as are those that it lacks."""

import io
import re
import sys

import typer

# Control characters but for the ends of lines, and those that turn the direction of text.
_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def inert(text: str) -> str:
    r"""Return a text whose control characters are shown as what they are.

    Parameters
    ----------
    text : str
        Names of files, columns and labels may hold any character.

    Returns
    -------
    str

    Examples
    --------
    >>> print(inert("we\x1b[31mird"))
    we\x1b[31mird
    """
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def show(what: object, *, error: bool = False) -> None:
    """Print a text as a line."""
    typer.echo(inert(str(what)), err=error)


def print_any_character() -> None:
    """Let stdout and stderr show a character that their encoding lacks as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
