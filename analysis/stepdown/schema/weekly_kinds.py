"""Two shapes of weekly definitions: those that tell a week in time, and those that tell a number."""

from typing import Literal

from stepdown.schema.declared import COMPETING, EndpointSpec

COUNTED_POSITIVE = "A due week without a usable result counts as positive, and so does a mixed week."
AS_IT_IS = (
    "A due week without a usable result counts as neither positive nor negative, and so does a mixed week."
)
OTHER_RULES = ("ignored", "last", "interval")


def in_time(
    id: str,
    *,
    sentence: str,
    source: str,
    doi: str,
    onset: str,
    missing_rule: str = COUNTED_POSITIVE,
    others: tuple[str, ...] = OTHER_RULES,
    needs: tuple[str, ...] = ("weekly_urine",),
    relapse: bool = True,
) -> EndpointSpec:
    """Return the declaration of a weekly definition whose event is dated to a week."""
    return EndpointSpec(
        id=id,
        version=1,
        sentence=sentence,
        kind="time",
        source=source,
        doi=doi,
        needs=needs,
        onset=onset,
        confirmed="The last day of the last week that the rule needed.",
        week_to_day=(
            "Week k covers the days 7(k-1)+1 to 7k since time zero. An event of week k lies on one of them; "
            "without an event the client is followed to the last day of the word."
        ),
        missing_rule=missing_rule,
        missing=("as_defined", *others),
        interval=("detected", "midpoint", "imputed", "bounds", "interval"),
        yields="interval",
        competing=COMPETING,
        relapse=relapse,
    )


def in_numbers(
    id: str,
    *,
    kind: Literal["binary", "count", "share"],
    sentence: str,
    source: str,
    doi: str,
    missing_rule: str = COUNTED_POSITIVE,
) -> EndpointSpec:
    """Return the declaration of a weekly definition that tells a number of the whole word."""
    return EndpointSpec(
        id=id,
        version=1,
        sentence=sentence,
        kind=kind,
        source=source,
        doi=doi,
        needs=("weekly_urine",),
        onset="",
        confirmed="",
        week_to_day="",
        missing_rule=missing_rule,
        missing=("as_defined",),
        interval=(),
        yields="interval",
        competing=(),
    )
