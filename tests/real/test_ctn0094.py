"""CTN-0094 through the whole pipeline: against R, against event weeks found anew, and as a report."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stepdown.cohort import derive
from stepdown.report import run
from stepdown.report.assembly import analyze
from stepdown.report.definition_comparison import Compared, read, table
from stepdown.schema import Cohort, endpoints
from stepdown.sources import load
from stepdown.study import Study
from support_plain import in_plain_forms
from support_real import real_data

pytestmark = [pytest.mark.real, pytest.mark.slow]
ROOT = Path(__file__).parents[2]
STUDIES = ROOT / "notebooks" / "ctn0094"
REFERENCE = json.loads((ROOT / "tests" / "reference" / "ctn0094" / "ctn0094_trials.json").read_text())
TRIALS = ("27", "30", "51")
RULES = ("ctn0094_relapse", "lee_2018", "krupitsky_2004")


@pytest.fixture(scope="module")
def folder() -> Path:
    found = real_data() / "ctn0094"
    if not found.is_dir():
        pytest.skip("REAL DATA NOT TESTED: no tables of CTN-0094 among the real cohorts")
    return found


@pytest.fixture(scope="module", autouse=True)
def _variable(folder: Path) -> Any:
    patch = pytest.MonkeyPatch()
    patch.setenv("STEPDOWN_REAL_DATA", str(folder.parent))
    yield
    patch.undo()


@pytest.fixture(scope="module")
def compared() -> dict[str, Compared]:
    files = [STUDIES / f"ctn00{trial}.toml" for trial in TRIALS]
    with in_plain_forms():
        return dict(zip(TRIALS, read(files, [f"{rule}@1" for rule in RULES]), strict=True))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("trial", TRIALS)
def test_risks_medians_and_tests_against_r(compared: dict[str, Compared], trial: str, rule: str) -> None:
    results, r = compared[trial].results[f"{rule}@1"], REFERENCE[f"{trial} {rule}"]
    told = results.where(analysis="baseline", estimand="risk", statistic="estimate").table
    for name, key in (
        ("estimate", "risk"),
        ("std_error", "std_error"),
        ("conf_low", "conf_low"),
        ("conf_high", "conf_high"),
    ):
        # R goes by arm, then by day; so do we.
        mine = told.sort_values("time", kind="stable").groupby("arm", sort=False)[name].agg(list)
        assert [*mine.iloc[0], *mine.iloc[1]] == pytest.approx(r[key], rel=1e-9)
    assert told.drop_duplicates("arm")["n"].tolist() == r["n"]
    medians = results.where(analysis="baseline", estimand="median").table["estimate"].tolist()
    expected = [None if pd.isna(value) else value for value in medians]
    assert expected == r["median"]
    chi2 = results.one(analysis="baseline", estimand="logrank", statistic="statistic")["estimate"]
    assert chi2 == pytest.approx(r["logrank"], rel=1e-9)


def test_the_table_of_the_notebook_tells_r_s_numbers(compared: dict[str, Compared]) -> None:
    rows = table(compared["51"]).rows
    r = REFERENCE["51 lee_2018"]
    mine = [row for row in rows if row[0] == "lee_2018@1"]
    assert [row[2] for row in mine] == [str(n) for n in r["n"]]
    cells = [cell.split("%")[0] for row in mine for cell in row[3:]]
    assert cells == [f"{100 * risk:.1f}" for risk in r["risk"]]


def first(pattern: str, *, skip: int = 0, shift: int = 0) -> Callable[[str], int | None]:
    def week(word: str) -> int | None:
        found = re.search(pattern, word[skip:])
        return None if found is None else found.start() + 1 + skip + shift

    return week


POSITIVE = str.maketrans("o*", "++")
RAW = str.maketrans("", "")
WEEKS: dict[str, tuple[dict[int, Any], Callable[[str], int | None]]] = {
    "ctn0094_relapse": (POSITIVE, first(r"\+{4}")),
    "ctn0094_dropout": (RAW, first("oooo")),
    "lee_2018": (POSITIVE, first(r"\+{4}", skip=2)),
    "krupitsky_2004": (POSITIVE, first(r"\+{3}")),
    "johnson_1992": (POSITIVE, first(r"\+\+", skip=3)),
    "lee_2016": (POSITIVE, first(r"(?=\+\+..|\+.\+.|\+..\+|.\+\+.|.\+.\+|..\+\+)", shift=2)),
    "mokri_2016": (POSITIVE, first(r"\+")),
    "shufman_1994": (str.maketrans("o*", "-+"), first(r"\+")),
}


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return load(STUDIES / "cohort.toml")


@pytest.fixture(scope="module")
def word_of(folder: Path) -> Callable[[str], str]:
    words = pd.read_parquet(folder / "derived_weeklyOpioidPattern.parquet")
    word = words["Phase_1"] + words["Phase_2"].fillna("")
    # A function, not a frame: a test that fails prints its arguments, and these are people.
    return dict(zip(words["who"].astype(str), word, strict=True)).__getitem__


@pytest.mark.parametrize("rule", WEEKS)
def test_event_days_of_every_person(cohort: Cohort, word_of: Callable[[str], str], rule: str) -> None:
    study = Study.read(STUDIES / "ctn0051.toml").model_copy(update={"eligibility": ()})
    people = derive(cohort, study.replace(endpoint=f"{rule}@1")).table
    assert len(people) == 2492
    died = set(cohort.observations.loc[cohort.observations["finding"] == "death", "client_id"])
    assert len(died) == 2
    recode, week = WEEKS[rule]
    wrong = events = 0
    for person in people[~people["client_id"].isin(died)].itertuples():
        word = word_of(person.client_id)
        event = week(word.translate(recode))
        expected = (7.0 * len(word), 0) if event is None else (7.0 * event, 1)
        wrong += (person.days, person.event) != expected
        events += event is not None
    assert wrong == 0
    assert events > 1_000


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run(STUDIES / "ctn0051.toml", out=tmp_path_factory.mktemp("ctn0051") / "report", internal=True)


def test_the_study_runs_to_a_report(report: Path) -> None:
    text = report.read_text(encoding="utf-8")
    assert "CTN-0051: injected naltrexone against buprenorphine-naloxone" in text
    assert "Randomized in CTN-0051" in text
    told = pd.read_csv(report.parent / "results.csv")
    risk = told[(told["analysis"] == "baseline") & (told["estimand"] == "risk") & (told["time"] == 90)]
    risk = risk[risk["statistic"] == "estimate"]
    r = REFERENCE["51 ctn0094_relapse"]
    assert risk["estimate"].tolist() == pytest.approx([r["risk"][2], r["risk"][6]], rel=1e-9)


def test_the_panel_holds_every_weekly_definition_with_r_s_numbers(report: Path) -> None:
    told = pd.read_csv(
        report.parent / "results.csv", keep_default_na=False, na_values={"time": "", "estimate": ""}
    )
    heads = told[(told["estimand"] == "definition") & (told["statistic"] == "own")]
    weekly = {
        spec.name: set(spec.missing) for spec in endpoints() if spec.kind == "time" and spec.week_to_day
    }
    assert len(weekly) == 10
    run = heads.groupby("endpoint")["level"].agg(set)
    assert {name: run[name] for name in weekly} == weekly
    assert heads["endpoint"].iloc[0] == "ctn0094_relapse@1"
    assert heads["estimate"].tolist() == [1] + [0] * (len(heads) - 1)
    arms = told[
        (told["analysis"] == "definitions_compared") & (told["level"] == "as_defined") & (told["time"] == 90)
    ]
    for rule in RULES:
        mine = arms[(arms["endpoint"] == f"{rule}@1") & (arms["estimand"] == "risk")]
        r = REFERENCE[f"51 {rule}"]["risk"]
        values = mine[mine["statistic"] == "estimate"]["estimate"].tolist()
        assert values == pytest.approx([r[2], r[6]], rel=1e-9)
        difference = mine[mine["statistic"] == "difference"]["estimate"].tolist()
        assert difference == pytest.approx([r[2] - r[6]], rel=1e-9)


def test_rebuilt_words_run_too_and_move_the_answer_little(compared: dict[str, Compared]) -> None:
    results = analyze(Path(__file__).parent / "ctn0094" / "rebuilt.toml").results
    keys = {"analysis": "baseline", "estimand": "risk", "statistic": "estimate", "time": 90}
    for arm in ("Injected naltrexone", "Buprenorphine-naloxone"):
        rebuilt = results.one(arm=arm, **keys)["estimate"]
        public = compared["51"].results["ctn0094_relapse@1"].one(arm=arm, **keys)["estimate"]
        assert rebuilt != public
        assert abs(rebuilt - public) < 0.05
