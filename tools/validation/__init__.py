"""The long validation: the true values of every bundled cohort, computed again in full."""

from stepdown.sources import bundled
from stepdown.synthetic.truth_check import truth_check

__all__ = ["validate"]


def validate() -> bool:
    """Compute the true values of the bundled cohorts again, print a line for each, and say if all agree."""
    passed = True
    for folder in sorted(path.parent for path in bundled("synthetic").glob("*/truth.json")):
        found = truth_check(folder, in_full=True)
        print(found.text, flush=True)
        passed = passed and found.passed
    return passed
