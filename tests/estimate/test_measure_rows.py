"""Quality measures in the results: rows by hand, what a study asks for, and what cannot be computed."""

from pathlib import Path

import pytest

from stepdown.errors import ConfigError, StudyError
from stepdown.results import Analysis, Results
from stepdown.schema import read_measures
from support_cohort import draw
from support_run import analyzed

pytestmark = pytest.mark.slow

# First session on days 0, 7 and 8; none; and a discharge whose 30 days are not complete at the data cut.
FIVE = """
a: stay -28..0 | iop 0 | follow 0..60
b: stay -28..0 | iop 7 | follow 0..60
c: stay -28..0 | iop 8 | follow 0..60
d: stay -28..0 | follow 0..60
e: stay 42..71 | iop 72 | follow 71..100
"""
SITES: dict[str, list[str]] = {"site_id": ["x", "x", "y", "y", "y"]}
QUARTERS: dict[str, list[str]] = {"quarter": ["2026Q1", "2026Q2", "2026Q1", "2026Q2", "2026Q2"]}
RUN = '[measures]\nrun = ["first_session", "records_sent@1"]\n'
OWN = """format = 1
version = "3"
[[measures]]
id = "ours"
version = 1
label = "Seen within 8 days"
sentence = "Stays that ended, followed by IOP within 8 days."
source = "program's own"
not_verified = "Nothing to verify."
windows = [8]
denominator = { event = "discharge" }
exclusions = [{ name = "Open", rule = "open_window" }]
numerator = { credits = [{ from = "services", levels = ["iop"] }] }
"""


def run(folder: Path, *, more: str = RUN, quarter: str | None = None, text: str = FIVE) -> Analysis:
    cohort = draw(text, data_cut=100, **SITES, **QUARTERS) if text == FIVE else draw(text, data_cut=100)
    return analyzed(cohort, folder, more=more, quarter=quarter)


def sessions(found: Results, **keys: str) -> Results:
    return found.where(analysis="measures", endpoint="first_session@2", **keys)


def test_rates_and_who_was_left_out_by_hand(tmp_path: Path) -> None:
    found = sessions(run(tmp_path).results, site="", quarter="")
    for window, hits in ((7, 2), (14, 3), (30, 3)):
        one = found.one(time=window, statistic="estimate")
        assert (one["events"], one["n"], one["estimate"], one["unit"]) == (hits, 4, hits / 4, "probability")
        assert 0 < one["conf_low"] < one["estimate"] < one["conf_high"] < 1
        assert found.one(time=window, statistic="events")["estimate"] == 5
        removed = found.where(time=window, statistic="removed").table
        assert dict(zip(removed["term"], removed["estimate"], strict=True)) == {
            "Followed by another stay within 1 day": 0,
            "Died during the stay, or left into custody": 0,
            "30 days not complete at the data cut": 1,
        }


def test_sites_and_quarters_add_up_to_all(tmp_path: Path) -> None:
    found = sessions(run(tmp_path).results)
    for keys, expected in (
        ({"site": "x"}, (2, 2)),
        ({"site": "y"}, (0, 2)),
        ({"quarter": "2026Q1"}, (1, 2)),
        ({"quarter": "2026Q2"}, (1, 2)),
    ):
        one = found.where(**keys).one(time=7, statistic="estimate")
        assert (one["events"], one["n"]) == expected
    # Among parts, only steps that took somebody out are told.
    left = found.where(time=7, statistic="removed").table
    parts = left[(left["site"] != "") | (left["quarter"] != "")]
    assert list(zip(parts["site"], parts["quarter"], parts["estimate"], strict=True)) == [
        ("y", "", 1),
        ("", "2026Q2", 1),
    ]


def test_a_chosen_quarter_stands_alone_beside_all(tmp_path: Path) -> None:
    found = sessions(run(tmp_path, quarter="2026Q2").results, site="")
    assert set(found.table["quarter"]) == {"", "2026Q2"}
    assert found.one(quarter="", time=7, statistic="estimate")["n"] == 4


def test_what_cannot_be_computed_says_why(tmp_path: Path) -> None:
    found = run(tmp_path).results.where(endpoint="records_sent@1").table
    assert list(found["statistic"]) == ["not_estimated"]
    assert found["note"].iloc[0] == (
        "records_sent@1 needs records_transferred, which the discharges lack. Map it in the cohort file."
    )


def test_all_are_run_if_nothing_is_said_and_none_if_none_is_asked_for(tmp_path: Path) -> None:
    every = run(tmp_path, more="")
    assert [one.name for one in every.wording.measures] == [one.name for one in read_measures()]
    assert every.wording.measures_version == "2026.2"
    nothing = run(tmp_path, more="[measures]\nrun = []\n")
    assert nothing.wording.measures == ()
    assert nothing.results.where(analysis="measures").table.empty


def test_a_group_and_an_earlier_version_are_asked_for(tmp_path: Path) -> None:
    asked = run(tmp_path, more='[measures]\nrun = ["iet", "fui@1", "cms137@1", "readmission"]\n')
    assert [one.name for one in asked.wording.measures] == [
        "iet_initiation@2",
        "iet_engagement@2",
        "cms137_initiation@1",
        "cms137_engagement@1",
        "readmission@1",
        "fui@1",
    ]


def test_a_file_of_ones_own_joins_and_is_hashed(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN, encoding="utf-8")
    a = run(tmp_path, more='[measures]\nfile = "ours.toml"\nrun = ["ours"]\n')
    one = a.results.where(endpoint="ours@1", site="", quarter="").one(statistic="estimate")
    # Discharge e is followed on day 1, and its 8 days are complete.
    assert (one["events"], one["n"], one["time"]) == (4, 5, 8)
    assert [word.label for word in a.wording.measures] == ["Seen within 8 days"]
    assert a.wording.measures_version == "2026.2, with ours.toml 3"
    assert [name for name, _, _ in a.provenance.inputs] == ["ours.toml"]


def test_a_measure_that_is_not_in_the_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(StudyError) as caught:
        run(tmp_path, more='[measures]\nrun = ["fui", "fuii"]\n')
    text = str(caught.value)
    assert "measures.run" in text
    assert "names no measure: fuii" in text
    assert "Known: fui, cbe_3453" in text


def test_a_missing_file_and_a_wrong_key_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.toml does not exist"):
        run(tmp_path, more='[measures]\nfile = "gone.toml"\n')
    with pytest.raises(StudyError, match="Known keys here: file, run"):
        run(tmp_path, more='[measures]\nfiles = "gone.toml"\n')
