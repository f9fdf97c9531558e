"""What a plot returns: the figure with its words."""

import html
from dataclasses import dataclass

from matplotlib.figure import Figure

from stepdown.plot._svg import to_svg


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
    """

    figure: Figure
    title: str
    subtitle: str
    alt: str

    @property
    def svg(self) -> str:
        """The figure as one inline `<svg>` element."""
        return to_svg(self.figure, alt=self.alt, title=self.title)

    def _repr_html_(self) -> str:
        words = f"<strong>{html.escape(self.title)}</strong><br>{html.escape(self.subtitle)}"
        return (
            f'<figure class="sd-figure" style="margin:1em 0"><figcaption>{words}</figcaption>\n'
            f"{self.svg}\n</figure>"
        )
