"""`python -m tools.identifier_benchmark [SEED]` prints columns by kind and the hash of all of them."""

import sys
from collections import Counter

from tools.identifier_benchmark import SEED, columns, digest


def summary(seed: int) -> str:
    """List columns by kind, and the hash of all of them."""
    drawn = columns(seed)
    counts = Counter((column.identifying, column.named, column.kind) for column in drawn)
    lines = []
    for (identifying, named, kind), count in counts.items():
        group = ("named" if named else "identifying") if identifying else "innocent"
        lines.append(f"{count:5d}  {group:<12} {kind}")
    people = sum(column.identifying for column in drawn)
    lines.append(f"{people} columns identify people, {len(drawn) - people} do not (seed {seed})")
    lines.append(f"SHA-256 {digest(drawn)}")
    return "\n".join(lines)


if __name__ == "__main__":
    print(summary(int(sys.argv[1]) if len(sys.argv) > 1 else SEED))
