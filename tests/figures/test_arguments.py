"""Figures and plots refuse what they cannot draw, in words."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import stepdown as sd
from stepdown import survival
from stepdown.errors import EstimateError, ReportError, ResultError, StudyError

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


@pytest.mark.parametrize("draw", ["curves", "hazard", "bounds", "followup_shares", "compare_definitions"])
def test_results_are_those_of_an_analysis(draw):
    with pytest.raises(ResultError, match=r"^results is a DataFrame\. Give the results of an analysis\."):
        getattr(sd.figures, draw)(PATHS)


def test_what_is_allowed_is_drawn():
    for picture in (sd.figures.paths(PATHS, width=3), sd.figures.occupancy(STATES, width=3, height=1)):
        assert picture.alt
    plt.close("all")


def test_a_plot_needs_axes_and_an_estimate():
    curves = survival.kaplan_meier([3, 5, 8], [1, 0, 1])
    for wrong in ("x", 5, PATHS):
        with pytest.raises(EstimateError, match=r"^ax is a "):
            curves.plot(wrong)
    with pytest.raises(EstimateError, match=r"^There is nothing to draw"):
        survival.smooth_hazard([3, 5, 8], [1, 0, 1]).plot()


def test_files_and_folders_are_paths():
    for wrong in (None, 5, ["x"]):
        with pytest.raises(StudyError, match=r"^path is a "):
            sd.Study.read(wrong)
        with pytest.raises(StudyError, match=r"^study is a "):
            sd.run(wrong, out="out")
        with pytest.raises(ReportError, match=r"^out is a "):
            sd.run("study.toml", out=wrong)
        with pytest.raises(ResultError, match=r"^path is a "):
            sd.read_analysis(wrong)
    with pytest.raises(StudyError, match=r"^progress is a str"):
        sd.run("study.toml", out="out", progress="x")
    with pytest.raises(StudyError, match=r"^quarter is a int"):
        sd.analyze("study.toml", quarter=3)
