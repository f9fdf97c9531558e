"""`python -m tools.identifier_benchmark [SEED]` prints columns by kind and the hash of all of them.

`python -m tools.identifier_benchmark measure` runs the guard over all of them and keeps what it found.
"""

import sys
from collections import Counter
from pathlib import Path

from tools.identifier_benchmark import SEED, columns, digest, stopped_columns


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
    """Run the guard over the benchmark, write its counts, and return the shares that it stops."""
    by_kind = stopped_columns.counts(columns())
    stopped_columns.write(by_kind, Path(__file__).with_name(stopped_columns.FOUND))
    return "\n".join(f"{name}: {share:.1%}" for name, share in stopped_columns.shares(by_kind).items())


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else str(SEED)
    print(measured() if given == "measure" else summary(int(given)))
