"""Every recipe runs and gives the result that was worked out by hand."""

import tomllib
from pathlib import Path

import pytest

import stepdown as sd
from stepdown.study import Gates
from support_study import OPEN
from tools.docs_pages.recipes_page import ORDER, RECIPES

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ORDER)
def test_the_result_is_that_by_hand(name: str) -> None:
    folder: Path = RECIPES / name
    expected = tomllib.loads((folder / "expected.toml").read_text(encoding="utf-8"))
    asked = sd.Study.read(folder / "study.toml")
    # A recipe has a handful of clients, and a report of so few withholds a comparison.
    opened = asked.model_copy(update={"gates": Gates.model_validate(OPEN)})
    table = sd.analyze(folder / asked.cohort, opened).results.table
    flow = table[
        (table["estimand"] == "flow") & (table["statistic"] == "kept") & (table["unit"] == "discharges")
    ]
    assert flow.loc[flow["analysis"] == "", "estimate"].iloc[-1] == expected["discharges"]
    risks = table[
        (table["estimand"] == "risk") & (table["statistic"] == "estimate") & (table["cause"] == "relapse")
    ]
    for one in expected["risks"]:
        mine = risks[(risks["arm"] == one.get("arm", "")) & (risks["time"] == one["day"])]
        mine = mine[mine["analysis"].isin(["whole_cohort", "landmark_14", "baseline"])]
        assert len(mine), one
        # Of an interval, both ends.
        assert mine["estimate"].to_numpy() == pytest.approx(one["risk"]), one


def test_every_folder_is_on_the_page() -> None:
    assert {path.name for path in RECIPES.iterdir()} == set(ORDER)
