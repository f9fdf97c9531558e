"""What would change the answer, read from the results."""

import math
from dataclasses import dataclass

import pandas as pd

from stepdown.results.reading import TURNBULL, adjusted
from stepdown.results.table import SHOWN, WITHHELD, Results

SENSITIVITY = "sensitivity"
"""The analysis."""
SPECIFICATION, E_VALUE, STRENGTH_NEEDED = "specification", "e_value", "strength_needed"
COVARIATE_STRENGTH, IF_LOST, TIPPING_POINT = "covariate_strength", "difference_if_lost", "tipping_point"
NOT_ESTIMATED = "not_estimated"
NOT_ADJUSTED = "adjusted=none"
"""Variant of the analyses of groups as they were, beside a primary comparison that is adjusted."""
NOT_MADE = "made=no"
"""Variant of a kind of analysis that a study could have and does not ask for."""
EXPOSURES = (1.2, 1.4, 1.6, 1.8, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
"""How many times as frequent in one arm the hidden causes are for which the other strength is listed."""
BOTH, ARM, REFERENCE = "both", "arm", "reference"
"""Whose loss may be informative."""
IN_TRIALS = "discharges in trials"
"""Unit of counts where a discharge is in several trials."""
RANGE_ONLY = "only a range is known"


@dataclass(frozen=True, kw_only=True)
class ArmDifference:
    """The difference in risk between two arms, with the ratio.

    Attributes
    ----------
    arm, reference : str
        Labels.
    estimate, low, high : float
        Difference in probability with its limits; missing where there are none.
    ratio, ratio_low, ratio_high : float
        The same as a ratio.
    method : str
        Estimator.
    adjusted : bool
        Whether it is about a population that the groups are made alike to.
    caution : str
        Code of the caution beside it.
    status, reason : str
        As in the results; or why there is no number.
    """

    arm: str
    reference: str
    estimate: float = math.nan
    low: float = math.nan
    high: float = math.nan
    ratio: float = math.nan
    ratio_low: float = math.nan
    ratio_high: float = math.nan
    method: str = ""
    adjusted: bool = False
    caution: str = ""
    status: str = SHOWN
    reason: str = ""

    @property
    def row(self) -> pd.Series:
        """The difference as display takes it: never a share of counted people."""
        held = {"estimate": self.estimate, "conf_low": self.low, "conf_high": self.high}
        return pd.Series(held | {"population": "everyone"}, dtype=object)

    @property
    def known(self) -> bool:
        """Whether there is a number that may be shown."""
        return self.status != WITHHELD and math.isfinite(self.estimate)

    @property
    def sure(self) -> bool:
        """Whether the interval excludes no difference."""
        return self.known and (self.low > 0 or self.high < 0)


def contrasts(
    table: pd.DataFrame, *, analysis: str, day: float, variant: str = ""
) -> tuple[ArmDifference, ...]:
    """Return the differences in risk by a day of one analysis, adjusted where they can be."""
    table = table[
        (table["analysis"] == analysis)
        & (table["estimand"] == "risk")
        & (table["variant"] == variant)
        & (table["time"] == day)
        & (table["method"] != TURNBULL)
        & table["statistic"].isin(["difference", "ratio"])
    ]
    found = []
    for pair in dict.fromkeys(zip(table["arm"], table["reference"], strict=True)):
        mine = table[(table["arm"] == pair[0]) & (table["reference"] == pair[1])]
        found.append(_contrast(mine, *pair))
    return tuple(found)


def no_relapse(table: pd.DataFrame, *, analysis: str, arm: str, day: float) -> bool:
    """Return whether nobody of an arm had a relapse by a day: no event counts, or the risk is 0."""
    mine = table[(table["analysis"] == analysis) & (table["arm"] == arm) & (table["variant"] == "")]
    events = mine[mine["estimand"] == "events_by_window_end"]["estimate"]
    if len(events):
        return bool((events == 0).all())
    risk = mine[
        (mine["estimand"] == "risk") & (mine["statistic"] == "estimate") & (mine["time"] == day)
        & (mine["cause"] == "relapse") & (mine["bound"] == "")
    ]  # fmt: skip
    return bool(len(risk) and (risk["estimate"] == 0).all())


def _contrast(mine: pd.DataFrame, arm: str, reference: str) -> ArmDifference:
    single = adjusted(mine[mine["bound"] == ""])
    differences = single[single["statistic"] == "difference"]
    if differences.empty:
        return ArmDifference(arm=arm, reference=reference, reason=RANGE_ONLY)
    row = differences.iloc[0]
    ratios = single[single["statistic"] == "ratio"]
    numbers = ("estimate", "conf_low", "conf_high")
    low = [float(ratios[name].iloc[0]) if len(ratios) else math.nan for name in numbers]
    return ArmDifference(
        arm=arm,
        reference=reference,
        estimate=float(row["estimate"]),
        low=float(row["conf_low"]),
        high=float(row["conf_high"]),
        ratio=low[0],
        ratio_low=low[1],
        ratio_high=low[2],
        method=str(row["method"]),
        adjusted=bool(row["population"]),
        caution=str(row["note_code"]),
        status=str(row["status"]),
        reason=str(row["status_reason"] or row["note"]),
    )


@dataclass(frozen=True, kw_only=True)
class OtherAnalysis:
    """One answer to the question of the primary comparison.

    Attributes
    ----------
    kind : str
        What it varies: "primary", "estimator", "truncation", "adherence", "design", "landmark",
        "grace_period", "start_law", "against_advice", "site" or "definition".
    value : str
        Its value; of a definition the rule for missed contacts.
    endpoint, site : str
        Definition of relapse, and the site left out.
    answer : ArmDifference
        The difference; its `reason` says why there is none, or no interval.
    counted : bool
        Whether it makes the groups as alike as the primary comparison does.
    """

    kind: str
    value: str
    endpoint: str
    site: str
    answer: ArmDifference
    counted: bool


def other_analyses(results: Results) -> tuple[OtherAnalysis, ...]:
    """Return the primary comparison and all others of its question, in the order of the results."""
    table = results.table
    table = table[(table["analysis"] == SENSITIVITY) & (table["estimand"] == SPECIFICATION)]
    return tuple(
        OtherAnalysis(
            kind=row["term"],
            value=row["level"],
            endpoint=row["endpoint"],
            site=row["site"],
            counted=row["variant"] != NOT_ADJUSTED,
            answer=ArmDifference(
                arm=row["arm"],
                reference=row["reference"],
                estimate=row["estimate"],
                low=row["conf_low"],
                high=row["conf_high"],
                method=row["method"],
                caution=row["note_code"],
                status=row["status"],
                reason=row["status_reason"] or row["note"],
            ),
        )
        for row in table.to_dict("records")
        if row["term"] and row["variant"] != NOT_MADE
    )


def not_made(results: Results) -> tuple[str, ...]:
    """Return the kinds of analysis that the study could have and does not ask for."""
    table = results.table
    table = table[(table["estimand"] == SPECIFICATION) & (table["variant"] == NOT_MADE)]
    return tuple(dict.fromkeys(table["term"]))


def refusal(results: Results) -> str:
    """Return why nothing is varied; empty where something is, or where nothing is compared."""
    table = results.table
    table = table[
        (table["analysis"] == SENSITIVITY) & (table["estimand"] == SPECIFICATION) & (table["term"] == "")
    ]
    return str(table["status_reason"].iloc[0] or table["note"].iloc[0]) if len(table) else ""


def of_pair(results: Results, estimand: str, one: ArmDifference) -> pd.DataFrame:
    """Return the rows of one estimand about two arms."""
    table = results.table
    return table[
        (table["analysis"] == SENSITIVITY)
        & (table["estimand"] == estimand)
        & (table["arm"] == one.arm)
        & (table["reference"] == one.reference)
    ]


def e_values(results: Results, analysis: str, one: ArmDifference) -> tuple[float, float]:
    """Return the E-value of the ratio of a comparison and of its limit; missing where there is none."""
    table = results.table
    table = table[
        (table["analysis"] == analysis)
        & (table["estimand"] == E_VALUE)
        & (table["arm"] == one.arm)
        & (table["reference"] == one.reference)
    ]
    found = dict(zip(table["statistic"], table["estimate"], strict=True))
    return found.get("estimate", math.nan), found.get("limit", math.nan)


def no_e_value(results: Results, analysis: str, one: ArmDifference) -> str:
    """Return why a comparison has no E-value; empty where it has one."""
    table = results.table
    mine = table[
        (table["analysis"] == analysis) & (table["estimand"] == E_VALUE) & (table["arm"] == one.arm)
        & (table["reference"] == one.reference) & (table["statistic"] == NOT_ESTIMATED)
    ]  # fmt: skip
    return str(mine["note"].iloc[0]) if len(mine) else ""


@dataclass(frozen=True, kw_only=True)
class CovariateStrength:
    """How strong a measured covariate is as a confounder.

    Attributes
    ----------
    covariate, value : str
        Its column and the value that people have or lack.
    exposure, outcome : float
        How many times as frequent it is in one arm, and as likely relapse is with it or without.
    ratio, low, high : float
        Risk ratio of the comparison, with its limits, if an unrecorded cause as strong explained as much of
        it as it can.
    """

    covariate: str
    value: str
    exposure: float
    outcome: float
    ratio: float = math.nan
    low: float = math.nan
    high: float = math.nan


def covariate_strengths(results: Results, one: ArmDifference) -> tuple[CovariateStrength, ...]:
    """Return the strengths of the measured covariates, the strongest first."""
    table = of_pair(results, COVARIATE_STRENGTH, one)
    found = []
    for (term, level), part in table.groupby(["term", "level"], sort=False):
        numbers = dict(zip(part["statistic"], part["estimate"], strict=True))
        moved = part[part["statistic"] == "ratio"][["estimate", "conf_low", "conf_high"]]
        ends = moved.iloc[0].tolist() if len(moved) else [math.nan] * 3
        found.append(
            CovariateStrength(
                covariate=str(term),
                value=str(level),
                exposure=float(numbers["exposure"]),
                outcome=float(numbers["outcome"]),
                ratio=ends[0],
                low=ends[1],
                high=ends[2],
            )
        )
    return tuple(found)
