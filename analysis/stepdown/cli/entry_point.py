"""Entry point: expected errors are messages, unexpected ones say where and show no data."""

import errno
import os
import traceback

from stepdown.cli.application import app
from stepdown.cli.terminal import print_any_character, show
from stepdown.errors import StepdownError

DEBUG = "STEPDOWN_DEBUG"


def main() -> None:
    """Run the command line; the exit code is 1 where something is wrong, 2 where the command is."""
    print_any_character()
    try:
        app()
    except StepdownError as error:
        _stop("\n".join([str(error), *error.__notes__]))
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        _stop(_unwritten(error) or _unexpected(error))


def _stop(message: str) -> None:
    show(message, error=True)
    raise SystemExit(1) from None


def _unwritten(error: Exception) -> str:
    """Return what to say where the terminal, the pipe or the file that stdout goes to takes no more."""
    known = (errno.ENOSPC, errno.EPIPE, errno.EBADF, errno.EIO)
    if not isinstance(error, OSError) or error.filename is not None or error.errno not in known:
        return ""
    return "The output could not be written: the disk is full, or what reads the output has ended."


def _unexpected(error: Exception) -> str:
    """State the kind and the place of an error, without its message: that could hold a client's value."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    place = os.path.basename(frame.filename)
    return (
        f"Unexpected {type(error).__name__} in {place}, line {frame.lineno}. This is an error in stepdown or "
        f"its environment. Set {DEBUG}=1 for the full traceback, which may show data."
    )
