"""The tables of what happened: `services`, `observations` and `followup`."""

from stepdown.schema.columns import Column, Order, Table
from stepdown.schema.discharges_table import LEVELS

SOURCES = ("urine", "self_report", "collateral", "claim", "admission", "registry")
FINDINGS = (
    "positive",
    "negative",
    "missing",
    "refused",
    "inconclusive",
    "death",
    "incarceration",
    "admission",
    "emergency",
)
NOT_CARE = ("drug_test", "mutual_help")
"""Kinds of session that are no care of a level."""
ENDINGS = ("data_cut", "lost", "moved", "withdrew", "died")


def _client() -> Column:
    return Column(
        name="client_id",
        meaning="The client, as in discharges.",
        kind="id",
        known="admission",
        required=True,
        never_missing=True,
    )


SERVICES = Table(
    name="services",
    row="one session, or one span of care",
    columns=(
        _client(),
        Column(
            name="level",
            meaning="Level of care.",
            kind="code",
            known="start_day",
            codes=LEVELS,
            required=True,
            never_missing=True,
        ),
        Column(
            name="start_day",
            meaning="Day of the session, or first day of the span.",
            kind="day",
            known="start_day",
            unit="day",
            required=True,
            never_missing=True,
        ),
        Column(
            name="end_day",
            meaning="Last day of the span; the start day where the source has none.",
            kind="day",
            known="end_day",
            unit="day",
            core=True,
        ),
        Column(
            name="hours",
            meaning="Hours of care on the row.",
            kind="number",
            known="end_day",
            unit="hours",
            low=0,
            high=5000,
        ),
        Column(
            name="kind",
            meaning="Kind of session; a drug test or a mutual-help meeting is no care of its level.",
            kind="code",
            known="start_day",
            codes=(
                "group",
                "individual",
                "family",
                "psychoeducation",
                "case_management",
                "medication",
                "skills_rehearsal",
                "drug_test",
                "mutual_help",
                "crisis",
                "other",
            ),
        ),
        Column(
            name="modality",
            meaning="How the session was held.",
            kind="code",
            known="start_day",
            codes=("in_person", "virtual", "phone"),
        ),
        Column(
            name="attended",
            meaning="The client came; a row without the flag counts as attended.",
            kind="flag",
            known="start_day",
            core=True,
        ),
        Column(name="planned", meaning="The session was planned.", kind="flag", known="start_day"),
        Column(
            name="peer_accountability",
            meaning="The group holds its members to account.",
            kind="flag",
            known="start_day",
        ),
    ),
    orders=(Order(first="start_day", second="end_day"),),
)

OBSERVATIONS = Table(
    name="observations",
    row="one finding",
    columns=(
        _client(),
        Column(
            name="day",
            meaning="Day on which it was found.",
            kind="day",
            known="day",
            unit="day",
            required=True,
            never_missing=True,
        ),
        Column(
            name="source",
            meaning="Where the finding comes from.",
            kind="code",
            known="day",
            codes=SOURCES,
            core=True,
        ),
        Column(
            name="finding",
            meaning="What was found.",
            kind="code",
            known="day",
            codes=FINDINGS,
            required=True,
            never_missing=True,
        ),
        Column(
            name="since_day",
            meaning="What was found on day happened after this day, up to day: an interval, not a date.",
            kind="day",
            known="day",
            unit="day",
            core=True,
        ),
        Column(
            name="due_day", meaning="Day on which the contact was due.", kind="day", known="day", unit="day"
        ),
        Column(name="substance", meaning="Substance found.", kind="text", known="day"),
        Column(
            name="certainty",
            meaning="How sure a claims-based finding is.",
            kind="code",
            known="day",
            codes=("definite", "probable", "possible"),
        ),
        Column(
            name="level", meaning="Level of care, for an admission.", kind="code", known="day", codes=LEVELS
        ),
        Column(
            name="principal_sud",
            meaning="The principal diagnosis is a substance use disorder.",
            kind="flag",
            known="day",
        ),
        Column(name="planned", meaning="The admission was planned.", kind="flag", known="day"),
    ),
    orders=(Order(first="since_day", second="day"),),
)

FOLLOWUP = Table(
    name="followup",
    row="one span over which the client was observed",
    columns=(
        _client(),
        Column(
            name="start_day",
            meaning="First day of the span.",
            kind="day",
            known="start_day",
            unit="day",
            required=True,
            never_missing=True,
        ),
        Column(
            name="end_day",
            meaning="Last day on which the client's state is known.",
            kind="day",
            known="end_day",
            unit="day",
            required=True,
            never_missing=True,
        ),
        Column(
            name="reason",
            meaning="Why the span ended.",
            kind="code",
            known="end_day",
            codes=ENDINGS,
            core=True,
        ),
    ),
    orders=(Order(first="start_day", second="end_day"),),
)
