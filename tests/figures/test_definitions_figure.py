"""The picture of the panel shows the numbers of the results."""

import numpy as np
import pytest

from stepdown.errors import ResultError
from stepdown.report import figures as plot
from support_definitions import definition, results

OWN = definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35), difference=(-0.1, -0.15, -0.05))
TOLD = results(
    OWN,
    definition("first_use@1", "interval", risk=(0.2, 0.4), difference=(-0.2, 0.1)),
    definition("readmission@1", risk=(0, float("nan"), float("nan")), events=0),
    definition("two_positives@1", risk=(1, 0.98, 1), difference=(0.08, float("nan"), float("nan"))),
    definition("composite@1", n=None, reason="Nobody is left."),
)


def drawn(axes: object) -> list[tuple[str, list[float], list[float]]]:
    return [
        (str(line.get_marker()), [float(x) for x in line.get_xdata()], [float(y) for y in line.get_ydata()])
        for line in axes.lines  # type: ignore[attr-defined]
    ]


def test_dots_intervals_and_ranges_stand_at_their_numbers() -> None:
    risk, difference = plot.compare_definitions(TOLD).figure.axes
    # Line 0 names first use; its two rules are lines 1 and 2.
    assert drawn(risk) == [
        ("None", [0.25, 0.35], [1, 1]),
        ("D", [0.3], [1]),
        ("None", [0.2, 0.4], [2, 2]),
        ("|", [0.2, 0.4], [2, 2]),
        ("None", [0.98, 1], [4, 4]),
        ("o", [1], [4]),
    ]
    assert drawn(difference)[1:] == [
        ("None", [-0.15, -0.05], [1, 1]),
        ("D", [-0.1], [1]),
        ("None", [-0.2, 0.1], [2, 2]),
        ("|", [-0.2, 0.1], [2, 2]),
        ("o", [0.08], [4]),
    ]
    assert difference.lines[-1].get_markerfacecolor() == "white"
    assert [text.get_text() for text in risk.texts] == ["no events", "not shown", "Share by day 90"]
    assert risk.get_xlim()[1] > 1
    assert difference.get_xlim() == pytest.approx((-0.216, 0.216))


def test_the_lines_name_definitions_and_rules() -> None:
    said = [text.get_text() for text in plot.compare_definitions(TOLD).figure.texts]
    assert said == [
        "First use",
        "own rule",
        "as an interval",
        "Readmission",
        "Two positives",
        "Composite",
    ]


def test_without_a_comparison_there_is_one_part() -> None:
    alone = results(definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35)))
    picture = plot.compare_definitions(alone, word="return to use", window=(14, 60))
    assert len(picture.figure.axes) == 1
    assert picture.title == "Return to use by day 60 under each definition"
    assert picture.subtitle == (
        "Shaded row with a diamond: the study's own definition. Lines: 95% confidence intervals."
    )


def test_it_can_be_read_aloud() -> None:
    picture = plot.compare_definitions(TOLD)
    assert picture.alt == (
        "Relapsed by day 90 since discharge. First use, own rule (the study's own): 30.0%, difference "
        "−10.0 per 100. First use, as an interval: 20.0% to 40.0%, difference −20.0 to +10.0 per 100. "
        "Readmission, own rule: no events. Two positives, own rule: 100.0%, difference +8.0 per 100. "
        "Composite, own rule: not shown."
    )
    # Of others only those of a relapse that find any, ranges among them.
    assert picture.title == "30.0% relapsed by day 90 as the study defines it; by others 20.0% to 100.0%"
    assert picture.subtitle == (
        "Relapse by day 90 under each definition. Shaded row with a diamond: the study's own definition. Lines: 95% "
        "confidence intervals. Thick bars: "
        "ranges where only a range is known. Difference: A compared with B."
    )


def test_several_comparisons_have_a_key_and_their_own_marks() -> None:
    both = [
        *definition("first_use@1", own=True, risk=(0.3, 0.25, 0.35), difference=(-0.1, -0.15, -0.05)),
        *definition("first_use@1", difference=(0.1, 0.05, 0.15), pair=("C", "B"))[1:],
    ]
    picture = plot.compare_definitions(results(both, definition("two_positives@1", risk=(0.3, 0.25, 0.35))))
    marks = [line for line in picture.figure.axes[1].lines if line.get_marker() == "D"]
    assert [(line.get_xdata()[0], line.get_color()) for line in marks] == [
        (-0.1, "#0072b2"),
        (0.1, "#d55e00"),
    ]
    assert len({line.get_ydata()[0] for line in marks}) == 2
    assert [text.get_text() for text in picture.figure.texts][-2:] == [
        "A compared with B",
        "C compared with B",
    ]
    assert picture.subtitle.endswith("Difference: A compared with B and C compared with B.")


def test_the_same_bytes_each_time() -> None:
    first, again = (plot.compare_definitions(TOLD).svg for _ in range(2))
    assert first == again
    assert 'role="img"' in first


def test_fifty_rows_keep_their_distance() -> None:
    rules = ("as_defined", "positive", "last", "ignored", "interval")
    many = [
        definition(f"lee_{year}@1", rule, own=not year and rule == "as_defined", risk=(0.3, 0.25, 0.35))
        for year in range(10)
        for rule in rules
    ]
    figure = plot.compare_definitions(results(*many)).figure
    heights = np.diff([text.get_position()[1] * figure.get_size_inches()[1] * 72 for text in figure.texts])
    assert np.allclose(heights, -15)


def test_a_range_of_which_no_end_is_known_is_not_shown() -> None:
    unknown = definition("two_positives@1", "interval", risk=(float("nan"), float("nan")))
    picture = plot.compare_definitions(results(OWN, unknown))
    risk = picture.figure.axes[0]
    assert [text.get_text() for text in risk.texts] == ["not shown", "Share by day 90"]
    assert "Two positives, as an interval: not shown." in picture.alt


def test_no_comparison_is_an_error() -> None:
    with pytest.raises(ResultError, match="There is no comparison of definitions in the results"):
        plot.compare_definitions(results())
