"""The page on CTN-0094 is the one that its tables give; the published words come back from them."""

from pathlib import Path

import pandas as pd
import pytest

from stepdown.docs.ctn0094 import Disagreement, disagreement, page
from support_real import real_data

pytestmark = pytest.mark.real
PAGE = Path(__file__).parents[2] / "docs" / "ctn0094.md"


@pytest.fixture(scope="module")
def folder() -> Path:
    found = real_data() / "ctn0094"
    if not found.is_dir():
        pytest.skip("REAL DATA NOT TESTED: no tables of CTN-0094 among the real cohorts")
    return found


@pytest.fixture(scope="module")
def found(folder: Path) -> Disagreement:
    return disagreement(folder)


def test_the_page_is_the_one_that_is_made(folder: Path, found: Disagreement) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(folder, compared=found), "run: stepdown docs"


def test_nothing_stays_unexplained(folder: Path, found: Disagreement) -> None:
    assert (found.people["again"] == found.people["people"]).all()
    weeks = found.weeks.set_index(["cause", "trial"])["weeks"]
    assert weeks["unexplained"].tolist() == [0, 0, 0]
    # Words of the published length agree or differ week by week: none is counted twice or left out.
    words = pd.read_parquet(folder / "derived_weeklyOpioidPattern.parquet")
    randomised = words[words["randWeek1"].notna()]
    published = (randomised["Phase_1"] + randomised["Phase_2"].fillna("")).str.len().sum()
    beyond = weeks["later_end"].sum()
    assert published <= weeks.sum() <= published + beyond


def test_imputed_visits_add_none_to_the_kept_ones(folder: Path) -> None:
    visit = pd.read_parquet(folder / "visit.parquet")
    kept = visit[visit["what"].isin(["visit", "final"])].dropna(subset="when")
    imputed = pd.read_parquet(folder / "derived_visitImputed.parquet")
    present = imputed[imputed["visitImputed"] == "Present"]
    assert len(present) > 30_000
    days = set(zip(kept["who"], kept["when"], strict=True))
    assert set(zip(present["who"], present["when"], strict=True)) <= days
