"""CTN-0094: three harmonized trials of treatment for opioid use disorder, to the canonical tables.

The decisions, and their effects, are in `docs/ctn0094.md`.
"""

from stepdown.sources.ctn0094.participants import randomized
from stepdown.sources.ctn0094.published_tables import Patterns, SourceTables, missing_files, read_tables
from stepdown.sources.ctn0094.trial_designs import Trial, TrialDesigns, designs
from stepdown.sources.ctn0094.trial_tables import build
from stepdown.sources.ctn0094.urine_findings import (
    PUBLISHED,
    REBUILT,
    Reading,
    found_findings,
    last_day,
    published_findings,
)

__all__ = [
    "PUBLISHED",
    "REBUILT",
    "Patterns",
    "Reading",
    "SourceTables",
    "Trial",
    "TrialDesigns",
    "build",
    "designs",
    "found_findings",
    "last_day",
    "missing_files",
    "published_findings",
    "randomized",
    "read_tables",
]
