"""Covariates keep the one-way margins that are stated, and those are what the code book says."""

import csv
import tomllib
from collections import defaultdict
from importlib import resources

import numpy as np
import pytest

from stepdown.synthetic.clients import declared
from stepdown.synthetic.parameters import margins
from support_real import real_data
from support_synthetic import clients

N = 200_000
# Largest distance of a share: four standard errors of N clients, and the little by which a mixture of
# sites and quarters is not normal.
CLOSE = 4 * 0.5 / np.sqrt(N) + 0.001


def shares(name: str) -> dict[str, float]:
    margin = margins()[name]
    return {level: margin.share(level) for level in margin.levels}


@pytest.fixture(scope="module")
def drawn():
    return clients(N)


@pytest.mark.parametrize("name", ["sex", "primary_substance", "severity", "payer", "discharge_reason"])
def test_codes_keep_their_margins(drawn, name):
    counts = np.bincount(drawn.codes[name], minlength=len(declared(name))) / N
    found = dict(zip(declared(name), counts, strict=True))
    assert {level: share for level, share in found.items() if level not in shares(name)} == {
        level: 0.0 for level in declared(name) if level not in shares(name)
    }
    for level, share in shares(name).items():
        assert found[level] == pytest.approx(share, abs=CLOSE), level


@pytest.mark.parametrize("name", ["cooccurring", "employed", "trauma_history", "rural"])
def test_flags_keep_their_margins(drawn, name):
    assert drawn.flags[name].mean() == pytest.approx(shares(name)["yes"], abs=CLOSE)


def test_margins_of_derived_columns(drawn):
    assert (drawn.numbers["prior_treatments"] > 0).mean() == pytest.approx(
        shares("prior_treatment")["yes"], abs=CLOSE
    )
    assert drawn.flags["moud_at_discharge"].mean() == pytest.approx(shares("moud")["yes"], abs=CLOSE)
    opioids = drawn.codes["primary_substance"] == declared("primary_substance").index("opioids")
    assert not (drawn.flags["moud_at_discharge"] & ~opioids).any()
    hispanic = drawn.codes["race_ethnicity"] == declared("race_ethnicity").index("hispanic")
    assert hispanic.mean() == pytest.approx(shares("hispanic")["yes"], abs=CLOSE)
    unstable = drawn.codes["home_environment"] == declared("home_environment").index("unstable")
    assert unstable.mean() == pytest.approx(shares("homeless")["yes"], abs=CLOSE)
    for band, low, high in (("18-20", 18, 20), ("35-39", 35, 39), ("65+", 65, 200)):
        inside = (drawn.numbers["age"] >= low) & (drawn.numbers["age"] <= high)
        assert inside.mean() == pytest.approx(shares("age_band")[band], abs=CLOSE), band


def test_severity_drives_what_it_should(drawn):
    severe = drawn.codes["severity"] == declared("severity").index("severe")
    assert drawn.flags["cooccurring"][severe].mean() > drawn.flags["cooccurring"][~severe].mean() + 0.1
    assert drawn.flags["employed"][severe].mean() < drawn.flags["employed"][~severe].mean() - 0.1


def test_sites_differ_and_the_case_mix_drifts(drawn):
    severe = drawn.codes["severity"] == declared("severity").index("severe")
    by_site = np.bincount(drawn.site, severe) / np.bincount(drawn.site)
    assert len(by_site) == 20
    assert np.ptp(by_site) > 0.15
    late = drawn.day >= 640
    early = drawn.day < 90
    assert severe[late].mean() > severe[early].mean() + 0.03


@pytest.mark.real
def test_margins_are_those_of_the_code_book():
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    with (real_data() / "teds_d" / "codebook_2019.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts[row["variable"]][row["code"]] = int(row["freq_2019"])
    stated = tomllib.loads(resources.files("stepdown.synthetic").joinpath("margins.toml").read_text())
    from_book = {name: entry for name, entry in stated.items() if "variable" in entry}
    assert len(from_book) == 12
    for name, entry in from_book.items():
        of = counts[entry["variable"]]
        sums = {level: sum(of[str(code)] for code in codes) for level, codes in entry["codes"].items()}
        assert "-9" not in {str(code) for codes in entry["codes"].values() for code in codes}
        for level, count in sums.items():
            assert entry["shares"][level] == round(count / sum(sums.values()), 5), (name, level)
