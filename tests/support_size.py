"""How much the costly tests draw: little in `make test`, much in `make validation`."""

import os


def quick_or_long(quick: int, long: int) -> int:
    """Return the first number, or the second where STEPDOWN_LONG_TESTS is set."""
    return long if os.environ.get("STEPDOWN_LONG_TESTS") else quick
