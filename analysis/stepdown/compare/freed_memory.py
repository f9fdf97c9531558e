"""What the C library does with freed memory."""

import numpy as np

_MOST = 31 << 20


def keep_freed_memory() -> None:
    """Let freed memory be used again instead of going back to the system.

    glibc returns free memory beyond twice the largest block (of at most 32 MB) that it has freed so far, and
    the system hands it out anew page by page: a third of the time of a comparison that works through blocks
    of people. One such block, whose pages are never touched, is freed here. With other C libraries nothing
    changes.

    Examples
    --------
    >>> keep_freed_memory()
    """
    np.empty(_MOST, dtype=np.uint8)
