"""Results as plain data: one long table, and the words to tell it in."""

from stepdown.results._analysis import Analysis, MeasureWords, Provenance, Wording
from stepdown.results._store import read_analysis, write_analysis, write_table
from stepdown.results._table import COLUMNS, KEY, NUMBERS, Results, bind, rows

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
