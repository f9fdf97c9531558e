"""The table `discharges`: one row a residential discharge."""

from stepdown.schema.columns import Column, Order, Table

LEVELS = ("withdrawal", "residential", "php", "iop", "outpatient")
REASONS = ("completed", "left_against_advice", "transferred", "terminated", "incarcerated", "died", "other")

_IDENTITY = (
    Column(
        name="client_id",
        meaning="A random label of the person, never derived from an identifier.",
        kind="id",
        known="admission",
        required=True,
        never_missing=True,
    ),
    Column(
        name="episode_id",
        meaning="A label of the stay; made from the row order where the source has none.",
        kind="id",
        known="admission",
        core=True,
    ),
    Column(
        name="site_id",
        meaning="The program or location.",
        kind="id",
        known="admission",
        core=True,
        quasi=True,
    ),
    Column(
        name="admit_day", meaning="Day of admission.", kind="day", known="admission", unit="day", core=True
    ),
    Column(
        name="discharge_day",
        meaning="Day on which the stay ended.",
        kind="day",
        known="discharge",
        unit="day",
        core=True,
    ),
    Column(
        name="randomization_day",
        meaning="Day of randomization, in trials.",
        kind="day",
        known="randomization",
        unit="day",
        core=True,
    ),
    Column(
        name="level",
        meaning="Level of care that ended.",
        kind="code",
        known="admission",
        codes=LEVELS,
        core=True,
    ),
    Column(
        name="asam_level", meaning="ASAM level as the source writes it (3.5).", kind="text", known="admission"
    ),
    Column(
        name="asam_edition",
        meaning="Edition of the ASAM criteria.",
        kind="integer",
        known="admission",
        low=1,
        high=9,
    ),
    Column(
        name="discharge_reason",
        meaning="Why the stay ended.",
        kind="code",
        known="discharge",
        codes=REASONS,
        core=True,
        quasi=True,
    ),
    Column(
        name="quarter",
        meaning="Quarter of the discharge, such as 2026Q3; a date element, refused under safe_harbor.",
        kind="text",
        known="discharge",
        core=True,
    ),
)

_BASELINE = (
    Column(
        name="age",
        meaning="Age at admission; over 89 is an identifier.",
        kind="number",
        known="admission",
        unit="years",
        low=12,
        high=89,
        quasi=True,
    ),
    Column(
        name="age_band",
        meaning="Age at admission in bands.",
        kind="code",
        known="admission",
        codes=(
            "12-17",
            "18-20",
            "21-24",
            "25-29",
            "30-34",
            "35-39",
            "40-44",
            "45-49",
            "50-54",
            "55-64",
            "65+",
        ),
        quasi=True,
    ),
    Column(
        name="sex",
        meaning="Sex as recorded.",
        kind="code",
        known="admission",
        codes=("female", "male", "other"),
        quasi=True,
    ),
    Column(
        name="race_ethnicity",
        meaning="Race and ethnicity as recorded.",
        kind="code",
        known="admission",
        codes=("white", "black", "hispanic", "native", "asian_pacific", "other"),
        quasi=True,
    ),
    Column(
        name="primary_substance",
        meaning="Substance that led to admission.",
        kind="code",
        known="admission",
        codes=("alcohol", "opioids", "stimulants", "cannabis", "sedatives", "other", "none"),
        quasi=True,
    ),
    Column(
        name="severity",
        meaning="Severity of the disorder.",
        kind="code",
        known="admission",
        codes=("mild", "moderate", "severe"),
    ),
    Column(name="cooccurring", meaning="Has a co-occurring mental disorder.", kind="flag", known="admission"),
    Column(name="trauma_history", meaning="Has a history of trauma.", kind="flag", known="admission"),
    Column(
        name="prior_treatments",
        meaning="Number of earlier treatment episodes.",
        kind="integer",
        known="admission",
        low=0,
        high=200,
    ),
    Column(
        name="prior_relapse", meaning="Relapsed after an earlier treatment.", kind="flag", known="admission"
    ),
    Column(
        name="prior_iop",
        meaning="Earlier intensive outpatient treatment.",
        kind="code",
        known="admission",
        codes=("none", "completed", "dropped_out", "relapsed_during"),
    ),
    Column(
        name="home_environment",
        meaning="Home to which the client returns.",
        kind="code",
        known="admission",
        codes=("stable", "unstable", "active_use"),
    ),
    Column(name="employed", meaning="Employed at admission.", kind="flag", known="admission"),
    Column(
        name="moud_at_discharge",
        meaning="On medication for opioid use disorder at discharge.",
        kind="flag",
        known="discharge",
    ),
    Column(
        name="payer",
        meaning="Who pays.",
        kind="code",
        known="admission",
        codes=("public", "private", "self_pay", "other"),
    ),
    Column(name="rural", meaning="Lives in a rural area.", kind="flag", known="admission", quasi=True),
    *(
        Column(
            name=f"asam_dim{number}",
            meaning=f"ASAM dimension {number} ({words}), rating at admission.",
            kind="integer",
            known="admission",
            low=0,
            high=4,
        )
        for number, words in enumerate(
            (
                "withdrawal",
                "biomedical",
                "emotional and behavioral",
                "readiness",
                "relapse potential",
                "living environment",
            ),
            1,
        )
    ),
)

_HANDOFF = (
    Column(name="referred", meaning="Was referred to a next level of care.", kind="flag", known="discharge"),
    Column(
        name="appointment_scheduled",
        meaning="Had a dated appointment before leaving.",
        kind="flag",
        known="discharge",
    ),
    Column(
        name="appointment_day", meaning="Day of that appointment.", kind="day", known="discharge", unit="day"
    ),
    Column(
        name="intake_started",
        meaning="Intake at the next level began before leaving.",
        kind="flag",
        known="discharge",
    ),
    Column(
        name="warm_handoff", meaning="Was handed over in person or by phone.", kind="flag", known="discharge"
    ),
    Column(name="same_team", meaning="The same team goes on treating.", kind="flag", known="discharge"),
    Column(
        name="records_transferred",
        meaning="The record was sent before the first session.",
        kind="flag",
        known="discharge",
    ),
    Column(
        name="contact_named", meaning="Had a named contact at the next level.", kind="flag", known="discharge"
    ),
    Column(
        name="plan_started_day",
        meaning="Day on which discharge planning began.",
        kind="day",
        known="plan_started_day",
        unit="day",
    ),
)

DISCHARGES = Table(
    name="discharges",
    row="one residential stay that ended",
    columns=(*_IDENTITY, *_BASELINE, *_HANDOFF),
    key=("client_id", "episode_id"),
    orders=(
        Order(first="admit_day", second="discharge_day"),
        Order(first="plan_started_day", second="discharge_day"),
    ),
)
