"""A second set of columns, to measure the detection on names and layouts that nobody has tuned it to.

The first set was used to mend the detectors, so its share of found columns is no longer that of new data. The
names, layouts and labels here were written afterwards, without reading the detectors or what they found in
the first set: exports of health records, billing, HMIS, REDCap, state reporting, courts, laboratories and
call centers. No name of a column of the first set comes again. Labels follow the same rules; kinds of the
same name can be compared. In addition it holds geocodes, court cases, passports and free text.
"""

from collections.abc import Iterable, Iterator
from itertools import cycle

from tools.identifier_benchmark import second_innocent, second_numbers
from tools.identifier_benchmark import second_values as value
from tools.identifier_benchmark.benchmark import LARGE_ROWS, ROWS, SEED, BenchmarkColumn
from tools.identifier_benchmark.date_values import words_over_89
from tools.identifier_benchmark.draws import Drawer, Draws, form, rare, words
from tools.identifier_benchmark.kinds import Kind
from tools.identifier_benchmark.number_values import ssn
from tools.identifier_benchmark.person_names import upper
from tools.identifier_benchmark.second_innocent import BARE
from tools.identifier_benchmark.second_values import PHONE, around, born, hashed, moments, noted, written

_LARGE = 6
# The draws of this set are other draws than those of the first set.
_FIRST_NUMBER = 20_000

_LAST_FIRST = written("{last}, {first} {mid}.", "{last}, {first}")
_FULL_NAMES = (
    upper(written("{last},{first} {mid}", "{last},{first}")),
    written("{first} {last}"),
    _LAST_FIRST,
    written("{first} {mid} {last}", "{first} {last} Jr", "{first} {last}"),
    written("{last}^{first}^{mid}", "{last}^{first}"),
    written("{first} {last} {last2}", "{first} {last}-{last2}"),
    upper(written("{last} {first} {mid}", "{last} {first}")),
    written('{first} "{nick}" {last}', "{first} {last}", "{last}, {first} ({nick})"),
    written("{last} {first}"),
    written("{f}. {last}", "{first} {last}"),
)

NAMES = (
    Kind(
        "full name",
        "PAT_NAME|dem_full_name|client_fullname_txt|Name - Last First MI|PID5_PatientName|Enrollee|cl_nm_v2|"
        "DefendantName|nombre_completo|Caller Name|Party 1|policy_holder_nm|Insured's Name|pers_name_1|"
        "PersonServed|Respondent Nm|Juv_Name|name_of_client|Beneficiary Nm|PtNameLFM",
        _FULL_NAMES,
        named=True,
    ),
    Kind("full name", "", _FULL_NAMES, bare=6, named=True),
    Kind(
        "single name",
        "PAT_LAST_NAME|cl_lname_1|prior_surname|apellido_paterno|NameLast|birth_last_nm|Def Last",
        (upper(written("{last}")), written("{last}"), written("{last}", "{last}-{last2}")),
    ),
    Kind(
        "single name",
        "dem_fname_v2|PersonFirst|goes_by|chosen_nm|SpouseFirstName|ChildName1|mid_nm_txt",
        (written("{first}"), upper(written("{first}")), written("{nick}", "{first}")),
    ),
    Kind("single name", "", (written("{first}"), written("{last}")), bare=2),
    Kind(
        "initials",
        "cl_initials_v2|Pat Inits|subj_initials_1|INITS_FML",
        (written("{f}{l}", "{f}{mid}{l}"), written("{f}-{l}", "{f}-{mid}-{l}"), written("{l}, {f}")),
    ),
    Kind(
        "handle",
        "insta|facebook_user_1|TikTok Name|telegram_un|venmo_acct_txt|gamertag",
        (value.HANDLE,),
    ),
    Kind(
        "emergency contact",
        "EC1 Name/Phone|notify_in_emergency|locator_person_1|parent_guardian_txt|AltContactPerson|"
        "rel_contact_v2|sponsor_info",
        (
            around(written("{first} {last}"), "{} (mom)", "wife, {}", "{} - brother", "{}"),
            around(PHONE["half"], "sister Rosa {}", "Mother {}", "Uncle Ray {}", "neighbor Pat Greene {}"),
            written("{last}, {first} - friend 555-{n:04d}", "{first} {last} / spouse / 555-{n:04d}"),
        ),
    ),
    Kind(
        "employer",
        "current_employer_v2|EMPR_NAME|job_place|employed_at_txt|CompanyNm",
        (
            rare(
                0.7,
                written(
                    "{last} Drywall", "{last} & {last2} Inc", "{last}'s Tire Shop", "{last2} Electric LLC"
                ),
                words("Walmart", "Amazon warehouse", "none", "not working", "self-employed", "McDonald's"),
            ),
        ),
    ),
)

CONTACTS = (
    Kind(
        "phone, 10 digits",
        "PRIM_PHONE|cl_phone_txt|dem_cell_v2|ContactNo|tel_home|MobNum|Night Phone #|callback_nbr|ANI|"
        "CallerID|telefono|EC_Ph_1|msg_ph|Phone - Day|SMS_to|pers_mobile",
        tuple(PHONE.values()),
        named=True,
    ),
    Kind(
        "phone, 10 digits",
        "",
        (PHONE["slash"], PHONE["hyphen"], PHONE["country"], PHONE["space"], PHONE["link"], PHONE["whose"]),
        bare=6,
        named=True,
    ),
    Kind("phone, 7 digits", "home_ph_v2|Tel Local|cl_phone7|PHN", tuple(value.PHONE_7.values())),
    Kind(
        "fax",
        "fax_nr_v2|Facsimile|Fax Phone|cl_fax_1|eFaxTo",
        (PHONE["slash"], PHONE["country"], PHONE["float"], PHONE["space"]),
        named=True,
    ),
    Kind(
        "e-mail address",
        "EMAIL_ADDRESS|dem_email_v2|correo|E-Mail Addr 2|survey_invitee|PreferredEml|cl_email_txt|"
        "userPrincipalName|reply_to|pers_mail_1",
        (value.EMAIL, value.EMAIL_TAGGED, upper(value.EMAIL), value.EMAIL_NAMED, value.EMAIL_LISTED),
        named=True,
    ),
    Kind(
        "e-mail address", "", (value.EMAIL_TAGGED, value.EMAIL_LINKED, value.EMAIL_NAMED), bare=3, named=True
    ),
    Kind(
        "web address",
        "FB_URL|survey_link|fb_page_txt|video_visit_link|socialMediaPage|web_pg_1",
        (value.PAGE, value.SURVEY_PAGE, value.PAGE, value.VISIT_PAGE),
    ),
    Kind("web address", "", (value.PAGE, value.SURVEY_PAGE), bare=2),
    Kind(
        "IP address",
        "IPAddr_v2|client_ip|X-Forwarded-For|last_login_from|esign_ip|Origin Host",
        (
            form("203.0.113.$#", "198.51.100.1##"),
            form("203.0.113.$#:5####", "198.51.100.$#:4####"),
            form("2001:0db8:~~~~:0000:0000:~~~~:~~~~:~~~~", "2001:db8:$::~~~~"),
            form("::ffff:203.0.113.$#", "198.51.100.$#"),
        ),
    ),
    Kind("IP address", "", (form("172.1$.$#.1##", "198.51.100.$#"), form("2001:db8:~~~~::$")), bare=2),
)

PLACES = (
    Kind(
        "street address",
        "ADD_LINE_1|dem_address_v2|cl_street_txt|Res Addr Line 1|PrimaryResidence|direccion|BillToAddr|"
        "LKA|perm_addr|mail_line1|St_Address_1|AddrLn1Txt|Domicile|pt_res_street|Where Living (addr)",
        (
            upper(value.STREET),
            value.STREET_UNIT,
            value.STREET,
            value.STREET_UNIT_FIRST,
            value.STREET_LINE,
            value.STREET_SPANISH,
            value.STREET_SHORT,
            upper(value.STREET_LINE),
            value.STREET_GRID,
            value.STREET_BREAKS,
            value.STREET_ODD,
        ),
        named=True,
    ),
    Kind(
        "street address",
        "",
        (value.STREET, upper(value.STREET_LINE), value.STREET_UNIT, value.STREET_BREAKS),
        bare=4,
        named=True,
    ),
    Kind(
        "PO box or rural route",
        "Mail Addr PO|MAILING_LINE_2|rr_box|cl_pobox_1",
        (value.BOX, value.BOX, value.HIGHWAY),
    ),
    Kind("PO box or rural route", "", (value.BOX,), bare=1),
    Kind(
        "city",
        "CITY_NM|dem_city_v2|cl_city_txt|Municipality|ciudad|CityTown_Res|last_perm_city|City, State|"
        "BirthPlace",
        (
            *(value.CITY, value.CITY, upper(value.CITY), value.TOWN, value.CITY, value.TOWN, value.CITY),
            *(value.CITY_STATE, value.CITY_STATE),
        ),
    ),
    Kind("city", "", (value.CITY_STATE_ZIP, value.CITY_STATE), bare=2),
    Kind(
        "ZIP, 5 digits",
        "ZIP_CD|dem_zip_v2|cl_zip_txt|LastPermZip|mailing_zip5|ZCTA|PostCode_Res",
        (form("$####"), form("0####", "$####"), form("$####.0"), value.ZIP_SHORT),
    ),
    Kind("ZIP, 9 digits", "ZIP_PLUS_FOUR|Zip + Four|zip_full_txt", (form("$########"), form("$####-####"))),
    Kind("ZIP, 9 digits", "", (form("$####-####"),), bare=1),
    Kind(
        "county",
        "COUNTY_NM|cl_county_1|CtyOfRes|dem_county_txt|Parish|CountyOfConviction|Fin Resp County|cnty_nm_v2",
        (
            *(value.COUNTY, value.COUNTY, value.COUNTY_STATE, value.COUNTY_NAMED, value.PARISH),
            *(value.COUNTY, upper(value.COUNTY), value.COUNTY_FIRST),
        ),
    ),
    Kind("county", "county_fips|FIPS_CNTY_CD", (value.FIPS,)),
    Kind("county", "", (value.COUNTY_FIRST, value.PARISH), bare=2),
    Kind("geocode", "census_tract|GEOID_home|tract2020", (value.TRACT_DOTS, value.TRACT, value.TRACT)),
    Kind("geocode", "Latitude|res_lat|home_lon", (value.LATITUDE, value.LATITUDE, value.LONGITUDE)),
    Kind("geocode", "lat_long|geohash7|VotingPrecinct", (value.POINT, value.GEOHASH, value.PRECINCT)),
)

_US_TIME, _SQL = "{m}/{n}/{d:%Y} {d:%H:%M}", "{d:%Y-%m-%d %H:%M:%S}.000"
DATES = (
    Kind(
        "date of birth",
        "PAT_BIRTH_DT|dem_dob_v2|cl_dob_txt|DOBirth|fecha_nac|DOB (mm/dd/yyyy)|brth_dt|PersonDateOfBirth|"
        "Def DOB|ChildDOB1|b_date|bday_1|date_birth_txt",
        tuple(
            born(style)
            for style in (
                "{m:02d}/{n:02d}/{d:%Y} 12:00:00 AM",
                "{d:%Y-%m-%d}",
                "{m}-{n}-{d:%y}",
                "{n}-{mon}-{d:%y}",
                "{n:02d}/{m:02d}/{d:%Y}",
                "{d:%m/%d/%Y}",
                "{n:02d}{MON}{d:%y}",
                "{d:%Y-%m-%d}T00:00:00.000",
                "{n:02d}-{MON}-{d:%Y}",
                "{month} {n} {d:%Y}",
                "{d:%Y/%m/%d}",
            )
        ),
        named=True,
    ),
    Kind(
        "date of birth",
        "",
        (born("{n}-{mon}-{d:%Y}"), born("{d:%Y/%m/%d}"), born("{m:02d}/{n:02d}/{d:%Y} 12:00:00 AM")),
        bare=3,
        named=True,
    ),
    Kind(
        "other full date",
        "ADT_ARRIVAL_TIME|HOSP_DISCH_DTTM|EntryDate|MoveInDate|dt_visit_1|baseline_timestamp|DispositionDt|"
        "Sentencing Date|CollectedDt|call_start|ArrestDt|last_seen_v2|tx_start|FilledOn|cl_enroll_dt_txt|"
        "Spec Recvd",
        tuple(
            moments(style)
            for style in (
                _SQL,
                _US_TIME,
                "{d:%Y-%m-%d}",
                "{m}/{n}/{d:%y}",
                "{day}, {month} {n}, {d:%Y}",
                "{d:%Y-%m-%d %H:%M}",
                "{n:02d}-{MON}-{d:%y}",
                "{d:%m/%d/%Y %I:%M %p}",
                "{d:%Y-%m-%d %H:%M:%S}-06:00",
                "{n}-{mon}-{d:%y}",
                "{mon} {n} {d:%Y}",
                "{d:%Y.%m.%d}",
            )
        ),
        named=True,
    ),
    Kind(
        "other full date",
        "",
        tuple(
            moments(style)
            for style in (
                _SQL,
                _US_TIME,
                "{n}-{mon}-{d:%y}",
                "{n:02d}-{MON}-{d:%Y}",
                "{d:%m-%d-%y}",
                "{d:%Y/%m/%d %H:%M}",
            )
        ),
        bare=6,
        named=True,
    ),
    Kind(
        "compact date",
        "CLM_FROM_DT|entry_ymd|svc_thru_date8|hl7_ts_admit|dob8_mdy|DOB6",
        (
            moments("{d:%Y%m%d}"),
            moments("{d:%Y%m%d}"),
            moments("{d:%Y%m%d}"),
            moments("{d:%Y%m%d%H%M%S}"),
            born("{d:%m%d%Y}"),
            born("{d:%m%d%y}"),
        ),
        named=True,
    ),
    Kind(
        "date as a serial number",
        "sas_admit_date|dob_xl_serial|created_unix_ts|julian_admit|EntryDateNum",
        (
            moments("{sas}"),
            born("{excel}"),
            moments("{unix}"),
            moments("{d:%Y}{julian:03d}"),
            moments("{excel}"),
        ),
    ),
    Kind(
        "month and year",
        "dob_mo_yr|EntryMoYr|month_year_exit|birth_mm_yyyy|dc_month_1",
        (
            born("{d:%m/%Y}"),
            moments("{mon}-{d:%y}"),
            moments("{month} {d:%Y}"),
            born("{m}/{d:%Y}"),
            moments("{d:%Y-%m}"),
        ),
    ),
    Kind("day and month", "bday_mmdd|birth_day_month", (born("{d:%m/%d}"), born("{n} {month}"))),
    Kind(
        "date inside text",
        "last_drink_txt|hx_admits|ct_outcome_desc|sobriety_date_note|Transport Info|hosp_hx_1",
        (
            noted(0.4, moments("{m}/{n}/{d:%y}"), "sober since {}", "last drink {} (beer x 6)", "rel. {}"),
            noted(0.3, moments("{m}/{n}/{d:%Y}"), "inpt detox {} x 5 days", "ED visit {}, OD reversed"),
            noted(0.3, moments("{month} {n}{th}, {d:%Y}"), "hearing moved to {}", "plea entered {}; 2 yrs"),
            noted(0.2, moments("{n}{th} of {month} {d:%Y}"), "clean date is {}", "chip on the {}"),
        ),
    ),
    Kind(
        "date inside text",
        "",
        (noted(0.3, moments("{d:%Y-%m-%d}"), "d/c {} to home", "UDS on {} pos"),),
        bare=1,
    ),
    Kind(
        "age over 89 in words",
        "Age (spelled out)|age_narr|edad_txt",
        (
            upper(words_over_89("{}")),
            words_over_89("{} year old"),
            rare(
                0.2, words("noventa y dos", "noventa y cinco"), words("treinta", "cuarenta y uno", "sesenta")
            ),
        ),
    ),
    Kind(
        "age over 89",
        "AGE_AT_ENC|dem_age_v2|cl_age_txt|AgeYears_1|edad|age_now",
        (
            value.age_text("{}"),
            value.age_text("{}.0"),
            value.age_text("{} y.o.", "{} yo"),
            value.age_text("{}Y"),
            value.age_text("{}", share=0.02),
        ),
    ),
)

_WITH_NAME = (
    "called {}, no answer",
    "lives w/ {}",
    "{} will drive her to group",
    "conf. call with {} re: meds",
)
NOTES = (
    Kind(
        "note with a name",
        "progress_note_v2|NARRATIVE|dc_summary_txt|Call Disposition Notes|reason_other_specify|qual_feedback|"
        "court_remarks",
        (
            noted(0.3, written("{first} {last}"), *_WITH_NAME),
            noted(0.2, written("{last}, {first}"), "Re: {}. Seen today for intake.", "pt {} seen for f/u"),
            noted(0.4, written("{first} {last}"), *_WITH_NAME, "Her counselor {} was great"),
            noted(0.3, written("Mr. {last}", "Ms. {last}", "Mrs. {last}"), "{} arrived late", "spoke to {}"),
        ),
    ),
    Kind(
        "note with a phone",
        "outreach_log|vm_transcript|reach_at|locator_update_1",
        (
            noted(0.3, PHONE["space"], "number changed to {}", "use {} not old #"),
            noted(0.2, PHONE["hyphen"], "aunt can be reached {}", "vm full at {}"),
            noted(0.3, PHONE["eleven"], "txt {} pls", "new # {}"),
        ),
    ),
    Kind(
        "note with an e-mail address",
        "ticket_body|chat_log_txt|resource_followup",
        (noted(0.2, value.EMAIL, "portal reset sent: {}", "pls write {}"),),
    ),
    Kind(
        "note with a number",
        "billing_memo|elig_check_txt|Merge Comments",
        (
            noted(0.3, ssn("-"), "SSN {} verified", "eligibility run under {}"),
            noted(0.3, form("$#######", "00######"), "dup of MRN {}", "merged into MRN# {}"),
        ),
    ),
    Kind(
        "note with an address",
        "home_visit_dir|moved_to_txt|living_sit_desc",
        (noted(0.3, value.STREET, "staying at {} with aunt", "moved to {}", "pick up at {}"),),
    ),
)

DERIVED = (
    Kind(
        "hash",
        "sha512_id|NameDOB_hash|PII_TOKEN_1|cl_hash_txt|HashedEmail|link_token_v2|deid_digest",
        (
            hashed("sha512"),
            hashed("sha256", style="0x{}"),
            hashed("sha256", encoding="base64"),
            upper(hashed("md5")),
            hashed("sha256"),
            hashed("sha224"),
            hashed("sha1", style="sha1:{}"),
        ),
    ),
    Kind("hash", "", (hashed("sha384"), hashed("sha256", encoding="base64"), upper(hashed("sha1"))), bare=3),
    Kind(
        "truncated hash",
        "hash_trunc_1|PtHash6|linkage_code_v2|pseudonym_key|hash10_txt",
        (
            hashed("sha256", 20),
            hashed("sha256", 6),
            hashed("sha512", 24),
            hashed("md5", 9),
            hashed("sha1", 10),
        ),
    ),
    Kind("truncated hash", "", (hashed("sha256", 24), upper(hashed("sha1", 14))), bare=2),
    Kind(
        "id of initials and birth date",
        "WITS_UCN|SLK581|eURN|cl_unique_1|ClientUID|statekey_txt|Part. Code|PersonKey2",
        (
            written("{a[0]}{a[2]}{z[0]}{z[2]}{b:%m%d%y}{sex}"),
            written("{z[1]}{z[2]}{z[4]}{a[1]}{a[2]}{b:%d%m%Y}{sex}"),
            written("{a[0]}{a[2]}{z[0]}{z[2]}{b:%m%d%Y}"),
            written("{f}{l}-{b:%y-%m-%d}"),
            written("{b:%Y%m%d}-{f}{mid}{l}"),
            written("{b:%y}{f}{l}{b:%m%d}"),
        ),
    ),
    Kind(
        "id of initials and birth date",
        "",
        (written("{a[0]}{a[2]}{z[0]}{z[2]}{b:%m%d%y}{sex}"), written("{f}{l}_{b:%m%d%Y}")),
        bare=2,
    ),
    Kind(
        "id of name and number",
        "username_v2|AD_acct|portal_user_1|cl_short_cd|study_nick|SamAccountName",
        (
            written("{p[0]}{q}{k}"),
            written("{q}{p[0]}"),
            written("{p}.{q}{k}"),
            written("{last:.3}-{n:04d}"),
            written("{nick}{k}", "{first}{k}"),
            written("{p[0]}{q}{b:%Y}"),
        ),
    ),
    Kind("id of name and number", "", (written("{p}.{q}{k}"),), bare=1),
    Kind(
        "last four digits",
        "SSN_LST4|cl_ssn4_txt|Soc Last4|last4_ss_v2|L4Social|SSN (masked)|card_last4",
        (
            form("####"),
            form("xxx-xx-####"),
            value.shorn(form("####")),
            form("***-**-####"),
            form("####"),
            form("XXXXX####"),
        ),
    ),
    Kind(
        "biometric file",
        "fp_template|palm_scan_1|VoiceRecFile|retina_img",
        (value.fingerprint, form("palm_L_#####.png"), form("vp/2#####_~~~~.mp3"), form("OD_#####.dcm")),
    ),
    Kind(
        "photo",
        "mugshot|cl_photo_1|AvatarImg|badge_pic|selfie_upload|headshot_txt",
        (
            written("mug_{q}_{n:04d}.jpg"),
            form("photos/######.webp"),
            written("{p}{q}.png"),
            form("PXL_2024071#_1#4#3####.jpg", "IMG-2023102#-WA00##.jpg"),
            form("IMG_####.HEIC"),
        ),
    ),
)

IDENTIFYING = (*NAMES, *CONTACTS, *PLACES, *DATES, *NOTES, *DERIVED, *second_numbers.NUMBERS)
INNOCENT = (
    *second_innocent.TRAPS,
    *second_innocent.TREATMENT,
    *second_innocent.PERSON,
    *second_innocent.NUMBERS,
)


def second_columns(seed: int = SEED) -> list[BenchmarkColumn]:
    """Give all columns of the second set, those that identify people first.

    Parameters
    ----------
    seed : int
        Seed of the sizes of the files and of all values. Names and kinds are the same for every seed.

    Returns
    -------
    list of BenchmarkColumn
        At least 160 columns that identify people and 160 that do not.

    Examples
    --------
    >>> first = second_columns(1)[0]
    >>> first.name, first.kind, first.identifying
    ('PAT_NAME', 'full name', True)
    >>> len(first.values) == first.rows
    True
    """
    drawn: list[BenchmarkColumn] = []
    for group, kinds in enumerate((IDENTIFYING, INNOCENT)):
        plans = list(_plans(kinds))
        order = Draws(seed, _FIRST_NUMBER + group).shuffled(len(plans))
        for place, (name, kind, drawer) in zip(order, plans, strict=True):
            rows = LARGE_ROWS if place < _LARGE else ROWS[place % len(ROWS)]
            number = _FIRST_NUMBER + 2 + len(drawn)
            drawn.append(
                BenchmarkColumn(name, kind.kind, kind.identifying, kind.named, rows, drawer, seed, number)
            )
    return drawn


def _plans(kinds: Iterable[Kind]) -> Iterator[tuple[str, Kind, Drawer]]:
    """Yield name, kind and drawer of each column."""
    bare = cycle(BARE)
    for kind in kinds:
        names = [*kind.column_names, *(next(bare) for _ in range(kind.bare))]
        for name, drawer in zip(names, cycle(kind.drawers)):
            yield name, kind, drawer
