"""The command line: thin; it imports nothing heavy until a command runs."""

from stepdown.cli.entry_point import main

__all__ = ["main"]
