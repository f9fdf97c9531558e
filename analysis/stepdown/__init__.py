"""How fast people relapse after residential treatment, and whether a continuum of care changes that.

Importing the package loads nothing heavy: each public name is fetched when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stepdown import report as report
    from stepdown import survival as survival
    from stepdown.cohort import derive as derive
    from stepdown.compare import design as design
    from stepdown.estimate import estimate_design as estimate_design
    from stepdown.report import analyze as analyze
    from stepdown.report import diagnose as diagnose
    from stepdown.report import figures as figures
    from stepdown.report import run as run
    from stepdown.results import Analysis as Analysis
    from stepdown.results import Results as Results
    from stepdown.results import read_analysis as read_analysis
    from stepdown.results import write_analysis as write_analysis
    from stepdown.sources import check_cohort as check_cohort
    from stepdown.sources import from_frame as from_frame
    from stepdown.sources import from_frames as from_frames
    from stepdown.sources import load as load
    from stepdown.study import Study as Study

__version__ = "0.1.0"

# The package of each public name; empty where the name is a package itself.
_PACKAGES: dict[str, str] = {
    "Analysis": "results",
    "Results": "results",
    "Study": "study",
    "analyze": "report",
    "check_cohort": "sources",
    "derive": "cohort",
    "design": "compare",
    "diagnose": "report",
    "estimate_design": "estimate",
    "figures": "report",
    "from_frame": "sources",
    "from_frames": "sources",
    "load": "sources",
    "read_analysis": "results",
    "report": "",
    "run": "report",
    "survival": "",
    "write_analysis": "results",
}

__all__ = ["__version__", *_PACKAGES]


def __getattr__(name: str) -> object:
    """Fetch a public name from its home."""
    package = _PACKAGES.get(name)
    if package is None:
        raise AttributeError(f"module 'stepdown' has no attribute {name!r}")
    if not package:
        return import_module(f"stepdown.{name}")
    return getattr(import_module(f"stepdown.{package}"), name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
