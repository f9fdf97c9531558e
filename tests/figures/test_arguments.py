"""Figures and plots refuse what they cannot draw, in words."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import stepdown as sd
from stepdown import survival
from stepdown.errors import EstimateError, ReportError, ResultError, StudyError
from stepdown.results import rows

PATHS = pd.DataFrame({"path": ["iop", "php>iop"], "discharges": [3, 2]})
STATES = pd.DataFrame(
    {"arm": "", "state": list("abab"), "time": [0, 0, 40, 40], "estimate": [1.0, 0.0, 0.5, 0.5]}
)
WRONG = {
    "width": ("x", None, 0, -1, 1.5, float("nan"), True, [5]),
    "height": ("x", None, 0, float("inf")),
    "word": (None, 5, ["relapse"]),
    "days": (None, 5, ("x",)),
    "most": (0, 1.5, "x"),
    "arm": (5, ["a"]),
    "table": (None, "x", pd.DataFrame({"a": [1]})),
}


@pytest.mark.parametrize("name", WRONG)
def test_refused_in_words(name):
    for draw, table in ((sd.figures.paths, PATHS), (sd.figures.occupancy, STATES)):
        takes = {*draw.__wrapped__.__kwdefaults__, "table"}
        for value in WRONG[name] if name in takes else ():
            given = {"table": table} | {name: value}
            with pytest.raises(ResultError, match=rf"^{name}"):
                draw(**given)


@pytest.mark.parametrize(
    ("draw", "given", "words"),
    [
        ("paths", {"width": 2}, "width must be a number of inches from 3 to 40."),
        ("occupancy", {"height": 41}, "height must be a number of inches from 1 to 40."),
        ("occupancy", {"word": 5}, "word is of type int. Give text."),
        ("paths", {"most": 0}, "most must be a whole number from 1 up."),
        ("paths", {"table": "x"}, "table is of type str. Give a DataFrame."),
        (
            "occupancy",
            {"table": STATES.drop(columns=["state", "time"])},
            "table has no column state, time. It needs the columns arm, state, time, estimate.",
        ),
        ("occupancy", {"days": (-1, 30)}, "days must be days from 0 up, such as (30, 90)."),
        ("occupancy", {"arm": 5}, "arm is of type int. Give its label."),
        (
            "occupancy",
            {"table": pd.concat([STATES.assign(arm="Early"), STATES.assign(arm="None")])},
            "Name one arm of the table. Arms: Early, None.",
        ),
        ("curves", {"window": (90, 30)}, "window must be two days, the first before the last, such as (30, 90)."),
        ("curves", {"results": "x"}, "results is of type str. Give the results of an analysis."),
        ("followup_shares", {}, "The results hold no visit at which anybody was due."),
        ("bounds", {}, "There are no lowest and highest numbers of 'whole_cohort' in the results."),
    ],
)  # fmt: skip
def test_exact_words(draw, given, words):
    some = {"table": {"paths": PATHS, "occupancy": STATES}.get(draw, PATHS)}
    some = some if draw in ("paths", "occupancy") else {"results": rows([])}
    with pytest.raises(ResultError) as caught:
        getattr(sd.figures, draw)(**(some | given))
    assert str(caught.value) == words


@pytest.mark.parametrize("draw", ["curves", "hazard", "bounds", "followup_shares", "compare_definitions"])
def test_results_are_those_of_an_analysis(draw):
    with pytest.raises(
        ResultError, match=r"^results is of type DataFrame\. Give the results of an analysis\."
    ):
        getattr(sd.figures, draw)(PATHS)


def test_what_is_allowed_is_drawn():
    for picture in (sd.figures.paths(PATHS, width=3), sd.figures.occupancy(STATES, width=3, height=1)):
        assert picture.alt
    plt.close("all")


def test_a_plot_needs_axes_and_an_estimate():
    curves = survival.kaplan_meier([3, 5, 8], [1, 0, 1])
    for wrong in ("x", 5, PATHS):
        with pytest.raises(EstimateError, match=r"^ax is of type "):
            curves.plot(wrong)
    with pytest.raises(EstimateError, match=r"^There is nothing to draw"):
        survival.smooth_hazard([3, 5, 8], [1, 0, 1]).plot()


def test_files_and_folders_are_paths():
    for wrong in (None, 5, ["x"]):
        with pytest.raises(StudyError, match=r"^path is of type "):
            sd.Study.read(wrong)
        with pytest.raises(StudyError, match=r"^study is of type "):
            sd.run(wrong, out="out")
        with pytest.raises(ReportError, match=r"^out is of type "):
            sd.run("study.toml", out=wrong)
        with pytest.raises(ResultError, match=r"^path is of type "):
            sd.read_analysis(wrong)
    with pytest.raises(StudyError, match=r"^progress is of type str"):
        sd.run("study.toml", out="out", progress="x")
    with pytest.raises(StudyError, match=r"^quarter is of type int"):
        sd.analyze("study.toml", quarter=3)
