"""The Python warning of a fit with a monotone likelihood, or whose search did not converge."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class FitWarning(UserWarning):
    """A fit has a monotone likelihood, or its search did not converge; its `.warnings` list all warnings."""


def issue(texts: Sequence[str]) -> None:
    """Issue one warning that holds all texts; none where there are none."""
    if texts:
        # Levels: this function, the estimator, the wrapper that reads columns, the caller.
        warnings.warn("\n".join(texts), FitWarning, stacklevel=4)


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the warnings of fits inside: the caller reads their `.warnings`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        yield
