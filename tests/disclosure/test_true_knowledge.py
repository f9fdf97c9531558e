"""What somebody knows for certain who knows how data came in; and that hiding more gives nobody more."""

from pathlib import Path

import numpy as np

from stepdown.disclosure import (
    Ledger,
    check_release,
    count_table,
    read_ledger,
    suppress,
)
from stepdown.disclosure import record_release as recorded
from support_disclosure import checked, random_pair
from support_size import quick_or_long

PARTS = ("v", "w", "x", "y", "z")


def test_what_only_grew_is_believed_though_other_counts_became_smaller(empty: Ledger) -> None:
    # Five parts of 110, then of 90, each printed as 20 both times: some became smaller. A has only grown, from 38 or
    # more, so that of 43 to 47 at most 9 are at the new site A2, which somebody knows who knows that of A alone.
    april = count_table({**dict.fromkeys(PARTS, 22), "all": 110, "A": 40}, [("all", PARTS)])
    ledger = recorded(empty, checked(empty, april, "April", base=5))
    sums = [("all", PARTS), ("both", ["A", "A2"])]
    july = count_table({**dict.fromkeys(PARTS, 18), "all": 90, "A": 41, "A2": 6, "both": 47}, sums)
    found = checked(ledger, july, "July", ("A2", "A"), base=5)
    assert (found.recoverable, found.extra) == (("A2",), ("both",))
    assert checked(ledger, july, "July", ("A2", "A", "both"), base=5).allowed


def test_a_later_count_bounds_an_earlier_one(empty: Ledger) -> None:
    # May hides both parts of 52. A page of A alone in July has 44, and A has only grown: at least 8 were at B.
    may = count_table({"A": 42, "B": 10, "all": 52}, [("all", ["A", "B"])])
    ledger = recorded(empty, checked(empty, may, "May", ("A", "B")))
    found = checked(ledger, count_table({"A": 44}), "July")
    assert (found.recoverable, found.extra) == (("B in May",), ("A",))


def test_hiding_more_gives_nobody_more(tmp_path: Path) -> None:
    refused = 0
    for draw in range(quick_or_long(8, 500)):
        rng = np.random.default_rng([7, draw])
        first, second = random_pair(rng, 2)
        ledger = read_ledger(tmp_path / str(draw))
        ledger = recorded(ledger, check_release(ledger, first, suppress(first).hidden, name="first"))
        hidden = suppress(second).hidden
        found = check_release(ledger, second, hidden, name="second")
        refused += not found.allowed
        enough = hidden | np.isin(second.names, found.extra)
        for _ in range(3):
            more = enough | (rng.random(len(enough)) < 0.4)
            again = check_release(ledger, second, more, name="second").recoverable
            # A change that was printed, of 11 possible ones or more, must be open in another way once it is hidden.
            assert [one for one in again if not one.startswith("change of ")] == []
    assert refused > 0
