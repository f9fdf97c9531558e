"""`python -m tools.bench` measures how long a large cohort takes, and how much memory."""

import sys

from tools.bench import main

if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
