"""Results as plain data: one long table, and the words to tell it in."""

from stepdown.results._analysis import Analysis, Provenance, Wording
from stepdown.results._table import COLUMNS, KEY, NUMBERS, Results, bind, rows

__all__ = ["COLUMNS", "KEY", "NUMBERS", "Analysis", "Provenance", "Results", "Wording", "bind", "rows"]
