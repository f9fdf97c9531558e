"""Which canonical table a sheet or file holds, by its name and by its columns, and why one holds none."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import pyarrow as pa

from stepdown.identifiers import snake
from stepdown.sources.init.answers import NOT_USED
from stepdown.sources.init.column_names import says_day
from stepdown.sources.init.guesses import guess_table, missing_tokens, words
from stepdown.sources.map.plain_columns import plain_table
from stepdown.sources.read.sheets import Sheet

# Columns that show a table, whatever its sheet is called.
_SHOWN_BY: dict[str, tuple[str, ...]] = {
    "discharges": ("client_id", "discharge_day"),
    "services": ("client_id", "start_day", "level"),
    "observations": ("client_id", "day", "finding"),
    "followup": ("client_id", "start_day", "end_day"),
    "assessments": ("client_id", "day", "instrument", "value"),
}
_ONE_DAY = {
    "discharges": "discharge_day",
    "services": "start_day",
    "observations": "day",
    "followup": "end_day",
    "assessments": "day",
}
_SHORT = 5
_LEVELS = {"iop": "iop", "php": "php", "outpatient": "outpatient", "op": "outpatient"}


def table_named(name: str) -> str:
    """Return the table that the name of a file or sheet states; empty where it states none."""
    lists: Mapping[str, Sequence[str]] = words()["tables"]
    plain = snake(name)
    return next((table for table, names in lists.items() if any(_names(word, plain) for word in names)), "")


def _names(word: str, name: str) -> bool:
    """Return whether a name holds a word; a short one stands alone, so that "Callahan House" is no call."""
    alone = re.search(rf"(^|_){word}(s|es|\d+)?(_|$)", name) is not None
    return alone if len(word) <= _SHORT else word in name


def level_named(name: str) -> str:
    """Return the level of care that the name of a sheet states; empty where it states none, or two."""
    found = {_LEVELS[word] for word in snake(name).split("_") if word in _LEVELS}
    return found.pop() if len(found) == 1 else ""


def roles(
    sheets: Sequence[Sheet], *, folder: bool, said: Mapping[str, str] | None = None
) -> tuple[dict[int, str], dict[int, str]]:
    """Return the table of each sheet that is used, and the reason why each other is not.

    Parameters
    ----------
    sheets : sequence of Sheet
        All sheets of all files.
    folder : bool
        They are files of a folder, whose names state their tables.
    said : mapping of str to str, optional
        Table by sheet, or "not used", as a person decided.

    Returns
    -------
    used, unused : dict of int to str
        By position of the sheet.
    """
    if len(sheets) == 1 and not said:
        return {0: "discharges"}, {}
    used: dict[int, str] = {}
    unused: dict[int, str] = {}
    first: dict[str, Sheet] = {}
    in_order = sorted(enumerate(sheets), key=lambda one: (one[1].hidden, not table_named(_name(one[1]))))
    for position, sheet in in_order:
        answer = next((said[name] for name in sheet.names if said and name in said), "")
        table, reason = _role(sheet, named=folder and not sheet.name) if not answer else (answer, "")
        if answer == NOT_USED:
            table, reason = "", "as answered"
        if table and not answer and table in first:
            reason = _beside(sheet, first[table], table)
        elif table:
            first[table] = sheet
        if table and not reason:
            used[position] = table
        else:
            unused[position] = reason
    return dict(sorted(used.items())), dict(sorted(unused.items()))


def _beside(sheet: Sheet, other: Sheet, table: str) -> str:
    """Return why a sheet is not used beside another of the same table; empty where its rows are added."""
    if sheet.raw is None or other.raw is None:
        return ""
    names = sheet.raw.table.column_names
    if sheet.hidden and not other.hidden:
        return f"is hidden, and another sheet holds {table}; to use it, say so under sheets in the answers"
    if names != other.raw.table.column_names:
        return f"seems to hold {table}, as another sheet does, but has other columns"
    rows, others = (
        one.raw.table.to_pandas().astype("string") for one in (sheet, other) if one.raw is not None
    )
    if len(rows.merge(others.drop_duplicates(), how="inner", on=names)) == len(rows):
        return f"all its rows are in {other.label} as well"
    return ""


def _name(sheet: Sheet) -> str:
    return (sheet.name or PurePath(sheet.path).name).lower()


def _role(sheet: Sheet, *, named: bool) -> tuple[str, str]:
    """Return the table of a sheet, or why it is not used."""
    table = table_named(_name(sheet))
    if named and table:
        return table, ""
    if sheet.raw is None:
        return "", str(sheet.problems[0])
    data = plain_table(sheet.raw.table, missing_tokens(sheet.raw.table))
    found = {name: _sure(name, data) for name in _SHOWN_BY}
    whole = set(_SHOWN_BY[table]) <= found[table] if table else False
    if table in ("observations", "followup") and not whole and _are_stays(data):
        return "discharges", ""
    if table and {"client_id", _ONE_DAY[table]} <= found[table]:
        return table, ""
    by_columns = [
        name
        for name, needed in _SHOWN_BY.items()
        if set(needed) <= found[name] | ({"level"} if level_named(_name(sheet)) else set())
    ]
    if by_columns:
        return max(by_columns, key=lambda name: len(found[name])), ""
    if not any("client_id" in names for names in found.values()):
        return "", "no column with a usual name of a client id"
    return "", "no column with a usual name of a day of discharge, a session, a finding or follow-up"


def _are_stays(data: pa.Table) -> bool:
    """Return whether a sheet has ids and a day that is called one of discharge, whatever its own name."""
    sure = {guess.name: guess.source for guess in guess_table("discharges", data) if not guess.doubt}
    return "client_id" in sure and says_day("discharge_day", sure.get("discharge_day", ""))


def _sure(table: str, data: pa.Table) -> set[str]:
    return {guess.name for guess in guess_table(table, data) if not guess.doubt}
