"""`stepdown measures`: the registry, a cohort's rates, and a file of one's own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stepdown.cli import app
from stepdown.errors import ConfigError
from stepdown.schema import read_measures
from support_cohort import draw

OWN = """
format = 1
version = "mine"
[[measures]]
id = "first_session"
version = 3
label = "First session within 3 days"
sentence = "Residential stays that ended, followed by a session within 3 days."
source = "program's own"
not_verified = "Nothing to verify."
windows = [3]
denominator = { event = "discharge", levels = ["residential"] }
exclusions = [{ name = "3 days not complete at the data cut", rule = "open_window" }]
numerator = { credits = [{ from = "services", levels = ["iop"], first_day = 0 }] }
"""


def printed(*args: str) -> str:
    done = CliRunner().invoke(app, ["measures", *args], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_the_list_names_every_measure_and_what_was_not_verified() -> None:
    text = printed()
    assert text.startswith('Quality measures, version 2026.2. Names such as "HEDIS-style" state')
    for spec in read_measures():
        assert f"{spec.name}  {spec.label}" in text
        assert f"  not verified: {spec.not_verified}" in text
        assert not spec.deviations or f"  differs: {spec.deviations}\n" in text
        assert not spec.changed or f"  changed: {spec.changed}\n" in text
    assert "\n  windows: 7, 30 days\n" in text


def test_measures_after_a_public_specification_declare_what_is_not_looked_at() -> None:
    for spec in read_measures():
        if spec.source.startswith("NCQA") or "eCQM" in spec.source:
            assert spec.deviations.startswith("Not looked at: hospice"), spec.id
            assert "enrollment" in spec.deviations or "eCQM" in spec.source, spec.id


def test_an_earlier_version_is_named_with_its_version() -> None:
    registry = read_measures()
    assert registry["fui"].version == 2
    assert registry["fui@1"].version == 1
    assert "fui@1" not in {spec.name for spec in registry}
    with pytest.raises(KeyError):
        registry["fui@9"]


def test_a_file_of_ones_own_changes_a_measure_and_keeps_the_others(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(OWN)
    text = printed("--file", str(mine))
    assert text.startswith("Quality measures, version 2026.2, with mine.toml mine.")
    assert "first_session@3 [own file]  First session within 3 days" in text
    assert "first_session@2" not in text
    assert "fui@2  HEDIS" in text


def test_the_rates_of_a_cohort(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cohort = draw(
        "a: stay -28..0 | iop 3 | site_id A\nb: stay -28..0 | iop 4 | site_id B\nc: stay -28..99 | site_id A",
        data_cut=100,
    )
    monkeypatch.setattr("stepdown.sources.load", lambda path: cohort)
    mine = tmp_path / "mine.toml"
    mine.write_text(OWN)
    lines = printed("--cohort", "cohort.toml", "--file", str(mine)).splitlines()
    at = lines.index("first_session@3  First session within 3 days")
    assert lines[at + 1 : at + 6] == [
        "  days  of                       numerator denominator    rate  95% interval",
        "     3  all                              1           2   50.0%  9.5% to 90.5%",
        "     3  A                                1           1  100.0%  20.7% to 100.0%",
        "     3  B                                0           1    0.0%  0.0% to 79.3%",
        "     3  left out: 1 3 days not complete at the data cut",
    ]
    assert lines[-1] == (
        "  records_sent@1 needs records_transferred, which the discharges lack. Map it in the cohort file."
    )


def test_some_measures_of_any_version_are_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    cohort = draw("a: stay -28..0 | iop 3\nb: stay -28..0 | iop 4", data_cut=1000)
    monkeypatch.setattr("stepdown.sources.load", lambda path: cohort)
    text = printed("--cohort", "cohort.toml", "--run", "fui@1", "--run", "iet")
    assert [line.split()[0] for line in text.splitlines() if "@" in line] == [
        "fui@1",
        "iet_initiation@2",
        "iet_engagement@2",
    ]
    with pytest.raises(ConfigError, match=r"--run names no measure: fuii\. Known: fui, cbe_3453"):
        printed("--cohort", "cohort.toml", "--run", "fuii")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "windows = [3]",
            "window = [3]",
            "mine.toml.measures.1.window is not a known key. Remove it, or check its spelling. Known keys here: "
            "better, changed, denominator, deviations, doi, exclusions, group, id, label, not_verified, numerator, "
            "sentence, source, version, window_end, windows.",
        ),
        (
            "windows = [3]",
            "windows = [7, 3]",
            "mine.toml.measures.1 cannot be used: windows must rise, each once. Correct the key.",
        ),
        (
            "windows = [3]",
            'windows = [0]\nwindow_end = "excluded"',
            "mine.toml.measures.1 cannot be used: a window of 0 days that excludes its last day is empty. Correct the key.",
        ),
        (
            'levels = ["iop"], first_day = 0',
            'ranks = ["iop", "iop"]',
            "mine.toml.measures.1.numerator.credits.1 cannot be used: ranks names a level twice. Correct the key.",
        ),
        (
            '[{ name = "3 days not complete at the data cut", rule = "open_window" }]',
            "[]",
            'mine.toml.measures.1 cannot be used: exclusions must hold rule = "open_window" exactly once. Correct the key.',
        ),
        (
            'rule = "open_window" }',
            'rule = "open_window" }, { name = "x", rule = "age" }',
            "mine.toml.measures.1.exclusions.2 cannot be used: age needs at_least or at_most. Correct the key.",
        ),
        (
            'levels = ["iop"], first_day = 0',
            'levels = ["IOP"], first_day = 0',
            "mine.toml.measures.1.numerator.credits.1.levels.1 has a value that is not allowed. Allowed: 'withdrawal', "
            "'residential', 'php', 'iop' or 'outpatient'.",
        ),
        (
            'levels = ["iop"], first_day = 0',
            'kinds = ["medicaton"]',
            "mine.toml.measures.1.numerator.credits.1.kinds.1 cannot be used: it is not one of group, individual, family, "
            "psychoeducation, case_management, medication, skills_rehearsal, drug_test, mutual_help, crisis, other. "
            "Correct the key.",
        ),
        (
            'rule = "open_window" }',
            'rule = "open_window" }, { name = "x", rule = "reason", reasons = ["dead"] }',
            "mine.toml.measures.1.exclusions.2.reasons.1 cannot be used: it is not one of completed, left_against_advice, "
            "transferred, terminated, incarcerated, died, other. Correct the key.",
        ),
        (
            'rule = "open_window" }',
            'rule = "open_window" }, { name = "x", rule = "column", column = "severity", is_in = ["Severe"] }',
            "mine.toml.measures.1.exclusions.2 cannot be used: is_in may hold mild, moderate, severe. Correct the key.",
        ),
        (
            OWN[OWN.index("[[measures]]") :],
            "measures = []",
            "mine.toml.measures cannot be used: it is empty; give at least one entry. Correct the key.",
        ),
        (
            'from = "services", levels = ["iop"], first_day = 0',
            'from = "column", column = "records_transferred"',
            'mine.toml.measures.1.numerator.credits.1 cannot be used: from = "column" needs column and is_in, and nothing '
            "else takes them. Correct the key.",
        ),
        (
            'numerator = { credits = [{ from = "services", levels = ["iop"], first_day = 0 }] }',
            "numerator = { credits = [] }",
            'mine.toml.measures.1.numerator cannot be used: rule = "any" needs credits: what counts. Correct the key.',
        ),
        (
            "numerator = {",
            'numerator = { rule = "completed",',
            'mine.toml.measures.1.numerator cannot be used: rule = "completed" needs completion: the id of a rule of '
            "completion. Correct the key.",
        ),
        (
            "numerator = {",
            'numerator = { rule = "engagement", more = 2,',
            'mine.toml.measures.1.numerator cannot be used: rule = "engagement" needs more and more_within. Correct the '
            "key.",
        ),
        (
            "numerator = {",
            'numerator = { rule = "continuous",',
            'mine.toml.measures.1.numerator cannot be used: rule = "continuous" needs gap_days. Correct the key.',
        ),
        (
            'numerator = { credits = [{ from = "services", levels = ["iop"], first_day = 0 }] }',
            'numerator = { rule = "in_order", credits = [{ from = "column", column = "severity", is_in = ["mild"] }] }',
            'mine.toml.measures.1.numerator cannot be used: from = "column" is only for rule = "any", not "in_order". '
            "Correct the key.",
        ),
        (
            'rule = "open_window" }',
            'rule = "open_window" }, { name = "3 days not complete at the data cut", rule = "died" }',
            "mine.toml.measures.1 cannot be used: two exclusions have the same name; give each its own. Correct the key.",
        ),
        (
            "version = 3",
            "version = 1",
            "mine.toml.measures.1.version is that of the package's measure, which is defined differently. Give your "
            "measure another version, or another id.",
        ),
        (
            "[[measures]]",
            "[[measures",
            "mine.toml is not valid TOML (at line 4, column 11). Correct that line.",
        ),
    ],
)
def test_a_wrong_file_says_what_to_do(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in OWN
    mine = tmp_path / "mine.toml"
    mine.write_text(OWN.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_measures(mine)
    assert [str(one) for one in caught.value.problems if "is missing" not in str(one)] == [problem]


def test_all_faults_at_once_and_a_missing_file(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        OWN.replace("version = 3", "version = 0").replace('source = "program', 'sauce = "program')
    )
    with pytest.raises(ConfigError) as caught:
        read_measures(mine)
    assert {problem.column for problem in caught.value.problems} == {
        "measures.1.version",
        "measures.1.source",
        "measures.1.sauce",
    }
    with pytest.raises(ConfigError, match=r"none\.toml does not exist\. Check the path\."):
        read_measures(tmp_path / "none.toml")


def test_two_measures_of_one_id_are_refused(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(OWN + OWN.split('version = "mine"')[1])
    with pytest.raises(
        ConfigError, match=r"names a measure more than once: first_session\. Give each its own id\."
    ):
        read_measures(mine)
