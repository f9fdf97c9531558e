"""An executed notebook as one self-contained page, without scripts, fonts or addresses; it opens offline.

What comes before the first section is page one. Then come a list of contents and the sections, each folded
under its heading; a link to a section opens it, and paper shows all of them open.
"""

import base64
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

from stepdown.display.text_and_tables import LAB_STYLE
from stepdown.errors import ReportError

_LOADERS = frozenset({"script", "iframe", "object", "embed", "link", "base"})
_SOURCES = frozenset({"src", "srcset", "poster", "background"})
_LOOKS = re.compile(r"""@import|url\(\s*["']?(?!#|data:)""", re.IGNORECASE)


def asks_outside(markup: str) -> bool:
    """Return whether markup would run a script or load something from outside.

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


BANNER = "INTERNAL: NOT REVIEWED FOR RELEASE"
WHY = "Small groups could identify people. Do not share or quote this report before a disclosure review."
# A browser that reads this line loads nothing from anywhere, whatever a changed notebook asks for.
_BESIDE = "Every number is in results.csv beside this page; inputs and versions are in manifest.json."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


PUBLIC_BANNER = "PREPARED UNDER STATED DISCLOSURE RULES; YOUR PRIVACY OFFICER DECIDES"
_MARK = '<figcaption><span class="sd-internal">INTERNAL</span> '


def banner_of(released: str) -> tuple[str, str]:
    """Return the banner of a report and the sentence beside it.

    Parameters
    ----------
    released : str
        Of a public report, the sentence on its rules; empty of an internal one.
    """
    rules = released[len(PUBLIC_BANNER) + 2 :] if released.upper().startswith(PUBLIC_BANNER) else released
    return (PUBLIC_BANNER, rules) if released else (BANNER, WHY)


def page(notebook: Any, *, title: str, released: str = "") -> str:
    """Render an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        A notebook of format 4 with outputs. Cells tagged `lab-only` are left out.
    title : str
        Title of the page.
    released : str
        Of a public report, the sentence on its rules; empty of an internal one, every figure of which is
        marked.

    Returns
    -------
    str
        HTML with the code of each cell hidden behind "Show the code", sections folded under their headings,
        a list of contents before the first of them, and the standing banner.

    Raises
    ------
    ReportError
        The page would load something from outside.
    """
    cells = [cell for cell in notebook.cells if "lab-only" not in cell.metadata.get("tags", [])]
    blocks = list(_blocks(cells))
    body = "\n".join(_with_contents(blocks))
    if asks_outside(body):
        raise ReportError(
            "The page would run a script or load something from outside. Remove it from the notebook: a "
            "report must open offline.",
            kind="notebook",
        )
    return framed(body if released else body.replace("<figcaption>", _MARK), title=title, released=released)


def framed(body: str, *, title: str, style: str = "", files_beside: str = _BESIDE, released: str = "") -> str:
    """Return a whole page around its content, with the standing banner.

    Parameters
    ----------
    body : str
        HTML that loads nothing.
    title : str
        Title of the page.
    style : str
        CSS beyond that of every page.
    files_beside : str
        Sentence of the foot on the files beside the page.
    released : str
        As `released` of `page`.
    """
    banner, why = banner_of(released)
    shared = files("stepdown.report").joinpath("page.css").read_text(encoding="utf-8")
    shared = shared.replace("%BANNER%", banner)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{shared}{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#report">Skip to the report</a>\n'
        "<header>\n"
        f'<p class="banner{" released" if released else ""}" role="note"><strong>{banner}.</strong> '
        f"{html.escape(why)}</p>\n"
        "</header>\n"
        f'<main id="report" tabindex="-1">\n{body}\n</main>\n'
        f"<footer><p><strong>{banner}.</strong> {files_beside}</p></footer>\n</body>\n</html>\n"
    )


@dataclass(frozen=True)
class _Block:
    """A piece of the page: a folded section with its heading, or anything else (no key)."""

    markup: str
    key: str = ""
    heading: str = ""


_HEAD = re.compile(
    r'<header class="sd-head" data-section="([a-z_]+)"><h2>(.*?)</h2>'
    r'(?:<p class="sd-finding">(.*?)</p>)?</header>',
    re.DOTALL,
)


def _blocks(cells: list[Any]) -> Iterator[_Block]:
    """Yield each cell; code without output is shown with the code after it."""
    waiting: list[str] = []
    keys: Counter[str] = Counter()
    for cell in cells:
        if cell.cell_type == "markdown":
            yield _Block(f'<div class="words">{_markdown(cell.source)}</div>')
        elif cell.cell_type == "code" and cell.source.strip():
            waiting.append(cell.source)
            shown = [part for part in (_output(output) for output in cell.outputs) if part]
            if shown:
                yield from _cell(shown, _hidden(waiting), keys)
                waiting = []
    if waiting:
        yield _Block(_hidden(waiting))


def _cell(shown: list[str], code: str, keys: Counter[str]) -> Iterator[_Block]:
    """Yield what a cell shows: sections folded, each from its heading to the next, the code with the last."""
    starts = [place for place, part in enumerate(shown) if _HEAD.match(part)]
    if not starts:
        yield _Block('<div class="cell">' + "\n".join(shown) + code + "</div>")
        return
    if starts[0]:
        yield _Block('<div class="cell">' + "\n".join(shown[: starts[0]]) + "</div>")
    for first, after in zip(starts, [*starts[1:], len(shown)], strict=True):
        last = after == len(shown)
        yield _folded("\n".join(shown[first:after]), code if last else "", keys)


def _folded(shown: str, code: str, keys: Counter[str]) -> _Block:
    """Return a section under its heading, which opens it.

    The address lies inside the fold: a browser that follows a link to it opens the section by itself.
    """
    found = _HEAD.match(shown)
    assert found is not None, "a section begins with its heading"
    key, heading, finding = found.groups(default="")
    keys[key] += 1
    key = key if keys[key] == 1 else f"{key}-{keys[key]}"
    rest = shown[found.end() :].strip()
    if finding:
        # The sentence is in the heading already.
        rest = rest.replace(f"<p>{finding}</p>", "", 1).replace(f"<p>{finding} ", "<p>", 1)
    line = f'<span class="sd-finding">{finding}</span>' if finding else ""
    return _Block(
        f'<details class="sd-section">\n<summary><h2>{heading}</h2>{line}</summary>\n'
        f'<div class="cell" id="{key}">{rest}{code}</div>\n</details>',
        key=key,
        heading=heading,
    )


def _with_contents(blocks: list[_Block]) -> Iterator[str]:
    """Yield the pieces of the page, with a list of the sections before the first one."""
    sections = [block for block in blocks if block.key]
    for block in blocks:
        if sections and block is sections[0]:
            links = "".join(f'<li><a href="#{one.key}">{one.heading}</a></li>' for one in sections)
            yield (
                '<nav class="sd-contents" aria-labelledby="contents">\n<h2 id="contents">Contents</h2>\n'
                f"<ol>{links}</ol>\n</nav>"
            )
        yield block.markup


def _hidden(sources: list[str]) -> str:
    code = html.escape("\n\n".join(sources))
    return f"<details><summary>Show the code</summary><pre><code>{code}</code></pre></details>"


def _output(output: Any) -> str:
    # Warnings (stderr) are left out: they carry paths and process numbers.
    if output.output_type == "stream":
        return f"<pre>{html.escape(output.text)}</pre>" if output.name == "stdout" else ""
    if output.output_type not in ("display_data", "execute_result"):
        return ""
    data = output.data
    for kind, show in _SHOW.items():
        if kind in data:
            return show(data[kind])
    return ""


def _image(kind: str, data: str | bytes) -> str:
    text = data if isinstance(data, str) else base64.b64encode(data).decode()
    return f'<img alt="A figure without a description" src="data:{kind};base64,{text.strip()}">'


def _markdown(text: str) -> str:
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    renderer = IPythonRenderer(escape=True, exclude_anchor_links=True)
    return str(MarkdownWithMath(renderer=renderer).render(text)).strip()


_SHOW: dict[str, Callable[[str], str]] = {
    "text/html": lambda text: text.replace(LAB_STYLE, ""),
    "text/markdown": _markdown,
    "image/png": lambda data: _image("image/png", data),
    "image/jpeg": lambda data: _image("image/jpeg", data),
    "text/plain": lambda text: f"<pre>{html.escape(text)}</pre>",
}
