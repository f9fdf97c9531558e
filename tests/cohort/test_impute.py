"""Days drawn from intervals: inside them, as the rate would have it, the same for the same seed."""

import numpy as np
import pytest
from scipy import stats

from stepdown.cohort import RELAPSE, People, derive, impute
from support_cohort import draw
from support_study import described

pytestmark = pytest.mark.slow

STAY = "stay -28..0"
FEW = f"""
a: {STAY} | follow 0..90 | + (0,30]
b: {STAY} | follow 0..90 | + (30,90]
c: {STAY} | follow 0..90 | + 20
d: {STAY} | follow 0..90
e: {STAY} | follow 0..90 | + (0,30] | jail 20
"""


def people(text: str, **changes: object) -> People:
    return derive(draw(text, visits=(30, 90)), described(outcome__interval="imputed", **changes))


def drawn(one: People, *, times: tuple[int, ...] = (30, 90), **given: object) -> np.ndarray:
    tables = [found.table for found in impute(one, times=times, **given)]
    return np.array([table["days"] for table in tables]), np.array([table["event"] for table in tables])


def test_days_lie_in_their_intervals_and_other_events_may_come_first() -> None:
    one = people(FEW, outcome__imputations=200)
    days, event = drawn(one)
    assert days.shape == (200, 5)
    assert (days[:, 0].min(), days[:, 0].max()) == (1, 30)
    assert (days[:, 1] > 30).all()
    assert (days[:, 1] <= 90).all()
    assert set(days[:, 2]) == {20}
    assert set(days[:, 3]) == {90}
    assert set(event[:, 3]) == {0}
    # Jailed on day 20: a relapse if its day comes by then, else custody.
    jailed = event[:, 4] == 3
    assert set(days[jailed, 4]) == {20}
    assert (days[~jailed, 4] <= 20).all()
    # Within a band the rate is constant: of (0, 30] the last 10 days hold about a third.
    assert jailed.mean() == pytest.approx(1 / 3, abs=0.13)
    assert all(found.exact and found.uncertain is None for found in impute(one, times=(30, 90)))
    # The people keep both ends.
    assert list(one.table["days_earliest"]) == [1, 31, 20, 90, 1]
    assert list(one.table["days"]) == [30, 90, 20, 90, 20]


def test_where_every_day_is_known_nothing_is_imputed() -> None:
    one = people(f"a: {STAY} | follow 0..90 | + 20\nb: {STAY} | follow 0..90 | + (29,30]")
    assert one.uncertain is None
    assert one.exact
    assert list(impute(one, times=(30, 90))) == []


def test_the_same_seed_gives_the_same_days_in_any_order_of_rows() -> None:
    first, _ = drawn(people(FEW))
    assert np.array_equal(drawn(people(FEW))[0], first)
    assert not np.array_equal(drawn(people(FEW, seed=7))[0], first)
    # Fewer imputations are the first of more.
    assert np.array_equal(drawn(people(FEW, outcome__imputations=3))[0], first[:3])
    lines = FEW.strip().splitlines()
    turned, _ = drawn(people("\n".join(lines[::-1])))
    assert turned[:, ::-1].tolist() == first.tolist()


def test_days_follow_the_rate_of_their_bands() -> None:
    # 40 relapse on days 1-30 and 10 on days 31-60, all dated; 100 some day in (0, 60]; 1,000 stay free.
    exact = [f"a{k}: {STAY} | follow 0..60 | + {1 + 29 * k // 39}" for k in range(40)]
    exact += [f"b{k}: {STAY} | follow 0..60 | + {31 + 3 * k}" for k in range(10)]
    wide = [f"c{k}: {STAY} | follow 0..60 | + (0,60]" for k in range(100)]
    free = [f"d{k}: {STAY} | follow 0..60" for k in range(1000)]
    one = people("\n".join(exact + wide + free), outcome__times=[30, 60], outcome__window=[30, 60])
    days, _ = drawn(one, times=(30, 60))
    # The known ones say four to one; an even draw would say one to one.
    assert (days[:, 50:150] <= 30).mean() == pytest.approx(0.8, abs=0.04)
    # From imputation to imputation the share varies by more than chance: the rates are drawn too.
    shares = (days[:, 50:150] <= 30).mean(axis=1)
    assert shares.std(ddof=1) > 1.3 * np.sqrt(0.8 * 0.2 / 100)
    # With bands that are one, early and late days of the interval are about as likely.
    flat, _ = drawn(one, times=(60,))
    assert (flat[:, 50:150] <= 30).mean() == pytest.approx(0.52, abs=0.04)


def test_arms_have_rates_of_their_own_and_those_in_none_keep_the_last_day() -> None:
    early = [f"a{k}: {STAY} | follow 0..60 | + 5" for k in range(20)]
    late = [f"b{k}: {STAY} | follow 0..60 | + 55" for k in range(20)]
    wide = [f"c{k}: {STAY} | follow 0..60 | + (0,60]" for k in range(30)]
    one = people("\n".join(early + late + wide), outcome__times=[30, 60], outcome__window=[30, 60])
    arm = np.repeat([0, 1, 0, 1, -1], [20, 20, 10, 10, 10])
    days, _ = drawn(one, times=(30, 60), arm=arm)
    assert (days[:, 40:50] <= 30).mean() > 0.9
    assert (days[:, 50:60] > 30).mean() > 0.9
    assert (days[:, 60:] == 60).all()


def group(known: dict[int, int], wide: tuple[int, int], *, free: int, until: int = 60) -> People:
    """Return as many clients with each day of relapse, 100 who relapsed in one interval, and some who did not."""
    stay = f"{STAY} | follow 0..{until}"
    lines = [f"a{day}_{k}: {stay} | + {day}" for day, count in known.items() for k in range(count)]
    lines += [f"w{k}: {stay} | + ({wide[0]},{wide[1]}]" for k in range(100)]
    lines += [f"f{k}: {stay}" for k in range(free)]
    days = [30, until]
    return people("\n".join(lines), outcome__times=days, outcome__window=days, outcome__imputations=8)


def test_days_before_care_are_not_at_risk() -> None:
    # All start care on day 20. 40 relapse on days 21-30, 10 on days 31-60; so do 4 in 5 of those in (20, 60].
    one = group({30: 40, 60: 10}, (20, 60), free=1000)
    days, _ = drawn(one, times=(30, 60), started=np.full(1150, 20.0))
    assert (days[:, 50:150] <= 30).mean() == pytest.approx(0.8, abs=0.04)
    # With 30 days at risk for 10, x of them would come early: x / (1 - x) = (40 + 100 x) / 3 / (110 - 100 x).
    days, _ = drawn(one, times=(30, 60))
    assert (days[:, 50:150] <= 30).mean() == pytest.approx((270 - np.sqrt(270**2 - 32000)) / 400, abs=0.04)
    # Care on the day of a relapse, or after it, was not started free of relapse: all days are at risk.
    late, _ = drawn(one, times=(30, 60), started=np.full(1150, 60.0))
    assert np.array_equal(late, days)


def test_the_rate_may_change_on_the_last_day_on_which_care_can_start() -> None:
    # 40 relapse by day 14, 10 on days 15-30; so do 4 in 5 of those in (0, 30].
    one = group({10: 40, 25: 10}, (0, 30), free=1000)
    days, _ = drawn(one, times=(30, 60), cuts=(14,))
    assert (days[:, 50:150] <= 14).mean() == pytest.approx(0.8, abs=0.04)
    days, _ = drawn(one, times=(30, 60))
    assert (days[:, 50:150] <= 14).mean() == pytest.approx(14 / 30, abs=0.04)


def test_where_nothing_shows_the_rates_on_both_sides_of_that_day_there_is_one() -> None:
    # Intervals show how many relapse by day 30, and nothing of day 14.
    lines = [f"a{k}: {STAY} | follow 0..60 | + (0,30]" for k in range(40)]
    lines += [f"b{k}: {STAY} | follow 0..60 | + (30,60]" for k in range(10)]
    lines += [f"w{k}: {STAY} | follow 0..60 | + (0,60]" for k in range(100)]
    lines += [f"f{k}: {STAY} | follow 0..60" for k in range(1000)]
    one = people("\n".join(lines), outcome__times=[30, 60], outcome__window=[30, 60], outcome__imputations=8)
    days, _ = drawn(one, times=(30, 60), cuts=(14,))
    assert np.array_equal(days, drawn(one, times=(30, 60))[0])
    # Nine dated relapses are too few: their highest likelihood may put every relapse on one side.
    few = group({10: 9}, (0, 30), free=100)
    assert np.array_equal(drawn(few, times=(30, 60), cuts=(14,))[0], drawn(few, times=(30, 60))[0])
    assert (days[:, 50:150] <= 30).mean() == pytest.approx(0.8, abs=0.04)


def test_discharges_of_one_client_are_weighted_together() -> None:
    text = f"a: {STAY} | follow 0..400 | + (0,30]\na: stay 100..200 | + (200,260]\nb: {STAY} | follow 0..90"
    one = people(text, time_zero__episode="all")
    assert len(one.table) == 3
    days, event = drawn(one)
    assert set(event[:, 0]) == {RELAPSE}
    assert (days[:, 1] >= 1).all()
    assert (days[:, 1] <= 60).all()


def test_nobody_who_stays_in_relapses_on_day_zero() -> None:
    days, _ = drawn(people(f"a: {STAY} | follow 0..90 | + (-1,2]\nb: {STAY} | follow 0..90"))
    assert set(days[:, 0]) == {1, 2}


def test_draws_of_one_rate_are_those_of_a_truncated_exponential_time() -> None:
    wide = [f"c{k}: {STAY} | follow 0..60 | + (0,60]" for k in range(150)]
    known = [f"a{k}: {STAY} | follow 0..60 | + 3" for k in range(300)]
    one = people(
        "\n".join(wide + known), outcome__times=[60], outcome__window=[30, 60], outcome__imputations=10
    )
    days, _ = drawn(one, times=(60,))
    # One rate for all: events over time, the time of the unknown being what the draws say on average.
    low = 60.0
    rate = 450 / (300 * 3 + days[:, :150].mean(axis=0).sum())
    share = -np.expm1(-rate * np.arange(1, 61)) / -np.expm1(-rate * low)
    seen = np.array([(days[:, :150] <= day).mean() for day in range(1, 61)])
    assert np.abs(seen - share).max() < 0.06
    assert stats.kstest(days[:, :150].ravel(), "uniform", args=(0, 60)).statistic > 0.15
