"""The analysis with the estimators in their plain forms, as R has them: to hold a whole report against R."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

import pytest

from tools.agreement import plain_forms

MODULES = (
    "stepdown.estimate.design_rows",
    "stepdown.cohort.followup.bounds_under_loss",
    "stepdown.cohort.followup.followup_time",
)


@contextmanager
def in_plain_forms() -> Iterator[None]:
    """Replace the estimators wherever an analysis calls them; intervals for small samples are not used."""
    with pytest.MonkeyPatch.context() as patch:
        for name in MODULES:
            module = import_module(name)
            for function in ("kaplan_meier", "aalen_johansen", "rmst", "window_hazard", "logrank"):
                if hasattr(module, function):
                    patch.setattr(module, function, getattr(plain_forms, function))
        yield
