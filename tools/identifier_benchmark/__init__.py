"""Columns that do or do not identify people, to measure the detection of identifiers.

The kinds, names and values were written from 45 CFR 164.514 and from the names that health records, REDCap
and billing systems use in their exports, before the detectors were changed and without reading them. Values
come from lists written for this benchmark or by construction; no real person is in it. Labels are those of
the legal ground `safe_harbor`. Left out is what the law does not settle from name and values alone: record
numbers without a header, names of staff, quarters of a given year, dates of forms.
"""

from tools.identifier_benchmark.benchmark import SEED, BenchmarkColumn, columns, digest
from tools.identifier_benchmark.second_names import second_columns

__all__ = ["SEED", "BenchmarkColumn", "columns", "digest", "second_columns"]
