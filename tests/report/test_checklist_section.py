"""The protocol as it was run, deviations from the registered one, and the checklist filled from the run."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import support_analysis
from stepdown.display.text_and_tables import inline, plain
from stepdown.errors import StudyError
from stepdown.report.protocol_keys import protocol_keys, registered_keys
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, read_analysis, write_analysis
from stepdown.sections.checklist import tables, text
from stepdown.sections.checklist.read import checklist_items, deviations, reported
from stepdown.study import Study

ITEMS = {one.topic: one for one in checklist_items()}
# All items of the lists, by hand.
TARGET = [
    "1a", "1b", "1c", "2", "3", "4", "5", *(f"{number}{letter}" for number in (6, 7) for letter in "abcdefgh"),
    *map(str, range(8, 22)),
]  # fmt: skip
STROBE = [
    "1a", "1b", "2", "3", "4", "5", "6a", "6b", "7", "8", "9", "10", "11", "12a", "12b", "12c", "12d", "12e", "13", "14a",
    "14b", "14c", "15", "16a", "16b", "16c", "17", "18", "19", "20", "21", "22",
]  # fmt: skip
RECORD = ["1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1"]

STUDY = """# Not to be printed: a comment.
format = 1
title = "Step-down"
cohort = "cohort.toml"
seed = 7

[[eligibility]]
name = "Adults"
keep = { column = "age", at_least = 18 }

[outcome]
window = [30, 90]

[report]
registered = "registered.toml"
"""


@pytest.mark.parametrize(("name", "numbers"), [("target", TARGET), ("strobe", STROBE), ("record", RECORD)])
def test_every_item_of_each_list_has_a_place(name: str, numbers: list[str]) -> None:
    given = [number for one in ITEMS.values() for number in getattr(one, name).split(", ") if number]
    assert sorted(set(given)) == sorted(numbers)


def test_items_name_sections_by_their_titles() -> None:
    for one in ITEMS.values():
        assert one.at or one.human, one.topic
        if one.at:
            title = "Start of the report" if one.at == "start" else SECTIONS[one.at].title
            assert one.place == title, one.topic


@pytest.mark.parametrize(
    ("topic", "estimand"),
    [
        ("Flow of discharges from the records to the groups", "flow"),
        ("Outcome events and risks over time", "risk"),
    ],
)
def test_an_item_is_reported_where_the_results_hold_its_rows(topic: str, estimand: str) -> None:
    a = support_analysis.exact()
    assert reported(a, ITEMS[topic])
    assert not reported(support_analysis.without(a, estimand=estimand), ITEMS[topic])


def test_what_only_a_comparison_or_a_registration_reports() -> None:
    contrast, plan = ITEMS["Causal contrast"], ITEMS["Registered protocol"]
    assert reported(support_analysis.exact(), contrast)
    assert not reported(support_analysis.interval(), contrast)
    assert not reported(support_analysis.exact(), plan)
    assert reported(with_protocols((("seed", "7"),)), plan)


def test_the_table_says_where_or_that_a_human_is_needed() -> None:
    rows = {row[0]: row[1:] for row in tables.checklist(support_analysis.exact()).rows}
    assert rows["Causal contrast"] == ("[[arms|Comparison of groups]]", "6f, 7f", "no item", "no item")
    assert rows["Funding"] == ("Needs a human: name the funders and their part", "20", "22", "no item")
    assert rows["Other analyses of the same question"][0] == "Not in this report"
    assert rows["Registered protocol"][0] == "Not in this report; needs a human: give the registry and number"
    assert rows["Region and period in the summary"][0] == "Start of the report; needs a human: add the region"
    assert len(rows) == len(ITEMS)


def test_a_link_leads_to_a_section_and_to_nothing_else() -> None:
    assert (
        inline("[[arms|Comparison <b>]] and `x`")
        == '<a href="#arms">Comparison &lt;b&gt;</a> and <code>x</code>'
    )
    assert plain("[[arms|Comparison <b>]] and `x`") == "“Comparison <b>” and x"
    for other in ("[[http://x|y]]", "[[a b|y]]", "[[|y]]", '[[x" onclick="1|y]]'):
        assert "<a" not in inline(other)


def with_protocols(
    registered: tuple[tuple[str, str], ...], *, now: tuple[tuple[str, str], ...] = ()
) -> Analysis:
    a = support_analysis.exact()
    given = replace(
        a.provenance,
        protocol=now or registered,
        registered=registered,
        registered_name="plan.toml (SHA-256 ab)",
    )
    return replace(a, provenance=given)


def test_deviations_from_the_registered_protocol_are_shown() -> None:
    before = (
        ("seed", "7"),
        ("analysis.primary.day", "14"),
        ("sites.covariates", "age"),
        ("report.registered", "x"),
    )
    now = (("seed", "7"), ("analysis.primary.day", "21"), ("gates.events", "10"))
    a = with_protocols(before, now=now)
    assert deviations(a) == (
        ("analysis.primary.day", "14", "21"), ("sites.covariates", "age", ""), ("gates.events", "", "10"),
    )  # fmt: skip
    assert tables.deviation_table(a).rows == (
        ("`analysis.primary.day`", "14", "21"),
        ("`sites.covariates`", "age", "not stated"),
        ("`gates.events`", "not stated", "10"),
    )
    said = text.protocol(a)
    assert said.kind == "caution"
    assert said.paragraphs[1] == (
        "It deviates from the registered protocol, plan.toml (SHA-256 ab), in 3 keys: see the table."
    )
    one = with_protocols((("seed", "7"),), now=(("seed", "8"),))
    assert text.protocol(one).paragraphs[1].endswith("in 1 key: see the table.")


def test_a_protocol_that_was_kept_and_one_that_was_not_registered() -> None:
    same = text.protocol(with_protocols((("seed", "7"),)))
    assert (same.kind, same.paragraphs[1]) == (
        "plain", "It agrees with the registered protocol, plan.toml (SHA-256 ab), in every key."
    )  # fmt: skip
    none = text.protocol(support_analysis.exact())
    assert none.paragraphs == (
        f"The study file is the protocol of this study. Its SHA-256 is {'ab' * 32}.",
        "The study file names no registered protocol, so deviations from one cannot be shown. Keep a copy of the "
        "study file as it was registered, and name it under `report.registered`.",
    )
    assert tables.deviation_table(support_analysis.exact()).rows == ()


def test_a_study_file_is_shown_by_its_keys_without_comments(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    (tmp_path / "registered.toml").write_text(STUDY.replace("seed = 7", "seed = 8"), encoding="utf-8")
    study = Study.read(path)
    assert protocol_keys(study, path) == (
        ("format", "1"), ("title", "Step-down"), ("cohort", "cohort.toml"), ("seed", "7"),
        ("eligibility.1.name", "Adults"), ("eligibility.1.keep.column", "age"),
        ("eligibility.1.keep.at_least", "18"), ("outcome.window", "30, 90"), ("report.registered", "registered.toml"),
    )  # fmt: skip
    keys, name = registered_keys(study, tmp_path)
    assert dict(keys)["seed"] == "8"
    assert re.fullmatch(r"registered\.toml \(SHA-256 [0-9a-f]{64}\)", name)
    built = dict(protocol_keys(study, None))
    assert built["eligibility.1.keep.at_least"] in ("18", "18.0")
    assert built["report.registered"] == "registered.toml"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            None,
            "registered.toml, which the study names under report.registered, cannot be opened. Write its path from "
            "the folder of the study file.",
        ),
        (
            "seed =",
            "registered.toml, which the study names under report.registered, is not a study file. Keep an unchanged "
            "copy of the study file as it was registered.",
        ),
    ],
)
def test_a_registered_protocol_that_cannot_be_read_is_named(
    tmp_path: Path, content: str | None, message: str
) -> None:
    path = tmp_path / "study.toml"
    path.write_text(STUDY, encoding="utf-8")
    if content is not None:
        (tmp_path / "registered.toml").write_text(content, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        registered_keys(Study.read(path), tmp_path)
    assert str(caught.value) == message


def test_a_stored_analysis_keeps_both_protocols(tmp_path: Path) -> None:
    a = with_protocols((("seed", "7"),), now=(("seed", "8"),))
    again = read_analysis(write_analysis(a, tmp_path / "analysis.json"))
    assert again.provenance == a.provenance
