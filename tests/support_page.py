"""What a reader of a page sees before anything is opened."""

from html.parser import HTMLParser
from itertools import pairwise

_VOID = ("meta", "br", "img", "link")
_UNSEEN = ("head", "style", "script", "svg")


class Visible(HTMLParser):
    """The words of a page that are visible while every fold is closed, without those of figures."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            # The link for those who use a keyboard is off the screen until it has the focus.
            self._open.append("head" if ("class", "skip") in attrs else tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if not any(tag in _UNSEEN for tag in self._open) and not self._folded():
            self.words += data.split()

    def _folded(self) -> bool:
        """Whether this is inside a fold, and not in what opens it."""
        return any(tag == "details" and inner != "summary" for tag, inner in pairwise([*self._open, ""]))
