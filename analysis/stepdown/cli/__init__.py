"""The command line: thin; it imports nothing heavy until a command runs."""

# Importing a module adds its commands, in the order of the help text.
from stepdown.cli import reports as reports  # isort: skip
from stepdown.cli import cohorts as cohorts  # isort: skip
from stepdown.cli import definitions as definitions  # isort: skip
from stepdown.cli import cited_effects as cited_effects  # isort: skip
from stepdown.cli import jupyter_lab as jupyter_lab  # isort: skip
from stepdown.cli.application import app
from stepdown.cli.entry_point import main

__all__ = ["app", "main"]
