"""Groups, exclusions, notes and refusals of measures, and laws that hold for any cohort."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.cohort.measures import measure, measure_all
from stepdown.errors import DesignError
from stepdown.schema import Cohort, Measure, read_care_rules, read_measures
from support_cohort import draw

pytestmark = pytest.mark.slow

REGISTRY = read_measures()
SESSION = REGISTRY["first_session"]
TWO_SITES = """
a: stay -28..0 | iop 3 | site_id A
a: stay 40..60 | iop 70 | site_id A
b: stay -28..0 | iop 20 | site_id B
c: stay -28..0 | iop 3 | discharge_reason died | site_id B
d: stay -28..0
e: stay -28..80 | iop 81 | site_id A
"""


def changed(spec: Measure, **keys: object) -> Measure:
    return Measure.model_validate(spec.model_dump() | keys)


def test_rates_by_site_and_quarter_with_every_event_told_once() -> None:
    quarters = ["2026Q1", "2026Q2", "2026Q1", "2026Q1", None, "2026Q2"]
    result = measure(draw(TWO_SITES, data_cut=100, quarter=quarters), SESSION)
    table = result.table[result.table["window"] == 14]
    counts = {
        (row.site_id, row.quarter): (row.events, row.excluded, row.denominator, row.numerator, row.clients)
        for row in table.itertuples()
    }
    assert counts == {
        ("", ""): (6, 2, 4, 2, 3),
        ("A", ""): (3, 1, 2, 2, 1),
        ("B", ""): (2, 1, 1, 0, 1),
        ("not known", ""): (1, 0, 1, 0, 1),
        ("", "2026Q1"): (3, 1, 2, 1, 2),
        ("", "2026Q2"): (2, 1, 1, 1, 1),
        ("", "not known"): (1, 0, 1, 0, 1),
    }
    reasons = result.exclusions.query("window == 14 and site_id == '' and quarter == ''")
    assert list(
        zip(reasons["step"], reasons["reason"], reasons["removed"], reasons["left"], strict=True)
    ) == [
        (1, "Followed by another stay within 1 day", 0, 6),
        (2, "Died during the stay, or left into custody", 1, 5),
        (3, "30 days not complete at the data cut", 1, 4),
    ]
    assert result.method == "Wilson, with the design effect of clients who count several times"


def test_rates_by_each_quarter_of_each_site() -> None:
    quarters = ["2026Q1", "2026Q2", "2026Q1", "2026Q1", None, "2026Q2"]
    cohort = draw(TWO_SITES, data_cut=100, quarter=quarters)
    result = measure(cohort, SESSION, crossed=True)
    table = result.table[result.table["window"] == 14]
    both = table[(table["site_id"] != "") & (table["quarter"] != "")]
    counts = {
        (row.site_id, row.quarter): (row.events, row.excluded, row.denominator, row.numerator, row.clients)
        for row in both.itertuples()
    }
    assert counts == {
        ("A", "2026Q1"): (1, 0, 1, 1, 1),
        ("A", "2026Q2"): (2, 1, 1, 1, 1),
        ("B", "2026Q1"): (2, 1, 1, 0, 1),
        ("not known", "not known"): (1, 0, 1, 0, 1),
    }
    without = measure(cohort, SESSION).table
    pd.testing.assert_frame_equal(
        result.table[(result.table["site_id"] == "") | (result.table["quarter"] == "")].reset_index(
            drop=True
        ),
        without,
    )
    left = result.exclusions.query("window == 14 and site_id == 'B' and quarter == '2026Q1'")
    assert left["removed"].tolist() == [0, 1, 0]


def test_groups_that_nobody_has_are_left_out() -> None:
    result = measure(draw("a: stay -28..0 | iop 3", data_cut=100), SESSION)
    assert result.table[["site_id", "quarter"]].drop_duplicates().values.tolist() == [["", ""]]


def test_without_a_data_cut_the_end_of_follow_up_stands_for_it() -> None:
    text = """
    a: stay -28..0 | iop 3 | follow 0..30
    b: stay -28..0 | iop 3 | follow 0..29
    c: stay -28..0 | iop 3 | follow 0..10 lost
    d: stay -28..0 | follow 0..10 lost | follow 20..29
    """
    result = measure(draw(text), SESSION, by=())
    assert result.table["denominator"].tolist() == [2, 2, 2]
    assert result.notes[-1] == (
        "No data cut is stated: a window is complete where the client's follow-up, ended by the data cut, reaches "
        "its last day. Events without such an end, kept: 1."
    )
    assert measure(draw(text), SESSION, by=(), data_cut=29).table["denominator"].tolist() == [0, 0, 0]
    assert measure(draw(text), SESSION, by=(), data_cut=30).table["denominator"].tolist() == [4, 4, 4]


def test_an_age_that_is_not_known_leaves_nobody_out_and_is_said() -> None:
    text = "a: stay -28..0 | iop 3 | age 17\nb: stay -28..0 | iop 3"
    result = measure(draw(text, data_cut=100), REGISTRY["cbe_3453"], by=())
    assert result.table["denominator"].tolist() == [1, 1]
    assert result.notes[-1] == "Younger than 18: kept 1 whose age is missing or a band across the limit."
    nothing = measure(draw("a: stay -28..0 | iop 3", data_cut=100), REGISTRY["cbe_3453"], by=())
    assert "Younger than 18: the cohort holds no age, so this is not checked." in nothing.notes


def test_an_age_band_is_used_where_it_tells() -> None:
    cohort = draw(
        "\n".join(f"{name}: stay -28..0 | iop 3" for name in "abcde"),
        data_cut=100,
        age_band=["12-17", "18-20", "55-64", "65+", None],
    )
    both = measure(cohort, REGISTRY["cbe_3590"], by=())
    assert both.exclusions["removed"].tolist()[1] == 2
    assert any("kept 1 whose age" in note for note in both.notes)
    thirteen = measure(cohort, REGISTRY["fui"], by=())
    assert thirteen.table["denominator"].tolist() == [5, 5]
    assert "Younger than 13: kept 2 whose age is missing or a band across the limit." in thirteen.notes


def test_new_care_takes_site_and_age_from_the_last_stay_begun_and_its_own_quarter() -> None:
    text = """
    a: stay -328..-300 | site_id A | outpatient 5..6 medication
    a: stay 100..128 | site_id B | outpatient 130..131 medication | outpatient -60 medication
    """
    spec = changed(REGISTRY["medication_180@1"], exclusions=[{"name": "cut", "rule": "open_window"}])
    cohort = draw(text, data_cut=1000, quarter=["2020Q1", "2020Q1"])
    table = measure(cohort, spec).table
    assert table[["site_id", "events"]].values.tolist() == [["", 3], ["A", 2], ["B", 1]]
    # Who was discharged before day 0 was admitted before it, whether or not the day is known.
    admit = pd.Series([-328, None], dtype="Int64")
    unknown = replace(cohort, discharges=cohort.discharges.assign(admit_day=admit))
    assert measure(unknown, spec).table[["site_id", "events"]].equals(table[["site_id", "events"]])
    # On a clock of dates the quarter is that of day 0: days -60, 5 and 130 after 1970-01-01.
    dated = measure(replace(cohort, clock="date"), spec, by=("quarter",)).table
    assert dated["quarter"].tolist() == ["", "1969Q4", "1970Q1", "1970Q2"]
    safe = replace(cohort, clock="date", basis="safe_harbor")
    assert measure(safe, spec, by=("quarter",)).table["quarter"].tolist() == [""]


def test_what_a_cohort_lacks_is_said() -> None:
    bare = draw("a: stay -28..0 | iop 3", data_cut=100)
    results, missing = measure_all(bare, REGISTRY, by=())
    assert missing == {
        "cbe_3312@2": "cbe_3312@2 counts nothing here: the cohort holds no event of its denominator.",
        "iop_hours@1": "iop_hours@1 needs services.hours, which the cohort lacks. Map it in the cohort file.",
        "medication_180@2": (
            "medication_180@2 needs services.kind or services.medication, which the cohort lacks. Map one of them in "
            "the cohort file."
        ),
        "appointment_booked@1": (
            "appointment_booked@1 needs appointment_scheduled, which the discharges lack. Map it in the cohort file."
        ),
        "records_sent@1": (
            "records_sent@1 needs records_transferred, which the discharges lack. Map it in the cohort file."
        ),
    }
    notes = {result.measure.id: result.notes for result in results}
    assert "The cohort holds no kind of service, so medication is not credited." in notes["cbe_3453"]
    assert (
        "The cohort holds no kind of service, so drug_test, mutual_help could not be left out."
        in notes["fui"]
    )
    assert notes["readmission"] == (
        "The cohort holds no second stay of a client and no finding of an admission: it may be unable to show any.",
    )
    empty = draw("a: stay -28..0", data_cut=100)
    drawn = draw("a: stay -28..0 | iop 3 3h", data_cut=100)
    of_services = changed(SESSION, numerator={"credits": [{"from": "services"}]})
    of_kinds = changed(SESSION, numerator={"credits": [{"from": "services", "kinds": ["group"]}]})
    for cohort, spec, by, words in (
        (
            empty, SESSION, (),
            "first_session@2 needs services, or episodes of PHP, IOP or outpatient care among the discharges, and the "
            "cohort holds none. Map them in the cohort file.",
        ),
        (
            empty, of_services, (),
            "first_session@2 needs services, and the cohort holds none. Map a table of services.",
        ),
        (
            drawn, of_kinds, (),
            "first_session@2 needs services.kind, which the cohort lacks. Map it in the cohort file.",
        ),
        (bare, SESSION, ("age",), "by may hold site_id, quarter and level. Leave out anything else."),
    ):  # fmt: skip
        with pytest.raises(DesignError) as caught:
            measure(cohort, spec, by=by)
        assert str(caught.value) == words


def test_words_about_what_the_data_do_not_identify() -> None:
    given = draw("a: stay -28..0 | iop 3 medication | - 5", data_cut=100)
    of_modality = changed(SESSION, numerator={"credits": [{"from": "services", "modalities": ["virtual"]}]})
    assert measure(given, of_modality, by=()).notes == (
        "The cohort holds no modality, so virtual is not credited.",
    )
    assert measure(given, REGISTRY["medication_180"], by=()).notes[0] == (
        "The cohort holds no names of medications, so those for other substances are not left out, and supply is not "
        "added up."
    )
    assert (
        "The cohort holds no names of medications, so a long-acting one counts like any other."
        in measure(given, REGISTRY["iet_engagement"], by=()).notes
    )
    dead = changed(SESSION, exclusions=[
        {"name": "Died", "rule": "died", "same_year": True}, {"name": "Open", "rule": "open_window"},
    ])  # fmt: skip
    assert measure(given, dead, by=()).notes == (
        "Days are not dates here: a death in the same year, but after the window, is not seen.",
    )


def test_why_clients_left_is_counted_where_an_episode_states_it() -> None:
    text = """
    a: stay -28..0
    a: stay 5..40 iop | discharge_reason left_against_advice
    b: stay -28..0 | iop 5
    c: stay -28..0 | outpatient 9
    d: stay -28..0
    d: stay 5..40 iop | discharge_reason completed
    d: stay 41..90 outpatient
    e: stay -28..0
    e: stay 5..9 php | discharge_reason completed
    e: stay 10..40 iop | discharge_reason left_against_advice
    f: stay -28..0
    f: stay 5..40 iop | discharge_reason terminated
    """
    cohort = draw(text, data_cut=1000)
    full = measure(cohort, REGISTRY["full_continuum"], by=())
    assert full.table["numerator"].tolist() == [1, 1]
    assert full.reasons.to_numpy().tolist() == [
        [180, "left_against_advice", 2],
        [180, "terminated", 1],
        [180, "not_recorded", 1],
    ]
    program = measure(cohort, REGISTRY["iop_completed_program"], by=())
    assert program.table[["numerator", "denominator"]].to_numpy().tolist() == [[1, 4]]
    assert program.reasons.to_numpy().tolist() == [[0, "left_against_advice", 2], [0, "terminated", 1]]
    assert measure(cohort, REGISTRY["fui"], by=()).reasons.empty


def test_a_completion_rule_of_ones_own_is_read() -> None:
    spec = changed(
        REGISTRY["iop_completed_weeks"], numerator={"rule": "completed", "completion": "none_such"}
    )
    cohort = draw("a: stay -28..0 | iop 5 3h", data_cut=1000)
    with pytest.raises(DesignError) as caught:
        measure(cohort, spec)
    assert str(caught.value) == (
        "iop_completed_weeks@1 needs the completion rule none_such of iop, which the rules for levels of care lack. Add "
        "it to the file that the study names under [care]."
    )
    rules = read_care_rules()
    two = rules.completion[1].model_copy(update={"sessions": 1})
    rules = rules.model_copy(update={"completion": (two,)})
    assert measure(cohort, REGISTRY["iop_completed_sessions"], rules=rules).table["numerator"].iloc[0] == 1


def test_a_modality_and_the_days_of_a_credit_can_be_narrowed() -> None:
    credit = {"from": "services", "modalities": ["in_person"], "first_day": 2, "last_day": 4}
    spec = changed(SESSION, numerator={"credits": [credit]})
    text = """
    a: stay -28..0 | iop 1 in_person
    b: stay -28..0 | iop 2 in_person
    c: stay -28..0 | iop 4 in_person
    d: stay -28..0 | iop 5 in_person
    e: stay -28..0 | iop 3 phone
    f: stay -28..0 | iop 0..9 in_person
    """
    assert measure(draw(text, data_cut=100), spec, by=()).table["numerator"].tolist() == [3, 3, 3]
    begins = changed(spec, numerator={"credits": [credit | {"begins": True}]})
    assert measure(draw(text, data_cut=100), begins, by=()).table["numerator"].tolist() == [2, 2, 2]
    open_end = changed(SESSION, windows=[7], window_end="excluded")
    late = draw("a: stay -28..0 | iop 6\nb: stay -28..0 | iop 7", data_cut=100)
    assert measure(late, open_end, by=()).table["numerator"].tolist() == [1]


def _drawn(stays: list[tuple[str, int, int, int]]) -> str:
    lines, ends = [], {}
    for client, gap, length, session in stays:
        start = ends.get(client, -gap) + gap
        ends[client] = start + length
        site = "AB"[length % 2]
        lines.append(
            f"{client}: stay {start}..{start + length} | iop {start + length + session} | site_id {site}"
        )
    return "\n".join(lines)


STAYS = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, 50), st.integers(1, 30), st.integers(0, 40)),
    min_size=1,
    max_size=8,
)


def shifted(cohort: Cohort, days: int) -> Cohort:
    move = {
        "discharges": ["admit_day", "discharge_day"],
        "services": ["start_day", "end_day"],
    }
    frames = {
        name: getattr(cohort, name).assign(**{day: getattr(cohort, name)[day] + days for day in columns})
        for name, columns in move.items()
    }
    return replace(cohort, **frames, data_cut=(cohort.data_cut or 0) + days)


@settings(max_examples=15, deadline=None)
@given(
    STAYS,
    st.sampled_from(["fui", "first_session", "readmission", "wc_engagement", "iet_engagement"]),
    st.randoms(),
)
def test_laws(stays: list[tuple[str, int, int, int]], name: str, random: object) -> None:
    cohort = draw(_drawn(stays), data_cut=150)
    result = measure(cohort, REGISTRY[name])
    table = result.table
    # Events = removed by each reason + denominator, in every group; groups add up to all.
    removed = result.exclusions.groupby(["window", "site_id", "quarter"], sort=False)["removed"].sum()
    assert (removed.to_numpy() == (table["events"] - table["denominator"]).to_numpy()).all()
    for _, part in table.groupby("window"):
        sites = part[part["site_id"] != ""]
        for column in ("events", "denominator", "numerator"):
            assert sites[column].sum() == part[column].iloc[0]
    assert (table["numerator"] <= table["denominator"]).all()
    kept = table[table["denominator"] > 0]
    assert ((kept["conf_low"] <= kept["rate"]) & (kept["rate"] <= kept["conf_high"])).all()
    # A day later, all is the same; the order of the rows changes nothing.
    pd.testing.assert_frame_equal(measure(shifted(cohort, 11), REGISTRY[name]).table, table)
    frames = {
        key: getattr(cohort, key).sample(frac=1, random_state=random.randint(0, 99)).reset_index(drop=True)
        for key in ("discharges", "services")
    }
    pd.testing.assert_frame_equal(measure(replace(cohort, **frames), REGISTRY[name]).table, table)
    # A longer window is met by everyone of the same denominator who met the shorter one.
    everyone = table[table["site_id"] == ""]
    if everyone["denominator"].nunique() == 1:
        assert np.all(np.diff(everyone["numerator"]) >= 0)
