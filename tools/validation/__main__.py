"""`python -m tools.validation` computes the true values of the bundled cohorts again, in full."""

import sys

from tools.validation import validate

if __name__ == "__main__":
    sys.exit(0 if validate() else 1)
