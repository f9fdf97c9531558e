"""The data model as plain data: columns, tables, the cohort, endpoints, measures and levels of care."""

from typing import TYPE_CHECKING, Any

from stepdown.schema.cohort_tables import Anonymity, Basis, Clock, Cohort, InputFile, Schedule
from stepdown.schema.columns import (
    DTYPES,
    LATER,
    MOMENTS,
    Column,
    Instrument,
    Kind,
    Order,
    Table,
    instruments,
    table,
    tables,
)
from stepdown.schema.endpoint_definitions import (
    INTERVALS,
    MISSING,
    NEEDS,
    EndpointSpec,
    Parameter,
    WeeklyRule,
    endpoint,
    endpoints,
)
from stepdown.schema.levels_of_care import CareRules, Completion, asam_label, read_care_rules
from stepdown.schema.quality_measures import (
    Credit,
    Exclusion,
    Measure,
    MeasureRegistry,
    read_measures,
)

NOT_CARE = ("drug_test", "mutual_help")
"""Kinds of session that are not care of a level."""

# Read from the declared tables when first asked for.
DISCHARGES: Table
SERVICES: Table
OBSERVATIONS: Table
FOLLOWUP: Table
ASSESSMENTS: Table
TABLES: tuple[Table, ...]
LEVELS: tuple[str, ...]
SOURCES: tuple[str, ...]
FINDINGS: tuple[str, ...]
ENDINGS: tuple[str, ...]

if not TYPE_CHECKING:
    _CODES = {
        "LEVELS": ("services", "level"),
        "SOURCES": ("observations", "source"),
        "FINDINGS": ("observations", "finding"),
        "ENDINGS": ("followup", "reason"),
    }

    def __getattr__(name: str) -> Any:
        """Read the declared tables when one of them, or its codes, is first asked for."""
        if name == "TABLES":
            return tables()
        if name in ("DISCHARGES", "SERVICES", "OBSERVATIONS", "FOLLOWUP", "ASSESSMENTS"):
            return table(name.lower())
        if name in _CODES:
            of, column = _CODES[name]
            return table(of)[column].codes
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "ASSESSMENTS",
    "DISCHARGES",
    "DTYPES",
    "ENDINGS",
    "FINDINGS",
    "FOLLOWUP",
    "INTERVALS",
    "LATER",
    "LEVELS",
    "MISSING",
    "MOMENTS",
    "NEEDS",
    "NOT_CARE",
    "OBSERVATIONS",
    "SERVICES",
    "SOURCES",
    "TABLES",
    "Anonymity",
    "Basis",
    "CareRules",
    "Clock",
    "Cohort",
    "Column",
    "Completion",
    "Credit",
    "EndpointSpec",
    "Exclusion",
    "InputFile",
    "Instrument",
    "Kind",
    "Measure",
    "MeasureRegistry",
    "Order",
    "Parameter",
    "Schedule",
    "Table",
    "WeeklyRule",
    "asam_label",
    "endpoint",
    "endpoints",
    "instruments",
    "read_care_rules",
    "read_measures",
    "table",
    "tables",
]
