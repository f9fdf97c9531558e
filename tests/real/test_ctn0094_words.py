"""The page on CTN-0094 is the one that its tables give; the published patterns come back from them."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepdown.sources.ctn0094 import REBUILT
from support_real import real_data
from tools.ctn0094_page import Disagreement, disagreement, page
from tools.ctn0094_page.rebuilt_patterns import spell, tables_of

pytestmark = [pytest.mark.real, pytest.mark.slow]
TABLES = ("everybody", "randomization", "uds", "uds_temp", "visit")
KEYS = {"uds": "what", "uds_temp": "was_temp_ok", "visit": "what"}
STUDY_DRUG = {"Methadone": "Methadone", "Inpatient NR-NTX": ""}
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
    # Patterns of the published length agree or differ week by week: none is counted twice or left out.
    patterns = pd.read_parquet(folder / "derived_weeklyOpioidPattern.parquet")
    randomized = patterns[patterns["randWeek1"].notna()]
    published = (randomized["Phase_1"] + randomized["Phase_2"].fillna("")).str.len().sum()
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


def test_rebuilt_words_person_by_person(folder: Path) -> None:
    read = {name: pd.read_parquet(folder / f"{name}.parquet") for name in TABLES}
    days = {name: _days(table.dropna(subset="when")) for name, table in read.items() if name in KEYS}
    drawn = read["randomization"].set_index(["which", "who"])
    project = read["everybody"].set_index("who")["project"]
    spelled = spell(tables_of(folder), REBUILT)
    wrong = 0
    for client, text in zip(spelled.people["client_id"], spelled.texts, strict=True):
        who = int(client)
        again = drawn["when"].get(("2", who)) if project[who] == "30" else None
        arm, zero = drawn.loc[("1", who), "treatment"], int(drawn.loc[("1", who), "when"])
        mine = {name: days[name].get(who, {}) for name in KEYS}
        wrong += _word(mine, project[who], arm, zero, again) != text
    assert len(spelled.texts) == 2492
    assert wrong == 0


def _days(table: pd.DataFrame) -> dict[int, dict[int, set[str]]]:
    found: dict[int, dict[int, set[str]]] = {}
    value = "was_temp_ok" if "was_temp_ok" in table else "what"
    for who, day, said in zip(table["who"], table["when"], table[value], strict=True):
        found.setdefault(int(who), {}).setdefault(int(day), set()).add(said)
    return found


def _word(mine: dict[str, Any], project: str, arm: str, zero: int, again: int | None) -> str:
    """Spell a pattern slowly, from what the page says of the rebuilt ones."""
    opioids = {"Opioid", "Methadone", "Buprenorphine"} - {STUDY_DRUG.get(arm, "Buprenorphine")}
    end = zero + 98 if project == "30" else zero + 168
    weeks = [1, 2, 3, 4, 6, 8, 10, 12] if project == "30" else list(range(1, 25))
    due = [(zero + 7 * week - 7, zero + 7 * week) for week in weeks]
    if again is not None:
        end = int(again) + 168
        second = [*range(1, 17), 18, 20, 22, 24]
        due = [(low, high) for low, high in due if high <= again]
        due += [(int(again) + 7 * week - 7, int(again) + 7 * week) for week in second]
    signs: dict[int, set[str]] = {}
    rows = set()
    for day in range(zero + 1, end + 1):
        drugs = mine["uds"].get(day, set())
        kept = bool(mine["visit"].get(day, set()) & {"visit", "final"})
        temperature = mine["uds_temp"].get(day, set())
        week = (day - zero + 6) // 7
        if drugs & opioids:
            sign = "+"
        elif drugs or temperature or (kept and project == "30"):
            sign = "o" if temperature == {"0"} else "-"
        elif kept:
            sign = "o"
        else:
            continue
        rows.add(day)
        signs.setdefault(week, set()).add(sign)
    for low, high in due:
        if not any(low < day <= high for day in rows):
            signs.setdefault((high - zero + 6) // 7, set()).add("o")
    marks = {frozenset("+-"): "*", frozenset("+"): "+", frozenset("-"): "-", frozenset(): "o"}
    return "".join(
        marks[frozenset(signs[week] - {"o"})] if week in signs else "_"
        for week in range(1, max(signs, default=0) + 1)
    )
