"""Definitions that look at claims."""

from stepdown.schema.declared import COMPETING, INTERVALS, EndpointSpec, Parameter

_EXCUSED = (
    " Not counted: an admission that is a transfer (at most max_gap_days after a stay in withdrawal "
    "management or residential care ended, and not marked unplanned)."
)
_TIERS = {
    "definite": "of certainty definite",
    "probable": "of certainty definite or probable",
    "possible": "of any certainty, or positive without one",
}


GAP = Parameter(
    name="max_gap_days",
    meaning="Days after the end of a stay by which an admission still counts as a transfer.",
    default=1,
    low=0,
    high=30,
)


def _spec(name: str, sentence: str, *, needs: tuple[str, ...]) -> EndpointSpec:
    return EndpointSpec(
        id=name,
        version=1,
        sentence=sentence + _EXCUSED,
        kind="time",
        source="",
        doi="",
        needs=needs,
        onset="The day of the claim.",
        confirmed="The day of the claim.",
        week_to_day="",
        missing_rule="What no claim shows within the observed follow-up did not happen.",
        missing=("as_defined",),
        interval=tuple(INTERVALS),
        yields="day",
        competing=COMPETING,
        parameters=(GAP,),
    )


CLAIMS: tuple[EndpointSpec, ...] = (
    _spec(
        "sud_claim",
        "First claim after time zero for an emergency visit or an admission whose principal diagnosis is a "
        "substance use disorder.",
        needs=("principal_sud",),
    ),
    *(
        _spec(
            f"claim_{tier}",
            f"First claim after time zero {words}, whether a positive finding, an emergency visit or an "
            "admission.",
            needs=("certainty",),
        )
        for tier, words in _TIERS.items()
    ),
)
