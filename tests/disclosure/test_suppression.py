"""Counts that are hidden: by hand, against every other choice, and under attack."""

import doctest
import itertools
from pathlib import Path

import numpy as np
import pytest

from stepdown.disclosure import (
    CountTable,
    audit,
    count_table,
    count_tables,
    hidden_cells,
    suppress,
    suppression,
)
from stepdown.errors import DisclosureError
from support_disclosure import attack, least_total, published_of, random_table, with_margins
from support_size import quick_or_long

SITES = {"A": (4, 46), "B": (30, 40), "C": (25, 35)}


def by_site(sites: dict[str, tuple[int, int]]) -> CountTable:
    counts: dict[str, int] = {}
    for site, (yes, no) in sites.items():
        counts |= {f"{site} yes": yes, f"{site} no": no, site: yes + no}
    counts |= {"yes": sum(yes for yes, _ in sites.values()), "no": sum(no for _, no in sites.values())}
    counts["all"] = counts["yes"] + counts["no"]
    sums = [(site, [f"{site} yes", f"{site} no"]) for site in sites]
    sums += [(word, [f"{site} {word}" for site in sites]) for word in ("yes", "no")]
    return count_table(counts, [*sums, ("all", list(sites)), ("all", ["yes", "no"])])


def test_examples_of_the_docstrings() -> None:
    for module in (count_tables, suppression):
        outcome = doctest.testmod(module)
        assert outcome.failed == 0
        assert outcome.attempted > 2


def test_a_small_count_takes_three_others_with_it() -> None:
    # By hand: 4 of site A needs a second cell in its row and in its column, and the corner between them. With site C
    # that is 4 + 46 + 25 + 35 = 110, with site B 120, with the margins 4 + 25 + 50 + 60 (and more) at least 139.
    found = suppress(by_site(SITES))
    assert found.names == ("A yes", "A no", "C yes", "C no")
    assert (found.total, found.least_total) == (110.0, 110.0)


def test_the_range_of_each_hidden_count() -> None:
    # A yes + C yes = 29, A yes + A no = 50, C yes + C no = 60.
    table = by_site(SITES)
    seen = audit(table, suppress(table).hidden)
    assert seen["cell"].tolist() == ["A yes", "A no", "C yes", "C no"]
    assert seen["least"].tolist() == [0, 21, 0, 31]
    assert seen["most"].tolist() == [29, 50, 29, 60]
    assert seen["sensitive"].tolist() == [True, False, False, False]
    assert seen["protected"].tolist() == [True, False, True, False]


def test_ranges_equal_those_of_trying_every_table() -> None:
    table = by_site({"A": (2, 3), "B": (1, 4)})
    hidden = np.isin(table.names, ["A yes", "A no", "B yes", "B no", "A", "B", "yes"])
    possible = []
    for a_yes, a_no, b_yes, b_no in itertools.product(range(11), repeat=4):
        if a_no + b_no == 7 and a_yes + b_yes + 7 == 10:
            possible.append((a_yes, a_no, a_yes + a_no, b_yes, b_no, b_yes + b_no, a_yes + b_yes))
    seen = audit(table, hidden)
    assert seen["least"].tolist() == np.min(possible, axis=0).tolist()
    assert seen["most"].tolist() == np.max(possible, axis=0).tolist()


def test_two_hidden_counts_with_a_small_sum_take_a_third() -> None:
    # 3 + 4 = 7 would follow from the total, so neither could be 11.
    counts = {"a": 3, "b": 4, "c": 20, "d": 30, "all": 57}
    assert suppress(count_table(counts, [("all", list("abcd"))])).names == ("a", "b", "c")


def test_those_without_the_event_are_protected_too() -> None:
    # 95 of 100 relapsed: 5 did not. Hiding 95 protects them; 100 may stay.
    table = count_table({"relapsed": 95, "all": 100}, shares=[("relapsed", "all")])
    assert suppress(table).names == ("relapsed",)


@pytest.mark.parametrize(("events", "hidden"), [(0, {"e"}), (80, {"e", "n"}), (40, set())])
def test_shares_of_none_and_of_all_are_disclosure(events: int, hidden: set[str]) -> None:
    # Of 80 of 80 either may be hidden, at the same cost.
    found = suppress(count_table({"e": events, "n": 80}, shares=[("e", "n")]))
    assert set(found.names) <= hidden
    assert len(found.names) == bool(hidden)


def test_an_empty_group_is_no_disclosure() -> None:
    assert suppress(count_table({"e": 0, "n": 0}, shares=[("e", "n")])).names == ()


def test_zeros_may_be_hidden() -> None:
    table = count_table({"a": 0, "b": 30, "c": 40, "all": 70}, [("all", ["a", "b", "c"])])
    assert suppress(table).names == ()
    assert suppress(table, zeros=False).names == ("a", "b")


def test_cells_that_must_stay_lead_to_others() -> None:
    table = by_site(SITES)
    assert suppress(table, costs={"C yes": np.inf}).names == ("A yes", "A no", "B yes", "B no")
    with pytest.raises(DisclosureError) as caught:
        suppress(table, costs=dict.fromkeys(("B yes", "C yes", "yes"), np.inf))
    assert str(caught.value) == (
        "1 hidden count follows from cells that must stay published. Let more cells be hidden, or publish no table "
        "that they are in."
    )


def test_a_threshold_below_5_is_refused() -> None:
    with pytest.raises(DisclosureError) as caught:
        suppress(by_site(SITES), 4)
    assert str(caught.value) == (
        "The threshold is 4, and counts below 5 are never shown. Give 5 or more; the default is 11."
    )
    assert suppress(by_site(SITES), 5).names == ("A yes", "A no", "C yes", "C no")


def test_wrong_tables_are_refused_without_their_counts() -> None:
    for counts, sums, text in (
        ({"a": 3}, [("all", ["a"])], "1 of the names are not in the table, the first of them 'all'. Give the count of each cell that a sum names."),
        ({"a": -3}, [], "1 counts are below 0, the first of them 'a'. A part is never more than its whole: correct the counts."),
        ({"a": 3, "all": 4}, [("all", ["a"])], "1 of 1 sums do not hold, the first of them that of 'all'. Give counts that add up, or leave the sum out."),
    ):  # fmt: skip
        with pytest.raises(DisclosureError) as caught:
            count_table(counts, sums)
        assert str(caught.value) == text


@pytest.mark.parametrize("large", [600, 0])
@pytest.mark.parametrize("draw", range(quick_or_long(2, 60)))
def test_no_other_choice_hides_less(draw: int, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # With 0 fractions choose the cells of every table.
    monkeypatch.setattr(hidden_cells, "_LARGE", large)
    table = next(
        table
        for table in (random_table(np.random.default_rng([draw, more]), 3) for more in itertools.count())
        if 3 < (~table.sensitive(5) & table.printed).sum() < 9 and table.sensitive(5).any()
    )
    found = suppress(table, 5)
    assert found.total == least_total(table, 5) == pytest.approx(found.least_total)


@pytest.mark.parametrize("large", [600, 0])
def test_nothing_follows_from_what_is_published(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hidden_cells, "_LARGE", large)
    for draw in range(quick_or_long(2, 2_000)):
        table = random_table(np.random.default_rng([20261129, draw]), quick_or_long(3, 5))
        found = suppress(table)
        seen = published_of(table, found.hidden)
        ranges = [attack(seen, table, int(cell)) for cell in np.flatnonzero(table.sensitive())]
        assert [ends for ends in ranges if ends[0] > 1 or ends[1] < 11] == []
        assert found.total <= 1.05 * found.least_total + 1e-6


# Totals that Tau-Argus hides in tables with margins (pytauargus 0.6.0), one row a person:
#   protect({"site": ..., "out": ..., "one": ...}, ["site", "out"], response="one", safety_rules="FREQ(10,100)",
#           suppress="OPT(1)")
# It asks for a range from 0 to twice the count, and each small count is 5: ours is from 1 to 10.
TAU_ARGUS = np.loadtxt(Path(__file__).with_name("tau_argus.csv"), delimiter=",", skiprows=1, dtype=int)


@pytest.mark.parametrize("draw", range(quick_or_long(3, len(TAU_ARGUS))))
def test_tau_argus_hides_no_less(draw: int) -> None:
    _, rows, columns, total = TAU_ARGUS[draw]
    rng = np.random.default_rng([8, draw])
    assert tuple(rng.integers(2, 7, 2)) == (rows, columns)
    inner = rng.integers(10, 80, size=(rows, columns))
    inner[rng.random((rows, columns)) < 0.15] = 5
    table = count_table(*with_margins(inner))
    found = suppress(table, 10)
    assert found.total <= total
    assert found.total == pytest.approx(found.least_total)
    seen = published_of(table, found.hidden)
    for cell in np.flatnonzero(table.sensitive(10)):
        low, high = attack(seen, table, int(cell))
        assert (low <= 1, high >= 10) == (True, True)


def test_the_same_table_gives_the_same_cells() -> None:
    # Sites of the same counts: any of them would do.
    table = by_site({"A": (4, 46), "B": (30, 40), "C": (30, 40), "D": (30, 40)})
    assert len({suppress(table).names for _ in range(2)}) == 1
