"""Reports: tables, sentences and sections from an analysis; notebooks run and rendered as one page."""

from stepdown.report import definition_comparison as definitions, first_look as sections
from stepdown.sections.relapse import text as prose, tables
from stepdown.display.text_and_tables import Table, Text
from stepdown.report.publication import run

__all__ = ["Table", "Text", "definitions", "prose", "run", "sections", "tables"]
