"""Reports: an analysis made from a study, and its notebook executed and rendered as one page.

Each name is fetched when it is first asked for: an analysis draws no figure and needs no matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepdown.report import definition_comparison as definitions
    from stepdown.report import figures, sections
    from stepdown.report.assembly import analyze
    from stepdown.report.diagnosis import diagnose
    from stepdown.report.publication import run
    from stepdown.report.study_check import check_study

__all__ = ["analyze", "check_study", "definitions", "diagnose", "figures", "run", "sections"]

_FUNCTIONS = {
    "analyze": "assembly",
    "check_study": "study_check",
    "diagnose": "diagnosis",
    "run": "publication",
}
_MODULES = {"definitions": "definition_comparison", "figures": "figures", "sections": "sections"}


def __getattr__(name: str) -> object:
    """Fetch a public name from its module."""
    if name in _MODULES:
        return import_module(f"stepdown.report.{_MODULES[name]}")
    if name not in _FUNCTIONS:
        raise AttributeError(f"module 'stepdown.report' has no attribute {name!r}")
    return getattr(import_module(f"stepdown.report.{_FUNCTIONS[name]}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
