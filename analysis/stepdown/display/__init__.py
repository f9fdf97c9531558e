"""How anything is shown: text, tables, figures, their style and the formatting of numbers."""

from stepdown.display.drawing import Picture, to_svg
from stepdown.display.text_and_tables import Table, Text

__all__ = ["Picture", "Table", "Text", "to_svg"]
