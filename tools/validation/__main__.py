"""`python -m tools.validation`: true values of the bundled cohorts, and how intervals and tests do.

`docs/validation.md` is made from what this writes: `python -m tools.docs_pages`.
"""

import sys

from tools.validation import (
    further_coverage,
    interval_coverage,
    median_coverage,
    rejection_rates,
    validate,
)
from tools.validation.rejection_page import REJECTED
from tools.validation.validation_page import COVERAGE, FURTHER, MEDIANS

COHORTS = 4000

if __name__ == "__main__":
    interval_coverage.main(COHORTS, COVERAGE)
    median_coverage.main(COHORTS // 4, MEDIANS)
    further_coverage.main(COHORTS // 4, FURTHER)
    rejection_rates.main(COHORTS, REJECTED)
    sys.exit(0 if validate() else 1)
