"""Proportions of clients who count several times: by hand, against R, and in simulation."""

import json
from pathlib import Path

import numpy as np
import pytest

from stepdown.cohort.clustered_proportions import Clusters, proportions

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "cohort" / "proportion_reference.json").read_text()
)


def one(hit: list[int], client: list[int], level: float = 0.95) -> dict[str, float]:
    table = proportions(
        np.array(hit, dtype=bool),
        Clusters.of(np.zeros(len(hit), dtype=np.int64), np.array(client, dtype=np.int64), 1),
        level=level,
    )
    return dict(table.iloc[0])


@pytest.mark.parametrize(
    ("name", "level", "single"), [("clustered", 0.95, False), ("single", 0.95, True), ("ninety", 0.9, False)]
)
def test_against_r(name: str, level: float, single: bool) -> None:
    hit = REFERENCE["y"]
    client = list(range(len(hit))) if single else REFERENCE["client"]
    got, wanted = one(hit, client, level), REFERENCE[name]
    for column in ("rate", "design_effect", "conf_low", "conf_high"):
        assert got[column] == pytest.approx(wanted[column], rel=1e-12)


def test_by_hand() -> None:
    # Clients a (1, 1), b (0, 0): p = 1/2, u = (1, -1), v = 2/1 * 2 / 16 = 1/4, p(1-p)/n = 1/16, so 4.
    got = one([1, 1, 0, 0], [0, 0, 1, 1])
    assert got["design_effect"] == pytest.approx(4)
    # Wilson for 1/2 of 1: 0.5 +- z / (2 sqrt(1 + z^2)) = 0.5 +- 1.959964 / 4.400665 = 0.5 +- 0.445379.
    assert (got["conf_low"], got["conf_high"]) == (
        pytest.approx(0.054621, abs=1e-6),
        pytest.approx(0.945379, abs=1e-6),
    )
    # Clients who differ within themselves as much as they can: never narrower than independent rows.
    assert one([1, 0, 1, 0], [0, 0, 1, 1])["design_effect"] == 1


@pytest.mark.parametrize(("value", "low", "high"), [(0, 0.0, 0.5615), (1, 0.4385, 1.0)])
def test_none_and_all_count_each_client_once(value: int, low: float, high: float) -> None:
    # 6 rows of 3 clients, as if there were 3: Wilson's limit of 0 of 3 is z^2 / (3 + z^2) = 0.5615.
    got = one([value] * 6, [0, 0, 1, 1, 2, 2])
    assert got["design_effect"] == 2
    assert (got["conf_low"], got["conf_high"]) == (
        pytest.approx(low, abs=1e-4),
        pytest.approx(high, abs=1e-4),
    )
    assert {0: got["conf_low"], 1: got["conf_high"]}[value] == value


def test_groups_are_told_apart_and_an_empty_one_is_missing() -> None:
    hit = np.array([True, False, True, True, False])
    group, client = np.array([0, 0, 2, 2, 0]), np.array([7, 8, 7, 9, 9])
    inside = np.array([True, True, True, True, False])
    table = proportions(hit, Clusters.of(group, client, 3), inside=inside)
    assert table["denominator"].tolist() == [2, 0, 2]
    assert table["numerator"].tolist() == [1, 0, 2]
    assert table["clients"].tolist() == [2, 0, 2]
    assert table.loc[1, ["rate", "conf_low", "conf_high"]].isna().all()
    assert table.loc[0, "conf_low"] == pytest.approx(one([1, 0], [0, 1])["conf_low"])


def test_the_interval_covers_where_clients_count_several_times() -> None:
    # Each client has 1 to 4 discharges that all turn out alike: plain Wilson covers about 80 of 100.
    draw, samples, people, truth = np.random.default_rng(5), 600, 80, 0.3
    client = np.repeat(np.arange(people), np.arange(people) % 4 + 1)
    hits = (draw.random((samples, people)) < truth)[:, client]
    group = np.repeat(np.arange(samples), len(client))
    table = proportions(hits.ravel(), Clusters.of(group, np.tile(client, samples), samples))
    covered = ((table["conf_low"] <= truth) & (table["conf_high"] >= truth)).mean()
    assert 0.92 < covered < 0.975
    alone = proportions(hits.ravel(), Clusters.of(group, np.arange(hits.size), samples))
    assert ((alone["conf_low"] <= truth) & (alone["conf_high"] >= truth)).mean() < 0.85
