"""What the report says of other definitions of relapse, word for word."""

import re

from stepdown.display.text_and_tables import Table, Text
from stepdown.report import first_look as sections
from stepdown.sections.definitions import text as panel
from support_definitions import analysis, definition, left_out

FEWER, OPEN, MORE = (-0.10, -0.15, -0.05), (-0.02, -0.08, 0.04), (0.08, 0.02, 0.14)
THIRD = (0.3, 0.25, 0.35)
OWN = definition("first_use@1", own=True, risk=THIRD, difference=FEWER)
LIMITS = "(−15.0\u00a0to\u00a0−5.0)"


def said(*parts: list[dict[str, object]], **words: str) -> tuple[str, ...]:
    return panel.found(analysis(*parts, **words)).paragraphs


def test_the_answer_is_the_same_under_all() -> None:
    told = said(
        OWN,
        definition("two_positives@1", risk=(0.1, 0.05, 0.15), difference=(-0.05, -0.09, -0.01)),
        definition("composite@1", risk=(0.4, 0.35, 0.45), difference=(-0.11, -0.16, -0.06)),
    )
    assert told == (
        "“A” against “B”: the answer is the same under every definition that gives one number. Under the "
        f"study's own definition (First use, its own rule) 10.0 fewer of 100 {LIMITS} relapsed by day 90 "
        "with “A”. Both others say the same: clearly fewer with “A”.",
        "Of all discharges, by day 90, 30.0% relapsed under the study's own definition and from 10.0% (Two "
        "positives, its own rule) to 40.0% (Composite, its own rule) under the 2 others that found any.",
        "This is a sensitivity analysis: it shows how far the answer rests on what counts as relapse. The "
        "definitions look at the same people, and often at the same findings: they do not confirm one "
        "another, and to count them is no test. The answer of this report stays that of the study's own "
        "definition.",
        "Clearly: the 95% interval leaves out no difference. Definitions with the very same difference are "
        "counted once. A group that is tested more often has more chances to meet a definition that asks for "
        "several findings, whatever its care did.",
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
        "“A” against “B”: the answer depends on the definition. Under the study's own definition (First use, "
        f"its own rule) 10.0 fewer of 100 {LIMITS} relapsed by day 90 with “A”. 1 of the 3 others that give "
        "one number says the same: clearly fewer with “A”. Of the rest, 1 (“Two positives, its own "
        "rule”) points clearly to more and 1 (“Composite, its own rule”) leaves open which has fewer."
    )
    assert told[1].endswith("(Composite, missed = positive) under the 4 others that found any.")
    assert told[2] == "“CTN-0094 dropout, its own rule” is no relapse: it is shown, and not counted here."


def test_an_own_answer_that_is_open_is_kept_by_others_that_are() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=OPEN)
    # An interval that ends at no difference holds it.
    told = said(own, definition("two_positives@1", risk=THIRD, difference=(0.01, 0.0, 0.07)))
    assert told[0].endswith(
        "The one other that gives a number says the same: that there may be no difference."
    )
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0].endswith(
        "The one other that gives a number does not say the same: that there may be no difference. Of the "
        "rest, 1 (“Two positives, its own rule”) points clearly to more."
    )


def test_many_names_are_left_to_the_table() -> None:
    rules = ("as_defined", "positive", "last", "ignored", "interval")
    others = [
        definition("two_positives@1", rule, risk=THIRD, difference=(0.08 + place / 100, 0.02, 0.2))
        for place, rule in enumerate(rules)
    ]
    told = said(OWN, *others)
    assert told[0].endswith(
        "None of the 5 others that give one number says the same: clearly fewer with “A”. Of the rest, 5 "
        "point clearly to more."
    )


def test_ranges_are_told_apart() -> None:
    ranged = definition("first_use@1", "interval", risk=(0.2, 0.4), difference=(-0.2, 0.1))
    told = said(OWN, ranged, definition("composite@1", risk=(0.2, 0.4), difference=(-0.2, -0.1)))
    assert told[0].endswith(
        "relapsed by day 90 with “A”. Of those that give only a range, without chance, 1 (“Composite, "
        "its own rule”) lies wholly on the side of fewer and 1 (“First use, as an interval”) leaves open which has "
        "fewer."
    )
    assert told[0].startswith("“A” against “B”. Under")
    own = definition("first_use@1", own=True, risk=(0.2, 0.4), difference=(-0.2, 0.1))
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0] == (
        "“A” against “B”. Under the study's own definition (First use, its own rule) only a range is known: "
        "−20.0 to +10.0 of 100 by day 90. Of the others, 1 (“Two positives, its own rule”) points clearly to "
        "more."
    )
    assert told[1] == (
        "Of all discharges, by day 90, between 20.0% and 40.0% relapsed under the study's own definition and "
        "30.0% under the other that found any (Two positives, its own rule)."
    )


def test_what_found_nothing_or_could_not_be_run_is_named() -> None:
    told = said(
        OWN,
        definition("readmission@1", risk=(0, float("nan"), float("nan")), events=0),
        definition("two_positives@1", n=None, reason="Nobody is left."),
    )
    assert told[0].endswith("No other definition tells how they differ.")
    assert not told[-1].startswith("Clearly:")
    assert told[2:4] == (
        "“Readmission, its own rule” found nothing by then: that may say more of records than of people.",
        "“Two positives, its own rule” could not be run; the notes of the table say why.",
    )


def test_where_the_own_comparison_fails() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, reason="An arm is empty.")
    told = said(own, definition("two_positives@1", risk=THIRD, difference=MORE))
    assert told[0] == (
        "“A” against “B”. Under the study's own definition (First use, its own rule) how they differ by day "
        "90 cannot be told. Of the others, 1 (“Two positives, its own rule”) points clearly to more."
    )


def test_without_a_comparison_only_the_risks_are_told() -> None:
    told = said(
        definition("first_use@1", own=True, risk=THIRD),
        definition("two_positives@1", risk=(0.1, 0.05, 0.15)),
        word="return to use",
        time_zero="randomization",
    )
    assert told[0] == (
        "Of all randomized, by day 90, 30.0% returned to use under the study's own definition and 10.0% under "
        "the other that found any (Two positives, its own rule)."
    )
    assert len(told) == 2


def test_after_a_landmark_it_says_whom() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=FEWER, start=14)
    other = definition("two_positives@1", risk=THIRD, difference=MORE, start=14)
    assert "relapsed by day 90 with “A”, among those relapse-free at day 14." in said(own, other)[0]


def test_the_table_holds_every_number_and_the_reasons() -> None:
    table = panel.table(
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
        "Difference, of 100",
    )
    assert table.rows == (
        ("First use, its own rule (the study's own)", "50", "30.0% (25.0%\u00a0to\u00a035.0%)", "not shown", f"−10.0 {LIMITS}"),
        ("First use, as an interval", "40", "20.0% to 40.0% (range)", "not shown: only a range of days is known", "−20.0 to +10.0 (range)"),
        ("Readmission, its own rule", "0", "none found", "none found", "none found"),
        ("Two positives, its own rule", "not shown", "not shown", "not shown", "not shown: see the notes"),
        ("CTN-0094 dropout, its own rule (no relapse)", "50", "30.0% (25.0%\u00a0to\u00a035.0%)", "not shown", "not shown: see the notes"),
    )  # fmt: skip
    assert table.notes == (
        "200 discharges under every definition.",
        "Difference: A against B, by day 90; minus signs mean fewer with the plan named first.",
        "In brackets: the 95% interval, where the true number may well lie.",
        "Range: the lowest and the highest that the contacts allow; it does not allow for chance.",
        "As an interval: The event is only known to lie after the last negative finding, up to the first "
        "positive.",
        "Two positives, its own rule: Nobody is left.",
    )


def test_where_sizes_differ_they_stand_in_the_table() -> None:
    table = panel.table(analysis(OWN, definition("two_positives@1", n=1190, risk=THIRD)))
    assert table.columns[1] == "Discharges"
    assert [row[1] for row in table.rows] == ["200", "1,190"]
    assert not any("under every definition" in note for note in table.notes)


def test_every_definition_is_told_in_full_with_its_source() -> None:
    told = panel.meanings(analysis(OWN, definition("ctn0094_dropout@1", risk=THIRD)))
    assert told.items[1] == (
        "CTN-0094 dropout (`ctn0094_dropout@1`): The first four consecutive weeks with a result due and none "
        "obtained: dropout, not use. Its own rule: Missing weeks are what is counted. Source: CTN-0094 team, "
        "as described by Odom et al. 2023, doi 10.1371/journal.pone.0291248."
    )


def test_what_the_data_cannot_serve_is_told_by_reason() -> None:
    told = panel.not_run(
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
    assert panel.not_run(analysis(OWN)) is None


def test_no_other_definition_is_said() -> None:
    told = sections.sensitivity(analysis(OWN))
    assert [type(part) for part in told][:1] == [Text]
    assert told[0].paragraphs == (  # type: ignore[union-attr]
        "These data can serve no other definition of relapse than the study's own, so nobody can tell from "
        "them how far the answer depends on it.",
    )


def test_results_without_a_panel_say_so() -> None:
    told = sections.sensitivity(analysis([]))
    assert [str(part) for part in told] == ["The results hold no panel of definitions."]


def test_a_label_is_text_and_no_markup() -> None:
    own = definition("first_use@1", own=True, risk=THIRD, difference=FEWER, pair=("<b>A</b>", "B & C"))
    shown = "".join(part._repr_html_() for part in sections.sensitivity(analysis(own, definition("composite@1", risk=THIRD, difference=MORE, pair=("<b>A</b>", "B & C")))))  # fmt: skip
    assert "<b>A" not in shown
    assert "&lt;b&gt;A&lt;/b&gt;" in shown


def test_the_section_is_words_picture_table_and_lists() -> None:
    told = sections.sensitivity(analysis(OWN, definition("two_positives@1", risk=THIRD, difference=MORE)))
    assert [type(part).__name__ for part in told] == ["Text", "Picture", "Table", "Text"]
    assert isinstance(told[2], Table)
    assert not re.search(r"https?://", "".join(part._repr_html_() for part in told))
