"""A section of a report: its key, its title, its finding in a sentence, and what it shows."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from stepdown.display.details import Details
from stepdown.display.drawing import Picture
from stepdown.display.facts import Facts
from stepdown.display.text_and_tables import Table, Text, inline, plain
from stepdown.results import Analysis

_SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z“0-9])")
_SHORTEST = 5  # "With care." alone is no finding


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The head of a section. The report page folds what comes after it; JupyterLab shows all of it.

    Attributes
    ----------
    key : str
        Key of the section; the address of the section on the page.
    heading : str
        Heading (level 2).
    finding : str
        What the section found, in a sentence; visible where the section is closed. Empty for none.
    paragraphs : tuple of str
        Sentences under the heading, visible where the section is open.
    """

    key: str
    heading: str
    finding: str = ""
    paragraphs: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        words = "".join(f"<p>{inline(text)}</p>" for text in self.paragraphs)
        return f"{self.head}\n{words}"

    @property
    def head(self) -> str:
        """The heading with its finding."""
        finding = f'<p class="sd-finding">{html.escape(plain(self.finding))}</p>' if self.finding else ""
        key = html.escape(self.key)
        return (
            f'<header class="sd-head" data-section="{key}"><h2>{inline(self.heading)}</h2>{finding}</header>'
        )

    def __str__(self) -> str:
        """Return the heading and the sentences as plain text."""
        return "\n".join((self.heading, *([self.finding] if self.finding else []), *self.paragraphs))


Part = Text | Table | Picture | Facts | Heading
Shown = tuple[Part | Details, ...]


def unfolded(shown: Shown) -> tuple[Part, ...]:
    """Return the parts of a section in order, with those behind a line that a reader opens."""
    parts: list[Part] = []
    for one in shown:
        parts += one.parts if isinstance(one, Details) else (one,)
    return tuple(parts)


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section of a report.

    Attributes
    ----------
    key : str
        Name by which a notebook asks for the section.
    title, introduction : str
        Heading (level 2), and the sentences under it; empty for none.
    parts : callable
        Takes an analysis and returns text, tables and figures, or a sentence that says why there are none;
        nothing where the study does not ask for the section, which then has no heading either.
    finding : callable or None
        Takes an analysis and returns what the section found in one short sentence, which is visible while
        the section is closed. If None, the first sentence of its first text.
    """

    key: str
    title: str = ""
    introduction: str = ""
    parts: Callable[[Analysis], Shown]
    finding: Callable[[Analysis], str] | None = None

    def show(self, a: Analysis) -> Shown:
        """Return the heading and everything under it."""
        shown = self.parts(a)
        if not self.title or not shown:
            return shown
        under = (self.introduction,) if self.introduction else ()
        finding = self.finding(a) if self.finding else first_sentence(shown)
        return (Heading(key=self.key, heading=self.title, finding=finding, paragraphs=under), *shown)


def first_sentence(shown: Shown) -> str:
    """Return the first sentence of the first text that is shown; empty where there is no text."""
    for part in shown:
        if isinstance(part, Text):
            sentences = _SENTENCE.split(" ".join(part.paragraphs or part.items))
            words = ""
            for one in sentences:
                words = f"{words} {one}".strip()
                if len(words.split()) >= _SHORTEST:
                    break
            return words
    return ""
