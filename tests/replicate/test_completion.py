"""Completion by setting: by hand, and the ratios of the sample of 2023 as they are published crude and adjusted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special

from stepdown.errors import DesignError
from stepdown.replicate.completion_by_setting import completion_by_setting
from stepdown.sources.teds_d import TedsDischarges, read_teds_d
from support_real import real_data


def made(rows: list[tuple[int, int, int]]) -> TedsDischarges:
    """Return discharges of (setting, reason, state)."""
    frame = pd.DataFrame(rows, columns=["SERVICES_D", "REASON", "STFIPS"]).astype("Int16")
    return TedsDischarges(table=frame, years=(2019,), renamed=(), unknown=(), unlisted=())


def two_states() -> list[tuple[int, int, int]]:
    # Residential 6 of 10 complete, intensive outpatient 3 of 10, outpatient 4 of 10 and 2 transfers.
    found = []
    for setting, done, moved in ((4, 6, 0), (6, 3, 0), (7, 4, 2)):
        reasons = [1] * done + [4] * moved + [2] * (10 - done - moved)
        found += [(setting, reason, 1 + place % 2) for place, reason in enumerate(reasons)]
    return [*found, (2, 1, 1)]


def one(table: pd.DataFrame, setting: str, measure: str, *, adjusted: bool = False) -> pd.Series:
    mine = table[
        (table["setting"] == setting) & (table["measure"] == measure) & (table["adjusted"] == adjusted)
    ]
    return mine.iloc[0]


def test_shares_and_crude_ratios_by_hand() -> None:
    table = completion_by_setting(made(two_states()))
    assert one(table, "residential", "share")[["estimate", "n", "completed"]].tolist() == [0.6, 10, 6]
    assert one(table, "residential", "odds_ratio")["estimate"] == pytest.approx((6 / 4) / (4 / 6))
    assert one(table, "residential", "risk_ratio")["estimate"] == pytest.approx(0.6 / 0.4)
    assert one(table, "intensive outpatient", "odds_ratio")["estimate"] == pytest.approx((3 / 7) / (4 / 6))


def test_without_transfers_the_denominator_is_smaller() -> None:
    table = completion_by_setting(made(two_states()), transfers=False)
    assert one(table, "outpatient", "share")[["estimate", "n"]].tolist() == [0.5, 8]
    assert one(table, "residential", "odds_ratio")["estimate"] == pytest.approx(1.5)


def test_an_odds_ratio_is_further_from_one_than_the_risk_ratio() -> None:
    table = completion_by_setting(made(two_states()))
    for setting in ("residential", "intensive outpatient"):
        odds, risk = (one(table, setting, name)["estimate"] for name in ("odds_ratio", "risk_ratio"))
        assert abs(np.log(odds)) > abs(np.log(risk))


def test_a_file_with_one_state_is_refused() -> None:
    rows = [(setting, reason, 1) for setting, reason, _ in two_states()]
    with pytest.raises(DesignError) as error:
        completion_by_setting(made(rows))
    assert str(error.value) == (
        "The file has 3 of 3 settings and 1 states; completion is compared between all settings, with states as "
        "clusters."
    )


def sample() -> Path:
    return real_data() / "teds_d" / "tedsd_2023_sample1000_recoded.csv"


def test_the_sample_shows_what_times_as_likely_hides() -> None:
    table = completion_by_setting(read_teds_d(sample()))
    raw = pd.read_csv(sample())
    mine = raw[raw["SERVICES_D"].isin([3, 4, 5])]
    share = (mine["REASON"] == 1).mean()
    assert one(table, "residential", "share")["estimate"] == pytest.approx(share)
    crude, adjusted = (one(table, "residential", "odds_ratio", adjusted=flag) for flag in (False, True))
    risk = one(table, "residential", "risk_ratio", adjusted=True)
    # About 3 as an adjusted odds ratio, under 2 as a ratio of risks.
    assert crude["estimate"] < 2 < 3 < adjusted["estimate"]
    assert 1 < risk["conf_low"] < risk["estimate"] < 2


def test_grouping_discharges_changes_no_estimate_and_no_error() -> None:
    # Each discharge as a row of its own, by statsmodels with states as clusters.
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "SERVICES_D": rng.choice([4, 6, 7], 400), "REASON": rng.choice([1, 2], 400),
            "STFIPS": rng.integers(1, 7, 400), "AGE": rng.integers(1, 4, 400),
        }
    ).astype("Int16")  # fmt: skip
    table = completion_by_setting(
        TedsDischarges(table=frame, years=(2019,), renamed=(), unknown=(), unlisted=())
    )
    codes = frame.astype(int)
    common = codes["AGE"].value_counts().idxmax()
    ages = [codes["AGE"] == age for age in sorted(codes["AGE"].unique()) if age != common]
    design = np.column_stack(
        [np.ones(400), codes["SERVICES_D"] == 4, codes["SERVICES_D"] == 6, *ages]
    ).astype(float)
    for family, measure in ((sm.families.Binomial(), "odds_ratio"), (sm.families.Poisson(), "risk_ratio")):
        fit = sm.GLM((codes["REASON"] == 1).astype(float), design, family=family).fit(
            cov_type="cluster", cov_kwds={"groups": codes["STFIPS"]}
        )
        row = one(table, "residential", measure, adjusted=True)
        assert row["estimate"] == pytest.approx(np.exp(fit.params.iloc[1]), rel=1e-9)
        wide = (np.log(row["conf_high"]) - np.log(row["conf_low"])) / 2
        assert wide == pytest.approx(special.stdtrit(5, 0.975) * fit.bse.iloc[1], rel=1e-9)


def test_a_category_in_which_nobody_completes_leaves_the_ratios_of_the_settings() -> None:
    rows = [(*row, 1 + place % 2) for place, row in enumerate(two_states() * 4)]
    rows += [(setting, 2, 1 + place % 2, 3) for place, setting in enumerate((4, 6, 7) * 2)]
    rows += [(setting, 1, 1 + place % 2, 4) for place, setting in enumerate((4, 6, 7) * 2)]
    frame = pd.DataFrame(rows, columns=["SERVICES_D", "REASON", "STFIPS", "AGE"]).astype("Int16")
    given = TedsDischarges(table=frame, years=(2019,), renamed=(), unknown=(), unlisted=())
    found = one(completion_by_setting(given), "residential", "odds_ratio", adjusted=True)
    assert found["estimate"] == pytest.approx(2.25, rel=0.1)
    assert np.isfinite(found[["conf_low", "conf_high"]].to_numpy(dtype=float)).all()
