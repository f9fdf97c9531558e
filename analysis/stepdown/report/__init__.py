"""Reports: tables, sentences and sections from an analysis; notebooks run and rendered as one page."""

from stepdown.report import definitions, prose, sections, tables
from stepdown.report._display import Table, Text
from stepdown.report._run import run

__all__ = ["Table", "Text", "definitions", "prose", "run", "sections", "tables"]
