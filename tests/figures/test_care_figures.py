"""Figures of care: paths and occupancy show the numbers of their tables."""

import pandas as pd
import pytest

from stepdown.errors import ResultError
from stepdown.report import figures as plot

PATHS = pd.DataFrame(
    {"path": ["RES>IOP", "", "RES", "RES>OP", "RES>PHP>IOP>OP"], "discharges": [50, 20, 15, 10, 5]}
)


def shares(arm: str, rows: dict[str, list[float]], days: list[float]) -> pd.DataFrame:
    frames = [
        pd.DataFrame({"arm": arm, "state": state, "time": days, "estimate": values})
        for state, values in rows.items()
    ]
    return pd.concat(frames, ignore_index=True)


STATES = shares(
    "all",
    {"php": [0.5, 0.25, 0.0], "none": [0.5, 0.5, 0.25], "relapsed": [0, 0.25, 0.75], "dead": [0.0] * 3},
    [0, 30, 100],
)


def test_paths_draw_shares_of_everyone() -> None:
    picture = plot.paths(PATHS, most=3)
    bars = [patch.get_width() for patch in picture.figure.axes[0].patches if hasattr(patch, "get_width")]
    drawn = [width for width in bars if width in (0.5, 0.2, 0.15)]
    assert drawn == [0.5, 0.2, 0.15, 0.15]
    assert picture.alt == (
        "RES then IOP: 50 (50.0%); No care recorded: 20 (20.0%); RES: 15 (15.0%); 2 other paths: 15 (15.0%)."
    )
    assert picture.title == "50.0% take the most frequent path: RES then IOP"
    assert picture.subtitle.startswith("Paths through care of 100 discharges. Levels of care in order")
    alone = plot.paths(PATHS.head(1).assign(discharges=1))
    assert alone.subtitle.startswith("Paths through care of 1 discharge. ")
    nothing = plot.paths(PATHS.head(1).assign(path=""))
    assert nothing.title == "100.0% take the most frequent path: no care recorded"
    assert picture.subtitle.endswith("RES residential and IOP intensive outpatient.")


def test_rare_paths_that_are_left_out_count_in_the_shares() -> None:
    picture = plot.paths(PATHS.assign(total=125), most=3)
    assert picture.title == "40.0% take the most frequent path: RES then IOP"
    assert picture.subtitle.startswith("Paths through care of 125 discharges. ")
    assert picture.subtitle.endswith(
        "Those shown add up to 100: counts are rounded, and rare paths are not shown."
    )
    assert "add up" not in plot.paths(PATHS.assign(total=100)).subtitle


def test_all_paths_are_drawn_where_there_is_room() -> None:
    said = [text.get_text() for text in plot.paths(PATHS).figure.axes[0].texts]
    assert said.count("RES") == 4
    assert said.count("OP") == 2
    assert "No care recorded" in said
    assert "5 (5.0%)" in said


def test_a_path_too_long_for_its_row_is_shortened_inside() -> None:
    long = pd.DataFrame({"path": [">".join(["RES", "IOP"] * 12)], "discharges": [3]})
    picture = plot.paths(long)
    picture.figure.draw_without_rendering()
    assert all(text.get_window_extent().x1 <= picture.figure.bbox.x1 for text in picture.figure.axes[0].texts)
    assert any(text.get_text().endswith("…") for text in picture.figure.axes[0].texts)


def test_occupancy_stacks_states_to_everyone() -> None:
    picture = plot.occupancy(STATES)
    areas = [area.get_paths()[0].vertices for area in picture.figure.axes[0].collections]
    # php, none and relapsed; nobody died, so death is left out. The topmost area ends at everyone.
    assert len(areas) == 3
    assert areas[0][:, 1].max() == 0.5
    assert areas[-1][:, 1].max() == 1.0
    assert areas[-1][:, 0].max() == 100
    assert picture.alt == (
        "Day 30: 25.0% in PHP, 50.0% relapse-free and in no care and 25.0% relapsed. "
        "Day 90: 25.0% in PHP, 50.0% relapse-free and in no care and 25.0% relapsed. "
        "Day 100: 25.0% relapse-free and in no care and 75.0% relapsed."
    )
    words = [text.get_text() for text in picture.figure.texts]
    assert words[:3] == ["Relapsed", "Relapse-free and in no care", "In PHP"]


def test_occupancy_uses_the_study_s_word_and_names_its_arm() -> None:
    both = pd.concat([STATES.assign(arm="Early"), STATES.assign(arm="None")])
    picture = plot.occupancy(both, arm="Early", word="return to use", days=(30,))
    assert picture.title == "Early: on day 30, 50.0% were still abstinent and in no care"
    assert picture.subtitle.startswith("Level of care by day: Early. Shares on each day")
    busy = plot.occupancy(STATES[STATES["state"] != "none"], days=(30,))
    assert busy.title == "Level of care by day"
    assert "25.0% returned to use" in picture.alt
    with pytest.raises(ResultError, match=r"Name one arm of the table. Arms: Early, None."):
        plot.occupancy(both)
    with pytest.raises(ResultError, match="Name one arm"):
        plot.occupancy(both, arm="Late")


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ResultError, match=r"There are no discharges in the table of paths\."):
        plot.paths(PATHS.iloc[:0])
    for nothing in (STATES.assign(estimate=float("nan")), STATES[STATES["time"] == 0]):
        with pytest.raises(ResultError, match=r"There is no share of any state beyond day 0 in the table\."):
            plot.occupancy(nothing)


def test_same_table_same_bytes() -> None:
    for one, two in (
        (plot.paths(PATHS), plot.paths(PATHS)),
        (plot.occupancy(STATES), plot.occupancy(STATES)),
    ):
        assert one.svg == two.svg
        assert "http" not in one.svg
