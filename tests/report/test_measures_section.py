"""The section on quality measures: words exact, tables from the results, empty states."""

from dataclasses import replace

import support_analysis
from stepdown.display.text_and_tables import Table
from stepdown.report.sections import SECTIONS
from stepdown.results import Analysis, MeasureWords, rows

Row = dict[str, object]
NBSP = "\u00a0"
SEEN = MeasureWords(
    name="seen@1", label="Seen soon", sentence="Stays followed by care.", not_verified="Days."
)
BACK = MeasureWords(
    name="back@1",
    label="Back again",
    sentence="Stays followed by a stay.",
    not_verified="Nothing to verify: own record.",
    lower=True,
    notes=("The cohort holds no age.",),
)


def row(statistic: str, value: float, **keys: object) -> Row:
    base: Row = {"analysis": "measures", "endpoint": "seen@1", "estimand": "measure", "time": 7}
    return base | {"statistic": statistic, "estimate": value} | keys


def rate(met: int, counted: int, **keys: object) -> list[Row]:
    value = met / counted if counted else float("nan")
    numbers = {"n": counted, "events": met, "conf_low": value - 0.1, "conf_high": value + 0.1}
    reason = "" if counted else "nobody is left"
    return [row("events", counted + 3, **keys), row("estimate", value, note=reason, **numbers, **keys)]


def some(*more: Row, measures: tuple[MeasureWords, ...] = (SEEN, BACK)) -> Analysis:
    found = [*rate(40, 80), row("removed", 2, term="Too young"), row("removed", 1, term="Open"), *more]
    wording = replace(support_analysis.WORDING, measures=measures, measures_version="2026.1")
    return Analysis(results=rows(found), wording=wording, provenance=support_analysis.PROVENANCE)


NOT_ESTIMATED = row("not_estimated", float("nan"), endpoint="back@1", time=None, note="back@1 needs stays.")


def said(a: Analysis) -> list[str]:
    return [str(part) for part in SECTIONS["quality"].parts(a) if not isinstance(part, Table)]


def tables(a: Analysis) -> list[Table]:
    return [part for part in SECTIONS["quality"].parts(a) if isinstance(part, Table)]


def test_the_sentences() -> None:
    first = said(some(NOT_ESTIMATED))[0].split("\n")
    assert first[0] == (
        "1 of 2 quality measures can be computed from these data (measure list version 2026.1). For example: "
        "Seen soon. 50.0% of 80 within 7\u00a0days (95% CI 40.0% to 60.0%)."
    )
    assert first[1].startswith(
        "Measures include every discharge or every start of care in the data, also those"
    )


def test_the_table() -> None:
    (table,) = tables(some(NOT_ESTIMATED))
    assert table.columns == ("Measure", "Time limit", "Numerator", "Denominator", "Rate (95% CI)", "Excluded")
    share = f"50.0% (40.0%{NBSP}to{NBSP}60.0%)"
    assert table.rows == (("Seen soon", f"7{NBSP}days", "40", "80", share, "3"),)


def test_the_list_names_reasons_and_what_was_not_verified() -> None:
    listed = said(some(NOT_ESTIMATED))[-1].split("\n")
    assert listed == [
        "Definition of each measure:",
        "Seen soon (`seen@1`): Stays followed by care. Excluded from 83 (7\u00a0days): 2 “Too young” and 1 “Open”. "
        "Not verified: Days.",
        "Back again (`back@1`): Stays followed by a stay. Not computed: back@1 needs stays. Nothing to "
        "verify: own record.",
    ]


def test_lower_is_better_day_0_and_notes() -> None:
    a = some(*rate(0, 5, endpoint="back@1", time=0))
    (table,) = tables(a)
    assert table.rows[1][:2] == ("Back again (lower is better)", "day 0")
    assert table.notes[-1] == "A higher rate is better, unless marked “lower is better”."
    assert "The cohort holds no age. Nothing to verify" in said(a)[-1]
    noted = tables(some(*rate(1, 2, endpoint="back@1")))[0].rows[1][4]
    assert noted == f"50.0% (40.0%{NBSP}to{NBSP}60.0%) (see its definition)"


def test_a_measure_with_a_note_is_no_example() -> None:
    wording = replace(support_analysis.WORDING, measures=(BACK,), measures_version="1")
    a = replace(some(), results=rows(rate(0, 5, endpoint="back@1")), wording=wording)
    assert said(a)[0].split("\n")[0].endswith("(measure list version 1).")


def test_a_measure_whose_number_is_hidden_is_no_example() -> None:
    gone = float("nan")
    hidden = [row("events", 83), row("estimate", gone, n=80, conf_low=gone, conf_high=gone)]
    wording = replace(support_analysis.WORDING, measures=(SEEN, BACK), measures_version="1")
    a = replace(some(), results=rows(hidden), wording=wording)
    assert said(a)[0].split("\n")[0].endswith("(measure list version 1).")
    # Of several time limits the first with a number.
    a = replace(some(), results=rows([*hidden, *rate(40, 80, time=30)]), wording=wording)
    assert "For example: Seen soon. 50.0% of 80 within 30\u00a0days" in said(a)[0]


def test_the_last_four_quarters_stand_on_the_page() -> None:
    names = ("2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1")
    more = [one for place, name in enumerate(names) for one in rate(place, 2 * place, quarter=name)]
    told = tables(some(*more))[1]
    assert told.columns == ("Measure", "2025Q2", "2025Q3", "2025Q4", "2026Q1")
    assert told.rows == ((f"Seen soon, 7{NBSP}days", "50.0% of 2", "50.0% of 4", "50.0% of 6", "50.0% of 8"),)
    assert "Quarters before 2025Q2 are in results.csv." in told.notes


def test_a_quarter_with_nobody_left_says_so() -> None:
    assert tables(some(*rate(0, 0, quarter="2026Q1")))[1].rows[0][1] == "no events"


def test_a_public_report_waits_for_the_last_time_limit_of_a_quarter() -> None:
    a = some(*rate(1, 4, quarter="2025Q4"), *rate(1, 2, time=30, quarter="2026Q1"))
    a = replace(a, wording=replace(a.wording, released="Rules."))
    table = tables(a)[1]
    assert table.columns == ("Measure", "2025Q4", "2026Q1")
    assert table.rows[0] == (f"Seen soon, 7{NBSP}days", "25.0% of 4", "not yet")
    assert (
        "Rate and denominator. A quarter is shown once the time limit of all its events has ended."
        in table.notes
    )


def test_sites_are_in_the_file() -> None:
    text = said(some(*rate(1, 2, site="01"), *rate(1, 2, site="02")))[1]
    assert text.startswith("Rates and confidence intervals of each of the 2 sites are in results.csv")


def test_nobody_left_is_no_share() -> None:
    wording = replace(support_analysis.WORDING, measures=(SEEN,), measures_version="1")
    a = replace(some(), results=rows(rate(0, 0)), wording=wording)
    assert tables(a)[0].rows[0][4] == "not shown: nobody is left"


def test_none_computed_and_none_asked_for() -> None:
    wording = replace(support_analysis.WORDING, measures=(BACK,), measures_version="1")
    a = replace(some(), results=rows([NOT_ESTIMATED]), wording=wording)
    texts = said(a)
    assert texts[0] == "No quality measure can be computed from these data; the list below gives the reasons."
    assert len(texts) == 2
    assert not tables(a)
    assert said(support_analysis.exact()) == ["The study asks for no quality measures."]


def test_reasons_for_leaving_are_a_table_where_one_is_recorded() -> None:
    def left(reason: str, events: int) -> Row:
        keys = {"estimand": "reason_for_leaving", "term": reason, "n": 5}
        return row("count", events, **keys)

    table = tables(some(left("left_against_advice", 3), left("not_recorded", 2)))[1]
    assert table.caption == "Reasons for leaving PHP and IOP, where recorded"
    assert table.rows == (
        ("Seen soon", "left against advice", "3", "5"),
        ("Seen soon", "not recorded", "2", "5"),
    )
    titles = [one.caption for one in tables(some(left("not_recorded", 5)))]
    assert "Reasons for leaving PHP and IOP, where recorded" not in titles


def test_deviations_stand_beside_the_meaning() -> None:
    word = replace(SEEN, deviations="Hospice is not looked at.")
    assert (
        "Differs from its source: Hospice is not looked at. Not verified: Days."
        in said(some(measures=(word,)))[-1]
    )
