"""True ratios of the risk of relapse behind a synthetic cohort, by the way of comparing."""

from pathlib import Path

from stepdown.synthetic.known_truth import read_truth


def true_ratios(path: str | Path, *, day: int, law: str = "as_observed") -> dict[str, float]:
    """Return the true ratios of the risks with and without IOP or PHP by day 14.

    Parameters
    ----------
    path : str or Path
        truth.json of a synthetic cohort.
    day : int
        Day of the risks.
    law : str
        Start law of clone-censor-weight.

    Returns
    -------
    dict of float
        Of each way its own truth: at the landmark that of the clients at the landmark, in sequential trials
        (one a day, per protocol) that of their entries. The naive comparisons claim the effect of the plan,
        so that theirs is that of clone-censor-weight. Without an effect all are 1. Ways and days whose truth
        is not in the file are left out.

    Examples
    --------
    >>> from stepdown.synthetic.true_ratios import true_ratios
    >>> true_ratios("data/synthetic/programs/truth.json", day=90)["landmark"].__round__(3)
    0.786
    """
    _, table = read_truth(path)
    table = table[(table["quantity"] == "risk") & (table["cause"] == "relapse") & (table["time"] == day)]
    risks = table.set_index(["population", "strategy", "start_law"])["value"]

    def ratio(population: str, first: tuple[str, str], second: str) -> float | None:
        ends = ((population, *first), (population, second, ""))
        return float(risks[ends[0]] / risks[ends[1]]) if all(one in risks.index for one in ends) else None

    plan = ratio("discharge", ("early", law), "none")
    found = {
        "naive": plan,
        "naive_adjusted": plan,
        "landmark": ratio("landmark_14_standardized", ("early", ""), "none"),
        "sequential_trials": ratio("sequential_trials", ("early", ""), "none_until_day_14"),
        "clone_censor_weight": plan,
    }
    return {way: value for way, value in found.items() if value is not None}
