"""The figures of a report as files: SVG and PNG with their titles, and an index with words for each."""

import io
import json
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stepdown.display.drawing import Picture, to_svg
from stepdown.report.report_folder import FIGURES
from stepdown.report.report_parts import ReportPart

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

_DOTS = 150
_HEAD, _SMALL, _LINE = 11.0, 9.0, 1.3
# Width of a letter in text heights: bold ones are wider.
_BOLD, _PLAIN = 0.64, 0.53
_SPACE = 'xmlns="http://www.w3.org/2000/svg"'


def figure_files(parts: Sequence[ReportPart], *, banner: str, source: str) -> dict[str, bytes]:
    """Return the files of the folder of figures, by name.

    Parameters
    ----------
    parts : sequence of ReportPart
        The sections of the report.
    banner : str
        Words that each figure bears; empty for none.
    source : str
        What each figure is from, such as the title of the study and the data cut.

    Returns
    -------
    dict of str to bytes
        `figures/speed_1.svg` and `figures/speed_1.png` for the first figure of the section `speed`, and so
        on, each with its title, subtitle and source; and `figures/index.json`, which has the words for those
        who cannot see the figure. Empty where no section has a figure.
    """
    files: dict[str, bytes] = {}
    index = []
    for part in parts:
        for number, picture in enumerate(part.pictures, 1):
            name = f"{part.key}_{number}"
            with _framed(picture, banner=banner, source=source) as box:
                files[f"{FIGURES}/{name}.svg"] = _svg(picture, box)
                files[f"{FIGURES}/{name}.png"] = _png(picture.figure, box)
            index.append(
                {
                    "svg": f"{name}.svg",
                    "png": f"{name}.png",
                    "section": part.title,
                    "title": picture.title,
                    "subtitle": picture.subtitle,
                    "alt": picture.alt.strip(),
                    "source": source,
                    "marked": banner,
                }
            )
    if index:
        files[f"{FIGURES}/index.json"] = (json.dumps(index, ensure_ascii=False, indent=1) + "\n").encode()
    return files


@contextmanager
def _framed(picture: Picture, *, banner: str, source: str) -> "Iterator[Bbox]":
    """Write title, subtitle and source around a figure, and take them away after."""
    from matplotlib.transforms import Bbox

    from stepdown.display.style import FAINT, INK, POINTS

    figure = picture.figure
    wide, high = (float(size) * POINTS for size in figure.get_size_inches())
    above = [
        *((line, _HEAD, INK, "bold") for line in _wrapped(picture.title, wide, _HEAD * _BOLD)),
        *((line, _SMALL, INK, "normal") for line in _wrapped(picture.subtitle, wide, _SMALL * _PLAIN)),
    ]
    below = [
        *((line, _SMALL, FAINT, "normal") for line in _wrapped(source, wide, _SMALL * _PLAIN)),
        *((line, _SMALL, INK, "bold") for line in _wrapped(banner, wide, _SMALL * _BOLD)),
    ]
    head, foot = (sum(size * _LINE for _, size, _, _ in lines) + 8 for lines in (above, below))
    written = []
    for lines, top in ((above, high + head - 2), (below, -4.0)):
        for text, size, color, weight in lines:
            top -= size * _LINE
            one = figure.text(
                4 / wide, top / high, text, fontsize=size, color=color, fontweight=weight, va="bottom",
                family="DejaVu Sans", parse_math=False,
            )  # fmt: skip
            written.append(one)
    try:
        yield Bbox([[0, -foot / POINTS], [wide / POINTS, (high + head) / POINTS]])
    finally:
        for one in written:
            one.remove()


def _wrapped(text: str, wide: float, letter: float) -> list[str]:
    """Return the lines of a text that fit a width, given that of a letter, in points."""
    return textwrap.wrap(" ".join(text.split()), int((wide - 8) / letter), break_on_hyphens=False)


def _svg(picture: Picture, box: "Bbox") -> bytes:
    inline = to_svg(picture.figure, alt=picture.alt.strip(), title=picture.title, box=box)
    _, _, wide, high = re.findall(r"[\d.]+", inline[inline.index("viewBox=") :])[:4]
    size = f'{_SPACE} width="{wide}pt" height="{high}pt"'
    # Not every program takes a figure without a background for white paper.
    page = f'<rect width="{wide}" height="{high}" fill="#ffffff"/>'
    text = inline.replace("<svg ", f"<svg {size} ", 1).replace("</desc>", f"</desc>{page}", 1)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _png(figure: "Figure", box: "Bbox") -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=_DOTS, bbox_inches=box, metadata={"Software": None})
    return held.getvalue()
