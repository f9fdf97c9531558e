"""Kinds of the second set that identify nobody: categories, codes, measures, and names that mislead."""

from tools.identifier_benchmark.draws import Drawer, Draws, decimal, form, listed, mixed, rare, whole, words
from tools.identifier_benchmark.kinds import Kind
from tools.identifier_benchmark.second_values import HARMLESS

# Names that carry no information, as spreadsheets, databases and readers of files make them up.
BARE = listed(
    "Column1|field3|V17|x_05|var22|__EMPTY_3|Expr1003|Field14|string_5|C0|attr_2|q9_other|userfield3|cf_118|"
    "Spare1|X.4|...7|Txt3|answer_13|val_b|prop8|d_17|ColH|misc_field_2|free_1|UDF12|(No column name)|"
    "Custom Field 6|V2_1|r_44|_c9|item7b|BB|optional_2|ext_attr_11|Question 31"
)


def _kind(kind: str, names: str, *drawers: Drawer, bare: int = 0) -> Kind:
    return Kind(kind, names, drawers, bare=bare, identifying=False)


def _words(text: str) -> Drawer:
    return words(*listed(text))


_YES_NO = (
    words("Yes", "No"),
    words("Y", "N", "U"),
    words("1", "0"),
    words("True", "False"),
    words("Yes (1)", "No (0)"),
    words("X", ""),
    words("1", "2", "8", "9"),
    words("T", "F"),
    words("y", "n"),
    words("Done", "Not done", "Declined"),
)

TRAPS = (
    _kind(
        "flag with a telling name",
        "phone_disconnected_yn|email_bounced|ssn_on_file|mrn_assigned_v2|name_verified|addr_confirmed|"
        "dob_estimated|photo_taken|fp_completed|dl_reinstated|card_declined|zip_match|county_resident|"
        "ip_stay_30d|url_clicked|vin_checked|passport_held|Has Cell|Voicemail OK?|Text Msgs OK|"
        "AddrSameAsMailing|employer_verif|fax_confirmed|guardian_present|EC_notified|mbi_lookup_done|"
        "mcaid_pending|hash_matched|account_past_due|device_paired|age_verified|facebook_use|"
        "Street Outreach|internet_at_home|name_on_lease|CityHousingVoucher|ssn_card_replaced|SSDI|SSI_flag|"
        "alias_used_yn|plate_reader_consent|lives_with_mother",
        *_YES_NO,
    ),
    _kind(
        "checkbox",
        "contact_pref___1|ins_type___3|id_docs___2|phone_ok___99|dem_race___4|loc_email___0|cl_name_chg___1",
        words("0", "1"),
        words("Checked", "Unchecked"),
        words("1", ""),
    ),
    _kind(
        "data quality",
        "SSNDataQuality|NameDataQuality|DOBDataQuality|AddressDataQuality|ssn_dq_txt|dob_dq_v2",
        words("1", "2", "8", "9", "99"),
        _words("Full name reported|Partial, street name, or code name reported|Client doesn't know"),
        words("1", "2", "99"),
        _words("Full address|Incomplete or estimated address|Data not collected"),
        _words("Full SSN reported|Approximate or partial SSN|Client prefers not to answer"),
        _words("Full DOB reported|Approximate or partial DOB|Data not collected"),
    ),
    _kind(
        "address stability",
        "housing_stab_v2|moves_12mo_cat|AddrStab_1|addr_chg_cat",
        _words("stably housed|at risk|unstably housed|literally homeless"),
        _words("None|1 move|2+ moves"),
    ),
    _kind(
        "residence type",
        "PriorLivingSituation|LivingSit_Exit|DestinationType|res_arrangement_txt|TEDS_LIVARAG|dwelling",
        words("116", "101", "118", "215", "435", "410"),
        _words(
            "Place not meant for habitation|Emergency shelter, including hotel paid with voucher|Safe Haven|"
            "Staying with family, temporary tenure|Rental by client, no subsidy|Jail or prison"
        ),
        _words("apartment|mobile home|group home|Oxford House|street/car"),
    ),
    _kind(
        "city type",
        "urbanicity|RUCA|metro_county_class|ruca_cd_v2|ruralCont",
        _words("Large central metro|Medium metro|Small metro|Micropolitan|Noncore"),
        words("1.0", "4.1", "7.2", "10.0", "10.3"),
    ),
    _kind(
        "certificate",
        "license_class|cert_earned_txt|DL_class_v2|CredentialEarned",
        _words("CDL-A|Class C|Class M|Instruction permit|None"),
        _words("ServSafe|OSHA 10|Peer Recovery Specialist|HiSET|Forklift"),
    ),
    _kind(
        "form version",
        "eCRF_rev|app_version|ConsentVer_txt|firmware_v2|instr_build",
        words("R3", "R4", "R4a"),
        words("4.12.0.118", "4.12.1.6", "5.0.0.22"),
        _words("2023-A|2023-B|2024-A"),
        words("1.8.2", "1.9.0", "2.0.1"),
    ),
    _kind(
        "contact method",
        "outreach_channel|call_result_code|Disposition Code|addr_kind_1|prefers_txt|"
        "dial_result|wrap_code|PhoneKind",
        _words("SMS|Phone call|Home visit|Portal message|Letter|Email"),
        _words("RNA|VM|Busy|Callback scheduled|Wrong party|DNC"),
        _words("Resolved|Transferred|Abandoned|Callback"),
        _words("Home|Mobile|Work|Temp|Billing"),
    ),
    _kind(
        "relation",
        "EC_rel_v2|RelationshipToHoH|policy_holder_rel|informant_type_1|sponsor_rel",
        _words("Mother|Father|Sister|Partner|Grandparent|Case manager|None"),
        words("1", "2", "3", "4", "5"),
        _words("Self|Spouse|Child|Other dependent"),
    ),
    _kind(
        "kind of document",
        "proof_of_id|doc_type_1|ID presented|ssn_proof_kind",
        _words("SSN card|W-2|Birth certificate|Photo ID|Consular ID|None"),
    ),
    _kind(
        "name of a form",
        "redcap_repeat_instrument|report_title|instrument_nm|note_type_v2|TemplateUsed",
        _words("phq9|gain_ss|followup_call|urine_log|locator_form"),
        _words("H&P|Progress Note|Discharge Instructions|Court Letter|Prior Auth"),
    ),
    _kind(
        "name of an organization",
        "lab_name|pharmacy_nm|hospital_nm|vendor_name|Confirming Lab",
        _words("Quest Diagnostics|LabCorp|Millennium Health|Aegis Sciences"),
        _words("CVS|Walgreens|Genoa Healthcare|H-E-B Pharmacy|Rite Aid"),
        _words("Mercy General|St. Mary's Medical Center|Baptist East|University Hospital|VA Medical Center"),
        _words("Uber Health|Lyft|Modivcare|Yellow Cab"),
    ),
    _kind(
        "name of a group or variable",
        "team_name|cohort_nm|field_name|room_name|brand_nm|colour_team|queue_name|ivr_path",
        _words("Team Phoenix|Team Willow|ACT Team 2|Blue Team"),
        _words("Cohort A|Cohort B|Pilot|Waitlist"),
        _words("phq9_q1|audit_c3|bam_7|craving_now"),
        _words("Willow Room|Serenity Room|Group Room B|Chapel"),
        _words("Narcan|Kloxxado|RiVive|Zimhi"),
        words("red", "blue", "green", "gold"),
        _words("Crisis Line EN|Crisis Line ES|Intake|Billing|Nurse Triage"),
        words("1>3>2", "1>1", "2>4", "0"),
    ),
)

TREATMENT = (
    _kind(
        "program",
        "ProjectName|prog_name_v2|clinic_program|svc_line_txt|AgencyUnit|house_assigned",
        _words("Hope Harbor IOP|Phoenix Rising|Lincoln House|Magnolia Women's Center|St. Jude Recovery"),
        _words("Sunrise MAT Clinic|Elm Street Sober Living|12th Avenue Clinic|Martin Luther King Outpatient"),
        _words("Rebecca House|Samaritan Inn|Casa Esperanza|Wilson Hall|Sister Rose Unit"),
        bare=2,
    ),
    _kind(
        "therapy",
        "tx_modality_1|curriculum|Grp Topic|intervention_txt|EBP_v2",
        _words(
            "Helping Women Recover|Moral Reconation Therapy|Thinking for a Change|Marlatt relapse prevention|"
            "Gorski-CENAPS|Beck CBT|Ellis REBT|Hazelden Step Study|Yalom process group"
        ),
        _words("Anger|Grief and Loss|Step One|Family Night|Yoga|Nutrition|Big Book Study"),
        bare=1,
    ),
    _kind(
        "diagnosis",
        "DX_NAME|dx1_txt|ProblemListEntry|axis1_v2|hx_condition",
        _words(
            "Crohn's disease|Hashimoto thyroiditis|Korsakoff syndrome|Graves disease|Parkinson disease|"
            "Tourette's disorder|Lyme disease|Hepatitis C, chronic|OUD, severe, in early remission"
        ),
        _words("Cocaine dependence, uncomplicated|Cannabis abuse|Alcohol withdrawal delirium|Bipolar II"),
        bare=1,
    ),
    _kind(
        "medication",
        "ORDER_MED_DESC|rx_name_2|DispensedDrug|med_list_1|sig_txt|rx_fill_1",
        _words("Suboxone 8-2 mg film|Lucemyra 0.18 mg|Zubsolv 5.7-1.4|Antabuse 250 mg tab|Brixadi 128 mg"),
        _words("Celexa|Zoloft|Campral|Chantix|Wellbutrin XL|Seroquel|Remeron|Topamax"),
        _words("naloxone 4 mg nasal|clonidine 0.1 mg|hydroxyzine pamoate|nicotine 21 mg/24 hr"),
        _words("hydroxyzine; sertraline|methadone|none|lithium carb; quetiapine"),
        _words("1 tab PO BID|1 film SL daily|2 caps QHS PRN sleep|inject 380 mg IM q4wk"),
        bare=2,
    ),
    _kind(
        "insurance type",
        "FIN_CLASS|payer_cat_1|benefit_plan_name|PrimCov|lob_cd|cl_ins_kind",
        _words("Commercial|Medicaid MCO|Medicare Advantage|Block grant|Self-pay|County indigent"),
        words("MCD", "MCR", "COM", "SP", "CHIP"),
        _words("Superior HealthPlan STAR|Amerigroup STAR+PLUS|Anthem Bronze 60|UHC Community|CareSource"),
    ),
    _kind(
        "level of care",
        "LOC_code_v2|svc_level|asam_final_txt|TEDS_SERVICES|next_loc_1",
        words("3.2-WM", "3.3", "2.1", "1-OTS", "0.5"),
        _words("Rehab/residential, short-term|Ambulatory, intensive|Detox, 24-hour"),
    ),
    _kind(
        "discharge reason",
        "ReasonForLeaving|dispo_cd_v2|exit_reason_txt|TEDS_DISRSN",
        _words("Completed program|Non-compliance|Needs could not be met|Reached maximum time|Death|AWOL"),
        words("01", "07", "20", "30", "65"),
    ),
    _kind(
        "referral source",
        "RefSrc_v2|WITS_ref_type|how_heard|PSOURCE",
        _words("Walk-in|DWI court|CPS/DFPS|Hospital ED|988|Employer/EAP|School|Alumni|Google"),
    ),
    _kind(
        "substance",
        "sub1_txt|drug_street_nm|detected_analyte|SUB_PRIM_CD|drugcat|analyte_2",
        _words("Alcohol|Heroin|Non-Rx methadone|Meth/speed|Inhalants|Other opiates|None"),
        _words("Molly|Crystal|Mary Jane|Lucy|Black Tar|Tina|K2|Tranq|Percs"),
        _words("norfentanyl|6-MAM|benzoylecgonine|EtG|xylazine|7-aminoclonazepam|EDDP"),
        bare=1,
    ),
    _kind("route", "ROUTE1|route_txt_v2", _words("smoking|inhalation|injection|oral|sublingual")),
    _kind("frequency", "FREQ_1|use_days_cat", _words("no use|1-3 days|1-2/wk|3-6/wk|daily")),
    _kind(
        "lab result in words",
        "uds_fent_res|ResultText|confirm_interp|abn_flag_1",
        _words("NEG|POS (cutoff 50 ng/mL)|POS|QNS|Inconsistent with Rx"),
        _words("<20|>300 ng/mL|Not detected|See comment|TNP"),
        bare=1,
    ),
    _kind("staff role", "auth_prov_type|role_v2", _words("MD|NP|LMSW|LCDC-I|CHW|Recovery coach|RN")),
    _kind(
        "status",
        "EncStatus|claim_stat|court_status_1|rec_state",
        _words("Arrived|No Show|Canceled|Left without seen"),
        _words("Paid|Denied|Pended|Resubmitted"),
        _words("Deferred adjudication|Awaiting trial|Warrant|Dismissed"),
    ),
    _kind("reason", "cancel_rsn|deny_rsn_txt", _words("Provider out|Weather|Incarcerated|Forgot|No auth")),
    _kind(
        "charge or court",
        "charge_desc|offense_class|sentence_txt|plea_v2",
        _words("DWI 2nd|Poss CS <1g|Theft $100-$750|Public intoxication|Assault fam/house member"),
        words("F2", "F3", "M1", "MA", "SJF"),
        _words("180 days, probated|2 yrs community supervision|Time served|Fine only"),
        _words("guilty|nolo contendere|not guilty"),
    ),
    _kind(
        "text without identifiers",
        "barrier_txt|goal_text|strengths_v2|sess_summary",
        HARMLESS,
        bare=1,
    ),
    _kind(
        "likert",
        "csq8_3|agree_txt_1|mhsip_7|craving_word",
        _words("Quite satisfied|Mildly satisfied|Very satisfied|Quite dissatisfied"),
        _words("not at all|a little|moderately|quite a bit|extremely"),
    ),
)

PERSON = (
    _kind(
        "sex",
        "SexCd|gender_v2|pronouns",
        words("1", "2"),
        _words("Woman|Man|Non-binary"),
        words("she/her", "he/him"),
    ),
    _kind(
        "race",
        "race_omb_cd|dem_race_txt|hisp_v2|tribe_affil",
        words("2106-3", "2054-5", "1002-5", "2028-9", "2131-1"),
        _words("White|Black/African American|AI/AN|Asian|NH/PI|Multiracial"),
        _words("Not Hispanic|Mexican|Puerto Rican|Cuban|Other Hispanic"),
        _words("Navajo Nation|Cherokee Nation|Choctaw|Lakota|None"),
    ),
    _kind("marital status", "MARSTAT_D|dem_marital_1", _words("Never married|Now married|Divorced/widowed")),
    _kind("education", "EDUC_cd|LastGradeCompleted", _words("Grades 9-11|GED/12|1-3 yrs college|Voc/tech")),
    _kind(
        "employment",
        "EMPLOY_v2|work_sit_txt|SOC_code|NAICS2|DETNLF",
        _words("Full time|Not in labor force|Seasonal|Looking"),
        _words("gig work|odd jobs|warehouse|food service|none"),
        words("21-1018", "35-2014", "47-2061", "53-3032"),
        words("62", "72", "23", "48-49"),
    ),
    _kind(
        "language", "pref_lang_cd|lang_v2", words("eng", "spa", "vie", "tgl"), _words("Tagalog|Russian|Hmong")
    ),
    _kind("country", "nationality_txt|COB", _words("Honduras|Cuba|Israel|Haiti|Kenya|Philippines|Austria")),
    _kind("religion", "relig_aff|spirit_v2", _words("LDS|Lutheran|Native American Church|Agnostic|Buddhist")),
    _kind(
        "state or region",
        "STATE_FIPS|state_abbr_1|hhs_region|census_div|time_zone",
        words("48", "39", "27", "06"),
        words("NM", "LA", "OR", "IN", "ME"),
        _words("Region 5|Region 6|Region 9"),
        _words("West South Central|Mountain|East North Central|New England"),
        _words("America/Chicago|America/Denver|America/New_York"),
    ),
    _kind("legal status", "LegalStat_v2|cj_involve_txt", _words("no involvement|bond|DOC custody|furlough")),
    _kind("veteran", "VeteranStat_cd|discharge_char", _words("Honorable|General|OTH|Never served")),
    _kind(
        "yes or no",
        "anyuse30|NOPRIOR|METHUSE|psyprob|IsCurrent_v2|otp_enr|narcan_rx|fu_done_1|child_removed|cl_elig",
        *_YES_NO[:5],
        bare=3,
    ),
    _kind(
        "category with rare values",
        "smoke_device|wrap_services",
        rare(0.02, words("pipe", "hookah"), words("cigarettes", "none", "e-cig")),
        rare(0.05, _words("Bus pass|Bike"), _words("none|food box")),
    ),
)


def _ids(style: str) -> Drawer:
    """Draw the numbers of the rows in a random order."""
    return lambda draws, rows: [style.format(place + 1) for place in draws.shuffled(rows)]


def _by_site(draws: Draws, rows: int) -> list[str]:
    """Draw ids of a site and a number within it, in a random order."""
    return [f"{place % 4 + 1:02d}-{place // 4 + 1:04d}" for place in draws.shuffled(rows)]


def _range(low: int, high: int, style: str) -> Drawer:
    return lambda draws, rows: [style.format(value) for value in draws.between(low, high, rows)]


NUMBERS = (
    _kind(
        "diagnosis code",
        "DX1_ICD10|icd9_cd|SNOMED_CD|dsm5_code_v2|ccs_cat",
        words("F11.21", "F10.239", "F15.10", "T40.2X1A", "Z79.891", "F17.210"),
        words("303.90", "304.00", "305.1", "296.32", "V65.42"),
        words("191816009", "75544000", "231477003", "66590003", "371422002"),
        words("F10.21", "F14.10", "F13.239", "F41.1"),
        words("660", "661", "657", "662"),
        bare=1,
    ),
    _kind(
        "drug or test code",
        "NDC11|RXCUI|CAS_rn|UNII_cd|LOINC_NUM|lab_test_cd",
        words("12496120803", "00228315303", "50090157100", "69238120201"),
        words("1010600", "351267", "1431076", "864706"),
        words("437-38-7", "76-57-3", "561-27-3", "50-36-2", "64-17-5"),
        words("5S6W795CQM", "40D3SCR4GZ", "UF599785JZ", "6DPW81CC0S"),
        words("3879-4", "19295-5", "58714-3", "70151-2"),
        words("FENT-C", "UDS12", "ETGU", "PETH"),
        bare=1,
    ),
    _kind(
        "billing code",
        "HCPCS_cd|modifier_1|pos_cd|TypeOfBill|CARC_RARC|prov_taxonomy|DRG_v2|PROC1",
        words("H0004", "H0020", "G2067", "T1016", "S9475"),
        words("HF", "GT", "95", "HQ", "U1"),
        words("11", "22", "55", "02", "57"),
        words("0131", "0891", "0111", "0137"),
        words("CO-45", "PR-1", "CO-197", "N130"),
        words("101YA0400X", "324500000X", "261QM2800X", "2084P0802X"),
        words("894", "895", "896", "897"),
        words("99408", "80307", "G0480", "96127"),
        bare=1,
    ),
    _kind(
        "statute",
        "statute_cite|ChargeCode",
        words("481.115(b)", "49.04", "11-54-135"),
        words("21-5706", "61-8-401"),
    ),
    _kind(
        "unit or range",
        "units_txt|ref_range|specimen_type",
        words("ng/mL", "U/L", "mmol/L", "%"),
        words("0.0-4.5", "136-145", "3.5-5.1", "<20", "4.5-11.0"),
        _words("Urine|Oral fluid|Whole blood|Hair|Breath"),
    ),
    _kind(
        "site code",
        "facility_cd_v2|SiteNbr|dept_id_1|PROVIDER_LOC",
        words("101", "102", "203"),
        form("N-$"),
        words("10100301", "10100302", "10100417"),
        _words("ATX-N|ATX-S|DAL|ELP"),
    ),
    _kind(
        "batch number",
        "load_id|LotNbr_v2|clm_batch",
        _range(1, 80, "load {:03d}"),
        words("7C41K", "9B20A", "2F77X"),
        _range(100, 140, "EXP{}"),
    ),
    _kind(
        "three-digit ZIP", "zip_prefix3|ZIP_3DIG", words("786", "432", "553", "937"), words("786**", "432**")
    ),
    _kind(
        "random id",
        "RandNo|subj_nbr|study_num_1|response_id_v2|screen_id|hh_seq",
        _ids("R{:05d}"),
        _by_site,
        _ids("{}"),
        _ids("{:06d}"),
        _ids("SCR{:04d}"),
    ),
    _kind("random id", "", _by_site, _ids("{}"), bare=2),
    _kind("room or bed", "bed_loc|unit_room_v2", form("2W-1#", "3E-2#"), form("Rm $##")),
    _kind("row order", "recno|CLM_LINE|redcap_repeat_instance", _ids("{}"), whole(1, 9), whole(1, 4)),
    _kind(
        "score",
        "PHQ9_TOT_v2|gad7_sum|dast10_1|whodas_12|promis_t|COWS_max|ciwa_tot|ACE_v2|urica_readiness|nam_idx",
        whole(0, 27),
        whole(0, 21),
        whole(0, 10),
        decimal(0, 100, 2),
        decimal(32, 79),
        whole(0, 48),
        bare=2,
    ),
    _kind(
        "lab value",
        "ggt_u_l|CDT_pct|PEth_ng|hcv_rna_iu|wbc_k|bilirubin_t|qtc_ms|etg_conc",
        whole(9, 640),
        decimal(0.6, 9),
        whole(20, 2400),
        whole(15, 9_999_999),
        decimal(2, 16, 2),
        decimal(0.1, 3.2, 1),
        bare=2,
    ),
    _kind(
        "vital sign",
        "temp_c|wt_kg_v2|spo2|bp_sitting|vis_acuity|resp_rt",
        decimal(36, 38.4),
        decimal(48, 140),
        whole(91, 100, "%"),
        mixed(form("11#/7#", "13#/8#"), form("12# / 8#")),
        words("20/20", "20/40", "20/100"),
        whole(10, 24),
        bare=1,
    ),
    _kind(
        "days",
        "t_event_d|days_enr_exit|los_hr|rel_day_txt|gap_days_1|DAYWAIT|tte_relapse",
        whole(0, 730),
        whole(-14, 400),
        decimal(1, 900, 2),
        _range(0, 120, "Day {}"),
        bare=2,
    ),
    _kind(
        "count",
        "n_phone_attempts|texts_sent_1|num_addr_12mo|ER_visits_6m|ARRESTS|emails_opened|ssn_lookup_ct|"
        "names_on_lease_n|NoOfKids|zip_changes",
        whole(0, 9),
        whole(0, 60),
        whole(0, 3),
        bare=1,
    ),
    _kind("count", "phone_mins|talk_secs", whole(0, 240), whole(0, 1900)),
    _kind("hours per week", "wk_hrs_v2|svc_hrs", decimal(0, 60, 2), whole(0, 50)),
    _kind(
        "percentage",
        "pdc_12m|pct_neg_uds|ATTEND_RT",
        decimal(0, 1, 4),
        whole(0, 100, " %"),
        whole(0, 100, "%"),
    ),
    _kind(
        "dosage",
        "MME_day|bup_mg_v2|dose_ordered",
        whole(0, 400),
        words("4", "12", "24"),
        _words("1 film|0.5 tab|2 mL"),
    ),
    _kind(
        "duration",
        "sober_len|hold_tm|tx_length_txt",
        words("3 wks", "18 mos", "5+ yrs", "1 yr 2 mos"),
        form("00:1#:0#", "00:0#:2#", "01:0#:0#"),
        words("P28D", "P90D", "P6M"),
    ),
    _kind(
        "money",
        "allowed_amt|CHARGE_AMT_v2|pt_resp_bal|child_support_mo",
        decimal(20, 9800, 2),
        form("$,$##.00", "$##.50"),
        mixed(form("($#.00)"), form("$##.##")),
        _range(0, 1500, "USD {}"),
    ),
    _kind("distance", "drive_min|home_to_site_km", whole(1, 180), decimal(0, 140, 2)),
    _kind("probability", "iptw_v2|p_hat_relapse|cens_wt", decimal(0.1, 12, 5), decimal(0, 1, 8)),
    _kind("rating", "dim5_sev|ASI_med_cs|bam_use_1", whole(0, 4), decimal(0, 1, 3)),
    _kind(
        "year",
        "birth_yr_v2|YrEntered|SFY|fiscal_yr_txt|grad_class|ano_ingreso",
        whole(1948, 2005),
        whole(2018, 2025),
        words("2021-22", "2022-23", "2023-24"),
        words("FY2022", "FY2023", "FY24"),
        bare=1,
    ),
    _kind("quarter", "sfy_qtr|CalQtr", words("1st", "2nd", "3rd", "4th"), words("Qtr 1", "Qtr 2", "Qtr 3")),
    _kind("months", "mo_sober|stay_month_v2", whole(0, 36), _range(1, 12, "M{}")),
    _kind(
        "age",
        "AGE_ENC_YRS|age_first_drink|dem_age_1|edad_adm|AgeAtEntry_v2",
        whole(18, 84),
        whole(8, 31),
        _range(18, 79, "{}Y"),
        _range(19, 88, "{}.0"),
    ),
    _kind(
        "age band",
        "age_cat5|AGE_TEDS|decade_txt",
        words("25 to 34", "35 to 44", "65+"),
        whole(1, 12),
        words("20s", "40s", "60s+"),
    ),
    _kind("weekday", "dow_v2|Appt Day", words("1", "2", "3", "7"), words("M", "Tu", "W", "Th", "MWF")),
    _kind(
        "time of day",
        "arrival_tm|peak_hr|ShiftNm",
        form("1#:0#:3#", "0$:4#:0#"),
        whole(0, 23),
        _words("Day|Evening|Overnight"),
    ),
    _kind(
        "follow-up wave",
        "fu_wave_txt|AssessType|DataCollectionStage|gpra_point",
        _words("6mo|12mo|18mo"),
        _words("Intake|Update|Annual|Exit|Post-exit"),
        words("1", "2", "3", "5"),
    ),
    _kind("planned days", "auth_units|days_apprvd_v2", whole(1, 90), _words("7 days|14 days|28 days")),
)
