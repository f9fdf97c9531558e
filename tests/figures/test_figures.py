"""Figures show the numbers of the results: read back from the artists and from the words."""

import html

import numpy as np
import pytest
from matplotlib.axes import Axes

import support_analysis
from stepdown.display import Picture
from stepdown.display.style import sheet, spaced
from stepdown.errors import ResultError
from stepdown.report import figures as plot
from stepdown.results import Results, rows
from stepdown.results.reading import curve

pytestmark = pytest.mark.slow

EXACT = support_analysis.exact()


def axes_of(picture: Picture) -> Axes:
    return picture.figure.axes[0]


def line_of(axes: Axes, color: str) -> np.ndarray:
    return next(line.get_xydata() for line in axes.lines if line.get_color() == color)


def test_curves_draw_the_steps_of_each_arm() -> None:
    axes = axes_of(plot.curves(EXACT.results, analysis="landmark_14"))
    for arm, color in ((support_analysis.EARLY, "#0072b2"), (support_analysis.NONE, "#d55e00")):
        frame = curve(EXACT.results, analysis="landmark_14", cause="relapse", arm=arm)
        np.testing.assert_array_equal(line_of(axes, color), frame[["time", "estimate"]].to_numpy())
        assert frame["time"].iloc[0] == 14
        assert frame["estimate"].iloc[0] == 0
        assert frame["time"].iloc[-1] == 365


def test_the_table_under_a_curve_adds_up_to_everyone() -> None:
    axes = axes_of(plot.curves(EXACT.results))
    numbers: dict[float, int] = {}
    for text in axes.texts:
        if text.get_text().isdigit():
            numbers[text.get_position()[0]] = numbers.get(text.get_position()[0], 0) + int(text.get_text())
    assert numbers == dict.fromkeys((0, 30, 60, 90, 180, 365), 600)


def test_competing_causes_are_named_and_absent_where_there_are_none() -> None:
    said = [text.get_text() for text in axes_of(plot.curves(EXACT.results)).texts]
    assert {"death", "incarceration"} <= set(said)
    lone = support_analysis.baseline().results
    said = [text.get_text() for text in axes_of(plot.curves(lone)).texts]
    assert not {"death", "incarceration"} & set(said)
    assert "Competing" not in plot.curves(lone).subtitle
    drawn = plot.curves(EXACT.results)
    assert drawn.subtitle.endswith(" Competing: death or incarceration first.")
    # Each label of the table is on the line of its numbers.
    assert "Competing" in [text.get_text() for text in drawn.figure.texts]
    lines = {text.get_text(): text.get_position()[1] for text in drawn.figure.texts}
    numbers = {text.get_position()[1] for text in axes_of(drawn).texts if text.get_text().isdigit()}
    assert {lines[name] for name in ("At risk", "Relapsed", "Competing", "Censored")} == numbers


def test_the_table_names_only_causes_that_the_study_counts() -> None:
    table = EXACT.results.table
    only = Results(table[table["cause"] != "incarceration"].reset_index(drop=True))
    assert plot.curves(only).subtitle.endswith(" Competing: death first.")


def renamed(results: Results, arm: str) -> Results:
    return Results(results.table.replace({"arm": {support_analysis.EARLY: arm}}))


@pytest.mark.parametrize("arm", ["Costs $100 to $200", r"$\nonsense{$", "An arm of a very long name " * 9])
def test_labels_of_any_characters_are_text_and_stay_inside(arm: str) -> None:
    found = renamed(EXACT.results, arm)
    for picture in (
        plot.curves(found, analysis="landmark_14"),
        plot.hazard(found, analysis="landmark_14"),
    ):
        picture.figure.draw_without_rendering()
        texts = [*picture.figure.texts, *axes_of(picture).texts]
        whole = picture.figure.bbox
        assert all(
            0 <= text.get_window_extent().x0 <= text.get_window_extent().x1 <= whole.x1 for text in texts
        )
        assert html.escape(arm) in picture.svg
        start = arm[:18]
        assert any(text.get_text().startswith(start) for text in texts)


def test_window_is_shaded_and_named() -> None:
    for picture in (plot.curves(EXACT.results), plot.hazard(EXACT.results)):
        axes = axes_of(picture)
        assert "days 31-90" in [text.get_text() for text in axes.texts]
        assert any(patch.get_x() == 30 and patch.get_width() == 60 for patch in axes.patches)


def test_hazard_draws_each_band() -> None:
    axes = axes_of(plot.hazard(EXACT.results))
    told = EXACT.results.where(analysis="whole_cohort", estimand="rate", statistic="estimate").table
    drawn = [line.get_xydata() for line in axes.lines]
    edges = [(0, 30), (30, 60), (60, 90), (90, 180), (180, 365)]
    for band, value, line in zip(edges, told["estimate"], drawn, strict=True):
        np.testing.assert_array_equal(line, [[band[0], value], [band[1], value]])


def test_bounds_draw_lowest_to_highest() -> None:
    results = support_analysis.interval().results
    axes = axes_of(plot.bounds(results))
    keys = {"estimand": "risk", "cause": "relapse", "time": 90.0}
    high = results.one(**keys, method="Aalen-Johansen", bound="highest")["estimate"]
    low = results.one(**keys, method="Aalen-Johansen", bound="lowest")["estimate"]
    assert low < high
    bar = [line.get_xdata() for line in axes.lines if line.get_linewidth() == 8][1]
    np.testing.assert_array_equal(bar, [low, high])


def test_alt_text_is_looked_up() -> None:
    word, since = "return to use", "admission"
    made = rows(
        {
            "analysis": "whole_cohort",
            "estimand": "risk",
            "cause": "relapse",
            "statistic": "estimate",
            "time": time,
            "estimate": value,
        }
        for time, value in ((30, 0.2), (60, 0.3), (90, 0.4567), (365, np.nan))
    )
    said = plot.alt_text(made, "curves", word=word, since=since)
    assert (
        said == "Cumulative incidence of return to use since admission: 20.0% by day 30 and 45.7% by day 90."
    )


def test_alt_text_of_rates_and_bounds() -> None:
    said = plot.alt_text(EXACT.results, "hazard", analysis="landmark_14")
    first = EXACT.results.one(
        analysis="landmark_14",
        estimand="rate",
        statistic="estimate",
        window_start=14,
        window_end=30,
        arm=support_analysis.EARLY,
    )
    start = f"{support_analysis.EARLY}: new relapses per 100 relapse-free people per month: {first['estimate']:.1f} on days 15-30"
    assert said.startswith(start)
    said = plot.alt_text(support_analysis.interval().results, "bounds")
    assert said.startswith("Share with a relapse since discharge, lowest to highest: between ")
    assert said.count(" and ") == 4


def test_end_of_follow_up_is_said() -> None:
    table = EXACT.results.table
    late = (table["time"] > 180) & (table["estimand"] == "risk") & (table["analysis"] == "whole_cohort")
    short = table.copy()
    short.loc[late, ["estimate", "conf_low", "conf_high"]] = np.nan
    picture = plot.curves(Results(short))
    assert "Follow-up of the cohort ends before day 365." in picture.subtitle
    assert picture.alt.endswith("44.2% by day 90 and 60.0% by day 180.")
    assert line_of(axes_of(picture), "#0072b2")[-1, 0] == 180


def test_an_arm_without_events_is_drawn_flat() -> None:
    table = support_analysis.baseline().results.table.copy()
    mine = (table["arm"] == "Long") & (table["estimand"] == "risk")
    table = table[~(mine & (table["statistic"] == "curve"))]
    table.loc[mine, ["estimate", "events"]] = 0.0
    table.loc[mine, ["conf_low", "conf_high"]] = np.nan
    picture = plot.curves(Results(table), analysis="baseline")
    np.testing.assert_array_equal(line_of(axes_of(picture), "#0072b2"), [[0, 0], [365, 0]])


def test_what_cannot_be_drawn_is_refused() -> None:
    phone = support_analysis.interval().results
    message = "There is no curve of 'whole_cohort' in the results. Where only intervals are known, use figures.bounds."
    with pytest.raises(ResultError) as caught:
        plot.curves(phone)
    assert str(caught.value) == message
    with pytest.raises(
        ResultError, match=r"There is no single rate by band of 'whole_cohort' in the results."
    ):
        plot.hazard(phone)
    with pytest.raises(ResultError, match="no lowest and highest numbers of 'whole_cohort'"):
        plot.bounds(EXACT.results)


def test_days_that_would_touch_give_way_to_the_first_ones() -> None:
    _, axes = sheet(width=5.3, head=10, body=100, foot=10)
    axes.set_xlim(0, 365)
    days = [0, 7, 14, 30, 60, 90, 365]
    kept = spaced(days, widths=[len(str(day)) for day in days], first=(30, 90, 365), axes=axes)
    assert kept == [0, 30, 60, 90, 365]
    wide = spaced(days, widths=[7] * 7, first=(30, 90, 365), axes=axes)
    assert wide == [30, 90, 365]
