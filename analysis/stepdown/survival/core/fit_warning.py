"""The Python warning of a fit whose numbers are not those of a maximum: monotone, or not converged."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class FitWarning(UserWarning):
    """A fit has a monotone likelihood, or its search did not converge; its `.warnings` hold all remarks."""


def issue(texts: Sequence[str]) -> None:
    """Issue one warning that holds all texts; none where there are none."""
    if texts:
        # Levels: this function, the estimator, its front door, the caller.
        warnings.warn("\n".join(texts), FitWarning, stacklevel=4)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep fits made inside from warning: the caller reads their `.warnings`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        yield
