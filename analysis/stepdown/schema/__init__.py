"""The data model as plain data: columns, tables, the cohort, declared endpoints and designs."""

from stepdown.schema.cohort_tables import Anonymity, Basis, Clock, Cohort, InputFile, Schedule
from stepdown.schema.columns import DTYPES, LATER, MOMENTS, Column, Kind, Order, Table
from stepdown.schema.declared import (
    COMPETING,
    DESIGNS,
    INTERVALS,
    MISSING,
    NEEDS,
    DesignSpec,
    EndpointSpec,
    Parameter,
    design,
)
from stepdown.schema.discharges_table import DISCHARGES, LEVELS, REASONS
from stepdown.schema.event_tables import (
    ENDINGS,
    FINDINGS,
    FOLLOWUP,
    NOT_CARE,
    OBSERVATIONS,
    SERVICES,
    SOURCES,
)
from stepdown.schema.registry import ENDPOINTS, endpoint

TABLES: tuple[Table, ...] = (DISCHARGES, SERVICES, OBSERVATIONS, FOLLOWUP)

__all__ = [
    "COMPETING",
    "DESIGNS",
    "DISCHARGES",
    "DTYPES",
    "ENDINGS",
    "ENDPOINTS",
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
    "REASONS",
    "SERVICES",
    "SOURCES",
    "TABLES",
    "Anonymity",
    "Basis",
    "Clock",
    "Cohort",
    "Column",
    "DesignSpec",
    "EndpointSpec",
    "InputFile",
    "Kind",
    "Order",
    "Parameter",
    "Schedule",
    "Table",
    "design",
    "endpoint",
]
