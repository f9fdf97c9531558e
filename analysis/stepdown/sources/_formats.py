"""Endings of the files that can be read."""

from pathlib import PurePath

TEXT = (".csv", ".tsv")
PARQUET = (".parquet",)
EXCEL = (".xlsx", ".xlsm")
STATISTICS = (".dta", ".sas7bdat", ".xpt", ".sav", ".zsav")
SUFFIXES: tuple[str, ...] = (*TEXT, *(f"{ending}.gz" for ending in TEXT), *PARQUET, *EXCEL, *STATISTICS)


def suffix(name: str) -> str:
    """Return the ending of a file name in lower case, ".csv.gz" as one."""
    endings = PurePath(name.lower()).suffixes
    return "".join(endings[-2:]) if endings[-1:] == [".gz"] else "".join(endings[-1:])
