"""The release step on whole analyses: what is published, and what anybody can work out of it."""

import itertools
import math
from dataclasses import replace

import pandas as pd
import pytest

from stepdown import Analysis, Results
from stepdown.errors import DisclosureError
from stepdown.release import Released, release
from stepdown.release.rounding import released_share
from stepdown.results.words import NOT_RELEASED
from support_analysis import EARLY, exact, interval

BASE, THRESHOLD = 5, 11


def counted(analysis: Analysis) -> Analysis:
    """Return an analysis whose risks have events and standard errors that fit them."""
    table = analysis.results.table.copy()
    risks = table["estimand"].isin(["risk", "window_risk"]) & (table["statistic"] == "estimate")
    table.loc[risks, "events"] = (table["n"] * table["estimate"]).round()
    table.loc[risks, "std_error"] = (table["conf_high"] - table["conf_low"]) / 3.92
    return replace(analysis, results=Results(table))


@pytest.fixture(scope="module")
def whole() -> Analysis:
    return counted(exact())


@pytest.fixture(scope="module")
def released(whole: Analysis) -> Released:
    return release(whole)


def test_the_phrase() -> None:
    assert NOT_RELEASED == "not shown: small numbers"


def test_counts_are_rounded_or_hidden(released: Released) -> None:
    table = released.analysis.results.table
    for column in ("n", "events"):
        known = table[column].dropna()
        assert len(known) > 100
        assert (known % BASE == 0).all()
        shown = known[(table.loc[known.index, "statistic"] != "curve")]
        assert ((shown == 0) | (shown >= THRESHOLD)).all()


def test_a_small_step_of_the_flow_is_hidden_and_sizes_about_it_are_one(released: Released) -> None:
    flow = released.analysis.results.table.query("estimand == 'flow' and analysis == ''")
    found = flow.set_index(["term", "statistic", "unit"])["estimate"]
    # 640, 610 and 600 discharges of 614, 585 and 576 clients; the last step removes 10 discharges. 610 is
    # published with the 614 clients, 600 is a size of its own: from 588-602 and 603-617, 1 to 29 are possible.
    assert found["Adults", "removed", "discharges"] == 30
    assert math.isnan(found["First discharge of each client", "removed", "discharges"])
    assert found["Adults", "kept", "discharges"] == 615
    assert found["First discharge of each client", "kept", "discharges"] == 600
    assert found["First discharge of each client", "kept", "clients"] == 585
    hidden = flow[flow["status"] == "suppressed"]
    assert set(hidden["note"]) == {"small numbers"}


def test_each_released_share_fits_many_counts(whole: Analysis, released: Released) -> None:
    """An attacker who knows the rules tries all counts of events and sizes near those that are printed."""
    table = released.analysis.results.table
    shares = table[
        table["estimand"].isin(["risk", "window_risk"]) & (table["statistic"] == "estimate")
        & table["estimate"].notna() & table["n"].notna() & (table["population"] == "")
    ]  # fmt: skip
    assert len(shares) > 10
    for _, row in shares.iterrows():
        people, size = row["estimate"] * row["n"], row["n"]
        assert people == pytest.approx(round(people / BASE) * BASE, abs=1e-6)
        assert THRESHOLD <= round(people) <= size - THRESHOLD
        # All numbers of the row follow from the rounded people, the rounded size and a rounded effective size.
        fits = set()
        effective = math.nan
        if not math.isnan(row["std_error"]):
            effective = round(row["estimate"] * (1 - row["estimate"]) / row["std_error"] ** 2)
            assert effective % BASE == 0 or effective == size
        near = range(round(people) - 2, round(people) + 3), range(int(size) - 2, int(size) + 3)
        for events, n in itertools.product(*near):
            again = released_share(events / n, effective, size, people=events, threshold=THRESHOLD, base=BASE)
            if again is not None and again == pytest.approx(
                tuple(row[["estimate", "std_error", "conf_low", "conf_high"]]), rel=1e-9, nan_ok=True
            ):
                fits.add((events, n))
        assert len(fits) >= THRESHOLD


def test_contrasts_follow_from_the_released_risks(released: Released) -> None:
    table = released.analysis.results.table
    difference = table.query("statistic == 'difference' and estimand == 'risk' and time == 90").iloc[0]
    risks = table[
        (table["analysis"] == "landmark_14") & (table["estimand"] == "risk") & (table["time"] == 90)
        & (table["statistic"] == "estimate") & (table["cause"] == "relapse")
    ].set_index("arm")  # fmt: skip
    first, second = risks.loc[difference["arm"]], risks.loc[difference["reference"]]
    assert difference["estimate"] == pytest.approx(first["estimate"] - second["estimate"])
    assert difference["std_error"] == pytest.approx(math.hypot(first["std_error"], second["std_error"]))


def test_curves_have_rounded_counts_and_fewer_days(whole: Analysis, released: Released) -> None:
    before, after = (
        one.results.table.query("statistic == 'curve' and cause == 'relapse' and analysis == 'whole_cohort'")
        for one in (whole, released.analysis)
    )
    assert 0 < len(after) < len(before)
    assert (after["n"] % BASE == 0).all()
    assert (after["events"] % BASE == 0).all()


def test_an_arm_below_the_threshold_hides_the_comparison(whole: Analysis) -> None:
    table = whole.results.table.copy()
    arm = (table["arm"] == EARLY) & (table["reference"] == "") & table["n"].notna()
    table.loc[arm, ["n", "events"]] = [9.0, 4.0]
    found = release(replace(whole, results=Results(table))).analysis.results.table
    compared = found[(found["analysis"] == "landmark_14") & (found["arm"] != "")]
    assert len(compared)
    assert compared[["estimate", "n", "events", "conf_low"]].isna().all().all()


def test_both_ends_of_a_range_are_hidden_with_one() -> None:
    found = release(counted(interval())).analysis.results.table
    ends = (
        found[found["bound"] != ""].groupby(["cause", "time"])["estimate"].apply(lambda one: one.isna().sum())
    )
    assert set(ends) == {0, 2}


def test_words_hold_no_other_counts(whole: Analysis) -> None:
    words = replace(
        whole.wording,
        notes=(
            "Day 0 counts.",
            "17 of 640 clients are unique.",
            "A comparison is not shown (landmark at day 14). “A” has 12 people.",
        ),
        open_notes=("Day 0 counts.",),
        header={"Discharges": "600 included of 640 in the data", "Fewer rows than before": "a.csv: 3"},
    )
    inputs = (("discharges.csv", "ab", 642), ("followup.csv", "cd", 7))
    found = release(
        replace(whole, wording=words, provenance=replace(whole.provenance, inputs=inputs))
    ).analysis
    assert found.wording.notes == (
        "Day 0 counts.",
        "A comparison is not shown (landmark at day 14). The reason holds counts, which a public report does "
        "not show.",
    )
    assert found.wording.header == {"Discharges": "about 600 included of 640 in the data"}
    assert found.wording.released == (
        "Prepared under stated disclosure rules; your privacy officer decides. Counts from 1 to 10, and what "
        "follows from them, are not shown; other counts are rounded to 5, and results are computed from "
        "rounded counts."
    )
    # To 50: in steps of 5 two reports could differ by a small count.
    assert [rows for _, _, rows in found.provenance.inputs] == [650, 0]


def test_what_a_check_found_is_not_published(whole: Analysis) -> None:
    row = {
        "analysis": "landmark_14", "estimand": "check", "arm": EARLY, "term": "effective_size",
        "level": "gate", "statistic": "warning", "estimate": 41.7, "note": "“A” rests on 42 people.",
    }  # fmt: skip
    table = pd.concat([whole.results.table, pd.DataFrame([row])])
    found = release(replace(whole, results=Results(table))).analysis.results.one(estimand="check")
    assert (found["note"], math.isnan(found["estimate"])) == ("This check gave a warning.", True)


def test_weak_rules_are_refused(whole: Analysis) -> None:
    with pytest.raises(DisclosureError, match=r"^The threshold is 4, and counts below 5 are never shown"):
        release(whole, threshold=4)
    with pytest.raises(DisclosureError, match=r"^The base is 1\. Give 5 or more"):
        release(whole, base=1)
