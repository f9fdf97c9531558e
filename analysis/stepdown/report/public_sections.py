"""Sections of a public report: what is left out says why, in tables and in text."""

import re
from dataclasses import replace

from stepdown.display.details import Details
from stepdown.display.drawing import Picture
from stepdown.display.facts import Facts
from stepdown.display.section import Heading, Part, Section, Shown
from stepdown.display.text_and_tables import Table, Text
from stepdown.errors import ResultError
from stepdown.results import Analysis
from stepdown.results.words import NOT_RELEASED, NOT_SHOWN

_WITHOUT_FOLLOW_UP = ("page_one", "quarters", "people", "quality", "decisions", "checklist")
"""Sections of a public report of a quarter that is not complete yet; the others have nothing to show."""
_FEW = 2
"""Columns of a table up to which each cell that lacks its number gives the reason itself."""
_WHY = f"{NOT_RELEASED[:1].upper()}{NOT_RELEASED[1:]}."


def parts_of(section: Section, a: Analysis) -> Shown:
    """Return what is under the title of a section.

    Parameters
    ----------
    section : Section
    a : Analysis

    Returns
    -------
    tuple of Text, Table and Picture
        Of a public report, cells and sentences without a number give the reason; a section that cannot be
        made without numbers that are left out is one sentence. Of a quarter that is not complete yet nothing
        where the section is about what came after discharge.
    """
    if not a.wording.released:
        return section.parts(a)
    if a.wording.waits and section.key not in _WITHOUT_FOLLOW_UP:
        return ()
    sentences = a.wording.not_shown.get(section.key, ())
    left_out = (Text(sentences),) if sentences else ()
    try:
        shown = section.parts(a)
    except (ResultError, LookupError):
        return (Text((f"This part is {NOT_RELEASED}.",)), *left_out)
    return (*map(_with_reasons, shown), *left_out)


def finding_of(section: Section, a: Analysis) -> str:
    """Return what a section found, as its heading states it; of a public report with the reasons.

    Parameters
    ----------
    section : Section
        With a finding.
    a : Analysis
    """
    if section.finding is None:
        return ""
    if not a.wording.released:
        return section.finding(a)
    try:
        return _reason_in_sentence(section.finding(a))
    except (ResultError, LookupError):
        return f"This part is {NOT_RELEASED}."


def _with_reasons(part: Part | Details) -> Part | Details:
    if isinstance(part, Details):
        return replace(part, parts=tuple(map(_reasoned, part.parts)))
    if isinstance(part, Facts):
        facts = ((name, tuple(map(_reason_in_sentence, words))) for name, words in part.facts)
        return replace(part, facts=tuple(facts))
    return part if isinstance(part, Heading) else _reasoned(part)


def _reasoned(part: Text | Table | Picture) -> Text | Table | Picture:
    if isinstance(part, Picture):
        return part
    if isinstance(part, Text):
        return replace(part, paragraphs=_reasons_last(part.paragraphs), items=_reasons_last(part.items))
    rows = tuple(tuple(map(_reason_in_cell, cells)) for cells in part.rows)
    shown = {cell for cells in rows for cell in cells[1:] if cell}
    if shown == {NOT_RELEASED}:
        return Text((f"{part.caption}: {NOT_RELEASED}.",))
    if len(part.columns) <= _FEW or not any(NOT_RELEASED in cells for cells in rows):
        return replace(part, rows=rows)
    # The reason in every cell of a wide table would leave no space for the numbers.
    rows = tuple(tuple(NOT_SHOWN if cell == NOT_RELEASED else cell for cell in cells) for cells in rows)
    return replace(part, rows=rows, notes=(*part.notes, _WHY))


def _reasons_last(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return texts with the reason of missing numbers; where nothing else is left, it stands once."""
    reasoned = tuple(map(_reason_in_sentence, texts))
    kept = tuple(one for one in reasoned if one != _WHY)
    return kept if kept == reasoned else (*kept, _WHY)


def _reason_in_cell(cell: str) -> str:
    """Return a cell; one that holds no number at all, such as "not shown to not shown", with the reason."""
    without = NOT_SHOWN in cell and f"{NOT_SHOWN}:" not in cell and not re.search(r"\d", cell)
    return NOT_RELEASED if without else cell


def _reason_in_sentence(text: str) -> str:
    """Return a text with the reason of a missing number; sentences that lack several are that alone, once."""
    sentences = list(map(_one_sentence, re.split(r"(?<=[.:]) (?=[A-Z“\d]|not shown)", text)))
    kept: list[str] = []
    for one in sentences:
        # What introduced a list that is not shown goes with it.
        if one == _WHY and kept and (kept[-1] == _WHY or (kept[-1].endswith(":") and NOT_SHOWN in kept[-1])):
            kept.pop()
        kept.append(one)
    return " ".join(kept)


def _one_sentence(text: str) -> str:
    marked = text.replace(NOT_RELEASED, "\0")
    if marked.startswith(NOT_SHOWN) or marked.count(NOT_SHOWN) > 1:
        return _WHY
    return marked.replace(f" {NOT_SHOWN} ", f" ({NOT_RELEASED}) ").replace("\0", NOT_RELEASED)
