"""What may be published of each number: the class of every row of the results, by estimand and statistic."""

from collections.abc import Mapping

import pandas as pd

from stepdown.errors import DisclosureError

COUNT = "count"
"""The estimate is a count."""
SHARE = "share"
"""A risk or a share: published as so many rounded people of a rounded group."""
CURVE = "curve"
"""A point of a curve or of the table under it: from cumulative counts that are rounded."""
CONTRAST = "contrast"
"""Compares two groups: computed from what is published of both, or rounded like a function."""
FUNCTION = "function"
"""Another function of counts (and covariates): rounded so far that one step is worth `base` people."""
MEAN = "mean"
"""A mean or standard deviation of a characteristic; of one value of it (`level`) it is a share."""
QUANTILE = "quantile"
"""A median or quartile: rounded, and only with enough people on both sides of it."""
P_VALUE = "p_value"
"""Published as the next step above it."""
VERDICT = "verdict"
"""The verdict of a check, without its number and without the numbers in its note."""
FREE = "free"
"""Says nothing about people: a choice of the study, or why something cannot be estimated."""
PERSON = "person"
"""Rests on a single person (a smallest or largest value, the influence of one): never published."""
DERIVED = "derived"
"""Follows from other numbers: computed again from those that are published."""
INTERNAL = "internal"
"""Cannot be published safely, or only where it says nothing: in the internal version only."""
CLASSES = frozenset(
    (
        COUNT, SHARE, CURVE, CONTRAST, FUNCTION, MEAN, QUANTILE, P_VALUE, VERDICT, FREE, PERSON, DERIVED,
        INTERNAL,
    )
)  # fmt: skip

_QUARTILES = {"median": QUANTILE, "lower_quartile": QUANTILE, "upper_quartile": QUANTILE}
_ESTIMATE = {"estimate": FUNCTION}
_REFUSED = {"not_estimated": FREE}
_CHECK = dict.fromkeys(("passed", "not_judged", "warning", "failed", "withheld"), VERDICT)
ROW_CLASSES: Mapping[str, Mapping[str, str]] = {
    "flow": {"kept": COUNT, "removed": COUNT},
    "followed": {"never": COUNT, "lost": COUNT, "complete": COUNT},
    "risk": {
        "estimate": SHARE, "curve": CURVE, "difference": CONTRAST, "ratio": CONTRAST, "nnt": CONTRAST,
        "not_estimated": FREE,
    },
    "event_free": {"estimate": CURVE, "curve": CURVE},
    "at_risk": {"at_risk": CURVE, "events": CURVE, "competing": CURVE, "censored": CURVE},
    "rate": {"estimate": FUNCTION, "person_days": FUNCTION},
    "window_risk": {"estimate": SHARE, "difference": CONTRAST, "ratio": CONTRAST},
    "conditional_risk": {"estimate": SHARE},
    "share_of_events_by": {"estimate": FUNCTION},
    "rmst": {"estimate": FUNCTION, "difference": FUNCTION, "ratio": FUNCTION},
    "median": {"estimate": QUANTILE},
    "logrank": {"statistic": FUNCTION, "df": FREE, "p_value": P_VALUE},
    "discharges_needed": _ESTIMATE,
    "quarters_needed": _ESTIMATE,
    "quarters_for_interval": _ESTIMATE,
    "adjustment_warning": {"estimate": INTERNAL, "other": INTERNAL},
    "interval_spans_landmark": {"count": COUNT},
    "characteristic": {"mean": MEAN, "sd": MEAN, "share": SHARE, "standardized": FUNCTION},
    "few_clusters": {"estimate": FREE},
    "effective_size": {"estimate": FUNCTION, "first_day": FUNCTION, "curve": FUNCTION},
    "strategy_followed": {"estimate": COUNT},
    "grace_period_end": {"count": COUNT},
    "departure": {"count": COUNT, "first_day": PERSON, "last_day": PERSON},
    "covariate_balance": {
        "before": FUNCTION, "after": FUNCTION, "variance_ratio": FUNCTION, "largest_gap": FUNCTION,
    },
    "scores_missing": _ESTIMATE,
    "unmatched": {"estimate": COUNT},
    "in_trials": {"estimate": COUNT},
    "hazard_ratio": {"ratio": FUNCTION},
    "e_value": {"estimate": DERIVED, "limit": DERIVED, **_REFUSED},
    "strength_needed": {"estimate": DERIVED, "limit": DERIVED},
    "covariate_strength": {"exposure": INTERNAL, "outcome": INTERNAL, "ratio": INTERNAL},
    "difference_if_lost": {"lost": COUNT, "difference": FUNCTION, **_REFUSED},
    "tipping_point": {"estimate": FUNCTION, "limit": FUNCTION},
    "specification": {"difference": FUNCTION, **_REFUSED},
    "effective_share": _ESTIMATE,
    "largest_weight": {"estimate": PERSON},
    "largest_share": {"first_day": PERSON},
    "events_by_window_end": {"count": COUNT},
    "check": _CHECK,
    "score_balance": {"before": FUNCTION, "after": FUNCTION},
    "placebo_risk": {"estimate": SHARE, "difference": CONTRAST, "ratio": CONTRAST},
    "negative_control": {"estimate": SHARE, "difference": CONTRAST, "ratio": CONTRAST, **_REFUSED},
    "calibrated_ratio": {
        "ratio": DERIVED, "p_value": DERIVED, "mean": DERIVED, "sd": DERIVED, **_REFUSED,
    },
    "leave_one_out": {"difference": PERSON, "estimate": PERSON},
    "propensity": {"share": SHARE},
    "equipoise": {"estimate": SHARE},
    "start_of_care": {"observed": COUNT, "expected": FUNCTION},
    "weights_capped": {"estimate": SHARE},
    "definition": {"own": FREE, **_REFUSED},
    "visit": {"count": COUNT, **_REFUSED},
    "follow_up_rate": {"estimate": SHARE},
    "outcome_known": {"estimate": SHARE},
    "contact_difference": {"standardized": FUNCTION, "contacted": MEAN, "not_contacted": MEAN},
    "followup_length": {**_QUARTILES, "person_months": FUNCTION},
    "observable": {"estimate": SHARE, **_REFUSED},
    "risk_bound": {"none": SHARE, "all": SHARE, "lost": COUNT},
    "testing_rate": {"estimate": FUNCTION, "ratio": FUNCTION},
    "common_visits": _REFUSED,
    "step_down_extent": {"estimate": SHARE},
    "level_started": {"estimate": SHARE, **_QUARTILES, **_REFUSED},
    "care_started": {"estimate": SHARE},
    "path": {"count": COUNT},
    "occupancy": {"estimate": SHARE, "curve": CURVE},
    "measure": {"events": COUNT, "estimate": SHARE, "removed": COUNT, **_REFUSED},
    "reason_for_leaving": {"count": COUNT},
    "first_session": {"estimate": SHARE, **_REFUSED},
    "abstinent_at": {"estimate": SHARE, **_REFUSED},
    "artifact": {"log_ratio": FUNCTION, "share": FUNCTION},
    "observed_expected": {"ratio": DERIVED, **_REFUSED},
    "expected_events": {"estimate": DERIVED},
    "control_limit": {"estimate": DERIVED, "curve": DERIVED},
    "over_dispersion": {"estimate": DERIVED, "sd": DERIVED},
    "shrunken_ratio": {"estimate": DERIVED},
    "rank": {"estimate": DERIVED},
    "case_mix": {"count": COUNT},
    "series": {"estimate": SHARE, "before": INTERNAL, "revised": INTERNAL, **_REFUSED},
    "series_limit": {"limit": DERIVED, "not_estimated": DERIVED},
    "series_signal": {"observed": DERIVED},
    "series_runs": {"observed": DERIVED, "limit": DERIVED},
    "series_target": {"estimate": FREE},
    "maturity": {"share": SHARE},
    "change": {"difference": DERIVED, "p_value": DERIVED, "reported": INTERNAL},
    "change_part": {"difference": FUNCTION, "share": FREE},
    "recorded": {"count": INTERNAL, "first": INTERNAL, "later": INTERNAL, "last_day": FREE},
    "input": {"own": FREE, "changed": FREE, "same": FREE},
    "interaction": {"statistic": DERIVED, "df": DERIVED, "p_value": DERIVED},
    "dose_response": {"dose": QUANTILE, "ratio": FUNCTION, **_REFUSED},
    "equivalence": {"margin": FREE, "within": DERIVED, **_REFUSED},
    "non_inferiority": {"margin": FREE, "within": DERIVED, **_REFUSED},
}  # fmt: skip
"""The class of each statistic of each estimand. A statistic that is not listed here is refused."""


def row_classes(table: pd.DataFrame) -> pd.Series:
    """Return the class of each row of a table of results.

    Raises
    ------
    DisclosureError
        A row has no class.

    Examples
    --------
    >>> import pandas as pd
    >>> row_classes(pd.DataFrame({"analysis": [""], "estimand": ["flow"], "statistic": ["kept"]})).tolist()
    ['count']
    >>> row_classes(pd.DataFrame({"analysis": [""], "estimand": ["flow"], "statistic": ["mean"]}))
    Traceback (most recent call last):
        ...
    stepdown.errors.DisclosureError: 1 row of the results has no release class, the first of them estimand
    "flow" with statistic "mean". Nothing is published. Give it a class in stepdown/release/row_classes.py.
    More: docs/disclosure.md
    """
    pairs = list(zip(table["estimand"], table["statistic"], strict=True))
    found = [ROW_CLASSES.get(estimand, {}).get(statistic, "") for estimand, statistic in pairs]
    unknown = [pair for pair, name in zip(pairs, found, strict=True) if not name]
    if unknown:
        rows = "1 row of the results has" if len(unknown) == 1 else f"{len(unknown)} rows of the results have"
        estimand, statistic = unknown[0]
        raise DisclosureError(
            f'{rows} no release class, the first of them estimand "{estimand}" with statistic "{statistic}". '
            "Nothing is published. Give it a class in stepdown/release/row_classes.py."
        )
    classes = pd.Series(found, index=table.index, dtype=object)
    if "level" in table:
        classes = classes.mask((classes == MEAN) & (table["level"] != ""), SHARE)
    if "unit" in table:
        # A rate is no share of people.
        rate = (table["estimand"] == "series") & (table["unit"] != "probability")
        classes = classes.mask((classes == SHARE) & rate, FUNCTION)
    return classes
