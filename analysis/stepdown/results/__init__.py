"""Results as plain data: one long table, and the labels for it."""

from stepdown.results.analysis import (
    Analysis,
    MeasureWords,
    Provenance,
    Wording,
    read_analysis,
    write_analysis,
    write_table,
)
from stepdown.results.cautions import ADJUSTED, AFTER_RANDOMIZATION, CAUTIONS, NOT_ADJUSTED, RANDOMIZED
from stepdown.results.table import COLUMNS, FLOATS, HIGHEST, KEY, LOWEST, NOTES, NUMBERS, Results, bind, rows

__all__ = [
    "ADJUSTED",
    "AFTER_RANDOMIZATION",
    "CAUTIONS",
    "COLUMNS",
    "FLOATS",
    "HIGHEST",
    "KEY",
    "LOWEST",
    "NOTES",
    "NOT_ADJUSTED",
    "NUMBERS",
    "RANDOMIZED",
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
