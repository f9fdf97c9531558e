"""Parts behind one line that a reader opens."""

from stepdown.display.details import Details
from stepdown.display.section import unfolded
from stepdown.display.text_and_tables import Table, Text


def test_parts_are_behind_one_line_and_unfold() -> None:
    words, table = Text(("Found.",)), Table("Numbers", ("", "n"), (("A", "1"),))
    details = Details("More & more", (words, table))
    shown = details._repr_html_()
    assert shown.startswith('<details class="sd-fold"><summary>More &amp; more</summary>')
    assert words._repr_html_() in shown
    assert table._repr_html_() in shown
    assert str(details).startswith("More & more\nFound.\n")
    assert unfolded((words, details)) == (words, words, table)
