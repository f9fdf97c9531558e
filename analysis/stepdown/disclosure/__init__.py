"""Release rules on the way out: hidden counts, rounded numbers, and what was published before."""

from stepdown.disclosure.count_tables import CountTable, count_table
from stepdown.disclosure.suppression import Suppression, audit, suppress

__all__ = ["CountTable", "Suppression", "audit", "count_table", "suppress"]
