"""Whether markup would run a script, or load something that is not in the page itself."""

import re
from html.parser import HTMLParser

_LOADERS = frozenset({"script", "iframe", "object", "embed", "link", "base"})
_SOURCES = frozenset({"src", "srcset", "poster", "background"})
_LOOKS = re.compile(r"""@import|url\(\s*["']?(?!#|data:)""", re.IGNORECASE)


def asks_outside(markup: str) -> bool:
    """Say whether markup would run a script or load something from outside.

    Only tags, attributes and style sheets are looked at: a title may well hold the text "src=".
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = False
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        self.found |= tag in _LOADERS or any(_asks(tag, name, value or "") for name, value in attrs)

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        self.found |= self._in_style and _LOOKS.search(data) is not None


def _asks(tag: str, name: str, value: str) -> bool:
    if name in _SOURCES:
        return not value.strip().startswith("data:")
    if name in ("href", "xlink:href") and tag != "a":
        return not value.strip().startswith(("#", "data:"))
    if name.startswith("on"):
        return True
    # Words for those who cannot see a figure are text; everything else may be a style.
    return not name.startswith(("aria-", "alt", "title")) and _LOOKS.search(value) is not None
