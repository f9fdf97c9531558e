"""Turnbull's estimate: by hand, against R, and laws."""

import itertools
import json
import math
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepdown.errors import EstimateError
from stepdown.survival import aalen_johansen, kaplan_meier, risk, turnbull
from stepdown.survival.interval_censored import npmle
from support_size import quick_or_long

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent.parent / "reference" / "survival"
INF = math.inf


def read(text):
    """Read "(0,30] 5 90+ 2x(0,90]": in an interval, exactly on day 5, never by day 90, and two of a kind."""
    low, high = [], []
    for word in text.split():
        count, _, rest = word.rpartition("x")
        if rest.startswith("("):
            ends = [float(part) for part in rest[1:-1].split(",")]
        else:
            ends = [float(rest.rstrip("+")), INF if rest.endswith("+") else float(rest)]
        low += [ends[0]] * int(count or 1)
        high += [ends[1]] * int(count or 1)
    return np.array(low), np.array(high)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # One likelihood p1 p2 (p1 + p2), then p1^2 p2: shares of those more informative than (0, 2].
        ("(0,1] (1,2] (0,2]", [(0, 1, 1 / 2), (1, 2, 1 / 2)]),
        ("2x(0,1] (1,2] (0,2]", [(0, 1, 2 / 3), (1, 2, 1 / 3)]),
        # All share (1, 2] and nothing is gained elsewhere.
        ("(0,2] (1,3]", [(1, 2, 1)]),
        # p1^2 p2 (p2 + p3) p3^2 (p1 + p2) with p1 = p3 = p: 7 p^2 - 8 p + 2 = 0.
        (
            "2x(0,30] (30,90] 30+ 2x90+ (0,90]",
            [(0, 30, (4 - 2**0.5) / 7), (30, 90, (2 * 2**0.5 - 1) / 7), (90, INF, (4 - 2**0.5) / 7)],
        ),
        # Day 5 itself ends (3, 5], and lies outside (5, 8]; 4+ leaves its person to 5 and later.
        ("5 (3,5] (5,8] 4+", [(5, 5, 2 / 3), (5, 8, 1 / 3)]),
        # Censored on the day of an event: the event came first (Kaplan-Meier: 1/3, then 2/3 to 4).
        ("2 2+ 4", [(2, 2, 1 / 3), (4, 4, 2 / 3)]),
        # Nobody found: all mass lies beyond the first promise broken by none.
        ("30+ 90+", [(90, INF, 1)]),
        # Three contacts, one relapse before each.
        ("(0,1] (1,2] (2,3]", [(0, 1, 1 / 3), (1, 2, 1 / 3), (2, 3, 1 / 3)]),
    ],
)
def test_masses_by_hand(text, expected):
    found = turnbull(*read(text))
    assert found.table[["start", "end"]].to_numpy().tolist() == [[start, end] for start, end, _ in expected]
    np.testing.assert_allclose(found.table["mass"], [mass for *_, mass in expected], atol=1e-9)
    assert found.fits["kkt"].item() <= 1e-9
    assert found.fits["note"].item() == ""


def test_where_the_curve_is_known_and_where_not():
    found = turnbull(*read("2x(0,30] (30,90] 30+ 2x90+ (0,90]"))
    p = (4 - 2**0.5) / 7
    table = found.at(0, 15, 30, 60, 90, 91)
    np.testing.assert_allclose(table["conf_low"], [0, 0, p, p, 1 - p, 1 - p], atol=1e-12)
    np.testing.assert_allclose(table["conf_high"], [0, p, p, 1 - p, 1 - p, 1], atol=1e-12)
    assert table["identified"].tolist() == [True, False, True, False, True, False]
    np.testing.assert_allclose(table["estimate"], [0, np.nan, p, np.nan, 1 - p, np.nan], atol=1e-12)
    inside = "not identified: the day is inside an interval with mass"
    beyond = "not identified: beyond the last day on which anyone was known to be free of the event"
    few = "fewer than 10 at risk at the start of the last interval with an event"
    assert table["note"].tolist() == [
        "",
        *(f"{why}; {few}" if why else few for why in (inside, "", inside, "", beyond)),
    ]
    assert found.curve["time"].tolist() == [0, 30, 90]


def test_few_people_at_the_start_of_the_last_interval_are_noted():
    # 12 are free of the event at day 0, 10 at day 30 (the two who are found by then are not), 9 after day 60:
    # the event on day 60 itself had 10 at risk, the interval from day 60 on has the 9 who remain.
    few = "fewer than 10 at risk at the start of the last interval with an event"
    begun = "2x(0,30] (30,60] "
    assert turnbull(*read(begun + "9x60+")).at(30, 60)["note"].tolist() == ["", ""]
    assert turnbull(*read(begun + "8x60+")).at(0, 30, 60)["note"].tolist() == ["", "", few]
    exact = turnbull(*read("2x(0,30] 60 (60,90] 8x90+")).at(30, 60, 75, 90)
    inside = "not identified: the day is inside an interval with mass"
    assert exact["note"].tolist() == ["", "", f"{inside}; {few}", few]
    # Of exact days it is the note of the curve by Kaplan-Meier.
    days, event = np.arange(1.0, 16), np.tile([1, 0, 1], 5)
    notes = kaplan_meier(days, event).at(*days)["note"]
    mine = turnbull(days, np.where(event, days, INF)).at(*days)["note"]
    assert mine.str.contains("fewer than 10").tolist() == notes.str.contains("fewer than 10").tolist()
    assert mine.str.contains("fewer than 10").sum() == 9


def test_exact_days_are_known_on_their_day():
    table = turnbull(*read("5 9 (5,8]")).at(4, 5, 6, 8, 9)
    np.testing.assert_allclose(table["conf_low"], [0, 1 / 3, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(table["conf_high"], [0, 1 / 3, 2 / 3, 2 / 3, 1])


@pytest.mark.parametrize("case", ["plain", "weights"])
def test_against_r(case):
    # R's self-consistency steps stop about 1e-6 short of the maximum.
    expected = json.loads((HERE / "turnbull_reference.json").read_text())[case]
    data = pd.read_csv(HERE / "intervals.csv").replace("Inf", INF).astype(float)
    found = turnbull(data["low"], data["high"], weights=data["weight"] if case == "weights" else None)
    np.testing.assert_allclose(1 - found.at(30, 90, 180)["estimate"], expected["survival"], atol=5e-6)
    assert found.fits["kkt"].item() <= 1e-9


def test_ten_thousand_phone_contacts_and_two_thousand_odd_intervals_take_a_moment():
    rng = np.random.default_rng(1)
    day = np.ceil(rng.weibull(0.7, 10_000) * 80)
    low, high = np.zeros(10_000), np.full(10_000, INF)
    for contact in (30, 90, 180):
        seen = rng.random(10_000) < 0.8
        high[seen & (day <= contact) & np.isinf(high)] = contact
        low[seen & (day > contact)] = contact
    day = rng.weibull(0.7, 2_000) * 80
    early, late = np.maximum(day - rng.random(2_000) * 40, 0), day + rng.random(2_000) * 40
    late[rng.random(2_000) < 0.3] = INF
    exact = rng.random(2_000) < 0.3
    early[exact] = late[exact] = day[exact]
    for given_ends in ((low, high), (early, late)):
        began = time.perf_counter()
        assert turnbull(*given_ends).fits["kkt"].item() <= 1e-9
        assert time.perf_counter() - began < 3


law = settings(max_examples=quick_or_long(10, 25), deadline=None)


@st.composite
def cohorts(draw):
    size = draw(st.integers(2, 25))
    column = lambda values: np.array(draw(st.lists(values, min_size=size, max_size=size)), float)  # noqa: E731
    low = column(st.integers(0, 8))
    high = low + column(st.sampled_from([0, 0, 1, 2, 4, 7, INF]))
    return {"low": low, "high": high, "weights": column(st.sampled_from([0.001, 0.5, 1, 2, 300]))}


def holds(low, high, start, end):
    """Whether (low, high] (or the day itself) holds (start, end] (or the day itself), written out."""
    if low == high:
        return start == end == low
    if start == end:
        return low < start <= high
    return low <= start and end <= high


@law
@given(cohorts())
def test_the_maximum_is_certified_piece_by_piece(c):
    # Every day and every gap between days is a place for mass; none may pull harder than the total weight.
    found = turnbull(**c).table
    kept = list(found[["start", "end", "mass"]].itertuples(index=False))
    people = list(zip(c["low"], c["high"], c["weights"], strict=True))
    chance = [
        sum(mass for start, end, mass in kept if holds(low, high, start, end)) for low, high, _ in people
    ]
    edges = sorted({*c["low"], *c["high"]})
    finite = [edge for edge in edges if edge < INF]
    places = [(edge, edge) for edge in finite] + list(itertools.pairwise(edges))
    whole = c["weights"].sum()

    def pull(start, end):
        both = zip(people, chance, strict=True)
        return sum(weight / p for (low, high, weight), p in both if holds(low, high, start, end)) / whole

    assert max(pull(*place) for place in places) <= 1 + 1e-8
    for start, end, _ in kept:
        assert pull(start, end) == pytest.approx(1, abs=1e-8)
    assert found["mass"].sum() == pytest.approx(1)


@law
@given(cohorts(), st.integers(0, 10**6))
def test_no_other_masses_do_better(c, seed):
    fit = turnbull(**c)
    edges = np.unique(np.concatenate([c["low"], c["high"]]))
    finite = edges[np.isfinite(edges)]
    places = [(day, day) for day in finite] + list(itertools.pairwise(edges))
    inside = np.array(
        [
            [holds(low, high, *place) for place in places]
            for low, high in zip(c["low"], c["high"], strict=True)
        ]
    )
    rng = np.random.default_rng(seed)
    for concentration in (0.1, 0.3, 1.0):
        tried = rng.dirichlet(np.full(len(places), concentration), 200)
        with np.errstate(divide="ignore"):
            loglik = np.log(tried @ inside.T) @ c["weights"]
        assert loglik.max() <= fit.fits["loglik"].item() + 1e-6


@law
@given(cohorts())
def test_exact_and_censored_days_give_kaplan_meier(c):
    event = c["high"] < c["low"] + 3
    high = np.where(event, c["low"], INF)
    found = turnbull(c["low"], high, weights=c["weights"])
    curves = kaplan_meier(c["low"], event, weights=c["weights"])
    days = np.unique(c["low"])
    expected = risk(curves, *days).table["estimate"]
    np.testing.assert_allclose(found.at(*days)["conf_low"], expected, atol=1e-9)
    assert found.at(*days)["identified"].all()


@law
@given(cohorts())
def test_order_scale_units_and_copies_change_nothing(c):
    plain = turnbull(**c)
    back = turnbull(c["low"][::-1] * 7 / 3, c["high"][::-1] * 7 / 3, weights=c["weights"][::-1] * 100)
    np.testing.assert_allclose(back.table["mass"], plain.table["mass"], atol=1e-7)
    np.testing.assert_allclose(back.table["end"] * 3 / 7, plain.table["end"])
    count = np.where(c["weights"] > 1, 2, 1)
    weighted = turnbull(c["low"], c["high"], weights=count).at(1, 3, 5)
    copied = turnbull(np.repeat(c["low"], count), np.repeat(c["high"], count)).at(1, 3, 5)
    # Weights are not people: only the note on few at risk differs.
    pd.testing.assert_frame_equal(weighted.drop(columns="note"), copied.drop(columns="note"), atol=1e-7)


@law
@given(cohorts(), cohorts())
def test_an_arm_is_fitted_alone(c, d):
    arm = ["x"] * len(c["low"]) + ["a"] * len(d["low"])
    both = turnbull(*(np.concatenate([c[name], d[name]]) for name in ("low", "high")), arm=arm)
    assert both.arms == ("a", "x")
    assert both.fits["n"].tolist() == [len(d["low"]), len(c["low"])]
    for label, part in (("x", c), ("a", d)):
        alone = turnbull(part["low"], part["high"]).table.drop(columns="arm")
        mine = both.table[both.table["arm"] == label].drop(columns="arm").reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, alone)


def test_newton_alone_gets_there_too(monkeypatch):
    rng = np.random.default_rng(7)
    low = rng.integers(0, 40, 120).astype(float)
    high = low + rng.choice([0.0, 3, 10, 30, INF], 120)
    weights = 10 ** rng.uniform(-3, 3, 120)
    both = turnbull(low, high, weights=weights)
    monkeypatch.setattr(npmle, "ROUNDS_OF_FEW", (1, 0))
    alone = turnbull(low, high, weights=weights)
    assert alone.fits["kkt"].item() <= 1e-9
    np.testing.assert_allclose(alone.at(*range(40))["conf_low"], both.at(*range(40))["conf_low"], atol=1e-7)


FAULTS = """\
5 problems found:
  1. low is missing: 1 row, at position 2. Use 0 where nothing was known before.
  2. low is negative: 1 row, at position 0. Count days from time zero.
  3. high is missing: 1 row, at position 3. Use infinity where the event was never detected.
  4. high is below low: 1 row, at position 1. The event is in (low, high]; give the same low and high if exact.
  5. weights is not a positive finite number: 1 row, at position 1. Drop rows of weight zero."""


def test_every_fault_is_named_at_once():
    with pytest.raises(EstimateError) as error:
        turnbull([-1, 5, np.nan, 0], [1, 4, 1, np.nan], weights=[1, 0, 1, 1])
    assert str(error.value) == FAULTS
    with pytest.raises(EstimateError, match="high has 1 rows where low has 2"):
        turnbull([0, 0], [1])


def test_competing_events_by_hand():
    # Masses 1/2 in (0, 30] and 1/2 in (30, 90]; one of four died on day 20, so G = 3/4 from then on.
    found = turnbull(*read("2x(0,30] 2x(30,90]"))
    few = "fewer than 10 at risk at the start of the last interval with an event"
    others = kaplan_meier([20, 60, 60, 60], [1, 0, 0, 0])
    table = found.risk(15, 30, 60, 90, others=others)
    np.testing.assert_allclose(table["conf_low"], [0, 3 / 8, 3 / 8, 3 / 8 + 3 / 8])
    np.testing.assert_allclose(table["conf_high"], [1 / 2, 1 / 2, 1 / 2 + 3 / 8, 1 / 2 + 3 / 8])
    assert table["identified"].tolist() == [False] * 4
    # A death on the last day of an interval takes nobody who had the event by then.
    late = found.risk(30, others=kaplan_meier([30, 60, 60, 60], [1, 0, 0, 0])).iloc[0]
    assert (late["conf_low"], late["conf_high"], late["note"]) == (
        pytest.approx(1 / 2),
        pytest.approx(1 / 2),
        few,
    )
    with pytest.raises(EstimateError, match="must be a Kaplan-Meier curve of the competing events"):
        found.risk(30, others=kaplan_meier([1, 2], [1, 0], arm=[0, 1]))


@law
@given(st.integers(0, 10**6))
def test_competing_events_and_exact_days_are_aalen_johansen(seed):
    rng = np.random.default_rng(seed)
    days, event = rng.integers(1, 9, 30), rng.integers(0, 3, 30)
    arm, weights = rng.permutation(30) % 2, rng.choice([0.5, 1, 4], 30)
    given_rows = {"arm": arm, "weights": weights}
    found = turnbull(days, np.where(event == 1, days, INF), **given_rows)
    others = kaplan_meier(np.where(event == 1, days - 0.5, days), event == 2, **given_rows)
    times = sorted({*days[(event == 1) & (arm == 0)], *days[(event == 1) & (arm == 1)]})
    mine = found.risk(*times, others=others)
    curve = aalen_johansen(days, event, **given_rows).at(*times)
    expected = curve[curve["cause"] == 1].reset_index(drop=True)
    known = expected["estimate"].notna()
    np.testing.assert_allclose(mine["conf_low"][known], expected["estimate"][known], atol=1e-9)
    # Without competing events nothing is taken off.
    nobody = kaplan_meier(days, np.zeros(30), **given_rows)
    pd.testing.assert_frame_equal(found.risk(*times, others=nobody), found.at(*times))
