"""What the report says of other definitions of relapse, word for word."""

import re

from stepdown.display.text_and_tables import Table, Text
from stepdown.report.sections import SECTIONS
from stepdown.sections.definitions import text as definitions_text
from support_definitions import analysis, definition, left_out

FEWER, OPEN, MORE = (-0.10, -0.15, -0.05), (-0.02, -0.08, 0.04), (0.08, 0.02, 0.14)
THIRD = (0.3, 0.25, 0.35)
OWN = definition("first_use@1", own=True, risk=THIRD, difference=FEWER)
LIMITS = "(−15.0\u00a0to\u00a0−5.0)"
UNDER = (
    "Under the study's own definition (First use, own rule): 10.0 fewer relapses per 100 discharges by day 90 "
    "(95% CI 5.0 to 15.0 fewer)"
)


def said(*parts: list[dict[str, object]], **words: str) -> tuple[str, ...]:
    return definitions_text.found(analysis(*parts, **words)).paragraphs


def test_the_answer_is_the_same_under_all() -> None:
    told = said(
        OWN,
        definition("two_positives@1", risk=(0.1, 0.05, 0.15), difference=(-0.05, -0.09, -0.01)),
        definition("composite@1", risk=(0.4, 0.35, 0.45), difference=(-0.11, -0.16, -0.06)),
    )
    assert told == (
        "“A” compared with “B”: every definition that gives one number leads to the same conclusion. "
        f"{UNDER}. 2 other definitions give one number: 2 (“Two positives, own rule” and “Composite, own "
        "rule”) show fewer relapses.",
        "Of all discharges, by day 90, 30.0% relapsed under the study's own definition and from 10.0% (Two "
        "positives, own rule) to 40.0% (Composite, own rule) under the 2 other definitions with any.",
        "This is a sensitivity analysis. The definitions use the same people and often the same findings, so "
        "their results are not independent and counting them is not a test. The result of this report is the "
        "one under the study's own definition.",
        "“Fewer” and “more” mean that the 95% confidence interval, or the range, excludes zero. Definitions "
        "with identical differences are counted once. A group tested more often has more chances to meet a "
        "definition that requires several findings, whatever the effect of its care.",
    )


def test_the_answer_depends() -> None:
    told = said(
        OWN,
        definition("first_use@1", "positive", risk=THIRD, difference=(-0.05, -0.09, -0.01)),
        definition("two_positives@1", risk=THIRD, difference=MORE),
        definition("composite@1", risk=THIRD, difference=OPEN),
        # A direct copy of another is counted once; a dropout is no relapse.
        definition("composite@1", "positive", risk=(0.5, 0.45, 0.55), difference=OPEN),
        definition("ctn0094_dropout@1", risk=THIRD, difference=(-0.3, -0.4, -0.2)),
    )
    assert told[0] == (
        f"“A” compared with “B”: the conclusion depends on the definition. {UNDER}. 3 other definitions give "
        "one number: “First use, missed = positive” shows fewer relapses, “Two positives, own rule” shows "
        "more relapses and “Composite, own rule” does not show which arm has fewer."
    )
    assert told[1].endswith("(Composite, missed = positive) under the 4 other definitions with any.")
    assert told[2] == (
        "“CTN-0094 dropout, own rule”: not a relapse; shown in the table but not counted in this text."
    )


def test_an_own_answer_that_is_open_is_kept_by_others_that_are() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=OPEN)
    # An interval that ends at no difference holds it.
    told = said(own, definition("two_positives@1", risk=THIRD, difference=(0.01, 0.0, 0.07)))
    assert told[0].endswith(
        "1 other definition gives one number: “Two positives, own rule” does not show which arm has fewer."
    )
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0].endswith(
        "1 other definition gives one number: “Two positives, own rule” shows more relapses."
    )


def test_many_names_are_left_to_the_table() -> None:
    rules = ("as_defined", "positive", "last", "ignored", "interval")
    others = [
        definition("two_positives@1", rule, risk=THIRD, difference=(0.08 + place / 100, 0.02, 0.2))
        for place, rule in enumerate(rules)
    ]
    told = said(OWN, *others)
    assert told[0].endswith("5 other definitions give one number: 5 show more relapses.")


def test_ranges_are_told_apart() -> None:
    ranged = definition("first_use@1", "interval", risk=(0.2, 0.4), difference=(-0.2, 0.1))
    told = said(OWN, ranged, definition("composite@1", risk=(0.2, 0.4), difference=(-0.2, -0.1)))
    assert told[0].endswith(
        "fewer). 2 other definitions give only a range: “Composite, own rule” shows fewer relapses and “First "
        "use, as an interval” does not show which arm has fewer."
    )
    assert told[0].startswith("“A” compared with “B”. Under")
    own = definition("first_use@1", own=True, risk=(0.2, 0.4), difference=(-0.2, 0.1))
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0] == (
        "“A” compared with “B”. Under the study's own definition (First use, own rule), only a range is "
        "known: −20.0 to +10.0 relapses per 100 discharges by day 90 (a minus sign means fewer). 1 other "
        "definition gives one number: “Two positives, own rule” shows more relapses."
    )
    assert told[1] == (
        "Of all discharges, by day 90, between 20.0% and 40.0% relapsed under the study's own definition and "
        "30.0% under the other definition with any (Two positives, own rule)."
    )


def test_what_a_public_report_hides_is_not_said_to_be_impossible() -> None:
    told = said(OWN, definition("two_positives@1", n=None))
    assert not any("could not be applied" in one for one in told)


def test_a_range_of_one_value_is_written_once() -> None:
    range_ = definition("first_use@1", rule="interval", risk=(0.2, 0.2))
    table = definitions_text.table(analysis(OWN, range_))
    assert table.rows[1][2] == "20.0% (range)"


def test_what_found_nothing_or_could_not_be_run_is_named() -> None:
    told = said(
        OWN,
        definition("readmission@1", risk=(0, float("nan"), float("nan")), events=0),
        definition("two_positives@1", n=None, reason="Nobody is left."),
    )
    assert told[0].endswith("No other definition gives a difference.")
    assert not told[-1].startswith("“Fewer”")
    assert told[2:4] == (
        "“Readmission, own rule”: no events by that day, which may reflect incomplete records rather than no "
        "events.",
        "“Two positives, own rule” could not be applied; see the notes of the table.",
    )


def test_where_the_own_comparison_fails() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, reason="An arm is empty.")
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0] == (
        "“A” compared with “B”. Under the study's own definition (First use, own rule), the difference by day "
        "90 is not identifiable from these data. 1 other definition gives one number: “Two positives, own "
        "rule” shows more relapses."
    )


def test_without_a_comparison_only_the_risks_are_told() -> None:
    told = said(
        definition("first_use@1", own=True, risk=THIRD),
        definition("two_positives@1", risk=(0.1, 0.05, 0.15)),
        word="return to use",
        time_zero="randomization",
    )
    assert told[0] == (
        "Of all randomized people, by day 90, 30.0% returned to use under the study's own definition and 10.0% "
        "under the other definition with any (Two positives, own rule)."
    )
    assert len(told) == 2


def test_after_a_landmark_it_says_whom() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=FEWER, start=14)
    other = definition("two_positives@1", risk=THIRD, difference=MORE, start=14)
    assert "(95% CI 5.0 to 15.0 fewer), among people relapse-free at day 14." in said(own, other)[0]


def test_the_table_holds_every_number_and_the_reasons() -> None:
    table = definitions_text.table(
        analysis(
            OWN,
            definition("first_use@1", "interval", risk=(0.2, 0.4), difference=(-0.2, 0.1), events=40),
            definition("readmission@1", risk=(0, float("nan"), float("nan")), events=0),
            definition("two_positives@1", n=None, reason="Nobody is left."),
            definition("ctn0094_dropout@1", risk=THIRD),
        )
    )
    assert table.columns == (
        "Definition and rule",
        "Relapses",
        "Relapsed by day 90",
        "On days 31-90",
        "Difference per 100 (reference: B)",
    )
    assert table.rows == (
        ("First use, own rule (the study's own)", "50", "30.0% (25.0%\u00a0to\u00a035.0%)", "not shown", f"−10.0 {LIMITS}"),
        ("First use, as an interval", "40", "20.0% to 40.0% (range)", "not shown: only intervals are known", "−20.0 to +10.0 (range)"),
        ("Readmission, own rule", "0", "no events", "no events", "no events"),
        ("Two positives, own rule", "not shown", "not shown", "not shown", "not shown: see the notes"),
        ("CTN-0094 dropout, own rule (not a relapse)", "50", "30.0% (25.0%\u00a0to\u00a035.0%)", "not shown", "not shown: see the notes"),
    )  # fmt: skip
    assert table.notes == (
        "200 discharges under every definition.",
        "Difference: “A” compared with “B”, by day 90. A minus sign means fewer than in the reference.",
        "In parentheses: 95% confidence interval.",
        "Range: lowest to highest value that agrees with the contacts; it is not a confidence interval.",
        "As an interval: The event is only known to lie after the last negative finding, up to the first "
        "positive.",
        "Two positives, own rule: Nobody is left.",
    )


def test_where_sizes_differ_they_stand_in_the_table() -> None:
    table = definitions_text.table(analysis(OWN, definition("two_positives@1", n=1190, risk=THIRD)))
    assert table.columns[1] == "Discharges"
    assert [row[1] for row in table.rows] == ["200", "1,190"]
    assert not any("under every definition" in note for note in table.notes)


def test_every_definition_is_told_in_full_with_its_source() -> None:
    told = definitions_text.meanings(analysis(OWN, definition("ctn0094_dropout@1", risk=THIRD)))
    assert told.items[1] == (
        "CTN-0094 dropout (`ctn0094_dropout@1`): The first four consecutive weeks with a result due and none "
        "obtained: dropout, not use. Missed contacts, own rule: Missing weeks are what is counted. Source: CTN-0094 team, "
        "as described by Odom et al. 2023, doi 10.1371/journal.pone.0291248."
    )


def test_what_the_data_cannot_serve_is_told_by_reason() -> None:
    told = definitions_text.not_run(
        analysis(
            OWN,
            left_out("claim_definite@1", "needs claims"),
            left_out("claim_probable@1", "needs claims"),
            left_out("first_use@1", "there is no negative finding", "interval"),
        )
    )
    assert told is not None
    assert told.items == (
        "Claim definite; Claim probable: needs claims.",
        "First use, as an interval: there is no negative finding.",
    )
    assert definitions_text.not_run(analysis(OWN)) is None


def test_no_other_definition_is_said() -> None:
    told = SECTIONS["definitions"].parts(analysis(OWN))
    assert [type(part) for part in told][:1] == [Text]
    assert told[0].paragraphs == (  # type: ignore[union-attr]
        "Only the study's own definition of relapse can be applied to these data, so they cannot show whether "
        "the conclusion depends on the definition.",
    )


def test_results_without_a_panel_say_so() -> None:
    told = SECTIONS["definitions"].parts(analysis([]))
    assert [str(part) for part in told] == ["The results hold no other definitions."]


def test_a_label_is_text_and_no_markup() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=FEWER, pair=("<b>A</b>", "B & C"))
    shown = "".join(part._repr_html_() for part in SECTIONS["definitions"].parts(analysis(own, definition("composite@1", risk=THIRD, difference=MORE, pair=("<b>A</b>", "B & C")))))  # fmt: skip
    assert "<b>A" not in shown
    assert "&lt;b&gt;A&lt;/b&gt;" in shown


def test_the_section_is_words_picture_table_and_lists() -> None:
    told = SECTIONS["definitions"].parts(
        analysis(OWN, definition("two_positives@1", risk=THIRD, difference=MORE))
    )
    assert [type(part).__name__ for part in told] == ["Text", "Picture", "Table", "Text"]
    assert isinstance(told[2], Table)
    assert not re.search(r"https?://", "".join(part._repr_html_() for part in told))
