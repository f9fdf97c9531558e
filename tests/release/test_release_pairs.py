"""Pairs of public reports of small random cohorts: no small count can be worked out."""

import csv

from support_size import quick_or_long
from tools.validation.release_pairs import COLUMNS, FILE, attack


def test_no_small_count_follows_from_a_pair() -> None:
    # Pair 2 hides more for the sake of its first report.
    for seed in range(2, 2 + quick_or_long(1, 998)):
        found = attack(seed)
        assert (found["hidden"], found["exact"], found["few"]) == (found["small"], 0, 0), seed
        assert (found["changes_exact"], found["changes_small"], found["refused"]) == (0, 0, 0), seed


def test_the_kept_attacks_found_no_count() -> None:
    with FILE.open(encoding="utf-8", newline="") as file:
        kept = list(csv.DictReader(file))
    assert tuple(kept[0]) == COLUMNS
    assert [one["seed"] for one in kept] == [str(number) for number in range(len(kept))]
    assert sum(int(one["small"]) for one in kept) >= 9 * len(kept) > 200
    for one in kept:
        assert one["hidden"] == one["small"]
        assert {one[name] for name in ("exact", "few", "changes_exact", "changes_small")} == {"0"}
        assert one["least"] == "0" or int(one["least"]) >= 11
    # Every second report can be published with more hidden, and shows something.
    assert {one["refused"] for one in kept} == {"0"}
