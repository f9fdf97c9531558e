"""The brief: a report of a few pages to print and to send, as a tagged PDF that a screen reader can read."""

import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from stepdown.display.drawing import Picture
from stepdown.display.section import Shown
from stepdown.display.text_and_tables import Table, Text, plain
from stepdown.errors import ReportError
from stepdown.report.report_parts import FIRST, ReportPart, right_aligned
from stepdown.results import Analysis

# Of each section: most texts, and which figures and tables by their place; a table of at most so many rows.
_PLAN: Mapping[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {
    "speed": (2, (0,), ()),
    "quarters": (1, (), ()),
    "arms": (3, (0,), (0,)),
    "trust": (5, (), ()),
    "sensitivity": (1, (), ()),
    "followup": (1, (), (1,)),
    "care": (2, (), (1,)),
    "quality": (1, (), (0,)),
    "decisions": (1, (), ()),
    "checklist": (1, (), ()),
}
_ALL = (99, tuple(range(9)), tuple(range(9)))
_MOST_ROWS = 14
_SECOND_COMPARISON = re.compile(r"Comparison 2 of \d+")
_INCHES, _HIGHEST = 4.4, 4.2
# Width of a page, a letter of a table, and what is beside its texts, in points; longer words may break.
_WIDTH, _LETTER, _BESIDE, _LONGEST = 489.0, 4.9, 11.0, 22
# What the fonts that come with typst show; of others each is tried.
_SHOWN = re.compile(r"[\n\x20-\x7e\xa0-\u017f‐-―‘-”•…−≤≥×]")
_MISSING = re.compile(r"the text `\"(.*?)\"` could not be displayed", re.DOTALL)
_INSTEAD = "?"


def brief(a: Analysis, parts: Sequence[ReportPart], *, banner: str, disclosure: str) -> bytes:
    """Return the brief of a report.

    Parameters
    ----------
    a : Analysis
        What the report shows.
    parts : sequence of ReportPart
        Its sections.
    banner : str
        Words for the head of every page; empty for none.
    disclosure : str
        What was done about small numbers, in a sentence or two.

    Returns
    -------
    bytes
        A PDF that typst has checked against PDF/UA-1. Only typst's own fonts are used; a letter that none of
        them has is shown as "?". No clock, path or font of this machine is in it.

    Raises
    ------
    ReportError
        The PDF cannot be made.
    """
    return _compiled(_given(a, parts, banner=banner, disclosure=disclosure))


def _given(a: Analysis, parts: Sequence[ReportPart], *, banner: str, disclosure: str) -> str:
    """Return all that the brief shows, as JSON: texts are data for typst and never part of its source."""
    cut = a.wording.header.get("Data cut", "")
    given = {
        "title": f"Relapse after residential treatment: {a.wording.title}",
        "short": _short(a.wording.title),
        "source": f"Data cut: {cut}" if cut else "",
        "banner": banner,
        "blocks": [*_first(a, parts), {"kind": "page"}, *_others(parts), *_ending(a, disclosure)],
    }
    return _showable(json.dumps(given, ensure_ascii=False))


def _first(a: Analysis, parts: Sequence[ReportPart]) -> Iterator[dict[str, Any]]:
    """Yield the first page: what the report is about, and what it found."""
    shown = next((_without_title(part.shown) for part in parts if part.key in FIRST), ())
    found = list(_blocks(shown, _ALL))
    if not any(one["kind"] in ("facts", "line") for one in found):
        yield {"kind": "facts", "facts": [list(fact) for fact in a.wording.header.items()]}
    yield from found


def _without_title(shown: Shown) -> Shown:
    """Return the parts of the first section without the title of the study, which the brief has."""
    return tuple(one for one in shown if not (isinstance(one, Text) and one.kind == "study"))


def _others(parts: Sequence[ReportPart]) -> Iterator[dict[str, Any]]:
    by_key = {part.key: part for part in parts}
    for key, chosen in _PLAN.items():
        if key in by_key:
            yield {"kind": "heading", "text": by_key[key].title}
            yield from _blocks(_of_first_comparison(by_key[key].shown), chosen)


def _of_first_comparison(shown: Shown) -> Shown:
    """Return the parts up to where a second comparison begins."""
    for place, one in enumerate(shown):
        if isinstance(one, Text) and one.paragraphs and _SECOND_COMPARISON.match(one.paragraphs[0]):
            return shown[:place]
    return shown


def _ending(a: Analysis, disclosure: str) -> Iterator[dict[str, Any]]:
    given = a.provenance
    yield {"kind": "heading", "text": "Disclosure"}
    yield _text(Text((disclosure,)))
    yield {"kind": "heading", "text": "Where the numbers come from"}
    versions = ", ".join(f"{name} {version}" for name, version in given.versions.items())
    yield _text(
        Text(
            (
                f"Study file, SHA-256: {given.study_sha256}.",
                f"Made with {versions}; seed {given.seed}.",
                "Every number is in results.xlsx and results.csv; manifest.json holds the hashes of inputs.",
            )
        )
    )


def _blocks(shown: Shown, chosen: tuple[int, tuple[int, ...], tuple[int, ...]]) -> Iterator[dict[str, Any]]:
    """Yield the texts, figures and tables that are chosen, in their order."""
    texts, figures, tables = chosen
    seen: Counter[str] = Counter()
    for one in shown:
        kind = "table" if isinstance(one, Table) else "figure" if isinstance(one, Picture) else "text"
        place = seen[kind]
        seen[kind] += 1
        if isinstance(one, Table):
            if place in tables and one.rows:
                yield _table(one)
        elif isinstance(one, Picture):
            if place in figures:
                yield _figure(one)
        elif place < texts:
            yield _text(one) if isinstance(one, Text) else _facts(one)


def _text(one: Text) -> dict[str, Any]:
    kind = one.kind if one.kind in ("answer", "caution") else "plain"
    return {
        "kind": kind,
        "heading": plain(one.heading),
        "paragraphs": [plain(text) for text in one.paragraphs],
        "items": [plain(text) for text in one.items],
    }


def _facts(one: object) -> dict[str, Any]:
    """Return named facts: each line of what they are as plain text."""
    pairs = (plain(line).partition(": ") for line in str(one).splitlines())
    kind = "line" if getattr(one, "kind", "") == "line" else "facts"
    return {"kind": kind, "facts": [[name, fact] for name, _, fact in pairs]}


def _table(one: Table) -> dict[str, Any]:
    rows, more = one.rows[:_MOST_ROWS], len(one.rows) - _MOST_ROWS
    notes = (*one.notes, f"{more} more rows are in results.xlsx.") if more > 0 else one.notes
    return {
        "kind": "table",
        "caption": plain(one.caption),
        "columns": [plain(name) for name in one.columns],
        "widths": _widths(one.columns, rows),
        "right": right_aligned(one),
        "rows": [[plain(cell) for cell in row] for row in rows],
        "notes": [plain(note) for note in notes],
    }


def _widths(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[float]:
    """Return the widths of the columns in points: short cells and words stay whole."""
    cells = list(zip(columns, *rows, strict=True))
    least = [max(map(_whole, column)) for column in cells]
    wanted = [max(map(len, column)) for column in cells]
    fixed = [_LETTER * min(size, _LONGEST) + _BESIDE for size in least]
    more = [_LETTER * max(size - some, 0) for size, some in zip(wanted, least, strict=True)]
    share = min(max(_WIDTH - sum(fixed), 0) / max(sum(more), 1), 1)
    return [round(some + share * extra, 2) for some, extra in zip(fixed, more, strict=True)]


def _whole(cell: str) -> int:
    """Return the letters of what should not be broken: a short cell, or a word."""
    return len(cell) if len(cell) <= _LONGEST else max(map(len, cell.split(" ")))


def _figure(one: Picture) -> dict[str, Any]:
    wide, high = (float(size) for size in one.figure.get_size_inches())
    return {
        "kind": "figure",
        "title": one.title,
        "subtitle": one.subtitle,
        "alt": one.alt.strip(),
        "svg": _drawn(one),
        "width": min(_INCHES, _HIGHEST * wide / high),
    }


def _drawn(one: Picture) -> str:
    """Return a figure with its letters as shapes, because typst has not the fonts of figures."""
    from matplotlib import rc_context

    held = io.StringIO()
    with rc_context({"svg.hashsalt": "stepdown", "svg.fonttype": "path"}):
        one.figure.savefig(held, format="svg", metadata={"Date": None})
    return re.sub(r"<!DOCTYPE.*?>|<metadata>.*?</metadata>", "", held.getvalue(), flags=re.DOTALL)


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79].rstrip()}…"


def _compiled(given: str) -> bytes:
    import typst

    try:
        return _made(_source(), {"given": given})
    except typst.TypstError as error:
        raise ReportError(
            "The brief cannot be made as a PDF with the version of typst that is installed. Install the one "
            "that requirements.lock names, and run again."
        ) from error


def _source() -> bytes:
    return files("stepdown.report").joinpath("brief.typ").read_bytes()


def _made(source: bytes, inputs: dict[str, str]) -> bytes:
    """Return the PDF of a source; typst stops where it would not be PDF/UA-1."""
    import typst

    made = typst.compile(
        source,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs=inputs,
        pdf_standards=["ua-1"],
        timestamp=0,
    )
    return bytes(made)


def _showable(text: str) -> str:
    """Return a text without the letters that none of typst's fonts has."""
    unsure = "".join(sorted(set(_SHOWN.sub("", text))))
    without = _not_in_fonts(unsure) if unsure else set()
    return text.translate({ord(letter): _INSTEAD for letter in without})


def _not_in_fonts(letters: str) -> set[str]:
    """Return which letters a PDF cannot show: each is tried, and those that stop typst are left out."""
    import typst

    source = b'#set document(title: "t")\n#sys.inputs.letters'
    without = {letter for letter in letters if not letter.isprintable()}
    while left := [letter for letter in letters if letter not in without]:
        try:
            _made(source, {"letters": " ".join(left)})
            break
        except typst.TypstError as error:
            found = _MISSING.search(str(error))
            named = set(found[1]) & set(left) if found else set()
            without |= named or set(left)
    return without
