"""Earlier reports: what was recorded late, what was revised, why, and parts that add up to the reported change."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

import stepdown as sd
from stepdown.report import earlier_reports
from stepdown.report.earlier_reports import mapping_of
from stepdown.results import Results, write_table
from stepdown.results.analysis import Provenance
from stepdown.sections.quarters import text
from stepdown.sections.quarters.read import of_quarters, parts, recorded_later, reported_change, revised
from support_project import small_project
from support_quarters import STEADY, cohort, found
from support_study import described

pytestmark = pytest.mark.slow
# 1970Q2 ends on day 180, 1970-06-30; 90 days later is day 270.
FIRST_CUT, SECOND_CUT, NOW = 270, 365, 455


@pytest.fixture(scope="module")
def words() -> sd.Analysis:
    return sd.analyze(cohort([6, 6]), described(measures={"run": []}))


def analysis(words: sd.Analysis, results: Results, **hashes: str) -> sd.Analysis:
    study = hashes.pop("study", "s")
    inputs = tuple(
        (f"{name}.{'toml' if name == 'cohort' else 'csv'}", value, 1) for name, value in hashes.items()
    )
    provenance = Provenance(study_sha256=study, inputs=inputs, seed=1, versions={}, basis="synthetic")
    return replace(words, results=results, provenance=provenance)


def with_earlier(a: sd.Analysis, out: Path) -> sd.Analysis:
    held = {name: digest for name, digest, _ in a.provenance.inputs}
    return earlier_reports.with_earlier(a, out, mapping=("cohort.toml", held.get("cohort.toml", "")))


def keep(a: sd.Analysis, folder: Path, *, title: str = "") -> None:
    """Write what a later report reads of one."""
    folder.mkdir(parents=True)
    write_table(a.results, folder / "results.csv")
    content = {
        "title": title or a.wording.title,
        "study_sha256": a.provenance.study_sha256,
        "inputs": [
            {"file": name, "sha256": digest, "rows": rows} for name, digest, rows in a.provenance.inputs
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def drawn(relapses: list[int], cut: int, *, missing: int = 0) -> Results:
    """Quarters at a data cut; so many of the last discharges of 1970Q2 are not recorded yet."""
    whole = cohort(relapses, cut=cut)
    gone = {f"1970Q2{k}" for k in range(20 - missing, 20)}
    frames = {
        name: getattr(whole, name)[~getattr(whole, name)["client_id"].isin(gone)].reset_index(drop=True)
        for name in ("discharges", "services", "observations", "followup")
    }
    return found(replace(whole, **frames))


def test_late_discharges_are_counted_from_the_first_report(words: sd.Analysis, tmp_path: Path) -> None:
    # The first report of 1970Q2 lacks 4 of its 20 discharges, two of whom start IOP; none of the 4 relapses.
    keep(
        analysis(words, drawn(STEADY[:2], FIRST_CUT, missing=4), discharges="1"),
        tmp_path / "a",
        title="IOP or PHP within 14 days, 1970Q2",
    )
    now = with_earlier(analysis(words, drawn(STEADY[:3], SECOND_CUT), discharges="2"), tmp_path / "b")
    later = recorded_later(now.results).set_index(["quarter", "term"])
    assert later.loc[("1970Q2", "discharges"), ["estimate_first", "estimate_later", "n"]].tolist() == [
        16,
        4,
        20,
    ]
    assert later.loc[("1970Q2", "services"), "estimate_later"] == 2
    assert later.loc[("1970Q2", "findings"), "estimate_later"] == 4
    assert later.loc[("1970Q2", "relapses"), "estimate_later"] == 0
    assert later.loc[("1970Q1", "discharges"), "estimate_later"] == 0
    assert ("1970Q3", "discharges") not in later.index
    assert set(later["reference"]) == {"1970-09-28"}
    table = text.late_table(now)
    assert table is not None
    # Relapses, and all of 1970Q1, stayed as they were.
    assert table.rows == (
        ("1970Q2: discharges", "1970-09-28", "16", "20", "+4"),
        ("1970Q2: findings by day 90", "1970-09-28", "16", "20", "+4"),
        ("1970Q2: services by day 90", "1970-09-28", "8", "10", "+2"),
    )
    assert table.notes[0].startswith("In 1 other quarter nothing changed. ")
    assert text.nothing_late(now) is None


def test_nothing_recorded_later_is_a_sentence(words: sd.Analysis, tmp_path: Path) -> None:
    keep(analysis(words, drawn(STEADY[:2], FIRST_CUT), discharges="1"), tmp_path / "a")
    now = with_earlier(analysis(words, drawn(STEADY[:3], SECOND_CUT), discharges="2"), tmp_path / "b")
    assert text.late_table(now) is None
    shown = text.nothing_late(now)
    assert shown is not None
    assert shown.paragraphs == ("Late data: none, in the 2 quarters reported before.",)


def test_counts_of_a_quarter_that_was_not_complete_are_no_late_data(
    words: sd.Analysis, tmp_path: Path
) -> None:
    # At day 200 the quarter is over, but its findings by day 90 had not happened yet.
    keep(analysis(words, drawn(STEADY[:2], 200), discharges="1"), tmp_path / "a")
    now = with_earlier(analysis(words, drawn(STEADY[:2], SECOND_CUT), discharges="2"), tmp_path / "b")
    held = {(row["quarter"], row["term"]) for row in recorded_later(now.results).to_dict("records")}
    assert ("1970Q2", "discharges") in held
    assert ("1970Q2", "findings") not in held
    assert ("1970Q1", "findings") in held


def test_the_first_count_outlives_the_report_that_held_it(words: sd.Analysis, tmp_path: Path) -> None:
    keep(analysis(words, drawn(STEADY[:2], FIRST_CUT, missing=4), discharges="1"), tmp_path / "a")
    second = with_earlier(
        analysis(words, drawn(STEADY[:2], SECOND_CUT, missing=1), discharges="2"), tmp_path / "a"
    )
    other = tmp_path / "other" / "a"
    keep(second, other)
    third = with_earlier(analysis(words, drawn(STEADY[:2], NOW), discharges="3"), other)
    later = recorded_later(third.results).set_index(["quarter", "term"])
    assert later.loc[("1970Q2", "discharges"), "estimate_first"] == 16
    assert later.loc[("1970Q2", "discharges"), "estimate_later"] == 4
    assert later.loc[("1970Q2", "discharges"), "reference"] == "1970-09-28"


def test_what_is_revised_and_the_parts_of_the_reported_change(words: sd.Analysis, tmp_path: Path) -> None:
    # Without its last 4 discharges 1970Q2 has 7 relapses among 16; then 7 among 20. 1970Q3 has 5 among 20.
    keep(analysis(words, drawn(STEADY[:2], FIRST_CUT, missing=4), discharges="1", cohort="c"), tmp_path / "a")
    now = with_earlier(analysis(words, drawn(STEADY[:3], NOW), discharges="2", cohort="c"), tmp_path / "b")
    table = revised(now.results).set_index("term")
    assert table.loc["risk", "estimate_before"] == pytest.approx(7 / 16)
    assert table.loc["risk", "estimate_change"] == pytest.approx(7 / 20 - 7 / 16)
    found_parts = parts(now.results)
    assert found_parts["late_data"] == pytest.approx(7 / 20 - 7 / 16)
    assert reported_change(now.results) == pytest.approx(5 / 20 - 7 / 16)
    known = [value for value in found_parts.values() if value == value]
    assert sum(known) == pytest.approx(reported_change(now.results))
    shown = text.parts_table(now)
    assert shown is not None
    assert shown.rows[-2:] == (
        ("Late or corrected data of the quarter before", "−8.75"), ("Change from what was reported", "−18.75"),
    )  # fmt: skip
    (revision,) = [row for row in text.revised_table(now).rows if row[0] == "1970Q2: relapse by day 90"]
    assert revision[1:] == ("43.8%", "35.0%", "−8.7")


CAUSES = [
    ({"discharges": "2", "cohort": "c"}, "late_data", "discharges.csv",
     "The definitions are the same, so what changed in complete quarters is late or corrected data."),
    ({"discharges": "1", "cohort": "d"}, "definition", "the mapping",
     "What changed in complete quarters is due to the changed definition."),
    ({"discharges": "1", "cohort": "c", "study": "t"}, "definition", "the study file",
     "What changed in complete quarters is due to the changed definition."),
    ({"discharges": "2", "cohort": "d"}, "definition_or_data", "discharges.csv and the mapping",
     "What changed in complete quarters is late or corrected data, or the changed definition; the two cannot be separated."),
]  # fmt: skip


@pytest.fixture(scope="module")
def two_reports() -> tuple[Results, Results]:
    return drawn(STEADY[:2], FIRST_CUT, missing=4), drawn(STEADY[:3], NOW)


@pytest.mark.parametrize(("hashes", "level", "named", "meaning"), CAUSES)
def test_the_reason_of_a_revision(
    words: sd.Analysis, two_reports: tuple[Results, Results], tmp_path: Path, hashes, level, named, meaning
) -> None:  # type: ignore[no-untyped-def]
    keep(analysis(words, two_reports[0], discharges="1", cohort="c"), tmp_path / "a")
    now = with_earlier(analysis(words, two_reports[1], **hashes), tmp_path / "b")
    said = text.changed_inputs(now)
    assert said is not None
    # The risk and the hazard of 1970Q2: of the 4 late discharges none relapses, and half start IOP, as of all.
    many = len(revised(now.results))
    assert many == 2
    assert said.paragraphs == (
        f"Since the report of 1970-09-28 these inputs changed: {named}. {meaning} {many} numbers of complete quarters "
        "changed; see the table.",
    )
    assert level in parts(now.results)


def test_reports_that_are_no_earlier_ones_are_left_out(
    words: sd.Analysis, two_reports: tuple[Results, Results], tmp_path: Path
) -> None:
    now = analysis(words, two_reports[1], discharges="2")
    keep(now, tmp_path / "same")
    keep(analysis(words, two_reports[0], discharges="1"), tmp_path / "other", title="Another study")
    keep(analysis(words, drawn(STEADY[:3], NOW + 90), discharges="1"), tmp_path / "later")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "manifest.json").write_text("[]", encoding="utf-8")
    again = with_earlier(now, tmp_path / "b")
    assert len(again.results) == len(now.results) + 1  # the hash of its own mapping
    assert text.changed_inputs(again) is None
    assert text.late_table(again) is None
    assert text.revised_table(again) is None


def test_nothing_of_a_client_is_kept(two_reports: tuple[Results, Results]) -> None:
    held = of_quarters(two_reports[0], "recorded")
    assert set(held["term"]) == {"discharges", "services", "findings", "relapses", "data_cut"}
    assert len(held) == 2 * 4 + 1


def test_the_mapping_is_the_cohort_file_without_its_data_cut(tmp_path: Path) -> None:
    study = small_project(tmp_path / "one")
    place = study.parent / "cohort.toml"
    before = mapping_of(study)
    assert before[0] == "cohort.toml"
    content = place.read_text(encoding="utf-8")
    later = re.sub(r"^data_cut = .*$", "data_cut = 2027-01-31", content, flags=re.MULTILINE)
    assert later != content
    place.write_text(later, encoding="utf-8")
    assert mapping_of(study) == before
    place.write_text(content.replace('sex = "sex"', 'sex = "gender"'), encoding="utf-8")
    assert mapping_of(study) != before


def test_without_a_changed_number_no_reason_is_needed(
    words: sd.Analysis, two_reports: tuple[Results, Results], tmp_path: Path
) -> None:
    keep(analysis(words, drawn(STEADY[:2], FIRST_CUT), discharges="1"), tmp_path / "a")
    said = text.changed_inputs(with_earlier(analysis(words, two_reports[1], discharges="2"), tmp_path / "b"))
    assert said is not None
    assert said.paragraphs == (
        "Since the report of 1970-09-28 these inputs changed: discharges.csv. No number of a complete quarter changed.",
    )


def test_a_report_that_is_made_again_is_compared_with_the_one_before(
    words: sd.Analysis, tmp_path: Path
) -> None:
    # The same data cut: beside, it is another run; in its own folder, the data were corrected.
    results = drawn(STEADY[:2], NOW)
    keep(analysis(words, drawn(STEADY[:2], NOW, missing=4), discharges="1"), tmp_path / "a")
    beside = with_earlier(analysis(words, results, discharges="2"), tmp_path / "b")
    assert text.changed_inputs(beside) is None
    again = with_earlier(analysis(words, results, discharges="2"), tmp_path / "a")
    assert text.changed_inputs(again) is not None
    assert revised(again.results)["term"].tolist() == ["risk", "hazard"]
