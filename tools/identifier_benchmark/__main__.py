"""`python -m tools.identifier_benchmark [SEED]` prints columns by kind and the hash of all of them.

`python -m tools.identifier_benchmark measure` runs the guard over all of them and keeps what it found.
"""

import sys
from collections import Counter
from pathlib import Path

from tools.identifier_benchmark import SEED, columns, digest, second_columns, stopped_columns


def summary(seed: int) -> str:
    """List columns by kind, and the hash of all of them."""
    drawn = columns(seed)
    found = Counter((column.identifying, column.named, column.kind) for column in drawn)
    lines = []
    for (identifying, named, kind), count in found.items():
        group = ("named" if named else "identifying") if identifying else "innocent"
        lines.append(f"{count:5d}  {group:<12} {kind}")
    people = sum(column.identifying for column in drawn)
    lines.append(f"{people} columns identify people, {len(drawn) - people} do not (seed {seed})")
    lines.append(f"SHA-256 {digest(drawn)}")
    return "\n".join(lines)


def measured() -> str:
    """Run the guard over both sets of columns, write its counts, and return the shares that it stops."""
    lines = []
    for name, drawn in ((stopped_columns.FIRST, columns()), (stopped_columns.SECOND, second_columns())):
        by_kind = stopped_columns.counts(drawn)
        stopped_columns.write(by_kind, Path(__file__).with_name(name))
        found = ", ".join(f"{group} {share:.1%}" for group, share in stopped_columns.shares(by_kind).items())
        lines.append(f"{name}: {found}")
    return "\n".join(lines)


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else str(SEED)
    print(measured() if given == "measure" else summary(int(given)))
