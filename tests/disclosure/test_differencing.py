"""Subtracting releases: traps by hand, and attacks on random pairs."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from stepdown.disclosure import (
    Ledger,
    check_release,
    count_table,
    differencing,
    read_ledger,
    record_release,
    stated_counts,
    suppress,
)
from stepdown.disclosure.stated_counts import count_limits
from stepdown.errors import DisclosureError
from support_disclosure import checked, published_of, random_pair, recovered
from support_size import quick_or_long


def test_examples_of_the_docstrings() -> None:
    for module in (differencing, stated_counts):
        outcome = doctest.testmod(module)
        assert outcome.failed == 0
        assert outcome.attempted > 5


def test_an_identical_release_changes_nothing(empty: Ledger) -> None:
    table = count_table({"A": 40, "B": 50, "all": 90}, [("all", ["A", "B"])])
    ledger = record_release(empty, checked(empty, table, "April"))
    again = checked(ledger, table, "May")
    assert (again.allowed, again.repeated) == (True, True)
    assert str(again) == "Release May states what an earlier release states."
    files = sorted(path.name for path in ledger.folder.iterdir())
    assert record_release(ledger, again) is ledger
    assert sorted(path.name for path in ledger.folder.iterdir()) == files == ["0001.json", "head.json"]


def test_two_sites(empty: Ledger) -> None:
    # April hides both sites; a page of site B alone would leave 60 - 52 = 8 for site A.
    april = count_table({"A": 8, "B": 52, "all": 60}, [("all", ["A", "B"])])
    ledger = record_release(empty, checked(empty, april, "April", ("A", "B")))
    found = checked(ledger, count_table({"B": 52}), "page of B")
    assert found.allowed is False
    assert found.recoverable == ("A in April",)
    assert found.extra == ("B",)
    assert str(found) == (
        "Release page of B is refused: 1 small count follows from it and earlier releases:\n"
        "  A in April\nHide as well:\n  B"
    )
    with pytest.raises(DisclosureError, match=r"^Release page of B is refused"):
        record_release(ledger, found)


def test_two_quarters(empty: Ledger) -> None:
    # The half year is published first, without its quarters; then the first quarter alone.
    half = count_table({"Q1": 40, "Q2": 9, "half": 49}, [("half", ["Q1", "Q2"])])
    ledger = record_release(empty, checked(empty, half, "half year", ("Q1", "Q2")))
    found = checked(ledger, count_table({"Q1": 40, "Q3": 30}), "quarters")
    assert found.recoverable == ("Q2 in half year",)
    assert found.extra == ("Q1",)


def test_a_pooled_number_that_grows_by_a_small_quarter(empty: Ledger) -> None:
    # 400 through 2026Q3, then 406 through 2026Q4: 6 in the quarter, whose own count is hidden.
    first = count_table({"Q1 to Q3": 400})
    ledger = record_release(empty, checked(empty, first, "first"))
    then = count_table({"Q1 to Q3": 400, "Q4": 6, "Q1 to Q4": 406}, [("Q1 to Q4", ["Q1 to Q3", "Q4"])])
    found = checked(ledger, then, "second", ("Q1 to Q3", "Q4"))
    assert found.recoverable == ("Q4",)
    assert found.extra == ("Q1 to Q4",)


@pytest.mark.parametrize(
    ("now", "allowed"), [(121, False), (130, False), (131, True), (110, False), (109, True)]
)
def test_a_re_run(empty: Ledger, now: int, allowed: bool) -> None:
    ledger = record_release(empty, checked(empty, count_table({"Q1": 120}), "April"))
    found = checked(ledger, count_table({"Q1": now}), "July")
    assert found.allowed is allowed
    assert found.recoverable == (() if allowed else ("change of Q1 since April",))
    assert found.extra == (() if allowed else ("Q1",))


def test_a_change_that_sums_give_away(empty: Ledger) -> None:
    # Hiding A alone would not do: 103 + 80 is the total.
    sums = [("all", ["A", "B"])]
    ledger = record_release(
        empty, checked(empty, count_table({"A": 100, "B": 60, "all": 160}, sums), "April")
    )
    found = checked(ledger, count_table({"A": 103, "B": 80, "all": 183}, sums), "July")
    assert found.recoverable == ("change of A since April",)
    assert found.extra in (("A", "B"), ("A", "all"))


def test_what_another_pattern_of_hidden_cells_gives_away(empty: Ledger) -> None:
    # April hides a and b of 40, July a and c: b is then known, and with it a. Two late discharges change little.
    april = count_table({"a": 5, "b": 35, "c": 50, "all": 90}, [("all", list("abc"))])
    ledger = record_release(empty, checked(empty, april, "April", ("a", "b")))
    july = count_table({"a": 5, "b": 35, "c": 52, "all": 92}, [("all", list("abc"))])
    found = checked(ledger, july, "July", ("a", "c", "all"))
    assert "a in April" in found.recoverable
    assert "b" in found.extra


def test_a_new_small_quarter_can_be_hidden(empty: Ledger) -> None:
    # 345 in one quarter; then 347 in it, and 6 and 1 in two new ones. Who believes that nothing has changed takes
    # the new ones for 0 whatever is published: hiding them and the old ones is enough.
    ledger = record_release(
        empty, checked(empty, count_table({"all": 345, "Q1": 345}, [("all", ["Q1"])]), "April", base=5)
    )
    sums = [("all", ["Q1", "Q2", "Q3"])]
    now = count_table({"all": 354, "Q1": 347, "Q2": 6, "Q3": 1}, sums)
    found = checked(ledger, now, "July", ("Q2", "Q3"), base=5)
    assert set(found.recoverable) >= {"change of all since April"}
    assert found.extra == ("all",)
    assert checked(ledger, now, "July", ("Q2", "Q3", "all"), base=5).allowed


def test_data_that_only_come_in(empty: Ledger) -> None:
    # April: 40 at A. July: A and B hidden, 48 in all. At most 8 are at B, since A has lost none.
    ledger = record_release(empty, checked(empty, count_table({"A": 40}), "April"))
    now = count_table({"A": 41, "B": 7, "all": 48}, [("all", ["A", "B"])])
    found = checked(ledger, now, "July", ("A", "B"))
    assert "B" in found.recoverable
    assert found.extra == ("all",)


def test_a_hidden_change_that_may_be_none_is_open(empty: Ledger) -> None:
    # 394 and 396 are printed as 395, so that at most 4 are new. 206 and 208 are printed as 205 and 210: from 1 to 9
    # more have the event. Once the 208 is hidden it is 0 to 4 more: nobody knows whether there are any.
    sums = [("all", ["event", "rest"])]
    april = count_table({"all": 394, "event": 206, "rest": 188}, sums, unprinted=["rest"])
    ledger = record_release(empty, checked(empty, april, "April", base=5))
    july = count_table({"all": 396, "event": 208, "rest": 188}, sums, unprinted=["rest"])
    found = checked(ledger, july, "July", base=5)
    assert found.recoverable == ("change of event since April",)
    assert found.extra == ("event",)
    assert checked(ledger, july, "July", ("event",), base=5).allowed


def test_hiding_costs_what_is_asked(empty: Ledger) -> None:
    table = count_table({"A": 4, "B": 30, "C": 25, "all": 59}, [("all", ["A", "B", "C"])])
    hidden = np.isin(table.names, ["A"])
    assert check_release(empty, table, hidden, name="first").extra == ("C",)
    dear = check_release(empty, table, hidden, name="first", costs={"C": 100})
    assert dear.extra == ("B",)


def test_a_count_under_two_names_is_hidden_under_both(empty: Ledger) -> None:
    table = count_table(
        {"A": 4, "B": 30, "B again": 30, "all": 34}, [("all", ["A", "B"]), ("B", ["B again"])]
    )
    found = checked(empty, table, "first", ("A", "B"))
    assert found.recoverable == ("A",)
    assert found.extra in (("B again",), ("all",))


def test_a_size_that_is_printed_as_a_larger_one(empty: Ledger) -> None:
    # 1,922 is printed as 1,924: 0 to 11 lack, which leaves the 2 that were removed open.
    table = count_table(
        {"before": 1924, "after": 1922, "removed": 2, "lacking": 2},
        [("before", ["after", "removed"]), ("before", ["after", "lacking"])],
        sizes={"after": 1924},
        lacking=["lacking"],
    )
    found = checked(empty, table, "first", ("removed",), base=5)
    assert found.allowed
    assert (found.release.sizes, found.release.lacking) == (("after",), ("lacking",))


@pytest.mark.parametrize(("base", "allowed"), [(5, False), (6, True)])
def test_rounded_counts_leave_twice_the_base_less_one_changes(
    empty: Ledger, base: int, allowed: bool
) -> None:
    # 119 to 125 with base 5 is 120 to 125: from 1 to 9 more. With base 6 it is 120 to 126: from 1 to 11 more.
    ledger = record_release(empty, checked(empty, count_table({"Q1": 119}), "April", base=base))
    assert checked(ledger, count_table({"Q1": 125}), "July", base=base).allowed is allowed
    # Two steps of 6: from 7 to 17 more.
    assert checked(ledger, count_table({"Q1": 129}), "July", base=base).allowed is allowed
    # A value that is printed again says nothing new.
    assert checked(ledger, count_table({"Q1": 120, "Q2": 50}), "July", base=base).allowed is True


@pytest.mark.parametrize(
    ("value", "base", "limits"),
    [(40, 1, (40, 40)), (0, 1, (0, 0)), (40, 5, (38, 42)), (42, 6, (39, 44)), (10, 5, (11, 12)), (0, 5, (0, 0)), (0, 30, (0, 14))],
)  # fmt: skip
def test_a_printed_count_is_0_or_not_small(value: int, base: int, limits: tuple[int, int]) -> None:
    assert count_limits(value, base, 11) == limits


def test_a_small_count_that_is_not_hidden_is_refused_at_once(empty: Ledger) -> None:
    found = checked(empty, count_table({"A": 4, "B": 40, "all": 44}, [("all", ["A", "B"])]), "first", ("A",))
    assert found.recoverable == ("A",)
    assert found.extra == ("B",)
    with pytest.raises(DisclosureError) as caught:
        checked(empty, count_table({"A": 4}), "first")
    assert (
        str(caught.value)
        == "1 count that must be hidden is not hidden, the first of them 'A'. Hide what `suppress` names."
    )


def test_the_threshold_stays(empty: Ledger) -> None:
    ledger = record_release(empty, checked(empty, count_table({"Q1": 120}), "April"))
    with pytest.raises(DisclosureError) as caught:
        check_release(ledger, count_table({"Q2": 90}), np.array([False]), name="July", threshold=5)
    assert str(caught.value) == (
        "The threshold is 5, and earlier releases used 11. Use 11, or another folder of releases if these data were "
        "never published."
    )


def test_no_small_count_of_two_releases_can_be_recovered(tmp_path: Path) -> None:
    refused = 0
    for draw in range(quick_or_long(1, 1_000)):
        rng = np.random.default_rng([5, draw])
        first, second = random_pair(rng, quick_or_long(2, 3))
        ledger = read_ledger(tmp_path / str(draw))
        before = suppress(first)
        ledger = record_release(ledger, check_release(ledger, first, before.hidden, name="first"))
        costs = {name: float(rng.integers(1, 60)) for name in second.names}
        hidden = suppress(second, costs=costs).hidden
        found = check_release(ledger, second, hidden, name="second")
        refused += not found.allowed
        hidden = hidden | np.isin(second.names, found.extra)
        seen = [(published_of(first, before.hidden), first), (published_of(second, hidden), second)]
        assert found.repeated or recovered(seen, 11) == []
        assert check_release(ledger, second, hidden, name="second").allowed
    assert refused > 0


def test_a_change_that_other_counts_show_to_be_small(empty: Ledger) -> None:
    # Printed in fives, 370 stays 370. But in April adults and minors are 347 + 22 at most, so all are 368 or 369;
    # in July the sites are 348 + 23 at least, so all are 371 or 372: 2 to 4 people came.
    april = count_table({"all": 368, "adults": 347, "minors": 21}, [("all", ["adults", "minors"])])
    ledger = record_release(empty, check_release(empty, april, [False] * 3, name="April", base=5))
    july = count_table({"all": 372, "north": 348, "south": 24}, [("all", ["north", "south"])])
    found = check_release(ledger, july, [False] * 3, name="July", base=5)
    assert found.recoverable == ("change of all since April",)
    assert found.extra == ("south",)
    assert check_release(ledger, july, [False, False, True], name="July", base=5).allowed
    # 12 people more in the north: nobody can say that few came, and all are printed anew.
    more = count_table({"all": 384, "north": 360, "south": 24}, [("all", ["north", "south"])])
    assert check_release(ledger, more, [False] * 3, name="July", base=5).allowed


def test_a_change_of_a_count_that_was_hidden_before(empty: Ledger) -> None:
    # Of about 200 people in April it is not said how many were minors: none, or any number.
    april = count_table({"all": 200, "adults": 190, "minors": 10}, [("all", ["adults", "minors"])])
    first = check_release(empty, april, [False, True, True], name="April", base=5)
    assert first.allowed
    ledger = record_release(empty, first)
    # So 15 minors in July do not show how many have come since.
    july = count_table({"all": 214, "adults": 199, "minors": 15}, [("all", ["adults", "minors"])])
    assert check_release(ledger, july, [False] * 3, name="July", base=5).allowed
