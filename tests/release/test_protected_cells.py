"""Which further counts are hidden, by hand."""

import itertools

import numpy as np
import pytest

from stepdown.errors import DisclosureError
from stepdown.release.protected_cells import REST, Partition, audit_partitions, further_hidden

RULES = {"threshold": 11, "base": 5}


def hidden(total: int, parts: dict[str, int], gone: str) -> set[str]:
    one = Partition("site", total, parts)
    return set(gone) | further_hidden(one, frozenset(gone), **RULES)


def test_rounding_of_many_parts_is_enough() -> None:
    # 4 = 200 - 30 - 40 - 50 - 76, where 30 to 76 are printed as 28-32, 38-42, 48-52 and 73-77: 4 may be
    # 200 - 203 < 1 or 200 - 187 = 13.
    assert hidden(200, {"A": 4, "B": 30, "C": 40, "D": 50, "E": 76}, "A") == {"A"}


def test_rounding_of_few_parts_is_not() -> None:
    # 4 = 59 - 30 - 25: 59 - 32 - 27 = 0, but at most 59 - 28 - 23 = 8. With 25 hidden, A is 27 to 31 less C.
    assert hidden(59, {"A": 4, "B": 30, "C": 25}, "A") == {"A", "C"}


def test_a_zero_can_be_hidden_instead() -> None:
    # A is 60 - 56 = 4 of 54..62 printed; a second hidden part lets it be 0, and three rounded parts let it be 10.
    found = hidden(124, {"A": 10, "B": 30, "C": 40, "D": 44, "E": 0}, "A")
    # 124 less 28 + 38 + 43 is 15; less 32 + 42 + 47 is 3, more than 1: a second part has to be hidden.
    assert found == {"A", "E"}


def test_what_is_left_of_a_total_is_protected_too() -> None:
    # 3 people have an unknown value: 63 - 30 - 30.
    assert hidden(63, {"A": 30, "B": 30, REST: 3}, "") in ({"A"}, {"B"})


def test_the_audit_refuses_sums_that_give_a_count_away() -> None:
    one = Partition("site", 34, {"A": 4, "B": 30})
    with pytest.raises(DisclosureError) as error:
        audit_partitions([(one, frozenset("A"))], **RULES)
    assert str(error.value).split("\nMore")[0] == (
        "1 small count follows from the sums of this release, the first of them 'A'. Nothing is published."
    )
    audit_partitions([(one, frozenset("AB"))], **RULES)


def test_sums_that_share_parts_are_looked_at_together() -> None:
    # Alone each leaves A open (with B or C hidden as well); together B and C follow from their other sums.
    first = Partition("site", 40, {"A": 4, "B": 36})
    second = Partition("site", 36, {"B": 36})
    with pytest.raises(DisclosureError, match="1 small count follows"):
        audit_partitions([(first, frozenset("AB")), (second, frozenset("B"))], **RULES)


@pytest.mark.parametrize("seed", range(40))
def test_an_attacker_who_tries_all_counts_learns_no_small_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.choice([0, 2, 5, 9, 13, 18, 27, 40], size=int(rng.integers(2, 5)))
    names = "ABCD"[: len(counts)]
    parts = dict(zip(names, map(int, counts), strict=True))
    total = sum(parts.values())
    small = {name for name, count in parts.items() if 0 < count < 13}
    if total < 11 or not small:
        return
    gone = hidden(total, parts, "".join(sorted(small)))
    possible = []
    for name, count in parts.items():
        printed = int(np.floor(count / 5 + 0.5)) * 5
        near = [0] if count == 0 else range(max(printed - 2, 0), printed + 3)
        possible.append(range(total + 1) if name in gone else near)
    fits = [one for one in itertools.product(*possible) if sum(one) == total]
    for place, name in enumerate(parts):
        if name in small and parts[name] < 11:
            values = {one[place] for one in fits}
            assert min(values) <= 1, name
            assert max(values) >= 11, name
