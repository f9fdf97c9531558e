"""Unexpected errors state where they happened and no more: a library's message may hold a client's value."""

import traceback
from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import ParamSpec, TypeVar

from stepdown.errors import ConfigError, DataError, StepdownError

_P = ParamSpec("_P")
_T = TypeVar("_T")


def quiet(function: Callable[_P, _T]) -> Callable[_P, _T]:
    """Turn an unexpected error into one without the message of a library, not even as its context."""

    @wraps(function)
    def wrapped(*args: _P.args, **keywords: _P.kwargs) -> _T:
        try:
            signature(function).bind(*args, **keywords)
        except TypeError as error:
            raise ConfigError(f"{function.__name__}: {error}. See help({function.__name__}).") from None
        try:
            return function(*args, **keywords)
        except StepdownError:
            raise
        except Exception as error:
            place = _place(error)
        # Raised outside, so that the error itself does not hang on.
        raise DataError(
            f"The data could not be read because of an error in stepdown ({place}). "
            "Please report it with this line, and without any data."
        )

    return wrapped


def _place(error: Exception) -> str:
    """Return the kind of an error and where in this package it happened."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "stepdown" in Path(frame.filename).parts] or list(frames)
    return f"{type(error).__name__} in {Path(own[-1].filename).name}, line {own[-1].lineno}"
