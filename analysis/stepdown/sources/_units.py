"""Units of the source that can be turned into the canonical one."""

# canonical unit -> unit of the source -> factor
UNITS: dict[str, dict[str, float]] = {
    "years": {"years": 1.0, "months": 1 / 12, "days": 1 / 365.25},
    "hours": {"hours": 1.0, "minutes": 1 / 60},
    "day": {"days": 1.0, "weeks": 7.0},
}
