"""`python -m tools.messy_workbooks [N]` prints bias and coverage over N messy workbooks (100 by default)."""

import sys

from tools.messy_workbooks import recovered

if __name__ == "__main__":
    print(recovered(int(sys.argv[1]) if len(sys.argv) > 1 else 100).table().to_string(index=False))
