"""Page one: the answer first, few words, and no number that the results do not hold."""

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest

import support_analysis
from stepdown.display.facts import Facts
from stepdown.display.section import Heading, Section, first_sentence
from stepdown.display.text_and_tables import Text
from stepdown.report.page import page
from stepdown.report.public_sections import parts_of
from stepdown.report.sections import SECTIONS, show
from stepdown.results import Analysis, Results, bind, rows
from stepdown.sections.page_one import text
from stepdown.sections.page_one.section import PAGE_ONE
from stepdown.sections.page_one.tables import key_numbers, quarters_beside
from support_cohort import draw
from support_page import Visible
from support_run import ARMS, analyzed

EXAMPLE = Path(__file__).resolve().parents[2] / "reports" / "example-internal" / "report.html"
FEWEST, MOST = 120, 900


@pytest.fixture(scope="module")
def example() -> str:
    return EXAMPLE.read_text(encoding="utf-8")


def test_the_answer_is_in_the_first_120_words(example: str) -> None:
    first = " ".join(Visible(example).words[:FEWEST])
    assert "29.1% of discharges had relapsed by day 90" in first
    assert "10.7 fewer relapses per 100 discharges (95% CI 5.6 to 15.8 fewer)" in first


def test_few_words_are_visible_before_anything_is_opened(example: str) -> None:
    assert len(Visible(example).words) <= MOST


def test_page_one_comes_before_the_contents_and_these_before_the_sections(example: str) -> None:
    marks = [
        'class="banner"',
        "<h1",
        "sd-answer",
        "Key numbers",
        "What this report cannot show",
        "<nav",
        "sd-section",
    ]
    body = example[example.index("<body") :]
    places = [body.index(mark) for mark in marks]
    assert places == sorted(places)


def test_every_section_is_folded_under_a_link_that_opens_it(example: str) -> None:
    links = re.findall(r'<li><a href="#([a-z_]+)">', example)
    folds = re.findall(
        r'<details class="sd-section">\n<summary><h2>[^<]+</h2><span class="sd-finding">[^<]+</span>'
        r'</summary>\n<div class="cell" id="([a-z_]+)">',
        example,
    )
    asked = [key for key in SECTIONS if key in links]
    assert links == folds == asked
    assert {"people", "trust", "decisions"} <= set(links)


def facts(a: Analysis) -> dict[str, str]:
    shown = (*text.head(a).facts, *text.explained(a).facts)
    return {name: " ".join(sentences) for name, sentences in shown}


def numbers(a: Analysis) -> dict[str, tuple[str, str]]:
    return {name: (result.replace("\u00a0", " "), among) for name, result, among in key_numbers(a).rows}


def whole(**more: object) -> dict[str, object]:
    base = {"analysis": "whole_cohort", "statistic": "estimate", "unit": "probability", "time": 90}
    return {**base, "estimate": 0.5, "conf_low": 0.4, "conf_high": 0.6, "n": 100, **more}


def added(a: Analysis, *records: dict[str, object]) -> Analysis:
    return replace(a, results=bind([a.results, list(records)]))


def test_provisional_and_final() -> None:
    followed = {"estimand": "followed", "statistic": "complete", "time": 90, "n": 600, "unit": "discharges"}
    late = added(support_analysis.exact(), followed | {"estimate": 450})
    assert facts(late)["Status"] == ("Provisional: 150 of 600 discharges lack 90 days before the data cut")
    done = added(support_analysis.exact(), followed | {"estimate": 600})
    assert facts(done)["Status"] == "Final: every discharge had 90 days before the data cut"


def test_key_numbers_are_those_of_the_results() -> None:
    a = added(
        support_analysis.exact(),
        whole(estimand="outcome_known", estimate=0.9, n=500),
        whole(estimand="risk_bound", statistic="lost", estimate=41),
        whole(estimand="risk_bound", statistic="none", estimate=0.25),
        whole(estimand="risk_bound", statistic="all", estimate=0.35),
        whole(analysis="measures", estimand="measure", endpoint="appointment_booked@1", time=0, n=640),
        whole(analysis="measures", estimand="measure", endpoint="appointment_booked@1", time=0, site="A"),
        *(whole(estimand="care_started", term="iop or php", time=day, n=600) for day in (7, 14)),
        whole(
            estimand="care_started", term="iop or php", time=30, estimate=np.nan, n=0, note="no one was due"
        ),
    )
    found = numbers(a)
    assert found["Discharges included"] == ("600", "640 in the data")
    assert found["Outcome known by day 90"] == ("90.0%", "500 with 90 days before the data cut")
    assert found["Best to worst case, day 90"] == (
        "25.0% to 35.0%",
        "if none or all of 41 lost to follow-up relapsed",
    )
    assert found["Appointment booked before discharge"] == ("50.0% (40.0% to 60.0%)", "640 residential stays")
    assert found["Started IOP or PHP within 7 days"] == ("50.0% (40.0% to 60.0%)", "600 discharges")
    assert found["Started IOP or PHP within 30 days"] == ("not shown", "no one was due")


def test_what_is_not_recorded_is_not_shown_with_its_reason() -> None:
    found = numbers(support_analysis.exact())
    assert found["Appointment booked before discharge"] == ("not shown", "not recorded, or not asked for")
    assert found["Started IOP or PHP after discharge"] == ("not shown", "The results hold no care.")
    why = {"estimand": "level_started", "statistic": "not_estimated", "note": "The cohort holds no services."}
    bare = added(support_analysis.exact(), {"analysis": "whole_cohort"} | why)
    assert numbers(bare)["Started IOP or PHP after discharge"] == (
        "not shown",
        "The cohort holds no services.",
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.01, 0.052, "(95% CI −1.0 to +5.2): no more than chance explains."),
        (0.004, 0.052, "(95% CI +0.4 to +5.2): more than chance alone explains."),
        (np.nan, np.nan, "(no confidence interval)."),
    ],
)
def test_the_change_from_last_quarter(low: float, high: float, said: str) -> None:
    name = "Change from last quarter"
    assert facts(support_analysis.exact())[name] == "Not shown: this report does not compare quarters."
    change = whole(
        analysis="quarters", estimand="change", term="risk", statistic="difference", estimate=0.021
    )
    change |= {"quarter": "2026Q3", "reference": "2026Q2", "conf_low": low, "conf_high": high}
    assert facts(added(support_analysis.exact(), change))[name] == (
        f"From 2026Q2 to 2026Q3, the risk of relapse by day 90 rose by 2.1 percentage points {said}"
    )


def of_quarter(a: Analysis, *records: dict[str, object], quarter: str = "2026Q3") -> Analysis:
    return added(replace(a, wording=replace(a.wording, quarter=quarter)), *records)


def series(
    quarter: str, estimate: float, *, term: str = "risk", time: int = 90, **more: object
) -> dict[str, object]:
    keys = {"analysis": "quarters", "estimand": "series", "term": term, "time": time, "quarter": quarter}
    return whole(**keys, estimate=estimate, **more)


PROVISIONAL = {"variant": "maturity=provisional"}
_WAITING = {"estimand": "followed", "statistic": "complete", "time": 90, "unit": "discharges", "estimate": 2}


def test_a_provisional_quarter_says_so_and_gives_the_last_complete_one() -> None:
    changed = whole(
        analysis="quarters", estimand="change", term="risk", statistic="difference", estimate=-0.004,
        quarter="2026Q1", reference="2025Q4", conf_low=-0.1, conf_high=0.1, level="complete",
    )  # fmt: skip
    a = of_quarter(
        support_analysis.exact(), _WAITING | {"n": 120}, changed, series("2026Q1", 0.266),
        series("2026Q2", 0.3, **PROVISIONAL),
    )  # fmt: skip
    answer = text.answer(a)
    assert answer.heading.startswith("2026Q3, provisional: ")
    assert answer.paragraphs[1:3] == (
        "2 of its 120 discharges had 90 days before the data cut, so this will change.",
        "2026Q1 is the last quarter complete to day 90: 26.6% had relapsed (95% CI 40.0% to 60.0%).",
    )
    assert facts(a)["Change from last quarter"] == (
        "Not known yet for 2026Q3. Complete quarters: from 2025Q4 to 2026Q1, the risk of relapse by day 90 fell by "
        "0.4 percentage points (95% CI −10.0 to +10.0): no more than chance explains."
    )
    so_far = added(a, changed | {"quarter": "2026Q3", "reference": "2026Q2", "level": "", **PROVISIONAL})
    assert facts(so_far)["Change from last quarter"].startswith(
        "Not known yet for 2026Q3. Complete quarters: "
    )
    final = of_quarter(support_analysis.exact(), _WAITING | {"estimate": 120, "n": 120})
    assert "provisional" not in text.answer(final).heading
    assert "so this will change" not in " ".join(text.answer(final).paragraphs)


def test_a_complete_quarter_of_a_public_report_is_final_though_its_count_is_hidden() -> None:
    hidden = _WAITING | {"estimate": np.nan, "n": np.nan}
    released = {"released": "Rules."}
    done = of_quarter(support_analysis.exact(), hidden, series("2026Q3", 0.277))
    done = replace(done, wording=replace(done.wording, **released))
    assert facts(done)["Status"] == "Final: every discharge had 90 days before the data cut"
    assert "provisional" not in text.answer(done).heading
    assert "will change" not in " ".join(text.answer(done).paragraphs)
    late = of_quarter(support_analysis.exact(), hidden, series("2026Q2", 0.277))
    late = replace(late, wording=replace(late.wording, **released))
    assert facts(late)["Status"] == "Provisional: not every discharge had 90 days before the data cut"
    assert text.answer(late).heading.startswith("2026Q3, provisional: ")
    assert "Not all of its discharges had 90 days before the data cut, so this will change." in (
        text.answer(late).paragraphs
    )


def test_all_quarters_are_complete_where_every_share_is_1() -> None:
    hidden = _WAITING | {"estimate": np.nan, "n": np.nan}
    shares = [
        {
            "estimand": "observable",
            "statistic": "estimate",
            "time": 90,
            "quarter": f"2026Q{k}",
            "estimate": 1.0,
        }
        for k in (1, 2)
    ]
    assert facts(added(support_analysis.exact(), hidden, *shares))["Status"].startswith("Final: ")
    shares[1]["estimate"] = np.nan
    assert facts(added(support_analysis.exact(), hidden, *shares))["Status"].startswith(
        "Provisional: not every"
    )


def test_how_many_were_lost_may_not_be_shown() -> None:
    lost = {"estimand": "followed", "statistic": "lost", "time": 90, "estimate": np.nan, "n": np.nan}
    table = support_analysis.exact().results.table
    table = table[~((table["estimand"] == "followed") & (table["statistic"] == "lost"))]
    a = added(replace(support_analysis.exact(), results=Results(table)), lost)
    assert (
        "How many were lost to follow-up before day 90 is not shown. The risk assumes that they had the same risk "
        "as those followed." in facts(a)["What this report cannot show"]
    )


def test_a_quarter_stands_beside_the_four_before_it() -> None:
    counts = whole(analysis="quarters", estimand="recorded", term="discharges", statistic="count")
    rows_of = [
        *(series(f"2025Q{k}", 0.2 + k / 100) for k in (1, 2, 3, 4)),
        series("2026Q1", 0.31),
        series("2026Q2", np.nan, **PROVISIONAL),
        series("2026Q3", 0.4),
        series("2026Q2", 0.15, term="early_risk", time=30, **PROVISIONAL),
        series("2026Q2", np.nan, term="started_care", time=14, status="withheld"),
        counts | {"quarter": "2026Q2", "estimate": 1137},
    ]
    table = quarters_beside(of_quarter(support_analysis.exact(), *rows_of, quarter="2026Q2"))
    assert table is not None
    assert table.caption == "2026Q2 and the 4 quarters before it"
    assert table.columns == ("", "2026Q2", "2026Q1", "2025Q4", "2025Q3", "2025Q2")
    assert table.rows == (
        ("Discharges", "1,137", "", "", "", ""),
        ("Relapsed by day 90", "not yet", "31.0%", "24.0%", "23.0%", "22.0%"),
        ("Relapsed by day 30", "15.0%*", "", "", "", ""),
        ("Started IOP or PHP within 14 days", "not shown", "", "", "", ""),
    )
    assert table.notes == (
        "* Provisional: some discharges lack the days at the data cut. “Quarter by quarter” has the intervals.",
    )
    assert quarters_beside(support_analysis.exact()) is None
    two = quarters_beside(of_quarter(support_analysis.exact(), series("2026Q2", 0.2), series("2026Q3", 0.4)))
    assert two is not None
    assert two.caption == "2026Q3 and the quarter before it"
    ranges = quarters_beside(of_quarter(support_analysis.interval(), series("2026Q3", 0.4)))
    assert ranges is not None
    assert ranges.notes == (
        "Where contacts show only an interval, a relapse counts on the last day on which it can have begun.",
    )


def check(statistic: str, **more: object) -> dict[str, object]:
    return {"analysis": "landmark_14", "estimand": "check", "statistic": statistic, **more}


def test_a_comparison_with_its_design_in_plain_words() -> None:
    a = support_analysis.exact()
    assert (
        text.answer(a)
        .paragraphs[-1]
        .startswith("By day 90, among those still followed and relapse-free at day 14, there were ")
    )
    assert (
        text.answer(a)
        .paragraphs[-1]
        .endswith(" with “IOP or PHP within 14 days” than with “No step-down within 14 days”.")
    )
    assert facts(a)["How the plans are compared"].startswith(
        "Groups are read on day 14, among those still followed and event-free then, and are followed from that day."
    )
    assert facts(a)["What this report cannot show"].endswith("That alone could produce such a difference.")


def test_a_flagged_comparison_has_its_warning() -> None:
    a = added(
        support_analysis.exact(), check("warning", term="balance", note="They differ in age. Adjust for it.")
    )
    assert text.answer(a).paragraphs[-1] == (
        "One check of this comparison gave a warning or failed: see [[trust|Can this be trusted?]] before relying on it."
    )
    assert facts(a)["Warnings of the checks"] == "They differ in age."
    public = replace(a, wording=replace(a.wording, released="Prepared under stated disclosure rules."))
    assert facts(public)["Warnings of the checks"] == (
        "After the adjustment, a characteristic still differs between the groups by more than the limit. "
        "The numbers of the checks are in the internal report."
    )
    more = added(public, *(check("warning", term=name, note="") for name in ("overlap", "calendar", "loss")))
    assert facts(more)["Warnings of the checks"].endswith(
        " “Can this be trusted?” has 2 more. The numbers of the checks are in the internal report."
    )


def test_a_withheld_comparison_has_its_reason_and_no_number() -> None:
    gates = [
        check("withheld", level="gate", term=name, note=f"Too few {name}.") for name in ("events", "a", "b")
    ]
    a = added(support_analysis.exact(), *gates)
    assert text.answer(a).paragraphs[1:] == (
        "The comparison of “IOP or PHP within 14 days” and “No step-down within 14 days” is withheld: these data are "
        "not enough to trust it.",
        "Too few events.",
        "Too few a.",
        "[[trust|Can this be trusted?]] gives the other reasons.",
    )
    public = replace(a, wording=replace(a.wording, released="Rules."))
    arms = next(part for part in parts_of(SECTIONS["arms"], public) if isinstance(part, Text))
    assert arms.paragraphs[1:3] == (
        "The comparison of “IOP or PHP within 14 days” and “No step-down within 14 days” is withheld: these data are "
        "not enough to trust it.",
        "[[trust|Can this be trusted?]] gives the reasons.",
    )
    assert "How the plans are compared" not in facts(a)
    assert facts(a)["What this report cannot show"].endswith("It does not show what the plans of care did.")


def test_without_a_comparison_and_without_exact_days() -> None:
    a = support_analysis.interval()
    answer = text.answer(a)
    assert answer.heading.startswith("Between ")
    assert answer.paragraphs[-1] == "This report does not compare plans of care."
    assert facts(a)["What this report cannot show"].endswith("no groups are compared.")
    assert [name for name in numbers(a) if name.endswith("lowest to highest")] == [
        "Relapsed by day 30, lowest to highest",
        "Relapsed by day 90, lowest to highest",
    ]


def test_best_and_worst_case_are_named_only_where_they_are_shown() -> None:
    lost = (
        whole(analysis="", estimand="followed", statistic="lost", estimate=41, n=600),
        whole(estimand="risk_bound", statistic="lost", estimate=41, n=600),
    )
    ends = (whole(estimand="risk_bound", statistic=one, estimate=0.3) for one in ("none", "all"))
    said = "Lost to follow-up before day 90: 41 of 600. The risk assumes that they had the same risk as those followed"
    a = added(support_analysis.interval(), *lost)
    assert f"{said}." in facts(a)["What this report cannot show"]
    assert "Best to worst case, day 90" not in numbers(a)
    a = added(a, *ends)
    assert (
        f"{said}; best and worst case show how much depends on it."
        in facts(a)["What this report cannot show"]
    )
    names = [*numbers(a)]
    place = names.index("Relapsed by day 90, lowest to highest")
    assert names[place + 1] == "Best to worst case, day 90"


def test_people_randomized_are_counted_as_such() -> None:
    a = support_analysis.baseline()
    assert "of admissions had returned to use by day 90" in text.answer(a).heading
    assert "What counts as return to use" in facts(a)


def test_the_first_sentence_is_one_that_says_something() -> None:
    assert (
        first_sentence((Text(("With care. The comparison is shown. More.",)),))
        == "With care. The comparison is shown."
    )
    assert first_sentence((Text(("By day 90, 23.4% relapsed. Then more.",)),)) == "By day 90, 23.4% relapsed."
    assert first_sentence(()) == ""


# Who started IOP or PHP: a on day 0, b on day 7 after a relapse on day 3, c on day 8, d came to outpatient care
# only, e missed the session. f started on day 20, but the data cut is 10 days after the discharge: f is due on
# day 7 alone. So 2 of 6 by day 7, 3 of 5 by day 14 and by day 30.
DRAWN = """
a: stay -28..0 | follow 0..90 | iop 0
b: stay -28..0 | follow 0..90 | + 3 | php 7
c: stay -28..0 | follow 0..90 | iop 8
d: stay -28..0 | follow 0..90 | outpatient 2
e: stay -28..0 | follow 0..90 | iop 5 missed
f: stay 52..80 | follow 80..90 | iop 100
"""


def test_the_share_that_started_is_counted_by_hand(tmp_path: Path) -> None:
    a = analyzed(draw(DRAWN, data_cut=90), tmp_path)
    found = a.results.where(estimand="care_started").table
    assert [tuple(row) for row in found[["time", "events", "n"]].to_numpy()] == [
        (7, 2, 6),
        (14, 3, 5),
        (30, 3, 5),
    ]
    assert found["estimate"].tolist() == pytest.approx([2 / 6, 3 / 5, 3 / 5])
    # Wilson's interval of 3 of 5.
    assert found["conf_low"].iloc[1] == pytest.approx(0.2307, abs=1e-4)
    assert found["conf_high"].iloc[1] == pytest.approx(0.8824, abs=1e-4)
    known = a.results.where(analysis="whole_cohort", estimand="outcome_known").table
    assert known[["estimate", "n"]].to_numpy().tolist() == [[1.0, 5.0]]
    assert facts(a)["Status"] == ("Provisional: 1 of 6 discharges lacks 90 days before the data cut")
    assert text.answer(a).paragraphs[-1] == "This report does not compare plans of care."


def test_a_risk_that_a_public_report_hides_is_not_said_to_be_unknown() -> None:
    hidden = rows(
        [whole(estimand="risk", cause="relapse", estimate=np.nan, conf_low=np.nan, conf_high=np.nan)]
    )
    a = support_analysis.exact()
    public = replace(a, results=hidden, wording=replace(a.wording, released="Rules."))
    assert text.answer(public).paragraphs[0] == "The risk of relapse is not shown: small numbers."
    assert text.answer(replace(a, results=hidden)).paragraphs[0] == (
        "The risk of relapse is not identifiable from these data."
    )


def test_a_change_that_is_missing_between_quarters_says_why() -> None:
    series = {
        "analysis": "quarters",
        "estimand": "series",
        "statistic": "estimate",
        "term": "risk",
        "time": 90,
    }
    a = added(support_analysis.exact(), series | {"quarter": "2025Q3"}, series | {"quarter": "2025Q4"})
    assert facts(a)["Change from last quarter"] == (
        "Not shown: one of the two quarters is missing, small, or not followed long enough."
    )
    assert facts(support_analysis.exact())["Change from last quarter"] == (
        "Not shown: this report does not compare quarters."
    )


def test_where_nobody_was_followed_page_one_says_so() -> None:
    lost = {
        "estimand": "followed",
        "unit": "discharges",
        "time": 90,
        "n": 600,
        "statistic": "lost",
        "estimate": 600,
    }
    left = rows([*support_analysis.flow(support_analysis.STEPS), lost])
    a = replace(support_analysis.interval(), results=left)
    assert str(text.answer(a)).splitlines() == [
        "The risk of relapse by day 90 is not shown",
        "The risk of relapse is not identifiable from these data.",
        "This report does not compare plans of care.",
    ]
    assert "Lost to follow-up before day 90: 600 of 600." in facts(a)["What this report cannot show"]
    assert list(numbers(a)) == [
        "Discharges included", "Appointment booked before discharge", "Started IOP or PHP after discharge",
    ]  # fmt: skip


def test_of_30_discharges_the_risk_has_its_interval_and_the_plans_are_compared(tmp_path: Path) -> None:
    lines = [
        f"c{place}: stay -28..0 | follow 0..90{' | + 40' if place % 3 == 0 else ''}{' | iop 4' if place % 2 else ''}"
        for place in range(30)
    ]
    a = analyzed(draw("\n".join(lines), data_cut=90), tmp_path, more=ARMS)
    # Without an event among 30: at most 1 - 0.05^(1/30) = 9.5%.
    assert text.answer(a).heading == "33.3% of discharges had relapsed by day 90"
    assert (
        text.answer(a)
        .paragraphs[0]
        .startswith(
            "0.0% of discharges had relapsed by day 30 (95% CI 0.0% to 9.5%) and 33.3% by day 90 (95% CI "
        )
    )
    assert (
        text.answer(a)
        .paragraphs[1]
        .startswith(
            "By day 90, among those still followed and relapse-free at day 14, there were no more and no fewer relapses "
        )
    )
    assert facts(a)["Status"] == "Final: every discharge had 90 days before the data cut"


def made(*headings: Heading | Text) -> str:
    new = nbformat.v4
    data = [new.new_output("display_data", {"text/html": one._repr_html_()}) for one in headings]
    cells = [new.new_markdown_cell("# Title"), new.new_code_cell("show()", outputs=data)]
    return page(new.new_notebook(cells=cells), title="T")


def test_sections_are_folded_from_heading_to_heading() -> None:
    first = Heading(key="a", heading="A <b>", finding="One was found.", paragraphs=("Why.",))
    again = Heading(key="a", heading="A again")
    shown = made(Text(("Before.",)), first, Text(("One was found. Then more.",)), again)
    body = shown[shown.index("<h1") : shown.index("</main>")]
    assert '<li><a href="#a">A &lt;b&gt;</a></li><li><a href="#a-2">A again</a></li>' in body
    assert (
        '<summary><h2>A &lt;b&gt;</h2><span class="sd-finding">One was found.</span></summary>\n'
        '<div class="cell" id="a"><p>Why.</p>\n<div class="sd-text sd-plain"><p>Then more.</p></div></div>\n</details>'
    ) in body
    assert body.index("Before.") < body.index("<nav") < body.index("<details")
    assert body.count("Show the code") == 1


def test_a_page_without_sections_has_no_contents() -> None:
    assert "<nav" not in made(Text(("Only this.",)))


@pytest.mark.parametrize(
    "make", [support_analysis.exact, support_analysis.interval, support_analysis.baseline]
)
def test_page_one_holds_no_missing_number(make: object) -> None:
    shown = " ".join(part._repr_html_() for part in PAGE_ONE.show(make()))  # type: ignore[operator]
    assert "nan" not in re.sub("<[^>]+>", " ", shown).lower()
    assert len(Visible(f"<p>{shown}</p>").words) < 600


def test_of_a_public_report_a_missing_number_has_its_reason() -> None:
    a = support_analysis.exact()
    table = a.results.table.copy()
    table.loc[table["estimand"].isin(["flow", "risk"]), ["estimate", "conf_low", "conf_high"]] = np.nan
    a = replace(a, results=Results(table), wording=replace(a.wording, released="Rules."))
    head = show(a, "people")[0]
    assert isinstance(head, Heading)
    assert head.finding == "Not shown: small numbers."
    answer = next(part for part in show(a, "page_one") if isinstance(part, Text) and part.kind == "answer")
    assert answer.heading == "The risk of relapse by day 90 is not shown"
    lost = [("Losses", ("Of 600 not shown were lost.",))]
    section = Section(key="a", title="A", parts=lambda a: (Facts(tuple(lost)),))
    (shown,) = parts_of(section, a)
    assert str(shown) == "Losses: Of 600 (not shown: small numbers) were lost."


def test_every_section_has_a_finding_of_one_sentence() -> None:
    a = support_analysis.exact()
    heads = [one.show(a)[0] for one in SECTIONS.values() if one.key != "page_one" and one.show(a)]
    for head in heads:
        assert isinstance(head, Heading)
        assert 3 <= len(head.finding.split()) <= 45, head.key
