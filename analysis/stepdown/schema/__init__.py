"""The data model as plain data: columns, tables, the cohort, endpoints, measures and levels of care."""

from stepdown.schema.cohort_tables import Anonymity, Basis, Clock, Cohort, InputFile, Schedule
from stepdown.schema.columns import DTYPES, LATER, MOMENTS, Column, Kind, Order, Table
from stepdown.schema.discharges_table import DISCHARGES, LEVELS, REASONS
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
from stepdown.schema.event_tables import (
    ENDINGS,
    FINDINGS,
    FOLLOWUP,
    NOT_CARE,
    OBSERVATIONS,
    SERVICES,
    SOURCES,
)
from stepdown.schema.levels_of_care import CareRules, Completion, asam_label, read_care_rules
from stepdown.schema.quality_measures import (
    MEASURES,
    Credit,
    Denominator,
    Exclusion,
    Measure,
    MeasureRegistry,
    Numerator,
    read_measures,
)

TABLES: tuple[Table, ...] = (DISCHARGES, SERVICES, OBSERVATIONS, FOLLOWUP)

__all__ = [
    "DISCHARGES",
    "DTYPES",
    "ENDINGS",
    "FINDINGS",
    "FOLLOWUP",
    "INTERVALS",
    "LATER",
    "LEVELS",
    "MEASURES",
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
    "CareRules",
    "Clock",
    "Cohort",
    "Column",
    "Completion",
    "Credit",
    "Denominator",
    "EndpointSpec",
    "Exclusion",
    "InputFile",
    "Kind",
    "Measure",
    "MeasureRegistry",
    "Numerator",
    "Order",
    "Parameter",
    "Schedule",
    "Table",
    "WeeklyRule",
    "asam_label",
    "endpoint",
    "endpoints",
    "read_care_rules",
    "read_measures",
]
