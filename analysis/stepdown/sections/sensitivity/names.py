"""What each other analysis varies, in words."""

from collections.abc import Sequence

from stepdown.results.words import definition_name, rule_name
from stepdown.sections.sensitivity.read import OtherAnalysis

GROUPS = {
    "primary": "",
    "estimator": "Other ways to estimate it",
    "truncation": "Other ways to estimate it",
    "adherence": "Other ways to estimate it",
    "design": "Other designs",
    "landmark": "Other designs",
    "grace_period": "Other designs",
    "start_law": "Other designs",
    "against_advice": "Other people",
    "site": "Other people",
    "definition": "Other definitions of {word}",
}
"""Under which heading each kind of analysis stands; those with the same heading come together."""
_DESIGNS = {
    "clone_censor_weight": "Everybody under each plan",
    "baseline": "Groups known on day 0",
    "sequential_trials": "Sequential trials",
}
_NAMES = {
    ("estimator", "weighted"): "By weights alone",
    ("estimator", "g_formula"): "By models of {word} alone",
    ("truncation", "none"): "Without a cap on the weights",
    ("adherence", "per_protocol"): "No later start in the other group",
    ("start_law", "uniform"): "Starts spread evenly over the period",
    ("start_law", "natural"): "Starts as they came, or the last day",
    ("start_law", "as_observed"): "Starts on the days on which they came",
}


def analysis_name(one: OtherAnalysis, word: str) -> str:
    """Return what an analysis varies, for readers: "Landmark at day 14"."""
    if one.kind == "primary":
        return "Main result"
    if one.kind == "definition":
        return f"{definition_name(one.endpoint)}, {rule_name(one.value)}"
    if one.kind == "design":
        return design_name(one.value)
    if one.kind == "truncation" and one.value != "none":
        return f"Weights of at most {one.value}"
    names = {
        "landmark": f"Care and landmark by day {one.value}",
        "grace_period": f"Care within {one.value} days",
        "against_advice": "Without discharges against advice",
        "site": f"Without site {one.site}",
    }
    return names.get(one.kind) or _NAMES.get((one.kind, one.value), one.value).format(word=word)


def design_name(key: str) -> str:
    """Return the name of a comparison by its key: "Landmark at day 14" for "landmark_14"."""
    if key in _DESIGNS:
        return _DESIGNS[key]
    name, _, day = key.rpartition("_")
    what = {"landmark": "Landmark", "matched": "Matched people"}.get(name or day, key)
    return f"{what} at day {day}" if name else what


def heading(kind: str, word: str, *, adjusted: bool) -> str:
    """Return the heading of a kind of analysis."""
    return GROUPS.get(kind, "Other analyses").format(word=word) + ("" if adjusted else " (not adjusted)")


def in_order(analyses: Sequence[OtherAnalysis]) -> list[OtherAnalysis]:
    """Return the main result, then those under one heading together, those not adjusted last."""
    order = list(dict.fromkeys(GROUPS.values()))
    return sorted(analyses, key=lambda one: (not one.counted, order.index(GROUPS[one.kind])))
