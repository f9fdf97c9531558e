"""Files that only their owner can read."""

import os
from pathlib import Path


def private(path: Path, text: str) -> None:
    """Write a new file that only its owner can read; leave nothing where that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
    except OSError:
        path.unlink(missing_ok=True)
        raise
