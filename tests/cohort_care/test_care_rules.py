"""The data file of the ladder: what it holds, how a user replaces it, and the names of levels."""

import tomllib
from importlib.resources import files

import pandas as pd
import pytest

from stepdown.cohort.care import adolescents, asam_labels, spells
from stepdown.errors import ConfigError
from stepdown.schema import asam_label, read_care_rules
from support_care import care

TEXT = files("stepdown.schema").joinpath("levels_of_care.toml").read_text(encoding="utf-8")


def changed(tmp_path, old: str, new: str):
    assert old in TEXT
    path = tmp_path / "mine.toml"
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


def test_least_hours_are_those_of_the_criteria():
    rules = read_care_rules()
    for edition in (3, 4):
        iop, php = (rules.minimum_hours(level, edition) for level in ("iop", "php"))
        assert (iop.asam_level, iop.hours, iop.adolescent_hours) == ("2.1", 9, 6)
        assert (php.asam_level, php.hours) == ("2.5", 20)
    assert rules.minimum_hours("outpatient", 4) is None
    assert [rule.name for rule in rules.completion][:2] == ["weeks_8_at_9_hours@1", "sessions_30@1"]


def test_a_user_s_file_replaces_it(tmp_path):
    rules = read_care_rules(changed(tmp_path, "sessions = 30", "sessions = 2"))
    drawn = care("a: iop 0 | iop 3")
    assert spells(drawn.services, drawn.discharges, rules=rules)["completed_sessions_30"].tolist() == [True]
    assert spells(drawn.services, drawn.discharges)["completed_sessions_30"].tolist() == [False]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[current]\ndays = 7", "[current]\ndays = 7\nweeks = 1", "current.weeks is not a known key. Remove it, or check its spelling. Known keys here: days."),
        ("php = 14", "php = 0", "gap_days.php is too small. Write a number of at least 1."),
        ("php = 14", "php = 1000000", "gap_days.php is too large. Write a number of at most 36500."),
        ("hours = 20\nadolescent", "hours = 0\nadolescent", "minimum.2.hours is too small. Write a number above 0."),
        ('rule = "sessions"', 'rule = "visits"', "completion.2.rule has a value that is not allowed. Allowed: 'weeks', 'sessions' or 'flag'."),
        ("sessions = 30\n", "", "completion.2 cannot be used: a rule of kind sessions states sessions and nothing else. Correct the key."),
        ("sessions = 30\n", "sessions = 30\nhours = 9\n", "completion.2 cannot be used: a rule of kind sessions states sessions and nothing else. Correct the key."),
        ("sessions = 30\n", "sessions = 30\nadolescent_hours = 6\n", "completion.2 cannot be used: adolescent_hours belongs to a rule of kind weeks. Correct the key."),
        ('id = "sessions_30"', 'id = "weeks_8_at_9_hours"', "mine.toml cannot be used: completion holds an entry twice. Correct the key."),
        ('levels = { php = "2.5", iop = "2.1", outpatient = "1.5" }', 'levels = { php = "2.9" }', "asam.2 cannot be used: levels names a level that is not among names; add it to names. Correct the key."),
        ("format = 1", "format = ", "mine.toml is not valid TOML (at line 6, column 10). Correct that line."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(tmp_path, old, new, message):
    with pytest.raises(ConfigError) as caught:
        read_care_rules(changed(tmp_path, old, new))
    assert message in str(caught.value)


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path):
    with pytest.raises(ConfigError, match=r"none.toml does not exist. Check the path."):
        read_care_rules(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match=r"bytes.toml is not UTF-8 text. Save the file as UTF-8."):
        read_care_rules(tmp_path / "bytes.toml")


def test_levels_have_the_names_of_their_edition():
    assert asam_label("php", 3) == "2.5 Partial Hospitalization (ASAM, 3rd edition)"
    assert asam_label("php", 4) == "2.5 High-Intensity Outpatient (ASAM, 4th edition)"
    assert asam_label("2.1", 4) == "2.1 Intensive Outpatient (ASAM, 4th edition)"
    assert asam_label("outpatient", 4) == "1.5 Outpatient Therapy (ASAM, 4th edition)"
    for level, edition, words in (
        ("2.1", 2, "has no names of that edition. Editions: 3, 4. Ask for one of these."),
        ("3.3", 4, "has no such level in that edition. Levels: 1.0, 1.5, 1.7, 2.1, 2.5, 2.7, 3.1, 3.5, 3.7, 4. Ask for "
         "one of these."),
    ):  # fmt: skip
        with pytest.raises(ConfigError) as caught:
            asam_label(level, edition)
        assert [str(one) for one in caught.value.problems] == [f"levels_of_care.toml.asam {words}"]


def test_both_names_of_every_discharge():
    discharges = care("a: RES 0..9 | PHP 9..20\nb: RES 0..9").discharges
    discharges = discharges.assign(
        asam_level=pd.array(["3.3", "2.5", None], dtype="string[pyarrow]"),
        asam_edition=pd.array([3, 4, None], dtype="Int64"),
    )
    found = asam_labels(discharges).astype("object")
    assert found.where(found.notna(), None).to_numpy().tolist() == [
        ["3.3", 3, "Clinically Managed Population-Specific High-Intensity Residential", None],
        ["2.5", 4, "Partial Hospitalization", "High-Intensity Outpatient"],
        [None, None, None, None],
    ]
    assert asam_labels(care("a: RES 0..9").discharges).isna().all(axis=None)


def test_adolescents_by_age_or_band():
    discharges = care("a: RES 0..9\nb: RES 0..9\nc: RES 0..9 | RES 50..60\nd: RES 0..9").discharges
    by_age = discharges.assign(age=[17.5, 18, 16, 19, None])
    assert adolescents(by_age).tolist() == ["a", "c"]
    by_band = discharges.assign(age_band=["12-17", "18-20", "18-20", "12-17", None])
    assert adolescents(by_band).tolist() == ["a", "c"]
    assert adolescents(discharges).tolist() == []


def test_every_convention_says_how_far_it_was_checked():
    content = tomllib.loads(TEXT)
    assert all(
        one["verified"] and one["source"] for key in ("minimum", "completion", "asam") for one in content[key]
    )
