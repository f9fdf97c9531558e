"""Recurrent relapse: by hand, laws, a known truth, and what is refused."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import contrast
from support_numbers import columns_agree
from support_size import quick_or_long
from tools.agreement.plain_forms import aalen_johansen, andersen_gill, mean_cumulative

pytestmark = pytest.mark.slow

KEYS = ["estimate", "std_error", "conf_low", "conf_high"]

# Of four, two relapse on day 2; on day 4 one of these dies and a third relapses and dies; the fourth relapses on 6.
ROWS = pd.DataFrame(
    [(1, 0, 2, 1, 0), (1, 2, 6, 0, 0), (2, 0, 2, 1, 0), (2, 2, 4, 0, 1), (3, 0, 4, 1, 1), (4, 0, 6, 1, 0)],
    columns=["id", "entry", "days", "event", "terminal"],
)


def mean_of(rows, **given):
    names = [name for name in ("entry", "terminal", "weights", "cluster", "arm") if name in rows]
    columns = {name: rows[name].to_numpy() for name in names}
    return mean_cumulative(rows["days"], rows["event"], id=rows["id"], **columns, **given)


def test_by_hand_with_deaths():
    mean = mean_of(ROWS)
    table = mean.table.set_index("time")
    assert table["estimate"].to_dict() == {0: 0, 2: 2 / 4, 4: 2 / 4 + 1 / 4, 6: 3 / 4 + (1 / 2) * (1 / 2)}
    assert table["at_risk"].tolist() == [4, 4, 4, 2]
    assert table["events"].tolist() == [0, 2, 1, 1]
    assert table["terminal"].tolist() == [0, 0, 2, 0]
    assert table["censored"].tolist() == [0, 0, 0, 2]
    # Day 2: nobody was lost, so the mean of 1, 1, 0, 0 with its own spread: sqrt(4 / 4) / 4.
    assert table.loc[2, "std_error"] == pytest.approx(1 / 4)
    ratio = np.exp(1.959963984540054 * (1 / 4) / (1 / 2))
    assert table.loc[2, ["conf_low", "conf_high"]].tolist() == pytest.approx([0.5 / ratio, 0.5 * ratio])
    row = mean.at(5).iloc[0]
    assert row[["at_risk", "events", "terminal", "censored"]].tolist() == [2, 3, 2, 0]
    assert row["estimate"] == 0.75


def test_by_hand_without_deaths():
    table = mean_of(ROWS.drop(columns="terminal")).table.set_index("time")
    assert "terminal" not in table
    assert table["estimate"].to_dict() == {0: 0, 2: 2 / 4, 4: 2 / 4 + 1 / 4, 6: 3 / 4 + 1 / 2}
    assert table["censored"].tolist() == [0, 0, 2, 2]
    # Events of all at risk on one day end nothing.
    two = pd.DataFrame(
        {"id": [1, 1, 2, 2], "entry": [0, 3, 0, 3], "days": [3, 5, 3, 5], "event": [1, 1, 1, 0]}
    )
    assert mean_of(two).at(3, 5)["estimate"].tolist() == [1.0, 1.5]


def test_a_window_and_its_contrasts():
    arms = pd.concat(
        [
            ROWS.assign(arm="A"),
            ROWS.assign(
                arm="B", id=ROWS["id"] + 10, event=ROWS["event"] * (ROWS["entry"] == 0) * (ROWS["id"] != 1)
            ),
        ]
    )
    found = mean_of(arms).estimands(6, start=2)
    assert found.table["estimate"].tolist() == [0.5, 0.5]
    assert found.table["events"].tolist() == [2, 2]
    assert found.table["n"].tolist() == [4, 4]
    whole = mean_of(arms).estimands(4)
    pairs = contrast(whole).table.set_index("contrast")
    a, b = whole.table["estimate"]
    one, two = np.sqrt(3 / 4) / 4, 1 / 4
    assert (a, b) == (0.75, 0.5)
    assert pairs.loc["difference", ["estimate", "std_error"]].tolist() == pytest.approx(
        [a - b, np.hypot(one, two)]
    )
    assert pairs.loc["ratio", "estimate"] == pytest.approx(a / b)
    assert pairs.loc["ratio", "std_error"] == pytest.approx(a / b * np.hypot(one / a, two / b))


@pytest.mark.parametrize(
    ("rows", "day", "estimate", "note"),
    [
        ([(1, 0, 5, 1, 0), (2, 0, 4, 0, 0)], 6, np.nan, "beyond the last follow-up"),
        ([(1, 0, 5, 1, 1), (2, 0, 4, 1, 1)], 6, 1.0, "no variation"),
        ([(1, 0, 5, 1, 0), (2, 0, 4, 0, 0)], 3, 0.0, "no events by then"),
        ([(1, 2, 5, 1, 0), (2, 3, 4, 0, 0)], 1, np.nan, "before the first entry"),
        ([(1, 0, 2, 1, 0), (2, 4, 6, 1, 0)], 6, np.nan, "after a day that left nobody at risk"),
        ([(1, 0, 2, 1, 0), (1, 2, 6, 1, 0)], 3, 1.0, "only one cluster"),
        ([(1, 0, 4, 1, 0), (2, 0, 3, 0, 0), (3, 0, 2, 1, 0)], 3, 1 / 3, ""),
    ],
)
def test_what_is_undefined_has_a_note(rows, day, estimate, note):
    mean = mean_of(pd.DataFrame(rows, columns=ROWS.columns))
    row = mean.at(day).iloc[0]
    assert row["note"] == note
    assert row["estimate"] == pytest.approx(estimate, nan_ok=True)
    assert np.isnan(row["std_error"]) == (note != "")
    same = mean.estimands(day).table.iloc[0]
    assert same["note"] == note.replace("no events by then", "no events")
    assert same[KEYS].astype(float).tolist() == pytest.approx(row[KEYS].astype(float).tolist(), nan_ok=True)


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


@st.composite
def cohorts(draw, lost=True):
    """People with up to four rows, gaps, deaths, two arms, weights, sites."""
    rows = []
    people = draw(st.integers(4, 12))
    for person in range(people):
        now, weight = 0, draw(st.sampled_from([0.5, 1.0, 2.0]))
        site = draw(st.integers(0, 4))
        lengths = draw(
            st.lists(st.tuples(st.integers(1, 4), st.integers(0, 1), st.booleans()), min_size=1, max_size=4)
        )
        for length, event, gap in lengths:
            rows.append([person, now, now + length, event, 0, weight, site, "ab"[person % 2]])
            now += length + int(gap and lost)
        rows[-1][4] = draw(st.integers(0, 1))
    names = ["id", "entry", "days", "event", "terminal", "weights", "cluster", "arm"]
    return pd.DataFrame(rows, columns=names)


close = partial(columns_agree, columns=KEYS, relative=1e-8, absolute=1e-11)


@law
@given(cohorts())
def test_where_the_event_is_terminal_it_is_the_cumulative_incidence(rows):
    first = rows.drop_duplicates("id")
    code = first["event"] + 2 * (first["terminal"] & ~first["event"] & 1)
    ended = first.assign(terminal=(code > 0).astype(int))
    one = mean_of(ended, conf="plain").table
    two = aalen_johansen(
        first["days"],
        code,
        entry=first["entry"],
        arm=first["arm"],
        weights=first["weights"],
        cluster=first["cluster"],
    ).table
    two = two[two["cause"] == 1]
    # A cumulative incidence has no standard error once everyone had the event.
    known = two["std_error"].notna().to_numpy()
    np.testing.assert_allclose(one["estimate"], two["estimate"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(one["std_error"][known], two["std_error"][known], rtol=1e-8, atol=1e-10)


@law
@given(cohorts())
def test_a_row_cut_in_two_is_the_same_row(rows):
    whole = rows["days"] - rows["entry"] == 1
    early = rows[~whole].assign(days=lambda some: some["entry"] + 1, event=0, terminal=0)
    late = rows[~whole].assign(entry=lambda some: some["entry"] + 1)
    cut = pd.concat([late, rows[whole], early])
    one, two = mean_of(rows), mean_of(cut)
    close(one.at(3, 6), two.at(3, 6))
    close(one.estimands(6).table, two.estimands(6).table)


@law
@given(cohorts(), st.sampled_from([1e-4, 1e3]), st.randoms(use_true_random=False))
def test_neither_scale_of_weights_nor_order_of_rows_matters(rows, scale, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    other = rows.iloc[order].assign(weights=rows["weights"].iloc[order] * scale)
    close(mean_of(rows).table, mean_of(other).table)


@law
@given(cohorts())
def test_weight_two_is_two_people_of_one_cluster(rows):
    rows = rows.assign(cluster=rows["id"], weights=1.0 + (rows["weights"] > 1))
    twins = rows[rows["weights"] == 2].assign(id=lambda some: some["id"] + 100)
    close(mean_of(rows).table, mean_of(pd.concat([rows, twins]).drop(columns="weights")).table)


@law
@given(cohorts(lost=False))
def test_without_losses_it_is_the_mean_of_the_counts(rows):
    rows = rows.drop(columns=["weights", "cluster", "arm"])
    last = rows.groupby("id")["days"].transform("max")
    rows["terminal"] = (rows["days"] == last).astype(int)
    for start in (0, 2):
        counted = rows[(rows["days"] > start) & (rows["days"] <= 5)].groupby("id")["event"].sum()
        counts = counted.reindex(rows["id"].unique(), fill_value=0)
        row = mean_of(rows).estimands(5, start=start).table.iloc[0]
        if row["note"] == "no events":
            assert counts.sum() == 0
            continue
        assert row["estimate"] == pytest.approx(counts.mean())
        if not row["note"]:
            spread = np.sqrt(((counts - counts.mean()) ** 2).sum()) / len(counts)
            assert row["std_error"] == pytest.approx(spread)


def relapses(seed, people=120, rate=1 / 25, death=1 / 150):
    """Relapse at a rate that differs between people (gamma), death, losses; days up to 90."""
    r = np.random.default_rng(seed)
    lost = r.uniform(40, 150, people)
    died = r.exponential(1 / death, people)
    last, dead = np.minimum(np.minimum(lost, died), 90), (died < np.minimum(lost, 90)).astype(int)
    count = r.poisson(rate * r.gamma(1, 1, people) * last)
    who = np.repeat(np.arange(people), count + 1)
    day = np.concatenate(
        [np.append(np.sort(r.uniform(0, end, k)), end) for end, k in zip(last, count, strict=True)]
    )
    final = np.append(who[1:] != who[:-1], True)
    entry = np.where(np.append(True, final[:-1]), 0.0, np.append(0.0, day[:-1]))
    return pd.DataFrame(
        {"id": who, "entry": entry, "days": day, "event": (~final).astype(int), "terminal": final * dead[who]}
    )


def test_a_known_mean_is_covered_and_ignoring_death_is_not():
    truth = (1 / 25) * 150 * (1 - np.exp(-60 / 150))
    inside, value, ignoring = [], [], []
    for seed in range(200):
        rows = relapses(seed)
        row = mean_of(rows).estimands(60).table.iloc[0]
        inside.append(row["conf_low"] < truth < row["conf_high"])
        value.append(row["estimate"])
        ignoring.append(mean_of(rows.drop(columns="terminal")).estimands(60).table["estimate"].item())
    assert abs(np.mean(value) - truth) < 3 * np.std(value) / np.sqrt(200)
    assert 0.91 < np.mean(inside) < 0.985
    assert np.mean(ignoring) - truth > 5 * np.std(ignoring) / np.sqrt(200)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": [1, 1, 2, 2, 3]}, "id has 5 rows where days has 6. Give one value per row."),
        ({"id": [1, 1, 2, np.nan, 3, 4]}, "id is missing: 1 row, at position 3. State where they belong; to drop these rows assumes that they are like the others."),
        ({"entry": [0, 1, 0, 2, 0, 0]}, "entry is before the end of the person's previous row: 1 row, at position 1. A person's rows may not overlap: give entry, and end each row where the next begins."),
        ({"entry": None}, "days is a second row: 2 rows, at positions 1, 3. A person's rows may not overlap: give entry, and end each row where the next begins."),
        ({"arm": list("aabbab")}, ""),
        ({"arm": list("abbbab")}, "arm is not the same on all rows of a person: 1 row, at position 1. An arm is fixed at time zero. Use a covariate of andersen_gill for what changes later."),
        ({"cluster": [1, 1, 2, 3, 3, 3]}, "cluster is not the same on all rows of a person: 1 row, at position 3. All rows of a person belong to one cluster."),
        ({"terminal": [1, 0, 0, 1, 1, 0]}, "terminal is not in the person's last row: 1 row, at position 0. Nothing is observed after a terminal event: drop the later rows, or check the day."),
        ({"terminal": [0, 0, 0, 2, np.nan, 0]}, "terminal is not 0 or 1: 2 rows, at positions 3, 4. Use 1 where the person died on that day."),
        ({"terminal": [0, 0, 1]}, "terminal has 3 rows where days has 6. Give one value per row."),
        ({"event": [1, 0, 1, 0, 2, 1]}, "event is above 1: 1 row, at position 4. Use 0 and 1 here; for competing causes use aalen_johansen."),
        ({"conf": "log-log"}, "conf must be one of small-sample, log, plain. The default is small-sample."),
    ],
)  # fmt: skip
def test_message(change, message):
    given = {name: ROWS[name].tolist() for name in ROWS} | change
    if not message:
        assert mean_cumulative(given.pop("days"), given.pop("event"), id=given.pop("id"), **given).arms == (
            "a",
            "b",
        )
        return
    with pytest.raises(EstimateError) as caught:
        mean_cumulative(given.pop("days"), given.pop("event"), id=given.pop("id"), **given)
    assert str(caught.value) == message


def test_what_andersen_gill_refuses():
    given = {"days": ROWS["days"], "event": ROWS["event"], "X": [0, 0, 1, 1, 0, 1], "id": ROWS["id"]}
    with pytest.raises(EstimateError, match=r"^days is a second row: 2 rows, at positions 1, 3\."):
        andersen_gill(**given)
    with pytest.raises(EstimateError, match=r'^clock must be "total" or "gap"\. The default is total\.'):
        andersen_gill(**given, entry=ROWS["entry"], clock="calendar")
    gap = (
        "entry is not the end of the person's previous row (or, for the first row, 0): 2 rows, at positions "
        "1, 4. Days since the last event are unknown there: use the total clock, or drop the person's later rows."
    )
    with pytest.raises(EstimateError) as caught:
        andersen_gill(**given, entry=[0, 3, 0, 2, 1, 0], clock="gap")
    assert str(caught.value) == gap
    with pytest.raises(EstimateError, match=r"^start must be before every one of times\."):
        mean_of(ROWS).estimands(3, start=3)


def test_one_row_a_person_needs_no_entry():
    days, event, x = [3, 5, 6, 8], [1, 1, 0, 1], [0, 1, 0, 1]
    one = andersen_gill(days, event, x, id=[1, 2, 3, 4], clock="gap").summary
    pd.testing.assert_frame_equal(one, andersen_gill(days, event, x, id=[1, 2, 3, 4]).summary)
    assert mean_cumulative([0, 5], [1, 0], id=[1, 2]).at(0)["estimate"].item() == 0.5
