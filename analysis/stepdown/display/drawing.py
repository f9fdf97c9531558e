"""A figure as inline SVG: the same bytes each time, with words for those who cannot see it.

What a plot returns: the figure with its words.
"""

from __future__ import annotations

import hashlib
import html
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

# Text stays text: it can be read by a screen reader's zoom, searched, and printed sharp.
_FONT = "font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def folded(shown: str, label: str) -> str:
    """Return a part of a page that a reader opens; paper shows it open."""
    return f'<details class="sd-fold"><summary>{html.escape(label)}</summary>\n{shown}</details>'


def to_svg(fig: Figure, *, alt: str, title: str, box: Bbox | None = None) -> str:
    """Return a figure as inline SVG for an HTML page.

    Parameters
    ----------
    fig : Figure
        The figure. It is not changed.
    alt : str
        What the figure shows, with its numbers, in a sentence or two.
    title : str
        A short title.
    box : Bbox or None
        Part of the sheet to draw, in inches; None draws the figure.

    Returns
    -------
    str
        One `<svg role="img">` element with `<title>` and `<desc>`, no address, no date. Its ids start
        with a hash of the picture and the words, so that several fit in one page. Same
        figure, same bytes.
    """
    # An analysis draws nothing, and need not wait for matplotlib.
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "stepdown", "svg.fonttype": "none"}):
        fig.savefig(buffer, format="svg", bbox_inches=box)
    drawn = buffer.getvalue()
    head = re.search(r'<svg[^>]*viewBox="([^"]+)"[^>]*>', drawn)
    assert head is not None, "matplotlib writes an SVG"
    body = drawn[head.end() : drawn.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<style.*?</style>", "", body, flags=re.DOTALL)  # a rule for every element of the page
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL).replace("xlink:href", "href")
    body = re.sub(r"font: ([^;']*?)([\d.]+px) [^;\"]+", rf"font: \1\2 sans-serif; {_FONT}", body)
    key = hashlib.sha256(f"{title}\n{alt}\n{body}".encode()).hexdigest()[:10]
    body = _renamed(body, prefix=f"f{key}-")
    width = head[1].split()[2]
    words = f"<title>{html.escape(title)}</title><desc>{html.escape(alt)}</desc>"
    label = html.escape(f"{title}. {alt}")
    look = f"width:100%;max-width:{round(float(width) * 1.7)}px;height:auto;stroke-linejoin:round"
    return (
        f'<svg role="img" aria-label="{label}" viewBox="{head[1]}" style="{look}">{words}{_tight(body)}</svg>'
    )


def _renamed(body: str, *, prefix: str) -> str:
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', body)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", body)


def _tight(body: str) -> str:
    return "\n".join(line.strip() for line in body.splitlines() if line.strip())


def captioned(finding: str, what: str, how: str) -> tuple[str, str]:
    """Return the title and the subtitle of a figure: the finding, then what is drawn and how to read it.

    Without a finding, as where numbers are withheld, what is drawn is the title.

    Examples
    --------
    >>> captioned("29.1% relapsed by day 90", "Cumulative incidence", "Shaded: 95% intervals.")
    ('29.1% relapsed by day 90', 'Cumulative incidence. Shaded: 95% intervals.')
    >>> captioned("", "Cumulative incidence", "Shaded: 95% intervals.")
    ('Cumulative incidence', 'Shaded: 95% intervals.')
    """
    stop = "" if what.endswith("?") else "."
    return (finding, f"{what}{stop} {how}") if finding else (what, how)


@dataclass(frozen=True, eq=False, kw_only=True)
class Picture:
    """A figure with the words that belong to it. JupyterLab and the report show it as inline SVG.

    Attributes
    ----------
    figure : Figure
        The matplotlib figure, to save or to change.
    title : str
        What is shown, as a headline.
    subtitle : str
        Whom, from when, and how to read the bands.
    alt : str
        The numbers in a sentence or two, for those who cannot see the figure.
    fold : str
        What a reader opens to see the figure; empty where it is shown at once.
    """

    figure: Figure
    title: str
    subtitle: str
    alt: str
    fold: str = ""

    @property
    def svg(self) -> str:
        """The figure as one inline `<svg>` element."""
        return to_svg(self.figure, alt=self.alt, title=self.title)

    def _repr_html_(self) -> str:
        words = f"<strong>{html.escape(self.title)}</strong><br>{html.escape(self.subtitle)}"
        shown = (
            f'<figure class="sd-figure" style="margin:1em 0"><figcaption>{words}</figcaption>\n'
            f"{self.svg}\n</figure>"
        )
        return folded(shown, self.fold) if self.fold else shown
