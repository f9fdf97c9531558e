"""Kinds of columns that identify nobody: categories, among them names that look as if they identified."""

from tools.identifier_benchmark.draws import mixed, rare, words
from tools.identifier_benchmark.kinds import Kind


def _kind(kind: str, names: str, choices: str, bare: int = 0) -> Kind:
    return Kind(kind, names, (words(*choices.split("|")),), bare=bare, identifying=False)


_YES_NO = (
    words("yes", "no"),
    words("Y", "N"),
    words("1", "0"),
    words("TRUE", "FALSE"),
    words("Yes", "No", "Unknown"),
)

TRAPS = (
    Kind(
        "flag with a telling name",
        "phone_followup_done|email_consent|ssn_verified|mail_returned|dob_verified|id_checked|zip_code_known|"
        "address_on_file|has_phone|photo_consent|name_changed|birth_cert_on_file|card_issued|license_suspended|"
        "HasEmail|ConsentToText|text_ok|fax_sent|address_updated|mrn_merged|insurance_card_copied|DL_valid|"
        "emergency_contact_given|employer_notified|url_sent|plate_reported|device_returned|biometric_consent|"
        "Medicaid_eligible|medicare_enrolled|account_closed|next_of_kin_notified|social_security_income|VoterReg|"
        "fingerprint_cleared|face_to_face_visit|city_bus_pass|county_funded|name_tag_given|ip_consult",
        _YES_NO,
        identifying=False,
    ),
    Kind(
        "checkbox",
        "insurance___medicaid|contact___phone|contact___email|docs___ssn_card|Medicaid|MediCal",
        (words("0", "1"), words("Checked", "Unchecked")),
        identifying=False,
    ),
    _kind(
        "address stability",
        "address_stability|AddrStability|address_type|addr_status",
        "stable|unstable|homeless|couch surfing|shelter",
    ),
    _kind(
        "residence type",
        "residence_type|ResidType|housing|living_arrangement|home_type",
        "own home|rental|sober living|halfway house|homeless|with family",
        bare=2,
    ),
    _kind(
        "city type",
        "city_type|CityType|county_class|zip_class",
        "Urban|Rural|Suburban|Frontier",
        bare=1,
    ),
    _kind(
        "certificate",
        "certificate_issued|cert_type|certificate_name",
        "GED|Parenting|Anger Management|None|Food Handler",
    ),
    _kind(
        "form version",
        "form_version|FormVer|consent_version|template_no|id_form_rev",
        "v1.0|v1.2|v2.0|v2.1.3|v3",
        bare=1,
    ),
    _kind(
        "form version",
        "instrument_ver|ip_form_ver",
        "1.0.0.2|1.0.1.0|2.1.0.0",
    ),
    _kind(
        "contact method",
        "preferred_contact|contact_type|best_contact|followup_mode|phone_type",
        "phone|text|e-mail|mail|in person",
    ),
    _kind(
        "contact method",
        "phone_status|email_status|mail_status|call_outcome",
        "working|disconnected|wrong number|no answer|left message",
    ),
    _kind(
        "relation",
        "emergency_contact_relation|NOK_relation|guardian_type|informant",
        "mother|father|spouse|sibling|friend|none",
    ),
    _kind(
        "kind of document",
        "id_type|ID Type Shown|photo_id_kind|document_seen",
        "driver license|state ID|passport|tribal ID|none",
    ),
    _kind(
        "name of a form",
        "name_of_form|FormName|tool_name|scale_nm",
        "Intake|Biopsychosocial|Discharge Summary|Treatment Plan|Consent",
    ),
)

TREATMENT = (
    _kind(
        "program",
        "name_of_program|ProgramName|prog_nm|program|track",
        "Harmony House|New Beginnings|Women's Residential|Men's Track|Dual Diagnosis|Young Adult",
        bare=2,
    ),
    _kind(
        "program",
        "unit_name|house_name|dorm",
        "Cedar Unit|Grace House|Marie Center|Jackson Hall|St. Thomas Wing|Ridgeview",
    ),
    _kind(
        "therapy",
        "therapy_type|TherapyName|primary_modality|group_name|EBP_used",
        "CBT|Motivational Interviewing|EMDR|Seeking Safety|Matrix Model|DBT|"
        "Contingency Management|Living in Balance",
        bare=2,
    ),
    _kind(
        "diagnosis",
        "primary_dx|DiagnosisName|dx_desc|problem_name|cooccurring_dx",
        "Alcohol use disorder, severe|Opioid use disorder, moderate|Major depressive disorder|"
        "PTSD|Bipolar I|Generalized anxiety disorder|Wernicke encephalopathy",
        bare=2,
    ),
    _kind(
        "medication",
        "med_name|MedicationName|drug_nm|MOUD|rx_1",
        "Buprenorphine/naloxone|Methadone|Vivitrol|Sublocade|Gabapentin|Acamprosate|Trazodone|"
        "Lexapro|Prazosin",
        bare=3,
    ),
    _kind(
        "insurance type",
        "insurance_type|PayerName|ins_plan_type|payer|coverage",
        "Medicaid|Medicare|Private|Self-pay|VA|Uninsured",
        bare=1,
    ),
    _kind(
        "insurance type",
        "PlanName|mco_name|payor_nm",
        "Blue Cross PPO|Molina Healthcare|Aetna Better Health|Humana Gold|Kaiser HMO|Tricare",
    ),
    _kind(
        "level of care",
        "level_of_care|LOC|loc_dc|NextLOC",
        "residential|PHP|IOP|outpatient|withdrawal management",
        bare=1,
    ),
    _kind(
        "ASAM level",
        "asam_level|ASAM_LOC|asam_rec",
        "3.1|3.5|3.7|2.1|2.5|1.0|3.7-WM",
        bare=1,
    ),
    _kind(
        "discharge reason",
        "discharge_reason|DCReason|dc_status|TermReason|disposition",
        "completed program|left against medical advice|administrative discharge|"
        "transferred to IOP|incarcerated|deceased",
        bare=2,
    ),
    _kind(
        "referral source",
        "referral_source|RefSource|referred_by|ref_type|ReferredByType",
        "self|drug court|hospital|probation|family|child welfare|employer EAP",
        bare=1,
    ),
    _kind(
        "substance",
        "primary_substance|DOC|drug_of_choice|PrimSub|substance_2",
        "Alcohol|Heroin|Fentanyl|Methamphetamine|Cocaine|Cannabis|Benzodiazepines",
        bare=2,
    ),
    _kind(
        "route",
        "route_of_use|UseRoute|admin_route",
        "oral|smoked|inhaled|IV|intranasal",
    ),
    _kind(
        "frequency",
        "use_freq|FreqUse|how_often",
        "daily|3-6 times a week|1-2 times a week|1-3 times past month|none past month",
    ),
    _kind(
        "urine result",
        "uds_result|UDS|tox_screen|lab_flag",
        "negative|positive|not tested|invalid|refused",
        bare=1,
    ),
    _kind(
        "staff role",
        "staff_role|CounselorType|provider_type|credential|signed_by_role",
        "LCSW|LPC|CADC II|Peer Specialist|Nurse Practitioner|Intern",
        bare=1,
    ),
    _kind(
        "status",
        "followup_status|CaseStatus|record_status|enroll_status",
        "Complete|Incomplete|Unverified|Open|Closed",
        bare=1,
    ),
    _kind(
        "reason",
        "transfer_reason|no_show_reason|MissReason|barrier",
        "transportation|work conflict|illness|childcare|court|no reason given",
    ),
    _kind(
        "category in text",
        "outcome_text|goal_status_desc|PlanText|summary_code",
        "completed program|partial completion, improved|no progress|goals met|referred on|"
        "left before assessment",
        bare=2,
    ),
    _kind(
        "recovery support",
        "mutual_help|RecoverySupport|support_group",
        "AA|NA|SMART Recovery|Celebrate Recovery|Al-Anon|none",
    ),
    _kind(
        "likert",
        "satisfaction_1|agree_4|q5_likert|therapist_alliance",
        "Strongly agree|Agree|Neutral|Disagree|Strongly disagree",
        bare=1,
    ),
)

PERSON = (
    _kind(
        "sex",
        "sex|Gender|pt_sex|gender_id",
        "F|M|X",
        bare=1,
    ),
    _kind(
        "sex",
        "SexAtBirth|birth_sex",
        "Female|Male",
    ),
    _kind(
        "race",
        "race|RaceEth|race_1|ethnicity",
        "White|Black or African American|American Indian|Asian|Hispanic|Two or more|Other",
        bare=1,
    ),
    _kind(
        "marital status",
        "marital_status|MaritalSt|mar_stat",
        "single|married|divorced|widowed|separated",
        bare=1,
    ),
    _kind(
        "education",
        "education|EducLevel|highest_grade",
        "less than high school|GED|high school|some college|bachelor's",
        bare=1,
    ),
    _kind(
        "employment",
        "employment_status|EmplStatus|job_status|employer_type|occupation_group",
        "full-time|part-time|unemployed|disabled|student|retired",
        bare=1,
    ),
    _kind(
        "language",
        "language|PrimaryLang|interp_lang",
        "English|Spanish|Somali|Vietnamese|ASL",
    ),
    _kind(
        "country",
        "birth_country|CountryOfOrigin",
        "United States|Mexico|Guatemala|Jordan|Chad|Georgia",
    ),
    _kind(
        "religion",
        "religion|faith_pref",
        "Catholic|Baptist|Christian|Muslim|Jewish|None",
    ),
    _kind(
        "state",
        "state|StateOfRes|pt_state|st_cd",
        "TX|OH|MN|CA|WA|PA|KY",
        bare=1,
    ),
    _kind(
        "state",
        "state_name|res_state",
        "Texas|Virginia|Georgia|North Carolina|Washington|Montana",
    ),
    _kind(
        "legal status",
        "legal_status|CourtStatus|probation|justice_involv",
        "none|probation|parole|pretrial|drug court",
    ),
    _kind(
        "veteran",
        "veteran_status|MilBranch",
        "Army|Navy|Marines|Air Force|never served",
    ),
    _kind(
        "season",
        "season|dc_season",
        "spring|summer|fall|winter",
    ),
    Kind(
        "yes or no",
        "consented|completed|relapse_90|readmit_30|employed_dc|attended|IsActive|MAT_flag|trauma_hx|pregnant",
        _YES_NO,
        bare=5,
        identifying=False,
    ),
    Kind(
        "consent flag",
        "consent_signed|HIPAA_consent|roi_on_file|consent_research|ROI_Family",
        _YES_NO,
        identifying=False,
    ),
    Kind(
        "category with rare values",
        "tobacco_type|other_services",
        (
            rare(0.1, words("vape", "patch", "snus"), words("cigarettes", "none")),
            mixed(words("dental", "legal aid"), words("none", "job training")),
        ),
        identifying=False,
    ),
)
