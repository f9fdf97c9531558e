"""Sentences and tables, shown alike by JupyterLab and the report page."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass

from stepdown.display.drawing import folded

_NUMBER = re.compile(r"[−+]?\d")
_NUMBER_OR_GAP = re.compile(r"[−+]?\d|no |none|not shown|not yet")
LAB_STYLE = (
    "<style>.jp-RenderedHTMLCommon .sd-table :is(th,td):not(.sd-num){text-align:left}"
    ".jp-RenderedHTMLCommon .sd-table :is(th,td){vertical-align:top}"
    ".jp-RenderedHTMLCommon .sd-table caption{text-align:left;font-weight:600}"
    ".jp-RenderedHTMLCommon .sd-table tbody th{font-weight:400}</style>"
)
"""JupyterLab aligns all cells on the right; the page has its own styles and leaves this out."""
_LONG = 14  # a row header of more characters needs space of its own on a phone


_CODE, _LINK = re.compile(r"`([^`]+)`"), re.compile(r"\[\[([a-z_]+)\|([^\[\]|]+)\]\]")


def inline(text: str) -> str:
    """Escape text for HTML; `code` stays code, and [[key|Title]] leads to a section of the page."""
    return _LINK.sub(r'<a href="#\1">\2</a>', _CODE.sub(r"<code>\1</code>", html.escape(text)))


def plain(text: str) -> str:
    """Return a text without the marks of code and of links to sections."""
    return _LINK.sub(r"“\2”", _CODE.sub(r"\1", text))


@dataclass(frozen=True)
class Text:
    """Paragraphs, in a box if they are the answer.

    Attributes
    ----------
    paragraphs : tuple of str
        Plain sentences.
    heading : str
        Heading of the box (level 2); empty for none.
    items : tuple of str
        A list under the paragraphs.
    kind : str
        "plain", "answer" (the headline box) or "caution".
    """

    paragraphs: tuple[str, ...]
    heading: str = ""
    items: tuple[str, ...] = ()
    kind: str = "plain"

    def _repr_html_(self) -> str:
        parts = [f"<h2>{inline(self.heading)}</h2>"] if self.heading else []
        parts += [f"<p>{inline(text)}</p>" for text in self.paragraphs]
        if self.items:
            parts.append("<ul>" + "".join(f"<li>{inline(text)}</li>" for text in self.items) + "</ul>")
        return f'<div class="sd-text sd-{self.kind}">{"".join(parts)}</div>'

    def __str__(self) -> str:
        """Return the sentences as plain text."""
        return "\n".join((*([self.heading] if self.heading else []), *self.paragraphs, *self.items))


@dataclass(frozen=True)
class Table:
    """A table that a screen reader can read: a caption, and headers with their scope.

    Attributes
    ----------
    caption : str
        What the table shows, as a headline.
    columns : tuple of str
        Headers; the first heads the row headers.
    rows : tuple of tuple of str
        The cells; the first of each row is its header.
    notes : tuple of str
        Sentences under the table.
    fold : str
        What a reader opens to see the table, such as "All 20 sites"; empty where it is shown at once. Paper
        shows all tables.
    compact : bool
        Whether numbers stay on one line, with their interval, where the page is wide enough.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    fold: str = ""
    compact: bool = False

    def _repr_html_(self) -> str:
        right = [False, *(_numeric(cells) for cells in list(zip(*self.rows, strict=True))[1:])]
        right = right if self.rows else [False] * len(self.columns)
        names = zip(self.columns, right, strict=True)
        # A heading without a word would be read out as one.
        head = "".join(
            f'<th scope="col"{_class(number)}>{inline(name)}</th>' if name else "<td></td>"
            for name, number in names
        )
        body = "\n".join(_row(cells, right) for cells in self.rows)
        notes = "".join(f'<p class="sd-note">{inline(note)}</p>' for note in self.notes)
        long = " sd-long" if any(len(cells[0]) > _LONG for cells in self.rows) else ""
        long += " sd-compact" if self.compact else ""
        label = html.escape(f"Table: {self.caption}")
        table = (
            f'<div class="sd-scroll" role="group" aria-label="{label}" tabindex="0">\n'
            f'<table class="sd-table{long}">\n'
            f"<caption>{inline(self.caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{body}\n</tbody></table></div>{notes}"
        )
        return LAB_STYLE + (folded(table, self.fold) if self.fold else table)


def _numeric(cells: Sequence[str]) -> bool:
    """Return whether a column holds numbers, so that it is aligned on the right."""
    filled = [cell for cell in cells if cell]
    return any(map(_NUMBER.match, filled)) and all(map(_NUMBER_OR_GAP.match, filled))


def _class(number: bool) -> str:
    return ' class="sd-num"' if number else ""


def _row(cells: Sequence[str], right: Sequence[bool]) -> str:
    pairs = list(zip(cells, right, strict=True))[1:]
    rest = "".join(f"<td{_class(number)}>{inline(cell)}</td>" for cell, number in pairs)
    return f'<tr><th scope="row">{inline(cells[0])}</th>{rest}</tr>'
