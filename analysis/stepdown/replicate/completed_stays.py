"""Claims about the completion of treatment, from tables of discharges like TEDS-D.

`completion_by_setting` estimates; this module says which of its numbers is the figure of a claim, and writes
the discharges of a cohort in the codes of TEDS-D.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from stepdown.cohort.clustered_proportions import Clusters, proportions
from stepdown.errors import DesignError
from stepdown.replicate.claim import Claim
from stepdown.replicate.completion_by_setting import (
    COMPLETED,
    SETTINGS,
    TRANSFERRED,
    completion_by_setting,
)
from stepdown.replicate.estimate_of_claim import FIGURE, ClaimEstimate
from stepdown.schema import Cohort
from stepdown.sources.teds_d import TedsDischarges

DETOXIFICATION = (1, 2, 8)
_CODES = {"withdrawal": 2, "residential": 4, "iop": 6, "outpatient": 7}
_REASONS = {"completed": COMPLETED, "transferred": TRANSFERRED, "left_against_advice": 2, "terminated": 3}


def completion_estimates(claim: Claim, discharges: TedsDischarges) -> tuple[ClaimEstimate, ...]:
    """Return the figure of a claim on completion first, then what is reported beside it.

    Parameters
    ----------
    claim : Claim
        A share of all discharges, or a ratio of residential to outpatient treatment.
    discharges : TedsDischarges
        As of `read_teds_d`.

    Raises
    ------
    DesignError
        The table lacks the settings.
    """
    made = _shares(discharges) if claim.measure == "proportion" else _ratios(discharges)
    return tuple(made)


def _shares(discharges: TedsDischarges) -> Iterator[ClaimEstimate]:
    reason = discharges.table["REASON"].to_numpy(dtype=float, na_value=np.nan)
    known = ~np.isnan(reason)
    for name, kept in ((FIGURE, known), ("without_transfers", known & (reason != TRANSFERRED))):
        client = np.arange(len(reason), dtype=np.int64)
        among = Clusters.of(np.zeros(len(reason), dtype=np.int64), client, 1)
        row = proportions(reason == COMPLETED, among, inside=kept).iloc[0]
        yield ClaimEstimate(
            quantity=name, value=float(row["rate"]), low=float(row["conf_low"]),
            high=float(row["conf_high"]), n=int(row["denominator"]),
        )  # fmt: skip


def _ratios(discharges: TedsDischarges) -> Iterator[ClaimEstimate]:
    table = completion_by_setting(discharges)
    mine = table[table["setting"] == "residential"]
    for name, measure, adjusted in (
        (FIGURE, "odds_ratio", True),
        ("risk_ratio", "risk_ratio", True),
        ("crude_odds_ratio", "odds_ratio", False),
        ("crude_risk_ratio", "risk_ratio", False),
    ):
        row = mine[(mine["measure"] == measure) & (mine["adjusted"] == adjusted)].iloc[0]
        yield ClaimEstimate(
            quantity=name, value=float(row["estimate"]), low=float(row["conf_low"]),
            high=float(row["conf_high"]), n=int(table["n"].groupby(table["setting"]).first().sum()),
        )  # fmt: skip
    for name, setting in (("outcome_exposed", "residential"), ("outcome_others", "outpatient")):
        row = table[(table["setting"] == setting) & (table["measure"] == "share")].iloc[0]
        yield ClaimEstimate(quantity=name, value=float(row["estimate"]), n=int(row["n"]))


def in_teds_codes(cohort: Cohort) -> TedsDischarges:
    """Return the discharges of a cohort in the codes of TEDS-D, with sites in place of states.

    Raises
    ------
    DesignError
        No discharge has a reason.
    """
    held = cohort.discharges
    if not held["discharge_reason"].notna().any():
        raise DesignError(
            "No discharge has a reason, so nobody is known to have completed treatment. Map discharge_reason."
        )
    reason = (
        held["discharge_reason"].astype(object).map(lambda name: _REASONS.get(name, 7), na_action="ignore")
    )
    table = pd.DataFrame(
        {
            "SERVICES_D": held["level"].astype(object).map(_CODES).astype("Int16"),
            "REASON": reason.astype("Int16"),
            "STFIPS": pd.Series(pd.factorize(held["site_id"])[0] + 1).astype("Int16"),
        }
    )
    more = ("age_band", "sex", "race_ethnicity", "primary_substance")
    for name, own in zip(("AGE", "GENDER", "RACE", "SUB1"), more, strict=True):
        if own in held:
            codes = pd.Series(pd.factorize(held[own].astype(object))[0]).astype("Int16")
            table[name] = codes
    return TedsDischarges(table=table, years=(), renamed=(), unknown=(), unlisted=())


def drawn_discharges(
    size: int, rng: np.random.Generator, *, share: float, odds: float, base: float, selection: float,
    transfers: float = 0.0,
) -> TedsDischarges:  # fmt: skip
    """Return discharges from residential, intensive outpatient and outpatient treatment in 20 states.

    Parameters
    ----------
    size : int
        Discharges from residential and outpatient treatment; a tenth as many more are from IOP.
    rng : Generator
        Of the draws.
    share : float
        Log odds of residential treatment of a person without the trait.
    odds : float
        Log odds ratio of completion in residential treatment.
    base : float
        Log odds of completion of a person without the trait.
    selection : float
        A trait raises the log odds of residential treatment, and of completion, by so much for each standard
        deviation.
    transfers : float
        Share of the stays not completed that end in a transfer.
    """
    trait = rng.standard_normal(size)
    residential = rng.random(size) < 1 / (1 + np.exp(-(share + selection * trait)))
    done = rng.random(size) < 1 / (1 + np.exp(-(base + odds * residential + selection * trait)))
    few = max(size // 10, 40)
    iop = rng.random(few) < 1 / (1 + np.exp(-base))
    moved = rng.random(size + few) < transfers
    completed = np.concatenate([done, iop])
    reason = np.where(completed, COMPLETED, np.where(moved, TRANSFERRED, 2))
    service = np.concatenate([np.where(residential, SETTINGS["residential"][0], 7), np.repeat(6, few)])
    table = pd.DataFrame(
        {
            "SERVICES_D": service, "REASON": reason, "STFIPS": rng.integers(1, 21, size + few),
            "AGE": rng.integers(1, 13, size + few),
        }
    ).astype("Int16")  # fmt: skip
    return TedsDischarges(table=table, years=(), renamed=(), unknown=(), unlisted=())


def log_odds(share: float) -> float:
    """Return the log odds of a share."""
    return math.log(share / (1 - share))
