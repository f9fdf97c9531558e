"""Text of the cohort files that the generator writes."""

import datetime as dt

from stepdown.schema import Column
from stepdown.synthetic._worlds import Recording

DATE_FORMAT = "%Y-%m-%d"


def file_name(table: str, suffix: str) -> str:
    """Return the name of a table's file."""
    return f"{table}.{suffix}"


def source_name(column: Column) -> str:
    """Return the name of a column in CSV files: days are dates there."""
    if column.kind != "day":
        return column.name
    return column.name.removesuffix("day") + "date"


def date_of(day: int) -> str:
    """Return a day since 1970-01-01 as a date."""
    return (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isoformat()


def head(*, clock: str, data_cut: int) -> str:
    """Return the first lines of a cohort file."""
    cut = date_of(data_cut) if clock == "date" else str(data_cut)
    return f'''# Synthetic clients: nobody in these files exists. Made by stepdown, with a known truth.
format = 1
basis = "synthetic"
clock = "{clock}"
data_cut = {cut}
missing = [""]
'''


def tail(recording: Recording, sites: list[str]) -> str:
    """Return the last lines of a cohort file: when contacts were due, and labels of sites."""
    visits = ", ".join(str(visit) for visit in recording.visits)
    lines = [
        "[schedule]                 # days since discharge on which contacts were due",
        f"visits = [{visits}]",
        f"before = {recording.early}",
        f"after = {recording.late}",
        "",
        "[sites]",
        *(f'"{site}" = "Site {site}"' for site in sites),
    ]
    return "\n".join(lines) + "\n"
