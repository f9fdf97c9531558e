"""What each column of the files was taken for, as a table: for the terminal, and as a page of the project."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import pyarrow as pa
import pyarrow.compute as pc

from stepdown.identifiers import scan
from stepdown.schema import TABLES, Basis
from stepdown.sources.init.column_names import usual
from stepdown.sources.init.guesses import Guess, yes_of
from stepdown.sources.init.indicated_events import event_named
from stepdown.sources.init.new_file import NewFile
from stepdown.sources.init.questions import FEWEST
from stepdown.sources.init.working_copy import roles
from stepdown.sources.map.plain_columns import as_text, shape

_HEADER = ("Column", "Taken for", "Looks like", "Confidence", "Note")
_EVENTS = {
    "positive": "first use",
    "death": "death",
    "admission": "readmission",
    "incarceration": "custody",
    "iop": "start of IOP",
    "php": "start of PHP",
    "outpatient": "start of outpatient care",
    "iop_or_php": "start of IOP or PHP",
    "followup_end": "last contact",
    "birth_date": "age, from the date of birth",
}
_LABELS = {column.name: column.label for table in reversed(TABLES) for column in table}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1a1a1a; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #ccc; padding: 0.35rem 0.7rem 0.35rem 0; text-align: left; }
td { overflow-wrap: anywhere; } th, td { vertical-align: top; } th { white-space: nowrap; }
code { color: #555; font-size: 0.9em; } .example { white-space: nowrap; }
tr.check td { background: #fff6dc; } tr.unused td { color: #595959; }
@media (max-width: 700px) {
  body { padding: 1rem; } thead { display: none; } table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid #ccc; padding: 0.5rem 0; } td { border: 0; padding: 0.1rem 0; }
  td:empty { display: none; } td:first-child { font-weight: 600; } .example { white-space: normal; }
  td:not(:first-child)::before { content: attr(data-label) ": "; color: #595959; }
}
"""


@dataclass(frozen=True, kw_only=True)
class MappedColumn:
    """One column of the files.

    Attributes
    ----------
    sheet, column : str
        Where it is.
    meaning : str
        What it was taken for; empty where it is not used.
    example : str
        How its most frequent cells are written: figures as 9, letters as x; empty where too few are alike.
    confidence : {"sure", "check", "not used"}
        Whether name and values agree, or a person should look.
    note : str
        What to check, or why it is not used.
    """

    sheet: str
    column: str
    meaning: str
    example: str
    confidence: str
    note: str


def mapped_columns(parts: Sequence[NewFile], *, basis: Basis) -> tuple[MappedColumn, ...]:
    """Return what each column was taken for.

    Parameters
    ----------
    parts : sequence of NewFile
        The files and sheets that are used, as read.
    basis : str
        Legal ground on which the data are held.

    Returns
    -------
    tuple of MappedColumn
        In the order of the files.
    """
    return tuple(column for part in parts for column in _columns(part, basis))


def _columns(part: NewFile, basis: Basis) -> Iterable[MappedColumn]:
    data = dict(zip(part.data.column_names, part.data.columns, strict=True))
    noticed = {found.column: found.what for found in scan(data, basis=basis, roles=roles(part))}
    meanings = _meanings(part)
    beside = _with_days(part)
    for name, values in data.items():
        meaning, note, doubt = meanings.get(name, ("", "", ""))
        if doubt or not meaning:
            what = noticed.get(name, "")
            note = doubt or (f"seems to hold {what}" if what else beside.get(name, "no usual name"))
        shown = bool(meaning) and name != part.client and name not in noticed
        yield MappedColumn(
            sheet=part.label,
            column=name,
            meaning=meaning,
            example=_example(values) if shown else "",
            confidence="check"
            if doubt or (meaning and _to_check(note))
            else "sure"
            if meaning
            else "not used",
            note=note,
        )


def _to_check(note: str) -> bool:
    return bool(note) and not (note.startswith("dates written") and ";" not in note)


def _meanings(part: NewFile) -> dict[str, tuple[str, str, str]]:
    """Return by column the meaning, a note, and a doubt."""
    found: dict[str, tuple[str, str, str]] = {}
    for guess in part.guesses:
        found[guess.source] = (guess.name, guess.note, guess.doubt)
    for _, event, guess in part.events:
        # A last contact stays one, where an event without a day happened up to it.
        earlier = found.get(guess.source, (_EVENTS.get(event, event),))[0]
        found[guess.source] = (earlier, guess.note, guess.doubt)
        found |= {name: (f"whether {_EVENTS.get(event, event)} happened", "", "") for name in guess.when}
    dates: dict[str, Guess] = {guess.source: guess for guess in part.dates}
    found |= {
        name: (_EVENTS[guess.name], guess.note, "") for name, guess in dates.items() if guess.name in _EVENTS
    }
    for one in part.scores:
        found |= {name: (f"{one.instrument} in week {week}", "", "") for week, name in one.columns.items()}
    for call in part.calls:
        unknown = sum(code == "TODO" for code in call.findings.values())
        are = "results have" if unknown > 1 else "result has"
        note = f"{unknown} {are} no usual word: read as no result" if unknown else ""
        for name in (call.result, *call.also):
            found[name] = (f"result of {call.name}", note, "")
        for name, what in (
            (call.date, "date of"),
            (call.first_use, "day of first use, reported at"),
        ):
            if name:
                note = dates[name].note if name in dates else ""
                found[name] = (
                    f"{what} {call.name}",
                    note,
                    "" if name in dates else "no dates in one order",
                )
    return found


def _with_days(part: NewFile) -> dict[str, str]:
    """Return by column why an indicator is not used: the day of its event is in another column."""
    days_of = {event: guess.source for _, event, guess in part.events}
    flags = [name for name in part.data.column_names if yes_of(part.data[name]) is not None]
    named = {name: event_named(usual(name)) for name in flags}
    return {name: f'the day is in "{days_of[event]}"' for name, event in named.items() if event in days_of}


def _example(values: pa.ChunkedArray) -> str:
    """Return the most frequent way in which cells are written, where enough rows share it."""
    if shape(values.type) == "other":
        return ""
    texts = pc.value_counts(as_text(values).drop_null())
    figures = pc.replace_substring_regex(texts.field("values"), r"\p{Nd}", "9")
    masks = pc.replace_substring_regex(figures, r"[\pL\p{Nl}\p{No}]+", "x")
    counts: Counter[str] = Counter()
    for mask, count in zip(masks.to_pylist(), texts.field("counts").to_pylist(), strict=True):
        counts[mask] += count
    common = max(counts, key=lambda mask: counts[mask], default="")
    return common if counts.get(common, 0) >= FEWEST and len(common) <= 30 else ""


def mapping_text(columns: Sequence[MappedColumn]) -> str:
    """Return the table for the terminal, sheet by sheet."""
    lines = []
    for sheet in dict.fromkeys(column.sheet for column in columns):
        rows = [_HEADER, *(_cells(column) for column in columns if column.sheet == sheet)]
        widths = [min(44, max(len(row[place]) for row in rows)) for place in range(4)]
        lines.append(sheet)
        for row in rows:
            cut = [cell if len(cell) <= 44 else f"{cell[:41]}..." for cell in row[:4]]
            line = "  ".join(cell.ljust(width) for cell, width in zip(cut, widths, strict=True))
            lines.append(f"  {line}  {row[4]}".rstrip())
        lines.append("")
    return "\n".join(lines)


def mapping_page(columns: Sequence[MappedColumn], unused: Sequence[str], notes: Sequence[str]) -> str:
    """Return the page of the project that shows what each column was taken for."""
    counts = Counter(column.confidence for column in columns)
    body = ["<h1>What the columns were taken for</h1>"]
    body.append(
        f"<p>{counts['sure']} columns are sure, {counts['check']} to check, {counts['not used']} not used. "
        "Guessed from names, types and ranges. Correct what is wrong in cohort.toml, or state it in an "
        "answers file and run init again. Under Looks like, 9 stands for a figure and x for a word.</p>"
    )
    for sheet in dict.fromkeys(column.sheet for column in columns):
        body.append(f"<h2>{escape(sheet)}</h2>")
        head = "".join(f"<th>{name}</th>" for name in _HEADER)
        rows = "".join(_page_row(column) for column in columns if column.sheet == sheet)
        body.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    for title, lines in (("Not used", unused), ("Left out, joined or not used", notes)):
        if lines:
            items = "".join(f"<li>{escape(line)}</li>" for line in lines)
            body.append(f"<h2>{title}</h2><ul>{items}</ul>")
    view = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    head = f'<meta charset="utf-8">{view}<title>Columns</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>\n'


def _page_row(column: MappedColumn) -> str:
    """Return a row of the page: a column of the data model by its label, with its name."""
    label = _LABELS.get(column.meaning)
    meaning = f"{escape(label)} <code>{escape(column.meaning)}</code>" if label else escape(column.meaning)
    example = f'<span class="example">{escape(column.example)}</span>' if column.example else ""
    cells = (escape(column.column), meaning, example, column.confidence, escape(column.note))
    kind = {"check": "check", "not used": "unused"}.get(column.confidence, "sure")
    shown = "".join(f'<td data-label="{name}">{cell}</td>' for name, cell in zip(_HEADER, cells, strict=True))
    return f'<tr class="{kind}">{shown}</tr>'


def _cells(column: MappedColumn) -> tuple[str, str, str, str, str]:
    return (column.column, column.meaning, column.example, column.confidence, column.note)
