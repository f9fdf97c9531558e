"""How fast people relapse after residential treatment, and whether a continuum of care changes that.

Importing the package loads nothing heavy: each public name is fetched when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepdown import plot as plot
    from stepdown import report as report
    from stepdown import survival as survival
    from stepdown.cohort import derive as derive
    from stepdown.compare import design as design
    from stepdown.pipeline import analyse as analyse
    from stepdown.pipeline import estimate as estimate
    from stepdown.report import run as run
    from stepdown.results import Analysis as Analysis
    from stepdown.results import Results as Results
    from stepdown.results import read_analysis as read_analysis
    from stepdown.results import write_analysis as write_analysis
    from stepdown.sources import check as check
    from stepdown.sources import load as load
    from stepdown.study import Study as Study

__version__ = "0.1.0"

# Where each public name lives; a name that is its own module is the module.
_HOMES = {
    "Analysis": "results",
    "Results": "results",
    "Study": "study",
    "analyse": "pipeline",
    "check": "sources",
    "derive": "cohort",
    "design": "compare",
    "estimate": "pipeline",
    "load": "sources",
    "plot": "plot",
    "read_analysis": "results",
    "report": "report",
    "run": "report",
    "survival": "survival",
    "write_analysis": "results",
}

__all__ = [
    "Analysis",
    "Results",
    "Study",
    "__version__",
    "analyse",
    "check",
    "derive",
    "design",
    "estimate",
    "load",
    "plot",
    "read_analysis",
    "report",
    "run",
    "survival",
    "write_analysis",
]


def __getattr__(name: str) -> object:
    """Fetch a public name from its home."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'stepdown' has no attribute {name!r}")
    module = import_module(f"stepdown.{home}")
    return module if home == name else getattr(module, name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
