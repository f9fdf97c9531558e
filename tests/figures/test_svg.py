"""A figure in a page: no address, no date, the same bytes, its own ids, and words."""

import re
from html.parser import HTMLParser

import pytest

import support_analysis
from stepdown.display import Picture, to_svg
from stepdown.display.style import INK, MARKS
from stepdown.report import figures as plot

pytestmark = pytest.mark.slow


def pictures() -> list[Picture]:
    exact, phone = support_analysis.exact().results, support_analysis.interval().results
    return [
        plot.curves(exact),
        plot.curves(exact, analysis="landmark_14"),
        plot.hazard(exact),
        plot.hazard(exact, analysis="landmark_14"),
        plot.bounds(phone),
    ]


@pytest.fixture(scope="module")
def drawn() -> list[Picture]:
    return pictures()


def test_nothing_points_outside(drawn: list[Picture]) -> None:
    for picture in drawn:
        assert "http" not in picture.svg
        assert "<style" not in picture.svg
        assert "<metadata" not in picture.svg


def test_same_results_same_bytes(drawn: list[Picture]) -> None:
    assert [one.svg for one in drawn] == [one.svg for one in pictures()]


def test_ids_are_unique_in_a_page_and_every_reference_finds_its_own(drawn: list[Picture]) -> None:
    page = "".join(picture._repr_html_() for picture in drawn)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids)) > 50
    used = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page)
    assert {first or second for first, second in used} <= set(ids)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.svg: dict[str, str | None] = {}
        self.inside: list[str] = []
        self.said: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "svg":
            self.svg = dict(attrs)
        self.inside.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.setdefault(self.inside[-1], data)


def test_the_picture_says_what_it_shows(drawn: list[Picture]) -> None:
    for picture in drawn:
        words = _Words()
        words.feed(picture.svg)
        assert words.svg["role"] == "img"
        assert words.svg["aria-label"] == f"{picture.title}. {picture.alt}"
        assert words.said["title"] == picture.title
        assert words.said["desc"] == picture.alt


def test_words_are_escaped() -> None:
    picture = plot.curves(support_analysis.exact().results)
    svg = to_svg(picture.figure, alt='a "b" <c>', title="<&>")
    assert 'aria-label="&lt;&amp;&gt;. a &quot;b&quot; &lt;c&gt;"' in svg
    assert "<title>&lt;&amp;&gt;</title>" in svg
    assert "<desc>a &quot;b&quot; &lt;c&gt;</desc>" in svg


def _contrast(one: str, two: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        lines = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * line for weight, line in zip((0.2126, 0.7152, 0.0722), lines, strict=True))

    high, low = sorted((light(one), light(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colors_are_strong_enough() -> None:
    assert _contrast(INK, "#ffffff") > 12
    for mark in MARKS:
        assert _contrast(mark.color, "#ffffff") >= 3, mark
        assert _contrast(mark.ink, "#ffffff") >= 4.5, mark
    assert len({str(mark.dashes) for mark in MARKS}) == len(MARKS)


def test_settings_of_the_user_do_not_matter_and_come_back() -> None:
    import matplotlib as mpl

    expected = plot.hazard(support_analysis.exact().results).svg
    with mpl.rc_context({"font.size": 31, "axes.linewidth": 9, "xtick.major.size": 20}):
        assert plot.hazard(support_analysis.exact().results).svg == expected
        assert mpl.rcParams["font.size"] == 31
