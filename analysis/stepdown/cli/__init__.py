"""The command line: thin; it imports nothing heavy until a command runs."""

from stepdown.cli._main import main

__all__ = ["main"]
