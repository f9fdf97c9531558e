"""Definitions that look at findings, stays and claims day by day."""

from stepdown.schema.claims import CLAIMS, GAP
from stepdown.schema.declared import COMPETING, INTERVALS, EndpointSpec, Parameter

_ANY = tuple(INTERVALS)
_UNKNOWN = (
    "A missing observation is read neither as use nor as a day of abstinence: follow-up ends where "
    "observation ends."
)
_RECORDED = "What no record shows within the observed follow-up did not happen."
_DAY = "The day of the finding; where only an interval is known, a day in it."
_CTN_0051 = "One of the two ways to relapse in Lee et al. 2018 (CTN-0051), there from day 21 on."

_USE = (
    EndpointSpec(
        id="first_use",
        version=1,
        sentence=(
            "First positive finding after time zero, from any source (urine, self-report, collateral, claim, "
            "registry). Onset and confirmed day are the day of the finding, or the interval in which it "
            "happened."
        ),
        kind="time",
        source="",
        doi="",
        needs=("use",),
        onset=_DAY,
        confirmed="The day of the finding.",
        week_to_day="",
        missing_rule=_UNKNOWN,
        missing=("as_defined", "positive", "last", "interval"),
        interval=_ANY,
        yields="interval",
        competing=COMPETING,
    ),
    EndpointSpec(
        id="two_positives",
        version=1,
        sentence=(
            "Two positive findings in a row after day 0, from any source, with no negative finding between "
            "them. Findings of one day count as one, positive if any of them is."
        ),
        kind="time",
        source="",
        doi="",
        needs=("use",),
        onset="The day of the first of the two; where only an interval is known, a day in it.",
        confirmed="The day of the second.",
        week_to_day="",
        missing_rule=(
            "Findings that are missing, refused or inconclusive are left out, so that the usable ones before "
            "and after them are in a row. Follow-up ends where observation ends."
        ),
        missing=("as_defined", "positive", "last", "interval"),
        interval=_ANY,
        yields="interval",
        competing=COMPETING,
    ),
    EndpointSpec(
        id="regular_use",
        version=1,
        sentence=(
            "Use on 4 or more days of any 7 in a row after day 0, as the client reported it day by day. A "
            "report that tells only an interval, a urine test or a claim is no day of use."
        ),
        kind="time",
        source="",
        doi="",
        needs=("self_report", "use_days"),
        onset="The first of those days of use.",
        confirmed="The day of use on which the count is reached.",
        week_to_day="",
        missing_rule="A day without a report is no day of use. Follow-up ends where observation ends.",
        missing=("as_defined", "positive"),
        interval=_ANY,
        yields="day",
        competing=COMPETING,
        parameters=(
            Parameter(name="days", meaning="Days of use.", default=4, low=1, high=60, at_most="in_days"),
            Parameter(
                name="in_days", meaning="Days in a row among which they lie.", default=7, low=1, high=60
            ),
        ),
    ),
    EndpointSpec(
        id="seven_days",
        version=1,
        sentence=(
            "Use on 7 days in a row after day 0, as the client reported it day by day. A report that tells "
            "only an interval, a urine test or a claim is no day of use."
        ),
        kind="time",
        source=_CTN_0051,
        doi="10.1016/S0140-6736(17)32812-X",
        needs=("self_report", "use_days"),
        onset="The first of the days in a row.",
        confirmed="The last of them.",
        week_to_day="",
        missing_rule="A day without a report ends the run. Follow-up ends where observation ends.",
        missing=("as_defined", "positive"),
        interval=_ANY,
        yields="day",
        competing=COMPETING,
        parameters=(Parameter(name="days", meaning="Days in a row.", default=7, low=1, high=60),),
    ),
)

_CARE = (
    EndpointSpec(
        id="readmission",
        version=1,
        sentence=(
            "First admission to withdrawal management or residential care after time zero, from stays and "
            "from findings of admission. Not counted: a transfer (at most max_gap_days after a stay at one "
            "of these levels ended, and not marked unplanned) and a step-up to residential care (marked "
            "planned, at most max_gap_days after PHP, IOP or outpatient care)."
        ),
        kind="time",
        source="",
        doi="",
        needs=("stays",),
        onset="The day of admission.",
        confirmed="The day of admission.",
        week_to_day="",
        missing_rule=_RECORDED,
        missing=("as_defined",),
        interval=_ANY,
        yields="day",
        competing=COMPETING,
        parameters=(GAP,),
    ),
    EndpointSpec(
        id="treatment_return",
        version=1,
        sentence=(
            "First admission to any care but PHP, IOP and outpatient after time zero, for whatever reason, "
            "planned or not, the level known or not. Not counted: a transfer (at most max_gap_days after a "
            "stay in withdrawal management or residential care ended, and not marked unplanned)."
        ),
        kind="time",
        source="",
        doi="",
        needs=("admissions",),
        onset="The day of admission.",
        confirmed="The day of admission.",
        week_to_day="",
        missing_rule=_RECORDED,
        missing=("as_defined",),
        interval=_ANY,
        yields="day",
        competing=COMPETING,
        parameters=(GAP,),
    ),
)

_COMPOSITE = EndpointSpec(
    id="composite",
    version=1,
    sentence="The first of: first_use@1, readmission@1, sud_claim@1.",
    kind="time",
    source="",
    doi="",
    needs=("use", "stays|principal_sud"),
    onset="The onset of the first of its parts.",
    confirmed="The confirmed day of the part that is confirmed first.",
    week_to_day="",
    missing_rule=(
        "As its parts: a missing observation is neither use nor a day of abstinence, and an admission or a "
        "claim that no record shows within the observed follow-up did not happen."
    ),
    missing=("as_defined", "positive", "last", "interval"),
    interval=_ANY,
    yields="interval",
    competing=COMPETING,
    parameters=(GAP,),
)

DAILY: tuple[EndpointSpec, ...] = (*_USE, *_CARE, *CLAIMS, _COMPOSITE)
