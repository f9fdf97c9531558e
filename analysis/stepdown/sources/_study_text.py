"""The study file of a new project: every choice that a study makes, explained."""

_HEAD = """\
# The study is the protocol: every decision stands here, and the same file run on next quarter's data
# gives next quarter's report. Change what does not suit your question; then: stepdown run study.toml
format = 1
title = "IOP or PHP within 14 days"
cohort = "cohort.toml"
seed = 20260101                 # any whole number; the same seed gives the same report

[time_zero]                     # the day on which the clock starts
event = "{event}"             # discharge, admission or randomisation
episode = "first"               # of clients with several stays: first, last or all
day_zero = "exclude"            # a relapse on day 0: "exclude" takes it out by a counted step
"""
_ADULTS = """
[[eligibility]]                 # who is in, in order; each block is a row of the flow
name = "Adults"
keep = { column = "age", at_least = 18 }   # or at_most, is_in = [...], not_in = [...], known = true
"""
_OUTCOME = """
[outcome]
endpoint = "first_use@1"        # first positive finding after time zero; others: stepdown endpoints
missing = "as_defined"          # a missed contact is neither a relapse nor abstinence; or "positive", "last"
interval = "bounds"             # where only an interval is known: lowest and highest risk; or "imputed"
                                # (days drawn, answers pooled), "interval" (estimated), "midpoint", "detected"
competing = ["death", "incarceration"]     # events after which relapse can no longer be seen
window = [30, 90]               # the days of most interest: 31 to 90
times = [30, 60, 90, 180, 365]  # days at which results are told; the last is the horizon
word = "relapse"                # or "return to use"
"""
_COMPARISON = """
[strategies.early]              # plans of care that are compared
label = "IOP or PHP within 14 days"
rungs = [{ level = ["iop", "php"], within = 14 }]

[strategies.none]
label = "No step-down within 14 days"
avoid = [{ level = ["iop", "php"], within = 14 }]

[contrast]
arms = ["early", "none"]        # the last is the one that others are compared with

[analysis]
# A landmark reads the arms at day 14, among clients still observed and relapse-free then. Clients who
# relapse early had no time to start care; counting them as "no care" would make care look better than it is.
primary = { design = "landmark", day = 14 }
interval = { method = "influence", cluster = "client_id" }
"""
_LATER = """
# A comparison of plans of care needs services in cohort.toml. When they are mapped, take away the # below.
"""


def study_text(*, event: str, adults: bool, comparison: bool) -> str:
    """Return the text of a study file.

    Parameters
    ----------
    event : str
        Time zero: "discharge", "admission" or "randomisation".
    adults : bool
        The age is mapped, so a study of adults can be asked for.
    comparison : bool
        Services are mapped, so that plans of care can be compared.

    Returns
    -------
    str
    """
    text = _HEAD.format(event=event)
    text += _ADULTS if adults else _commented(_ADULTS)
    text += _OUTCOME
    return text + (_COMPARISON if comparison else _LATER + _commented(_COMPARISON))


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() if line else "" for line in text.splitlines()) + "\n"
