"""Several parts of a page behind one line that a reader opens."""

from dataclasses import dataclass

from stepdown.display.drawing import Picture, folded
from stepdown.display.text_and_tables import Table, Text


@dataclass(frozen=True)
class Details:
    """Sentences, tables and figures that a reader opens together; paper shows them open.

    Attributes
    ----------
    label : str
        What a reader opens, such as "10 checks passed".
    parts : tuple of Text, Table and Picture
        What is behind it, in order.
    """

    label: str
    parts: tuple[Text | Table | Picture, ...]

    def _repr_html_(self) -> str:
        return folded("\n".join(part._repr_html_() for part in self.parts), self.label)

    def __str__(self) -> str:
        """Return the label and the parts as plain text."""
        return "\n".join((self.label, *map(str, self.parts)))
