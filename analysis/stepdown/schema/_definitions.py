"""Definitions that look at findings day by day."""

from stepdown.schema.declared import COMPETING, EndpointSpec

DAILY: tuple[EndpointSpec, ...] = (
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
        onset="The day of the finding; where only an interval is known, a day in it.",
        confirmed="The day of the finding.",
        week_to_day="",
        missing_rule=(
            "A missing observation is read neither as use nor as a day of abstinence: follow-up ends where "
            "observation ends."
        ),
        missing=("as_defined",),
        interval=("bounds",),
        yields="interval",
        competing=COMPETING,
    ),
)
