"""The data dictionary, generated from the declarations in `stepdown.schema`."""

from collections.abc import Iterator

from stepdown.schema import TABLES, Column, Table

_HEAD = """# Data dictionary

Generated from `stepdown.schema` by `stepdown docs`; do not edit. Every source becomes these four tables.

- **Kind**: `id` is text ("07" stays "07"); `day` is a whole day on the client's own clock (days since
  1970-01-01 where the source has dates, study days where it has not); `code` is one of the values listed;
  `flag` is true or false. Any value may be missing unless the table says never.
- **Known** is the moment at which a value is known: at `admission`, `randomization` or `discharge`, on the
  day that another column of the row names, or `later`. Eligibility and arms refuse a column that becomes
  known after time zero, or after the landmark.
- **Needed**: `always` must be mapped; `held` is in every cohort, all missing where the source has none;
  the others are absent where the source has none.
- **Quasi** marks columns that are counted in the k-anonymity report.
"""
_COLUMNS = ("Column", "Meaning", "Kind", "Unit", "Values", "Known", "Needed", "Quasi")


def data_dictionary() -> str:
    """Return the data dictionary as Markdown."""
    return "\n".join([_HEAD, *(line for table in TABLES for line in _table(table))])


def _table(table: Table) -> Iterator[str]:
    yield f"## {table.name}"
    yield ""
    key = f" Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
    yield f"One row is {table.row}.{key}"
    yield ""
    for order in table.orders:
        yield f"- `{order.first}` may not come after `{order.second}`."
    if table.orders:
        yield ""
    yield f"| {' | '.join(_COLUMNS)} |"
    yield f"| {' | '.join('---' for _ in _COLUMNS)} |"
    for column in table:
        yield f"| {' | '.join(_cells(column))} |"
    yield ""


def _cells(column: Column) -> tuple[str, ...]:
    return (
        f"`{column.name}`",
        column.meaning.replace("|", "\\|"),
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
