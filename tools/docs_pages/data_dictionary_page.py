"""The data dictionary, generated from the declarations of the tables."""

from collections.abc import Iterator

from stepdown.schema import Column, Table, tables
from tools.docs_pages.case_tables import filled, table

_COLUMNS = ("Column", "Label", "Meaning", "Kind", "Unit", "Values", "Known", "Needed", "Quasi")


def data_dictionary() -> str:
    """Return the data dictionary as Markdown."""
    return filled("data-dictionary.md", tables=(line for one in tables() for line in _table(one)))


def _table(declared: Table) -> Iterator[str]:
    yield f"## {declared.name}"
    yield ""
    key = f" Key: {', '.join(f'`{name}`' for name in declared.key)}." if declared.key else ""
    yield f"One row is {declared.row}.{key}"
    yield ""
    for order in declared.orders:
        yield f"- `{order.first}` may not come after `{order.second}`."
    if declared.orders:
        yield ""
    yield from table(_COLUMNS, [_cells(column) for column in declared])


def _cells(column: Column) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        column.label,
        column.meaning,
        column.kind,
        column.unit,
        _values(column),
        f"on `{column.known}`" if column.known.endswith("_day") or column.known == "day" else column.known,
        _needed(column),
        "yes" if column.quasi else "",
    )


def _values(column: Column) -> str:
    if column.codes:
        return ", ".join(f"`{code}`" for code in column.codes)
    low = f"{column.low:g}" if column.low is not None else ""
    high = f"{column.high:g}" if column.high is not None else ""
    if low and high:
        return f"{low} to {high}"
    if low:
        return f"{low} or more"
    return f"up to {high}" if high else ""


def _needed(column: Column) -> str:
    need = "always" if column.required else "held" if column.core else ""
    return f"{need}, never missing" if column.never_missing else need
