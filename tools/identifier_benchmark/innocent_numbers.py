"""Kinds of columns that identify nobody: codes, scores, counts, days, random ids."""

from tools.identifier_benchmark.draws import Drawer, Draws, decimal, form, mixed, rare, whole, words
from tools.identifier_benchmark.kinds import Kind


def _kind(kind: str, names: str, *drawers: Drawer, bare: int = 0) -> Kind:
    return Kind(kind, names, drawers, bare=bare, identifying=False)


def _random_ids(style: str) -> Drawer:
    """Draw the numbers of the rows in a random order."""
    return lambda draws, rows: [style.format(place + 1) for place in draws.shuffled(rows)]


def _repeated_ids(draws: Draws, rows: int) -> list[str]:
    """Draw ids of about three rows each."""
    return [str(value) for value in draws.between(1, max(rows // 3, 2), rows)]


_CPT = words(
    "90832", "90834", "90837", "90853", "99213", "99214", "96372", "80305", "90791", "H0015", "H0018", "H2036"
)
_ICD = words(
    "F10.20", "F11.20", "F14.20", "F15.20", "F12.20", "F33.1", "F43.10", "Z59.00", "F10.230", "F19.239"
)
_ICD_PLAIN = words("F1020", "F1120", "F1520", "F331", "F4310", "Z5900", "K7030", "B182")
_NDC = words(
    "00054-0176-13", "12496-1208-03", "65757-0300-01", "00406-8020-03", "50383-0930-93", "00093-5721-93"
)
_NDC_PLAIN = words("00054017613", "12496120803", "65757030001", "00406802003", "50383093093")
_LOINC = words("2160-0", "1742-6", "1920-8", "5643-2", "3397-7", "19659-2", "4548-4")

CODES = (
    _kind("ICD-10 code", "icd10|dx_code_1|PrimaryDxCode|ICD|admit_dx", _ICD, _ICD, _ICD_PLAIN, bare=3),
    _kind("NDC code", "NDC|ndc_code|DrugCode", _NDC, _NDC_PLAIN, bare=2),
    _kind("CPT code", "cpt|svc_code|ProcCode|hcpcs|billing_code", _CPT, bare=2),
    _kind("LOINC code", "loinc|lab_code|LabTest", _LOINC, bare=1),
    _kind(
        "site code",
        "site_code|SiteID|clinic_no|fac_id|location_cd",
        form("0#"),
        words("A", "B", "C", "D"),
        form("S-0#"),
        words("NORTH", "SOUTH", "EAST"),
        bare=2,
    ),
    _kind("cost center", "cost_center|dept_no|RevCode", words("0906", "0905", "1002", "0126", "0944")),
    _kind(
        "batch number",
        "batch_no|LotNo|upload_batch|export_batch|BatchID",
        form("B0##"),
        form("LOT ####"),
        whole(1, 40),
        bare=1,
    ),
    _kind(
        "three-digit ZIP",
        "zip3|ZIP3_area",
        words("787", "441", "554", "900", "981", "152"),
        words("787XX", "441XX", "000", "554XX"),
    ),
    _kind(
        "random id",
        "study_id|record_id|subject_no|participant_id|StudyNum|rand_id|random_no",
        _random_ids("{}"),
        _random_ids("S{:04d}"),
        _repeated_ids,
        _random_ids("P-{:04d}"),
        bare=3,
    ),
    _kind("room or bed", "bed_no|RoomNo|bed_label", form("1##-A", "2##-B"), whole(101, 130)),
    _kind("row order", "row_no|seq|line_num|visit_no|episode_no", _random_ids("{}"), whole(1, 6), bare=1),
)

MEASURED = (
    _kind(
        "score",
        "phq9|PHQ9_total|audit_score|BAM_risk|gad7|craving_scale|ACE_score|bam_7|SOWS|pain_0_10",
        whole(0, 27),
        whole(0, 40),
        whole(0, 10),
        bare=4,
    ),
    _kind(
        "lab value",
        "ALT|ast_value|creatinine|hgb_a1c|MCV|potassium|BAC_lab",
        decimal(8, 180, 0),
        decimal(0.4, 2.1, 2),
        decimal(4.1, 11.9),
        decimal(70, 110),
        bare=3,
    ),
    _kind(
        "vital sign",
        "sbp|weight_lb|BMI|temp_f|pulse|ht_in",
        whole(92, 178),
        decimal(110, 290),
        decimal(17, 44),
        decimal(97, 100),
        bare=2,
    ),
    _kind("blood pressure", "bp|BP_reading|blood_press", mixed(form("1%#/8#", "11#/7#"))),
    _kind(
        "days",
        "days_to_relapse|LOS|los_days|days_followed|discharge_day|admit_day_offset|day_28_uds|days_since_last_use",
        whole(0, 365),
        whole(1, 90),
        whole(-30, 400),
        bare=3,
    ),
    _kind(
        "count",
        "prior_tx_count|n_contacts|contact_attempts|phone_calls_made|num_children|letters_mailed|emails_sent|address_changes|name_changes|ssn_requests|NumVisits|drug_count|bed_count",
        whole(0, 12),
        whole(0, 5),
        whole(0, 40),
        bare=3,
    ),
    _kind("hours per week", "hours_per_week|HrsWk|iop_hours|job_hours", whole(0, 40), decimal(0, 40), bare=1),
    _kind(
        "percentage",
        "pct_attended|AttendPct|occupancy|percent_days_abstinent|prop_negative",
        whole(0, 100, "%"),
        decimal(0, 100),
        decimal(0, 1, 3),
        bare=2,
    ),
    _kind(
        "dosage",
        "dose|bup_dose|DoseText|methadone_mg|strength",
        words("8 mg", "16 mg", "2 mg", "24 mg"),
        whole(20, 120),
        words("8-2 mg", "380 mg IM", "50 mg qd"),
        bare=2,
    ),
    _kind(
        "duration",
        "duration_text|length_sober|time_in_tx|AbstDuration",
        whole(1, 48, " months"),
        whole(1, 90, " days"),
        words("2 weeks", "6 months", "1 year", "over 5 years"),
        bare=1,
    ),
    _kind(
        "money",
        "copay|income_month|ChargeAmt|balance",
        decimal(0, 4000, 2),
        words("$0", "$15.00", "$25.00", "$1,200.00"),
        whole(0, 5200),
    ),
    _kind("distance", "miles_to_clinic|address_distance|dist_km", decimal(0, 80), whole(0, 120)),
    _kind(
        "probability",
        "risk_score|weight_ipw|pred_relapse|sw_trunc|propensity",
        decimal(0, 1, 6),
        decimal(0.2, 9, 8),
        bare=2,
    ),
    _kind("rating", "asam_dim1|ASI_alc|dim4_rating|ASI_drug", whole(0, 4), decimal(0, 1, 4), bare=1),
)

TIMES = (
    _kind(
        "year",
        "BirthYr|discharge_year|yob|admit_yr|first_use_year|fy",
        whole(1950, 2006),
        whole(2019, 2025),
        bare=3,
    ),
    _kind("quarter", "fiscal_qtr|dc_quarter|Qtr", words("Q1", "Q2", "Q3", "Q4"), whole(1, 4), bare=1),
    _kind(
        "months",
        "months_in_program|MonthsSober|month_of_stay|follow_month",
        whole(1, 24),
        words("Month 1", "Month 2", "Month 3"),
        bare=1,
    ),
    _kind("age", "age|age_first_use|AgeAtAdm|onset_age|pt_age_yrs", whole(18, 88), whole(9, 40), bare=1),
    _kind(
        "age band",
        "age_band|age_topcoded|AgeGrp",
        words("18-24", "25-34", "35-44", "45-54", "55+"),
        rare(0.03, words("90+"), whole(18, 89)),
    ),
    _kind(
        "weekday",
        "dc_weekday|DayOfWk|group_day",
        words("Mon", "Tue", "Wed", "Thu", "Fri"),
        words("Monday", "Friday", "Sunday"),
    ),
    _kind(
        "time of day",
        "group_time|SessionTm|dose_time",
        words("09:00", "13:30", "18:00", "10:15"),
        words("9:00 AM", "1:30 PM", "6 PM"),
    ),
    _kind(
        "follow-up wave",
        "redcap_event_name|wave|timepoint|visit_name",
        words("baseline_arm_1", "day_30_arm_1", "day_90_arm_1"),
        words("Intake", "30 day", "90 day", "6 month"),
        bare=1,
    ),
    _kind(
        "planned days",
        "planned_los|auth_days|target_window",
        words("28", "30", "60", "90"),
        words("day 7 (+/- 3)", "day 30 (+/- 7)"),
    ),
)
