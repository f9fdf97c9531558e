"""Results as plain data: one long table, and the words to tell it in."""

from stepdown.results.analysis import (
    Analysis,
    MeasureWords,
    Provenance,
    Wording,
    read_analysis,
    write_analysis,
    write_table,
)
from stepdown.results.table import COLUMNS, KEY, NUMBERS, Results, bind, rows

__all__ = [
    "COLUMNS",
    "KEY",
    "NUMBERS",
    "Analysis",
    "MeasureWords",
    "Provenance",
    "Results",
    "Wording",
    "bind",
    "read_analysis",
    "rows",
    "write_analysis",
    "write_table",
]
