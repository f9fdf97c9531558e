"""The folder of figures: each with its title, its source and words; the same bytes each time."""

import json
import re
import struct
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.figure import Figure

from stepdown.display.drawing import Picture
from stepdown.report.figure_files import figure_files
from stepdown.report.report_parts import ReportPart

EVIL = "<script>alert(1)</script> & $x_1$ ]]> \"q\" 'r'"
BANNER, SOURCE = "INTERNAL: not reviewed", "A study. Data cut: June 30, 2026."


def picture(title: str = "What is shown") -> Picture:
    figure = Figure(figsize=(4.0, 2.0), facecolor="white")
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.plot([0, 1], [0, 1])
    return Picture(figure=figure, title=title, subtitle="Whom it shows.", alt="From 0 to 1.")


def files(*pictures: Picture, banner: str = BANNER) -> dict[str, bytes]:
    part = ReportPart(key="speed", title="Risk over time", introduction="", shown=pictures)
    return figure_files((part,), banner=banner, source=SOURCE)


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return files(picture(), picture(EVIL))


def test_each_figure_has_two_files_and_words(made: dict[str, bytes]) -> None:
    assert sorted(made) == [
        "figures/index.json", "figures/speed_1.png", "figures/speed_1.svg", "figures/speed_2.png",
        "figures/speed_2.svg",
    ]  # fmt: skip
    assert json.loads(made["figures/index.json"])[0] == {
        "svg": "speed_1.svg",
        "png": "speed_1.png",
        "section": "Risk over time",
        "title": "What is shown",
        "subtitle": "Whom it shows.",
        "alt": "From 0 to 1.",
        "source": SOURCE,
        "marked": BANNER,
    }
    assert json.loads(made["figures/index.json"])[1]["title"] == EVIL


def test_an_svg_bears_its_title_source_and_mark_and_has_words(made: dict[str, bytes]) -> None:
    name = "{http://www.w3.org/2000/svg}"
    for number, title in ((1, "What is shown"), (2, EVIL)):
        root = ElementTree.fromstring(made[f"figures/speed_{number}.svg"])
        assert root.get("role") == "img"
        assert [root.findtext(f"{name}{one}") for one in ("title", "desc")] == [title, "From 0 to 1."]
        shown = " ".join(one.text or "" for one in root.iter(f"{name}text"))
        for text in ("Whom it shows.", SOURCE, BANNER, title.split()[0]):
            assert text in shown
        assert [one.tag for one in root.iter() if "script" in one.tag] == []
        # The sheet of 4 by 2 inches has room above and below for the words.
        wide, high = (float(str(root.get(one)).removesuffix("pt")) for one in ("width", "height"))
        assert wide == 288
        assert 144 + 40 < high < 144 + 90


def test_a_png_is_as_large_as_the_svg_and_holds_nothing_but_the_picture(made: dict[str, bytes]) -> None:
    data = made["figures/speed_1.png"]
    wide, high = struct.unpack(">II", data[16:24])
    svg = made["figures/speed_1.svg"].decode()
    found = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    assert found is not None
    for dots, points in ((wide, found[1]), (high, found[2])):
        assert abs(dots / 150 - float(points) / 72) < 0.02
    chunks, place = [], 8
    while place < len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        chunks.append(data[place + 4 : place + 8].decode())
        place += size + 12
    assert set(chunks) <= {"IHDR", "IDAT", "IEND", "pHYs"}


def test_same_figure_same_bytes_and_it_is_not_changed(made: dict[str, bytes]) -> None:
    one = picture()
    before = len(one.figure.texts), one.svg
    assert files(one, picture(EVIL)) == made
    assert (len(one.figure.texts), one.svg) == before
    assert b"Date" not in made["figures/speed_1.svg"]
    assert not re.search(rb"matplotlib\.org|Matplotlib v", b"".join(made.values()))


def test_without_figures_there_is_no_folder_and_without_a_mark_none_is_written() -> None:
    assert files() == {}
    assert b"INTERNAL" not in files(picture(), banner="")["figures/speed_1.svg"]
