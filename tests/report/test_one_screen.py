"""What a reader sees of an opened section, before opening its details, is about one screen.

Measured with a browser, at 390 by 844 and at 1,280 by 800 points, each of these sections of the bundled report ends on its
first screen. On a phone a line holds about 7 words and a screen about 33 lines, of which a heading takes 2, what is folded 2
each, and a figure 12: that leaves room for the words allowed here.
"""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

REPORT = Path(__file__).resolve().parents[2] / "reports" / "example-internal" / "report.html"
WORDS, WORDS_BESIDE_A_FIGURE = 190, 135


class Visible(HTMLParser):
    """The words, rows of tables and figures of each section that are outside `details`."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        self.figures: dict[str, int] = {}
        self._section, self._folded, self._in_svg, self._in_heading = "", 0, 0, False
        self._open = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "h2":
            # A section that folds as a whole is one that the reader has opened.
            self._section, self._in_heading, self._open = "", True, self._folded
        elif tag == "details":
            self._folded += 1
        elif tag == "svg":
            self._in_svg += 1
            self._add(self.figures, 1)
        elif tag == "tr":
            self._add(self.rows, 1)

    def handle_endtag(self, tag: str) -> None:
        self._in_heading &= tag != "h2"
        self._folded -= tag == "details"
        self._in_svg -= tag == "svg"

    def handle_data(self, data: str) -> None:
        if self._in_heading:
            self._section += data
        elif not self._in_svg:
            self._add(self.words, len(re.findall(r"\S+", data)))

    def _add(self, counted: dict[str, int], many: int) -> None:
        if self._folded <= self._open:
            counted[self._section] = counted.get(self._section, 0) + many


@pytest.fixture(scope="module")
def visible() -> Visible:
    found = Visible()
    found.feed(REPORT.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    "section",
    [
        "Can this be trusted?", "What would change the answer?", "For whom?", "Site by site",
        "Why the simple comparison misleads",
    ],
)  # fmt: skip
def test_a_section_is_one_screen_before_anything_is_opened(visible: Visible, section: str) -> None:
    figures = visible.figures.get(section, 0)
    assert figures <= 1
    assert 20 < visible.words[section] <= (WORDS_BESIDE_A_FIGURE if figures else WORDS)
    assert visible.rows.get(section, 0) == 0
