"""Effects in subgroups, doses and margins read from the results."""

from dataclasses import dataclass

import pandas as pd

from stepdown.results.reading import TOO_FEW_CLUSTERS
from stepdown.results.table import SUPPRESSED, Results
from stepdown.results.words import uncapitalized

SUBGROUPS, DOSE, MARGIN = "subgroups", "dose", "margin"
"""Analyses of this section."""
INTERACTION, RESPONSE = "interaction", "dose_response"
SHRUNKEN, SO_FAR = "estimator=shrunken", "estimator=marginal_structural"
HOLM = "Holm"
FEW_CLUSTERS, LOSS_ALONE = "fewer than 6 clusters", "weights for loss alone"
"""Note of a dose whose interval rests on few sites; end of the method where no score is adjusted for."""
NOT_ESTIMATED, WITHHELD = "not_estimated", "withheld"


@dataclass(frozen=True, kw_only=True)
class Subgroup:
    """The effect in one group of people.

    Attributes
    ----------
    column, level : str
        Characteristic and its value.
    effect : Series
        Row of the difference in risk.
    shrunken : float
        The difference once chance is allowed for; missing where it is not shown.
    """

    column: str
    level: str
    effect: pd.Series
    shrunken: float

    @property
    def shown(self) -> bool:
        """Whether it has a number: there are enough people, and a public report does not hide it."""
        return str(self.effect["status"]) not in (WITHHELD, SUPPRESSED)

    @property
    def reason(self) -> str:
        """Why it has no number."""
        return uncapitalized(str(self.effect["status_reason"] or self.effect["note"])).removesuffix(".")


def of_subgroups(results: Results, arm: str) -> tuple[Subgroup, ...]:
    """Return the effects of an arm against the reference by subgroup, in the order of the study."""
    table = results.table
    mine = table[
        (table["analysis"] == SUBGROUPS) & (table["statistic"] == "difference") & (table["arm"] == arm)
    ]
    near = mine[mine["variant"] == SHRUNKEN].set_index(["subgroup", "level"])["estimate"]
    return tuple(
        Subgroup(
            column=str(row["subgroup"]),
            level=str(row["level"]),
            effect=row,
            shrunken=float(near.get((row["subgroup"], row["level"]), float("nan"))),
        )
        for _, row in mine[mine["variant"] == ""].iterrows()
    )


def compared_arms(results: Results) -> tuple[str, ...]:
    """Return the arms with effects in subgroups, each against the reference."""
    table = results.table
    mine = table[(table["analysis"] == SUBGROUPS) & (table["statistic"] == "difference")]
    return tuple(dict.fromkeys(mine["arm"]))


def interactions(results: Results, arm: str) -> pd.Series:
    """Return the p value of each characteristic, adjusted for their number."""
    table = results.table
    mine = table[
        (table["analysis"] == SUBGROUPS) & (table["estimand"] == INTERACTION) & (table["arm"] == arm)
        & (table["statistic"] == "p_value") & (table["method"] == HOLM)
    ]  # fmt: skip
    return mine.set_index("subgroup")["estimate"].dropna()


def too_few_clusters(results: Results, arm: str) -> bool:
    """Return whether effects are not tested because intervals rest on fewer than 6 clusters."""
    table = results.table
    mine = table[
        (table["analysis"] == SUBGROUPS) & (table["estimand"] == INTERACTION) & (table["arm"] == arm)
    ]  # fmt: skip
    return bool((mine["note"] == TOO_FEW_CLUSTERS).any())


def refusals(results: Results, analysis: str) -> tuple[str, ...]:
    """Return why something of an analysis was not estimated."""
    table = results.table
    mine = table[(table["analysis"] == analysis) & (table["statistic"] == NOT_ESTIMATED)]
    return tuple(mine["note"])


def dose_curve(results: Results, measure: str, variant: str = "") -> pd.DataFrame:
    """Return the hazard ratio by dose: `dose`, `estimate`, `conf_low`, `conf_high`, `unit`, `n`, `events`.

    Of the dose known at the landmark, or with the variant `SO_FAR` of the dose so far; empty where it is not
    estimated.
    """
    table = results.table
    mine = table[
        (table["analysis"] == DOSE) & (table["estimand"] == RESPONSE) & (table["variant"] == variant)
        & table["term"].str.startswith(f"{measure} ")
    ]  # fmt: skip
    dose = mine[mine["statistic"] == "dose"].set_index("term")
    found = mine[mine["statistic"] == "ratio"].set_index("term")
    found = found[["estimate", "conf_low", "conf_high", "n", "events", "window_start", "window_end", "level"]]
    return found.assign(dose=dose["estimate"], unit=dose["unit"]).reset_index(drop=True)


def dose_measures(results: Results) -> tuple[str, ...]:
    """Return what doses are counted in, in the order of the results."""
    table = results.table
    mine = table[(table["analysis"] == DOSE) & (table["estimand"] == RESPONSE)]
    return tuple(dict.fromkeys(mine["term"].str.split(" ").str[0]))


def dose_refusal(results: Results, measure: str, variant: str = "") -> str:
    """Return why a dose is not estimated; empty where it is."""
    table = results.table
    mine = table[
        (table["analysis"] == DOSE) & (table["statistic"] == NOT_ESTIMATED) & (table["term"] == measure)
        & (table["variant"] == variant)
    ]  # fmt: skip
    return str(mine["note"].iloc[0]) if len(mine) else ""


def weights_differ(results: Results, measure: str) -> float:
    """Return the effective share of the weighted rows of the dose so far; missing where all weights are 1."""
    table = results.table
    mine = table[
        (table["analysis"] == DOSE) & (table["estimand"] == "effective_share") & (table["term"] == measure)
    ]  # fmt: skip
    return float(mine["estimate"].iloc[0]) if len(mine) else float("nan")


def weights_of_loss_alone(results: Results, measure: str) -> bool:
    """Return whether the weights of the dose so far are of loss alone, since no score is adjusted for."""
    table = results.table
    mine = table[
        (table["analysis"] == DOSE) & (table["estimand"] == "effective_share") & (table["term"] == measure)
    ]  # fmt: skip
    return bool(mine["method"].str.endswith(LOSS_ALONE).any())


def dose_of_few_clusters(results: Results) -> bool:
    """Return whether an interval of a dose rests on fewer than 6 sites."""
    table = results.table
    mine = table[(table["analysis"] == DOSE) & (table["statistic"] == "ratio")]
    return bool((mine["note"] == FEW_CLUSTERS).any())


def weekly_ratio(results: Results) -> pd.DataFrame:
    """Return the hazard ratio of each week of care by the marginal structural model, if it was asked for."""
    table = results.table
    return table[
        (table["analysis"] == "time_varying") & (table["estimand"] == "hazard_ratio")
        & (table["variant"] == "estimator=marginal_structural") & (table["term"] != "in this care")
    ]  # fmt: skip


def margins(results: Results) -> pd.DataFrame:
    """Return the verdicts on the margins: `estimate` is 1 where the interval lies within, else 0."""
    table = results.table
    return table[(table["analysis"] == MARGIN) & (table["statistic"] == "within")]


def refused_margins(results: Results) -> tuple[tuple[str, str], ...]:
    """Return the quantities whose margin cannot be judged, each with the reason."""
    table = results.table
    mine = table[(table["analysis"] == MARGIN) & (table["statistic"] == NOT_ESTIMATED)]
    return tuple(zip(mine["term"], mine["note"], strict=True))


def margin_of(results: Results, row: pd.Series) -> float:
    """Return the margin that a verdict is about."""
    table = results.table
    mine = table[
        (table["analysis"] == MARGIN) & (table["statistic"] == "margin") & (table["arm"] == row["arm"])
        & (table["term"] == row["term"])
    ]  # fmt: skip
    return float(mine["estimate"].iloc[0])


def withheld_reason(results: Results, analysis: str) -> str:
    """Return why all of an analysis is withheld, as the primary comparison is; empty where it is not."""
    table = results.table
    mine = table[(table["analysis"] == analysis) & (table["statistic"] != NOT_ESTIMATED)]
    reasons = mine["status_reason"].where(mine["status"] == WITHHELD, "").drop_duplicates()
    # Groups without enough people say so in a few words; a gate, in sentences.
    one = str(reasons.iloc[0]) if len(reasons) == 1 else ""
    return one if one.endswith(".") else ""
