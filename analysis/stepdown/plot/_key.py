"""A key of filled boxes above a plot, in two columns."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from stepdown.plot._style import INK, LINE, SMALL, page

_BOX = 12.0


def key_height(entries: int) -> float:
    """Return the height of a key in points."""
    return 1.3 * LINE * ((entries + 1) // 2)


def key(axes: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    """Write (label, fill, pattern) from the top of the figure down, the first column first."""
    fig, wide, high = page(axes)
    rows = (len(entries) + 1) // 2
    for place, (label, colour, pattern) in enumerate(entries):
        x = 4 + (wide / 2) * (place // rows)
        y = high - 4 - 1.3 * LINE * (place % rows) - _BOX
        for fill, hatch, rim in ((colour, pattern, "white"), ("none", "", INK)):
            box = Rectangle(
                (x / wide, y / high), _BOX / wide, _BOX / high, facecolor=fill, hatch=hatch, edgecolor=rim,
                linewidth=0.6, transform=fig.transFigure,
            )  # fmt: skip
            fig.add_artist(box)
        fig.text((x + _BOX + 5) / wide, (y + 1) / high, label, fontsize=SMALL, va="bottom")


def capital(text: str) -> str:
    """Return a text that begins with a capital."""
    return f"{text[:1].upper()}{text[1:]}"
